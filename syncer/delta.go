package syncer

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
)

// A refresh costs what changed and not what exists: where Microsoft tells what
// changed since the last whole list, only that is read. The nightly sync lists
// everything all the same: a delta has no sign-in dates, and a list finds what
// a delta has missed.

// keep leaves a slow part as it is, on a refresh, where it was read lately.
func (s *Syncer) keep(ctx context.Context, run store.Run, def *entity.Def, part *entity.Part) bool {
	if run.Full || !part.Slow {
		return false
	}
	kept, err := s.store.KeepPart(ctx, store.PartRef{TenantID: run.TenantID, RunID: run.ID, Def: def, Part: part})
	if err != nil && ctx.Err() == nil {
		s.log.Error("part could not be kept", "run_id", run.ID, "tenant_id", run.TenantID, "kind", def.Kind, "part", part.Name, "error", err)
	}
	if kept {
		s.log.Info("part kept", "run_id", run.ID, "tenant_id", run.TenantID, "kind", def.Kind, "part", part.Name)
	}
	return kept
}

// readNew reads what changed where that is known, else the whole list; before
// it, the link is taken from which the next changes go on.
func (r *reader) readNew(ctx context.Context, full bool) error {
	if r.part.Delta == nil {
		return r.read(ctx)
	}
	log := r.syncer.log.With("tenant_id", r.tenantID, "kind", r.def.Kind, "part", r.part.Name)
	query := microsoft.DeltaQuery(r.source())
	if !full {
		since, ok, err := r.writer.Since(ctx, query)
		if err != nil {
			return err
		}
		if ok {
			err := r.readChanges(ctx, since, query)
			if !listInstead(err) {
				return err
			}
			log.Info("changes cannot be read; the whole list is", "error", err)
			if err := r.writer.ReadList(ctx); err != nil {
				return err
			}
		}
	}
	r.earlier = r.traffic
	link, stats, err := r.client.DeltaLink(ctx, r.source())
	r.traffic = r.total(stats)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		log.Info("no link to later changes", "error", err)
	}
	r.writer.SetLink(link, microsoft.DeltaQuery(r.source())) // it may have learnt what is lacking
	return r.read(ctx)
}

func (r *reader) source() microsoft.List {
	return microsoft.List{Def: r.def, Part: r.part, ReadBefore: r.before, Lacking: r.lacking}
}

// listInstead reports whether the whole list may be readable though its changes
// are not: Microsoft no longer knows the link, or its answer makes no sense.
// Where it refuses, limits or fails, the list would fare no better.
func listInstead(err error) bool {
	var p *entity.Problem
	var gaps *incomplete
	var short *microsoft.Cut
	if errors.As(err, &gaps) || errors.As(err, &short) || !errors.As(err, &p) {
		return false
	}
	switch p.Class {
	case entity.ClassData, entity.ClassRetired:
		return true
	case entity.ClassSource:
		return p.Status < 500 || p.Status == http.StatusNotImplemented
	}
	return false
}

// readChanges reads what changed since a link.
func (r *reader) readChanges(ctx context.Context, since store.Since, query string) error {
	if err := r.writer.ReadChanges(ctx); err != nil {
		return err
	}
	var link string
	err := r.pipe(ctx, func(ctx context.Context, emit func(batch) error) (err error) {
		if r.part.Fan != nil {
			link, err = r.fanChanges(ctx, since, emit)
		} else {
			link, err = r.changes(ctx, since.Link, emit)
		}
		return err
	})
	r.writer.SetLink(link, query)
	return err
}

// changes takes the objects of a delta to the store.
func (r *reader) changes(ctx context.Context, link string, emit func(batch) error) (string, error) {
	next, stats, err := r.client.Changes(ctx, r.source(), link, func(p microsoft.DeltaPage) error {
		changes := make([]entity.Change, 0, len(p.Objects))
		for _, object := range p.Objects {
			c, err := r.def.DecodeChange(r.part, object, r.syncer.clock.Now())
			if errors.Is(err, entity.ErrSkipped) {
				continue
			}
			if err != nil {
				return badRow(err)
			}
			changes = append(changes, c)
		}
		return emit(r.changed(changes, r.total(p.Stats)))
	})
	r.traffic = r.total(stats)
	return next, err
}

// changed is a page of changes on its way to the store.
func (r *reader) changed(changes []entity.Change, traffic store.Traffic) batch {
	return batch{apply: func(ctx context.Context) error {
		if _, err := r.writer.PutChanges(ctx, changes, traffic); err != nil {
			return fmt.Errorf("store changes of %s: %w", r.def.Kind, err)
		}
		r.pages++
		return nil
	}}
}

// waitsFor are the kinds that must be read before an entity in the same run.
// On a refresh these are also the kinds that its rows lead to: who is removed
// there is known to be in no group.
func waitsFor(def *entity.Def, full bool) []string {
	kinds := def.After()
	if full || len(kinds) == 0 || def.Parts[0].Delta == nil {
		return kinds
	}
	for _, c := range def.PartColumns(def.Parts[0].Name) {
		for _, ref := range c.Refs {
			kinds = append(kinds, ref.Kind)
		}
	}
	return kinds
}
