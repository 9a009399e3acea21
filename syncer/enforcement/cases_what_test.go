package enforcement_test

import (
	"strings"

	"github.com/securatlas/securatlas/syncer/enforcement"
)

var whatCases = []testCase{
	{
		name: "one app only", policies: []string{on("A", everyone, `"applications":{"includeApplications":["`+exchange+`"]},`+anyClient, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only for “Exchange Online”.",
		relation: []enforcement.Relation{enforcement.RequiresSome},
	},
	{
		// An app without a name is called by its id.
		name: "app without a name", policies: []string{on("A", everyone, `"applications":{"includeApplications":["797f4846-ba00-4fd7-ba43-dac1f8f63014"]},`+anyClient, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only for 797f4846-ba00-4fd7-ba43-dac1f8f63014.",
	},
	{
		// A suite of apps, not all.
		name: "Office365", policies: []string{on("A", everyone, `"applications":{"includeApplications":["Office365"]},`+anyClient, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only for Office 365.",
	},
	{
		name: "MicrosoftAdminPortals", policies: []string{on("A", everyone, `"applications":{"includeApplications":["MicrosoftAdminPortals","Office365"]},`+anyClient, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only for the Microsoft admin portals and Office 365.",
	},
	{
		// A literal that came later is some apps, never all.
		name: "unknown app literal", policies: []string{on("A", everyone, `"applications":{"includeApplications":["AllAgentIdResources"]},`+anyClient, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only for “AllAgentIdResources”.",
	},
	{
		name: "all apps but one", policies: []string{on("A", everyone, `"applications":{"includeApplications":["All"],"excludeApplications":["`+exchange+`"]},`+anyClient, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only for all apps except “Exchange Online”.",
	},
	{
		// Targets nothing: neither apps nor actions.
		name: "apps None", policies: []string{on("A", everyone, `"applications":{"includeApplications":["None"],"excludeApplications":[],"includeUserActions":[]},`+anyClient, mfa)},
		verdict: enforcement.NotEnforced, reason: noneOf, relation: []enforcement.Relation{enforcement.AsksElse},
	},
	{
		name: "apps by custom attributes", policies: []string{on("A", everyone, `"applications":{"includeApplications":[],"applicationFilter":{"mode":"include","rule":"CustomSecurityAttribute.A_B -eq \"1\""}},`+anyClient, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only for apps that match a filter.",
	},
	{
		// Registering a method is not signing in to an app.
		name: "user action only", policies: []string{on("A", everyone, `"applications":{"includeUserActions":["urn:user:registersecurityinfo"]},`+anyClient, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only when registering security information.",
	},
	{
		name: "unknown user action", policies: []string{on("A", everyone, `"applications":{"includeUserActions":["urn:user:consent"]},`+anyClient, mfa)},
		verdict: enforcement.Partly, reason: "“A” may require MFA only under “urn:user:consent”, which SecurAtlas does not know.",
	},
	{
		name: "authentication context", policies: []string{on("A", everyone, `"applications":{"includeAuthenticationContextClassReferences":["c1"]},`+anyClient, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only where an app asks for authentication context c1.",
	},
	{
		// The usual shape of MFA "outside the office": inside, the password will do.
		name: "outside trusted locations", policies: []string{on("A", everyone, everything+`,"locations":{"includeLocations":["All"],"excludeLocations":["AllTrusted"]}`, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only outside trusted locations.",
	},
	{
		name: "outside a named location", policies: []string{on("A", everyone, everything+`,"locations":{"includeLocations":["All"],"excludeLocations":["`+headOff+`","00000000-0000-0000-0000-000000000000"]}`, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only outside “Head office” and the trusted IPs of per-user MFA.",
	},
	{
		// Any location is no condition.
		name: "all locations", policies: []string{on("A", everyone, everything+`,"locations":{"includeLocations":["All"],"excludeLocations":[]}`, mfa)},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		name: "one platform", policies: []string{on("A", everyone, everything+`,"platforms":{"includePlatforms":["windows","macOS"],"excludePlatforms":[]}`, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only on Windows or macOS.",
	},
	{
		name: "all platforms but one", policies: []string{on("A", everyone, everything+`,"platforms":{"includePlatforms":["all"],"excludePlatforms":["iOS"]}`, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only on all platforms except iOS.",
	},
	{
		// The client says what it is, and ChromeOS is none of these: a list of
		// every platform is still not any platform.
		name: "every platform named", policies: []string{on("A", everyone, everything+`,"platforms":{"includePlatforms":["android","iOS","windows","windowsPhone","macOS","linux"]}`, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only on Android, iOS, Windows or 3 more.",
	},
	{
		// Null, empty and "all" are no conditions.
		name: "empty conditions", policies: []string{on("A", everyone, allApps+`,"clientAppTypes":[],"platforms":null,"locations":{"includeLocations":[],"excludeLocations":[]},"devices":{"deviceFilter":null,"includeDevices":[]},"signInRiskLevels":[],"userRiskLevels":[],"insiderRiskLevels":null,"authenticationFlows":null,"clientApplications":null,"agentIdRiskLevels":null,"futureCondition":{"levels":[]}`, mfa)},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// Conditions that came later narrow a policy, however many sign-ins
		// they may leave.
		name: "unknown condition", policies: []string{on("A", everyone, everything+`,"agents":{"mode":"strict"}`, mfa)},
		verdict: enforcement.Partly, reason: "“A” may require MFA only under “agents”, which SecurAtlas does not know.",
		relation: []enforcement.Relation{enforcement.MayRequire},
	},
	{
		name: "unknown part of a known condition", policies: []string{on("A", everyone, everything+`,"locations":{"includeLocations":["All"],"excludeNetworks":["x"]}`, mfa)},
		verdict: enforcement.Partly, reason: "“A” may require MFA only under “excludeNetworks”, which SecurAtlas does not know.",
	},
	{
		// A preview condition that only beta has: the risk of an agent.
		name: "preview condition", policies: []string{on("A", everyone, everything+`,"agentIdRiskLevels":"high"`, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only at high risk of an agent.",
	},
	{
		// Only risky sign-ins are asked for MFA.
		name: "sign-in risk only", policies: []string{on("A", everyone, everything+`,"signInRiskLevels":["high","medium"]`, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only at high or medium sign-in risk.",
	},
	{
		// AND: MFA and a new password, but only for users at risk.
		name: "user risk only", policies: []string{on("A", everyone, everything+`,"userRiskLevels":["high"]`, `{"operator":"AND","builtInControls":["mfa","passwordChange"]}`)},
		verdict: enforcement.Partly, reason: "“A” requires MFA and a password change only at high user risk.",
	},
	{
		name: "insider risk only", policies: []string{on("A", everyone, everything+`,"insiderRiskLevels":"moderate,elevated"`, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only at moderate or elevated insider risk.",
	},
	{
		name: "device filter", policies: []string{on("A", everyone, everything+`,"devices":{"deviceFilter":{"mode":"exclude","rule":"device.isCompliant -eq True"}}`, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only on devices that do not match a filter.",
	},
	{
		name: "device code flow only", policies: []string{on("A", everyone, everything+`,"authenticationFlows":{"transferMethods":"deviceCodeFlow"}`, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only for device code flow.",
	},
	{
		// Legacy clients are left out and go on with the password alone.
		name: "modern clients only", policies: []string{on("A", everyone, allApps+`,`+modern, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only for browsers and mobile and desktop apps.",
	},
	{
		// All four client types are the same as all.
		name: "every client app type named", policies: []string{on("A", everyone, allApps+`,"clientAppTypes":["browser","mobileAppsAndDesktopClients","exchangeActiveSync","other"]`, mfa)},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps.",
	},
	{
		// Blocking legacy clients asks nobody for MFA.
		name: "legacy clients blocked", policies: []string{on("A", everyone, allApps+`,`+legacy, block)},
		verdict: enforcement.NotEnforced, relation: []enforcement.Relation{enforcement.BlocksSome},
		reason: noneOf + " “A” blocks sign-in only for Exchange ActiveSync clients and other legacy clients.",
	},
	{
		// Legacy clients cannot pass MFA: asking them for it is a block.
		name: "MFA for legacy clients only", policies: []string{on("A", everyone, allApps+`,`+legacy, mfa)},
		verdict: enforcement.NotEnforced, relation: []enforcement.Relation{enforcement.BlocksSome},
		reason: noneOf + " “A” requires MFA, which legacy clients cannot pass, only for Exchange ActiveSync clients and other legacy clients.",
	},
	{
		name: "unknown client app type", policies: []string{on("A", everyone, allApps+`,"clientAppTypes":["browser","robot"]`, mfa)},
		verdict: enforcement.Partly, reason: "“A” may require MFA only under “robot”, which SecurAtlas does not know, for browsers.",
	},
	{
		// Several conditions must all hold.
		name: "two conditions", policies: []string{on("A", everyone, `"applications":{"includeApplications":["Office365"]},`+anyClient+`,"platforms":{"includePlatforms":["iOS"]},"locations":{"includeLocations":["AllTrusted"]}`, mfa)},
		verdict: enforcement.Partly, reason: "“A” requires MFA only for Office 365, on iOS, from trusted locations.",
	},
}

var controlCases = []testCase{
	{
		// Strengths that satisfy MFA are MFA.
		name: "authentication strength", policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":[],"authenticationStrength":{"id":"dddddddd-0000-0000-0000-000000000009","displayName":"Keys only","requirementsSatisfied":"mfa"}}`)},
		verdict: enforcement.Enforced, reason: "“A” requires MFA of the strength “Keys only” for all apps.",
	},
	{
		// Microsoft's own three are known by their ids.
		name: "built-in strength by id", policies: []string{on("A", everyone, everything, `{"operator":"OR","authenticationStrength":{"id":"00000000-0000-0000-0000-000000000004","displayName":"Phishing-resistant MFA"}}`)},
		verdict: enforcement.Enforced, reason: "“A” requires MFA of the strength “Phishing-resistant MFA” for all apps.",
	},
	{
		name: "strength that is not MFA", policies: []string{on("A", everyone, everything, `{"operator":"OR","authenticationStrength":{"id":"dddddddd-0000-0000-0000-000000000008","displayName":"Anything","requirementsSatisfied":"none"}}`)},
		verdict: enforcement.NotEnforced, reason: noneOf, relation: []enforcement.Relation{enforcement.AsksElse},
	},
	{
		// Whether it is MFA is not said, so that nothing is claimed.
		name: "strength that says nothing", policies: []string{on("A", everyone, everything, `{"operator":"OR","authenticationStrength":{"id":"dddddddd-0000-0000-0000-000000000008","displayName":"Anything"}}`)},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs to know what “Anything” in the policy “A” stands for.",
		relation: []enforcement.Relation{enforcement.MayRequire},
	},
	{
		// One of them suffices: who comes without such a device has to pass MFA.
		name: "OR with a compliant device", policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":["mfa","compliantDevice"]}`)},
		verdict: enforcement.Partly, reason: "“A” requires MFA for all apps, unless the device is compliant.",
		relation: []enforcement.Relation{enforcement.RequiresSome},
	},
	{
		name: "strength or a compliant device, for one app", policies: []string{on("A", everyone, `"applications":{"includeApplications":["Office365"]},`+anyClient, `{"operator":"OR","builtInControls":["compliantDevice"],"authenticationStrength":{"id":"00000000-0000-0000-0000-000000000002"}}`)},
		verdict: enforcement.Partly, reason: "“A” requires MFA of the strength “Multifactor authentication” only for Office 365, unless the device is compliant.",
	},
	{
		// Two ways around MFA do not make one whole.
		name: "OR with a device, and OR with an app", policies: []string{
			on("A", everyone, everything, `{"operator":"OR","builtInControls":["mfa","domainJoinedDevice"]}`),
			on("B", everyone, everything, `{"operator":"OR","builtInControls":["compliantApplication","mfa"]}`)},
		verdict: enforcement.Partly,
		reason:  "“A” requires MFA for all apps, unless the device is hybrid joined. “B” requires MFA for all apps, unless the app has an app protection policy.",
	},
	{
		name: "OR with a custom control", policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":["mfa"],"customAuthenticationFactors":["RequireDuoMfa"]}`)},
		verdict: enforcement.Partly, reason: "“A” requires MFA for all apps, unless a custom control is passed.",
	},
	{
		// "It will be as if this grant isn't selected": MFA is what is left.
		name: "OR with the retired control", policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":["mfa","approvedApplication"]}`)},
		verdict: enforcement.Enforced, reason: "“A” requires MFA for all apps (the control “an approved client app” no longer counts, since Microsoft retired it).",
	},
	{
		name: "OR with the retired control and an app protection policy", policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":["approvedApplication","compliantApplication","mfa"]}`)},
		verdict: enforcement.Partly, reason: "“A” requires MFA for all apps, unless the app has an app protection policy (the control “an approved client app” no longer counts, since Microsoft retired it).",
	},
	{
		name: "the retired control alone", policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":["approvedApplication"]}`)},
		verdict: enforcement.NotEnforced, reason: noneOf, relation: []enforcement.Relation{enforcement.AsksElse},
	},
	{
		// It calls itself MFA, and a password alone is enough.
		name: "strength that a single factor meets", policies: []string{on("A", everyone, everything, `{"operator":"OR","authenticationStrength":{"id":"dddddddd-0000-0000-0000-000000000008","displayName":"Odd","requirementsSatisfied":"mfa","allowedCombinations":["fido2","password"]}}`)},
		verdict: enforcement.NotEnforced, reason: noneOf,
	},
	{
		name: "strength of pairs", policies: []string{on("A", everyone, everything, `{"operator":"OR","authenticationStrength":{"id":"dddddddd-0000-0000-0000-000000000008","displayName":"Pairs","requirementsSatisfied":"mfa","allowedCombinations":["password,sms"]}}`)},
		verdict: enforcement.Enforced, reason: "“A” requires MFA of the strength “Pairs” for all apps.",
	},
	{
		// Which sign-ins a rollout in phases has reached is not told.
		name: "rollout in phases", policies: []string{strings.Replace(on("A", everyone, everything, mfa), `{`, `{"partialEnablementStrategy":{"percentage":10},`, 1)},
		verdict: enforcement.Partly, reason: "“A” may require MFA only under “partialEnablementStrategy”, which SecurAtlas does not know.",
	},
	{
		name: "AND with a compliant device", policies: []string{on("A", everyone, everything, `{"operator":"AND","builtInControls":["compliantDevice","mfa"]}`)},
		verdict: enforcement.Enforced, reason: "“A” requires MFA and a compliant device for all apps.",
	},
	{
		name: "OR with terms of use", policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":["mfa"],"termsOfUse":["dddddddd-0000-0000-0000-000000000007"]}`)},
		verdict: enforcement.Partly, reason: "“A” requires MFA for all apps, unless the terms of use are accepted.",
	},
	{
		// Another provider's second factor is no MFA to Microsoft.
		name: "custom control only", policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":[],"customAuthenticationFactors":["RequireDuoMfa"]}`)},
		verdict: enforcement.NotEnforced, reason: noneOf,
	},
	{
		name: "compliant device only", policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":["compliantDevice","domainJoinedDevice"]}`)},
		verdict: enforcement.NotEnforced, reason: noneOf,
	},
	{
		// A control that came later may be easier than MFA.
		name: "OR with an unknown control", policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":["mfa","selfie"]}`)},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs to know what “selfie” in the policy “A” stands for.",
		relation: []enforcement.Relation{enforcement.MayRequire},
	},
	{
		// Another policy asks for MFA whatever that control is.
		name: "an unknown control beside MFA", policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":["selfie"]}`), on("B", everyone, everything, mfa)},
		verdict: enforcement.Enforced, reason: "“B” requires MFA for all apps.",
	},
	{
		// Some sign-ins are certain, the rest hangs on the control.
		name: "an unknown control beside MFA for one app", policies: []string{on("A", everyone, everything, `{"operator":"OR","builtInControls":["selfie"]}`), on("B", everyone, `"applications":{"includeApplications":["Office365"]},`+anyClient, mfa)},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs to know what “selfie” in the policy “A” stands for. Certain is: “B” requires MFA only for Office 365.",
	},
	{
		// With AND, MFA is required whatever else is.
		name: "AND with an unknown control", policies: []string{on("A", everyone, everything, `{"operator":"AND","builtInControls":["mfa","selfie"]}`)},
		verdict: enforcement.Enforced, reason: "“A” requires MFA and the control “selfie” for all apps.",
	},
	{
		// An operator that came later is taken for the weaker one.
		name: "unknown operator", policies: []string{on("A", everyone, everything, `{"operator":"ANY2","builtInControls":["mfa","compliantDevice"]}`)},
		verdict: enforcement.Partly, reason: "“A” requires MFA for all apps, unless the device is compliant.",
	},
	{
		// Session controls shape a session that has begun.
		name: "session controls only", policies: []string{on("A", everyone, everything, `null`)},
		verdict: enforcement.NotEnforced, reason: noneOf, relation: []enforcement.Relation{enforcement.AsksElse},
	},
	{
		// Nobody gets in, with or without MFA.
		name: "block instead of grant", policies: []string{on("A", everyone, everything, block)},
		verdict: enforcement.Blocked, reason: "“A” blocks sign-in for all apps.", relation: []enforcement.Relation{enforcement.Blocks},
	},
	{
		name: "block for one app", policies: []string{on("A", everyone, `"applications":{"includeApplications":["`+exchange+`"]},`+anyClient, block)},
		verdict: enforcement.NotEnforced, reason: noneOf + " “A” blocks sign-in only for “Exchange Online”.",
	},
	{
		// What cannot be read may do anything, also block.
		name: "conditions that are no object", policies: []string{`{"id":"A","displayName":"A","state":"enabled","conditions":"all","grantControls":` + mfa + `}`},
		verdict: enforcement.NotAssessed, reason: "Not assessed: needs the policy “A” in a form that can be read.",
		relation: []enforcement.Relation{enforcement.Undecided},
	},
	{
		// That it is off was read.
		name: "unreadable policy that is off", policies: []string{`{"id":"A","displayName":"A","state":"disabled","conditions":null}`},
		verdict: enforcement.NotEnforced, reason: noneOf, relation: []enforcement.Relation{enforcement.Off},
	},
}
