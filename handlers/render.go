package handlers

import (
	"fmt"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/views"
)

// isHTMX reports whether a script of ours asks, rather than the browser itself.
func isHTMX(c echo.Context) bool { return c.Request().Header.Get("HX-Request") == "true" }

// isPartial reports whether the answer is a part of the page. A boosted link
// and Back after the history was dropped want the whole page.
func isPartial(c echo.Context) bool {
	h := c.Request().Header
	return isHTMX(c) && h.Get("HX-Boosted") != "true" && h.Get("HX-History-Restore-Request") != "true"
}

// render answers with a page, or, to htmx, with the named fragments of that
// page. It renders into memory first, so that a page that fails half way is an
// error and not half a page.
func (s *server) render(c echo.Context, status int, page templ.Component, fragments ...string) error {
	buf := templ.GetBuffer()
	defer templ.ReleaseBuffer(buf)
	ctx := c.Request().Context()
	c.Response().Header().Add(echo.HeaderVary, "HX-Request")
	if len(fragments) > 0 && isPartial(c) {
		ids := make([]any, len(fragments))
		for i, f := range fragments {
			ids[i] = f
		}
		if err := templ.RenderFragments(ctx, buf, page, ids...); err != nil {
			return fmt.Errorf("render fragments: %w", err)
		}
		if buf.Len() == 0 {
			return fmt.Errorf("render fragments: the page has none of %q", fragments)
		}
	} else if err := page.Render(ctx, buf); err != nil {
		return fmt.Errorf("render page: %w", err)
	}
	return c.HTMLBlob(status, buf.Bytes())
}

// posted returns a field of the posted form. What the address holds does not
// count: addresses are logged and shared.
func posted(c echo.Context, field string) string { return c.Request().PostFormValue(field) }

// redirect sends the browser to another page after a POST.
func redirect(c echo.Context, to string) error {
	if isHTMX(c) {
		c.Response().Header().Set("HX-Redirect", to)
		return c.NoContent(http.StatusNoContent)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// page returns the frame of a page for the signed-in account and, where the
// path names one, its tenant. crumbs are the pages above it.
func (s *server) page(c echo.Context, title, nav string, crumbs ...views.Crumb) (views.Page, error) {
	p := s.plainPage(c, title)
	p.Nav, p.Crumbs = nav, crumbs
	account, ok, err := s.account(c)
	if err != nil || !ok {
		return p, err
	}
	p.Account = &account
	if t, ok := c.Get(tenantKey).(store.Tenant); ok {
		p.Tenant = &views.TenantNav{Tenant: t}
	}
	if isPartial(c) {
		return p, nil // the sidebar is rendered and thrown away
	}
	if p.Flash, err = s.takeFlash(c); err != nil {
		return p, err
	}
	if p.Tenants, err = s.tenantsOf(c, account); err != nil {
		return p, err
	}
	if p.Tenant != nil {
		p.Tenant, err = s.tenantNav(c, p.Tenant.Tenant)
	}
	return p, err
}

// plainPage returns the frame of a page for anybody.
func (s *server) plainPage(c echo.Context, title string) views.Page {
	p := views.Page{Title: title, Version: s.version, Now: s.store.Now()}
	if cookie, err := c.Cookie("theme"); err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		p.Theme = cookie.Value
	}
	return p
}

func (s *server) tenantNav(c echo.Context, t store.Tenant) (*views.TenantNav, error) {
	integration, err := s.lastIntegration(c.Request().Context(), t)
	if err != nil {
		return nil, err
	}
	states, err := s.states(c, t)
	if err != nil {
		return nil, err
	}
	return views.NewTenantNav(t, integration, states), nil
}

// states returns the states of the tenant's entities, loaded once for a request:
// the sidebar needs them and many a page too, and a derived entity's rows are
// counted for it.
func (s *server) states(c echo.Context, t store.Tenant) ([]store.EntityState, error) {
	if states, ok := c.Get(statesKey).([]store.EntityState); ok {
		return states, nil
	}
	states, err := s.store.EntityStates(c.Request().Context(), t.ID)
	if err != nil {
		return nil, fmt.Errorf("load the states: %w", err)
	}
	c.Set(statesKey, states)
	return states, nil
}

// state returns the state of one entity: out of those that are loaded, or alone.
func (s *server) state(c echo.Context, t store.Tenant, kind string) (store.EntityState, error) {
	if states, ok := c.Get(statesKey).([]store.EntityState); ok {
		for _, st := range states {
			if st.Def.Kind == kind {
				return st, nil
			}
		}
	}
	st, err := s.store.EntityState(c.Request().Context(), t.ID, kind)
	if err != nil {
		return st, fmt.Errorf("load the state of %s: %w", kind, err)
	}
	return st, nil
}
