package microsoft

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

func TestSameCollection(t *testing.T) {
	t.Parallel()
	const graph, defender, management = "https://graph.microsoft.com", "https://api.security.microsoft.com", "https://manage.office.com"
	for name, test := range map[string]struct {
		base, page, link string
		same             bool
	}{
		"itself":                          {graph, "/v1.0/users", "/v1.0/users?$skiptoken=x", true},
		"letter case":                     {graph, "/v1.0/auditLogs/signIns", "/v1.0/auditlogs/SIGNINS", true},
		"a slash at the end":              {graph, "/v1.0/users", "/v1.0/users/", true},
		"another version":                 {graph, "/v1.0/users", "/beta/users", true},
		"a key in brackets":               {graph, "/beta/groups/g1/members", "/beta/groups('g1')/members", true},
		"a key without quotes":            {graph, "/beta/groups/g1/members", "/beta/groups(g1)/members", true},
		"a named key":                     {graph, "/beta/groups/g1/members", "/beta/groups(id='g1')/members", true},
		"percent encoding":                {graph, "/v1.0/users('a@b')/memberOf", "/v1.0/users(%27a%40b%27)/memberOf", true},
		"a quote in a key":                {graph, "/v1.0/users/o'neill/memberOf", "/v1.0/users('o''neill')/memberOf", true},
		"a slash in a key":                {graph, "/v1.0/sites/a%2Fb/lists", "/v1.0/sites/a%2fb/lists", true},
		"a cast":                          {graph, "/v1.0/groups/g1/members", "/v1.0/groups/g1/members/microsoft.graph.user", true},
		"a cast of the request":           {graph, "/v1.0/groups/g1/members/microsoft.graph.user", "/v1.0/groups/g1/members", true},
		"a qualified function":            {graph, "/v1.0/sites/getAllSites", "/v1.0/sites/oneDrive.getAllSites", true},
		"a qualified delta":               {graph, "/v1.0/users/delta", "/v1.0/users/microsoft.graph.delta()", true},
		"arguments, encoded":              {graph, "/v1.0/reports/f(period='D7')", "/v1.0/reports/f(period=%27D7%27)", true},
		"the base's path":                 {"https://example.com/prefix", "/prefix/v1.0/users", "/prefix/v1.0/users", true},
		"the base's path left out":        {"https://example.com/prefix", "/prefix/v1.0/users", "/v1.0/users", true},
		"Defender":                        {defender, "/api/machines", "/api/v1.0/machines", true},
		"the feed":                        {management, "/api/v1.0/d/activity/feed/subscriptions/content", "/api/v1.0/D/activity/feed/subscriptions/content", true},
		"another list":                    {graph, "/v1.0/users", "/v1.0/subscribedSkus", false},
		"another group's":                 {graph, "/beta/groups/g1/members", "/beta/groups/g2/members", false},
		"another group's, a key":          {graph, "/beta/groups/g1/members", "/beta/groups('g2')/members", false},
		"another relation":                {graph, "/beta/groups/g1/members", "/beta/groups/g1/owners", false},
		"one below":                       {graph, "/v1.0/users", "/v1.0/users/u1", false},
		"one above":                       {graph, "/v1.0/users/delta", "/v1.0/users", false},
		"another namesake":                {graph, "/v1.0/users", "/v1.0/auditLogs/users", false},
		"a longer name":                   {graph, "/v1.0/users", "/v1.0/usersettings", false},
		"up and down":                     {graph, "/v1.0/users", "/v1.0/users/../groups", false},
		"up and down, encoded":            {graph, "/v1.0/users", "/v1.0/users/%2e%2e/groups", false},
		"another of Defender's":           {defender, "/api/machines", "/api/vulnerabilities", false},
		"an export of Defender's":         {defender, "/api/machines", "/api/machines/SoftwareVulnerabilitiesByMachine", false},
		"another of the feed":             {management, "/api/v1.0/d/activity/feed/subscriptions/content", "/api/v1.0/d/activity/feed/subscriptions/list", false},
		"the feed of another":             {management, "/api/v1.0/d/activity/feed/subscriptions/content", "/api/v1.0/e/activity/feed/subscriptions/content", false},
		"another function":                {graph, "/v1.0/reports/f(period='D7')", "/v1.0/reports/g(period='D7')", false},
		"endless":                         {graph, "/v1.0/users", "/v1.0/users" + strings.Repeat("/graph.users", 40), false},
		"nothing":                         {graph, "/v1.0/users", "/", false},
		"Graph's, where one host is both": {"https://example.com", "/api/machines", "/v1.0/machines", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base, err := url.Parse(test.base)
			require.NoError(t, err)
			r := &resource{name: entity.Defender, base: base}
			page, err := url.Parse("https://" + base.Host + test.page)
			require.NoError(t, err)
			link, err := page.Parse(test.link)
			require.NoError(t, err)
			assert.Equal(t, test.same, r.sameCollection(page, link))
			assert.Equal(t, test.same, r.sameCollection(link, page))
		})
	}
}
