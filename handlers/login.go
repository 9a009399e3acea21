package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/views"
)

func (s *server) showLogin(c echo.Context) error {
	next := localPath(c.QueryParam("next"))
	_, ok, err := s.account(c)
	if err != nil {
		return err
	}
	if ok {
		return c.Redirect(http.StatusSeeOther, next)
	}
	has, err := s.store.HasOwner(c.Request().Context())
	if err != nil {
		return fmt.Errorf("look for an owner: %w", err)
	}
	if !has {
		return c.Redirect(http.StatusSeeOther, "/setup")
	}
	return s.render(c, http.StatusOK, views.LoginPage(s.plainPage(c, "Sign in"), s.loginModel("", next)))
}

func (s *server) login(c echo.Context) error {
	ctx := c.Request().Context()
	email, next := strings.TrimSpace(posted(c, "email")), localPath(posted(c, "next"))
	now := s.store.Now()
	if wait := s.byAddress.take(addressKey(c.RealIP()), now); wait > 0 {
		return tooMany{wait}
	}
	if wait := s.byAccount.take(strings.ToLower(clip(email, 320)), now); wait > 0 {
		return tooMany{wait}
	}
	account, err := s.store.CheckPassword(ctx, email, posted(c, "password"))
	if errors.Is(err, store.ErrWrongPassword) {
		if err := s.noteFailure(c, email); err != nil {
			return err
		}
		m := s.loginModel(email, next)
		m.Error = "The email address or the password is wrong."
		return s.render(c, http.StatusUnprocessableEntity, views.LoginPage(s.plainPage(c, "Sign in"), m))
	}
	if err != nil {
		return fmt.Errorf("check the password: %w", err)
	}
	if err := s.signIn(c, account); err != nil {
		return err
	}
	if err := s.store.Audit(ctx, store.Actor{Name: account.Email}, 0, "session.started", "from "+c.RealIP()); err != nil {
		return fmt.Errorf("note the sign-in: %w", err)
	}
	return redirect(c, next)
}

// noteFailure writes a failed sign-in to the audit. An address that is no
// account's is not written: people type passwords into the wrong field.
func (s *server) noteFailure(c echo.Context, email string) error {
	ctx := c.Request().Context()
	by := store.Actor{Name: "unknown"}
	account, err := s.store.AccountByEmail(ctx, email)
	switch {
	case err == nil:
		by.Name = account.Email
	case !errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("note the failed sign-in: %w", err)
	}
	if err := s.store.Audit(ctx, by, 0, "session.refused", "from "+c.RealIP()); err != nil {
		return fmt.Errorf("note the failed sign-in: %w", err)
	}
	return nil
}

func (s *server) logout(c echo.Context) error {
	account, ok, err := s.account(c)
	if err != nil {
		return err
	}
	if err := s.endSession(c); err != nil {
		return err
	}
	if ok {
		if err := s.store.Audit(c.Request().Context(), store.Actor{Name: account.Email}, 0, "session.ended", "signed out"); err != nil {
			return fmt.Errorf("note the sign-out: %w", err)
		}
	}
	s.dropCookie(c)
	return redirect(c, "/login")
}

func (s *server) loginModel(email, next string) views.LoginModel {
	m := views.LoginModel{Email: email, Next: next}
	if s.demo != nil {
		m.DemoEmail, m.DemoPassword = s.demo.Email, s.demo.Password
	}
	return m
}

// localPath returns next when it is a path of ours, and "/" when it could lead
// anywhere else: browsers read // and /\ as the start of another host, and drop
// tabs and line breaks before they look.
func localPath(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") ||
		strings.ContainsFunc(next, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f }) {
		return "/"
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil {
		return "/"
	}
	if u.Path == "/login" || u.Path == "/logout" {
		return "/"
	}
	return next
}
