package syncer

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

// TestRenewStaleMFA: where a process died after it had stored a list and before
// it computed the verdicts, they say so, and the next process computes them
// without another sync.
func TestRenewStaleMFA(t *testing.T) {
	t.Parallel()
	type object = map[string]any
	policy := func(state string) func(int) any {
		return func(int) any {
			return object{
				"id": "p", "displayName": "Everyone", "state": state,
				"conditions":    object{"users": object{"includeUsers": []string{"All"}}, "applications": object{"includeApplications": []string{"All"}}},
				"grantControls": object{"operator": "OR", "builtInControls": []string{"mfa"}},
			}
		}
	}
	user := func(enabled bool) func(int) any {
		return func(int) any { return object{"id": "u", "displayName": "Person", "accountEnabled": enabled} }
	}
	for name, c := range map[string]struct {
		kind string
		then func(int) any
		want string
	}{
		"a policy":      {"conditional_access_policies", policy("disabled"), "not_enforced"},
		"a user":        {"users", user(false), "blocked"},
		"no role":       {"role_assignments", nil, "enforced"},
		"no membership": {"group_members", nil, "enforced"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := storetest.Open(t, storetest.WithCatalogue(entities.All()))
			tenant, err := st.CreateTenant(t.Context(), store.Actor{Name: "test"}, "Contoso", "")
			require.NoError(t, err)
			n := func(object func(int) any) int {
				if object == nil {
					return 0
				}
				return 1
			}
			fill(t, st, tenant.ID, "users", "list", 1, user(true))
			fill(t, st, tenant.ID, "users", perUserPart, 1, func(int) any { return object{"id": "u", "perUserMfaState": "disabled"} })
			for kind, first := range map[string]func(int) any{
				"groups": nil, "group_members": nil, "role_assignments": nil, "named_locations": nil,
				"conditional_access_policies": policy("enabled"),
				"security_defaults":           func(int) any { return object{"id": "d", "isEnabled": false} },
			} {
				fill(t, st, tenant.ID, kind, "list", n(first), first)
			}
			engine := New(Config{Store: st})
			t.Cleanup(engine.Close)
			says := func() (entity.State, any) {
				def := st.Catalogue().Def(enforcementKind)
				state, err := st.EntityState(t.Context(), tenant.ID, enforcementKind)
				require.NoError(t, err)
				row, err := st.Row(t.Context(), tenant.ID, def, "u")
				require.NoError(t, err)
				return state.State, row.Cell(def, "verdict")
			}
			require.NoError(t, engine.renewStaleMFA(t.Context()))
			state, verdict := says()
			require.Equal(t, entity.Complete, state)
			require.Equal(t, "enforced", verdict)

			fill(t, st, tenant.ID, c.kind, "list", n(c.then), c.then)
			state, verdict = says()
			assert.Equal(t, entity.Partial, state)
			assert.Equal(t, "enforced", verdict)
			require.NoError(t, engine.renewStaleMFA(t.Context()))
			state, verdict = says()
			assert.Equal(t, entity.Complete, state)
			assert.Equal(t, c.want, verdict)
		})
	}
}
