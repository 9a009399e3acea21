package entity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Row is one object as a part delivers it. Cells has one value for each of the
// part's columns, in declared order.
type Row struct {
	ID    string
	Cells []any
	// Lesser says that it gives way to what is there already (Part.Lesser).
	Lesser bool
	// Line says that Microsoft conceals what it is (Part.Conceals): it has no id.
	Line bool
	// NoRow says that it fills columns and makes no row (Part.NoRow).
	NoRow bool
}

// A cell is one of:
//
//	nil                   null or absent
//	string                Text and Time as sent; List and JSON as compact JSON text
//	bool, int64, float64  also where they were sent as texts
//	Odd                   a value of another type than its column's
//	Unsent                a property that was not asked for, or did not come
//
// so that one unexpected field does not fail a page.

// Odd is a JSON value that cannot be taken for one of its column's type. It is
// not kept: what was read before stays.
type Odd json.RawMessage

// Object is one object of Microsoft's by its properties.
type Object map[string]json.RawMessage

// At returns the value at a property path; null, or nil where it is absent.
func (o Object) At(path string) json.RawMessage { return lookup(o, path) }

// Text returns the text at a property path, or "".
func (o Object) Text(path string) string {
	var s string
	if json.Unmarshal(o.At(path), &s) != nil {
		return ""
	}
	return s
}

// Cell returns the value at a property path as a cell of that type.
func (o Object) Cell(t Type, path string) any { return cell(&Column{Type: t}, o.At(path)) }

// SourcePath is the path of a column that tells which resource a row was read
// from: the name of the resource.
const SourcePath = "@source"

// Decode reads one object of a page that was received just now from the part
// of that name.
func (d *Def) Decode(part string, raw json.RawMessage) (Row, error) {
	return d.DecodeAt(part, raw, time.Now())
}

// DecodeAt reads one object of a page that was received at a time.
func (d *Def) DecodeAt(part string, raw json.RawMessage, now time.Time) (Row, error) {
	return d.DecodeFrom(d.Part(part), raw, now)
}

// DecodeFrom reads one object of a page of a part, or of its other source, that
// was received at a time. An object without an id is an error, since such a
// row could never be found again, or where Microsoft conceals it a line.
func (d *Def) DecodeFrom(p *Part, raw json.RawMessage, now time.Time) (Row, error) {
	var obj Object
	if err := json.Unmarshal(raw, &obj); err != nil || obj == nil {
		return Row{}, fmt.Errorf("decode %s: not an object", d.Singular)
	}
	if p.Skip != nil && p.Skip(obj) {
		return Row{}, ErrSkipped
	}
	row := Row{ID: p.idOf(obj), Lesser: p.Lesser != nil && p.Lesser(obj), NoRow: p.NoRow != nil && p.NoRow(obj)}
	if p.conceals(row.ID, obj) {
		row.ID, row.Line = "", true
	} else if NoID(row.ID) {
		return Row{}, fmt.Errorf("decode %s: the object has no id", d.Singular)
	}
	for _, c := range d.Columns {
		path := p.pathOf(&c)
		switch {
		case c.Part != p.Name:
		case c.Compute != nil:
			row.Cells = append(row.Cells, c.Compute(obj, now))
		case c.Path == SourcePath:
			row.Cells = append(row.Cells, string(p.Resource))
		case path == "":
			row.Cells = append(row.Cells, nil)
		default:
			v := lookup(obj, path)
			if v == nil && p.Resource == Defender {
				v = obj.anyCase(path)
			}
			row.Cells = append(row.Cells, cell(&c, v))
		}
	}
	d.spoil(p, row.Cells)
	return row, nil
}

// spoil makes a computed cell odd where a column that it is computed from is:
// what is computed goes with what is kept.
func (d *Def) spoil(p *Part, cells []any) {
	var odd map[string]Odd
	columns := d.PartColumns(p.Name)
	for i, c := range columns {
		if v, is := cells[i].(Odd); is && c.Compute == nil {
			if odd == nil {
				odd = map[string]Odd{}
			}
			odd[p.pathOf(&c)] = v
		}
	}
	for i := range columns {
		if columns[i].Compute == nil || odd == nil {
			continue
		}
		for _, path := range columns[i].Uses {
			if v, is := odd[path]; is {
				cells[i] = v
			}
		}
	}
}

// pathOf is the property that a column is read from in the part, or in its
// other source; empty where that has none.
func (p *Part) pathOf(c *Column) string {
	if p.other {
		return c.Else
	}
	return c.Path
}

// ErrSkipped is the error of decoding an object that is no row.
var ErrSkipped = errors.New("the object is no row of the entity")

// anyCase finds a property whatever the case of its letters: Defender's
// documents and answers disagree about it.
func (o Object) anyCase(path string) json.RawMessage {
	for name, v := range o {
		if strings.EqualFold(name, path) {
			return v
		}
	}
	return nil
}

// conceals reports whether an object with that id is a line without identity.
func (p *Part) conceals(id string, o Object) bool {
	return p.Conceals != nil && (NoID(id) || p.Conceals.Of != nil && p.Conceals.Of(o))
}

// idOf returns the id of an object, or "".
func (p *Part) idOf(o Object) string {
	switch {
	case p.ID != nil:
		return p.ID(o)
	case p.Resource == Defender && o["id"] == nil:
		return Object{"id": o.anyCase("id")}.Text("id")
	}
	return o.Text("id")
}

// lookup follows a property path; a segment that is absent, null or not an
// object ends in null. A property whose own name has a dot ("@odata.type") is
// found first.
func lookup(obj Object, path string) json.RawMessage {
	if v, ok := obj[path]; ok {
		return v
	}
	head, rest, nested := strings.Cut(path, ".")
	v := obj[head]
	if !nested || v == nil {
		return v
	}
	var inner Object
	if json.Unmarshal(v, &inner) != nil {
		return nil
	}
	return lookup(inner, rest)
}

// cell reads a value as one of its column's type. What is unambiguous is
// converted: a boolean or a number that was sent as a text, a scalar that was
// sent instead of a text. Anything else is odd.
func cell(c *Column, raw json.RawMessage) any {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	var v any
	switch c.Type {
	case Bool:
		v = boolean(raw)
	case Int, Real:
		v = number(c.Type, unquoted(raw))
	case Time:
		var s string
		if json.Unmarshal(raw, &s) == nil && isTime(s) {
			v = s
		} else if raw[0] == '"' && strings.TrimSpace(s) == "" {
			return nil // no time, in a text
		}
	case List:
		if raw[0] == '[' {
			v = compact(raw)
		}
	case JSON:
		if raw[0] == '{' {
			v = compact(raw)
		}
	default:
		v = words(c, raw)
	}
	if v == nil {
		return Odd(compact(raw))
	}
	return v
}

// words reads a text, or the text of a number or a boolean: a name may be
// "42". Of a column whose values have words, only what is one of them: the
// numbers that stand for an enumeration's names are not documented.
func words(c *Column, raw json.RawMessage) any {
	var s string
	if raw[0] == '"' && json.Unmarshal(raw, &s) == nil {
		return s
	}
	if raw[0] == '{' || raw[0] == '[' {
		return nil
	}
	if _, known := c.Words[string(raw)]; len(c.Words) > 0 && !known {
		return nil
	}
	return string(raw)
}

// boolean reads a boolean, or a text that holds one; nil where it is neither.
func boolean(raw json.RawMessage) any {
	switch strings.ToLower(strings.Trim(string(raw), `"`)) {
	case "true":
		return true
	case "false":
		return false
	}
	return nil
}

// timeForms are the forms in which Microsoft sends times: Graph's, those of
// services that leave out the zone, which is UTC, and the days of reports. A
// fraction of the second may follow each of the seconds.
var timeForms = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly}

func isTime(s string) bool {
	return slices.ContainsFunc(timeForms, func(form string) bool {
		_, err := time.Parse(form, s)
		return err == nil
	})
}

// unquoted is the JSON number that a text holds, or what it is given. OData may
// send numbers as texts (IEEE754Compatible), and as such they would be outside
// of every range. Only what is a number in JSON counts: "007" is a text.
func unquoted(raw json.RawMessage) json.RawMessage {
	var s string
	if json.Unmarshal(raw, &s) == nil && json.Valid([]byte(s)) {
		return json.RawMessage(s)
	}
	return raw
}

// wholeForm is a whole number that is written with a fraction of nothing.
var wholeForm = regexp.MustCompile(`^-?[0-9]+\.0+$`)

// number reads a JSON number, nil where it is none or does not fit.
func number(t Type, raw json.RawMessage) any {
	if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return nil
	}
	if t == Int {
		if wholeForm.Match(raw) {
			raw, _, _ = bytes.Cut(raw, []byte("."))
		}
		if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			return n
		}
		return nil
	}
	if f, err := strconv.ParseFloat(string(raw), 64); err == nil && !math.IsInf(f, 0) {
		return f
	}
	return nil
}

func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

// MarshalCell returns the JSON of a cell.
func MarshalCell(t Type, v any) json.RawMessage {
	switch v := v.(type) {
	case nil:
		return json.RawMessage("null")
	case Odd:
		return json.RawMessage(v)
	case string:
		if t == List || t == JSON {
			return json.RawMessage(v)
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return json.RawMessage("null")
	}
	return json.RawMessage(bytes.TrimSpace(b.Bytes()))
}
