package syncer

import (
	"context"
	"slices"
	"sync"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// What a run found out and the store did not take is kept in memory, so that the
// process that ran it says so: a full disk or a locked database must not let
// yesterday's states pass for today's.

// unstoredParts are the parts of a run whose end could not be stored.
type unstoredParts struct {
	mu    sync.Mutex
	parts []unstoredPart
}

type unstoredPart struct {
	ref     store.PartRef
	problem *entity.Problem
}

// noteUnstored notes a part whose end could not be stored: it failed, whatever
// was read. It does nothing for a run of another process.
func (s *Syncer) noteUnstored(ref store.PartRef, p *entity.Problem) {
	s.mu.Lock()
	local := s.runs[ref.RunID]
	s.mu.Unlock()
	if local == nil {
		return
	}
	local.failed.mu.Lock()
	defer local.failed.mu.Unlock()
	local.failed.parts = append(local.failed.parts, unstoredPart{ref, p})
}

// storeFailed tries once more to store the parts that failed for the store's
// sake; those that it takes are forgotten.
func (s *Syncer) storeFailed(ctx context.Context, run store.Run) {
	failed := s.failedParts(run.ID)
	if failed == nil {
		return
	}
	failed.mu.Lock()
	defer failed.mu.Unlock()
	for len(failed.parts) > 0 {
		part := failed.parts[0]
		if err := s.store.FailPart(context.WithoutCancel(ctx), part.ref, part.problem); err != nil {
			s.log.Error("failed part could not be stored", "run_id", run.ID, "kind", part.ref.Def.Kind, "part", part.ref.Part.Name, "error", err)
			return // the others would wait as long
		}
		failed.parts = failed.parts[1:]
	}
}

func (s *Syncer) failedParts(runID int64) *unstoredParts {
	s.mu.Lock()
	defer s.mu.Unlock()
	if local := s.runs[runID]; local != nil {
		return local.failed
	}
	return nil
}

// withUnstored returns a run with what its process knows beside what is stored.
func (s *Syncer) withUnstored(run store.Run) store.Run {
	failed := s.failedParts(run.ID)
	if failed == nil {
		return run
	}
	failed.mu.Lock()
	defer failed.mu.Unlock()
	run.Parts = slices.Clone(run.Parts)
	for _, part := range failed.parts {
		for i := range run.Parts {
			if p := &run.Parts[i]; p.Kind == part.ref.Def.Kind && p.Part == part.ref.Part.Name {
				p.Phase, p.State, p.Problem, p.Unstored = store.PhaseDone, entity.Failed, part.problem, true
			}
		}
	}
	return run
}

// keepUnstored keeps a run whose end could not be stored, for who waits for it.
func (s *Syncer) keepUnstored(ctx context.Context, run store.Run, status store.RunStatus, p *entity.Problem) {
	if now, err := s.store.Run(ctx, run.ID); err == nil {
		run = now
	}
	run = s.withUnstored(run)
	run.Status, run.Problem, run.EndedAt = status, p, s.clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unstored[run.ID] = run
}

// keepUnstoredParts keeps a run that is stored, where some of its parts are not.
func (s *Syncer) keepUnstoredParts(ctx context.Context, run store.Run) {
	now, err := s.store.Run(ctx, run.ID)
	if err != nil {
		return // Wait says so
	}
	now = s.withUnstored(now)
	if !slices.ContainsFunc(now.Parts, func(p store.RunPart) bool { return p.Unstored }) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unstored[run.ID] = now
}

// Ended returns a run as it is now, without waiting for its end, with what this
// process knows of it and could not store.
func (s *Syncer) Ended(ctx context.Context, runID int64) (store.Run, error) {
	if run, ok := s.unstoredRun(runID); ok {
		return run, nil
	}
	return s.store.Run(ctx, runID)
}

func (s *Syncer) unstoredRun(runID int64) (store.Run, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run, ok := s.unstored[runID]
	return run, ok
}
