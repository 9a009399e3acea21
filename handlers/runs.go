package handlers

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/views"
)

// runsPage is how many syncs one page of the list has.
const runsPage = 50

// listRuns answers with the tenant's syncs, newest first. before=ID shows those
// older than that run.
func (s *server) listRuns(c echo.Context) error {
	t, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	var before int64
	if given := c.QueryParam("before"); given != "" {
		if before, err = strconv.ParseInt(given, 10, 64); err != nil || before < 1 {
			return echo.NewHTTPError(http.StatusBadRequest)
		}
	}
	// One more than is shown tells whether there is a next page.
	runs, err := s.store.Runs(c.Request().Context(), t.ID, before, runsPage+1)
	if err != nil {
		return fmt.Errorf("load the runs: %w", err)
	}
	p, err := s.page(c, "Syncs", views.NavSyncs)
	if err != nil {
		return err
	}
	v := views.RunsView{Page: p, Tenant: t}
	if before != 0 {
		// Older pages are reached from newer ones; Previous leads to the newest.
		v.Pager.Prev = views.TenantPath(t.Slug, "syncs")
	}
	if len(runs) > runsPage {
		runs = runs[:runsPage]
		v.Pager.Next = views.TenantPath(t.Slug, "syncs") + "?before=" + strconv.FormatInt(runs[runsPage-1].ID, 10)
	}
	for _, r := range runs {
		v.Runs = append(v.Runs, views.NewRunLine(p.Now, t, r))
	}
	return s.render(c, http.StatusOK, views.RunsPage(v, s.store.Catalogue()))
}

// showRun answers with one sync; to a poll, with what changes while it runs.
func (s *server) showRun(c echo.Context) error {
	t, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(c.Param("run"), 10, 64)
	if err != nil {
		return store.ErrNotFound
	}
	run, err := s.store.Run(c.Request().Context(), id)
	if err != nil {
		return fmt.Errorf("load the run: %w", err)
	}
	if run.TenantID != t.ID {
		return store.ErrNotFound // another tenant's run does not exist here
	}
	p, err := s.page(c, "Sync of "+views.DateTime(run.StartedAt), views.NavSyncs,
		views.Crumb{Label: "Syncs", Href: views.TenantPath(t.Slug, "syncs")})
	if err != nil {
		return err
	}
	v := views.RunView{
		Page:   p,
		Tenant: t,
		Run:    views.NewRunLine(p.Now, t, run),
		Groups: views.NewRunGroups(t, s.store.Catalogue(), run),
	}
	return s.render(c, http.StatusOK, views.RunPage(v, s.store.Catalogue()), "run")
}
