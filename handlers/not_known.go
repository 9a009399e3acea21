package handlers

import (
	"context"
	"fmt"
	"slices"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

// addNotKnown names the rows that the filters leave out although nobody knows
// whether they match: those that do not say yes or no where a filter asks for
// one of them, and those that the column's source has not read.
func (s *server) addNotKnown(ctx context.Context, tenant store.Tenant, t *views.Table, q tableQuery, path string) error {
	wide := q.firstPage()
	wide.conditions = slices.Clone(q.conditions)
	doubtful := false
	for i, c := range wide.conditions {
		if !c.OrUnknown && leavesUnknown(t.State, c) {
			wide.conditions[i].OrUnknown, doubtful = true, true
		}
	}
	if !doubtful || t.Grid.Capped {
		return nil
	}
	sq := wide.toStore(tenant.ID, t.State.Def)
	sq.Limit = 1
	all, err := s.store.Rows(ctx, sq)
	if err != nil {
		return fmt.Errorf("count what is not known of %s: %w", t.State.Def.Kind, err)
	}
	t.Grid.NotKnown, t.Grid.NotKnownURL = all.Total-t.Grid.Total, wide.url(t.State.Def, path)
	return nil
}

// leavesUnknown reports whether a condition leaves rows out of which it is not
// known whether they meet it.
func leavesUnknown(state store.EntityState, c store.Condition) bool {
	col := state.Def.Column(c.Column)
	if gap := views.Gap(state, c.Column); gap != nil && gap.Unread > 0 {
		return true
	}
	return col.Filter == entity.Flag && c.Op == store.OpEqual && c.Value != ""
}
