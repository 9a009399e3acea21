package simulator

import "maps"

// Role templates and applications that the policies name; the ids are
// Microsoft's.
const (
	roleGlobalAdministrator     = "62e90394-69f5-4237-9190-012177145e10"
	rolePrivilegedAdministrator = "e8611ab8-c189-46e8-94e1-60213ab1f814"
	roleUserAdministrator       = "fe930be7-5e62-47db-91af-98c3a49a38b1"
	roleSecurityAdministrator   = "194ae4cb-b126-40b2-bd5b-6091b380977d"
	appAzureManagement          = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
	appExchangeOnline           = "00000002-0000-0ff1-ce00-000000000000"
)

type properties = map[string]any

// completePolicy adds what every policy has to the properties given: the
// conditions and controls that are null or empty.
func completePolicy(given properties) properties {
	out := properties{"templateId": nil, "createdDateTime": nil, "modifiedDateTime": nil, "state": "disabled",
		"displayName": "Added policy", "sessionControls": nil, "grantControls": nil, "partialEnablementStrategy": nil, "deletedDateTime": nil}
	maps.Copy(out, normal(given))
	conditions := properties{
		"userRiskLevels": []string{}, "signInRiskLevels": []string{}, "servicePrincipalRiskLevels": []string{}, "insiderRiskLevels": nil,
		"clientAppTypes": []string{"all"}, "platforms": nil, "locations": nil, "devices": nil, "clientApplications": nil, "authenticationFlows": nil,
	}
	over, _ := out["conditions"].(properties)
	maps.Copy(conditions, over)
	conditions["applications"] = filled(conditions["applications"], properties{
		"includeApplications": []string{}, "excludeApplications": []string{}, "includeUserActions": []string{},
		"includeAuthenticationContextClassReferences": []string{}, "applicationFilter": nil})
	conditions["users"] = filled(conditions["users"], properties{
		"includeUsers": []string{}, "excludeUsers": []string{}, "includeGroups": []string{}, "excludeGroups": []string{},
		"includeRoles": []string{}, "excludeRoles": []string{}, "includeGuestsOrExternalUsers": nil, "excludeGuestsOrExternalUsers": nil})
	out["conditions"] = conditions
	if grant, ok := out["grantControls"].(properties); ok {
		out["grantControls"] = filled(grant, properties{
			"operator": "OR", "builtInControls": []string{}, "customAuthenticationFactors": []string{}, "termsOfUse": []string{}, "authenticationStrength": nil})
	}
	return out
}

func filled(given any, defaults properties) properties {
	over, _ := given.(properties)
	maps.Copy(defaults, over)
	return defaults
}

// conditionalAccessPolicies are those of every tenant: one of each kind.
func (t *Tenant) conditionalAccessPolicies() []properties {
	breakGlass, pilot := []string{}, []string{}
	if t.groups.made > pilotGroup {
		breakGlass, pilot = []string{t.groupID(breakGlassGroup)}, []string{t.groupID(pilotGroup)}
	}
	trusted, countries := t.guid(0, saltLocationID), t.guid(3, saltLocationID)
	everyone := properties{"includeUsers": []string{"All"}, "excludeGroups": breakGlass}
	allApps := properties{"includeApplications": []string{"All"}}
	mfa := properties{"builtInControls": []string{"mfa"}}
	block := properties{"builtInControls": []string{"block"}}
	guests := properties{"includeGuestsOrExternalUsers": properties{
		"guestOrExternalUserTypes": "internalGuest,b2bCollaborationGuest,b2bCollaborationMember,b2bDirectConnectUser,otherExternalUser,serviceProvider",
		"externalTenants":          properties{"@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all"},
	}, "excludeGroups": breakGlass}
	admins := properties{"includeRoles": []string{roleGlobalAdministrator, rolePrivilegedAdministrator, roleUserAdministrator, roleSecurityAdministrator}, "excludeGroups": breakGlass}
	made := []properties{
		{"displayName": "CA001: Require MFA for all users", "state": "enabled", "conditions": properties{"users": everyone, "applications": allApps}, "grantControls": mfa,
			"createdDateTime": "2021-09-26T23:12:16.0792706Z", "modifiedDateTime": "2023-09-27T00:12:12.5986473Z"},
		{"displayName": "CA002: Require phishing-resistant MFA for admins", "state": "enabled", "conditions": properties{"users": admins, "applications": allApps},
			"createdDateTime": "2022-04-11T08:00:41.1Z", "modifiedDateTime": nil,
			"grantControls": properties{"authenticationStrength": properties{
				"id": "00000000-0000-0000-0000-000000000004", "createdDateTime": "2021-12-01T00:00:00Z", "modifiedDateTime": "2021-12-01T00:00:00Z",
				"displayName": "Phishing-resistant MFA", "description": "Phishing-resistant, Passwordless methods for the strongest authentication, such as a FIDO2 security key",
				"policyType": "builtIn", "requirementsSatisfied": "mfa", "allowedCombinations": []string{"windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"}, "combinationConfigurations": []any{}}}},
		{"displayName": "CA003: Block legacy authentication", "state": "enabled", "conditions": properties{"users": everyone, "applications": allApps, "clientAppTypes": []string{"exchangeActiveSync", "other"}}, "grantControls": block,
			"createdDateTime": "2020-02-03T10:11:12.0000001Z", "modifiedDateTime": "2020-02-03T10:11:12.0000001Z"},
		{"displayName": "CA004: Require MFA for guests", "state": "enabled", "conditions": properties{"users": guests, "applications": allApps}, "grantControls": mfa,
			"createdDateTime": "2022-11-30T14:03:59.7654321Z", "modifiedDateTime": "2024-01-15T09:30:00Z"},
		{"displayName": "CA005: Block sign-in from unexpected countries", "state": "enabledForReportingButNotEnforced",
			"conditions":    properties{"users": everyone, "applications": allApps, "locations": properties{"includeLocations": []string{"All"}, "excludeLocations": []string{"AllTrusted", countries}}},
			"grantControls": block, "createdDateTime": "2023-05-02T07:45:33.1234567Z", "modifiedDateTime": "2024-06-18T16:20:05.9Z"},
		{"displayName": "CA006: Require compliant or hybrid joined device", "state": "enabledForReportingButNotEnforced",
			"conditions":    properties{"users": properties{"includeGroups": pilot, "excludeGroups": breakGlass}, "applications": properties{"includeApplications": []string{"Office365"}}, "platforms": properties{"includePlatforms": []string{"windows", "macOS"}, "excludePlatforms": []string{}}},
			"grantControls": properties{"operator": "OR", "builtInControls": []string{"compliantDevice", "domainJoinedDevice"}}, "createdDateTime": "2023-08-14T12:00:00.5Z", "modifiedDateTime": "2023-08-20T08:12:45.0000009Z"},
		{"displayName": "CA007: MFA for risky sign-ins", "state": "enabled", "conditions": properties{"users": everyone, "applications": allApps, "signInRiskLevels": []string{"high", "medium"}},
			"grantControls": mfa, "sessionControls": properties{"signInFrequency": properties{"value": nil, "type": nil, "authenticationType": "primaryAndSecondaryAuthentication", "frequencyInterval": "everyTime", "isEnabled": true}},
			"createdDateTime": "2022-01-10T11:22:33.4455667Z", "modifiedDateTime": "2022-01-10T11:22:33.4455667Z"},
		{"displayName": "CA008: Password change for high user risk", "state": "enabled", "conditions": properties{"users": everyone, "applications": allApps, "userRiskLevels": []string{"high"}},
			"grantControls": properties{"operator": "AND", "builtInControls": []string{"mfa", "passwordChange"}}, "createdDateTime": "2022-01-10T11:25:01Z", "modifiedDateTime": nil},
		{"displayName": "CA009: Securing security info registration", "state": "enabled",
			"conditions":    properties{"users": properties{"includeUsers": []string{"All"}, "excludeUsers": []string{"GuestsOrExternalUsers"}, "excludeGroups": breakGlass, "excludeRoles": []string{roleGlobalAdministrator}}, "applications": properties{"includeUserActions": []string{"urn:user:registersecurityinfo"}}, "locations": properties{"includeLocations": []string{"All"}, "excludeLocations": []string{trusted}}},
			"grantControls": mfa, "createdDateTime": "2021-10-01T06:00:00Z", "modifiedDateTime": "2021-10-01T06:00:00Z"},
		{"displayName": "CA010: Azure management – MFA, sign in every 4 hours", "state": "enabled", "templateId": "d8c51a9a-e6b1-454d-86af-554e7872e2c1", "conditions": properties{"users": everyone, "applications": properties{"includeApplications": []string{appAzureManagement, "MicrosoftAdminPortals"}}},
			"grantControls": mfa, "sessionControls": properties{"signInFrequency": properties{"value": 4, "type": "hours", "authenticationType": "primaryAndSecondaryAuthentication", "frequencyInterval": "timeBased", "isEnabled": true}, "persistentBrowser": properties{"mode": "never", "isEnabled": true}, "applicationEnforcedRestrictions": nil, "cloudAppSecurity": nil, "disableResilienceDefaults": nil},
			"createdDateTime": "2023-02-01T09:09:09.0909090Z", "modifiedDateTime": "2025-01-20T10:10:10.1010101Z"},
		{"displayName": "OLD - Test \"do not use\" – O'Brien's <pilot>", "state": "disabled", "conditions": properties{"users": properties{"includeUsers": []string{"None"}}, "applications": properties{"includeApplications": []string{"None"}}}, "grantControls": block,
			"createdDateTime": nil, "modifiedDateTime": nil},
		{"displayName": "CA011: Exchange web limited access on unmanaged devices", "state": "disabled", "conditions": properties{"users": everyone, "applications": properties{"includeApplications": []string{appExchangeOnline}}, "clientAppTypes": []string{"browser"}, "devices": properties{"deviceFilter": properties{"mode": "exclude", "rule": "device.isCompliant -eq True"}}},
			"sessionControls": properties{"applicationEnforcedRestrictions": properties{"isEnabled": true}}, "createdDateTime": "2022-06-06T06:06:06.6666666Z", "modifiedDateTime": nil},
		{"displayName": "CA012: Block risky agents (preview)", "state": "enabledForReportingButNotEnforced", "conditions": properties{"users": properties{"includeUsers": []string{"None"}}, "applications": allApps, "agentIdRiskLevels": "high"}, "grantControls": block,
			"createdDateTime": "2025-05-19T15:00:00.0000015Z", "modifiedDateTime": "2025-05-19T15:00:00.0000015Z"},
	}
	for i := range made {
		made[i] = completePolicy(made[i])
	}
	return made
}

// namedLocations are those of every tenant.
func namedLocations() []properties {
	ip := func(name string, trusted bool, created string, ranges ...properties) properties {
		return properties{"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": name, "modifiedDateTime": created, "createdDateTime": created, "isTrusted": trusted, "ipRanges": ranges}
	}
	v4 := func(cidr string) properties {
		return properties{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": cidr}
	}
	v6 := func(cidr string) properties {
		return properties{"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": cidr}
	}
	country := func(name string, unknown bool, codes ...string) properties {
		return properties{"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": name, "modifiedDateTime": "2023-09-10T16:54:53.7238848Z",
			"createdDateTime": "2023-09-10T16:54:53.7238848Z", "countriesAndRegions": codes, "includeUnknownCountriesAndRegions": unknown, "countryLookupMethod": "clientIpAddress"}
	}
	return []properties{
		ip("Headquarters", true, "2018-06-22T11:56:12Z", v4("203.0.113.0/24"), v4("198.51.100.17/32")),
		ip("Guest Wi-Fi", false, "2019-07-26T18:00:43.5796446Z", v4("192.0.2.128/25")),
		ip("Data centre IPv6", true, "2019-09-15T21:53:34.5001162Z", v6("2001:db8:80e8:7::/64"), v6("2001:db8:80d8::/48")),
		country("Countries where we work", false, "DE", "GB", "US", "FR", "ES", "PL", "IN", "JP", "BR", "NG"),
		country("Blocked countries", true, "KP", "IR", "SY"),
		ip("VPN concentrator – O'Hare", false, "2024-03-01T00:00:00.0000001Z", v4("203.0.113.200/29"), v6("2001:db8:ffff::1/128")),
	}
}
