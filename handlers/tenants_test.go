package handlers

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// connectDirectory stores an integration for a tenant.
func (a *app) connectDirectory(t store.Tenant, directoryID string) {
	a.t.Helper()
	err := a.store.SaveIntegration(a.t.Context(), store.Actor{Name: "test"}, store.Integration{
		TenantID: t.ID, Cloud: "global", DirectoryID: directoryID, DirectoryName: t.Name,
		DefaultDomain: t.Slug + ".onmicrosoft.com", ClientID: "6f1c9f0a-0000-4000-8000-000000000001",
	}, "the-secret")
	require.NoError(a.t, err)
}

const (
	directoryA = "8f2c61d0-5a41-4c6f-9b0e-6d1a2f7be9d4"
	directoryB = "8f2c61d0-5a41-4c6f-9b0e-6d1a2f7be9d5"
)

func TestTenants_Add(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	owner := a.owner()
	r := owner.post("/tenants", "name", " Contoso Ltd ", "slug", "contoso")
	assert.Equal(t, "/tenants/contoso/integrations", r.location())
	for name, c := range map[string]struct{ name, slug, field string }{
		"no name":    {"", "", "name"},
		"bad slug":   {"Fabrikam", "Not A Slug", "slug"},
		"taken slug": {"Another", "contoso", "slug"},
	} {
		r := owner.post("/tenants", "name", c.name, "slug", c.slug)
		assert.Equal(t, http.StatusUnprocessableEntity, r.Status, name)
		assert.Equal(t, 1, r.doc().Find("[name="+c.field+"][aria-invalid=true]").Length(), name)
		assert.Equal(t, c.name, r.doc().Find("#f-name").AttrOr("value", ""), "%s: what was entered stays", name)
	}
	tenants, err := a.store.Tenants(t.Context())
	require.NoError(t, err)
	assert.Len(t, tenants, 1)
}

func TestTenants_Cards(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	never, fine, broken, gone := a.tenant("Never"), a.tenant("Fine"), a.tenant("Broken"), a.tenant("Gone")
	a.connectDirectory(fine, directoryA)
	a.connectDirectory(broken, directoryB)
	ctx := t.Context()
	require.NoError(t, a.store.SetIntegrationProblem(ctx, broken.ID, &entity.Problem{Class: entity.ClassCredential, Message: "Expired."}))
	a.connectDirectory(gone, "8f2c61d0-5a41-4c6f-9b0e-6d1a2f7be9d6")
	require.NoError(t, a.store.Disconnect(ctx, store.Actor{Name: "test"}, gone.ID))
	page := a.owner().get("/tenants")
	for slug, want := range map[string]string{
		never.Slug: "Never connected", fine.Slug: "Connected", broken.Slug: "Needs attention", gone.Slug: "Disconnected",
	} {
		assert.Contains(t, page.text("[data-testid=tenant-"+slug+"]"), want)
	}
	viewer := a.as(a.account("v@contoso.com", store.Viewer, fine)).get("/tenants")
	assert.Equal(t, 1, viewer.doc().Find(".x-tenant").Length(), "others are not seen")
	assert.Equal(t, 0, viewer.doc().Find("form[action='/tenants']").Length(), "nor may a viewer add one")
}

// The data of a tenant are as old as the oldest of them.
func TestTenants_CardSaysTheOldestAge(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.list(tenant, "groups", 7)
	owner := a.account("owner@contoso.com", store.Owner)
	card := func() string { return a.as(owner).get("/tenants").text("[data-testid=tenant-contoso]") }
	a.clock.Advance(30 * 24 * time.Hour)
	assert.Contains(t, card(), "Data as of 30 days ago")
	assert.NotContains(t, card(), "or later")
	a.list(tenant, "applications", 3)
	assert.Contains(t, card(), "Data as of 30 days ago or later")

	require.NoError(t, a.store.Disconnect(t.Context(), store.Actor{Name: "test"}, tenant.ID))
	assert.Contains(t, a.as(owner).get("/tenants/contoso/integrations").told("integration"), "The data are kept: 10 rows, as of 2 Nov 2026, 09:00 UTC or later.")
}

func TestTenants_Rename(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant("Contoso")
	owner := a.owner()
	assert.Equal(t, http.StatusUnprocessableEntity, owner.post("/tenants/contoso/rename", "name", "").Status)
	r := owner.post("/tenants/contoso/rename", "name", "Contoso Group")
	assert.Equal(t, "/tenants/contoso/settings", r.location(), "the address stays")
	assert.Contains(t, owner.get(r.location()).text("[data-testid=flash]"), "Contoso Group")
}

func TestTenants_Remove(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	contoso := a.tenant("Contoso")
	a.connectDirectory(contoso, directoryA)
	owner := a.owner()
	var ended []int64
	a.syncer.disconnect = func(ctx context.Context, by store.Actor, tenantID int64) error {
		assert.Equal(t, "owner@contoso.com", by.Name)
		ended = append(ended, tenantID)
		return a.store.Disconnect(ctx, by, tenantID)
	}
	for _, typed := range []string{"", "Contoso", "contos"} {
		r := owner.post("/tenants/contoso/remove", "confirm", typed)
		assert.Equal(t, http.StatusUnprocessableEntity, r.Status, typed)
		assert.Contains(t, r.text("#f-confirm-error"), "Nothing was removed.", typed)
	}
	assert.Empty(t, ended)
	r := owner.post("/tenants/contoso/remove", "confirm", "contoso")
	assert.Equal(t, "/tenants", r.location())
	assert.Equal(t, []int64{contoso.ID}, ended, "a run must not write into what is being deleted")
	_, err := a.store.TenantBySlug(t.Context(), "contoso")
	assert.ErrorIs(t, err, store.ErrNotFound)
	assert.Contains(t, owner.get("/tenants").text("[data-testid=flash]"), "were removed")
}

func TestTenants_RemoveKeepsAllWhenTheRunCannotBeEnded(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	contoso := a.tenant("Contoso")
	a.connectDirectory(contoso, directoryA)
	a.syncer.disconnect = func(context.Context, store.Actor, int64) error { return errors.New("busy") }
	r := a.owner().post("/tenants/contoso/remove", "confirm", "contoso")
	assert.Equal(t, http.StatusInternalServerError, r.Status)
	_, err := a.store.TenantBySlug(t.Context(), "contoso")
	assert.NoError(t, err)
}
