package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// update writes the columns that changed, and only these: SQLite renews the
// index entry of every column that a statement names.
func (p *pagePut) update(ctx context.Context, touched []rewrite) error {
	statements := map[string]*sql.Stmt{}
	defer func() {
		for _, st := range statements {
			_ = st.Close()
		}
	}()
	for chunk := range chunks(touched, 200) {
		old, err := p.oldCells(ctx, chunk)
		if err != nil {
			return err
		}
		for _, r := range chunk {
			r, err := p.settleCells(r, old[r.was.rowID])
			if err == nil && (!bytes.Equal(r.hash, r.was.hash) || r.was.removed && p.first) {
				err = p.updateRow(ctx, statements, r, old[r.was.rowID])
			}
			if err != nil {
				return fmt.Errorf("row %s: %w", r.row.ID, err)
			}
		}
	}
	return nil
}

// settleCells decides which of a row's cells are written.
func (p *pagePut) settleCells(r rewrite, old map[string]any) (rewrite, error) {
	if !p.releasing {
		return p.withhold(r, old)
	}
	r.row.Cells = make([]any, len(p.columns))
	for i, c := range p.columns {
		r.row.Cells[i] = old[c.Name]
		if cell, ok := r.released[i]; ok {
			r.row.Cells[i] = cell
		}
	}
	var err error
	r.hash, err = p.hash.sum(r.row.Cells)
	return r, err
}

func (p *pagePut) updateRow(ctx context.Context, statements map[string]*sql.Stmt, r rewrite, old map[string]any) error {
	if p.renamed(r, old) {
		p.share(r.row.ID)
	}
	set := []string{hashColumn(p.ref.Part.Name)}
	args := []any{r.hash}
	now := make(map[string]any, len(old))
	for name, v := range old {
		now[name] = v
	}
	var fields []FieldChange
	for i, c := range p.columns {
		was, is := old[c.Name], r.row.Cells[i]
		if sameCell(was, is) {
			continue
		}
		now[c.Name] = is
		set, args = append(set, c.Name), append(args, bindCell(is))
		// What an older version kept of another type was never a value.
		if !c.Volatile && !isOdd(was) {
			fields = append(fields, FieldChange{c.Name, cellJSON(c.Type, was), cellJSON(c.Type, is)})
		}
		p.wrote = true
	}
	if !p.first && r.was.hash == nil {
		// Empty cells are counted among the values from now on.
		p.wrote = true
		if !r.was.removed {
			p.unread[p.ref.Part.Name]--
		}
	}
	if text := searchText(p.ref.Def, func(c string) any { return now[c] }); text != old["search"] {
		set, args = append(set, "search"), append(args, text)
		p.texts = append(p.texts, indexText{r.was.rowID, text})
	}
	restored := r.was.removed && p.makes && !r.row.NoRow
	// What the first part says of a row that a roster made is no change of it.
	filled := p.first && r.was.hash == nil && !restored
	if filled {
		fields = nil
	}
	if restored {
		unread, err := unreadAmong(ctx, p.tx, p.ref.Def, []int64{r.was.rowID})
		if err != nil {
			return err
		}
		if r.was.hash == nil {
			delete(unread, p.ref.Part.Name)
		}
		p.unread.add(unread, 1)
		set, args = append(set, "removed_at"), append(args, nil)
		p.live++
		p.counts.Added++
		p.wrote = true
	} else if len(fields) > 0 && !(r.was.seen && r.was.lastChanged >= ms(p.began)) {
		p.counts.Changed++
	}
	if restored || len(fields) > 0 {
		set, args = append(set, "last_changed"), append(args, p.now)
		// Another part may still list a row that the first one no longer does:
		// it is kept up to date, but has no history after its removal.
		if !p.baseline && (restored || !r.was.removed) {
			action := actionChanged
			if restored {
				action = actionRestored
			}
			p.changes = append(p.changes, change{r.row.ID, cellText(now[p.ref.Def.TitleColumn]), action, fields})
		}
	}
	key := strings.Join(set, " ")
	if statements[key] == nil {
		for i := range set {
			set[i] = quoted(set[i]) + " = ?"
		}
		st, err := p.tx.PrepareContext(ctx,
			`UPDATE `+quoted(p.ref.Def.Kind)+` SET `+strings.Join(set, ", ")+` WHERE row_id = ?`)
		if err != nil {
			return err
		}
		statements[key] = st
	}
	_, err := statements[key].ExecContext(ctx, append(args, r.was.rowID)...)
	return err
}

// oldCells reads what rows hold: the part's columns, those that the search
// text is made of whichever part fills them, the title, and the search text.
func (p *pagePut) oldCells(ctx context.Context, touched []rewrite) (map[int64]map[string]any, error) {
	var cols []entity.Column
	names := []string{"row_id", "search"}
	for _, c := range p.ref.Def.Columns {
		if c.Part == p.ref.Part.Name || c.Search || c.Name == p.ref.Def.TitleColumn {
			cols = append(cols, c)
			names = append(names, quoted(c.Name))
		}
	}
	args := make([]any, len(touched))
	for i, r := range touched {
		args[i] = r.was.rowID
	}
	rows, err := p.tx.QueryContext(ctx, `SELECT `+strings.Join(names, ", ")+`
		FROM `+quoted(p.ref.Def.Kind)+` WHERE row_id IN (`+marks(len(args))+`)`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	old := make(map[int64]map[string]any, len(touched))
	values := make([]any, len(cols))
	for rows.Next() {
		var rowID int64
		var search string
		dest := []any{&rowID, &search}
		for i := range values {
			dest = append(dest, &values[i])
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		cells := make(map[string]any, len(cols)+1)
		for i, c := range cols {
			cells[c.Name] = cellOf(c.Type, values[i])
		}
		cells["search"] = search
		old[rowID] = cells
	}
	return old, rows.Err()
}

// insert writes new rows. Those that are removed (hidden) from the start are
// lines without identity: they have no history and are shown when the list is
// complete.
func (p *pagePut) insert(ctx context.Context, fresh []rewrite, removedAt any) error {
	if len(fresh) == 0 {
		return nil
	}
	var last int64
	err := p.tx.QueryRowContext(ctx, `SELECT coalesce(max(row_id), 0) FROM `+quoted(p.ref.Def.Kind)).Scan(&last)
	if err != nil {
		return err
	}
	names := []string{"row_id", "tenant_id", "id", "search", "first_seen", "last_changed", "removed_at", hashColumn(p.ref.Part.Name)}
	for _, c := range p.columns {
		names = append(names, quoted(c.Name))
	}
	values := make([][]any, len(fresh))
	for i, r := range fresh {
		last++
		text := searchText(p.ref.Def, func(column string) any {
			for i, c := range p.columns {
				if c.Name == column {
					return r.row.Cells[i]
				}
			}
			return nil
		})
		v := make([]any, 0, len(names))
		v = append(v, last, p.ref.TenantID, r.row.ID, text, p.now, p.now, removedAt, r.hash)
		for _, cell := range r.row.Cells {
			v = append(v, bindCell(cell))
		}
		values[i] = v
		p.seen = append(p.seen, last)
		p.texts = append(p.texts, indexText{last, text})
		if !p.baseline && removedAt == nil {
			p.changes = append(p.changes, change{r.row.ID, p.title(r.row), actionAdded, nil})
		}
	}
	p.counts.Rows += len(fresh)
	if removedAt == nil {
		p.counts.Added += len(fresh)
		p.live += len(fresh)
		unread := unreadOf(p.ref.Def, len(fresh))
		delete(unread, p.ref.Part.Name) // a roster has read what it makes
		p.unread.add(unread, 1)
	}
	p.wrote = true
	return insertRows(ctx, p.tx, `INSERT INTO `+quoted(p.ref.Def.Kind)+` (`+strings.Join(names, ", ")+`)`, values)
}

// title is the title of a row of the first part.
func (p *pagePut) title(r entity.Row) string {
	for i, c := range p.columns {
		if c.Name == p.ref.Def.TitleColumn {
			return cellText(r.Cells[i])
		}
	}
	return ""
}
