package syncer_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// status is the integration's, as pages and the command line say it.
func (w *world) status() string {
	w.t.Helper()
	states, err := w.store.EntityStates(w.ctx, w.tenant.ID)
	require.NoError(w.t, err)
	status, _ := store.IntegrationStatus(w.integration(), states)
	return status
}

// A credential that dies while a run reads needs a person, whatever the run has
// read before.
func TestCredentialThatDiesInARun(t *testing.T) {
	t.Parallel()
	for code, body := range map[string]string{
		"AADSTS7000222":  `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys for app 'x' are expired.","error_codes":[7000222]}`,
		"AADSTS7000112":  `{"error":"unauthorized_client","error_description":"AADSTS7000112: Application is disabled.","error_codes":[7000112]}`,
		"AADSTS53003":    `{"error":"invalid_grant","error_description":"AADSTS53003: Access has been blocked by Conditional Access policies.","error_codes":[53003]}`,
		"invalid_client": `{"error":"invalid_client","error_description":"No."}`,
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			w.connect()
			require.NotEqual(t, store.StatusAttention, w.status())
			// Half-way an old token is no longer taken, and no new one is given.
			stop := w.cloud.Inject(simulator.Fault{Path: "/oauth2/v2.0/token", After: len(entity.Resources), Status: http.StatusUnauthorized, Body: body})
			old := w.cloud.Inject(simulator.Fault{Path: "/groups", Status: http.StatusUnauthorized, Code: "InvalidAuthenticationToken", Message: "Access token has expired or is not yet valid."})
			run := w.sync()
			assert.Equal(t, store.RunPartial, run.Status)
			assert.Equal(t, store.StatusAttention, w.status())
			require.NotNil(t, w.integration().Problem)
			assert.Equal(t, code, w.integration().Problem.Code)
			stop()
			old()
			w.sync()
			assert.NotEqual(t, store.StatusAttention, w.status())
		})
	}
}

// Graph may refuse every token that the login service gives.
func TestTokensThatGraphRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	refuse := func(path string) func() {
		return w.cloud.Inject(simulator.Fault{Path: path, Status: http.StatusUnauthorized, Code: "InvalidAuthenticationToken", Message: "Access token validation failure."})
	}

	// One list that does is a matter of that list.
	stop := refuse("/groups")
	run := w.sync("users", "groups", "role_definitions")
	assert.Equal(t, store.RunPartial, run.Status)
	assert.Equal(t, store.StatusLimited, w.status())
	stop()

	var mend []func()
	mend = append(mend, refuse("/$batch"))
	for _, def := range w.store.Catalogue().Synced() {
		for _, p := range def.Parts {
			if p.Path != "" {
				mend = append(mend, refuse(p.Path))
			}
		}
	}
	run = w.sync()
	assert.Equal(t, store.RunFailed, run.Status)
	require.NotNil(t, run.Problem)
	assert.Equal(t, entity.ClassCredential, run.Problem.Class)
	assert.Equal(t, store.StatusAttention, w.status())

	// That the login service still gives tokens proves nothing.
	_, err := w.engine.Check(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, store.StatusAttention, w.status())

	for _, stop := range mend {
		stop()
	}
	w.sync()
	assert.NotEqual(t, store.StatusAttention, w.status())
}
