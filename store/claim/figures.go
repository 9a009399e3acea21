package claim

import (
	"context"
	"fmt"
	"net/url"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// Figure is a number of the overview with its evidence.
type Figure struct {
	Evidence
	Def    *entity.Def
	Figure *entity.Figure
	Value  int // meaningless where Certainty is Unknown
	// Unknown is how many could not be judged: null is neither true nor false.
	Unknown int
	Apart   int // of Value, those that are told apart
}

// Figures returns the figures of all entities of a tenant, in the order of the
// catalogue. states are those of all its entities.
func Figures(ctx context.Context, st *store.Store, tenantID int64, states []store.EntityState) ([]Figure, error) {
	var all []Figure
	for _, s := range states {
		tallies, err := st.Tallies(ctx, tenantID, s.Def)
		if err != nil {
			return nil, fmt.Errorf("figures of %s: %w", s.Def.Kind, err)
		}
		for i := range s.Def.Figures {
			f := &s.Def.Figures[i]
			all = append(all, figure(states, s.Def, f, tallies[f.Name]))
		}
	}
	return all, nil
}

func figure(states []store.EntityState, def *entity.Def, f *entity.Figure, t store.Tally) Figure {
	c := Figure{Evidence: On(states, def, f.Columns()...), Def: def, Figure: f, Value: t.Yes, Unknown: t.Unknown, Apart: t.Apart}
	switch {
	case c.Certainty == Unknown && t.Yes > 0, c.Certainty == Known && t.Unknown > 0:
		c.Certainty = AtLeast
	case c.Certainty == Unknown:
		c.Value, c.Apart = 0, 0
	}
	return c
}

// Query is what a table is asked for to show the rows of a figure; empty where
// a table cannot be asked for just these.
func Query(f *entity.Figure) url.Values {
	q := url.Values{}
	for _, t := range f.Terms {
		switch {
		case len(t.Any) > 0 || len(t.Is) > 1:
			return url.Values{}
		case t.Empty:
			q.Set(t.Column+".empty", "true")
		case len(t.Is) == 1:
			q.Set(t.Column, t.Is[0])
		}
		if t.From != "" {
			q.Set(t.Column+".from", t.From)
		}
		if t.To != "" {
			q.Set(t.Column+".to", t.To)
		}
	}
	return q
}
