package store

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Pages follow the order of an index and begin at a row's place in it, so that
// the last page costs as much as the first. Rows are ordered by one column,
// ties by row_id. Empty columns come last in both directions: an unknown date
// is neither the oldest nor the newest.

// cursor is the place of a row in an order.
type cursor struct {
	Sort  string `json:"s"` // the column
	Desc  bool   `json:"d"`
	Type  string `json:"t"` // of the value: null, text, int, real, blob
	Value []byte `json:"v,omitempty"`
	RowID int64  `json:"r"`

	bound any // the value as it is bound
}

func (p plan) cursorAt(r Row) cursor {
	c := cursor{Sort: p.sort.Name, Desc: p.desc, RowID: r.RowID}
	switch v := bindCell(r.Cell(p.def, p.sort.Name)).(type) {
	case nil:
		c.Type = "null"
	case string:
		c.Type, c.Value = "text", []byte(v)
	case int64:
		c.Type, c.Value = "int", strconv.AppendInt(nil, v, 10)
	case float64:
		c.Type, c.Value = "real", strconv.AppendFloat(nil, v, 'g', -1, 64)
	case []byte:
		c.Type, c.Value = "blob", v
	}
	return c
}

func (c cursor) encode() string {
	b, err := json.Marshal(c)
	if err != nil { // cannot be: texts and numbers
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// cursor reads a cursor of a query. It returns nil for "".
func (p plan) cursor(field, s string) (*cursor, error) {
	if s == "" {
		return nil, nil
	}
	broken := InputError{field, "The link to this page is broken or out of date. Start at the first page."}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil, broken
	}
	var c cursor
	if json.Unmarshal(b, &c) != nil || c.Sort != p.sort.Name || c.Desc != p.desc {
		return nil, broken
	}
	switch c.Type {
	case "null":
	case "text":
		c.bound = string(c.Value)
	case "blob":
		c.bound = append([]byte{}, c.Value...)
	case "int":
		c.bound, err = strconv.ParseInt(string(c.Value), 10, 64)
	case "real":
		c.bound, err = number(&entity.Column{Type: entity.Real}, string(c.Value))
	default:
		return nil, broken
	}
	if err != nil {
		return nil, broken
	}
	return &c, nil
}

// segment is a run of rows that lie together in an index.
type segment struct {
	where string
	args  []any
	order string
}

// rare tells SQLite that a condition is worth an index whatever its statistics
// say. Where a column is empty in nearly all rows, it would otherwise read the
// table by row_id, through the rows of all tenants.
func rare(condition string) string { return "likelihood(" + condition + ", 0.0001)" }

func (p plan) backward() bool { return p.before != nil }

// segments cuts the rows from the cursor on, or all without one, into index
// ranges, in the order of reading. One range could not hold them: SQLite finds
// no place in an index by (column, row_id) > (?, ?) alone where many rows
// share a value, and none at all by a condition on NULL.
func (p plan) segments() []segment {
	col := quoted(p.sort.Name)
	down := p.desc != p.backward()
	beyond, dir := " > ?", " ASC"
	if down {
		beyond, dir = " < ?", " DESC"
	}
	values := segment{where: col + " IS NOT NULL", order: col + dir + ", row_id" + dir}
	empty := segment{where: rare(col + " IS NULL"), order: "row_id" + dir}

	c := p.after
	if p.backward() {
		c = p.before
	}
	if c == nil {
		return []segment{values, empty}
	}
	if c.bound == nil {
		empty.where += " AND row_id" + beyond
		empty.args = []any{c.RowID}
		if p.backward() {
			return []segment{empty, values}
		}
		return []segment{empty}
	}
	ties := segment{
		where: rare(col+" = ?") + " AND row_id" + beyond,
		args:  []any{c.bound, c.RowID},
		order: "row_id" + dir,
	}
	values.where = col + beyond
	values.args = []any{c.bound}
	if p.backward() {
		return []segment{ties, values}
	}
	return []segment{ties, values, empty}
}

// segmentSQL reads columns of a segment's rows that match, in order.
func (p plan) segmentSQL(columns string, seg segment) (query string, args []any) {
	where, args := p.conditions()
	return `SELECT ` + columns + ` FROM ` + quoted(p.def.Kind) +
		` WHERE ` + where + ` AND ` + seg.where +
		` ORDER BY ` + seg.order, append(args, seg.args...)
}

// countSQL counts the rows that match, up to a limit.
func (p plan) countSQL(limit int) (query string, args []any) {
	where, args := p.conditions()
	return `SELECT count(*) FROM (SELECT 1 FROM ` + quoted(p.def.Kind) +
		` WHERE ` + where + ` LIMIT ?)`, append(args, limit)
}
