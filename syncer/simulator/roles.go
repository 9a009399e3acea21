package simulator

import "strings"

func (t *Tenant) customRole() string { return t.guid(0, saltCustomRole) }

// roleDefinitions are the built-in roles, and one that the tenant made.
func (t *Tenant) roleDefinitions() []object {
	var out []object
	for i := range builtinRoles {
		out = append(out, builtinRoles[i].object())
	}
	id := t.customRole()
	return append(out, bag{
		"id": id, "templateId": id, "displayName": "Application Support Operator", "description": "Can renew the credentials of applications.",
		"isBuiltIn": false, "isEnabled": true, "isPrivileged": true, "resourceScopes": []string{wholeTenant}, "version": nil,
		"rolePermissions":         []row{{{"allowedResourceActions", []string{"microsoft.directory/applications/credentials/update", "microsoft.directory/applications/basic/update"}}, {"condition", nil}}},
		"inheritsPermissionsFrom": []row{}, "allowedPrincipalTypes": nil,
	})
}

func (r *builtinRole) object() object {
	actions := []string{"microsoft.office365.webPortal/allEntities/standard/read"}
	if r.privileged {
		actions = append(actions, "microsoft.directory/users/authenticationMethods/basic/update")
	}
	inherits := []row{{{"id", roleDirectoryReaders}}}
	if r.template == roleDirectoryReaders || r.template == roleSynchronization {
		inherits = []row{}
	}
	return bag{
		"id": r.template, "templateId": r.template, "displayName": r.name, "description": r.description,
		"isBuiltIn": true, "isEnabled": true, "isPrivileged": r.privileged, "resourceScopes": []string{wholeTenant}, "version": "1",
		"rolePermissions": []row{{{"allowedResourceActions", actions}, {"condition", nil}}}, "inheritsPermissionsFrom": inherits, "allowedPrincipalTypes": nil,
	}
}

func (x *exchange) definitionType() *entityType {
	if x.beta() {
		return roleDefinitionTypeBeta
	}
	return roleDefinitionType
}

const roleDefinitionSet = "roleManagement/directory/roleDefinitions"

func listRoleDefinitions(x *exchange) (*answer, error) {
	if _, err := x.nestedExpand(x.definitionType(), false, "inheritsPermissionsFrom"); err != nil {
		return nil, err
	}
	l := fixed(x.definitionType(), roleDefinitionSet, read(x.tenant(), x.tenant().roleDefinitions))
	l.plainly, l.most, l.expands = 100, 999, true // what can be expanded is in the row anyway
	l.refuses = []string{"$search", "$orderby"}
	l.write = func(o object, s selection) row {
		out := s.write(o)
		if !s.given {
			set := "roleManagement/directory/roleDefinitions('" + text(o, "id") + "')/inheritsPermissionsFrom"
			out = append(out, field{"inheritsPermissionsFrom@odata.context", x.context(set)})
		}
		return out
	}
	return x.answerList(l)
}

func getRoleDefinition(x *exchange) (*answer, error) {
	return x.single(x.definitionType(), roleDefinitionSet, func() object {
		return findBy(x.tenant().roleDefinitions(), "id", x.ids[0])
	})
}

// principal finds who an id means, and as which type; nil when they are gone.
// The caller holds the lock.
func (t *Tenant) principal(id string) (*entityType, object) {
	if i, ok := t.users.find(id); ok {
		return userType, t.users.at(i)
	}
	if i, ok := t.groups.find(id); ok {
		return groupType, t.groups.at(i)
	}
	if o := t.servicePrincipal(id); o != nil {
		return servicePrincipalType, o
	}
	return nil, nil
}

// principalProperties are what an expanded principal shows.
var principalProperties = map[*entityType]string{
	userType:             "id,deletedDateTime,accountEnabled,businessPhones,createdDateTime,displayName,givenName,imAddresses,jobTitle,mail,mailNickname,onPremisesSyncEnabled,surname,userPrincipalName,userType",
	groupType:            "id,deletedDateTime,createdDateTime,description,displayName,groupTypes,isAssignableToRole,mail,mailEnabled,mailNickname,onPremisesSyncEnabled,securityEnabled,visibility",
	servicePrincipalType: "id,deletedDateTime,accountEnabled,appDisplayName,appId,appOwnerOrganizationId,displayName,servicePrincipalType",
}

// principalRow writes a principal; nil when they are gone.
func (t *Tenant) principalRow(id string) row {
	typ, o := t.principal(id)
	if o == nil {
		return nil
	}
	out := row{{"@odata.type", "#microsoft.graph." + typ.name}}
	for name := range strings.SplitSeq(principalProperties[typ], ",") {
		if v, ok := typ.property(name).read(o); ok {
			out = append(out, field{name, v})
		}
	}
	return out
}

// expandGrant writes the relations of a grant that were asked for.
func (t *Tenant) expandGrant(g *roleGrant, expand []nested) row {
	var out row
	for _, n := range expand {
		var value any
		switch n.name {
		case "principal":
			value = orNull(n.keep(t.principalRow(g.principal)))
		case "roleDefinition":
			if o := findBy(t.roleDefinitions(), "id", g.role); o != nil {
				value = n.keep(selection{properties: roleDefinitionType.defaults}.write(o))
			}
		case "directoryScope":
			value = orNull(n.keep(t.scopeRow(g.scope)))
		case "activatedUsing":
			if used := t.grantBy(g.using); used != nil {
				value = n.keep(selection{properties: eligibilityInstanceType.defaults}.write(eligibilityInstance(used)))
			}
		}
		out = append(out, field{n.name, value})
	}
	return out
}

func (t *Tenant) grantBy(id string) *roleGrant {
	for i := range t.identity.grants {
		if g := &t.identity.grants[i]; id != "" && g.id == id && !g.gone {
			return g
		}
	}
	return nil
}

// scopeRow is the object that a role is limited to; nil for the whole tenant.
func (t *Tenant) scopeRow(scope string) row {
	id := scope[strings.LastIndexByte(scope, '/')+1:]
	if o := findBy(t.units(), "id", id); o != nil {
		return selection{properties: administrativeUnitType.defaults}.write(o, field{"@odata.type", "#microsoft.graph.administrativeUnit"})
	}
	if i, ok := t.applications.find(id); ok {
		o := t.applications.at(i)
		return row{{"@odata.type", "#microsoft.graph.application"}, {"id", id}, {"appId", text(o, "appId")}, {"displayName", text(o, "displayName")}}
	}
	return nil
}

// grantListing is a list made of grants: those that make returns an object for.
func (x *exchange) grantListing(t *entityType, set string, expand []nested, make func(*roleGrant) object) listing {
	tenant := x.tenant()
	return listing{
		typ: t, set: expandedSet(set, expand), plainly: 100, most: 999, expands: true, refuses: []string{"$search", "$orderby"},
		size: func() int { return len(tenant.identity.grants) },
		at: func(i int) object {
			g := &tenant.identity.grants[i]
			if o := make(g); o != nil {
				return grantObject{o, g}
			}
			return nil
		},
		write: func(o object, s selection) row {
			return append(s.write(o), tenant.expandGrant(o.(grantObject).grant, expand)...)
		},
	}
}

// grantObject is an object that knows its grant.
type grantObject struct {
	object
	grant *roleGrant
}

const roleAssignmentSet = "roleManagement/directory/roleAssignments"

// roleAssignment shows grants that count now, activated ones too.
func (t *Tenant) roleAssignment(g *roleGrant) object {
	if g.eligible || !g.active(t.now()) {
		return nil
	}
	return bag{"id": g.id, "principalId": g.principal, "resourceScope": g.scope, "directoryScopeId": g.scope, "roleDefinitionId": g.role}
}

func listRoleAssignments(x *exchange) (*answer, error) {
	expand, err := x.nestedExpand(roleAssignmentType, false, "principal", "roleDefinition", "directoryScope")
	if err != nil {
		return nil, err
	}
	return x.answerList(x.grantListing(roleAssignmentType, roleAssignmentSet, expand, x.tenant().roleAssignment))
}

func getRoleAssignment(x *exchange) (*answer, error) {
	return x.single(roleAssignmentType, roleAssignmentSet, func() object {
		t := x.tenant()
		for i := range t.identity.grants {
			if o := t.roleAssignment(&t.identity.grants[i]); o != nil && text(o, "id") == x.ids[0] {
				return o
			}
		}
		return nil
	})
}

// units are the administrative units of every tenant.
func (t *Tenant) units() []object {
	unit := func(i int, name, description string) object {
		return bag{"id": t.unitID(i), "deletedDateTime": nil, "displayName": name, "description": description, "isMemberManagementRestricted": nil,
			"membershipRule": nil, "membershipType": nil, "membershipRuleProcessingState": nil, "visibility": nil}
	}
	return []object{unit(0, "Germany", "Everyone in the German offices"), unit(1, "Frontline workers", "Shops and warehouses")}
}

func listUnits(x *exchange) (*answer, error) {
	l := fixed(administrativeUnitType, "directory/administrativeUnits", read(x.tenant(), x.tenant().units))
	l.plainly, l.most = 100, 999
	return x.answerList(l)
}

func getUnit(x *exchange) (*answer, error) {
	return x.single(administrativeUnitType, "directory/administrativeUnits", func() object { return findBy(x.tenant().units(), "id", x.ids[0]) })
}
