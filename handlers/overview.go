package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

// changesShown is how many changes the overview shows.
const changesShown = 8

// showOverview answers with the first page of a tenant.
func (s *server) showOverview(c echo.Context) error {
	ctx := c.Request().Context()
	tenant, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	p, err := s.page(c, "Overview", views.NavOverview)
	if err != nil {
		return err
	}
	o := views.Overview{Page: p, Tenant: tenant}
	if o.Integration, err = s.lastIntegration(ctx, tenant); err != nil {
		return err
	}
	if o.States, err = s.states(c, tenant); err != nil {
		return err
	}
	runs, err := s.store.Runs(ctx, tenant.ID, 0, 1)
	if err != nil {
		return fmt.Errorf("load the last run: %w", err)
	}
	if len(runs) > 0 {
		line := views.NewRunLine(p.Now, tenant, runs[0])
		o.LastRun = &line
	}
	if err := s.addAttention(ctx, &o); err != nil {
		return err
	}
	if err := s.addTiles(ctx, &o); err != nil {
		return err
	}
	if err := s.addChanges(ctx, &o); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, views.OverviewPage(o))
}

// lastIntegration returns the tenant's integration, connected or not; nil when
// it never had one.
func (s *server) lastIntegration(ctx context.Context, tenant store.Tenant) (*store.Integration, error) {
	integration, err := s.store.Integration(ctx, tenant.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("load the integration: %w", err)
	}
	return &integration, nil
}

func (s *server) addChanges(ctx context.Context, o *views.Overview) error {
	changes, err := s.store.Changes(ctx, o.Tenant.ID, "", "", 0, changesShown)
	if err != nil {
		return fmt.Errorf("load the changes: %w", err)
	}
	o.Changes = s.changeLines(o.Tenant, changes)
	return nil
}

// addAttention lists what somebody should mend, the gravest first.
func (s *server) addAttention(ctx context.Context, o *views.Overview) error {
	var bad, warn, low []views.Attention
	add := func(a views.Attention) {
		switch a.Tone {
		case views.Bad:
			bad = append(bad, a)
		case views.Warn:
			warn = append(warn, a)
		default:
			low = append(low, a)
		}
	}
	switch in := o.Integration; {
	case in == nil:
	case !in.Connected:
		add(views.Attention{
			Tone: views.Warn, Text: "Microsoft 365 is disconnected",
			Detail: "Nothing has been refreshed since " + views.DateTime(in.DisconnectedAt) + ".",
			Href:   o.Path("integrations"), Cure: "Connect",
		})
	case in.Problem != nil:
		detail := in.Problem.Cure
		if detail == "" {
			detail = in.Problem.Message
		}
		add(views.Attention{
			Tone: views.Bad, Text: "The connection to Microsoft 365 needs attention", Detail: detail,
			Href: o.Path("integrations"), Cure: "Mend",
		})
	}
	grants, err := s.store.Grants(ctx, o.Tenant.ID)
	if err != nil {
		return fmt.Errorf("load the granted permissions: %w", err)
	}
	missing := map[string]bool{}
	if o.Connected() {
		var names []string
		for _, p := range s.store.Catalogue().Check(grants).Missing() {
			missing[p.Name] = true
			names = append(names, p.Name)
		}
		if len(names) > 0 {
			add(views.Attention{
				Tone: views.Warn, Text: views.Count(len(names), "required permission is missing", "required permissions are missing"),
				Detail: strings.Join(names, ", "),
				Href:   o.Path("integrations", "microsoft", "permissions"), Cure: "Permissions",
			})
		}
	}
	for _, state := range o.States {
		if state.Def.Derived() {
			continue // its sources are listed
		}
		if state.Held > 0 {
			add(views.Attention{
				Tone: views.Warn, Text: state.Def.Title + ": " + views.Count(state.Held, "removal waits", "removals wait") + " for review",
				Detail: "Microsoft's list no longer has these rows. They stay until somebody decides.",
				Href:   o.Path("integrations", "microsoft", "held"), Cure: "Review",
			})
		}
		for _, part := range state.Parts {
			if s.nobodyAskedFor(state, part) {
				continue
			}
			if a, ok := partAttention(o, state, part, missing); ok {
				add(a)
			}
		}
	}
	o.Attention = append(append(bad, warn...), low...)
	return nil
}

// nobodyAskedFor reports whether a part is one that nobody has to mend: what
// Microsoft does not offer, what is optional and not set up, and what needs a
// permission that is only recommended. Its table says so all the same.
func (s *server) nobodyAskedFor(state store.EntityState, part store.PartState) bool {
	if state.Optional || part.State == entity.NotAvailable {
		return true
	}
	declared := state.Def.Part(part.Part)
	if part.State != entity.NotPermitted || declared == nil {
		return false
	}
	for _, source := range declared.Sources() {
		if !s.store.Catalogue().OnlyExtras(source) {
			return false
		}
	}
	return true
}

// partAttention is what a part that could not be read asks for. Parts that wait
// for permissions already listed as missing are left out.
func partAttention(o *views.Overview, state store.EntityState, part store.PartState, missing map[string]bool) (views.Attention, bool) {
	switch part.State {
	case entity.Complete, entity.Never, entity.Held:
		return views.Attention{}, false
	case entity.NotPermitted:
		for _, name := range part.Needs {
			if missing[name] {
				return views.Attention{}, false
			}
		}
	}
	title := state.Def.Title
	if p := state.Def.Part(part.Part); p != nil && p.Title != "" && p.Title != title {
		title += ", " + p.Title
	}
	a := views.Attention{
		Tone: views.StateTone(part.State),
		Text: title + ": " + strings.ToLower(views.StateWord(part.State)),
		Href: o.Path("data", state.Def.Kind),
		Cure: "Details",
	}
	switch {
	case part.Problem != nil && part.Problem.Cure != "":
		a.Detail = part.Problem.Cure
	case part.Problem != nil:
		a.Detail = part.Problem.Message
	case len(part.Needs) > 0:
		a.Detail = "Needs " + strings.Join(part.Needs, ", ") + "."
	}
	return a, true
}
