package syncer_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/enforcement"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

const globalReader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"

// refused is an answer by which Microsoft refuses a path.
func refused(path string) simulator.Fault {
	return simulator.Fault{Path: path, Status: http.StatusForbidden, Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation."}
}

// judgement is what the table of verdicts says of a user, and the page about it.
type judgement struct {
	verdict, last, needs string
	lastAsOf, asOf       time.Time
}

func (w *world) judged(user string) (m judgement) {
	w.t.Helper()
	def := w.store.Catalogue().Def("mfa_enforcement")
	row := w.row("mfa_enforcement", user)
	text := func(column string) string { s, _ := row.Cell(def, column).(string); return s }
	at := func(column string) time.Time {
		if text(column) == "" {
			return time.Time{}
		}
		t, err := time.Parse(time.RFC3339, text(column))
		require.NoError(w.t, err)
		return t
	}
	m = judgement{verdict: text("verdict"), last: text("last_verdict"), needs: text("needs"), lastAsOf: at("last_verdict_as_of"), asOf: at("as_of")}
	x, _, err := w.engine.ExplainMFA(w.ctx, w.tenant.ID, user)
	require.NoError(w.t, err)
	assert.Equal(w.t, m.verdict, string(x.Verdict), "the page and the table disagree")
	return m
}

// TestEnforcement_EachIngredientFails: an ingredient that the newest attempt
// could not read decides nothing any more, neither by what was in it nor by what
// was not; what does not turn on it stays. The last known verdict stands beside,
// as of the oldest list that it rested on, and no change is noted of an account
// of which nothing is known to have changed.
func TestEnforcement_EachIngredientFails(t *testing.T) {
	t.Parallel()
	const in, out, role, named, anyone = "in a group", "in a group that is excluded", "with a role", "named", "anyone"
	for name, c := range map[string]struct {
		path    string            // of the list that is refused; {group} is the included one, {out} the excluded one
		unknown map[string]string // who is not assessed, and what it needs
	}{
		"one group's members":       {"/groups/{group}/members", map[string]string{in: "the members of the group “In”", anyone: "the members of the group “In”"}},
		"an excluded group's":       {"/groups/{out}/members", map[string]string{in: "the members of the group “Out”", out: "the members of the group “Out”"}},
		"every group's members":     {"/groups/*/members", map[string]string{in: "the members of the group “In”", out: "the members of the group “Out”", anyone: "the members of the group “In”"}},
		"the list of groups":        {"/groups", map[string]string{in: "the group memberships", out: "the group memberships", anyone: "the group memberships"}},
		"the role assignments":      {"/roleManagement/directory/roleAssignments", map[string]string{role: "the directory role assignments", out: "the directory role assignments", anyone: "the directory role assignments"}},
		"the policies":              {"/identity/conditionalAccess/policies", map[string]string{in: "the Conditional Access policies", out: "the Conditional Access policies", role: "the Conditional Access policies", named: "the Conditional Access policies", anyone: "the Conditional Access policies"}},
		"the users":                 {"/users", map[string]string{out: "the list of users", anyone: "the list of users"}},
		"the registrations of none": {"/reports/authenticationMethods/userRegistrationDetails", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			tenant := w.cloud.Tenant()
			users := map[string]string{}
			for _, who := range []string{in, out, role, named, anyone} {
				users[who] = tenant.AddUser(object{"displayName": who})
			}
			group, excluded := tenant.AddGroup(object{"displayName": "In"}), tenant.AddGroup(object{"displayName": "Out"})
			require.True(t, tenant.AddMember(group, users[in]))
			require.True(t, tenant.AddMember(group, users[out]))
			require.True(t, tenant.AddMember(excluded, users[out]))
			tenant.AddRoleAssignment(object{"principalId": users[role], "roleDefinitionId": globalReader, "directoryScopeId": "/"})
			w.onlyPolicies(
				requireMFA("Group", object{"includeGroups": []string{group}, "excludeGroups": []string{excluded}}),
				requireMFA("Role", object{"includeRoles": []string{globalReader}}),
				requireMFA("Named", object{"includeUsers": []string{users[named]}}))
			w.connect()
			before := map[string]judgement{}
			for who, want := range map[string]string{in: "enforced", out: "not_enforced", role: "enforced", named: "enforced", anyone: "not_enforced"} {
				before[who] = w.judged(users[who])
				require.Equal(t, want, before[who].verdict, who)
			}

			path := map[string]string{"/groups/{group}/members": "/groups/" + group + "/members", "/groups/{out}/members": "/groups/" + excluded + "/members"}[c.path]
			if path == "" {
				path = c.path
			}
			restore := w.cloud.Inject(refused(path))
			w.sync()
			for who, was := range before {
				now := w.judged(users[who])
				need := c.unknown[who]
				if need == "" {
					assert.Equal(t, was.verdict, now.verdict, "nothing turns on it for whoever is %s", who)
					continue
				}
				assert.Equal(t, "not_assessed", now.verdict, who)
				assert.Contains(t, now.needs, need, who)
				assert.Equal(t, was.verdict, now.last, who)
				assert.Equal(t, was.asOf, now.lastAsOf, who)
			}
			restore()
			w.sync()
			for who, was := range before {
				assert.Equal(t, was.verdict, w.judged(users[who]).verdict, who)
				changes, err := w.store.Changes(w.ctx, w.tenant.ID, "mfa_enforcement", users[who], 0, 5)
				require.NoError(t, err)
				assert.Empty(t, changes, who)
			}
		})
	}
}

// TestEnforcement_OldPresence: what a complete list lacks, and what is not
// removed yet, is a maybe row by row; whoever it still shows is certain.
func TestEnforcement_OldPresence(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tenant := w.cloud.Tenant()
	for _, id := range tenant.GroupIDs() {
		tenant.RemoveGroup(id)
	}
	group := tenant.AddGroup(object{"displayName": "Many"})
	var members []string
	for i := range 60 {
		members = append(members, tenant.AddUser(object{"displayName": fmt.Sprint("Member ", i)}))
		require.True(t, tenant.AddMember(group, members[i]))
	}
	w.onlyPolicies(requireMFA("Group", object{"includeGroups": []string{group}}))
	w.connect()
	for _, id := range members[:40] {
		require.True(t, tenant.RemoveMember(group, id))
	}
	w.sync()
	require.Equal(t, entity.Held, w.state("group_members").State)
	left := w.judged(members[0])
	assert.Equal(t, "not_assessed", left.verdict)
	assert.Equal(t, "enforced", left.last)
	assert.Equal(t, "enforced", w.judged(members[59]).verdict, "the newest list shows it")

	held, err := w.store.Held(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	require.Len(t, held, 1)
	_, err = w.store.ConfirmHeld(w.ctx, by, w.tenant.ID, held[0].Kind, held[0].Set)
	require.NoError(t, err)
	state := w.state("mfa_enforcement")
	assert.Equal(t, entity.Partial, state.State, "decided about since the verdicts were computed")
	w.refresh("mfa_registrations")
	assert.Equal(t, entity.Complete, w.state("mfa_enforcement").State)
	assert.Equal(t, "not_enforced", w.judged(members[0]).verdict)
}

// TestEnforcement_HiddenByNow: a group whose members Microsoft no longer shows
// keeps the old ones, and nobody's verdict rests on them.
func TestEnforcement_HiddenByNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tenant := w.cloud.Tenant()
	tenant.Grant("Member.Read.Hidden")
	user := tenant.AddUser(object{"displayName": "Member"})
	group := tenant.AddGroup(object{"displayName": "Hidden", "visibility": "HiddenMembership", "groupTypes": []string{"Unified"}, "mailEnabled": true})
	require.True(t, tenant.AddMember(group, user))
	w.onlyPolicies(requireMFA("Group", object{"includeGroups": []string{group}}))
	w.connect()
	require.Equal(t, "enforced", w.judged(user).verdict)
	tenant.Revoke("Member.Read.Hidden")
	w.sync()
	now := w.judged(user)
	assert.Equal(t, "not_assessed", now.verdict)
	assert.Equal(t, "enforced", now.last)
	gap := w.state("group_members").Columns
	require.Len(t, gap, 1)
	assert.Equal(t, []string{"Member.Read.Hidden"}, gap[0].Needs)
	assert.Contains(t, gap[0].Why, "not read, needs Member.Read.Hidden")
}

// TestEnforcement_UnchangedWritesNothing: where nothing has changed, the verdicts
// are as of the newest lists, and none is computed or written.
func TestEnforcement_UnchangedWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	user := w.cloud.Tenant().AddUser(object{"displayName": "Anyone"})
	w.onlyPolicies(requireMFA("Everyone", object{"includeUsers": []string{"All"}}))
	w.connect()
	computed := func() string {
		c, err := w.store.MFAComputed(w.ctx, w.tenant.ID)
		require.NoError(t, err)
		return c.States
	}
	before := computed()
	w.refresh()
	assert.NotEqual(t, before, computed())
	assert.Equal(t, entity.Complete, w.state("mfa_enforcement").State)
	assert.Equal(t, "enforced", w.judged(user).verdict)
}

// TestEnforcement_Agent: the account of an agent is not judged as a person.
func TestEnforcement_Agent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tenant := w.cloud.Tenant()
	agent := tenant.AddUser(object{"displayName": "Agent", "identityParentId": "aaaaaaaa-0000-0000-0000-00000000a9e7"})
	person := tenant.AddUser(object{"displayName": "Person"})
	w.onlyPolicies(
		requireMFA("Everyone", object{"includeUsers": []string{"All"}, "excludeUsers": []string{"AllAgentIdUsers"}}),
		object{
			"displayName": "Block agents", "state": "enabled",
			"conditions":    object{"users": object{"includeUsers": []string{"AllAgentIdUsers"}}, "applications": object{"includeApplications": []string{"All"}}},
			"grantControls": object{"operator": "OR", "builtInControls": []string{"block"}},
		})
	w.connect()
	assert.Equal(t, "not_assessed", w.judged(agent).verdict)
	_, reason := w.verdict(agent)
	assert.Contains(t, reason, "An agent: signs in without a person")
	assert.Equal(t, "enforced", w.judged(person).verdict)
	def := w.store.Catalogue().Def("mfa_enforcement")
	assert.Equal(t, true, w.row("mfa_enforcement", agent).Cell(def, "is_agent"))
	assert.Equal(t, false, w.row("mfa_enforcement", person).Cell(def, "is_agent"))
	x := w.agrees(person)
	for _, f := range x.Findings {
		if f.PolicyName == "Block agents" {
			assert.Equal(t, enforcement.OnlyAgents, f.Relation)
		}
	}
}

// TestExplainMFA_Eligible: the page tells what turns round when a role is
// activated that the user, or a group around it, is eligible for.
func TestExplainMFA_Eligible(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tenant := w.cloud.Tenant()
	own, inGroup, other := tenant.AddUser(object{"displayName": "Own"}), tenant.AddUser(object{"displayName": "In group"}), tenant.AddUser(object{"displayName": "Other"})
	outer, inner := tenant.AddGroup(object{"displayName": "Outer", "isAssignableToRole": true}), tenant.AddGroup(object{"displayName": "Inner"})
	require.True(t, tenant.AddMember(outer, inner))
	require.True(t, tenant.AddMember(inner, inGroup))
	for _, principal := range []string{own, outer} {
		tenant.AddEligibility(object{"principalId": principal, "roleDefinitionId": globalReader, "directoryScopeId": "/"})
	}
	w.onlyPolicies(requireMFA("Readers", object{"includeRoles": []string{globalReader}}))
	w.connect()
	for user, want := range map[string][]string{
		own:     {"Eligible for “Global Reader”: while it is activated, every sign-in has to pass MFA."},
		inGroup: {"Eligible for “Global Reader”: while it is activated, every sign-in has to pass MFA."},
		other:   nil,
	} {
		assert.Equal(t, "not_enforced", w.judged(user).verdict)
		assert.Equal(t, want, w.agrees(user).Eligible)
	}
}
