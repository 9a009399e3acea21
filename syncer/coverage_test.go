package syncer_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// A list that broke leaves its further parts with rows that they never saw: they
// are not complete, and the next refresh reads them.
func TestFurtherPartsOfAListThatBrokeAreReadAgain(t *testing.T) {
	t.Parallel()
	lists := map[string]struct {
		path, query string // of the list alone
		parts       []string
	}{
		"users":            {"/users", "businessPhones", []string{"sign_in_activity", "per_user_mfa"}},
		"role_definitions": {"/roleManagement/directory/roleDefinitions", "templateId", []string{"privileged"}},
	}
	faults := map[string]simulator.Fault{
		"refused":       {Status: http.StatusBadRequest, Code: "BadRequest", Message: "Not now."},
		"cut":           {Truncate: true},
		"on its way":    {After: 2, Status: http.StatusBadRequest, Code: "BadRequest", Message: "Not now."},
		"of other rows": {Body: `{"value":[{"displayName":"no id"}]}`},
	}
	for kind, list := range lists {
		for name, fault := range faults {
			if name == "on its way" && kind != "users" {
				continue // it has one page
			}
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, options{users: 1100})
				fault.Path, fault.Query = list.path, list.query
				remove := w.cloud.Inject(fault)
				w.connect()
				s := w.state(kind)
				require.NotEqual(t, entity.Complete, s.State)
				for _, p := range s.Parts[1:] {
					assert.NotEqual(t, entity.Complete, p.State, p.Part)
				}
				remove()
				run := w.refresh(kind)
				assert.Equal(t, store.RunComplete, run.Status)
				for _, name := range list.parts {
					assert.Zero(t, part(run, kind, name).KeptFrom, "%s is read", name)
				}
				s = w.state(kind)
				assert.Equal(t, entity.Complete, s.State)
				assert.Empty(t, s.Columns)
				for _, r := range w.rows(kind) {
					for column, read := range r.Read {
						assert.True(t, read, "%s of %s", column, r.ID)
					}
				}
			})
		}
	}
}

// Our own pace is not Microsoft's refusal: what is known stays known.
func TestOurOwnPaceChangesNoState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.cloud.Inject(simulator.Fault{Path: "/reports/getOffice365ActiveUserDetail", Status: http.StatusForbidden, Code: "S2SUnauthorized", Message: "Invalid permission."})
	w.engine.Close()
	w.config.Pace = microsoft.NewPace(map[entity.Throttle]microsoft.Limit{
		entity.ThrottleReports: {{Requests: 10000, Per: time.Second}},
		entity.ThrottleUsage:   {{Requests: 2, Per: time.Hour}},
	})
	w.openEngine()
	w.connect()
	before := w.state("m365_active_users")
	require.NotEqual(t, entity.Complete, before.State)
	require.NotEqual(t, entity.Throttled, before.State)
	for range 3 {
		run := w.refresh("m365_active_users", "organization")
		assert.Equal(t, store.RunComplete, run.Status)
	}
	after := w.state("m365_active_users")
	assert.Equal(t, before.State, after.State)
	assert.Equal(t, before.Problem, after.Problem)
}
