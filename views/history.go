package views

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// HistoryEntry is a change of a row.
type HistoryEntry struct {
	store.Change
	RunPath string // empty when no run is known to have found it
	Noun    string // what changed, where it is not the row itself: "MFA verdict"
	Fields  []HistoryField
}

// HistoryField is a column that changed, with its old and new value in words.
type HistoryField struct{ Label, Old, New string }

// NewHistoryEntry puts a change into words. The definition is nil for an entity
// that the catalogue no longer has: its fields are told as they were stored.
func NewHistoryEntry(slug string, d *entity.Def, change store.Change) HistoryEntry {
	e := HistoryEntry{Change: change}
	if change.RunID != 0 {
		e.RunPath = TenantPath(slug, "syncs", strconv.FormatInt(change.RunID, 10))
	}
	for _, f := range change.Fields {
		field := HistoryField{Label: f.Column, Old: string(f.Old), New: string(f.New)}
		if d != nil && d.Column(f.Column) != nil {
			c := d.Column(f.Column)
			field.Label = c.Label
			// Two values may read the same: times within a minute, null and "".
			if was, is := ChangeText(c, f.Old), ChangeText(c, f.New); was != is {
				field.Old, field.New = was, is
			}
		}
		e.Fields = append(e.Fields, field)
	}
	if d != nil && d.Judges != "" {
		e.Noun = d.Singular
		if len(e.Fields) == 1 {
			// The verdict is the same, for another reason.
			e.Noun = strings.ToLower(e.Fields[0].Label) + " of the " + e.Noun
		}
	}
	return e
}

// ChangeText returns an old or new value of a column as an admin reads it.
func ChangeText(c *entity.Column, raw json.RawMessage) string {
	if text := CellText(c, jsonCell(c, raw)); text != "" {
		return text
	}
	return notSet
}

// notSet stands for a value that is not there.
const notSet = "not set"

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
	if e.Noun != "" {
		return strings.ToUpper(e.Noun[:1]) + e.Noun[1:] + " changed"
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

// Clip is a text that may be cut; Full is the whole of it then, else empty.
type Clip struct{ Text, Full string }

// longestTitle bounds a tooltip, in characters, so that a page of changes of
// very long values stays light.
const longestTitle = 4000

// Values are the old and the new value in at most so many characters each. Long
// values that begin alike are shown from where they begin to differ.
func (f HistoryField) Values(most int) (old, new Clip) {
	was, is := []rune(f.Old), []rune(f.New)
	same := 0
	for same < min(len(was), len(is)) && was[same] == is[same] {
		same++
	}
	skip := 0
	if max(len(was), len(is)) > most && same > most/2 {
		skip = same - most/4
	}
	return clip(was, skip, most), clip(is, skip, most)
}

func clip(text []rune, skip, most int) Clip {
	if skip == 0 && len(text) <= most {
		return Clip{Text: string(text)}
	}
	shown := string(text[skip:])
	if skip > 0 {
		shown = "…" + shown
	}
	return Clip{Text: shorten(shown, most), Full: shorten(string(text), longestTitle)}
}

// ChangeLine is a change of any row of the tenant.
type ChangeLine struct {
	HistoryEntry
	Href string // the row; empty when the catalogue no longer has the entity
}

// NewChangeLine puts a change of any row into words; the definition is that of
// its kind, or nil.
func NewChangeLine(slug string, d *entity.Def, change store.Change) ChangeLine {
	if change.Title == "" {
		change.Title = change.EntityID
	}
	l := ChangeLine{HistoryEntry: NewHistoryEntry(slug, d, change)}
	if d != nil {
		l.Noun, l.Href = cmp.Or(l.Noun, d.Singular), TenantPath(slug, "data", d.Kind, change.EntityID)
	}
	l.Noun = cmp.Or(l.Noun, change.Kind)
	return l
}

// ChangeDay is the changes of one day in UTC.
type ChangeDay struct {
	Day   string // "Today", "Yesterday", "22 Nov 2026"
	Date  string // "22 Nov 2026"
	Lines []ChangeLine
}

// ChangeDays groups changes by day, in their order.
func ChangeDays(now time.Time, lines []ChangeLine) []ChangeDay {
	var days []ChangeDay
	for _, line := range lines {
		date := Date(line.At)
		if n := len(days); n == 0 || days[n-1].Date != date {
			day := date
			switch date {
			case Date(now):
				day = "Today"
			case Date(now.AddDate(0, 0, -1)):
				day = "Yesterday"
			}
			days = append(days, ChangeDay{Day: day, Date: date})
		}
		days[len(days)-1].Lines = append(days[len(days)-1].Lines, line)
	}
	return days
}
