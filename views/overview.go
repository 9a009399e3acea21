package views

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/claim"
	"github.com/securatlas/securatlas/syncer/entity"
)

// Overview is the first page of a tenant: what is known about it, how old that
// is, and what needs somebody.
type Overview struct {
	Page        Page
	Tenant      store.Tenant
	Integration *store.Integration // nil when never connected
	LastRun     *RunLine           // the newest, running or not; nil when there was none
	States      []store.EntityState
	Attention   []Attention
	Figures     []Figure
	Breakdowns  []Breakdown
	Trends      []Trend
	Meters      []MeterList
	Facts       []Fact
	Changes     []ChangeLine
}

// Attention is something that somebody should mend.
type Attention struct {
	Tone   Tone
	Text   string
	Detail string
	Href   string // where it is mended
	Cure   string // label of that link
}

// Basis is what a tile rests on. A tile of which nothing was read shows no
// number; one whose evidence is old or incomplete shows what was last known,
// and says how old it is and why.
type Basis struct {
	claim.Evidence
	Now time.Time
}

// Known reports whether the tile can be shown.
func (b Basis) Known() bool { return b.Certainty != claim.Unknown }

// Figure is a number of the overview.
type Figure struct {
	claim.Figure
	Now  time.Time
	Href string
}

// Known reports whether there is a number to show.
func (f Figure) Known() bool { return f.Certainty != claim.Unknown }

// OnlyUnknown reports whether nothing is known to count and something could
// not be judged: no zero is shown for it.
func (f Figure) OnlyUnknown() bool { return f.Known() && f.Value == 0 && f.Unknown > 0 }

// Cut reports whether rows may be missing, beside those that could not be
// judged: a list was never read to its end.
func (f Figure) Cut() bool { return f.Certainty == claim.AtLeast && f.AsOf.IsZero() }

// UnknownText says how many could not be judged: "2 not reported".
func (f Figure) UnknownText() string { return Num(f.Unknown) + " " + f.Figure.Figure.NotKnown }

// Warns reports whether the number deserves a look.
func (f Figure) Warns() bool { return f.Figure.Figure.Warn && f.Value+f.Unknown > 0 }

// dataValue is the number for a program, "" where none is known.
func (f Figure) dataValue() string {
	if !f.Known() {
		return ""
	}
	return strconv.Itoa(f.Value)
}

// Breakdown shows how the rows of an entity divide by a column.
type Breakdown struct {
	Basis
	Label    string
	Noun     string
	Segments []Segment
	Href     string
}

// Segment is one value of a breakdown.
type Segment struct {
	Label string
	Count int
	Href  string
}

// Total is the number of rows of a breakdown.
func (b Breakdown) Total() int {
	n := 0
	for _, s := range b.Segments {
		n += s.Count
	}
	return n
}

// Share is a segment's share in percent: "38.2%".
func (b Breakdown) Share(i int) string {
	return fmt.Sprintf("%.1f%%", 100*float64(b.Segments[i].Count)/float64(max(b.Total(), 1)))
}

// Summary is the breakdown in words, for those who do not see the ring.
func (b Breakdown) Summary() string {
	parts := make([]string, len(b.Segments))
	for i, s := range b.Segments {
		parts[i] = fmt.Sprintf("%s %s (%s)", s.Label, Num(s.Count), b.Share(i))
	}
	return b.Label + ": " + strings.Join(parts, ", ")
}

// The ring of a breakdown: its radius and the gap between two segments, in
// units of its 128 wide view box.
const (
	ringRadius = 52.0
	ringGap    = 2.5
)

// Dash is the dash pattern that draws a segment on the ring, and DashOffset
// where it begins.
func (b Breakdown) Dash(i int) string {
	around := 2 * math.Pi * ringRadius
	length := around * float64(b.Segments[i].Count) / float64(max(b.Total(), 1))
	if len(b.Segments) > 1 {
		length = max(length-ringGap, 0.5)
	}
	return fmt.Sprintf("%.2f %.2f", length, around)
}

// DashOffset is where a segment begins on the ring.
func (b Breakdown) DashOffset(i int) string {
	before := 0
	for _, s := range b.Segments[:i] {
		before += s.Count
	}
	return fmt.Sprintf("%.2f", -2*math.Pi*ringRadius*float64(before)/float64(max(b.Total(), 1)))
}

// MeterList shows how much of something is used, row by row.
type MeterList struct {
	Basis
	Label  string
	Meters []Meter
	More   int // meters that are left out
	// Unknown are rows of which Microsoft does not say how much is used, or of
	// how much.
	Unknown int
	Href    string
}

// Meter is one row of a MeterList.
type Meter struct {
	Label     string
	Used, Of  int64
	Warn      bool
	Href      string
	Shortfall int64 // how many more are used than there are
}

// Fact is one value that matters by itself.
type Fact struct {
	Basis
	Icon, Label string
	Cell        Cell
	Href        string
}

// Connected reports whether the tenant has a credential.
func (o Overview) Connected() bool { return o.Integration != nil && o.Integration.Connected }

// NothingYet reports whether there is nothing to show but the way to begin.
func (o Overview) NothingYet() bool {
	return o.Integration == nil && !slices.ContainsFunc(o.States, func(s store.EntityState) bool {
		return s.Rows > 0 || s.State != entity.Never
	})
}

// Groups are the entities under their headings.
func (o Overview) Groups() []NavGroup {
	return navGroups(o.States)
}

// StateFor returns the state of an entity.
func (o Overview) StateFor(d *entity.Def) store.EntityState {
	for _, s := range o.States {
		if s.Def == d {
			return s
		}
	}
	return store.EntityState{Def: d, State: entity.Never}
}

// Path returns an address below the tenant.
func (o Overview) Path(segments ...string) string { return TenantPath(o.Tenant.Slug, segments...) }

func segmentClass(i int) string { return "x-seg-" + strconv.Itoa(min(i, 5)) }

func severityWord(t Tone) string {
	switch t {
	case Bad:
		return "High"
	case Warn:
		return "Med"
	default:
		return "Low"
	}
}

func severityClass(t Tone) string {
	switch t {
	case Bad:
		return "x-sev-h"
	case Warn:
		return "x-sev-m"
	default:
		return "x-sev-l"
	}
}
