package views

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// CellText returns a cell as an admin reads it. Null is empty: the page says
// in its own way that there is no value.
func CellText(c *entity.Column, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		return word(c, strconv.FormatBool(v), map[bool]string{true: "Yes", false: "No"}[v])
	case int64:
		if c.As == entity.AsBytes {
			return Size(v)
		}
		return word(c, strconv.FormatInt(v, 10), Num(v))
	case float64:
		s := strconv.FormatFloat(v, 'f', -1, 64)
		return word(c, s, s)
	case entity.Odd:
		return string(v)
	case string:
		return stringText(c, v)
	default:
		return fmt.Sprint(v)
	}
}

func stringText(c *entity.Column, s string) string {
	switch c.Type {
	case entity.Time:
		if text := noTime(s); text != "" {
			return text
		}
		if t, ok := CellTime(s); ok {
			return DateTime(t)
		}
		if day, ok := CellDay(s); ok {
			return Date(day)
		}
		return s
	case entity.List:
		return strings.Join(CellList(c, s), ", ")
	default:
		if c.As == entity.AsHTML {
			return MarkupText(s)
		}
		return word(c, s, s)
	}
}

// word replaces a raw value by the catalogue's word for it.
func word(c *entity.Column, raw, otherwise string) string {
	if w, ok := c.Word(raw); ok {
		return w
	}
	return otherwise
}

// noTime is what a value stands for that has the form of a time and is none:
// the first day of all for what never happened, some hours of it included, and
// the last year of all for what does not end. Else it is empty.
func noTime(s string) string {
	switch {
	case strings.HasPrefix(s, "0001-01-01"):
		return "Never"
	case strings.HasPrefix(s, "9999-"):
		return "No end"
	}
	return ""
}

// CellTime reads a time as Microsoft sends it.
func CellTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	return t, err == nil
}

// CellDay reads a day, which Microsoft's reports have instead of times.
func CellDay(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil
}

// CellList returns the elements of a list: strings in the catalogue's words,
// anything else as JSON.
func CellList(c *entity.Column, s string) []string {
	var elements []json.RawMessage
	if json.Unmarshal([]byte(s), &elements) != nil {
		return []string{s}
	}
	list := make([]string, len(elements))
	for i, e := range elements {
		var text string
		if json.Unmarshal(e, &text) == nil {
			list[i] = word(c, text, text)
		} else {
			list[i] = string(e)
		}
	}
	return list
}
