package enforcement_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/enforcement"
)

func (c testCase) tenant() *enforcement.Tenant {
	t := &enforcement.Tenant{SecurityDefaults: c.defaults, Names: names, Missing: map[enforcement.Ingredient]bool{}, UnreadGroups: map[string]bool{}}
	for _, p := range c.policies {
		t.Policies = append(t.Policies, enforcement.NewPolicy([]byte(p)))
	}
	for _, m := range c.missing {
		t.Missing[m] = true
	}
	if t.Missing[enforcement.Policies] {
		for i := range t.Policies {
			t.Policies[i].Unconfirmed = true // none was read by an attempt that failed
		}
	}
	for _, g := range c.unread {
		t.UnreadGroups[g] = true
	}
	t.GroupRoles = c.groupRoles
	return t
}

func (c testCase) account() *enforcement.User {
	u := c.user
	u.ID = anna
	switch u.PerUserMFA {
	case "":
		u.PerUserMFA = "disabled"
	case "unread":
		u.PerUserMFA = ""
	}
	return &u
}

func TestCases(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, c := range slices.Concat(cases...) {
		require.False(t, seen[c.name], "two cases are called %q", c.name)
		seen[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := c.tenant().Explain(c.account())
			assert.Equal(t, c.verdict, x.Verdict)
			assert.Equal(t, c.reason, x.Reason)
			assert.Equal(t, c.verdict == enforcement.NotAssessed && !c.user.Agent, len(x.Needs) > 0, "needs %v", x.Needs)
			assert.Equal(t, x.Result, c.tenant().Judge(c.account()), "the explanation and the judgement differ")
			for i, relation := range c.relation {
				assert.Equal(t, relation, x.Findings[i].Relation, "policy %s: %s", x.Findings[i].PolicyName, x.Findings[i].Text)
			}
		})
	}
}

// TestMoreNeverLess holds the rule that the verdict rests on: adding a policy
// that is on to a case never weakens its verdict, and a policy that is off
// never changes it.
func TestMoreNeverLess(t *testing.T) {
	t.Parallel()
	strength := map[enforcement.Verdict]int{enforcement.NotEnforced: 0, enforcement.Partly: 1, enforcement.Enforced: 2, enforcement.Blocked: 3}
	all := slices.Concat(cases...)
	for _, c := range all {
		before := c.tenant().Judge(c.account())
		if before.Verdict == enforcement.NotAssessed {
			continue
		}
		for _, other := range all {
			if len(other.missing)+len(other.unread) > 0 {
				continue
			}
			more := c
			more.policies = slices.Concat(c.policies, other.policies)
			after := more.tenant().Judge(more.account())
			if after.Verdict != enforcement.NotAssessed {
				assert.GreaterOrEqual(t, strength[after.Verdict], strength[before.Verdict], "%q with the policies of %q", c.name, other.name)
			}
		}
	}
}

// TestTexts holds the sentences of the page that explains a verdict.
func TestTexts(t *testing.T) {
	t.Parallel()
	member := enforcement.User{Groups: []enforcement.Membership{{Group: staff}, {Group: breakGlass, Through: []string{services}}}}
	for want, c := range map[string]testCase{
		"Requires MFA for all apps. It includes all users.": {
			policies: []string{on("A", everyone, everything, mfa)}},
		"Requires MFA only for Office 365. It includes the group “Staff”.": {
			policies: []string{on("A", `{"includeGroups":["`+staff+`"]}`, `"applications":{"includeApplications":["Office365"]},`+anyClient, mfa)}, user: member},
		"Excludes the group “Break glass” through “Services”. Otherwise it requires MFA for all apps.": {
			policies: []string{on("A", `{"includeUsers":["All"],"excludeGroups":["`+breakGlass+`"]}`, everything, mfa)}, user: member},
		"Excludes this account itself, and is report-only. Otherwise it blocks sign-in for all apps.": {
			policies: []string{in("enabledForReportingButNotEnforced", "A", `{"includeUsers":["All"],"excludeUsers":["`+anna+`"]}`, everything, block)}},
		"Does not include this account, and is off.": {
			policies: []string{in("disabled", "A", `{"includeUsers":["`+bert+`"]}`, everything, mfa)}},
		"Is report-only: nothing is enforced. It includes all users and requires MFA for all apps.": {
			policies: []string{in("enabledForReportingButNotEnforced", "A", everyone, everything, mfa)}},
		"Is off. It may include this account and requires MFA for all apps.": {
			policies: []string{in("disabled", "A", `{"includeRoles":["`+globalAdmin+`"]}`, everything, mfa)}, missing: []enforcement.Ingredient{enforcement.Roles}},
		"May apply to this account: to tell needs the directory role assignments. If it does, it requires MFA for all apps.": {
			policies: []string{on("A", `{"includeRoles":["`+globalAdmin+`"]}`, everything, mfa)}, missing: []enforcement.Ingredient{enforcement.Roles}},
		"Requires MFA for all apps, unless the device is compliant or the device is hybrid joined. It includes all users.": {
			policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":["compliantDevice","mfa","domainJoinedDevice"]}`)}},
		"Requires a compliant device, which is not MFA, for all apps. It includes all users.": {
			policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":["compliantDevice"]}`)}},
		"Requires a compliant device or a hybrid joined device, which is not MFA, for all apps. It includes all users.": {
			policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":["compliantDevice","domainJoinedDevice"]}`)}},
		"Requires a compliant device and a hybrid joined device, which is not MFA, for all apps. It includes all users.": {
			policies: []string{on("A", everyone, everything, `{"operator":"AND","builtInControls":["compliantDevice","domainJoinedDevice"]}`)}},
		"Asks for nothing before sign-in: the control “an approved client app” no longer counts, since Microsoft retired it. It includes all users.": {
			policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":["approvedApplication"]}`)}},
		"Is for the accounts of agents and concerns no person.": {
			policies: []string{on("A", `{"includeUsers":["AllAgentIdUsers"]}`, everything, block)}},
		"Excludes the role “Directory Readers” through the group “Staff”. Otherwise it requires MFA for all apps.": {
			policies: []string{on("A", `{"includeUsers":["All"],"excludeRoles":["`+reader+`"]}`, everything, mfa)}, user: enforcement.User{Roles: []enforcement.Role{{Template: reader, Group: staff}}}},
		"Asks for nothing before sign-in. It includes all users.": {
			policies: []string{on("A", everyone, everything, `null`)}},
		"Targets no app and asks nothing. It includes all users.": {
			policies: []string{on("A", everyone, `"applications":{"includeApplications":["None"]},`+anyClient, mfa)}},
		"Is for service principals and concerns no user.": {
			policies: []string{on("A", `{}`, everything+`,"clientApplications":{"includeServicePrincipals":["x"]}`, block)}},
		"Cannot be read: its conditions are not what Microsoft documents.": {
			policies: []string{`{"id":"A","displayName":"A","state":"enabled","conditions":[1]}`}},
	} {
		x := c.tenant().Explain(c.account())
		assert.Equal(t, want, x.Findings[0].Text)
	}
}

// TestExplain_Eligible tells what turns round when a role is activated.
func TestExplain_Eligible(t *testing.T) {
	t.Parallel()
	may := enforcement.User{Eligible: []enforcement.Role{{Template: globalAdmin, Scope: "/"}, {Template: globalAdmin, Scope: "/"}, {Template: reader, Scope: "/administrativeUnits/1"}}}
	for name, c := range map[string]struct {
		testCase
		want []string
	}{
		"included by it": {testCase{policies: []string{on("A", adminsOnly, everything, mfa)}, user: may},
			[]string{"Eligible for “Global Administrator”: while it is activated, every sign-in has to pass MFA."}},
		"excluded by it": {testCase{policies: []string{on("A", allButAdmins, everything, mfa)}, user: may},
			[]string{"Eligible for “Global Administrator”: while it is activated, no sign-in has to pass MFA."}},
		"security defaults": {testCase{defaults: true, user: may},
			[]string{"Eligible for “Global Administrator”: while it is activated, every sign-in has to pass MFA."}},
		"no matter": {testCase{policies: []string{on("A", everyone, everything, mfa)}, user: may}, nil},
	} {
		x := c.tenant().Explain(c.account())
		assert.Equal(t, c.want, x.Eligible, name)
		without := c.testCase
		without.user.Eligible = nil
		assert.Equal(t, without.tenant().Judge(without.account()), x.Result, name)
	}
}

// BenchmarkJudge judges 100,000 users by 30 policies.
func BenchmarkJudge(b *testing.B) {
	var c testCase
	for i := range 30 {
		group := fmt.Sprintf("bbbbbbbb-0000-0000-0000-%012d", i)
		users := `{"includeUsers":["All"],"excludeGroups":["` + group + `"],"excludeRoles":["` + globalAdmin + `"]}`
		c.policies = append(c.policies, on(fmt.Sprintf("Policy %d", i), users, everything+`,"locations":{"includeLocations":["All"],"excludeLocations":["AllTrusted"]}`, mfa))
	}
	tenant := c.tenant()
	for b.Loop() {
		for i := range 100_000 {
			u := enforcement.User{ID: anna, PerUserMFA: "disabled", Groups: []enforcement.Membership{{Group: fmt.Sprintf("bbbbbbbb-0000-0000-0000-%012d", i%40)}}}
			tenant.Judge(&u)
		}
	}
}
