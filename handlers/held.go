package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/views"
)

// showHeld answers with the rows whose removal waits for a person.
func (s *server) showHeld(c echo.Context) error {
	t, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	held, err := s.store.Held(ctx, t.ID)
	if err != nil {
		return fmt.Errorf("load the held rows: %w", err)
	}
	p, err := s.page(c, "Held rows", views.NavIntegrations, integrationsCrumb(t))
	if err != nil {
		return err
	}
	in, err := s.lastIntegration(ctx, t)
	if err != nil {
		return err
	}
	v := views.HeldView{Page: p, Tenant: t, Connected: in != nil && in.Connected}
	for _, h := range held {
		state, err := s.state(c, t, h.Kind)
		if err != nil {
			return err
		}
		v.Held = append(v.Held, views.NewHeldKind(t, s.store.Catalogue().Def(h.Kind), h, state.Rows))
	}
	return s.render(c, http.StatusOK, views.HeldPage(v))
}

// decideHeld removes the held rows of one entity, or keeps them.
func (s *server) decideHeld(c echo.Context) error {
	t, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	def := s.store.Catalogue().Def(posted(c, "kind"))
	if def == nil {
		return store.InputError{Field: "kind", Message: "There is no such entity."}
	}
	ctx := c.Request().Context()
	switch posted(c, "decision") {
	case "confirm":
		removed, err := s.store.ConfirmHeld(ctx, actor(c), t.ID, def.Kind, posted(c, "set"))
		if err != nil {
			return fmt.Errorf("confirm the removal of %s: %w", def.Kind, err)
		}
		return s.done(c, microsoftPath(t, "held"), "%s removed from %s.", views.Count(removed, "row was", "rows were"), def.Title)
	case "reject":
		if err := s.store.RejectHeld(ctx, actor(c), t.ID, def.Kind); err != nil {
			return fmt.Errorf("keep the rows of %s: %w", def.Kind, err)
		}
		return s.done(c, microsoftPath(t, "held"), "The rows of %s are kept. The next sync compares them again.", def.Title)
	default:
		return store.InputError{Field: "decision", Message: "Choose whether the rows are removed or kept."}
	}
}
