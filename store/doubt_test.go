package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// used are rows of the usage part for w000 and on, each with the value that is
// given, or with none.
func (w *workshop) used(n int, lastUsed string) []entity.Row {
	w.t.Helper()
	var objects []string
	for i := range n {
		object := fmt.Sprintf(`{"id": "w%03d", "owner": "Ann"}`, i)
		if lastUsed != "" {
			object = fmt.Sprintf(`{"id": "w%03d", "owner": "Ann", "lastUsed": %q}`, i, lastUsed)
		}
		objects = append(objects, object)
	}
	return w.rows("widgets", "usage", objects...)
}

// withValue counts the rows that have a value of a column.
func (w *workshop) withValue(column string) (n int) {
	w.t.Helper()
	def := w.def("widgets")
	for _, id := range w.ids(store.Query{Def: def}) {
		if w.row("widgets", id).Cell(def, column) != nil {
			n++
		}
	}
	return n
}

func TestValuesThatVanishAreKeptUntilASecondListAgrees(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 20))
	before := w.sync("widgets", "usage", w.used(20, "2026-01-02T03:04:05Z"))
	assert.Equal(t, entity.Complete, before.State)

	state := w.sync("widgets", "usage", w.used(20, ""))
	assert.Equal(t, entity.Partial, state.State)
	assert.Equal(t, before.AsOf, state.AsOf)
	if assert.NotNil(t, state.Problem) {
		assert.Equal(t, "values_missing", state.Problem.Code)
		assert.Contains(t, state.Problem.Message, "Last used")
		assert.NotContains(t, state.Problem.Message, "Owner")
		assert.NotEmpty(t, state.Problem.Cure)
	}
	assert.Equal(t, 20, w.withValue("last_used"))

	// With them again all is well, and a later doubt is a first one.
	assert.Equal(t, entity.Complete, w.sync("widgets", "usage", w.used(20, "2026-01-02T03:04:05Z")).State)
	assert.Equal(t, entity.Partial, w.sync("widgets", "usage", w.used(20, "")).State)
	assert.Equal(t, entity.Complete, w.sync("widgets", "usage", w.used(20, "")).State)
	assert.Zero(t, w.withValue("last_used"))
}

func TestAFewValuesMayGo(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 9))
	w.sync("widgets", "usage", w.used(9, "2026-01-02T03:04:05Z"))
	assert.Equal(t, entity.Complete, w.sync("widgets", "usage", w.used(9, "")).State)
	assert.Zero(t, w.withValue("last_used"))
}

func TestAShortListOfAFurtherPartIsNotBelievedAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		came int
		want entity.State
	}{{60, entity.Complete}, {42, entity.Complete}, {41, entity.Partial}, {3, entity.Partial}, {0, entity.Partial}} {
		t.Run(fmt.Sprintf("%d of 60", c.came), func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			w.sync("widgets", "list", w.numbered("widgets", 0, 60))
			before := w.sync("widgets", "usage", w.used(60, "2026-01-02T03:04:05Z"))
			state := w.sync("widgets", "usage", w.used(c.came, "2026-02-02T03:04:05Z"))
			assert.Equal(t, c.want, state.State)
			assert.Equal(t, 60, w.withValue("last_used"))
			if c.want == entity.Complete {
				assert.Equal(t, w.clock.Now(), state.AsOf)
				return
			}
			assert.Equal(t, before.AsOf, state.AsOf)
			if assert.NotNil(t, state.Problem) {
				assert.Equal(t, "list_short", state.Problem.Code)
				assert.Contains(t, state.Problem.Message, fmt.Sprintf("%d rows, and 60 the time before", c.came))
			}
			assert.Equal(t, entity.Complete, w.sync("widgets", "usage", w.used(c.came, "2026-02-02T03:04:05Z")).State, "a second list agrees")
		})
	}
}
