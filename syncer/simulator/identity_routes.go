package simulator

import (
	"fmt"
	"net/http"
	"strings"
)

// The permissions of what is about identities, from Microsoft's permission
// reference. Directory.Read.All does not open PIM.
var (
	readRoleManagement = []string{"RoleManagement.Read.Directory", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Directory", "Directory.Read.All", "Directory.ReadWrite.All"}
	readEligibility    = []string{"RoleEligibilitySchedule.Read.Directory", "RoleManagement.Read.Directory", "RoleEligibilitySchedule.ReadWrite.Directory", "RoleManagement.ReadWrite.Directory"}
	readAssignments    = []string{"RoleAssignmentSchedule.Read.Directory", "RoleManagement.Read.Directory", "RoleAssignmentSchedule.ReadWrite.Directory", "RoleManagement.ReadWrite.Directory"}
	readRiskyUsers     = []string{"IdentityRiskyUser.Read.All", "IdentityRiskyUser.ReadWrite.All"}
	readUnits          = []string{"AdministrativeUnit.Read.All", "AdministrativeUnit.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
)

func identityRoutes() []route {
	get := func(pattern string, roles []string, limit limitClass, denied func() *graphError, handle func(*exchange) (*answer, error)) route {
		return route{pattern: pattern, method: http.MethodGet, roles: roles, denied: denied, limit: limit, cost: 1, handle: handle}
	}
	directory := func(pattern string, roles []string, handle func(*exchange) (*answer, error)) route {
		return get(pattern, roles, directoryLimit, errDirectoryDenied, handle)
	}
	pim := func(pattern string, roles []string, handle func(*exchange) (*answer, error)) route {
		return get(pattern, roles, directoryLimit, errPIMDenied(roles), needingP2(errPIMNotLicensed, handle))
	}
	const roleManagement, registrations, risky = "roleManagement/directory/", "reports/authenticationMethods/userRegistrationDetails", "identityProtection/riskyUsers"
	report := []string{"AuditLog.Read.All"}
	return []route{
		get(registrations, report, reportsLimit, errAuditLogDenied, listRegistrations),
		get(registrations+"/{id}", report, reportsLimit, errAuditLogDenied, getRegistration),
		get(risky, readRiskyUsers, policyLimit, errRiskyUsersDenied, needingP2(errRiskNotLicensed, listRiskyUsers)),
		get(risky+"/{id}", readRiskyUsers, policyLimit, errRiskyUsersDenied, needingP2(errRiskNotLicensed, getRiskyUser)),
		directory(roleManagement+"roleDefinitions", readRoleManagement, listRoleDefinitions),
		directory(roleManagement+"roleDefinitions/{id}", readRoleManagement, getRoleDefinition),
		directory(roleManagement+"roleAssignments", readRoleManagement, listRoleAssignments),
		directory(roleManagement+"roleAssignments/{id}", readRoleManagement, getRoleAssignment),
		pim(roleManagement+"roleEligibilityScheduleInstances", readEligibility, listEligibilityInstances),
		pim(roleManagement+"roleEligibilitySchedules", readEligibility, listEligibilitySchedules),
		pim(roleManagement+"roleAssignmentScheduleInstances", readAssignments, listAssignmentInstances),
		// Reading the requests takes a permission to write, whatever the documents say.
		pim(roleManagement+"roleEligibilityScheduleRequests", readEligibility[2:], noScheduleRequests),
		pim(roleManagement+"roleAssignmentScheduleRequests", readAssignments[2:], noScheduleRequests),
		directory("directory/administrativeUnits", readUnits, listUnits),
		directory("directory/administrativeUnits/{id}", readUnits, getUnit),
		directory("applications/{id}/federatedIdentityCredentials", readApps, listFederatedCredentials),
	}
}

// needingP2 refuses tenants without Entra ID P2.
func needingP2(refusal func() *graphError, handle func(*exchange) (*answer, error)) func(*exchange) (*answer, error) {
	return func(x *exchange) (*answer, error) {
		if !read(x.tenant(), x.tenant().hasP2) {
			return nil, refusal()
		}
		return handle(x)
	}
}

func errPIMNotLicensed() *graphError {
	return newGraphError(http.StatusBadRequest, "AadPremiumLicenseRequired", "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.")
}

// errPIMDenied is PIM's way to say no: its own error, as JSON in the message.
func errPIMDenied(scopes []string) func() *graphError {
	return func() *graphError {
		return newGraphError(http.StatusForbidden, "UnknownError", "%s", fmt.Sprintf(
			`{"errorCode":"PermissionScopeNotGranted","message":"Authorization failed due to missing permission scope %s.","instanceAnnotations":[]}`, strings.Join(scopes, ",")))
	}
}

// Identity Protection says Forbidden to apps without permission and to tenants
// without licence: only the message tells.
func errRiskyUsersDenied() *graphError {
	return newGraphError(http.StatusForbidden, "Forbidden", "You cannot perform the requested operation, required scopes are missing in the token.")
}

func errRiskNotLicensed() *graphError {
	return newGraphError(http.StatusForbidden, "Forbidden", "Your tenant is not licensed for this feature.")
}
