package simulator

import (
	"net/http"
	"strings"
)

// route is a path of Graph with what it takes to be answered.
type route struct {
	pattern string   // segments; {id} stands for any
	method  string   // the only one that is answered
	roles   []string // any of them suffices; none means any token
	denied  func() *graphError
	limit   limitClass
	cost    int // resource units before the modifiers
	beta    bool
	handle  func(*exchange) (*answer, error)
}

// The permissions that open a path, from Microsoft's permission reference:
// least privileged ones first, then those that include them.
var (
	readUsers     = []string{"User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	trackUsers    = []string{"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readGroups    = []string{"Group.ReadBasic.All", "GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readMembers   = []string{"GroupMember.ReadBasic.All", "GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readOwners    = []string{"GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readMemberOf  = []string{"User.Read.All", "User.ReadWrite.All", "GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readDirectory = []string{"Directory.Read.All", "Directory.ReadWrite.All"}
	readOrg       = []string{"Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All", "DeviceManagementServiceConfig.Read.All"}
	readSkus      = []string{"LicenseAssignment.Read.All", "LicenseAssignment.ReadWrite.All", "Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readDomains   = []string{"Domain.Read.All", "Domain.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readPolicies  = []string{"Policy.Read.All"}
	readMethods   = []string{"Policy.Read.AuthenticationMethod", "Policy.ReadWrite.AuthenticationMethod", "Policy.Read.All"}
	readApps      = []string{"Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
	readRoles     = []string{"RoleManagement.Read.Directory", "RoleManagement.ReadWrite.Directory", "Directory.Read.All", "Directory.ReadWrite.All"}
)

// routes are all paths that are served.
var routes []route

// The table is filled here and not in its declaration because batches go
// through it again.
func init() {
	get := func(pattern string, roles []string, cost int, handle func(*exchange) (*answer, error)) route {
		return route{pattern: pattern, method: http.MethodGet, roles: roles, denied: errDirectoryDenied, limit: directoryLimit, cost: cost, handle: handle}
	}
	post := func(pattern string, roles []string, cost int, handle func(*exchange) (*answer, error)) route {
		r := get(pattern, roles, cost, handle)
		r.method = http.MethodPost
		return r
	}
	policy := func(pattern string, handle func(*exchange) (*answer, error)) route {
		return route{pattern: pattern, method: http.MethodGet, roles: readPolicies, denied: errPolicyDenied, limit: policyLimit, cost: 1, handle: handle}
	}
	saying := func(denied func() *graphError, r route) route {
		r.denied = denied
		return r
	}
	routes = []route{
		get("users", readUsers, 2, listUsers),
		get("users/$count", readUsers, 2, countUsers),
		get("users/delta", trackUsers, 2, usersDelta),
		get("users/microsoft.graph.delta", trackUsers, 2, usersDelta),
		get("users/{id}", readUsers, 1, getUser),
		get("users/{id}/licenseDetails", trackUsers, 2, listLicenseDetails),
		get("users/{id}/manager", trackUsers, 1, getManager),
		get("users/{id}/directReports", trackUsers, 1, emptyRelation),
		get("users/{id}/ownedDevices", readDirectory, 1, emptyRelation),
		get("users/{id}/registeredDevices", readDirectory, 1, emptyRelation),
		get("users/{id}/createdObjects", trackUsers, 1, emptyRelation),
		get("users/{id}/scopedRoleMemberOf", readDirectory, 1, emptyRelation),
		get("users/{id}/oauth2PermissionGrants", readDirectory, 1, emptyRelation),
		get("users/{id}/appRoleAssignments", readDirectory, 2, emptyRelation),
		get("users/{id}/{property}", readUsers, 1, getProperty(userType, "users", userBy)),
		get("groups", readGroups, 1, listGroups),
		get("groups/$count", readGroups, 1, countGroups),
		get("groups/delta", readGroups, 1, groupsDelta),
		get("groups/microsoft.graph.delta", readGroups, 1, groupsDelta),
		get("groups/{id}", readGroups, 1, getGroup),
		get("groups/{id}/{property}", readGroups, 1, getProperty(groupType, "groups", groupBy)),
		get("organization", readOrg, 1, listOrganization),
		get("organization/{id}", readOrg, 1, getOrganization),
		get("subscribedSkus", readSkus, 3, listSkus),
		get("subscribedSkus/{id}", readSkus, 1, getSku),
		get("domains", readDomains, 1, listDomains),
		get("domains/{id}", readDomains, 1, getDomain),
		policy("identity/conditionalAccess/policies", listPolicies),
		policy("identity/conditionalAccess/policies/$count", countPolicies),
		policy("identity/conditionalAccess/policies/{id}", getPolicy),
		policy("identity/conditionalAccess/namedLocations", listLocations),
		policy("identity/conditionalAccess/namedLocations/$count", countLocations),
		policy("identity/conditionalAccess/namedLocations/{id}", getLocation),
		saying(errPolicyDenied, get("policies/identitySecurityDefaultsEnforcementPolicy", readPolicies, 1, getSecurityDefaults)),
		saying(errMethodsDenied, get("policies/authenticationMethodsPolicy", readMethods, 1, getAuthenticationMethods)),
		get("applications", readApps, 2, listApplications),
		get("applications/{id}", readApps, 1, getApplication),
		get("applications(appId)/{id}", readApps, 1, getApplicationByAppID),
		get("servicePrincipals", readApps, 1, listServicePrincipals),
		get("servicePrincipals/{id}", readApps, 1, getServicePrincipal),
		get("servicePrincipals(appId)/{id}", readApps, 1, getServicePrincipalByAppID),
		get("servicePrincipals/{id}/appRoleAssignments", readApps, 2, listAppRoleAssignments),
		get("servicePrincipals(appId)/{id}/appRoleAssignments", readApps, 2, listAppRoleAssignmentsByAppID),
		get("servicePrincipals/{id}/appRoleAssignedTo", readApps, 2, listAppRoleAssignedTo),
		get("directoryRoles", readRoles, 1, listDirectoryRoles),
		get("directoryRoles/{id}", readRoles, 1, getDirectoryRole),
		get("directoryRoles/{id}/members", readRoles, 1, listDirectoryRoleMembers),
		get("directoryRoles(roleTemplateId)/{id}", readRoles, 1, getDirectoryRole),
		get("directoryRoles(roleTemplateId)/{id}/members", readRoles, 1, listDirectoryRoleMembers),
		get("directoryObjects/{id}", readDirectory, 1, getDirectoryObject),
		post("directoryObjects/getByIds", readDirectory, 5, getByIDs),
		post("users/{id}/getMemberGroups", readMemberOf, 2, memberIDs),
		post("users/{id}/getMemberObjects", readMemberOf, 2, memberIDs),
		post("users/{id}/checkMemberGroups", readMemberOf, 2, checkMemberGroups),
		{pattern: "$batch", method: http.MethodPost, denied: errDirectoryDenied, limit: noLimit, handle: batch},
	}
	requirements := get("users/{id}/authentication/requirements", readPolicies, 1, getAuthenticationRequirements)
	requirements.beta = true
	routes = append(routes, requirements)
	for of, roles := range map[string][]string{"users": readMemberOf, "groups": readOwners} {
		for relation, transitive := range map[string]bool{"memberOf": false, "transitiveMemberOf": true} {
			path := of + "/{id}/" + relation
			routes = append(routes,
				get(path, roles, 2, listMemberOf(transitive)), get(path+"/$count", roles, 2, countMemberOf(transitive)),
				get(path+"/{cast}", roles, 2, listMemberOf(transitive)), get(path+"/{cast}/$count", roles, 2, countMemberOf(transitive)))
		}
	}
	for _, relation := range []string{"members", "transitiveMembers", "owners"} {
		roles, cost := readMembers, 3
		switch relation {
		case "owners":
			roles, cost = readOwners, 1
		case "transitiveMembers":
			cost = 5
		}
		routes = append(routes,
			get("groups/{id}/"+relation, roles, cost, listRelation(relation)),
			get("groups/{id}/"+relation+"/$count", roles, cost, countRelation(relation)),
			get("groups/{id}/"+relation+"/{cast}", roles, cost, listRelation(relation)),
			get("groups/{id}/"+relation+"/{cast}/$count", roles, cost, countRelation(relation)))
	}
	routes = append(routes, identityRoutes()...)
	routes = append(routes, logRoutes()...)
	routes = append(routes, usageRoutes()...)
	routes = append(routes, intuneRoutes()...)
	routes = append(routes, healthRoutes()...)
	routes = append(routes, securityRoutes()...)
	routes = append(routes, siteRoutes()...)
	routes = append(routes, teamsDeviceRoutes()...)
}

// route finds the route of a path and the values of its {id} and {cast}.
func (c *call) route() (*route, []string, error) {
	best := 0 // how many segments some route understood
	for i := range routes {
		r := &routes[i]
		pattern := strings.Split(r.pattern, "/")
		ids, understood := matchSegments(pattern, c.segments)
		if understood == len(c.segments) && understood == len(pattern) {
			return r, ids, nil
		}
		best = max(best, min(understood, len(c.segments)-1))
	}
	if err := c.unservedSet(); err != nil {
		return nil, nil, err
	}
	if err := c.unservedWorkload(); err != nil {
		return nil, nil, err
	}
	return nil, nil, errUnknownSegment(c.segments[best].name)
}

// matchSegments compares a pattern with a path and returns how many of the
// path's segments it understands. Names do not depend on case.
func matchSegments(pattern []string, path []segment) (ids []string, understood int) {
	for i, want := range pattern {
		if i == len(path) {
			return ids, i
		}
		got := path[i]
		switch {
		case want == "{id}" && !strings.HasPrefix(got.name, "$") && !isFunction(got):
			ids = append(ids, got.name)
		case want == "{property}" && hasPath(propertyOwners[pattern[0]].property(got.name)):
			ids = append(ids, got.name)
		case want == "{cast}" && strings.HasPrefix(strings.ToLower(got.name), "microsoft.graph."):
			ids = append(ids, strings.ToLower(got.name[len("microsoft.graph."):]))
		case got.key == "" && strings.EqualFold(want, got.name):
		default:
			return ids, i
		}
	}
	return ids, len(pattern)
}

// propertyOwners are the types whose single properties have paths.
var propertyOwners = map[string]*entityType{"users": userType, "groups": groupType}

// hasPath reports whether a property is one that the directory keeps: others
// belong to workloads, and relations have routes of their own.
func hasPath(p *property) bool { return p != nil && !p.unlisted }

// isFunction reports whether a segment is the name of a function, so that
// /users/delta is never a user called "delta".
func isFunction(s segment) bool {
	switch strings.ToLower(s.name) {
	case "delta", "microsoft.graph.delta", "getbyids":
		return s.key == ""
	}
	return false
}
