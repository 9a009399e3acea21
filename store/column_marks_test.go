package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entity"
)

const goodWidget = `{"id":"a","name":"A","note":"n","colour":"red","active":true,"size":1,"weight":0.5,"made":"2026-01-02T03:04:05Z","tags":["x"],"extra":{"k":"v"}}`

// gaps are the columns of an entity that are not as its state says, by name.
func (w *workshop) gaps(kind string) map[string]store.ColumnGap {
	w.t.Helper()
	gaps := map[string]store.ColumnGap{}
	for _, g := range w.state(kind).Columns {
		if g.State == entity.Never {
			continue // of a part that the test does not read
		}
		gaps[g.Column] = g
	}
	return gaps
}

// lastPart is a part in the newest run.
func (w *workshop) lastPart(kind, part string) store.RunPart {
	w.t.Helper()
	runs, err := w.Runs(ctx, w.tenant.ID, 0, 1)
	require.NoError(w.t, err)
	for _, p := range runs[0].Parts {
		if p.Kind == kind && p.Part == part {
			return p
		}
	}
	w.t.Fatalf("the run has no %s/%s", kind, part)
	return store.RunPart{}
}

func TestAValueOfAnotherTypeKeepsWhatWasReadAndMarksItsColumn(t *testing.T) {
	t.Parallel()
	for column, c := range map[string]struct{ property, sent, due, example string }{
		"name":   {"name", `{"value":"A"}`, "a text", `{"value":"A"}`},
		"note":   {"note", `["n"]`, "a text", `["n"]`},
		"colour": {"colour", `{"de":"rot"}`, "a text", `{"de":"rot"}`},
		"active": {"active", `"maybe"`, "true or false", `"maybe"`},
		"size":   {"size", `"twelve"`, "a whole number", `"twelve"`},
		"weight": {"weight", `{"w":1}`, "a number", `{"w":1}`},
		"made":   {"made", `"31/12/2026 25:61"`, "a time", `"31/12/2026 25:61"`},
		"tags":   {"tags", `"x"`, "a list", `"x"`},
		"extra":  {"extra", `[1]`, "an object", `[1]`},
	} {
		t.Run(column, func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			d := w.def("widgets")
			first := w.sync("widgets", "list", w.rows("widgets", "list", goodWidget))
			before := w.row("widgets", "a")
			odd := fmt.Sprintf(`{"id":"b","name":"B",%q:%s}`, c.property, c.sent)
			if column == "name" {
				odd = fmt.Sprintf(`{"id":"b",%q:%s}`, c.property, c.sent)
			}
			spoilt := func(id string) string {
				return `{"id":"` + id + `",` + replaced(goodWidget, c.property, c.sent)
			}
			state := w.sync("widgets", "list", w.rows("widgets", "list", spoilt("a"), odd))
			assert.Equal(t, entity.Complete, state.State)
			assert.Equal(t, 1, w.lastPart("widgets", "list").ColumnsFailed)
			assert.Equal(t, before.Cells, w.row("widgets", "a").Cells)
			assert.Equal(t, before.LastChanged, w.row("widgets", "a").LastChanged)
			assert.Nil(t, w.row("widgets", "b").Cell(d, column), "a new row has none")
			assert.Equal(t, []string{"added b"}, w.history("widgets"))
			want := store.ColumnGap{Column: column, State: entity.Failed, AsOf: first.AsOf, Since: w.clock.Now(),
				Why: "Microsoft sent " + c.example + " where " + c.due + " is due, in 2 rows. These keep what was read before."}
			assert.Equal(t, map[string]store.ColumnGap{column: want}, w.gaps("widgets"))

			// The next list is the same: nothing is written, and since when it is so stays.
			db := raw(t, w.dir)
			execute(t, db, `CREATE TRIGGER no_writes BEFORE UPDATE ON widgets BEGIN SELECT raise(ABORT, 'a row was written'); END`)
			w.sync("widgets", "list", w.rows("widgets", "list", spoilt("a"), odd))
			assert.Equal(t, want, w.gaps("widgets")[column])
			execute(t, db, `DROP TRIGGER no_writes`)
			assert.Equal(t, []string{"added b"}, w.history("widgets"))

			// A clean list clears the mark without a change of the row that kept its value.
			w.sync("widgets", "list", w.rows("widgets", "list", goodWidget, `{"id":"b","name":"B"}`))
			assert.Empty(t, w.gaps("widgets"))
			assert.Zero(t, w.lastPart("widgets", "list").ColumnsFailed)
			assert.Equal(t, before.Cells, w.row("widgets", "a").Cells)
			assert.NotContains(t, w.history("widgets"), "changed a")
		})
	}
}

// replaced is an object's JSON, without its id and its first brace, in which a
// property has another value.
func replaced(object, property, value string) string {
	fields := map[string]string{"name": `"A"`, "note": `"n"`, "colour": `"red"`, "active": `true`, "size": `1`, "weight": `0.5`,
		"made": `"2026-01-02T03:04:05Z"`, "tags": `["x"]`, "extra": `{"k":"v"}`}
	fields[property] = value
	out := ""
	for name, v := range fields {
		out += fmt.Sprintf(`,%q:%s`, name, v)
	}
	return out[1:] + "}"
}

func TestMarksOfAListThatEndsEarlyAreAddedAndNotTaken(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.rows("widgets", "list", goodWidget))
	w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"a","name":"A","size":"many"}`))
	require.Contains(t, w.gaps("widgets"), "size")
	pw, end := w.begin("widgets", "list")
	w.put(pw, w.rows("widgets", "list", `{"id":"a","name":"A","size":1,"weight":"heavy"}`))
	_, err := pw.Stop(ctx, nil, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Contains(t, w.gaps("widgets"), "size")
	assert.Contains(t, w.gaps("widgets"), "weight")
}

func TestAPartWithAFailedColumnIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 2))
	kept := func() bool {
		run, _, err := w.StartRun(ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual})
		require.NoError(t, err)
		kept, err := w.KeepPart(ctx, store.PartRef{TenantID: w.tenant.ID, RunID: run.ID, Def: w.def("widgets"), Part: w.def("widgets").Part("usage")})
		require.NoError(t, err)
		require.NoError(t, w.FinishRun(ctx, run.ID, store.RunComplete, nil))
		return kept
	}
	w.sync("widgets", "usage", w.used(2, "2026-01-02T03:04:05Z"))
	assert.True(t, kept())
	w.sync("widgets", "usage", w.used(2, "yesterday"))
	assert.Equal(t, entity.Failed, w.gaps("widgets")["last_used"].State)
	assert.False(t, kept())
	assert.Equal(t, 2, w.withValue("last_used"))
}

func TestAPropertyThatTheSourceDoesNotHave(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	d := w.def("widgets")
	first := w.sync("widgets", "list", w.rows("widgets", "list", goodWidget))
	before := w.row("widgets", "a")
	lacking := func(id string) entity.Row {
		r := w.rows("widgets", "list", `{"id":"`+id+`",`+replaced(goodWidget, "colour", "null"))[0]
		for i, c := range d.PartColumns("list") {
			if c.Name == "colour" {
				r.Cells[i] = entity.Unsent{}
			}
		}
		return r
	}
	var since time.Time
	for range 2 {
		pw, end := w.begin("widgets", "list")
		pw.Lack("colour", "colour", "This cloud does not have the property colour.")
		w.put(pw, []entity.Row{lacking("a"), lacking("b")})
		state, err := pw.Complete(ctx, store.Traffic{})
		require.NoError(t, err)
		end()
		assert.Equal(t, entity.Complete, state.State)
		assert.Zero(t, w.lastPart("widgets", "list").ColumnsFailed)
		if since.IsZero() {
			since = w.clock.Now()
		}
		assert.Equal(t, map[string]store.ColumnGap{"colour": {Column: "colour", State: entity.NotAvailable, AsOf: first.AsOf, Since: since,
			Why: "This cloud does not have the property colour."}}, w.gaps("widgets"))
		assert.Equal(t, before.Cells, w.row("widgets", "a").Cells)
		assert.Nil(t, w.row("widgets", "b").Cell(d, "colour"))
		assert.Equal(t, []string{"added b"}, w.history("widgets"))
	}
	pw, end := w.begin("widgets", "list")
	assert.Equal(t, []string{"colour"}, pw.Lacking())
	w.put(pw, w.rows("widgets", "list", goodWidget))
	_, err := pw.Complete(ctx, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Empty(t, w.gaps("widgets"))
}

// A window is not read twice: while a row may lack its value, the mark stays.
func TestMarksOfWindowsStayWhileRowsLackValues(t *testing.T) {
	t.Parallel()
	columns := widgetColumns()
	cat := widgetsCatalogue(columns)
	cat.Def("widgets").Parts[0].Mode = entity.Window
	w := newWorkshop(t)
	w.reopen(storetest.WithCatalogue(cat))
	w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"a","name":"A","size":"many"}`))
	w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"b","name":"B","size":2}`))
	assert.Contains(t, w.gaps("widgets"), "size")
	assert.Zero(t, w.lastPart("widgets", "list").ColumnsFailed, "this list was as it should be")
	w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"a","name":"A","size":1}`))
	assert.NotContains(t, w.gaps("widgets"), "size")
}
