package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestStatesOfATenantNeverSynced(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	states, err := w.EntityStates(ctx, w.tenant.ID)
	require.NoError(t, err)
	require.Len(t, states, 3)
	for i, kind := range []string{"widgets", "red_widgets", "gadgets"} {
		assert.Equal(t, kind, states[i].Def.Kind)
		assert.Equal(t, entity.Never, states[i].State, kind)
		assert.Zero(t, states[i].AsOf, kind)
		assert.Zero(t, states[i].AttemptedAt, kind)
		assert.False(t, states[i].Syncing, kind)
	}
	assert.Equal(t, []store.ColumnGap{
		{Column: "owner", State: entity.Never},
		{Column: "last_used", State: entity.Never},
	}, states[0].Columns)
	assert.Equal(t, entity.Never, states[0].Parts[1].State)

	_, err = w.EntityState(ctx, w.tenant.ID, "no_such_kind")
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestTheStateIsThatOfTheFirstPart(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	list := w.sync("widgets", "list", w.numbered("widgets", 0, 3))
	usage := w.sync("widgets", "usage", w.rows("widgets", "usage", `{"id":"w000"}`, `{"id":"w001","owner":"Ann"}`, `{"id":"w002"}`))
	s := w.state("widgets")
	assert.Equal(t, entity.Complete, s.State)
	assert.Empty(t, s.Columns)
	assert.Equal(t, list.AsOf, s.AsOf)
	assert.Equal(t, list.AttemptedAt, s.AttemptedAt)
	assert.Equal(t, []store.PartState{list, usage}, s.Parts)
	assert.Equal(t, []int{3, 3, 1, 0, 2}, []int{s.Rows, s.Added, s.Changed, s.Removed, s.Requests})

	pw, end := w.begin("widgets", "usage")
	_, err := pw.Stop(ctx, &entity.Problem{Class: entity.ClassPermission, Needs: []string{"AuditLog.Read.All"}}, store.Traffic{})
	require.NoError(t, err)
	end()
	s = w.state("widgets")
	assert.Equal(t, entity.Complete, s.State)
	assert.Empty(t, s.Needs)
	assert.Equal(t, []store.ColumnGap{
		{Column: "owner", State: entity.NotPermitted, Needs: []string{"AuditLog.Read.All"}, AsOf: usage.AsOf},
		{Column: "last_used", State: entity.NotPermitted, Needs: []string{"AuditLog.Read.All"}, AsOf: usage.AsOf},
	}, s.Columns)
	red := w.state("red_widgets")
	assert.Equal(t, entity.Complete, red.State)
	assert.Equal(t, s.Columns, red.Columns)

	pw, end = w.begin("widgets", "list")
	problem := &entity.Problem{Class: entity.ClassThrottled, Code: "429", Message: "too many requests", RetryAt: w.clock.Now().Add(time.Hour)}
	_, err = pw.Stop(ctx, problem, store.Traffic{})
	require.NoError(t, err)
	end()
	for _, kind := range []string{"widgets", "red_widgets"} {
		s = w.state(kind)
		assert.Equal(t, entity.Throttled, s.State, kind)
		assert.Equal(t, problem, s.Problem, kind)
		assert.Equal(t, problem.RetryAt, s.RetryAt, kind)
		assert.Equal(t, list.AsOf, s.AsOf, kind)
		assert.Equal(t, w.clock.Now(), s.AttemptedAt, kind)
	}
}

func TestADerivedEntityCountsItsView(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.rows("widgets", "list",
		`{"id":"a","name":"A","colour":"red"}`, `{"id":"b","name":"B","colour":"blue"}`, `{"id":"c","name":"C","colour":"red"}`))
	assert.Equal(t, 2, w.state("red_widgets").Rows)
	w.sync("widgets", "list", w.rows("widgets", "list",
		`{"id":"a","name":"A","colour":"red"}`, `{"id":"b","name":"B","colour":"blue"}`))
	assert.Equal(t, 1, w.state("red_widgets").Rows)
	assert.Equal(t, []string{"a"}, w.ids(store.Query{Def: w.def("red_widgets")}))
	assert.Equal(t, []string{"a", "c"}, w.ids(store.Query{Def: w.def("red_widgets"), Removed: true}))
	assert.Equal(t, "A", w.row("red_widgets", "a").Cell(w.def("red_widgets"), "name"))

	w.sync("widgets", "list", w.rows("widgets", "list",
		`{"id":"a","name":"A2","colour":"red"}`, `{"id":"b","name":"B2","colour":"blue"}`))
	changes, err := w.Changes(ctx, w.tenant.ID, "red_widgets", "", 0, 10)
	require.NoError(t, err)
	assert.Len(t, changes, 2, "the red ones' only: a changed, c removed")
	changes, err = w.Changes(ctx, w.tenant.ID, "red_widgets", "a", 0, 10)
	require.NoError(t, err)
	require.Len(t, changes, 1)
	assert.Equal(t, "widgets", changes[0].Kind)
	_, err = w.Changes(ctx, w.tenant.ID, "no_such_kind", "", 0, 10)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestChangesArePaged(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 1))
	w.sync("widgets", "list", w.numbered("widgets", 0, 12))
	w.sync("gadgets", "list")
	w.sync("gadgets", "list", w.numbered("gadgets", 0, 2))
	var all []store.Change
	for before := int64(0); ; {
		page, err := w.Changes(ctx, w.tenant.ID, "", "", before, 5)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		all = append(all, page...)
		before = page[len(page)-1].ID
	}
	require.Len(t, all, 13)
	assert.Equal(t, "gadgets", all[0].Kind)
	for i := range all[1:] {
		assert.Greater(t, all[i].ID, all[i+1].ID)
	}
	assert.NotEqual(t, all[0].RunID, all[12].RunID)
}
