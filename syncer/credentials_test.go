package syncer_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// replace gives the connected tenant a new secret of its app, without a sync.
func (w *world) replace() (secret string) {
	w.t.Helper()
	secret = w.cloud.Tenant().AddSecret()
	w.replaceBy(secret)
	return secret
}

func (w *world) replaceBy(secret string) {
	w.t.Helper()
	c := w.connection()
	c.Secret = secret
	report, err := w.engine.ConnectWith(w.ctx, by, w.tenant.ID, c, syncer.ConnectOptions{NoSync: true})
	require.NoError(w.t, err)
	require.True(w.t, report.OK, "%+v", report.Steps)
	require.True(w.t, report.Replaced)
}

func (w *world) integration() store.Integration {
	w.t.Helper()
	i, err := w.store.Integration(w.ctx, w.tenant.ID)
	require.NoError(w.t, err)
	return i
}

func (w *world) secret() string {
	w.t.Helper()
	secret, err := w.store.Secret(w.ctx, w.tenant.ID)
	require.NoError(w.t, err)
	return secret
}

func connectedWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, options{})
	report, err := w.engine.ConnectWith(w.ctx, by, w.tenant.ID, w.connection(), syncer.ConnectOptions{NoSync: true})
	require.NoError(t, err)
	require.True(t, report.OK, "%+v", report.Steps)
	require.False(t, report.Replaced)
	return w
}

func TestReplacedSecretIsWipedAfterTheFirstGoodSync(t *testing.T) {
	t.Parallel()
	w := connectedWorld(t)
	replaced := w.replace()
	assert.False(t, w.integration().ReplacedAt.IsZero(), "the old one is kept")
	_, err := w.engine.Check(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.False(t, w.integration().ReplacedAt.IsZero(), "a token alone proves less than a sync")

	// A sync that reads nothing proves nothing.
	remove := w.cloud.Inject(simulator.Fault{Path: "/organization", Status: http.StatusForbidden, Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation."})
	assert.Equal(t, store.RunFailed, w.sync("organization").Status)
	remove()
	assert.False(t, w.integration().ReplacedAt.IsZero())

	assert.Equal(t, store.RunComplete, w.sync("organization").Status)
	assert.True(t, w.integration().ReplacedAt.IsZero())
	assert.Equal(t, replaced, w.secret())
	_, err = w.store.ReplacedCredential(w.ctx, w.tenant.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestRefusedNewSecretGivesWayToTheOldOne(t *testing.T) {
	t.Parallel()
	w := connectedWorld(t)
	replaced := w.replace()
	require.True(t, w.cloud.Tenant().RemoveSecret(replaced))
	run := w.sync("organization")
	assert.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)
	i := w.integration()
	assert.Nil(t, i.Problem, "nothing is broken: the old secret works")
	require.NotNil(t, i.RefusedSecret)
	assert.Equal(t, "AADSTS7000215", i.RefusedSecret.Code)
	assert.NotEmpty(t, i.RefusedSecret.Cure)
	assert.NotContains(t, i.RefusedSecret.Message, replaced)
	assert.Equal(t, w.cloud.ClientSecret(), w.secret())
	assert.True(t, i.ReplacedAt.IsZero())

	// The next replacement is tried again, and clears the note.
	w.replace()
	assert.Nil(t, w.integration().RefusedSecret)
}

func TestTwoRefusedSecretsLeaveTheNewOne(t *testing.T) {
	t.Parallel()
	w := connectedWorld(t)
	replaced := w.replace()
	require.True(t, w.cloud.Tenant().RemoveSecret(replaced))
	require.True(t, w.cloud.Tenant().ExpireSecret(w.cloud.ClientSecret()))
	_, err := w.engine.Check(w.ctx, w.tenant.ID)
	var p *entity.Problem
	require.ErrorAs(t, err, &p)
	assert.Equal(t, "AADSTS7000215", p.Code, "of the newer one")
	assert.Equal(t, replaced, w.secret())
	i := w.integration()
	assert.Nil(t, i.RefusedSecret)
	assert.Equal(t, "AADSTS7000215", i.Problem.Code)
}

func TestUnreachableLoginIsNoRefusal(t *testing.T) {
	t.Parallel()
	w := connectedWorld(t)
	replaced := w.replace()
	w.cloud.Inject(simulator.Fault{Path: "/oauth2/v2.0/token", Status: http.StatusServiceUnavailable})
	_, err := w.engine.Check(w.ctx, w.tenant.ID)
	require.Error(t, err)
	assert.Equal(t, replaced, w.secret())
	assert.False(t, w.integration().ReplacedAt.IsZero())
}

func TestRunWithTheOldSecretDoesNotConfirmTheNewOne(t *testing.T) {
	t.Parallel()
	w := connectedWorld(t)
	secret := w.cloud.Tenant().AddSecret()
	reached, gate := make(chan struct{}), make(chan struct{})
	w.cloud.Inject(simulator.Fault{Path: "/subscribedSkus", Rows: func(rows []map[string]any) []map[string]any {
		close(reached)
		<-gate
		return rows
	}})
	run, _, err := w.engine.Start(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{"subscribed_skus"}})
	require.NoError(t, err)
	<-reached
	w.replaceBy(secret)
	close(gate)
	assert.Equal(t, store.RunComplete, w.wait(run.ID).Status)
	assert.False(t, w.integration().ReplacedAt.IsZero(), "that run had a token of the old secret")
}

func TestExpiryOfTheOwnSecret(t *testing.T) {
	t.Parallel()
	w := connectedWorld(t)
	e, err := w.store.SecretExpiry(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, entity.Never, e.List.State)
	assert.Zero(t, e.At)
	w.sync("applications")
	e, err = w.store.SecretExpiry(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	first := e.At
	assert.Equal(t, 1, e.Among)
	assert.Equal(t, w.row("applications", e.ApplicationID).Cell(w.store.Catalogue().Def("applications"), "app_id"), w.cloud.ClientID())
	assert.Contains(t, strings.TrimSpace(text(w, e.ApplicationID)), first.UTC().Format("2006-01-02T15:04:05"))

	w.replace()
	e, err = w.store.SecretExpiry(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.Zero(t, e.At, "the list is older than the new secret")
	assert.Zero(t, e.Among)
	w.sync("applications")
	e, err = w.store.SecretExpiry(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, 2, e.Secrets)
	assert.Equal(t, 1, e.Among)
	assert.True(t, e.At.Before(first), "six months, where the first has more")
}

// text is what is stored of an app's secrets.
func text(w *world, id string) string {
	s, _ := w.row("applications", id).Cell(w.store.Catalogue().Def("applications"), "password_credentials").(string)
	return s
}
