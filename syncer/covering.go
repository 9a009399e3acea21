package syncer

import (
	"context"
	"slices"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// StartCovering is Start for whoever counts on all that is asked for: a run
// that is on and brings less is not joined but waited for, with wait where it
// is given and else with Wait, and then another one is begun.
func (s *Syncer) StartCovering(ctx context.Context, r store.NewRun, wait func(lesser store.Run) error) (run store.Run, joined bool, err error) {
	if wait == nil {
		wait = func(lesser store.Run) error {
			_, err := s.Wait(ctx, lesser.ID)
			return err
		}
	}
	for {
		run, joined, err = s.Start(ctx, r)
		same := !rereads(r.Trigger, r.Full) || rereads(run.Trigger, run.Full)
		if err != nil || !joined || same && covers(s.cat, run, r.Kinds, r.Full) {
			return run, joined, err
		}
		if err := wait(run); err != nil {
			return run, joined, err
		}
	}
}

// covers reports whether a run brings what is asked for; no kinds ask for all.
func covers(c *entity.Catalogue, run store.Run, kinds []string, full bool) bool {
	if full && !run.Full {
		return false
	}
	for _, d := range c.Defs {
		if len(kinds) > 0 && !slices.Contains(kinds, d.Kind) {
			continue
		}
		sources := d.From
		if !d.Derived() {
			sources = []string{d.Kind}
		}
		for _, kind := range sources {
			if !slices.Contains(run.Kinds, kind) {
				return false
			}
		}
	}
	return true
}
