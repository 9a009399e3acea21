package handlers

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/views"
)

// showUserMFA answers with the explanation whether one user has to pass MFA.
// It is made from the rows as they are now, as the table's verdict was after
// the last sync.
func (s *server) showUserMFA(c echo.Context) error {
	ctx := c.Request().Context()
	tenant, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	users := s.store.Catalogue().Def("users")
	verdicts := s.store.Catalogue().Def("mfa_enforcement")
	if users == nil || verdicts == nil {
		return fmt.Errorf("explain MFA: %w", store.ErrNotFound)
	}
	row, err := s.store.Row(ctx, tenant.ID, users, pathParam(c, "id"))
	if err != nil {
		return fmt.Errorf("load the user: %w", err)
	}
	explained, asOf, err := s.syncer.ExplainMFA(ctx, tenant.ID, row.ID)
	if err != nil {
		return fmt.Errorf("explain MFA: %w", err)
	}
	table := views.TenantPath(tenant.Slug, "data", users.Kind)
	name := views.RowTitle(users, row)
	userPath := table + "/" + url.PathEscape(row.ID)
	p, err := s.page(c, "MFA of "+name, views.NavData(users.Kind),
		views.Crumb{Label: users.Title, Href: table}, views.Crumb{Label: name, Href: userPath})
	if err != nil {
		return err
	}
	e := views.Enforcement{Page: p, Tenant: tenant, UserPath: userPath, Result: explained, AsOf: asOf}
	for _, kind := range verdicts.From {
		state, err := s.store.EntityState(ctx, tenant.ID, kind)
		if err != nil {
			return fmt.Errorf("load the state of %s: %w", kind, err)
		}
		path := views.TenantPath(tenant.Slug, "data", kind)
		e.Sources = append(e.Sources, views.EnforcementSource{Title: state.Def.Title, Path: path, State: views.StateOf(p.Now, state)})
		if kind == users.Kind {
			e.Sources = append(e.Sources, perUserSources(p, path, state)...)
		}
	}
	if e.History, e.More, err = s.history(ctx, tenant, []origin{{verdicts.Kind, row.ID}}); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, views.EnforcementPage(e))
}

// perUserSources is the part of the users that has the state of per-user MFA.
func perUserSources(page views.Page, path string, users store.EntityState) (sources []views.EnforcementSource) {
	for _, col := range users.Def.Columns {
		if col.Path != "perUserMfaState" {
			continue
		}
		for _, p := range users.Parts {
			if p.Part == col.Part {
				sources = append(sources, views.EnforcementSource{Title: users.Def.Part(p.Part).Title, Path: path,
					State: views.StateView{State: p.State, AsOf: p.AsOf, Needs: p.Needs, RetryAt: p.RetryAt, Now: page.Now}})
			}
		}
	}
	return sources
}
