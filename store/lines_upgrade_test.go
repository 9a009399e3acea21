package store_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/migrations"
	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
)

// TestUpgradeEndsRowsOfConcealedLines begins with what earlier versions made of
// concealed reports: one site with the id of zeros, and users by their hashes.
func TestUpgradeEndsRowsOfConcealedLines(t *testing.T) {
	t.Parallel()
	older := fstest.MapFS{}
	names, err := fs.Glob(migrations.FS, "*.sql")
	require.NoError(t, err)
	for _, name := range names {
		if name < "00095" {
			data, err := fs.ReadFile(migrations.FS, name)
			require.NoError(t, err)
			older[name] = &fstest.MapFile{Data: data}
		}
	}
	dir := t.TempDir()
	s, err := store.Open(ctx, storetest.Options(t, storetest.WithDir(dir), storetest.WithMigrations(older)))
	require.NoError(t, err)
	tenant := newTenant(t, s, "Contoso")
	require.NoError(t, s.Close())
	db := raw(t, dir)
	for kind, ids := range map[string][]string{
		"sharepoint_sites":  {"00000000-0000-0000-0000-000000000000", "bf6fb551-d508-4946-a439-b2a6154fc1d9"},
		"m365_active_users": {"B217BFF20A0B1C2D3E4F302F67ED73A7", "467C84E0A0B1C2D3E4FAE4CF2C6EA570"},
	} {
		for _, id := range ids {
			execute(t, db, `INSERT INTO `+kind+` (tenant_id, id, first_seen, last_changed) VALUES (?, ?, 1, 1)`, tenant.ID, id)
		}
		execute(t, db, `INSERT INTO part_states (tenant_id, kind, part, state, attempted_at, as_of, rows) VALUES (?, ?, 'list', 'held', 1, 1, 2)`, tenant.ID, kind)
		execute(t, db, `INSERT INTO held_rows (tenant_id, kind, row_id) SELECT tenant_id, ?, row_id FROM `+kind, kind)
	}

	s, err = store.Open(ctx, storetest.Options(t, storetest.WithDir(dir)))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	assert.Equal(t, 1, count(t, db, `sharepoint_sites`))
	assert.Equal(t, 1, count(t, db, `part_states WHERE kind = 'sharepoint_sites' AND rows = 1 AND named_at = 1`))
	assert.Equal(t, 1, count(t, db, `held_rows WHERE kind = 'sharepoint_sites'`))
	assert.Zero(t, count(t, db, `m365_active_users`))
	assert.Equal(t, 1, count(t, db, `part_states WHERE kind = 'm365_active_users' AND rows = 0 AND named_at IS NULL`), "the next list is a baseline")
	assert.Zero(t, count(t, db, `held_rows WHERE kind = 'm365_active_users'`))
}
