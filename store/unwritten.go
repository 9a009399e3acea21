package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/securatlas/securatlas/syncer/entity"
)

// CodeNotStored is the code of what came from Microsoft and could not be kept.
const CodeNotStored = "not_stored"

// NotStored is the problem of an error for which the database, its disk or another
// program is to blame, with what mends it; nil for any other error.
func NotStored(err error) *entity.Problem {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return nil
	}
	var cure string
	switch e.Code() & 0xff { // the rest tells kinds of the same
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		cure = "Another program holds the database: end it, or wait until it is done, then sync again."
	case sqlite3.SQLITE_FULL:
		cure = "Free disk space where the data folder is, then sync again."
	case sqlite3.SQLITE_IOERR:
		cure = "Free disk space where the data folder is and check the disk, then sync again."
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		cure = "Give SecurAtlas the right to write to its data folder, then sync again."
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		cure = "The database is damaged: stop SecurAtlas and put a backup in its place."
	default:
		return nil
	}
	return &entity.Problem{
		Class:   entity.ClassInternal,
		Code:    CodeNotStored,
		Message: fmt.Sprintf("SecurAtlas's database took no more: %s.", e.Error()),
		Cure:    cure,
	}
}

// FailPart ends a part of a run as Failed in its own transaction, which touches
// none of the entity's rows: for a part whose writer could not begin or end it.
func (s *Store) FailPart(ctx context.Context, ref PartRef, p *entity.Problem) error {
	w := &PartWriter{s: s, ref: ref}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		if err := w.owns(ctx, tx); err != nil {
			return err
		}
		now := ms(s.Now())
		_, err := tx.ExecContext(ctx, `
			INSERT INTO part_states (tenant_id, kind, part, state, attempted_at, run_id, problem)
			VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET
				state = excluded.state, attempted_at = excluded.attempted_at, run_id = excluded.run_id,
				problem = excluded.problem, needs = '[]', retry_at = NULL,
				added = 0, changed = 0, removed = 0, requests = 0, pages = 0`,
			ref.TenantID, ref.Def.Kind, ref.Part.Name, entity.Failed, now, ref.RunID, marshalProblem(p))
		if err != nil {
			return fmt.Errorf("store the state: %w", err)
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE run_parts
			SET phase = ?, state = ?, problem = ?, started_at = coalesce(started_at, ?), ended_at = ?
			WHERE run_id = ? AND kind = ? AND part = ?`,
			PhaseDone, entity.Failed, marshalProblem(p), now, now, ref.RunID, ref.Def.Kind, ref.Part.Name)
		return err
	})
	return w.wrap("fail", err)
}

// StatesAfter returns the states of all entities as a run left them. It is
// EntityStates, and of parts whose end could not be stored what the run itself
// knows. Of what cannot be read, all that is known is what the run says.
func (s *Store) StatesAfter(ctx context.Context, run Run) []EntityState {
	states, err := s.entityStates(ctx, run.TenantID, s.catalogue.Defs, run.Parts)
	if err == nil {
		return states
	}
	known, err := s.partStates(ctx, run.TenantID, "")
	if err != nil {
		known = statesOf(run, err)
	}
	overlay(known, run.Parts)
	states = make([]EntityState, len(s.catalogue.Defs))
	for i, d := range s.catalogue.Defs {
		states[i] = s.put(d, known, nil, nil, nil)
		if !d.Derived() {
			continue
		}
		if states[i].Rows, err = s.countLive(ctx, run.TenantID, d); err != nil {
			states[i].State, states[i].Problem = entity.Failed, notRead(err)
		}
	}
	return states
}

// statesOf is what a run knows of its parts, where the error keeps what is
// stored from being read.
func statesOf(run Run, err error) map[partKey]knownPart {
	known := map[partKey]knownPart{}
	for _, p := range run.Parts {
		state := PartState{Kind: p.Kind, Part: p.Part, State: p.State, Rows: p.Rows, Added: p.Added, Changed: p.Changed,
			Removed: p.Removed, Requests: p.Requests, Pages: p.Pages, Problem: p.Problem, AttemptedAt: p.StartedAt}
		if p.State == "" {
			state.State, state.Problem = entity.Failed, notRead(err)
		}
		known[partKey{p.Kind, p.Part}] = knownPart{PartState: state, live: p.Rows}
	}
	return known
}

// notRead is the problem of a database that cannot be read.
func notRead(err error) *entity.Problem {
	if p := NotStored(err); p != nil {
		return p
	}
	return &entity.Problem{Class: entity.ClassInternal, Code: CodeNotStored, Message: "SecurAtlas's database cannot be read: " + err.Error() + "."}
}

// put puts an entity's state together from those of parts, without the number
// of a derived one's rows.
func (s *Store) put(d *entity.Def, known map[partKey]knownPart, marks map[partKey][]columnMark, held map[string]int, syncing map[string]bool) EntityState {
	if !d.Derived() {
		return synced(d, known, marks, held[d.Kind], syncing[d.Kind])
	}
	var sources []EntityState
	for _, kind := range d.From {
		sources = append(sources, synced(s.catalogue.Def(kind), known, marks, held[kind], syncing[kind]))
	}
	return derived(d, sources)
}

// overlay puts over what is stored the parts whose end was not.
func overlay(known map[partKey]knownPart, parts []RunPart) {
	for _, p := range parts {
		if !p.Unstored {
			continue
		}
		key := partKey{p.Kind, p.Part}
		k := known[key]
		k.Kind, k.Part, k.State, k.Problem = p.Kind, p.Part, p.State, p.Problem
		k.Needs = []string{}
		known[key] = k
	}
}
