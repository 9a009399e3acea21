package entities

import (
	"net/url"

	"github.com/securatlas/securatlas/syncer/entity"
)

// applications are the app registrations of the directory (GET /applications).
// Microsoft allows 150 requests a minute that select keyCredentials.
func applications() *entity.Def {
	return &entity.Def{
		Kind:     "applications",
		Title:    "App registrations",
		Singular: "app registration",
		Doc:      "Applications that are registered in the directory, with their secrets and certificates. Microsoft never tells a secret itself.",
		Group:    entity.Identity,
		Icon:     "apps",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "App registrations",
			Path:     "/applications",
			Query:    url.Values{"$top": {"999"}},
			Needs:    []entity.AnyOf{{"Directory.Read.All"}},
			Throttle: entity.ThrottleDirectory,
		}},
		Figures: []entity.Figure{
			{
				Name: "app_secrets_expiring", Label: "App secrets expiring", Note: "or certificates, within 30 days", Icon: "key", Warn: true, NotKnown: "not known",
				Terms: []entity.Term{{Column: "next_expiry", From: "-0d", To: "+30d", NoneIsNo: true}},
			},
		},
		Columns: append([]entity.Column{
			{Path: "displayName", Label: "Name", Sort: true, Search: true, Shown: true},
			{Path: "appId", Label: "Application ID", Sort: true, Search: true, Refs: []entity.Ref{{Kind: "service_principals", By: "app_id"}}},
		}, append(credentialColumns(), []entity.Column{
			{Path: "signInAudience", Label: "Who can sign in", Filter: entity.Choice, Shown: true, Words: map[string]string{
				"AzureADMyOrg": "This directory", "AzureADMultipleOrgs": "Any directory",
				"AzureADandPersonalMicrosoftAccount": "Any directory and personal accounts", "PersonalMicrosoftAccount": "Personal accounts"}},
			{Path: "createdDateTime", Label: "Created", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true},
			{Path: "publisherDomain", Label: "Publisher domain", Filter: entity.Choice},
			{Path: "disabledByMicrosoftStatus", Label: "Disabled by Microsoft", Filter: entity.Choice},
			{Path: "identifierUris", Label: "Identifier URIs", Type: entity.List, Search: true},
			{Path: "web.redirectUris", Label: "Web redirect URIs", Type: entity.List, Filter: entity.Contains},
			{Path: "requiredResourceAccess", Label: "Permissions asked for", Type: entity.List},
			{Path: "tags", Label: "Tags", Type: entity.List, Filter: entity.Contains},
		}...)...),
		TitleColumn:    "display_name",
		SubtitleColumn: "app_id",
		DefaultSort:    "display_name",
		PortalPath:     "#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
	}
}
