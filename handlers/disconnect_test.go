package handlers

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

func TestDisconnect(t *testing.T) {
	t.Parallel()
	const path = "/tenants/contoso/integrations/microsoft/disconnect"
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.list(tenant, "groups", 7)
	a.syncer.disconnect = a.store.Disconnect
	b := a.owner()

	page := b.get("/tenants/contoso/integrations")
	dialog := page.attr("disconnect", "popovertarget")
	assert.Equal(t, path, page.doc().Find("#"+dialog+" form").AttrOr("action", ""), "the button asks first, with or without scripts")
	assert.True(t, page.doc().Find("#"+dialog).Is("[popover]"))

	require.Equal(t, http.StatusSeeOther, b.post(path).Status)
	_, err := a.store.Secret(t.Context(), tenant.ID)
	assert.ErrorIs(t, err, store.ErrNotFound)
	page = b.get("/tenants/contoso/integrations")
	assert.Contains(t, page.told("flash"), "Contoso is disconnected")
	assert.Equal(t, store.StatusDisconnected, page.attr("integration", "data-status"))
	assert.Contains(t, page.told("integration"), "The data are kept: 7 rows, as of 2 Nov 2026, 09:00 UTC.")
	assert.Equal(t, "complete", page.attr("entity-state-groups", "data-state"))
	assert.True(t, page.has("connect"), "it can be connected again")
	assert.False(t, page.has("refresh"))
	assert.Equal(t, testDirectory, b.get(connectPath).doc().Find("[name=directory_id]").AttrOr("value", ""), "the same directory")
	quiet(t, page)
}

func TestDeleteData(t *testing.T) {
	t.Parallel()
	const path = "/tenants/contoso/integrations/microsoft/delete-data"
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.list(tenant, "groups", 7)
	b := a.owner()
	rows := func() int {
		t.Helper()
		state, err := a.store.EntityState(t.Context(), tenant.ID, "groups")
		require.NoError(t, err)
		return state.Rows
	}

	assert.Equal(t, http.StatusConflict, b.post(path, "confirm", "contoso").Status, "not while it is connected")
	assert.Equal(t, 7, rows())
	require.NoError(t, a.store.Disconnect(t.Context(), store.Actor{Name: "test"}, tenant.ID))

	page := b.get("/tenants/contoso/integrations")
	dialog := page.attr("delete-data", "popovertarget")
	assert.Equal(t, path, page.doc().Find("#"+dialog+" form").AttrOr("action", ""))
	for _, typed := range []string{"", "Contoso Ltd", "CONTOSO"} {
		b.post(path, "confirm", typed)
		assert.Contains(t, b.get("/tenants/contoso/integrations").told("flash"), "Nothing was deleted", "typed %q", typed)
		assert.Equal(t, 7, rows())
	}
	require.Equal(t, http.StatusSeeOther, b.post(path, "confirm", "contoso").Status)
	assert.Zero(t, rows())
	page = b.get("/tenants/contoso/integrations")
	assert.Contains(t, page.told("flash"), "were deleted")
	assert.True(t, page.has("connect"))
	assert.Empty(t, b.get(connectPath).doc().Find("[name=directory_id]").AttrOr("value", ""), "any directory may follow")
	_, err := a.store.Integration(t.Context(), tenant.ID)
	assert.True(t, errors.Is(err, store.ErrNotFound))
}
