package store

import (
	"context"
	"slices"

	"github.com/securatlas/securatlas/syncer/entity"
)

// fill puts what is stored into the cells that were not sent, and into those
// whose value cannot be taken for one of the column's type; of a new row they
// are empty. What is odd is counted.
func (p *pagePut) fill(ctx context.Context, exist map[string]stored) error {
	var lacking []int
	for i, r := range p.rows {
		if slices.ContainsFunc(r.Cells, unfit) {
			lacking = append(lacking, i)
		}
	}
	for chunk := range chunks(lacking, 200) {
		var known []rewrite
		for _, i := range chunk {
			if was, ok := exist[p.rows[i].ID]; ok {
				known = append(known, rewrite{row: p.rows[i], was: was})
			}
		}
		old := map[int64]map[string]any{}
		if len(known) > 0 {
			var err error
			if old, err = p.oldCells(ctx, known); err != nil {
				return err
			}
		}
		for _, i := range chunk {
			r := &p.rows[i]
			was, ok := exist[r.ID]
			r.Cells = slices.Clone(r.Cells)
			for j, cell := range r.Cells {
				if !unfit(cell) {
					continue
				}
				if odd, is := cell.(entity.Odd); is && (ok || p.first) {
					p.noteOdd(j, odd)
				}
				r.Cells[j] = nil
				if kept := old[was.rowID][p.columns[j].Name]; ok && !isOdd(kept) {
					r.Cells[j] = kept
				}
			}
		}
	}
	return nil
}

// noteOdd counts a value of another type than its column's.
func (p *pagePut) noteOdd(column int, v entity.Odd) {
	if p.odd == nil {
		p.odd = slices.Clone(p.PartWriter.odd)
	}
	if p.odd[column].cells == 0 {
		p.odd[column].example = v.Example(&p.columns[column])
	}
	p.odd[column].cells++
}

// unfit reports whether a cell is not what a row can have.
func unfit(v any) bool { return isOdd(v) || v == (entity.Unsent{}) }

func isOdd(v any) bool {
	_, odd := v.(entity.Odd)
	return odd
}
