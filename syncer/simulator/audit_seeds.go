package simulator

import "encoding/json"

// activity is a kind of event of the audit log
// (learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities).
type activity struct {
	share           int // how often it occurs among all
	name, category  string
	service, prefix string // what logged it, and how the ids of its events begin
	operation       string
	reason, failure string // resultReason; failure is "" where it always succeeds
	app             string // the app that does it; "" for people
	self            bool   // people do it to themselves
	targets         func(auditEvent) []row
}

var activities = []activity{
	{share: 10, name: "Add user", category: "UserManagement", service: "Core Directory", prefix: "Directory", operation: "Add", targets: func(a auditEvent) []row {
		p := a.subject()
		return []row{a.user(p, changed("AccountEnabled", nil, []bool{true}), changed("UserPrincipalName", nil, []string{p.userPrincipalName()}),
			changed("Included Updated Properties", nil, "AccountEnabled, UserPrincipalName"))}
	}},
	{share: 14, name: "Update user", category: "UserManagement", service: "Core Directory", prefix: "Directory", operation: "Update",
		app: "Microsoft.Azure.SyncFabric", targets: func(a auditEvent) []row {
			p := a.subject()
			return []row{a.user(p, changed("Department", []string{}, []string{p.department().name}), changed("Included Updated Properties", nil, "Department"))}
		}},
	{share: 3, name: "Disable account", category: "UserManagement", service: "Core Directory", prefix: "Directory", operation: "Update", targets: func(a auditEvent) []row {
		return []row{a.user(a.subject(), changed("AccountEnabled", []bool{true}, []bool{false}))}
	}},
	{share: 3, name: "Delete user", category: "UserManagement", service: "Core Directory", prefix: "Directory", operation: "Delete", targets: func(a auditEvent) []row {
		return []row{a.user(a.subject(), changed("Is Hard Deleted", nil, "False"))}
	}},
	{share: 6, name: "Reset user password", category: "UserManagement", service: "Core Directory", prefix: "Directory", operation: "Update",
		failure: "Microsoft.Online.DirectoryServices.DirectoryPolicyViolationException", targets: func(a auditEvent) []row { return []row{a.user(a.subject())} }},
	{share: 8, name: "User registered security info", category: "UserManagement", service: "Authentication Methods", prefix: "Authentication Methods",
		operation: "Add", reason: "User registered Authenticator App with Notification and Code", failure: "User failed to register Authenticator App with Notification and Code",
		self: true, targets: func(a auditEvent) []row { return []row{a.user(a.subject())} }},
	{share: 4, name: "Invite external user", category: "UserManagement", service: "Invited Users", prefix: "Invited Users", operation: "Add",
		failure: "UserAlreadyExists", targets: func(a auditEvent) []row { return []row{a.user(a.subject())} }},
	{share: 16, name: "Add member to group", category: "GroupManagement", service: "Core Directory", prefix: "Directory", operation: "Assign",
		targets: func(a auditEvent) []row { return a.membership("Group.ObjectID", "Group.DisplayName", true) }},
	{share: 9, name: "Remove member from group", category: "GroupManagement", service: "Core Directory", prefix: "Directory", operation: "Unassign",
		targets: func(a auditEvent) []row { return a.membership("Group.ObjectID", "Group.DisplayName", false) }},
	{share: 3, name: "Add group", category: "GroupManagement", service: "Core Directory", prefix: "Directory", operation: "Add", targets: func(a auditEvent) []row {
		g := a.group()
		return []row{target(text(g, "id"), text(g, "displayName"), "Group", nil, "unifiedGroups", changed("DisplayName", []string{}, []string{text(g, "displayName")}))}
	}},
	{share: 3, name: "Add member to role", category: "RoleManagement", service: "Core Directory", prefix: "Directory", operation: "Assign",
		failure: "Microsoft.Online.Workflows.ObjectAlreadyExistsException", targets: func(a auditEvent) []row { return a.role(true) }},
	{share: 2, name: "Remove member from role", category: "RoleManagement", service: "Core Directory", prefix: "Directory", operation: "Unassign",
		targets: func(a auditEvent) []row { return a.role(false) }},
	{share: 4, name: "Add member to role completed (PIM activation)", category: "RoleManagement", service: "PIM", prefix: "PIM", operation: "ActivateRole",
		reason: "Incident response", self: true, targets: func(a auditEvent) []row {
			r := a.builtin()
			p := a.subject()
			return []row{target(r.template, r.name, "Role", nil, nil), target(a.guid(20), nil, "Request", nil, nil), a.user(p)}
		}},
	{share: 2, name: "Update conditional access policy", category: "Policy", service: "Conditional Access", prefix: "IPCGraph", operation: "Update",
		targets: func(a auditEvent) []row {
			ids := a.t.policies.list()
			if len(ids) == 0 {
				return []row{}
			}
			position, _ := a.t.policies.find(ids[int(a.draw(21)%uint64(len(ids)))])
			p := a.t.policies.at(position)
			return []row{target(text(p, "id"), text(p, "displayName"), "Policy", nil, nil,
				changed("ConditionalAccessPolicy", map[string]any{"id": text(p, "id"), "state": "enabledForReportingButNotEnforced"}, map[string]any{"id": text(p, "id"), "state": text(p, "state")}))}
		}},
	{share: 1, name: "Set Company Information", category: "DirectoryManagement", service: "Core Directory", prefix: "Directory", operation: "Update",
		targets: func(a auditEvent) []row {
			return []row{target(a.t.id, organizationName, "Directory", nil, nil, changed("SecurityComplianceNotificationMails", []string{}, []string{"security@" + defaultDomain}))}
		}},
	{share: 3, name: "Consent to application", category: "ApplicationManagement", service: "Core Directory", prefix: "Directory", operation: "Assign",
		failure: "Microsoft.Online.Security.UserConsentBlockedForRiskyAppsException", self: true, targets: func(a auditEvent) []row {
			i, s := a.application()
			return []row{target(a.t.principalOf(i+1), s.name, "ServicePrincipal", nil, nil, changed("ConsentContext.IsAdminConsent", nil, "False"),
				changed("ConsentAction.Permissions", nil, "[] => [[Id: ..., ClientId: ..., Scope: User.Read offline_access]]"))}
		}},
	{share: 3, name: "Update application – Certificates and secrets management ", category: "ApplicationManagement", service: "Core Directory", prefix: "Directory", operation: "Update",
		targets: func(a auditEvent) []row {
			i, s := a.application()
			return []row{target(a.t.guid(i, saltAppID), s.name, "Application", nil, nil, changed("Included Updated Properties", nil, "KeyDescription"))}
		}},
	{share: 3, name: "Add app role assignment to service principal", category: "ApplicationManagement", service: "Core Directory", prefix: "Directory", operation: "Assign",
		targets: func(a auditEvent) []row {
			i, s := a.application()
			return []row{target(a.t.resourceSP(GraphResource), "Microsoft Graph", "ServicePrincipal", nil, nil, changed("AppRole.Value", nil, "User.Read.All")),
				target(a.t.principalOf(i+1), s.name, "ServicePrincipal", nil, nil)}
		}},
	{share: 3, name: "Register device", category: "Device", service: "Device Registration Service", prefix: "DRS", operation: "Add",
		app: "Device Registration Service", targets: func(a auditEvent) []row {
			return []row{target(a.guid(22), "DESKTOP-"+a.guid(22)[:7], "Device", nil, nil)}
		}},
}

// activityShares is the sum of all shares.
var activityShares = func() uint64 {
	sum := 0
	for i := range activities {
		sum += activities[i].share
	}
	return uint64(sum)
}()

// changed is a modified property. Both values are JSON, as text.
func changed(name string, old, new any) row {
	encode := func(v any) any {
		if v == nil {
			return nil
		}
		raw, err := json.Marshal(v)
		if err != nil {
			panic(err) // plain values only
		}
		return string(raw)
	}
	return row{{"displayName", name}, {"oldValue", encode(old)}, {"newValue", encode(new)}}
}

func target(id string, name any, kind string, principal, groupType any, properties ...row) row {
	if properties == nil {
		properties = []row{}
	}
	return row{{"id", id}, {"displayName", name}, {"type", kind}, {"userPrincipalName", principal}, {"groupType", groupType}, {"modifiedProperties", properties}}
}

// user is a user as the target of an event: by address, without a name.
func (a auditEvent) user(p *person, properties ...row) row {
	return target(a.t.userID(p.i), nil, "User", p.userPrincipalName(), nil, properties...)
}

func (a auditEvent) group() object {
	return a.t.groups.even(int(a.draw(23) % uint64(max(a.t.groups.made, 1))))
}

func (a auditEvent) membership(id, name string, added bool) []row {
	g := a.group()
	ids, names := []any{nil, text(g, "id")}, []any{nil, text(g, "displayName")}
	if !added {
		ids[0], ids[1], names[0], names[1] = ids[1], ids[0], names[1], names[0]
	}
	return []row{a.user(a.subject(), changed(id, ids[0], ids[1]), changed(name, names[0], names[1])),
		target(text(g, "id"), nil, "Group", nil, "azureAD")}
}

func (a auditEvent) builtin() *builtinRole {
	return &builtinRoles[int(a.draw(24)%uint64(len(builtinRoles)))]
}

func (a auditEvent) role(added bool) []row {
	r := a.builtin()
	properties := []row{changed("Role.ObjectID", nil, r.template), changed("Role.DisplayName", nil, r.name), changed("Role.TemplateId", nil, r.template)}
	if !added {
		properties = []row{changed("Role.ObjectID", r.template, nil), changed("Role.DisplayName", r.name, nil), changed("Role.TemplateId", r.template, nil)}
	}
	return []row{a.user(a.subject(), properties...), target(r.template, r.name, "Role", nil, nil)}
}

func (a auditEvent) application() (int, appSeed) {
	i := int(a.draw(25) % uint64(a.t.applications.made-1))
	return i, a.t.appSeed(i)
}
