package handlers

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

func mustURL(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	require.NoError(t, err)
	return u
}

func TestCrossOriginChangesAreRefused(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	owner := a.owner()
	for name, c := range map[string]struct {
		headers []string
		want    int
	}{
		"cross-site fetch":                {[]string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"same-site fetch":                 {[]string{"Sec-Fetch-Site", "same-site"}, http.StatusForbidden},
		"foreign origin":                  {[]string{"Origin", "https://evil.example"}, http.StatusForbidden},
		"opaque origin":                   {[]string{"Origin", "null"}, http.StatusForbidden},
		"same origin":                     {[]string{"Sec-Fetch-Site", "same-origin"}, http.StatusSeeOther},
		"own origin":                      {[]string{"Origin", a.url}, http.StatusSeeOther},
		"no browser":                      {nil, http.StatusSeeOther},
		"own origin, host of a proxy":     {[]string{"Origin", a.url, "Host", "backend:8080"}, http.StatusSeeOther},
		"foreign origin, host of a proxy": {[]string{"Origin", "https://evil.example", "Host", "backend:8080"}, http.StatusForbidden},
	} {
		r := owner.do(http.MethodPost, "/tenants", form("name", "Tenant "+name), c.headers...)
		assert.Equal(t, c.want, r.Status, name)
		if c.want == http.StatusForbidden {
			assert.Contains(t, r.text("main"), "came from another site", name)
		}
	}
	tenants, err := a.store.Tenants(t.Context())
	require.NoError(t, err)
	// The one with another Host got past the check, but its cookie was not sent.
	assert.Len(t, tenants, 3, "refused requests must change nothing")
}

func TestCanonicalHost(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		base, host, method, path string
		want                     string // Location, empty = not redirected
	}{
		"other loopback name":        {"http://localhost:8080", "127.0.0.1:8080", "GET", "/login?next=/a", "http://localhost:8080/login?next=/a"},
		"IPv6 loopback":              {"http://localhost:8080", "[::1]:8080", "GET", "/login", "http://localhost:8080/login"},
		"same name":                  {"http://localhost:8080", "LOCALHOST:8080", "GET", "/healthz", ""},
		"probe":                      {"http://localhost:8080", "127.0.0.1:8080", "GET", "/healthz", ""},
		"readiness":                  {"http://localhost:8080", "127.0.0.1:8080", "GET", "/readyz", ""},
		"static file":                {"http://localhost:8080", "127.0.0.1:8080", "GET", "/static/0/none.css", ""},
		"change":                     {"http://localhost:8080", "127.0.0.1:8080", "POST", "/logout", ""},
		"port forwarded by somebody": {"http://localhost:8080", "127.0.0.1:9999", "GET", "/login", ""},
		"name of another machine":    {"http://localhost:8080", "box.lan:8080", "GET", "/login", ""},
		"public base":                {"https://securatlas.example", "127.0.0.1", "GET", "/login", ""},
		"host of a base in capitals": {"http://LocalHost:8080", "127.0.0.1:8080", "GET", "/login", "http://LocalHost:8080/login"},
	} {
		a := newAppWith(t, appOptions{config: func(cfg *Config) { cfg.BaseURL = mustURL(t, c.base) }})
		r := a.browser().do(c.method, c.path, nil, "Host", c.host)
		if c.want != "" {
			assert.Equal(t, http.StatusTemporaryRedirect, r.Status, name)
			assert.Equal(t, c.want, r.location(), name)
		} else {
			assert.NotEqual(t, http.StatusTemporaryRedirect, r.Status, name)
		}
	}
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	proxy := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	for name, c := range map[string]struct {
		proxies []netip.Prefix
		peer    string
		forward string
		want    string
	}{
		"no proxy believes no header":       {nil, "203.0.113.9:1", "1.2.3.4", "203.0.113.9"},
		"loopback is not believed either":   {nil, "127.0.0.1:1", "1.2.3.4", "127.0.0.1"},
		"proxy says who":                    {proxy, "10.1.1.1:1", "1.2.3.4", "1.2.3.4"},
		"client invents a header":           {proxy, "10.1.1.1:1", "6.6.6.6, 1.2.3.4", "1.2.3.4"},
		"stranger invents a header":         {proxy, "203.0.113.9:1", "1.2.3.4", "203.0.113.9"},
		"private peer that is not a proxy":  {proxy, "192.168.1.1:1", "1.2.3.4", "192.168.1.1"},
		"loopback peer that is not a proxy": {proxy, "127.0.0.1:1", "1.2.3.4", "127.0.0.1"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		r.Header.Set("X-Forwarded-For", c.forward)
		assert.Equal(t, c.want, clientAddress(c.proxies)(r), name)
	}
}

func TestRequestIDIsOurs(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	r := a.browser().get("/healthz", "X-Request-Id", "forged")
	assert.NotEqual(t, "forged", r.Header.Get("X-Request-Id"))
	assert.Contains(t, a.log.String(), r.Header.Get("X-Request-Id"))
}

func TestAccessLogHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.account("owner@contoso.com", store.Owner)
	b := a.browser()
	r := b.post("/login", "email", "owner@contoso.com", "password", testPassword)
	require.Equal(t, http.StatusSeeOther, r.Status)
	b.get("/tenants?q=searched-for")
	b.get("/nowhere?q=searched-for")
	b.post("/setup", "code", testCode)
	log := a.log.String()
	assert.Contains(t, log, "path=/tenants")
	for _, secret := range []string{testPassword, "searched-for", testCode, r.Cookie[0].Value, "owner@contoso.com"} {
		assert.NotContains(t, log, secret)
	}
}

func TestLargeBodiesAreRefused(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	r := a.owner().post("/tenants", "name", strings.Repeat("x", 2<<20))
	assert.Equal(t, http.StatusRequestEntityTooLarge, r.Status)
	assert.Equal(t, "Too much data", r.text("h1"))
}
