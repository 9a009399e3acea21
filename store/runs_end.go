package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/securatlas/securatlas/syncer/entity"
)

// CodeProcessEnded is the code of a run that was taken for dead, whoever did
// so: nobody wanted it to end, and it is owed to the tenant.
const CodeProcessEnded = "process_ended"

// FinishRun ends a run with its status and, where it failed as a whole, why,
// and frees its lease. Parts that were never begun are done without a state.
// It returns ErrConflict when the run has ended already: it was taken for dead.
func (s *Store) FinishRun(ctx context.Context, runID int64, status RunStatus, p *entity.Problem) error {
	if status == RunRunning || status == "" {
		return fmt.Errorf("finish run %d: %q is no status to end with", runID, status)
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		var now RunStatus
		err := tx.QueryRowContext(ctx, `SELECT status FROM runs WHERE id = ?`, runID).Scan(&now)
		if err != nil {
			return orNotFound(err, "run")
		}
		if now != RunRunning {
			return conflict("The run has ended already: %s.", now)
		}
		return s.endRun(ctx, tx, runID, status, p)
	})
	if err != nil {
		return fmt.Errorf("finish run %d: %w", runID, err)
	}
	// A run writes much. What follows keeps queries fast and the disk small;
	// the run has ended well without it, and the next one does it again.
	if _, err := s.write.ExecContext(ctx, `PRAGMA optimize`); err == nil {
		_ = truncateLog(ctx, s.write)
	}
	return nil
}

// InterruptDeadRuns marks runs as interrupted whose process is gone or silent
// for 30 s, of all tenants, and returns them. A process of another machine or
// container counts as gone only once it was silent that long, so a caller at
// start should call it again after that.
func (s *Store) InterruptDeadRuns(ctx context.Context) ([]Run, error) {
	var ended []Run
	err := s.tx(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT id, tenant_id FROM runs WHERE status = ? ORDER BY id`, RunRunning)
		running, err := collect(rows, err, func(r rowScanner) (l lease, err error) {
			err = r.Scan(&l.runID, &l.tenantID)
			return l, err
		})
		if err != nil {
			return err
		}
		for _, r := range running {
			l, err := leaseOf(ctx, tx, r.tenantID)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if l.runID == r.runID && s.live(l) {
				continue
			}
			if err := s.interrupt(ctx, tx, r.runID); err != nil {
				return err
			}
			run, err := s.run(ctx, tx, r.runID)
			if err != nil {
				return err
			}
			ended = append(ended, run)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("interrupt dead runs: %w", err)
	}
	return ended, nil
}

// interrupt ends a run whose process is gone. A part that it was reading is
// partial when pages of it had come, in the run as in what is known of the
// tenant; without pages nothing is known that was not known before, and the
// part keeps its state.
func (s *Store) interrupt(ctx context.Context, tx *sql.Tx, runID int64) error {
	run, err := s.run(ctx, tx, runID)
	if errors.Is(err, ErrNotFound) {
		_, err := tx.ExecContext(ctx, `DELETE FROM leases WHERE run_id = ?`, runID)
		return err
	}
	if err != nil {
		return err
	}
	now := ms(s.Now())
	for _, p := range run.Parts {
		if p.Phase != PhaseRunning {
			continue
		}
		state := entity.Failed
		why := interrupted("SecurAtlas stopped before any page was stored.")
		if p.Pages > 0 {
			state = entity.Partial
			why = stoppedAfter(p.Rows)
		}
		_, err := tx.ExecContext(ctx, `
			UPDATE run_parts
			SET
				phase    = ?,
				state    = ?,
				problem  = ?,
				ended_at = ?
			WHERE run_id = ? AND kind = ? AND part = ?`,
			PhaseDone, state, marshalProblem(why), now, runID, p.Kind, p.Part)
		if err != nil {
			return err
		}
		if p.Pages == 0 {
			continue
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE part_states
			SET
				state    = ?,
				run_id   = ?,
				added    = ?,
				changed  = ?,
				removed  = ?,
				requests = ?,
				pages    = ?,
				problem  = ?,
				needs    = '[]',
				retry_at = NULL
			WHERE tenant_id = ? AND kind = ? AND part = ?`,
			state, runID, p.Added, p.Changed, p.Removed, p.Requests, p.Pages, marshalProblem(why),
			run.TenantID, p.Kind, p.Part)
		if err != nil {
			return err
		}
	}
	why := interrupted("The process that ran this sync ended before the sync did.")
	why.Code = CodeProcessEnded
	return s.endRun(ctx, tx, runID, RunInterrupted, why)
}

// stoppedAfter is why a part of a dead run is partial.
func stoppedAfter(rows int) *entity.Problem {
	return interrupted(fmt.Sprintf("SecurAtlas stopped after %d rows were stored.", rows))
}

func interrupted(message string) *entity.Problem {
	return &entity.Problem{
		Class:   entity.ClassInternal,
		Code:    "interrupted",
		Message: message,
		Cure:    "Nothing that was stored is lost. Refresh the tenant to read the rest.",
	}
}

func (s *Store) endRun(ctx context.Context, tx *sql.Tx, runID int64, status RunStatus, p *entity.Problem) error {
	now := ms(s.Now())
	_, err := tx.ExecContext(ctx, `
		UPDATE runs
		SET
			status   = ?,
			problem  = ?,
			ended_at = ?
		WHERE id = ?`, status, marshalProblem(p), now, runID)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		UPDATE run_parts
		SET
			phase    = ?,
			ended_at = iif(started_at IS NULL, NULL, ?)
		WHERE run_id = ? AND phase <> ?`, PhaseDone, now, runID, PhaseDone)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM leases WHERE run_id = ?`, runID)
	return err
}
