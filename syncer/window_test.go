package syncer_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// served are the ids of all events that a log has now, as a plain client that
// reads page by page without a filter gets them.
func (w *world) served(path string) []string {
	w.t.Helper()
	var ids []string
	for _, o := range w.graph("/v1.0" + path) {
		ids = append(ids, o["id"].(string))
	}
	slices.Sort(ids)
	return ids
}

func (w *world) stored(kind string) []string {
	w.t.Helper()
	var ids []string
	for _, r := range w.rows(kind) {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	return ids
}

// queries are those of the requests for a path that were sent since a time.
func (w *world) queries(path string, since time.Time) (queries []string) {
	for _, r := range w.cloud.Requests() {
		if strings.HasSuffix(r.Path, path) && !r.At.Before(since) {
			queries = append(queries, r.Query)
		}
	}
	return queries
}

func TestLogsAreReadWithoutGapsAndDoubles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.connect()
	for kind, path := range map[string]string{"directory_audits": "/auditLogs/directoryAudits", "sign_ins": "/auditLogs/signIns"} {
		want := w.served(path)
		require.NotEmpty(t, want)
		assert.Equal(t, entity.Complete, w.state(kind).State, kind)
		assert.Equal(t, want, w.stored(kind), kind)
		queries := w.queries(path, time.Time{})
		require.NotEmpty(t, queries, kind)
		asked, err := url.ParseQuery(queries[0])
		require.NoError(t, err)
		assert.Equal(t, "999", asked.Get("$top"), kind)
	}

	audits, signIns := w.cloud.Tenant().AuditsNow(3), w.cloud.Tenant().SignInsNow(40)
	since := time.Now()
	run := w.refresh("directory_audits", "sign_ins")
	assert.Equal(t, store.RunComplete, run.Status)
	assert.Subset(t, w.stored("directory_audits"), audits)
	assert.Subset(t, w.stored("sign_ins"), signIns)
	for kind, path := range map[string]string{"directory_audits": "/auditLogs/directoryAudits", "sign_ins": "/auditLogs/signIns"} {
		assert.Len(t, w.queries(path, since), 1, "%s: only what is new is read", kind)
		s := w.state(kind)
		assert.Equal(t, s.Rows, len(w.stored(kind)))
		assert.False(t, s.Parts[0].Reach.To.IsZero())
	}
	changes, err := w.store.Changes(w.ctx, w.tenant.ID, "sign_ins", "", 0, 10)
	require.NoError(t, err)
	assert.Empty(t, changes, "a log is its own history")
}

func TestCutLogGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	// The third window is refused, whatever is tried.
	remove := w.cloud.Inject(simulator.Fault{Path: "/auditLogs/signIns", After: 2, Status: http.StatusBadRequest, Code: "BadRequest", Message: "Not now."})
	w.connect()
	s := w.state("sign_ins")
	require.Equal(t, entity.Partial, s.State, "%+v", s.Problem)
	reach := s.Parts[0].Reach
	require.False(t, reach.To.IsZero())
	had := w.stored("sign_ins")
	require.NotEmpty(t, had)

	remove()
	since := time.Now()
	w.refresh("sign_ins")
	assert.Equal(t, entity.Complete, w.state("sign_ins").State)
	assert.Equal(t, w.served("/auditLogs/signIns"), w.stored("sign_ins"))
	first, err := url.ParseQuery(w.queries("/auditLogs/signIns", since)[0])
	require.NoError(t, err)
	assert.Contains(t, first.Get("$filter"), "createdDateTime ge "+reach.To.Add(-30*time.Minute).Truncate(time.Second).Format(time.RFC3339), "not from the beginning")
}

func TestLogWithoutItsLicence(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.connect()
	had := w.stored("sign_ins")
	w.cloud.Tenant().SetPremium(false)
	w.sync("subscribed_skus", "sign_ins", "directory_audits")
	assert.Equal(t, entity.NotLicensed, w.state("sign_ins").State)
	assert.Equal(t, []string{"Microsoft Entra ID P1"}, w.state("sign_ins").Needs)
	assert.Equal(t, had, w.stored("sign_ins"), "what was read stays")
	assert.Equal(t, entity.Complete, w.state("directory_audits").State, "every directory has it")
}

// logPaths are the logs that are read by windows, with the time they go by.
var logPaths = map[string]struct{ path, property string }{
	"directory_audits": {"/auditLogs/directoryAudits", "activityDateTime"},
	"sign_ins":         {"/auditLogs/signIns", "createdDateTime"},
	"alerts":           {"/security/alerts_v2", "lastUpdateDateTime"},
}

// hide has the cloud leave out objects whose time is in a span, and counts them.
func (w *world) hide(from, to time.Duration) (remove func(), hidden map[string]int) {
	hidden = map[string]int{}
	now := time.Now()
	var removes []func()
	for kind, log := range logPaths {
		removes = append(removes, w.cloud.Inject(simulator.Fault{Path: log.path, Rows: func(rows []map[string]any) []map[string]any {
			return slices.DeleteFunc(rows, func(row map[string]any) bool {
				at, err := time.Parse(time.RFC3339, row[log.property].(string))
				gone := err == nil && at.After(now.Add(-from)) && at.Before(now.Add(-to))
				if gone {
					hidden[kind]++
				}
				return gone
			})
		}}))
	}
	return func() {
		for _, remove := range removes {
			remove()
		}
	}, hidden
}

// Microsoft shows events hours after they happened: the night looks for them.
func TestEventsThatAreShownHoursLateAreFoundAtNight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.grantExtras()
	remove, hidden := w.hide(20*time.Hour, time.Hour)
	w.connect()
	w.refresh("directory_audits", "sign_ins", "alerts")
	remove()
	require.Positive(t, hidden["sign_ins"])
	run := w.sync("directory_audits", "sign_ins", "alerts")
	require.Equal(t, store.RunComplete, run.Status)
	for kind, log := range logPaths {
		assert.Equal(t, w.served(log.path), w.stored(kind), kind)
		if kind != "alerts" {
			assert.Less(t, part(run, kind, "list").Requests, 6, "%s: not the whole log again", kind)
		}
	}
}

// What came wrong, half or not at all is mended by reading everything again.
func TestLogsAreReadAgainAsAWholeWhenAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.grantExtras()
	remove, hidden := w.hide(20*24*time.Hour, 3*24*time.Hour)
	w.connect()
	remove()
	kinds := []string{"directory_audits", "sign_ins", "alerts"}
	before := map[string]store.Reach{}
	for _, kind := range kinds {
		require.Positive(t, hidden[kind], kind)
		before[kind] = w.state(kind).Parts[0].Reach
	}
	run := w.run(store.NewRun{Trigger: store.TriggerCLI, Kinds: kinds, Full: true})
	require.Equal(t, store.RunComplete, run.Status)
	for kind, log := range logPaths {
		assert.Equal(t, w.served(log.path), w.stored(kind), kind)
		reach := w.state(kind).Parts[0].Reach
		assert.False(t, reach.From.After(before[kind].From), kind)
		assert.False(t, reach.To.Before(before[kind].To), kind)
	}
}
