package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

// changesPage is how many changes one page of the history has.
const changesPage = 50

// showChanges answers with what changed in the tenant, newest first. kind=KIND
// shows the changes of one entity, before=ID those older than that change.
func (s *server) showChanges(c echo.Context) error {
	ctx := c.Request().Context()
	tenant, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	p, err := s.page(c, "Changes", views.NavChanges)
	if err != nil {
		return err
	}
	v := views.Changes{Page: p, Tenant: tenant}
	if v.States, err = s.states(c, tenant); err != nil {
		return err
	}
	q, problems := parseChangesQuery(s.store.Catalogue(), c.QueryParams())
	v.Kind, v.Problems = q.kind, problems
	if len(problems) > 0 {
		return s.render(c, http.StatusUnprocessableEntity, views.ChangesPage(v), "changes")
	}
	// One more than is shown tells whether there is a next page.
	changes, err := s.store.Changes(ctx, tenant.ID, q.kindName(), "", q.before, changesPage+1)
	if err != nil {
		return fmt.Errorf("load the changes: %w", err)
	}
	if q.before != 0 {
		// Older pages are reached from newer ones; Previous leads to the newest.
		v.Pager.Prev = views.ChangesPath(tenant.Slug, q.kindName(), 0)
	}
	if len(changes) > changesPage {
		changes = changes[:changesPage]
		v.Pager.Next = views.ChangesPath(tenant.Slug, q.kindName(), changes[changesPage-1].ID)
	}
	v.Lines = s.changeLines(tenant, changes)
	c.Response().Header().Set("HX-Push-Url", views.ChangesPath(tenant.Slug, q.kindName(), q.before))
	return s.render(c, http.StatusOK, views.ChangesPage(v), "changes")
}

// changeLines puts changes of any rows of a tenant into words.
func (s *server) changeLines(tenant store.Tenant, changes []store.Change) []views.ChangeLine {
	lines := make([]views.ChangeLine, len(changes))
	for i, change := range changes {
		lines[i] = views.NewChangeLine(tenant.Slug, s.store.Catalogue().Def(change.Kind), change)
	}
	return lines
}

// changesQuery is what the query string of the history asks for.
type changesQuery struct {
	kind   *entity.Def // nil for all
	before int64       // 0 for the newest
}

func (q changesQuery) kindName() string {
	if q.kind == nil {
		return ""
	}
	return q.kind.Kind
}

// parseChangesQuery reads a query string. What it cannot use is named in
// problems, in full sentences. Blank values, which forms send, are absent ones.
func parseChangesQuery(catalogue *entity.Catalogue, given url.Values) (q changesQuery, problems []string) {
	if kind := given.Get("kind"); kind != "" {
		if q.kind = catalogue.Def(kind); q.kind == nil {
			problems = append(problems, fmt.Sprintf("There is no entity %q.", kind))
		}
	}
	if before := given.Get("before"); before != "" {
		var err error
		if q.before, err = strconv.ParseInt(before, 10, 64); err != nil || q.before < 1 {
			problems = append(problems, "The link to this page is broken: before is the number of a change.")
		}
	}
	return q, problems
}
