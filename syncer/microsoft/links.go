package microsoft

import (
	"net/url"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

const registeredApps = "#view/Microsoft_AAD_RegisteredApps/"

// Links returns pages of the cloud's Entra admin center, in the directory
// given. Without an app's client id they lead to the list of apps.
func (c Cloud) Links(directoryID, clientID string) entity.Links {
	home := c.Portal
	if directoryID != "" {
		home += url.PathEscape(directoryID) + "/"
	}
	app := func(blade string) string {
		if clientID == "" {
			return home + registeredApps + "ApplicationsListBlade"
		}
		return home + registeredApps + "ApplicationMenuBlade/~/" + blade + "/appId/" + url.PathEscape(clientID) + "/isMSAApp~/false"
	}
	return entity.Links{
		Home:        home,
		Register:    home + registeredApps + "CreateApplicationBlade/quickStartType~/null/isMSAApp~/false",
		Overview:    app("Overview"),
		Permissions: app("CallAnAPI"),
		Secrets:     app("Credentials"),
		Shell:       shells[c.Name],
	}
}

// shells are the pages of Azure Cloud Shell
// (learn.microsoft.com/azure/cloud-shell/overview).
var shells = map[string]string{Global: "https://shell.azure.com/"}

// RowLink returns the portal page of one row: an entity's PortalPath with its
// id, or "" where the entity has none.
func (c Cloud) RowLink(portalPath, id string) string {
	if portalPath == "" {
		return ""
	}
	return c.Portal + strings.ReplaceAll(portalPath, "{id}", url.PathEscape(id))
}

// licencesLink is the page with the directory's licences.
func (c Cloud) licencesLink() string {
	return c.Portal + "#view/Microsoft_AAD_IAM/LicensesMenuBlade/~/Overview"
}

// conditionalAccessLink is the page with the Conditional Access policies.
func (c Cloud) conditionalAccessLink() string {
	return c.Portal + "#view/Microsoft_AAD_ConditionalAccess/ConditionalAccessBlade/~/Policies"
}

// AdminConsentURL returns the page on which an admin grants the permissions
// that the app registration asks for
// (learn.microsoft.com/entra/identity-platform/v2-admin-consent). Microsoft
// sends the browser back to redirectURI with admin_consent, tenant and state,
// or with error and error_description.
func AdminConsentURL(c Cloud, directoryID, clientID, redirectURI, state string) string {
	q := url.Values{
		"client_id":    {clientID},
		"scope":        {c.GraphScope},
		"redirect_uri": {redirectURI},
		"state":        {state},
	}
	return c.Authority + "/" + url.PathEscape(directoryID) + "/v2.0/adminconsent?" + q.Encode()
}
