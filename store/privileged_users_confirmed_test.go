package store_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// confirmed are the privileged users by name and group, and whether the newest
// sync confirmed each.
func (d directory) confirmed() map[string]bool {
	d.t.Helper()
	def := d.Catalogue().Def("privileged_users")
	got := map[string]bool{}
	for key, r := range d.privileged(false) {
		yes, ok := r.Cell(def, "confirmed").(bool)
		require.True(d.t, ok, key)
		got[key] = yes
	}
	return got
}

// leave ends a list of members with those of one group not read.
func (d directory) leave(group string) {
	d.t.Helper()
	def := d.Catalogue().Def("group_members")
	run, _, err := d.StartRun(ctx, store.NewRun{TenantID: d.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{def.Kind}})
	require.NoError(d.t, err)
	w, err := d.BeginPart(ctx, store.PartRef{TenantID: d.tenant.ID, RunID: run.ID, Def: def, Part: &def.Parts[0]})
	require.NoError(d.t, err)
	require.NoError(d.t, w.Leave(ctx, []store.Gap{{ParentID: group, Relation: "member", Reason: store.GapFailed}}))
	_, err = w.Incomplete(ctx, &entity.Problem{Class: entity.ClassSource, Code: "x", Message: "Some failed."}, store.Traffic{})
	require.NoError(d.t, err)
	require.NoError(d.t, d.FinishRun(ctx, run.ID, store.RunComplete, nil))
}

// TestPrivilegedUsers_Confirmed says of each row whether the newest sync
// confirmed it: the assignment, and of a role through a group every step of one
// way into it.
func TestPrivilegedUsers_Confirmed(t *testing.T) {
	t.Parallel()
	failed := &entity.Problem{Class: entity.ClassSource, Code: "x", Message: "It failed."}
	for name, c := range map[string]struct {
		then func(d directory)
		not  []string // whose rows are not confirmed
	}{
		"everything was read":                 {func(directory) {}, nil},
		"role assignments failed":             {func(d directory) { d.readPart("role_assignments", "list", failed) }, []string{"Direct", "Member", "Nested", "Both"}},
		"PIM assignments failed":              {func(d directory) { d.readPart("role_eligibility", "list", failed) }, []string{"Eligible"}},
		"groups failed":                       {func(d directory) { d.readPart("groups", "list", failed) }, []string{"Member", "Nested", "Both"}},
		"members failed":                      {func(d directory) { d.readPart("group_members", "list", failed) }, []string{"Member", "Nested", "Both"}},
		"the group's own members failed":      {func(d directory) { d.leave("g-outer") }, []string{"Member", "Nested", "Both"}},
		"the members of one within it failed": {func(d directory) { d.leave("g-inner") }, []string{"Nested"}},
		"registrations failed":                {func(d directory) { d.readPart("mfa_registrations", "list", failed) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDirectory(t)
			var users []object
			for _, who := range []string{"Direct", "Eligible", "Member", "Nested", "Both"} {
				users = append(users, object{"id": "u-" + who, "displayName": who})
			}
			d.read("users", users...)
			d.read("groups", object{"id": "g-outer", "displayName": "Outer"}, object{"id": "g-inner", "displayName": "Inner"})
			d.read("role_definitions", object{"id": globalAdmin, "templateId": globalAdmin, "displayName": "Global Administrator", "isBuiltIn": true})
			d.read("role_assignments",
				object{"id": "a1", "principalId": "u-Direct", "roleDefinitionId": globalAdmin, "directoryScopeId": "/"},
				object{"id": "a2", "principalId": "g-outer", "roleDefinitionId": globalAdmin, "directoryScopeId": "/"})
			d.read("role_eligibility", object{"id": "e1", "principalId": "u-Eligible", "roleDefinitionId": globalAdmin, "directoryScopeId": "/", "memberType": "Direct"})
			d.edges("g-outer u-Member", "g-outer g-inner", "g-inner u-Nested", "g-inner u-Both", "g-outer u-Both")
			d.read("mfa_registrations")
			c.then(d)
			got := d.confirmed()
			require.Len(t, got, 5)
			for key, yes := range got {
				who, _, _ := strings.Cut(key, " ")
				want := true
				for _, not := range c.not {
					want = want && not != who
				}
				assert.Equal(t, want, yes, key)
			}
		})
	}
}

// TestPrivilegedUsers_Verdict: the verdict beside is that of the account, and
// current while it was decided from what was read last.
func TestPrivilegedUsers_Verdict(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	d.read("users", object{"id": "u", "displayName": "Admin"}, object{"id": "w", "displayName": "Waiting"}, object{"id": "n", "displayName": "New"})
	for _, kind := range []string{"groups", "group_members", "conditional_access_policies", "security_defaults", "named_locations"} {
		d.read(kind)
	}
	var assignments []object
	for _, id := range []string{"u", "w", "n"} {
		assignments = append(assignments, object{"id": "a-" + id, "principalId": id, "roleDefinitionId": globalAdmin, "directoryScopeId": "/"})
	}
	d.read("role_assignments", assignments...)
	compute := func() {
		states, err := d.MFAStates(ctx, d.tenant.ID)
		require.NoError(t, err)
		now := store.MFAComputed{At: d.Now(), AsOf: d.Now(), Rules: 1, States: states}
		require.NoError(t, d.SaveMFAVerdicts(ctx, d.tenant.ID, 1, now, now, []store.MFAVerdict{
			{UserID: "u", Verdict: "enforced", Reason: "x"}, {UserID: "w", Verdict: "not_assessed", Reason: "y", Needs: []string{"more"}}}))
		require.NoError(t, d.EndMFAVerdicts(ctx, d.tenant.ID, now))
	}
	says := func() map[string][2]any {
		def := d.Catalogue().Def("privileged_users")
		got := map[string][2]any{}
		for _, r := range d.privileged(false) {
			got[r.Cell(def, "user_id").(string)] = [2]any{r.Cell(def, "verdict"), r.Cell(def, "verdict_current")}
		}
		return got
	}
	assert.Equal(t, map[string][2]any{"u": {nil, nil}, "w": {nil, nil}, "n": {nil, nil}}, says())
	compute()
	assert.Equal(t, map[string][2]any{"u": {"enforced", true}, "w": {"not_assessed", false}, "n": {nil, nil}}, says())
	for _, kind := range []string{"users", "groups", "group_members", "conditional_access_policies", "security_defaults", "role_assignments"} {
		objects := []object{}
		switch kind {
		case "users":
			objects = []object{{"id": "u", "displayName": "Admin"}, {"id": "w", "displayName": "Waiting"}, {"id": "n", "displayName": "New"}}
		case "role_assignments":
			objects = assignments
		}
		d.read(kind, objects...)
		assert.Equal(t, [2]any{"enforced", false}, says()["u"], "%s was read since", kind)
		state, err := d.EntityState(ctx, d.tenant.ID, "privileged_users")
		require.NoError(t, err)
		var gap string
		for _, g := range state.Columns {
			if g.Column == "verdict" {
				gap = g.Why
			}
		}
		assert.Contains(t, gap, "since the verdicts were computed", kind)
		compute()
		assert.Equal(t, [2]any{"enforced", true}, says()["u"], kind)
	}
}

// TestPrivilegedUsers_Omitted: what holds a role and is no user is counted, by
// active and eligible assignments, and eligible members of groups that have one
// are said not to be read.
func TestPrivilegedUsers_Omitted(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	def := d.Catalogue().Def("privileged_users")
	omitted := func() map[string]int {
		all, err := d.Omitted(ctx, d.tenant.ID, def)
		require.NoError(t, err)
		got := map[string]int{}
		for _, o := range all {
			got[o.Name] = o.Rows
		}
		return got
	}
	assert.Empty(t, omitted())
	of := func(id, typ string) object {
		o := object{"id": id, "principalId": "p-" + id, "roleDefinitionId": globalAdmin, "directoryScopeId": "/", "principal": nil}
		if typ != "" {
			o["principal"] = object{"@odata.type": "#microsoft.graph." + typ, "displayName": id}
		}
		return o
	}
	d.read("role_assignments", of("1", "user"))
	assert.Empty(t, omitted())
	d.read("role_assignments", of("1", "user"), of("2", "servicePrincipal"), of("3", "servicePrincipal"), of("4", ""), of("5", "agentIdentity"))
	assert.Equal(t, map[string]int{"applications": 2, "deleted_principals": 1, "agents": 1}, omitted())
	d.read("role_eligibility", of("6", ""), of("7", "group"))
	assert.Equal(t, map[string]int{"applications": 2, "deleted_principals": 1, "agents": 1, "pim_deleted_principals": 1, "eligible_members_of_groups": 1}, omitted())
}
