package handlers

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/views"
)

// startSync starts a manual run, or joins the one under way, and shows the card
// with its progress.
func (s *server) startSync(c echo.Context) error {
	t, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	run, joined, err := s.syncer.Start(c.Request().Context(), store.NewRun{
		TenantID: t.ID,
		Trigger:  store.TriggerManual,
		By:       actor(c).Name,
	})
	if err != nil {
		return fmt.Errorf("start a sync: %w", err)
	}
	joinedID := ""
	if joined {
		joinedID = strconv.FormatInt(run.ID, 10)
	}
	if isPartial(c) {
		return s.renderIntegrations(c, http.StatusOK, joinedID)
	}
	to := integrationsPath(t)
	if joined {
		to += "?joined=" + joinedID
	}
	return redirect(c, to)
}

// cancelSync asks the run under way to stop. What it has read stays.
func (s *server) cancelSync(c echo.Context) error {
	t, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	id, err := s.store.RequestCancel(ctx, t.ID)
	if err != nil {
		return fmt.Errorf("stop a sync: %w", err)
	}
	if id == 0 {
		if err := s.flash(c, views.Info, "No sync is running."); err != nil {
			return err
		}
		return redirect(c, integrationsPath(t))
	}
	if err := s.store.Audit(ctx, actor(c), t.ID, "sync.cancelled", "run "+strconv.FormatInt(id, 10)); err != nil {
		return fmt.Errorf("stop a sync: %w", err)
	}
	return s.done(c, integrationsPath(t), "The sync is being stopped. What it has read stays.")
}
