package store

import (
	"context"
	"database/sql"
	"fmt"
)

// A deletion of a tenant's data takes many transactions. It holds the tenant's
// lease, so that nothing is connected or synced meanwhile whose rows it would
// delete; like that of a run, the lease of a dead process frees itself. In the
// place of the run it has the tenant's negative id, which no run has.
func deletionOf(tenantID int64) int64 { return -tenantID }

func (l lease) deletion() bool { return l.runID == deletionOf(l.tenantID) }

func deleting() error {
	return conflict("The data of this tenant are being deleted: try again when that is done.")
}

// beginDeletion takes the lease, or returns ErrConflict while a sync or
// another deletion has it.
func (s *Store) beginDeletion(ctx context.Context, tx *sql.Tx, tenantID int64) error {
	if err := s.notRunning(ctx, tx, tenantID); err != nil {
		return err
	}
	return s.takeLease(ctx, tx, tenantID, deletionOf(tenantID))
}

// notDeleting returns ErrConflict while a tenant's data are being deleted. A
// deletion that was taken for dead loses its lease and deletes no more.
func (s *Store) notDeleting(ctx context.Context, tx *sql.Tx, tenantID int64) error {
	l, err := leaseOf(ctx, tx, tenantID)
	switch {
	case err != nil:
		return ignoreNotFound(err)
	case !l.deletion():
		return nil
	case s.live(l):
		return deleting()
	default:
		return s.endDeletion(ctx, tx, tenantID)
	}
}

// endDeletion frees the lease. It also does so for a deletion that failed,
// whose caller may be gone.
func (s *Store) endDeletion(ctx context.Context, db execer, tenantID int64) error {
	_, err := db.ExecContext(context.WithoutCancel(ctx), `DELETE FROM leases WHERE run_id = ?`, deletionOf(tenantID))
	return err
}

// deleteStep is one transaction of a deletion. It renews the lease first.
func (s *Store) deleteStep(ctx context.Context, tenantID int64, fn func(*sql.Tx) error) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE leases
			SET heartbeat_at = ?
			WHERE run_id = ? AND process = ?`, ms(s.Now()), deletionOf(tenantID), processToken)
		if err != nil {
			return fmt.Errorf("renew the lease: %w", err)
		}
		if oneRow(res) != nil {
			return conflict("The deletion stood still and was taken for dead. What is left was not deleted: start it again.")
		}
		return fn(tx)
	})
}

// deleteChunks repeats a statement that deletes at most as many rows of a
// tenant as its second argument says, until nothing is left.
func (s *Store) deleteChunks(ctx context.Context, tenantID int64, statement string) error {
	for {
		var deleted int64
		err := s.deleteStep(ctx, tenantID, func(tx *sql.Tx) error {
			res, err := tx.ExecContext(ctx, statement, tenantID, chunkRows)
			if err != nil {
				return err
			}
			deleted, err = res.RowsAffected()
			return err
		})
		if err != nil || deleted == 0 {
			return err
		}
	}
}
