package syncer_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// The paths of the activity feed, for faults.
const (
	feedStart   = "/api/v1.0/*/activity/feed/subscriptions/start"
	feedContent = "/api/v1.0/*/activity/feed/subscriptions/content"
	feedBlobs   = "/api/v1.0/*/activity/feed/audit"
)

var feedTypes = []string{"Audit.Exchange", "Audit.SharePoint", "Audit.General"}

// audited is a connected tenant whose cloud and engine live in the test's time.
type audited struct {
	*world
	clock   *clockwork.FakeClock
	token   string // of the test's own requests, got at tokenAt
	tokenAt time.Time
}

func newAudited(t *testing.T) *audited {
	t.Helper()
	clock := clockwork.NewFakeClockAt(time.Date(2026, 5, 6, 12, 0, 0, 0, time.UTC))
	w := newWorld(t, options{everything: true, users: 30, clock: clock, cloudNow: clock.Now})
	w.engine.Close()
	w.config.Sleep = hurriedSleep
	w.openEngine()
	report, err := w.engine.ConnectWith(w.ctx, by, w.tenant.ID, w.connection(), syncer.ConnectOptions{NoSync: true})
	require.NoError(t, err)
	require.True(t, report.OK)
	return &audited{world: w, clock: clock}
}

// collected is a tenant whose feed was subscribed to some time ago.
func collected(t *testing.T, ago time.Duration) *audited {
	t.Helper()
	a := newAudited(t)
	a.cloud.Tenant().Grant("ActivityFeed.Read")
	for _, contentType := range feedTypes {
		a.cloud.Tenant().StartActivityFeed(contentType, a.clock.Now().Add(-ago))
	}
	return a
}

func (a *audited) read() store.EntityState {
	a.t.Helper()
	a.sync("unified_audit")
	return a.state("unified_audit")
}

func (a *audited) ids() []string {
	a.t.Helper()
	ids := []string{}
	for _, r := range a.rows("unified_audit") {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	return ids
}

// ask reads an address of the feed with a token of its own.
func (a *audited) ask(address string, into any) http.Header {
	a.t.Helper()
	header, body := a.send(http.MethodGet, address)
	require.NoError(a.t, json.Unmarshal(body, into))
	return header
}

func (a *audited) send(method, address string) (http.Header, []byte) {
	a.t.Helper()
	client := &http.Client{Transport: a.cloud.Transport()}
	if a.token == "" || a.clock.Since(a.tokenAt) > 10*time.Minute {
		a.token, a.tokenAt = a.newToken(client), a.clock.Now()
	}
	req, err := http.NewRequestWithContext(a.ctx, method, address, nil)
	require.NoError(a.t, err)
	req.Header.Set("Authorization", "Bearer "+a.token)
	res, err := client.Do(req)
	require.NoError(a.t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(a.t, err)
	require.Equal(a.t, http.StatusOK, res.StatusCode, "%s", body)
	return res.Header, body
}

func (a *audited) newToken(client *http.Client) string {
	a.t.Helper()
	res, err := client.PostForm(a.cloud.AuthorityURL()+"/"+a.cloud.DirectoryID()+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {a.cloud.ClientID()}, "client_secret": {a.cloud.ClientSecret()},
		"scope": {a.cloud.ManagementURL() + "/.default"},
	})
	require.NoError(a.t, err)
	defer res.Body.Close()
	var token struct {
		Value string `json:"access_token"`
	}
	require.NoError(a.t, json.NewDecoder(res.Body).Decode(&token))
	return token.Value
}

// offered are the ids of the records that became available in a span, sorted.
func (a *audited) offered(from, to time.Time) []string {
	a.t.Helper()
	const form = "2006-01-02T15:04:05"
	ids := []string{}
	for _, contentType := range feedTypes {
		for begin := from; begin.Before(to); begin = begin.Add(24 * time.Hour) {
			end := begin.Add(24 * time.Hour)
			if end.After(to) {
				end = to
			}
			next := a.cloud.ManagementURL() + "/api/v1.0/" + a.cloud.DirectoryID() + "/activity/feed/subscriptions/content?" + url.Values{
				"contentType": {contentType}, "startTime": {begin.Format(form)}, "endTime": {end.Format(form)},
			}.Encode()
			for next != "" {
				var blobs []struct{ ContentURI string }
				next = a.ask(next, &blobs).Get("NextPageUri")
				for _, b := range blobs {
					var records []struct{ ID string }
					a.ask(b.ContentURI, &records)
					for _, r := range records {
						ids = append(ids, r.ID)
					}
				}
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// asked are the queries of the requests to an operation since a request.
func (a *audited) asked(operation string, since int) (queries []url.Values) {
	for _, r := range a.cloud.Requests()[since:] {
		if strings.Contains(r.Path, operation) {
			q, err := url.ParseQuery(r.Query)
			require.NoError(a.t, err)
			queries = append(queries, q)
		}
	}
	return queries
}

func (a *audited) status() string {
	a.t.Helper()
	i, err := a.store.Integration(a.ctx, a.tenant.ID)
	require.NoError(a.t, err)
	states, err := a.store.EntityStates(a.ctx, a.tenant.ID)
	require.NoError(a.t, err)
	status, _ := store.IntegrationStatus(i, states)
	return status
}

func TestActivityFeedIsReadWhole(t *testing.T) {
	t.Parallel()
	a := collected(t, 10*24*time.Hour)
	now := a.clock.Now()
	s := a.read()
	require.Equal(t, entity.Complete, s.State, "%+v", s.Problem)
	assert.Equal(t, now, s.AsOf.UTC())
	assert.WithinDuration(t, now.Add(-7*24*time.Hour), s.Parts[0].Reach.From, 12*time.Hour)
	assert.Equal(t, now, s.Parts[0].Reach.To.UTC())
	queries := a.asked("/subscriptions/content", 0)
	require.NotEmpty(t, queries)
	for _, q := range queries {
		assert.Equal(t, a.cloud.DirectoryID(), q.Get("PublisherIdentifier"))
		from, err := time.Parse("2006-01-02T15:04:05", q.Get("startTime"))
		require.NoError(t, err)
		to, err := time.Parse("2006-01-02T15:04:05", q.Get("endTime"))
		require.NoError(t, err)
		assert.LessOrEqual(t, to.Sub(from), 24*time.Hour)
		assert.Less(t, now.Sub(from), 7*24*time.Hour)
	}
	for _, q := range a.asked("/feed/audit/", 0) {
		assert.Equal(t, a.cloud.DirectoryID(), q.Get("PublisherIdentifier"))
	}
	assert.Empty(t, a.asked("/subscriptions/start", 0), "they are on already")
	require.NotEmpty(t, a.ids())
	assert.Equal(t, a.offered(now.Add(15*time.Minute-7*24*time.Hour), now), a.ids())

	def := a.store.Catalogue().Def("unified_audit")
	types := map[any]bool{}
	for _, r := range a.rows("unified_audit") {
		at, err := time.Parse(time.RFC3339, r.Cell(def, "creation_time").(string))
		require.NoError(t, err)
		assert.True(t, at.Before(now))
		assert.NotEmpty(t, r.Cell(def, "operation"))
		assert.NotEmpty(t, r.Cell(def, "user_id"))
		assert.JSONEq(t, `{"Version":1}`, r.Cell(def, "audit_data").(string))
		types[r.Cell(def, "content_type")] = true
	}
	assert.Len(t, types, 3)
}

func TestActivityFeedGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	a := collected(t, 24*time.Hour)
	begun := a.clock.Now()
	// Some of what was there already is listed only later.
	late := 0
	remove := a.cloud.Inject(simulator.Fault{Path: feedContent, Query: "contentType=Audit.Exchange", Rows: func(rows []map[string]any) []map[string]any {
		kept := slices.DeleteFunc(rows, func(row map[string]any) bool {
			made, err := time.Parse(time.RFC3339, row["contentCreated"].(string))
			return err == nil && made.After(begun.Add(-4*time.Hour))
		})
		late += len(rows) - len(kept)
		return kept
	}})
	require.Equal(t, entity.Complete, a.read().State)
	remove()
	require.Positive(t, late)
	first := a.ids()
	a.clock.Advance(5 * time.Hour)
	since := len(a.cloud.Requests())
	a.refresh("unified_audit")
	s := a.state("unified_audit")
	require.Equal(t, entity.Complete, s.State, "%+v", s.Problem)
	for _, q := range a.asked("/subscriptions/content", since) {
		from, err := time.Parse("2006-01-02T15:04:05", q.Get("startTime"))
		require.NoError(t, err)
		assert.False(t, from.Before(begun.Add(-6*time.Hour)), "only what is new and the overlap")
	}
	ids := a.ids()
	assert.Subset(t, ids, first)
	assert.Equal(t, a.offered(begun.Add(-6*24*time.Hour), a.clock.Now()), ids)
	changes, err := a.store.Changes(a.ctx, a.tenant.ID, "unified_audit", "", 0, 10)
	require.NoError(t, err)
	assert.Empty(t, changes, "a log has no history of its own")
}

// What was listed too late for the overlap is found at night, and by reading all
// that Microsoft keeps again.
func TestActivityFeedLooksBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, to time.Duration // before now: what is hidden at first
		run      store.NewRun
	}{
		"at night":       {20 * time.Hour, 12 * time.Hour, store.NewRun{Trigger: store.TriggerNightly, Full: true}},
		"when asked for": {5 * 24 * time.Hour, 3 * 24 * time.Hour, store.NewRun{Trigger: store.TriggerCLI, Full: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := collected(t, 6*24*time.Hour)
			now := a.clock.Now()
			late := 0
			remove := a.cloud.Inject(simulator.Fault{Path: feedContent, Rows: func(rows []map[string]any) []map[string]any {
				kept := slices.DeleteFunc(rows, func(row map[string]any) bool {
					made, err := time.Parse(time.RFC3339, row["contentCreated"].(string))
					return err == nil && made.After(now.Add(-c.from)) && made.Before(now.Add(-c.to))
				})
				late += len(rows) - len(kept)
				return kept
			}})
			require.Equal(t, entity.Complete, a.read().State)
			remove()
			require.Positive(t, late)
			c.run.Kinds = []string{"unified_audit"}
			require.Equal(t, store.RunComplete, a.run(c.run).Status)
			assert.Equal(t, a.offered(now.Add(-167*time.Hour), a.clock.Now()), a.ids())
		})
	}
}

func TestActivityFeedThatNobodyGrantedIsNoFault(t *testing.T) {
	t.Parallel()
	a := newAudited(t)
	run := a.sync("organization", "unified_audit")
	assert.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)
	s := a.state("unified_audit")
	assert.Equal(t, entity.NotPermitted, s.State)
	assert.Equal(t, []string{"ActivityFeed.Read"}, s.Needs)
	assert.Equal(t, "AF10001", s.Problem.Code)
	assert.Contains(t, s.Problem.Cure, "ActivityFeed.Read of Office 365 Management APIs")
	assert.True(t, s.Optional)
	assert.Equal(t, store.StatusConnected, a.status())
	check, err := a.engine.Check(a.ctx, a.tenant.ID)
	require.NoError(t, err)
	assert.Empty(t, check.Problems)
	at := slices.IndexFunc(check.Permissions, func(p entity.PermissionStatus) bool { return p.Resource == entity.Management })
	assert.Equal(t, "ActivityFeed.Read", check.Permissions[at].Name)
	assert.True(t, check.Permissions[at].Known)
	assert.False(t, check.Permissions[at].Granted)
	assert.Equal(t, []string{"unified_audit"}, check.Permissions[at].Entities)

	a.cloud.Tenant().Grant("ActivityFeed.Read")
	check, err = a.engine.Check(a.ctx, a.tenant.ID)
	require.NoError(t, err)
	assert.True(t, check.Permissions[at].Granted)
	assert.Equal(t, entity.Complete, a.read().State)
}

func TestDirectoryWithoutTheManagementAPIs(t *testing.T) {
	t.Parallel()
	a := newAudited(t)
	// Graph and Defender get their tokens first.
	a.cloud.Inject(simulator.Fault{Path: "/oauth2/v2.0/token", After: 2, Status: 400,
		Body: `{"error":"invalid_resource","error_description":"AADSTS500011: The resource principal named https://manage.office.com was not found in the tenant named Contoso.","error_codes":[500011],"trace_id":"t-1"}`})
	s := a.read()
	assert.Equal(t, entity.NotPermitted, s.State)
	assert.Equal(t, []string{"ActivityFeed.Read"}, s.Needs)
	assert.Contains(t, s.Problem.Cure, "It is optional")
	assert.True(t, s.Optional)
	assert.Equal(t, store.StatusConnected, a.status())
	grants, err := a.store.Grants(a.ctx, a.tenant.ID)
	require.NoError(t, err)
	for _, g := range grants {
		assert.Nil(t, g.Problem, g.Resource)
	}
	i, err := a.store.Integration(a.ctx, a.tenant.ID)
	require.NoError(t, err)
	assert.Nil(t, i.Problem)
}

func TestCloudWithoutTheManagementAPIs(t *testing.T) {
	t.Parallel()
	a := newAudited(t)
	a.engine.Close()
	a.config.Cloud = func(name string) (microsoft.Cloud, error) {
		cloud, err := a.find(name)
		cloud.ManagementURL, cloud.ManagementScope = "", ""
		return cloud, err
	}
	a.openEngine()
	s := a.read()
	assert.Equal(t, entity.NotAvailable, s.State)
	assert.Equal(t, store.StatusConnected, a.status())
}

func TestNewSubscriptionIsNotAnEmptyLog(t *testing.T) {
	t.Parallel()
	a := newAudited(t)
	a.cloud.Tenant().Grant("ActivityFeed.Read")
	remove := a.cloud.Inject(simulator.Fault{Path: feedContent, Rows: func([]map[string]any) []map[string]any { return nil }})
	s := a.read()
	assert.Equal(t, entity.Partial, s.State)
	assert.Equal(t, "feed_begun", s.Problem.Code)
	assert.Contains(t, s.Problem.Message, "Audit.Exchange, Audit.SharePoint, Audit.General")
	assert.Contains(t, s.Problem.Message, "within 12 hours")
	assert.True(t, s.AsOf.IsZero())
	assert.Len(t, a.asked("/subscriptions/start", 0), 3)
	a.clock.Advance(11 * time.Hour)
	assert.Equal(t, entity.Partial, a.read().State)
	remove()
	s = a.read()
	assert.Equal(t, entity.Complete, s.State, "the first content has come: %+v", s.Problem)
	assert.NotEmpty(t, a.ids())
	assert.Len(t, a.asked("/subscriptions/start", 0), 3, "once for each type")
}

func TestQuietFeedIsCompleteInTheEnd(t *testing.T) {
	t.Parallel()
	a := newAudited(t)
	a.cloud.Tenant().Grant("ActivityFeed.Read")
	a.cloud.Inject(simulator.Fault{Path: feedContent, Rows: func([]map[string]any) []map[string]any { return nil }})
	require.Equal(t, entity.Partial, a.read().State)
	a.clock.Advance(13 * time.Hour)
	assert.Equal(t, entity.Complete, a.read().State)
}

func TestSubscriptionThatWasSwitchedOff(t *testing.T) {
	t.Parallel()
	a := collected(t, 24*time.Hour)
	require.Equal(t, entity.Complete, a.read().State)
	ended := a.clock.Now()
	a.clock.Advance(3 * time.Hour)
	a.send(http.MethodPost, a.cloud.ManagementURL()+"/api/v1.0/"+a.cloud.DirectoryID()+"/activity/feed/subscriptions/stop?contentType=Audit.General")
	a.clock.Advance(time.Hour)
	s := a.read()
	assert.Equal(t, entity.Partial, s.State)
	assert.Equal(t, "feed_lost", s.Problem.Code)
	assert.Equal(t, []store.Reach{{From: ended, To: a.clock.Now()}}, s.Parts[0].Lost)
	assert.Len(t, a.asked("/subscriptions/start", 0), 1)
	assert.Equal(t, entity.Complete, a.read().State)
}

func TestActivityFeedAfterMoreThanSevenDays(t *testing.T) {
	t.Parallel()
	a := collected(t, 24*time.Hour)
	require.Equal(t, entity.Complete, a.read().State)
	before, ended := a.ids(), a.clock.Now()
	a.clock.Advance(9 * 24 * time.Hour)
	now := a.clock.Now()
	s := a.read()
	assert.Equal(t, entity.Partial, s.State)
	require.NotNil(t, s.Problem)
	assert.Equal(t, "feed_lost", s.Problem.Code)
	assert.Contains(t, s.Problem.Message, "between 6 May 2026 12:00 and 8 May 2026 12:15 UTC")
	lost := []store.Reach{{From: ended, To: now.Add(15*time.Minute - 7*24*time.Hour)}}
	assert.Equal(t, lost, s.Parts[0].Lost)
	want := append(a.offered(now.Add(15*time.Minute-7*24*time.Hour), now), before...)
	slices.Sort(want)
	assert.Equal(t, want, a.ids(), "all that Microsoft still has")

	a.clock.Advance(time.Hour)
	s = a.read()
	assert.Equal(t, entity.Complete, s.State, "said once as the outcome of a sync")
	assert.Equal(t, lost, s.Parts[0].Lost, "and kept as long as the rows around it")
	a.clock.Advance(200 * 24 * time.Hour)
	s = a.read()
	assert.NotEqual(t, lost[0].From, s.Parts[0].Lost[0].From)
	assert.Len(t, s.Parts[0].Lost, 1)
}

func TestExpiredBlobIsNoted(t *testing.T) {
	t.Parallel()
	a := collected(t, time.Hour)
	a.cloud.Inject(simulator.Fault{Path: feedBlobs, Count: 1, Status: 400, Code: "AF20051", Message: "Content requested with the key x has already expired. Content older than 7 days cannot be retrieved."})
	s := a.read()
	assert.Equal(t, entity.Partial, s.State)
	assert.Equal(t, "feed_lost", s.Problem.Code)
	assert.Len(t, s.Parts[0].Lost, 1)
	assert.NotEmpty(t, a.ids(), "the others are there")
	a.clock.Advance(24 * time.Hour)
	assert.Equal(t, entity.Complete, a.read().State, "no endless failure")
}

func TestBlobThatFailsIsReadAgain(t *testing.T) {
	t.Parallel()
	a := collected(t, time.Hour)
	now := a.clock.Now()
	a.cloud.Inject(simulator.Fault{Path: feedBlobs, After: 5, Count: 6, Status: 500, Code: "AF50000", Message: "An internal server error occurred. Retry the request."})
	s := a.read()
	assert.Equal(t, entity.Partial, s.State)
	assert.Contains(t, s.Problem.Message, "1 of ")
	assert.Equal(t, "AF50000", s.Problem.Code)
	offered := a.offered(now.Add(-6*24*time.Hour), now)
	assert.Less(t, len(a.ids()), len(offered))
	assert.Greater(t, len(a.ids()), len(offered)/2, "one blob stops no other")
	a.clock.Advance(24 * time.Hour)
	require.Equal(t, entity.Complete, a.read().State)
	assert.Subset(t, a.ids(), offered, "though it is older than the overlap")
}

func TestRecordWithoutIDTakesNoOtherWithIt(t *testing.T) {
	t.Parallel()
	a := collected(t, time.Hour)
	spoilt := false
	a.cloud.Inject(simulator.Fault{Path: feedBlobs, Rows: func(rows []map[string]any) []map[string]any {
		if len(rows) > 1 && !spoilt {
			spoilt = true
			delete(rows[0], "Id")
		}
		return rows
	}})
	s := a.read()
	assert.Equal(t, entity.Partial, s.State)
	assert.Equal(t, entity.ClassData, s.Problem.Class)
	now := a.clock.Now()
	assert.Len(t, a.ids(), len(a.offered(now.Add(-6*24*time.Hour), now))-1)
	assert.Equal(t, entity.Complete, a.read().State)
}

func TestOneTypeOfContentThatFails(t *testing.T) {
	t.Parallel()
	a := collected(t, time.Hour)
	remove := a.cloud.Inject(simulator.Fault{Path: feedContent, Query: "contentType=Audit.SharePoint", Status: 400, Code: "AF20020", Message: "The specified content type is not valid."})
	s := a.read()
	assert.Equal(t, entity.Partial, s.State)
	assert.Contains(t, s.Problem.Message, "Audit.SharePoint could not be read")
	assert.NotEmpty(t, a.ids())
	remove()
	now := a.clock.Now()
	require.Equal(t, entity.Complete, a.read().State)
	assert.Equal(t, a.offered(now.Add(-6*24*time.Hour), now), a.ids())
}

func TestDirectoryThatDoesNotAudit(t *testing.T) {
	t.Parallel()
	a := newAudited(t)
	a.cloud.Tenant().Grant("ActivityFeed.Read")
	a.cloud.Inject(simulator.Fault{Path: feedStart, Status: 400, Code: "StartSubscription [TenantId=x] failed. Exception",
		Message: "Microsoft.Office.Compliance.Audit.DataServiceException: Tenant x does not exist."})
	s := a.read()
	assert.Equal(t, entity.Failed, s.State)
	assert.Contains(t, s.Problem.Cure, "turn auditing on")
	assert.NotEmpty(t, s.Problem.Link)
	assert.False(t, s.Optional, "who granted the permission wants the log")
}

func TestActivityFeedIsThrottled(t *testing.T) {
	t.Parallel()
	a := collected(t, time.Hour)
	a.cloud.Inject(simulator.Fault{Path: feedBlobs, After: 3, Count: 2, Status: 403, Code: "AF429", Message: "Too many requests. Method=GET, PublisherId=x"})
	run := a.sync("unified_audit")
	assert.Equal(t, store.RunComplete, run.Status)
	assert.Equal(t, 2, run.Parts[0].Retries)

	a.clock.Advance(time.Hour)
	a.cloud.Inject(simulator.Fault{Path: feedContent, Status: http.StatusTooManyRequests, Code: "AF429", Message: "Too many requests.", RetryAfter: "600"})
	s := a.read()
	assert.Equal(t, entity.Throttled, s.State)
	assert.Equal(t, a.clock.Now().Add(10*time.Minute), s.RetryAt.UTC())
}

func TestLinksOfTheActivityFeedAreNotTrusted(t *testing.T) {
	t.Parallel()
	var visits atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	defer elsewhere.Close()
	for name, fault := range map[string]simulator.Fault{
		"next page": {NextLink: elsewhere.URL + "/next"},
		"blob": {Rows: func(rows []map[string]any) []map[string]any {
			if len(rows) > 0 {
				rows[0]["contentUri"] = elsewhere.URL + "/blob"
			}
			return rows
		}},
	} {
		a := collected(t, 8*24*time.Hour)
		fault.Path = feedContent
		remove := a.cloud.Inject(fault)
		s := a.read()
		assert.Equal(t, entity.Partial, s.State, name)
		assert.Equal(t, entity.ClassData, s.Problem.Class, name)
		assert.Contains(t, s.Problem.Message, "another host", name)
		assert.NotEmpty(t, a.ids(), "%s: what came with it is good", name)
		remove()
		now := a.clock.Now()
		require.Equal(t, entity.Complete, a.read().State, name)
		assert.Equal(t, a.offered(now.Add(15*time.Minute-7*24*time.Hour), now), a.ids(), name)
	}
	assert.Zero(t, visits.Load(), "nobody else ever sees a token")
}

func TestActivityFeedIsWrittenInBatches(t *testing.T) {
	t.Parallel()
	a := collected(t, time.Hour)
	const copies = 400
	a.cloud.Inject(simulator.Fault{Path: feedBlobs, Rows: func(rows []map[string]any) []map[string]any {
		var many []map[string]any
		for _, r := range rows {
			for n := range copies {
				one := maps.Clone(r)
				one["Id"] = fmt.Sprintf("%s-%d", r["Id"], n)
				many = append(many, one)
			}
		}
		return many
	}})
	run := a.sync("unified_audit")
	require.Equal(t, store.RunComplete, run.Status)
	p := run.Parts[0]
	assert.Len(t, a.ids(), p.Rows)
	// A batch is written as soon as it has 1,000 rows; the last blob of one has
	// at most four events here.
	assert.GreaterOrEqual(t, p.Pages, p.Rows/(1000+4*copies))
	assert.Greater(t, p.Rows, 10_000)
}
