package enforcement_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/enforcement"
)

// step is an assessment of one account, and what the history is told after it.
type step struct {
	testCase
	changed bool
	verdict enforcement.Verdict // that the next one is compared with, "" = none
	grounds string
}

func TestSettle(t *testing.T) {
	t.Parallel()
	all := on("A", everyone, everything, mfa)
	renamed := on("A", everyone, everything, `{"operator":"OR","builtInControls":["mfa"],"termsOfUse":[]}`)
	another := on("B", everyone, everything, mfa)
	off := in("disabled", "A", everyone, everything, mfa)
	excluding := on("A", `{"includeUsers":["All"],"excludeGroups":["`+breakGlass+`"]}`, everything, mfa)
	blocking := on("C", `{"includeUsers":["All"],"excludeGroups":["`+breakGlass+`"]}`, everything, block)
	some := on("A", everyone, `"applications":{"includeApplications":["Office365"]},`+anyClient, mfa)
	others := on("A", everyone, `"applications":{"includeApplications":["None","11111111-0000-0000-0000-000000000001"]},`+anyClient, mfa)
	narrow := on("A", `{"includeGroups":["`+staff+`"],"excludeGroups":["`+breakGlass+`"]}`, everything, mfa)
	both := enforcement.User{Groups: []enforcement.Membership{{Group: staff}, {Group: breakGlass}}}
	perhaps := enforcement.User{Groups: []enforcement.Membership{{Group: staff, Unconfirmed: true}, {Group: breakGlass}}}
	inside := enforcement.User{Groups: []enforcement.Membership{{Group: breakGlass}}}
	noPolicies := []enforcement.Ingredient{enforcement.Policies}
	noMembers := []enforcement.Ingredient{enforcement.Memberships}

	for name, steps := range map[string][]step{
		"the first is a baseline, a policy that is disabled a change": {
			{testCase{policies: []string{all}}, false, enforcement.Enforced, "policies"},
			{testCase{policies: []string{all}}, false, enforcement.Enforced, "policies"},
			{testCase{policies: []string{off}}, true, enforcement.NotEnforced, "nothing"},
			{testCase{policies: []string{all}}, true, enforcement.Enforced, "policies"},
		},
		"an exclusion of the account": {
			{testCase{policies: []string{excluding}}, false, enforcement.Enforced, "policies"},
			{testCase{policies: []string{excluding}, user: inside}, true, enforcement.NotEnforced, "excluded"},
			{testCase{policies: []string{off}, user: inside}, true, enforcement.NotEnforced, "nothing"},
		},
		"another policy, another wording or another list of apps is the same": {
			{testCase{policies: []string{all}}, false, enforcement.Enforced, "policies"},
			{testCase{policies: []string{renamed, another}}, false, enforcement.Enforced, "policies"},
			{testCase{policies: []string{another}}, false, enforcement.Enforced, "policies"},
			{testCase{policies: []string{some}}, true, enforcement.Partly, "policies"},
			{testCase{policies: []string{others}}, false, enforcement.Partly, "policies"},
		},
		"from security defaults to a policy": {
			{testCase{defaults: true}, false, enforcement.Partly, "security_defaults"},
			{testCase{policies: []string{all}}, true, enforcement.Enforced, "policies"},
		},
		"what is not read for a while changes nothing": {
			{testCase{policies: []string{all}}, false, enforcement.Enforced, "policies"},
			{testCase{missing: noPolicies}, false, enforcement.Enforced, "policies"},
			{testCase{policies: []string{excluding}, missing: noMembers}, false, enforcement.Enforced, "policies"},
			{testCase{policies: []string{all}}, false, enforcement.Enforced, "policies"},
		},
		"what changed meanwhile is told when it is read again": {
			{testCase{policies: []string{all}}, false, enforcement.Enforced, "policies"},
			{testCase{missing: noPolicies}, false, enforcement.Enforced, "policies"},
			{testCase{policies: []string{off}}, true, enforcement.NotEnforced, "nothing"},
		},
		"excluded for certain, and included perhaps": {
			{testCase{policies: []string{narrow}, user: both}, false, enforcement.NotEnforced, "excluded"},
			{testCase{policies: []string{narrow}, user: perhaps}, false, enforcement.NotEnforced, "excluded"},
			{testCase{policies: []string{narrow}, user: both}, false, enforcement.NotEnforced, "excluded"},
		},
		"a baseline needs a verdict": {
			{testCase{missing: noPolicies}, false, "", ""},
			{testCase{policies: []string{off}}, false, enforcement.NotEnforced, "nothing"},
		},
		"other grounds because the others were not read": {
			{testCase{policies: []string{all}, user: enforcement.User{PerUserMFA: "enforced"}}, false, enforcement.Enforced, "policies per_user_mfa"},
			{testCase{missing: noPolicies, user: enforcement.User{PerUserMFA: "enforced"}}, false, enforcement.Enforced, "policies per_user_mfa"},
			{testCase{policies: []string{all}, user: enforcement.User{PerUserMFA: "unread"}}, false, enforcement.Enforced, "policies per_user_mfa"},
			{testCase{policies: []string{all}}, true, enforcement.Enforced, "policies"},
		},
		"enforced where a block may not have been read": {
			{testCase{policies: []string{all, blocking}}, false, enforcement.Blocked, "policies"},
			{testCase{policies: []string{all, blocking}, missing: noMembers}, false, enforcement.Blocked, "policies"},
			{testCase{policies: []string{all}}, true, enforcement.Enforced, "policies"},
		},
		"no baseline where a block may not have been read": {
			{testCase{policies: []string{all, blocking}, missing: noMembers}, false, "", ""},
			{testCase{policies: []string{all, blocking}}, false, enforcement.Blocked, "policies"},
		},
		"an account that is disabled, whatever is missing": {
			{testCase{policies: []string{all}}, false, enforcement.Enforced, "policies"},
			{testCase{missing: noPolicies, user: enforcement.User{Disabled: true}}, true, enforcement.Blocked, "disabled"},
			{testCase{policies: []string{off}, user: enforcement.User{Disabled: true}}, false, enforcement.Blocked, "disabled"},
		},
	} {
		var last *enforcement.Settled
		for i, s := range steps {
			r := s.tenant().Judge(s.account())
			now, changed := r.Settle(last)
			assert.Equal(t, s.changed, changed, "%s: step %d, %+v", name, i, r)
			if s.verdict == "" {
				require.Nil(t, now, "%s: step %d", name, i)
				continue
			}
			require.NotNil(t, now, "%s: step %d", name, i)
			assert.Equal(t, s.verdict, now.Verdict, "%s: step %d", name, i)
			assert.Equal(t, s.grounds, now.Grounds, "%s: step %d", name, i)
			last = now
		}
	}
}

// TestSettle_OtherRules: what our own rules make of an account is no change of
// its protection.
func TestSettle_OtherRules(t *testing.T) {
	t.Parallel()
	none := testCase{}
	r := none.tenant().Judge(none.account())
	now, changed := r.Settle(&enforcement.Settled{Verdict: enforcement.Enforced, Grounds: "policies", Rules: enforcement.Rules - 1})
	assert.False(t, changed)
	assert.Equal(t, &enforcement.Settled{Verdict: enforcement.NotEnforced, Reason: r.Reason, Grounds: "nothing", Rules: enforcement.Rules}, now)

	unread := testCase{missing: []enforcement.Ingredient{enforcement.Policies}}
	r = unread.tenant().Judge(unread.account())
	before := &enforcement.Settled{Verdict: enforcement.Enforced, Rules: enforcement.Rules - 1}
	now, changed = r.Settle(before)
	assert.False(t, changed)
	assert.Same(t, before, now, "still to be replaced")
}
