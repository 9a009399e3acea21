package microsoft

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

func TestOrganization(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	body := `{"value":[{"id":"` + directoryID + `","displayName":"Contoso","verifiedDomains":[
		{"name":"contoso.com","isDefault":false},{"name":"contoso.onmicrosoft.com","isDefault":true}]}]}`
	s.graph = func(w http.ResponseWriter, r *http.Request) { writeBody(w, 200, "application/json", body) }
	c := newClient(t, s, k)
	org, err := c.Organization(t.Context())
	require.NoError(t, err)
	assert.Equal(t, Organization{ID: directoryID, DisplayName: "Contoso", DefaultDomain: "contoso.onmicrosoft.com"}, org)
	assert.Equal(t, []string{"/graph/v1.0/organization?$select=id,displayName,verifiedDomains"}, s.requests())

	body = `{"value":[{"id":"` + directoryID + `","displayName":null,"verifiedDomains":"none"}]}`
	org, err = c.Organization(t.Context())
	require.NoError(t, err, "odd fields keep nobody from connecting")
	assert.Equal(t, Organization{ID: directoryID}, org)

	body = `{"value":[]}`
	_, err = c.Organization(t.Context())
	assert.Equal(t, entity.ClassData, requireProblem(t, err).Class)
}

func TestResolveDirectory(t *testing.T) {
	t.Parallel()
	other := "AAAAAAAA-0000-4000-8000-00000000000B"
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch domain, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); domain {
		case "contoso.com":
			assert.Equal(t, "/contoso.com/v2.0/.well-known/openid-configuration", r.URL.Path)
			writeJSON(w, 200, map[string]string{"issuer": "https://login.microsoftonline.com/" + other + "/v2.0"})
		case "endpoint.example":
			writeJSON(w, 200, map[string]string{"issuer": "https://sts.windows.net/{tenantid}/", "token_endpoint": "https://x/" + other + "/oauth2/v2.0/token"})
		case "common.example":
			writeJSON(w, 200, map[string]string{"issuer": "https://x/{tenantid}/v2.0"})
		case "proxy.example":
			writeBody(w, 200, "text/html", "<html>Sign in</html>")
		case "down.example":
			w.WriteHeader(503)
		default:
			writeJSON(w, 400, tokenErrorBody(90002, "invalid_tenant", "Tenant '"+domain+"' not found."))
		}
	}))
	t.Cleanup(server.Close)
	cloud := Cloud{Authority: server.URL, Portal: "https://entra.microsoft.com/"}
	resolve := func(domain string) (string, error) {
		return ResolveDirectory(t.Context(), cloud, server.Client().Transport, domain)
	}
	for _, domain := range []string{"contoso.com", " Contoso.COM ", "endpoint.example", other} {
		id, err := resolve(domain)
		require.NoError(t, err, domain)
		assert.Equal(t, strings.ToLower(other), id)
	}
	for domain, test := range map[string]struct {
		class entity.Class
		code  string
	}{
		"unknown.example": {entity.ClassCredential, "AADSTS90002"},
		"common.example":  {entity.ClassData, ""},
		"proxy.example":   {entity.ClassData, ""},
		"down.example":    {entity.ClassSource, ""},
		"":                {entity.ClassCredential, ""},
		"no dots":         {entity.ClassCredential, ""},
		"contoso":         {entity.ClassCredential, ""},
		"../x.example":    {entity.ClassCredential, ""},
	} {
		_, err := resolve(domain)
		p := requireProblem(t, err)
		assert.Equal(t, test.class, p.Class, domain)
		assert.Equal(t, test.code, p.Code, domain)
	}

	_, err := ResolveDirectory(t.Context(), cloud, nil, "contoso.com")
	assert.Equal(t, "tls", requireProblem(t, err).Code, "the system does not trust the test's certificate")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ResolveDirectory(ctx, cloud, server.Client().Transport, "contoso.com")
	assert.Equal(t, context.Canceled, err)
}
