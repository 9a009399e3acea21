package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/claim"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

// relatedShown is how many rows a page lists of each column that refers to its
// row.
const relatedShown = 10

// rowLinks finds the rows that the values of a page refer to.
func (s *server) rowLinks(ctx context.Context, tenant store.Tenant, columns []*entity.Column, rows []store.Row, def *entity.Def) (views.Links, error) {
	values := map[*entity.Column][]string{}
	for _, col := range columns {
		if len(col.Refs) == 0 {
			continue
		}
		for _, row := range rows {
			if text, ok := row.Cell(def, col.Name).(string); ok {
				values[col] = append(values[col], referred(col, text)...)
			}
		}
	}
	return s.links(ctx, tenant, values)
}

// facetLinks finds the rows that the values of choice columns refer to.
func (s *server) facetLinks(ctx context.Context, tenant store.Tenant, def *entity.Def, q tableQuery, facets map[string][]store.Facet) (views.Links, error) {
	values := map[*entity.Column][]string{}
	for i := range def.Columns {
		col := &def.Columns[i]
		if len(col.Refs) == 0 || col.Filter != entity.Choice {
			continue
		}
		for _, f := range facets[col.Name] {
			values[col] = append(values[col], f.Value)
		}
		if value, ok := q.condition(col.Name, store.OpEqual); ok {
			values[col] = append(values[col], value)
		}
	}
	return s.links(ctx, tenant, values)
}

// referred are the values of a cell that may be ids.
func referred(col *entity.Column, text string) []string {
	if col.Type != entity.List {
		return []string{text}
	}
	var elements []any
	if json.Unmarshal([]byte(text), &elements) != nil {
		return nil
	}
	var ids []string
	for _, e := range elements {
		if id, ok := e.(string); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// links finds the rows that values refer to: with one look-up for each kind,
// however many rows and columns there are. Of several kinds that have a row for
// a value, the one that is named first is taken.
func (s *server) links(ctx context.Context, tenant store.Tenant, values map[*entity.Column][]string) (views.Links, error) {
	wanted := map[entity.Ref][]string{}
	for col, list := range values {
		for _, ref := range col.Refs {
			wanted[ref] = append(wanted[ref], list...)
		}
	}
	found := map[entity.Ref]map[string]store.Target{}
	for ref, list := range wanted {
		slices.Sort(list)
		targets, err := s.store.Targets(ctx, tenant.ID, ref, slices.Compact(list))
		if err != nil {
			return nil, fmt.Errorf("load the rows that are referred to: %w", err)
		}
		found[ref] = targets
	}
	links := views.Links{}
	for col, list := range values {
		links[col.Name] = map[string]views.Link{}
		for _, value := range list {
			for _, ref := range col.Refs {
				if target, ok := found[ref][value]; ok {
					links[col.Name][value] = views.Link{Title: target.Title, Href: views.TenantPath(tenant.Slug, "data", ref.Kind, target.ID)}
					break
				}
			}
		}
	}
	return links, nil
}

// related lists the rows that share their id with a row, and those that refer
// to it. Entities that were not read completely are named even without a row:
// nothing found in them means nothing.
func (s *server) related(ctx context.Context, tenant store.Tenant, def *entity.Def, row store.Row) ([]views.Related, error) {
	all, err := s.sameObjects(ctx, tenant, def, row)
	if err != nil {
		return nil, err
	}
	referring, err := s.store.Referring(ctx, tenant.ID, def, row, relatedShown)
	if err != nil {
		return nil, fmt.Errorf("load what refers to the row: %w", err)
	}
	list, err := s.store.EntityStates(ctx, tenant.ID)
	if err != nil {
		return nil, fmt.Errorf("load the states: %w", err)
	}
	states := map[string]store.EntityState{}
	for _, state := range list {
		states[state.Def.Kind] = state
	}
	named := map[string]bool{}
	for _, r := range referring {
		if r.Def == def {
			continue
		}
		state := states[r.Def.Kind]
		rel := views.Related{Name: r.Def.Kind, Label: r.Def.Title, Total: r.Total}
		switch {
		case state.State != entity.Complete && !named[r.Def.Kind]:
			rel.Caveat = "May lack some: " + claim.Reason(state.State, state.Needs)
			if r.Total == 0 {
				rel.Caveat = "Not known: " + claim.Reason(state.State, state.Needs)
			}
		case r.Total == 0 && r.Column == nil && row.FirstSeen.After(state.AsOf):
			// It is newer than the list, which says nothing about it.
			rel.Caveat = "Not read yet"
		case r.Total == 0 && r.Column == nil:
			rel.Caveat = r.Def.Absent
		}
		named[r.Def.Kind] = true
		if r.Total == 0 && rel.Caveat == "" {
			continue
		}
		if r.Column != nil && r.Total > 0 {
			rel.Name, rel.Column = rel.Name+"-"+r.Column.Name, r.Column.Label
			rel.All = s.allReferring(tenant, r)
		}
		if rel.Links, err = s.referringLinks(ctx, tenant, r, row); err != nil {
			return nil, err
		}
		all = append(all, rel)
	}
	return all, nil
}

// sameObjects are the rows of other entities with the id of a row.
func (s *server) sameObjects(ctx context.Context, tenant store.Tenant, def *entity.Def, row store.Row) ([]views.Related, error) {
	var all []views.Related
	for _, ref := range def.Refs {
		targets, err := s.store.Targets(ctx, tenant.ID, ref, []string{row.ID})
		if err != nil {
			return nil, fmt.Errorf("load the rows of the same object: %w", err)
		}
		if target, ok := targets[row.ID]; ok {
			to := s.store.Catalogue().Def(ref.Kind)
			all = append(all, views.Related{
				Name: ref.Kind, Label: to.Title, Total: 1,
				Links: []views.Link{{Title: target.Title, Href: views.TenantPath(tenant.Slug, "data", ref.Kind, target.ID)}},
			})
		}
	}
	return all, nil
}

// allReferring is the table of all rows that refer to a row; empty where the
// column has no filter for it.
func (s *server) allReferring(tenant store.Tenant, r store.Referring) string {
	c := store.Condition{Column: r.Column.Name, Value: r.Value}
	switch r.Column.Filter {
	case entity.Contains:
		c.Op = store.OpContains
	case entity.Choice:
		c.Op = store.OpEqual
	default:
		return ""
	}
	q := tableQuery{conditions: []store.Condition{c}}
	return q.url(r.Def, views.TenantPath(tenant.Slug, "data", r.Def.Kind))
}

// referringLinks names rows that refer to a row by what else they refer to: an
// assignment of a user by its role, of a role by its user.
func (s *server) referringLinks(ctx context.Context, tenant store.Tenant, r store.Referring, to store.Row) ([]views.Link, error) {
	var columns []*entity.Column
	for i := range r.Def.Columns {
		if col := &r.Def.Columns[i]; r.Column != nil && col.Name != r.Column.Name && col.Type == entity.Text && len(col.Refs) > 0 {
			columns = append(columns, col)
		}
	}
	links, err := s.rowLinks(ctx, tenant, columns, r.Rows, r.Def)
	if err != nil {
		return nil, err
	}
	var list []views.Link
	for _, row := range r.Rows {
		link := views.Link{Title: views.RowTitle(r.Def, row), Href: views.TenantPath(tenant.Slug, "data", r.Def.Kind, row.ID)}
		for _, col := range columns {
			value, _ := row.Cell(r.Def, col.Name).(string)
			if l, ok := links[col.Name][value]; ok && value != to.ID {
				link.Title = l.Title
				break
			}
		}
		if note := r.Def.Column(r.Def.NoteColumn); note != nil {
			link.Note = views.CellText(note, row.Cell(r.Def, note.Name))
		}
		list = append(list, link)
	}
	return list, nil
}
