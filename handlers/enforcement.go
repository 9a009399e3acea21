package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/enforcement"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

// showUserMFA answers with the verdict whether one user has to pass MFA, as the
// table has it, and the explanation, which is made from the rows as they are now.
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
	explained, _, err := s.syncer.ExplainMFA(ctx, tenant.ID, row.ID)
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
	e := views.Enforcement{Page: p, Tenant: tenant, UserPath: userPath, Result: explained}
	if e.Verdict, err = s.storedVerdict(ctx, tenant.ID, verdicts, row.ID); err != nil {
		return err
	}
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

// storedVerdict is what the table of verdicts says of a user.
func (s *server) storedVerdict(ctx context.Context, tenantID int64, d *entity.Def, userID string) (v views.StoredVerdict, err error) {
	row, err := s.store.Row(ctx, tenantID, d, userID)
	if err != nil {
		return v, fmt.Errorf("load the verdict: %w", err)
	}
	state, err := s.store.EntityState(ctx, tenantID, d.Kind)
	if err != nil {
		return v, fmt.Errorf("load the state of %s: %w", d.Kind, err)
	}
	text := func(column string) string {
		t, _ := row.Cell(d, column).(string)
		return t
	}
	at := func(column string) time.Time {
		t, _ := time.Parse(time.RFC3339, text(column))
		return t
	}
	v = views.StoredVerdict{Verdict: enforcement.Verdict(text("verdict")), Reason: text("reason"), AsOf: at("as_of")}
	if v.Verdict == enforcement.NotAssessed {
		v.Last, v.LastAsOf = enforcement.Verdict(text("last_verdict")), at("last_verdict_as_of")
	}
	if needs := text("needs"); needs != "" {
		if err := json.Unmarshal([]byte(needs), &v.Needs); err != nil {
			return v, fmt.Errorf("read what the verdict needs: %w", err)
		}
	}
	if gap := views.Gap(state, "verdict"); gap != nil {
		v.Stale = gap.Why
	}
	return v, nil
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
