package handlers

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// registered reads a list of app registrations in which one is the tenant's
// own, with a secret that begins like testSecret and ends then.
func (a *app) registered(tenant store.Tenant, ends time.Time) {
	a.t.Helper()
	ctx := a.t.Context()
	def := a.store.Catalogue().Def("applications")
	run := a.begin(tenant, def.Kind)
	w := a.part(run, def.Kind)
	var rows []entity.Row
	for _, object := range []string{
		`{"id":"own","displayName":"Reader","appId":"` + testClient + `","passwordCredentials":[{"hint":"` + testSecret[:3] + `","endDateTime":"` + ends.UTC().Format(time.RFC3339) + `"}]}`,
		`{"id":"other","displayName":"Payroll","appId":"00000000-0000-0000-0000-00000000000f","passwordCredentials":[]}`,
	} {
		row, err := def.Decode("list", []byte(object))
		require.NoError(a.t, err)
		rows = append(rows, row)
	}
	_, err := w.Put(ctx, rows, store.Traffic{})
	require.NoError(a.t, err)
	_, err = w.Complete(ctx, store.Traffic{})
	require.NoError(a.t, err)
	require.NoError(a.t, a.store.FinishRun(ctx, run.ID, store.RunComplete, nil))
}

func TestIntegrations_SecretExpiry(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		left       time.Duration
		tone, says string
		urgent     bool
	}{
		"far away": {400 * 24 * time.Hour, "quiet", "Expires in 400 days, on 7 Dec 2027", false},
		"soon":     {23 * 24 * time.Hour, "warn", "Expires in 23 days, on 25 Nov 2026", true},
		"urgent":   {5 * 24 * time.Hour, "bad", "Expires in 5 days, on 7 Nov 2026", true},
		"expired":  {-24 * time.Hour, "bad", "Expired 24 hours ago, on 1 Nov 2026", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			tenant := a.connectedTenant("Contoso")
			b := a.owner()
			before := b.get("/tenants/contoso/integrations")
			assert.Contains(t, before.told("secret-expiry"), "Expiry not known It is read with App registrations, which were never synced.")

			a.registered(tenant, a.clock.Now().Add(tt.left))
			r := b.get("/tenants/contoso/integrations")
			assert.Equal(t, tt.tone, r.attr("secret-expiry", "data-tone"))
			assert.Contains(t, r.told("secret-expiry"), tt.says)
			assert.Equal(t, tt.urgent, r.has("secret-expires"))
			if tt.urgent {
				assert.Equal(t, 1, r.doc().Find(`[data-testid=secret-expires] a[href="https://entra.microsoft.com/secrets/`+testClient+`"]`).Length())
				assert.Equal(t, 1, r.doc().Find(`[data-testid=secret-expires] a[href="`+connectPath+`"]`).Length())
			}
			assert.NotContains(t, r.Body, testSecret[:8])
			quiet(t, r)

			viewer := a.as(a.account("vera@contoso.com", store.Viewer, tenant)).get("/tenants/contoso/integrations")
			assert.Contains(t, viewer.told("secret-expiry"), tt.says)
			assert.Zero(t, viewer.doc().Find(`a[href="`+connectPath+`"]`).Length(), "a viewer cannot replace it")
		})
	}
}

func TestIntegrations_WithoutSecretNoExpiry(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	require.NoError(t, a.store.Disconnect(t.Context(), store.Actor{Name: "ann"}, tenant.ID))
	r := a.owner().get("/tenants/contoso/integrations")
	assert.Equal(t, http.StatusOK, r.Status)
	assert.False(t, r.has("secret-expiry"), "there is no secret")
}

func TestTable_MarksTheOwnApp(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.registered(tenant, a.clock.Now().Add(time.Hour))
	r := a.owner().get("/tenants/contoso/data/applications")
	assert.Equal(t, 1, r.doc().Find("[data-testid=row-own] [data-testid=own-app]").Length())
	assert.Equal(t, 1, r.doc().Find("[data-testid=own-app]").Length(), "and no other")
}

func TestReplaceSecret(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	b := a.owner()
	page := b.get(connectPath)
	assert.Equal(t, "Replace the client secret", page.text("h1"))
	assert.False(t, page.has("guide"), "the app is registered already")
	assert.False(t, page.has("scripts"))
	assert.Contains(t, page.told("replace-guide"), "Copy the Value at once")
	assert.Equal(t, 1, page.doc().Find(`[data-testid=replace-guide] a[href="https://entra.microsoft.com/secrets/`+testClient+`"]`).Length())
	for name, want := range map[string]string{"cloud": "global", "directory_id": testDirectory} {
		field := page.doc().Find("form#connect-form [name=" + name + "]")
		assert.Equal(t, "hidden", field.AttrOr("type", ""), name)
		assert.Equal(t, want, field.AttrOr("value", ""), name)
	}
	assert.Equal(t, testClient, page.doc().Find("[name=client_id]").AttrOr("value", ""))
	quiet(t, page)

	// A test that fails says that nothing has changed.
	a.syncer.connect = func(context.Context, store.Actor, int64, entity.Connection) (entity.ConnectReport, error) {
		return entity.ConnectReport{Steps: []entity.Step{{Name: "Access token", Problem: &entity.Problem{
			Class: entity.ClassCredential, Code: "AADSTS7000215", Message: "Invalid client secret provided.", Cure: "Copy the Value."}}}}, nil
	}
	r := b.post(connectPath, connectFields("client_secret", "wrong-secret")...)
	require.Equal(t, http.StatusUnprocessableEntity, r.Status)
	assert.Contains(t, r.told("connect-report"), "Nothing was stored; the present secret is used as before.")
	assert.Contains(t, r.told("connect-report"), "AADSTS7000215")
	assert.NotContains(t, r.Body, "wrong-secret")

	// The secret alone is enough: the rest is known.
	var got entity.Connection
	a.syncer.connect = func(ctx context.Context, by store.Actor, id int64, c entity.Connection) (entity.ConnectReport, error) {
		got = c
		err := a.store.SaveIntegration(ctx, by, store.Integration{TenantID: id, Cloud: c.Cloud, DirectoryID: c.DirectoryID, ClientID: c.ClientID, DirectoryName: "Contoso Ltd"}, c.Secret)
		return entity.ConnectReport{OK: true, DirectoryName: "Contoso Ltd"}, err
	}
	r = b.post(connectPath, "client_id", testClient, "client_secret", "new8Q~secret")
	require.Equal(t, http.StatusSeeOther, r.Status)
	assert.Equal(t, entity.Connection{Cloud: "global", DirectoryID: testDirectory, ClientID: testClient, Secret: "new8Q~secret"}, got)
	card := b.get("/tenants/contoso/integrations")
	assert.Contains(t, card.told("flash"), "The client secret of Contoso Ltd was replaced. A full sync is running; the old secret is kept until one has succeeded.")
	assert.Contains(t, card.told("secret-kept"), "is kept until a sync with this one succeeds")

	// Microsoft refuses it after all.
	c, err := a.store.Credential(t.Context(), tenant.ID)
	require.NoError(t, err)
	require.NoError(t, a.store.RestoreCredential(t.Context(), tenant.ID, c.Generation, &entity.Problem{
		Class: entity.ClassCredential, Code: "AADSTS7000215", Message: "Invalid client secret provided.", Cure: "Copy the Value.", RequestID: "trace-9"}))
	card = b.get("/tenants/contoso/integrations")
	assert.False(t, card.has("secret-kept"))
	for _, says := range []string{"Microsoft refused the new client secret. It was wiped, and the one before it is used again.", "AADSTS7000215", "Copy the Value.", "trace-9"} {
		assert.Contains(t, card.told("secret-refused"), says)
	}
	assert.Equal(t, store.StatusConnected, card.attr("integration", "data-status"), "the old one works")
	assert.NotContains(t, card.Body+a.log.String(), "new8Q~secret")

	viewer := a.as(a.account("vera@contoso.com", store.Viewer, tenant))
	assert.Equal(t, http.StatusForbidden, viewer.get(connectPath).Status)
	assert.Equal(t, http.StatusForbidden, viewer.post(connectPath, connectFields()...).Status)
}
