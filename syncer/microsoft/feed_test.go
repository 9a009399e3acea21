package microsoft

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

const feedRoot = "/management/api/v1.0/" + directoryID + "/activity/feed"

var feedPart = &entity.Part{Resource: entity.Management, Throttle: entity.ThrottleManagement, Needs: []entity.AnyOf{{"ActivityFeed.Read"}}}

func newFeed(t *testing.T, s *cloudServer) *Feed {
	t.Helper()
	f, err := newClient(t, s, newClock()).Feed(feedPart)
	require.NoError(t, err)
	return f
}

func blobAt(s *cloudServer, id string) map[string]any {
	return map[string]any{"contentType": "Audit.Exchange", "contentId": id, "contentUri": s.URL + feedRoot + "/audit/" + id, "contentCreated": "2026-05-06T11:00:00.000Z"}
}

func TestFeed_subscribes(t *testing.T) {
	t.Parallel()
	s := newCloudServer(t)
	answer := func(w http.ResponseWriter) {
		writeJSON(w, 200, map[string]any{"contentType": "Audit.Exchange", "status": "enabled"})
	}
	s.management = func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/list") {
			writeJSON(w, 200, []map[string]any{{"contentType": "Audit.Exchange", "status": "enabled"}, {"contentType": "Audit.General", "status": "disabled"}})
			return
		}
		assert.Equal(t, http.MethodPost, r.Method)
		assert.Zero(t, r.ContentLength, "a POST without a body says so, or IIS refuses it")
		assert.Empty(t, r.TransferEncoding)
		body, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Empty(t, body)
		answer(w)
	}
	f := newFeed(t, s)
	enabled, err := f.Subscriptions(t.Context())
	require.NoError(t, err)
	assert.Equal(t, map[string]bool{"Audit.Exchange": true, "Audit.General": false}, enabled)
	started, err := f.Subscribe(t.Context(), "Audit.General")
	require.NoError(t, err)
	assert.True(t, started)
	answer = func(w http.ResponseWriter) {
		writeError(w, 400, "AF20024", "The subscription is already enabled. No property change.")
	}
	started, err = f.Subscribe(t.Context(), "Audit.General")
	require.NoError(t, err, "that is what was wanted")
	assert.False(t, started)
	answer = func(w http.ResponseWriter) {
		writeError(w, 400, "AF20020", "The specified content type is not valid.")
	}
	_, err = f.Subscribe(t.Context(), "Audit.General")
	assert.Equal(t, "AF20020", requireProblem(t, err).Code)
	const publisher = "PublisherIdentifier=" + directoryID
	assert.Equal(t, []string{
		feedRoot + "/subscriptions/list?" + publisher,
		feedRoot + "/subscriptions/start?contentType=Audit.General&" + publisher,
	}, s.requests()[:2])
	assert.Equal(t, 4, f.Stats().Requests)
}

func TestFeed_listsContentPageByPage(t *testing.T) {
	t.Parallel()
	s := newCloudServer(t)
	expired := true
	s.management = func(w http.ResponseWriter, r *http.Request) {
		switch page := r.URL.Query().Get("nextPage"); {
		case page == "":
			w.Header().Set("NextPageUri", s.URL+feedRoot+"/subscriptions/content?contentType=Audit.Exchange&nextPage=2")
			writeJSON(w, 200, []any{blobAt(s, "a"), map[string]any{"contentId": "nowhere"}})
		case page == "2" && expired:
			expired = false
			writeError(w, 400, "AF20031", "Invalid nextPage Input: 2.")
		default:
			writeJSON(w, 200, []any{blobAt(s, "b")})
		}
	}
	f := newFeed(t, s)
	from := time.Date(2026, 5, 6, 0, 0, 0, 0, time.UTC)
	var ids []string
	list := func() error {
		ids = nil
		return f.Content(t.Context(), "Audit.Exchange", from, from.Add(6*time.Hour), func(page []Blob) error {
			for _, b := range page {
				ids = append(ids, b.ID)
			}
			return nil
		})
	}
	require.NoError(t, list())
	assert.Equal(t, []string{"a", "nowhere", "a", "nowhere", "b"}, ids, "a page that is forgotten has the list begin again")
	assert.Equal(t, feedRoot+"/subscriptions/content?contentType=Audit.Exchange&endTime=2026-05-06T06:00:00&startTime=2026-05-06T00:00:00&PublisherIdentifier="+directoryID, s.requests()[0])
	assert.Contains(t, s.requests()[1], "nextPage=2&PublisherIdentifier=")

	s.management = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("NextPageUri", r.URL.String())
		writeJSON(w, 200, []any{blobAt(s, "a")})
	}
	assert.Contains(t, requireProblem(t, list()).Message, "already read", "a loop is an error")
	assert.Equal(t, []string{"a"}, ids)

	s.management = func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, 400, "AF20022", "No subscription found for the specified content type.")
	}
	require.NoError(t, list())
	assert.Empty(t, ids)

	s.management = func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, []any{blobAt(s, "a")}) }
	stop := errors.New("stop")
	err := f.Content(t.Context(), "Audit.Exchange", from, from, func([]Blob) error { return stop })
	assert.ErrorIs(t, err, stop)
}

func TestFeed_readsRecords(t *testing.T) {
	t.Parallel()
	s := newCloudServer(t)
	var body string
	status := 200
	s.management = func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/content") {
			writeJSON(w, 200, []any{blobAt(s, "a"), map[string]any{"contentId": "b", "contentUri": "https://manage.example.org/b"}, map[string]any{"contentId": "c"}})
			return
		}
		writeBody(w, status, "application/json", body)
	}
	f := newFeed(t, s)
	var blobs []Blob
	require.NoError(t, f.Content(t.Context(), "Audit.Exchange", time.Time{}, time.Time{}, func(page []Blob) error {
		blobs = page
		return nil
	}))
	require.Len(t, blobs, 3)
	assert.Equal(t, time.Date(2026, 5, 6, 11, 0, 0, 0, time.UTC), blobs[0].Created)
	assert.True(t, blobs[1].Created.IsZero())
	asked := len(s.requests())
	for i, want := range map[int]string{1: "another host (manage.example.org)", 2: "does not say where"} {
		_, err := f.Records(t.Context(), blobs[i])
		assert.Contains(t, requireProblem(t, err).Message, want)
	}
	assert.Len(t, s.requests(), asked, "what is not trusted is not asked")

	body = `[{"Id":"1"}, {"Id":"2"}, {}, 5]`
	records, err := f.Records(t.Context(), blobs[0])
	require.NoError(t, err)
	assert.Equal(t, `{"@contentType":"Audit.Exchange","Id":"2"}`, string(records[1]))
	assert.Equal(t, []string{`{}`, `5`}, []string{string(records[2]), string(records[3])})

	for code, want := range map[string]bool{"AF20051": true, "AF20050": true, "AF20052": false} {
		status, body = 400, fmt.Sprintf(`{"error":{"code":%q,"message":"x"}}`, code)
		_, err = f.Records(t.Context(), blobs[0])
		assert.Equal(t, want, Expired(err), code)
	}
	assert.False(t, Expired(nil))
	assert.True(t, OutOfWindow(&entity.Problem{Code: "AF20055"}))
}

func TestFeed_whereThereIsNone(t *testing.T) {
	t.Parallel()
	cloud, err := CloudByName(China)
	require.NoError(t, err)
	c, err := New(Config{Cloud: cloud, DirectoryID: directoryID, ClientID: clientID, Secret: secret})
	require.NoError(t, err)
	_, err = c.Feed(feedPart)
	p := requireProblem(t, err)
	assert.Equal(t, entity.NotAvailable, p.State())
	assert.Contains(t, p.Message, "does not have Office 365 Management APIs")
}

// A link of the feed to something else brings nothing of it, and an answer in
// part keeps what came.
func TestFeed_oddAnswers(t *testing.T) {
	t.Parallel()
	s := newCloudServer(t)
	f := newFeed(t, s)
	var blobs []Blob
	list := func() error {
		blobs = nil
		return f.Content(t.Context(), "Audit.Exchange", time.Time{}, time.Time{}, func(page []Blob) error {
			blobs = append(blobs, page...)
			return nil
		})
	}
	elsewhere := map[string]any{"contentType": "Audit.Exchange", "contentId": "x", "contentUri": s.URL + feedRoot + "/subscriptions/list"}
	s.management = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("NextPageUri", s.URL+feedRoot+"/subscriptions/list?nextPage=2")
		writeJSON(w, 200, []any{blobAt(s, "a"), elsewhere})
	}
	p := requireProblem(t, list())
	assert.Equal(t, entity.ClassData, p.Class)
	assert.Contains(t, p.Message, "another list")
	require.Len(t, blobs, 2, "what came with the link is good")
	asked := len(s.requests())
	_, err := f.Records(t.Context(), blobs[1])
	assert.Equal(t, entity.ClassData, requireProblem(t, err).Class)
	assert.Len(t, s.requests(), asked)

	for _, status := range []int{206, 202} {
		s.management = func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/content") {
				writeJSON(w, status, []any{blobAt(s, "a")})
				return
			}
			writeBody(w, status, "application/json", `[{"Id":"1"}]`)
		}
		var short *Cut
		require.ErrorAs(t, list(), &short)
		require.Len(t, blobs, 1)
		records, err := f.Records(t.Context(), blobs[0])
		require.ErrorAs(t, err, &short)
		assert.Len(t, records, 1)
	}

	s.management = func(w http.ResponseWriter, r *http.Request) {
		writeBody(w, 200, "application/json", `{"error":{"code":"AF50000","message":"Retry the request."}}`)
	}
	p = requireProblem(t, list())
	assert.Equal(t, "AF50000", p.Code)
	s.management = func(w http.ResponseWriter, r *http.Request) { writeError(w, 404, "AF20050", "Not found.") }
	assert.Equal(t, entity.ClassSource, requireProblem(t, list()).Class)
}
