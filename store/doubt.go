package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// tooMany is by how much a list may shrink without anybody asking: of 50 rows
// or more 30 %, of 10 or more not all.
func tooMany(missing, prior int) bool {
	return prior >= 50 && missing*10 > prior*3 || prior >= 10 && missing >= prior
}

// doubt is why a list that came to its end without an error is not believed
// before a second one agrees: Microsoft's lists have been seen to come back
// short, or without a property, and nothing in them says so. It is nil for a
// list that is believed.
func (w *PartWriter) doubt() *entity.Problem {
	if !w.doubts() {
		return nil
	}
	if len(w.vanished) > 0 {
		var labels []string
		for _, c := range w.columns {
			if w.vanished[c.Name] {
				labels = append(labels, c.Label)
			}
		}
		return &entity.Problem{
			Class:   entity.ClassData,
			Code:    "values_missing",
			Message: fmt.Sprintf("Microsoft's list of %s came without values that it had before: %s. They are kept as they were read before, until a second list agrees.", w.ref.Def.Title, strings.Join(labels, ", ")),
			Cure:    "Sync again: if the values are still missing, they are removed.",
		}
	}
	if !w.first && tooMany(w.listed-w.counts.Rows, w.listed) {
		return &entity.Problem{
			Class:   entity.ClassData,
			Code:    "list_short",
			Message: fmt.Sprintf("Microsoft's list had %d rows, and %d the time before. What it left out is kept as it was read before, until a second list agrees.", w.counts.Rows, w.listed),
			Cure:    "Sync again: if the list is still as short, it is taken as it is.",
		}
	}
	return nil
}

// doubts reports whether the list may be doubted at all: it can be compared
// with an earlier one, and the one before it was not doubted already.
func (w *PartWriter) doubts() bool {
	return !w.baseline && w.emptyLists == 0 && !w.delta.changes
}

// vanish finds the columns of which a page blanks all values, ten or more, and
// has the page keep them.
func (p *pagePut) vanish(ctx context.Context, touched []rewrite) error {
	if !p.doubts() || len(touched) < 10 {
		return nil
	}
	var suspects []int
	for i, c := range p.columns {
		blank := func(r entity.Row) bool { return r.Cells[i] == nil }
		if c.Compute == nil && !slices.ContainsFunc(p.rows, func(r entity.Row) bool { return !blank(r) }) {
			suspects = append(suspects, i)
		}
	}
	if len(suspects) == 0 {
		return nil
	}
	values := make([]int, len(suspects))
	for chunk := range chunks(touched, 500) {
		counts := make([]string, len(suspects))
		for n, i := range suspects {
			counts[n] = "count(" + quoted(p.columns[i].Name) + ")"
		}
		args := make([]any, len(chunk))
		for i, r := range chunk {
			args[i] = r.was.rowID
		}
		found := make([]int, len(suspects))
		dest := make([]any, len(suspects))
		for n := range found {
			dest[n] = &found[n]
		}
		err := p.tx.QueryRowContext(ctx, `SELECT `+strings.Join(counts, ", ")+`
			FROM `+quoted(p.ref.Def.Kind)+` WHERE row_id IN (`+marks(len(args))+`)`, args...).Scan(dest...)
		if err != nil {
			return err
		}
		for n := range found {
			values[n] += found[n]
		}
	}
	for n, i := range suspects {
		if values[n] >= 10 {
			p.kept = append(p.kept, i)
		}
	}
	return nil
}

// keep puts the values that vanished back into a row. Its hash is then that of
// what is stored, so that the next list is compared with it again.
func (p *pagePut) keep(r rewrite, old map[string]any) (rewrite, error) {
	if len(p.kept) == 0 {
		return r, nil
	}
	r.row.Cells = slices.Clone(r.row.Cells)
	for _, i := range p.kept {
		r.row.Cells[i] = old[p.columns[i].Name]
	}
	sum, err := p.hash.sum(r.row.Cells)
	r.hash = sum
	return r, err
}
