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
// the value as it was asked for, whose letters may be of another case than what
// is stored. Of rows that share a value (other than the id) a live one is
// returned, else any. Values without a row are left out.
func (s *Store) Targets(ctx context.Context, tenantID int64, ref entity.Ref, values []string) (map[string]Target, error) {
	d := s.catalogue.Def(ref.Kind)
	if d == nil || ref.By != "" && d.Column(ref.By) == nil {
		return nil, fmt.Errorf("find rows of %q: %w", ref.Kind, ErrNotFound)
	}
	found := make(map[string]Target, len(values))
	for chunk := range chunks(values, 500) {
		matches, err := s.matches(ctx, tenantID, d, ref, quoted(byColumn(ref))+` IN (`+marks(len(chunk))+`)`, anyOf(chunk))
		if err != nil {
			return nil, err
		}
		for _, v := range chunk {
			same := func(stored string) bool { return stored == v || ref.By != "" && strings.EqualFold(stored, v) }
			if m, ok := bestMatch(matches, v, same); ok {
				found[v] = m
			}
		}
	}
	if ref.Account {
		return found, s.findAccounts(ctx, tenantID, d, ref, values, found)
	}
	return found, nil
}

// Referring are the live rows of one entity that refer to a row in one column.
type Referring struct {
	Def    *entity.Def
	Column *entity.Column // nil: by the same id
	Value  string         // by which they refer to it
	Total  int            // counted up to 10,000
	Rows   []Row          // the first of them, by row id
}

// Referring finds the live rows that refer to a row of d, in catalogue order,
// with at most limit rows of each column. Columns that could refer to it, but
// have no row that does, come with a total of 0.
func (s *Store) Referring(ctx context.Context, tenantID int64, d *entity.Def, row Row, limit int) ([]Referring, error) {
	var all []Referring
	find := func(r Referring, refs []entity.Ref) (err error) {
		ref, ok := refTo(d, refs)
		if !ok {
			return nil
		}
		if r.Value = referredValue(d, row, ref); r.Value == "" {
			return nil
		}
		names, err := s.spellings(ctx, tenantID, ref, row.ID, r.Value)
		if err == nil && len(names.values) > 0 {
			err = s.findReferring(ctx, tenantID, &r, names, limit)
		}
		all = append(all, r)
		return err
	}
	for _, from := range s.catalogue.Defs {
		if err := find(Referring{Def: from}, from.Refs); err != nil {
			return nil, err
		}
		for i := range from.Columns {
			if err := find(Referring{Def: from, Column: &from.Columns[i]}, from.Columns[i].Refs); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// refTo is the reference among refs that leads to rows of d.
func refTo(d *entity.Def, refs []entity.Ref) (entity.Ref, bool) {
	// The rows of a view over one entity are that entity's.
	kinds := []string{d.Kind}
	if len(d.From) == 1 {
		kinds = append(kinds, d.From[0])
	}
	i := slices.IndexFunc(refs, func(r entity.Ref) bool { return slices.Contains(kinds, r.Kind) })
	if i < 0 {
		return entity.Ref{}, false
	}
	return refs[i], true
}

// referredValue is what a reference to the row holds; "" if there can be none.
func referredValue(d *entity.Def, row Row, ref entity.Ref) string {
	if ref.By == "" {
		return row.ID
	}
	value, _ := row.Cell(d, ref.By).(string)
	return value
}

func (s *Store) findReferring(ctx context.Context, tenantID int64, r *Referring, names spellings, limit int) error {
	name, list := "id", false
	if c := r.Column; c != nil {
		name, list = quoted(c.Name), c.Type == entity.List
	}
	where := names.condition(name)
	if list {
		where.sql = `EXISTS (SELECT 1 FROM json_each(iif(typeof(` + name + `) = 'text' AND json_valid(` + name + `), ` + name + `, '[]')) AS j WHERE ` + names.condition("j.atom").sql + `)`
	}
	p := plan{def: r.Def, tenantID: tenantID, clauses: []clause{
		{"tenant_id = ?", []any{tenantID}}, {sql: "removed_at IS NULL"}, where,
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
