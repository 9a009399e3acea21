package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// EntityLine is one entity on the integration's card.
type EntityLine struct {
	store.EntityState
	Now      time.Time
	Href     string     // its table
	Progress []PartLine // its parts in the run under way; empty when none runs
}

// PartLine is one part in a run.
type PartLine struct {
	store.RunPart
	Def      *entity.Def
	Expected int // rows that are likely to come, 0 when not known
}

// ID is the element's id: it stays the same from poll to poll, so that only
// what changed is touched.
func (l EntityLine) ID() string { return "entity-" + l.Def.Kind }

// Live reports whether a run is reading the entity or will.
func (l EntityLine) Live() bool {
	for _, p := range l.Progress {
		if p.Phase != store.PhaseDone {
			return true
		}
	}
	return false
}

// Exception reports whether the entity's own state has something to say beside
// its label.
func (l EntityLine) Exception() bool { return StateTone(l.State) != Quiet && l.State != entity.Never }

// Why is what stopped the last attempt, in a sentence.
func (l EntityLine) Why() string {
	switch {
	case l.State == entity.Held:
		if n := heldRows(l.EntityState); n > 0 {
			return Count(n, "row is", "rows are") + " gone from Microsoft's list. Nothing was removed: a person must confirm."
		}
		return "Rows of the list that this one is made from are gone. Nothing was removed: a person must confirm."
	case l.State == entity.NotPermitted && len(l.Needs) > 0:
		return "Needs " + strings.Join(l.Needs, ", ") + "."
	case l.State == entity.NotLicensed && len(l.Needs) > 0:
		return "Needs a licence: " + strings.Join(l.Needs, ", ") + "."
	case l.Problem != nil:
		return sentence(l.Problem.Message)
	case l.State == entity.Throttled && !l.RetryAt.IsZero():
		return "Microsoft asked to wait until " + DateTime(l.RetryAt) + "."
	default:
		return ""
	}
}

// RowsText is the number of rows, or a dash where nobody knows it: a list that
// was never read to its end is not an empty one.
func (l EntityLine) RowsText() string {
	if l.Rows == 0 && l.AsOf.IsZero() {
		return "–"
	}
	return Num(l.Rows)
}

// gaps are the parts that are missing from an entity that was read at all.
func (l EntityLine) gaps() []PartGap {
	if l.State == entity.Never {
		return nil
	}
	return PartGaps(l.EntityState)
}

// gapText says what is missing in columns that another part should have filled.
func (l EntityLine) gapText(g PartGap) string {
	return g.Labels + ": " + GapText(l.Now, &g.ColumnGap)
}

// ID is the element's id, stable from poll to poll.
func (p PartLine) ID() string { return "part-" + p.Kind + "-" + p.Part }

// Title is the part's name for people.
func (p PartLine) Title() string {
	if part := p.Def.Part(p.Part); part != nil && part.Title != "" {
		return part.Title
	}
	return p.Part
}

// Read is what has come so far: "75,000 rows · 76 pages".
func (p PartLine) Read() string {
	if !p.KeptFrom.IsZero() {
		return "Not read again"
	}
	if p.Phase == store.PhaseQueued {
		return "Queued"
	}
	if p.Pages == 0 && p.Phase == store.PhaseRunning {
		return "Asking Microsoft"
	}
	return fmt.Sprintf("%s · %s", Count(p.Rows, "row", "rows"), Count(p.Pages, "page", "pages"))
}

// Fraction is how far the part is, from 0 to 1; known is false where nobody
// knows how much will come.
func (p PartLine) Fraction() (done float64, known bool) {
	switch {
	case p.Phase == store.PhaseDone:
		return 1, true
	case p.Phase == store.PhaseQueued:
		return 0, true
	case p.Expected == 0:
		return 0, false
	default:
		return min(float64(p.Rows)/float64(p.Expected), 0.98), true
	}
}

// Value is the fraction for a progress element, in thousandths.
func (p PartLine) Value() string {
	done, known := p.Fraction()
	if !known {
		return "1000" // a full, pulsing bar: reading, length unknown
	}
	return strconv.Itoa(int(done * 1000))
}

// Class is the look of the part's bar.
func (p PartLine) Class() string {
	_, known := p.Fraction()
	switch {
	case p.Phase == store.PhaseDone && p.State == entity.Complete:
		return "x-e-done"
	case p.Phase == store.PhaseDone:
		return "x-e-short"
	case p.Phase == store.PhaseRunning && !known:
		return "x-e-running x-e-unknown"
	case p.Phase == store.PhaseRunning:
		return "x-e-running"
	default:
		return "x-e-queued"
	}
}

// sentence ends a text with a full stop where it has no ending of its own.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}
