package handlers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/static"
	"github.com/securatlas/securatlas/store"
)

// TestRouteList holds every route to the rules of access, so that a new one
// cannot be open by mistake.
func TestRouteList(t *testing.T) {
	t.Parallel()
	open := map[string]bool{
		"GET /healthz": true, "GET /readyz": true, "GET " + static.Prefix + "*": true, "GET /favicon.ico": true,
		"GET /robots.txt": true, "GET /": true, "GET /setup": true, "POST /setup": true, "GET /login": true,
		"POST /login": true, "POST /logout": true,
	}
	for _, r := range routesOf(t) {
		name := r.method + " " + r.path
		assert.Equal(t, open[name], r.access == public, "%s: public or not", name)
		if strings.Contains(r.path, ":slug") {
			assert.GreaterOrEqual(t, r.access, member, "%s names a tenant", name)
			if r.method != http.MethodGet {
				assert.GreaterOrEqual(t, r.access, admin, "%s changes a tenant", name)
			}
		} else {
			assert.NotContains(t, []access{member, admin}, r.access, "%s names no tenant to be a member of", name)
		}
		if strings.HasPrefix(r.path, "/accounts") {
			assert.Equal(t, owner, r.access, name)
		}
		assert.Contains(t, []string{http.MethodGet, http.MethodPost}, r.method, name)
	}
}

func routesOf(t *testing.T) []route {
	t.Helper()
	a := newApp(t)
	s, err := newServer(Config{Store: a.store, BaseURL: mustURL(t, a.url)})
	require.NoError(t, err)
	return s.routes()
}

// TestAccess asks for every route as everybody. What the routes would do is
// left out: only who gets that far is looked at.
func TestAccess(t *testing.T) {
	t.Parallel()
	var routes []route
	a := newAppWith(t, appOptions{routes: func(all []route) []route {
		for i := range all {
			all[i].handle = func(c echo.Context) error { return c.String(http.StatusTeapot, "in") }
		}
		routes = all
		return all
	}})
	contoso, fabrikam := a.tenant("Contoso"), a.tenant("Fabrikam")
	people := []struct {
		name    string
		browser *browser
		role    store.Role
		sees    bool // Contoso
	}{
		{"anonymous", a.browser(), "", false},
		{"owner", a.as(a.account("o@contoso.com", store.Owner)), store.Owner, true},
		{"admin, member", a.as(a.account("a@contoso.com", store.Admin, contoso)), store.Admin, true},
		{"admin of another", a.as(a.account("b@contoso.com", store.Admin, fabrikam)), store.Admin, false},
		{"viewer, member", a.as(a.account("v@contoso.com", store.Viewer, contoso)), store.Viewer, true},
		{"viewer of another", a.as(a.account("w@contoso.com", store.Viewer, fabrikam)), store.Viewer, false},
	}
	for _, r := range routes {
		path := strings.NewReplacer(":slug", "contoso", ":kind", "users", ":id", "1", ":run", "1", "*", "x").Replace(r.path)
		for _, p := range people {
			want := http.StatusTeapot
			switch {
			case r.access == public:
			case p.role == "":
				want = http.StatusSeeOther
			case strings.Contains(r.path, ":slug") && !p.sees:
				want = http.StatusNotFound
			case r.access == admin && p.role == store.Viewer, r.access == owner && p.role != store.Owner:
				want = http.StatusForbidden
			}
			got := p.browser.do(r.method, path, nil)
			assert.Equal(t, want, got.Status, "%s %s as %s", r.method, r.path, p.name)
			if want == http.StatusSeeOther {
				assert.True(t, strings.HasPrefix(got.location(), "/login"), got.location())
			}
		}
		missing := strings.Replace(path, "contoso", "no-such-tenant", 1)
		if missing != path {
			for _, p := range people[1:] {
				assert.Equal(t, http.StatusNotFound, p.browser.do(r.method, missing, nil).Status, "%s %s as %s", r.method, missing, p.name)
			}
		}
	}
}

func TestExpiredSessionAsksToSignIn(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.account("owner@contoso.com", store.Owner)
	b := a.browser()

	page := b.get("/account?a=1&b=2")
	assert.Equal(t, http.StatusSeeOther, page.Status)
	assert.Equal(t, "/login?next=%2Faccount%3Fa%3D1%26b%3D2", page.location())

	change := b.post("/account/password", "password", "x")
	assert.Equal(t, http.StatusSeeOther, change.Status)
	assert.Equal(t, "/login", change.location(), "a form that was posted is not a page to come back to")

	part := b.get("/account", "HX-Request", "true")
	assert.Equal(t, http.StatusUnauthorized, part.Status)
	assert.Equal(t, "/login", part.Header.Get("HX-Redirect"))
}

func TestHome(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	assert.Equal(t, "/setup", a.browser().get("/").location(), "without an owner")
	assert.Equal(t, "/setup", a.browser().get("/login").location(), "without an owner")
	contoso := a.tenant("Contoso")
	ownerAccount := a.account("o@contoso.com", store.Owner)
	assert.Equal(t, "/login", a.browser().get("/").location())
	assert.Equal(t, "/tenants/contoso", a.as(ownerAccount).get("/").location(), "the only tenant")
	a.tenant("Fabrikam")
	assert.Equal(t, "/tenants", a.as(ownerAccount).get("/").location(), "two tenants")
	one := a.account("v@contoso.com", store.Viewer, contoso)
	assert.Equal(t, "/tenants/contoso", a.as(one).get("/").location(), "the only one that a member sees")
	none := a.account("n@contoso.com", store.Viewer)
	assert.Equal(t, "/tenants", a.as(none).get("/").location(), "none")
	assert.Contains(t, a.as(none).get("/tenants").text("main"), "not a member of any tenant")
}
