package syncer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/enforcement"
)

// assessMFA renews the verdicts at the end of a run. A failure leaves the older
// ones, with their date, and does not make the run fail: what it read is good.
func (s *Syncer) assessMFA(ctx context.Context, run store.Run) {
	if s.cat.Def(enforcementKind) == nil {
		return
	}
	begun := s.clock.Now()
	kept, err := s.renewMFA(ctx, run.TenantID, run.ID, run.Full)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.log.Error("MFA enforcement could not be computed", "run_id", run.ID, "error", fmt.Errorf("tenant %d: %w", run.TenantID, err))
	case kept:
		s.log.Info("MFA enforcement kept: nothing that it rests on has changed", "run_id", run.ID)
	default:
		s.log.Info("MFA enforcement computed", "run_id", run.ID, "duration", s.clock.Since(begun).Round(time.Millisecond))
	}
}

// renewMFA renews a tenant's verdicts; changes are noted as found by a run.
// Where nothing that they rest on has changed, it computes none, writes none, and
// notes alone that they are as of now. With full they are computed anyway.
func (s *Syncer) renewMFA(ctx context.Context, tenantID, runID int64, full bool) (kept bool, err error) {
	now := store.MFAComputed{At: s.clock.Now(), Rules: enforcement.Rules}
	last, err := s.store.MFAComputed(ctx, tenantID)
	if err != nil {
		return false, err
	}
	// Read before the rows are: what comes in between makes the verdicts old.
	if now.States, err = s.store.MFAStates(ctx, tenantID); err != nil {
		return false, err
	}
	if now.Fingerprint, err = s.store.MFAFingerprint(ctx, tenantID, mfaKinds, []string{usersKind, membersKind}); err != nil {
		return false, err
	}
	if !full && last.Rules == now.Rules && last.Fingerprint == now.Fingerprint {
		j := &judge{}
		if err := s.findMissing(ctx, tenantID, j); err != nil {
			return false, err
		}
		now.AsOf = j.asOf
		return true, s.store.NoteMFAComputed(ctx, tenantID, now)
	}
	return false, s.enforce(ctx, tenantID, runID, now, last)
}

// renewStaleMFA renews the verdicts of every tenant whose lists were read, or
// decided about, since they were computed, and that no run is on for: that one
// renews them at its end.
func (s *Syncer) renewStaleMFA(ctx context.Context) error {
	if s.cat.Def(enforcementKind) == nil {
		return nil
	}
	tenants, err := s.store.Tenants(ctx)
	if err != nil {
		return err
	}
	var failures []error
	for _, t := range tenants {
		if err := s.renewIfStale(ctx, t.ID); err != nil {
			failures = append(failures, fmt.Errorf("renew MFA enforcement of tenant %d: %w", t.ID, err))
		}
	}
	return errors.Join(failures...)
}

func (s *Syncer) renewIfStale(ctx context.Context, tenantID int64) error {
	stale, err := s.store.MFAStale(ctx, tenantID)
	if err != nil || !stale {
		return err
	}
	if _, err := s.store.ActiveRun(ctx, tenantID); !isNotFound(err) {
		return err
	}
	runs, err := s.store.Runs(ctx, tenantID, 0, 1)
	if err != nil || len(runs) == 0 {
		return err
	}
	_, err = s.renewMFA(ctx, tenantID, runs[0].ID, false)
	return err
}
