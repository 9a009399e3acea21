package store

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

// benchRows is the size of a large directory.
const benchRows = 100_000

func openBench(b *testing.B) (*Store, Tenant) {
	b.Helper()
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: b.TempDir(), Catalogue: entities.All()})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	tenant, err := s.CreateTenant(ctx, Actor{"bench"}, "Contoso", "")
	require.NoError(b, err)
	return s, tenant
}

// One operation is a list of 100,000 users with all that follows it: filter
// values, search index.
func BenchmarkPut(b *testing.B) {
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			s, tenant := openBench(b)
			b.StartTimer()
			putUsers(b, s, tenant.ID, benchRows)
		}
	})
	s, tenant := openBench(b)
	putUsers(b, s, tenant.ID, benchRows)
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			putUsers(b, s, tenant.ID, benchRows)
		}
	})
	b.Run("sign-ins changed", func(b *testing.B) {
		day := 0
		for b.Loop() {
			day++
			putSignIns(b, s, tenant.ID, benchRows, day)
		}
	})
}

// putSignIns reads the second part with a date for each user.
func putSignIns(b *testing.B, s *Store, tenantID int64, n, day int) {
	b.Helper()
	ctx := context.Background()
	d := s.catalogue.Def("users")
	run, _, err := s.StartRun(ctx, NewRun{TenantID: tenantID, Trigger: TriggerManual, Kinds: []string{"users"}})
	require.NoError(b, err)
	w, err := s.BeginPart(ctx, PartRef{TenantID: tenantID, RunID: run.ID, Def: d, Part: &d.Parts[1]})
	require.NoError(b, err)
	at := s.Now().AddDate(0, 0, day).Format("2006-01-02T15:04:05Z")
	for from := 0; from < n; from += 500 {
		var rows []entity.Row
		for _, r := range userPage(d, from, min(from+500, n)) {
			rows = append(rows, entity.Row{ID: r.ID, Cells: []any{at, at, at}})
		}
		_, err := w.Put(ctx, rows, Traffic{})
		require.NoError(b, err)
	}
	_, err = w.Complete(ctx, Traffic{})
	require.NoError(b, err)
	require.NoError(b, s.FinishRun(ctx, run.ID, RunComplete, nil))
}

func BenchmarkPage(b *testing.B) {
	ctx := context.Background()
	s, tenant := openBench(b)
	putUsers(b, s, tenant.ID, benchRows)
	users, guests := s.catalogue.Def("users"), s.catalogue.Def("guests")
	condition := func(column string, op Op, value string) []Condition {
		return []Condition{{Column: column, Op: op, Value: value}}
	}
	for _, c := range []struct {
		name string
		q    Query
	}{
		{"default sort", Query{Def: users}},
		{"sort by date, newest first", Query{Def: users, Sort: "created_date_time", Desc: true}},
		{"sort by an empty column", Query{Def: users, Sort: "sign_in_activity_last_successful_sign_in_date_time", Desc: true}},
		{"guests", Query{Def: guests}},
		{"filter, indexed", Query{Def: users, Conditions: condition("department", OpEqual, "Legal")}},
		{"filter, 6 % match", Query{Def: users, Conditions: condition("account_enabled", OpEqual, "false")}},
		{"filter, none match", Query{Def: users, Conditions: condition("job_title", OpContains, "astronaut")}},
		{"filter, range", Query{Def: users, Conditions: condition("created_date_time", OpTo, "2012-06-30")}},
		{"search, rare", Query{Def: users, Search: "holloway77"}},
		{"search, 760 hits", Query{Def: users, Search: "anna holloway"}},
		{"search, 9,000 hits", Query{Def: users, Search: "holloway"}},
		{"search, in every row", Query{Def: users, Search: "contoso"}},
		{"search, none", Query{Def: users, Search: "nobody"}},
		{"search, two letters in none", Query{Def: users, Search: "qx"}},
		{"search guests", Query{Def: guests, Search: "müller"}},
	} {
		c.q.TenantID = tenant.ID
		b.Run(c.name, func(b *testing.B) {
			var page Page
			for b.Loop() {
				var err error
				page, err = s.Rows(ctx, c.q)
				require.NoError(b, err)
			}
			b.ReportMetric(float64(page.Total), "total")
		})
	}
	b.Run("page 1000", func(b *testing.B) {
		q := Query{TenantID: tenant.ID, Def: users}
		for range 1000 {
			page, err := s.Rows(ctx, q)
			require.NoError(b, err)
			q.After = page.Next
		}
		for b.Loop() {
			_, err := s.Rows(ctx, q)
			require.NoError(b, err)
		}
	})
	b.Run("each", func(b *testing.B) {
		for b.Loop() {
			n := 0
			require.NoError(b, s.Each(ctx, Query{TenantID: tenant.ID, Def: users}, func(Row) error { n++; return nil }))
			require.Equal(b, benchRows, n)
		}
	})
	b.Run("states", func(b *testing.B) {
		for b.Loop() {
			_, err := s.EntityStates(ctx, tenant.ID)
			require.NoError(b, err)
		}
	})
}
