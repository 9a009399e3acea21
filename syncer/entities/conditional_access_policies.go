package entities

import "github.com/securatlas/securatlas/syncer/entity"

// conditionalAccessPolicies come from beta: v1.0 silently leaves out every
// policy that uses a preview feature. The list is read without $select, so
// that conditions which Microsoft adds are kept in the whole objects.
func conditionalAccessPolicies() *entity.Def {
	return &entity.Def{
		Kind:     "conditional_access_policies",
		Title:    "Conditional Access policies",
		Singular: "Conditional Access policy",
		Doc:      "Conditional Access policies, report-only and disabled ones included, with their conditions and controls.",
		Group:    entity.Identity,
		Icon:     "shield-lock",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Conditional Access policies",
			Path:     "/identity/conditionalAccess/policies",
			Beta:     true,
			NoSelect: true,
			Needs:    []entity.AnyOf{{"Policy.Read.All"}},
			Throttle: entity.ThrottlePolicy,
		}},
		Columns: []entity.Column{
			{Path: "displayName", Label: "Policy", Sort: true, Search: true, Shown: true},
			{Path: "state", Label: "State", Filter: entity.Choice, Shown: true, Words: map[string]string{
				"enabled": "On", "disabled": "Off", "enabledForReportingButNotEnforced": "Report-only"}},
			{Path: "conditions.users.includeUsers", Label: "Users included", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "users"}}, Shown: true},
			{Path: "conditions.users.excludeUsers", Label: "Users excluded", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "users"}}},
			{Path: "conditions.users.includeGroups", Label: "Groups included", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "groups"}}},
			{Path: "conditions.users.excludeGroups", Label: "Groups excluded", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "groups"}}},
			{Path: "conditions.users.includeRoles", Label: "Roles included", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "role_definitions"}}},
			{Path: "conditions.users.excludeRoles", Label: "Roles excluded", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "role_definitions"}}},
			{Path: "conditions.users.includeGuestsOrExternalUsers", Label: "Guests included", Type: entity.JSON},
			{Path: "conditions.users.excludeGuestsOrExternalUsers", Label: "Guests excluded", Type: entity.JSON},
			{Path: "conditions.applications.includeApplications", Label: "Apps included", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "service_principals", By: "app_id"}}, Shown: true},
			{Path: "conditions.applications.excludeApplications", Label: "Apps excluded", Type: entity.List, Filter: entity.Contains, Refs: []entity.Ref{{Kind: "service_principals", By: "app_id"}}},
			{Path: "conditions.applications.includeUserActions", Label: "User actions", Type: entity.List},
			{Path: "conditions.clientAppTypes", Label: "Client apps", Type: entity.List, Filter: entity.Contains},
			{Path: "conditions.platforms", Label: "Platforms", Type: entity.JSON},
			{Path: "conditions.locations", Label: "Locations", Type: entity.JSON},
			{Path: "conditions.signInRiskLevels", Label: "Sign-in risk", Type: entity.List, Filter: entity.Contains},
			{Path: "conditions.userRiskLevels", Label: "User risk", Type: entity.List, Filter: entity.Contains},
			{Path: "grantControls.operator", Label: "Grant operator", Filter: entity.Choice},
			{Path: "grantControls.builtInControls", Label: "Grant controls", Type: entity.List, Filter: entity.Contains, Shown: true},
			{Path: "grantControls.authenticationStrength.displayName", Label: "Authentication strength", Shown: true},
			{Path: "grantControls.authenticationStrength.requirementsSatisfied", Label: "Strength satisfies"},
			{Path: "sessionControls", Label: "Session controls", Type: entity.JSON},
			{Path: "createdDateTime", Label: "Created", Type: entity.Time, Filter: entity.Range},
			{Path: "modifiedDateTime", Label: "Modified", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true},
			{Path: "templateId", Label: "Template ID"},
			{Path: "partialEnablementStrategy", Label: "Rollout in phases", Type: entity.JSON},
			{Path: "conditions", Label: "All conditions", Type: entity.JSON},
			{Path: "grantControls", Label: "All grant controls", Type: entity.JSON},
		},
		TitleColumn: "display_name",
		DefaultSort: "display_name",
		PortalPath:  "#view/Microsoft_AAD_ConditionalAccess/PolicyBlade/policyId/{id}",
	}
}
