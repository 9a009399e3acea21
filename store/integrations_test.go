package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

const (
	contosoDirectory  = "11111111-1111-1111-1111-111111111111"
	fabrikamDirectory = "22222222-2222-2222-2222-222222222222"
)

func contoso(tenantID int64) store.Integration {
	return store.Integration{
		TenantID: tenantID, Cloud: "global", DirectoryID: contosoDirectory, DirectoryName: "Contoso",
		DefaultDomain: "contoso.onmicrosoft.com", ClientID: "aaaaaaaa-0000-0000-0000-000000000001",
	}
}

func fabrikam(tenantID int64) store.Integration {
	v := contoso(tenantID)
	v.DirectoryID, v.DirectoryName = fabrikamDirectory, "Fabrikam"
	return v
}

func TestSaveIntegration(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	_, err := f.Integration(ctx, tenant.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = f.Secret(ctx, tenant.ID)
	require.ErrorIs(t, err, store.ErrNotFound)

	given := contoso(tenant.ID)
	given.DirectoryID = "  " + given.DirectoryID + " "
	connected := f.clock.Now()
	require.NoError(t, f.SaveIntegration(ctx, someone, given, "first"))
	want := contoso(tenant.ID)
	want.Connected, want.ConnectedBy = true, someone.Name
	want.ConnectedAt, want.CredentialAt, want.CheckedAt = connected, connected, connected
	got, err := f.Integration(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, want, got)

	f.clock.Advance(time.Hour)
	require.NoError(t, f.SetIntegrationProblem(ctx, tenant.ID, &entity.Problem{Class: entity.ClassCredential, Code: "AADSTS7000222"}))
	got, err = f.Integration(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, "AADSTS7000222", got.Problem.Code)
	assert.Equal(t, f.clock.Now(), got.CheckedAt)

	f.clock.Advance(time.Hour)
	require.NoError(t, f.SaveIntegration(ctx, store.Actor{Name: "cli"}, want, "second"))
	got, err = f.Integration(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Nil(t, got.Problem, "a new secret mends it")
	assert.Equal(t, connected, got.ConnectedAt)
	assert.Equal(t, someone.Name, got.ConnectedBy)
	assert.Equal(t, f.clock.Now(), got.CredentialAt)
	secret, err := f.Secret(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, "second", secret)
	all, err := f.Integrations(ctx)
	require.NoError(t, err)
	assert.Equal(t, []store.Integration{got}, all)

	assert.Equal(t, []string{"tenant.created", "integration.connected", "integration.secret_replaced"}, actions(t, f.Store))
	entries, err := f.AuditEntries(ctx, tenant.ID, 0, 10)
	require.NoError(t, err)
	for _, e := range entries {
		assert.NotContains(t, e.Detail, "first")
		assert.NotContains(t, e.Detail, "second")
	}
}

func TestSaveIntegration_Refused(t *testing.T) {
	t.Parallel()
	type setup func(t *testing.T, s *store.Store, own, other store.Tenant)
	connectedOwn := func(t *testing.T, s *store.Store, own, _ store.Tenant) {
		require.NoError(t, s.SaveIntegration(ctx, someone, contoso(own.ID), "old"))
	}
	tests := []struct {
		name    string
		before  setup
		change  func(v *store.Integration, secret *string)
		field   string // of the InputError
		message string // of the ConflictError
	}{
		{name: "no cloud", change: func(v *store.Integration, _ *string) { v.Cloud = "" }, field: "cloud"},
		{name: "no directory", change: func(v *store.Integration, _ *string) { v.DirectoryID = " " }, field: "directory_id"},
		{name: "no client", change: func(v *store.Integration, _ *string) { v.ClientID = "" }, field: "client_id"},
		{name: "no secret", change: func(_ *store.Integration, secret *string) { *secret = "" }, field: "client_secret"},
		{
			name: "another tenant is connected to it",
			before: func(t *testing.T, s *store.Store, _, other store.Tenant) {
				require.NoError(t, s.SaveIntegration(ctx, someone, fabrikam(other.ID), "other"))
			},
			message: "belongs to another tenant",
		},
		{
			name: "another tenant holds its data",
			before: func(t *testing.T, s *store.Store, _, other store.Tenant) {
				require.NoError(t, s.SaveIntegration(ctx, someone, fabrikam(other.ID), "other"))
				require.NoError(t, s.Disconnect(ctx, someone, other.ID))
			},
			message: "belongs to another tenant",
		},
		{
			name: "written in capitals",
			before: func(t *testing.T, s *store.Store, _, other store.Tenant) {
				v := fabrikam(other.ID)
				v.DirectoryID = "ABCDEF00-0000-0000-0000-000000000000"
				require.NoError(t, s.SaveIntegration(ctx, someone, v, "other"))
			},
			change:  func(v *store.Integration, _ *string) { v.DirectoryID = "abcdef00-0000-0000-0000-000000000000" },
			message: "belongs to another tenant",
		},
		{name: "this tenant is connected to another", before: connectedOwn, message: "holds the data of another directory"},
		{
			name: "this tenant holds data of another",
			before: func(t *testing.T, s *store.Store, own, other store.Tenant) {
				connectedOwn(t, s, own, other)
				require.NoError(t, s.Disconnect(ctx, someone, own.ID))
			},
			message: "delete those data first",
		},
		{
			name:    "the same directory ID in another cloud",
			before:  connectedOwn,
			change:  func(v *store.Integration, _ *string) { v.DirectoryID, v.Cloud = contosoDirectory, "china" },
			message: "holds the data of another directory",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			own, other := newTenant(t, f.Store, "Own"), newTenant(t, f.Store, "Other")
			if test.before != nil {
				test.before(t, f.Store, own, other)
			}
			before, errBefore := f.Integration(ctx, own.ID)
			v, secret := fabrikam(own.ID), "new"
			if test.change != nil {
				test.change(&v, &secret)
			}
			err := f.SaveIntegration(ctx, someone, v, secret)
			if test.field != "" {
				var input store.InputError
				require.ErrorAs(t, err, &input)
				assert.Equal(t, test.field, input.Field)
			} else {
				require.ErrorIs(t, err, store.ErrConflict)
				require.ErrorIs(t, err, store.ErrDirectoryTaken)
				var taken *store.ConflictError
				require.ErrorAs(t, err, &taken)
				assert.Contains(t, taken.Message, test.message)
			}
			after, errAfter := f.Integration(ctx, own.ID)
			assert.Equal(t, before, after, "nothing changed")
			assert.Equal(t, errBefore == nil, errAfter == nil)
		})
	}
}

func TestSaveIntegration_UnknownTenant(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.ErrorIs(t, f.SaveIntegration(ctx, someone, contoso(99), "secret"), store.ErrNotFound)
}

func TestSetIntegrationProblem(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	problem := &entity.Problem{Class: entity.ClassConsent, Message: "no roles", Needs: []string{"User.Read.All"}}
	require.ErrorIs(t, f.SetIntegrationProblem(ctx, tenant.ID, problem), store.ErrNotFound)
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "secret"))

	require.NoError(t, f.SetIntegrationProblem(ctx, tenant.ID, problem))
	v, err := f.Integration(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, problem, v.Problem)
	require.NoError(t, f.SetIntegrationProblem(ctx, tenant.ID, nil))
	v, err = f.Integration(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Nil(t, v.Problem)

	require.NoError(t, f.Disconnect(ctx, someone, tenant.ID))
	require.NoError(t, f.SetIntegrationProblem(ctx, tenant.ID, problem), "a check that a disconnect overtook")
	v, err = f.Integration(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Nil(t, v.Problem)
}

func TestSecret_CopiedToAnotherTenant(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	own, other := newTenant(t, f.Store, "Own"), newTenant(t, f.Store, "Other")
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(own.ID), "own"))
	require.NoError(t, f.SaveIntegration(ctx, someone, fabrikam(other.ID), "other"))
	execute(t, raw(t, f.dir), `
		UPDATE credentials
		SET sealed = (SELECT sealed FROM credentials WHERE tenant_id = ?)
		WHERE tenant_id = ?`, own.ID, other.ID)

	secret, err := f.Secret(ctx, other.ID)
	require.ErrorContains(t, err, "belongs elsewhere")
	assert.Empty(t, secret)
	secret, err = f.Secret(ctx, own.ID)
	require.NoError(t, err)
	assert.Equal(t, "own", secret)
}

func TestDisconnect_WipesTheCredentialAndKeepsTheData(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	require.ErrorIs(t, f.Disconnect(ctx, someone, tenant.ID), store.ErrNotFound)
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "first"))
	db := raw(t, f.dir)
	first := sealedBytes(t, f, tenant.ID)
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "second"))
	require.NotZero(t, occurrences(t, f, first), "a replaced secret is kept until a sync has succeeded with the new one")
	second := sealedBytes(t, f, tenant.ID)
	require.NotZero(t, occurrences(t, f, second), "the test sees what is stored")
	addUsers(t, f, tenant.ID, 3)

	f.clock.Advance(time.Hour)
	require.NoError(t, f.Disconnect(ctx, someone, tenant.ID))
	_, err := f.Secret(ctx, tenant.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
	assert.Zero(t, occurrences(t, f, second), "not in any file")
	assert.Zero(t, occurrences(t, f, first), "nor is the one that it replaced")
	assert.Equal(t, 3, count(t, db, "users"))
	v, err := f.Integration(ctx, tenant.ID)
	require.NoError(t, err)
	assert.False(t, v.Connected)
	assert.Equal(t, f.clock.Now(), v.DisconnectedAt)
	assert.True(t, v.CredentialAt.IsZero())
	assert.Equal(t, contosoDirectory, v.DirectoryID)
	all, err := f.Integrations(ctx)
	require.NoError(t, err)
	assert.Empty(t, all)

	require.NoError(t, f.Disconnect(ctx, someone, tenant.ID), "once more is no error")
	f.clock.Advance(time.Hour)
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "third"), "the same directory continues")
	v, err = f.Integration(ctx, tenant.ID)
	require.NoError(t, err)
	assert.True(t, v.Connected)
	assert.True(t, v.DisconnectedAt.IsZero())
	assert.Equal(t, f.clock.Now(), v.ConnectedAt)
	assert.Equal(t, 3, count(t, db, "users"))
	assert.Equal(t, []string{"tenant.created", "integration.connected", "integration.secret_replaced",
		"integration.disconnected", "integration.connected"}, actions(t, f.Store))
}

func sealedBytes(t *testing.T, f fixture, tenantID int64) (sealed []byte) {
	t.Helper()
	db := raw(t, f.dir)
	require.NoError(t, db.QueryRowContext(ctx, `SELECT sealed FROM credentials WHERE tenant_id = ?`, tenantID).Scan(&sealed))
	return sealed
}

// occurrences counts the files of the data folder that hold the end of some
// bytes: the beginning of a sealed value is the key's id.
func occurrences(t *testing.T, f fixture, b []byte) (n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(f.dir, "securatlas.db*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		if bytes.Contains(content, b[len(b)-24:]) {
			n++
		}
	}
	return n
}

func TestDisconnect_WaitsForTheRun(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "secret"))
	run, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)
	require.ErrorIs(t, f.Disconnect(ctx, someone, tenant.ID), store.ErrConflict, "it has the secret in memory")
	_, err = f.Credential(ctx, tenant.ID)
	require.NoError(t, err, "nothing was wiped")

	f.clock.Advance(time.Minute)
	require.NoError(t, f.Disconnect(ctx, someone, tenant.ID), "its process is gone")
	run, err = f.Run(ctx, run.ID)
	require.NoError(t, err)
	assert.Equal(t, store.RunInterrupted, run.Status)
	_, _, err = f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.ErrorIs(t, err, store.ErrNotConnected, "one that began in the moment before")
}

func TestDeleteData(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	own, other := newTenant(t, f.Store, "Own"), newTenant(t, f.Store, "Other")
	require.ErrorIs(t, f.DeleteData(ctx, someone, own.ID), store.ErrNotFound)
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(own.ID), "own"))
	require.NoError(t, f.SaveIntegration(ctx, someone, fabrikam(other.ID), "other"))
	db := raw(t, f.dir)
	for _, tenant := range []store.Tenant{own, other} {
		addData(t, f, tenant.ID)
	}

	err := f.DeleteData(ctx, someone, own.ID)
	require.ErrorIs(t, err, store.ErrConflict, "still connected")
	run, _, err := f.StartRun(ctx, store.NewRun{TenantID: own.ID})
	require.NoError(t, err)
	execute(t, db, `UPDATE integrations SET connected = 0 WHERE tenant_id = ?`, own.ID)
	require.ErrorIs(t, f.DeleteData(ctx, someone, own.ID), store.ErrConflict, "a run writes")
	assert.Equal(t, many, count(t, db, "users WHERE tenant_id = ?", own.ID), "nothing was deleted")
	require.NoError(t, f.FinishRun(ctx, run.ID, store.RunInterrupted, nil))

	require.NoError(t, f.DeleteData(ctx, someone, own.ID))
	for _, table := range dataTables {
		assert.Zero(t, count(t, db, table+" WHERE tenant_id = ?", own.ID), table)
		assert.NotZero(t, count(t, db, table+" WHERE tenant_id = ?", other.ID), "%s of another tenant", table)
	}
	assert.Equal(t, many, count(t, db, "users WHERE tenant_id = ?", other.ID))
	assert.NotZero(t, count(t, db, "run_parts"))
	_, err = f.Integration(ctx, own.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
	assert.Contains(t, actions(t, f.Store), "integration.data_deleted")

	v := fabrikam(own.ID)
	v.DirectoryID = "33333333-3333-3333-3333-333333333333"
	require.NoError(t, f.SaveIntegration(ctx, someone, v, "third"), "another directory can come now")
	v.TenantID, v.DirectoryID = newTenant(t, f.Store, "New").ID, contosoDirectory
	require.NoError(t, f.SaveIntegration(ctx, someone, v, "fourth"), "and the directory can go elsewhere")
}

// many is more rows than one transaction deletes.
const many = 2500

// dataTables hold what was read for a tenant.
var dataTables = []string{"users", "organization", "part_states", "seen_rows", "settled_changes", "held_rows", "changes", "facets", "runs", "granted_roles", "integrations"}

func addUsers(t *testing.T, f fixture, tenantID int64, n int) {
	t.Helper()
	execute(t, raw(t, f.dir), `
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO users (tenant_id, id, first_seen, last_changed)
		SELECT ?, 'user ' || i, ?, ?
		FROM n`, n, tenantID, f.clock.Now().UnixMilli(), f.clock.Now().UnixMilli())
}

// addData puts something into each of dataTables but integrations.
func addData(t *testing.T, f fixture, tenantID int64) {
	t.Helper()
	db := raw(t, f.dir)
	addUsers(t, f, tenantID, many)
	execute(t, db, `INSERT INTO organization (tenant_id, id, first_seen, last_changed) VALUES (?, 'o', 1, 1)`, tenantID)
	execute(t, db, `INSERT INTO part_states (tenant_id, kind, part, state) VALUES (?, 'users', 'list', 'complete')`, tenantID)
	execute(t, db, `INSERT INTO seen_rows (tenant_id, kind, part, row_id) VALUES (?, 'users', 'list', 1)`, tenantID)
	execute(t, db, `INSERT INTO settled_changes (tenant_id, kind, part, id, at, gone) VALUES (?, 'users', 'list', 'u', 1, 0)`, tenantID)
	execute(t, db, `INSERT INTO held_rows (tenant_id, kind, row_id) VALUES (?, 'users', 1)`, tenantID)
	execute(t, db, `INSERT INTO facets (tenant_id, kind, column_name, value, rows) VALUES (?, 'users', 'department', 'Sales', 1)`, tenantID)
	execute(t, db, `
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO changes (tenant_id, run_id, at, kind, entity_id, title, action)
		SELECT ?, 1, 1, 'users', 'user ' || i, '', 'added'
		FROM n`, many, tenantID)
	_, _, err := f.SaveGrants(ctx, tenantID, entity.Grants{Resource: entity.Graph, Roles: []string{"User.Read.All"}})
	require.NoError(t, err)
	run, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenantID})
	require.NoError(t, err)
	require.NoError(t, f.FinishRun(ctx, run.ID, store.RunComplete, nil))
}
