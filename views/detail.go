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
	Members  *GroupMembers // of a group, else nil
	Related  []Related
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
	Note   string // why the column is not as its part is; empty when it is
}

// NewDetailField returns a column of a row for its page: times in full, lists
// and objects unfolded.
func NewDetailField(now time.Time, c *entity.Column, v any, gap *store.ColumnGap, links map[string]Link) DetailField {
	f := DetailField{Column: c, Cell: CellOf(now, c, v, gap)}
	if gap != nil && gap.Why != "" {
		f.Note = GapText(now, gap)
	}
	switch v := v.(type) {
	case string:
		f.unfold(c, v)
		f.link(c, v, links)
	case entity.Odd:
		f.Cell.Text = string(v)
	}
	return f
}

func (f *DetailField) unfold(c *entity.Column, s string) {
	switch c.Type {
	case entity.List, entity.JSON:
		value := ParseValue(json.RawMessage(s))
		if c.As == entity.AsHTML {
			value = value.withoutMarkup()
		}
		if len(value.Items) > 0 || len(value.Fields) > 0 {
			f.Value = &value
		}
	case entity.Time:
		if t, ok := CellTime(s); ok && noTime(s) == "" {
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

// link leads from the value, or the elements of a list, to the rows that they
// refer to.
func (f *DetailField) link(c *entity.Column, s string, links map[string]Link) {
	f.Cell = f.Cell.linked(c, s, links)
	if f.Value == nil {
		return
	}
	for i, item := range f.Value.Items {
		if l, ok := links[item.Text]; ok {
			f.Value.Items[i].Text, f.Value.Items[i].Href = l.Title, l.Href
		}
	}
}

// comma follows all elements of a list but the last.
func comma(i, n int) string {
	if i < n-1 {
		return ", "
	}
	return ""
}
