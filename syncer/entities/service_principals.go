package entities

import (
	"net/url"

	"github.com/securatlas/securatlas/syncer/entity"
)

// servicePrincipals are read with GET /servicePrincipals. Their app roles and
// scopes are left out: those of Microsoft Graph alone are larger than the rest
// of the list.
func servicePrincipals() *entity.Def {
	return &entity.Def{
		Kind:     "service_principals",
		Title:    "Enterprise applications",
		Singular: "enterprise application",
		Doc:      "Service principals: applications of this and other directories, managed identities and Microsoft's own services, as they act in the directory.",
		Group:    entity.Identity,
		Icon:     "server-2",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Enterprise applications",
			Path:     "/servicePrincipals",
			Query:    url.Values{"$top": {"999"}},
			Needs:    []entity.AnyOf{{"Directory.Read.All"}},
			Throttle: entity.ThrottleDirectory,
		}},
		Columns: append([]entity.Column{
			{Path: "displayName", Label: "Name", Sort: true, Search: true, Shown: true},
			{Path: "appId", Label: "Application ID", Sort: true, Search: true, Refs: []entity.Ref{{Kind: "applications", By: "app_id"}}},
			{Path: "accountEnabled", Label: "Status", Type: entity.Bool, Filter: entity.Flag, Words: enabled, Shown: true},
			{Path: "servicePrincipalType", Label: "Type", Filter: entity.Choice, Shown: true, Words: map[string]string{
				"ManagedIdentity": "Managed identity", "ServiceIdentity": "Agent identity", "SocialIdp": "Social identity provider"}},
		}, append(credentialColumns(), []entity.Column{
			{Path: "appOwnerOrganizationId", Label: "Owned by directory", Filter: entity.Choice, Shown: true, Refs: []entity.Ref{{Kind: "organization"}},
				Words: map[string]string{
					"f8cdef31-a31e-4b4a-93e4-5f571e91255a": "Microsoft services", "72f988bf-86f1-41af-91ab-2d7cd011db47": "Microsoft"}},
			{Path: "appRoleAssignmentRequired", Label: "Assignment required", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "appDisplayName", Label: "Application name", Search: true},
			{Path: "signInAudience", Label: "Who can sign in", Filter: entity.Choice},
			{Path: "servicePrincipalNames", Label: "Service principal names", Type: entity.List, Filter: entity.Contains},
			{Path: "tags", Label: "Tags", Type: entity.List, Filter: entity.Contains},
		}...)...),
		TitleColumn:    "display_name",
		SubtitleColumn: "app_id",
		DefaultSort:    "display_name",
		PortalPath:     "#view/Microsoft_AAD_IAM/ManagedAppMenuBlade/~/Overview/objectId/{id}",
	}
}
