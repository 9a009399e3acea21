package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
)

// errForbidden is the answer to an account whose role does not allow what it
// asks for.
var errForbidden = errors.New("the role does not allow this")

// The keys of what a request's middleware keeps for its handler.
const (
	accountKey = "account"
	tenantKey  = "tenant"
	statesKey  = "states"
)

// allow lets a handler run only for those whom the route is for.
func (s *server) allow(a access, handle echo.HandlerFunc) echo.HandlerFunc {
	if a == public {
		return handle
	}
	return func(c echo.Context) error {
		account, ok, err := s.account(c)
		if err != nil {
			return err
		}
		if !ok {
			return s.toLogin(c)
		}
		// The tenant comes first: to those who do not see it, it does not exist.
		if c.Param("slug") != "" {
			if _, err := s.tenantOf(c); err != nil {
				return err
			}
		}
		switch {
		case a == admin && account.Role == store.Viewer,
			a == owner && account.Role != store.Owner:
			return errForbidden
		}
		return handle(c)
	}
}

// account returns the account that is signed in; ok is false for nobody.
func (s *server) account(c echo.Context) (account store.Account, ok bool, err error) {
	if account, ok := c.Get(accountKey).(store.Account); ok {
		return account, true, nil
	}
	sess, err := s.session(c)
	if err != nil {
		return store.Account{}, false, err
	}
	id, ok := sess.Values[accountValue].(int64)
	if !ok {
		return store.Account{}, false, nil
	}
	account, err = s.store.Account(c.Request().Context(), id)
	if errors.Is(err, store.ErrNotFound) {
		return store.Account{}, false, nil
	}
	if err != nil {
		return store.Account{}, false, fmt.Errorf("load the signed-in account: %w", err)
	}
	c.Set(accountKey, account)
	return account, true, nil
}

// me returns the account that is signed in. Only for routes that nobody else
// reaches.
func me(c echo.Context) store.Account {
	account, _ := c.Get(accountKey).(store.Account)
	return account
}

// actor is the signed-in account as the audit names it.
func actor(c echo.Context) store.Actor { return store.Actor{Name: me(c).Email} }

// tenantOf returns the tenant that the path names. Returns store.ErrNotFound
// when there is none or the account does not see it: the two must look alike.
func (s *server) tenantOf(c echo.Context) (store.Tenant, error) {
	if t, ok := c.Get(tenantKey).(store.Tenant); ok {
		return t, nil
	}
	t, err := s.store.TenantBySlug(c.Request().Context(), pathParam(c, "slug"))
	if err != nil {
		return store.Tenant{}, fmt.Errorf("load the tenant: %w", err)
	}
	if !me(c).Sees(t.ID) {
		return store.Tenant{}, store.ErrNotFound
	}
	c.Set(tenantKey, t)
	return t, nil
}

// toLogin asks somebody who is not signed in to do so, and brings them back.
func (s *server) toLogin(c echo.Context) error {
	to := "/login"
	if r := c.Request(); r.Method == http.MethodGet && r.URL.Path != "/" {
		to += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	if isHTMX(c) {
		// An XHR would follow a redirect silently and swap the sign-in page
		// into a table; HX-Redirect makes the browser go there.
		c.Response().Header().Set("HX-Redirect", "/login")
		return c.NoContent(http.StatusUnauthorized)
	}
	return c.Redirect(http.StatusSeeOther, to)
}

// tenantsOf returns the tenants that an account sees, by name.
func (s *server) tenantsOf(c echo.Context, account store.Account) ([]store.Tenant, error) {
	all, err := s.store.Tenants(c.Request().Context())
	if err != nil {
		return nil, fmt.Errorf("list the tenants: %w", err)
	}
	var seen []store.Tenant
	for _, t := range all {
		if account.Sees(t.ID) {
			seen = append(seen, t)
		}
	}
	return seen, nil
}
