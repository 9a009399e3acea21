package entities

import "github.com/securatlas/securatlas/syncer/entity"

// roleDefinitions are read from v1.0; only beta says which of them Microsoft
// calls privileged (learn.microsoft.com/graph/api/resources/unifiedroledefinition).
// That is a part of its own, so that the list does not depend on beta. Where it
// is missing, privileged_users falls back to the documented list in its
// migration.
func roleDefinitions() *entity.Def {
	const privileged = "privileged"
	needs := []entity.AnyOf{{"RoleManagement.Read.Directory", "Directory.Read.All"}}
	return &entity.Def{
		Kind:     "role_definitions",
		Title:    "Roles",
		Singular: "role",
		Doc:      "Roles of the directory, built-in and custom ones, with Microsoft's label for privileged roles.",
		Group:    entity.Identity,
		Icon:     "id-badge-2",
		Parts: []entity.Part{
			{
				Name:     "list",
				Title:    "Roles",
				Path:     "/roleManagement/directory/roleDefinitions",
				Needs:    needs,
				Throttle: entity.ThrottleDirectory,
			},
			{
				Name:     privileged,
				Title:    "Privileged label",
				Path:     "/roleManagement/directory/roleDefinitions",
				Beta:     true,
				Needs:    needs,
				Throttle: entity.ThrottleDirectory,
			},
		},
		Columns: []entity.Column{
			{Path: "displayName", Label: "Role", Sort: true, Search: true, Shown: true},
			{Path: "description", Label: "Description", Search: true, Shown: true},
			{Path: "isPrivileged", Label: "Privileged", Type: entity.Bool, Part: privileged, Filter: entity.Flag, Words: yesNo, Shown: true,
				Doc: "The role has a permission that Microsoft calls sensitive."},
			{Path: "isBuiltIn", Label: "Built-in", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true},
			{Path: "isEnabled", Label: "Can be assigned", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true},
			{Path: "templateId", Label: "Template ID", Search: true, Doc: "What Conditional Access policies name a role by; of a built-in role the same as its ID."},
		},
		TitleColumn: "display_name",
		DefaultSort: "display_name",
		PortalPath:  "#view/Microsoft_AAD_IAM/RolesManagementMenuBlade/~/AllRoles",
	}
}
