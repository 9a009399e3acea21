package simulator

import (
	"strings"
)

func (t *Tenant) application() object {
	app := t.app
	var secrets, access []row
	for _, s := range app.secrets {
		secrets = append(secrets, row{{"customKeyIdentifier", nil}, {"displayName", s.name}, {"endDateTime", s.ends.UTC().Format(instantWithFraction)},
			{"hint", s.value[:3]}, {"keyId", s.keyID}, {"secretText", nil}, {"startDateTime", s.starts.UTC().Format(instantWithFraction)}})
	}
	for _, resource := range []string{GraphResource, DefenderResource} {
		var roles []row
		for _, role := range requestedRoles[resource] {
			roles = append(roles, row{{"id", t.roleID(resource, role.name)}, {"type", "Role"}})
		}
		access = append(access, row{{"resourceAppId", resourceAppID(resource)}, {"resourceAccess", roles}})
	}
	return bag{
		"id": app.objectID, "deletedDateTime": nil, "appId": app.clientID, "applicationTemplateId": nil, "disabledByMicrosoftStatus": nil,
		"createdDateTime": instant(app.createdAt), "displayName": appName, "identifierUris": []string{}, "publisherDomain": defaultDomain,
		"signInAudience": "AzureADMyOrg", "tags": []string{}, "appRoles": []row{}, "keyCredentials": []row{},
		"passwordCredentials": secrets, "requiredResourceAccess": access,
		"web": row{{"homePageUrl", nil}, {"logoutUrl", nil}, {"redirectUris", append([]string{}, app.redirectURIs...)}},
	}
}

func resourceAppID(resource string) string {
	if resource == DefenderResource {
		return defenderAppID
	}
	return graphAppID
}

// roleID is the id of an app role: Microsoft's where it is documented, else a
// made-up one that never changes.
func (t *Tenant) roleID(resource, name string) string {
	for _, role := range requestedRoles[resource] {
		if role.name == name && role.id != "" {
			return role.id
		}
	}
	var n uint64
	for _, c := range []byte(resource + "/" + name) {
		n = mix(n ^ uint64(c))
	}
	return guidOf(n, mix(n))
}

// servicePrincipals are those of the app and of the resources.
func (t *Tenant) servicePrincipals() []object {
	principal := func(id, appID, name, owner string, enabled bool, roles []row) object {
		return bag{
			"id": id, "deletedDateTime": nil, "accountEnabled": enabled, "appDisplayName": name, "appId": appID, "appOwnerOrganizationId": owner,
			"appRoleAssignmentRequired": false, "createdDateTime": instant(t.app.createdAt), "displayName": name,
			"servicePrincipalNames": []string{appID}, "servicePrincipalType": "Application", "signInAudience": "AzureADMyOrg", "tags": []string{},
			"appRoles": roles, "keyCredentials": []row{}, "passwordCredentials": []row{},
		}
	}
	const microsoft = "f8cdef31-a31e-4b4a-93e4-5f571e91255a" // the tenant of Microsoft's own services
	out := []object{
		principal(t.app.spID, t.app.clientID, appName, t.id, !t.app.disabled, []row{}),
		principal(t.resourceSP(GraphResource), graphAppID, "Microsoft Graph", microsoft, true, t.appRoles(GraphResource)),
	}
	if t.defenderPresent {
		out = append(out, principal(t.resourceSP(DefenderResource), defenderAppID, "WindowsDefenderATP", microsoft, true, t.appRoles(DefenderResource)))
	}
	return out
}

func (t *Tenant) resourceSP(resource string) string {
	if resource == DefenderResource {
		return t.guid(2, saltServicePrincipal)
	}
	return t.guid(3, saltServicePrincipal)
}

// appRoles are the roles of a resource: those that the app asks for or has.
func (t *Tenant) appRoles(resource string) []row {
	var names []string
	for _, role := range requestedRoles[resource] {
		names = append(names, role.name)
	}
	seen := map[string]bool{}
	var out []row
	for _, name := range append(names, t.app.roles[resource]...) {
		if !seen[name] {
			seen[name] = true
			out = append(out, row{{"allowedMemberTypes", []string{"Application"}}, {"description", name}, {"displayName", name},
				{"id", t.roleID(resource, name)}, {"isEnabled", true}, {"origin", "Application"}, {"value", name}})
		}
	}
	return out
}

// appRoleAssignments are what the app was granted.
func (t *Tenant) appRoleAssignments() []object {
	var out []object
	for _, resource := range []string{GraphResource, DefenderResource} {
		name := "Microsoft Graph"
		if resource == DefenderResource {
			if name = "WindowsDefenderATP"; !t.defenderPresent {
				continue
			}
		}
		for _, role := range t.app.roles[resource] {
			id := t.roleID(resource, role)
			out = append(out, bag{
				"id": encodedID(t.app.spID, id), "deletedDateTime": nil, "appRoleId": id, "createdDateTime": t.app.grantedAt.UTC().Format(instantWithFraction),
				"principalDisplayName": appName, "principalId": t.app.spID, "principalType": "ServicePrincipal",
				"resourceDisplayName": name, "resourceId": t.resourceSP(resource),
			})
		}
	}
	return out
}

// read runs a function under the lock.
func read[T any](t *Tenant, f func() T) T {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return f()
}

func listApplications(x *exchange) (*answer, error) {
	l := fixed(applicationType, "applications", []object{read(x.tenant(), x.tenant().application)})
	l.plainly, l.most = 100, 999
	return x.answerList(l)
}

func (x *exchange) applicationBy(property string) (*answer, error) {
	return x.single(applicationType, "applications", func() object {
		if o := x.tenant().application(); strings.EqualFold(text(o, property), x.ids[0]) {
			return o
		}
		return nil
	})
}

func getApplication(x *exchange) (*answer, error)        { return x.applicationBy("id") }
func getApplicationByAppID(x *exchange) (*answer, error) { return x.applicationBy("appId") }

func listServicePrincipals(x *exchange) (*answer, error) {
	l := fixed(servicePrincipalType, "servicePrincipals", read(x.tenant(), x.tenant().servicePrincipals))
	l.plainly, l.most = 100, 999
	return x.answerList(l)
}

func (x *exchange) servicePrincipalBy(property string) (*answer, error) {
	return x.single(servicePrincipalType, "servicePrincipals", func() object {
		return findBy(x.tenant().servicePrincipals(), property, x.ids[0])
	})
}

func findBy(objects []object, property, value string) object {
	for _, o := range objects {
		if strings.EqualFold(text(o, property), value) {
			return o
		}
	}
	return nil
}

func getServicePrincipal(x *exchange) (*answer, error) { return x.servicePrincipalBy("id") }

func getServicePrincipalByAppID(x *exchange) (*answer, error) { return x.servicePrincipalBy("appId") }

func (x *exchange) assignmentsBy(property string) (*answer, error) {
	t := x.tenant()
	var found object
	objects := read(t, func() []object {
		if found = findBy(t.servicePrincipals(), property, x.ids[0]); found == nil || text(found, "id") != t.app.spID {
			return nil
		}
		return t.appRoleAssignments()
	})
	if found == nil {
		return nil, errNotFound(x.ids[0])
	}
	l := fixed(appRoleAssignmentType, "appRoleAssignments", objects)
	l.plainly, l.most = 100, 999
	return x.answerList(l)
}

func listAppRoleAssignments(x *exchange) (*answer, error)        { return x.assignmentsBy("id") }
func listAppRoleAssignmentsByAppID(x *exchange) (*answer, error) { return x.assignmentsBy("appId") }
