package views

import (
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// Tone is how much something asks for attention. It ends the name of a class:
// "x-pill-warn".
type Tone string

// The tones. Good states are Quiet: only exceptions take colour.
const (
	Quiet Tone = "quiet"
	Muted Tone = "muted" // worth knowing, nothing to mend
	Info  Tone = "info"
	Good  Tone = "ok"
	Warn  Tone = "warn"
	Bad   Tone = "bad"
)

// StateWord returns a state in words.
func StateWord(s entity.State) string {
	switch s {
	case entity.Complete:
		return "Complete"
	case entity.Partial:
		return "Partial"
	case entity.NotPermitted:
		return "Not permitted"
	case entity.NotLicensed:
		return "Not licensed"
	case entity.NotAvailable:
		return "Not available"
	case entity.Throttled:
		return "Throttled"
	case entity.Failed:
		return "Failed"
	case entity.Held:
		return "Held for review"
	default:
		return "Never synced"
	}
}

// StateTone returns how much a state asks for attention.
func StateTone(s entity.State) Tone {
	switch s {
	case entity.Complete:
		return Quiet
	case entity.Partial, entity.NotPermitted, entity.Throttled, entity.Held:
		return Warn
	case entity.Failed:
		return Bad
	default:
		return Muted
	}
}

// StateIcon returns the symbol of a state: colour alone never tells it.
func StateIcon(s entity.State) string {
	switch s {
	case entity.Complete:
		return "circle-check"
	case entity.Partial:
		return "alert-circle"
	case entity.NotPermitted:
		return "lock"
	case entity.NotLicensed:
		return "license-off"
	case entity.NotAvailable:
		return "cloud-off"
	case entity.Throttled:
		return "hourglass"
	case entity.Failed:
		return "circle-x"
	case entity.Held:
		return "hand-stop"
	default:
		return "circle-dashed"
	}
}

// StateView is a state as a label shows it.
type StateView struct {
	Kind      string // for data-testid; empty for a part's label
	State     entity.State
	AsOf      time.Time // last complete list, zero when there was none
	Attempted time.Time
	Needs     []string
	RetryAt   time.Time
	Syncing   bool
	Now       time.Time
}

// StateOf is the state of an entity for a label.
func StateOf(now time.Time, s store.EntityState) StateView {
	return StateView{
		Kind:      s.Def.Kind,
		State:     s.State,
		AsOf:      s.AsOf,
		Attempted: s.AttemptedAt,
		Needs:     s.Needs,
		RetryAt:   s.RetryAt,
		Syncing:   s.Syncing,
		Now:       now,
	}
}

// Needed names what is missing: "needs User.Read.All". Empty when nothing is.
func (v StateView) Needed() string {
	if len(v.Needs) == 0 {
		return ""
	}
	return "needs " + strings.Join(v.Needs, ", ")
}
