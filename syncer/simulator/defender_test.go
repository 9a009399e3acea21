package simulator_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

// endpoint asks Defender for Endpoint with a token of its own.
func (c *cloud) endpoint(path string) reply {
	return c.get(c.DefenderURL()+path, map[string]string{"Authorization": "Bearer " + c.mustToken(c.DefenderURL()+"/.default")})
}

func TestDefenderFilters(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *simulator.Options) { o.Devices = 40 })
	filter := func(list, f string) reply { return c.endpoint("/api/" + list + "?$filter=" + url.QueryEscape(f)) }
	all := c.endpoint("/api/machines").rows()
	require.Len(t, all, 41)
	active := filter("machines", "healthStatus eq 'Active'").rows()
	for _, m := range active {
		assert.Equal(t, "Active", m["healthStatus"])
	}
	assert.Len(t, filter("machines", "healthStatus ne 'Active'").rows(), 41-len(active))
	assert.Len(t, filter("machines", "onboardingStatus eq 'CanBeOnboarded'").rows(), 1)

	alerts := c.endpoint("/api/alerts").rows()
	require.Len(t, alerts, 12)
	middle := alerts[5]["lastUpdateTime"].(string)
	assert.Len(t, filter("alerts", "lastUpdateTime ge "+middle).rows(), 6)
	assert.Len(t, filter("alerts", "lastUpdateTime gt "+middle).rows(), 5)
	assert.Len(t, filter("alerts", "severity eq 'High' and status eq 'Resolved'").rows(), 1)
	assert.Empty(t, alerts[0]["evidence"])
	assert.NotEmpty(t, c.endpoint("/api/alerts?$expand=evidence").rows()[0]["evidence"])

	for path, words := range map[string]string{
		"/api/machines?$filter=nosuch%20eq%201":          "nosuch",
		"/api/machines?$filter=healthStatus":             "syntax error",
		"/api/machines?$filter=healthStatus%20eq%202024": "cannot be compared",
		"/api/machines?$orderby=id":                      "$orderby",
		"/api/machines?$expand=evidence":                 "$expand",
		"/api/machines?$top=10001":                       "10000",
	} {
		r := c.endpoint(path)
		assert.Equal(t, http.StatusBadRequest, r.status, path)
		assert.Contains(t, r.message(), words, path)
	}
	c.Tenant().SetMachines(false)
	assert.Equal(t, http.StatusNotFound, c.endpoint("/api/machines").status, "no machines")
}

// exported reads an export to its end.
func (c *cloud) exported(path string) (rows []map[string]any, pages int) {
	for next := c.DefenderURL() + path; next != ""; pages++ {
		r := c.get(next, map[string]string{"Authorization": "Bearer " + c.mustToken(c.DefenderURL()+"/.default")})
		require.Equal(c.t, http.StatusOK, r.status, r.text)
		rows = append(rows, r.rows()...)
		next, _ = r.body["@odata.nextLink"].(string)
	}
	return rows, pages
}

func TestDefenderExportAndItsChanges(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *simulator.Options) { o.Devices = 40 })
	whole, _ := c.exported("/api/machines/SoftwareVulnerabilitiesByMachine")
	paged, pages := c.exported("/api/machines/SoftwareVulnerabilitiesByMachine?pageSize=25")
	assert.Equal(t, whole, paged)
	assert.Equal(t, (len(whole)+24)/25, pages)
	machines, ids := map[string]int{}, map[string]bool{}
	for _, r := range whole {
		assert.False(t, ids[r["id"].(string)], "twice: %s", r["id"])
		ids[r["id"].(string)] = true
		if cve, ok := r["cveId"].(string); ok {
			machines[cve]++
		}
	}
	for _, v := range c.endpoint("/api/vulnerabilities").rows() {
		assert.EqualValues(t, machines[v["id"].(string)], v["exposedMachines"], v["id"])
	}
	assert.NotContains(t, c.endpoint("/api/machines/SoftwareVulnerabilitiesByMachine?pageSize=25&$top=25").text, "nextLink", "$top drops it")

	changes := "/api/machines/SoftwareVulnerabilityChangesByMachine"
	since := changes + "?sinceTime=" + time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
	none, _ := c.exported(since)
	assert.Empty(t, none)
	fixed, found := c.Tenant().FixVulnerability(0), c.Tenant().FindVulnerability(1)
	got, pages := c.exported(since + "&pageSize=1")
	require.Len(t, got, 2)
	assert.Equal(t, 2, pages)
	assert.Equal(t, []any{fixed, "Fixed", found, "New"}, []any{got[0]["cveId"], got[0]["status"], got[1]["cveId"], got[1]["status"]})
	after, _ := c.exported("/api/machines/SoftwareVulnerabilitiesByMachine")
	has := func(id any) bool {
		return slices.ContainsFunc(after, func(r map[string]any) bool { return r["id"] == id })
	}
	assert.False(t, has(got[0]["id"]))
	assert.True(t, has(got[1]["id"]))

	assert.Equal(t, http.StatusBadRequest, c.endpoint(changes).status)
	r := c.endpoint(changes + "?sinceTime=" + time.Now().UTC().AddDate(0, 0, -15).Format(time.RFC3339))
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.Contains(t, r.message(), "14 days")
}

func TestDefenderScoresAndLicences(t *testing.T) {
	t.Parallel()
	c := start(t)
	r := c.endpoint("/api/exposureScore")
	assert.Equal(t, http.StatusForbidden, r.status, "not granted by default")
	assert.Contains(t, r.message(), "(Score.Read.All)")
	c.Tenant().Grant("Score.Read.All")
	assert.NotZero(t, c.endpoint("/api/exposureScore").body["score"])
	assert.Len(t, c.endpoint("/api/exposureScore/ByMachineGroups").rows(), 2)
	assert.NotZero(t, c.endpoint("/api/configurationScore").body["score"])

	c.Tenant().SetVulnerabilityManagement(false)
	r = c.endpoint("/api/vulnerabilities")
	assert.Equal(t, http.StatusUnauthorized, r.status)
	assert.Equal(t, "Unauthorized request - reason of failure: No Tvm license", r.message())
	assert.Equal(t, http.StatusOK, c.endpoint("/api/machines").status)
}

func TestResolvedEndpointAlert(t *testing.T) {
	t.Parallel()
	c := start(t)
	first := c.endpoint("/api/alerts").rows()[0]
	require.Equal(t, "New", first["status"])
	require.True(t, c.Tenant().ResolveEndpointAlert(first["id"].(string)))
	assert.False(t, c.Tenant().ResolveEndpointAlert("nosuch"))
	again := c.endpoint("/api/alerts").rows()[0]
	assert.Equal(t, "Resolved", again["status"])
	assert.Greater(t, again["lastUpdateTime"], first["lastUpdateTime"])
}

func TestDefenderThrottles(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *simulator.Options) { o.NoThrottle = false })
	path := "/api/machines/SoftwareVulnerabilitiesByMachine?pageSize=1&$top=1"
	for range 30 {
		require.Equal(t, http.StatusOK, c.endpoint(path).status)
	}
	r := c.endpoint(path)
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.NotEmpty(t, r.header.Get("Retry-After"))
	assert.Equal(t, http.StatusOK, c.endpoint("/api/machines").status, "each API is counted by itself")
}
