package handlers

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/claim"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

const (
	segmentsShown = 5
	metersShown   = 6
)

// addTiles computes the tiles.
func (s *server) addTiles(ctx context.Context, o *views.Overview) error {
	if err := s.addFigures(ctx, o); err != nil {
		return err
	}
	for _, t := range trendTiles {
		if err := s.addTrend(ctx, o, t); err != nil {
			return fmt.Errorf("follow %q: %w", t.label, err)
		}
	}
	for _, t := range breakdownTiles {
		if err := s.addBreakdown(ctx, o, t); err != nil {
			return fmt.Errorf("divide %q: %w", t.label, err)
		}
	}
	for _, t := range meterTiles {
		if err := s.addMeters(ctx, o, t); err != nil {
			return fmt.Errorf("measure %q: %w", t.label, err)
		}
	}
	for _, t := range factTiles {
		if err := s.addFact(ctx, o, t); err != nil {
			return fmt.Errorf("load %s: %w", t.kind, err)
		}
	}
	return nil
}

// basis is what a tile of these columns rests on; ok is false where the
// catalogue lacks the entity or a column.
func (s *server) basis(o *views.Overview, kind string, columns ...string) (b views.Basis, def *entity.Def, ok bool) {
	def = s.store.Catalogue().Def(kind)
	if def == nil || slices.ContainsFunc(columns, func(name string) bool { return def.Column(name) == nil }) {
		return b, nil, false
	}
	return views.Basis{Evidence: claim.On(o.States, def, columns...), Now: o.Page.Now}, def, true
}

// addFigures counts the figures that the catalogue declares.
func (s *server) addFigures(ctx context.Context, o *views.Overview) error {
	figures, err := claim.Figures(ctx, s.store, o.Tenant.ID, o.States)
	if err != nil {
		return err
	}
	for _, f := range figures {
		href := o.Path("data", f.Def.Kind)
		if query := claim.Query(f.Figure).Encode(); query != "" && f.Certainty != claim.Unknown {
			href += "?" + query
		}
		o.Figures = append(o.Figures, views.Figure{Figure: f, Now: o.Page.Now, Href: href})
	}
	return nil
}

func (s *server) addBreakdown(ctx context.Context, o *views.Overview, t breakdownTile) error {
	b, def, ok := s.basis(o, t.kind, t.column)
	if !ok {
		return nil
	}
	table := o.Path("data", def.Kind)
	v := views.Breakdown{Basis: b, Label: t.label, Noun: views.ShortNoun(def), Href: table}
	if !b.Known() {
		o.Breakdowns = append(o.Breakdowns, v)
		return nil
	}
	facets, err := s.store.Facets(ctx, o.Tenant.ID, def)
	if err != nil {
		return err
	}
	col := def.Column(t.column)
	for i, facet := range facets[t.column] {
		if i >= segmentsShown {
			if i == segmentsShown {
				v.Segments = append(v.Segments, views.Segment{Label: "Other"})
			}
			v.Segments[segmentsShown].Count += facet.Rows
			continue
		}
		c := store.Condition{Column: t.column, Op: store.OpEqual, Value: facet.Value}
		label := views.CellText(col, facet.Value)
		if facet.Value == "" {
			c.Op, c.Value, label = store.OpEmpty, "true", "Not set"
		}
		q := tableQuery{conditions: []store.Condition{c}}
		v.Segments = append(v.Segments, views.Segment{Label: label, Count: facet.Rows, Href: q.url(def, table)})
	}
	o.Breakdowns = append(o.Breakdowns, v)
	return nil
}

func (s *server) addMeters(ctx context.Context, o *views.Overview, t meterTile) error {
	b, def, ok := s.basis(o, t.kind, t.used, t.of)
	if !ok {
		return nil
	}
	table := o.Path("data", def.Kind)
	list := views.MeterList{Basis: b, Label: t.label, Href: table}
	if b.Known() {
		err := s.store.Each(ctx, store.Query{TenantID: o.Tenant.ID, Def: def}, func(r store.Row) error {
			used, usedKnown := r.Cell(def, t.used).(int64)
			of, ofKnown := r.Cell(def, t.of).(int64)
			if !usedKnown || !ofKnown {
				list.Unknown++
				return nil
			}
			if of <= 0 && used <= 0 {
				return nil
			}
			list.Meters = append(list.Meters, views.Meter{
				Label:     views.RowTitle(def, r),
				Used:      used,
				Of:        of,
				Warn:      float64(used) > t.warnOver*float64(of),
				Shortfall: max(used-of, 0),
				Href:      o.Path("data", def.Kind, r.ID),
			})
			return nil
		})
		if err != nil {
			return err
		}
	}
	// The fullest first; of equally full ones the larger.
	slices.SortStableFunc(list.Meters, func(a, b views.Meter) int {
		return cmp.Or(cmp.Compare(b.Used*max(a.Of, 1), a.Used*max(b.Of, 1)), cmp.Compare(b.Of, a.Of))
	})
	if len(list.Meters) > metersShown {
		list.More = len(list.Meters) - metersShown
		list.Meters = list.Meters[:metersShown]
	}
	o.Meters = append(o.Meters, list)
	return nil
}

func (s *server) addFact(ctx context.Context, o *views.Overview, t factTile) error {
	b, def, ok := s.basis(o, t.kind, t.column)
	if !ok {
		return nil
	}
	f := views.Fact{Basis: b, Icon: def.Icon, Label: def.Title, Href: o.Path("data", def.Kind)}
	if b.Known() {
		page, err := s.store.Rows(ctx, store.Query{TenantID: o.Tenant.ID, Def: def, Limit: 1})
		if err != nil {
			return err
		}
		if len(page.Rows) == 1 {
			f.Cell = views.CellOf(o.Page.Now, def.Column(t.column), page.Rows[0].Cell(def, t.column), nil)
		} else {
			f.Certainty, f.Why = claim.Unknown, append(f.Why, "Microsoft returned nothing")
		}
	}
	o.Facts = append(o.Facts, f)
	return nil
}
