package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Trigger is why a run was started.
type Trigger string

// The triggers.
const (
	TriggerConnect Trigger = "connect"
	TriggerManual  Trigger = "manual"
	TriggerNightly Trigger = "nightly"
	TriggerCLI     Trigger = "cli"
	TriggerStartup Trigger = "startup" // made up for after an interruption or a missed night
	TriggerRetry   Trigger = "retry"   // Microsoft had asked to wait longer than a run does
)

// RunStatus is how a run goes or went.
type RunStatus string

// The statuses.
const (
	RunRunning     RunStatus = "running"
	RunComplete    RunStatus = "complete"    // every part was read, or is known not to be readable
	RunPartial     RunStatus = "partial"     // some parts were not read
	RunFailed      RunStatus = "failed"      // no part was read
	RunInterrupted RunStatus = "interrupted" // cancelled, or its process ended
)

// Run is one sync of one tenant.
type Run struct {
	ID        int64
	TenantID  int64
	Trigger   Trigger
	By        string
	Kinds     []string // synced kinds
	Full      bool
	Status    RunStatus
	Problem   *entity.Problem
	StartedAt time.Time
	EndedAt   time.Time // zero while it runs
	Parts     []RunPart // in catalogue order
}

// RunPart is one part of an entity in one run.
type RunPart struct {
	Kind      string
	Part      string
	Phase     string       // PhaseQueued, PhaseRunning, PhaseDone
	State     entity.State // empty until the part is done, and where it was never begun
	Pages     int
	Rows      int
	Added     int
	Changed   int
	Removed   int
	Requests  int
	Retries   int
	Waited    time.Duration // for Microsoft's limits
	Problem   *entity.Problem
	StartedAt time.Time // zero = never begun
	EndedAt   time.Time

	// ColumnsFailed is how many of its columns came in a way in which they
	// could not be taken: they keep what was read before.
	ColumnsFailed int

	// Changes says that only what changed since the last list was read: the
	// rows are the changed ones.
	Changes bool
	// Unstored says that the part's end could not be stored: only the process of
	// the run knows it.
	Unstored bool
	// KeptFrom is set where the part was not read, since what is stored is new
	// enough: it is from then. Nothing else is known of it in this run.
	KeptFrom time.Time
}

// The phases of a part in a run.
const (
	PhaseQueued  = "queued"
	PhaseRunning = "running"
	PhaseDone    = "done"
)

// NewRun says what to sync.
type NewRun struct {
	TenantID int64
	Trigger  Trigger
	By       string
	Kinds    []string // empty = all; a derived kind stands for its sources
	Full     bool     // also what is slow and was read lately
}

// StartRun starts a run: it takes the tenant's lease and lists the parts to
// read. While another run of the tenant is live, it returns that one with
// joined = true. A run whose process is gone, or silent for 30 s, is marked
// interrupted first. It returns an InputError for an unknown kind,
// ErrNotFound for an unknown tenant and ErrNotConnected for one that was
// disconnected, also in the moment before; ErrConflict while the tenant's data
// are being deleted.
func (s *Store) StartRun(ctx context.Context, n NewRun) (run Run, joined bool, err error) {
	defs, err := s.expand(n.Kinds)
	if err != nil {
		return Run{}, false, err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		i, err := integration(ctx, tx, n.TenantID)
		if ignoreNotFound(err) != nil {
			return err
		}
		if err == nil && !i.Connected {
			return &ConflictError{cause: ErrNotConnected, Message: "The tenant was disconnected."}
		}
		l, err := leaseOf(ctx, tx, n.TenantID)
		switch {
		case errors.Is(err, ErrNotFound):
		case err != nil:
			return err
		case s.live(l) && l.deletion():
			return deleting()
		case s.live(l):
			joined = true
			run, err = s.run(ctx, tx, l.runID)
			return err
		default:
			if err := s.interrupt(ctx, tx, l.runID); err != nil {
				return err
			}
		}
		id, err := s.insertRun(ctx, tx, n, defs)
		if err != nil {
			return err
		}
		if err := s.takeLease(ctx, tx, n.TenantID, id); err != nil {
			return err
		}
		run, err = s.run(ctx, tx, id)
		return err
	})
	if err != nil {
		return Run{}, false, fmt.Errorf("start run: %w", err)
	}
	return run, joined, nil
}

// expand returns the synced entities that kinds stand for, each once, those
// that others are judged by first.
func (s *Store) expand(kinds []string) ([]*entity.Def, error) {
	wanted := map[string]bool{}
	for _, kind := range kinds {
		d := s.catalogue.Def(kind)
		if d == nil {
			return nil, InputError{Field: "kinds", Message: fmt.Sprintf("There is no entity %q.", kind)}
		}
		wanted[kind] = true
		for _, source := range d.From {
			wanted[source] = true
		}
	}
	defs := s.catalogue.Synced()
	// What is read for each row of another entity needs these rows as they are
	// now. The other entity comes first in the catalogue.
	for _, d := range slices.Backward(defs) {
		if wanted[d.Kind] {
			for _, kind := range d.After() {
				wanted[kind] = true
			}
		}
	}
	if len(kinds) > 0 {
		defs = slices.DeleteFunc(defs, func(d *entity.Def) bool { return !wanted[d.Kind] })
	}
	return defs, nil
}

func (s *Store) insertRun(ctx context.Context, tx *sql.Tx, n NewRun, defs []*entity.Def) (id int64, err error) {
	kinds := make([]string, len(defs))
	for i, d := range defs {
		kinds[i] = d.Kind
	}
	err = tx.QueryRowContext(ctx, `
		INSERT INTO runs (tenant_id, "trigger", started_by, kinds, "full", status, started_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		RETURNING id`,
		n.TenantID, n.Trigger, n.By, marshalStrings(kinds), n.Full, RunRunning, ms(s.Now())).Scan(&id)
	if isForeignKey(err) {
		return 0, fmt.Errorf("tenant: %w", ErrNotFound)
	}
	if err != nil {
		return 0, err
	}
	for _, d := range defs {
		for _, p := range d.Parts {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO run_parts (run_id, kind, part, phase)
				VALUES (?, ?, ?, ?)`, id, d.Kind, p.Name, PhaseQueued)
			if err != nil {
				return 0, err
			}
		}
	}
	return id, nil
}

// Run returns a run with its parts, or ErrNotFound.
func (s *Store) Run(ctx context.Context, id int64) (Run, error) {
	return s.run(ctx, s.read, id)
}

// Runs returns runs of a tenant with their parts, newest first: those with an
// id below before, or the newest when it is 0. The limit is clamped to 1..100.
func (s *Store) Runs(ctx context.Context, tenantID, before int64, limit int) ([]Run, error) {
	runs, err := s.runs(ctx, s.read, `
		WHERE tenant_id = ?1 AND (?2 = 0 OR id < ?2)
		ORDER BY id DESC
		LIMIT ?3`, tenantID, before, min(max(limit, 1), 100))
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	return runs, nil
}

// ActiveRun returns the run of a tenant whose process still works on it, or
// ErrNotFound.
func (s *Store) ActiveRun(ctx context.Context, tenantID int64) (Run, error) {
	l, err := leaseOf(ctx, s.read, tenantID)
	if err != nil {
		return Run{}, fmt.Errorf("active run: %w", err)
	}
	if l.deletion() || !s.live(l) {
		return Run{}, fmt.Errorf("active run: %w", ErrNotFound)
	}
	return s.run(ctx, s.read, l.runID)
}

func (s *Store) run(ctx context.Context, db querier, id int64) (Run, error) {
	runs, err := s.runs(ctx, db, `WHERE id = ?`, id)
	if err == nil && len(runs) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Run{}, fmt.Errorf("run %d: %w", id, err)
	}
	return runs[0], nil
}

func (s *Store) runs(ctx context.Context, db querier, where string, args ...any) ([]Run, error) {
	rows, err := db.QueryContext(ctx, `
		SELECT
			id,
			tenant_id,
			"trigger",
			started_by,
			kinds,
			"full",
			status,
			problem,
			started_at,
			ended_at
		FROM runs `+where, args...)
	runs, err := collect(rows, err, scanRun)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		if runs[i].Parts, err = s.runParts(ctx, db, runs[i].ID); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

func scanRun(r rowScanner) (v Run, err error) {
	var kinds string
	var problem sql.NullString
	var started int64
	var ended sql.NullInt64
	err = r.Scan(&v.ID, &v.TenantID, &v.Trigger, &v.By, &kinds, &v.Full, &v.Status, &problem, &started, &ended)
	if err != nil {
		return v, err
	}
	v.StartedAt = fromMS(started)
	v.EndedAt = fromNullMS(ended)
	if v.Kinds, err = unmarshalStrings(kinds); err != nil {
		return v, err
	}
	v.Problem, err = unmarshalProblem(problem)
	return v, err
}

func (s *Store) runParts(ctx context.Context, db querier, runID int64) ([]RunPart, error) {
	rows, err := db.QueryContext(ctx, `
		SELECT
			kind,
			part,
			phase,
			state,
			pages,
			rows,
			added,
			changed,
			removed,
			requests,
			retries,
			waited_ms,
			problem,
			started_at,
			ended_at,
			changes_only,
			kept_from,
			columns_failed
		FROM run_parts
		WHERE run_id = ?`, runID)
	parts, err := collect(rows, err, scanRunPart)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(parts, s.byCatalogue)
	return parts, nil
}

func scanRunPart(r rowScanner) (p RunPart, err error) {
	var waited int64
	var problem sql.NullString
	var started, ended, kept sql.NullInt64
	err = r.Scan(&p.Kind, &p.Part, &p.Phase, &p.State, &p.Pages, &p.Rows, &p.Added, &p.Changed, &p.Removed,
		&p.Requests, &p.Retries, &waited, &problem, &started, &ended, &p.Changes, &kept, &p.ColumnsFailed)
	if err != nil {
		return p, err
	}
	p.Waited = time.Duration(waited) * time.Millisecond
	p.StartedAt = fromNullMS(started)
	p.EndedAt = fromNullMS(ended)
	p.KeptFrom = fromNullMS(kept)
	p.Problem, err = unmarshalProblem(problem)
	return p, err
}

// byCatalogue orders parts as the catalogue does; those of kinds that it no
// longer has come last, by name.
func (s *Store) byCatalogue(a, b RunPart) int {
	if a.Kind != b.Kind {
		if n := s.kindIndex(a.Kind) - s.kindIndex(b.Kind); n != 0 {
			return n
		}
		return strings.Compare(a.Kind, b.Kind)
	}
	if n := s.partIndex(a) - s.partIndex(b); n != 0 {
		return n
	}
	return strings.Compare(a.Part, b.Part)
}

func (s *Store) kindIndex(kind string) int {
	i := slices.IndexFunc(s.catalogue.Defs, func(d *entity.Def) bool { return d.Kind == kind })
	if i < 0 {
		return len(s.catalogue.Defs)
	}
	return i
}

func (s *Store) partIndex(p RunPart) int {
	d := s.catalogue.Def(p.Kind)
	if d == nil {
		return 0
	}
	i := slices.IndexFunc(d.Parts, func(q entity.Part) bool { return q.Name == p.Part })
	if i < 0 {
		return len(d.Parts)
	}
	return i
}
