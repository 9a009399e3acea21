package store

import (
	"fmt"

	"github.com/securatlas/securatlas/syncer/entity"
)

// concealedGaps say what a complete list lacks of which Microsoft conceals the
// identities: shown as a snapshot, its rows lack an id that means anything; not
// shown, since a roster has the rows, these lack what the list knows.
func concealedGaps(d *entity.Def, first PartState) (gaps []ColumnGap) {
	conceals := d.Parts[0].Conceals
	if conceals == nil || first.Lines.Number == 0 || first.State != entity.Complete {
		return nil
	}
	if first.Lines.Shown {
		return []ColumnGap{{Column: "id", State: entity.Complete, AsOf: first.AsOf, Why: LinesText(d, first.Lines.Number)}}
	}
	why := concealedText(conceals, first.Lines.Number) + ": they belong to no row that is known. " + conceals.Cure
	for _, c := range d.PartColumns(first.Part) {
		gaps = append(gaps, ColumnGap{Column: c.Name, State: entity.Partial, AsOf: first.Lines.NamedAt, Why: why})
	}
	return gaps
}

// LinesText says what n lines without identity are, where they are shown.
func LinesText(d *entity.Def, n int) string {
	conceals := d.Parts[0].Conceals
	return concealedText(conceals, n) + ": they are shown as a snapshot of the newest one, with IDs made for it alone. They are compared with no other report and have no history; when they were first seen says nothing. " + conceals.Cure
}

func concealedText(c *entity.Concealment, n int) string {
	return fmt.Sprintf("Microsoft conceals names in this report. %s without %s", counted(n, "line is", "lines are"), c.What)
}

// counted is a number with what it counts, one or more.
func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
