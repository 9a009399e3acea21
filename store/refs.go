package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Target is a row that another one refers to.
type Target struct {
	ID, Title string
	Removed   bool
}

// Targets finds the rows of a kind that values refer to, and returns them by
// the value. Of rows that share a value (other than the id) a live one is
// returned, else any. Values without a row are left out.
func (s *Store) Targets(ctx context.Context, tenantID int64, ref entity.Ref, values []string) (map[string]Target, error) {
	d := s.catalogue.Def(ref.Kind)
	if d == nil || ref.By != "" && d.Column(ref.By) == nil {
		return nil, fmt.Errorf("find rows of %q: %w", ref.Kind, ErrNotFound)
	}
	by := "id"
	if ref.By != "" {
		by = ref.By
	}
	found := make(map[string]Target, len(values))
	type match struct {
		value string
		Target
	}
	for chunk := range chunks(values, 500) {
		args := []any{tenantID}
		for _, v := range chunk {
			args = append(args, v)
		}
		rows, err := s.read.QueryContext(ctx, `
			SELECT `+quoted(by)+`, id, `+quoted(d.TitleColumn)+`, removed_at IS NOT NULL
			FROM `+quoted(d.Kind)+`
			WHERE tenant_id = ? AND `+quoted(by)+` IN (`+marks(len(chunk))+`)`, args...)
		list, err := collect(rows, err, func(r rowScanner) (m match, err error) {
			var title any
			err = r.Scan(&m.value, &m.ID, &title, &m.Removed)
			m.Title = cellText(cellOf(d.Column(d.TitleColumn).Type, title))
			return m, err
		})
		if err != nil {
			return nil, fmt.Errorf("find rows of %s: %w", d.Kind, err)
		}
		for _, m := range list {
			if m.Title == "" {
				m.Title = m.ID
			}
			if old, twice := found[m.value]; !twice || old.Removed && !m.Removed {
				found[m.value] = m.Target
			}
		}
	}
	return found, nil
}

// Referring are the live rows of one entity that refer to a row in one column.
type Referring struct {
	Def    *entity.Def
	Column *entity.Column // nil: by the same id
	Total  int            // counted up to 10,000
	Rows   []Row          // the first of them, by row id
}

// Referring finds the live rows that refer to a row of d, in catalogue order,
// with at most limit rows of each column. Columns that could refer to it, but
// have no row that does, come with a total of 0.
func (s *Store) Referring(ctx context.Context, tenantID int64, d *entity.Def, row Row, limit int) ([]Referring, error) {
	var all []Referring
	for _, from := range s.catalogue.Defs {
		if value := referredValue(d, row, from.Refs); value != "" {
			r := Referring{Def: from}
			if err := s.findReferring(ctx, tenantID, &r, value, limit); err != nil {
				return nil, err
			}
			all = append(all, r)
		}
		for i := range from.Columns {
			r := Referring{Def: from, Column: &from.Columns[i]}
			value := referredValue(d, row, r.Column.Refs)
			if value == "" {
				continue
			}
			if err := s.findReferring(ctx, tenantID, &r, value, limit); err != nil {
				return nil, err
			}
			all = append(all, r)
		}
	}
	return all, nil
}

// referredValue is what a column with these refs holds if it refers to the row;
// "" if it cannot.
func referredValue(d *entity.Def, row Row, refs []entity.Ref) string {
	// The rows of a view over one entity are that entity's.
	kinds := []string{d.Kind}
	if len(d.From) == 1 {
		kinds = append(kinds, d.From[0])
	}
	i := slices.IndexFunc(refs, func(r entity.Ref) bool { return slices.Contains(kinds, r.Kind) })
	switch {
	case i < 0:
		return ""
	case refs[i].By == "":
		return row.ID
	}
	value, _ := row.Cell(d, refs[i].By).(string)
	return value
}

func (s *Store) findReferring(ctx context.Context, tenantID int64, r *Referring, value string, limit int) error {
	name := "id"
	where := name + ` = ?`
	if c := r.Column; c != nil {
		name = quoted(c.Name)
		where = name + ` = ?`
		if c.Type == entity.List {
			where = `EXISTS (SELECT 1 FROM json_each(iif(typeof(` + name + `) = 'text' AND json_valid(` + name + `), ` + name + `, '[]')) AS j WHERE j.atom = ?)`
		}
	}
	p := plan{def: r.Def, tenantID: tenantID, clauses: []clause{
		{"tenant_id = ?", []any{tenantID}}, {sql: "removed_at IS NULL"}, {where, []any{value}},
	}}
	total, err := s.count(ctx, p)
	if err == nil && total > 0 {
		var rows []Row
		condition, args := p.conditions()
		found, queryErr := s.read.QueryContext(ctx, `
			SELECT `+s.rowColumns(r.Def)+`
			FROM `+quoted(p.def.Kind)+`
			WHERE `+condition+`
			ORDER BY row_id LIMIT ?`, append(args, limit)...)
		rows, err = collect(found, queryErr, s.scanRow(r.Def))
		r.Rows = rows
	}
	if err != nil {
		return fmt.Errorf("find rows of %s that refer to a row: %w", r.Def.Kind, err)
	}
	r.Total = min(total, maxCount)
	return nil
}

// relatedSQL finds the changes of those rows that an entity of several sources
// was put together from: the rows of its sources that its own rows refer to.
func relatedSQL(d *entity.Def, tenantID int64) clause {
	var parts []string
	var args []any
	for _, c := range d.Columns {
		for _, ref := range c.Refs {
			if ref.By == "" && slices.Contains(d.From, ref.Kind) {
				parts = append(parts, `SELECT ?, `+quoted(c.Name)+` FROM `+quoted(d.Kind)+` WHERE tenant_id = ?`)
				args = append(args, ref.Kind, tenantID)
			}
		}
	}
	if len(parts) == 0 {
		return clause{sql: "0"}
	}
	return clause{`(kind, entity_id) IN (` + strings.Join(parts, ` UNION `) + `)`, args}
}
