package entity

import (
	"fmt"
	"strings"
)

// Figure is a number that the overview says of an entity: how many of its rows
// meet all of its terms. It is counted three-valued: a row of which a term
// cannot be decided is neither counted nor passed over, it is not known.
type Figure struct {
	Name  string // "stale_accounts": in JSON, and in the page's test id
	Label string // "Stale accounts"
	Note  string // what is counted, in a few words
	Icon  string // a symbol of static/icons.svg
	Warn  bool   // more than none deserves a look
	Terms []Term
	// Distinct counts the different values of a column instead of rows: persons
	// instead of their roles. A person of whom one row meets the terms counts;
	// one of whom none does and some cannot be decided is not known.
	Distinct string
	// NotKnown says of rows that could not be decided why: "not reported".
	NotKnown string
	// Apart counts those of the figure's rows that meet further terms, which
	// whoever reads the figure must know; nil for none.
	Apart *Apart
}

// Apart are rows of a figure that are told apart.
type Apart struct {
	Note  string // after the number: "tried within 90 days"
	Terms []Term // in addition to the figure's own
}

// Term is one demand of a figure. Exactly one of Is, From or To, Empty and Any
// is set.
type Term struct {
	Column string
	// Is are the values that meet it, in any letter case; a Bool has "true" and
	// "false". Not are those that do not; without them every other value is one.
	// A value that is in neither, such as one that Microsoft added lately, is
	// not known.
	Is, Not []string
	// From and To are limits as a table's conditions have them: "-90d", "1".
	From, To string
	// Empty demands that there be no value. What was not read is not empty.
	Empty bool
	// NoneIsNo says that the absence of a value, once read, does not meet the
	// term: an account without a sign-in has no old one. Otherwise it is not
	// known what is absent.
	NoneIsNo bool
	// Any demands one of several terms.
	Any []Term
}

// Columns are the columns that a figure rests on, each once.
func (f *Figure) Columns() []string {
	seen := map[string]bool{}
	var names []string
	var add func([]Term)
	add = func(terms []Term) {
		for _, t := range terms {
			if t.Column != "" && !seen[t.Column] {
				seen[t.Column] = true
				names = append(names, t.Column)
			}
			add(t.Any)
		}
	}
	if f.Distinct != "" {
		seen[f.Distinct] = true
		names = append(names, f.Distinct)
	}
	add(f.Terms)
	if f.Apart != nil {
		add(f.Apart.Terms)
	}
	return names
}

// Relative reports whether the figure goes by the time of the day.
func (f *Figure) Relative() bool {
	var relative func([]Term) bool
	relative = func(terms []Term) bool {
		for _, t := range terms {
			if strings.ContainsAny(t.From+t.To, "hd") || relative(t.Any) {
				return true
			}
		}
		return false
	}
	return relative(f.Terms) || f.Apart != nil && relative(f.Apart.Terms)
}

// Figure returns the figure of that name, or nil.
func (d *Def) Figure(name string) *Figure {
	for i := range d.Figures {
		if d.Figures[i].Name == name {
			return &d.Figures[i]
		}
	}
	return nil
}

// checkFigure finds the mistakes in a figure.
func checkFigure(d *Def, f *Figure) (errs []error) {
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: figure %s %s", d.Kind, f.Name, fmt.Sprintf(format, args...)))
	}
	if !identifier.MatchString(f.Name) || f.Label == "" || f.Icon == "" || f.NotKnown == "" {
		bad("needs a snake_case name, a label, an icon, and words for what is not known")
	}
	if len(f.Terms) == 0 || f.Apart != nil && (len(f.Apart.Terms) == 0 || f.Apart.Note == "" || f.Distinct != "") {
		bad("has no terms, or rows apart that have none")
	}
	for _, name := range f.Columns() {
		if d.Column(name) == nil {
			bad("rests on %q, which is no column", name)
		}
	}
	var check func([]Term)
	check = func(terms []Term) {
		for _, t := range terms {
			demands := 0
			for _, is := range []bool{len(t.Is) > 0, t.From != "" || t.To != "", t.Empty, len(t.Any) > 0} {
				if is {
					demands++
				}
			}
			if demands != 1 || (len(t.Any) > 0) != (t.Column == "") {
				bad("has a term of %q that makes %d demands", t.Column, demands)
			}
			if c := d.Column(t.Column); c != nil && (t.From != "" || t.To != "") && c.Filter != Range {
				bad("has limits for %s, which is no range", t.Column)
			}
			check(t.Any)
		}
	}
	check(f.Terms)
	if f.Apart != nil {
		check(f.Apart.Terms)
	}
	return errs
}
