package simulator

// all marks every property as returned without $select.
func all(properties ...*property) []*property {
	for _, p := range properties {
		p.byDefault = true
	}
	return properties
}

const plain = "eq ne ge le gt lt in startsWith endsWith contains null"

var organizationType = newType("organization", "Organization", true, all(
	prop("id", kindText, ""), prop("deletedDateTime", kindInstant, ""), prop("businessPhones", kindTexts, ""),
	prop("city", kindText, ""), prop("country", kindText, ""), prop("countryLetterCode", kindText, ""),
	prop("createdDateTime", kindInstant, ""), prop("defaultUsageLocation", kindText, ""), prop("displayName", kindText, ""),
	prop("isMultipleDataLocationsForServicesEnabled", kindFlag, ""), prop("marketingNotificationEmails", kindTexts, ""),
	prop("onPremisesLastSyncDateTime", kindInstant, ""), prop("onPremisesSyncEnabled", kindFlag, ""),
	prop("partnerTenantType", kindText, ""), prop("postalCode", kindText, ""), prop("preferredLanguage", kindText, ""),
	prop("securityComplianceNotificationMails", kindTexts, ""), prop("securityComplianceNotificationPhones", kindTexts, ""),
	prop("state", kindText, ""), prop("street", kindText, ""), prop("technicalNotificationMails", kindTexts, ""),
	prop("tenantType", kindText, ""), prop("directorySizeQuota", kindComplex, ""), prop("privacyProfile", kindComplex, ""),
	prop("assignedPlans", kindComplexes, ""), prop("onPremisesSyncStatus", kindComplexes, ""),
	prop("provisionedPlans", kindComplexes, ""), prop("verifiedDomains", kindComplexes, ""))...)

var skuType = newType("subscribedSku", "SubscribedSku", true, all(
	prop("accountName", kindText, ""), prop("accountId", kindText, ""), prop("appliesTo", kindText, ""),
	prop("capabilityStatus", kindText, ""), prop("consumedUnits", kindNumber, ""), prop("id", kindText, ""),
	prop("skuId", kindText, ""), prop("skuPartNumber", kindText, ""), prop("subscriptionIds", kindTexts, ""),
	prop("prepaidUnits", kindComplex, ""), prop("servicePlans", kindComplexes, ""))...)

var domainType = newType("domain", "Domain", true, all(
	prop("authenticationType", kindText, ""), prop("availabilityStatus", kindText, ""), prop("id", kindText, ""),
	prop("isAdminManaged", kindFlag, ""), prop("isDefault", kindFlag, ""), prop("isInitial", kindFlag, ""),
	prop("isRoot", kindFlag, ""), prop("isVerified", kindFlag, ""), prop("supportedServices", kindTexts, ""),
	prop("passwordValidityPeriodInDays", kindNumber, ""), prop("passwordNotificationWindowInDays", kindNumber, ""),
	prop("state", kindComplex, ""))...)

var conditionalAccessPolicyType = newType("conditionalAccessPolicy", "ConditionalAccessPolicy", false, all(
	prop("id", kindText, plain), prop("templateId", kindText, plain), prop("displayName", kindText, plain).sorted(byDefault),
	prop("createdDateTime", kindInstant, plain).sorted(byDefault), prop("modifiedDateTime", kindInstant, plain).sorted(byDefault),
	prop("state", kindText, plain).sorted(byDefault), prop("deletedDateTime", kindInstant, ""), prop("partialEnablementStrategy", kindText, ""),
	prop("sessionControls", kindComplex, ""), prop("conditions", kindComplex, ""), prop("grantControls", kindComplex, ""))...)

// namedLocationType is the abstract base: $select of what only the derived
// types have is refused.
var namedLocationType = newType("namedLocation", "NamedLocation", false, all(
	prop("id", kindText, plain), prop("displayName", kindText, plain).sorted(byDefault),
	prop("modifiedDateTime", kindInstant, plain).sorted(byDefault), prop("createdDateTime", kindInstant, plain).sorted(byDefault))...)

var applicationType = newType("application", "Application", true, all(
	prop("id", kindText, "eq in"), prop("deletedDateTime", kindInstant, ""), prop("appId", kindText, "eq in"),
	prop("applicationTemplateId", kindText, ""), prop("disabledByMicrosoftStatus", kindText, ""),
	prop("createdDateTime", kindInstant, "eq* ge* le*").sorted(advancedOnly),
	prop("displayName", kindText, "eq ge* le* in startsWith null*").sorted(advancedOnly),
	prop("identifierUris", kindTexts, "eq startsWith"), prop("publisherDomain", kindText, ""),
	prop("signInAudience", kindText, "eq*"), prop("tags", kindTexts, "eq"), prop("appRoles", kindComplexes, ""),
	prop("keyCredentials", kindComplexes, ""), prop("passwordCredentials", kindComplexes, ""),
	prop("requiredResourceAccess", kindComplexes, ""), prop("web", kindComplex, ""),
	prop("addIns", kindComplexes, ""), prop("api", kindComplex, ""), prop("certification", kindComplex, ""), prop("defaultRedirectUri", kindText, ""),
	prop("groupMembershipClaims", kindText, ""), prop("info", kindComplex, ""), prop("isDeviceOnlyAuthSupported", kindFlag, ""),
	prop("isFallbackPublicClient", kindFlag, ""), prop("notes", kindText, ""), prop("optionalClaims", kindComplex, ""),
	prop("publicClient", kindComplex, ""), prop("samlMetadataUrl", kindText, ""), prop("serviceManagementReference", kindText, ""),
	prop("spa", kindComplex, ""), prop("tokenEncryptionKeyId", kindText, ""), prop("verifiedPublisher", kindComplex, ""))...)

var servicePrincipalType = newType("servicePrincipal", "ServicePrincipal", true, all(
	prop("id", kindText, "eq in"), prop("deletedDateTime", kindInstant, ""), prop("accountEnabled", kindFlag, "eq* in*"),
	prop("appDisplayName", kindText, ""), prop("appId", kindText, "eq in"), prop("appOwnerOrganizationId", kindText, "eq*"),
	prop("appRoleAssignmentRequired", kindFlag, ""), prop("createdDateTime", kindInstant, ""),
	prop("displayName", kindText, "eq ge* le* in startsWith null*").sorted(advancedOnly),
	prop("servicePrincipalNames", kindTexts, "eq startsWith"), prop("servicePrincipalType", kindText, "eq"),
	prop("signInAudience", kindText, "eq*"), prop("tags", kindTexts, "eq"), prop("appRoles", kindComplexes, ""),
	prop("keyCredentials", kindComplexes, ""), prop("passwordCredentials", kindComplexes, ""),
	prop("addIns", kindComplexes, ""), prop("alternativeNames", kindTexts, "eq startsWith"), prop("appDescription", kindText, ""),
	prop("applicationTemplateId", kindText, ""), prop("description", kindText, ""), prop("disabledByMicrosoftStatus", kindText, ""),
	prop("homepage", kindText, ""), prop("info", kindComplex, ""), prop("loginUrl", kindText, ""), prop("logoutUrl", kindText, ""),
	prop("notes", kindText, ""), prop("notificationEmailAddresses", kindTexts, ""), prop("oauth2PermissionScopes", kindComplexes, ""),
	prop("preferredSingleSignOnMode", kindText, ""), prop("preferredTokenSigningKeyThumbprint", kindText, ""), prop("replyUrls", kindTexts, ""),
	prop("resourceSpecificApplicationPermissions", kindComplexes, ""), prop("samlSingleSignOnSettings", kindComplex, ""),
	prop("tokenEncryptionKeyId", kindText, ""), prop("verifiedPublisher", kindComplex, ""))...)

var appRoleAssignmentType = newType("appRoleAssignment", "AppRoleAssignment", true, all(
	prop("id", kindText, ""), prop("deletedDateTime", kindInstant, ""), prop("appRoleId", kindText, ""),
	prop("createdDateTime", kindInstant, ""), prop("principalDisplayName", kindText, ""), prop("principalId", kindText, ""),
	prop("principalType", kindText, ""), prop("resourceDisplayName", kindText, ""), prop("resourceId", kindText, ""))...)

var directoryRoleType = newType("directoryRole", "DirectoryRole", true, all(
	prop("id", kindText, "eq"), prop("deletedDateTime", kindInstant, ""), prop("description", kindText, ""),
	prop("displayName", kindText, "eq"), prop("roleTemplateId", kindText, "eq"))...)

var licenseDetailsType = newType("licenseDetails", "LicenseDetails", true, all(
	prop("id", kindText, ""), prop("skuId", kindText, ""), prop("skuPartNumber", kindText, ""), prop("servicePlans", kindComplexes, ""))...)
