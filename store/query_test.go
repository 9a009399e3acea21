package store_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestConditions(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.rows("widgets", "list",
		`{"id":"a","name":"a","note":"50% off","colour":"red","active":true,"size":1,"weight":0.5,"made":"2025-01-31T23:59:59.9Z","tags":["One","x\u00e9"]}`,
		`{"id":"b","name":"b","note":"50 percent","colour":"Red","active":false,"size":2,"weight":1,"made":"2025-02-01T00:00:00Z","tags":[{"@odata.type":"#one","k":"two"}]}`,
		`{"id":"c","name":"c","note":"","colour":"","active":null,"size":null,"weight":null,"made":null,"tags":[]}`,
		`{"id":"d","name":"d","note":null,"colour":null,"active":null,"size":-3,"weight":-0.5,"made":"2026-11-01T00:00:00Z","tags":null}`,
		`{"id":"e","name":"e","note":5,"colour":5,"active":"true","size":"2","weight":"one","made":20250201,"tags":"one"}`,
	)) // the clock now stands at 2026-11-02 10:00
	for _, c := range []struct {
		column string
		op     store.Op
		value  string
		want   string
	}{
		{"colour", store.OpEqual, "red", "a"},
		{"colour", store.OpEqual, "Red", "b"},
		{"colour", store.OpEqual, "RED", ""},
		{"colour", store.OpEqual, "", "cd"},
		{"colour", store.OpEqual, "5", "e"},
		{"colour", store.OpEmpty, "true", "cd"},
		{"colour", store.OpEmpty, "false", "abe"},

		{"active", store.OpEqual, "true", "ae"},
		{"active", store.OpEqual, "false", "b"},
		{"active", store.OpEqual, "", "cd"},
		{"active", store.OpEmpty, "true", "cd"},
		{"active", store.OpEmpty, "false", "abe"},

		{"note", store.OpContains, "50%", "a"},
		{"note", store.OpContains, "PERCENT", "b"},
		{"note", store.OpContains, "_", ""},
		{"note", store.OpContains, `\`, ""},
		{"note", store.OpContains, "50", "ab"},
		{"note", store.OpEmpty, "true", "cd"},

		{"tags", store.OpContains, "one", "a"},
		{"tags", store.OpContains, "é", "a"},
		{"tags", store.OpContains, "two", "b"},
		{"tags", store.OpContains, "k", ""},
		{"tags", store.OpContains, "[", ""},
		{"tags", store.OpEmpty, "true", "cde"},
		{"tags", store.OpEmpty, "false", "ab"},

		{"size", store.OpFrom, "2", "be"},
		{"size", store.OpFrom, "-3", "abde"},
		{"size", store.OpTo, "1", "ad"},
		{"size", store.OpEmpty, "true", "c"},
		{"weight", store.OpFrom, "0.5", "ab"},
		{"weight", store.OpTo, "-0.5", "d"},

		{"made", store.OpFrom, "2025-02-01", "bd"},
		{"made", store.OpTo, "2025-01-31", "a"},
		{"made", store.OpTo, "2025-02-01", "ab"},
		{"made", store.OpFrom, "2025-01-31T23:59:59Z", "abd"},
		{"made", store.OpTo, "2025-01-31T23:59:59Z", "a"},
		{"made", store.OpTo, "2025-01-31T23:59:58Z", ""},
		{"made", store.OpFrom, "2025-02-01T01:00:00+01:00", "bd"},
		{"made", store.OpTo, "-90d", "ab"},
		{"made", store.OpFrom, "-90d", "d"},
		{"made", store.OpFrom, "-33h", ""},
		{"made", store.OpFrom, "-34h", "d"},
		{"made", store.OpTo, "-34h", "abd"},
		{"made", store.OpEmpty, "true", "ce"},
	} {
		q := store.Query{Def: w.def("widgets"), Conditions: []store.Condition{{Column: c.column, Op: c.op, Value: c.value}}}
		assert.Equal(t, c.want, strings.Join(w.ids(q), ""), "%s %s %q", c.column, c.op, c.value)
	}

	q := store.Query{Def: w.def("widgets"), Conditions: []store.Condition{
		{Column: "size", Op: store.OpFrom, Value: "0"}, {Column: "size", Op: store.OpTo, Value: "1"}, {Column: "note", Op: store.OpContains, Value: "off"},
	}, Search: "a"}
	assert.Equal(t, []string{"a"}, w.ids(q))
	q.Search = "b"
	assert.Empty(t, w.ids(q))
}

func TestQueriesThatCannotBeAnswered(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 3))
	d := w.def("widgets")
	page, err := w.Rows(ctx, store.Query{TenantID: w.tenant.ID, Def: d, Limit: 1})
	require.NoError(t, err)
	one := func(column string, op store.Op, value string) store.Query {
		return store.Query{Def: d, Conditions: []store.Condition{{Column: column, Op: op, Value: value}}}
	}
	cursor := func(json string) store.Query {
		return store.Query{Def: d, After: base64.RawURLEncoding.EncodeToString([]byte(json))}
	}
	long := strings.Repeat("x", 201)
	for name, c := range map[string]struct {
		query store.Query
		field string
	}{
		"no kind":                  {store.Query{}, "kind"},
		"unknown kind":             {store.Query{Def: &entity.Def{Kind: "accounts"}}, "kind"},
		"unknown column":           {one("password", store.OpEqual, "x"), "password"},
		"internal column":          {one("tenant_id", store.OpEqual, "1"), "tenant_id"},
		"no filter":                {one("extra", store.OpContains, "x"), "extra"},
		"another filter":           {one("size", store.OpContains, "1"), "size"},
		"unknown operation":        {one("size", "like", "1"), "size"},
		"no operation":             {one("size", "", "1"), "size"},
		"not a number":             {one("size", store.OpFrom, "ten"), "size"},
		"not a whole number":       {one("size", store.OpFrom, "1.5"), "size"},
		"a number too large":       {one("size", store.OpFrom, "9223372036854775808"), "size"},
		"not a number (real)":      {one("weight", store.OpTo, "NaN"), "weight"},
		"infinite":                 {one("weight", store.OpTo, "1e999"), "weight"},
		"not a time":               {one("made", store.OpFrom, "yesterday"), "made"},
		"no time":                  {one("made", store.OpFrom, ""), "made"},
		"a time that is not":       {one("made", store.OpTo, "2025-02-30"), "made"},
		"too long ago":             {one("made", store.OpTo, "-100000d"), "made"},
		"not a flag":               {one("active", store.OpEqual, "yes"), "active"},
		"neither empty nor not":    {one("active", store.OpEmpty, ""), "active"},
		"contains nothing":         {one("note", store.OpContains, ""), "note"},
		"a long value":             {one("note", store.OpContains, long), "note"},
		"a long search":            {store.Query{Def: d, Search: long}, "q"},
		"many words":               {store.Query{Def: d, Search: strings.Repeat("a ", 11)}, "q"},
		"unknown sort":             {store.Query{Def: d, Sort: "password"}, "sort"},
		"sort without an index":    {store.Query{Def: d, Sort: "note"}, "sort"},
		"sort injected":            {store.Query{Def: d, Sort: "name; DROP TABLE widgets"}, "sort"},
		"not base64":               {store.Query{Def: d, After: "%%%"}, "after"},
		"not JSON":                 {cursor("nonsense"), "after"},
		"cursor of another sort":   {store.Query{Def: d, After: page.Next, Sort: "size"}, "after"},
		"cursor of another order":  {store.Query{Def: d, Before: page.Next, Desc: true}, "before"},
		"cursor of no type":        {cursor(`{"s":"name","d":false,"v":"eA==","r":1}`), "after"},
		"cursor with a bad number": {cursor(`{"s":"name","d":false,"t":"int","v":"eA==","r":1}`), "after"},
		"cursor with a bad real":   {cursor(`{"s":"name","d":false,"t":"real","v":"TmFO","r":1}`), "after"},
		"cursor with a broken row": {cursor(`{"s":"name","d":false,"t":"null","r":"1; DROP TABLE widgets"}`), "after"},
		"after and before":         {store.Query{Def: d, After: page.Next, Before: page.Next}, "before"},
	} {
		t.Run(name, func(t *testing.T) {
			err := w.CheckQuery(c.query)
			var input store.InputError
			require.ErrorAs(t, err, &input)
			assert.Equal(t, c.field, input.Field)
			assert.NotEmpty(t, input.Message)
			_, err = w.Rows(ctx, c.query)
			assert.Equal(t, input, err, "Rows says the same")
			if c.field != "after" && c.field != "before" {
				assert.Equal(t, input, w.Each(ctx, c.query, func(store.Row) error { return nil }))
			}
		})
	}
}

// Whatever stands in a query is a value or an error, never SQL.
func TestNothingInAQueryBecomesSQL(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 6000))
	other := newTenant(t, w.Store, "Fabrikam")
	d := w.def("widgets")
	for _, evil := range []string{
		`' OR 1=1 --`, `" OR 1=1 --`, `x') OR (1=1`, `%' OR '1'='1`, `"; DROP TABLE widgets; --`, `*`, `NEAR("a" "b")`,
		`name:x OR search:y`, `^x`, `a" OR "b`, `-a`, `\`, "a\x00b", "a\nb", `[`, `{"a":`, `?1`, `:x`, `@x`, `$x`, "\xff\xfe", "𝔘𝔫𝔦",
	} {
		for _, q := range []store.Query{
			{Def: d, Search: evil},
			{Def: d, Search: "widget " + evil},
			{Def: d, Sort: evil},
			{Def: d, After: evil},
			{Def: d, Before: evil},
			{Def: d, Conditions: []store.Condition{{Column: "colour", Op: store.OpEqual, Value: evil}}},
			{Def: d, Conditions: []store.Condition{{Column: "note", Op: store.OpContains, Value: evil}}},
			{Def: d, Conditions: []store.Condition{{Column: "tags", Op: store.OpContains, Value: evil}}},
			{Def: d, Conditions: []store.Condition{{Column: "made", Op: store.OpFrom, Value: evil}}},
			{Def: d, Conditions: []store.Condition{{Column: evil, Op: store.OpEqual, Value: "x"}}},
			{Def: d, Conditions: []store.Condition{{Column: "colour", Op: store.Op(evil), Value: "x"}}},
		} {
			for _, tenant := range []int64{w.tenant.ID, other.ID} {
				q.TenantID = tenant
				page, err := w.Rows(ctx, q)
				var input store.InputError
				if err != nil {
					require.ErrorAs(t, err, &input, "%q", evil)
				}
				if q.Search != evil { // a lone "-a" or "[" may be words that nobody has
					assert.Empty(t, page.Rows, "%q", evil)
				}
				if tenant == other.ID {
					assert.Zero(t, page.Total, "%q", evil)
				}
			}
		}
	}
	assert.Equal(t, 6000, w.live("widgets"))
}

func FuzzQuery(f *testing.F) {
	w := newWorkshop(f)
	rows := append(w.numbered("widgets", 0, 5001), w.rows("widgets", "list",
		`{"id":"x","name":"Zürich","colour":"red","size":5,"weight":1.5,"made":"2025-01-01T00:00:00Z","tags":["a"],"active":true}`)...)
	w.sync("widgets", "list", rows)
	d := w.def("widgets")
	page, err := w.Rows(ctx, store.Query{TenantID: w.tenant.ID, Def: d, Limit: 1})
	require.NoError(f, err)
	f.Add(`zur "x`, "colour", "eq", "red", "name", page.Next, "", true, false, 7)
	f.Add(`%_\`, "made", "from", "-90d", "", "", page.Next, false, true, -1)
	f.Add("a", "size", "to", "9", "size", "eyJzIjoic2l6ZSIsImQiOmZhbHNlLCJ0IjoiYmxvYiIsInIiOjF9", "", false, false, 0)
	f.Fuzz(func(t *testing.T, search, column, op, value, sort, after, before string, desc, removed bool, limit int) {
		q := store.Query{TenantID: w.tenant.ID, Def: d, Search: search, Sort: sort, Desc: desc,
			After: after, Before: before, Limit: limit, Removed: removed}
		if column != "" {
			q.Conditions = []store.Condition{{Column: column, Op: store.Op(op), Value: value}}
		}
		check := w.CheckQuery(q)
		page, err := w.Rows(ctx, q)
		var input store.InputError
		if check != nil {
			require.ErrorAs(t, check, &input)
			require.Equal(t, check, err)
			return
		}
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.Rows), 200)
		for _, cursor := range []string{page.Next, page.Prev} {
			q.After, q.Before = cursor, ""
			require.NoError(t, w.CheckQuery(q), "its own cursor")
		}
	})
}

func TestACallerCanEndAQuery(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 3))
	ended, cancel := context.WithTimeout(ctx, time.Nanosecond)
	defer cancel()
	<-ended.Done()
	_, err := w.Rows(ended, store.Query{TenantID: w.tenant.ID, Def: w.def("widgets")})
	require.True(t, errors.Is(err, ended.Err()), "%v", err)
}

// Usage reports have dates, other lists times: both are on the day they say.
func TestDaysOfTimesAndOfDates(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.rows("widgets", "list",
		`{"id":"a","name":"a","made":"2023-10-21"}`, `{"id":"b","name":"b","made":"2023-10-21T23:59:59.9Z"}`,
		`{"id":"c","name":"c","made":"2023-10-22"}`, `{"id":"d","name":"d","made":"2023-10-22T00:00:00Z"}`,
	))
	for _, c := range []struct {
		op          store.Op
		value, want string
	}{
		{store.OpTo, "2023-10-21", "ab"},
		{store.OpTo, "2023-10-22", "abcd"},
		{store.OpTo, "2023-10-20", ""},
		{store.OpTo, "2023-10-21T23:59:59Z", "ab"},
		{store.OpFrom, "2023-10-21", "abcd"},
		{store.OpFrom, "2023-10-22", "cd"},
		{store.OpFrom, "2023-10-22T00:00:00Z", "cd"},
		{store.OpFrom, "2023-10-23", ""},
	} {
		q := store.Query{Def: w.def("widgets"), Conditions: []store.Condition{{Column: "made", Op: c.op, Value: c.value}}}
		assert.Equal(t, c.want, strings.Join(w.ids(q), ""), "%s %s", c.op, c.value)
	}
}
