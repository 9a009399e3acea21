package handlers

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/views"
)

func (s *server) showAccount(c echo.Context) error {
	return s.renderAccount(c, http.StatusOK, views.FieldErrors{})
}

func (s *server) renderAccount(c echo.Context, status int, errs views.FieldErrors) error {
	p, err := s.page(c, "Your account", views.NavAccount)
	if err != nil {
		return err
	}
	sess, err := s.session(c)
	if err != nil {
		return err
	}
	rows, err := s.store.SessionsOf(c.Request().Context(), me(c).ID)
	if err != nil {
		return fmt.Errorf("list the sessions: %w", err)
	}
	m := views.AccountModel{Account: me(c), Tenants: p.Tenants, Errors: errs}
	for _, row := range rows {
		if p.Now.Sub(row.SeenAt) > idleTime {
			continue // over, and deleted soon
		}
		m.Sessions = append(m.Sessions, views.SessionLine{
			Session: row,
			Key:     hex.EncodeToString(row.Hash),
			Current: bytes.Equal(row.Hash, hashID(sess.ID)),
		})
	}
	return s.render(c, status, views.AccountPage(p, m))
}

// changePassword needs the old password, so that a computer left unlocked does
// not cost the account. It ends all other sessions.
func (s *server) changePassword(c echo.Context) error {
	ctx, account := c.Request().Context(), me(c)
	if wait := s.byAccount.take(account.Email, s.store.Now()); wait > 0 {
		return tooMany{wait}
	}
	errs := views.FieldErrors{}
	password := posted(c, "password")
	if password != posted(c, "password_again") {
		errs["password_again"] = "The two passwords differ."
	} else if _, err := s.store.CheckPassword(ctx, account.Email, posted(c, "old_password")); errors.Is(err, store.ErrWrongPassword) {
		errs["old_password"] = "This is not your current password."
	} else if err != nil {
		return fmt.Errorf("check the old password: %w", err)
	} else if err := s.store.SetPassword(ctx, actor(c), account.ID, password); err != nil && !errs.Take(err) {
		return fmt.Errorf("change the password: %w", err)
	}
	if len(errs) > 0 {
		return s.renderAccount(c, http.StatusUnprocessableEntity, errs)
	}
	if err := s.signIn(c, account); err != nil {
		return err
	}
	return s.done(c, "/account", "Your password was changed. You were signed out everywhere else.")
}

// revokeSession ends one of the account's sessions.
func (s *server) revokeSession(c echo.Context) error {
	hash, err := hex.DecodeString(posted(c, "session"))
	if err != nil {
		return store.ErrNotFound
	}
	ctx := c.Request().Context()
	rows, err := s.store.SessionsOf(ctx, me(c).ID)
	if err != nil {
		return fmt.Errorf("list the sessions: %w", err)
	}
	for _, row := range rows {
		if bytes.Equal(row.Hash, hash) {
			if err := s.store.DeleteSession(ctx, hash); err != nil {
				return fmt.Errorf("end a session: %w", err)
			}
			if err := s.store.Audit(ctx, actor(c), 0, "session.ended", "one of "+me(c).Email); err != nil {
				return fmt.Errorf("note the end of a session: %w", err)
			}
			return s.done(c, "/account", "The session was ended.")
		}
	}
	return store.ErrNotFound
}

// revokeAllSessions signs the account out everywhere, here too.
func (s *server) revokeAllSessions(c echo.Context) error {
	ctx := c.Request().Context()
	rows, err := s.store.SessionsOf(ctx, me(c).ID)
	if err != nil {
		return fmt.Errorf("list the sessions: %w", err)
	}
	for _, row := range rows {
		if err := s.store.DeleteSession(ctx, row.Hash); err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("end a session: %w", err)
		}
	}
	if err := s.store.Audit(ctx, actor(c), 0, "session.ended_all", me(c).Email); err != nil {
		return fmt.Errorf("note the end of all sessions: %w", err)
	}
	s.dropCookie(c)
	return redirect(c, "/login")
}
