package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Put writes one page in one transaction: rows that are new (the first part's
// only: other parts fill columns of rows that exist), rows that changed, and
// removed rows that came back. It notes the changes and what the list has
// shown. An unchanged row is not written. Of a row that comes on two pages the
// later content wins, except a lesser one's; it counts once. Different rows of
// one answer with the same id are told by the state (see shared). It returns
// the part's totals in this run.
func (w *PartWriter) Put(ctx context.Context, rows []entity.Row, t Traffic) (Counts, error) {
	rows, err := w.nameLines(rows)
	if err != nil {
		return w.counts, w.wrap("write a page of", err)
	}
	p := w.page()
	p.rows, p.twice = oneOfEach(rows)
	err = w.tx(ctx, func(tx *sql.Tx) error {
		p.tx = tx
		return p.run(ctx, t)
	})
	if err != nil {
		return w.counts, w.wrap("write a page of", err)
	}
	w.committed(p)
	return w.counts, nil
}

// committed counts a page: one that was not committed has not come. Whatever a
// tombstone said before, a row that was shown is there.
func (w *PartWriter) committed(p *pagePut) {
	w.counts = p.counts
	w.pages++
	w.alive = p.alive
	w.withholds = w.withholds || len(p.withheld) > 0
	if p.odd != nil {
		w.odd = p.odd
	}
	w.lines.seen += p.lines
	w.shared.add(p.twice)
	for _, rowID := range p.seen {
		delete(w.delta.gone, rowID)
	}
}

// page is a page that has no rows yet.
func (w *PartWriter) page() *pagePut {
	return &pagePut{PartWriter: w, now: ms(w.s.Now()), counts: w.counts, unread: unreadCounts{}}
}

// pagePut is one page on its way into the database.
type pagePut struct {
	*PartWriter
	tx     *sql.Tx
	now    int64
	rows   []entity.Row
	counts Counts

	live    int // by how much the number of live rows grows
	unread  unreadCounts
	wrote   bool
	seen    []int64
	changes []change
	texts   []indexText    // search texts that are new
	lines   int            // without identity that are new in this list
	twice   map[string]int // how many more, different rows came with an id

	alive     []bool     // columns of which the list has shown values, this page included
	odd       []oddity   // by column, this page included; nil where it has none
	withheld  []withheld // blanks that wait for the end of the list
	again     []int64    // rows that the list had shown already
	releasing bool       // what was withheld is written, and no page
}

// stored is what a page needs to know about a row that exists.
type stored struct {
	id          string
	rowID       int64
	hash        []byte
	removed     bool
	lastChanged int64
	seen        bool // in this list already
}

// rewrite is a row whose content differs from what is stored.
type rewrite struct {
	row  entity.Row
	was  stored
	hash []byte
	// released are the cells that it gets, by the number of their column, where
	// what was withheld is written.
	released map[int]any
}

func (p *pagePut) run(ctx context.Context, t Traffic) error {
	exist, err := p.load(ctx)
	if err != nil {
		return fmt.Errorf("look rows up: %w", err)
	}
	for _, r := range p.rows {
		if len(r.Cells) != len(p.columns) {
			return fmt.Errorf("row %s has %d cells for %d columns", r.ID, len(r.Cells), len(p.columns))
		}
	}
	p.see()
	if err := p.fill(ctx, exist); err != nil {
		return fmt.Errorf("complete rows: %w", err)
	}
	var fresh, hidden, touched []rewrite
	for _, r := range p.rows {
		sum, err := p.hash.sum(r.Cells)
		if err != nil {
			return fmt.Errorf("row %s: %w", r.ID, err)
		}
		was, ok := exist[r.ID]
		if r.Line && !(ok && was.seen) {
			p.lines++
		}
		switch {
		case !ok && r.Line:
			hidden = append(hidden, rewrite{row: r, hash: sum})
		case !ok && p.makes && !r.NoRow:
			fresh = append(fresh, rewrite{row: r, hash: sum})
		case !ok:
			// Another part's row for an id that the first part has not listed.
		default:
			p.seen = append(p.seen, was.rowID)
			if was.seen {
				p.again = append(p.again, was.rowID)
			} else {
				p.counts.Rows++
			}
			same := bytes.Equal(sum, was.hash)
			if p.keepsStored(r, was, same) {
				continue
			}
			if !same || was.removed && p.makes && !r.NoRow {
				touched = append(touched, rewrite{row: r, was: was, hash: sum})
			}
		}
	}
	if err := p.update(ctx, touched); err != nil {
		return fmt.Errorf("update rows: %w", err)
	}
	if err := p.insert(ctx, fresh, nil); err != nil {
		return fmt.Errorf("insert rows: %w", err)
	}
	if err := p.insert(ctx, hidden, p.now); err != nil {
		return fmt.Errorf("insert lines without identity: %w", err)
	}
	if err := p.markSeen(ctx); err != nil {
		return fmt.Errorf("mark rows as seen: %w", err)
	}
	if err := p.noteWithheld(ctx); err != nil {
		return fmt.Errorf("withhold blanks: %w", err)
	}
	if err := p.conclude(ctx); err != nil {
		return err
	}
	return p.progress(ctx, t)
}

// conclude writes what follows from the rows that were written.
func (p *pagePut) conclude(ctx context.Context) error {
	note := insertChanges
	if p.releasing {
		note = addChanges
	}
	if err := note(ctx, p.tx, p.ref.TenantID, p.ref.RunID, p.ref.Def.Kind, p.now, p.changes); err != nil {
		return fmt.Errorf("note changes: %w", err)
	}
	if err := p.s.indexTexts(ctx, p.tx, p.ref.TenantID, p.ref.Def, p.texts); err != nil {
		return fmt.Errorf("search index: %w", err)
	}
	if p.wrote {
		return facetsStale(ctx, p.tx, p.ref.TenantID, p.ref.Def.Kind)
	}
	return nil
}

// load finds the page's rows among those that exist.
func (p *pagePut) load(ctx context.Context) (map[string]stored, error) {
	exist := make(map[string]stored, len(p.rows))
	for chunk := range chunks(p.rows, 500) {
		args := []any{p.ref.Def.Kind, p.ref.Part.Name, p.ref.TenantID}
		for _, r := range chunk {
			args = append(args, r.ID)
		}
		rows, err := p.tx.QueryContext(ctx, `
			SELECT e.id, e.row_id, e.`+hashColumn(p.ref.Part.Name)+`, e.removed_at IS NOT NULL, e.last_changed, s.row_id IS NOT NULL
			FROM `+quoted(p.ref.Def.Kind)+` AS e
			LEFT JOIN seen_rows AS s
				ON s.tenant_id = e.tenant_id AND s.kind = ? AND s.part = ? AND s.row_id = e.row_id
			WHERE e.tenant_id = ? AND e.id IN (`+marks(len(chunk))+`)`, args...)
		found, err := collect(rows, err, func(r rowScanner) (f stored, err error) {
			return f, r.Scan(&f.id, &f.rowID, &f.hash, &f.removed, &f.lastChanged, &f.seen)
		})
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			exist[f.id] = f
		}
	}
	return exist, nil
}

// markSeen notes the page's rows as seen. A row that was shown is not missing:
// if its removal waits for a person, it waits no longer.
func (p *pagePut) markSeen(ctx context.Context) error {
	kind := p.ref.Def.Kind
	values := make([][]any, len(p.seen))
	for i, id := range p.seen {
		values[i] = []any{p.ref.TenantID, kind, p.ref.Part.Name, id}
	}
	err := insertRows(ctx, p.tx, `INSERT OR IGNORE INTO seen_rows (tenant_id, kind, part, row_id)`, values)
	if err != nil || !p.makes {
		return err
	}
	var held bool
	err = p.tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM held_rows WHERE tenant_id = ? AND kind = ?)`,
		p.ref.TenantID, kind).Scan(&held)
	if err != nil || !held {
		return err
	}
	for chunk := range chunks(p.seen, 500) {
		args := []any{p.ref.TenantID, kind}
		for _, id := range chunk {
			args = append(args, id)
		}
		_, err := p.tx.ExecContext(ctx, `
			DELETE FROM held_rows
			WHERE tenant_id = ? AND kind = ? AND row_id IN (`+marks(len(chunk))+`)`, args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// progress stores the totals where pages show them.
func (p *pagePut) progress(ctx context.Context, t Traffic) error {
	_, err := p.tx.ExecContext(ctx, `
		UPDATE run_parts
		SET pages = ?, rows = ?, added = ?, changed = ?, requests = ?, retries = ?, waited_ms = ?
		WHERE run_id = ? AND kind = ? AND part = ?`,
		p.pages+1, p.counts.Rows, p.counts.Added, p.counts.Changed, t.Requests, t.Retries, t.Waited.Milliseconds(),
		p.ref.RunID, p.ref.Def.Kind, p.ref.Part.Name)
	if err != nil {
		return err
	}
	if err := addUnread(ctx, p.tx, p.ref.TenantID, p.ref.Def, p.unread); err != nil {
		return err
	}
	return addLive(ctx, p.tx, p.ref.TenantID, p.ref.Def, p.live)
}
