package syncer

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

// One operation is the verdicts on 100,000 users by 30 policies, each of which
// excludes a group with a group within, of 20,000 groups with 400,000 members.
func BenchmarkEnforce(b *testing.B) {
	const users, groups, edges, policies = 100_000, 20_000, 400_000, 30
	st := storetest.Open(b, storetest.WithCatalogue(entities.All()))
	tenant, err := st.CreateTenant(b.Context(), store.Actor{Name: "bench"}, "Contoso", "")
	require.NoError(b, err)
	user := func(i int) string { return fmt.Sprintf("aaaaaaaa-0000-0000-0000-%012d", i) }
	group := func(i int) string { return fmt.Sprintf("bbbbbbbb-0000-0000-0000-%012d", i) }
	type object = map[string]any
	fill(b, st, tenant.ID, "users", "list", users, func(i int) any {
		return object{"id": user(i), "displayName": fmt.Sprintf("User %d", i), "userType": "Member", "accountEnabled": true}
	})
	fill(b, st, tenant.ID, "users", perUserPart, users, func(i int) any { return object{"id": user(i), "perUserMfaState": "disabled"} })
	fill(b, st, tenant.ID, "groups", "list", groups, func(i int) any { return object{"id": group(i), "displayName": fmt.Sprintf("Group %d", i)} })
	fill(b, st, tenant.ID, "group_members", "list", edges+policies, func(i int) any {
		edge := object{"id": user(i % users), "@odata.type": "#microsoft.graph.user", entity.RelationPath: "member", entity.ParentPath: group((i*7 + i/users) % groups)}
		if i >= edges {
			edge["id"], edge["@odata.type"], edge[entity.ParentPath] = group(i-edges+policies), "#microsoft.graph.group", group(i-edges)
		}
		return edge
	})
	fill(b, st, tenant.ID, "conditional_access_policies", "list", policies, func(i int) any {
		return object{
			"id": fmt.Sprintf("cccccccc-0000-0000-0000-%012d", i), "displayName": fmt.Sprintf("Policy %d", i), "state": "enabled",
			"conditions": object{
				"users":        object{"includeUsers": []string{"All"}, "excludeGroups": []string{group(i)}},
				"applications": object{"includeApplications": []string{"All"}},
				"locations":    object{"includeLocations": []string{"All"}, "excludeLocations": []string{"AllTrusted"}},
			},
			"grantControls": object{"operator": "OR", "builtInControls": []string{"mfa"}},
		}
	})
	fill(b, st, tenant.ID, "security_defaults", "list", 1, func(int) any { return object{"id": "1", "isEnabled": false} })
	fill(b, st, tenant.ID, "role_assignments", "list", 0, nil)
	engine := New(Config{Store: st})
	b.Cleanup(engine.Close)
	for b.Loop() {
		_, err := engine.renewMFA(b.Context(), tenant.ID, 1, true)
		require.NoError(b, err)
	}
	b.StopTimer()
	page, err := st.Rows(b.Context(), store.Query{TenantID: tenant.ID, Def: st.Catalogue().Def(enforcementKind), Conditions: []store.Condition{{Column: "verdict", Op: store.OpEqual, Value: "partly"}}})
	require.NoError(b, err)
	require.True(b, page.Capped, "nearly all of them are partly covered")
}

// fill stores n objects as a complete list.
func fill(b testing.TB, st *store.Store, tenantID int64, kind, part string, n int, object func(i int) any) {
	b.Helper()
	def := st.Catalogue().Def(kind)
	run, _, err := st.StartRun(b.Context(), store.NewRun{TenantID: tenantID, Trigger: store.TriggerManual, Kinds: []string{kind}})
	require.NoError(b, err)
	w, err := st.BeginPart(b.Context(), store.PartRef{TenantID: tenantID, RunID: run.ID, Def: def, Part: def.Part(part)})
	require.NoError(b, err)
	for from := 0; from < n; from += 5000 {
		var rows []entity.Row
		for i := from; i < min(from+5000, n); i++ {
			raw, err := json.Marshal(object(i))
			require.NoError(b, err)
			row, err := def.Decode(part, raw)
			require.NoError(b, err)
			if kind == "group_members" {
				row.ID = fmt.Sprint(i)
			}
			rows = append(rows, row)
		}
		_, err := w.Put(b.Context(), rows, store.Traffic{})
		require.NoError(b, err)
	}
	_, err = w.Complete(b.Context(), store.Traffic{})
	require.NoError(b, err)
	require.NoError(b, st.FinishRun(b.Context(), run.ID, store.RunComplete, nil))
}
