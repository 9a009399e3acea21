package store_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestDifferentRowsNeverShareAnID(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		report bool
		pages  [][]string
		want   string // in the message; empty where the list is whole
		kept   string // the name of row a
	}{
		"the same row twice":              {false, [][]string{{`{"id":"a","name":"A"}`, `{"id":"a","name":"A"}`, `{"id":"z","name":"Z"}`}}, "", "A"},
		"the same row on two pages":       {false, [][]string{{`{"id":"a","name":"A"}`}, {`{"id":"a","name":"A"}`, `{"id":"z","name":"Z"}`}}, "", "A"},
		"changed between two pages":       {false, [][]string{{`{"id":"a","name":"A","size":1}`}, {`{"id":"a","name":"A","size":2}`, `{"id":"z","name":"Z"}`}}, "", "A"},
		"two rows of one page":            {false, [][]string{{`{"id":"a","name":"X"}`, `{"id":"a","name":"Y"}`, `{"id":"z","name":"Z"}`}}, `2 lines of Microsoft's list of Widgets share the ID "a"`, "Old"},
		"three rows of one page":          {false, [][]string{{`{"id":"a","size":1}`, `{"id":"a","size":2}`, `{"id":"a","size":3}`}}, `3 lines of Microsoft's list of Widgets share the ID "a"`, "Old"},
		"two ids":                         {false, [][]string{{`{"id":"a","size":1}`, `{"id":"a","size":2}`, `{"id":"b","size":3}`, `{"id":"b","size":4}`}}, `4 lines of Microsoft's list of Widgets share 2 IDs`, "Old"},
		"another object on a later page":  {false, [][]string{{`{"id":"a","name":"Old"}`}, {`{"id":"a","name":"Other"}`}}, `2 lines of Microsoft's list of Widgets share the ID "a"`, "Other"},
		"a report of more than one page":  {true, [][]string{{`{"id":"a","name":"Old"}`}, {`{"id":"a","name":"Old","size":9}`}}, `2 lines of Microsoft's list of Widgets share the ID "a"`, "Old"},
		"the same line twice of a report": {true, [][]string{{`{"id":"a","name":"A"}`}, {`{"id":"a","name":"A"}`, `{"id":"z","name":"Z"}`}}, "", "A"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			catalogue := widgetsCatalogue(widgetColumns())
			catalogue.Def("widgets").Parts[0].Report = c.report
			w.reopen(storetest.WithCatalogue(catalogue))
			w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"a","name":"Old"}`, `{"id":"z","name":"Z"}`))
			var pages [][]entity.Row
			for _, page := range c.pages {
				pages = append(pages, w.rows("widgets", "list", page...))
			}
			state := w.sync("widgets", "list", pages...)
			assert.Equal(t, c.kept, w.row("widgets", "a").Cell(w.def("widgets"), "name"))
			assert.True(t, w.row("widgets", "z").RemovedAt.IsZero(), "nothing is removed by a list that merges rows")
			if c.want == "" {
				assert.Equal(t, entity.Complete, state.State, "%+v", state.Problem)
				return
			}
			assert.Equal(t, entity.Partial, state.State)
			assert.Equal(t, "shared_ids", state.Problem.Code)
			assert.Equal(t, entity.ClassData, state.Problem.Class)
			assert.Contains(t, state.Problem.Message, c.want)

			state = w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"a","name":"A"}`))
			assert.Equal(t, entity.Complete, state.State)
			assert.False(t, w.row("widgets", "z").RemovedAt.IsZero(), "the next good list decides")
		})
	}
}

func TestTheFirstOfRowsWithOneIDIsKept(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	state := w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"a","name":"1"}`, `{"id":"a","name":"2"}`))
	assert.Equal(t, entity.Partial, state.State)
	assert.Equal(t, "1", w.row("widgets", "a").Cell(w.def("widgets"), "name"))
	usage := w.sync("widgets", "usage", w.rows("widgets", "usage", `{"id":"a","owner":"Ann"}`, `{"id":"a","owner":"Bob"}`))
	assert.Equal(t, entity.Partial, usage.State, "a further part merges no rows either")
	assert.Equal(t, "shared_ids", usage.Problem.Code)
}
