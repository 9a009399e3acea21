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
// from, and by why.
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
		i := slices.IndexFunc(gaps, func(g PartGap) bool {
			return g.Part == name && g.State == gap.State && g.Why == gap.Why && g.AsOf.Equal(gap.AsOf)
		})
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
	if gap.Rows != "" {
		return gap.Rows, "", gap.Column
	}
	if c := d.Column(gap.Column); c != nil {
		return c.Label, c.Part, c.From
	}
	return "", "", ""
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

// RowGap returns why a row's cell of a column is not known, or nil where it is:
// an empty cell is then empty. Which rows a further part has read is known row
// by row; of what else fills columns only whether it was read completely.
func RowGap(s store.EntityState, r store.Row, column string) *store.ColumnGap {
	gap := Gap(s, column)
	read, known := r.Read[column]
	if !known {
		return gap
	}
	if read {
		return nil
	}
	late := store.ColumnGap{Column: column, State: entity.Complete}
	if gap != nil {
		late = *gap
	}
	late.Unread = 1
	if late.State == entity.Complete || late.State == entity.Partial {
		late.Why = "this " + s.Def.Singular + " is not read yet"
	}
	return &late
}

// GapText says why a column was not read and how old its values are: "not
// permitted, needs AuditLog.Read.All; values as of 19 Nov 2026, 03:00 UTC".
func GapText(now time.Time, gap *store.ColumnGap) string {
	s := strings.ToLower(StateWord(gap.State)) + needsText(gap.Needs)
	switch {
	case gap.Why != "" && gap.AsOf.IsZero():
		return gap.Why
	case gap.Why != "":
		return gap.Why + " As of " + DateTime(gap.AsOf) + " (" + Ago(now, gap.AsOf) + ")."
	}
	switch {
	case gap.AsOf.IsZero() && gap.Rows != "" && gap.Why != "":
		return s // what is not asked for has no time
	case gap.AsOf.IsZero():
		return s + "; never read completely"
	}
	return s + "; as of " + DateTime(gap.AsOf) + " (" + Ago(now, gap.AsOf) + ")"
}
