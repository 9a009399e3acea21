package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/securatlas/securatlas/syncer/entity"
)

// fewValues is from how many values on a column that loses all of them is
// doubted: a single one goes on an ordinary day.
const fewValues = 2

// A list that comes without a property looks like one in which every value was
// cleared, and whether it did shows at its end alone. So while a list has shown
// no value of a column, what it blanks there is withheld: the row keeps its
// value, and what the list said is noted. At the end the blanks of columns that
// did have values elsewhere are made up for; those of the others are kept back
// until a second list agrees. What is computed from such columns goes with them.

// withheld is a cell as the list had it.
type withheld struct {
	rowID  int64
	column int
	cell   any
}

// see notes which columns the page has values of.
func (p *pagePut) see() {
	p.alive = slices.Clone(p.PartWriter.alive)
	for _, r := range p.rows {
		for i, cell := range r.Cells {
			p.alive[i] = p.alive[i] || cell != nil && cell != (entity.Unsent{})
		}
	}
}

// withhold keeps in a row the values that it lost in columns of which the list
// has shown none.
func (p *pagePut) withhold(r rewrite, old map[string]any) (rewrite, error) {
	if !p.doubtsValues() {
		return r, nil
	}
	kept := make([]bool, len(p.columns))
	for i, c := range p.columns {
		was := old[c.Name]
		kept[i] = len(p.madeFrom[i]) == 0 && !p.alive[i] && r.row.Cells[i] == nil && was != nil && !isOdd(was) &&
			p.marks[c.Name].code != markValuesMissing
	}
	for i, sources := range p.madeFrom {
		kept[i] = kept[i] || slices.ContainsFunc(sources, func(s int) bool { return kept[s] })
	}
	if !slices.Contains(kept, true) {
		return r, nil
	}
	r.row.Cells = slices.Clone(r.row.Cells)
	for i, c := range p.columns {
		if kept[i] {
			p.withheld = append(p.withheld, withheld{r.was.rowID, i, r.row.Cells[i]})
			r.row.Cells[i] = old[c.Name]
		}
	}
	var err error
	r.hash, err = p.hash.sum(r.row.Cells)
	return r, err
}

// noteWithheld stores what the page withheld. Of a row that the list shows
// again, what it said last counts.
func (p *pagePut) noteWithheld(ctx context.Context) error {
	if p.PartWriter.withholds {
		for chunk := range chunks(p.again, 500) {
			args := p.key()
			for _, id := range chunk {
				args = append(args, id)
			}
			_, err := p.tx.ExecContext(ctx, `
				DELETE FROM withheld_cells
				WHERE tenant_id = ? AND kind = ? AND part = ? AND row_id IN (`+marks(len(chunk))+`)`, args...)
			if err != nil {
				return err
			}
		}
	}
	values := make([][]any, len(p.withheld))
	for i, c := range p.withheld {
		values[i] = append(p.key(), c.rowID, p.columns[c.column].Name, bindCell(c.cell))
	}
	return insertRows(ctx, p.tx, `INSERT OR REPLACE INTO withheld_cells (tenant_id, kind, part, row_id, column_name, cell)`, values)
}

// key is what the rows of a part have in the tables about lists.
func (w *PartWriter) key() []any {
	return []any{w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name}
}

// release makes up for the blanks that were withheld in columns that have
// values elsewhere. Those of the others are kept: in a list that was read to
// its end they have vanished, where they were not too few.
func (w *PartWriter) release(ctx context.Context, whole bool) error {
	if !w.withholds {
		return nil
	}
	rows, err := w.s.read.QueryContext(ctx, `
		SELECT column_name, count(*)
		FROM withheld_cells
		WHERE tenant_id = ? AND kind = ? AND part = ?
		GROUP BY column_name`, w.key()...)
	type lost struct {
		column string
		values int
	}
	columns, err := collect(rows, err, func(r rowScanner) (l lost, err error) { return l, r.Scan(&l.column, &l.values) })
	if err != nil {
		return err
	}
	kept := map[string]bool{}
	for _, l := range columns {
		i := slices.IndexFunc(w.columns, func(c entity.Column) bool { return c.Name == l.column })
		if len(w.madeFrom[i]) > 0 || w.alive[i] || whole && l.values < fewValues {
			continue
		}
		kept[l.column] = true
		if whole {
			w.vanished[l.column] = true
		}
	}
	for after, more := int64(0), true; more; {
		err := w.tx(ctx, func(tx *sql.Tx) (err error) {
			after, more, err = w.releaseSome(ctx, tx, after, kept)
			return err
		})
		if err != nil {
			return fmt.Errorf("write what was withheld: %w", err)
		}
	}
	return nil
}

// releaseSome does so for the next rows; more says that there may be others.
func (w *PartWriter) releaseSome(ctx context.Context, tx *sql.Tx, after int64, kept map[string]bool) (last int64, more bool, err error) {
	const most = 200
	rows, err := tx.QueryContext(ctx, `
		SELECT h.row_id, h.column_name, h.cell, e.id, e.`+hashColumn(w.ref.Part.Name)+`, e.removed_at IS NOT NULL, e.last_changed
		FROM withheld_cells AS h
		JOIN `+quoted(w.ref.Def.Kind)+` AS e ON e.row_id = h.row_id
		WHERE h.tenant_id = ?1 AND h.kind = ?2 AND h.part = ?3 AND h.row_id IN (
			SELECT DISTINCT row_id
			FROM withheld_cells
			WHERE tenant_id = ?1 AND kind = ?2 AND part = ?3 AND row_id > ?4
			ORDER BY row_id
			LIMIT ?5)
		ORDER BY h.row_id`, append(w.key(), after, most)...)
	if err != nil {
		return after, false, err
	}
	defer rows.Close()
	said := map[int64]map[string]any{}
	var touched []rewrite
	for rows.Next() {
		was, column, cell := stored{seen: true}, "", any(nil)
		if err := rows.Scan(&was.rowID, &column, &cell, &was.id, &was.hash, &was.removed, &was.lastChanged); err != nil {
			return after, false, err
		}
		if said[was.rowID] == nil {
			said[was.rowID] = map[string]any{}
			touched = append(touched, rewrite{row: entity.Row{ID: was.id}, was: was})
		}
		said[was.rowID][column] = cell
		last = was.rowID
	}
	if err := rows.Err(); err != nil || len(touched) == 0 {
		return after, false, err
	}
	p := &pagePut{PartWriter: w, tx: tx, now: ms(w.s.Now()), counts: w.counts, unread: unreadCounts{}, releasing: true}
	for i := range touched {
		touched[i].released = released(w, said[touched[i].was.rowID], kept)
	}
	if err := p.update(ctx, touched); err != nil {
		return after, false, err
	}
	if err := p.conclude(ctx); err != nil {
		return after, false, err
	}
	w.counts = p.counts
	return last, len(touched) == most, nil
}

// released are the cells that a row gets after all, by the number of their
// column: what is computed from a column that is kept is kept with it.
func released(w *PartWriter, said map[string]any, kept map[string]bool) map[int]any {
	cells := map[int]any{}
	for i, c := range w.columns {
		cell, withheld := said[c.Name]
		stays := kept[c.Name] || slices.ContainsFunc(w.madeFrom[i], func(s int) bool {
			_, of := said[w.columns[s].Name]
			return of && kept[w.columns[s].Name]
		})
		if withheld && !stays {
			cells[i] = cellOf(c.Type, cell)
		}
	}
	return cells
}

// madeFrom returns, for each column of a part, which of the others it is
// computed from.
func madeFrom(columns []entity.Column) [][]int {
	sources := make([][]int, len(columns))
	for i, c := range columns {
		if c.Compute == nil {
			continue
		}
		for j, other := range columns {
			if other.Compute == nil && slices.Contains(c.Uses, other.Path) {
				sources[i] = append(sources[i], j)
			}
		}
	}
	return sources
}
