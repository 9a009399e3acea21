package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// maxFacets is how many values of a column are offered.
const maxFacets = 100

// Facet is a value of a column by which a table can be narrowed.
type Facet struct {
	Value string // "" = the column is empty
	Rows  int    // live rows that have it, when they were last counted
}

// hasFacets reports whether the values of a column are counted: those by one of
// which a table can be narrowed.
func hasFacets(c entity.Column) bool { return c.Filter == entity.Choice || c.Filter == entity.Flag }

// Facets returns, for each column with a Choice or Flag filter, the values that
// occur, most rows first, at most 100 of them. They are counted when a list ends.
func (s *Store) Facets(ctx context.Context, tenantID int64, d *entity.Def) (map[string][]Facet, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT column_name, value, rows
		FROM facets
		WHERE tenant_id = ? AND kind = ? AND column_name <> ''
		ORDER BY column_name, rows DESC, value`, tenantID, d.Kind)
	if err != nil {
		return nil, fmt.Errorf("read filter values of %s: %w", d.Kind, err)
	}
	defer rows.Close()
	facets := map[string][]Facet{}
	for rows.Next() {
		var column string
		var f Facet
		if err := rows.Scan(&column, &f.Value, &f.Rows); err != nil {
			return nil, fmt.Errorf("read filter values of %s: %w", d.Kind, err)
		}
		facets[column] = append(facets[column], f)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read filter values of %s: %w", d.Kind, err)
	}
	return facets, nil
}

// A facet without a column name marks a kind whose values must be counted
// anew; its number grows with each change, so that a change during a count is
// not overlooked, nor one before a crash.

// facetsStale marks a kind's values for a count.
func facetsStale(ctx context.Context, tx *sql.Tx, tenantID int64, kind string) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO facets (tenant_id, kind, column_name, value, rows)
		VALUES (?, ?, '', '', 1)
		ON CONFLICT DO UPDATE SET rows = rows + 1`, tenantID, kind)
	if err != nil {
		return fmt.Errorf("mark filter values for a count: %w", err)
	}
	return nil
}

// refreshFacets counts the values of an entity, and of those derived from it,
// if rows have changed since the last count or a column was never counted.
func (s *Store) refreshFacets(ctx context.Context, tenantID int64, d *entity.Def) error {
	var mark int
	err := s.read.QueryRowContext(ctx, `
		SELECT coalesce(max(rows), 0) FROM facets WHERE tenant_id = ? AND kind = ? AND column_name = ''`,
		tenantID, d.Kind).Scan(&mark)
	if err != nil {
		return err
	}
	if mark == 0 {
		counted, err := s.Facets(ctx, tenantID, d)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(d.Columns, func(c entity.Column) bool {
			return hasFacets(c) && counted[c.Name] == nil
		}) {
			return s.renewTallies(ctx, tenantID, d)
		}
	}
	for _, of := range s.catalogue.Defs {
		// Verdicts are counted when they have been computed.
		if of != d && !slices.Contains(of.From, d.Kind) || of.Kind == enforcementKind {
			continue
		}
		if err := s.storeCounts(ctx, tenantID, of); err != nil {
			return err
		}
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			DELETE FROM facets WHERE tenant_id = ? AND kind = ? AND column_name = '' AND rows = ?`,
			tenantID, d.Kind, mark)
		return err
	})
}

// storeCounts counts the values and the figures of an entity.
func (s *Store) storeCounts(ctx context.Context, tenantID int64, d *entity.Def) error {
	if err := s.storeFacets(ctx, tenantID, d); err != nil {
		return fmt.Errorf("%s: %w", d.Kind, err)
	}
	return s.storeTallies(ctx, tenantID, d)
}

// storeFacets counts the values of an entity and stores them over the older
// counts.
func (s *Store) storeFacets(ctx context.Context, tenantID int64, d *entity.Def) error {
	values, err := s.countFacets(ctx, tenantID, d)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM facets WHERE tenant_id = ? AND kind = ? AND column_name <> ''`,
			tenantID, d.Kind)
		if err != nil {
			return err
		}
		return insertRows(ctx, tx, `INSERT INTO facets (tenant_id, kind, column_name, value, rows)`, values)
	})
}

// unreadFacet stands, while values are counted, for the cell of a row that the
// column's part has not read. No value of Microsoft's has a control character.
const unreadFacet = "\x01"

// countFacets counts the values of all choice columns in one pass over the
// rows: with one GROUP BY a column, 100,000 users took over half a second.
func (s *Store) countFacets(ctx context.Context, tenantID int64, d *entity.Def) ([][]any, error) {
	var columns []entity.Column
	var names []string
	for _, c := range d.Columns {
		if hasFacets(c) {
			columns = append(columns, c)
			name := quoted(c.Name)
			if by, ok := s.coveredBy(d, c.Name); ok {
				name = "iif(" + by.sql(d) + ", " + name + ", '" + unreadFacet + "')"
			}
			names = append(names, name)
		}
	}
	if len(columns) == 0 {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx, `
		SELECT `+strings.Join(names, ", ")+`
		FROM `+quoted(d.Kind)+`
		WHERE tenant_id = ? AND removed_at IS NULL`, tenantID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := make([]map[string]*int, len(columns))
	raw := make([]sql.RawBytes, len(columns))
	dest := make([]any, len(columns))
	for i := range columns {
		counts[i] = map[string]*int{}
		dest[i] = &raw[i]
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		for i, value := range raw {
			if string(value) == unreadFacet {
				continue
			}
			if n := counts[i][string(value)]; n != nil { // looks up without copying
				*n++
				continue
			}
			one := 1
			counts[i][string(value)] = &one
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var values [][]any
	for i, c := range columns {
		for _, f := range mostRows(c, counts[i]) {
			values = append(values, []any{tenantID, d.Kind, c.Name, f.Value, f.Rows})
		}
	}
	return values, nil
}

// mostRows returns the values with the most rows.
func mostRows(c entity.Column, counts map[string]*int) []Facet {
	var facets []Facet
	for value, n := range counts {
		if c.Type == entity.Bool && (value == "0" || value == "1") {
			value = strconv.FormatBool(value == "1")
		}
		facets = append(facets, Facet{value, *n})
	}
	slices.SortFunc(facets, func(a, b Facet) int {
		if a.Rows != b.Rows {
			return b.Rows - a.Rows
		}
		return strings.Compare(a.Value, b.Value)
	})
	return facets[:min(len(facets), maxFacets)]
}

// facetTotal is the number of live rows with one value of a column, where that
// was counted and no row has changed since.
func (s *Store) facetTotal(ctx context.Context, p plan) (n int, known bool, err error) {
	c := *p.only
	col := p.def.Column(c.Column)
	value := c.Value
	switch {
	case !hasFacets(*col):
		return 0, false, nil
	case c.Op == OpEmpty && c.Value == "true":
		value = ""
	case c.Op != OpEqual:
		return 0, false, nil
	}
	if _, further := s.coveredBy(p.def, col.Name); further && c.OrUnknown || c.OrUnknown && col.Type == entity.Text {
		return 0, false, nil // more is not known than what is empty
	}
	stale, err := s.countsStale(ctx, p.tenantID, p.def)
	if err != nil || stale {
		return 0, false, err
	}
	facets, err := s.Facets(ctx, p.tenantID, p.def)
	if err != nil {
		return 0, false, err
	}
	values := facets[col.Name]
	if len(values) == 0 || len(values) == maxFacets {
		return 0, false, nil // never counted, or not all
	}
	for _, f := range values {
		if f.Value == value || c.OrUnknown && f.Value == "" {
			n += f.Rows
		}
	}
	return n, true, nil
}

// countsStale reports whether rows have changed since an entity's values and
// figures were counted.
func (s *Store) countsStale(ctx context.Context, tenantID int64, d *entity.Def) (stale bool, err error) {
	if d.Judges != "" || d.Beside != "" {
		if _, stale, err = s.mfaStale(ctx, tenantID); err != nil || stale {
			return stale, err
		}
	}
	kinds := append([]any{d.Kind}, anys(d.From)...)
	err = s.read.QueryRowContext(ctx, `
		SELECT EXISTS (
			SELECT 1 FROM facets
			WHERE tenant_id = ? AND column_name = '' AND kind IN (`+marks(len(kinds))+`))`,
		append([]any{tenantID}, kinds...)...).Scan(&stale)
	return stale, err
}
