package microsoft

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

func resourceAt(t testing.TB, base string, hosts ...string) *resource {
	t.Helper()
	u, err := url.Parse(base)
	require.NoError(t, err)
	name := entity.Graph
	if strings.Contains(base, "security") {
		name = entity.Defender
	}
	return &resource{name: name, base: u, hosts: hosts}
}

func TestNextURL(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ base, link, want string }{
		"verbatim":                {"https://graph.microsoft.com", "https://graph.microsoft.com/v1.0/users?$skiptoken=a%2Bb%3D&$top=1", "https://graph.microsoft.com/v1.0/users?$skiptoken=a%2Bb%3D&$top=1"},
		"default port":            {"https://graph.microsoft.com", "https://graph.microsoft.com:443/v1.0/users?a", "https://graph.microsoft.com:443/v1.0/users?a"},
		"another case":            {"https://graph.microsoft.com", "HTTPS://Graph.Microsoft.com/v1.0/users?a", "https://Graph.Microsoft.com/v1.0/users?a"},
		"relative path":           {"https://graph.microsoft.com", "/beta/teamwork/devices?$skiptoken=1", "https://graph.microsoft.com/beta/teamwork/devices?$skiptoken=1"},
		"below the version":       {"https://example.com/prefix", "/teamwork/devices?$skiptoken=1", "https://example.com/prefix/v1.0/teamwork/devices?$skiptoken=1"},
		"relative to the page":    {"https://example.com/prefix", "users?$skiptoken=1", "https://example.com/prefix/v1.0/users?$skiptoken=1"},
		"query only":              {"https://graph.microsoft.com", "?$skiptoken=1", "https://graph.microsoft.com/v1.0/users?$skiptoken=1"},
		"without fragment":        {"https://graph.microsoft.com", "/v1.0/users?a#b", "https://graph.microsoft.com/v1.0/users?a"},
		"loopback http":           {"http://127.0.0.1:8081", "http://127.0.0.1:8081/v1.0/users?a", "http://127.0.0.1:8081/v1.0/users?a"},
		"documented host":         {"https://api.security.microsoft.com", "https://api.securitycenter.windows.com/api/machines?$skip=1", "https://api.securitycenter.windows.com/api/machines?$skip=1"},
		"another host":            {"https://graph.microsoft.com", "https://graph.microsoft.com.example.org/v1.0/users", ""},
		"another host, no scheme": {"https://graph.microsoft.com", "//example.org/v1.0/users", ""},
		"a subdomain":             {"https://graph.microsoft.com", "https://x.graph.microsoft.com/v1.0/users", ""},
		"another port":            {"https://graph.microsoft.com", "https://graph.microsoft.com:8443/v1.0/users", ""},
		"plain http":              {"https://graph.microsoft.com", "http://graph.microsoft.com/v1.0/users", ""},
		"a user in front":         {"https://graph.microsoft.com", "https://me@graph.microsoft.com/v1.0/users", ""},
		"host hidden as user":     {"https://graph.microsoft.com", "https://graph.microsoft.com@example.org/v1.0/users", ""},
		"another loopback port":   {"http://127.0.0.1:8081", "http://127.0.0.1:8082/v1.0/users", ""},
		"https on loopback http":  {"http://127.0.0.1:8081", "https://127.0.0.1:8081/v1.0/users", ""},
		"documented host by http": {"https://api.security.microsoft.com", "http://api.securitycenter.windows.com/api/machines", ""},
		"documented host, port":   {"https://api.security.microsoft.com", "https://api.securitycenter.windows.com:444/api/machines", ""},
		"Graph for the feed":      {"https://manage.office.com", "https://graph.microsoft.com/v1.0/users", ""},
		"Graph for Defender":      {"https://api.security.microsoft.com", "https://graph.microsoft.com/v1.0/users", ""},
		"no URL":                  {"https://graph.microsoft.com", "https://%zz", ""},
		"opaque":                  {"https://graph.microsoft.com", "mailto:x@example.org", ""},
		"javascript":              {"https://graph.microsoft.com", "javascript:alert(1)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := resourceAt(t, test.base, defenderHosts[Global]...)
			of := "/v1.0/users"
			for _, other := range []string{"/teamwork/devices", "/api/machines"} {
				if strings.Contains(test.link, other) {
					of = "/v1.0" + other
				}
			}
			page, err := url.Parse(test.base + of + "?$top=1")
			require.NoError(t, err)
			got, failed := r.nextURL(page, test.link)
			if test.want == "" {
				require.NotNil(t, failed)
				assert.Nil(t, got)
				assert.Equal(t, giveUp, failed.then)
				return
			}
			require.Nil(t, failed)
			assert.Equal(t, test.want, got.String())
		})
	}
}

func FuzzNextLink(f *testing.F) {
	for _, link := range []string{
		"https://graph.microsoft.com/v1.0/users?$skiptoken=1", "users?$skiptoken=1", "//example.org", "https://graph.microsoft.com@example.org/",
		"https://example.org\\@graph.microsoft.com/", "https://graph.microsoft.com:443/", "https://GRAPH.microsoft.com/x", "http://graph.microsoft.com/",
		"https://graph.microsoft.com%2eexample.org/", "https://[::1]/", "\thttps://example.org", "/\\example.org/", "?", "#",
	} {
		f.Add(link)
	}
	f.Fuzz(func(t *testing.T, link string) {
		r := resourceAt(t, "https://graph.microsoft.com")
		page, err := url.Parse("https://graph.microsoft.com/v1.0/users")
		require.NoError(t, err)
		got, failed := r.nextURL(page, link)
		if failed != nil {
			require.NotEmpty(t, failed.problem.Message)
			return
		}
		// What is sent is what the text of the URL says, read once more.
		again, err := url.Parse(got.String())
		require.NoError(t, err)
		for _, u := range []*url.URL{got, again} {
			require.Equal(t, "https", u.Scheme)
			require.Equal(t, "graph.microsoft.com", strings.ToLower(u.Hostname()))
			require.Contains(t, []string{"", "443"}, u.Port())
			require.Nil(t, u.User)
		}
	})
}
