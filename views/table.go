package views

import (
	"slices"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// Table is the page of one entity's rows, for any entity of the catalogue.
type Table struct {
	Page         Page
	State        store.EntityState
	Path         string // of the table, without a query string
	Integrations string // path of the tenant's integrations page

	Search  string
	Filters []Filter // in the toolbar
	More    []Filter // behind "More filters"
	Columns []ColumnChoice
	Removed bool            // removed rows are shown, too
	Notices []entity.Notice // what whoever reads the rows must know
	Omitted []OmittedRow    // what the table leaves out

	Grid Grid
}

// Grid is the part of the page that search, filters, sorting and paging change.
type Grid struct {
	State    store.EntityState
	Now      time.Time
	Problems []string    // what the query string asks that cannot be answered
	Hidden   []FormValue // what the toolbar's form must send along
	Views    []ViewLink  // where the entity has a view of its own
	Chips    []Chip
	ClearURL string // the table without search and filters
	Narrowed bool   // search or filters leave rows out
	Headers  []Header
	Rows     []TableRow
	Total    int
	Capped   bool // there are more than Total
	// NotKnown are rows that the filters leave out although it is not known
	// whether they match; NotKnownURL shows them, too.
	NotKnown    int
	NotKnownURL string
	PrevURL     string
	NextURL     string
	Exports     []ExportLink
	Alone       bool // the answer holds the grid without the rest of the page
}

// FormValue is a hidden field.
type FormValue struct{ Name, Value string }

// ExportLink is a download of what the table shows.
type ExportLink struct{ Format, Label, URL string }

// ColumnChoice is a checkbox of the column chooser.
type ColumnChoice struct {
	Column *entity.Column
	Chosen bool
}

// Filter is one control. Its kind follows the column's.
type Filter struct {
	Column  *entity.Column
	Options []FilterOption // a menu, for choices and flags
	Text    *FormValue     // a text field
	Range   *FilterRange   // two fields, with ready-made ranges
	On      bool
	Gap     *store.ColumnGap
}

// FilterOption is an entry of a menu.
type FilterOption struct {
	Value    string // what the form sends as "filter"
	Label    string
	Selected bool
}

// FilterRange narrows times or numbers.
type FilterRange struct {
	From, To FormValue
	// InputType is "date", "number", or "text" for values that a date field
	// could not show.
	InputType string
	Presets   []Preset
	Summary   string // what is set: "Older than 90 days"; empty when nothing is
}

// Preset is a ready-made range.
type Preset struct {
	Label, URL string
	Active     bool
}

// Chip is an active filter that a click removes.
type Chip struct{ Label, RemoveURL string }

// Header is the head of a column.
type Header struct {
	Column  *entity.Column
	Number  bool
	SortURL string // empty where the table cannot be sorted by the column
	Sorted  string // "ascending", "descending" or empty
	Gap     *store.ColumnGap
}

// TableRow is one row.
type TableRow struct {
	ID        string
	Href      string
	Title     string
	Subtitle  string
	Avatar    bool // a person: initials stand before the name
	Own       bool // the app that SecurAtlas reads the directory as
	RemovedAt time.Time
	Cells     []Cell // in the order of the headers, without the title's
}

// CountText is the number of rows in the page's head: a bare number only when
// the list is complete.
func CountText(now time.Time, s store.EntityState) string {
	switch {
	case s.State == entity.Complete:
		return Num(s.Rows)
	case s.State == entity.Never && s.Rows == 0:
		return ""
	case s.State == entity.Partial:
		return Num(s.Rows) + " of an incomplete list"
	case s.State == entity.Held && heldRows(s) > 0:
		return Num(s.Rows) + " · " + Num(heldRows(s)) + " held for review"
	case s.State == entity.Held:
		return Num(s.Rows) + " · some held for review"
	case !s.AsOf.IsZero():
		return Num(s.Rows) + " as of " + Date(s.AsOf)
	case s.Rows > 0:
		return Num(s.Rows) + " of an incomplete list"
	default:
		return "not read"
	}
}

// IsPeople reports whether the rows of an entity are persons.
func IsPeople(d *entity.Def) bool {
	return strings.HasPrefix(d.Icon, "user") && d.Icon != "users-group"
}

// NothingRead reports whether there is nothing to show and nothing was ever
// read completely: an empty table would then say something that nobody knows.
func (t Table) NothingRead() bool {
	return t.State.Rows == 0 && t.State.AsOf.IsZero() && t.State.State != entity.Complete && !t.Removed
}

// MoreOn reports whether a filter behind "More filters" is set.
func (t Table) MoreOn() bool {
	return t.Removed || slices.ContainsFunc(t.More, func(f Filter) bool { return f.On })
}

// SearchHint names the columns that the search looks into.
func (t Table) SearchHint() string {
	var labels []string
	for _, c := range t.State.Def.Columns {
		if c.Search {
			labels = append(labels, midSentence(c.Label))
		}
	}
	switch {
	case len(labels) == 0:
		return "Search"
	case len(labels) > 3:
		return "Search " + strings.Join(labels[:3], ", ") + " …"
	default:
		return "Search " + strings.Join(labels, ", ")
	}
}

// midSentence writes a label within a sentence: "Job title" is "job title", but
// "SKU ID" and "IP ranges" stay as they are.
func midSentence(label string) string {
	if len(label) > 1 && label[1] >= 'a' && label[1] <= 'z' {
		return strings.ToLower(label[:1]) + label[1:]
	}
	return label
}

// CountText is the number of matching rows.
func (g Grid) CountText() string {
	if g.Capped {
		return Num(g.Total) + "+"
	}
	return Num(g.Total)
}

// Noun is what the counted rows are called: "user", "users".
func (g Grid) Noun() string {
	if g.Total == 1 && !g.Capped {
		return g.State.Def.Singular
	}
	return g.NounMany()
}

// NounMany is what the rows are called within a sentence.
func (g Grid) NounMany() string { return Noun(g.State.Def) }

// Noun is what many rows of an entity are called within a sentence: "users".
// Titles with further capitals hold names ("Conditional Access policies").
func Noun(d *entity.Def) string {
	if d.Judges != "" {
		return d.Singular + "s"
	}
	rest := d.Title[1:]
	if rest != strings.ToLower(rest) {
		return d.Title
	}
	return strings.ToLower(d.Title[:1]) + rest
}

// ShortNoun is the last word of Noun, for where there is little room:
// "policies".
func ShortNoun(d *entity.Def) string {
	words := strings.Fields(Noun(d))
	return words[len(words)-1]
}

// Caveat says, beside a count, that the list is not known to be complete.
func (g Grid) Caveat() string {
	switch g.State.State {
	case entity.Complete:
		return ""
	case entity.Held:
		return "removals wait for review"
	case entity.Partial:
		return "from an incomplete list"
	default:
		if g.State.AsOf.IsZero() {
			return "from an incomplete list"
		}
		return "as of " + DateTime(g.State.AsOf)
	}
}

// Narrow is the column, beside the title's, that is shown where there is room
// for one: the one that the rows are sorted by, else the first whose values are
// short.
func (g Grid) Narrow() int {
	for i, h := range g.Headers[1:] {
		if h.Sorted != "" {
			return i + 1
		}
	}
	for i, h := range g.Headers[1:] {
		switch h.Column.Filter {
		case entity.NoFilter, entity.Contains: // long texts and lists
		default:
			if h.Column.Type != entity.List {
				return i + 1
			}
		}
	}
	return 1
}

// SortIcon is the symbol of a sortable column.
func (h Header) SortIcon() string {
	switch h.Sorted {
	case "ascending":
		return "chevron-up"
	case "descending":
		return "chevron-down"
	default:
		return "selector"
	}
}

// AriaSort is the value of aria-sort.
func (h Header) AriaSort() string {
	if h.Sorted == "" {
		return "none"
	}
	return h.Sorted
}

// stateSentence says what a state without a problem of its own means.
func stateSentence(s store.EntityState) string {
	rows := " The rows below are those of the last complete list."
	if s.AsOf.IsZero() {
		rows = " The rows below are those of a list that was never complete."
	}
	switch s.State {
	case entity.Never:
		return "The list was not read completely yet."
	case entity.Partial:
		return "The last sync stopped before the end of the list: rows may be missing or old."
	case entity.NotPermitted:
		return "The app may not read this list." + rows
	case entity.NotLicensed:
		return "The directory has no licence for this list." + rows
	case entity.NotAvailable:
		return "Microsoft does not offer this list here." + rows
	case entity.Throttled:
		return "Microsoft asked to wait." + rows
	default:
		return "The last sync could not read this list." + rows
	}
}

// heldRows is how many rows of an entity wait; 0 where that is not known. Those
// that a derived entity counts are its source's: 200 held users may be no guest.
func heldRows(s store.EntityState) int {
	if s.Def.Derived() {
		return 0
	}
	return s.Held
}

// heldTitle says how many rows wait.
func heldTitle(s store.EntityState) string {
	if n := heldRows(s); n > 0 {
		return Count(n, "row", "rows") + " would be removed."
	}
	return "Rows of the list that this one is made from would be removed."
}

func noMatch(g Grid) string {
	if caveat := g.Caveat(); caveat != "" {
		return "Nothing matches in what was read, " + caveat + "."
	}
	return "Try another spelling or clear the filters."
}

// filterTitle is the tooltip of a filter.
func filterTitle(now time.Time, f Filter) string {
	if f.Gap != nil {
		return f.Column.Label + ": " + GapText(now, f.Gap)
	}
	return f.Column.Doc
}

// RowTitle names a row: its title, what the entity names it by where it has
// none that means anything, or its id.
func RowTitle(d *entity.Def, r store.Row) string {
	for _, name := range []string{d.TitleColumn, d.TitleElse} {
		if c := d.Column(name); c != nil {
			if title := CellText(c, r.Cell(d, name)); title != "" {
				return title
			}
		}
	}
	if entity.IsLine(r.ID) {
		return d.Singular + " (concealed)"
	}
	return r.ID
}

// RowSubtitle is the second line below a row's title; empty where the entity
// has none.
func RowSubtitle(d *entity.Def, r store.Row) string {
	c := d.Column(d.SubtitleColumn)
	if c == nil {
		return ""
	}
	return CellText(c, r.Cell(d, c.Name))
}

func notKnownVerb(n int) string {
	if n == 1 {
		return "it matches"
	}
	return "they match"
}

func notKnownThem(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}
