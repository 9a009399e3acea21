package syncer_test

import (
	"context"
	"io/fs"
	"log/slog"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// world is a tenant in a real store, an engine, and a simulated cloud over TLS.
type world struct {
	t      *testing.T
	ctx    context.Context
	cloud  *simulator.Server
	dir    string
	store  *store.Store
	engine *syncer.Syncer
	tenant store.Tenant
	config syncer.Config

	noDefender bool // the cloud has no Defender for Endpoint
}

// options of a world; the zero value is 120 users and what the product reads of
// the directory itself.
type options struct {
	users      int
	everything bool // the product's whole catalogue
	catalogue  *entity.Catalogue
	migrations fs.FS
	clock      clockwork.Clock
	storeClock clockwork.Clock // the store's alone; clock when nil
	cloudNow   func() time.Time
	lockWait   time.Duration // of the store
}

var by = store.Actor{Name: "test"}

func newWorld(t *testing.T, o options) *world {
	t.Helper()
	if o.users == 0 {
		o.users = 120
		if o.everything {
			o.users = 40 // they sign in a lot
		}
	}
	switch {
	case o.everything:
		o.catalogue = entities.All()
	case o.catalogue == nil:
		o.catalogue = identity(t)
	}
	cloud, err := simulator.Start(simulator.Options{Users: o.users, Seed: 7, NoThrottle: true, Now: o.cloudNow})
	require.NoError(t, err)
	t.Cleanup(func() { cloud.Close() })
	w := &world{t: t, ctx: t.Context(), cloud: cloud, dir: t.TempDir()}
	w.openStore(o)
	w.config = syncer.Config{
		Transport: cloud.Transport(),
		Cloud:     w.find,
		Clock:     o.clock,
		Pace:      unlimited(),
		Logger:    slog.New(slog.NewTextHandler(t.Output(), nil)),
		Sleep:     hurriedSleep,
	}
	if o.clock != nil {
		w.config.Sleep = nil
	}
	w.openEngine()
	t.Cleanup(w.close)
	w.tenant, err = w.store.CreateTenant(w.ctx, by, "Contoso", "contoso")
	require.NoError(t, err)
	return w
}

func (w *world) openStore(o options) {
	so := storetest.Options(w.t, storetest.WithDir(w.dir), storetest.WithCatalogue(o.catalogue), storetest.WithMigrations(o.migrations))
	if o.clock != nil {
		so.Now = o.clock.Now
	}
	if o.storeClock != nil {
		so.Now = o.storeClock.Now
	}
	so.LockWait = o.lockWait
	st, err := store.Open(w.ctx, so)
	require.NoError(w.t, err)
	w.store = st
}

func (w *world) openEngine() {
	w.config.Store = w.store
	w.engine = syncer.New(w.config)
}

func (w *world) close() {
	w.engine.Close()
	w.store.Close()
}

// find answers for every name with the simulated cloud.
func (w *world) find(name string) (microsoft.Cloud, error) {
	c := microsoft.Cloud{
		Name: name, Title: name,
		Authority: w.cloud.AuthorityURL(),
		GraphURL:  w.cloud.GraphURL(), GraphScope: w.cloud.GraphURL() + "/.default",
		DefenderURL: w.cloud.DefenderURL(), DefenderScope: w.cloud.DefenderURL() + "/.default",
		ManagementURL: w.cloud.ManagementURL(), ManagementScope: w.cloud.ManagementURL() + "/.default",
		Portal: "https://entra.microsoft.com/",
	}
	if w.noDefender {
		c.DefenderURL = ""
	}
	return c, nil
}

// unlimited lets tests run at full speed; the pace has tests of its own.
func unlimited() *microsoft.Pace {
	limits := map[entity.Throttle]microsoft.Limit{}
	for _, class := range []entity.Throttle{entity.ThrottleDirectory, entity.ThrottleReports, entity.ThrottlePolicy, entity.ThrottleManagement} {
		limits[class] = microsoft.Limit{{Requests: 10000, Per: time.Second}}
	}
	return microsoft.NewPace(limits)
}

// hurriedSleep makes a second a millisecond.
func hurriedSleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(max(d/1000, time.Millisecond)):
		return nil
	}
}

func (w *world) connection() entity.Connection {
	return entity.Connection{Cloud: "custom", DirectoryID: w.cloud.DirectoryID(), ClientID: w.cloud.ClientID(), Secret: w.cloud.ClientSecret()}
}

// grantExtras grants what the guide only recommends, and lets Teams devices
// answer: with it there is nothing that cannot be read.
func (w *world) grantExtras() {
	for _, role := range []string{"SecurityAlert.Read.All", "Sites.Read.All", "Score.Read.All", "Member.Read.Hidden", "ActivityFeed.Read"} {
		w.cloud.Tenant().Grant(role)
	}
	w.cloud.Tenant().AnswerTeamsDevices(true)
}

// connect connects the tenant and waits for the first sync.
func (w *world) connect() store.Run {
	w.t.Helper()
	report, err := w.engine.Connect(w.ctx, by, w.tenant.ID, w.connection())
	require.NoError(w.t, err)
	require.True(w.t, report.OK, "%+v", report.Steps)
	return w.wait(report.RunID)
}

// sync runs one full sync of these kinds, all when none is given, to its end.
func (w *world) sync(kinds ...string) store.Run {
	w.t.Helper()
	return w.run(store.NewRun{Trigger: store.TriggerNightly, Kinds: kinds, Full: true})
}

// refresh is sync as the refresh icon starts it: what changed is read, where
// Microsoft tells, and what is slow and young is kept.
func (w *world) refresh(kinds ...string) store.Run {
	w.t.Helper()
	return w.run(store.NewRun{Trigger: store.TriggerManual, Kinds: kinds})
}

func (w *world) run(n store.NewRun) store.Run {
	w.t.Helper()
	n.TenantID, n.By = w.tenant.ID, by.Name
	run, joined, err := w.engine.Start(w.ctx, n)
	require.NoError(w.t, err)
	require.False(w.t, joined)
	return w.wait(run.ID)
}

func (w *world) wait(runID int64) store.Run {
	w.t.Helper()
	run, err := w.engine.Wait(w.ctx, runID)
	require.NoError(w.t, err)
	return run
}

func (w *world) state(kind string) store.EntityState {
	w.t.Helper()
	s, err := w.store.EntityState(w.ctx, w.tenant.ID, kind)
	require.NoError(w.t, err)
	return s
}

// rows reads all live rows of a kind.
func (w *world) rows(kind string) []store.Row {
	w.t.Helper()
	def := w.store.Catalogue().Def(kind)
	var rows []store.Row
	err := w.store.Each(w.ctx, store.Query{TenantID: w.tenant.ID, Def: def}, func(r store.Row) error {
		rows = append(rows, r)
		return nil
	})
	require.NoError(w.t, err)
	return rows
}

func (w *world) row(kind, id string) store.Row {
	w.t.Helper()
	r, err := w.store.Row(w.ctx, w.tenant.ID, w.store.Catalogue().Def(kind), id)
	require.NoError(w.t, err)
	return r
}
