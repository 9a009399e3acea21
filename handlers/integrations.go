package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

// The schedule's names for the sync of every tenant and for the renewal of
// their tokens.
const (
	nightlyJob = "securatlas_nightly_sync"
	tokenJob   = "securatlas_token_refresh"
)

// showIntegrations answers with the Integrations tab; to a poll, with the card.
func (s *server) showIntegrations(c echo.Context) error {
	return s.renderIntegrations(c, http.StatusOK, c.QueryParam("joined"))
}

// renderIntegrations renders the page as it is now. joined is the id of the run
// that the last click joined, or empty.
func (s *server) renderIntegrations(c echo.Context, status int, joined string) error {
	t, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	v := views.IntegrationsView{Tenant: t}
	// The runs come first: a run that ends meanwhile is then shown once more as
	// running, and not with states that it has yet to write.
	if err := s.loadRuns(c, &v); err != nil {
		return err
	}
	if v.Page, err = s.page(c, "Integrations", views.NavIntegrations); err != nil {
		return err
	}
	if err := s.loadIntegration(c, &v); err != nil {
		return err
	}
	v.Joined = v.Active != nil && joined == strconv.FormatInt(v.Active.ID, 10)
	if v.Active == nil && isPartial(c) {
		// The rest of the page speaks of a running sync still: app.js asks for
		// the whole of it, unless a dialog is open.
		c.Response().Header().Set("HX-Trigger", "sync-ended")
	}
	return s.render(c, status, views.IntegrationsPage(v), "microsoft")
}

// loadIntegration fills in what the store knows beside the runs.
func (s *server) loadIntegration(c echo.Context, v *views.IntegrationsView) error {
	ctx := c.Request().Context()
	var err error
	if v.Integration, err = s.lastIntegration(ctx, v.Tenant); err != nil {
		return err
	}
	if v.States, err = s.states(c, v.Tenant); err != nil {
		return err
	}
	grants, err := s.store.Grants(ctx, v.Tenant.ID)
	if err != nil {
		return fmt.Errorf("load the granted permissions: %w", err)
	}
	v.Check = s.store.Catalogue().Check(grants)
	if v.Connected() {
		v.Links = s.syncer.Links(v.Integration.Cloud, v.Integration.DirectoryID, v.Integration.ClientID)
		v.Expiry = s.secretExpiry(ctx, v.Tenant.ID)
	}
	return s.loadJobs(ctx, v)
}

// secretExpiry is what is known of the end of the client secret. A secret that
// cannot be opened must not take the page with it that offers to replace it:
// nil stands for it.
func (s *server) secretExpiry(ctx context.Context, tenantID int64) *store.SecretExpiry {
	e, err := s.store.SecretExpiry(ctx, tenantID)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Error("expiry of the client secret not known", "tenant_id", tenantID, "error", err)
		}
		return nil
	}
	return &e
}

func (s *server) loadRuns(c echo.Context, v *views.IntegrationsView) error {
	ctx := c.Request().Context()
	active, err := s.store.ActiveRun(ctx, v.Tenant.ID)
	switch {
	case err == nil:
		v.Active = &active
	case !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("load the active run: %w", err)
	}
	if v.Runs, err = s.store.Runs(ctx, v.Tenant.ID, 0, views.RecentRuns); err != nil {
		return fmt.Errorf("load the recent runs: %w", err)
	}
	return nil
}

// loadJobs fills in when the scheduled jobs ran and will run.
func (s *server) loadJobs(ctx context.Context, v *views.IntegrationsView) error {
	jobs, err := s.store.Jobs(ctx)
	if err != nil {
		return fmt.Errorf("load the schedule: %w", err)
	}
	for _, j := range jobs {
		switch j.Name {
		case nightlyJob:
			v.Nightly = j
		case tokenJob:
			v.Tokens = j
		}
	}
	return nil
}

// connectedIntegration returns the tenant's connected integration. Returns
// store.ErrNotFound where there is none: the pages that call it have nothing
// to show then.
func (s *server) connectedIntegration(c echo.Context, t store.Tenant) (store.Integration, error) {
	in, err := s.store.Integration(c.Request().Context(), t.ID)
	if err != nil {
		return in, fmt.Errorf("load the integration: %w", err)
	}
	if !in.Connected {
		return in, fmt.Errorf("the tenant is disconnected: %w", store.ErrNotFound)
	}
	return in, nil
}

func microsoftPath(t store.Tenant, page string) string {
	return views.TenantPath(t.Slug, "integrations", "microsoft", page)
}

func integrationsPath(t store.Tenant) string { return views.TenantPath(t.Slug, "integrations") }

func integrationsCrumb(t store.Tenant) views.Crumb {
	return views.Crumb{Label: "Integrations", Href: integrationsPath(t)}
}

// asProblem returns the problem in an error's chain, or nil.
func asProblem(err error) *entity.Problem {
	var p *entity.Problem
	if errors.As(err, &p) {
		return p
	}
	return nil
}
