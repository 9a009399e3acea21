package simulator_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

// feed is a client of the Management Activity API.
type feed struct {
	*cloud
	token string
}

func startFeed(t *testing.T, change ...func(*simulator.Options)) *feed {
	t.Helper()
	c := start(t, change...)
	c.Tenant().Grant("ActivityFeed.Read")
	return &feed{c, c.mustToken("https://manage.office.com/.default")}
}

// ask sends a request to an operation, or to a whole address.
func (f *feed) ask(method, operation string) reply {
	f.t.Helper()
	if operation[0] == '/' {
		operation = f.ManagementURL() + "/api/v1.0/" + f.DirectoryID() + "/activity/feed" + operation
	}
	return f.send(method, operation, nil, map[string]string{"Authorization": "Bearer " + f.token})
}

func (f *feed) list(operation string) ([]map[string]any, reply) {
	f.t.Helper()
	r := f.ask(http.MethodGet, operation)
	require.Equal(f.t, http.StatusOK, r.status, r.text)
	var rows []map[string]any
	require.NoError(f.t, json.Unmarshal([]byte(r.text), &rows))
	return rows, r
}

func contentOf(contentType string, start, end time.Time) string {
	return "/subscriptions/content?" + url.Values{"contentType": {contentType}, "startTime": {start.Format("2006-01-02T15:04:05")}, "endTime": {end.Format("2006-01-02T15:04:05")}}.Encode()
}

const startExchange = "/subscriptions/start?contentType=Audit.Exchange"

func TestActivityFeedNeedsPermission(t *testing.T) {
	t.Parallel()
	c := start(t)
	assert.Empty(t, c.Tenant().Roles(simulator.ManagementResource), "no app has it at first")
	f := &feed{c, c.mustToken(c.ManagementURL() + "/.default")}
	assert.NotContains(t, claimsOf(t, f.token), "roles")
	r := f.ask(http.MethodPost, startExchange)
	assert.Equal(t, http.StatusUnauthorized, r.status)
	assert.JSONEq(t, `{"error":{"code":"AF10001","message":"The permission set () sent in the request did not include the expected permission ActivityFeed.Read."}}`, r.text)
	assert.Equal(t, "AF10001", f.ask(http.MethodGet, "/subscriptions/list").code())

	f.token = c.token
	r = f.ask(http.MethodGet, "/subscriptions/list")
	assert.Equal(t, http.StatusUnauthorized, r.status, "a token for Graph is none for the feed")
	assert.JSONEq(t, `{"Message":"Authorization has been denied for this request."}`, r.text)

	f.Tenant().Grant("ActivityFeed.Read")
	assert.Equal(t, []string{"ActivityFeed.Read"}, f.Tenant().Roles(simulator.ManagementResource))
	f.token = f.mustToken("c5393580-f805-4401-95e8-94b7a6ef2fc2/.default")
	rows, _ := f.list("/subscriptions/list")
	assert.Empty(t, rows)
	assert.Equal(t, "The permission set (ActivityFeed.Read) sent in the request did not include the expected permission ActivityFeed.ReadDlp.",
		f.ask(http.MethodPost, "/subscriptions/start?contentType=DLP.All").message())

	granted := c.ok("/servicePrincipals(appId='" + c.ClientID() + "')/appRoleAssignments").text
	assert.Contains(t, granted, "Office 365 Management APIs")
	assert.Contains(t, c.ok("/servicePrincipals(appId='c5393580-f805-4401-95e8-94b7a6ef2fc2')").text, "ActivityFeed.Read")
}

func TestActivityFeedErrors(t *testing.T) {
	t.Parallel()
	at := newClock()
	f := startFeed(t, withClock(at))
	now := at.now()
	f.Tenant().StartActivityFeed("Audit.Exchange", now.AddDate(0, 0, -8))
	base := f.ManagementURL() + "/api/v1.0/"
	const window = "Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours apart, with the start time no more than 7 days in the past."
	for name, test := range map[string]struct{ method, operation, code, message string }{
		"enabled":         {"POST", startExchange, "AF20024", "The subscription is already enabled. No property change."},
		"no subscription": {"GET", contentOf("Audit.General", now.Add(-time.Hour), now), "AF20022", "No subscription found for the specified content type."},
		"nothing to stop": {"POST", "/subscriptions/stop?contentType=Audit.General", "AF20022", "No subscription found for the specified content type."},
		"unknown type":    {"POST", "/subscriptions/start?contentType=Audit.Nothing", "AF20020", "The specified content type is not valid."},
		"no type":         {"POST", "/subscriptions/start", "AF20001", "Missing parameter: contentType."},
		"no end":          {"GET", "/subscriptions/content?contentType=Audit.Exchange&startTime=2026-05-04", "AF20030", window},
		"too wide":        {"GET", contentOf("Audit.Exchange", now.Add(-25*time.Hour), now), "AF20055", window},
		"too old":         {"GET", contentOf("Audit.Exchange", now.AddDate(0, 0, -9), now.AddDate(0, 0, -8)), "AF20055", window},
		"backwards":       {"GET", contentOf("Audit.Exchange", now, now.Add(-time.Hour)), "AF20055", window},
		"no time":         {"GET", "/subscriptions/content?contentType=Audit.Exchange&startTime=2026-05-04&endTime=noon", "AF20002", "Invalid parameter type: endTime. Expected type: DateTime"},
		"no page":         {"GET", "/subscriptions/content?contentType=Audit.Exchange&nextPage=x", "AF20031", "Invalid nextPage Input: x."},
		"no id":           {"GET", "/audit/x", "AF20052", "Content ID x in the URL is invalid."},
		"other tenant":    {"GET", base + "11111111-2222-3333-4444-555555555555/activity/feed/subscriptions/list", "AF20010", "The tenant ID passed in the URL (11111111-2222-3333-4444-555555555555) does not match the tenant ID passed in the access token (" + f.DirectoryID() + ")."},
		"no tenant":       {"GET", base + "contoso.com/activity/feed/subscriptions/list", "AF20013", "The tenant ID passed in the URL (contoso.com) is not a valid GUID."},
	} {
		r := f.ask(test.method, test.operation)
		assert.Equal(t, http.StatusBadRequest, r.status, name)
		assert.Equal(t, test.code, r.code(), name)
		assert.Equal(t, test.message, r.message(), name)
	}
	assert.Equal(t, http.StatusNotFound, f.ask("GET", "/nosuch").status)
	assert.Equal(t, http.StatusNotFound, f.ask("GET", f.ManagementURL()+"/api/v2.0/x").status)
}

func TestSubscriptions(t *testing.T) {
	t.Parallel()
	at := newClock()
	f := startFeed(t, withClock(at))
	r := f.ask(http.MethodPost, startExchange+"&PublisherIdentifier="+f.DirectoryID())
	assert.Equal(t, http.StatusOK, r.status)
	assert.JSONEq(t, `{"contentType":"Audit.Exchange","status":"enabled","webhook":null}`, r.text)
	f.Tenant().StartActivityFeed("Audit.SharePoint", at.now())
	rows, _ := f.list("/subscriptions/list")
	assert.Equal(t, []string{"Audit.Exchange", "Audit.SharePoint"}, column(rows, "contentType"))
	window := contentOf("Audit.Exchange", at.now().Add(-24*time.Hour), at.now())
	backfilled, _ := f.list(window)
	assert.NotEmpty(t, backfilled, "content begins some hours before the subscription")

	assert.Equal(t, http.StatusOK, f.ask(http.MethodPost, "/subscriptions/stop?contentType=Audit.Exchange").status)
	assert.Equal(t, "AF20023", f.ask(http.MethodGet, window).code())
	rows, _ = f.list("/subscriptions/list")
	assert.Equal(t, []string{"disabled", "enabled"}, column(rows, "status"))
	assert.Equal(t, http.StatusOK, f.ask(http.MethodPost, startExchange).status)
}

func TestContent(t *testing.T) {
	t.Parallel()
	at := newClock()
	f := startFeed(t, withClock(at), func(o *simulator.Options) { o.Users = 240 })
	now := at.now()
	for _, contentType := range []string{"Audit.Exchange", "Audit.SharePoint", "Audit.General", "Audit.AzureActiveDirectory"} {
		f.Tenant().StartActivityFeed(contentType, now.AddDate(0, 0, -7))
		seen, events := map[string]bool{}, map[string]bool{}
		pages, sorted := 0, true
		last := ""
		for place := contentOf(contentType, now.Add(-24*time.Hour), now); place != ""; pages++ {
			rows, r := f.list(place)
			for _, blob := range rows {
				id, created := blob["contentId"].(string), instantOf(t, blob["contentCreated"])
				assert.False(t, seen[id], "no blob twice")
				seen[id] = true
				sorted = sorted && blob["contentCreated"].(string) > last
				last = blob["contentCreated"].(string)
				assert.False(t, created.Before(now.Add(-24*time.Hour)) || !created.Before(now))
				assert.Equal(t, created.AddDate(0, 0, 7), instantOf(t, blob["contentExpiration"]))
				found, _ := f.list(blob["contentUri"].(string))
				assert.NotEmpty(t, found)
				for _, e := range found {
					assert.False(t, events[e["Id"].(string)])
					events[e["Id"].(string)] = true
					when, err := time.Parse("2006-01-02T15:04:05", e["CreationTime"].(string))
					require.NoError(t, err, "times have no zone")
					assert.True(t, when.Before(created))
					for _, name := range []string{"Operation", "Workload", "UserId", "ClientIP", "ObjectId", "RecordType", "OrganizationId"} {
						assert.NotEmpty(t, e[name], name)
					}
				}
			}
			place = r.header.Get("NextPageUri")
			at.advance(time.Minute) // what is made meanwhile does not move the pages
		}
		assert.Greater(t, pages, 2, contentType)
		assert.False(t, sorted, "blobs are in no order")
		// Smaller windows find the same blobs.
		again := map[string]bool{}
		for hour := range 24 {
			rows, r := f.list(contentOf(contentType, now.Add(-time.Duration(24-hour)*time.Hour), now.Add(-time.Duration(23-hour)*time.Hour)))
			assert.Empty(t, r.header.Get("NextPageUri"))
			for _, blob := range rows {
				again[blob["contentId"].(string)] = true
			}
		}
		assert.Equal(t, seen, again)
		at.mu.Lock()
		at.at = now
		at.mu.Unlock()
	}
	rows, _ := f.list("/subscriptions/content?contentType=Audit.Exchange")
	require.NotEmpty(t, rows, "the last day, unless a window is given")
	at.advance(8 * 24 * time.Hour)
	f.token = f.mustToken("https://manage.office.com/.default")
	assert.Equal(t, "AF20051", f.ask(http.MethodGet, rows[0]["contentUri"].(string)).code())
}

func TestActivityFeedLimit(t *testing.T) {
	t.Parallel()
	at := newClock()
	f := startFeed(t, withClock(at), throttled)
	for range 2000 {
		require.Equal(t, http.StatusOK, f.ask(http.MethodGet, "/subscriptions/list").status)
	}
	r := f.ask(http.MethodGet, "/subscriptions/list?PublisherIdentifier=x")
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.Equal(t, "AF429", r.code())
	assert.Equal(t, "Too many requests. Method=GET, PublisherId=x", r.message())
	at.advance(time.Minute)
	assert.Equal(t, http.StatusOK, f.ask(http.MethodGet, "/subscriptions/list").status)
}

func TestFaultsOfTheActivityFeed(t *testing.T) {
	t.Parallel()
	f := startFeed(t)
	remove := f.Inject(simulator.Fault{Path: "/api/v1.0/*/activity/feed/subscriptions", Status: 500, Body: `{"error":{"code":"AF50000","message":"An internal server error occurred. Retry the request."}}`})
	assert.Equal(t, "AF50000", f.ask(http.MethodGet, "/subscriptions/list").code())
	remove()
	f.list("/subscriptions/list")
}
