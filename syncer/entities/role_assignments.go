package entities

import (
	"net/url"

	"github.com/securatlas/securatlas/syncer/entity"
)

// principals are what a role can be assigned to.
var principals = []entity.Ref{{Kind: "users"}, {Kind: "groups"}, {Kind: "service_principals"}}

// principalTypes are the types of a principal in words.
var principalTypes = map[string]string{
	"#microsoft.graph.user": "User", "#microsoft.graph.group": "Group", "#microsoft.graph.servicePrincipal": "Service principal",
	"#microsoft.graph.agentUser": "Agent's account", "#microsoft.graph.agentIdentity": "Agent identity", "#microsoft.graph.agentIdentityBlueprintPrincipal": "Agent blueprint"}

// principalColumns describe the principal of an assignment, which $expand adds.
func principalColumns() []entity.Column {
	return []entity.Column{
		{Path: "principal.displayName", Label: "Assigned to", Sort: true, Search: true, Shown: true},
		{Path: "principal.userPrincipalName", Label: "User principal name", Search: true},
		{Path: "roleDefinitionId", Label: "Role", Filter: entity.Choice, Shown: true, Refs: []entity.Ref{{Kind: "role_definitions"}}},
		{Path: "principal.@odata.type", Name: "principal_type", Label: "Type", Filter: entity.Choice, Words: principalTypes, Shown: true, Empty: "Deleted or not known"},
		{Path: "principalId", Label: "Principal", Filter: entity.Contains, Refs: principals},
		{Path: "directoryScopeId", Label: "Scope", Filter: entity.Choice, Words: map[string]string{"/": "Whole directory"}, Shown: true,
			Doc: "/ is the whole directory; else an administrative unit, an application or another object."},
		{Path: "appScopeId", Label: "App scope", Filter: entity.Choice},
	}
}

// roleAssignments are the active ones, permanent or activated by PIM, of users,
// groups and service principals. They need no licence
// (learn.microsoft.com/graph/api/rbacapplication-list-roleassignments).
func roleAssignments() *entity.Def {
	return &entity.Def{
		Kind:     "role_assignments",
		Title:    "Role assignments",
		Singular: "role assignment",
		Doc:      "Roles that users, groups and service principals have now, permanently or for a time.",
		Group:    entity.Identity,
		Icon:     "key",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Role assignments",
			Path:     "/roleManagement/directory/roleAssignments",
			Query:    url.Values{"$expand": {"principal"}},
			NoSelect: true,
			Needs:    []entity.AnyOf{{"RoleManagement.Read.Directory", "Directory.Read.All"}},
			Throttle: entity.ThrottleDirectory,
		}},
		Columns: append(principalColumns(),
			entity.Column{Path: "condition", Label: "Condition"},
		),
		TitleColumn:    "principal_display_name",
		TitleElse:      "principal_id",
		SubtitleColumn: "principal_user_principal_name",
		DefaultSort:    "principal_display_name",
		PortalPath:     "#view/Microsoft_AAD_IAM/RolesManagementMenuBlade/~/AllRoles",
	}
}
