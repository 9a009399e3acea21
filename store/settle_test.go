package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// The changes of machines come in no documented order: their times decide, in a
// page and across pages.
func TestLatestChangeCounts(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	d := c.store.Catalogue().Def("machine_vulnerabilities")
	noon := c.clock.Now()
	at := func(gone bool, id string, second float64) entity.Change {
		change := entity.Change{Row: entity.Row{ID: id}, Gone: gone, At: noon.Add(time.Duration(second * float64(time.Second)))}
		if !gone {
			change.Cells = make([]any, len(d.PartColumns("list")))
			change.Cells[0] = id
		}
		return change
	}
	found := func(id string, second float64) entity.Change { return at(false, id, second) }
	fixed := func(id string, second float64) entity.Change { return at(true, id, second) }
	none := entity.Change{Row: fixed("no time", 0).Row, Gone: true}
	for name, k := range map[string]struct {
		pages [][]entity.Change
		there bool
	}{
		"found after fixed":                   {[][]entity.Change{{fixed("x", 1), found("x", 2)}}, true},
		"the newest first":                    {[][]entity.Change{{found("x", 2), fixed("x", 1)}}, true},
		"the newest on an earlier page":       {[][]entity.Change{{found("x", 2)}, {fixed("x", 1)}}, true},
		"moved, fixed first":                  {[][]entity.Change{{fixed("x", 1), found("x", 1)}}, true},
		"moved, found first":                  {[][]entity.Change{{found("x", 1), fixed("x", 1)}}, true},
		"moved, across pages":                 {[][]entity.Change{{found("x", 1)}, {fixed("x", 1)}}, true},
		"moved, across pages, fixed first":    {[][]entity.Change{{fixed("x", 1)}, {found("x", 1)}}, true},
		"fixed after found":                   {[][]entity.Change{{found("x", 1), fixed("x", 2)}}, false},
		"fixed a fraction later":              {[][]entity.Change{{fixed("x", 1.0000002), found("x", 1.0000001)}}, false},
		"fixed, newest first":                 {[][]entity.Change{{fixed("x", 2), found("x", 1)}}, false},
		"fixed, newest on an earlier page":    {[][]entity.Change{{fixed("x", 2)}, {found("x", 1)}}, false},
		"fixed, and never known":              {[][]entity.Change{{fixed("unknown", 2)}, {found("unknown", 1), fixed("x", 1)}}, false},
		"fixed at no time, after it is there": {[][]entity.Change{{found("no time", 1), found("x", 1)}, {none}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := c.another(name)
			run, _, err := c.store.StartRun(ctx, store.NewRun{TenantID: tenant.ID, Trigger: store.TriggerManual, Kinds: []string{d.Kind}})
			require.NoError(t, err)
			begin := func() *store.PartWriter {
				w, err := c.store.BeginPart(ctx, store.PartRef{TenantID: tenant.ID, RunID: run.ID, Def: d, Part: &d.Parts[0]})
				require.NoError(t, err)
				return w
			}
			w := begin()
			_, err = w.Put(ctx, []entity.Row{found("x", 0).Row, found("y", 0).Row}, store.Traffic{})
			require.NoError(t, err)
			_, err = w.Complete(ctx, store.Traffic{})
			require.NoError(t, err)

			w = begin()
			require.NoError(t, w.ReadChanges(ctx))
			for _, page := range k.pages {
				_, err := w.PutChanges(ctx, page, store.Traffic{})
				require.NoError(t, err)
			}
			_, err = w.Complete(ctx, store.Traffic{})
			require.NoError(t, err)
			r, err := c.store.Row(ctx, tenant.ID, d, "x")
			require.NoError(t, err)
			assert.Equal(t, k.there, r.RemovedAt.IsZero())
			_, err = c.store.Row(ctx, tenant.ID, d, "unknown")
			assert.ErrorIs(t, err, store.ErrNotFound, "an older find brings nothing back")
		})
	}
}
