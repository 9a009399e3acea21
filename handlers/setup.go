package handlers

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/views"
)

// showSetup asks for the first owner. Once there is one the page is closed.
func (s *server) showSetup(c echo.Context) error {
	if has, err := s.store.HasOwner(c.Request().Context()); err != nil || has {
		return s.setupClosed(c, err)
	}
	return s.render(c, http.StatusOK, views.SetupPage(s.plainPage(c, "Set up SecurAtlas"), views.SetupModel{}))
}

// setup makes the first owner and signs it in.
func (s *server) setup(c echo.Context) error {
	s.setupMu.Lock()
	defer s.setupMu.Unlock()
	ctx := c.Request().Context()
	if has, err := s.store.HasOwner(ctx); err != nil || has {
		return s.setupClosed(c, err)
	}
	if wait := s.byAddress.take(addressKey(c.RealIP()), s.store.Now()); wait > 0 {
		return tooMany{wait}
	}
	m := views.SetupModel{Email: strings.TrimSpace(posted(c, "email")), Errors: views.FieldErrors{}}
	password := posted(c, "password")
	if !sameCode(strings.TrimSpace(posted(c, "code")), s.setupCode) {
		m.Errors["code"] = "This is not the set-up code."
	}
	if password != posted(c, "password_again") {
		m.Errors["password_again"] = "The two passwords differ."
	}
	if len(m.Errors) == 0 {
		account, err := s.store.CreateAccount(ctx, store.Actor{Name: "setup"}, m.Email, store.Owner, password, nil)
		switch {
		case err == nil:
			if err := s.signIn(c, account); err != nil {
				return err
			}
			return redirect(c, "/tenants")
		case !m.Errors.Take(err):
			return fmt.Errorf("make the first owner: %w", err)
		}
	}
	return s.render(c, http.StatusUnprocessableEntity, views.SetupPage(s.plainPage(c, "Set up SecurAtlas"), m))
}

func (s *server) setupClosed(c echo.Context, err error) error {
	if err != nil {
		return fmt.Errorf("look for an owner: %w", err)
	}
	return c.Redirect(http.StatusSeeOther, "/login")
}

// sameCode compares in a time that does not tell how much of the code is right.
func sameCode(given, code string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(code))
	return code != "" && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}
