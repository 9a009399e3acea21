package handlers

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/export"
	"github.com/securatlas/securatlas/views"
)

// writeTime is how long one piece of an export may take to leave. The export
// as a whole may take as long as its reader needs.
const writeTime = 30 * time.Second

// exportTable streams the rows that a table with the same query string pages
// through.
func (s *server) exportTable(c echo.Context) error {
	ctx := c.Request().Context()
	tenant, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	def, err := s.defOf(c)
	if err != nil {
		return err
	}
	given := maps.Clone(c.QueryParams())
	format, err := export.ParseFormat(given.Get("format"))
	if err != nil {
		return err
	}
	given.Del("format")
	q, problems := parseTableQuery(def, given, s.store.CheckQuery)
	if len(problems) > 0 {
		return store.InputError{Message: strings.Join(problems, " ")}
	}
	state, err := s.store.EntityState(ctx, tenant.ID, def.Kind)
	if err != nil {
		return fmt.Errorf("load the state of %s: %w", def.Kind, err)
	}
	table := export.Table{Def: def, Columns: q.columns, State: state.State, AsOf: state.AsOf, Behind: state.Behind(), Removed: q.removed}

	name := fmt.Sprintf("%s-%s-%s.%s", tenant.Slug, def.Kind, s.store.Now().Format(time.DateOnly), format)
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, format.MediaType())
	h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("X-SecurAtlas-State", string(state.State))
	if !state.AsOf.IsZero() {
		h.Set("X-SecurAtlas-As-Of", views.ISO(state.AsOf))
	}
	if names := gapNames(state); len(names) > 0 {
		h.Set("X-SecurAtlas-Incomplete-Columns", strings.Join(names, ", "))
	}
	if c.Request().Method == http.MethodHead {
		return c.NoContent(http.StatusOK)
	}
	out := slowly{c.Response(), http.NewResponseController(c.Response())}
	sq := q.firstPage().toStore(tenant.ID, def)
	err = table.Write(out, format, func(row func(store.Row) error) error { return s.store.Each(ctx, sq, row) })
	if err == nil {
		return nil
	}
	if !c.Response().Committed {
		for _, key := range []string{echo.HeaderContentType, echo.HeaderContentDisposition, "X-SecurAtlas-State", "X-SecurAtlas-As-Of", "X-SecurAtlas-Incomplete-Columns"} {
			h.Del(key)
		}
		return err
	}
	if ctx.Err() == nil {
		s.log.LogAttrs(ctx, slog.LevelError, "export broke off", slog.String("request_id", requestID(c)), slog.Any("error", err))
	}
	// Returning would end the answer properly, and half an export would look
	// whole: the connection is cut instead, which its reader sees as an error.
	panic(http.ErrAbortHandler)
}

// gapNames are the columns whose part is not complete.
func gapNames(state store.EntityState) []string {
	var names []string
	for _, g := range state.Columns {
		names = append(names, g.Column)
	}
	return names
}

// slowly writes to a reader that may be slow: each piece has a time of its own.
type slowly struct {
	http.ResponseWriter
	controller *http.ResponseController
}

func (w slowly) Write(p []byte) (int, error) {
	err := w.controller.SetWriteDeadline(time.Now().Add(writeTime))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, fmt.Errorf("extend the time for the export: %w", err)
	}
	return w.ResponseWriter.Write(p)
}
