package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

func TestPruneHistory(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	const keep = 400 * 24 * time.Hour
	db := raw(t, f.dir)
	addUsers(t, f, tenant.ID, many+1)
	old, edge := f.clock.Now(), f.clock.Now().Add(time.Millisecond)
	execute(t, db, `UPDATE users SET removed_at = ? WHERE id <> 'user 1'`, old.UnixMilli())
	execute(t, db, `UPDATE users SET removed_at = ? WHERE id = 'user 2'`, edge.UnixMilli())
	for _, at := range []time.Time{old, edge} {
		execute(t, db, `
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
			INSERT INTO changes (tenant_id, run_id, at, kind, entity_id, title, action)
			SELECT ?, 1, ?, 'users', 'user ' || i, '', 'added'
			FROM n`, many, tenant.ID, at.UnixMilli())
	}
	ended, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)
	require.NoError(t, f.FinishRun(ctx, ended.ID, store.RunComplete, nil))
	stuck, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)
	before := len(actions(t, f.Store))

	f.clock.Advance(keep)
	require.NoError(t, f.PruneHistory(ctx, keep))
	assert.Equal(t, many+1, count(t, db, "users"), "what is exactly that old stays")
	f.clock.Advance(time.Millisecond)
	require.Error(t, f.PruneHistory(ctx, 0), "no history at all is a mistake")
	require.NoError(t, f.PruneHistory(ctx, keep))

	assert.Equal(t, 2, count(t, db, "users"), "live rows and those removed later stay")
	assert.Equal(t, many, count(t, db, "changes"))
	_, err = f.Run(ctx, ended.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
	assert.Zero(t, count(t, db, "run_parts WHERE run_id = ?", ended.ID))
	_, err = f.Run(ctx, stuck.ID)
	require.NoError(t, err, "a run that has not ended is no history")
	assert.Len(t, actions(t, f.Store), before, "the audit is kept")
}
