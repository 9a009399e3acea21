package views

import (
	"strconv"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// RunsView is the list of a tenant's syncs.
type RunsView struct {
	Page   Page
	Tenant store.Tenant
	Runs   []RunLine
	Pager  PagerView
}

// RunView is one sync.
type RunView struct {
	Page   Page
	Tenant store.Tenant
	Run    RunLine
	Groups []RunGroup
}

// RunGroup is the parts of one entity in a run.
type RunGroup struct {
	Def   *entity.Def
	Href  string // the entity's table
	Parts []PartLine
}

// RunLine is a run with what pages say about it.
type RunLine struct {
	store.Run
	Now  time.Time
	Href string
}

// NewRunLine is a run as pages show it.
func NewRunLine(now time.Time, t store.Tenant, r store.Run) RunLine {
	return RunLine{Run: r, Now: now, Href: TenantPath(t.Slug, "syncs", strconv.FormatInt(r.ID, 10))}
}

// NewRunGroups puts the parts of a run under their entities, in catalogue
// order. A kind that the catalogue no longer has is left out.
func NewRunGroups(t store.Tenant, c *entity.Catalogue, r store.Run) []RunGroup {
	var groups []RunGroup
	for _, d := range c.Defs {
		g := RunGroup{Def: d, Href: TenantPath(t.Slug, "data", d.Kind)}
		for _, p := range r.Parts {
			if p.Kind == d.Kind {
				g.Parts = append(g.Parts, PartLine{RunPart: p, Def: d})
			}
		}
		if len(g.Parts) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// Running reports whether the run is under way.
func (r RunLine) Running() bool { return r.Status == store.RunRunning }

// Took is how long the run lasted, or has lasted so far.
func (r RunLine) Took() time.Duration {
	end := r.EndedAt
	if end.IsZero() {
		end = r.Now
	}
	return max(end.Sub(r.StartedAt), 0)
}

// StatusWord is the run's status in words.
func (r RunLine) StatusWord() string {
	switch r.Status {
	case store.RunRunning:
		return "Running"
	case store.RunComplete:
		return "Complete"
	case store.RunPartial:
		return "Partial"
	case store.RunFailed:
		return "Failed"
	default:
		return "Interrupted"
	}
}

// StatusTone is how much the run's status asks for attention.
func (r RunLine) StatusTone() Tone {
	switch r.Status {
	case store.RunComplete:
		return Quiet
	case store.RunRunning:
		return Info
	case store.RunFailed:
		return Bad
	default:
		return Warn
	}
}

// StatusIcon is the symbol of the run's status.
func (r RunLine) StatusIcon() string {
	switch r.Status {
	case store.RunComplete:
		return "circle-check"
	case store.RunRunning:
		return "loader-2"
	case store.RunFailed:
		return "circle-x"
	default:
		return "alert-circle"
	}
}

// TriggerWord says what started the run.
func (r RunLine) TriggerWord() string {
	switch r.Trigger {
	case store.TriggerConnect:
		return "After connecting"
	case store.TriggerManual:
		return "Manual"
	case store.TriggerNightly:
		return "Nightly"
	case store.TriggerCLI:
		return "Command line"
	case store.TriggerStartup:
		return "At start"
	default:
		return string(r.Trigger)
	}
}

// Totals are the sums over the run's parts.
type Totals struct {
	Parts, Done, Pages, Rows, Added, Changed, Removed, Requests, Retries int
	Waited                                                               time.Duration
}

// Totals sums the run's parts. Rows are those of first parts only: further
// parts read the same rows again.
func (r RunLine) Totals(c *entity.Catalogue) Totals {
	t := Totals{Parts: len(r.Parts)}
	for _, p := range r.Parts {
		if p.Phase == store.PhaseDone {
			t.Done++
		}
		if d := c.Def(p.Kind); d != nil && d.Parts[0].Name == p.Part {
			t.Rows += p.Rows
		}
		t.Pages += p.Pages
		t.Added += p.Added
		t.Changed += p.Changed
		t.Removed += p.Removed
		t.Requests += p.Requests
		t.Retries += p.Retries
		t.Waited += p.Waited
	}
	return t
}

// Entities is how many entities the run reads.
func (r RunLine) Entities() int {
	kinds := map[string]bool{}
	for _, p := range r.Parts {
		kinds[p.Kind] = true
	}
	return len(kinds)
}

func (r RunLine) key() string { return strconv.FormatInt(r.ID, 10) }

// scope says what the run reads.
func (v RunView) scope() string {
	text := Count(v.Run.Entities(), "entity", "entities")
	if v.Run.Full {
		text += ", full"
	}
	return text
}

// Person is the account that started the run; empty where the schedule or the
// command line did, as the trigger says.
func (r RunLine) Person() string {
	if strings.Contains(r.By, "@") {
		return r.By
	}
	return ""
}

// Origin says what started the run: "Manual, by lidia@contoso.com".
func (r RunLine) Origin() string {
	if p := r.Person(); p != "" {
		return r.TriggerWord() + ", by " + p
	}
	return r.TriggerWord()
}

// Traffic is what the run cost at Microsoft.
func (t Totals) Traffic() string {
	text := Count(t.Requests, "request", "requests") + ", " + Count(t.Retries, "retry", "retries")
	if t.Waited >= time.Second {
		text += ", waited " + Duration(t.Waited)
	}
	return text
}

// count is a number of what was found. A run that got no page has found
// nothing, which is not the same as zero.
func (t Totals) count(n int) string {
	if t.Pages == 0 {
		return "–"
	}
	return Num(n)
}

// found is a number of what a part has found; a part that got no page knows
// nothing.
func (p PartLine) found(n int) string {
	if !p.KeptFrom.IsZero() || p.Pages == 0 && p.State != entity.Complete {
		return "–"
	}
	return Num(n)
}

// count is a number of a part; a part that has not begun has none yet.
func (p PartLine) count(n int) string {
	if !p.KeptFrom.IsZero() || p.Phase == store.PhaseQueued {
		return "–"
	}
	return Num(n)
}

// phase is the part's phase for scripts and tests: "kept" where it was not read.
func (p PartLine) phase() string {
	if !p.KeptFrom.IsZero() {
		return "kept"
	}
	return p.Phase
}

// keptFrom is when what was kept was read: "03:04 UTC".
func (p PartLine) keptFrom() string { return p.KeptFrom.UTC().Format("15:04") + " UTC" }

func (p PartLine) waited() string {
	if p.Waited < time.Second {
		return "–"
	}
	return Duration(p.Waited)
}
