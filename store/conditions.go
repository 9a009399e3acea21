package store

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// condition turns a condition into SQL.
func (s *Store) condition(d *entity.Def, c Condition) (clause, error) {
	holds, err := s.holds(d, c)
	if err != nil || !c.OrUnknown {
		return holds, err
	}
	unknown := unknownSQL(d.Column(c.Column))
	return clause{"(" + holds.sql + " OR " + unknown + ")", holds.args}, nil
}

// unknownSQL is true where it is not known what a column says.
func unknownSQL(c *entity.Column) string {
	unknown := blankSQL(c) + " OR typeof(" + quoted(c.Name) + ") = 'blob'"
	if c.Type == entity.Text {
		unknown += " OR lower(" + quoted(c.Name) + ") IN ('unknown', 'unspecified', 'unknownfuturevalue')"
	}
	return unknown
}

func (s *Store) holds(d *entity.Def, c Condition) (clause, error) {
	bad := func(format string, args ...any) (clause, error) {
		return clause{}, InputError{c.Column, fmt.Sprintf(format, args...)}
	}
	col := d.Column(c.Column)
	if col == nil {
		return bad("%s has no column %q.", d.Title, c.Column)
	}
	if tooLong(c.Value) {
		return bad("%s: enter at most %d characters.", col.Label, maxText)
	}
	allowed := map[entity.Filter][]Op{
		entity.Choice:   {OpEqual, OpEmpty, OpUnread},
		entity.Flag:     {OpEqual, OpEmpty, OpUnread},
		entity.Contains: {OpContains, OpEmpty, OpUnread},
		entity.Range:    {OpFrom, OpTo, OpEmpty, OpUnread},
	}[col.Filter]
	if !slices.Contains(allowed, c.Op) {
		return bad("The table cannot be narrowed by %s like that.", col.Label)
	}
	name := quoted(col.Name)
	switch c.Op {
	case OpUnread:
		if c.Value != "true" {
			return bad("%s is read or not: enter true for the rows where it is not.", col.Label)
		}
		return clause{sql: s.unreadSQL(d, col.Name)}, nil
	case OpEmpty:
		if c.Value != "true" && c.Value != "false" {
			return bad("%s is either empty or not: enter true or false.", col.Label)
		}
		return clause{sql: s.emptySQL(d, col, c.Value == "true")}, nil
	case OpContains:
		if c.Value == "" {
			return bad("%s: enter what it contains.", col.Label)
		}
		return containsSQL(col, c.Value), nil
	case OpEqual:
		if c.Value == "" {
			return clause{sql: s.emptySQL(d, col, true)}, nil
		}
		v, err := equalValue(col, c.Value)
		if err != nil {
			return bad("%s: %s", col.Label, err)
		}
		// The first term can use an index in the column's own collation. A value
		// of another type than the column's is stored as a BLOB of its JSON.
		odd := []byte(c.Value)
		return clause{"(" + name + " IN (?, ?) AND " + name + " COLLATE BINARY IN (?, ?))", []any{v, odd, v, odd}}, nil
	}
	bound, err := s.bound(col, c)
	if err != nil {
		return bad("%s: %s", col.Label, err)
	}
	return bound, nil
}

// emptySQL is the condition that a column is empty, or is not. A cell of a part
// that has not read the row is neither: nobody knows what it would hold.
func (s *Store) emptySQL(d *entity.Def, c *entity.Column, empty bool) string {
	if empty {
		return s.whereRead(d, c.Name, blankSQL(c))
	}
	return "NOT " + blankSQL(c)
}

// blankSQL is the condition that a column has no value, read or not.
func blankSQL(c *entity.Column) string {
	name := quoted(c.Name)
	nothing := map[entity.Type]string{
		entity.Text: "''",
		entity.Time: "''",
		entity.List: "'[]'",
		entity.JSON: "'{}'",
	}[c.Type]
	if nothing == "" {
		return "(" + name + " IS NULL)"
	}
	return "(" + name + " IS NULL OR " + name + " = " + nothing + ")"
}

// containsSQL looks into a text, or into the texts in a list or an object: the
// JSON text itself has escapes, brackets and property names.
func containsSQL(c *entity.Column, value string) clause {
	name := quoted(c.Name)
	like := []any{"%" + likeEscape(value) + "%"}
	if c.Type != entity.List && c.Type != entity.JSON {
		return clause{name + ` LIKE ? ESCAPE '\'`, like}
	}
	return clause{`EXISTS (
		SELECT 1
		FROM json_tree(iif(typeof(` + name + `) = 'text' AND json_valid(` + name + `), ` + name + `, '[]')) AS j
		WHERE j.type = 'text' AND j.key NOT LIKE '@odata.%' AND j.atom LIKE ? ESCAPE '\')`, like}
}

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// likeEscape makes a text match itself in LIKE … ESCAPE '\'.
func likeEscape(s string) string { return likeEscaper.Replace(s) }

func equalValue(c *entity.Column, value string) (any, error) {
	switch c.Type {
	case entity.Bool:
		switch value {
		case "true":
			return int64(1), nil
		case "false":
			return int64(0), nil
		}
		return nil, fmt.Errorf("%q is neither true nor false.", value)
	case entity.Int, entity.Real:
		return number(c, value)
	}
	return value, nil
}

func number(c *entity.Column, value string) (any, error) {
	if c.Type == entity.Int {
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return n, nil
		}
		return nil, fmt.Errorf("%q is not a whole number.", value)
	}
	if f, err := strconv.ParseFloat(value, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
		return f, nil
	}
	return nil, fmt.Errorf("%q is not a number.", value)
}

// bound is a lower or upper limit. Values of another type than the column's
// are outside of every range.
func (s *Store) bound(c *entity.Column, cond Condition) (clause, error) {
	name := quoted(c.Name)
	limit := func(op string, v any) clause {
		return clause{"(" + name + " " + op + " ? AND typeof(" + name + ") <> 'blob')", []any{v}}
	}
	if c.Type == entity.Int || c.Type == entity.Real {
		v, err := number(c, cond.Value)
		if err != nil {
			return clause{}, err
		}
		if cond.Op == OpFrom {
			return limit(">=", v), nil
		}
		return limit("<=", v), nil
	}
	from, until, err := s.moment(cond.Value)
	if err != nil {
		return clause{}, err
	}
	if cond.Op == OpFrom {
		return limit(">=", boundText(from)), nil
	}
	return limit("<", boundText(until)), nil
}

// boundText is a limit to compare stored times with. They are stored as
// Microsoft sent them, with or without a fraction of the second: "…:05Z" and
// "…:05.1Z" both lie between "…:05" and "…:06". Usage reports have dates alone:
// midnight is one, which lies before all times of its day too.
func boundText(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format("2006-01-02T15:04:05")
}

var relative = regexp.MustCompile(`^([+-])([0-9]{1,5})([dh])$`)

// moment reads a time: it covers what is at or after from and before until.
func (s *Store) moment(value string) (from, until time.Time, err error) {
	if m := relative.FindStringSubmatch(value); m != nil {
		n, _ := strconv.Atoi(m[2]) // five digits
		unit := time.Hour
		if m[3] == "d" {
			unit = 24 * time.Hour
		}
		if m[1] == "-" {
			n = -n
		}
		from = s.Now().UTC().Add(time.Duration(n) * unit).Truncate(time.Second)
		return from, from.Add(time.Second), nil
	}
	if t, err := time.Parse(time.DateOnly, value); err == nil {
		return t, t.AddDate(0, 0, 1), nil
	}
	if t, err := time.Parse(time.RFC3339, value); err == nil {
		from = t.UTC().Truncate(time.Second)
		return from, from.Add(time.Second), nil
	}
	return from, until, fmt.Errorf("%q is not a time: enter 2025-01-31, 2025-01-31T12:00:00Z, -90d or +30d.", value)
}
