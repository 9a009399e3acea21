package handlers

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

const heldPath = "/tenants/contoso/integrations/microsoft/held"

func TestHeld_Nothing(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.connectedTenant("Contoso")
	r := a.owner().get(heldPath)
	require.Equal(t, http.StatusOK, r.Status)
	assert.True(t, r.has("held-none"))
}

func TestHeld_Confirm(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.list(tenant, "groups", 300)
	a.list(tenant, "groups", 20)
	b := a.owner()

	card := b.get("/tenants/contoso/integrations")
	assert.Equal(t, "held", card.attr("entity-state-groups", "data-state"))
	assert.Equal(t, 1, card.doc().Find(`[data-testid=entity-state-groups] a[href="`+heldPath+`"]`).Length())

	r := b.get(heldPath)
	require.Equal(t, http.StatusOK, r.Status)
	held := r.told("held-groups")
	assert.Contains(t, held, "280 of 300 rows would be removed")
	assert.Contains(t, held, "The first 200 of 280 are shown.")
	assert.Equal(t, 200, r.doc().Find("[data-testid=held-groups] tbody tr").Length())
	assert.Contains(t, held, "group 279")
	assert.NotContains(t, held, "00000019-", "a row that Microsoft still lists")
	assert.Equal(t, 1, r.doc().Find(`[data-testid=held-groups] a[href="/tenants/contoso/data/groups/00000279-0000-4000-8000-000000000000"]`).Length())
	quiet(t, r)

	require.Equal(t, http.StatusSeeOther, b.post(heldPath, "kind", "groups", "decision", "confirm", "set", heldSet(r)).Status)
	after := b.get(heldPath)
	assert.Contains(t, after.told("flash"), "280 rows were removed from Groups.")
	assert.True(t, after.has("held-none"))
	state, err := a.store.EntityState(t.Context(), tenant.ID, "groups")
	require.NoError(t, err)
	assert.Equal(t, 20, state.Rows)
	assert.Equal(t, entity.Complete, state.State)
}

func TestHeld_ConfirmAnOldPage(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.list(tenant, "groups", 50)
	a.list(tenant, "groups", 34)
	b := a.owner()
	old := b.get(heldPath)
	a.list(tenant, "groups", 0)

	r := b.post(heldPath, "kind", "groups", "decision", "confirm", "set", heldSet(old))
	require.Equal(t, http.StatusConflict, r.Status)
	assert.Contains(t, r.doc().Text(), "The held rows of Groups have changed since you opened the page")
	state, err := a.store.EntityState(t.Context(), tenant.ID, "groups")
	require.NoError(t, err)
	assert.Equal(t, 50, state.Rows)
}

// heldSet is what the page's confirmation sends to name the rows shown.
func heldSet(r answer) string {
	return r.doc().Find("dialog input[name=set]").AttrOr("value", "")
}

func TestHeld_Keep(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.list(tenant, "groups", 60)
	a.list(tenant, "groups", 10)
	b := a.owner()
	require.Equal(t, http.StatusSeeOther, b.post(heldPath, "kind", "groups", "decision", "reject").Status)
	assert.Contains(t, b.get(heldPath).told("flash"), "The rows of Groups are kept.")
	state, err := a.store.EntityState(t.Context(), tenant.ID, "groups")
	require.NoError(t, err)
	assert.Equal(t, 60, state.Rows)
	assert.Equal(t, entity.Partial, state.State)
}

func TestHeld_BadRequests(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.list(tenant, "groups", 60)
	a.list(tenant, "groups", 10)
	b := a.owner()
	assert.Equal(t, http.StatusUnprocessableEntity, b.post(heldPath, "kind", "nothing", "decision", "confirm").Status)
	assert.Equal(t, http.StatusUnprocessableEntity, b.post(heldPath, "kind", "groups").Status, "no decision is not a yes")
	state, err := a.store.EntityState(t.Context(), tenant.ID, "groups")
	require.NoError(t, err)
	assert.Equal(t, 60, state.Rows)
}
