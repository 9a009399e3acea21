// Package entity says what an entity is: a kind of thing that is synced from
// Microsoft, the parts it is read in, and its columns. Everything else
// (fetching, permission check, table, filters, export, docs) follows from
// these values. It is the leaf of the module: it imports the standard library
// only, so that store, views and handlers can use it without linking the SDK.
package entity

import (
	"net/url"
	"strings"
	"time"
	"unicode"
)

// Group is the heading under which an entity is listed.
type Group string

// The groups, in the order in which pages list them.
const (
	Identity      Group = "Identity"
	Devices       Group = "Devices"
	Threats       Group = "Threats"
	Collaboration Group = "Collaboration"
	Activity      Group = "Activity"
)

// Groups lists the groups in the order in which pages show them.
var Groups = []Group{Identity, Devices, Threats, Collaboration, Activity}

// Resource is an API of Microsoft that needs a token of its own.
type Resource string

// The resources. Their names are those of the command line's JSON.
const (
	Graph      Resource = "graph"
	Defender   Resource = "defender"
	Management Resource = "management"
)

// Resources lists them, those that SecurAtlas needs most first.
var Resources = []Resource{Graph, Defender, Management}

// Title is what pages and problems call the resource.
func (r Resource) Title() string {
	switch r {
	case Defender:
		return "Microsoft Defender for Endpoint"
	case Management:
		return "Office 365 Management APIs"
	default:
		return "Microsoft Graph"
	}
}

// APIName is what Entra calls the resource where permissions are added.
func (r Resource) APIName() string {
	if r == Defender {
		return "WindowsDefenderATP"
	}
	return r.Title()
}

// Throttle names one of Microsoft's documented throttling scopes. All parts of
// a scope share one limiter for each cloud, directory and host.
type Throttle string

// The throttling scopes; the limits are in syncer/microsoft/pace.go.
const (
	ThrottleDirectory  Throttle = "directory"
	ThrottleReports    Throttle = "reports"
	ThrottlePolicy     Throttle = "policy" // Conditional Access and Identity Protection
	ThrottleIntune     Throttle = "intune"
	ThrottleSecurity   Throttle = "security"
	ThrottleDefender   Throttle = "defender"
	ThrottleUsage      Throttle = "usage_reports"
	ThrottleServiceCom Throttle = "service_communications"
	ThrottleManagement Throttle = "management"
)

// Mode is how a part is read.
type Mode string

// The modes.
const (
	// Full reads the whole list; what a complete list lacks is removed.
	Full Mode = "full"
	// Window reads what was added or changed since the last time, by a time
	// that each object carries. Nothing is removed, since a window is no list
	// of all there is; rows go when they are too old to be kept.
	Window Mode = "window"
	// Snapshot reads what is offered today and keeps what was offered before:
	// a score and its history.
	Snapshot Mode = "snapshot"
)

// Def declares one entity.
type Def struct {
	Kind     string // table, URL segment, CLI and export name: "users"
	Title    string // "Users"
	Singular string // "user"
	Doc      string // one or two sentences for docs/entities.md and the table's page
	Group    Group
	Icon     string // a symbol of static/icons.svg

	// Parts are the sources of the columns. The first makes the rows, the
	// others fill columns of rows that exist. Empty for a derived entity.
	Parts []Part

	// From lists the kinds that a derived entity is computed from; its
	// migration makes a view of the same name. Syncing it syncs these.
	From []string

	// Adds are those of From without which the others still stand; the rest are
	// essential.
	Adds []Addition

	// Judges is set for a derived entity that says something computed of each
	// row of one of its sources, by the same id: that source's kind. Its values
	// are stored, their changes are noted under its own kind, and the history of
	// a row that is judged has them too.
	Judges string

	// Beside is set for a derived entity whose rows have the verdict of another
	// one beside them: that one's kind.
	Beside string

	// Omits is what a derived entity leaves out that somebody may look for in it.
	Omits []Omission

	// Refs name the kinds whose rows stand for the same object of Microsoft's,
	// by the same id: a registration has the id of its user.
	Refs []Ref

	// Absent is said on the page of an object that Refs lead to where this
	// entity was read completely and has no row for it: "Not reported by
	// Microsoft". Empty where that says nothing.
	Absent string

	Columns []Column

	// TitleColumn and SubtitleColumn make the two-line first cell.
	TitleColumn, SubtitleColumn string
	// TitleElse is the column that names a row whose title is empty, and its id
	// where that is empty too: an assignment to a principal that was deleted.
	TitleElse string

	// NoteColumn is shown beside a row where it is listed among those that refer
	// to another row: what a member is to a group. It may be empty.
	NoteColumn string

	// DefaultSort is the column a table is sorted by when nobody asks,
	// descending where DefaultDesc is true.
	DefaultSort string
	DefaultDesc bool

	// View is what a table shows when nobody asks for anything; nil is all rows.
	View *View

	// Notices are said above the table while rows have what they are about.
	Notices []Notice

	// Figures are the numbers that the overview says of the entity.
	Figures []Figure

	// AllowEmpty says that an empty list is a normal day, so that rows go at
	// once when a complete list is empty.
	AllowEmpty bool

	// First says that the entity is read before the others, because their
	// parts are judged by its rows (licences).
	First bool

	// PortalPath is the page of the Entra admin center for one row, "{id}"
	// standing for its id, without the portal's host; empty when there is none.
	PortalPath string
}

// View narrows a table to the rows that most people open it for.
type View struct {
	Title string // "Open, high or critical"
	Query string // conditions, as a table's query string has them
}

// Notice is something about the data that whoever reads the table must know.
type Notice struct {
	Column string // with a Choice filter, whose values are counted
	Value  string // that all rows have, but for those where it is empty
	Title  string // a short sentence
	Text   string // full sentences: what follows from it, and what changes it
}

// Omission is what a derived entity leaves out: it is said where another kind
// has rows with one value of a column that has a Choice filter. What several
// kinds tell of may have the same name, and is said once.
type Omission struct {
	Name, Title string // "deleted_principals", "Assignments of deleted principals"
	Kind        string
	Column      string
	Value       string // "" = no value
	Text        string // full sentences
}

// Derived reports whether the entity is computed from others.
func (d *Def) Derived() bool { return len(d.From) > 0 }

// HasChanges reports whether changes are noted under the entity's own kind.
func (d *Def) HasChanges() bool { return !d.Derived() || d.Judges != "" }

// Addition is a source of a derived entity that only adds to what the others
// say: columns and, where Name is set, rows.
type Addition struct {
	Kind string
	// Name and Title name the rows that it adds: "eligible_assignments" where a
	// program reads it, "Eligible assignments" on pages.
	Name, Title string
}

// Spares reports whether the entity is whole, but for a gap that is named,
// while the source is in a state: columns that were not read are a gap at any
// time, rows only where Microsoft has none to give without a licence or in this
// cloud. Rows that could be there and were not read leave the entity as
// incomplete as its source.
func (a Addition) Spares(s State) bool {
	return a.Name == "" || s == NotLicensed || s == NotAvailable
}

// Addition returns what a source adds, or nil where it is essential.
func (d *Def) Addition(kind string) *Addition {
	for i := range d.Adds {
		if d.Adds[i].Kind == kind {
			return &d.Adds[i]
		}
	}
	return nil
}

// Column returns the column of that name, or nil.
func (d *Def) Column(name string) *Column {
	for i := range d.Columns {
		if d.Columns[i].Name == name {
			return &d.Columns[i]
		}
	}
	return nil
}

// Part returns the part of that name, or nil.
func (d *Def) Part(name string) *Part {
	for i := range d.Parts {
		if d.Parts[i].Name == name {
			return &d.Parts[i]
		}
	}
	return nil
}

// PartColumns returns the columns that a part fills, in declared order.
func (d *Def) PartColumns(part string) []Column {
	var cols []Column
	for _, c := range d.Columns {
		if c.Part == part {
			cols = append(cols, c)
		}
	}
	return cols
}

// Part is one source of an entity's columns.
type Part struct {
	Name     string // "list", "sign_in_activity"
	Title    string // "Sign-in activity"
	Resource Resource
	Beta     bool   // Graph's beta instead of v1.0
	Path     string // "/users"
	// Then are paths of further lists of the same part, read one after the
	// other with the same query. The part is complete when all of them are.
	Then     []string
	Query    url.Values // $filter, $top …; $select comes from the columns
	NoSelect bool       // the collection is polymorphic or refuses $select
	// Headers are sent with every page: links do not carry them.
	Headers map[string]string
	// Singleton is true where Microsoft answers one object and not a list.
	Singleton bool
	// Needs are the permissions: of each AnyOf one suffices, all AnyOf must hold.
	Needs []AnyOf
	// Licence that Microsoft demands, or nil.
	Licence  *Licence
	Throttle Throttle
	Mode     Mode
	// Span is set for the mode Window alone: which time it goes by.
	Span *Span
	// Delta is set where Microsoft tells what changed since a full list.
	Delta *Delta
	// Slow is true for a part that takes many requests and changes little: a
	// refresh leaves it as it is while it is younger than a day.
	Slow bool
	// Sparse is true for a further part that need not have every row: its source
	// is older than the list, or leaves rows out. One that is not must have read
	// every live row of the first part to be complete, and names those that came
	// later.
	Sparse bool
	// Report is true where Microsoft answers with a file of comma-separated
	// values instead of JSON; a column's path is then its heading.
	Report bool
	// NoneIsMissing is true where Microsoft answers 404 for a list without rows:
	// on the first page, with the codes that its documents name for it.
	NoneIsMissing bool
	// Retired is true for an API that Microsoft has announced the end of: it is
	// read while it answers, and any refusal of its first page says that it is no
	// more. Of other APIs only Microsoft's explicit words say so.
	Retired bool
	// Skip reports whether an object is no row of the entity; nil skips none.
	Skip func(o Object) bool
	// ID makes a row's id; nil is the property "id". An object without an id
	// (see NoID) is an error, unless Microsoft may conceal it.
	ID func(o Object) string
	// IDUses are the headings that the ID of a report's line is made of: without
	// them the report cannot be read.
	IDUses []string
	// Conceals is set where Microsoft may conceal what an object is.
	Conceals *Concealment
	// Roster is true for a further part whose list makes rows too: an object is
	// there while this list or the first part's has it. It is read before the
	// first part, which decides about rows that neither has shown.
	Roster bool
	// NoRow reports whether an object of a roster makes no row; nil: all do.
	NoRow func(o Object) bool
	// Lesser reports whether an object must not take the place of another with
	// the same id: it fills a row that has nothing of the part yet.
	Lesser func(o Object) bool
	// Else is another source of the same rows, read instead where Microsoft
	// refuses this one. Its Path, Resource, Query, Needs, Licence, Throttle,
	// Span and ID count; the columns name its properties by their Else.
	Else *Part
	// Fan is set where the part is read once for each row of an entity.
	Fan *Fan
	// Feed is set where the part is read from Microsoft's activity feed.
	Feed *Feed

	other bool // it is the Else of a part
}

// Sources are the part itself and, where it has one, its other source.
func (p *Part) Sources() []*Part {
	if p.Else != nil {
		return []*Part{p, p.Else}
	}
	return []*Part{p}
}

// Span says how a window is read.
type Span struct {
	// Property is the time that the window goes by: "activityDateTime".
	Property string
	// Column holds it; rows are kept by it.
	Column string
	// First is how far back the first window goes; 0 is as far as Microsoft
	// keeps the data.
	First time.Duration
	// Overlap is read again before the end of the last window, since objects
	// turn up late. Rows are told apart by their ids.
	Overlap time.Duration
	// Late is read again instead by a full run, every night: Microsoft names no
	// bound for how late it shows an object. It is not below Overlap.
	Late time.Duration
	// Slice is the longest window that is asked for at once, the oldest first,
	// so that a cut one goes on where it stopped; 0 is no limit.
	Slice time.Duration
	// Keep is how long rows are kept; 0 is for ever.
	Keep time.Duration
}

// Paths are the paths of a part's lists, in the order in which they are read.
func (p *Part) Paths() []string { return append([]string{p.Path}, p.Then...) }

// AnyOf is a set of permissions of which one suffices, the preferred first.
type AnyOf []string

// Licence is a product that a part's source demands.
type Licence struct {
	Name string // "Microsoft Entra ID P1"
	// ServicePlans are the service plan ids of which one in an active
	// subscription proves the licence
	// (learn.microsoft.com/entra/identity/users/licensing-service-plan-reference).
	ServicePlans []string
}

// Select returns the value of $select for a part: id and the first segment of
// each path that its columns read, once; empty where the part takes no $select.
// Annotations such as @odata.type are no properties and come by themselves.
func (d *Def) Select(part string) string { return d.SelectOf(d.Part(part)) }

// SelectOf is Select for a part, or for its other source, which takes none.
func (d *Def) SelectOf(p *Part) string {
	if p == nil || p.NoSelect || p.Report || p.other {
		return ""
	}
	seen := map[string]bool{"id": true}
	props := []string{"id"}
	for _, c := range d.PartColumns(p.Name) {
		for _, path := range c.Reads() {
			prop, _, _ := strings.Cut(path, ".")
			if !seen[prop] && !strings.HasPrefix(prop, "@") {
				seen[prop] = true
				props = append(props, prop)
			}
		}
	}
	return strings.Join(props, ",")
}

// Type is the type of a column's values.
type Type string

// The types. Time values are kept and exported as Microsoft sent them (ISO
// 8601, UTC), since rounding would lose digits; they sort as text.
const (
	Text Type = "text"
	Bool Type = "bool"
	Int  Type = "int"
	Real Type = "real"
	Time Type = "time"
	List Type = "list" // a JSON array of strings or objects
	JSON Type = "json" // a JSON object
)

// Filter is how a table can be narrowed by a column.
type Filter string

// The filters. Empty means that the column has none.
const (
	NoFilter Filter = ""
	Choice   Filter = "choice"   // one of the values that occur
	Contains Filter = "contains" // text or a list's element contains
	Flag     Filter = "flag"     // true, false, not set
	Range    Filter = "range"    // number or time from, to
)

// Column is one column of an entity.
type Column struct {
	Path   string // Graph property path: "signInActivity.lastSignInDateTime"
	Name   string // snake_case of Path unless given: table column and export name
	Label  string // "Last sign-in"
	Doc    string // what Microsoft means by it, where the label does not say it
	Type   Type
	Part   string // the part that fills it; the first part unless given
	Filter Filter
	// Sort is true where the migration has an index (tenant_id, column).
	Sort bool
	// Search is true where the table's search looks into the column.
	Search bool
	// Shown is true where the table shows the column without being asked.
	Shown bool
	// Volatile columns are updated but make no change entry.
	Volatile bool
	// As says how pages show a value that is not shown as it is.
	As As
	// Words replaces raw values by what an admin reads ("true" → "Enabled").
	Words map[string]string

	// Else is the path in the part's other source; empty where that has no such
	// property. A computed column gets that source's objects as they are.
	Else string
	// Alerts are raw values that deserve a look: tables give them colour.
	Alerts []string

	// Compute makes the value of a column without a Path from the whole object
	// and the time of reading; the value is a cell of the column's type (see
	// Row). Uses are the paths that it reads.
	Compute func(o Object, now time.Time) any
	Uses    []string
	// Refs name the kinds that the value, or each element of a list, may be an
	// id of: a principal is a user, a group or a service principal. Where the
	// row exists, pages link to it. The migration needs an index
	// (tenant_id, column) unless the column is a list or the entity derived.
	Refs []Ref
	// From is the source that fills a column of an entity derived from several.
	From string
	// Empty is what the absence of a value means where that is more than "not
	// set": "Not reported by Microsoft".
	Empty string
	// Ahead is true for times that lie ahead, such as an expiry: pages say how
	// long until then, and filters offer the coming days.
	Ahead bool
}

// Word is what an admin reads instead of a raw value; ok is false where the value
// is shown as it is. Microsoft's services spell some values in either letter
// case.
func (c *Column) Word(raw string) (word string, ok bool) {
	if word, ok = c.Words[raw]; ok {
		return word, true
	}
	for value, word := range c.Words {
		if strings.EqualFold(value, raw) {
			return word, true
		}
	}
	return "", false
}

// As is how pages show a value.
type As string

// The ways to show a value.
const (
	AsHTML  As = "html"  // a text with markup: its words alone
	AsBytes As = "bytes" // a number of bytes: in the unit that fits
)

// Ref leads to rows of a kind.
type Ref struct {
	Kind string
	By   string // the column that is compared, one that can be sorted by; the id when empty
	// Account is true where By holds user principal names, which other lists
	// spell in other ways (see HomeName and GuestName).
	Account bool
}

// Reads are the paths of an object that the column is made from.
func (c *Column) Reads() []string {
	if c.Compute != nil {
		return c.Uses
	}
	return []string{c.Path}
}

// SnakeCase turns a Graph property path into a column name:
// "signInActivity.lastSignInDateTime" → "sign_in_activity_last_sign_in_date_time".
func SnakeCase(path string) string {
	var b strings.Builder
	rs := []rune(path)
	for i, r := range rs {
		switch {
		case r == '.' || r == '@':
			if b.Len() > 0 {
				b.WriteByte('_')
			}
		case unicode.IsUpper(r):
			prevLower := i > 0 && (unicode.IsLower(rs[i-1]) || unicode.IsDigit(rs[i-1]))
			prevUpper := i > 0 && unicode.IsUpper(rs[i-1])
			nextLower := i+1 < len(rs) && unicode.IsLower(rs[i+1])
			if prevLower || (prevUpper && nextLower) {
				b.WriteByte('_')
			}
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
