package handlers

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

func accountURL(a store.Account) string { return "/accounts/" + strconv.FormatInt(a.ID, 10) }

func TestAccounts_Add(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	contoso, fabrikam := a.tenant("Contoso"), a.tenant("Fabrikam")
	owner := a.owner()
	id := func(t store.Tenant) string { return strconv.FormatInt(t.ID, 10) }
	r := owner.post("/accounts/new", "email", "adele@contoso.com", "password", testPassword, "role", "admin",
		"tenants", id(fabrikam), "tenants", id(contoso))
	require.Equal(t, "/accounts", r.location())
	adele, err := a.store.AccountByEmail(t.Context(), "adele@contoso.com")
	require.NoError(t, err)
	assert.Equal(t, store.Admin, adele.Role)
	assert.ElementsMatch(t, []int64{contoso.ID, fabrikam.ID}, adele.Tenants)
	row := owner.get("/accounts").doc().Find("[data-testid=account]").First().Find("td")
	assert.Contains(t, row.Eq(0).Text(), "adele@contoso.com")
	assert.Equal(t, "Admin", row.Eq(1).Text())
	assert.Equal(t, "2 tenants", row.Eq(2).Text())

	for name, c := range map[string]struct{ email, password, role, field string }{
		"email":    {"nonsense", testPassword, "viewer", "#f-email-error"},
		"taken":    {"ADELE@contoso.com", testPassword, "viewer", "#f-email-error"},
		"password": {"new@contoso.com", "short", "viewer", "#f-password-error"},
		"role":     {"new@contoso.com", testPassword, "emperor", "#role-error"},
	} {
		r := owner.post("/accounts/new", "email", c.email, "password", c.password, "role", c.role, "tenants", id(contoso))
		assert.Equal(t, http.StatusUnprocessableEntity, r.Status, name)
		assert.NotEmpty(t, r.text(c.field), name)
		assert.NotContains(t, r.Body, testPassword, name)
		assert.Equal(t, 1, r.doc().Find("input[name=tenants][checked]").Length(), "%s: what was chosen stays", name)
	}
	assert.Equal(t, http.StatusBadRequest, owner.post("/accounts/new", "email", "x@contoso.com", "tenants", "x").Status)
}

func TestAccounts_Change(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	contoso := a.tenant("Contoso")
	ownerAccount := a.account("owner@contoso.com", store.Owner)
	owner := a.as(ownerAccount)
	viewer := a.account("v@contoso.com", store.Viewer, contoso)
	page := owner.get(accountURL(viewer))
	assert.Equal(t, "viewer", page.doc().Find("input[name=role][checked]").AttrOr("value", ""))

	r := owner.post(accountURL(viewer), "role", "admin")
	assert.Equal(t, "/accounts", r.location())
	got, err := a.store.Account(t.Context(), viewer.ID)
	require.NoError(t, err)
	assert.Equal(t, store.Admin, got.Role)
	assert.Empty(t, got.Tenants, "no box ticked: no tenant")

	r = owner.post(accountURL(ownerAccount), "role", "viewer")
	assert.Equal(t, http.StatusUnprocessableEntity, r.Status, "the last owner stays one")
	assert.NotEmpty(t, r.text("#role-error"))

	assert.Equal(t, http.StatusNotFound, owner.get("/accounts/999").Status)
	assert.Equal(t, http.StatusNotFound, owner.get("/accounts/x").Status)
}

func TestAccounts_SetPassword(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	owner := a.owner()
	viewer := a.account("v@contoso.com", store.Viewer)
	theirs := a.as(viewer)
	assert.Equal(t, http.StatusUnprocessableEntity, owner.post(accountURL(viewer)+"/password", "password", "short").Status)
	require.Equal(t, http.StatusOK, theirs.get("/account").Status)
	r := owner.post(accountURL(viewer)+"/password", "password", "another good password")
	assert.Equal(t, "/accounts", r.location())
	assert.Equal(t, http.StatusSeeOther, theirs.get("/account").Status, "signed out")
	_, err := a.store.CheckPassword(t.Context(), viewer.Email, "another good password")
	assert.NoError(t, err)
}

func TestAccounts_Delete(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	ownerAccount := a.account("owner@contoso.com", store.Owner)
	owner := a.as(ownerAccount)
	viewer := a.account("v@contoso.com", store.Viewer)
	r := owner.post(accountURL(viewer) + "/delete")
	assert.Equal(t, "/accounts", r.location())
	_, err := a.store.Account(t.Context(), viewer.ID)
	assert.ErrorIs(t, err, store.ErrNotFound)

	r = owner.post(accountURL(ownerAccount) + "/delete")
	assert.Equal(t, http.StatusConflict, r.Status, "the last owner stays")
	_, err = a.store.Account(t.Context(), ownerAccount.ID)
	assert.NoError(t, err)
}
