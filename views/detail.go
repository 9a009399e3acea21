package views

import (
	"encoding/json"
	"strconv"
	"strings"
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

// HistoryEntry is a change of a row.
type HistoryEntry struct {
	store.Change
	RunPath string
	Fields  []HistoryField
}

// HistoryField is a column that changed.
type HistoryField struct{ Label, Old, New string }

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

// NewHistoryEntry puts a change into words.
func NewHistoryEntry(slug string, d *entity.Def, change store.Change) HistoryEntry {
	e := HistoryEntry{Change: change, RunPath: TenantPath(slug, "syncs", strconv.FormatInt(change.RunID, 10))}
	for _, f := range change.Fields {
		field := HistoryField{Label: f.Column, Old: string(f.Old), New: string(f.New)}
		if c := d.Column(f.Column); c != nil {
			field = HistoryField{c.Label, ChangeText(c, f.Old), ChangeText(c, f.New)}
		}
		e.Fields = append(e.Fields, field)
	}
	return e
}

// ChangeText returns an old or new value of a column as an admin reads it.
func ChangeText(c *entity.Column, raw json.RawMessage) string {
	text := CellText(c, jsonCell(c, raw))
	if text == "" {
		return "not set"
	}
	return shorten(text, 300)
}

// jsonCell is the inverse of entity.MarshalCell, as far as words are concerned.
func jsonCell(c *entity.Column, raw json.RawMessage) any {
	var (
		text string
		flag bool
		n    int64
		f    float64
	)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil
	case (c.Type == entity.Text || c.Type == entity.Time) && json.Unmarshal(raw, &text) == nil:
		return text
	case c.Type == entity.Bool && json.Unmarshal(raw, &flag) == nil:
		return flag
	case c.Type == entity.Int && json.Unmarshal(raw, &n) == nil:
		return n
	case c.Type == entity.Real && json.Unmarshal(raw, &f) == nil:
		return f
	case c.Type == entity.List || c.Type == entity.JSON:
		return string(raw)
	default:
		return entity.Odd(raw)
	}
}

// ActionText says what happened to a row.
func (e HistoryEntry) ActionText() string {
	switch e.Action {
	case "added":
		return "Added"
	case "removed":
		return "Removed"
	case "restored":
		return "Restored"
	}
	var labels []string
	for _, f := range e.Fields {
		labels = append(labels, f.Label)
	}
	if len(labels) > 3 {
		return Count(len(labels), "field", "fields") + " changed"
	}
	return strings.Join(labels, ", ") + " changed"
}

// Icon is the symbol of what happened.
func (e HistoryEntry) Icon() string {
	switch e.Action {
	case "added":
		return "plus"
	case "removed":
		return "trash"
	case "restored":
		return "rotate-2"
	default:
		return "pencil"
	}
}

// comma follows all elements of a list but the last.
func comma(i, n int) string {
	if i < n-1 {
		return ", "
	}
	return ""
}
