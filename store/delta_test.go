package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

const query = "v1.0/groups/delta?$select=id"

// listed reads a complete list of n groups, with a link to later changes.
func (c *club) listed(n int) {
	c.t.Helper()
	w, end := c.begin("groups")
	var rows []entity.Row
	for i := range n {
		rows = append(rows, c.group(fmt.Sprint("g", i), "Group", "About it").Row)
	}
	_, err := w.Put(ctx, rows, store.Traffic{})
	require.NoError(c.t, err)
	w.SetLink("https://graph.example/link1", query)
	_, err = w.Complete(ctx, store.Traffic{})
	require.NoError(c.t, err)
	end()
}

// group is a changed group with a name and a description; nil is null.
func (c *club) group(id string, name, description any) entity.Change {
	d := c.store.Catalogue().Def("groups")
	change := entity.Change{Row: entity.Row{ID: id}}
	for _, col := range d.PartColumns("list") {
		switch col.Name {
		case "display_name":
			change.Cells = append(change.Cells, name)
		case "description":
			change.Cells = append(change.Cells, description)
		default:
			change.Cells = append(change.Cells, nil)
		}
	}
	return change
}

func gone(id string) entity.Change { return entity.Change{Row: entity.Row{ID: id}, Gone: true} }

// changes begins a round of changes from the stored link.
func (c *club) changes() (w *store.PartWriter, end func()) {
	c.t.Helper()
	w, end = c.begin("groups")
	since, ok, err := w.Since(ctx, query)
	require.NoError(c.t, err)
	require.True(c.t, ok)
	require.NotEmpty(c.t, since.Link)
	require.NoError(c.t, w.ReadChanges(ctx))
	return w, end
}

func (c *club) cells(id string) (name, description any, removed bool) {
	c.t.Helper()
	d := c.store.Catalogue().Def("groups")
	r, err := c.store.Row(ctx, c.tenant.ID, d, id)
	require.NoError(c.t, err)
	return r.Cell(d, "display_name"), r.Cell(d, "description"), !r.RemovedAt.IsZero()
}

func TestChangesWriteOnlyWhatWasSent(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	c.listed(20)
	w, end := c.changes()
	unsent := entity.Unsent{}
	for _, page := range [][]entity.Change{
		{c.group("g1", "Renamed", unsent), c.group("g2", unsent, nil), gone("g3"), gone("nobody knows it"), c.group("new", "New", unsent)},
		// The same object in parts, and in an order that matters.
		{c.group("g4", "First", unsent), c.group("g4", unsent, "Then"), gone("g5"), c.group("g5", unsent, unsent), c.group("g6", "Late", unsent), gone("g6")},
		// Once more what came before, and what takes a tombstone back.
		{c.group("g1", "Renamed", unsent), c.group("g3", unsent, "Back"), gone("g7"), gone("g7")},
	} {
		_, err := w.PutChanges(ctx, page, store.Traffic{})
		require.NoError(t, err)
	}
	w.SetLink("https://graph.example/link2", query)
	state, err := w.Complete(ctx, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Equal(t, entity.Complete, state.State)
	assert.Equal(t, []int{1, 4, 2}, []int{state.Added, state.Changed, state.Removed})
	assert.Equal(t, 19, state.Rows)
	for id, want := range map[string][]any{
		"g0": {"Group", "About it", false}, "g1": {"Renamed", "About it", false}, "g2": {"Group", nil, false},
		"g3": {"Group", "Back", false}, "g4": {"First", "Then", false}, "g5": {"Group", "About it", false},
		"g6": {"Group", "About it", true}, "g7": {"Group", "About it", true}, "new": {"New", nil, false},
	} {
		name, description, removed := c.cells(id)
		assert.Equal(t, want, []any{name, description, removed}, id)
	}
	w, end = c.begin("groups")
	since, ok, err := w.Since(ctx, query)
	require.NoError(t, err)
	assert.True(t, ok)
	assert.Equal(t, "https://graph.example/link2", since.Link)
	_, ok, err = w.Since(ctx, query+",mail")
	require.NoError(t, err)
	assert.False(t, ok, "a link for other properties")
	end()
}

func TestRowOfChangesHasTheHashOfItsList(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	c.listed(3)
	w, end := c.changes()
	_, err := w.PutChanges(ctx, []entity.Change{c.group("g1", "Renamed", entity.Unsent{})}, store.Traffic{})
	require.NoError(t, err)
	_, err = w.Complete(ctx, store.Traffic{})
	require.NoError(t, err)
	end()
	w, end = c.begin("groups")
	counts, err := w.Put(ctx, []entity.Row{c.group("g0", "Group", "About it").Row, c.group("g1", "Renamed", "About it").Row, c.group("g2", "Group", "About it").Row}, store.Traffic{})
	require.NoError(t, err)
	assert.Equal(t, store.Counts{Rows: 3}, counts)
	end()
}

func TestLinkIsStoredWithTheEndAlone(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	c.listed(12)
	// A round that dies between its pages.
	w, end := c.changes()
	_, err := w.PutChanges(ctx, []entity.Change{c.group("g1", "Renamed", entity.Unsent{}), gone("g2")}, store.Traffic{})
	require.NoError(t, err)
	w.SetLink("https://graph.example/link2", query)
	end()
	_, _, removed := c.cells("g2")
	assert.False(t, removed, "tombstones wait for the end")
	w, end = c.begin("groups")
	since, ok, err := w.Since(ctx, query)
	require.NoError(t, err)
	require.True(t, ok)
	assert.Equal(t, "https://graph.example/link1", since.Link)
	// A list that is cut leaves the older link, too.
	w.SetLink("https://graph.example/link3", query)
	_, err = w.Stop(ctx, nil, store.Traffic{})
	require.NoError(t, err)
	end()
	w, end = c.changes()
	// One that is complete without a link takes the older one away.
	require.NoError(t, w.ReadList(ctx))
	_, err = w.Put(ctx, []entity.Row{c.group("g0", "Group", "About it").Row}, store.Traffic{})
	require.NoError(t, err)
	_, err = w.Complete(ctx, store.Traffic{})
	require.NoError(t, err)
	end()
	w, end = c.begin("groups")
	_, ok, err = w.Since(ctx, query)
	require.NoError(t, err)
	assert.False(t, ok)
	end()
}

func TestTombstonesAreJudgedAsMissingRows(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct {
		rows, gone int
		state      entity.State
	}{
		"few of many": {60, 18, entity.Complete}, "more than 30 %": {60, 19, entity.Held},
		"all of ten": {10, 10, entity.Held}, "all of nine": {9, 9, entity.Complete},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClub(t)
			c.listed(k.rows)
			w, end := c.changes()
			var page []entity.Change
			for i := range k.gone {
				page = append(page, gone(fmt.Sprint("g", i)))
			}
			_, err := w.PutChanges(ctx, page, store.Traffic{})
			require.NoError(t, err)
			w.SetLink("https://graph.example/link2", query)
			state, err := w.Complete(ctx, store.Traffic{})
			require.NoError(t, err)
			end()
			assert.Equal(t, k.state, state.State)
			w, end = c.begin("groups")
			defer end()
			_, ok, err := w.Since(ctx, query)
			require.NoError(t, err)
			assert.Equal(t, k.state == entity.Complete, ok, "what is held is listed the next time")
			if k.state == entity.Complete {
				assert.Equal(t, k.gone, state.Removed)
				return
			}
			assert.Zero(t, state.Removed)
			held, err := c.store.Held(ctx, c.tenant.ID)
			require.NoError(t, err)
			removed, err := c.store.ConfirmHeld(ctx, someone, c.tenant.ID, "groups", held[0].Set)
			require.NoError(t, err)
			assert.Equal(t, k.gone, removed)
		})
	}
}

func TestPartIsKeptForADay(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	c.listed(3)
	keep := func() bool {
		run, _, err := c.store.StartRun(ctx, store.NewRun{TenantID: c.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{"groups"}})
		require.NoError(t, err)
		d := c.store.Catalogue().Def("groups")
		kept, err := c.store.KeepPart(ctx, store.PartRef{TenantID: c.tenant.ID, RunID: run.ID, Def: d, Part: &d.Parts[0]})
		require.NoError(t, err)
		require.NoError(t, c.store.FinishRun(ctx, run.ID, store.RunComplete, nil))
		run, err = c.store.Run(ctx, run.ID)
		require.NoError(t, err)
		assert.Equal(t, kept, !run.Parts[0].KeptFrom.IsZero())
		return kept
	}
	before, err := c.store.EntityState(ctx, c.tenant.ID, "groups")
	require.NoError(t, err)
	assert.True(t, keep())
	after, err := c.store.EntityState(ctx, c.tenant.ID, "groups")
	require.NoError(t, err)
	assert.Equal(t, before, after)
	c.clock.Advance(24 * time.Hour)
	assert.False(t, keep(), "a day old")
	c.clock.Advance(-48 * time.Hour)
	assert.False(t, keep(), "from the future")
	c.clock.Advance(24*time.Hour + time.Minute)
	assert.True(t, keep())
	w, end := c.begin("groups")
	_, err = w.Stop(ctx, nil, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.False(t, keep(), "the last attempt failed")
}
