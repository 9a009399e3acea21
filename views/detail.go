package views

import (
	"encoding/json"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// Detail is the page of one row: every column, with the part that it came from
// and how old that is, and the row's history.
type Detail struct {
	Page     Page
	Def      *entity.Def
	State    store.EntityState
	ID       string
	Title    string
	Subtitle string
	Path     string // of this page
	Sections []DetailSection
	Row      store.Row
	History  []HistoryEntry
	More     bool   // there are older entries
	Drawer   bool   // shown beside the table, below a heading of the second level
	Portal   string // the row in Microsoft's admin center; empty when there is no page
}

// DetailSection is one part with its columns.
type DetailSection struct {
	Title   string
	State   StateView
	Problem *entity.Problem // why the part is not complete, or nil
	Fields  []DetailField
	Unset   []DetailField // columns for which Microsoft sent nothing
}

// DetailField is one column of a row.
type DetailField struct {
	Column *entity.Column
	Cell   Cell
	Value  *Value // a list or an object, unfolded; nil for a single value
}

// NewDetailField returns a column of a row for its page: times in full, lists
// and objects unfolded.
func NewDetailField(now time.Time, c *entity.Column, v any, gap *store.ColumnGap) DetailField {
	f := DetailField{Column: c, Cell: CellOf(now, c, v, gap)}
	switch v := v.(type) {
	case string:
		f.unfold(c, v)
	case entity.Odd:
		f.Cell.Text = string(v)
	}
	return f
}

func (f *DetailField) unfold(c *entity.Column, s string) {
	switch c.Type {
	case entity.List, entity.JSON:
		value := ParseValue(json.RawMessage(s))
		if len(value.Items) > 0 || len(value.Fields) > 0 {
			f.Value = &value
		}
	case entity.Time:
		if t, ok := CellTime(s); ok && s != neverTime {
			relative := f.Cell.Text
			f.Cell.Text, f.Cell.Title = DateTime(t), s
			if relative != Date(t) {
				f.Cell.Text += " (" + relative + ")"
			}
		}
	default:
		f.Cell.Text, f.Cell.Title = CellText(c, s), ""
	}
}

// comma follows all elements of a list but the last.
func comma(i, n int) string {
	if i < n-1 {
		return ", "
	}
	return ""
}
