package enforcement_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/syncer/enforcement"
)

// TestSummarize says in words whom and what a policy names, by which list it
// may, exclusions included, and never an or as an and.
func TestSummarize(t *testing.T) {
	t.Parallel()
	const two = `"` + breakGlass + `","` + staff + `"`
	who := func(users string) string { return on("A", users, everything, mfa) }
	grant := func(grant string) string { return on("A", everyone, everything, grant) }
	for policy, want := range map[string]enforcement.Summary{
		who(everyone):                                   {Who: "All users", What: "All apps", Requires: "MFA"},
		who(`{"includeUsers":["None"]}`):                {Who: "Nobody", What: "All apps", Requires: "MFA"},
		who(`{"includeUsers":["` + anna + `"]}`):        {Who: "1 user", What: "All apps", Requires: "MFA"},
		who(`{"includeGroups":[` + two + `]}`):          {Who: "2 groups", What: "All apps", Requires: "MFA"},
		who(`{"includeRoles":["` + globalAdmin + `"]}`): {Who: "1 role", What: "All apps", Requires: "MFA"},
		who(`{"includeRoles":["` + globalAdmin + `","` + reader + `"],"excludeGroups":["` + staff + `"],"excludeUsers":["` + anna + `"]}`): {Who: "2 roles, except 1 user and 1 group", What: "All apps", Requires: "MFA"},
		who(`{"includeUsers":["GuestsOrExternalUsers"]}`):                                                                                               {Who: "Guests and external users", What: "All apps", Requires: "MFA"},
		who(`{"includeGuestsOrExternalUsers":{"guestOrExternalUserTypes":"b2bCollaborationGuest,internalGuest"}}`):                                      {Who: "Invited guests and internal guests", What: "All apps", Requires: "MFA"},
		who(`{"includeUsers":["All"],"excludeGuestsOrExternalUsers":{"guestOrExternalUserTypes":"serviceProvider"},"excludeRoles":["` + reader + `"]}`): {Who: "All users, except 1 role and service providers", What: "All apps", Requires: "MFA"},
		who(`{"includeUsers":["AllAgentIdUsers"]}`):                                                                                                     {Who: "The accounts of agents", What: "All apps", Requires: "MFA"},
		who(`{"includeUsers":["Everybody"]}`):                                                                                                           {Who: "“Everybody”, which SecurAtlas does not know", What: "All apps", Requires: "MFA"},
		on("A", `{"includeUsers":["None"]}`, everything+`,"clientApplications":{"includeServicePrincipals":["x"]}`, block):                              {Who: "Service principals, no people", What: "All apps", Requires: "Blocks sign-in"},

		on("A", everyone, `"applications":{"includeApplications":["Office365","`+exchange+`"]},`+anyClient, mfa):                                 {Who: "All users", What: "Office 365 and 1 app", Requires: "MFA"},
		on("A", everyone, `"applications":{"includeApplications":["All"],"excludeApplications":["`+exchange+`","`+headOff+`"]},`+anyClient, mfa): {Who: "All users", What: "All apps except 2 apps", Requires: "MFA"},
		on("A", everyone, `"applications":{"includeUserActions":["urn:user:registersecurityinfo"]},`+anyClient, mfa):                             {Who: "All users", What: "When registering security information", Requires: "MFA"},
		on("A", everyone, `"applications":{"includeApplications":["None"]},`+anyClient, mfa):                                                     {Who: "All users", What: "No app", Requires: "MFA"},
		on("A", everyone, allApps+`,`+legacy, block):                                                                                             {Who: "All users", What: "All apps, only for Exchange ActiveSync clients and other legacy clients", Requires: "Blocks sign-in"},
		on("A", everyone, everything+`,"locations":{"includeLocations":["All"],"excludeLocations":["AllTrusted","`+headOff+`"]},"signInRiskLevels":["high","medium"]`, mfa): {
			Who: "All users", What: "All apps, only outside trusted locations and 1 named location, at high or medium sign-in risk", Requires: "MFA"},

		grant(`{"operator":"OR","builtInControls":["mfa","compliantDevice","domainJoinedDevice"]}`): {Who: "All users", What: "All apps", Requires: "MFA", Unless: "The device is compliant or the device is hybrid joined"},
		grant(`{"operator":"AND","builtInControls":["mfa","compliantDevice"]}`):                     {Who: "All users", What: "All apps", Requires: "MFA and a compliant device"},
		grant(`{"operator":"OR","builtInControls":["compliantDevice","domainJoinedDevice"]}`):       {Who: "All users", What: "All apps", Requires: "A compliant device or a hybrid joined device"},
		grant(`{"operator":"AND","builtInControls":["compliantDevice","domainJoinedDevice"]}`):      {Who: "All users", What: "All apps", Requires: "A compliant device and a hybrid joined device"},
		grant(`{"operator":"OR","builtInControls":["approvedApplication"]}`):                        {Who: "All users", What: "All apps", Requires: "Nothing before sign-in (the control “an approved client app” no longer counts, since Microsoft retired it)"},
		grant(`null`): {Who: "All users", What: "All apps", Requires: "Nothing before sign-in"},
		`{"id":"A","state":"enabled","conditions":[1]}`: {Who: "Cannot be read: its conditions are not what Microsoft documents", What: "Cannot be read", Requires: "Cannot be read"},
	} {
		p := enforcement.NewPolicy([]byte(policy))
		assert.Equal(t, want, p.Summarize(), policy)
	}
}
