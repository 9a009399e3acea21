package enforcement_test

import "github.com/securatlas/securatlas/syncer/enforcement"

var togetherCases = []testCase{
	{
		name: "two policies for all apps", policies: []string{on("A", everyone, everything, mfa), on("B", everyone, everything, mfa)},
		verdict: enforcement.Enforced, reason: "“A” and “B” require MFA for all apps.",
	},
	{
		// "Microsoft Entra ID evaluates all policies and ensures that all
		// requirements are met": excluded from one, held by the other.
		name:     "excluded from one, included in the other",
		policies: []string{on("A", `{"includeUsers":["All"],"excludeUsers":["`+anna+`"]}`, everything, mfa), on("B", `{"includeUsers":["`+anna+`"]}`, everything, mfa)},
		verdict:  enforcement.Enforced, reason: "“B” requires MFA for all apps.",
	},
	{
		// A stronger policy for all sign-ins makes the narrow one no matter.
		name:     "all apps and one app",
		policies: []string{on("A", everyone, `"applications":{"includeApplications":["Office365"]},`+anyClient, mfa), on("B", everyone, everything, mfa)},
		verdict:  enforcement.Enforced, reason: "“B” requires MFA for all apps.",
		relation: []enforcement.Relation{enforcement.RequiresSome, enforcement.Requires},
	},
	{
		// Every client is either asked for MFA or turned away.
		name:     "modern clients MFA, legacy clients blocked",
		policies: []string{on("A", everyone, allApps+`,`+modern, mfa), on("B", everyone, allApps+`,`+legacy, block)},
		verdict:  enforcement.Enforced,
		reason:   "“A” requires MFA only for browsers and mobile and desktop apps. “B” blocks sign-in only for Exchange ActiveSync clients and other legacy clients. Together they leave no client without.",
	},
	{
		// The block has an exception, so legacy clients get through there.
		name:     "modern clients MFA, legacy clients blocked for one app",
		policies: []string{on("A", everyone, allApps+`,`+modern, mfa), on("B", everyone, `"applications":{"includeApplications":["Office365"]},`+legacy, block)},
		verdict:  enforcement.Partly,
		reason:   "“A” requires MFA only for browsers and mobile and desktop apps. “B” blocks sign-in only for Office 365, for Exchange ActiveSync clients and other legacy clients.",
	},
	{
		// MFA within, block without: it looks whole, but what counts as trusted
		// is not certain (per-user MFA's trusted IPs belong to it unseen), so it
		// is not claimed.
		name: "MFA from trusted locations, block from others",
		policies: []string{
			on("A", everyone, everything+`,"locations":{"includeLocations":["AllTrusted"]}`, mfa),
			on("B", everyone, everything+`,"locations":{"includeLocations":["All"],"excludeLocations":["AllTrusted"]}`, block),
		},
		verdict: enforcement.Partly,
		reason:  "“A” requires MFA only from trusted locations. “B” blocks sign-in only outside trusted locations.",
	},
	{
		// Platforms are what the client says they are: two halves make no whole.
		name: "two halves of the platforms",
		policies: []string{
			on("A", everyone, everything+`,"platforms":{"includePlatforms":["windows"]}`, mfa),
			on("B", everyone, everything+`,"platforms":{"includePlatforms":["all"],"excludePlatforms":["windows"]}`, mfa),
		},
		verdict: enforcement.Partly,
		reason:  "“A” requires MFA only on Windows. “B” requires MFA only on all platforms except Windows.",
	},
	{
		// A block is stronger than a request for MFA.
		name: "MFA and block", policies: []string{on("A", everyone, everything, mfa), on("B", everyone, everything, block)},
		verdict: enforcement.Blocked, reason: "“B” blocks sign-in for all apps.",
	},
	{
		// Two blocks that take all clients between them.
		name: "blocks for all clients", policies: []string{on("A", everyone, allApps+`,`+modern, block), on("B", everyone, allApps+`,`+legacy, block)},
		verdict: enforcement.Blocked,
		reason:  "“A” blocks sign-in only for browsers and mobile and desktop apps. “B” blocks sign-in only for Exchange ActiveSync clients and other legacy clients. Together they leave no client.",
	},
	{
		// Long lists are cut, never silently.
		name: "five narrow policies",
		policies: []string{
			on("A", everyone, everything+`,"signInRiskLevels":["high"]`, mfa), on("B", everyone, everything+`,"signInRiskLevels":["medium"]`, mfa),
			on("C", everyone, everything+`,"signInRiskLevels":["low"]`, mfa), on("D", everyone, everything+`,"userRiskLevels":["low"]`, mfa),
			on("E", everyone, everything+`,"userRiskLevels":["high"]`, mfa),
		},
		verdict: enforcement.Partly,
		reason:  "“A” requires MFA only at high sign-in risk. “B” requires MFA only at medium sign-in risk. “C” requires MFA only at low sign-in risk. 2 more policies require MFA for other sign-ins.",
	},
}

var otherCases = []testCase{
	{
		// Security defaults hold for everybody, but of users MFA is asked only when
		// Microsoft finds it necessary: most sign-ins pass with the password.
		name: "security defaults without policies", defaults: true, verdict: enforcement.Partly,
		reason: "Security defaults are on: Microsoft requires MFA when it finds it necessary, not at every sign-in.",
	},
	{
		name: "security defaults and an administrator", defaults: true,
		user:    enforcement.User{Roles: []enforcement.Role{{Template: globalAdmin}}},
		verdict: enforcement.Enforced, reason: "Security defaults are on: Microsoft requires MFA of administrators at every sign-in.",
	},
	{
		// Directory Readers is none of the roles that Microsoft lists.
		name: "security defaults and a harmless role", defaults: true,
		user:    enforcement.User{Roles: []enforcement.Role{{Template: reader}}},
		verdict: enforcement.Partly, reason: "Security defaults are on: Microsoft requires MFA when it finds it necessary, not at every sign-in.",
	},
	{
		// "The synchronization account is excluded from security defaults."
		name: "security defaults and the sync account", defaults: true,
		user:    enforcement.User{Roles: []enforcement.Role{{Template: syncRole}}},
		verdict: enforcement.NotEnforced,
		reason:  "There is no Conditional Access policy. Security defaults are on, but leave out the account that directory synchronization uses. Per-user MFA is disabled. " + mandatory,
	},
	{
		// "B2B guests are treated the same as your organization's users."
		name: "security defaults and a guest", defaults: true, user: enforcement.User{Type: "Guest", External: true},
		verdict: enforcement.Partly, reason: "Security defaults are on: Microsoft requires MFA when it finds it necessary, not at every sign-in.",
	},
	{
		// Policies that are off or report-only may stand beside security defaults.
		name: "security defaults with a report-only policy", defaults: true,
		policies: []string{in("enabledForReportingButNotEnforced", "A", everyone, everything, mfa)},
		verdict:  enforcement.Partly, reason: "Security defaults are on: Microsoft requires MFA when it finds it necessary, not at every sign-in.",
	},
	{
		// Both are told, should a directory say both.
		name: "security defaults with a policy that is on", defaults: true, policies: []string{on("A", everyone, everything, mfa)},
		verdict: enforcement.Enforced,
		reason:  "Security defaults are on: Microsoft requires MFA when it finds it necessary, not at every sign-in. “A” requires MFA for all apps.",
	},
	{
		name: "per-user enforced", user: enforcement.User{PerUserMFA: "enforced"}, verdict: enforcement.Enforced,
		reason: perUserEnforced,
	},
	{
		// Enabled: the user registers at the next modern sign-in, but "can still
		// use their password for legacy authentication".
		name: "per-user enabled", user: enforcement.User{PerUserMFA: "enabled"}, verdict: enforcement.Partly,
		reason: "Per-user MFA is enabled: the user has to register and pass MFA, but legacy clients go on with the password alone.",
	},
	{
		name: "per-user enabled and legacy clients blocked", user: enforcement.User{PerUserMFA: "enabled"},
		policies: []string{on("A", everyone, allApps+`,`+legacy, block)}, verdict: enforcement.Enforced,
		reason: "Per-user MFA is enabled: the user has to register and pass MFA, but legacy clients go on with the password alone. “A” blocks sign-in only for Exchange ActiveSync clients and other legacy clients. Together they leave no client without.",
	},
	{
		// Excluded from the policy, held by the older way.
		name: "per-user enforced, excluded from the policy", user: enforcement.User{PerUserMFA: "enforced"},
		policies: []string{on("A", `{"includeUsers":["All"],"excludeUsers":["`+anna+`"]}`, everything, mfa)},
		verdict:  enforcement.Enforced, reason: perUserEnforced,
	},
	{
		// A disabled account gets no token, whatever is required.
		name: "disabled account", user: enforcement.User{Disabled: true}, policies: []string{on("A", everyone, everything, mfa)},
		verdict: enforcement.Blocked,
		reason:  "The account is disabled and cannot sign in. If it is enabled: “A” requires MFA for all apps.",
	},
	{
		// Nothing that is missing changes that it cannot sign in.
		name: "disabled account, policies missing", user: enforcement.User{Disabled: true}, missing: []enforcement.Ingredient{enforcement.Policies},
		verdict: enforcement.Blocked,
		reason:  "The account is disabled and cannot sign in. If it is enabled: Not assessed: needs the Conditional Access policies.",
	},
}

var missingCases = []testCase{
	{
		// A policy that was not read may do anything.
		name: "policies missing", missing: []enforcement.Ingredient{enforcement.Policies}, policies: []string{on("A", everyone, everything, mfa)},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the Conditional Access policies.",
	},
	{
		// What else there is could only ask for more.
		name: "policies missing, per-user enforced", missing: []enforcement.Ingredient{enforcement.Policies},
		user: enforcement.User{PerUserMFA: "enforced"}, verdict: enforcement.Enforced, reason: perUserEnforced,
	},
	{
		name: "policies missing, security defaults on", missing: []enforcement.Ingredient{enforcement.Policies}, defaults: true,
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the Conditional Access policies. Certain is: Security defaults are on: Microsoft requires MFA when it finds it necessary, not at every sign-in.",
	},
	{
		// The exclusion decides, and who is in the group is not known.
		name: "memberships missing and relevant", missing: []enforcement.Ingredient{enforcement.Memberships},
		policies: []string{on("A", `{"includeUsers":["All"],"excludeGroups":["`+breakGlass+`"]}`, everything, mfa)},
		verdict:  enforcement.NotAssessed, reason: "Not assessed: needs the group memberships. “A” may apply to this account.",
		relation: []enforcement.Relation{enforcement.Undecided},
	},
	{
		// No policy names a group.
		name: "memberships missing and irrelevant", missing: []enforcement.Ingredient{enforcement.Memberships},
		policies: []string{on("A", everyone, everything, mfa)}, verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// B holds whether A does or not.
		name: "memberships missing, but another policy holds", missing: []enforcement.Ingredient{enforcement.Memberships},
		policies: []string{on("A", `{"includeGroups":["`+staff+`"]}`, everything, mfa), on("B", everyone, everything, mfa)},
		verdict:  enforcement.Enforced, reason: "“B” requires MFA for all apps.",
	},
	{
		// The policy that names the group is off, so it does not matter who is in.
		name: "memberships missing, policy off", missing: []enforcement.Ingredient{enforcement.Memberships},
		policies: []string{in("disabled", "A", `{"includeGroups":["`+staff+`"]}`, everything, mfa)},
		verdict:  enforcement.NotEnforced, reason: noneOf, relation: []enforcement.Relation{enforcement.Off},
	},
	{
		// That policy asks for a device, never for MFA.
		name: "memberships missing, policy asks for something else", missing: []enforcement.Ingredient{enforcement.Memberships},
		policies: []string{on("A", `{"includeGroups":["`+staff+`"]}`, everything, `{"operator":"OR","builtInControls":["compliantDevice"]}`)},
		verdict:  enforcement.NotEnforced, reason: noneOf,
	},
	{
		// Named directly among the exclusions: the groups do not matter any more.
		name: "memberships missing, excluded directly", missing: []enforcement.Ingredient{enforcement.Memberships},
		policies: []string{on("A", `{"includeGroups":["`+staff+`"],"excludeUsers":["`+anna+`"]}`, everything, mfa)},
		verdict:  enforcement.NotEnforced, reason: noneOf,
		relation: []enforcement.Relation{enforcement.Excluded},
	},
	{
		// A membership that was read is one, though others were not.
		name: "memberships missing, this one known", missing: []enforcement.Ingredient{enforcement.Memberships},
		policies: []string{on("A", `{"includeGroups":["`+staff+`"]}`, everything, mfa)},
		user:     enforcement.User{Groups: []enforcement.Membership{{Group: staff}}},
		verdict:  enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// What is certain is told: the app policy holds in any case.
		name: "memberships missing, partly in any case", missing: []enforcement.Ingredient{enforcement.Memberships},
		policies: []string{on("A", `{"includeGroups":["`+staff+`"]}`, everything, mfa), on("B", everyone, `"applications":{"includeApplications":["Office365"]},`+anyClient, mfa)},
		verdict:  enforcement.NotAssessed,
		reason:   "Not assessed: needs the group memberships. “A” may apply to this account. Certain is: “B” requires MFA only for Office 365.",
	},
	{
		// Enforced stays true; the group could only block on top.
		name: "memberships missing, the group may block", missing: []enforcement.Ingredient{enforcement.Memberships},
		policies: []string{on("A", `{"includeGroups":["`+staff+`"]}`, everything, block), on("B", everyone, everything, mfa)},
		verdict:  enforcement.Enforced, reason: "“B” requires MFA for all apps.",
	},
	{
		// Hidden membership: the group is named, its members are not readable.
		name: "hidden group excluded", unread: []string{breakGlass},
		policies: []string{on("A", `{"includeUsers":["All"],"excludeGroups":["`+breakGlass+`"]}`, everything, mfa)},
		verdict:  enforcement.NotAssessed, reason: "Not assessed: needs the members of the group “Break glass”. “A” may apply to this account.",
	},
	{
		name: "hidden group that no policy names", unread: []string{staff},
		policies: []string{on("A", `{"includeUsers":["All"],"excludeGroups":["`+breakGlass+`"]}`, everything, mfa)},
		verdict:  enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		name: "roles missing and relevant", missing: []enforcement.Ingredient{enforcement.Roles},
		policies: []string{on("A", `{"includeRoles":["`+globalAdmin+`"]}`, everything, mfa)},
		verdict:  enforcement.NotAssessed, reason: "Not assessed: needs the directory role assignments. “A” may apply to this account.",
	},
	{
		name: "roles missing and irrelevant", missing: []enforcement.Ingredient{enforcement.Roles},
		policies: []string{on("A", everyone, everything, mfa)}, verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// It takes both to know: included by role unless excluded by group.
		name: "roles and memberships missing", missing: []enforcement.Ingredient{enforcement.Roles, enforcement.Memberships},
		policies: []string{on("A", `{"includeRoles":["`+globalAdmin+`"],"excludeGroups":["`+breakGlass+`"]}`, everything, mfa)},
		verdict:  enforcement.NotAssessed, reason: "Not assessed: needs the directory role assignments and the group memberships. “A” may apply to this account.",
	},
	{
		name: "security defaults missing, no policy", missing: []enforcement.Ingredient{enforcement.SecurityDefaults},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the state of security defaults.",
	},
	{
		// Security defaults cannot be on beside a policy that is.
		name: "security defaults missing, a policy is on", missing: []enforcement.Ingredient{enforcement.SecurityDefaults},
		policies: []string{on("A", `{"includeUsers":["`+bert+`"]}`, everything, mfa)},
		verdict:  enforcement.NotEnforced,
		reason:   "No Conditional Access policy requires MFA of this account. Security defaults are off, as they are wherever a Conditional Access policy is on. Per-user MFA is disabled.",
	},
	{
		name: "per-user state missing and relevant", user: enforcement.User{PerUserMFA: "unread"},
		policies: []string{on("A", everyone, `"applications":{"includeApplications":["Office365"]},`+anyClient, mfa)},
		verdict:  enforcement.NotAssessed,
		reason:   "Not assessed: needs the per-user MFA state. Certain is: “A” requires MFA only for Office 365.",
	},
	{
		name: "per-user state missing and irrelevant", user: enforcement.User{PerUserMFA: "unread"},
		policies: []string{on("A", everyone, everything, mfa)}, verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
}
