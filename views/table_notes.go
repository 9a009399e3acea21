package views

import (
	"slices"
	"strings"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// ViewLink is one of the two ways to open a table that has a view of its own.
type ViewLink struct {
	Title, URL string
	Active     bool
}

// SourceNote says what the rows of a table are and are not where that is more
// than its state tells: which source they were read from, since when a log
// is covered and what it lacks. Empty where there is nothing to say.
func SourceNote(s store.EntityState) string {
	if s.Def.Derived() || len(s.Parts) == 0 {
		return ""
	}
	var notes []string
	declared, known := &s.Def.Parts[0], s.Parts[0]
	if known.Lines.Shown && s.State != entity.Never {
		notes = append(notes, store.LinesText(s.Def, known.Lines.Number))
	}
	if other := declared.Else; other != nil && known.Source == other.Resource {
		note := "Read from " + other.Resource.Title() + "."
		if names := Needs(declared); names != "" {
			note += " " + declared.Resource.Title() + " would show more: it needs " + names + "."
		}
		notes = append(notes, note)
	}
	if from := known.Reach.From; !from.IsZero() {
		notes = append(notes, "Covers the time since "+DateTime(from)+".")
	}
	for _, span := range known.Lost {
		notes = append(notes, "Lacks some or all of what became available between "+DateTime(span.From)+" and "+DateTime(span.To)+": it was not read while Microsoft kept it.")
	}
	return strings.Join(notes, " ")
}

// Needs names the permissions that a part needs, the preferred of each set.
func Needs(p *entity.Part) string {
	var names []string
	for _, any := range p.Needs {
		names = append(names, any[0])
	}
	return strings.Join(names, ", ")
}

// Notices are those of the entity that are about all rows which there are: a
// row with another value shows that they do not hold.
func Notices(d *entity.Def, facets map[string][]store.Facet) (said []entity.Notice) {
	for _, n := range d.Notices {
		has := func(other bool) bool {
			return slices.ContainsFunc(facets[n.Column], func(f store.Facet) bool {
				return f.Rows > 0 && f.Value != "" && (f.Value != n.Value) == other
			})
		}
		if has(false) && !has(true) {
			said = append(said, n)
		}
	}
	return said
}
