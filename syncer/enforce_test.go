package syncer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/enforcement"
	"github.com/securatlas/securatlas/syncer/entity"
)

// verdict is what is stored for a user.
func (w *world) verdict(user string) (verdict, reason string) {
	w.t.Helper()
	def := w.store.Catalogue().Def("mfa_enforcement")
	row := w.row("mfa_enforcement", user)
	verdict, _ = row.Cell(def, "verdict").(string)
	reason, _ = row.Cell(def, "reason").(string)
	return verdict, reason
}

// agrees demands that the page about a user says what the table says.
func (w *world) agrees(user string) enforcement.Explanation {
	w.t.Helper()
	verdict, reason := w.verdict(user)
	x, asOf, err := w.engine.ExplainMFA(w.ctx, w.tenant.ID, user)
	require.NoError(w.t, err)
	assert.Equal(w.t, verdict, string(x.Verdict))
	assert.Equal(w.t, reason, x.Reason)
	assert.False(w.t, asOf.IsZero())
	return x
}

// onlyPolicies replaces the policies of the simulated directory.
func (w *world) onlyPolicies(policies ...map[string]any) {
	tenant := w.cloud.Tenant()
	for _, id := range tenant.PolicyIDs() {
		tenant.RemovePolicy(id)
	}
	for _, p := range policies {
		tenant.AddPolicy(p)
	}
}

type object = map[string]any

func requireMFA(name string, users object) object {
	return object{
		"displayName": name, "state": "enabled",
		"conditions":    object{"users": users, "applications": object{"includeApplications": []string{"All"}}},
		"grantControls": object{"operator": "OR", "builtInControls": []string{"mfa"}},
	}
}

func TestEnforcement(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tenant := w.cloud.Tenant()
	anyone := tenant.AddUser(object{"displayName": "Anyone"})
	nested := tenant.AddUser(object{"displayName": "Nested"})
	admin := tenant.AddUser(object{"displayName": "Admin"})
	perUser := tenant.AddUser(object{"displayName": "Per user"})
	guest := tenant.AddUser(object{"displayName": "Guest", "userType": "Guest", "userPrincipalName": "g_x.example#EXT#@contoso.com"})
	disabled := tenant.AddUser(object{"displayName": "Disabled", "accountEnabled": false})
	outer := tenant.AddGroup(object{"displayName": "Outer"})
	inner := tenant.AddGroup(object{"displayName": "Inner"})
	admins := tenant.AddGroup(object{"displayName": "Admins", "isAssignableToRole": true})
	require.True(t, tenant.AddMember(outer, inner))
	require.True(t, tenant.AddMember(inner, nested))
	require.True(t, tenant.AddMember(outer, perUser))
	require.True(t, tenant.AddMember(admins, admin))
	require.True(t, tenant.SetPerUserMfa(perUser, "enforced"))
	const globalReader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	tenant.AddRoleAssignment(object{"principalId": admins, "roleDefinitionId": globalReader, "directoryScopeId": "/"})
	w.onlyPolicies(
		requireMFA("Everyone", object{"includeUsers": []string{"All"}, "excludeGroups": []string{outer}, "excludeRoles": []string{globalReader}, "excludeUsers": []string{"GuestsOrExternalUsers"}}))
	w.connect()

	for _, c := range []struct{ user, verdict, reason string }{
		{anyone, "enforced", "“Everyone” requires MFA for all apps."},
		{nested, "not_enforced", "No Conditional Access policy requires MFA of this account. Security defaults are off. Per-user MFA is disabled. Nearly: “Everyone” excludes the group “Outer” through “Inner”."},
		{admin, "not_enforced", "No Conditional Access policy requires MFA of this account. Security defaults are off. Per-user MFA is disabled. Nearly: “Everyone” excludes the role “Global Reader” through the group “Admins”. Beside all policies, Microsoft requires MFA of everybody in its admin centers."},
		{guest, "not_enforced", "No Conditional Access policy requires MFA of this account. Security defaults are off. Per-user MFA is disabled. Nearly: “Everyone” excludes guests of its kind."},
		{perUser, "enforced", "Per-user MFA is enforced; its exceptions (trusted IPs, remembered devices, app passwords) cannot be read."},
		{disabled, "blocked", "The account is disabled and cannot sign in. If it is enabled: “Everyone” requires MFA for all apps."},
	} {
		verdict, reason := w.verdict(c.user)
		assert.Equal(t, c.verdict, verdict, c.user)
		assert.Equal(t, c.reason, reason)
		w.agrees(c.user)
	}
	x := w.agrees(nested)
	require.Len(t, x.Findings, 1)
	assert.Equal(t, "Everyone", x.Findings[0].PolicyName)
	assert.Equal(t, tenant.PolicyIDs(), []string{x.Findings[0].PolicyID})

	// Every user has a verdict, and the table can be narrowed by it.
	users, verdicts := w.rows("users"), w.rows("mfa_enforcement")
	require.Len(t, verdicts, len(users))
	def := w.store.Catalogue().Def("mfa_enforcement")
	for _, r := range verdicts {
		assert.NotEmpty(t, r.Cell(def, "verdict"))
		assert.NotEmpty(t, r.Cell(def, "computed_at"))
		assert.NotEmpty(t, r.Cell(def, "as_of"))
	}
	facets, err := w.store.Facets(w.ctx, w.tenant.ID, def)
	require.NoError(t, err)
	counted := 0
	for _, f := range facets["verdict"] {
		counted += f.Rows
	}
	assert.Equal(t, len(users), counted)
	assert.Equal(t, "enforced", facets["verdict"][0].Value, "of all values the most frequent first")

	// What changes in the directory changes the verdict with the next sync,
	// also one of a single kind.
	require.True(t, tenant.RemoveMember(inner, nested))
	w.sync("group_members")
	verdict, _ := w.verdict(nested)
	assert.Equal(t, "enforced", verdict)
	w.onlyPolicies()
	tenant.SetSecurityDefaults(true)
	w.sync("conditional_access_policies", "security_defaults")
	verdict, _ = w.verdict(anyone)
	assert.Equal(t, "not_assessed", verdict, "an empty list of policies is not believed before a second one agrees")
	w.sync("conditional_access_policies", "security_defaults")
	verdict, reason := w.verdict(anyone)
	assert.Equal(t, "partly", verdict)
	assert.Equal(t, "Security defaults are on: Microsoft requires MFA when it finds it necessary, not at every sign-in.", reason)

	// A user who is gone has no verdict; data that is deleted takes all along.
	require.True(t, tenant.RemoveUser(anyone))
	w.sync()
	_, _, err = w.engine.ExplainMFA(w.ctx, w.tenant.ID, anyone)
	require.ErrorIs(t, err, store.ErrNotFound)
	require.NoError(t, w.engine.Disconnect(w.ctx, by, w.tenant.ID))
	require.NoError(t, w.store.DeleteData(w.ctx, by, w.tenant.ID))
	assert.Empty(t, w.rows("mfa_enforcement"))
}

// TestEnforcement_WhatIsMissing takes the ingredients away one after the other.
func TestEnforcement_WhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tenant := w.cloud.Tenant()
	member := tenant.AddUser(object{"displayName": "Member"})
	other := tenant.AddUser(object{"displayName": "Other"})
	hidden := tenant.AddGroup(object{"displayName": "Hidden", "visibility": "HiddenMembership", "groupTypes": []string{"Unified"}, "mailEnabled": true})
	inside := tenant.AddGroup(object{"displayName": "Outside"})
	require.True(t, tenant.AddMember(inside, hidden))
	require.True(t, tenant.AddMember(hidden, other))
	require.True(t, tenant.AddMember(inside, member))
	w.onlyPolicies(requireMFA("Everyone", object{"includeUsers": []string{"All"}, "excludeGroups": []string{inside}}))
	w.connect()
	verdict, reason := w.verdict(other)
	assert.Equal(t, "not_assessed", verdict, "the group that is excluded has one whose members are hidden")
	assert.Equal(t, "Not assessed: needs the members of the group “Outside”. “Everyone” may apply to this account.", reason)
	verdict, _ = w.verdict(member)
	assert.Equal(t, "not_enforced", verdict, "known to be in the group")

	w.onlyPolicies(requireMFA("Staff", object{"includeRoles": []string{"62e90394-69f5-4237-9190-012177145e10"}}), requireMFA("Named", object{"includeUsers": []string{member}}))
	tenant.Revoke("RoleManagement.Read.Directory")
	tenant.Revoke("Directory.Read.All")
	w.sync()
	require.Equal(t, entity.NotPermitted, w.state("role_assignments").State)
	verdict, reason = w.verdict(other)
	assert.Equal(t, "not_assessed", verdict)
	assert.Equal(t, "Not assessed: needs the directory role assignments. “Staff” may apply to this account.", reason)
	verdict, _ = w.verdict(member)
	assert.Equal(t, "enforced", verdict, "whatever roles it has")
	assert.Equal(t, enforcement.Undecided, w.agrees(other).Findings[1].Relation)

	tenant.Revoke("Policy.Read.All")
	w.sync()
	verdict, reason = w.verdict(member)
	assert.Equal(t, "not_assessed", verdict)
	assert.Contains(t, reason, "Not assessed: needs the Conditional Access policies")
	w.agrees(member)
}
