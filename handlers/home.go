package handlers

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/views"
)

// home sends people to where they start: the only tenant, the list of tenants,
// the sign-in page, or set-up while there is no owner.
func (s *server) home(c echo.Context) error {
	account, ok, err := s.account(c)
	if err != nil {
		return err
	}
	if !ok {
		return s.signInPage(c)
	}
	tenants, err := s.tenantsOf(c, account)
	if err != nil {
		return err
	}
	if len(tenants) == 1 {
		return c.Redirect(http.StatusSeeOther, views.TenantPath(tenants[0].Slug))
	}
	return c.Redirect(http.StatusSeeOther, "/tenants")
}

// signInPage sends somebody who is not signed in to the page where that starts.
func (s *server) signInPage(c echo.Context) error {
	has, err := s.store.HasOwner(c.Request().Context())
	if err != nil {
		return fmt.Errorf("look for an owner: %w", err)
	}
	if !has {
		return c.Redirect(http.StatusSeeOther, "/setup")
	}
	return c.Redirect(http.StatusSeeOther, "/login")
}
