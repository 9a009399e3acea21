package simulator

import (
	"slices"
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
	for _, roles := range [][]appRole{requestedRoles[resource], powerfulRoles} {
		for _, role := range roles {
			if role.name == name && role.id != "" {
				return role.id
			}
		}
	}
	var n uint64
	for _, c := range []byte(resource + "/" + name) {
		n = mix(n ^ uint64(c))
	}
	return guidOf(n, mix(n))
}

// servicePrincipals are all of the tenant. The caller holds the lock.
func (t *Tenant) servicePrincipals() []object {
	var out []object
	for i := range t.principals.size() {
		if o := t.principalAt(i); o != nil {
			out = append(out, o)
		}
	}
	return out
}

func (t *Tenant) resourceSP(resource string) string {
	switch resource {
	case DefenderResource:
		return t.guid(2, saltServicePrincipal)
	case ManagementResource:
		return t.principalID(t.principals.made - 1)
	}
	return t.guid(3, saltServicePrincipal)
}

// appRoles are the roles of a resource: those that some app asks for or has.
func (t *Tenant) appRoles(resource string) []row {
	var names []string
	for _, role := range requestedRoles[resource] {
		names = append(names, role.name)
	}
	if resource == GraphResource {
		for _, role := range powerfulRoles {
			names = append(names, role.name)
		}
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

// appRoleAssignments are what apps were granted, the connected one first.
func (t *Tenant) appRoleAssignments() []object {
	var out []object
	add := func(principal, name, resource, resourceName, role, at string) {
		id := t.roleID(resource, role)
		out = append(out, bag{
			"id": encodedID(principal, id), "deletedDateTime": nil, "appRoleId": id, "createdDateTime": at,
			"principalDisplayName": name, "principalId": principal, "principalType": "ServicePrincipal",
			"resourceDisplayName": resourceName, "resourceId": t.resourceSP(resource),
		})
	}
	for _, resource := range []string{GraphResource, DefenderResource, ManagementResource} {
		name := "Microsoft Graph"
		switch resource {
		case DefenderResource:
			if name = "WindowsDefenderATP"; !t.defenderPresent {
				continue
			}
		case ManagementResource:
			name = managementAppName
		}
		for _, role := range t.app.roles[resource] {
			add(t.app.spID, appName, resource, name, role, t.app.grantedAt.UTC().Format(instantWithFraction))
		}
	}
	for i := range t.applications.made - 1 {
		s := t.appSeed(i)
		for _, role := range s.roles {
			add(t.principalOf(i+1), s.name, GraphResource, "Microsoft Graph", role, t.appCreated(s).Format(instantWithFraction))
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
	return x.answerList(directoryListing(applicationType, "applications", x.tenant().applications))
}

func (x *exchange) applicationBy(property string) (*answer, error) {
	return x.single(applicationType, "applications", func() object {
		t := x.tenant()
		for i := range t.applications.size() {
			if o := t.applications.at(i); o != nil && strings.EqualFold(text(o, property), x.ids[0]) {
				return x.keyed(o)
			}
		}
		return nil
	})
}

// keyed shows the keys of an object of which keyCredentials is selected.
func (x *exchange) keyed(o object) object {
	if o != nil && mentionsKeys(x.query) {
		return withKeys{o}
	}
	return o
}

func getApplication(x *exchange) (*answer, error)        { return x.applicationBy("id") }
func getApplicationByAppID(x *exchange) (*answer, error) { return x.applicationBy("appId") }

func listServicePrincipals(x *exchange) (*answer, error) {
	l := directoryListing(servicePrincipalType, "servicePrincipals", x.tenant().principals)
	l.at = x.tenant().principalAt
	return x.answerList(l)
}

func (x *exchange) servicePrincipalBy(property string) (*answer, error) {
	return x.single(servicePrincipalType, "servicePrincipals", func() object {
		return x.keyed(findBy(x.tenant().servicePrincipals(), property, x.ids[0]))
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
		if found = findBy(t.servicePrincipals(), property, x.ids[0]); found == nil {
			return nil
		}
		return slices.DeleteFunc(t.appRoleAssignments(), func(o object) bool { return text(o, "principalId") != text(found, "id") })
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
