package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

// disconnected is a tenant with data that can be deleted.
func disconnected(t *testing.T, f fixture) store.Tenant {
	t.Helper()
	tenant := newTenant(t, f.Store, "Contoso")
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "secret"))
	addData(t, f, tenant.ID)
	require.NoError(t, f.Disconnect(ctx, someone, tenant.ID))
	return tenant
}

func TestDeletion_KeepsTheTenantFromConnections(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := disconnected(t, f)
	db := raw(t, f.dir)
	// What the lease is while rows are deleted is kept, to look at such a moment.
	execute(t, db, `CREATE TABLE seen AS SELECT * FROM leases`)
	execute(t, db, `CREATE TRIGGER look AFTER DELETE ON users WHEN NOT EXISTS (SELECT 1 FROM seen)
		BEGIN INSERT INTO seen SELECT * FROM leases WHERE tenant_id = OLD.tenant_id; END`)
	require.NoError(t, f.DeleteData(ctx, someone, tenant.ID))
	require.Equal(t, 1, count(t, db, "seen"), "a deletion has a lease")
	require.Zero(t, count(t, db, "leases"), "which ends with it")

	execute(t, db, `INSERT INTO leases SELECT * FROM seen`)
	err := f.SaveIntegration(ctx, someone, contoso(tenant.ID), "secret")
	require.ErrorIs(t, err, store.ErrConflict)
	assert.ErrorContains(t, err, "being deleted")
	_, _, err = f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.ErrorIs(t, err, store.ErrConflict)
	require.ErrorIs(t, f.RemoveTenant(ctx, someone, tenant.ID), store.ErrConflict)
	id, err := f.RequestCancel(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Zero(t, id, "it is no run")
	_, err = f.ActiveRun(ctx, tenant.ID)
	require.ErrorIs(t, err, store.ErrNotFound)

	f.clock.Advance(time.Minute)
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "secret"), "its process died")
	assert.Zero(t, count(t, db, "leases"))
}

func TestDeletion_StopsWhenItWasTakenForDead(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := disconnected(t, f)
	db := raw(t, f.dir)
	execute(t, db, `CREATE TRIGGER taken AFTER DELETE ON users BEGIN DELETE FROM leases; END`)
	require.ErrorIs(t, f.DeleteData(ctx, someone, tenant.ID), store.ErrConflict)
	assert.NotZero(t, count(t, db, "users"), "what may be another's by now")
	_, err := f.Integration(ctx, tenant.ID)
	require.NoError(t, err)
}

func TestDeletion_FreesItsLeaseWhenItFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := disconnected(t, f)
	db := raw(t, f.dir)
	execute(t, db, `CREATE TRIGGER no BEFORE DELETE ON users BEGIN SELECT raise(ABORT, 'no'); END`)
	require.Error(t, f.DeleteData(ctx, someone, tenant.ID))
	require.Error(t, f.RemoveTenant(ctx, someone, tenant.ID))
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "secret"))
}
