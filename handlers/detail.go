package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

// historyShown is how many changes the page of a row shows.
const historyShown = 20

// showRow answers with one row: as a page, or to htmx as the drawer's content.
func (s *server) showRow(c echo.Context) error {
	ctx := c.Request().Context()
	tenant, err := s.tenantOf(c)
	if err != nil {
		return err
	}
	def, err := s.defOf(c)
	if err != nil {
		return err
	}
	row, err := s.store.Row(ctx, tenant.ID, def, pathParam(c, "id"))
	if err != nil {
		return fmt.Errorf("load the row: %w", err)
	}
	table := views.TenantPath(tenant.Slug, "data", def.Kind)
	columns := make([]*entity.Column, len(def.Columns))
	for i := range def.Columns {
		columns[i] = &def.Columns[i]
	}
	links, err := s.rowLinks(ctx, tenant, columns, []store.Row{row}, def)
	if err != nil {
		return err
	}
	title := views.LinkedTitle(def, row, links)
	p, err := s.page(c, title, views.NavData(def.Kind), views.Crumb{Label: def.Title, Href: table})
	if err != nil {
		return err
	}
	state, err := s.state(c, tenant, def.Kind)
	if err != nil {
		return err
	}
	d := views.Detail{
		Page:     p,
		Def:      def,
		State:    state,
		ID:       row.ID,
		Title:    title,
		Subtitle: views.LinkedSubtitle(def, row, links),
		Path:     table + "/" + url.PathEscape(row.ID),
		Sections: s.sections(state, row, p.Now, links),
		Row:      row,
		Drawer:   isPartial(c),
	}
	if d.Members, err = s.groupMembers(c, tenant, def, row); err != nil {
		return err
	}
	if d.Related, err = s.related(ctx, tenant, def, row); err != nil {
		return err
	}
	if d.History, d.More, err = s.history(ctx, tenant, s.origins(def, row)); err != nil {
		return err
	}
	if d.Portal, err = s.portalLink(ctx, tenant, def, row.ID); err != nil {
		return err
	}
	if d.Drawer {
		return s.render(c, http.StatusOK, views.DetailDrawer(d))
	}
	return s.render(c, http.StatusOK, views.DetailPage(d))
}

// sections are the columns by the part that fills them. A derived entity's
// columns name the parts of its sources.
func (s *server) sections(state store.EntityState, row store.Row, now time.Time, links views.Links) []views.DetailSection {
	def := state.Def
	var names []string
	for _, col := range def.Columns {
		if !slices.Contains(names, col.Part) {
			names = append(names, col.Part)
		}
	}
	var sections []views.DetailSection
	for _, name := range names {
		sec := views.DetailSection{Title: s.partTitle(def, name), State: views.StateOf(now, state)}
		sec.State.Kind = ""
		for _, p := range state.Parts {
			if p.Part == name {
				sec.State = views.StateView{State: p.State, AsOf: p.AsOf, Needs: p.Needs, RetryAt: p.RetryAt, Now: now}
				sec.Problem = p.Problem
			}
		}
		for i := range def.Columns {
			col := &def.Columns[i]
			if col.Part != name {
				continue
			}
			f := views.NewDetailField(now, col, row.Cells[i], views.RowGap(state, row, col.Name), links[col.Name])
			if row.Cells[i] == nil && f.Cell.Text == "" {
				sec.Unset = append(sec.Unset, f)
			} else {
				sec.Fields = append(sec.Fields, f)
			}
		}
		sections = append(sections, sec)
	}
	return sections
}

func (s *server) partTitle(def *entity.Def, part string) string {
	if p := def.Part(part); p != nil && p.Title != "" {
		return p.Title
	}
	for _, kind := range def.From {
		if p := s.store.Catalogue().Def(kind).Part(part); p != nil && p.Title != "" {
			return p.Title
		}
	}
	return def.Title
}

// history is what changed in some rows, newest first, and whether there is more.
func (s *server) history(ctx context.Context, tenant store.Tenant, of []origin) (entries []views.HistoryEntry, more bool, err error) {
	for _, o := range of {
		changes, err := s.store.Changes(ctx, tenant.ID, o.kind, o.id, 0, historyShown+1)
		if err != nil {
			return nil, false, fmt.Errorf("load the history of the row: %w", err)
		}
		for _, change := range changes {
			entries = append(entries, views.NewHistoryEntry(tenant.Slug, s.store.Catalogue().Def(o.kind), change))
		}
	}
	slices.SortStableFunc(entries, func(a, b views.HistoryEntry) int { return b.At.Compare(a.At) })
	if len(entries) > historyShown {
		return entries[:historyShown], true, nil
	}
	return entries, false, nil
}

// origin is a row that has a history.
type origin struct{ kind, id string }

// origins are the rows whose history is that of a row. A derived entity has no
// changes of its own: they are those of its source's row of the same id, or,
// of several sources, of the rows that it was put together from. What is said of
// any of these (entity.Def.Judges) belongs to it.
func (s *server) origins(def *entity.Def, row store.Row) []origin {
	all := sources(def, row)
	for _, judge := range s.store.Catalogue().Defs {
		for _, o := range all {
			if judge.Judges != "" && judge.Judges == o.kind {
				all = append(all, origin{judge.Kind, o.id})
				break
			}
		}
	}
	return all
}

func sources(def *entity.Def, row store.Row) []origin {
	switch len(def.From) {
	case 0:
		return []origin{{def.Kind, row.ID}}
	case 1:
		return []origin{{def.From[0], row.ID}}
	}
	var all []origin
	for _, col := range def.Columns {
		for _, ref := range col.Refs {
			id, _ := row.Cell(def, col.Name).(string)
			if o := (origin{ref.Kind, id}); id != "" && ref.By == "" && slices.Contains(def.From, ref.Kind) && !slices.Contains(all, o) {
				all = append(all, o)
			}
		}
	}
	return all
}

// portalLink is the row in Microsoft's admin center, empty where Microsoft has
// no page for it or the tenant was never connected.
func (s *server) portalLink(ctx context.Context, tenant store.Tenant, def *entity.Def, id string) (string, error) {
	if def.PortalPath == "" {
		return "", nil
	}
	integration, err := s.lastIntegration(ctx, tenant)
	if err != nil || integration == nil {
		return "", err
	}
	return s.syncer.RowLink(integration.Cloud, def.PortalPath, id), nil
}
