package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// refreshAge is how old a part's last whole list may be for a refresh to go on
// from it: the nightly sync lists everything anew.
const refreshAge = 24 * time.Hour

// Since is where the changes of a part go on.
type Since struct {
	Link string
	AsOf time.Time // when what is stored was right
}

// Since returns where the changes of the part go on. ok is false where it must
// be listed: there was no list or no link with it, the list is older than a
// day, the query or the columns are not those of that time, or its removals
// wait for a person or a second list, as values that failed do.
func (w *PartWriter) Since(ctx context.Context, query string) (since Since, ok bool, err error) {
	if w.baseline || w.failing() {
		return since, false, nil
	}
	var link sql.NullString
	var asked string
	var listed, asOf sql.NullInt64
	err = w.s.read.QueryRowContext(ctx, `
		SELECT delta_link, delta_query, listed_at, as_of
		FROM part_states
		WHERE tenant_id = ? AND kind = ? AND part = ?`,
		w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name).Scan(&link, &asked, &listed, &asOf)
	if err != nil {
		return since, false, w.wrap("look for the changes of", err)
	}
	young := listed.Valid && w.s.young(fromNullMS(listed))
	return Since{link.String, fromNullMS(asOf)}, link.String != "" && asked == query && young, nil
}

// young reports whether a list of that time is new enough for a refresh. One
// from the future is not: a clock was wrong.
func (s *Store) young(at time.Time) bool {
	age := s.Now().Sub(at)
	return age >= 0 && age < refreshAge
}

// delta is what a PartWriter knows about links and changes.
type delta struct {
	link, query string // that the list or the round ends with
	changes     bool   // changes are read, and not the list
	// gone are the rows that tombstones are about. They are decided about when
	// the round has come to its end: a later object takes a tombstone back.
	gone map[int64]bool
}

// SetLink says where changes go on after the list or the round that is being
// read. It is stored in the transaction that completes it, and not otherwise.
func (w *PartWriter) SetLink(link, query string) { w.delta.link, w.delta.query = link, query }

// ReadChanges says that what changed is read and not the whole list.
func (w *PartWriter) ReadChanges(ctx context.Context) error {
	w.delta = delta{changes: true, gone: map[int64]bool{}}
	return w.wrap("begin the changes of", w.noteWay(ctx))
}

// ReadList says that the list is read after all. What the changes have brought
// so far is good and stays.
func (w *PartWriter) ReadList(ctx context.Context) error {
	w.delta = delta{}
	err := w.noteWay(ctx)
	if err == nil {
		err = w.tx(ctx, func(tx *sql.Tx) error {
			// What could not be read for some parents is found out anew.
			_, err := tx.ExecContext(ctx, `
				UPDATE fan_gaps SET run_id = 0 WHERE tenant_id = ? AND kind = ? AND part = ? AND run_id = ?`,
				w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name, w.ref.RunID)
			return err
		})
	}
	if err != nil {
		return w.wrap("begin the list of", err)
	}
	return w.Restart(ctx)
}

func (w *PartWriter) noteWay(ctx context.Context) error {
	return w.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE run_parts SET changes_only = ? WHERE run_id = ? AND kind = ? AND part = ?`,
			w.delta.changes, w.ref.RunID, w.ref.Def.Kind, w.ref.Part.Name)
		return err
	})
}

// PutChanges writes one page of a delta in one transaction, as Put does. A cell
// that was not sent keeps what is stored; of a new row it is empty. Of an
// object that comes several times each property's last value counts, or where
// changes have times the latest of them. Rows with a tombstone are noted, and
// removed when the round is complete.
func (w *PartWriter) PutChanges(ctx context.Context, changes []entity.Change, t Traffic) (Counts, error) {
	var gone []int64
	p := w.page()
	err := w.tx(ctx, func(tx *sql.Tx) error {
		p.tx = tx
		if w.ref.Part.Delta.Since == nil {
			changes = foldChanges(changes)
		} else {
			var err error
			if changes, err = p.settle(ctx, changes); err != nil {
				return fmt.Errorf("settle changes: %w", err)
			}
		}
		for _, c := range changes {
			p.rows = append(p.rows, c.Row)
		}
		exist, err := p.load(ctx)
		if err != nil {
			return fmt.Errorf("look rows up: %w", err)
		}
		p.rows = p.rows[:0]
		for _, c := range changes {
			if !c.Gone {
				p.rows = append(p.rows, c.Row)
			} else if was, ok := exist[c.ID]; ok && !was.removed {
				gone = append(gone, was.rowID)
			}
		}
		return p.run(ctx, t)
	})
	if err != nil {
		return w.counts, w.wrap("write changes of", err)
	}
	w.committed(p)
	for _, rowID := range gone {
		w.delta.gone[rowID] = true
	}
	return w.counts, nil
}

// foldChanges makes one change of those of each object.
func foldChanges(changes []entity.Change) []entity.Change {
	at := make(map[string]int, len(changes))
	folded := make([]entity.Change, 0, len(changes))
	for _, c := range changes {
		i, twice := at[c.ID]
		if !twice {
			at[c.ID] = len(folded)
			folded = append(folded, c)
			continue
		}
		was := &folded[i]
		was.Gone = c.Gone
		if len(was.Cells) == 0 {
			was.Cells = c.Cells
			continue
		}
		for j, cell := range c.Cells {
			if cell != (entity.Unsent{}) {
				was.Cells[j] = cell
			}
		}
	}
	return folded
}

// GoneBelow notes a tombstone for each live row whose id begins with a prefix:
// the rows of a parent that is gone, or of one of its relations. With unseen,
// it does so for those alone that this round has not shown.
func (w *PartWriter) GoneBelow(ctx context.Context, prefix string, unseen bool) error {
	rows, err := w.s.read.QueryContext(ctx, `
		SELECT e.row_id
		FROM `+quoted(w.ref.Def.Kind)+` AS e
		WHERE e.tenant_id = ?1 AND e.id > ?4 AND e.id < ?5 AND e.removed_at IS NULL AND NOT (?6 AND EXISTS (
			SELECT 1 FROM seen_rows AS s
			WHERE s.tenant_id = ?1 AND s.kind = ?2 AND s.part = ?3 AND s.row_id = e.row_id))`,
		w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name, prefix, after(prefix), unseen)
	ids, err := collect(rows, err, func(r rowScanner) (id int64, err error) { return id, r.Scan(&id) })
	if err != nil {
		return w.wrap("find the removed rows of", err)
	}
	for _, id := range ids {
		w.delta.gone[id] = true
	}
	return nil
}

// after is the first text after all those that begin with a prefix, which ends
// in a dot.
func after(prefix string) string { return prefix[:len(prefix)-1] + "/" }

// completeChanges ends a round that was read to its end. Its tombstones are
// evidence; so many that a list which lacks these rows would be doubted are
// doubted too.
func (w *PartWriter) completeChanges(ctx context.Context, t Traffic) (PartState, error) {
	gone, err := w.liveGone(ctx)
	if err != nil {
		return PartState{}, fmt.Errorf("look at the removed rows: %w", err)
	}
	end := outcome{state: entity.Complete, complete: true}
	// A tombstone says itself that nothing is left: no second list is needed.
	l := list{rows: max(w.prior-len(gone), 0), prior: w.prior, missing: len(gone), emptyLists: 1, allowEmpty: w.ref.Def.AllowEmpty}
	held := l.judge() == holdMissing
	if held {
		end.state, end.problem = entity.Held, heldProblem(w.ref.Def, len(gone), l.prior)
	}
	for !held && len(gone) > removalChunk {
		if err := w.tx(ctx, func(tx *sql.Tx) error { return w.remove(ctx, tx, gone[:removalChunk]) }); err != nil {
			return PartState{}, fmt.Errorf("remove rows: %w", err)
		}
		gone = gone[removalChunk:]
	}
	err = w.tx(ctx, func(tx *sql.Tx) error {
		if held {
			values := make([][]any, len(gone))
			for i, id := range gone {
				values[i] = []any{w.ref.TenantID, w.ref.Def.Kind, id}
			}
			if err := insertRows(ctx, tx, `INSERT OR IGNORE INTO held_rows (tenant_id, kind, row_id)`, values); err != nil {
				return fmt.Errorf("hold rows: %w", err)
			}
		} else if err := w.remove(ctx, tx, gone); err != nil {
			return fmt.Errorf("remove rows: %w", err)
		}
		return w.end(ctx, tx, end, t)
	})
	if err != nil {
		return PartState{}, err
	}
	return w.state(ctx)
}

// liveGone returns the rows with a tombstone that are still there.
func (w *PartWriter) liveGone(ctx context.Context) ([]int64, error) {
	var all, live []int64
	for id := range w.delta.gone {
		all = append(all, id)
	}
	slices.Sort(all)
	for chunk := range chunks(all, 500) {
		args := make([]any, len(chunk))
		for i, id := range chunk {
			args[i] = id
		}
		rows, err := w.s.read.QueryContext(ctx, `
			SELECT row_id FROM `+quoted(w.ref.Def.Kind)+`
			WHERE row_id IN (`+marks(len(chunk))+`) AND removed_at IS NULL`, args...)
		ids, err := collect(rows, err, func(r rowScanner) (id int64, err error) { return id, r.Scan(&id) })
		if err != nil {
			return nil, err
		}
		live = append(live, ids...)
	}
	return live, nil
}

// noteDelta stores where changes go on, with the end of what they go on from. A
// list that was cut leaves the older link, which still leads from the older
// list to now. Where removals wait for a person or a second list, the next sync
// must list again.
func (w *PartWriter) noteDelta(ctx context.Context, tx *sql.Tx, end outcome, now int64) error {
	if w.ref.Part.Delta == nil || !end.complete && end.emptyLists <= w.emptyLists {
		return nil
	}
	var link any
	if end.state == entity.Complete && w.delta.link != "" {
		link = w.delta.link
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE part_states
		SET delta_link = ?, delta_query = ?, listed_at = iif(?, ?, listed_at)
		WHERE tenant_id = ? AND kind = ? AND part = ?`,
		link, w.delta.query, end.complete && !w.delta.changes, now, w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name)
	if err != nil {
		return fmt.Errorf("store the link to later changes: %w", err)
	}
	return nil
}

// KeepPart leaves a part as it is and notes so in the run, where its last whole
// list is complete, of the present columns, none of which failed, and younger
// than a day. kept is
// false where it must be read.
func (s *Store) KeepPart(ctx context.Context, ref PartRef) (kept bool, err error) {
	if s.known(ref.Def) == nil {
		return false, fmt.Errorf("keep a part of an unknown kind: %w", ErrNotFound)
	}
	version := columnsVersion(ref.Def.PartColumns(ref.Part.Name))
	err = s.tx(ctx, func(tx *sql.Tx) error {
		var state entity.State
		var asOf sql.NullInt64
		var stored string
		var failed bool
		err := tx.QueryRowContext(ctx, `
			SELECT state, as_of, columns_version, EXISTS (
				SELECT 1 FROM column_marks AS m
				WHERE m.tenant_id = p.tenant_id AND m.kind = p.kind AND m.part = p.part AND m.code <> ?4)
			FROM part_states AS p
			WHERE tenant_id = ?1 AND kind = ?2 AND part = ?3`,
			ref.TenantID, ref.Def.Kind, ref.Part.Name, markNoProperty).Scan(&state, &asOf, &stored, &failed)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if state != entity.Complete || failed || stored != version || !asOf.Valid || !s.young(fromNullMS(asOf)) {
			return nil
		}
		kept = true
		_, err = tx.ExecContext(ctx, `
			UPDATE run_parts
			SET phase = ?, state = ?, kept_from = ?, ended_at = ?
			WHERE run_id = ? AND kind = ? AND part = ?`,
			PhaseDone, state, asOf, ms(s.Now()), ref.RunID, ref.Def.Kind, ref.Part.Name)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("keep %s/%s: %w", ref.Def.Kind, ref.Part.Name, err)
	}
	return kept, nil
}

// LeavePart ends a part of a run that was not read after all, p saying why, and
// leaves what is known of it as it is. left is false where that is nothing to
// rest on: it was never read, or could not be the last time.
func (s *Store) LeavePart(ctx context.Context, ref PartRef, p *entity.Problem) (left bool, err error) {
	w := &PartWriter{s: s, ref: ref}
	err = w.tx(ctx, func(tx *sql.Tx) error {
		var state entity.State
		var asOf sql.NullInt64
		err := tx.QueryRowContext(ctx, `SELECT state, as_of FROM part_states WHERE tenant_id = ? AND kind = ? AND part = ?`,
			ref.TenantID, ref.Def.Kind, ref.Part.Name).Scan(&state, &asOf)
		if err != nil {
			return err
		}
		switch state {
		case entity.Complete, entity.NotPermitted, entity.NotLicensed, entity.NotAvailable:
		default:
			return nil
		}
		left = true
		_, err = tx.ExecContext(ctx, `
			UPDATE run_parts
			SET phase = ?, state = ?, kept_from = ?, problem = ?, ended_at = ?
			WHERE run_id = ? AND kind = ? AND part = ?`,
			PhaseDone, state, asOf, marshalProblem(p), ms(s.Now()), ref.RunID, ref.Def.Kind, ref.Part.Name)
		return err
	})
	return left, w.wrap("leave", err)
}
