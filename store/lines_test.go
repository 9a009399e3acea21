package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entity"
)

// concealing is a workshop whose list of widgets Microsoft may conceal: its
// lines then have no id. Where roster is true, the part usage makes rows too.
func concealing(t *testing.T, roster bool) *workshop {
	t.Helper()
	w := newWorkshop(t)
	c := widgetsCatalogue(widgetColumns())
	d := c.Def("widgets")
	d.Parts[0].Conceals = &entity.Concealment{What: "widget IDs", Cure: "Clear the box.", Link: "https://admin.example/box"}
	d.Parts[1].Roster = roster
	d.Parts[1].NoRow = func(o entity.Object) bool { return o.Text("owner") == "nobody" }
	w.reopen(storetest.WithCatalogue(c))
	return w
}

// nameless are lines without identity, one for each size.
func (w *workshop) nameless(sizes ...int) []entity.Row {
	w.t.Helper()
	var objects []string
	for _, n := range sizes {
		objects = append(objects, fmt.Sprintf(`{"id":"00000000-0000-0000-0000-000000000000","note":"HASH","size":%d}`, n))
	}
	return w.rows("widgets", "list", objects...)
}

// concealedGaps are the gaps that come of concealed names.
func concealedGaps(s store.EntityState) []store.ColumnGap {
	return slices.DeleteFunc(slices.Clone(s.Columns), func(g store.ColumnGap) bool { return !strings.Contains(g.Why, "conceals") })
}

// sizes are those of all live rows, and whether removed rows are stored too.
func (w *workshop) sizes() (live []int64, removed int) {
	w.t.Helper()
	d := w.def("widgets")
	require.NoError(w.t, w.Each(ctx, store.Query{TenantID: w.tenant.ID, Def: d, Removed: true}, func(r store.Row) error {
		if !r.RemovedAt.IsZero() {
			removed++
		} else if n, ok := r.Cell(d, "size").(int64); ok {
			live = append(live, n)
		}
		return nil
	}))
	slices.Sort(live)
	return live, removed
}

func TestLinesWithoutIdentityAreASnapshot(t *testing.T) {
	t.Parallel()
	w := concealing(t, false)
	state := w.sync("widgets", "list", w.nameless(1, 2), w.nameless(2, 3))
	assert.Equal(t, entity.Complete, state.State)
	live, removed := w.sizes()
	assert.Equal(t, []int64{1, 2, 2, 3}, live, "two lines that are alike are two")
	assert.Zero(t, removed)
	s := w.state("widgets")
	assert.Equal(t, 4, s.Rows)
	gaps := concealedGaps(s)
	require.Len(t, gaps, 1)
	assert.Equal(t, "id", gaps[0].Column)
	assert.Contains(t, gaps[0].Why, "4 lines are without widget IDs")
	assert.Contains(t, gaps[0].Why, "Clear the box.")
	for _, id := range w.ids(store.Query{Def: w.def("widgets")}) {
		assert.True(t, entity.IsLine(id), id)
	}

	// The next list replaces them as a whole, and is compared with nothing.
	for _, sizes := range [][]int{{2, 3, 9}, {7}, {7}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, {20, 21}} {
		state = w.sync("widgets", "list", w.nameless(sizes...))
		assert.Equal(t, entity.Complete, state.State)
		live, removed = w.sizes()
		assert.Len(t, live, len(sizes))
		assert.Equal(t, int64(sizes[0]), live[0])
		assert.Zero(t, removed, "nothing is left of the list before")
		assert.Equal(t, len(sizes), w.state("widgets").Rows)
	}
	assert.Empty(t, w.history("widgets"))
	assert.Zero(t, w.state("widgets").Held)
}

func TestHalfASnapshotIsNotShown(t *testing.T) {
	t.Parallel()
	w := concealing(t, false)
	w.sync("widgets", "list", w.nameless(1, 2, 3))
	pw, end := w.begin("widgets", "list")
	w.put(pw, w.nameless(3, 4))
	live, _ := w.sizes()
	assert.Equal(t, []int64{1, 2, 3}, live, "while the next one is read")
	_, err := pw.Stop(ctx, &entity.Problem{Class: entity.ClassNetwork}, store.Traffic{})
	require.NoError(t, err)
	end()
	live, removed := w.sizes()
	assert.Equal(t, []int64{1, 2, 3}, live)
	assert.Zero(t, removed)
	assert.Equal(t, 3, w.state("widgets").Rows)

	// A process that dies leaves them hidden, until the next list begins.
	pw, end = w.begin("widgets", "list")
	w.put(pw, w.nameless(5))
	end()
	pw, end = w.begin("widgets", "list")
	w.put(pw, w.nameless(6, 7))
	require.NoError(t, pw.Restart(ctx))
	w.put(pw, w.nameless(8))
	_, err = pw.Complete(ctx, store.Traffic{})
	require.NoError(t, err)
	end()
	live, removed = w.sizes()
	assert.Equal(t, []int64{8}, live, "what was seen before a restart no longer counts")
	assert.Zero(t, removed)
}

func TestConcealingNamesRemovesNothing(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 12, 60} {
		for _, lines := range []int{1, 12, 61} {
			w := concealing(t, false)
			known := w.numbered("widgets", 0, n)
			asOf := w.sync("widgets", "list", known).AsOf
			var sizes []int
			for i := range lines {
				sizes = append(sizes, i)
			}
			for range 3 {
				state := w.sync("widgets", "list", w.nameless(sizes...))
				assert.Equal(t, entity.Partial, state.State)
				assert.Equal(t, asOf, state.AsOf, "they are as old as they are")
				require.NotNil(t, state.Problem)
				assert.Equal(t, "names_concealed", state.Problem.Code)
				assert.Equal(t, entity.ClassData, state.Problem.Class)
				assert.Equal(t, "Clear the box.", state.Problem.Cure)
				assert.Equal(t, "https://admin.example/box", state.Problem.Link)
				assert.Contains(t, state.Problem.Message, asOf.UTC().Format("2 Jan 2006"))
			}
			s := w.state("widgets")
			assert.Equal(t, n, s.Rows, "nothing counts twice")
			assert.Zero(t, s.Held)
			assert.Equal(t, n, w.live("widgets"))
			assert.Empty(t, w.history("widgets"))

			// Shown again, the rows go on where they were.
			changed := append(w.rows("widgets", "list", `{"id":"w000","name":"Renamed"}`), known[1:]...)
			state := w.sync("widgets", "list", append(changed, w.rows("widgets", "list", `{"id":"new","name":"New"}`)...))
			assert.Equal(t, entity.Complete, state.State)
			assert.ElementsMatch(t, []string{"changed w000", "added new"}, w.history("widgets"))
			assert.Equal(t, n+1, w.state("widgets").Rows)
			assert.Empty(t, concealedGaps(w.state("widgets")))
		}
	}
}

func TestShowingNamesMakesNoHistory(t *testing.T) {
	t.Parallel()
	w := concealing(t, false)
	w.sync("widgets", "list", w.nameless(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))
	state := w.sync("widgets", "list", w.numbered("widgets", 0, 3))
	assert.Equal(t, entity.Complete, state.State)
	assert.Equal(t, []string{"w000", "w001", "w002"}, w.ids(store.Query{Def: w.def("widgets"), Removed: true}), "the snapshot has gone without a trace")
	assert.Equal(t, 3, w.state("widgets").Rows)
	assert.Empty(t, w.history("widgets"))
	w.sync("widgets", "list", w.numbered("widgets", 0, 4))
	assert.Equal(t, []string{"added w003"}, w.history("widgets"), "from here on there is something to compare with")
}

func TestConcealingEndsAHold(t *testing.T) {
	t.Parallel()
	w := concealing(t, false)
	w.sync("widgets", "list", w.numbered("widgets", 0, 60))
	w.sync("widgets", "list", w.numbered("widgets", 0, 10))
	require.Equal(t, 50, w.state("widgets").Held)
	w.sync("widgets", "list", w.nameless(1, 2))
	s := w.state("widgets")
	assert.Zero(t, s.Held, "no removal is offered that nothing speaks for any more")
	assert.Equal(t, 60, s.Rows)
}

func TestSomeLinesWithoutIdentity(t *testing.T) {
	t.Parallel()
	w := concealing(t, false)
	known := w.rows("widgets", "list", `{"id":"a","name":"A","size":100}`, `{"id":"b","name":"B","size":200}`)
	state := w.sync("widgets", "list", append(w.nameless(1), known...))
	assert.Equal(t, entity.Complete, state.State)
	live, _ := w.sizes()
	assert.Equal(t, []int64{1, 100, 200}, live, "no known row can be the line: it is a third")

	state = w.sync("widgets", "list", append(w.nameless(1), known[:1]...))
	assert.Equal(t, entity.Partial, state.State)
	live, _ = w.sizes()
	assert.Equal(t, []int64{100, 200}, live, "the line may be b")
	assert.Empty(t, w.history("widgets"))

	w.sync("widgets", "list", known[:1])
	assert.Equal(t, []string{"removed b"}, w.history("widgets"))
}

// rosterRun reads a roster, where it can be read, and the list in one run.
func (w *workshop) rosterRun(roster, list []entity.Row) (usage, widgets store.PartState) {
	w.t.Helper()
	pw, end := w.begin("widgets", "usage")
	if roster != nil {
		w.put(pw, roster)
		var err error
		usage, err = pw.Complete(ctx, store.Traffic{})
		require.NoError(w.t, err)
	} else {
		_, err := pw.Stop(ctx, &entity.Problem{Class: entity.ClassPermission, Needs: []string{"Sites.Read.All"}}, store.Traffic{})
		require.NoError(w.t, err)
	}
	run, err := w.ActiveRun(ctx, w.tenant.ID)
	require.NoError(w.t, err)
	d := w.def("widgets")
	pw, err = w.BeginPart(ctx, store.PartRef{TenantID: w.tenant.ID, RunID: run.ID, Def: d, Part: d.Part("list")})
	require.NoError(w.t, err)
	w.put(pw, list)
	widgets, err = pw.Complete(ctx, store.Traffic{})
	require.NoError(w.t, err)
	end()
	return usage, widgets
}

func TestARosterMakesTheRowsOfConcealedLines(t *testing.T) {
	t.Parallel()
	w := concealing(t, true)
	owned := func(ids string) (rows []entity.Row) {
		for _, id := range strings.Fields(ids) {
			rows = append(rows, w.rows("widgets", "usage", `{"id":"`+id+`","owner":"Owner of `+id+`"}`)...)
		}
		return append(rows, w.rows("widgets", "usage", `{"id":"private","owner":"nobody"}`)...)
	}
	ids := func() string {
		return strings.Join(w.ids(store.Query{Def: w.def("widgets"), Sort: "owner"}), " ")
	}
	_, state := w.rosterRun(owned("a b c"), w.nameless(1, 2, 3))
	assert.Equal(t, entity.Complete, state.State)
	assert.Equal(t, "a b c", ids(), "and no line beside them, which would count them twice")
	assert.Equal(t, 3, w.state("widgets").Rows)
	gaps := concealedGaps(w.state("widgets"))
	require.NotEmpty(t, gaps)
	for _, g := range gaps {
		assert.Equal(t, "list", w.def("widgets").Column(g.Column).Part, "the figures are missing, not the rows")
		assert.NotEqual(t, entity.Complete, g.State)
		assert.Contains(t, g.Why, "3 lines are without widget IDs")
	}
	assert.Empty(t, w.history("widgets"))

	// The roster tells what comes and goes.
	w.rosterRun(owned("a b d"), w.nameless(1, 2, 3))
	assert.ElementsMatch(t, []string{"added d", "removed c"}, w.history("widgets"))

	// Shown, the list fills the rows, which is no change of them, and adds those
	// that the roster does not have.
	_, state = w.rosterRun(owned("a b d"), w.rows("widgets", "list", `{"id":"a","name":"A","size":1}`, `{"id":"b","name":"B"}`, `{"id":"e","name":"E"}`))
	assert.Equal(t, entity.Complete, state.State)
	assert.ElementsMatch(t, []string{"added d", "removed c", "added e"}, w.history("widgets"))
	assert.Equal(t, "A", w.row("widgets", "a").Cell(w.def("widgets"), "name"))
	assert.Empty(t, concealedGaps(w.state("widgets")))

	// Concealed again: e may well be there still.
	_, state = w.rosterRun(owned("a b d"), w.nameless(1, 2, 3, 4))
	assert.Equal(t, entity.Partial, state.State)
	assert.Equal(t, "names_concealed", state.Problem.Code)
	assert.Equal(t, 4, w.live("widgets"))
	assert.Len(t, w.history("widgets"), 3)
}

func TestARosterThatIsRefusedRemovesNothing(t *testing.T) {
	t.Parallel()
	w := concealing(t, true)
	roster := w.rows("widgets", "usage", `{"id":"a","owner":"Ann"}`, `{"id":"b","owner":"Bob"}`)
	w.rosterRun(roster, w.rows("widgets", "list", `{"id":"a","name":"A"}`, `{"id":"c","name":"C"}`))
	assert.Equal(t, 3, w.live("widgets"))
	for name, again := range map[string][]entity.Row{"refused": nil, "empty": {}} {
		_, state := w.rosterRun(again, w.rows("widgets", "list", `{"id":"a","name":"A"}`, `{"id":"c","name":"C"}`))
		assert.Equal(t, entity.Partial, state.State, name)
		assert.Equal(t, "roster_unread", state.Problem.Code, name)
		assert.Equal(t, 3, w.live("widgets"), name)
	}
	_, state := w.rosterRun(nil, w.rows("widgets", "list", `{"id":"a","name":"A"}`))
	assert.Equal(t, []string{"removed c"}, w.history("widgets"), "what the list alone had")
	assert.Equal(t, entity.Partial, state.State)
}
