package simulator

// These types follow their resources at learn.microsoft.com/graph/api/resources:
// the operators are those of "Supports $filter".

func registrationProperties() []*property {
	return all(
		prop("id", kindText, "eq"),
		prop("userPrincipalName", kindText, "eq startsWith").sorted(byDefault), prop("userDisplayName", kindText, "eq startsWith").sorted(byDefault),
		prop("isAdmin", kindFlag, ""), prop("isSsprRegistered", kindFlag, "eq"), prop("isSsprEnabled", kindFlag, "eq"), prop("isSsprCapable", kindFlag, "eq"),
		prop("isMfaRegistered", kindFlag, "eq"), prop("isMfaCapable", kindFlag, "eq"), prop("isPasswordlessCapable", kindFlag, "eq"),
		prop("lastUpdatedDateTime", kindInstant, ""), prop("methodsRegistered", kindTexts, "eq"),
		prop("isSystemPreferredAuthenticationMethodEnabled", kindFlag, "eq"), prop("systemPreferredAuthenticationMethods", kindTexts, "eq"),
		prop("userPreferredMethodForSecondaryAuthentication", kindText, "eq"), prop("userType", kindText, ""))
}

var (
	registrationType     = newType("userRegistrationDetails", "UserRegistrationDetails", false, registrationProperties()...)
	registrationTypeBeta = newType("userRegistrationDetails", "UserRegistrationDetails", false,
		append(registrationProperties(), all(prop("defaultMfaMethod", kindText, ""))...)...)
)

func roleDefinitionProperties() []*property {
	return all(
		prop("id", kindText, "eq in"), prop("description", kindText, ""), prop("displayName", kindText, "eq in startsWith"),
		prop("isBuiltIn", kindFlag, "eq in"), prop("isEnabled", kindFlag, ""), prop("resourceScopes", kindTexts, ""),
		prop("templateId", kindText, ""), prop("version", kindText, ""), prop("rolePermissions", kindComplexes, ""),
		prop("inheritsPermissionsFrom", kindComplexes, ""))
}

// Only beta tells which roles are privileged.
var (
	roleDefinitionType     = newType("unifiedRoleDefinition", "UnifiedRoleDefinition", false, roleDefinitionProperties()...)
	roleDefinitionTypeBeta = newType("unifiedRoleDefinition", "UnifiedRoleDefinition", false, append(roleDefinitionProperties(),
		all(prop("isPrivileged", kindFlag, "eq"), prop("allowedPrincipalTypes", kindText, ""))...)...)
)

var roleAssignmentType = newType("unifiedRoleAssignment", "UnifiedRoleAssignment", false, all(
	prop("id", kindText, ""), prop("principalId", kindText, "eq"), prop("resourceScope", kindText, ""),
	prop("directoryScopeId", kindText, "eq"), prop("roleDefinitionId", kindText, "eq"))...)

const scheduleFilter = "eq ne"

func scheduleProperties(more ...*property) []*property {
	return all(append([]*property{
		prop("id", kindText, ""), prop("principalId", kindText, scheduleFilter), prop("roleDefinitionId", kindText, scheduleFilter),
		prop("directoryScopeId", kindText, scheduleFilter+" null"), prop("appScopeId", kindText, scheduleFilter+" null"),
	}, more...)...)
}

var (
	eligibilityInstanceType = newType("unifiedRoleEligibilityScheduleInstance", "UnifiedRoleEligibilityScheduleInstance", false, scheduleProperties(
		prop("startDateTime", kindInstant, ""), prop("endDateTime", kindInstant, ""), prop("memberType", kindText, scheduleFilter),
		prop("roleEligibilityScheduleId", kindText, scheduleFilter))...)
	assignmentInstanceType = newType("unifiedRoleAssignmentScheduleInstance", "UnifiedRoleAssignmentScheduleInstance", false, scheduleProperties(
		prop("startDateTime", kindInstant, ""), prop("endDateTime", kindInstant, ""), prop("assignmentType", kindText, scheduleFilter),
		prop("memberType", kindText, scheduleFilter), prop("roleAssignmentOriginId", kindText, scheduleFilter),
		prop("roleAssignmentScheduleId", kindText, scheduleFilter))...)
	eligibilityScheduleType = newType("unifiedRoleEligibilitySchedule", "UnifiedRoleEligibilitySchedule", false, scheduleProperties(
		prop("createdUsing", kindText, scheduleFilter), prop("createdDateTime", kindInstant, ""), prop("modifiedDateTime", kindInstant, ""),
		prop("status", kindText, scheduleFilter), prop("memberType", kindText, ""), prop("scheduleInfo", kindComplex, ""))...)
	scheduleRequestType = newType("unifiedRoleScheduleRequest", "UnifiedRoleScheduleRequest", false, scheduleProperties()...)
)

var riskyUserType = newType("riskyUser", "RiskyUser", false, all(
	prop("id", kindText, "eq"), prop("isDeleted", kindFlag, "eq"), prop("isProcessing", kindFlag, "eq"),
	prop("riskLevel", kindText, "eq"), prop("riskState", kindText, "eq"), prop("riskDetail", kindText, "eq"),
	prop("riskLastUpdatedDateTime", kindInstant, "eq ge le gt lt").sorted(byDefault),
	prop("userDisplayName", kindText, "eq"), prop("userPrincipalName", kindText, "eq"))...)

var administrativeUnitType = newType("administrativeUnit", "AdministrativeUnit", true, all(
	prop("id", kindText, "eq in"), prop("deletedDateTime", kindInstant, ""), prop("displayName", kindText, "eq in startsWith"),
	prop("description", kindText, ""), prop("isMemberManagementRestricted", kindFlag, ""), prop("membershipRule", kindText, ""),
	prop("membershipType", kindText, ""), prop("membershipRuleProcessingState", kindText, ""), prop("visibility", kindText, ""))...)

var federatedCredentialType = newType("federatedIdentityCredential", "FederatedIdentityCredential", true, all(
	prop("id", kindText, ""), prop("name", kindText, "eq"), prop("issuer", kindText, ""), prop("subject", kindText, "eq"),
	prop("description", kindText, ""), prop("audiences", kindTexts, ""))...)
