package store_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// random makes widgets with many equal, empty, odd and non-ASCII values.
func random(w *workshop, r *rand.Rand, n int) []entity.Row {
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	var objects []string
	for i := range n {
		objects = append(objects, fmt.Sprintf(
			`{"id":"%x-%d","name":%s,"note":%s,"colour":%s,"active":%s,"size":%s,"weight":%s,"made":%s,"tags":%s}`,
			r.Uint32(), i,
			pick(`null`, `""`, `"alpha"`, `"ALPHA"`, `"Alpha"`, `"beta"`, `"Ärger"`, `"ärger"`, `"žluť"`, `"日本"`, `"😀"`, `"a%b_c\\d"`, `"'; DROP TABLE widgets --"`, `7`, `{"x":1}`, fmt.Sprintf(`"name %d"`, r.IntN(20))),
			pick(`null`, `"note one"`, `"NOTE two"`, `"50% off_now"`),
			pick(`null`, `"red"`, `"Red"`, `"blue"`, `""`, `true`),
			pick(`null`, `true`, `false`, `"odd"`),
			pick(`null`, `0`, `1`, `1`, `-5`, `9223372036854775807`, `"9"`, `1.5`),
			pick(`null`, `0`, `-0.0`, `0.1`, `1e300`, `-2.5`, `3`, `"x"`),
			pick(`null`, `"2025-01-01T00:00:00Z"`, `"2025-01-01T00:00:00.5Z"`, `"2025-06-30T23:59:59Z"`, `"2025-07-01T00:00:00Z"`, `5`),
			pick(`null`, `[]`, `["one","two"]`, `["\u00fcber"]`, `[{"name":"deep"}]`),
		))
	}
	return w.rows("widgets", "list", objects...)
}

// rank orders cells as the store promises to: empty ones last, then by SQLite's
// order of types: numbers, texts, other.
func rank(v any) int {
	switch v.(type) {
	case bool, int64, float64:
		return 0
	case string:
		return 1
	case entity.Odd:
		return 2
	}
	return 3
}

func compareCells(column string, a, b any) int {
	if n := cmp.Compare(rank(a), rank(b)); n != 0 {
		return n
	}
	switch a := a.(type) {
	case bool:
		n := map[bool]int{true: 1}
		return cmp.Compare(n[a], n[b.(bool)])
	case int64:
		return cmp.Compare(a, b.(int64))
	case float64:
		return cmp.Compare(a, b.(float64))
	case entity.Odd:
		return strings.Compare(string(a), string(b.(entity.Odd)))
	case string:
		x, y := a, b.(string)
		if slices.Contains([]string{"name", "colour", "owner"}, column) { // COLLATE NOCASE
			x, y = asciiLower(x), asciiLower(y)
		}
		return strings.Compare(x, y)
	}
	return 0
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// sorted is what a query sorted by a column must return.
func sorted(d *entity.Def, rows []store.Row, column string, desc bool) []string {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b store.Row) int {
		x, y := a.Cell(d, column), b.Cell(d, column)
		n := compareCells(column, x, y)
		if n == 0 {
			n = cmp.Compare(a.RowID, b.RowID)
		}
		if (x == nil) != (y == nil) || !desc {
			return n
		}
		return -n
	})
	return idsOf(rows)
}

func idsOf(rows []store.Row) []string {
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids
}

func TestPagesForwardsAndBackwardsAreTheSortedList(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	r := rand.New(rand.NewPCG(1, 2))
	rows := random(w, r, 150)
	w.sync("widgets", "list", rows[:130])
	w.sync("widgets", "list", rows[10:])
	d := w.def("widgets")
	everything := collectRows(t, w, store.Query{Def: d, Removed: true})
	live := slices.DeleteFunc(slices.Clone(everything), func(r store.Row) bool { return !r.RemovedAt.IsZero() })
	require.Len(t, live, 140)
	require.Len(t, everything, 150)

	for _, c := range d.Columns {
		if !c.Sort {
			continue
		}
		for _, desc := range []bool{false, true} {
			for _, removed := range []bool{false, true} {
				rows, limit := live, 3
				if removed {
					rows, limit = everything, 7
				}
				q := store.Query{TenantID: w.tenant.ID, Def: d, Sort: c.Name, Desc: desc, Removed: removed, Limit: limit}
				want := sorted(d, rows, c.Name, desc)
				name := fmt.Sprintf("%s desc=%t removed=%t", c.Name, desc, removed)
				assert.Equal(t, want, w.ids(q), name)
				walk(t, w, q, want, name)
			}
		}
	}
}

// walk reads all pages forwards and back again.
func walk(t *testing.T, w *workshop, q store.Query, want []string, name string) {
	t.Helper()
	var pages [][]string
	for {
		page, err := w.Rows(ctx, q)
		require.NoError(t, err, name)
		require.Equal(t, len(want), page.Total, name)
		pages = append(pages, idsOf(page.Rows))
		require.Equal(t, len(pages) > 1, page.Prev != "", name)
		if page.Next == "" {
			q.After, q.Before = "", page.Prev
			break
		}
		require.Len(t, page.Rows, q.Limit, name)
		q.After = page.Next
	}
	require.Equal(t, want, slices.Concat(pages...), name)
	for i := len(pages) - 2; i >= 0; i-- {
		page, err := w.Rows(ctx, q)
		require.NoError(t, err, name)
		require.Equal(t, pages[i], idsOf(page.Rows), "%s, back to page %d", name, i)
		require.NotEmpty(t, page.Next, name)
		require.Equal(t, i > 0, page.Prev != "", name)
		q.Before = page.Prev
	}
}

func collectRows(t testing.TB, w *workshop, q store.Query) (rows []store.Row) {
	t.Helper()
	q.TenantID = w.tenant.ID
	require.NoError(t, w.Each(ctx, q, func(r store.Row) error {
		rows = append(rows, r)
		return nil
	}))
	return rows
}

func TestPagesOfADerivedEntity(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	r := rand.New(rand.NewPCG(3, 4))
	w.sync("widgets", "list", random(w, r, 400))
	d := w.def("red_widgets")
	rows := collectRows(t, w, store.Query{Def: d})
	require.Greater(t, len(rows), 30)
	for _, column := range []string{"name", "size"} {
		for _, desc := range []bool{false, true} {
			walk(t, w, store.Query{TenantID: w.tenant.ID, Def: d, Sort: column, Desc: desc, Limit: 7},
				sorted(d, rows, column, desc), column)
		}
	}
}

func TestPagesFollowTheirRowWhenOthersComeAndGo(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 100, 140))
	q := store.Query{TenantID: w.tenant.ID, Def: w.def("widgets"), Limit: 10}
	page, err := w.Rows(ctx, q)
	require.NoError(t, err)
	assert.Equal(t, "w109", page.Rows[9].ID)

	// Among them the row that the cursor was made of.
	list := append(w.numbered("widgets", 102, 104), w.numbered("widgets", 110, 145)...)
	w.sync("widgets", "list", list)
	q.After = page.Next
	page, err = w.Rows(ctx, q)
	require.NoError(t, err)
	assert.Equal(t, "w110", page.Rows[0].ID)
	assert.Equal(t, 37, page.Total)
	q.After, q.Before = "", page.Prev
	page, err = w.Rows(ctx, q)
	require.NoError(t, err)
	assert.Equal(t, []string{"w102", "w103"}, idsOf(page.Rows))
	assert.Empty(t, page.Prev)
}

func TestEachGivesEveryRowOnceWhileRowsMove(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	const n = 1800 // several chunks
	w.sync("widgets", "list", w.numbered("widgets", 0, n))
	seen := map[string]int{}
	moved := false
	require.NoError(t, w.Each(ctx, store.Query{TenantID: w.tenant.ID, Def: w.def("widgets")}, func(r store.Row) error {
		seen[r.ID]++
		if !moved {
			moved = true
			// Every name changes, so that all rows change places: a cursor would
			// lose some and give others twice.
			var objects []string
			for i := range n {
				objects = append(objects, fmt.Sprintf(`{"id":"w%03d","name":"%c moved"}`, i, 'A'+(i*7)%26))
			}
			w.sync("widgets", "list", w.rows("widgets", "list", objects...))
		}
		return nil
	}))
	assert.Len(t, seen, n)
	for id, times := range seen {
		assert.Equal(t, 1, times, id)
	}

	boom := errors.New("the reader went away")
	calls := 0
	err := w.Each(ctx, store.Query{TenantID: w.tenant.ID, Def: w.def("widgets")}, func(store.Row) error {
		calls++
		return boom
	})
	require.ErrorIs(t, err, boom)
	assert.Equal(t, 1, calls)
}

func TestTheCountIsCapped(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 10_000))
	q := store.Query{TenantID: w.tenant.ID, Def: w.def("widgets"), Limit: 1000}
	page, err := w.Rows(ctx, q)
	require.NoError(t, err)
	assert.Equal(t, 10_000, page.Total)
	assert.False(t, page.Capped)
	assert.Len(t, page.Rows, 200, "the limit is clamped")

	w.sync("widgets", "list", w.numbered("widgets", 0, 10_001))
	q.Limit = 0
	page, err = w.Rows(ctx, q)
	require.NoError(t, err)
	assert.Equal(t, 10_000, page.Total)
	assert.True(t, page.Capped)
	assert.Len(t, page.Rows, 50)
}

func TestRow(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 3))
	w.sync("widgets", "list", w.numbered("widgets", 0, 2))
	assert.NotZero(t, w.row("widgets", "w002").RemovedAt, "removed ones too")
	_, err := w.Row(ctx, w.tenant.ID, w.def("widgets"), "w003")
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = w.Row(ctx, w.tenant.ID+1, w.def("widgets"), "w001")
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = w.Row(ctx, w.tenant.ID, &entity.Def{Kind: "accounts"}, "1")
	require.ErrorIs(t, err, store.ErrNotFound, "a table that is in no catalogue")
}

func TestOddIdsAreFound(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	var objects []string
	ids := []string{"a/b", "a b", "ü", "'", `"`, "A", "a", "%", "..", "a\x00b", strings.Repeat("x", 500)}
	for _, id := range ids {
		b, err := json.Marshal(map[string]string{"id": id, "name": "n"})
		require.NoError(t, err)
		objects = append(objects, string(b))
	}
	for range 2 {
		state := w.sync("widgets", "list", w.rows("widgets", "list", objects...))
		assert.Equal(t, len(ids), state.Rows)
	}
	for _, id := range ids {
		assert.Equal(t, id, w.row("widgets", id).ID)
	}
}
