package microsoft

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

func TestClouds_areDocumentedHosts(t *testing.T) {
	t.Parallel()
	type hosts struct{ authority, graph, defender, management, portal string }
	want := map[string]hosts{
		Global:   {"login.microsoftonline.com", "graph.microsoft.com", "api.security.microsoft.com", "manage.office.com", "entra.microsoft.com"},
		USGov:    {"login.microsoftonline.us", "graph.microsoft.us", "api-gov.securitycenter.microsoft.us", "manage.office365.us", "entra.microsoft.us"},
		USGovDoD: {"login.microsoftonline.us", "dod-graph.microsoft.us", "api-gov.securitycenter.microsoft.us", "manage.protection.apps.mil", "entra.microsoft.us"},
		China:    {"login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn", "", "", "portal.azure.cn"},
	}
	require.Len(t, Clouds(), len(want))
	for _, c := range Clouds() {
		assert.Equal(t, want[c.Name], hosts{hostOf(c.Authority), hostOf(c.GraphURL), hostOf(c.DefenderURL), hostOf(c.ManagementURL), hostOf(c.Portal)}, c.Name)
		assert.NotEmpty(t, c.Title)
		assert.Equal(t, c.GraphURL+"/.default", c.GraphScope)
		assert.Equal(t, c.DefenderURL != "", strings.HasSuffix(c.DefenderScope, "/.default"))
		if assert.Equal(t, c.ManagementURL != "", slices.Contains(c.Resources(), entity.Management)); c.ManagementURL != "" {
			assert.Equal(t, c.ManagementURL+"/.default", c.ManagementScope)
		}
		for _, raw := range []string{c.Authority, c.GraphURL, c.DefenderURL, c.ManagementURL} {
			u, err := url.Parse(raw)
			require.NoError(t, err)
			assert.Empty(t, u.Path, raw)
		}
		found, err := CloudByName(c.Name)
		require.NoError(t, err)
		assert.Equal(t, c, found)
	}
	_, err := CloudByName("mars")
	assert.ErrorContains(t, err, `unknown cloud "mars"`)
}

func TestCustomCloud(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		authority, graph, graphScope, defender, defenderScope, management, managementScope string
		want                                                                               Cloud
		err                                                                                string
	}{
		"all": {
			authority: "https://localhost:9443/", graph: "https://localhost:9443/graph/", graphScope: "api://g/.default",
			defender: "http://127.0.0.1:8080", defenderScope: "api://d/.default",
			want: Cloud{Authority: "https://localhost:9443", GraphURL: "https://localhost:9443/graph", GraphScope: "api://g/.default", DefenderURL: "http://127.0.0.1:8080", DefenderScope: "api://d/.default"},
		},
		"scopes and Defender left out": {
			authority: "https://login.example.com", graph: "http://[::1]:8080/x",
			want: Cloud{Authority: "https://login.example.com", GraphURL: "http://[::1]:8080/x", GraphScope: "http://[::1]:8080/x/.default"},
		},
		"Defender's scope left out": {
			authority: "https://a", graph: "https://b", defender: "https://c/",
			want: Cloud{Authority: "https://a", GraphURL: "https://b", GraphScope: "https://b/.default", DefenderURL: "https://c", DefenderScope: "https://c/.default"},
		},
		"management's scope left out": {
			authority: "https://a", graph: "https://b", management: "https://c/management/",
			want: Cloud{Authority: "https://a", GraphURL: "https://b", GraphScope: "https://b/.default", ManagementURL: "https://c/management", ManagementScope: "https://c/management/.default"},
		},
		"management's scope": {
			authority: "https://login.microsoftonline.com", graph: "https://graph.microsoft.com", management: "https://manage-gcc.office.com", managementScope: "https://manage.office.com/.default",
			want: Cloud{Authority: "https://login.microsoftonline.com", GraphURL: "https://graph.microsoft.com", GraphScope: "https://graph.microsoft.com/.default", ManagementURL: "https://manage-gcc.office.com", ManagementScope: "https://manage.office.com/.default"},
		},
		"management over http":     {authority: "https://a", graph: "https://b", management: "http://c", err: "SECURATLAS_MANAGEMENT_URL must begin with https"},
		"no authority":             {graph: "https://b", err: "SECURATLAS_AUTHORITY_URL is not set"},
		"authority over http":      {authority: "http://localhost:1", graph: "https://b", err: "SECURATLAS_AUTHORITY_URL must begin with https"},
		"authority with directory": {authority: "https://a/common", graph: "https://b", err: "SECURATLAS_AUTHORITY_URL must not have a path"},
		"authority without scheme": {authority: "login.example.com", graph: "https://b", err: "SECURATLAS_AUTHORITY_URL is not a URL"},
		"no Graph":                 {authority: "https://a", err: "SECURATLAS_GRAPH_URL is not set"},
		"Graph over http":          {authority: "https://a", graph: "http://graph.example.com", err: "SECURATLAS_GRAPH_URL must begin with https"},
		"Graph with version":       {authority: "https://a", graph: "https://b/v1.0/", err: "SECURATLAS_GRAPH_URL must not end with a version"},
		"Graph with beta":          {authority: "https://a", graph: "https://b/x/beta", err: "SECURATLAS_GRAPH_URL must not end with a version"},
		"Graph with a query":       {authority: "https://a", graph: "https://b?x=1", err: "SECURATLAS_GRAPH_URL must be scheme, host and path only"},
		"Graph with a password":    {authority: "https://a", graph: "https://u:p@b", err: "SECURATLAS_GRAPH_URL must be scheme, host and path only"},
		"Defender over http":       {authority: "https://a", graph: "https://b", defender: "http://c", err: "SECURATLAS_DEFENDER_URL must begin with https"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := map[string]string{
				"SECURATLAS_AUTHORITY_URL": test.authority, "SECURATLAS_GRAPH_URL": test.graph, "SECURATLAS_GRAPH_SCOPE": test.graphScope,
				"SECURATLAS_DEFENDER_URL": test.defender, "SECURATLAS_DEFENDER_SCOPE": test.defenderScope,
				"SECURATLAS_MANAGEMENT_URL": test.management, "SECURATLAS_MANAGEMENT_SCOPE": test.managementScope,
			}
			got, err := customCloud(func(key string) string { return env[key] })
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				assert.NotContains(t, err.Error(), "u:p")
				return
			}
			require.NoError(t, err)
			test.want.Name, test.want.Title, test.want.Portal = Custom, "Custom", "https://entra.microsoft.com/"
			assert.Equal(t, test.want, got)
		})
	}
}

func TestCustomCloud_readsTheEnvironment(t *testing.T) {
	t.Setenv("SECURATLAS_AUTHORITY_URL", "https://login.example.com")
	t.Setenv("SECURATLAS_GRAPH_URL", "https://graph.example.com")
	c, err := CloudByName(Custom)
	require.NoError(t, err)
	assert.Equal(t, "https://graph.example.com", c.GraphURL)
}
