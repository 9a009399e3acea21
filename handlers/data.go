package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

// pageSize is the number of rows on a page of a table.
const pageSize = 50

// showTable answers with the table of one entity. To htmx it answers with what
// the script replaces: the grid, or the toolbar too.
func (s *server) showTable(c echo.Context) error {
	tenant, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	def, err := s.defOf(c)
	if err != nil {
		return err
	}
	given := c.QueryParams()
	path := views.TenantPath(tenant.Slug, "data", def.Kind)
	q, problems := parseTableQuery(def, given, s.store.CheckQuery)
	if len(problems) == 0 && isForm(given) && !isHTMX(c) {
		// A form without scripts: the address that people share is the short one.
		return c.Redirect(http.StatusSeeOther, q.url(def, path))
	}
	p, err := s.page(c, def.Title, views.NavData(def.Kind))
	if err != nil {
		return err
	}
	table, err := s.table(c, tenant, def, q)
	if err != nil {
		return err
	}
	table.Page = p
	table.Grid.Problems = problems
	if len(problems) > 0 {
		return s.render(c, http.StatusUnprocessableEntity, views.TablePage(table), tableFragment(c))
	}
	sq := q.toStore(tenant.ID, def)
	sq.Limit = pageSize
	rows, err := s.store.Rows(c.Request().Context(), sq)
	if err != nil {
		return fmt.Errorf("list %s: %w", def.Kind, err)
	}
	links, err := s.rowLinks(c.Request().Context(), tenant, shownColumns(def, table.Grid.Headers), rows.Rows, def)
	if err != nil {
		return err
	}
	fillGrid(&table, q, path, rows, links)
	if err := s.addNotKnown(c.Request().Context(), tenant, &table, q, path); err != nil {
		return err
	}
	if err := s.markOwnApp(c.Request().Context(), tenant, &table, rows); err != nil {
		return err
	}
	c.Response().Header().Set("HX-Push-Url", q.url(def, path))
	return s.render(c, http.StatusOK, views.TablePage(table), tableFragment(c))
}

// tableFragment is the part of the table's page that htmx asks for.
func tableFragment(c echo.Context) string {
	if c.Request().Header.Get("HX-Target") == "table" {
		return "table"
	}
	return "grid"
}

// defOf returns the entity that the path names, or store.ErrNotFound.
func (s *server) defOf(c echo.Context) (*entity.Def, error) {
	kind := pathParam(c, "kind")
	if def := s.store.Catalogue().Def(kind); def != nil {
		return def, nil
	}
	return nil, fmt.Errorf("entity %q: %w", kind, store.ErrNotFound)
}

// pathParam returns a segment of the path, unescaped. Echo matches the escaped
// path where it differs from the plain one (a slash within a segment), and
// gives its segments as they are.
func pathParam(c echo.Context, name string) string {
	value := c.Param(name)
	if c.Request().URL.RawPath == "" {
		return value
	}
	if plain, err := url.PathUnescape(value); err == nil {
		return plain
	}
	return value
}

// table is the page without its rows.
func (s *server) table(c echo.Context, tenant store.Tenant, def *entity.Def, q tableQuery) (views.Table, error) {
	state, err := s.state(c, tenant, def.Kind)
	if err != nil {
		return views.Table{}, err
	}
	path := views.TenantPath(tenant.Slug, "data", def.Kind)
	t := views.Table{
		State:        state,
		Path:         path,
		Integrations: views.TenantPath(tenant.Slug, "integrations"),
		Search:       q.search,
		Removed:      q.removed,
		Grid: views.Grid{
			State:    state,
			Now:      s.store.Now(),
			ClearURL: q.withoutFilters().url(def, path),
			Narrowed: q.narrowed(),
			Headers:  headers(state, q, path),
			Exports:  exportLinks(tenant, def, q),
			Alone:    isPartial(c) && tableFragment(c) == "grid",
		},
	}
	for i := range def.Columns {
		if col := &def.Columns[i]; col.Name != def.TitleColumn {
			t.Columns = append(t.Columns, views.ColumnChoice{Column: col, Chosen: slices.Contains(q.shown(def), col.Name)})
		}
	}
	facets, err := s.store.Facets(c.Request().Context(), tenant.ID, def)
	if err != nil {
		return views.Table{}, fmt.Errorf("load the values of %s: %w", def.Kind, err)
	}
	f := filters{state: state, q: q, path: path, facets: facets}
	if f.links, err = s.facetLinks(c.Request().Context(), tenant, def, q, facets); err != nil {
		return views.Table{}, err
	}
	t.Notices = views.Notices(def, facets)
	omitted, err := s.store.Omitted(c.Request().Context(), tenant.ID, def)
	if err != nil {
		return views.Table{}, fmt.Errorf("count what %s leaves out: %w", def.Kind, err)
	}
	t.Omitted = views.OmittedRows(s.store.Catalogue(), tenant.Slug, omitted)
	t.Grid.Views = viewLinks(def, q, path)
	t.Filters, t.More = f.all()
	t.Grid.Hidden = f.hidden()
	if !q.isView(def) {
		t.Grid.Chips = f.chips() // the view's own name says the same
	}
	return t, nil
}

// viewLinks lead to the entity's own view and to all rows, in the same order and
// with the same columns.
func viewLinks(def *entity.Def, q tableQuery, path string) []views.ViewLink {
	if def.View == nil {
		return nil
	}
	own, all := q.withoutFilters(), q.withoutFilters()
	own.conditions = viewConditions(def)
	return []views.ViewLink{
		{Title: def.View.Title, URL: own.url(def, path), Active: q.isView(def)},
		{Title: "All", URL: all.url(def, path), Active: !q.narrowed()},
	}
}

// headers are the heads of the columns: the title's, then those shown.
func headers(state store.EntityState, q tableQuery, path string) []views.Header {
	def := state.Def
	names := append([]string{def.TitleColumn}, q.shown(def)...)
	var heads []views.Header
	for _, name := range names {
		col := def.Column(name)
		h := views.Header{
			Column: col,
			Number: col.Type == entity.Int || col.Type == entity.Real,
			Gap:    views.Gap(state, name),
		}
		sort, desc := q.sort, q.desc
		if sort == "" {
			sort, desc = def.DefaultSort, def.DefaultDesc
		}
		if col.Sort {
			h.SortURL = q.sortedBy(name, name == sort && !desc).url(def, path)
			if name == sort {
				h.Sorted = map[bool]string{false: "ascending", true: "descending"}[desc]
			}
		}
		heads = append(heads, h)
	}
	return heads
}

// shownColumns are the columns of a grid, that of the second line included.
func shownColumns(def *entity.Def, heads []views.Header) []*entity.Column {
	var columns []*entity.Column
	for _, h := range heads {
		columns = append(columns, h.Column)
	}
	if sub := def.Column(def.SubtitleColumn); sub != nil {
		columns = append(columns, sub)
	}
	return columns
}

// fillGrid adds a page of rows.
func fillGrid(t *views.Table, q tableQuery, path string, page store.Page, links views.Links) {
	def := t.State.Def
	t.Grid.Total, t.Grid.Capped = page.Total, page.Capped
	if page.Prev != "" {
		prev := q.firstPage()
		prev.before = page.Prev
		t.Grid.PrevURL = prev.url(def, path)
	}
	if page.Next != "" {
		next := q.firstPage()
		next.after = page.Next
		t.Grid.NextURL = next.url(def, path)
	}
	for _, r := range page.Rows {
		row := views.TableRow{
			ID:        r.ID,
			Href:      path + "/" + url.PathEscape(r.ID),
			Title:     views.LinkedTitle(def, r, links),
			Subtitle:  views.LinkedSubtitle(def, r, links),
			Avatar:    views.IsPeople(def),
			RemovedAt: r.RemovedAt,
		}
		for _, h := range t.Grid.Headers[1:] {
			if h.Column.Name == def.SubtitleColumn {
				row.Subtitle = "" // it has a column of its own
			}
			v := r.Cell(def, h.Column.Name)
			row.Cells = append(row.Cells, views.LinkedCell(views.CellOf(t.Grid.Now, h.Column, v, views.RowGap(t.State, r, h.Column.Name)), h.Column, v, links))
		}
		t.Grid.Rows = append(t.Grid.Rows, row)
	}
}

// markOwnApp marks the app that SecurAtlas reads the directory as, in tables
// that tell each row's application ID.
func (s *server) markOwnApp(ctx context.Context, tenant store.Tenant, t *views.Table, page store.Page) error {
	def := t.State.Def
	if def.Column("app_id") == nil {
		return nil
	}
	integration, err := s.lastIntegration(ctx, tenant)
	if err != nil || integration == nil || !integration.Connected {
		return err
	}
	for i, r := range page.Rows {
		id, _ := r.Cell(def, "app_id").(string)
		t.Grid.Rows[i].Own = strings.EqualFold(id, integration.ClientID)
	}
	return nil
}

// exportLinks are downloads of all rows that the table would page through.
func exportLinks(tenant store.Tenant, def *entity.Def, q tableQuery) []views.ExportLink {
	columns := "all columns"
	if q.columns != nil {
		columns = "columns shown"
	}
	var links []views.ExportLink
	for _, f := range []struct{ format, label string }{{"csv", "CSV"}, {"json", "JSON"}} {
		v := q.firstPage().values(def)
		v.Set("format", f.format)
		links = append(links, views.ExportLink{
			Format: f.format,
			Label:  f.label + ", " + columns,
			URL:    views.TenantPath(tenant.Slug, "export", def.Kind) + "?" + v.Encode(),
		})
	}
	return links
}
