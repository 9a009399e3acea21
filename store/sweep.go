package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/securatlas/securatlas/syncer/entity"
)

// removalChunk is how many rows one transaction removes: some 100 ms.
const removalChunk = 2000

// list is what is known about a complete list when it ends.
type list struct {
	rows       int // in the list
	prior      int // live rows when it began
	missing    int // live rows that it did not show
	emptyLists int // complete empty lists just before it
	allowEmpty bool
}

// verdict is what happens to the rows that a complete list did not show.
type verdict int

const (
	removeMissing verdict = iota
	holdMissing           // a person decides
	keepMissing           // until a second empty list agrees
)

// judge applies the removal rules. Microsoft's lists have been seen to come
// back short or empty without an error: what would go must be either little,
// or normal for the entity, or confirmed by a person or a second list.
func (l list) judge() verdict {
	empty := l.rows == 0
	switch {
	case l.missing == 0:
		return removeMissing
	case tooMany(l.missing, l.prior):
		return holdMissing
	case empty && !l.allowEmpty && l.emptyLists == 0:
		return keepMissing
	}
	return removeMissing
}

// Complete ends a list that was read to its end without an error. Of the first
// part, where it is read in full, it decides about the live rows that the list did not show: they are
// removed, held or kept. Removals do not clear columns. It then renews what is
// computed from the rows: filter values and search index.
//
// If that last step fails, the returned state is stored and right, and the
// error says what failed; the next list makes up for it.
func (w *PartWriter) Complete(ctx context.Context, t Traffic) (PartState, error) {
	state, err := w.complete(ctx, t)
	if err != nil {
		return PartState{}, w.wrap("complete", err)
	}
	if err := w.forgetGaps(ctx); err != nil {
		return state, w.wrap("forget the gaps of", err)
	}
	if err := w.renew(ctx); err != nil {
		return state, w.wrap("complete", err)
	}
	return state, w.wrap("complete", w.s.buildIndex(ctx, w.ref.TenantID, w.ref.Def))
}

func (w *PartWriter) complete(ctx context.Context, t Traffic) (PartState, error) {
	if w.delta.changes {
		return w.completeChanges(ctx, t)
	}
	if err := w.release(ctx, true); err != nil {
		return PartState{}, err
	}
	end := outcome{state: entity.Complete, complete: true}
	if p := w.doubt(); p != nil {
		end = outcome{state: entity.Partial, problem: p}
		if len(w.vanished) == 0 {
			end.emptyLists = w.emptyLists + 1
		}
	}
	if p := w.shared.problem(w.ref.Def); p != nil {
		end = outcome{state: entity.Partial, problem: p}
	}
	if !w.first || w.ref.Part.Mode != entity.Full {
		err := w.tx(ctx, func(tx *sql.Tx) error {
			end, err := w.covering(ctx, tx, end)
			if err != nil {
				return err
			}
			return w.end(ctx, tx, end, t)
		})
		if err != nil {
			return PartState{}, err
		}
		return w.state(ctx)
	}

	return w.sweep(ctx, end, t)
}

// sweep decides about the live rows that a whole list did not show.
func (w *PartWriter) sweep(ctx context.Context, end outcome, t Traffic) (PartState, error) {
	rosterRead, err := w.rosterRead(ctx)
	if err != nil {
		return PartState{}, fmt.Errorf("look for the roster: %w", err)
	}
	missing, unjudged, err := w.missing(ctx, rosterRead)
	if err != nil {
		return PartState{}, fmt.Errorf("compare with the stored rows: %w", err)
	}
	end.showLines = w.lines.seen > 0 && unjudged+len(missing) == 0 && !rosterRead
	if p := w.unjudged(unjudged, rosterRead); p != nil && end.state == entity.Complete {
		end.state, end.problem, end.complete = entity.Partial, p, false
	}
	l := list{w.counts.Rows, w.prior, len(missing), w.emptyLists, w.ref.Def.AllowEmpty}
	decision := l.judge()
	switch decision {
	case removeMissing:
		// The decision stands: if the process dies between two steps, the next
		// list finds the rest, which is then a smaller share.
		for len(missing) > removalChunk {
			err := w.tx(ctx, func(tx *sql.Tx) error {
				return w.remove(ctx, tx, missing[:removalChunk])
			})
			if err != nil {
				return PartState{}, fmt.Errorf("remove rows: %w", err)
			}
			missing = missing[removalChunk:]
		}
	case holdMissing:
		end.state, end.complete = entity.Held, true
		end.problem = heldProblem(w.ref.Def, len(missing), l.prior)
	case keepMissing:
		end.complete = false
		end.emptyLists = w.emptyLists + 1
		end.state = entity.Partial
		end.problem = emptyProblem(w.ref.Def, len(missing))
	}
	if err := w.replaceLines(ctx, end.showLines); err != nil {
		return PartState{}, fmt.Errorf("replace the lines without identity: %w", err)
	}
	err = w.tx(ctx, func(tx *sql.Tx) error {
		if decision == removeMissing {
			if err := w.remove(ctx, tx, missing); err != nil {
				return fmt.Errorf("remove rows: %w", err)
			}
		}
		if err := w.hold(ctx, tx, decision == holdMissing, rosterRead); err != nil {
			return fmt.Errorf("hold rows: %w", err)
		}
		if err := w.noteLines(ctx, tx, end); err != nil {
			return err
		}
		return w.end(ctx, tx, end, t)
	})
	if err != nil {
		return PartState{}, err
	}
	return w.state(ctx)
}

func heldProblem(d *entity.Def, missing, prior int) *entity.Problem {
	return &entity.Problem{
		Class:   entity.ClassData,
		Code:    "removals_held",
		Message: fmt.Sprintf("%d of %d rows of %s are missing from the newest list. They are kept until someone decides.", missing, prior, d.Title),
		Cure:    "Look at the held rows, then confirm or reject their removal.",
	}
}

func emptyProblem(d *entity.Def, kept int) *entity.Problem {
	return &entity.Problem{
		Class:   entity.ClassData,
		Code:    "list_empty",
		Message: fmt.Sprintf("Microsoft's list of %s was empty. The %d rows read before are kept until a second list agrees.", d.Title, kept),
		Cure:    "Sync again: if the list is still empty, the rows are removed.",
	}
}

// missing returns the live rows that the list did not show, and how many more
// there are that it cannot say anything about. It reads beside the writer:
// nobody else adds to this list meanwhile.
func (w *PartWriter) missing(ctx context.Context, rosterRead bool) (missing []int64, unjudged int, err error) {
	judged, args := w.unseen(rosterRead, true)
	rows, err := w.s.read.QueryContext(ctx,
		`SELECT e.row_id FROM `+quoted(w.ref.Def.Kind)+` AS e WHERE `+judged+` ORDER BY e.row_id`, args...)
	missing, err = collect(rows, err, func(r rowScanner) (id int64, err error) { return id, r.Scan(&id) })
	all, args := w.unseen(rosterRead, false)
	if err != nil || all == judged {
		return missing, 0, err
	}
	err = w.s.read.QueryRowContext(ctx,
		`SELECT count(*) FROM `+quoted(w.ref.Def.Kind)+` AS e WHERE `+all, args...).Scan(&unjudged)
	return missing, unjudged - len(missing), err
}

// unjudged is why n rows are neither confirmed nor missing; nil where there are
// none.
func (w *PartWriter) unjudged(n int, rosterRead bool) *entity.Problem {
	conceals, roster := w.ref.Part.Conceals, w.roster()
	kept := counted(n, "row", "rows")
	switch {
	case n == 0:
		return nil
	case w.lines.seen > 0:
		lines := "they cannot be compared with anything and are not shown beside the rows that are known"
		if rosterRead {
			lines = "they belong to no row that is known"
		}
		return &entity.Problem{
			Class:   entity.ClassData,
			Code:    "names_concealed",
			Message: fmt.Sprintf("%s: %s. %s, kept as of %s, can be neither confirmed nor missed.", concealedText(conceals, w.lines.seen), lines, kept, w.asOf.UTC().Format("2 Jan 2006, 15:04 UTC")),
			Cure:    conceals.Cure,
			Link:    conceals.Link,
		}
	case roster != nil:
		return &entity.Problem{
			Class:   entity.ClassData,
			Code:    "roster_unread",
			Message: fmt.Sprintf("%s came from Microsoft's list of %s (%s), which could not be read this time. They are kept as they were.", kept, w.ref.Def.Title, roster.Title),
			Cure:    "Look why that list could not be read, then sync again.",
		}
	}
	return nil // the list has said why already
}

// tx runs a transaction of the list. What is counted in one that fails has not
// happened.
func (w *PartWriter) tx(ctx context.Context, fn func(*sql.Tx) error) error {
	counts := w.counts
	err := w.s.tx(ctx, func(tx *sql.Tx) error {
		if err := w.owns(ctx, tx); err != nil {
			return err
		}
		return fn(tx)
	})
	if err != nil {
		w.counts = counts
	}
	return err
}

// remove removes some of the missing rows.
func (w *PartWriter) remove(ctx context.Context, tx *sql.Tx, rowIDs []int64) error {
	if len(rowIDs) == 0 {
		return nil
	}
	now := ms(w.s.Now())
	removed, err := removeRows(ctx, tx, w.ref.TenantID, w.ref.Def, now, rowIDs)
	if err != nil {
		return err
	}
	if !w.baseline {
		err := insertChanges(ctx, tx, w.ref.TenantID, w.ref.RunID, w.ref.Def.Kind, now, removals(removed))
		if err != nil {
			return err
		}
	}
	w.counts.Removed += len(removed)
	if err := addLive(ctx, tx, w.ref.TenantID, w.ref.Def, -len(removed)); err != nil {
		return err
	}
	return facetsStale(ctx, tx, w.ref.TenantID, w.ref.Def.Kind)
}

// hold replaces the rows that wait for a person by those missing from this
// list, or by none.
func (w *PartWriter) hold(ctx context.Context, tx *sql.Tx, missing, rosterRead bool) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM held_rows WHERE tenant_id = ? AND kind = ?`,
		w.ref.TenantID, w.ref.Def.Kind)
	if err != nil || !missing {
		return err
	}
	judged, args := w.unseen(rosterRead, true)
	_, err = tx.ExecContext(ctx, `
		INSERT INTO held_rows (tenant_id, kind, row_id)
		SELECT e.tenant_id, ?2, e.row_id
		FROM `+quoted(w.ref.Def.Kind)+` AS e
		WHERE `+judged, args...)
	return err
}
