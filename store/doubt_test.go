package store_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
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

func TestASingleValueMayGo(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 9))
	w.sync("widgets", "usage", append(w.used(8, "")[:8:8], w.used(9, "2026-01-02T03:04:05Z")[8:]...))
	assert.Equal(t, entity.Complete, w.sync("widgets", "usage", w.used(9, "")).State)
	assert.Zero(t, w.withValue("last_used"))
	assert.Empty(t, w.state("widgets").Columns)
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

// sparse are n rows, of which the last few have a note.
func (w *workshop) sparse(n, notes int, more string) []entity.Row {
	w.t.Helper()
	var objects []string
	for i := range n {
		note := ""
		if i >= n-notes {
			note = fmt.Sprintf(`,"note":"note %d"`, i)
		}
		objects = append(objects, fmt.Sprintf(`{"id":"w%03d","name":"Widget %d"%s%s}`, i, i, note, more))
	}
	return w.rows("widgets", "list", objects...)
}

// inPages cuts rows into pages.
func inPages(rows []entity.Row, size int) (pages [][]entity.Row) {
	for len(rows) > size {
		pages, rows = append(pages, rows[:size]), rows[size:]
	}
	return append(pages, rows)
}

func TestAllValuesOfAColumnThatFewRowsHaveAreKept(t *testing.T) {
	t.Parallel()
	for _, few := range []int{2, 8} {
		w := newWorkshop(t)
		before := w.sync("widgets", "list", inPages(w.sparse(40, few, ""), 10)...)
		assert.Equal(t, few, w.withValue("note"))

		state := w.sync("widgets", "list", inPages(w.sparse(40, 0, ""), 10)...)
		assert.Equal(t, entity.Partial, state.State)
		assert.Equal(t, before.AsOf, state.AsOf)
		assert.Equal(t, "values_missing", state.Problem.Code)
		assert.Equal(t, few, w.withValue("note"))
		assert.Empty(t, w.history("widgets"))
		gap := w.gaps("widgets")["note"]
		assert.Equal(t, entity.Failed, gap.State)
		assert.Equal(t, before.AsOf, gap.AsOf)
		assert.Contains(t, gap.Why, "until a second list agrees")
		assert.Equal(t, 1, w.lastPart("widgets", "list").ColumnsFailed)

		state = w.sync("widgets", "list", inPages(w.sparse(40, 0, ""), 10)...)
		assert.Equal(t, entity.Complete, state.State, "a second list agrees")
		assert.Equal(t, few, state.Changed)
		assert.Zero(t, w.withValue("note"))
		assert.Empty(t, w.gaps("widgets"))
		assert.Len(t, w.history("widgets"), few)
	}
}

// Another column's doubt does not make this one's the second.
func TestEachColumnIsDoubtedByItself(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.sparse(20, 5, `,"size":1`))
	assert.Equal(t, entity.Partial, w.sync("widgets", "list", w.sparse(20, 0, `,"size":1`)).State)
	state := w.sync("widgets", "list", w.sparse(20, 0, ""))
	assert.Equal(t, entity.Partial, state.State)
	assert.Contains(t, state.Problem.Message, "Size")
	assert.NotContains(t, state.Problem.Message, "Note")
	assert.Zero(t, w.withValue("note"))
	assert.Equal(t, 20, w.withValue("size"))
}

func TestBlanksAreWrittenWhereOtherRowsHaveValues(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	all := w.sparse(40, 40, "")
	w.sync("widgets", "list", inPages(all, 10)...)
	// Only the last page has values: what the first ones blank is withheld till then.
	some := append(w.sparse(40, 0, "")[:35:35], all[35:]...)
	state := w.sync("widgets", "list", inPages(some, 10)...)
	assert.Equal(t, entity.Complete, state.State)
	assert.Equal(t, 5, w.withValue("note"))
	assert.Equal(t, 35, state.Changed)
	assert.Len(t, w.history("widgets"), 35, "one entry for each row")
	changes, err := w.Changes(ctx, w.tenant.ID, "widgets", "w000", 0, 10)
	require.NoError(t, err)
	assert.Equal(t, []store.FieldChange{{Column: "note", Old: json.RawMessage(`"note 0"`), New: json.RawMessage(`null`)}}, changes[0].Fields)
	assert.Zero(t, count(t, raw(t, w.dir), "withheld_cells"))

	// The same list again writes no row.
	execute(t, raw(t, w.dir), `CREATE TRIGGER no_writes BEFORE UPDATE ON widgets BEGIN SELECT raise(ABORT, 'a row was written'); END`)
	assert.Equal(t, entity.Complete, w.sync("widgets", "list", inPages(some, 10)...).State)
}

func TestWhatALastPageSaysOfARowCounts(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	all := w.sparse(5, 5, "")
	w.sync("widgets", "list", all)
	w.sync("widgets", "list", w.sparse(5, 0, ""), all[:4])
	assert.Equal(t, 4, w.withValue("note"))
	assert.Equal(t, "note 0", w.row("widgets", "w000").Cell(w.def("widgets"), "note"))
}

// computedCatalogue has a column that is computed from notes, and one that is
// computed from a property that no column shows.
func computedCatalogue() *entity.Catalogue {
	columns := widgetColumns()
	for i := range columns {
		switch columns[i].Path {
		case "size":
			columns[i].Name, columns[i].Path, columns[i].Uses = "size", "", []string{"note"}
			columns[i].Compute = func(o entity.Object, _ time.Time) any { return int64(len(o.Text("note"))) }
		case "colour":
			columns[i].Name, columns[i].Path, columns[i].Uses = "colour", "", []string{"paint"}
			columns[i].Compute = func(o entity.Object, _ time.Time) any { return o.Cell(entity.Text, "paint") }
		}
	}
	return widgetsCatalogue(columns)
}

func TestWhatIsComputedGoesWithWhatIsKept(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.reopen(storetest.WithCatalogue(computedCatalogue()))
	d := w.def("widgets")
	w.sync("widgets", "list", w.sparse(20, 5, `,"paint":"red"`))
	require.Equal(t, int64(7), w.row("widgets", "w019").Cell(d, "size"))

	// All notes and all paint are missing.
	state := w.sync("widgets", "list", w.sparse(20, 0, ""))
	assert.Equal(t, entity.Partial, state.State)
	assert.Contains(t, state.Problem.Message, "Colour")
	assert.Equal(t, int64(7), w.row("widgets", "w019").Cell(d, "size"))
	assert.Equal(t, 5, w.withValue("note"))
	assert.Equal(t, 20, w.withValue("colour"))
	assert.Empty(t, w.history("widgets"))

	// One note is there again: the others went.
	w.sync("widgets", "list", w.sparse(20, 5, `,"paint":"red"`))
	state = w.sync("widgets", "list", w.sparse(20, 1, `,"paint":"red"`))
	assert.Equal(t, entity.Complete, state.State)
	assert.Equal(t, int64(7), w.row("widgets", "w019").Cell(d, "size"))
	assert.Equal(t, int64(0), w.row("widgets", "w018").Cell(d, "size"))

	// A note that is none keeps what was computed from it.
	w.sync("widgets", "list", append(w.sparse(20, 0, `,"paint":"red"`)[:19:19], w.rows("widgets", "list", `{"id":"w019","name":"Widget 19","note":{"x":1},"paint":"red"}`)...))
	assert.Equal(t, int64(7), w.row("widgets", "w019").Cell(d, "size"))
	assert.Equal(t, "note 19", w.row("widgets", "w019").Cell(d, "note"))
	assert.Equal(t, entity.Failed, w.gaps("widgets")["size"].State)
	assert.Equal(t, entity.Failed, w.gaps("widgets")["note"].State)
}

// A list with gaps tells of the columns that it has values of, and of no other.
func TestAListWithGapsBlanksWhereOtherRowsHaveValues(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	all := w.sparse(20, 20, `,"colour":"red"`)
	w.sync("widgets", "list", all)
	some := append(w.sparse(20, 0, "")[:15:15], w.sparse(20, 20, "")[15:]...)
	pw, end := w.begin("widgets", "list")
	w.put(pw, inPages(some, 5)...)
	state, err := pw.Incomplete(ctx, &entity.Problem{Class: entity.ClassSource, Code: "some", Message: "Some failed."}, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Equal(t, entity.Partial, state.State)
	assert.Equal(t, "some", state.Problem.Code)
	assert.Equal(t, 5, w.withValue("note"))
	assert.Equal(t, 20, w.withValue("colour"))
	assert.Empty(t, w.gaps("widgets"))
}
