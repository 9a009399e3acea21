package views

import (
	"bytes"
	"encoding/json"
	"io"
)

// Value is a JSON value in a readable shape: a text, a list of values, or
// named fields, in Microsoft's order.
type Value struct {
	Text   string
	Href   string // the page of the row that the text names; empty when there is none
	Items  []Value
	Fields []ValueField
	More   int // elements or fields that are left out, for their number
	Empty  int // fields that are left out, because they hold nothing
}

// ValueField is a property of an object.
type ValueField struct {
	Name  string // Microsoft's name
	Value Value
}

// withoutMarkup returns the value with its texts as they read without their
// markup.
func (v Value) withoutMarkup() Value {
	v.Text = MarkupText(v.Text)
	for i := range v.Items {
		v.Items[i] = v.Items[i].withoutMarkup()
	}
	for i := range v.Fields {
		v.Fields[i].Value = v.Fields[i].Value.withoutMarkup()
	}
	return v
}

// The bounds of what is unfolded; beyond them JSON is shown as text, and lists
// are cut with a note.
const (
	deepest    = 5
	mostValues = 200
)

// ParseValue unfolds JSON. What is not JSON comes back as its text.
func ParseValue(raw json.RawMessage) Value { return parseValue(raw, deepest) }

func parseValue(raw json.RawMessage, depth int) Value {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && depth > 0 {
		switch raw[0] {
		case '[':
			if v, ok := parseList(raw, depth); ok {
				return v
			}
		case '{':
			if v, ok := parseObject(raw, depth); ok {
				return v
			}
		}
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return Value{Text: text}
	}
	return Value{Text: string(raw)}
}

func parseList(raw json.RawMessage, depth int) (Value, bool) {
	var elements []json.RawMessage
	if json.Unmarshal(raw, &elements) != nil {
		return Value{}, false
	}
	var v Value
	for i, e := range elements {
		if i == mostValues {
			v.More = len(elements) - i
			break
		}
		v.Items = append(v.Items, parseValue(e, depth-1))
	}
	return v, true
}

// parseObject reads an object token by token, since a map would lose the order
// of its fields. Fields without a
// value are only counted.
func parseObject(raw json.RawMessage, depth int) (Value, bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return Value{}, false
	}
	var v Value
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return Value{}, false
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return Value{}, false
		}
		if string(value) == "null" || string(value) == "[]" || string(value) == "{}" {
			v.Empty++
			continue
		}
		if len(v.Fields) == mostValues {
			v.More++
			continue
		}
		v.Fields = append(v.Fields, ValueField{Name: name.(string), Value: parseValue(value, depth-1)})
	}
	if _, err := dec.Token(); err != nil {
		return Value{}, false
	}
	_, err := dec.Token()
	return v, err == io.EOF
}
