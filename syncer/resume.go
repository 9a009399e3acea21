package syncer

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// resumeDepth is how many runs of a tenant are looked at for one to do again.
// Older ones have long been made up by a night.
const resumeDepth = 10

// resume marks the runs of dead processes and does again what runs that ended
// with one of the codes left unfinished. It goes by what is stored, so it does
// not matter who marked a run, and what fails is tried again the next time.
func (s *Syncer) resume(ctx context.Context, codes ...string) error {
	s.renewLeases(ctx)
	if _, err := s.store.InterruptDeadRuns(ctx); err != nil {
		return err
	}
	integrations, err := s.store.Integrations(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, i := range integrations {
		if err := s.resumeTenant(ctx, i, codes); err != nil {
			failed = errors.Join(failed, fmt.Errorf("resume the sync of tenant %d: %w", i.TenantID, err))
		}
	}
	return failed
}

// resumeTenant starts one run for all that is owed to a tenant. Entities that
// an interrupted run had completed are not repeated.
func (s *Syncer) resumeTenant(ctx context.Context, i store.Integration, codes []string) error {
	runs, err := s.store.Runs(ctx, i.TenantID, 0, resumeDepth)
	if err != nil {
		return err
	}
	again := store.NewRun{TenantID: i.TenantID, Trigger: store.TriggerStartup}
	var owed []int64
	for n, run := range runs {
		if run.StartedAt.Before(i.ConnectedAt) {
			break
		}
		if run.Status != store.RunInterrupted || run.Problem == nil || !slices.Contains(codes, run.Problem.Code) {
			continue
		}
		kinds := s.unfinished(run)
		madeUp := func(later store.Run) bool { return covers(s.cat, later, kinds, run.Full) }
		if len(kinds) == 0 || slices.ContainsFunc(runs[:n], madeUp) {
			continue
		}
		owed = append(owed, run.ID)
		again.By, again.Full = run.By, again.Full || run.Full
		again.Kinds = append(again.Kinds, kinds...)
	}
	if len(owed) == 0 {
		return nil
	}
	_, joined, err := s.Start(ctx, again)
	var p *entity.Problem
	if errors.As(err, &p) {
		return nil // disconnected meanwhile
	}
	if err == nil && !joined {
		s.log.Info("sync is done again after an interruption", "tenant_id", i.TenantID, "interrupted_run_ids", owed, "kinds", again.Kinds)
	}
	return err
}

// unfinished lists the kinds of a run of which some part was not read to the
// end.
func (s *Syncer) unfinished(run store.Run) []string {
	open := map[string]bool{}
	for _, p := range run.Parts {
		if p.State == "" || p.Problem != nil && (p.Problem.Code == codeInterrupted || p.Problem.Code == codeShutdown) {
			open[p.Kind] = true
		}
	}
	var kinds []string
	for _, kind := range run.Kinds {
		if open[kind] && s.cat.Def(kind) != nil {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}
