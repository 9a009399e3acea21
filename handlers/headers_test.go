package handlers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/static"
	"github.com/securatlas/securatlas/store"
)

const wantPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func TestHeaders(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	owner, nobody := a.owner(), a.browser()
	for name, r := range map[string]answer{
		"sign-in":          nobody.get("/login"),
		"redirect":         nobody.get("/tenants"),
		"page":             owner.get("/tenants"),
		"not found":        owner.get("/nowhere"),
		"nobody not found": nobody.get("/nowhere"),
		"static not found": nobody.get("/static/0/app.css"),
		"probe":            nobody.get("/healthz"),
		"wrong method":     owner.do(http.MethodPut, "/tenants", nil),
		"cross-origin":     owner.do(http.MethodPost, "/tenants", form("name", "x"), "Sec-Fetch-Site", "cross-site"),
	} {
		assert.Equal(t, wantPolicy, r.Header.Get("Content-Security-Policy"), name)
		assert.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"), name)
		assert.Equal(t, "DENY", r.Header.Get("X-Frame-Options"), name)
		assert.Equal(t, "same-origin", r.Header.Get("Referrer-Policy"), name)
		assert.Equal(t, "same-origin", r.Header.Get("Cross-Origin-Opener-Policy"), name)
		assert.NotEmpty(t, r.Header.Get("Permissions-Policy"), name)
		assert.Equal(t, "no-store", r.Header.Get("Cache-Control"), name)
		assert.Empty(t, r.Header.Get("Strict-Transport-Security"), "HSTS must not be sent over http: %s", name)
		assert.Len(t, r.Header.Get("X-Request-Id"), 16, name)
	}
}

func TestHeaders_HSTSOverHTTPS(t *testing.T) {
	t.Parallel()
	a := newAppWith(t, appOptions{tls: true})
	assert.Contains(t, a.browser().get("/login").Header.Get("Strict-Transport-Security"), "max-age=")
}

// TestPagesHoldNoInlineCode walks over every page that an owner can open: the
// content security policy would block what it finds, on the day somebody looks.
func TestPagesHoldNoInlineCode(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant("Contoso")
	owner := a.owner()
	pages := map[string]answer{
		"error":      owner.get("/nowhere"),
		"form error": owner.post("/tenants", "name", ""),
		"sign-in":    a.browser().get("/login"),
		"set-up":     newApp(t).browser().get("/setup"),
	}
	s, err := newServer(Config{Store: a.store, BaseURL: mustURL(t, a.url)})
	require.NoError(t, err)
	for _, r := range s.routes() {
		path := strings.NewReplacer(":slug", "contoso", ":kind", "users", ":id", "1", ":run", "1").Replace(r.path)
		if r.method == http.MethodGet && !strings.Contains(path, "*") {
			pages[path] = owner.get(path)
		}
	}
	for name, page := range pages {
		if !strings.HasPrefix(page.Header.Get("Content-Type"), echo.MIMETextHTML) {
			continue
		}
		doc := page.doc()
		doc.Find("script").Each(func(_ int, e *goquery.Selection) {
			src, _ := e.Attr("src")
			assert.True(t, strings.HasPrefix(src, static.Prefix), "%s: a script that is not one of our files: %q", name, src)
		})
		assert.Zero(t, doc.Find("style, [style]").Length(), "%s: inline style", name)
		assert.Zero(t, doc.Find("a[href^='javascript:'], [hx-on]").Length(), "%s: inline script", name)
		doc.Find("*").Each(func(_ int, e *goquery.Selection) {
			for _, attr := range e.Nodes[0].Attr {
				assert.False(t, strings.HasPrefix(attr.Key, "on") || strings.HasPrefix(attr.Key, "hx-on"), "%s: inline handler %s", name, attr.Key)
			}
		})
		ids := map[string]bool{}
		doc.Find("[id]").Each(func(_ int, e *goquery.Selection) {
			id, _ := e.Attr("id")
			assert.False(t, ids[id], "%s: id %q twice", name, id)
			ids[id] = true
		})
		assert.Equal(t, 1, doc.Find("h1").Length(), "%s: one h1", name)
		assert.Equal(t, 1, doc.Find("main").Length(), "%s: one main", name)
		lang, _ := doc.Find("html").Attr("lang")
		assert.Equal(t, "en", lang, name)
		doc.Find("input:not([type=hidden]), select, textarea").Each(func(_ int, e *goquery.Selection) {
			id, _ := e.Attr("id")
			_, named := e.Attr("aria-label")
			labelled := named || e.Closest("label").Length() > 0 || doc.Find("label[for='"+id+"']").Length() > 0
			assert.True(t, labelled, "%s: a field without label: %s", name, id)
		})
	}
}

func TestStaticFiles(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	page := b.get("/setup")
	var files int
	page.doc().Find("link[rel=stylesheet], link[rel=preload], link[rel=icon]").Each(func(_ int, e *goquery.Selection) {
		href, _ := e.Attr("href")
		r := b.get(href)
		assert.Equal(t, http.StatusOK, r.Status, href)
		assert.Contains(t, r.Header.Get("Cache-Control"), "immutable", href)
		assert.NotContains(t, r.Header.Get("Cache-Control"), "no-store", href)
		files++
	})
	assert.GreaterOrEqual(t, files, 4)
}

func TestNotFoundIsAPageInTheLayout(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	r := a.owner().get("/nowhere")
	assert.Equal(t, http.StatusNotFound, r.Status)
	assert.Equal(t, "Page not found", r.text("h1"))
	assert.Equal(t, 1, r.doc().Find("#sidebar").Length())
	nobody := a.browser().get("/nowhere")
	assert.Equal(t, http.StatusNotFound, nobody.Status)
	assert.Equal(t, 0, nobody.doc().Find("#sidebar").Length())
}

func TestThemeCookie(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.account("owner@contoso.com", store.Owner)
	for cookie, want := range map[string]string{"dark": "dark", "light": "light", `"><script>`: "", "": ""} {
		r := a.browser().get("/login", "Cookie", "theme="+cookie)
		theme, _ := r.doc().Find("html").Attr("data-bs-theme")
		assert.Equal(t, want, theme, cookie)
	}
}
