// Package entities is the catalogue: one file for each entity that SecurAtlas
// syncs, and the permissions that it asks for.
package entities

import "github.com/securatlas/securatlas/syncer/entity"

// All returns the catalogue. It panics when a declaration is wrong: that is a
// mistake in this package, and the tests call it.
func All() *entity.Catalogue {
	c, err := entity.NewCatalogue([]*entity.Def{
		organization(),
		subscribedSkus(),
		users(),
		guests(),
		groups(),
		groupMembers(),
		conditionalAccessPolicies(),
		namedLocations(),
		securityDefaults(),
		mfaRegistrations(),
		mfaEnforcement(),
		roleDefinitions(),
		roleAssignments(),
		roleEligibility(),
		privilegedUsers(),
		riskyUsers(),
		applications(),
		servicePrincipals(),
		managedDevices(),
		compliancePolicies(),
		teamsDevices(),
		alerts(),
		machines(),
		vulnerabilities(),
		machineVulnerabilities(),
		recommendations(),
		secureScores(),
		secureScoreControls(),
		exposureScores(),
		sharepointSites(),
		m365ActiveUsers(),
		serviceHealth(),
		serviceIssues(),
		directoryAudits(),
		signIns(),
		unifiedAudit(),
	}, permissions())
	if err != nil {
		panic(err)
	}
	return c
}

// Service plans, by the ids of
// learn.microsoft.com/entra/identity/users/licensing-service-plan-reference.
const (
	aadPremium         = "41781fb2-bc02-4b7c-bd55-b576c07bb09d" // AAD_PREMIUM
	aadPremiumP2       = "eec0eb4f-6444-4f95-aba0-50c24d67f998" // AAD_PREMIUM_P2
	identityGovernance = "e866a266-3cff-43a3-acca-0c90a7e00c8b" // Entra_Identity_Governance
)

// Licences that parts name.
var (
	entraP1             = &entity.Licence{Name: "Microsoft Entra ID P1", ServicePlans: []string{aadPremium, aadPremiumP2}}
	entraP2             = &entity.Licence{Name: "Microsoft Entra ID P2", ServicePlans: []string{aadPremiumP2}}
	entraP2OrGovernance = &entity.Licence{Name: "Microsoft Entra ID P2 or Microsoft Entra ID Governance", ServicePlans: []string{aadPremiumP2, identityGovernance}}
)

// Licences whose service plans are many: Microsoft is believed when it says that
// they are missing.
var (
	intune                  = &entity.Licence{Name: "Microsoft Intune"}
	defenderForEndpoint     = &entity.Licence{Name: "Microsoft Defender for Endpoint"}
	vulnerabilityManagement = &entity.Licence{Name: "Microsoft Defender Vulnerability Management"}
)

// Words for flags.
var (
	yesNo   = map[string]string{"true": "Yes", "false": "No"}
	enabled = map[string]string{"true": "Enabled", "false": "Disabled"}
)
