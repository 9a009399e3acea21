package views

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// CellLook is how a table shows a value; it ends the name of a class:
// "x-c-num".
type CellLook string

// The looks.
const (
	LookPlain  CellLook = "plain"
	LookLong   CellLook = "long" // sentences, on two lines
	LookAlert  CellLook = "alert"
	LookNumber CellLook = "num"
	LookOn     CellLook = "on"     // a switch that is on
	LookOff    CellLook = "off"    // a switch that is off
	LookNone   CellLook = "none"   // Microsoft says that there is none
	LookUnread CellLook = "unread" // nobody knows: the part was not read
	LookOdd    CellLook = "odd"    // not what Microsoft documents, shown as sent
)

// Cell is a value on one line.
type Cell struct {
	Look  CellLook
	Text  string
	Title string // what Text leaves out; empty when nothing
	Href  string // the page of the row that the value refers to; empty when there is none
}

// CellOf returns a value as a table shows it. gap is the column's gap, or nil:
// where a part was not read, an absent value does not mean that there is none.
func CellOf(now time.Time, c *entity.Column, v any, gap *store.ColumnGap) Cell {
	switch v := v.(type) {
	case nil:
		if gap != nil {
			text := "Not read"
			if gap.Unread > 0 && (gap.State == entity.Complete || gap.State == entity.Partial) {
				text = "Not read yet" // the next sync does
			}
			return Cell{Look: LookUnread, Text: text, Title: c.Label + ": " + GapText(now, gap)}
		}
		if c.Empty != "" {
			return Cell{Look: LookNone, Text: c.Empty}
		}
		return Cell{Look: LookNone, Title: "Not set"}
	case entity.Odd:
		return Cell{Look: LookOdd, Text: shorten(string(v), 60), Title: "Not the type that Microsoft documents, shown as sent: " + string(v)}
	case int64, float64:
		cell := Cell{Look: LookNumber, Text: CellText(c, v)}
		if n, ok := v.(int64); ok && c.As == entity.AsBytes {
			cell.Title = Num(n) + " bytes"
		}
		return cell
	case bool:
		return Cell{Look: textLook(c, strconv.FormatBool(v), CellText(c, v)), Text: CellText(c, v)}
	case string:
		return stringCell(now, c, v)
	default:
		return Cell{Look: LookPlain, Text: CellText(c, v)}
	}
}

func stringCell(now time.Time, c *entity.Column, s string) Cell {
	switch c.Type {
	case entity.Time:
		if text := noTime(s); text != "" {
			return Cell{Look: LookPlain, Text: text, Title: "Microsoft sent " + s}
		}
		if t, ok := CellTime(s); ok {
			text := Ago(now, t)
			if c.Ahead {
				text = Until(now, t)
			}
			return Cell{Look: LookPlain, Text: text, Title: DateTime(t)}
		}
		if day, ok := CellDay(s); ok {
			return Cell{Look: LookPlain, Text: Date(day), Title: Ago(now, day)}
		}
		return Cell{Look: LookPlain, Text: s}
	case entity.List:
		return listCell(c, s, nil)
	case entity.JSON:
		return Cell{Look: LookPlain, Text: shorten(objectSummary([]byte(s)), 60), Title: shorten(s, 400)}
	}
	text := CellText(c, s)
	if text == "" {
		return Cell{Look: LookNone, Title: "Empty"}
	}
	cell := Cell{Look: textLook(c, s, text), Text: shorten(text, 120)}
	if cell.Text != text {
		cell.Title = text
	}
	return cell
}

// lineLength is how many characters a cell has on one line.
const lineLength = 48

// textLook recognises the words that the catalogue has for switches, the values
// that deserve a look, and sentences.
func textLook(c *entity.Column, raw, text string) CellLook {
	switch {
	case slices.Contains(c.Alerts, raw):
		return LookAlert
	case text == "Enabled" || text == "On":
		return LookOn
	case text == "Disabled" || text == "Off":
		return LookOff
	case utf8.RuneCountInString(text) > lineLength && strings.Contains(text, " ") && len(c.Refs) == 0:
		return LookLong
	}
	return LookPlain
}

// listCell shows a list on one line; elements that refer to rows by their titles.
func listCell(c *entity.Column, s string, links map[string]Link) Cell {
	var elements []json.RawMessage
	if json.Unmarshal([]byte(s), &elements) != nil {
		return Cell{Look: LookPlain, Text: s}
	}
	names := make([]string, len(elements))
	for i, e := range elements {
		names[i] = objectSummary(e)
		if w, ok := c.Word(names[i]); ok {
			names[i] = w
		} else if l, ok := links[names[i]]; ok {
			names[i] = l.Title
		}
	}
	all := shorten(strings.Join(names, ", "), 400)
	switch n := len(names); {
	case n == 0 && c.Empty != "":
		return Cell{Look: LookNone, Text: c.Empty}
	case n == 0:
		return Cell{Look: LookNone, Text: "None"}
	case n == 1:
		return Cell{Look: LookPlain, Text: shorten(names[0], 48), Title: all}
	case n == 2:
		return Cell{Look: LookPlain, Text: shorten(all, 60), Title: all}
	default:
		return Cell{Look: LookPlain, Text: fmt.Sprintf("%s items: %s", Num(n), shorten(names[0]+", "+names[1], 44)+", …"), Title: all}
	}
}

// telling lists the properties by which Microsoft's objects are recognised.
var telling = []string{"displayName", "name", "servicePlanName", "cidrAddress", "skuPartNumber", "title", "skuId", "id"}

// objectSummary returns a JSON value on one line: an object by its most
// telling property.
func objectSummary(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(raw, &object) == nil && object != nil {
		for _, key := range telling {
			if json.Unmarshal(object[key], &text) == nil && text != "" {
				return text
			}
		}
		v := ParseValue(raw)
		parts := make([]string, 0, len(v.Fields))
		for _, f := range v.Fields {
			if f.Value.Text != "" {
				parts = append(parts, f.Name+": "+f.Value.Text)
			} else if n := len(f.Value.Items); n > 0 {
				parts = append(parts, fmt.Sprintf("%s: %s", f.Name, Count(n, "item", "items")))
			}
		}
		if len(parts) > 0 {
			return strings.Join(parts, ", ")
		}
	}
	return string(bytes.TrimSpace(raw))
}

// shorten cuts a text to so many characters, the ellipsis included.
func shorten(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return strings.TrimRight(string(runes[:most-1]), " ,") + "…"
}
