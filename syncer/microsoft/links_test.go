package microsoft

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

func TestCloud_Links(t *testing.T) {
	t.Parallel()
	gov, err := CloudByName(USGov)
	require.NoError(t, err)
	assert.Equal(t, entity.Links{
		Home:        "https://entra.microsoft.us/dir/",
		Register:    "https://entra.microsoft.us/dir/#view/Microsoft_AAD_RegisteredApps/CreateApplicationBlade/quickStartType~/null/isMSAApp~/false",
		Overview:    "https://entra.microsoft.us/dir/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Overview/appId/app/isMSAApp~/false",
		Permissions: "https://entra.microsoft.us/dir/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/app/isMSAApp~/false",
		Secrets:     "https://entra.microsoft.us/dir/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/Credentials/appId/app/isMSAApp~/false",
	}, gov.Links("dir", "app"))

	global, err := CloudByName(Global)
	require.NoError(t, err)
	bare := global.Links("", "")
	assert.Equal(t, "https://entra.microsoft.com/", bare.Home)
	assert.Equal(t, "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade", bare.Permissions)
}

func TestCloud_RowLink(t *testing.T) {
	t.Parallel()
	global, err := CloudByName(Global)
	require.NoError(t, err)
	assert.Equal(t, "https://entra.microsoft.com/#view/X/groupId/a%2Fb%20c", global.RowLink("#view/X/groupId/{id}", "a/b c"))
	assert.Empty(t, global.RowLink("", "a"))
}

func TestAdminConsentURL(t *testing.T) {
	t.Parallel()
	global, err := CloudByName(Global)
	require.NoError(t, err)
	raw := AdminConsentURL(global, directoryID, clientID, "http://localhost:8080/consent?x=1", "s&t")
	u, err := url.Parse(raw)
	require.NoError(t, err)
	assert.Equal(t, "https://login.microsoftonline.com/"+directoryID+"/v2.0/adminconsent", u.Scheme+"://"+u.Host+u.Path)
	assert.Equal(t, url.Values{
		"client_id": {clientID}, "scope": {"https://graph.microsoft.com/.default"},
		"redirect_uri": {"http://localhost:8080/consent?x=1"}, "state": {"s&t"},
	}, u.Query())
}
