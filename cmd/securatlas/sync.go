package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer"
	"github.com/securatlas/securatlas/syncer/entity"
)

type syncCommand struct {
	dataFlags
	Tenant string   `xor:"which" required:"" help:"The tenant's slug." placeholder:"SLUG"`
	All    bool     `xor:"which" required:"" help:"Sync every connected tenant."`
	Entity []string `help:"Only these entities." placeholder:"KIND"`
	Full   bool     `help:"Read whole lists where less would do."`
	JSON   bool     `help:"Print JSON."`
}

// syncJSON is what sync --json prints for each tenant.
type syncJSON struct {
	Tenant   string       `json:"tenant"`
	Status   string       `json:"status"`
	Joined   bool         `json:"joined"`
	Error    *problemJSON `json:"error"`
	Entities []entityJSON `json:"entities"`
}

func (c syncCommand) Run(e *env) error {
	return c.withSyncer(e, func(st *store.Store, engine *syncer.Syncer) error {
		for _, kind := range c.Entity {
			if st.Catalogue().Def(kind) == nil {
				return badUsage("there is no entity %q; %s", kind, knownKinds(st.Catalogue()))
			}
		}
		tenants, err := c.tenants(e.ctx, st)
		if err != nil {
			return err
		}
		return c.each(e, tenants, func(t store.Tenant) (int, error) {
			return syncTenant(e, st, engine, t, store.NewRun{
				TenantID: t.ID, Trigger: store.TriggerCLI, By: cli.Name, Kinds: c.Entity, Full: c.Full,
			}, c.JSON)
		})
	})
}

// each syncs tenants one after the other. With --all, one that cannot even
// start does not keep the others from it.
func (c syncCommand) each(e *env, tenants []store.Tenant, sync func(store.Tenant) (int, error)) error {
	codes := map[int]int{}
	for _, t := range tenants {
		code, err := sync(t)
		if err != nil {
			if c.JSON {
				if err := json.NewEncoder(e.stdout).Encode(notSynced(e.ctx, t, err)); err != nil {
					return err
				}
			}
			if !c.All || e.ctx.Err() != nil {
				return err
			}
			code = exitCode(*e, fmt.Errorf("%s: %w", t.Slug, err))
		}
		codes[code]++
		if e.ctx.Err() != nil {
			break // whoever stopped this one wants none of the others
		}
	}
	switch {
	case codes[exitOK] == len(tenants):
		return nil
	case codes[exitFailed] == len(tenants):
		return exit{exitFailed, nil}
	default:
		return exit{exitPartial, nil}
	}
}

// notSynced is what --json prints of a tenant whose sync could not be started
// or followed: who reads a line a tenant misses none.
func notSynced(ctx context.Context, t store.Tenant, err error) syncJSON {
	status := store.RunFailed
	if ctx.Err() != nil {
		status = store.RunInterrupted
	}
	var problem *entity.Problem
	if stored := store.NotStored(err); stored != nil {
		problem = stored
	} else if !errors.As(err, &problem) {
		problem = &entity.Problem{Class: entity.ClassInternal, Message: oneLine(err)}
	}
	return syncJSON{Tenant: t.Slug, Status: string(status), Error: problemOf(problem), Entities: []entityJSON{}}
}

func (c syncCommand) tenants(ctx context.Context, st *store.Store) ([]store.Tenant, error) {
	if !c.All {
		t, err := tenant(ctx, st, c.Tenant)
		return []store.Tenant{t}, err
	}
	integrations, err := st.Integrations(ctx)
	if err != nil {
		return nil, err
	}
	all, err := st.Tenants(ctx)
	if err != nil {
		return nil, err
	}
	var connected []store.Tenant
	for _, t := range all {
		if slices.ContainsFunc(integrations, func(i store.Integration) bool { return i.TenantID == t.ID }) {
			connected = append(connected, t)
		}
	}
	if len(connected) == 0 {
		return nil, exit{exitFailed, errors.New("no tenant is connected; connect one with securatlas connect")}
	}
	return connected, nil
}

func knownKinds(c *entity.Catalogue) string {
	var kinds []string
	for _, d := range c.Defs {
		kinds = append(kinds, d.Kind)
	}
	return "known ones: " + strings.Join(kinds, ", ")
}

// syncTenant runs one sync to its end and prints it; the code is that of the
// contract: 0 when at least one entity is complete and neither another one nor a
// part that was due is cut.
func syncTenant(e *env, st *store.Store, engine *syncer.Syncer, t store.Tenant, r store.NewRun, asJSON bool) (int, error) {
	run, joined, err := engine.StartCovering(e.ctx, r, func(lesser store.Run) error {
		fmt.Fprintf(e.stderr, "%s: a sync that reads less is running; waiting for its end\n", t.Slug)
		_, err := follow(e.ctx, e.stderr, st, engine, t, lesser.ID)
		return err
	})
	if err != nil {
		return exitFailed, err
	}
	return finishSync(e, st, engine, t, run.ID, joined, r.Kinds, asJSON)
}

// finishSync follows a run that was started and prints what it left.
func finishSync(e *env, st *store.Store, engine *syncer.Syncer, t store.Tenant, runID int64, joined bool, kinds []string, asJSON bool) (int, error) {
	if joined {
		fmt.Fprintf(e.stderr, "%s: a sync is already running; joined it\n", t.Slug)
	}
	run, err := follow(e.ctx, e.stderr, st, engine, t, runID)
	if err != nil {
		return exitFailed, err
	}
	states := st.StatesAfter(context.WithoutCancel(e.ctx), run)
	states = slices.DeleteFunc(states, func(s store.EntityState) bool { return !concerns(s.Def, kinds, run.Kinds) })
	out := syncJSON{Tenant: t.Slug, Status: string(run.Status), Joined: joined, Error: problemOf(run.Problem), Entities: []entityJSON{}}
	for _, s := range states {
		out.Entities = append(out.Entities, withKept(entityOf(s), run))
	}
	if asJSON {
		if err := json.NewEncoder(e.stdout).Encode(out); err != nil {
			return exitFailed, err
		}
	} else {
		fmt.Fprintf(e.stdout, "%s: sync %s\n", t.Slug, run.Status)
		if err := printEntities(e.stdout, states); err != nil {
			return exitFailed, err
		}
	}
	if run.Problem != nil {
		printProblem(e.stderr, run.Problem)
	}
	return syncExit(run, states), nil
}

// withKept adds what a run left as it was; what it found is then counted over
// the parts that it read.
func withKept(out entityJSON, run store.Run) entityJSON {
	var found entityJSON
	for _, p := range run.Parts {
		switch {
		case p.Kind != out.Entity:
		case !p.KeptFrom.IsZero():
			out.Kept = append(out.Kept, keptJSON{p.Part, timeJSON(p.KeptFrom)})
		default:
			found.Added, found.Removed = found.Added+p.Added, found.Removed+p.Removed
			found.Changed, found.Requests = found.Changed+p.Changed, found.Requests+p.Requests
		}
	}
	if out.Kept != nil {
		out.Added, out.Changed, out.Removed, out.Requests = found.Added, found.Changed, found.Removed, found.Requests
	}
	return out
}

// concerns reports whether an entity belongs into the report of a run: it was
// read, or is derived from what was read and was asked for.
func concerns(d *entity.Def, asked, read []string) bool {
	if !d.Derived() {
		return slices.Contains(read, d.Kind)
	}
	return len(asked) == 0 || slices.Contains(asked, d.Kind)
}

// syncExit is the exit code for a run that left these states.
func syncExit(run store.Run, states []store.EntityState) int {
	switch {
	case run.Status == store.RunFailed:
		return exitFailed
	case run.Status == store.RunInterrupted && slices.ContainsFunc(run.Parts, readWhole):
		return exitPartial
	case run.Status == store.RunInterrupted:
		return exitFailed
	}
	complete, cut := 0, 0
	for _, p := range run.Parts {
		switch p.State {
		case entity.Partial, entity.Throttled, entity.Held, entity.Failed:
			cut++
		}
	}
	for _, s := range states {
		switch s.State {
		case entity.Complete:
			complete++
		case entity.NotPermitted, entity.NotLicensed, entity.NotAvailable:
		default:
			cut++
		}
	}
	for _, p := range run.Parts {
		cut += p.ColumnsFailed
	}
	switch {
	case cut > 0:
		return exitPartial
	case complete == 0:
		return exitFailed
	default:
		return exitOK
	}
}

// readWhole reports whether a run read a part to its end.
func readWhole(p store.RunPart) bool {
	return p.Phase == store.PhaseDone && p.State == entity.Complete
}

// follow prints the parts of a run as they end, and waits for the run.
func follow(ctx context.Context, w io.Writer, st *store.Store, engine *syncer.Syncer, t store.Tenant, runID int64) (store.Run, error) {
	waited := make(chan struct{})
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		shown := map[string]bool{}
		for {
			last := false
			select {
			case <-waited:
				last = true
			case <-time.After(200 * time.Millisecond):
			}
			if run, err := st.Run(context.WithoutCancel(ctx), runID); err == nil {
				printParts(w, t, run, shown)
			}
			if last {
				return
			}
		}
	}()
	run, err := engine.Wait(ctx, runID)
	if err != nil && ctx.Err() != nil {
		run, err = stopped(ctx, engine, runID)
	}
	close(waited)
	<-printed
	return run, err
}

// stopped is how a run was left by the person at the terminal: one of this process
// ends with it, one of another process goes on, unseen from here.
func stopped(ctx context.Context, engine *syncer.Syncer, runID int64) (store.Run, error) {
	engine.Close()
	run, err := engine.Ended(context.WithoutCancel(ctx), runID)
	if err == nil && run.Status == store.RunRunning {
		run.Status = store.RunInterrupted
		run.Problem = &entity.Problem{
			Class:   entity.ClassInternal,
			Code:    "stopped",
			Message: "This command was stopped; the sync that it had joined goes on in another process.",
			Cure:    "securatlas status shows its result.",
		}
	}
	return run, err
}

func printParts(w io.Writer, t store.Tenant, run store.Run, shown map[string]bool) {
	for _, p := range run.Parts {
		key := p.Kind + "/" + p.Part
		if p.Phase != "done" || shown[key] || p.State == "" {
			continue
		}
		shown[key] = true
		if !p.KeptFrom.IsZero() {
			fmt.Fprintf(w, "%s: %s: kept from %s\n", t.Slug, key, p.KeptFrom.UTC().Format("15:04 UTC"))
			continue
		}
		rows := fmt.Sprintf("%d rows", p.Rows)
		if p.Changes {
			rows = "changes only"
		}
		line := fmt.Sprintf("%s: %s: %s, %s, %d added, %d changed, %d removed, %d requests", t.Slug, key, p.State, rows, p.Added, p.Changed, p.Removed, p.Requests)
		if p.Problem != nil {
			line += ": " + problemLine(p.Problem)
		}
		fmt.Fprintln(w, line)
	}
}
