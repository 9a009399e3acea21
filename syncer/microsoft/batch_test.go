package microsoft

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// batchServer answers batches item by item, in reverse order.
type batchServer struct {
	*cloudServer
	// item answers an item: status, headers and body. A status of 0 leaves the
	// answer out.
	item func(path string, time int) (status int, headers map[string]any, body any)

	mu      sync.Mutex
	batches [][]batchRequest
	singles []string
	asked   map[string]int // by item
}

func newBatchServer(t *testing.T) *batchServer {
	t.Helper()
	b := &batchServer{cloudServer: newCloudServer(t), asked: map[string]int{}}
	b.graph = func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		defer b.mu.Unlock()
		if r.Method == http.MethodGet {
			b.singles = append(b.singles, r.URL.RequestURI())
			path := strings.TrimPrefix(r.URL.RequestURI(), "/graph/v1.0")
			b.asked[path]++
			status, _, body := b.item(path, b.asked[path])
			writeJSON(w, status, body)
			return
		}
		raw, err := io.ReadAll(r.Body)
		assert.NoError(t, err)
		assert.Equal(t, "/graph/v1.0/$batch", r.URL.Path)
		assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
		assert.Empty(t, r.Header.Get("Content-Encoding"))
		var envelope struct{ Requests []batchRequest }
		assert.NoError(t, json.Unmarshal(raw, &envelope))
		b.batches = append(b.batches, envelope.Requests)
		responses := []map[string]any{}
		for _, item := range slices.Backward(envelope.Requests) {
			b.asked[item.URL]++
			status, headers, body := b.item(item.URL, b.asked[item.URL])
			if status != 0 {
				responses = append(responses, map[string]any{"id": item.ID, "status": status, "headers": headers, "body": body})
			}
		}
		writeJSON(w, 200, map[string]any{"responses": responses})
	}
	return b
}

// sizes are the numbers of items of the batches that came.
func (b *batchServer) sizes() (sizes []int) {
	for _, batch := range b.batches {
		sizes = append(sizes, len(batch))
	}
	return sizes
}

// memberBatch asks for the members of n groups.
func memberBatch(n int) Batch {
	b := Batch{Part: &entity.Part{
		Resource: entity.Graph, Throttle: entity.ThrottleDirectory,
		Needs: []entity.AnyOf{{"Directory.Read.All"}},
	}}
	for i := range n {
		b.Items = append(b.Items, Item{Path: fmt.Sprintf("/groups/g%d/members", i), Query: url.Values{"$top": {"999"}, "$select": {"id"}}})
	}
	return b
}

func memberURL(i int) string { return fmt.Sprintf("/groups/g%d/members?$select=id&$top=999", i) }

// read is what a batch brought, by item.
type read struct {
	ids     map[int][]string
	ends    map[int]int // how often an item came to its end
	problem map[int]*entity.Problem
	stats   Stats
	err     error
}

func readBatch(t *testing.T, c *Client, b Batch) read {
	t.Helper()
	r := read{ids: map[int][]string{}, ends: map[int]int{}, problem: map[int]*entity.Problem{}}
	r.stats, r.err = c.Batch(t.Context(), b, func(p ItemPage) error {
		for _, raw := range p.Rows {
			var row struct{ ID string }
			require.NoError(t, json.Unmarshal(raw, &row))
			r.ids[p.Item] = append(r.ids[p.Item], row.ID)
		}
		if p.Last {
			r.ends[p.Item]++
		}
		if p.Problem != nil {
			r.problem[p.Item] = p.Problem
		}
		return nil
	})
	for item, n := range r.ends {
		require.Equal(t, 1, n, "item %d ends once", item)
	}
	return r
}

func TestBatch_sendsTwentyAtATime(t *testing.T) {
	t.Parallel()
	s, k := newBatchServer(t), newClock()
	s.item = func(path string, _ int) (int, map[string]any, any) {
		return 200, map[string]any{"Content-Type": "application/json"}, rowsOf("", "member of "+path)
	}
	b := memberBatch(45)
	b.Part.Headers = map[string]string{"ConsistencyLevel": "eventual"}
	r := readBatch(t, newClient(t, s.cloudServer, k), b)
	require.NoError(t, r.err)
	assert.Equal(t, []int{20, 20, 5}, s.sizes())
	require.Len(t, r.ids, 45)
	for i := range 45 {
		assert.Equal(t, []string{"member of " + memberURL(i)}, r.ids[i], "answers come in any order")
		assert.Equal(t, 1, r.ends[i])
	}
	assert.Equal(t, 3, r.stats.Requests)
	for _, batch := range s.batches {
		ids := map[string]bool{}
		for _, item := range batch {
			ids[item.ID] = true
			assert.Equal(t, "GET", item.Method)
			assert.True(t, strings.HasPrefix(item.URL, "/groups/"), item.URL)
			assert.Equal(t, "eventual", item.Headers["Consistencylevel"])
			assert.Equal(t, "low", item.Headers["X-Ms-Throttle-Priority"])
		}
		assert.Len(t, ids, len(batch), "ids are unique")
	}
}

// Microsoft counts each item: the pace does too.
func TestBatch_paysForEachItem(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limit  Limit
		items  int
		sizes  []int
		waited time.Duration
	}{
		"of the directory's limit":    {Limit{{50, time.Second}}, 120, []int{20, 20, 20, 20, 20, 20}, 2 * time.Second},
		"of a limit below a batch":    {Limit{{5, 10 * time.Second}}, 12, []int{5, 5, 2}, 20 * time.Second},
		"of the tightest of two":      {Limit{{15, time.Second}, {30, time.Minute}}, 45, []int{15, 15, 15}, time.Minute},
		"of one request a second":     {Limit{{1, time.Second}}, 3, []int{1, 1, 1}, 2 * time.Second},
		"of a limit never reached":    {Limit{{1000, time.Second}}, 45, []int{20, 20, 5}, 0},
		"of no more than its windows": {Limit{{20, time.Second}}, 21, []int{20, 1}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newBatchServer(t), newClock()
			s.item = func(string, int) (int, map[string]any, any) { return 200, nil, rowsOf("") }
			c := newClient(t, s.cloudServer, k)
			c.pace = NewPace(map[entity.Throttle]Limit{entity.ThrottleDirectory: test.limit})
			r := readBatch(t, c, memberBatch(test.items))
			require.NoError(t, r.err)
			assert.Equal(t, test.sizes, s.sizes())
			assert.Equal(t, test.waited, r.stats.Waited)
			assert.Len(t, r.ends, test.items)
		})
	}
}

func TestBatch_triesItemsAgain(t *testing.T) {
	t.Parallel()
	tooMany := map[string]any{"error": map[string]any{"code": "TooManyRequests", "message": "Please retry again later."}}
	for name, test := range map[string]struct {
		item   func(path string, time int) (int, map[string]any, any)
		sizes  []int
		waited time.Duration // at least
	}{
		"throttled, the longest wait holds": {func(path string, time int) (int, map[string]any, any) {
			switch {
			case time == 1 && path == memberURL(2):
				return 429, map[string]any{"Retry-After": "7"}, tooMany
			case time == 1 && path == memberURL(3):
				return 429, map[string]any{"Retry-After": 30}, tooMany
			case time == 1 && path == memberURL(4):
				return 429, nil, tooMany
			}
			return 200, nil, rowsOf("", path)
		}, []int{6, 3}, 30 * time.Second},
		"throttled twice without a time": {func(path string, time int) (int, map[string]any, any) {
			if time < 3 && path == memberURL(0) {
				return 429, nil, tooMany
			}
			return 200, nil, rowsOf("", path)
		}, []int{6, 1, 1}, 3 * time.Second},
		"a passing fault": {func(path string, time int) (int, map[string]any, any) {
			if time == 1 && path == memberURL(5) {
				return 503, nil, "<html><title>Service unavailable</title></html>"
			}
			return 200, nil, rowsOf("", path)
		}, []int{6, 1}, time.Second},
		"an answer that is missing": {func(path string, time int) (int, map[string]any, any) {
			if time == 1 && path == memberURL(1) {
				return 0, nil, nil
			}
			return 200, nil, rowsOf("", path)
		}, []int{6, 1}, time.Second},
		"an answer without a body": {func(path string, time int) (int, map[string]any, any) {
			if time == 1 && path == memberURL(1) {
				return 200, nil, nil
			}
			return 200, nil, rowsOf("", path)
		}, []int{6, 1}, time.Second},
		"a token that expired": {func(path string, time int) (int, map[string]any, any) {
			if time == 1 {
				return 401, nil, map[string]any{"error": map[string]any{"code": "InvalidAuthenticationToken", "message": "Lifetime validation failed."}}
			}
			return 200, nil, rowsOf("", path)
		}, []int{6, 6}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newBatchServer(t), newClock()
			s.item = test.item
			r := readBatch(t, newClient(t, s.cloudServer, k), memberBatch(6))
			require.NoError(t, r.err)
			assert.Equal(t, test.sizes, s.sizes(), "only what failed is sent again")
			assert.Empty(t, r.problem)
			for i := range 6 {
				assert.Equal(t, []string{memberURL(i)}, r.ids[i])
			}
			assert.GreaterOrEqual(t, r.stats.Waited, test.waited)
			assert.Equal(t, len(test.sizes)-1, r.stats.Retries)
		})
	}
}

func TestBatch_itemsThatFail(t *testing.T) {
	t.Parallel()
	message := func(code, text string) any {
		return map[string]any{"error": map[string]any{"code": code, "message": text, "innerError": map[string]any{"request-id": "inner-1"}}}
	}
	for name, test := range map[string]struct {
		status  int
		headers map[string]any
		body    any
		class   entity.Class
		sent    int // batches
	}{
		"gone":                      {status: 404, body: message("Request_ResourceNotFound", "Resource 'g2' does not exist or one of its queried reference-property objects are not present."), class: entity.ClassSource, sent: 2},
		"gone, an empty answer":     {status: 404, class: entity.ClassSource, sent: 2},
		"gone, in other words":      {status: 410, body: message("UnknownError", "404 page not found\n"), class: entity.ClassSource, sent: 2},
		"an error with status 200":  {status: 200, body: message("Authorization_RequestDenied", "Insufficient privileges to complete the operation."), class: entity.ClassPermission, sent: 1},
		"a path that is unknown":    {status: 404, body: message("BadRequest", "Resource not found for the segment 'members'."), class: entity.ClassRetired, sent: 1},
		"not permitted":             {status: 403, body: message("Authorization_RequestDenied", "Insufficient privileges to complete the operation."), class: entity.ClassPermission, sent: 1},
		"not licensed":              {status: 400, body: message("AadPremiumLicenseRequired", "The tenant needs Microsoft Entra ID P2."), class: entity.ClassLicence, sent: 1},
		"refused":                   {status: 400, body: message("Request_BadRequest", "No."), class: entity.ClassSource, sent: 1},
		"a body of another shape":   {status: 200, body: map[string]any{"id": "x"}, class: entity.ClassData, sent: 1},
		"failing for good":          {status: 500, body: message("InternalServerError", "Oops."), class: entity.ClassSource, sent: maxAttempts},
		"throttled for good":        {status: 429, body: message("TooManyRequests", "Wait."), class: entity.ClassThrottled, sent: maxAttempts},
		"never answered":            {status: 0, class: entity.ClassData, sent: maxAttempts},
		"a token that stays bad":    {status: 401, body: message("InvalidAuthenticationToken", "Bad."), class: entity.ClassCredential, sent: 2},
		"sent on to somewhere else": {status: 302, headers: map[string]any{"Location": "https://elsewhere.example"}, class: entity.ClassData, sent: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newBatchServer(t), newClock()
			s.item = func(path string, _ int) (int, map[string]any, any) {
				if path == memberURL(2) {
					return test.status, test.headers, test.body
				}
				return 200, nil, rowsOf("", path)
			}
			r := readBatch(t, newClient(t, s.cloudServer, k), memberBatch(5))
			require.NoError(t, r.err)
			assert.Len(t, r.ids, 4, "the others are read")
			assert.Len(t, r.ends, 5)
			assert.Len(t, s.batches, test.sent)
			p := requireProblem(t, r.problem[2])
			assert.Equal(t, test.class, p.Class)
			if test.class == entity.ClassPermission {
				assert.Equal(t, "inner-1", p.RequestID)
			}
			if test.class == entity.ClassThrottled {
				assert.True(t, p.RetryAt.After(k.Now()))
			}
		})
	}
}

func TestBatch_stopsWhereTheWaitIsTooLong(t *testing.T) {
	t.Parallel()
	s, k := newBatchServer(t), newClock()
	s.item = func(path string, _ int) (int, map[string]any, any) {
		if path == memberURL(1) {
			return 429, map[string]any{"Retry-After": "600"}, nil
		}
		return 200, nil, rowsOf("", path)
	}
	c := newClient(t, s.cloudServer, k)
	r := readBatch(t, c, memberBatch(25))
	p := requireProblem(t, r.err)
	assert.Equal(t, entity.ClassThrottled, p.Class)
	assert.Equal(t, k.Now().Add(10*time.Minute), p.RetryAt)
	assert.Len(t, r.ids, 19, "what had come is good")
	assert.Len(t, s.batches, 1)
	_, err := c.Pages(t.Context(), userList(nil), func(Page) error { return nil })
	assert.Equal(t, entity.ClassThrottled, requireProblem(t, err).Class, "the pause holds for the whole scope")
}

func TestBatch_followsLinks(t *testing.T) {
	t.Parallel()
	next := func(s *batchServer, token string) string {
		return s.URL + "/graph/v1.0/groups/g1/members?$skiptoken=" + token
	}
	page := func(token string) string { return "/groups/g1/members?$skiptoken=" + token }
	for name, test := range map[string]struct {
		item    func(s *batchServer, path string, time int) (int, any)
		ids     []string
		singles int
		class   entity.Class
	}{
		"to the end": {func(s *batchServer, path string, _ int) (int, any) {
			switch path {
			case memberURL(1):
				return 200, rowsOf(next(s, "2"), "a")
			case page("2"):
				return 200, rowsOf(next(s, "3"))
			}
			return 200, rowsOf("", "b")
		}, []string{"a", "b"}, 2, ""},
		"past a fault": {func(s *batchServer, path string, time int) (int, any) {
			switch {
			case path == memberURL(1):
				return 200, rowsOf(next(s, "2"), "a")
			case time == 1:
				return 503, nil
			}
			return 200, rowsOf("", "b")
		}, []string{"a", "b"}, 2, ""},
		"again from the start where the place was forgotten": {func(s *batchServer, path string, time int) (int, any) {
			switch {
			case path == memberURL(1):
				return 200, rowsOf(next(s, "2"), "a")
			case time == 1:
				return 400, map[string]any{"error": map[string]any{"code": "Directory_ExpiredPageToken", "message": "Expired."}}
			}
			return 200, rowsOf("", "b")
		}, []string{"a", "a", "b"}, 3, ""},
		"not to its end where it is not found twice": {func(s *batchServer, path string, _ int) (int, any) {
			if path == memberURL(1) {
				return 200, rowsOf(next(s, "2"), "a")
			}
			return 404, map[string]any{"error": map[string]any{"code": "Request_ResourceNotFound", "message": "Gone."}}
		}, []string{"a", "a"}, 3, entity.ClassSource},
		"not to another group's": {func(s *batchServer, path string, _ int) (int, any) {
			return 200, rowsOf(s.URL+"/graph/v1.0/groups/g2/members?$skiptoken=2", "a")
		}, []string{"a"}, 0, entity.ClassData},
		"not in a circle": {func(s *batchServer, path string, _ int) (int, any) {
			return 200, rowsOf(next(s, "2"), "a")
		}, []string{"a", "a"}, 1, entity.ClassData},
		"not to another host": {func(s *batchServer, path string, _ int) (int, any) {
			return 200, rowsOf("https://elsewhere.example/v1.0/groups", "a")
		}, []string{"a"}, 0, entity.ClassData},
		"as far as they are permitted": {func(s *batchServer, path string, _ int) (int, any) {
			if path == memberURL(1) {
				return 200, rowsOf(next(s, "2"), "a")
			}
			return 403, map[string]any{"error": map[string]any{"code": "Authorization_RequestDenied", "message": "Insufficient privileges."}}
		}, []string{"a"}, 1, entity.ClassPermission},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newBatchServer(t), newClock()
			s.item = func(path string, time int) (int, map[string]any, any) {
				if !strings.HasPrefix(path, "/groups/g1/") {
					return 200, nil, rowsOf("", "other")
				}
				status, body := test.item(s, path, time)
				return status, nil, body
			}
			r := readBatch(t, newClient(t, s.cloudServer, k), memberBatch(3))
			require.NoError(t, r.err)
			assert.Equal(t, []string{"other"}, r.ids[0])
			assert.Equal(t, []string{"other"}, r.ids[2])
			assert.Equal(t, test.ids, r.ids[1])
			assert.Len(t, r.ends, 3)
			assert.Len(t, s.singles, test.singles)
			assert.Len(t, s.batches, 1)
			if test.class != "" {
				assert.Equal(t, test.class, requireProblem(t, r.problem[1]).Class)
			} else {
				assert.Empty(t, r.problem)
			}
		})
	}
}

func TestBatch_envelopesThatFail(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer   func(w http.ResponseWriter, number int)
		class    entity.Class // of the error; empty where the batch succeeds
		requests int
	}{
		"throttled": {func(w http.ResponseWriter, number int) {
			if number == 1 {
				w.Header().Set("Retry-After", "3")
				writeError(w, 429, "TooManyRequests", "Wait.")
				return
			}
			writeJSON(w, 200, map[string]any{"responses": []any{map[string]any{"id": "1", "status": 200, "body": rowsOf("", "a")}}})
		}, "", 2},
		"a lost connection": {func(w http.ResponseWriter, number int) {
			if number == 1 {
				panic(http.ErrAbortHandler)
			}
			writeJSON(w, 200, map[string]any{"responses": []any{map[string]any{"id": "1", "status": 200, "body": rowsOf("", "a")}}})
		}, "", 2},
		"not permitted": {func(w http.ResponseWriter, _ int) {
			writeError(w, 403, "Authorization_RequestDenied", "Insufficient privileges.")
		}, entity.ClassPermission, 1},
		"malformed":      {func(w http.ResponseWriter, _ int) { writeError(w, 400, "BadRequest", "Invalid batch payload format.") }, entity.ClassSource, 1},
		"without a list": {func(w http.ResponseWriter, _ int) { writeJSON(w, 200, map[string]any{}) }, entity.ClassData, 1},
		"cut short":      {func(w http.ResponseWriter, _ int) { writeBody(w, 200, "application/json", `{"responses":[{"id"`) }, entity.ClassData, maxAttempts},
		"of other requests": {func(w http.ResponseWriter, _ int) {
			writeJSON(w, 200, map[string]any{"responses": []any{map[string]any{"id": "2", "status": 200, "body": rowsOf("")}}})
		}, entity.ClassData, 1},
		"answered twice": {func(w http.ResponseWriter, _ int) {
			one := map[string]any{"id": "1", "status": 200, "body": rowsOf("")}
			writeJSON(w, 200, map[string]any{"responses": []any{one, one}})
		}, entity.ClassData, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			number := 0
			s.graph = func(w http.ResponseWriter, r *http.Request) {
				number++
				test.answer(w, number)
			}
			r := readBatch(t, newClient(t, s, k), memberBatch(1))
			assert.Equal(t, test.requests, r.stats.Requests)
			if test.class == "" {
				require.NoError(t, r.err)
				assert.Equal(t, []string{"a"}, r.ids[0])
				return
			}
			assert.Equal(t, test.class, requireProblem(t, r.err).Class)
			assert.Empty(t, r.ends)
		})
	}
}

func TestBatch_returnsWhatYieldReturns(t *testing.T) {
	t.Parallel()
	s, k := newBatchServer(t), newClock()
	s.item = func(path string, _ int) (int, map[string]any, any) {
		if strings.Contains(path, "skiptoken") {
			return 200, nil, rowsOf("", "b")
		}
		return 200, nil, rowsOf(s.URL+"/graph/v1.0/groups/g0/members?$skiptoken=2", "a")
	}
	full := fmt.Errorf("disk full")
	for _, fails := range []int{1, 2} {
		pages := 0
		_, err := newClient(t, s.cloudServer, k).Batch(t.Context(), memberBatch(1), func(ItemPage) error {
			if pages++; pages == fails {
				return full
			}
			return nil
		})
		require.ErrorIs(t, err, full)
		assert.Equal(t, fails, pages)
	}
}

func TestBatch_simulator(t *testing.T) {
	t.Parallel()
	s, c, _ := simulated(t)
	_, groups, _, err := collect(t.Context(), c, List{
		Def:  &entity.Def{Kind: "groups", Title: "Groups"},
		Part: &entity.Part{Name: "list", Resource: entity.Graph, Path: "/groups", Throttle: entity.ThrottleDirectory, Query: url.Values{"$top": {"999"}}},
	})
	require.NoError(t, err)
	b := memberBatch(0)
	for _, id := range append(groups, "6f0a2b1c-0000-4000-8000-00000000dead") {
		b.Items = append(b.Items, Item{Path: "/groups/" + id + "/members", Query: url.Values{"$select": {"id"}, "$top": {"10"}}})
	}
	s.Inject(simulator.Fault{Path: "/groups/" + groups[3] + "/members", Status: 429, RetryAfter: "5", Count: 2})
	s.Inject(simulator.Fault{Path: "/groups/" + groups[5] + "/members", Status: 403, Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation."})
	s.Inject(simulator.Fault{Path: "/$batch", Method: "POST", Drop: true, Count: 1})
	r := readBatch(t, c, b)
	require.NoError(t, r.err)
	assert.Len(t, r.ends, len(b.Items))
	assert.Equal(t, http.StatusNotFound, requireProblem(t, r.problem[len(groups)]).Status)
	require.Len(t, r.problem, 2)
	assert.Equal(t, entity.ClassPermission, requireProblem(t, r.problem[5]).Class)
	assert.GreaterOrEqual(t, r.stats.Waited, 10*time.Second)
	long := 0
	for i, id := range groups {
		if i == 5 {
			continue
		}
		l := userList(url.Values{"$top": {"999"}})
		l.Part.Path, l.Part.NoSelect = "/groups/"+id+"/members", true
		_, want, _, err := collect(t.Context(), c, l)
		require.NoError(t, err)
		assert.Equal(t, want, r.ids[i], id)
		if len(want) > 10 {
			long++
		}
	}
	assert.Positive(t, long, "some lists have more than one page")
}

// A batch of which Microsoft says that it is not whole makes none of its items
// whole; what came is kept.
func TestBatch_envelopeInPart(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Warning", `199 - "Microsoft/Directory/503/7"`)
		writeJSON(w, 200, map[string]any{"responses": []any{
			map[string]any{"id": "1", "status": 200, "body": rowsOf("", "a")}, map[string]any{"id": "2", "status": 200, "body": rowsOf("", "b")}}})
	}
	r := readBatch(t, newClient(t, s, k), memberBatch(2))
	require.NoError(t, r.err)
	assert.Equal(t, map[int][]string{0: {"a"}, 1: {"b"}}, r.ids)
	require.Len(t, r.problem, 2)
	assert.Contains(t, r.problem[1].Message, "Microsoft/Directory failed with 503")
}
