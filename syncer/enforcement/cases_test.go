package enforcement_test

import "github.com/securatlas/securatlas/syncer/enforcement"

const (
	anna = "aaaaaaaa-0000-0000-0000-000000000001" // the account that is judged
	bert = "aaaaaaaa-0000-0000-0000-000000000002"

	breakGlass = "bbbbbbbb-0000-0000-0000-000000000001"
	services   = "bbbbbbbb-0000-0000-0000-000000000002" // nested in breakGlass
	robots     = "bbbbbbbb-0000-0000-0000-000000000003" // nested in services
	staff      = "bbbbbbbb-0000-0000-0000-000000000004"

	globalAdmin = "62e90394-69f5-4237-9190-012177145e10"
	reader      = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b" // Directory Readers
	syncRole    = "d29b2b05-8046-44ba-8758-1e26182fcf32"

	exchange = "00000002-0000-0ff1-ce00-000000000000"
	headOff  = "cccccccc-0000-0000-0000-000000000001" // a named location
)

var names = map[string]string{
	breakGlass: "Break glass", services: "Services", robots: "Robots", staff: "Staff",
	globalAdmin: "Global Administrator", reader: "Directory Readers",
	exchange: "Exchange Online", headOff: "Head office",
}

// The parts that policies in the cases are made of.
const (
	everyone   = `{"includeUsers":["All"]}`
	allApps    = `"applications":{"includeApplications":["All"]}`
	anyClient  = `"clientAppTypes":["all"]`
	modern     = `"clientAppTypes":["browser","mobileAppsAndDesktopClients"]`
	legacy     = `"clientAppTypes":["exchangeActiveSync","other"]`
	mfa        = `{"operator":"OR","builtInControls":["mfa"]}`
	block      = `{"operator":"OR","builtInControls":["block"]}`
	everything = allApps + `,` + anyClient

	off = "Security defaults are off. Per-user MFA is disabled."
	// mandatory is said of accounts with a directory role that no policy asks.
	mandatory       = "Beside all policies, Microsoft requires MFA of everybody in its admin centers."
	perUserEnforced = "Per-user MFA is enforced; its exceptions (trusted IPs, remembered devices, app passwords) cannot be read."

	noneOf = "No Conditional Access policy requires MFA of this account. " + off
)

// on is a policy that is enforced.
func on(name, users, conditions, grant string) string {
	return in("enabled", name, users, conditions, grant)
}

func in(state, name, users, conditions, grant string) string {
	return `{"id":"` + name + `","displayName":"` + name + `","state":"` + state + `","conditions":{"users":` + users + `,` + conditions + `},"grantControls":` + grant + `}`
}

// testCase is one account under some policies. The zero user is an enabled
// member in no group and without a role, whose per-user MFA is disabled.
type testCase struct {
	name       string
	policies   []string
	defaults   bool
	missing    []enforcement.Ingredient
	unread     []string // groups whose members could not be read
	groupRoles []enforcement.Role
	user       enforcement.User
	verdict    enforcement.Verdict
	reason     string
	relation   []enforcement.Relation // of the policies, where a case is about that
}

// Every case gives the reason in Microsoft's rules for what is expected.
var cases = [][]testCase{whoCases, exclusionCases, whatCases, controlCases, togetherCases, otherCases, missingCases, maybeCases, agentCases}

var whoCases = []testCase{
	{
		// Nothing asks for MFA.
		name: "no policy at all", verdict: enforcement.NotEnforced,
		reason: "There is no Conditional Access policy. " + off,
	},
	{
		// All users includes every account of the directory.
		name: "all users", policies: []string{on("A", everyone, everything, mfa)}, verdict: enforcement.Enforced,
		reason: "“A” requires MFA for all apps.", relation: []enforcement.Relation{enforcement.Requires},
	},
	{
		// The policies are for others.
		name:     "user in no policy",
		policies: []string{on("A", `{"includeUsers":["`+bert+`"]}`, everything, mfa), on("B", `{"includeGroups":["`+staff+`"]}`, everything, mfa)},
		verdict:  enforcement.NotEnforced, reason: noneOf,
		relation: []enforcement.Relation{enforcement.NotTargeted, enforcement.NotTargeted},
	},
	{
		// Named by id; Microsoft does not care about the case of a GUID.
		name: "user named", policies: []string{on("A", `{"includeUsers":["AAAAAAAA-0000-0000-0000-000000000001"]}`, everything, mfa)},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// None is nobody.
		name: "includes None", policies: []string{on("A", `{"includeUsers":["None"]}`, everything, mfa)},
		verdict: enforcement.NotEnforced, reason: noneOf, relation: []enforcement.Relation{enforcement.NotTargeted},
	},
	{
		// A policy whose users are all empty is assigned to nobody.
		name: "no users at all", policies: []string{on("A", `{"includeUsers":[],"includeGroups":[],"includeRoles":[],"includeGuestsOrExternalUsers":null}`, everything, mfa)},
		verdict: enforcement.NotEnforced, reason: noneOf, relation: []enforcement.Relation{enforcement.NotTargeted},
	},
	{
		name: "group included", policies: []string{on("A", `{"includeGroups":["`+staff+`"]}`, everything, mfa)},
		user:    enforcement.User{Groups: []enforcement.Membership{{Group: staff}}},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// "Policy is applied to nested users and groups."
		name: "nested group included", policies: []string{on("A", `{"includeGroups":["`+breakGlass+`"]}`, everything, mfa)},
		user:    enforcement.User{Groups: []enforcement.Membership{{Group: breakGlass, Through: []string{robots, services}}}},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// Roles are named by template id and count while they are active.
		name: "role included", policies: []string{on("A", `{"includeRoles":["`+globalAdmin+`"]}`, everything, mfa)},
		user:    enforcement.User{Roles: []enforcement.Role{{Template: globalAdmin, Scope: "/"}}},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		name: "another role included", policies: []string{on("A", `{"includeRoles":["`+globalAdmin+`"]}`, everything, mfa)},
		user:    enforcement.User{Roles: []enforcement.Role{{Template: reader, Scope: "/"}}},
		verdict: enforcement.NotEnforced, reason: noneOf + " " + mandatory,
	},
	{
		// "Policies do not support users assigned a directory role scoped to an
		// administrative unit": the role does not bring the account in.
		name: "role only for an administrative unit", policies: []string{on("A", `{"includeRoles":["`+globalAdmin+`"]}`, everything, mfa)},
		user:    enforcement.User{Roles: []enforcement.Role{{Template: globalAdmin, Scope: "/administrativeUnits/1"}}},
		verdict: enforcement.NotEnforced, reason: noneOf + " " + mandatory,
	},
	{
		name: "all roles included", policies: []string{on("A", `{"includeRoles":["All"]}`, everything, mfa)},
		user:    enforcement.User{Roles: []enforcement.Role{{Template: reader}}},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// All users are "all users that exist in the directory including B2B guests".
		name: "all users takes in a guest", policies: []string{on("A", everyone, everything, mfa)},
		user:    enforcement.User{Type: "Guest", External: true},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// The older literal is the six kinds together, internal guests too.
		name: "guests literal takes in an internal guest", policies: []string{on("A", `{"includeUsers":["GuestsOrExternalUsers"]}`, everything, mfa)},
		user:    enforcement.User{Type: "Guest"},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		name: "guests literal leaves out a member", policies: []string{on("A", `{"includeUsers":["GuestsOrExternalUsers"]}`, everything, mfa)},
		verdict: enforcement.NotEnforced, reason: noneOf,
	},
	{
		// A guest of another directory whose type is Guest.
		name: "B2B guests included", policies: []string{on("A", `{"includeGuestsOrExternalUsers":{"guestOrExternalUserTypes":"b2bCollaborationGuest,b2bCollaborationMember","externalTenants":{"@odata.type":"#microsoft.graph.conditionalAccessAllExternalTenants","membershipKind":"all"}}}`, everything, mfa)},
		user:    enforcement.User{Type: "Guest", External: true},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// A local account of type Guest is no B2B guest.
		name: "B2B guests leave out an internal guest", policies: []string{on("A", `{"includeGuestsOrExternalUsers":{"guestOrExternalUserTypes":"b2bCollaborationGuest","externalTenants":null}}`, everything, mfa)},
		user:    enforcement.User{Type: "Guest"},
		verdict: enforcement.NotEnforced, reason: noneOf,
	},
	{
		// An account of another directory whose type is Member is a B2B member,
		// which a policy for B2B guests does not name.
		name: "B2B guests leave out a B2B member", policies: []string{on("A", `{"includeGuestsOrExternalUsers":{"guestOrExternalUserTypes":"internalGuest,b2bCollaborationGuest"}}`, everything, mfa)},
		user:    enforcement.User{Type: "Member", External: true},
		verdict: enforcement.NotEnforced, reason: noneOf,
	},
	{
		// Microsoft does not report from which directory a guest comes.
		name: "guests of some directories", policies: []string{on("A", `{"includeGuestsOrExternalUsers":{"guestOrExternalUserTypes":"b2bCollaborationGuest","externalTenants":{"membershipKind":"enumerated","members":["dddddddd-0000-0000-0000-000000000001"]}}}`, everything, mfa)},
		user:    enforcement.User{Type: "Guest", External: true},
		verdict: enforcement.NotAssessed, relation: []enforcement.Relation{enforcement.Undecided},
		reason: "Not assessed: needs the guest's home directory, which Microsoft does not report. “A” may apply to this account.",
	},
	{
		// External directories narrow external users only.
		name: "guests of some directories and internal guests", policies: []string{on("A", `{"includeGuestsOrExternalUsers":{"guestOrExternalUserTypes":"internalGuest,b2bCollaborationGuest","externalTenants":{"membershipKind":"enumerated","members":["dddddddd-0000-0000-0000-000000000001"]}}}`, everything, mfa)},
		user:    enforcement.User{Type: "Guest"},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// A kind of guest that came later can be any guest, but no member.
		name: "unknown guest type and a guest", policies: []string{on("A", `{"includeGuestsOrExternalUsers":{"guestOrExternalUserTypes":"partnerGuest"}}`, everything, mfa)},
		user:    enforcement.User{Type: "Guest", External: true},
		verdict: enforcement.NotAssessed,
		reason:  "Not assessed: needs to know what the guest type “partnerGuest” stands for. “A” may apply to this account.",
	},
	{
		name: "unknown guest type and a member", policies: []string{on("A", `{"includeGuestsOrExternalUsers":{"guestOrExternalUserTypes":"partnerGuest"}}`, everything, mfa)},
		verdict: enforcement.NotEnforced, reason: noneOf,
	},
	{
		// A literal that is not known can stand for anybody.
		name: "unknown literal among users", policies: []string{on("A", `{"includeUsers":["Contractors"]}`, everything, mfa)},
		verdict: enforcement.NotAssessed,
		reason:  "Not assessed: needs to know what “Contractors” in the policy “A” stands for. “A” may apply to this account.",
	},
	{
		// A member of users that is not known is an inclusion like the others.
		name: "unknown property among users", policies: []string{on("A", `{"includeUsers":["None"],"includeAgents":["x"]}`, everything, mfa)},
		verdict: enforcement.NotAssessed,
		reason:  "Not assessed: needs to know what “includeAgents” in the policy “A” stands for. “A” may apply to this account.",
	},
	{
		// Policies for service principals have no users; their risk is no user's.
		name: "workload identities", policies: []string{on("A", `{"includeUsers":["None"]}`, everything+`,"clientApplications":{"includeServicePrincipals":["ServicePrincipalsInMyTenant"],"excludeServicePrincipals":[]},"servicePrincipalRiskLevels":["high"]`, block)},
		verdict: enforcement.NotEnforced, reason: noneOf, relation: []enforcement.Relation{enforcement.OnlyWorkloads},
	},
}

var exclusionCases = []testCase{
	{
		// "The exclude action overrides the include action."
		name: "excluded directly", policies: []string{on("A", `{"includeUsers":["All"],"excludeUsers":["`+anna+`"]}`, everything, mfa)},
		verdict: enforcement.NotEnforced, reason: noneOf + " Nearly: “A” excludes this account itself.",
		relation: []enforcement.Relation{enforcement.Excluded},
	},
	{
		name: "all users minus break-glass, a member", policies: []string{on("A", `{"includeUsers":["All"],"excludeGroups":["`+breakGlass+`"]}`, everything, mfa)},
		user:    enforcement.User{Groups: []enforcement.Membership{{Group: breakGlass}}},
		verdict: enforcement.NotEnforced, reason: noneOf + " Nearly: “A” excludes the group “Break glass”.",
	},
	{
		name: "all users minus break-glass, anybody else", policies: []string{on("A", `{"includeUsers":["All"],"excludeGroups":["`+breakGlass+`"]}`, everything, mfa)},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// In Services, which is in Break glass.
		name: "nested group excluded", policies: []string{on("A", `{"includeUsers":["All"],"excludeGroups":["`+breakGlass+`"]}`, everything, mfa)},
		user:    enforcement.User{Groups: []enforcement.Membership{{Group: breakGlass, Through: []string{services}}}},
		verdict: enforcement.NotEnforced, reason: noneOf + " Nearly: “A” excludes the group “Break glass” through “Services”.",
	},
	{
		// The path is told from the group in the policy down to the user's.
		name: "group excluded three levels deep", policies: []string{on("A", `{"includeUsers":["All"],"excludeGroups":["`+breakGlass+`"]}`, everything, mfa)},
		user:    enforcement.User{Groups: []enforcement.Membership{{Group: breakGlass, Through: []string{robots, services}}}},
		verdict: enforcement.NotEnforced, reason: noneOf + " Nearly: “A” excludes the group “Break glass” through “Services” and “Robots”.",
	},
	{
		// Of two ways into the group the shorter is told.
		name: "group excluded in two ways", policies: []string{on("A", `{"includeUsers":["All"],"excludeGroups":["`+breakGlass+`"]}`, everything, mfa)},
		user:    enforcement.User{Groups: []enforcement.Membership{{Group: breakGlass, Through: []string{services}}, {Group: breakGlass}}},
		verdict: enforcement.NotEnforced, reason: noneOf + " Nearly: “A” excludes the group “Break glass”.",
	},
	{
		// Included by name and excluded by group: excluded.
		name: "included directly, excluded by group", policies: []string{on("A", `{"includeUsers":["`+anna+`"],"excludeGroups":["`+staff+`"]}`, everything, mfa)},
		user:    enforcement.User{Groups: []enforcement.Membership{{Group: staff}}},
		verdict: enforcement.NotEnforced, reason: noneOf + " Nearly: “A” excludes the group “Staff”.",
	},
	{
		name: "excluded by role", policies: []string{on("A", `{"includeUsers":["All"],"excludeRoles":["`+globalAdmin+`"]}`, everything, mfa)},
		user:    enforcement.User{Roles: []enforcement.Role{{Template: globalAdmin}}},
		verdict: enforcement.NotEnforced, reason: noneOf + " Nearly: “A” excludes the role “Global Administrator”. " + mandatory,
	},
	{
		name: "guest excluded by the literal", policies: []string{on("A", `{"includeUsers":["All"],"excludeUsers":["GuestsOrExternalUsers"]}`, everything, mfa)},
		user:    enforcement.User{Type: "Guest", External: true},
		verdict: enforcement.NotEnforced, reason: noneOf + " Nearly: “A” excludes guests of its kind.",
	},
	{
		name: "guest excluded by its kind", policies: []string{on("A", `{"includeUsers":["All"],"excludeGuestsOrExternalUsers":{"guestOrExternalUserTypes":"b2bCollaborationGuest","externalTenants":{"membershipKind":"all"}}}`, everything, mfa)},
		user:    enforcement.User{Type: "Guest", External: true},
		verdict: enforcement.NotEnforced, reason: noneOf + " Nearly: “A” excludes guests of its kind.",
	},
	{
		// Service providers have no account in the directory.
		name: "service providers excluded", policies: []string{on("A", `{"includeUsers":["All"],"excludeGuestsOrExternalUsers":{"guestOrExternalUserTypes":"serviceProvider","externalTenants":{"membershipKind":"all"}}}`, everything, mfa)},
		user:    enforcement.User{Type: "Guest", External: true},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// It may exclude this account, so MFA is not certain.
		name: "unknown literal among exclusions", policies: []string{on("A", `{"includeUsers":["All"],"excludeUsers":["Contractors"]}`, everything, mfa)},
		verdict: enforcement.NotAssessed,
		reason:  "Not assessed: needs to know what “Contractors” in the policy “A” stands for. “A” may apply to this account.",
	},
	{
		// Report-only policies are evaluated and never enforced.
		name: "report-only", policies: []string{in("enabledForReportingButNotEnforced", "A", everyone, everything, mfa)},
		verdict: enforcement.NotEnforced, reason: noneOf + " Nearly: “A” is report-only.",
		relation: []enforcement.Relation{enforcement.ReportOnly},
	},
	{
		name: "disabled policy", policies: []string{in("disabled", "A", everyone, everything, mfa)},
		verdict: enforcement.NotEnforced, reason: noneOf + " Nearly: “A” is off.",
		relation: []enforcement.Relation{enforcement.Off},
	},
	{
		// It is off and excludes the user: two things are between, so not nearly.
		name: "disabled and excluded", policies: []string{in("disabled", "A", `{"includeUsers":["All"],"excludeUsers":["`+anna+`"]}`, everything, mfa)},
		verdict: enforcement.NotEnforced, reason: noneOf, relation: []enforcement.Relation{enforcement.Excluded},
	},
	{
		// A state that came later may or may not be enforced.
		name: "unknown state", policies: []string{in("enabledGradually", "A", everyone, everything, mfa)},
		verdict:  enforcement.NotAssessed,
		reason:   "Not assessed: needs to know what “enabledGradually” in the policy “A” stands for.",
		relation: []enforcement.Relation{enforcement.MayRequire},
	},
	{
		name: "unknown state of a block", policies: []string{in("enabledGradually", "A", everyone, everything, block)},
		verdict: enforcement.NotAssessed,
		reason:  "Not assessed: needs to know what “enabledGradually” in the policy “A” stands for.",
	},
	{
		// Whatever the state is, the policy asks for no MFA.
		name: "unknown state without MFA", policies: []string{in("enabledGradually", "A", everyone, everything, `{"operator":"OR","builtInControls":["compliantDevice"]}`)},
		verdict: enforcement.NotEnforced, reason: noneOf,
	},
}
