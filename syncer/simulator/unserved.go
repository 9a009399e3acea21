package simulator

import (
	"net/http"
	"strings"
)

// unservedSets are parts of Graph that exist but that the simulation does not
// have, by the beginnings of their paths in lower case, longer ones first.
// They must not look unknown to Microsoft, and an app without permission is
// told so.
var unservedSets = []struct {
	path string
	workload
}{
	{"devicemanagement", intune},
	{"deviceappmanagement", intune},
	{"me", workload{absent: errNobody}},
	{"auditlogs", workload{[]string{"AuditLog.Read.All"}, always(errAuditLogDenied), errNotSimulated}},
	{"reports/authenticationmethods", workload{[]string{"AuditLog.Read.All"}, always(errAuditLogDenied), errNotSimulated}},
	{"security/incidents", workload{[]string{"SecurityIncident.Read.All", "SecurityIncident.ReadWrite.All"}, errMissingAppRoles, errNotSimulated}},
	{"identityprotection/riskyusers", workload{[]string{"IdentityRiskyUser.Read.All", "IdentityRiskyUser.ReadWrite.All"}, errRiskDenied, errNotSimulated}},
	{"identityprotection/riskdetections", workload{[]string{"IdentityRiskEvent.Read.All", "IdentityRiskEvent.ReadWrite.All"}, errRiskDenied, errNotSimulated}},
	{"identityprotection/riskyserviceprincipals", workload{[]string{"IdentityRiskyServicePrincipal.Read.All", "IdentityRiskyServicePrincipal.ReadWrite.All"}, errRiskDenied, errNotSimulated}},
	{"devices", workload{[]string{"Device.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"}, always(errDirectoryDenied), errNotSimulated}},
	{"contacts", workload{[]string{"OrgContact.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"}, always(errDirectoryDenied), errNotSimulated}},
	{"oauth2permissiongrants", workload{readDirectory, always(errDirectoryDenied), errNotSimulated}},
	{"contracts", workload{readDirectory, always(errDirectoryDenied), errNotSimulated}},
	{"sites", sites},
	{"drives", drives},
	{"chats", chats},
	{"teams", joined},
	{"reports", unmodelled}, {"security", unmodelled}, {"identityprotection", unmodelled}, {"rolemanagement", unmodelled},
	{"directory", unmodelled}, {"directoryobjects", unmodelled}, {"admin", unmodelled}, {"teamwork", unmodelled},
	{"identitygovernance", unmodelled}, {"policies", unmodelled}, {"identity", unmodelled}, {"invitations", unmodelled},
	{"informationprotection", unmodelled}, {"subscriptions", unmodelled}, {"search", unmodelled},
}

func always(e func() *graphError) func(*call, []string) *graphError {
	return func(*call, []string) *graphError { return e() }
}

func errNobody(*call, string) *graphError {
	return errBadRequest("/me request is only valid with delegated authentication flow.")
}

func errRiskDenied(*call, []string) *graphError {
	return newGraphError(http.StatusForbidden, "Forbidden", "You cannot perform the requested operation, required scopes are missing in the token.")
}

func errMissingAppRoles(c *call, roles []string) *graphError {
	return newGraphError(http.StatusForbidden, "Forbidden", "Missing application roles. API required roles: %s, application roles: %s.",
		strings.Join(roles, ","), strings.Join(c.claims.Roles, ","))
}

// unservedSet answers for a path in such a part; nil where there is none.
func (c *call) unservedSet() *graphError {
	var names []string
	for _, s := range c.segments {
		names = append(names, strings.ToLower(s.name))
	}
	path := strings.Join(names, "/") + "/"
	for _, set := range unservedSets {
		if strings.HasPrefix(path, set.path+"/") {
			return set.judge(c, c.segments[len(c.segments)-1].name)
		}
	}
	return nil
}
