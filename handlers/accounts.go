package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/views"
)

var accountsCrumb = views.Crumb{Label: "Accounts", Href: "/accounts"}

func (s *server) listAccounts(c echo.Context) error {
	p, err := s.page(c, "Accounts", views.NavAccounts)
	if err != nil {
		return err
	}
	accounts, err := s.store.Accounts(c.Request().Context())
	if err != nil {
		return fmt.Errorf("list the accounts: %w", err)
	}
	return s.render(c, http.StatusOK, views.AccountsPage(p, accounts))
}

func (s *server) showNewAccount(c echo.Context) error {
	return s.renderNewAccount(c, http.StatusOK, views.AccountForm{Role: store.Viewer})
}

func (s *server) renderNewAccount(c echo.Context, status int, f views.AccountForm) error {
	p, err := s.page(c, "Add an account", views.NavAccounts, accountsCrumb)
	if err != nil {
		return err
	}
	if f.All, err = s.store.Tenants(c.Request().Context()); err != nil {
		return fmt.Errorf("list the tenants: %w", err)
	}
	return s.render(c, status, views.NewAccountPage(p, f))
}

func (s *server) createAccount(c echo.Context) error {
	f, err := accountForm(c)
	if err != nil {
		return err
	}
	account, err := s.store.CreateAccount(c.Request().Context(), actor(c), f.Email, f.Role, posted(c, "password"), f.Tenants)
	if err != nil {
		if f.Errors.TakeAs("email", err) {
			return s.renderNewAccount(c, http.StatusUnprocessableEntity, f)
		}
		return fmt.Errorf("add an account: %w", err)
	}
	return s.done(c, "/accounts", "%s can sign in now. Pass on the password in a safe way.", account.Email)
}

// otherAccount returns the account that the path names.
func (s *server) otherAccount(c echo.Context) (store.Account, error) {
	id, err := strconv.ParseInt(c.Param("id"), 10, 64)
	if err != nil {
		return store.Account{}, store.ErrNotFound
	}
	account, err := s.store.Account(c.Request().Context(), id)
	if err != nil {
		return store.Account{}, fmt.Errorf("load the account: %w", err)
	}
	return account, nil
}

func (s *server) showOtherAccount(c echo.Context) error {
	account, err := s.otherAccount(c)
	if err != nil {
		return err
	}
	f := views.AccountForm{Account: account, Email: account.Email, Role: account.Role, Tenants: account.Tenants}
	return s.renderOtherAccount(c, http.StatusOK, f)
}

func (s *server) renderOtherAccount(c echo.Context, status int, f views.AccountForm) error {
	p, err := s.page(c, f.Account.Email, views.NavAccounts, accountsCrumb)
	if err != nil {
		return err
	}
	if f.All, err = s.store.Tenants(c.Request().Context()); err != nil {
		return fmt.Errorf("list the tenants: %w", err)
	}
	return s.render(c, status, views.EditAccountPage(p, f))
}

func (s *server) updateAccount(c echo.Context) error {
	account, err := s.otherAccount(c)
	if err != nil {
		return err
	}
	f, err := accountForm(c)
	if err != nil {
		return err
	}
	f.Account = account
	if err := s.store.UpdateAccount(c.Request().Context(), actor(c), account.ID, f.Role, f.Tenants); err != nil {
		if f.Errors.TakeAs("role", err) {
			return s.renderOtherAccount(c, http.StatusUnprocessableEntity, f)
		}
		return fmt.Errorf("change an account: %w", err)
	}
	return s.done(c, "/accounts", "%s was changed.", account.Email)
}

// resetPassword gives an account a new password and ends all its sessions.
func (s *server) resetPassword(c echo.Context) error {
	account, err := s.otherAccount(c)
	if err != nil {
		return err
	}
	f := views.AccountForm{Account: account, Role: account.Role, Tenants: account.Tenants, Errors: views.FieldErrors{}}
	if err := s.store.SetPassword(c.Request().Context(), actor(c), account.ID, posted(c, "password")); err != nil {
		if f.Errors.Take(err) {
			return s.renderOtherAccount(c, http.StatusUnprocessableEntity, f)
		}
		return fmt.Errorf("set a password: %w", err)
	}
	if account.ID == me(c).ID {
		return redirect(c, "/login") // the own session ended with the others
	}
	return s.done(c, "/accounts", "%s has a new password and was signed out everywhere.", account.Email)
}

func (s *server) deleteAccount(c echo.Context) error {
	account, err := s.otherAccount(c)
	if err != nil {
		return err
	}
	if err := s.store.DeleteAccount(c.Request().Context(), actor(c), account.ID); err != nil {
		return fmt.Errorf("delete an account: %w", err)
	}
	if account.ID == me(c).ID {
		s.dropCookie(c)
		return redirect(c, "/login")
	}
	return s.done(c, "/accounts", "%s was deleted.", account.Email)
}

// accountForm reads the fields that adding and changing an account share.
func accountForm(c echo.Context) (views.AccountForm, error) {
	f := views.AccountForm{
		Email:  strings.TrimSpace(posted(c, "email")),
		Role:   store.Role(posted(c, "role")),
		Errors: views.FieldErrors{},
	}
	for _, v := range c.Request().PostForm["tenants"] {
		id, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return f, echo.NewHTTPError(http.StatusBadRequest).SetInternal(err)
		}
		f.Tenants = append(f.Tenants, id)
	}
	slices.Sort(f.Tenants)
	return f, nil
}
