package handlers

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

const (
	segmentsShown = 5
	metersShown   = 6
)

// addTiles computes the tiles.
func (s *server) addTiles(ctx context.Context, o *views.Overview) error {
	for _, t := range figureTiles {
		if err := s.addFigure(ctx, o, t); err != nil {
			return fmt.Errorf("count %q: %w", t.label, err)
		}
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
func basis(o *views.Overview, kind string, columns ...string) (b views.Basis, def *entity.Def, ok bool) {
	i := slices.IndexFunc(o.States, func(st store.EntityState) bool { return st.Def.Kind == kind })
	if i < 0 {
		return views.Basis{}, nil, false
	}
	state := o.States[i]
	b.State = views.StateOf(o.Page.Now, state)
	b.State.Kind = "" // the list of entities carries the label that is looked for
	if state.State != entity.Complete {
		b.Missing = views.MissingText(state.State, state.Needs)
	} else {
		b.Gaps = views.RowGaps(state)
	}
	for _, name := range columns {
		if state.Def.Column(name) == nil {
			return views.Basis{}, nil, false
		}
		if gap := views.Gap(state, name); gap != nil && gap.State != entity.Complete && b.Missing == "" {
			b.Missing = views.MissingText(gap.State, gap.Needs)
		}
		// A further part may be older than the list.
		for _, p := range state.Parts {
			if p.Part == state.Def.Column(name).Part && p.AsOf.Before(b.State.AsOf) {
				b.State.AsOf = p.AsOf
			}
		}
	}
	return b, state.Def, true
}

func (s *server) addFigure(ctx context.Context, o *views.Overview, t figureTile) error {
	var columns []string
	if t.distinct != "" {
		columns = append(columns, t.distinct)
	}
	for _, c := range t.conditions {
		columns = append(columns, c.Column)
	}
	b, def, ok := basis(o, t.kind, columns...)
	if !ok {
		return nil
	}
	f := views.Figure{Basis: b, Icon: t.icon, Label: t.label, Note: t.note, Warn: t.warn}
	q := tableQuery{conditions: t.conditions}
	f.Href = q.url(def, o.Path("data", def.Kind))
	if !f.Known() {
		f.Href = o.Path("data", def.Kind)
		o.Figures = append(o.Figures, f)
		return nil
	}
	sq := q.toStore(o.Tenant.ID, def)
	sq.Limit = 1
	all, err := s.matching(ctx, sq, t.distinct)
	if err != nil {
		return err
	}
	f.Count, f.Capped = all.Total, all.Capped
	if f.Unread, err = s.unread(ctx, sq, t.distinct); err != nil {
		return err
	}
	o.Figures = append(o.Figures, f)
	return nil
}

// matching counts rows, or the different values of a column.
func (s *server) matching(ctx context.Context, q store.Query, distinct string) (store.Page, error) {
	if distinct == "" {
		return s.store.Rows(ctx, q)
	}
	n, err := s.store.Distinct(ctx, q, distinct)
	return store.Page{Total: n}, err
}

// unread counts the rows of which it is not known whether they match, since a
// column was not read of them.
func (s *server) unread(ctx context.Context, q store.Query, distinct string) (n int, err error) {
	for i, c := range q.Conditions {
		q.Conditions = slices.Clone(q.Conditions)
		q.Conditions[i] = store.Condition{Column: c.Column, Op: store.OpUnread, Value: "true"}
		page, err := s.matching(ctx, q, distinct)
		if err != nil {
			return 0, err
		}
		n += page.Total
		q.Conditions[i] = c
	}
	return n, nil
}

func (s *server) addBreakdown(ctx context.Context, o *views.Overview, t breakdownTile) error {
	b, def, ok := basis(o, t.kind, t.column)
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
	b, def, ok := basis(o, t.kind, t.used, t.of)
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
	b, def, ok := basis(o, t.kind, t.column)
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
			f.Missing = "Microsoft returned nothing"
		}
	}
	o.Facts = append(o.Facts, f)
	return nil
}
