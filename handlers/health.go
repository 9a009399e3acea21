package handlers

import (
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/static"
)

// healthz says that the process answers.
func (s *server) healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// readyz says whether the database answers, too. Machines ask: they get a plain
// answer.
func (s *server) readyz(c echo.Context) error {
	ctx := c.Request().Context()
	if err := s.store.Ping(ctx); err != nil {
		s.log.LogAttrs(ctx, slog.LevelError, "not ready", slog.Any("error", err))
		return c.String(http.StatusServiceUnavailable, "not ready: the database does not answer\n")
	}
	return c.String(http.StatusOK, "ready\n")
}

// favicon is for browsers that ask before they have read a page.
func (s *server) favicon(c echo.Context) error {
	return c.Redirect(http.StatusFound, static.URL("favicon.svg"))
}

// robots keeps search engines out, should one find its way here.
func (s *server) robots(c echo.Context) error {
	return c.String(http.StatusOK, "User-agent: *\nDisallow: /\n")
}
