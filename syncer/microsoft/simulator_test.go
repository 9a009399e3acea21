package microsoft

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// simulated starts a simulated cloud whose clock is the client's: its limits
// are counted in the time in which the client waits.
func simulated(t *testing.T) (*simulator.Server, *Client, *clock) {
	t.Helper()
	k := newClock()
	s, err := simulator.Start(simulator.Options{Users: 120, Seed: 1, Now: k.Now})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s, simulatedClient(t, s, k, s.ClientSecret()), k
}

func simulatedClient(t *testing.T, s *simulator.Server, k *clock, secret string) *Client {
	t.Helper()
	c, err := New(Config{
		Cloud: Cloud{
			Name: Custom, Authority: s.AuthorityURL(), Portal: "https://entra.microsoft.com/",
			GraphURL: s.GraphURL(), GraphScope: s.GraphURL() + "/.default",
			DefenderURL: s.DefenderURL(), DefenderScope: s.DefenderURL() + "/.default",
		},
		DirectoryID: s.DirectoryID(), ClientID: s.ClientID(), Secret: secret,
		Transport: s.Transport(), Pace: NewPace(nil), Sleep: k.Sleep, Now: k.Now,
	})
	require.NoError(t, err)
	return c
}

func signInDates() List {
	l := userList(url.Values{"$top": {"10"}})
	l.Part.Throttle = entity.ThrottleReports
	l.Part.Needs = []entity.AnyOf{{"AuditLog.Read.All"}, {"User.Read.All", "Directory.Read.All"}}
	l.Part.Licence = &entity.Licence{Name: "Microsoft Entra ID P1"}
	return l
}

// plainUsers leaves sign-in dates out, which have limits of their own.
func plainUsers() List {
	l := userList(url.Values{"$top": {"20"}})
	l.Def.Columns = l.Def.Columns[:1]
	return l
}

func TestSimulator_connects(t *testing.T) {
	t.Parallel()
	s, c, k := simulated(t)
	token, err := c.FreshToken(t.Context(), entity.Graph)
	require.NoError(t, err)
	assert.ElementsMatch(t, s.Tenant().Roles(simulator.GraphResource), token.Roles)
	assert.WithinDuration(t, k.Now().Add(time.Hour), token.ExpiresAt, time.Minute, "without CAE a token lives an hour")
	token, err = c.FreshToken(t.Context(), entity.Defender)
	require.NoError(t, err)
	assert.ElementsMatch(t, s.Tenant().Roles(simulator.DefenderResource), token.Roles)
	org, err := c.Organization(t.Context())
	require.NoError(t, err)
	assert.Equal(t, s.DirectoryID(), org.ID)
	assert.Equal(t, s.Domain(), org.DefaultDomain)
	assert.NotEmpty(t, org.DisplayName)
	id, err := ResolveDirectory(t.Context(), c.cloud, s.Transport(), s.Domain())
	require.NoError(t, err)
	assert.Equal(t, s.DirectoryID(), id)
}

func TestSimulator_readsAllUsersWithinTheLimits(t *testing.T) {
	t.Parallel()
	s, c, k := simulated(t)
	start := k.Now()
	pages, ids, stats, err := collect(t.Context(), c, signInDates())
	require.NoError(t, err)
	assert.ElementsMatch(t, s.Tenant().UserIDs(), ids)
	assert.Equal(t, 12, len(pages))
	assert.Zero(t, stats.Retries, "the limit of 5 in 10 s is never hit")
	assert.GreaterOrEqual(t, k.Now().Sub(start), 20*time.Second)
	for _, r := range s.Requests() {
		assert.Less(t, r.Status, 400, r.Path)
	}
}

func TestSimulator_tokenErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*simulator.Tenant, *Client)
		code   string
		class  entity.Class
		on     entity.Resource
	}{
		"wrong secret":             {func(_ *simulator.Tenant, c *Client) { c.secret = "wrong" }, "AADSTS7000215", entity.ClassCredential, entity.Graph},
		"expired secret":           {func(t *simulator.Tenant, c *Client) { t.ExpireSecret(c.secret) }, "AADSTS7000222", entity.ClassCredential, entity.Graph},
		"unknown app":              {func(_ *simulator.Tenant, c *Client) { c.clientID = clientID }, "AADSTS700016", entity.ClassCredential, entity.Graph},
		"unknown directory":        {func(_ *simulator.Tenant, c *Client) { c.directory = directoryID }, "AADSTS90002", entity.ClassCredential, entity.Graph},
		"malformed directory":      {func(_ *simulator.Tenant, c *Client) { c.directory = "nonsense" }, "AADSTS900023", entity.ClassCredential, entity.Graph},
		"disabled app":             {func(t *simulator.Tenant, _ *Client) { t.DisableApp(true) }, "AADSTS7000112", entity.ClassCredential, entity.Graph},
		"Conditional Access":       {func(t *simulator.Tenant, _ *Client) { t.BlockByConditionalAccess(true) }, "AADSTS53003", entity.ClassCredential, entity.Graph},
		"no Defender for Endpoint": {func(t *simulator.Tenant, _ *Client) { t.SetDefender(false, false) }, "AADSTS500011", entity.ClassLicence, entity.Defender},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c, _ := simulated(t)
			test.change(s.Tenant(), c)
			_, err := c.FreshToken(t.Context(), test.on)
			p := requireProblem(t, err)
			assert.Equal(t, test.code, p.Code)
			assert.Equal(t, test.class, p.Class)
			assert.NotEmpty(t, p.RequestID)
		})
	}
}

func TestSimulator_refusals(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*simulator.Tenant)
		list   List
		class  entity.Class
		needs  []string
	}{
		"no consent":       {func(t *simulator.Tenant) { t.RemoveConsent() }, plainUsers(), entity.ClassConsent, []string{"User.Read.All"}},
		"no permission":    {func(t *simulator.Tenant) { t.SetRoles(simulator.GraphResource, []string{"Organization.Read.All"}) }, plainUsers(), entity.ClassPermission, []string{"User.Read.All"}},
		"no audit log":     {func(t *simulator.Tenant) { t.Revoke("AuditLog.Read.All") }, signInDates(), entity.ClassPermission, []string{"AuditLog.Read.All"}},
		"no P1":            {func(t *simulator.Tenant) { t.SetPremium(false) }, signInDates(), entity.ClassLicence, []string{"Microsoft Entra ID P1"}},
		"Defender expired": {func(t *simulator.Tenant) { t.SetDefender(true, false) }, machineList(), entity.ClassLicence, []string{"Microsoft Defender for Endpoint"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c, _ := simulated(t)
			test.change(s.Tenant())
			_, _, stats, err := collect(t.Context(), c, test.list)
			p := requireProblem(t, err)
			assert.Equal(t, test.class, p.Class, "%+v", p)
			assert.Equal(t, test.needs, p.Needs)
			assert.NotEmpty(t, p.RequestID)
			assert.Equal(t, 1, stats.Requests)
		})
	}
}

func TestSimulator_faults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault   simulator.Fault
		retries int
		waited  time.Duration // at least
	}{
		"429 in the middle":        {simulator.Fault{Status: 429, RetryAfter: "17"}, 1, 17 * time.Second},
		"429 without a time":       {simulator.Fault{Status: 429, Count: 3}, 3, 7 * time.Second},
		"503 twice":                {simulator.Fault{Status: 503, Count: 2}, 2, 3 * time.Second},
		"a gateway's page":         {simulator.Fault{Status: 502, Body: "<html>Bad gateway</html>", ContentType: "text/html"}, 1, time.Second},
		"a lost connection":        {simulator.Fault{Drop: true, Count: 3}, -1, time.Second},
		"a page that is cut short": {simulator.Fault{Truncate: true}, 1, time.Second},
		"an empty page":            {simulator.Fault{EmptyPage: true}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c, _ := simulated(t)
			test.fault.Path, test.fault.After, test.fault.Count = "/users", 2, max(test.fault.Count, 1)
			s.Inject(test.fault)
			_, ids, stats, err := collect(t.Context(), c, plainUsers())
			require.NoError(t, err)
			assert.ElementsMatch(t, s.Tenant().UserIDs(), ids)
			assert.GreaterOrEqual(t, stats.Waited, test.waited)
			if test.retries >= 0 { // net/http repeats lost requests by itself too
				assert.Equal(t, test.retries, stats.Retries)
			}
		})
	}
	t.Run("a loop", func(t *testing.T) {
		t.Parallel()
		s, c, _ := simulated(t)
		s.Inject(simulator.Fault{Path: "/users", After: 1, LoopNext: true})
		_, _, stats, err := collect(t.Context(), c, plainUsers())
		assert.Equal(t, entity.ClassData, requireProblem(t, err).Class)
		assert.Equal(t, 2, stats.Requests)
	})
	t.Run("a link to another host", func(t *testing.T) {
		t.Parallel()
		s, c, _ := simulated(t)
		var visits atomic.Int32
		other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
		t.Cleanup(other.Close)
		s.Inject(simulator.Fault{Path: "/users", NextLink: other.URL + "/v1.0/users?$skiptoken=x"})
		_, _, _, err := collect(t.Context(), c, plainUsers())
		assert.Equal(t, entity.ClassData, requireProblem(t, err).Class)
		assert.Zero(t, visits.Load())
	})
}

func TestSimulator_expiredPageTokens(t *testing.T) {
	t.Parallel()
	s, c, _ := simulated(t)
	seen, restarts := map[string]bool{}, 0
	_, err := c.Pages(t.Context(), plainUsers(), func(p Page) error {
		if p.Restarted {
			restarts++
			clear(seen)
		}
		for _, raw := range p.Rows {
			seen[string(raw)] = true
		}
		if p.Stats.Pages == 3 {
			s.ExpirePageTokens()
		}
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, 1, restarts)
	assert.Len(t, seen, len(s.Tenant().UserIDs()))
}
