package syncer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
)

const (
	// heartbeat is how often a run says that it lives; the store takes a run
	// for dead after 30 s without.
	heartbeat = 3 * time.Second
	// readers is how many entities a run reads at once. Microsoft's limits,
	// not this, bound the pace; memory is bounded by the pages in flight.
	readers = 4
	// poll is how often a run of another process is looked at.
	poll = 500 * time.Millisecond
)

// Start begins a run, or joins the one that is on for the tenant. It returns
// at once; Wait follows the run. The error is an *entity.Problem when the
// tenant is not connected.
func (s *Syncer) Start(ctx context.Context, r store.NewRun) (run store.Run, joined bool, err error) {
	i, err := s.store.Integration(ctx, r.TenantID)
	if err != nil && !isNotFound(err) {
		return store.Run{}, false, err
	}
	if err != nil || !i.Connected {
		return store.Run{}, false, notConnected()
	}
	if s.ctx.Err() != nil {
		return store.Run{}, false, errShutdown
	}
	s.renewLeases(ctx)
	run, joined, err = s.store.StartRun(ctx, r)
	if errors.Is(err, store.ErrNotConnected) {
		return store.Run{}, false, notConnected()
	}
	if err != nil || joined {
		return run, joined, err
	}
	s.launch(run)
	return run, false, nil
}

// launch carries out a run whose lease this process holds.
func (s *Syncer) launch(run store.Run) {
	ctx, cancel := context.WithCancelCause(s.ctx)
	local := &localRun{cancel: cancel, done: make(chan struct{}), failed: &unstoredParts{}}
	s.mu.Lock()
	s.runs[run.ID] = local
	s.mu.Unlock()
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		defer func() {
			s.mu.Lock()
			delete(s.runs, run.ID)
			s.mu.Unlock()
			cancel(nil)
			close(local.done)
		}()
		s.carryOut(ctx, cancel, run)
	}()
}

// Wait returns a run when it has ended, wherever it is carried out.
func (s *Syncer) Wait(ctx context.Context, runID int64) (store.Run, error) {
	s.mu.Lock()
	local := s.runs[runID]
	s.mu.Unlock()
	if local != nil {
		select {
		case <-local.done:
		case <-ctx.Done():
			return store.Run{}, ctx.Err()
		}
	}
	for {
		if run, ok := s.unstoredRun(runID); ok {
			return run, nil
		}
		run, err := s.store.Run(ctx, runID)
		if err != nil || run.Status != store.RunRunning {
			return run, err
		}
		if _, err := s.store.ActiveRun(ctx, run.TenantID); isNotFound(err) {
			s.renewLeases(ctx)
			if _, err := s.store.InterruptDeadRuns(ctx); err != nil {
				return run, err
			}
			continue
		}
		if err := s.sleep(ctx, poll); err != nil {
			return run, err
		}
	}
}

// Cancel stops a tenant's run, also one of another process, and waits until it
// has ended.
func (s *Syncer) Cancel(ctx context.Context, tenantID int64) error {
	s.renewLeases(ctx)
	runID, err := s.store.RequestCancel(ctx, tenantID)
	if err != nil || runID == 0 {
		return err
	}
	s.mu.Lock()
	if local := s.runs[runID]; local != nil {
		local.cancel(errCancelled)
	}
	s.mu.Unlock()
	_, err = s.Wait(ctx, runID)
	return err
}

// disconnectTries bounds how many runs Disconnect stops, each of which began
// after it had stopped the one before.
const disconnectTries = 5

// Disconnect stops the tenant's run, wipes its credential and keeps its data.
func (s *Syncer) Disconnect(ctx context.Context, by store.Actor, tenantID int64) error {
	for try := 1; ; try++ {
		if err := s.Cancel(ctx, tenantID); err != nil {
			return fmt.Errorf("stop the running sync: %w", err)
		}
		err := s.store.Disconnect(ctx, by, tenantID)
		if !errors.Is(err, store.ErrConflict) || try == disconnectTries {
			return err
		}
	}
}

// carryOut does a run from its permission check to its end.
func (s *Syncer) carryOut(ctx context.Context, cancel context.CancelCauseFunc, run store.Run) {
	log := s.log.With("tenant_id", run.TenantID, "run_id", run.ID)
	log.Info("sync started", "trigger", run.Trigger, "kinds", len(run.Kinds), "full", run.Full)
	beats, stopBeats := context.WithCancel(context.Background())
	var beating sync.WaitGroup
	beating.Go(func() { s.beat(beats, cancel, run.ID) })

	generation, problem := s.readAll(ctx, run)
	s.assessMFA(ctx, run)
	// A store that took no more may take it now.
	s.storeFailed(ctx, run)

	// The end is written even when the run's context is over.
	stopBeats()
	beating.Wait()
	end, done := context.WithTimeout(context.Background(), 30*time.Second)
	defer done()
	if errors.Is(context.Cause(ctx), errLeaseLost) {
		log.Warn("sync lost its lease to another process")
		return
	}
	status, problem := s.outcome(end, ctx, run, problem)
	if err := s.store.FinishRun(end, run.ID, status, problem); err != nil {
		log.Error("sync could not be ended", "error", err)
		if !errors.Is(err, store.ErrConflict) {
			s.keepUnstored(end, run, status, problem)
		}
		return
	}
	s.keepUnstoredParts(end, run)
	if !s.noteCredential(end, run, generation) {
		s.confirm(end, run.TenantID, generation, status)
	}
	attrs := []any{"status", status, "duration", s.clock.Since(run.StartedAt).Round(time.Millisecond)}
	if problem != nil {
		attrs = append(attrs, "class", problem.Class, "code", problem.Code, "message", problem.Message, "request_id", problem.RequestID)
	}
	log.Info("sync ended", attrs...)
}

// beat keeps the lease and hears of a request to cancel.
func (s *Syncer) beat(ctx context.Context, cancel context.CancelCauseFunc, runID int64) {
	for {
		stop, err := s.store.Heartbeat(ctx, runID)
		switch {
		case ctx.Err() != nil:
			return
		case isNotFound(err):
			cancel(errLeaseLost)
			return
		case err != nil:
			s.log.Warn("heartbeat failed", "run_id", runID, "error", err)
		case stop:
			cancel(errCancelled)
		}
		if s.sleep(ctx, heartbeat) != nil {
			return
		}
	}
}

// renewLeases says of each run of this process that it lives. Whoever is about
// to look for dead runs calls it first: after the machine was asleep, or when
// the clock was moved, every heartbeat is old though the runs go on.
func (s *Syncer) renewLeases(ctx context.Context) {
	s.mu.Lock()
	ids := slices.Collect(maps.Keys(s.runs))
	s.mu.Unlock()
	for _, id := range ids {
		if _, err := s.store.Heartbeat(ctx, id); err != nil && !isNotFound(err) && ctx.Err() == nil {
			s.log.Warn("heartbeat failed", "run_id", id, "error", err)
		}
	}
}

// readAll proves the credentials and reads every entity of the run. It returns
// which credential it read with, 0 when none gave a token. The problem is that
// of the whole run: nothing could be read for that reason.
func (s *Syncer) readAll(ctx context.Context, run store.Run) (generation int64, problem *entity.Problem) {
	c, _, err := s.prove(ctx, run.TenantID)
	if ctx.Err() != nil {
		return 0, nil
	}
	if err != nil {
		p := problemOf(err)
		if p.Code == entity.CodeNotConnected {
			return 0, p // it says nothing of what was read before
		}
		for _, def := range s.defs(run) {
			s.stopAll(ctx, run, def, p)
		}
		return 0, p
	}
	first, rest := []*entity.Def{}, []*entity.Def{}
	for _, def := range s.defs(run) {
		if def.First {
			first = append(first, def)
		} else {
			rest = append(rest, def)
		}
	}
	s.nameDirectory(ctx, c.client, c.integration)
	s.readSome(ctx, run, c.client, first)
	s.readSome(ctx, run, c.client, rest)
	return c.generation, nil
}

// nameDirectory learns the name of a directory that was connected before its
// name could be read. Without the permission it stays without a name.
func (s *Syncer) nameDirectory(ctx context.Context, client *microsoft.Client, i store.Integration) {
	if i.DirectoryName != "" {
		return
	}
	org, err := client.Organization(ctx)
	if err != nil || org.DisplayName == "" {
		return
	}
	if err := s.store.NameDirectory(ctx, i.TenantID, org.DisplayName, org.DefaultDomain); err != nil {
		s.log.Error("directory's name could not be stored", "tenant_id", i.TenantID, "error", err)
	}
}

// defs are the entities of a run in catalogue order.
func (s *Syncer) defs(run store.Run) []*entity.Def {
	var defs []*entity.Def
	for _, kind := range run.Kinds {
		if def := s.cat.Def(kind); def != nil && !def.Derived() {
			defs = append(defs, def)
		}
	}
	return defs
}

// readSome reads entities in parallel, those that are read for each row of
// another one after it. One that fails stops no other.
func (s *Syncer) readSome(ctx context.Context, run store.Run, client *microsoft.Client, defs []*entity.Def) {
	slots := make(chan struct{}, readers)
	done := map[string]chan struct{}{}
	for _, def := range defs {
		done[def.Kind] = make(chan struct{})
	}
	var reading sync.WaitGroup
	for _, def := range parentsFirst(defs) {
		for _, kind := range waitsFor(def, run.Full) {
			if read := done[kind]; read != nil {
				<-read
			}
		}
		slots <- struct{}{}
		reading.Go(func() {
			defer func() { <-slots }()
			defer close(done[def.Kind])
			s.readParts(ctx, run, client, def)
		})
	}
	reading.Wait()
}

// readParts reads the parts of an entity one after the other, a roster before
// the first part, which decides by what both have shown: it is kept only where
// that one is.
func (s *Syncer) readParts(ctx context.Context, run store.Run, client *microsoft.Client, def *entity.Def) {
	roster := slices.IndexFunc(def.Parts, func(p entity.Part) bool { return p.Roster })
	joint := roster > 0 && !s.keep(ctx, run, def, &def.Parts[0])
	if joint {
		s.readPart(ctx, run, client, def, &def.Parts[roster])
	}
	for i := range def.Parts {
		part := &def.Parts[i]
		switch {
		case ctx.Err() != nil:
			return
		case joint && i == roster, roster > 0 && !joint && i == 0:
			continue // read, or kept
		case (roster < 0 || i > 0) && s.keep(ctx, run, def, part):
			continue
		}
		s.readPart(ctx, run, client, def, part)
	}
}

// parentsFirst returns the entities with those last that wait for
// others, which must have begun before anything waits for them.
func parentsFirst(defs []*entity.Def) []*entity.Def {
	var free, waiting []*entity.Def
	for _, def := range defs {
		if len(def.After()) == 0 {
			free = append(free, def)
		} else {
			waiting = append(waiting, def)
		}
	}
	return append(free, waiting...)
}

// stopAll records a problem for every part of an entity that was not tried.
func (s *Syncer) stopAll(ctx context.Context, run store.Run, def *entity.Def, p *entity.Problem) {
	for i := range def.Parts {
		ref := store.PartRef{TenantID: run.TenantID, RunID: run.ID, Def: def, Part: &def.Parts[i]}
		w, err := s.store.BeginPart(ctx, ref)
		if err == nil {
			_, err = w.Stop(ctx, p, store.Traffic{})
		}
		if err != nil {
			s.log.Error("state could not be stored", "run_id", run.ID, "kind", def.Kind, "error", err)
			s.noteUnstored(ref, p)
		}
	}
}

// outcome decides how a run ended from the states of its parts.
func (s *Syncer) outcome(ctx, runCtx context.Context, run store.Run, problem *entity.Problem) (store.RunStatus, *entity.Problem) {
	if problem != nil {
		return store.RunFailed, problem
	}
	if runCtx.Err() != nil {
		return store.RunInterrupted, interrupted(context.Cause(runCtx))
	}
	now, err := s.store.Run(ctx, run.ID)
	if err != nil {
		return store.RunFailed, problemOf(err)
	}
	return Outcome(s.cat, s.withUnstored(now).Parts)
}

// Outcome decides a run's status from its parts: failed when no entity could
// be read and none waits for its turn, partial when any part was cut,
// throttled, held or failed, or a column of one, else complete. What a directory does not permit, license or have is a label and
// not a failure. The problem says why a run failed.
func Outcome(cat *entity.Catalogue, parts []store.RunPart) (store.RunStatus, *entity.Problem) {
	readable, flawed, queued := false, false, false
	var worst *entity.Problem
	for _, part := range parts {
		def := cat.Def(part.Kind)
		isFirst := def != nil && len(def.Parts) > 0 && def.Parts[0].Name == part.Part
		switch part.State {
		case entity.Complete:
			readable, flawed = readable || isFirst, flawed || part.ColumnsFailed > 0
		case entity.Partial, entity.Held:
			readable, flawed = readable || isFirst, true
		case entity.NotPermitted, entity.NotLicensed, entity.NotAvailable:
		case entity.Throttled:
			queued, flawed = queued || isFirst, true
		default:
			flawed = true
		}
		if p := part.Problem; p != nil && isFirst && rank(p.Class) > rankOf(worst) {
			worst = p
		}
	}
	switch {
	case !readable && queued:
		return store.RunPartial, nil // it is read when Microsoft accepts requests again
	case !readable && worst == nil:
		return store.RunFailed, &entity.Problem{Class: entity.ClassInternal, Code: "nothing_read", Message: "No entity was read."}
	case !readable && worst.Class == entity.ClassPermission:
		return store.RunFailed, withoutConsent(worst, parts)
	case !readable:
		return store.RunFailed, worst
	case flawed:
		return store.RunPartial, nil
	default:
		return store.RunComplete, nil
	}
}

// withoutConsent is the problem of a run that could read nothing for want of
// permissions: whatever else the app was granted, for SecurAtlas it is one
// without consent. Where several are missing, to name one would mend little.
func withoutConsent(p *entity.Problem, parts []store.RunPart) *entity.Problem {
	consent := *p
	consent.Class = entity.ClassConsent
	lacking := map[string]bool{}
	for _, part := range parts {
		if part.Problem != nil && part.Problem.Class == entity.ClassPermission {
			for _, name := range part.Problem.Needs {
				lacking[name] = true
			}
		}
	}
	if len(lacking) > 1 {
		consent.Cure = consentCure
	}
	return &consent
}

// rank orders problem classes by what a person must mend first.
func rank(c entity.Class) int {
	switch c {
	case entity.ClassCredential:
		return 9
	case entity.ClassConsent:
		return 8
	case entity.ClassPermission:
		return 7
	case entity.ClassNetwork:
		return 6
	case entity.ClassSource:
		return 5
	case entity.ClassThrottled:
		return 4
	case entity.ClassData:
		return 3
	case entity.ClassLicence:
		return 2
	default:
		return 1
	}
}

func rankOf(p *entity.Problem) int {
	if p == nil {
		return 0
	}
	return rank(p.Class)
}
