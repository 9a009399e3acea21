package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entity"
)

// advised is an error of another package with a cure.
type advised struct{}

func (advised) Error() string  { return "internal words" }
func (advised) Advice() string { return "Turn it off and on again." }

func TestErrors(t *testing.T) {
	t.Parallel()
	const secret = "the inner workings"
	cases := map[string]struct {
		err    error
		status int
		text   string
	}{
		"not found":      {fmt.Errorf("%s: %w", secret, store.ErrNotFound), 404, "There is nothing at this address"},
		"conflict":       {fmt.Errorf("%s: %w", secret, &store.ConflictError{Message: "There is one already."}), 409, "There is one already."},
		"bare conflict":  {fmt.Errorf("%s: %w", secret, store.ErrConflict), 409, "Reload the page"},
		"input":          {fmt.Errorf("%s: %w", secret, store.InputError{Field: "x", Message: "Enter a number."}), 422, "Enter a number."},
		"forbidden":      {errForbidden, 403, "Your role does not allow this."},
		"advice":         {fmt.Errorf("%s: %w", secret, advised{}), 502, "Turn it off and on again."},
		"problem":        {fmt.Errorf("%s: %w", secret, &entity.Problem{Class: entity.ClassCredential, Code: "AADSTS7000222", Message: "Expired.", Cure: "Make a new secret.", RequestID: "trace-1"}), 502, "Make a new secret."},
		"deadline":       {fmt.Errorf("%s: %w", secret, context.DeadlineExceeded), 503, "took too long"},
		"bad request":    {echo.NewHTTPError(400, secret), 400, "Request not understood"},
		"anything else":  {errors.New(secret), 500, "Something went wrong. Reference "},
		"echo's own 5xx": {echo.NewHTTPError(501, secret), 500, "Something went wrong. Reference "},
	}
	var routes []route
	for name, c := range cases {
		routes = append(routes, route{http.MethodGet, "/" + strings.ReplaceAll(name, " ", "-"), public,
			func(echo.Context) error { return c.err }})
	}
	routes = append(routes, route{http.MethodGet, "/panic", public, func(echo.Context) error { panic(secret) }})
	a := newAppWith(t, appOptions{routes: func([]route) []route { return routes }})
	owner := a.owner()
	for name, c := range cases {
		path := "/" + strings.ReplaceAll(name, " ", "-")
		page := owner.get(path)
		assert.Equal(t, c.status, page.Status, name)
		assert.Contains(t, page.text("main"), c.text, name)
		assert.NotContains(t, page.Body, secret, name)
		assert.Equal(t, 1, page.doc().Find("#sidebar").Length(), "%s: in the layout", name)

		part := owner.get(path, "HX-Request", "true")
		assert.Equal(t, c.status, part.Status, name)
		assert.Equal(t, "#alert", part.Header.Get("HX-Retarget"), name)
		assert.Equal(t, "innerHTML", part.Header.Get("HX-Reswap"), name)
		assert.Contains(t, part.text("[data-testid=error]"), c.text, name)
		assert.NotContains(t, part.Body, "<html", name)
		assert.NotContains(t, part.Body, secret, name)

		nobody := a.browser().get(path)
		assert.Equal(t, c.status, nobody.Status, name)
		assert.Equal(t, 0, nobody.doc().Find("#sidebar").Length(), name)
	}
	t.Run("a panic is logged once, with the reference that the page shows", func(t *testing.T) {
		r := owner.get("/panic")
		assert.Equal(t, http.StatusInternalServerError, r.Status)
		reference := r.Header.Get("X-Request-Id")
		assert.Contains(t, r.text("main"), reference)
		assert.NotContains(t, r.Body, secret)
		log := a.log.String()
		var failures int
		for line := range strings.Lines(log) {
			if strings.Contains(line, "level=ERROR") && strings.Contains(line, reference) {
				failures++
				assert.Contains(t, line, secret)
				assert.Contains(t, line, "errors_test.go", "the stack")
			}
		}
		assert.Equal(t, 1, failures)
	})
}

// TestErrors_WithoutDatabase makes sure that an error page does not need what
// may have failed.
func TestErrors_WithoutDatabase(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), storetest.Options(t))
	require.NoError(t, err)
	a := newAppWith(t, appOptions{store: st})
	owner := a.owner()
	assert.Equal(t, http.StatusOK, a.browser().get("/readyz").Status)
	require.NoError(t, st.Close())
	r := owner.get("/tenants")
	assert.Equal(t, http.StatusInternalServerError, r.Status)
	assert.Equal(t, "Something went wrong", r.text("h1"))
	assert.Equal(t, http.StatusOK, a.browser().get("/healthz").Status, "the process lives")
	ready := a.browser().get("/readyz")
	assert.Equal(t, http.StatusServiceUnavailable, ready.Status)
	assert.Equal(t, "not ready: the database does not answer\n", ready.Body)
}
