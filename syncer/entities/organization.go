package entities

import "github.com/securatlas/securatlas/syncer/entity"

// organization is the directory itself: always one row, the cheapest proof
// that the credentials work (GET /organization).
func organization() *entity.Def {
	return &entity.Def{
		Kind:     "organization",
		Title:    "Organization",
		Singular: "organization",
		Doc:      "The Microsoft Entra directory itself: its name, domains, type and plans.",
		Group:    entity.Identity,
		Icon:     "building",
		First:    true,
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Organization",
			Path:     "/organization",
			Needs:    []entity.AnyOf{{"Organization.Read.All", "Directory.Read.All"}},
			Throttle: entity.ThrottleDirectory,
		}},
		Columns: []entity.Column{
			{Path: "displayName", Label: "Name", Sort: true, Search: true, Shown: true},
			{Path: "tenantType", Label: "Type", Shown: true, Doc: "AAD, AAD B2C or CIAM."},
			{Path: "verifiedDomains", Label: "Verified domains", Type: entity.List, Search: true, Shown: true},
			{Path: "createdDateTime", Label: "Created", Type: entity.Time, Shown: true},
			{Path: "countryLetterCode", Label: "Country", Shown: true},
			{Path: "onPremisesSyncEnabled", Label: "Synced from on-premises", Type: entity.Bool, Words: yesNo, Shown: true},
			{Path: "onPremisesLastSyncDateTime", Label: "Last on-premises sync", Type: entity.Time, Volatile: true},
			{Path: "technicalNotificationMails", Label: "Technical contacts", Type: entity.List},
			{Path: "securityComplianceNotificationMails", Label: "Security contacts", Type: entity.List},
			{Path: "assignedPlans", Label: "Assigned plans", Type: entity.List},
		},
		TitleColumn: "display_name",
		DefaultSort: "display_name",
		PortalPath:  "#view/Microsoft_AAD_IAM/TenantOverview.ReactView",
	}
}
