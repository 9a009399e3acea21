package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entities"
)

func TestFacets(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	d := w.def("widgets")
	facets := func() []store.Facet {
		t.Helper()
		f, err := w.Facets(ctx, w.tenant.ID, d)
		require.NoError(t, err)
		assert.LessOrEqual(t, len(f), 2, "colour is the only choice, and active the only flag")
		for column, values := range f {
			for _, f := range append(values, store.Facet{Value: map[string]string{"colour": "none", "active": "true"}[column], Rows: -1}) {
				q := store.Query{TenantID: w.tenant.ID, Def: d, Conditions: []store.Condition{{Column: column, Op: store.OpEqual, Value: f.Value}}}
				found := len(w.ids(q))
				if f.Rows >= 0 {
					assert.Equal(t, f.Rows, found, "what is counted is what is found: %q", f.Value)
				}
				page, err := w.Rows(ctx, q)
				require.NoError(t, err)
				assert.Equal(t, found, page.Total, "%s %q", column, f.Value)
				q.Conditions[0].OrUnknown = true
				page, err = w.Rows(ctx, q)
				require.NoError(t, err)
				assert.Equal(t, len(w.ids(q)), page.Total, "%s %q, or not known", column, f.Value)
			}
		}
		return f["colour"]
	}
	assert.Empty(t, facets())
	w.sync("widgets", "list", w.rows("widgets", "list",
		`{"id":"a","colour":"red"}`, `{"id":"b","colour":"blue"}`, `{"id":"c","colour":"red"}`, `{"id":"d","colour":"Red"}`,
		`{"id":"e","colour":null}`, `{"id":"f","colour":""}`, `{"id":"g","colour":7}`, `{"id":"h","colour":"7"}`, `{"id":"i","colour":"red"}`))
	assert.Equal(t, []store.Facet{{Value: "red", Rows: 3}, {Value: "", Rows: 2}, {Value: "7", Rows: 2}, {Value: "Red", Rows: 1}, {Value: "blue", Rows: 1}}, facets())

	w.sync("widgets", "list", w.rows("widgets", "list",
		`{"id":"a","colour":"green"}`, `{"id":"b","colour":"blue"}`, `{"id":"c","colour":"red"}`, `{"id":"d","colour":"Red"}`))
	assert.Equal(t, []store.Facet{{Value: "Red", Rows: 1}, {Value: "blue", Rows: 1}, {Value: "green", Rows: 1}, {Value: "red", Rows: 1}}, facets())

	// A list that stops half-way has written rows too.
	pw, end := w.begin("widgets", "list")
	w.put(pw, w.rows("widgets", "list", `{"id":"z","colour":"violet"}`))
	_, err := pw.Stop(ctx, nil, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Contains(t, facets(), store.Facet{Value: "violet", Rows: 1})
}

func TestFacetsAreRenewedAfterACrash(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	rows := w.rows("widgets", "list", `{"id":"a","colour":"red"}`, `{"id":"b","colour":"blue"}`)
	w.sync("widgets", "list", rows)
	rows = append(rows, w.rows("widgets", "list", `{"id":"c","colour":"red"}`)...)
	pw, _ := w.begin("widgets", "list")
	w.put(pw, rows)
	w.killed()
	w.clock.Advance(1e12)
	_, err := w.InterruptDeadRuns(ctx)
	require.NoError(t, err)
	state := w.sync("widgets", "list", rows)
	require.Zero(t, state.Added+state.Changed+state.Removed, "the crash had written all")
	f, err := w.Facets(ctx, w.tenant.ID, w.def("widgets"))
	require.NoError(t, err)
	assert.Equal(t, []store.Facet{{Value: "red", Rows: 2}, {Value: "blue", Rows: 1}}, f["colour"])
}

func TestFacetsAreOneHundredAtMost(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	var objects []string
	for i := range 300 {
		objects = append(objects, fmt.Sprintf(`{"id":"%d","colour":"colour %d"}`, i, i/2))
	}
	w.sync("widgets", "list", w.rows("widgets", "list", objects...))
	f, err := w.Facets(ctx, w.tenant.ID, w.def("widgets"))
	require.NoError(t, err)
	require.Len(t, f["colour"], 100)
	assert.Equal(t, 2, f["colour"][99].Rows)
}

func TestFacetsOfDerivedEntities(t *testing.T) {
	t.Parallel()
	w := newProduct(t)
	w.sync("users", "list", w.rows("users", "list",
		`{"id":"1","displayName":"A","userType":"Guest","department":"Sales"}`,
		`{"id":"2","displayName":"B","userType":"Member","department":"Sales"}`,
		`{"id":"3","displayName":"C","userType":"Guest"}`))
	f, err := w.Facets(ctx, w.tenant.ID, w.def("guests"))
	require.NoError(t, err)
	assert.Equal(t, []store.Facet{{Value: "", Rows: 1}, {Value: "Sales", Rows: 1}}, f["department"])
	assert.Equal(t, []string{"1", "3"}, w.ids(store.Query{Def: w.def("guests")}))
}

// newProduct is a workshop with the product's own catalogue.
func newProduct(t testing.TB) *workshop {
	t.Helper()
	w := newWorkshop(t)
	w.reopen(storetest.WithCatalogue(entities.All()))
	return w
}
