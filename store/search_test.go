package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// people are rows with names that share words, n of them.
func people(w *workshop, n int) []entity.Row {
	r := rand.New(rand.NewPCG(5, 6))
	first := []string{"Anna", "ANDRÉ", "Łukasz", "Žofie", "Straße", "日本語", "O'Brien", `Quo"te`, "100%", "under_score", "Ann"}
	last := []string{"Holloway", "Hollow", "Müller", "Muller", "Smith", "de la Cruz", "X", "Öz"}
	objects := make([]string, n)
	for i := range objects {
		objects[i] = fmt.Sprintf(`{"id":"p%05d","name":%q,"tags":["team %d"]}`,
			i, fmt.Sprintf("%s %s %d", first[r.IntN(len(first))], last[r.IntN(len(last))], i), i%40)
	}
	return w.rows("widgets", "list", objects...)
}

var searches = []string{
	"anna", "ann", "an", "a", "andre", "ANDRÉ hollow", "holloway", "hollow way", "muller", "Müller", "lukasz", "zof",
	"strasse", "日本", "日本語", "o'brien", `quo"te`, `"`, "100%", "%", "_", "under_score", "oz", "öz x", "team 7", "team", "eam 3",
	"4999", "nobody at all", "anna nobody", "p00001", `\`, "  anna   smith  ", "-anna", "anna*",
}

func TestSearchIsTheSameWithAndWithoutTheIndex(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	d := w.def("widgets")
	all := people(w, 5001)
	found := func() (ids [][]string) {
		for _, s := range searches {
			ids = append(ids, w.ids(store.Query{Def: d, Search: s}))
			page, err := w.Rows(ctx, store.Query{TenantID: w.tenant.ID, Def: d, Search: s, Limit: 200})
			require.NoError(t, err)
			last := ids[len(ids)-1]
			assert.Equal(t, len(last), page.Total, s)
			assert.Equal(t, last[:min(200, len(last))], idsOf(page.Rows), s)
		}
		return ids
	}
	tables := func() int {
		return count(t, raw(t, w.dir), `sqlite_schema WHERE name LIKE 'search\_widgets\_%' ESCAPE '\'`)
	}

	w.sync("widgets", "list", all[:5000])
	assert.Zero(t, tables(), "5,000 rows are read")
	w.sync("widgets", "list", all)
	assert.NotZero(t, tables(), "5,001 are indexed")
	indexed := found()

	execute(t, raw(t, w.dir), `DELETE FROM meta WHERE key LIKE 'search/%'`) // the store then reads
	read := found()
	for i, s := range searches {
		assert.Equal(t, read[i], indexed[i], s)
	}
	matched := slices.DeleteFunc(read, func(ids []string) bool { return len(ids) == 0 })
	assert.Greater(t, len(matched), 25, "the searches find something")
}

func TestTheIndexFollowsTheRows(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	d, red := w.def("widgets"), w.def("red_widgets")
	find := func(d *entity.Def, words string) []string { return w.ids(store.Query{Def: d, Search: words}) }
	all := people(w, 6000)
	w.sync("widgets", "list", all)
	all[17] = w.rows("widgets", "list", `{"id":"p00017","name":"Renamed","colour":"red"}`)[0]
	list := append(slices.Clone(all[:5990]), w.rows("widgets", "list", `{"id":"new","name":"Newcomer","colour":"red"}`)...)
	w.sync("widgets", "list", list)
	w.sync("widgets", "usage", w.rows("widgets", "usage", `{"id":"p00020","owner":"Owen Owner"}`))

	assert.Equal(t, []string{"p00017"}, find(d, "renamed"))
	assert.Equal(t, []string{"new"}, find(d, "newcomer"))
	assert.Equal(t, []string{"p00020"}, find(d, "owen"))
	assert.Equal(t, []string{"new"}, find(red, "newcomer"))
	assert.Empty(t, find(red, "owen"))
	assert.Empty(t, find(d, "5995"), "removed")
	assert.Equal(t, []string{"p05995"}, w.ids(store.Query{Def: d, Search: "5995", Removed: true}))

	// Rows that were deleted, and whose row ids others have now, are not found
	// in their place.
	w.clock.Advance(400 * 24 * time.Hour)
	require.NoError(t, w.PruneHistory(ctx, 300*24*time.Hour))
	_, err := w.Row(ctx, w.tenant.ID, d, "p05995")
	require.ErrorIs(t, err, store.ErrNotFound)
	list = append(list, w.rows("widgets", "list", `{"id":"after","name":"Afterwards"}`)...)
	w.sync("widgets", "list", list)
	assert.Empty(t, w.ids(store.Query{Def: d, Search: "5995", Removed: true}))
	assert.Equal(t, []string{"after"}, find(d, "afterwards"))

	// Another tenant is not concerned, and the index goes with its tenant.
	contoso := w.tenant
	w.tenant = newTenant(t, w.Store, "Fabrikam")
	assert.Empty(t, find(d, "newcomer"))
	require.NoError(t, w.RemoveTenant(ctx, someone, contoso.ID))
	assert.Zero(t, count(t, raw(t, w.dir), `sqlite_schema WHERE name LIKE 'search\_widgets\_%' ESCAPE '\'`))
	assert.Zero(t, count(t, raw(t, w.dir), `meta WHERE key LIKE 'search/%'`))
}

func TestAnUnfinishedIndexIsBuiltAgain(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	all := people(w, 5100)
	w.sync("widgets", "list", all)
	db := raw(t, w.dir)
	execute(t, db, `UPDATE meta SET value = 'building' WHERE key LIKE 'search/%'`)
	execute(t, db, fmt.Sprintf(`DELETE FROM search_widgets_%d`, w.tenant.ID))
	q := store.Query{Def: w.def("widgets"), Search: "holloway"}
	want := w.ids(q)
	require.NotEmpty(t, want, "found by reading")
	w.sync("widgets", "list", all)
	assert.Equal(t, 1, count(t, db, `meta WHERE key LIKE 'search/%' AND value = 'ready'`))
	assert.Equal(t, want, w.ids(q))
}
