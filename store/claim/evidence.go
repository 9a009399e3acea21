// Package claim is what SecurAtlas says about a tenant and on what evidence: a
// number, how well it is known, as of when, whether that is the newest there
// could be, and what is missing. Every page, export and command takes these
// from here, so that none is bolder than another.
package claim

import (
	"slices"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// Certainty is how well a value was known at its as-of.
type Certainty string

// The certainties.
const (
	Known   Certainty = "known"
	AtLeast Certainty = "at_least" // there may be more
	AtMost  Certainty = "at_most"  // some may be none
	Unknown Certainty = "unknown"  // nothing that decides it was read
)

// Evidence is how far what was read supports a claim.
type Evidence struct {
	Certainty Certainty
	// AsOf is the oldest of what the claim rests on, what could not be read
	// again included; zero where some of it was never read to its end.
	AsOf time.Time
	// Current is false where a newer attempt at any of it failed, was refused,
	// or waits for a person.
	Current bool
	// Why says what is not as it should be, one sentence part each.
	Why []string
	// Needs are permissions and licences that would mend it.
	Needs []string
}

// WhyText is Why in one line.
func (e Evidence) WhyText() string { return strings.Join(e.Why, "; ") }

// ingredient is one of the things that a claim rests on: a list that makes
// rows, or a part that fills a column.
type ingredient struct {
	title  string // "" for the entity's own list
	state  entity.State
	asOf   time.Time
	needs  []string
	why    string // "" where the state says it
	read   bool   // some of it was read, if not to its end
	spared bool   // Microsoft has never had anything to give there: said, and no flaw
}

// On gathers the evidence for what is said of an entity's rows by some of its
// columns. states are those of all entities of the tenant.
func On(states []store.EntityState, def *entity.Def, columns ...string) Evidence {
	b := basis{states: states, def: def, columns: columns}
	if def.Derived() {
		b.derived()
	} else {
		b.stored()
	}
	return b.evidence()
}

// basis gathers the ingredients of a claim.
type basis struct {
	states      []store.EntityState
	def         *entity.Def
	columns     []string
	ingredients []ingredient
}

// state is that of an entity; one that the catalogue lacks was never read.
func (b *basis) state(kind string) store.EntityState {
	i := slices.IndexFunc(b.states, func(s store.EntityState) bool { return s.Def.Kind == kind })
	if i < 0 {
		return store.EntityState{State: entity.Never}
	}
	return b.states[i]
}

// stored adds the entity's list, and the further parts of the columns.
func (b *basis) stored() {
	s := b.state(b.def.Kind)
	b.add(listOf(s, ""))
	for _, name := range b.columns {
		b.addColumn(s, name)
	}
}

// derived adds the lists of the sources, and what fills the columns.
func (b *basis) derived() {
	for _, kind := range b.def.From {
		s := b.state(kind)
		add := b.def.Addition(kind)
		switch {
		case add == nil:
			b.add(listOf(s, s.Def.Title))
		case add.Name != "":
			list := listOf(s, add.Title)
			list.spared = add.Spares(s.State) && list.asOf.IsZero()
			// Without these rows there may be more than those that are counted.
			list.read = true
			b.add(list)
		case b.uses(kind):
			b.add(listOf(s, s.Def.Title))
		}
		for _, name := range b.columns {
			if c := b.def.Column(name); c != nil && (c.From == kind || c.From == "" && len(b.def.From) == 1) {
				b.addColumn(s, name)
			}
		}
	}
	b.computed()
}

// computed adds what is computed from the sources, which may be older than they
// are, and what such a column of another entity rests on.
func (b *basis) computed() {
	own, beside := b.state(b.def.Kind), b.state(b.def.Beside)
	for _, name := range b.columns {
		if c := b.def.Column(name); c == nil || c.From != "" || len(c.Refs) > 0 {
			continue
		}
		for _, gap := range own.Columns {
			if gap.Column == name && gap.Why != "" && gap.State != entity.Complete {
				b.add(ingredient{title: b.def.Column(name).Label, state: gap.State, asOf: gap.AsOf, needs: gap.Needs, why: strings.TrimSuffix(gap.Why, "."), read: true})
			}
		}
		if beside.Def != nil && beside.Def.Column(name) != nil {
			rests := basis{states: b.states, def: beside.Def, columns: []string{name}}
			rests.derived()
			for _, i := range rests.ingredients {
				b.add(i)
			}
		}
	}
	whole := !slices.ContainsFunc(b.ingredients, func(i ingredient) bool { return i.state != entity.Complete && !i.spared })
	if whole && own.State != entity.Complete && own.Problem != nil {
		b.add(ingredient{state: own.State, asOf: own.AsOf, needs: own.Needs, why: strings.TrimSuffix(own.Problem.Message, "."), read: true})
	}
}

// uses reports whether one of the columns is from a source.
func (b *basis) uses(kind string) bool {
	return slices.ContainsFunc(b.columns, func(name string) bool {
		c := b.def.Column(name)
		return c != nil && c.From == kind
	})
}

// addColumn adds the further part that fills a column, and what is said of the
// column alone.
func (b *basis) addColumn(s store.EntityState, name string) {
	if s.Def == nil {
		return
	}
	c := s.Def.Column(name)
	if c == nil {
		return
	}
	title := c.Label
	if p := s.Def.Part(c.Part); p != nil && p.Title != "" {
		title = p.Title
	}
	for i, p := range s.Parts {
		if i > 0 && p.Part == c.Part {
			further := ingredient{title: title, state: p.State, asOf: p.SettledAt, needs: p.Needs, read: p.Pages > 0 && p.State != entity.NotPermitted}
			for _, gap := range s.Columns {
				if gap.Column == name {
					further.why = strings.TrimSuffix(gap.Why, ".")
				}
			}
			b.add(further)
			return
		}
	}
	for _, gap := range s.Columns {
		if gap.Column == name && gap.Rows == "" && gap.State != entity.Complete {
			b.add(ingredient{title: c.Label, state: gap.State, asOf: gap.AsOf, needs: gap.Needs, why: strings.TrimSuffix(gap.Why, "."), read: true})
		}
	}
}

// listOf is the list that makes an entity's rows.
func listOf(s store.EntityState, title string) ingredient {
	i := ingredient{title: title, state: s.State, asOf: s.AsOf, needs: s.Needs, read: s.Rows > 0}
	if len(s.Parts) > 0 {
		i.asOf = s.Parts[0].SettledAt
	}
	return i
}

func (b *basis) add(i ingredient) {
	same := func(o ingredient) bool { return o.title == i.title && o.state == i.state }
	if !slices.ContainsFunc(b.ingredients, same) {
		b.ingredients = append(b.ingredients, i)
	}
}

// evidence sums the ingredients up.
func (b *basis) evidence() Evidence {
	e := Evidence{Certainty: Known, Current: true}
	dated := false
	for _, i := range b.ingredients {
		if i.state != entity.Complete {
			e.Why = append(e.Why, i.reason())
		}
		if i.spared {
			continue
		}
		if i.state != entity.Complete {
			e.Current = false
			for _, need := range i.needs {
				if !slices.Contains(e.Needs, need) {
					e.Needs = append(e.Needs, need)
				}
			}
		}
		if i.asOf.IsZero() {
			e.Certainty = weaker(e.Certainty, i.read)
		}
		if !dated || i.asOf.Before(e.AsOf) {
			e.AsOf, dated = i.asOf, true
		}
	}
	return e
}

// weaker is a certainty where something was never read to its end.
func weaker(c Certainty, read bool) Certainty {
	if c == Unknown || !read {
		return Unknown
	}
	return AtLeast
}

// reason says why an ingredient is not complete: "Sign-in activity: needs
// AuditLog.Read.All".
func (i ingredient) reason() string {
	text := i.why
	if text == "" {
		text = Reason(i.state, i.needs)
	}
	if i.title == "" {
		return text
	}
	return i.title + ": " + text
}

// Reason says in a few words why something is not complete: "needs
// User.Read.All".
func Reason(state entity.State, needs []string) string {
	if len(needs) > 0 {
		return "needs " + strings.Join(needs, ", ")
	}
	switch state {
	case entity.Never:
		return "never synced"
	case entity.Partial:
		return "the newest list is incomplete"
	case entity.Held:
		return "removals wait for review"
	case entity.NotPermitted:
		return "not permitted"
	case entity.NotLicensed:
		return "not licensed"
	case entity.NotAvailable:
		return "not available"
	case entity.Throttled:
		return "throttled by Microsoft"
	default:
		return "the newest attempt failed"
	}
}
