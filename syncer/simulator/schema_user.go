package simulator

// userType follows the user resource of Microsoft Graph v1.0
// (learn.microsoft.com/graph/api/resources/user).
var userType = newType("user", "User", true,
	prop("businessPhones", kindTexts, "eq").inDefault(),
	prop("displayName", kindText, "eq in startsWith null*").sorted(byDefault).inDefault(),
	prop("givenName", kindText, "eq ge le in startsWith null*").inDefault(),
	prop("jobTitle", kindText, "eq ge le in null*").inDefault(),
	prop("mail", kindText, "eq ge le in startsWith endsWith* null*").inDefault(),
	prop("mobilePhone", kindText, "eq* ge* le* in* startsWith* null*").inDefault(),
	prop("officeLocation", kindText, "eq* ge* le* in* startsWith* null*").inDefault(),
	prop("preferredLanguage", kindText, "eq* ge* le* in* startsWith* null*").inDefault(),
	prop("surname", kindText, "eq ge le in startsWith null*").inDefault(),
	prop("userPrincipalName", kindText, "eq le in startsWith endsWith*").sorted(byDefault).inDefault(),
	prop("id", kindText, "eq in").inDefault(),
	prop("accountEnabled", kindFlag, "eq in ge* le*"),
	prop("ageGroup", kindText, "eq in"),
	prop("assignedLicenses", kindComplexes, "eq").of(prop("skuId", kindGUID, "eq"), prop("disabledPlans", kindTexts, "")),
	prop("assignedPlans", kindComplexes, "eq").of(prop("servicePlanId", kindGUID, "eq"), prop("capabilityStatus", kindText, "eq"),
		prop("service", kindText, "eq"), prop("assignedDateTime", kindInstant, "")),
	prop("city", kindText, "eq ge in startsWith null*"),
	prop("companyName", kindText, "eq* ge* le* in* startsWith* null*"),
	prop("consentProvidedForMinor", kindText, "eq in"),
	prop("country", kindText, "eq ge le in startsWith null*"),
	prop("createdDateTime", kindInstant, "eq ge le in*").sorted(advancedOnly),
	prop("creationType", kindText, "eq in"),
	prop("deletedDateTime", kindInstant, "eq ge le in*").sorted(advancedOnly),
	prop("department", kindText, "eq ge le in startsWith null*"),
	prop("employeeHireDate", kindInstant, "eq* ge* le* in*"),
	prop("employeeId", kindText, "eq le* startsWith null*"),
	prop("employeeOrgData", kindComplex, ""),
	prop("employeeType", kindText, "eq* ge* le* in* startsWith*"),
	prop("externalUserState", kindText, "eq in"),
	prop("externalUserStateChangeDateTime", kindInstant, ""),
	prop("faxNumber", kindText, ""),
	prop("identityParentId", kindText, ""),
	prop("identities", kindComplexes, "eq").of(prop("signInType", kindText, ""), prop("issuer", kindText, "eq"), prop("issuerAssignedId", kindText, "eq")),
	prop("imAddresses", kindTexts, "eq ge le startsWith"),
	prop("isManagementRestricted", kindFlag, ""),
	prop("isResourceAccount", kindFlag, "eq"),
	prop("lastPasswordChangeDateTime", kindInstant, ""),
	prop("legalAgeGroupClassification", kindText, ""),
	prop("licenseAssignmentStates", kindComplexes, "").of(prop("skuId", kindGUID, ""), prop("state", kindText, ""), prop("error", kindText, ""), prop("assignedByGroup", kindText, "")),
	prop("mailNickname", kindText, "eq ge le in startsWith null*"),
	prop("onPremisesDistinguishedName", kindText, ""),
	prop("onPremisesDomainName", kindText, ""),
	prop("onPremisesExtensionAttributes", kindComplex, "eq* ge* le* in*").of(extensionAttributes()...),
	prop("onPremisesImmutableId", kindText, "eq* ge* le* in*"),
	prop("onPremisesLastSyncDateTime", kindInstant, "eq* ge* le* in*"),
	prop("onPremisesProvisioningErrors", kindComplexes, ""),
	prop("onPremisesSamAccountName", kindText, "eq* ge* le* in* startsWith*"),
	prop("onPremisesSecurityIdentifier", kindText, "eq in null*"),
	prop("onPremisesSyncEnabled", kindFlag, "eq in ge* le* null*"),
	prop("onPremisesUserPrincipalName", kindText, "eq ge le in startsWith"),
	prop("otherMails", kindTexts, "eq ge le in startsWith endsWith*"),
	prop("passwordPolicies", kindText, "eq* null*"),
	prop("passwordProfile", kindComplex, ""),
	// Undocumented for /users, but served: user is an open type.
	prop(perUserMfaState, kindText, ""),
	prop("postalCode", kindText, "eq* ge* le* in* startsWith* null*"),
	prop("preferredDataLocation", kindText, ""),
	prop("provisionedPlans", kindComplexes, ""),
	prop("proxyAddresses", kindTexts, "eq ge le startsWith endsWith* null*"),
	prop("securityIdentifier", kindText, ""),
	prop("serviceProvisioningErrors", kindComplexes, ""),
	prop("showInAddressList", kindFlag, "eq* ge* le* in*"),
	prop(signInActivity, kindComplex, "eq ge le").optional().of(
		prop("lastSignInDateTime", kindInstant, "eq ge le"), prop("lastSignInRequestId", kindText, ""),
		prop("lastNonInteractiveSignInDateTime", kindInstant, "eq ge le"), prop("lastNonInteractiveSignInRequestId", kindText, ""),
		prop("lastSuccessfulSignInDateTime", kindInstant, "eq ge le"), prop("lastSuccessfulSignInRequestId", kindText, "")),
	prop("signInSessionsValidFromDateTime", kindInstant, ""),
	prop("state", kindText, "eq ge le in startsWith null*"),
	prop("streetAddress", kindText, "eq* ge* le* in* startsWith* null*"),
	prop("usageLocation", kindText, "eq ge le in startsWith"),
	prop("userType", kindText, "eq in null*"),
	prop("customSecurityAttributes", kindComplex, "").needsMore(),
	prop("employeeLeaveDateTime", kindInstant, "").needsMore(),
	prop("aboutMe", kindText, "").outside(),
	prop("birthday", kindInstant, "").outside(),
	prop("deviceEnrollmentLimit", kindNumber, "").outside(),
	prop("hireDate", kindInstant, "").outside(),
	prop("interests", kindTexts, "").outside(),
	prop("mailboxSettings", kindComplex, "").outside(),
	prop("mySite", kindText, "").outside(),
	prop("pastProjects", kindTexts, "").outside(),
	prop("preferredName", kindText, "").outside(),
	prop("responsibilities", kindTexts, "").outside(),
	prop("schools", kindTexts, "").outside(),
	prop("skills", kindTexts, "").outside(),
)

const signInActivity = "signInActivity"

// basicUserProperties are what User.ReadBasic.All lets an app read.
var basicUserProperties = []string{"id", "displayName", "givenName", "surname", "mail", "userPrincipalName"}

func extensionAttributes() []*property {
	names := []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"}
	out := make([]*property, len(names))
	for i, n := range names {
		out[i] = prop("extensionAttribute"+n, kindText, "eq* ge* le* in*")
	}
	return out
}
