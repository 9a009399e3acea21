package store

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

// A page of the history reads a range of an index in its order, whatever it is
// narrowed to and however old it is: before SQLite has statistics, and with them.
func TestPagesOfChangesReadIndexRanges(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	o := Options{Dir: t.TempDir(), Catalogue: entities.All()}
	s, err := Open(ctx, o)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	var small int64
	for i, n := range []int{4000, 300, 20} {
		tenant, err := s.CreateTenant(ctx, Actor{"test"}, fmt.Sprintf("Tenant %d", i), "")
		require.NoError(t, err)
		putUsers(t, s, tenant.ID, 1) // the baseline
		putUsers(t, s, tenant.ID, n)
		small = tenant.ID
	}
	checkChangePlans(t, s, small)
	_, err = s.write.ExecContext(ctx, `ANALYZE`)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	s, err = Open(ctx, o) // a connection reads the statistics when it opens
	require.NoError(t, err)
	checkChangePlans(t, s, small)

	newest, err := s.Changes(ctx, small, "users", "", 0, 5)
	require.NoError(t, err)
	require.Len(t, newest, 5)
	older, err := s.Changes(ctx, small, "users", "", newest[4].ID, 200)
	require.NoError(t, err)
	assert.Len(t, older, 14)
	others, err := s.Changes(ctx, small, "groups", "", 0, 5)
	require.NoError(t, err)
	assert.Empty(t, others)
}

func checkChangePlans(t *testing.T, s *Store, tenantID int64) {
	t.Helper()
	for _, test := range []struct{ kind, id, index string }{
		{"", "", "changes_tenant (tenant_id=? AND id<?)"},
		{"users", "", "changes_kind (tenant_id=? AND kind=? AND id<?)"},
		{"guests", "", "changes_kind (tenant_id=? AND kind=? AND id<?)"},
		{"mfa_enforcement", "", "changes_kind (tenant_id=? AND kind=? AND id<?)"},
		{"mfa_enforcement", "1", "changes_entity (tenant_id=? AND kind=? AND entity_id=? AND id<?)"},
		{"users", "1", "changes_entity (tenant_id=? AND kind=? AND entity_id=? AND id<?)"},
	} {
		for _, before := range []int64{0, 1000} {
			query, args, err := s.changesSQL(tenantID, test.kind, test.id, before, 51)
			require.NoError(t, err)
			plan := explain(t, s, query, args)
			assert.Contains(t, plan[0], test.index, "kind %q, id %q", test.kind, test.id)
			for _, line := range plan {
				assert.NotContains(t, line, "TEMP B-TREE", "kind %q, id %q", test.kind, test.id)
			}
			if d := s.catalogue.Def(test.kind); d != nil && !d.HasChanges() {
				assertNoUserScan(t, d, plan)
			}
		}
	}
}

// assertNoUserScan demands that the rows of a derived entity are looked up one
// by one.
func assertNoUserScan(t *testing.T, d *entity.Def, plan []string) {
	t.Helper()
	assert.Contains(t, plan[len(plan)-1], "(tenant_id=? AND id=?)", "%s: %v", d.Kind, plan)
}
