package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

const otherClient = "bbbbbbbb-0000-0000-0000-000000000002"

func generation(t *testing.T, f fixture, tenantID int64) int64 {
	t.Helper()
	c, err := f.Credential(ctx, tenantID)
	require.NoError(t, err)
	return c.Generation
}

func TestReplacedSecretIsKeptUntilTheNewOneIsConfirmed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "first"))
	_, err := f.ReplacedCredential(ctx, tenant.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
	first := sealedBytes(t, f, tenant.ID)

	f.clock.Advance(time.Hour)
	v := contoso(tenant.ID)
	v.ClientID = otherClient
	require.NoError(t, f.SaveIntegration(ctx, someone, v, "second"))
	second := generation(t, f, tenant.ID)
	kept, err := f.ReplacedCredential(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, store.Credential{ClientID: contoso(tenant.ID).ClientID, Secret: "first", Generation: second}, kept)
	i, err := f.Integration(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, f.clock.Now(), i.ReplacedAt)

	// Another one before any sync: the proven one stays, the one between goes.
	between := sealedBytes(t, f, tenant.ID)
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "third"))
	assert.Zero(t, occurrences(t, f, between))
	kept, err = f.ReplacedCredential(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, "first", kept.Secret)

	require.NoError(t, f.ConfirmCredential(ctx, tenant.ID, second), "a sync that used an older one says nothing")
	assert.NotZero(t, occurrences(t, f, first))
	require.NoError(t, f.ConfirmCredential(ctx, tenant.ID, generation(t, f, tenant.ID)))
	assert.Zero(t, occurrences(t, f, first), "wiped")
	_, err = f.ReplacedCredential(ctx, tenant.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
	i, err = f.Integration(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Zero(t, i.ReplacedAt)
	secret, err := f.Secret(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, "third", secret)
	require.NoError(t, f.ConfirmCredential(ctx, tenant.ID, generation(t, f, tenant.ID)), "a second time does nothing")
	assert.Equal(t, []string{"tenant.created", "integration.connected", "integration.secret_replaced", "integration.secret_replaced", "integration.old_secret_wiped"}, actions(t, f.Store))
}

func TestTheSameSecretAgainReplacesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "same"))
	before := generation(t, f, tenant.ID)
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "same"))
	assert.Equal(t, before, generation(t, f, tenant.ID))
	_, err := f.ReplacedCredential(ctx, tenant.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestRestoreCredential(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	refused := &entity.Problem{Class: entity.ClassCredential, Code: "AADSTS7000215", Message: "Invalid client secret provided."}
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "first"))
	stored := f.clock.Now()
	require.ErrorIs(t, f.RestoreCredential(ctx, tenant.ID, generation(t, f, tenant.ID), refused), store.ErrNotFound)

	f.clock.Advance(time.Hour)
	v := contoso(tenant.ID)
	v.ClientID = otherClient
	require.NoError(t, f.SaveIntegration(ctx, someone, v, "second"))
	second := sealedBytes(t, f, tenant.ID)
	now := generation(t, f, tenant.ID)
	require.ErrorIs(t, f.RestoreCredential(ctx, tenant.ID, now-1, refused), store.ErrNotFound, "of a credential that is no longer the present one")
	require.NoError(t, f.RestoreCredential(ctx, tenant.ID, now, refused))
	assert.Zero(t, occurrences(t, f, second), "the refused one is wiped")
	c, err := f.Credential(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, contoso(tenant.ID).ClientID, c.ClientID)
	assert.Equal(t, "first", c.Secret)
	assert.NotEqual(t, now, c.Generation)
	i, err := f.Integration(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, stored, i.CredentialAt)
	assert.Zero(t, i.ReplacedAt)
	assert.Equal(t, refused, i.RefusedSecret)
	entries, err := f.AuditEntries(ctx, tenant.ID, 0, 1)
	require.NoError(t, err)
	assert.Equal(t, "integration.secret_restored", entries[0].Action)
	assert.Contains(t, entries[0].Detail, "AADSTS7000215")

	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "third"))
	i, err = f.Integration(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Nil(t, i.RefusedSecret, "the next one is tried in its place")
}

func TestUnreadableSecretCanBeReplaced(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "first"))
	_, err := raw(t, f.dir).ExecContext(ctx, `UPDATE credentials SET sealed = x'00'`)
	require.NoError(t, err)
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(tenant.ID), "second"))
	secret, err := f.Secret(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, "second", secret)
	_, err = f.ReplacedCredential(ctx, tenant.ID)
	assert.ErrorIs(t, err, store.ErrNotFound)
}
