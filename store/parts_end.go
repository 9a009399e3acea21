package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// outcome is how a list ended.
type outcome struct {
	state      entity.State
	problem    *entity.Problem
	complete   bool // the whole list was read and is believed: as of now
	gaps       bool // it was read to its end but for the gaps that are noted
	emptyLists int
	showLines  bool // the lines without identity are shown
}

// Stop ends a list that could not be read to its end, p saying why; nil stands
// for a sync that was stopped from outside. Rows, columns and as-of stay as
// they are. The state is the problem's own when no page had come or when
// Microsoft asked to wait, else Partial. It is recorded even when ctx has
// ended, since that may be the reason.
func (w *PartWriter) Stop(ctx context.Context, p *entity.Problem, t Traffic) (PartState, error) {
	ctx = context.WithoutCancel(ctx)
	if p == nil {
		p = &entity.Problem{
			Class:   entity.ClassInternal,
			Code:    "stopped",
			Message: "The sync was stopped.",
			Cure:    "Start it again.",
		}
	}
	end := outcome{state: p.State(), problem: p, emptyLists: w.emptyLists}
	// What the database did not take is no matter of pages.
	if w.pages > 0 && end.state != entity.Throttled && p.Code != CodeNotStored {
		said := *p
		said.Message = fmt.Sprintf("Stopped after %d rows: %s", w.counts.Rows, p.Message)
		end.state, end.problem = entity.Partial, &said
	}
	return w.stop(ctx, end, t)
}

// stop ends a list that is not complete.
func (w *PartWriter) stop(ctx context.Context, end outcome, t Traffic) (PartState, error) {
	err := w.tx(ctx, func(tx *sql.Tx) error { return w.end(ctx, tx, end, t) })
	if err != nil {
		return PartState{}, w.wrap("stop", err)
	}
	state, err := w.state(ctx)
	if err == nil {
		err = w.dropHiddenLines(ctx)
	}
	if err == nil {
		err = w.renew(ctx)
	}
	return state, w.wrap("stop", err)
}

// end stores how the list ended.
func (w *PartWriter) end(ctx context.Context, tx *sql.Tx, end outcome, t Traffic) error {
	now := ms(w.s.Now())
	var needs []string
	var retryAt time.Time
	if end.problem != nil {
		needs, retryAt = end.problem.Needs, end.problem.RetryAt
	}
	kind, part := w.ref.Def.Kind, w.ref.Part.Name
	_, err := tx.ExecContext(ctx, `
		UPDATE part_states
		SET state = ?, run_id = ?, added = ?, changed = ?, removed = ?, requests = ?, pages = ?,
		    needs = ?, problem = ?, retry_at = ?, empty_lists = ?, all_but_gaps = ?
		WHERE tenant_id = ? AND kind = ? AND part = ?`,
		end.state, w.ref.RunID, w.counts.Added, w.counts.Changed, w.counts.Removed, t.Requests, w.pages,
		marshalStrings(needs), marshalProblem(end.problem), nullMS(retryAt), end.emptyLists, end.complete || end.gaps,
		w.ref.TenantID, kind, part)
	if err != nil {
		return fmt.Errorf("store the state: %w", err)
	}
	if err := w.noteSource(ctx, tx); err != nil {
		return fmt.Errorf("store the source: %w", err)
	}
	if err := w.noteDelta(ctx, tx, end, now); err != nil {
		return err
	}
	if err := w.noteMarks(ctx, tx, end.complete || len(w.vanished) > 0); err != nil {
		return err
	}
	if end.complete {
		_, err := tx.ExecContext(ctx, `
			UPDATE part_states
			SET as_of = ?1, settled_at = iif(state = 'held', settled_at, ?1), columns_version = ?2, rows = iif(?3, rows, ?4)
			WHERE tenant_id = ?5 AND kind = ?6 AND part = ?7`,
			now, w.version, w.first, w.counts.Rows, w.ref.TenantID, kind, part)
		if err != nil {
			return fmt.Errorf("store the state: %w", err)
		}
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE run_parts
		SET phase = 'done', state = ?, pages = ?, rows = ?, added = ?, changed = ?, removed = ?,
		    requests = ?, retries = ?, waited_ms = ?, problem = ?, ended_at = ?, columns_failed = ?
		WHERE run_id = ? AND kind = ? AND part = ?`,
		end.state, w.pages, w.counts.Rows, w.counts.Added, w.counts.Changed, w.counts.Removed,
		t.Requests, t.Retries, t.Waited.Milliseconds(), marshalProblem(end.problem), now, w.failed(),
		w.ref.RunID, kind, part)
	if err != nil {
		return fmt.Errorf("store the run's progress: %w", err)
	}
	return nil
}

// noteSource stores which of its sources a part was read from. A part that a
// source refused keeps the one that its rows came from. How far the windows of
// another source reach says nothing about this one.
func (w *PartWriter) noteSource(ctx context.Context, tx *sql.Tx) error {
	part := w.ref.Def.Part(w.ref.Part.Name)
	if part.Else == nil || w.pages == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE part_states
		SET reach_from = iif(source = ?1, reach_from, NULL), reach_to = iif(source = ?1, reach_to, NULL), source = ?1
		WHERE tenant_id = ?2 AND kind = ?3 AND part = ?4`,
		w.ref.Part.Resource, w.ref.TenantID, w.ref.Def.Kind, part.Name)
	return err
}

// renew renews what is computed from the rows.
func (w *PartWriter) renew(ctx context.Context) error {
	if err := w.forgetList(ctx); err != nil {
		return fmt.Errorf("forget the rows seen: %w", err)
	}
	if err := w.s.refreshFacets(ctx, w.ref.TenantID, w.ref.Def); err != nil {
		return fmt.Errorf("count filter values: %w", err)
	}
	return nil
}

// state reads what was stored.
func (w *PartWriter) state(ctx context.Context) (PartState, error) {
	states, err := w.s.partStates(ctx, w.ref.TenantID, w.ref.Def.Kind)
	if err != nil {
		return PartState{}, err
	}
	return states[partKey{w.ref.Def.Kind, w.ref.Part.Name}].PartState, nil
}
