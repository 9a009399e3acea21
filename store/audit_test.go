package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

func TestAudit(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.NoError(t, f.Audit(ctx, someone, 0, "signed_in", "from 192.0.2.1"))
	f.clock.Advance(time.Second)
	require.NoError(t, f.Audit(ctx, store.Actor{Name: "cli"}, 7, "exported", "users"))
	require.NoError(t, f.Audit(ctx, someone, 8, "exported", ""))

	all, err := f.AuditEntries(ctx, 0, 0, 10)
	require.NoError(t, err)
	require.Len(t, all, 3)
	first := store.AuditEntry{ID: all[2].ID, At: f.clock.Now().Add(-time.Second), Actor: someone.Name, Action: "signed_in", Detail: "from 192.0.2.1"}
	second := store.AuditEntry{ID: all[1].ID, At: f.clock.Now(), Actor: "cli", TenantID: 7, Action: "exported", Detail: "users"}
	assert.Equal(t, []store.AuditEntry{second, first}, all[1:])

	page, err := f.AuditEntries(ctx, 0, all[0].ID, 1)
	require.NoError(t, err)
	assert.Equal(t, []store.AuditEntry{second}, page)
	page, err = f.AuditEntries(ctx, 7, 0, 10)
	require.NoError(t, err)
	assert.Equal(t, []store.AuditEntry{second}, page, "one tenant's")
}
