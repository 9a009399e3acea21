package simulator_test

import (
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

func TestDiscovery(t *testing.T) {
	t.Parallel()
	c := start(t)
	get := func(path string) (int, map[string]any) {
		res, err := c.client.Get(c.AuthorityURL() + path)
		require.NoError(t, err)
		return res.StatusCode, decode(t, res)
	}
	status, body := get("/" + c.Domain() + "/v2.0/.well-known/openid-configuration")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body["issuer"], c.DirectoryID(), "a domain resolves to the id")
	status, body = get("/" + c.DirectoryID() + "/.well-known/openid-configuration")
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body["token_endpoint"], "/oauth2/token")
	status, body = get("/nosuch.example/v2.0/.well-known/openid-configuration")
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Equal(t, "invalid_tenant", body["error"])
	assert.Equal(t, []any{90002.0}, body["error_codes"])
	status, body = get("/nonsense/v2.0/.well-known/openid-configuration")
	assert.Equal(t, http.StatusBadRequest, status)
	assert.Equal(t, []any{900023.0}, body["error_codes"])
	status, body = get("/common/discovery/instance?api-version=1.1&authorization_endpoint=" + url.QueryEscape(c.AuthorityURL()+"/"+c.DirectoryID()+"/oauth2/v2.0/authorize"))
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, c.AuthorityURL()+"/"+c.DirectoryID()+"/v2.0/.well-known/openid-configuration", body["tenant_discovery_endpoint"])
}

func TestConsentPage(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.Tenant().RemoveConsent()
	visit := func(query url.Values) *http.Response {
		res, err := c.client.Get(c.AuthorityURL() + "/" + c.DirectoryID() + "/v2.0/adminconsent?" + query.Encode())
		require.NoError(t, err)
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	query := url.Values{"client_id": {c.ClientID()}, "redirect_uri": {"http://localhost:8080/api/integrations/callback?x=1"}, "state": {"abc"}, "scope": {"https://graph.microsoft.com/.default"}}

	c.Tenant().RefuseConsent(true)
	res := visit(query)
	assert.Equal(t, http.StatusFound, res.StatusCode)
	back, err := res.Location()
	require.NoError(t, err)
	assert.Equal(t, "access_denied", back.Query().Get("error"))
	assert.Empty(t, c.Tenant().Roles(simulator.GraphResource))

	c.Tenant().RefuseConsent(false)
	back, err = visit(query).Location()
	require.NoError(t, err)
	assert.Equal(t, "True", back.Query().Get("admin_consent"))
	assert.Equal(t, c.DirectoryID(), back.Query().Get("tenant"))
	assert.Equal(t, "abc", back.Query().Get("state"))
	assert.Equal(t, "1", back.Query().Get("x"))
	assert.Len(t, c.Tenant().Roles(simulator.GraphResource), 13)

	c.Tenant().SetRedirectURIs("http://localhost:9999/other")
	refused := visit(query)
	assert.Equal(t, http.StatusBadRequest, refused.StatusCode)
	page, err := io.ReadAll(refused.Body)
	require.NoError(t, err)
	assert.Contains(t, string(page), "AADSTS50011")
	query.Set("client_id", "11111111-2222-4333-8444-555555555555")
	assert.Equal(t, http.StatusBadRequest, visit(query).StatusCode)
}
