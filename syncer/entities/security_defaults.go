package entities

import "github.com/securatlas/securatlas/syncer/entity"

// securityDefaults is a singleton (GET /policies/identitySecurityDefaultsEnforcementPolicy).
func securityDefaults() *entity.Def {
	return &entity.Def{
		Kind:     "security_defaults",
		Title:    "Security defaults",
		Singular: "security defaults policy",
		Doc:      "Whether Microsoft's security defaults are on for the directory.",
		Group:    entity.Identity,
		Icon:     "shield-check",
		Parts: []entity.Part{{
			Name:      "list",
			Title:     "Security defaults",
			Path:      "/policies/identitySecurityDefaultsEnforcementPolicy",
			NoSelect:  true,
			Singleton: true,
			Needs:     []entity.AnyOf{{"Policy.Read.All"}},
			Throttle:  entity.ThrottleDirectory,
		}},
		Columns: []entity.Column{
			{Path: "displayName", Label: "Policy", Sort: true, Shown: true},
			{Path: "isEnabled", Label: "State", Type: entity.Bool, Words: map[string]string{"true": "On", "false": "Off"}, Shown: true},
			{Path: "description", Label: "Description", Shown: true},
		},
		TitleColumn: "display_name",
		DefaultSort: "display_name",
		PortalPath:  "#view/Microsoft_AAD_IAM/TenantOverview.ReactView",
	}
}
