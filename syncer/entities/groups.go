package entities

import (
	"net/url"

	"github.com/securatlas/securatlas/syncer/entity"
)

// groups are read with GET /groups (learn.microsoft.com/graph/api/group-list).
func groups() *entity.Def {
	return &entity.Def{
		Kind:     "groups",
		Title:    "Groups",
		Singular: "group",
		Doc:      "Microsoft 365, security, mail-enabled security and distribution groups.",
		Group:    entity.Identity,
		Icon:     "users-group",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Groups",
			Path:     "/groups",
			Query:    url.Values{"$top": {"999"}},
			Needs:    []entity.AnyOf{{"Directory.Read.All"}},
			Throttle: entity.ThrottleDirectory,
			Delta:    &entity.Delta{Path: "/groups/delta"},
		}},
		Columns: []entity.Column{
			{Path: "displayName", Label: "Name", Sort: true, Search: true, Shown: true},
			{Path: "mail", Label: "Mail", Search: true},
			{Path: "description", Label: "Description", Search: true, Shown: true},
			{Path: "groupTypes", Label: "Group types", Type: entity.List, Filter: entity.Contains, Shown: true, Doc: "Unified: a Microsoft 365 group. DynamicMembership: members follow a rule."},
			{Path: "securityEnabled", Label: "Security", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true},
			{Path: "mailEnabled", Label: "Mail-enabled", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true},
			{Path: "visibility", Label: "Visibility", Filter: entity.Choice, Shown: true},
			{Path: "isAssignableToRole", Label: "Assignable to a role", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true},
			{Path: "mailNickname", Label: "Mail nickname", Search: true},
			{Path: "membershipRule", Label: "Membership rule", Filter: entity.Contains},
			{Path: "membershipRuleProcessingState", Label: "Rule processing", Filter: entity.Choice},
			{Path: "resourceProvisioningOptions", Label: "Provisioned as", Type: entity.List, Filter: entity.Contains, Doc: "Team: the group has a Microsoft Teams team."},
			{Path: "onPremisesSyncEnabled", Label: "Synced from on-premises", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "onPremisesLastSyncDateTime", Label: "Last on-premises sync", Type: entity.Time, Volatile: true},
			{Path: "createdDateTime", Label: "Created", Type: entity.Time, Filter: entity.Range, Sort: true},
			{Path: "renewedDateTime", Label: "Renewed", Type: entity.Time, Filter: entity.Range},
			{Path: "expirationDateTime", Label: "Expires", Type: entity.Time, Filter: entity.Range},
			{Path: "assignedLicenses", Label: "Assigned licences", Type: entity.List},
			{Path: "isManagementRestricted", Label: "Management restricted", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "classification", Label: "Classification", Filter: entity.Choice},
			{Path: "proxyAddresses", Label: "Proxy addresses", Type: entity.List},
		},
		TitleColumn:    "display_name",
		SubtitleColumn: "mail",
		DefaultSort:    "display_name",
		PortalPath:     "#view/Microsoft_AAD_IAM/GroupDetailsMenuBlade/~/Overview/groupId/{id}",
	}
}
