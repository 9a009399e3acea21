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

const serviceIssues, serviceMessages = "/admin/serviceAnnouncement/issues", "/admin/serviceAnnouncement/messages"

func TestServiceIssuesArePagedWithSkip(t *testing.T) {
	t.Parallel()
	c := start(t)
	first := c.ok(serviceIssues)
	assert.Len(t, first.rows(), 100)
	assert.Equal(t, c.GraphURL()+"/v1.0"+serviceIssues+"?$skip=100", first.next())
	rows := c.all(serviceIssues)
	require.Len(t, rows, 130)
	ids := column(rows, "id")
	slices.Sort(ids)
	assert.Len(t, slices.Compact(ids), 130, "no page repeats an issue")
	open := 0
	for _, r := range rows {
		if r["isResolved"] == false {
			open++
			assert.Nil(t, r["endDateTime"])
		}
		content := r["posts"].([]any)[0].(map[string]any)["description"].(map[string]any)
		assert.Equal(t, "html", content["contentType"])
		assert.Contains(t, content["content"], "<p>")
	}
	assert.Equal(t, 5, open)

	small := c.ok(serviceIssues, map[string]string{"Prefer": "odata.maxpagesize=7"})
	assert.Len(t, small.rows(), 7)
	assert.True(t, strings.HasSuffix(small.next(), "?$skip=7"), small.next())
	assert.Equal(t, column(rows, "id"), column(c.all(serviceIssues, map[string]string{"Prefer": "odata.maxpagesize=7"}), "id"))
	assert.Len(t, c.ok(serviceIssues, map[string]string{"Prefer": "odata.maxpagesize=5000"}).rows(), 130)
	assert.Len(t, c.all(serviceIssues+"?$filter=isResolved eq false&$select=id,title"), 5)
	one := c.ok(serviceIssues + "/" + rows[3]["id"].(string)).body
	assert.Equal(t, rows[3]["title"], one["title"])
}

func TestHealthOverviews(t *testing.T) {
	t.Parallel()
	c := start(t)
	plain := c.all("/admin/serviceAnnouncement/healthOverviews")
	require.Len(t, plain, 12)
	assert.NotContains(t, plain[0], "issues")
	r := c.ok("/admin/serviceAnnouncement/healthOverviews?$expand=issues")
	assert.True(t, strings.HasSuffix(r.body["@odata.context"].(string), "#admin/serviceAnnouncement/healthOverviews(issues())"))
	n := 0
	for _, service := range r.rows() {
		open := false
		for _, i := range service["issues"].([]any) {
			issue := i.(map[string]any)
			assert.Equal(t, service["service"], issue["service"])
			open = open || issue["isResolved"] == false
			n++
		}
		assert.Equal(t, open, service["status"] != "serviceOperational", service["service"])
	}
	assert.Equal(t, 130, n)
	assert.NotEmpty(t, c.ok("/admin/serviceAnnouncement/healthOverviews/Exchange?$expand=issues").body["issues"])
	assert.Equal(t, http.StatusBadRequest, c.get("/admin/serviceAnnouncement/healthOverviews?$expand=nosuch").status)
}

func TestServiceHealthPermissions(t *testing.T) {
	t.Parallel()
	c := start(t)
	r := c.get(serviceMessages)
	assert.Equal(t, http.StatusForbidden, r.status, "ServiceHealth.Read.All does not open the message center")
	assert.Equal(t, "Forbidden", r.code())
	c.Tenant().SetRoles(simulator.GraphResource, []string{"ServiceMessage.Read.All"})
	c.refresh()
	assert.Len(t, c.all(serviceMessages), 140)
	assert.Equal(t, http.StatusForbidden, c.get(serviceIssues).status)
	c.Tenant().Grant("ServiceHealth.Read.All")
	c.refresh()
	c.Tenant().SetMicrosoft365(false)
	r = c.get(serviceIssues)
	assert.Equal(t, http.StatusForbidden, r.status)
	assert.Equal(t, "UnknownError", r.code())
	assert.Empty(t, r.message())
}

func TestServiceHealthIsThrottled(t *testing.T) {
	t.Parallel()
	k := newClock()
	c := start(t, throttled, withClock(k))
	ask := func(n int) {
		t.Helper()
		for range n {
			c.ok("/admin/serviceAnnouncement/healthOverviews?$select=id")
		}
	}
	ask(240)
	r := c.get("/admin/serviceAnnouncement/healthOverviews")
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.Equal(t, "60", r.header.Get("Retry-After"))
	for range 2 {
		k.advance(2 * time.Minute)
		ask(240)
	}
	k.advance(2 * time.Minute)
	ask(800 - 3*240 - 1)
	r = c.get("/admin/serviceAnnouncement/healthOverviews")
	assert.Equal(t, http.StatusTooManyRequests, r.status, "800 in an hour")
}
