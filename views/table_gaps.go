package views

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// PartGap is a further part that is not complete, with its columns.
type PartGap struct {
	store.ColumnGap
	Part    string
	Labels  string // of its columns: "Last sign-in, Created"
	Number  int    // of its columns
	Problem *entity.Problem
}

func (g PartGap) gap() *store.ColumnGap { return &g.ColumnGap }

// Summary says how many columns were not read and why: "3 columns: not
// permitted, needs AuditLog.Read.All".
func (g PartGap) Summary() string {
	return Count(g.Number, "column", "columns") + ": " + strings.ToLower(StateWord(g.State)) + needsText(g.Needs)
}

func needsText(needs []string) string {
	if len(needs) == 0 {
		return ""
	}
	return ", needs " + strings.Join(needs, ", ")
}

// PartGaps gathers the columns that were not read by the part that should have.
func PartGaps(s store.EntityState) []PartGap {
	var gaps []PartGap
	for _, gap := range s.Columns {
		c := s.Def.Column(gap.Column)
		if c == nil {
			continue
		}
		part := cmp.Or(c.Part, c.From) // a column of several sources is from a whole one
		i := slices.IndexFunc(gaps, func(g PartGap) bool { return g.Part == part })
		if i >= 0 {
			gaps[i].Labels += ", " + c.Label
			gaps[i].Number++
			continue
		}
		g := PartGap{ColumnGap: gap, Part: part, Labels: c.Label, Number: 1}
		for _, p := range s.Parts {
			if c.Part != "" && p.Part == c.Part || p.Kind == c.From && p.State == gap.State {
				g.Problem = p.Problem
			}
		}
		gaps = append(gaps, g)
	}
	return gaps
}

// Gap returns the gap of a column, or nil when it was read.
func Gap(s store.EntityState, column string) *store.ColumnGap {
	for i := range s.Columns {
		if s.Columns[i].Column == column {
			return &s.Columns[i]
		}
	}
	return nil
}

// GapText says why a column was not read and how old its values are: "not
// permitted, needs AuditLog.Read.All; values as of 19 Nov 2026, 03:00 UTC".
func GapText(now time.Time, gap *store.ColumnGap) string {
	s := strings.ToLower(StateWord(gap.State)) + needsText(gap.Needs)
	if gap.AsOf.IsZero() {
		return s + "; never read completely"
	}
	return s + "; as of " + DateTime(gap.AsOf) + " (" + Ago(now, gap.AsOf) + ")"
}
