package handlers

import (
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/views"
)

// disconnect ends the run under way and wipes the credential. The data stay.
func (s *server) disconnect(c echo.Context) error {
	t, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	if err := s.syncer.Disconnect(c.Request().Context(), actor(c), t.ID); err != nil {
		return fmt.Errorf("disconnect: %w", err)
	}
	return s.done(c, integrationsPath(t), "%s is disconnected. Its client secret was wiped; the data are kept.", t.Name)
}

// deleteData deletes all that was read for a disconnected tenant.
func (s *server) deleteData(c echo.Context) error {
	t, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	if strings.TrimSpace(posted(c, "confirm")) != t.Slug {
		if err := s.flash(c, views.Bad, "Type %s to delete the data. Nothing was deleted.", t.Slug); err != nil {
			return err
		}
		return redirect(c, integrationsPath(t))
	}
	if err := s.store.DeleteData(c.Request().Context(), actor(c), t.ID); err != nil {
		return fmt.Errorf("delete data: %w", err)
	}
	return s.done(c, integrationsPath(t), "The data of %s were deleted.", t.Name)
}
