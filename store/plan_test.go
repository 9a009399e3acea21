package store

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

// How SQLite answers the queries of a page, among one large tenant and some
// small ones: before it has statistics, and with them.
func TestPagesReadIndexRanges(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	o := Options{Dir: t.TempDir(), Catalogue: entities.All()}
	s, err := Open(ctx, o)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	var small int64
	for i, n := range []int{4000, 50, 60, 70} {
		tenant, err := s.CreateTenant(ctx, Actor{"test"}, fmt.Sprintf("Tenant %d", i), "")
		require.NoError(t, err)
		putUsers(t, s, tenant.ID, n)
		small = tenant.ID
	}
	checkPlans(t, s, small)
	_, err = s.write.ExecContext(ctx, `ANALYZE`)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s, err = Open(ctx, o) // a connection reads the statistics when it opens
	require.NoError(t, err)
	checkPlans(t, s, small)
}

func checkPlans(t *testing.T, s *Store, tenantID int64) {
	t.Helper()
	for _, kind := range []string{"users", "guests"} {
		d := s.catalogue.Def(kind)
		index := "users_"
		if d.Derived() {
			index = "users_guests_"
		}
		for _, c := range d.Columns {
			if !c.Sort {
				continue
			}
			for _, desc := range []bool{false, true} {
				at := cursor{Sort: c.Name, Desc: desc, Type: "text", Value: []byte("m"), RowID: 7}
				empty := cursor{Sort: c.Name, Desc: desc, Type: "null", RowID: 7}
				base := Query{TenantID: tenantID, Def: d, Sort: c.Name, Desc: desc}
				first, after, before, afterEmpty := base, base, base, base
				after.After, before.Before, afterEmpty.After = at.encode(), at.encode(), empty.encode()
				for _, q := range []Query{first, after, before, afterEmpty} {
					p, err := s.plan(q)
					require.NoError(t, err)
					for _, seg := range p.segments() {
						query, args := p.segmentSQL(s.rowColumns(d), seg)
						plan := explain(t, s, query+` LIMIT 51`, args)
						assert.Len(t, plan, 1, "no sorting: %s", query)
						assert.Contains(t, plan[0], "USING INDEX "+index+c.Name+" (tenant_id=?", query)
					}
					query, args := p.countSQL(10)
					assertNoScan(t, query, explain(t, s, query, args))
				}
			}
		}
		// Narrowed and searched, a page still reads no other tenant's rows.
		p, err := s.plan(Query{TenantID: tenantID, Def: d, Search: "an", Conditions: []Condition{
			{Column: "account_enabled", Op: OpEqual, Value: "false"},
			{Column: "department", Op: OpEqual, Value: "Sales"},
		}})
		require.NoError(t, err)
		find, err := s.searchPlan(context.Background(), p)
		require.NoError(t, err)
		p = p.with(find.page)
		for _, seg := range p.segments() {
			query, args := p.segmentSQL(s.rowColumns(d), seg)
			assertNoScan(t, query, explain(t, s, query+` LIMIT 51`, args))
		}
		query, args := p.countSQL(10)
		assertNoScan(t, query, explain(t, s, query, args))
	}
}

// Rows by their ids are read by them, and not by walking the tenant, although
// the sampled statistics that a sync leaves make a large tenant look small.
func TestRowsAreReadByTheirIDs(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	o := Options{Dir: t.TempDir(), Catalogue: entities.All()}
	s, err := Open(ctx, o)
	require.NoError(t, err)
	tenant, err := s.CreateTenant(ctx, Actor{"test"}, "Tenant", "")
	require.NoError(t, err)
	putUsers(t, s, tenant.ID, 4000)
	_, err = s.write.ExecContext(ctx, `PRAGMA analysis_limit = 100`)
	require.NoError(t, err)
	_, err = s.write.ExecContext(ctx, `ANALYZE`)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s, err = Open(ctx, o) // a connection reads the statistics when it opens
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()

	ids := make([]int64, eachChunk)
	for _, kind := range []string{"users", "guests", "mfa_enforcement"} {
		p, err := s.plan(Query{TenantID: tenant.ID, Def: s.catalogue.Def(kind)})
		require.NoError(t, err)
		query, args := s.byIDSQL(p, ids)
		plan := explain(t, s, query, args)
		assert.Regexp(t, "^SEARCH .* USING INTEGER PRIMARY KEY", plan[1], "%s %v", kind, plan)
	}
	d := s.catalogue.Def("users")
	query, args := removeSQL(d, tenant.ID, 1, ids)
	assert.Contains(t, explain(t, s, query, args)[0], "USING INTEGER PRIMARY KEY", query)
	query = pruneSQL(d)
	assert.Contains(t, strings.Join(explain(t, s, query, []any{int64(5), 10}), "\n"), "users_removed", query)
}

func assertNoScan(t *testing.T, query string, plan []string) {
	t.Helper()
	for _, line := range plan {
		if strings.Contains(line, "users") {
			assert.Contains(t, line, "(tenant_id=?", query)
		}
	}
}

func explain(t *testing.T, s *Store, query string, args []any) []string {
	t.Helper()
	rows, err := s.read.QueryContext(context.Background(), `EXPLAIN QUERY PLAN `+query, args...)
	plan, err := collect(rows, err, func(r rowScanner) (line string, err error) {
		var id, parent, unused int
		return line, r.Scan(&id, &parent, &unused, &line)
	})
	require.NoError(t, err, query)
	require.NotEmpty(t, plan, query)
	return plan
}

// putUsers reads a list of n users.
func putUsers(t testing.TB, s *Store, tenantID int64, n int) {
	t.Helper()
	ctx := context.Background()
	d := s.catalogue.Def("users")
	run, _, err := s.StartRun(ctx, NewRun{TenantID: tenantID, Trigger: TriggerManual, Kinds: []string{"users"}})
	require.NoError(t, err)
	w, err := s.BeginPart(ctx, PartRef{TenantID: tenantID, RunID: run.ID, Def: d, Part: &d.Parts[0]})
	require.NoError(t, err)
	for from := 0; from < n; from += 999 {
		_, err := w.Put(ctx, userPage(d, from, min(from+999, n)), Traffic{})
		require.NoError(t, err)
	}
	_, err = w.Complete(ctx, Traffic{})
	require.NoError(t, err)
	require.NoError(t, s.FinishRun(ctx, run.ID, RunComplete, nil))
}

// userPage makes users as a large directory has them: some 600 bytes each.
func userPage(d *entity.Def, from, to int) []entity.Row {
	first := []string{"Anna", "Bruno", "Clara", "David", "Elif", "Farid", "Grace", "Hugo", "Inès", "Jörg", "Kofi", "Lena"}
	last := []string{"Holloway", "Smith", "Müller", "Okafor", "Tanaka", "Nowak", "García", "Larsen", "Rossi", "Dubois", "Ivanova"}
	departments := []any{"Sales", "Finance", "IT", "Legal", "People", "Support", "Research", nil}
	rows := make([]entity.Row, 0, to-from)
	for i := from; i < to; i++ {
		h := i * 2654435761 % 4294967296 // spreads the order
		name := first[h%12] + " " + last[h/12%11]
		upn := fmt.Sprintf("%s.%s%d@contoso.com", first[h%12], last[h/12%11], i)
		values := map[string]any{
			"display_name": name, "user_principal_name": upn, "mail": upn, "user_type": "Member",
			"department": departments[h/132%8], "job_title": "Specialist", "account_enabled": h%17 != 0,
			"created_date_time": fmt.Sprintf("20%02d-%02d-%02dT08:00:00Z", 10+h%15, 1+h%12, 1+h%28),
			"given_name":        first[h%12], "surname": last[h/12%11], "country": "Denmark", "usage_location": "DK",
			"business_phones": `["+45 1234 5678"]`, "proxy_addresses": `["SMTP:` + upn + `","smtp:` + upn + `"]`,
			"assigned_licenses": `[{"disabledPlans":[],"skuId":"06ebc4ee-1bb5-47dd-8120-11324bc54e06"}]`, "other_mails": `[]`,
		}
		if h%50 == 0 {
			values["user_type"] = "Guest"
		}
		row := entity.Row{ID: fmt.Sprintf("%08x-0000-4000-8000-%012x", h, i)}
		for _, c := range d.PartColumns("list") {
			row.Cells = append(row.Cells, values[c.Name])
		}
		rows = append(rows, row)
	}
	return rows
}
