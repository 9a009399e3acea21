package syncer_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
