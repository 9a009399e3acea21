package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/views"
)

var tenantsCrumb = views.Crumb{Label: "Tenants", Href: "/tenants"}

func (s *server) listTenants(c echo.Context) error {
	return s.renderTenants(c, http.StatusOK, views.TenantsModel{})
}

func (s *server) renderTenants(c echo.Context, status int, m views.TenantsModel) error {
	p, err := s.page(c, "Tenants", views.NavTenants)
	if err != nil {
		return err
	}
	if m.Cards, err = s.tenantCards(c.Request().Context(), p.Tenants); err != nil {
		return err
	}
	return s.render(c, status, views.TenantsPage(p, m))
}

// tenantCards reads what all cards show at once: there may be a thousand.
func (s *server) tenantCards(ctx context.Context, tenants []store.Tenant) ([]views.TenantCard, error) {
	integrations, err := s.store.LastIntegrations(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the integrations: %w", err)
	}
	states, err := s.store.TenantStates(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the states: %w", err)
	}
	cards := make([]views.TenantCard, len(tenants))
	for i, t := range tenants {
		cards[i].Tenant = t
		if integration, ok := integrations[t.ID]; ok {
			describe(&cards[i], integration, states[t.ID])
		}
	}
	return cards, nil
}

// describe fills the card of a tenant that was connected.
func describe(card *views.TenantCard, i store.Integration, states []store.EntityState) {
	card.Integration = &i
	card.Status, card.Unreadable = store.IntegrationStatus(i, states)
	for _, st := range states {
		card.Syncing = card.Syncing || st.Syncing
	}
	card.AsOf, card.Younger = views.OldestAsOf(states)
}

func (s *server) createTenant(c echo.Context) error {
	m := views.TenantsModel{
		Name:   strings.TrimSpace(posted(c, "name")),
		Slug:   strings.TrimSpace(posted(c, "slug")),
		Errors: views.FieldErrors{},
	}
	t, err := s.store.CreateTenant(c.Request().Context(), actor(c), m.Name, m.Slug)
	if err != nil {
		if m.Errors.TakeAs("slug", err) {
			return s.renderTenants(c, http.StatusUnprocessableEntity, m)
		}
		return fmt.Errorf("add a tenant: %w", err)
	}
	return s.done(c, views.TenantPath(t.Slug, "integrations"), "%s was added. Connect it to Microsoft 365 to read its data.", t.Name)
}

func (s *server) showTenantSettings(c echo.Context) error {
	return s.renderTenantSettings(c, http.StatusOK, views.TenantSettings{})
}

func (s *server) renderTenantSettings(c echo.Context, status int, m views.TenantSettings) error {
	t, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	p, err := s.page(c, "Tenant settings", "", tenantsCrumb, views.Crumb{Label: t.Name, Href: views.TenantPath(t.Slug)})
	if err != nil {
		return err
	}
	m.Tenant = t
	if m.Errors == nil {
		m.Errors, m.Name = views.FieldErrors{}, t.Name
	}
	accounts, err := s.store.Accounts(c.Request().Context())
	if err != nil {
		return fmt.Errorf("list the accounts: %w", err)
	}
	for _, a := range accounts {
		if a.Sees(t.ID) {
			m.Accounts = append(m.Accounts, a)
		}
	}
	return s.render(c, status, views.TenantSettingsPage(p, m))
}

func (s *server) renameTenant(c echo.Context) error {
	t, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	m := views.TenantSettings{Name: strings.TrimSpace(posted(c, "name")), Errors: views.FieldErrors{}}
	if err := s.store.RenameTenant(c.Request().Context(), actor(c), t.ID, m.Name); err != nil {
		if m.Errors.Take(err) {
			return s.renderTenantSettings(c, http.StatusUnprocessableEntity, m)
		}
		return fmt.Errorf("rename a tenant: %w", err)
	}
	return s.done(c, views.TenantPath(t.Slug, "settings"), "The tenant is called %s now.", m.Name)
}

// removeTenant deletes a tenant and all its data. A run is ended first, so that
// it does not write into what is being deleted.
func (s *server) removeTenant(c echo.Context) error {
	t, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	if strings.TrimSpace(posted(c, "confirm")) != t.Slug {
		m := views.TenantSettings{Name: t.Name, Errors: views.FieldErrors{
			"confirm": "Type " + t.Slug + " to remove the tenant. Nothing was removed.",
		}}
		return s.renderTenantSettings(c, http.StatusUnprocessableEntity, m)
	}
	ctx := c.Request().Context()
	integration, err := s.store.Integration(ctx, t.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("load the integration: %w", err)
	}
	if integration.Connected {
		if err := s.syncer.Disconnect(ctx, actor(c), t.ID); err != nil {
			return fmt.Errorf("disconnect before removal: %w", err)
		}
	}
	if err := s.store.RemoveTenant(ctx, actor(c), t.ID); err != nil {
		return fmt.Errorf("remove a tenant: %w", err)
	}
	return s.done(c, "/tenants", "%s and all its data were removed.", t.Name)
}
