package views

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// PartGap is a further part that is not complete, with its columns; of a
// derived entity a source, with the rows that it adds.
type PartGap struct {
	store.ColumnGap
	Part    string
	Labels  string // of its columns: "Last sign-in, Created"
	Number  int    // of its columns, rows not counted
	Problem *entity.Problem
}

func (g PartGap) gap() *store.ColumnGap { return &g.ColumnGap }

// Summary says what was not read and why: "3 columns: not permitted, needs
// AuditLog.Read.All".
func (g PartGap) Summary() string {
	what := Count(g.Number, "column", "columns")
	switch {
	case g.Rows != "" && g.Number == 0:
		what = g.Rows
	case g.Rows != "":
		what = g.Rows + " and " + what
	}
	if g.Why != "" {
		return what + ": " + g.Why
	}
	return what + ": " + strings.ToLower(StateWord(g.State)) + needsText(g.Needs)
}

func needsText(needs []string) string {
	if len(needs) == 0 {
		return ""
	}
	return ", needs " + strings.Join(needs, ", ")
}

// PartGaps gathers what was not read by the part, or the source, that it is
// from.
func PartGaps(s store.EntityState) []PartGap {
	var gaps []PartGap
	for _, gap := range s.Columns {
		label, part, source := gapOrigin(s.Def, gap)
		if label == "" {
			continue
		}
		columns := 1
		if gap.Rows != "" {
			columns = 0
		}
		name := cmp.Or(part, source) // a column of several sources is from a whole one
		i := slices.IndexFunc(gaps, func(g PartGap) bool { return g.Part == name })
		if i >= 0 {
			gaps[i].Labels += ", " + label
			gaps[i].Number += columns
			continue
		}
		g := PartGap{ColumnGap: gap, Part: name, Labels: label, Number: columns}
		for _, p := range s.Parts {
			if part != "" && p.Part == part || p.Kind == source && p.State == gap.State {
				g.Problem = p.Problem
			}
		}
		gaps = append(gaps, g)
	}
	return gaps
}

// gapOrigin says what a gap is called and which part or source left it; a gap
// of nothing that is known is called "".
func gapOrigin(d *entity.Def, gap store.ColumnGap) (label, part, source string) {
	for _, add := range d.Adds {
		if gap.Rows != "" && add.Name == gap.Column {
			return gap.Rows, "", add.Kind
		}
	}
	if c := d.Column(gap.Column); c != nil {
		return c.Label, c.Part, c.From
	}
	return "", "", ""
}

// RowGaps says which rows a complete table lacks, or has from before, and why:
// "Without eligible assignments: not licensed, needs Microsoft Entra ID P2".
func RowGaps(s store.EntityState) []string {
	var texts []string
	for _, gap := range s.Columns {
		if gap.Rows == "" {
			continue
		}
		what := "Without " + strings.ToLower(gap.Rows)
		if !gap.AsOf.IsZero() {
			what = gap.Rows + " as of " + Date(gap.AsOf)
		}
		why := strings.ToLower(StateWord(gap.State)) + needsText(gap.Needs)
		if gap.Why != "" {
			why = gap.Why
		}
		texts = append(texts, what+": "+why)
	}
	return texts
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
	if gap.Why != "" {
		s = gap.Why
	}
	if gap.AsOf.IsZero() {
		return s + "; never read completely"
	}
	return s + "; as of " + DateTime(gap.AsOf) + " (" + Ago(now, gap.AsOf) + ")"
}
