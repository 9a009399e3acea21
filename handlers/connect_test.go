package handlers

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

const connectPath = "/tenants/contoso/integrations/microsoft/connect"

func connectFields(changes ...string) []string {
	fields := map[string]string{"cloud": "global", "directory_id": testDirectory, "client_id": testClient, "client_secret": testSecret}
	for i := 0; i+1 < len(changes); i += 2 {
		fields[changes[i]] = changes[i+1]
	}
	var list []string
	for name, value := range fields {
		list = append(list, name, value)
	}
	return list
}

func TestConnect_Guide(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant("Contoso")
	r := a.owner().get(connectPath)
	require.Equal(t, http.StatusOK, r.Status)
	guide := r.told("guide")
	for _, p := range a.store.Catalogue().Permissions {
		assert.Contains(t, guide, p.Name)
		assert.Contains(t, guide, p.Why)
		assert.Equal(t, 1, r.doc().Find(`[data-testid=guide] [data-copy="`+p.Name+`"]`).Length(), "%s can be copied", p.Name)
	}
	for _, words := range []string{"single tenant", "24 months", "shown only now", "WindowsDefenderATP", "APIs my organization uses", "Grant admin consent", "Privileged Role Administrator"} {
		assert.Contains(t, guide, words)
	}
	callback := a.url + "/api/integrations/callback"
	assert.Equal(t, 1, r.doc().Find(`[data-testid=guide] [data-copy="`+callback+`"]`).Length(), "the redirect URI can be copied")
	all, _ := r.doc().Find(`[data-testid=guide] [data-copy*="User.Read.All"][data-copy*="SecurityEvents.Read.All"]`).Attr("data-copy")
	assert.Equal(t, a.required(), strings.Split(all, "\n"), "what feeds nothing is not copied with the rest")
	for _, link := range []string{"register", "secrets/", "permissions/"} {
		assert.Positive(t, r.doc().Find(`[data-testid=guide] a[href^="https://entra.microsoft.com/`+link+`"]`).Length(), link)
	}
	assert.Equal(t, "password", r.doc().Find("[name=client_secret]").AttrOr("type", ""))
	assert.Equal(t, "off", r.doc().Find("[name=client_secret]").AttrOr("autocomplete", ""))
	assert.Equal(t, "global", r.doc().Find("[name=cloud] option[selected]").AttrOr("value", ""))
	assert.False(t, r.has("demo-hint"))
	quiet(t, r)
}

func TestConnect_FieldErrors(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant("Contoso")
	a.syncer.connect = func(context.Context, store.Actor, int64, entity.Connection) (entity.ConnectReport, error) {
		t.Error("Microsoft was asked about values that cannot be right")
		return entity.ConnectReport{}, nil
	}
	b := a.owner()
	r := b.post(connectPath, connectFields("directory_id", "Contoso Ltd", "client_id", "d19b-77", "client_secret", "")...)
	require.Equal(t, http.StatusUnprocessableEntity, r.Status)
	for field, says := range map[string]string{"directory_id": "neither a GUID nor a domain", "client_id": "not a GUID", "client_secret": "Enter the client secret"} {
		assert.Contains(t, r.text("#f-"+field+"-error"), says)
		assert.Equal(t, "true", r.doc().Find("[name="+field+"]").AttrOr("aria-invalid", ""))
		assert.Contains(t, r.doc().Find("[name="+field+"]").AttrOr("aria-describedby", ""), "f-"+field+"-error")
	}
	assert.Equal(t, "Contoso Ltd", r.doc().Find("[name=directory_id]").AttrOr("value", ""), "what was entered is kept")
	assert.Equal(t, "d19b-77", r.doc().Find("[name=client_id]").AttrOr("value", ""))
	quiet(t, r)

	part := b.do(http.MethodPost, connectPath, form(connectFields("client_id", "x")...), "HX-Request", "true")
	require.Equal(t, http.StatusUnprocessableEntity, part.Status)
	assert.NotContains(t, part.Body, "<html")
	assert.Equal(t, 1, part.doc().Find("form#connect-form").Length(), "htmx gets the form alone")
	assert.NotContains(t, r.Body+part.Body, testSecret)
}

func TestConnect_SecretID(t *testing.T) {
	t.Parallel()
	const secretID = "0f0f0f0f-1111-4222-8333-444444444444"
	a := newApp(t)
	a.tenant("Contoso")
	var got string
	a.syncer.connect = func(_ context.Context, _ store.Actor, _ int64, c entity.Connection) (entity.ConnectReport, error) {
		got = c.Secret
		return entity.ConnectReport{OK: true, DirectoryName: "Contoso Ltd"}, nil
	}
	b := a.owner()
	r := b.post(connectPath, connectFields("client_secret", secretID)...)
	require.Equal(t, http.StatusUnprocessableEntity, r.Status)
	assert.Contains(t, r.text("#f-client_secret-error"), "This looks like the Secret ID. Copy the Value")
	assert.Equal(t, "secret_as_is", r.attr("secret-as-is", "name"))
	assert.NotContains(t, r.Body, secretID)
	assert.Empty(t, got, "nothing was tested")

	r = b.post(connectPath, append(connectFields("client_secret", secretID), "secret_as_is", "1")...)
	assert.Equal(t, http.StatusSeeOther, r.Status)
	assert.Equal(t, secretID, got, "an admin who insists is believed")
}

func TestConnect_TestFails(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.tenant("Contoso")
	a.syncer.connect = func(context.Context, store.Actor, int64, entity.Connection) (entity.ConnectReport, error) {
		return entity.ConnectReport{Steps: []entity.Step{
			{Name: "Access token", Detail: "Invalid client secret provided.", Problem: &entity.Problem{
				Class: entity.ClassCredential, Code: "AADSTS7000215", Message: "Invalid client secret provided.",
				RequestID: "trace-42", Cure: "Copy the secret's Value.", Link: "https://entra.microsoft.com/secrets",
			}},
			{Name: "Permissions"},
			{Name: "Directory"},
		}}, nil
	}
	b := a.owner()
	for _, headers := range [][]string{nil, {"HX-Request", "true"}} {
		r := b.do(http.MethodPost, connectPath, form(connectFields()...), headers...)
		require.Equal(t, http.StatusUnprocessableEntity, r.Status)
		report := r.told("connect-report")
		for _, part := range []string{"Nothing was stored", "AADSTS7000215", "Invalid client secret provided.", "Trace id trace-42", "Copy the secret's Value."} {
			assert.Equal(t, 1, strings.Count(report, part), part)
		}
		assert.Equal(t, "failed", r.doc().Find(`[data-step="Access token"]`).AttrOr("data-result", ""))
		assert.Equal(t, "not tested", r.doc().Find(`[data-step="Permissions"]`).AttrOr("data-result", ""))
		assert.Equal(t, 1, r.doc().Find(`[data-testid=connect-report] a[href="https://entra.microsoft.com/secrets"]`).Length())
		assert.Equal(t, testDirectory, r.doc().Find("[name=directory_id]").AttrOr("value", ""))
		_, echoed := r.doc().Find("[name=client_secret]").Attr("value")
		assert.False(t, echoed)
		assert.NotContains(t, r.Body, testSecret)
		quiet(t, r)
	}
	_, err := a.store.Integration(t.Context(), tenant.ID)
	assert.ErrorIs(t, err, store.ErrNotFound)
	assert.NotContains(t, a.log.String(), testSecret)
}

func TestConnect_Succeeds(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.tenant("Contoso")
	var got entity.Connection
	var by store.Actor
	a.syncer.connect = func(ctx context.Context, actor store.Actor, id int64, c entity.Connection) (entity.ConnectReport, error) {
		got, by = c, actor
		err := a.store.SaveIntegration(ctx, actor, store.Integration{
			TenantID: id, Cloud: c.Cloud, DirectoryID: testDirectory, ClientID: c.ClientID, DirectoryName: "Contoso Ltd",
		}, c.Secret)
		a.grant(tenant, entity.Graph, a.required()[2:]...)
		// Some permissions are missing: that does not stand in the way.
		return entity.ConnectReport{OK: true, DirectoryName: "Contoso Ltd", Steps: []entity.Step{
			{Name: "Access token", Done: true}, {Name: "Permissions", Done: true, Warning: true, Detail: "2 of 12 are missing"},
		}}, err
	}
	b := a.owner()
	r := b.post(connectPath, connectFields("directory_id", " contoso.onmicrosoft.com ", "client_secret", testSecret+" ")...)
	require.Equal(t, http.StatusSeeOther, r.Status)
	assert.Equal(t, "/tenants/contoso/integrations", r.location())
	assert.Equal(t, entity.Connection{Cloud: "global", DirectoryID: "contoso.onmicrosoft.com", ClientID: testClient, Secret: testSecret}, got, "space around a pasted value is dropped")
	assert.Equal(t, "owner@contoso.com", by.Name)
	next := b.get(r.location())
	assert.Contains(t, next.told("flash"), "Contoso Ltd is connected. The first sync is running. 2 required permissions are missing: see Permissions.")
	assert.NotContains(t, next.Body, testSecret)

	again := b.do(http.MethodPost, connectPath, form(connectFields()...), "HX-Request", "true")
	assert.Equal(t, "/tenants/contoso/integrations", again.Header.Get("HX-Redirect"), "htmx is told to go there")
	assert.Contains(t, b.get("/tenants/contoso/integrations").told("flash"), "The client secret of Contoso Ltd was replaced.")

	require.NoError(t, a.store.Disconnect(t.Context(), store.Actor{Name: "owner"}, tenant.ID))
	b.post(connectPath, connectFields()...)
	assert.Contains(t, b.get("/tenants/contoso/integrations").told("flash"), "Contoso Ltd is connected again. A full sync is running.")

	page := b.get(connectPath)
	assert.Contains(t, page.text("h1"), "Replace the client secret")
	assert.Equal(t, testDirectory, page.doc().Find("[name=directory_id]").AttrOr("value", ""))
	assert.Equal(t, testClient, page.doc().Find("[name=client_id]").AttrOr("value", ""))
	assert.NotContains(t, page.Body, testSecret)
	assert.NotContains(t, a.log.String(), testSecret)
	secret, err := a.store.Secret(t.Context(), tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, testSecret, secret)
}

func TestConnect_DirectoryTaken(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.connectedTenant("Fabrikam")
	a.tenant("Contoso")
	a.syncer.connect = func(ctx context.Context, by store.Actor, id int64, c entity.Connection) (entity.ConnectReport, error) {
		err := a.store.SaveIntegration(ctx, by, store.Integration{TenantID: id, Cloud: c.Cloud, DirectoryID: c.DirectoryID, ClientID: c.ClientID}, c.Secret)
		return entity.ConnectReport{}, err
	}
	r := a.owner().post(connectPath, connectFields()...)
	require.Equal(t, http.StatusUnprocessableEntity, r.Status)
	assert.Contains(t, r.text("#f-directory_id-error"), "belongs to another tenant")
	assert.NotContains(t, r.Body, "Fabrikam Inc", "which tenant that is stays unsaid")
}

func TestConnect_Demo(t *testing.T) {
	t.Parallel()
	a := newAppWith(t, appOptions{config: func(c *Config) {
		c.Demo = &Demo{Cloud: "usgov", DirectoryID: testDirectory, ClientID: testClient, ClientSecret: "demo-secret-value"}
	}})
	a.tenant("Contoso")
	r := a.owner().get(connectPath)
	for _, value := range []string{testDirectory, testClient, "demo-secret-value"} {
		assert.Equal(t, 1, r.doc().Find(`[data-testid=demo-hint] [data-copy="`+value+`"]`).Length(), value)
	}
	assert.Contains(t, r.told("demo-hint"), "simulated")
	assert.Equal(t, "usgov", r.doc().Find("[name=cloud] option[selected]").AttrOr("value", ""))
}
