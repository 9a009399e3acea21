package syncer_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// replace enters another secret, without a sync.
func (w *world) replace(secret string) {
	w.t.Helper()
	c := w.connection()
	c.Secret = secret
	report, err := w.engine.ConnectWith(w.ctx, by, w.tenant.ID, c, syncer.ConnectOptions{NoSync: true})
	require.NoError(w.t, err)
	require.True(w.t, report.OK, "%+v", report.Steps)
}

func (w *world) integration() store.Integration {
	w.t.Helper()
	i, err := w.store.Integration(w.ctx, w.tenant.ID)
	require.NoError(w.t, err)
	return i
}

func (w *world) secret() string {
	w.t.Helper()
	s, err := w.store.Secret(w.ctx, w.tenant.ID)
	require.NoError(w.t, err)
	return s
}

func TestReplacedSecretIsKeptUntilTheFirstGoodSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	stored := w.integration().CredentialAt
	second := w.cloud.Tenant().AddSecret()
	w.replace(second)
	assert.Equal(t, second, w.secret())
	assert.Equal(t, stored, w.integration().PreviousAt)

	// A sync that reads nothing proves nothing.
	remove := w.cloud.Inject(simulator.Fault{Path: "/groups", Status: http.StatusBadRequest, Code: "BadRequest", Message: "Not now."})
	assert.Equal(t, store.RunFailed, w.sync("groups").Status)
	assert.False(t, w.integration().PreviousAt.IsZero())
	remove()
	assert.Equal(t, store.RunComplete, w.sync("groups").Status)
	assert.Zero(t, w.integration().PreviousAt, "wiped")
	assert.Equal(t, second, w.secret())

	// From now on there is nothing to go back to.
	w.cloud.Tenant().RemoveSecret(second)
	assert.Equal(t, store.RunFailed, w.sync("groups").Status)
	assert.Equal(t, entity.ClassCredential, w.integration().Problem.Class)
	assert.Nil(t, w.integration().Reverted)
}

func TestRefusedNewSecretGivesWayToTheOldOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	first := w.secret()
	second := w.cloud.Tenant().AddSecret()
	w.replace(second)
	w.cloud.Tenant().RemoveSecret(second)

	run := w.sync("groups")
	assert.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)
	assert.Equal(t, first, w.secret())
	i := w.integration()
	assert.Zero(t, i.PreviousAt)
	assert.Nil(t, i.Problem, "the old one works")
	require.NotNil(t, i.Reverted)
	assert.Equal(t, "AADSTS7000215", i.Reverted.Code)

	// Once replaced again, it is history.
	w.replace(w.cloud.Tenant().AddSecret())
	assert.Nil(t, w.integration().Reverted)
}

func TestTokenRefreshGoesBackToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	first := w.secret()
	second, third := w.cloud.Tenant().AddSecret(), w.cloud.Tenant().AddSecret()
	w.replace(second)
	w.replace(third)
	w.cloud.Tenant().RemoveSecret(third)
	require.NoError(t, w.engine.RefreshTokens(w.ctx))
	assert.Equal(t, first, w.secret(), "the last one that brought a good sync")

	// Where both are refused, a person is needed.
	w.replace(second)
	w.cloud.Tenant().RemoveSecret(first)
	w.cloud.Tenant().RemoveSecret(second)
	require.NoError(t, w.engine.RefreshTokens(w.ctx))
	assert.Equal(t, entity.ClassCredential, w.integration().Problem.Class)
}

func TestDisconnectWipesBothSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	w.replace(w.cloud.Tenant().AddSecret())
	require.NoError(t, w.engine.Disconnect(w.ctx, by, w.tenant.ID))
	_, err := w.store.Secret(w.ctx, w.tenant.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
	require.ErrorIs(t, w.store.RevertSecret(w.ctx, w.tenant.ID, &entity.Problem{}), store.ErrNotFound)
	assert.Zero(t, w.integration().PreviousAt)
}

func TestEndOfTheOwnSecretIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	want := time.Time{}
	for _, app := range w.graph("/v1.0/applications?$filter=appId eq '" + w.cloud.ClientID() + "'") {
		at, err := time.Parse(time.RFC3339Nano, app["passwordCredentials"].([]any)[0].(map[string]any)["endDateTime"].(string))
		require.NoError(t, err)
		want = at
	}
	require.NotZero(t, want)
	e, err := w.store.SecretExpiry(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, want, e.At)
	assert.Equal(t, 1, e.Candidates)

	// One that ends sooner is told apart by its hint.
	second := w.cloud.Tenant().AddSecret()
	w.replace(second)
	e, err = w.store.SecretExpiry(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	require.NotEqual(t, w.cloud.ClientSecret()[:3], second[:3], "the two can be told apart")
	assert.False(t, e.Known(), "the list that is stored does not have it")
	w.sync("applications")
	e, err = w.store.SecretExpiry(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.True(t, e.At.Before(want))

	w.cloud.Tenant().RemoveConsent()
	require.NoError(t, w.engine.Disconnect(w.ctx, by, w.tenant.ID))
	e, err = w.store.SecretExpiry(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.False(t, e.Known())
}
