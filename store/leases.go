package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"
)

// A lease is the right to run a sync of a tenant. Its owner renews it with
// Heartbeat; one not renewed for this long is dead.
const leaseLife = 30 * time.Second

type lease struct {
	tenantID  int64
	runID     int64
	host      string
	pid       int
	process   string
	heartbeat time.Time
}

// live reports whether the owner of a lease still works. A heartbeat from the
// future comes from before the clock was set back.
func (s *Store) live(l lease) bool {
	if age := s.Now().Sub(l.heartbeat); age > leaseLife || age < -leaseLife {
		return false
	}
	return !processGone(l.host, l.pid, l.process)
}

// Heartbeat renews the lease of a run and reports whether someone asked to
// cancel it. It returns ErrNotFound when the run has lost its lease: it was
// taken for dead, and must stop without writing any more.
func (s *Store) Heartbeat(ctx context.Context, runID int64) (cancel bool, err error) {
	err = s.write.QueryRowContext(ctx, `
		UPDATE leases
		SET heartbeat_at = ?
		WHERE run_id = ?
		RETURNING cancel_requested`, ms(s.Now()), runID).Scan(&cancel)
	if err != nil {
		return false, orNotFound(err, "lease of run %d", runID)
	}
	return cancel, nil
}

// RequestCancel asks the run of a tenant to stop and returns it, 0 when none
// runs. The run hears of it at its next heartbeat.
func (s *Store) RequestCancel(ctx context.Context, tenantID int64) (runID int64, err error) {
	err = s.tx(ctx, func(tx *sql.Tx) error {
		l, err := leaseOf(ctx, tx, tenantID)
		if err != nil || l.deletion() || !s.live(l) {
			return ignoreNotFound(err)
		}
		runID = l.runID
		_, err = tx.ExecContext(ctx, `UPDATE leases SET cancel_requested = 1 WHERE tenant_id = ?`, tenantID)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("cancel the run of a tenant: %w", err)
	}
	return runID, nil
}

// takeLease gives a tenant's lease, which must be free, to a run of this
// process.
func (s *Store) takeLease(ctx context.Context, tx *sql.Tx, tenantID, runID int64) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO leases (tenant_id, run_id, host, pid, process, heartbeat_at)
		VALUES (?, ?, ?, ?, ?, ?)`,
		tenantID, runID, hostname(), os.Getpid(), processToken, ms(s.Now()))
	return err
}

// notRunning returns ErrConflict while a sync of the tenant runs or its data
// are being deleted.
func (s *Store) notRunning(ctx context.Context, tx *sql.Tx, tenantID int64) error {
	l, err := leaseOf(ctx, tx, tenantID)
	if err != nil {
		return ignoreNotFound(err)
	}
	if s.live(l) && l.deletion() {
		return deleting()
	}
	if s.live(l) {
		return conflict("A sync of this tenant is running: wait for its end, or disconnect, which stops it.")
	}
	return s.interrupt(ctx, tx, l.runID)
}

// leaseOf returns a tenant's lease, live or dead, or ErrNotFound.
func leaseOf(ctx context.Context, db querier, tenantID int64) (lease, error) {
	l, err := scanLease(db.QueryRowContext(ctx, selectLeases+` WHERE tenant_id = ?`, tenantID))
	if err != nil {
		return lease{}, orNotFound(err, "lease of tenant %d", tenantID)
	}
	return l, nil
}

const selectLeases = `
	SELECT
		tenant_id,
		run_id,
		host,
		pid,
		process,
		heartbeat_at
	FROM leases`

func scanLease(r rowScanner) (l lease, err error) {
	var heartbeat int64
	err = r.Scan(&l.tenantID, &l.runID, &l.host, &l.pid, &l.process, &heartbeat)
	l.heartbeat = fromMS(heartbeat)
	return l, err
}

func ignoreNotFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
