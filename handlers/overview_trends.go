package handlers

import (
	"context"
	"slices"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/views"
)

// trendPoints is how many rows a trend goes back: what Microsoft keeps of a
// daily score.
const trendPoints = 90

func (s *server) addTrend(ctx context.Context, o *views.Overview, t trendTile) error {
	b, def, ok := s.basis(o, t.kind, t.value, t.at)
	if !ok || t.extra && !b.Known() {
		return nil
	}
	v := views.Trend{Basis: b, Label: t.label, Unit: t.unit, Better: t.better, Href: o.Path("data", def.Kind)}
	if b.Known() {
		page, err := s.store.Rows(ctx, store.Query{TenantID: o.Tenant.ID, Def: def, Sort: t.at, Desc: true, Limit: trendPoints})
		if err != nil {
			return err
		}
		for _, r := range slices.Backward(page.Rows) {
			text, _ := r.Cell(def, t.at).(string)
			at, isTime := views.CellTime(text)
			value, isNumber := r.Cell(def, t.value).(float64)
			if isTime && isNumber {
				v.Points = append(v.Points, views.TrendPoint{At: at, Value: value})
			}
		}
	}
	o.Trends = append(o.Trends, v)
	return nil
}
