package store

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/securatlas/securatlas/syncer/entity"
)

// This file, conditions.go, keyset.go and search.go make the only SQL that depends on what a
// person asks for. Identifiers come from the catalogue, every value is bound.

// Op is what a condition demands of a column.
type Op string

// The operations. Which ones a column takes depends on its filter.
const (
	// OpEqual (Choice, Flag): the column has the value, in the same letter
	// case. The value "" stands for an empty column; a Flag takes "true",
	// "false" and "".
	OpEqual Op = "eq"
	// OpContains (Contains): the column's text, or a text in its list, contains
	// the value, A to Z in either case.
	OpContains Op = "contains"
	// OpFrom and OpTo (Range): at least and at most the value. Times are given
	// as RFC 3339, as a date (to: until its last second, UTC), or relative to
	// now: "-90d", "-12h", "+30d". They are compared by the second.
	OpFrom Op = "from"
	OpTo   Op = "to"
	// OpEmpty (all filters): "true" for columns without a value, an empty text
	// or an empty list; "false" for those with one. A row that the column's part
	// has not read is neither: a condition has three values, and rows of which
	// it is unknown do not match.
	OpEmpty Op = "empty"
	// OpUnread (all filters) "true": the rows of which every other condition on
	// the column is unknown.
	OpUnread Op = "unread"
)

// Condition narrows a query by one column. All conditions of a query must hold.
type Condition struct {
	Column string
	Op     Op
	Value  string // at most 200 characters
	// OrUnknown admits rows, too, of which it is not known whether the condition
	// holds: without a value, or with one by which Microsoft says that it does
	// not know.
	OrUnknown bool
}

// Query asks for rows of one entity of one tenant.
type Query struct {
	TenantID   int64
	Def        *entity.Def
	Search     string // words that a row's searched columns must all contain; see fold
	Conditions []Condition
	Sort       string // a column that can be sorted by; "" = the entity's default order
	Desc       bool
	// After and Before are cursors of a page with the same sort; at most one.
	After, Before string
	Limit         int  // clamped to 1..200; 0 = 50
	Removed       bool // include removed rows
}

const (
	maxText  = 200 // characters of a search or a condition's value
	maxWords = 10
)

// CheckQuery returns an InputError for a query that cannot be answered: an
// unknown kind, a column that is unknown, cannot be sorted or cannot be
// narrowed like that, a value that is no number or time, a broken cursor. Its
// field is "kind", "q", "sort", "after", "before" or the condition's column.
func (s *Store) CheckQuery(q Query) error {
	_, err := s.plan(q)
	return err
}

// plan is a query that was checked, on its way to SQL.
type plan struct {
	def           *entity.Def
	tenantID      int64
	words         []string // folded
	sort          *entity.Column
	desc          bool
	after, before *cursor
	limit         int
	everything    bool       // all live rows: neither searched nor narrowed
	only          *Condition // what all live rows are narrowed by, where that is one condition

	clauses []clause
}

// clause is a condition in SQL.
type clause struct {
	sql  string
	args []any
}

// with adds conditions.
func (p plan) with(c []clause) plan {
	p.clauses = slices.Concat(p.clauses, c)
	return p
}

// conditions joins the clauses.
func (p plan) conditions() (where string, args []any) {
	parts := make([]string, len(p.clauses))
	for i, c := range p.clauses {
		parts[i] = c.sql
		args = append(args, c.args...)
	}
	return strings.Join(parts, " AND "), args
}

// known returns the catalogue's own declaration of an entity, or nil: no other
// may name a table.
func (s *Store) known(d *entity.Def) *entity.Def {
	if d == nil {
		return nil
	}
	return s.catalogue.Def(d.Kind)
}

func (s *Store) plan(q Query) (plan, error) {
	p := plan{def: s.known(q.Def), tenantID: q.TenantID, desc: q.Desc}
	if p.def == nil {
		return p, InputError{"kind", "There is no such table."}
	}
	p.clauses = []clause{{"tenant_id = ?", []any{q.TenantID}}}
	if !q.Removed {
		p.clauses = append(p.clauses, clause{sql: "removed_at IS NULL"})
	}

	if tooLong(q.Search) {
		return p, InputError{"q", fmt.Sprintf("Search for at most %d characters.", maxText)}
	}
	p.words = strings.Fields(fold(q.Search))
	if len(p.words) > maxWords {
		return p, InputError{"q", fmt.Sprintf("Search for at most %d words.", maxWords)}
	}

	if !q.Removed && len(p.words) == 0 {
		p.everything = len(q.Conditions) == 0
		if len(q.Conditions) == 1 {
			p.only = &q.Conditions[0]
		}
	}
	for _, c := range q.Conditions {
		clause, err := s.condition(p.def, c)
		if err != nil {
			return p, err
		}
		p.clauses = append(p.clauses, clause)
	}

	sort := q.Sort
	if sort == "" {
		sort, p.desc = p.def.DefaultSort, p.desc || p.def.DefaultDesc
	}
	p.sort = p.def.Column(sort)
	if p.sort == nil || !p.sort.Sort {
		return p, InputError{"sort", fmt.Sprintf("The table cannot be sorted by %q.", sort)}
	}

	if q.After != "" && q.Before != "" {
		return p, InputError{"before", "A page begins either after or before a row."}
	}
	var err error
	if p.after, err = p.cursor("after", q.After); err != nil {
		return p, err
	}
	if p.before, err = p.cursor("before", q.Before); err != nil {
		return p, err
	}
	p.limit = q.Limit
	if p.limit == 0 {
		p.limit = 50
	}
	p.limit = min(max(p.limit, 1), 200)
	return p, nil
}

func tooLong(s string) bool { return utf8.RuneCountInString(s) > maxText }
