package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Tally is what counting the rows of a figure came to.
type Tally struct {
	Yes     int // rows, or different values, that meet all terms
	Unknown int // of which that cannot be decided
	Apart   int // of Yes, those that meet the further terms
}

// tallyLasts is how long a tally of a figure counts that goes by the time of
// the day: "no sign-in for 90 days" changes without a row changing.
const tallyLasts = time.Hour

// allRows is the name of the tally of all rows of a derived entity.
const allRows = ""

// derivedRows returns how many rows the derived entities of a tenant have, by
// kind, as they were counted when a list of their sources ended. A kind is left
// out while its sources have changed since.
func (s *Store) derivedRows(ctx context.Context, tenantID int64) (map[string]int, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT kind FROM facets WHERE tenant_id = ? AND column_name = ''`, tenantID)
	stale, err := collect(rows, err, func(r rowScanner) (kind string, err error) { return kind, r.Scan(&kind) })
	if err != nil {
		return nil, err
	}
	type count struct {
		kind string
		n    int
	}
	rows, err = s.read.QueryContext(ctx, `SELECT kind, yes FROM tallies WHERE tenant_id = ? AND name = ?`, tenantID, allRows)
	counts, err := collect(rows, err, func(r rowScanner) (c count, err error) { return c, r.Scan(&c.kind, &c.n) })
	if err != nil {
		return nil, err
	}
	known := map[string]int{}
	for _, c := range counts {
		d := s.catalogue.Def(c.kind)
		if d != nil && !slices.ContainsFunc(d.From, func(kind string) bool { return slices.Contains(stale, kind) }) {
			known[c.kind] = c.n
		}
	}
	return known, nil
}

// Tallies returns the tallies of an entity's figures, by their names. They are
// counted when a list ends, since counting takes 100 ms for 100,000 rows; while
// rows change, and where the clock has overtaken them, they are counted anew.
func (s *Store) Tallies(ctx context.Context, tenantID int64, d *entity.Def) (map[string]Tally, error) {
	if d = s.known(d); d == nil || len(d.Figures) == 0 {
		return nil, nil
	}
	tallies, err := s.storedTallies(ctx, tenantID, d)
	if err != nil {
		return nil, fmt.Errorf("read the figures of %s: %w", d.Kind, err)
	}
	var missing []entity.Figure
	for _, f := range d.Figures {
		if _, ok := tallies[f.Name]; !ok {
			missing = append(missing, f)
		}
	}
	counted, err := s.countFigures(ctx, tenantID, d, missing)
	if err != nil {
		return nil, fmt.Errorf("count the figures of %s: %w", d.Kind, err)
	}
	for i, f := range missing {
		tallies[f.Name] = counted[i]
	}
	return tallies, nil
}

// storedTallies are those that are still as the rows are.
func (s *Store) storedTallies(ctx context.Context, tenantID int64, d *entity.Def) (map[string]Tally, error) {
	stale, err := s.countsStale(ctx, tenantID, d)
	if err != nil || stale {
		return map[string]Tally{}, err
	}
	rows, err := s.read.QueryContext(ctx, `
		SELECT name, yes, unknown, apart, counted_at
		FROM tallies
		WHERE tenant_id = ? AND kind = ?`, tenantID, d.Kind)
	type stored struct {
		name string
		Tally
		at int64
	}
	list, err := collect(rows, err, func(r rowScanner) (t stored, err error) {
		return t, r.Scan(&t.name, &t.Yes, &t.Unknown, &t.Apart, &t.at)
	})
	if err != nil {
		return nil, err
	}
	tallies := map[string]Tally{}
	for _, t := range list {
		f := d.Figure(t.name)
		age := s.Now().Sub(fromMS(t.at))
		if f != nil && (!f.Relative() || age >= 0 && age < tallyLasts) {
			tallies[t.name] = t.Tally
		}
	}
	return tallies, nil
}

// storeTallies counts an entity's figures and stores them over the older ones.
func (s *Store) storeTallies(ctx context.Context, tenantID int64, d *entity.Def) error {
	if len(d.Figures) == 0 && !d.Derived() {
		return nil
	}
	now := ms(s.Now())
	tallies, err := s.countFigures(ctx, tenantID, d, d.Figures)
	if err != nil {
		return fmt.Errorf("count the figures of %s: %w", d.Kind, err)
	}
	values := make([][]any, len(tallies))
	for i, t := range tallies {
		values[i] = []any{tenantID, d.Kind, d.Figures[i].Name, t.Yes, t.Unknown, t.Apart, now}
	}
	if d.Derived() {
		n, err := s.countLive(ctx, tenantID, d)
		if err != nil {
			return fmt.Errorf("count the rows of %s: %w", d.Kind, err)
		}
		values = append(values, []any{tenantID, d.Kind, allRows, n, 0, 0, now})
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM tallies WHERE tenant_id = ? AND kind = ?`, tenantID, d.Kind); err != nil {
			return err
		}
		return insertRows(ctx, tx, `INSERT INTO tallies (tenant_id, kind, name, yes, unknown, apart, counted_at)`, values)
	})
}

// renewTallies counts the figures that go by the time of the day again, since
// none of the rows has changed, and those that were never counted.
func (s *Store) renewTallies(ctx context.Context, tenantID int64, d *entity.Def) error {
	rows, err := s.read.QueryContext(ctx, `SELECT kind, count(*) FROM tallies WHERE tenant_id = ? GROUP BY kind`, tenantID)
	counted := map[string]int{}
	_, err = collect(rows, err, func(r rowScanner) (n int, err error) {
		var kind string
		err = r.Scan(&kind, &n)
		counted[kind] = n
		return n, err
	})
	if err != nil {
		return err
	}
	for _, of := range s.catalogue.Defs {
		if of != d && !slices.Contains(of.From, d.Kind) {
			continue
		}
		want := len(of.Figures)
		if of.Derived() {
			want++ // that of all rows
		}
		relative := slices.ContainsFunc(of.Figures, func(f entity.Figure) bool { return f.Relative() })
		if counted[of.Kind] == want && (!relative || of != d) {
			continue
		}
		if err := s.storeTallies(ctx, tenantID, of); err != nil {
			return err
		}
	}
	return nil
}

// countFigures counts in one pass over the rows; figures of different values
// take a pass each.
func (s *Store) countFigures(ctx context.Context, tenantID int64, d *entity.Def, figures []entity.Figure) ([]Tally, error) {
	tallies := make([]Tally, len(figures))
	var sums []string
	var args []any
	var dest []any
	for i, f := range figures {
		if f.Distinct != "" {
			if err := s.countDistinct(ctx, tenantID, d, f, &tallies[i]); err != nil {
				return nil, err
			}
			continue
		}
		met, err := s.termsSQL(d, f.Terms)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		sums = append(sums, "count(*) FILTER (WHERE "+met.sql+")", "count(*) FILTER (WHERE ("+met.sql+") IS NULL)")
		args = append(append(args, met.args...), met.args...)
		dest = append(dest, &tallies[i].Yes, &tallies[i].Unknown)
		if f.Apart == nil {
			continue
		}
		apart, err := s.termsSQL(d, f.Apart.Terms)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		sums = append(sums, "count(*) FILTER (WHERE "+met.sql+" AND "+apart.sql+")")
		args = append(append(args, met.args...), apart.args...)
		dest = append(dest, &tallies[i].Apart)
	}
	if len(sums) == 0 {
		return tallies, nil
	}
	err := s.read.QueryRowContext(ctx, `
		SELECT `+strings.Join(sums, ", ")+`
		FROM `+quoted(d.Kind)+`
		WHERE tenant_id = ? AND removed_at IS NULL`, append(args, tenantID)...).Scan(dest...)
	return tallies, err
}

// countDistinct counts the different values of a column: those of which a row
// meets the terms, and those of which none does and one cannot be decided.
func (s *Store) countDistinct(ctx context.Context, tenantID int64, d *entity.Def, f entity.Figure, t *Tally) error {
	met, err := s.termsSQL(d, f.Terms)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	column := quoted(f.Distinct)
	return s.read.QueryRowContext(ctx, `
		SELECT count(*) FILTER (WHERE yes), count(*) FILTER (WHERE unknown AND NOT yes)
		FROM (
			SELECT max(met IS TRUE) AS yes, max(met IS NULL) AS unknown
			FROM (
				SELECT `+column+` AS value, `+met.sql+` AS met
				FROM `+quoted(d.Kind)+`
				WHERE tenant_id = ? AND removed_at IS NULL AND `+column+` IS NOT NULL)
			GROUP BY value)`, append(met.args, tenantID)...).Scan(&t.Yes, &t.Unknown)
}

// termsSQL is an expression that is true, false or NULL as the terms are met,
// not met or not decided: SQL's own AND and OR are three-valued.
func (s *Store) termsSQL(d *entity.Def, terms []entity.Term) (clause, error) {
	return s.joined(d, terms, " AND ")
}

func (s *Store) joined(d *entity.Def, terms []entity.Term, by string) (clause, error) {
	var parts []string
	var args []any
	for _, t := range terms {
		c, err := s.termSQL(d, t)
		if err != nil {
			return clause{}, err
		}
		parts, args = append(parts, c.sql), append(args, c.args...)
	}
	return clause{"(" + strings.Join(parts, by) + ")", args}, nil
}

func (s *Store) termSQL(d *entity.Def, t entity.Term) (clause, error) {
	if len(t.Any) > 0 {
		return s.joined(d, t.Any, " OR ")
	}
	col := d.Column(t.Column)
	if col == nil {
		return clause{}, fmt.Errorf("no column %q", t.Column)
	}
	name := quoted(col.Name)
	var when []string // NULL where none holds
	var args []any
	add := func(condition, result string, values ...any) {
		when, args = append(when, "WHEN "+condition+" THEN "+result), append(args, values...)
	}
	// Of a row that the column's part has not read nothing is known.
	if unread := s.unreadSQL(d, col.Name); unread != "0" {
		add(unread, "NULL")
	}
	switch empty := blankSQL(col); {
	case t.Empty:
		add(empty, "1")
	case t.NoneIsNo:
		add(empty, "0")
	default:
		add(empty, "NULL")
	}
	add("typeof("+name+") = 'blob'", "NULL") // a value of another type
	switch {
	case t.Empty:
		add("1", "0")
	case t.From != "" || t.To != "":
		limits, values, err := s.limits(col, t)
		if err != nil {
			return clause{}, err
		}
		add(limits, "1", values...)
		add("1", "0")
	default:
		is, not := valueSet(col, t.Is), valueSet(col, t.Not)
		add(is.sql, "1", is.args...)
		if len(t.Not) > 0 {
			add(not.sql, "0", not.args...)
		} else {
			add("1", "0")
		}
	}
	return clause{"(CASE " + strings.Join(when, " ") + " END)", args}, nil
}

// limits are a term's limits in SQL.
func (s *Store) limits(col *entity.Column, t entity.Term) (string, []any, error) {
	var parts []string
	var args []any
	for _, c := range []Condition{{Column: t.Column, Op: OpFrom, Value: t.From}, {Column: t.Column, Op: OpTo, Value: t.To}} {
		if c.Value == "" {
			continue
		}
		b, err := s.bound(col, c)
		if err != nil {
			return "", nil, err
		}
		parts, args = append(parts, b.sql), append(args, b.args...)
	}
	return strings.Join(parts, " AND "), args, nil
}

// valueSet is the condition that a column has one of the values, in any letter
// case.
func valueSet(col *entity.Column, values []string) clause {
	c := clause{sql: "lower(" + quoted(col.Name) + ") IN (" + marks(len(values)) + ")"}
	if col.Type == entity.Bool {
		c.sql = quoted(col.Name) + " IN (" + marks(len(values)) + ")"
	}
	for _, v := range values {
		switch {
		case col.Type == entity.Bool && v == "true":
			c.args = append(c.args, 1)
		case col.Type == entity.Bool:
			c.args = append(c.args, 0)
		default:
			c.args = append(c.args, strings.ToLower(v))
		}
	}
	return c
}

func anys[T any](list []T) []any {
	all := make([]any, len(list))
	for i, v := range list {
		all[i] = v
	}
	return all
}
