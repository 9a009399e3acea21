package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

// errCrossOrigin is a change that another site asked the browser to make.
var errCrossOrigin = errors.New("cross-origin request")

// tooMany is an attempt that came too soon after others.
type tooMany struct{ wait time.Duration }

func (e tooMany) Error() string { return "too many attempts" }

// fail is the only writer of errors: handlers return them.
func (s *server) fail(err error, c echo.Context) {
	ctx := c.Request().Context()
	if c.Response().Committed {
		// An export that broke off: its reader sees that it ends early.
		s.log.LogAttrs(ctx, slog.LevelError, "answer broke off", slog.String("request_id", requestID(c)), slog.Any("error", err))
		return
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return // the browser went away: nobody reads an answer
	}
	m := s.explain(err, c)
	if m.Status >= http.StatusInternalServerError {
		s.log.LogAttrs(ctx, slog.LevelError, "request failed",
			slog.String("request_id", m.Reference), slog.String("method", c.Request().Method),
			slog.String("path", c.Request().URL.Path), slog.Int("status", m.Status), slog.Any("error", err))
	}
	if werr := s.writeError(c, m); werr != nil {
		s.log.LogAttrs(ctx, slog.LevelError, "error page failed", slog.String("request_id", m.Reference), slog.Any("error", werr))
	}
}

// explain turns an error into what people read. What it does not know is an
// internal error, of which only the reference is shown.
func (s *server) explain(err error, c echo.Context) views.ErrorModel {
	m := views.ErrorModel{Reference: requestID(c)}
	set := func(status int, title, text string) views.ErrorModel {
		m.Status, m.Title, m.Text = status, title, text
		return m
	}
	var (
		input   store.InputError
		wait    tooMany
		problem *entity.Problem
		advice  interface{ Advice() string }
		status  *echo.HTTPError
	)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return set(http.StatusNotFound, "Page not found", "There is nothing at this address, or you may not see it.")
	case errors.Is(err, store.ErrConflict):
		return set(http.StatusConflict, "That is not possible", conflictText(err))
	case errors.As(err, &input):
		return set(http.StatusUnprocessableEntity, "Please check what you entered", input.Message)
	case errors.Is(err, errForbidden):
		return set(http.StatusForbidden, "Not allowed", "Your role does not allow this. An owner of SecurAtlas can change your role.")
	case errors.Is(err, errCrossOrigin):
		return set(http.StatusForbidden, "Request refused",
			"Your browser says that this request came from another site, so nothing was changed. Open SecurAtlas at "+
				s.base.Scheme+"://"+s.base.Host+" and try again there.")
	case errors.As(err, &wait):
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(wait.wait.Seconds())+1))
		return set(http.StatusTooManyRequests, "Too many attempts",
			fmt.Sprintf("Please wait %s, then try again.", views.Duration(wait.wait+time.Second)))
	case errors.As(err, &problem) && problem.Code == entity.CodeNotConnected:
		return set(http.StatusConflict, "Connect the tenant first",
			"The tenant is not connected to Microsoft, so there is nothing to ask. Connect it on its Integrations tab, then try again.")
	case errors.As(err, &problem):
		m.Problem = problem
		return set(http.StatusBadGateway, "Microsoft could not be asked", problem.Cure)
	case errors.As(err, &advice):
		return set(http.StatusBadGateway, "That did not work", advice.Advice())
	case errors.As(err, &status):
		return statusModel(m, status.Code)
	case errors.Is(err, context.DeadlineExceeded):
		return statusModel(m, http.StatusServiceUnavailable)
	}
	return statusModel(m, http.StatusInternalServerError)
}

// statusModel is the page for an error of HTTP itself.
func statusModel(m views.ErrorModel, status int) views.ErrorModel {
	m.Status = status
	switch status {
	case http.StatusNotFound:
		m.Title, m.Text = "Page not found", "There is nothing at this address, or you may not see it."
	case http.StatusMethodNotAllowed:
		m.Title, m.Text = "Not possible here", "This address does not take that kind of request."
	case http.StatusRequestEntityTooLarge:
		m.Title, m.Text = "Too much data", "What was sent is larger than SecurAtlas accepts."
	case http.StatusServiceUnavailable:
		m.Title, m.Text = "That took too long", "The request was stopped. Please try again. Reference "+m.Reference+"."
	default:
		if status >= 400 && status < 500 {
			m.Title, m.Text = "Request not understood", "SecurAtlas cannot read this request."
			return m
		}
		m.Status = http.StatusInternalServerError
		m.Title, m.Text = "Something went wrong", "Something went wrong. Reference "+m.Reference+"."
	}
	return m
}

// writeError answers with a page, or, to htmx, with a message for the page's
// alert region.
func (s *server) writeError(c echo.Context, m views.ErrorModel) error {
	if c.Request().Method == http.MethodHead {
		return c.NoContent(m.Status)
	}
	if isPartial(c) {
		h := c.Response().Header()
		h.Set("HX-Retarget", "#alert")
		h.Set("HX-Reswap", "innerHTML")
		h.Set("HX-Push-Url", "false")
		return s.render(c, m.Status, views.ErrorAlert(m))
	}
	p, err := s.page(c, m.Title, "")
	if err != nil {
		// The store itself may be what failed: the page must not need it.
		p = s.plainPage(c, m.Title)
	}
	return s.render(c, m.Status, views.ErrorPage(p, m))
}

// conflictText is what a conflict says to people.
func conflictText(err error) string {
	var conflict *store.ConflictError
	if errors.As(err, &conflict) {
		return conflict.Error()
	}
	return "Something else changed this in the meantime. Reload the page and try again."
}
