package store_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestPutKeepsWhatMicrosoftSent(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	for name, object := range map[string]string{
		"every type":       `{"id":"a","name":"Ærø <b>&","note":"x\ny","colour":"red","active":true,"size":9007199254740993,"weight":0.1,"made":"2025-01-02T03:04:05.1234567Z","tags":["a",{"b":[1,null]}],"extra":{"k":"v","n":1e3}}`,
		"false and zero":   `{"id":"b","name":"","note":"","colour":"","active":false,"size":0,"weight":0,"made":null,"tags":[],"extra":{}}`,
		"null":             `{"id":"c","name":null,"note":null,"colour":null,"active":null,"size":null,"weight":null,"made":null,"tags":null,"extra":null}`,
		"negative":         `{"id":"d","size":-9223372036854775808,"weight":-1.5e-300,"name":null,"note":null,"colour":null,"active":null,"made":null,"tags":null,"extra":null}`,
		"texts of numbers": `{"id":"f","name":"007","note":"1e5","colour":"0","active":null,"size":null,"weight":null,"made":null,"tags":[],"extra":{}}`,
		"odd characters":   `{"id":"g","name":"nul\u0000tail","note":"\ud83d\ude00","colour":"\\","active":null,"size":null,"weight":3,"made":null,"tags":["\u00fc"],"extra":{"":""}}`,
	} {
		t.Run(name, func(t *testing.T) {
			pw, end := w.begin("widgets", "list")
			w.put(pw, w.rows("widgets", "list", object))
			_, err := pw.Stop(ctx, nil, store.Traffic{})
			require.NoError(t, err)
			end()

			var sent map[string]json.RawMessage
			require.NoError(t, json.Unmarshal([]byte(object), &sent))
			var id string
			require.NoError(t, json.Unmarshal(sent["id"], &id))
			row := w.row("widgets", id)
			for i, c := range w.def("widgets").PartColumns("list") {
				got := string(entity.MarshalCell(c.Type, row.Cells[i]))
				assert.JSONEq(t, string(sent[c.Path]), got, c.Name)
				if c.Type == entity.Int && strings.Trim(string(sent[c.Path]), "-0123456789") == "" {
					assert.Equal(t, string(sent[c.Path]), got, "JSONEq compares as float64")
				}
			}

			// Read again, the same object is no change.
			pw, end = w.begin("widgets", "list")
			counts := w.put(pw, w.rows("widgets", "list", object))
			assert.Equal(t, store.Counts{Rows: 1}, counts)
			end()
		})
	}
}

func TestPutNotesChanges(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.rows("widgets", "list",
		`{"id":"a","name":"Alpha","size":1,"tags":["x"]}`,
		`{"id":"b","name":"Beta"}`,
		`{"id":"c","name":"Gamma"}`))
	assert.Empty(t, w.history("widgets"), "the first complete list is a baseline")
	first := w.row("widgets", "a")

	state := w.sync("widgets", "list", w.rows("widgets", "list",
		`{"id":"a","name":"Alpha & <co>","size":2,"tags":["x","y"]}`,
		`{"id":"b","name":"Beta"}`,
		`{"id":"d","name":"Delta"}`))
	assert.Equal(t, []string{"changed a", "added d", "removed c"}, w.history("widgets"))
	assert.Equal(t, 3, state.Rows)
	assert.Equal(t, []int{1, 1, 1}, []int{state.Added, state.Changed, state.Removed})

	changes, err := w.Changes(ctx, w.tenant.ID, "widgets", "a", 0, 10)
	require.NoError(t, err)
	require.Len(t, changes, 1)
	c := changes[0]
	assert.Equal(t, "Alpha & <co>", c.Title)
	assert.Equal(t, w.clock.Now(), c.At)
	assert.Equal(t, []store.FieldChange{
		{Column: "name", Old: json.RawMessage(`"Alpha"`), New: json.RawMessage(`"Alpha & <co>"`)},
		{Column: "size", Old: json.RawMessage(`1`), New: json.RawMessage(`2`)},
		{Column: "tags", Old: json.RawMessage(`["x"]`), New: json.RawMessage(`["x","y"]`)},
	}, c.Fields)

	after := w.row("widgets", "a")
	assert.Equal(t, first.FirstSeen, after.FirstSeen)
	assert.Equal(t, w.clock.Now(), after.LastChanged)
	assert.Equal(t, first.LastChanged, w.row("widgets", "b").LastChanged, "an unchanged row")
}

func TestRemovedRowsAreRestored(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	all := w.numbered("widgets", 0, 5)
	w.sync("widgets", "list", all)
	w.sync("widgets", "list", all[:4])
	gone := w.row("widgets", "w004")
	assert.Equal(t, w.clock.Now(), gone.RemovedAt)
	assert.Equal(t, "Widget 4", gone.Cell(w.def("widgets"), "name"), "removal clears nothing")
	assert.Equal(t, 4, w.state("widgets").Rows)

	state := w.sync("widgets", "list", all)
	back := w.row("widgets", "w004")
	assert.Zero(t, back.RemovedAt)
	assert.Equal(t, gone.FirstSeen, back.FirstSeen)
	assert.Equal(t, gone.RowID, back.RowID)
	assert.Equal(t, w.clock.Now(), back.LastChanged)
	assert.Equal(t, []string{"removed w004", "restored w004"}, w.history("widgets"))
	assert.Equal(t, 1, state.Added, "a row that came back is added")
	assert.Equal(t, 5, w.state("widgets").Rows)

	w.sync("widgets", "list", all[:4])
	w.sync("widgets", "list", append(all[:4:4], w.rows("widgets", "list", `{"id":"w004","name":"New"}`)...))
	changes, err := w.Changes(ctx, w.tenant.ID, "widgets", "w004", 0, 1)
	require.NoError(t, err)
	assert.Equal(t, "restored", changes[0].Action)
	assert.Equal(t, "New", changes[0].Title)
	assert.Equal(t, []store.FieldChange{{Column: "name", Old: json.RawMessage(`"Widget 4"`), New: json.RawMessage(`"New"`)}}, changes[0].Fields)
}

func TestRowsThatComeTwiceCountOnce(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	pw, end := w.begin("widgets", "list")
	counts := w.put(pw,
		w.rows("widgets", "list", `{"id":"a","name":"1"}`, `{"id":"b","name":"B"}`, `{"id":"a","name":"2"}`),
		w.rows("widgets", "list", `{"id":"a","name":"3"}`, `{"id":"c","name":"C"}`))
	assert.Equal(t, store.Counts{Rows: 3, Added: 3}, counts)
	state, err := pw.Complete(ctx, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Equal(t, 3, state.Rows)
	assert.Equal(t, "3", w.row("widgets", "a").Cell(w.def("widgets"), "name"), "the later content wins")
	assert.Equal(t, 3, w.state("widgets").Rows)

	pw, end = w.begin("widgets", "list")
	counts = w.put(pw,
		w.rows("widgets", "list", `{"id":"a","name":"4"}`, `{"id":"b","name":"B"}`, `{"id":"c","name":"C"}`),
		w.rows("widgets", "list", `{"id":"a","name":"5"}`, `{"id":"b","name":"B2"}`))
	end()
	assert.Equal(t, store.Counts{Rows: 3, Changed: 2}, counts)
}

func TestVolatileColumnsMakeNoHistory(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"a","name":"A"}`))
	w.sync("widgets", "usage", w.rows("widgets", "usage", `{"id":"a","owner":"Ann","lastUsed":"2025-01-01T00:00:00Z"}`))
	before := w.row("widgets", "a")

	state := w.sync("widgets", "usage", w.rows("widgets", "usage", `{"id":"a","owner":"Ann","lastUsed":"2025-02-02T00:00:00Z"}`))
	after := w.row("widgets", "a")
	assert.Equal(t, "2025-02-02T00:00:00Z", after.Cell(w.def("widgets"), "last_used"))
	assert.Equal(t, before.LastChanged, after.LastChanged)
	assert.Empty(t, w.history("widgets"))
	assert.Zero(t, state.Changed)

	w.sync("widgets", "usage", w.rows("widgets", "usage", `{"id":"a","owner":"Bob","lastUsed":"2025-03-03T00:00:00Z"}`))
	changes, err := w.Changes(ctx, w.tenant.ID, "widgets", "", 0, 10)
	require.NoError(t, err)
	require.Len(t, changes, 1)
	assert.Equal(t, "A", changes[0].Title, "the title is of another part")
	assert.Equal(t, []store.FieldChange{{Column: "owner", Old: json.RawMessage(`"Ann"`), New: json.RawMessage(`"Bob"`)}}, changes[0].Fields)
}

func TestAFurtherPartOnlyFillsItsColumns(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	d := w.def("widgets")
	w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"a","name":"A","note":"n"}`, `{"id":"b","name":"B"}`))
	state := w.sync("widgets", "usage", w.rows("widgets", "usage",
		`{"id":"a","owner":"Ann","lastUsed":"2025-01-01T00:00:00Z"}`, `{"id":"b"}`, `{"id":"zzz","owner":"Nobody"}`))
	assert.Equal(t, entity.Complete, state.State)
	assert.Equal(t, 2, state.Rows, "an id that the first part has not listed is left out")
	assert.Equal(t, 2, w.live("widgets"))
	assert.Equal(t, 2, w.state("widgets").Rows)
	usage := state.AsOf

	// The list alone is read: the other part's columns stay, with their as-of.
	w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"a","name":"A2"}`, `{"id":"b","name":"B"}`))
	row := w.row("widgets", "a")
	assert.Equal(t, "A2", row.Cell(d, "name"))
	assert.Nil(t, row.Cell(d, "note"))
	assert.Equal(t, "Ann", row.Cell(d, "owner"))
	assert.Equal(t, "2025-01-01T00:00:00Z", row.Cell(d, "last_used"))
	assert.Equal(t, usage, w.state("widgets").Parts[1].AsOf)

	// A list of the further part that lacks a row removes and blanks nothing.
	w.sync("widgets", "usage")
	assert.Equal(t, "Ann", w.row("widgets", "a").Cell(d, "owner"))
	assert.Equal(t, 2, w.live("widgets"))

	// A row that is gone is kept up to date, but has no history.
	w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"b","name":"B"}`))
	w.sync("widgets", "usage", w.rows("widgets", "usage", `{"id":"a","owner":"Zoe"}`))
	row = w.row("widgets", "a")
	assert.Equal(t, "Zoe", row.Cell(d, "owner"))
	assert.NotZero(t, row.RemovedAt)
	assert.Equal(t, []string{"changed a", "removed a"}, w.history("widgets"))
}

func TestSearchSeesAllParts(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	d := w.def("widgets")
	find := func(words string) []string { return w.ids(store.Query{Def: d, Search: words}) }
	w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"a","name":"Zürich","tags":["Straße",{"@odata.type":"#hidden","city":"Ålesund"}]}`))
	w.sync("widgets", "usage", w.rows("widgets", "usage", `{"id":"a","owner":"Łukasz Ørsted"}`))
	for _, words := range []string{"zurich", "ZÜR", "strasse", "alesund lukasz", "orsted", "zürich ørsted", "city"} {
		assert.Equal(t, words != "city", len(find(words)) == 1, words)
	}
	assert.Empty(t, find("hidden"))
	assert.Empty(t, find("zurich nobody"), "all words must match")

	w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"a","name":"Bern"}`))
	assert.Empty(t, find("zurich"))
	assert.Equal(t, []string{"a"}, find("bern orsted"), "the owner is still found")
}

func TestTheFirstListIsABaseline(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	pw, end := w.begin("widgets", "list")
	w.put(pw, w.numbered("widgets", 0, 3))
	_, err := pw.Stop(ctx, &entity.Problem{Class: entity.ClassNetwork, Message: "connection reset"}, store.Traffic{})
	require.NoError(t, err)
	end()
	w.sync("widgets", "list", w.numbered("widgets", 0, 6))
	assert.Empty(t, w.history("widgets"), "also after an unfinished one")
	w.sync("widgets", "list", w.numbered("widgets", 0, 7))
	assert.Equal(t, []string{"added w006"}, w.history("widgets"))

	w.sync("widgets", "usage", w.rows("widgets", "usage", `{"id":"w000","owner":"Ann"}`))
	assert.Len(t, w.history("widgets"), 1, "each part has its own")
}

func TestAChangedSetOfColumnsIsABaseline(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"a","name":"A","note":"n"}`))
	w.sync("widgets", "usage", w.rows("widgets", "usage", `{"id":"a","owner":"Ann"}`))

	// An older version did not have the note, say.
	var fewer []entity.Column
	for _, c := range widgetColumns() {
		if c.Path != "note" {
			fewer = append(fewer, c)
		}
	}
	reopen := func(columns []entity.Column) {
		t.Helper()
		w.reopen(storetest.WithCatalogue(widgetsCatalogue(columns)))
	}
	reopen(fewer)
	w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"a","name":"A2","note":"n"}`, `{"id":"b","name":"B"}`))
	assert.Empty(t, w.history("widgets"), "the first list with other columns")
	w.sync("widgets", "usage", w.rows("widgets", "usage", `{"id":"a","owner":"Bob"}`))
	assert.Equal(t, []string{"changed a"}, w.history("widgets"), "a part whose columns are the same has its history")
	w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"a","name":"A3","note":"n"}`, `{"id":"b","name":"B"}`))
	assert.Equal(t, []string{"changed a", "changed a"}, w.history("widgets"))
	reopen(widgetColumns())
	assert.Equal(t, "n", w.row("widgets", "a").Cell(w.def("widgets"), "note"), "columns that are not read stay")
}

func TestRestartForgetsWhatWasSeen(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 5))
	pw, end := w.begin("widgets", "list")
	w.put(pw, w.numbered("widgets", 4, 7))
	require.NoError(t, pw.Restart(ctx))
	counts := w.put(pw, w.numbered("widgets", 0, 4), w.numbered("widgets", 5, 6))
	assert.Equal(t, store.Counts{Rows: 5, Added: 2}, counts, "what was written stays")
	state, err := pw.Complete(ctx, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Equal(t, entity.Complete, state.State)
	assert.Equal(t, 2, state.Removed)
	assert.NotZero(t, w.row("widgets", "w004").RemovedAt)
	assert.NotZero(t, w.row("widgets", "w006").RemovedAt)
	assert.Equal(t, 5, w.state("widgets").Rows)
}

func TestAnUnchangedRowIsNotWritten(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 20))
	db := raw(t, w.dir)
	execute(t, db, `CREATE TRIGGER no_writes BEFORE UPDATE ON widgets BEGIN SELECT raise(ABORT, 'a row was written'); END`)
	execute(t, db, `CREATE TRIGGER no_inserts BEFORE INSERT ON widgets BEGIN SELECT raise(ABORT, 'a row was written'); END`)
	state := w.sync("widgets", "list", w.numbered("widgets", 0, 20))
	assert.Equal(t, 20, state.Rows)
	pw, end := w.begin("widgets", "list")
	_, err := pw.Put(ctx, w.rows("widgets", "list", `{"id":"w000","name":"other"}`), store.Traffic{})
	require.ErrorContains(t, err, "a row was written", "the trigger works")
	counts := w.put(pw, w.numbered("widgets", 0, 1))
	assert.Equal(t, store.Counts{Rows: 1}, counts, "a page that failed was not counted")
	end()
}

func TestPutRefusesRowsThatDoNotFit(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	pw, end := w.begin("gadgets", "list")
	defer end()
	_, err := pw.Put(ctx, []entity.Row{{ID: "a", Cells: []any{"x", "y"}}}, store.Traffic{})
	require.ErrorContains(t, err, "2 cells for 1 columns")
	_, err = pw.Put(ctx, []entity.Row{{ID: "a", Cells: []any{12}}}, store.Traffic{})
	require.ErrorContains(t, err, "cannot be a int")
	assert.Zero(t, w.live("gadgets"))
}

func TestARunThatHasEndedWritesNoMore(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 9))
	pw, end := w.begin("widgets", "list")
	w.put(pw, w.numbered("widgets", 0, 2))
	end() // taken for dead by another process, say
	_, err := pw.Put(ctx, w.numbered("widgets", 2, 4), store.Traffic{})
	require.ErrorIs(t, err, store.ErrConflict)
	_, err = pw.Complete(ctx, store.Traffic{})
	require.ErrorIs(t, err, store.ErrConflict)
	_, err = pw.Stop(ctx, nil, store.Traffic{})
	require.ErrorIs(t, err, store.ErrConflict)
	require.ErrorIs(t, pw.Restart(ctx), store.ErrConflict)
	assert.Equal(t, 9, w.live("widgets"))
	d := w.def("widgets")
	_, err = w.BeginPart(ctx, store.PartRef{TenantID: w.tenant.ID, RunID: 999, Def: d, Part: &d.Parts[0]})
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = w.BeginPart(ctx, store.PartRef{TenantID: w.tenant.ID, RunID: 1, Def: &entity.Def{Kind: "accounts", Parts: d.Parts}, Part: &d.Parts[0]})
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestProgressIsInTheRun(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 9))
	pw, end := w.begin("widgets", "list")
	run, err := w.ActiveRun(ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, store.PhaseRunning, run.Parts[0].Phase)
	assert.Equal(t, w.clock.Now(), run.Parts[0].StartedAt)
	assert.Equal(t, store.PhaseQueued, run.Parts[1].Phase)
	assert.True(t, w.state("widgets").Syncing)
	assert.True(t, w.state("red_widgets").Syncing)
	assert.False(t, w.state("gadgets").Syncing)

	_, err = pw.Put(ctx, w.numbered("widgets", 3, 12), store.Traffic{Requests: 4, Retries: 2, Waited: 1500 * time.Millisecond})
	require.NoError(t, err)
	run, err = w.ActiveRun(ctx, w.tenant.ID)
	require.NoError(t, err)
	p := run.Parts[0]
	assert.Equal(t, []int{1, 9, 3, 0, 4, 2}, []int{p.Pages, p.Rows, p.Added, p.Changed, p.Requests, p.Retries})
	assert.Equal(t, 1500*time.Millisecond, p.Waited)
	assert.Equal(t, 12, w.state("widgets").Rows)

	_, err = pw.Complete(ctx, store.Traffic{Requests: 5, Retries: 2, Waited: 2 * time.Second})
	require.NoError(t, err)
	run, err = w.ActiveRun(ctx, w.tenant.ID)
	require.NoError(t, err)
	p = run.Parts[0]
	assert.Equal(t, store.PhaseDone, p.Phase)
	assert.Equal(t, entity.Complete, p.State)
	assert.Equal(t, 3, p.Removed)
	assert.Equal(t, 5, p.Requests)
	assert.Equal(t, w.clock.Now(), p.EndedAt)
	end()
	assert.False(t, w.state("widgets").Syncing)
}
