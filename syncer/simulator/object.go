package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// field is one property with its value: nil, string, bool, int, float64,
// []string, row, []row, or what encoding/json makes of them.
type field struct {
	name  string
	value any
}

// row is a JSON object whose properties keep their order.
type row []field

func (r row) get(name string) (any, bool) {
	for _, f := range r {
		if f.name == name {
			return f.value, true
		}
	}
	return nil, false
}

// MarshalJSON writes the properties in their order.
func (r row) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	err := writeJSON(&b, r)
	return b.Bytes(), err
}

// object is an object of the directory. Its properties are computed when they
// are asked for: a tenant of 100,000 users would not fit otherwise.
type object interface {
	// get returns a property. ok is false where the object does not have it,
	// a nil value is null.
	get(name string) (value any, ok bool)
}

// bag is an object that was given as a map.
type bag map[string]any

func (b bag) get(name string) (any, bool) {
	v, ok := b[name]
	return v, ok
}

// edited is an object with properties that were changed later.
type edited struct {
	under object
	over  map[string]any
}

func (e edited) get(name string) (any, bool) {
	if v, ok := e.over[name]; ok {
		return v, true
	}
	return e.under.get(name)
}

// inner returns a property of a complex value.
func inner(value any, name string) (any, bool) {
	switch v := value.(type) {
	case row:
		return v.get(name)
	case map[string]any:
		found, ok := v[name]
		return found, ok
	}
	return nil, false
}

// elements lists the elements of a collection, whatever it is made of.
func elements(value any) []any {
	switch v := value.(type) {
	case []any:
		return v
	case []string:
		out := make([]any, len(v))
		for i := range v {
			out[i] = v[i]
		}
		return out
	case []row:
		out := make([]any, len(v))
		for i := range v {
			out[i] = v[i]
		}
		return out
	}
	return nil
}

// text returns a property as a string, "" when it is none.
func text(o object, name string) string {
	v, _ := o.get(name)
	s, _ := v.(string)
	return s
}

// flag returns a property as a truth value.
func flag(o object, name string) bool {
	v, _ := o.get(name)
	b, _ := v.(bool)
	return b
}

// normal turns values from outside into those that the simulation works with,
// and copies them: what a caller keeps may change under us.
func normal(properties map[string]any) map[string]any {
	raw, err := json.Marshal(properties)
	if err != nil {
		panic(fmt.Sprintf("simulator: properties that are not JSON: %v", err))
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		panic(fmt.Sprintf("simulator: properties that are not JSON: %v", err))
	}
	return out
}

// writeJSON writes a value. The kinds that pages are full of are written
// without reflection.
func writeJSON(b *bytes.Buffer, value any) error {
	switch v := value.(type) {
	case nil:
		b.WriteString("null")
	case string:
		writeString(b, v)
	case bool:
		b.Write(strconv.AppendBool(b.AvailableBuffer(), v))
	case int:
		b.Write(strconv.AppendInt(b.AvailableBuffer(), int64(v), 10))
	case []string:
		b.WriteByte('[')
		for i, s := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			writeString(b, s)
		}
		b.WriteByte(']')
	case row:
		b.WriteByte('{')
		for i, f := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			writeString(b, f.name)
			b.WriteByte(':')
			if err := writeJSON(b, f.value); err != nil {
				return err
			}
		}
		b.WriteByte('}')
	case []row:
		b.WriteByte('[')
		for i := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := writeJSON(b, v[i]); err != nil {
				return err
			}
		}
		b.WriteByte(']')
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("writing a %T: %w", v, err)
		}
		b.Write(raw)
	}
	return nil
}

const hexDigits = "0123456789abcdef"

// writeString writes a JSON string; like Microsoft it leaves everything but
// quotes, backslashes and control characters as it is.
func writeString(b *bytes.Buffer, s string) {
	b.WriteByte('"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b.WriteString(s[start:i])
		switch c {
		case '"', '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		default:
			b.WriteString(`\u00`)
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
		start = i + 1
	}
	if rest := s[start:]; utf8.ValidString(rest) {
		b.WriteString(rest)
	} else {
		b.WriteString(string([]rune(rest)))
	}
	b.WriteByte('"')
}
