package handlers

import (
	"context"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/enforcement"
	"github.com/securatlas/securatlas/syncer/entity"
)

// fakeSyncer stands for the sync engine: a test sets the functions that its
// pages call. Those that are nil answer that all is well.
type fakeSyncer struct {
	connect    func(context.Context, store.Actor, int64, entity.Connection) (entity.ConnectReport, error)
	start      func(context.Context, store.NewRun) (store.Run, bool, error)
	check      func(context.Context, int64) (entity.PermissionCheck, error)
	disconnect func(context.Context, store.Actor, int64) error
	explain    func(ctx context.Context, tenantID int64, userID string) (enforcement.Explanation, time.Time, error)
	clouds     []entity.CloudChoice
}

var _ Syncer = (*fakeSyncer)(nil)

func (f *fakeSyncer) Connect(ctx context.Context, by store.Actor, tenantID int64, c entity.Connection) (entity.ConnectReport, error) {
	if f.connect == nil {
		return entity.ConnectReport{OK: true}, nil
	}
	return f.connect(ctx, by, tenantID, c)
}

func (f *fakeSyncer) Start(ctx context.Context, r store.NewRun) (store.Run, bool, error) {
	if f.start == nil {
		return store.Run{ID: 1, TenantID: r.TenantID}, false, nil
	}
	return f.start(ctx, r)
}

func (f *fakeSyncer) Check(ctx context.Context, tenantID int64) (entity.PermissionCheck, error) {
	if f.check == nil {
		return entity.PermissionCheck{OK: true}, nil
	}
	return f.check(ctx, tenantID)
}

func (f *fakeSyncer) Disconnect(ctx context.Context, by store.Actor, tenantID int64) error {
	if f.disconnect == nil {
		return nil
	}
	return f.disconnect(ctx, by, tenantID)
}

func (f *fakeSyncer) ExplainMFA(ctx context.Context, tenantID int64, userID string) (enforcement.Explanation, time.Time, error) {
	if f.explain == nil {
		return enforcement.Explanation{Result: enforcement.Result{Verdict: enforcement.NotEnforced}}, time.Time{}, nil
	}
	return f.explain(ctx, tenantID, userID)
}

func (f *fakeSyncer) Clouds() []entity.CloudChoice {
	if f.clouds == nil {
		return []entity.CloudChoice{{Name: "global", Title: "Microsoft 365 (global)"}, {Name: "usgov", Title: "US Government"}}
	}
	return f.clouds
}

func (f *fakeSyncer) Links(cloud, directoryID, clientID string) entity.Links {
	const portal = "https://entra.microsoft.com/"
	return entity.Links{
		Home:        portal,
		Register:    portal + "register",
		Overview:    portal + "overview/" + clientID,
		Permissions: portal + "permissions/" + clientID,
		Secrets:     portal + "secrets/" + clientID,
	}
}

func (f *fakeSyncer) RowLink(cloud, portalPath, id string) string {
	return "https://entra.microsoft.com/" + portalPath + "?id=" + id
}

func (f *fakeSyncer) ConsentURL(cloud, directoryID, clientID, redirectURI, state string) string {
	return "https://login.microsoftonline.com/" + directoryID + "/adminconsent?state=" + state
}
