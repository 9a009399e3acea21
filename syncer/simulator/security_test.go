package simulator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

const alerts = "/security/alerts_v2"

// startWithAlerts is a tenant whose app may read alerts.
func startWithAlerts(t *testing.T, change ...func(*simulator.Options)) *cloud {
	t.Helper()
	c := start(t, change...)
	c.Tenant().Grant("SecurityAlert.Read.All")
	c.refresh()
	return c
}

func TestSecurityAlerts(t *testing.T) {
	t.Parallel()
	c := startWithAlerts(t, withUsers(400))
	rows := c.all(alerts)
	require.Greater(t, len(rows), 50)
	ids := column(rows, "id")
	slices.Sort(ids)
	assert.Len(t, slices.Compact(ids), len(rows))
	created := column(rows, "createdDateTime")
	assert.True(t, slices.IsSortedFunc(created, func(a, b string) int { return strings.Compare(b, a) }), "the newest first")
	assert.Equal(t, column(rows, "id"), column(c.all(alerts+"?$top=3"), "id"), "pages lose nothing and double nothing")
	assert.Equal(t, column(rows, "id")[5:9], column(c.ok(alerts+"?$top=4&$skip=5").rows(), "id"))
	assert.EqualValues(t, len(rows), c.ok(alerts + "?$top=1&$count=true").body["@odata.count"])
	assert.Len(t, c.ok(alerts+"?$top=2000").rows(), len(rows))
	assert.Equal(t, http.StatusBadRequest, c.get(alerts+"?$top=2001").status)

	since := rows[10]["lastUpdateDateTime"].(string)
	at, err := time.Parse(time.RFC3339, since)
	require.NoError(t, err)
	want := 0
	for _, r := range rows {
		updated, err := time.Parse(time.RFC3339, r["lastUpdateDateTime"].(string))
		require.NoError(t, err)
		if !updated.Before(at) {
			want++
		}
	}
	assert.Len(t, c.all(alerts+"?$filter=lastUpdateDateTime ge "+since), want)
	for _, r := range c.all(alerts + "?$filter=severity eq 'high' and status eq 'new' and serviceSource eq 'azureAdIdentityProtection'") {
		assert.Equal(t, []any{"high", "new", "azureAdIdentityProtection"}, []any{r["severity"], r["status"], r["serviceSource"]})
	}
	for _, filter := range []string{"severity ge 'low'", "title eq 'x'", "nosuch eq 'x'"} {
		assert.Equal(t, http.StatusBadRequest, c.get(alerts+"?$filter="+filter).status, filter)
	}
	assert.Equal(t, rows[3]["title"], c.ok(alerts + "/" + rows[3]["id"].(string)).body["title"])
}

// Alerts of Defender for Endpoint are those of its own API, with the same ids.
func TestSecurityAlertsAreThoseOfDefender(t *testing.T) {
	t.Parallel()
	c := startWithAlerts(t)
	byID := map[string]map[string]any{}
	for _, r := range c.all(alerts + "?$filter=serviceSource eq 'microsoftDefenderForEndpoint'") {
		assert.Equal(t, r["id"], r["providerAlertId"])
		byID[r["id"].(string)] = r
	}
	graph := c.token
	c.token = c.mustToken("https://api.securitycenter.microsoft.com/.default")
	own := c.ok(c.DefenderURL() + "/api/alerts").rows()
	c.token = graph
	require.NotEmpty(t, own)
	assert.Len(t, byID, len(own))
	for _, a := range own {
		r := byID[a["id"].(string)]
		require.NotNil(t, r, a["id"])
		assert.Equal(t, a["title"], r["title"])
		assert.Equal(t, a["lastUpdateTime"], r["lastUpdateDateTime"])
		assert.Equal(t, a["alertCreationTime"], r["createdDateTime"])
		assert.True(t, strings.EqualFold(a["status"].(string), r["status"].(string)))
	}
}

// Members that were added to an enumeration later are told only to clients
// that say that they can handle them.
func TestUnknownEnumMembers(t *testing.T) {
	t.Parallel()
	c := startWithAlerts(t, withUsers(400))
	sources := column(c.all(alerts), "serviceSource")
	assert.Contains(t, sources, "unknownFutureValue")
	assert.NotContains(t, sources, "microsoftDefenderForCloud")
	all := column(c.all(alerts, map[string]string{"Prefer": "include-unknown-enum-members"}), "serviceSource")
	assert.NotContains(t, all, "unknownFutureValue")
	assert.Contains(t, all, "microsoftDefenderForCloud")
	assert.Len(t, all, len(sources))
}

func TestSecurityAlertPermissions(t *testing.T) {
	t.Parallel()
	c := start(t)
	const required = "Missing application roles. API required roles: SecurityAlert.Read.All,SecurityAlert.ReadWrite.All,SecurityIncident.Read.All,SecurityIncident.ReadWrite.All, application roles: "
	for _, roles := range [][]string{nil, {"User.Read.All", "SecurityEvents.Read.All"}} {
		c.Tenant().SetRoles(simulator.GraphResource, roles)
		c.refresh()
		r := c.get(alerts)
		assert.Equal(t, http.StatusForbidden, r.status)
		assert.Equal(t, "Forbidden", r.code())
		assert.Equal(t, required+strings.Join(roles, ",")+".", r.message())
	}
	c.Tenant().SetRoles(simulator.GraphResource, []string{"SecurityIncident.Read.All"})
	c.refresh()
	c.ok(alerts)
	assert.Equal(t, http.StatusGone, c.get("/security/alerts").status, "the first generation is retired")
	c.Tenant().SetDefender(true, false)
	r := c.get(alerts)
	assert.Equal(t, http.StatusUnauthorized, r.status)
	assert.Equal(t, "Unauthorized", r.code())
	assert.Equal(t, "Unauthorized request - Account is not provisioned.", r.message())
}

func TestUpdateSecurityAlert(t *testing.T) {
	t.Parallel()
	k := newClock()
	c := startWithAlerts(t, withClock(k))
	id := c.Tenant().SecurityAlertIDs()[0]
	k.advance(time.Minute)
	require.True(t, c.Tenant().UpdateSecurityAlert(id, map[string]any{"status": "resolved", "classification": "truePositive"}))
	rows := c.all(alerts + "?$filter=lastUpdateDateTime ge " + k.now().Format(time.RFC3339))
	require.Equal(t, []string{id}, column(rows, "id"))
	assert.Equal(t, []any{"resolved", "truePositive"}, []any{rows[0]["status"], rows[0]["classification"]})
	assert.NotNil(t, rows[0]["resolvedDateTime"])
	assert.False(t, c.Tenant().UpdateSecurityAlert("nosuch", nil))
}

func TestSecureScores(t *testing.T) {
	t.Parallel()
	c := start(t)
	rows := c.all("/security/secureScores")
	require.Len(t, rows, 90)
	days := column(rows, "createdDateTime")
	assert.True(t, slices.IsSortedFunc(days, func(a, b string) int { return strings.Compare(b, a) }), "the newest first")
	assert.Equal(t, c.DirectoryID()+"_"+days[0][:10], rows[0]["id"])
	newest := c.ok("/security/secureScores?$top=1")
	assert.Len(t, newest.rows(), 1)
	assert.NotEmpty(t, newest.next(), "a page of one day leads on to the others")
	assert.Equal(t, column(rows, "id"), column(c.all("/security/secureScores?$top=7"), "id"))

	profiles := map[string]float64{}
	most := 0.0
	for _, p := range c.all("/security/secureScoreControlProfiles?$top=5") {
		profiles[p["id"].(string)] = p["maxScore"].(float64)
		most += p["maxScore"].(float64)
	}
	sum := 0.0
	for _, s := range rows[0]["controlScores"].([]any) {
		control := s.(map[string]any)
		require.Contains(t, profiles, control["controlName"])
		assert.LessOrEqual(t, control["score"].(float64), profiles[control["controlName"].(string)])
		assert.Contains(t, control, "scoreInPercentage")
		sum += control["score"].(float64)
	}
	assert.InDelta(t, sum, rows[0]["currentScore"], 0.001)
	assert.InDelta(t, most, rows[0]["maxScore"], 0.001)
	assert.GreaterOrEqual(t, rows[0]["currentScore"].(float64), rows[89]["currentScore"].(float64))

	c.Tenant().SetRoles(simulator.GraphResource, []string{"SecurityAlert.Read.All"})
	c.refresh()
	for _, path := range []string{"/security/secureScores", "/security/secureScoreControlProfiles"} {
		r := c.get(path)
		assert.Equal(t, http.StatusForbidden, r.status)
		assert.Equal(t, "Auth token does not contain valid permissions or user does not have valid roles", r.message())
	}
}

// Each day has a score of its own: what was there stays as it was.
func TestSecureScoresFollowTheDays(t *testing.T) {
	t.Parallel()
	k := newClock()
	c := start(t, withClock(k))
	before := c.all("/security/secureScores")
	k.advance(48 * time.Hour)
	c.refresh()
	after := c.all("/security/secureScores")
	require.Len(t, after, 90)
	assert.Equal(t, c.DirectoryID()+"_"+k.now().Format(time.DateOnly), after[0]["id"])
	assert.Equal(t, before[:88], after[2:])
	k.advance(30 * 24 * time.Hour)
	c.refresh()
	assert.Greater(t, c.all("/security/secureScores")[0]["currentScore"], before[0]["currentScore"], "controls get better later too")
}

func TestSecurityIsThrottled(t *testing.T) {
	t.Parallel()
	k := newClock()
	c := startWithAlerts(t, throttled, withClock(k))
	for range 75 {
		c.ok(alerts + "?$top=1")
		c.ok("/security/secureScores?$top=1")
	}
	r := c.get(alerts)
	assert.Equal(t, http.StatusTooManyRequests, r.status, "150 in a minute, of alerts and scores together")
	assert.Equal(t, "60", r.header.Get("Retry-After"))
	k.advance(time.Minute + time.Second)
	c.ok(alerts + "?$top=1")
}
