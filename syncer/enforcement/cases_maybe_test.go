package enforcement_test

import "github.com/securatlas/securatlas/syncer/enforcement"

const (
	staffOnly    = `{"includeGroups":["` + staff + `"]}`
	allButGlass  = `{"includeUsers":["All"],"excludeGroups":["` + breakGlass + `"]}`
	adminsOnly   = `{"includeRoles":["` + globalAdmin + `"]}`
	allButAdmins = `{"includeUsers":["All"],"excludeRoles":["` + globalAdmin + `"]}`
	guestsOnly   = `{"includeUsers":["GuestsOrExternalUsers"]}`
)

// oldMember was in the group when its members were read last, and the newest
// attempt did not confirm it.
func oldMember(group string) enforcement.User {
	return enforcement.User{Groups: []enforcement.Membership{{Group: group, Unconfirmed: true}}}
}

func oldRole(template string) enforcement.User {
	return enforcement.User{Roles: []enforcement.Role{{Template: template, Unconfirmed: true}}}
}

// maybeCases: what was there and was not confirmed is as uncertain as what was
// not there and may have come.
var maybeCases = []testCase{
	{
		name: "old membership, included", policies: []string{on("A", staffOnly, everything, mfa)}, user: oldMember(staff), unread: []string{staff},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the members of the group “Staff”. “A” may apply to this account.",
		relation: []enforcement.Relation{enforcement.Undecided},
	},
	{
		name: "old membership, excluded", policies: []string{on("A", allButGlass, everything, mfa)}, user: oldMember(breakGlass), unread: []string{breakGlass},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the members of the group “Break glass”. “A” may apply to this account.",
	},
	{
		name: "old membership, blocked", policies: []string{on("A", staffOnly, everything, block)}, user: oldMember(staff), unread: []string{staff},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the members of the group “Staff”. “A” may apply to this account.",
	},
	{
		// One row of a list that was read is held: the others are certain.
		name: "old membership of a list that was read", policies: []string{on("A", staffOnly, everything, mfa)}, user: oldMember(staff),
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the members of the group “Staff”. “A” may apply to this account.",
	},
	{
		name: "old membership where no list was read", missing: []enforcement.Ingredient{enforcement.Memberships},
		policies: []string{on("A", staffOnly, everything, mfa)}, user: oldMember(staff),
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the group memberships. “A” may apply to this account.",
	},
	{
		name: "old membership on which nothing turns", policies: []string{on("A", staffOnly, everything, mfa), on("B", everyone, everything, mfa)}, user: oldMember(staff), unread: []string{staff},
		verdict: enforcement.Enforced, reason: "“B” requires MFA for all apps.",
	},
	{
		name: "one membership old, another confirmed", unread: []string{staff},
		policies: []string{on("A", `{"includeGroups":["`+staff+`","`+services+`"]}`, everything, mfa)},
		user:     enforcement.User{Groups: []enforcement.Membership{{Group: staff, Unconfirmed: true}, {Group: services, Through: []string{robots}}}},
		verdict:  enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		name: "two ways into a group, one confirmed", policies: []string{on("A", staffOnly, everything, mfa)},
		user:    enforcement.User{Groups: []enforcement.Membership{{Group: staff, Through: []string{robots}}, {Group: staff, Unconfirmed: true}}},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		name: "old role, included", policies: []string{on("A", adminsOnly, everything, mfa)}, user: oldRole(globalAdmin), missing: []enforcement.Ingredient{enforcement.Roles},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the directory role assignments. “A” may apply to this account.",
	},
	{
		name: "old role, excluded", policies: []string{on("A", allButAdmins, everything, mfa)}, user: oldRole(globalAdmin),
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the directory role assignments. “A” may apply to this account.",
	},
	{
		name: "role through a group that the user may have left", policies: []string{on("A", adminsOnly, everything, mfa)}, unread: []string{staff},
		user:    enforcement.User{Roles: []enforcement.Role{{Template: globalAdmin, Group: staff, Outside: true}}},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the members of the group “Staff”. “A” may apply to this account.",
	},
	{
		name: "role through a group that the user may have joined", policies: []string{on("A", adminsOnly, everything, mfa)}, unread: []string{staff},
		groupRoles: []enforcement.Role{{Template: globalAdmin, Group: staff}},
		verdict:    enforcement.NotAssessed, reason: "Not assessed: needs the members of the group “Staff”. “A” may apply to this account.",
	},
	{
		// Whoever is in that group has another role.
		name: "another role through such a group", policies: []string{on("A", adminsOnly, everything, mfa)}, unread: []string{staff},
		groupRoles: []enforcement.Role{{Template: reader, Group: staff}},
		verdict:    enforcement.NotEnforced, reason: noneOf,
	},
	{
		name: "old policies", missing: []enforcement.Ingredient{enforcement.Policies}, policies: []string{on("A", everyone, everything, mfa), on("B", everyone, everything, block)},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the Conditional Access policies.",
		relation: []enforcement.Relation{enforcement.Undecided, enforcement.Undecided},
	},
	{
		name: "security defaults where roles are missing", defaults: true, missing: []enforcement.Ingredient{enforcement.Roles},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the directory role assignments.",
	},
	{
		name: "security defaults and an old administrator", defaults: true, user: oldRole(globalAdmin),
		verdict: enforcement.NotAssessed,
		reason:  "Not assessed: needs the directory role assignments. Certain is: Security defaults are on: Microsoft requires MFA when it finds it necessary, and of administrators at every sign-in.",
	},
	{
		name: "security defaults and an old account that synchronizes", defaults: true, user: oldRole(syncRole),
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the directory role assignments.",
	},
	{
		name: "security defaults and an administrator of a unit", defaults: true,
		user:    enforcement.User{Roles: []enforcement.Role{{Template: globalAdmin, Scope: "/administrativeUnits/1"}}},
		verdict: enforcement.Partly, reason: "Security defaults are on: Microsoft requires MFA when it finds it necessary, not at every sign-in.",
	},
	{
		name: "account not confirmed, MFA for all", policies: []string{on("A", everyone, everything, mfa)}, user: enforcement.User{Unconfirmed: true},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// It may have been disabled.
		name: "account not confirmed, no policy", user: enforcement.User{Unconfirmed: true},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the list of users.",
	},
	{
		name: "guest not confirmed", policies: []string{on("A", guestsOnly, everything, mfa)}, user: enforcement.User{Type: "Guest", Unconfirmed: true},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the list of users. “A” may apply to this account.",
	},
	{
		name: "disabled account not confirmed", policies: []string{on("A", guestsOnly, everything, mfa)}, user: enforcement.User{Disabled: true, Unconfirmed: true},
		verdict: enforcement.NotAssessed,
		reason:  "The account was disabled when it was last read. If it is enabled by now: Not assessed: needs the list of users. “A” may apply to this account.",
	},
}

// agentCases: "All agents acting as users" are targeted by a literal of their
// own and by no other (learn.microsoft.com/entra/identity/conditional-access/agent-id).
var agentCases = []testCase{
	{
		name: "a policy for agents", policies: []string{on("A", `{"includeUsers":["AllAgentIdUsers"]}`, everything, block)},
		verdict: enforcement.NotEnforced, reason: noneOf, relation: []enforcement.Relation{enforcement.OnlyAgents},
	},
	{
		name: "agents excluded", policies: []string{on("A", `{"includeUsers":["All"],"excludeUsers":["AllAgentIdUsers"]}`, everything, mfa)},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		name: "agents and a group", policies: []string{on("A", `{"includeUsers":["AllAgentIdUsers"],"includeGroups":["`+staff+`"]}`, everything, mfa)},
		user:    enforcement.User{Groups: []enforcement.Membership{{Group: staff}}},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		name: "an agent", policies: []string{on("A", everyone, everything, mfa)}, user: enforcement.User{Agent: true},
		verdict: enforcement.NotAssessed, reason: "An agent: signs in without a person, so that nobody could pass MFA. Only policies that name all agent users reach it.",
	},
	{
		name: "an agent that is disabled", user: enforcement.User{Agent: true, Disabled: true},
		verdict: enforcement.NotAssessed, reason: "An agent: signs in without a person, so that nobody could pass MFA. Only policies that name all agent users reach it.",
	},
}
