package syncer_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
	"github.com/securatlas/securatlas/syncer/simulator"
)

const loginPath = "/oauth2/v2.0/token"

// What needs a person stays until Microsoft gives a token again: a passing
// fault in between says nothing about it.
func TestPassingFaultLeavesTheIntegrationsProblem(t *testing.T) {
	t.Parallel()
	w := connectedWorld(t)
	expired := simulator.Fault{Path: loginPath, Status: http.StatusUnauthorized,
		Body: `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired.","error_codes":[7000222]}`}
	for name, passing := range map[string]simulator.Fault{
		"unavailable":       {Path: loginPath, Status: http.StatusServiceUnavailable},
		"too many requests": {Path: loginPath, Status: http.StatusTooManyRequests},
		"a web page":        {Path: loginPath, Body: "<html>Blocked</html>", ContentType: "text/html"},
		"no answer":         {Path: loginPath, Drop: true},
	} {
		remove := w.cloud.Inject(expired)
		require.NoError(t, w.engine.RefreshTokens(w.ctx))
		remove()
		require.NotNil(t, w.integration().Problem, name)

		remove = w.cloud.Inject(passing)
		require.NoError(t, w.engine.RefreshTokens(w.ctx))
		remove()
		problem := w.integration().Problem
		if assert.NotNil(t, problem, name) {
			assert.Equal(t, "AADSTS7000222", problem.Code, name)
		}

		require.NoError(t, w.engine.RefreshTokens(w.ctx))
		assert.Nil(t, w.integration().Problem, "a token came")
	}
}

// A fault that passes is no reason to ask for a person either.
func TestPassingFaultMakesNoProblemOfTheIntegration(t *testing.T) {
	t.Parallel()
	w := connectedWorld(t)
	w.cloud.Inject(simulator.Fault{Path: loginPath, Status: http.StatusServiceUnavailable})
	require.NoError(t, w.engine.RefreshTokens(w.ctx))
	assert.Nil(t, w.integration().Problem)
}

func TestTokenRefreshGoesOnAfterATenantThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	find := w.config.Cloud
	w.config.Cloud = func(name string) (microsoft.Cloud, error) {
		if name == "gone" {
			return microsoft.Cloud{}, errors.New("no such cloud")
		}
		return find(name)
	}
	w.engine.Close()
	w.openEngine()
	// The first tenant's cloud is no longer configured.
	require.NoError(t, w.store.SaveIntegration(w.ctx, by, store.Integration{
		TenantID: w.tenant.ID, Cloud: "gone", DirectoryID: "11111111-2222-3333-4444-555555555555", ClientID: w.cloud.ClientID(),
	}, "secret"))
	var err error
	w.tenant, err = w.store.CreateTenant(w.ctx, by, "Fabrikam", "fabrikam")
	require.NoError(t, err)
	w.connect()
	w.cloud.Tenant().ExpireSecret(w.cloud.ClientSecret())
	err = w.engine.RefreshTokens(w.ctx)
	require.ErrorContains(t, err, "no such cloud")
	problem := w.integration().Problem
	require.NotNil(t, problem, "the second tenant was asked")
	assert.Equal(t, entity.ClassCredential, problem.Class)
}
