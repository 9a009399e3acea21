package handlers

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/views"
)

// write is a component of fixed text.
func write(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// twoFragments is a page with the fragments a and b.
func twoFragments() templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, c := range []templ.Component{write("<html>"), fragment("a", "AAA"), write("-"), fragment("b", "BBB")} {
			if err := c.Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
}

func fragment(id, text string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return templ.Fragment(id).Render(templ.WithChildren(ctx, write(text)), w)
	})
}

func TestRender(t *testing.T) {
	t.Parallel()
	s := &server{}
	broken := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, _ = io.WriteString(w, "half a page")
		return errors.New("broken")
	})
	a := newAppWith(t, appOptions{routes: func([]route) []route {
		page := func(path string, c templ.Component, fragments ...string) route {
			return route{http.MethodGet, path, public, func(e echo.Context) error {
				return s.render(e, http.StatusOK, c, fragments...)
			}}
		}
		return []route{
			page("/both", twoFragments(), "a", "b"), page("/one", twoFragments(), "b"), page("/whole", twoFragments()),
			page("/none", twoFragments(), "missing"), page("/broken", broken), page("/broken-part", broken, "a"),
		}
	}})
	b := a.browser()
	for name, c := range map[string]struct {
		path    string
		headers []string
		want    string
	}{
		"browser":                {"/one", nil, "<html>AAA-BBB"},
		"htmx":                   {"/one", []string{"HX-Request", "true"}, "BBB"},
		"two fragments":          {"/both", []string{"HX-Request", "true"}, "AAABBB"},
		"boosted":                {"/one", []string{"HX-Request", "true", "HX-Boosted", "true"}, "<html>AAA-BBB"},
		"history was dropped":    {"/one", []string{"HX-Request", "true", "HX-History-Restore-Request", "true"}, "<html>AAA-BBB"},
		"page without fragments": {"/whole", []string{"HX-Request", "true"}, "<html>AAA-BBB"},
	} {
		r := b.get(c.path, c.headers...)
		assert.Equal(t, http.StatusOK, r.Status, name)
		assert.Equal(t, c.want, r.Body, name)
		assert.Contains(t, r.Header.Values("Vary"), "HX-Request", name)
	}
	for _, path := range []string{"/none", "/broken", "/broken-part"} {
		r := b.get(path, "HX-Request", "true")
		assert.Equal(t, http.StatusInternalServerError, r.Status, path)
		assert.NotContains(t, r.Body, "half a page", path)
	}
	assert.Equal(t, http.StatusInternalServerError, b.get("/broken").Status)
}

func TestRedirectAfterChange(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	owner := a.owner()
	r := owner.post("/tenants", "name", "Contoso")
	assert.Equal(t, http.StatusSeeOther, r.Status)
	r = owner.do(http.MethodPost, "/tenants", form("name", "Fabrikam"), "HX-Request", "true")
	assert.Equal(t, http.StatusNoContent, r.Status)
	assert.Equal(t, "/tenants/fabrikam/integrations", r.Header.Get("HX-Redirect"))
}

func TestFlash(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	owner := a.owner()
	owner.post("/tenants", "name", "Contoso <b>Ltd</b>")
	owner.get("/tenants", "HX-Request", "true") // a poll of the old page must not take the message
	assert.Equal(t, "Contoso <b>Ltd</b> was added. Connect it to Microsoft 365 to read its data.", owner.get("/tenants").text("[data-testid=flash]"))
	assert.Empty(t, owner.get("/tenants").text("[data-testid=flash]"))
}

func TestSidebar(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	contoso := a.tenant("Contoso")
	viewer := a.as(a.account("v@contoso.com", store.Viewer, contoso))
	a.tenant("Fabrikam")
	page := viewer.get("/tenants/contoso/data/users")
	assert.Equal(t, "/tenants/contoso/data/users", page.doc().Find(".x-sb-link[aria-current=page]").AttrOr("href", ""))
	assert.NotContains(t, page.text("#sidebar"), "Fabrikam", "a tenant that the account does not see")
	assert.Equal(t, 0, page.doc().Find("#sidebar a[href='/accounts']").Length())
	for _, d := range a.store.Catalogue().Defs {
		item := page.doc().Find("#sidebar a[href='" + views.TenantPath("contoso", "data", d.Kind) + "']")
		assert.Equal(t, 1, item.Length(), d.Kind)
		assert.Contains(t, item.Text(), "Never synced", d.Kind)
	}
}

func TestSidebar_LinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant("Contoso")
	owner := a.owner()
	links := owner.get("/tenants/contoso/settings").doc().Find("#sidebar a").Map(func(_ int, e *goquery.Selection) string {
		return e.AttrOr("href", "")
	})
	assert.Greater(t, len(links), len(a.store.Catalogue().Defs))
	for _, link := range links {
		r := owner.get(link)
		if r.Status == http.StatusSeeOther {
			r = owner.get(r.location())
		}
		assert.Equal(t, http.StatusOK, r.Status, link)
	}
}
