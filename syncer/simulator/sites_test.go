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

func TestSites(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(400))
	c.Tenant().Grant("Sites.Read.All")
	c.refresh()
	first := c.ok("/sites/getAllSites")
	assert.Len(t, first.rows(), 200)
	assert.True(t, strings.HasPrefix(first.next(), c.GraphURL()+"/v1.0/sites/oneDrive.getAllSites?"), "as the document has it: %s", first.next())
	assert.Equal(t, column(first.rows(), "id"), column(c.ok("/sites/getAllSites()").rows(), "id"))
	rows := c.all("/sites/getAllSites")
	assert.Equal(t, column(rows, "id"), column(c.all("/sites/getAllSites?$top=37"), "id"))
	seen, personal, twice := map[string]bool{}, 0, 0
	for _, r := range rows {
		parts := strings.Split(r["id"].(string), ",")
		require.Len(t, parts, 3)
		assert.Equal(t, r["siteCollection"].(map[string]any)["hostName"], parts[0])
		assert.True(t, strings.HasPrefix(r["webUrl"].(string), "https://"+parts[0]))
		assert.Equal(t, parts[0] == "contoso-my.sharepoint.com", r["isPersonalSite"])
		if r["isPersonalSite"] == true {
			personal++
		} else if seen[parts[1]] {
			twice++
		}
		seen[parts[1]] = true
	}
	assert.Greater(t, personal, 100)
	assert.Positive(t, twice, "some sites come twice")

	// The usage report knows the same site collections.
	used := c.report("/reports/getSharePointSiteUsageDetail(period='D7')")
	require.Greater(t, len(used), 5)
	for _, line := range used {
		assert.True(t, seen[line["Site Id"]])
	}
	assert.Equal(t, len(used), len(seen)-personal)
}

func TestSiteSearch(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.Tenant().Grant("Sites.Read.All")
	c.refresh()
	all := column(c.all("/sites?search=*&$top=9"), "id")
	assert.Equal(t, column(c.all("/sites/getAllSites"), "id"), all)
	assert.Equal(t, []string{"Intranet"}, slices.Compact(column(c.all("/sites?search=intranet&$select=id,name"), "name")))
	assert.Empty(t, c.all("/sites?search=nosuch"))
}

func TestSitePermissions(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, path := range []string{"/sites/getAllSites", "/sites?search=*"} {
		r := c.get(path)
		assert.Equal(t, http.StatusForbidden, r.status)
		assert.Equal(t, "accessDenied", r.code())
		assert.Equal(t, "Access denied", r.message())
	}
}

func TestTenantWithoutSharePoint(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.Tenant().Grant("Sites.Read.All")
	c.refresh()
	next := c.ok("/sites/getAllSites?$top=3").next()
	c.Tenant().SetMicrosoft365(false)
	for _, path := range []string{"/sites/getAllSites", next, "/sites?search=*"} {
		r := c.get(path)
		assert.Equal(t, http.StatusBadRequest, r.status, path)
		assert.Equal(t, "Tenant does not have a SPO license.", r.message(), path)
	}
	plans := c.ok("/subscribedSkus").text
	for _, name := range []string{"SHAREPOINTENTERPRISE", "EXCHANGE_S_ENTERPRISE", "EXCHANGE_S_DESKLESS", "TEAMS1", "ATP_ENTERPRISE"} {
		assert.NotContains(t, plans, name)
	}
	assert.Contains(t, plans, "AAD_PREMIUM")
	c.Tenant().SetMicrosoft365(true)
	assert.Contains(t, c.ok("/subscribedSkus").text, "SHAREPOINTENTERPRISE")
	c.ok(next)
}

func TestTeamsDevices(t *testing.T) {
	t.Parallel()
	c := start(t)
	const path = "/beta/teamwork/devices"
	assert.Equal(t, http.StatusGone, c.get(path).status)
	assert.Equal(t, http.StatusBadRequest, c.get("/teamwork/devices").status, "only beta has it")
	c.Tenant().AnswerTeamsDevices(true)
	first := c.ok(path)
	assert.Len(t, first.rows(), 20)
	assert.True(t, strings.HasPrefix(first.next(), "/teamwork/devices?"), "a relative link: %s", first.next())
	ids := column(first.rows(), "id")
	for next := first.next(); next != ""; {
		r := c.ok(c.GraphURL() + "/beta" + next)
		ids = append(ids, column(r.rows(), "id")...)
		next = r.next()
	}
	slices.Sort(ids)
	assert.Len(t, slices.Compact(ids), 57)
	assert.Len(t, c.ok(path+"?$top=50").rows(), 50)
	assert.Equal(t, http.StatusBadRequest, c.get(path+"?$top=51").status)
	assert.NotEmpty(t, first.rows()[0]["hardwareDetail"].(map[string]any)["serialNumber"])

	c.Tenant().SetRoles(simulator.GraphResource, []string{"User.Read.All"})
	c.refresh()
	r := c.get(path)
	assert.Equal(t, http.StatusForbidden, r.status)
	assert.Contains(t, r.message(), "TeamworkDevice.Read.All")
}

func TestTeamsDevicesAreThrottled(t *testing.T) {
	t.Parallel()
	k := newClock()
	c := start(t, throttled, withClock(k))
	c.Tenant().AnswerTeamsDevices(true)
	for range 30 {
		c.ok("/beta/teamwork/devices")
	}
	r := c.get("/beta/teamwork/devices")
	assert.Equal(t, http.StatusTooManyRequests, r.status, "30 in a second")
	assert.Equal(t, "1", r.header.Get("Retry-After"))
	k.advance(time.Second)
	c.ok("/beta/teamwork/devices")
}
