package simulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

// cloud is a simulation with a client that holds a token for it.
type cloud struct {
	*simulator.Server
	t      *testing.T
	client *http.Client
	token  string
}

// clock is a clock that only tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 5, 4, 9, 30, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// start starts a simulation without limits, which most tests are not about.
func start(t *testing.T, change ...func(*simulator.Options)) *cloud {
	t.Helper()
	o := simulator.Options{Users: 60, Seed: 7, NoThrottle: true}
	for _, f := range change {
		f(&o)
	}
	s, err := simulator.Start(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	c := &cloud{Server: s, t: t, client: &http.Client{Transport: s.Transport(), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	c.refresh()
	return c
}

func withUsers(n int) func(*simulator.Options) {
	return func(o *simulator.Options) { o.Users = n }
}

func withClock(c *clock) func(*simulator.Options) {
	return func(o *simulator.Options) { o.Now = c.now }
}

func throttled(o *simulator.Options) { o.NoThrottle = false }

// refresh gets a new token for Graph.
func (c *cloud) refresh() {
	c.t.Helper()
	c.token = c.mustToken(c.GraphURL() + "/.default")
}

func (c *cloud) mustToken(scope string) string {
	c.t.Helper()
	status, body := c.tokenRequest(c.DirectoryID(), c.form(scope))
	require.Equal(c.t, http.StatusOK, status, "%v", body)
	return body["access_token"].(string)
}

func (c *cloud) form(scope string) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {c.ClientID()}, "client_secret": {c.ClientSecret()}, "scope": {scope}}
}

func (c *cloud) tokenRequest(tenant string, form url.Values) (int, map[string]any) {
	c.t.Helper()
	res, err := c.client.PostForm(c.AuthorityURL()+"/"+tenant+"/oauth2/v2.0/token", form)
	require.NoError(c.t, err)
	return res.StatusCode, decode(c.t, res)
}

// reply is an answer of Graph.
type reply struct {
	status int
	header http.Header
	body   map[string]any
	text   string
}

func (r reply) rows() []map[string]any {
	var out []map[string]any
	list, _ := r.body["value"].([]any)
	for _, v := range list {
		out = append(out, v.(map[string]any))
	}
	return out
}

func (r reply) next() string {
	s, _ := r.body["@odata.nextLink"].(string)
	return s
}

func (r reply) delta() string {
	s, _ := r.body["@odata.deltaLink"].(string)
	return s
}

func (r reply) code() string { return r.errorField("code") }

func (r reply) message() string { return r.errorField("message") }

func (r reply) errorField(name string) string {
	e, _ := r.body["error"].(map[string]any)
	s, _ := e[name].(string)
	return s
}

// escaped makes a readable path a URL: blanks and quotes are escaped.
func escaped(path string) string {
	before, query, found := strings.Cut(path, "?")
	if !found {
		return path
	}
	var parts []string
	for pair := range strings.SplitSeq(query, "&") {
		name, value, hasValue := strings.Cut(pair, "=")
		if hasValue {
			name += "=" + url.QueryEscape(value)
		}
		parts = append(parts, name)
	}
	return before + "?" + strings.Join(parts, "&")
}

var eventually = map[string]string{"ConsistencyLevel": "eventual"}

// get asks Graph; a path without a host is below v1.0 unless it names beta.
func (c *cloud) get(path string, headers ...map[string]string) reply {
	c.t.Helper()
	return c.send(http.MethodGet, path, nil, headers...)
}

func (c *cloud) send(method, path string, body any, headers ...map[string]string) reply {
	c.t.Helper()
	target := path
	if !strings.HasPrefix(path, "https://") {
		target = escaped(path)
		if !strings.HasPrefix(path, "/beta/") {
			target = "/v1.0" + target
		}
		target = c.GraphURL() + target
	}
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		require.NoError(c.t, err)
		reader = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, target, reader)
	require.NoError(c.t, err)
	req.Header.Set("Authorization", "Bearer "+c.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		for name, value := range h {
			req.Header.Set(name, value)
		}
	}
	res, err := c.client.Do(req)
	require.NoError(c.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	out := reply{status: res.StatusCode, header: res.Header, text: string(raw)}
	_ = json.Unmarshal(raw, &out.body)
	return out
}

// ok asks Graph and demands success.
func (c *cloud) ok(path string, headers ...map[string]string) reply {
	c.t.Helper()
	r := c.get(path, headers...)
	require.Equal(c.t, http.StatusOK, r.status, "%s: %s", path, r.text)
	return r
}

// all follows next links to the end.
func (c *cloud) all(path string, headers ...map[string]string) []map[string]any {
	c.t.Helper()
	var rows []map[string]any
	for pages := 0; path != ""; pages++ {
		require.Less(c.t, pages, 1000, "the list does not end")
		r := c.ok(path, headers...)
		rows = append(rows, r.rows()...)
		path = r.next()
	}
	return rows
}

func column(rows []map[string]any, name string) []string {
	out := []string{}
	for _, r := range rows {
		s, _ := r[name].(string)
		out = append(out, s)
	}
	return out
}

func decode(t *testing.T, res *http.Response) map[string]any {
	t.Helper()
	defer res.Body.Close()
	var body map[string]any
	require.NoError(t, json.NewDecoder(res.Body).Decode(&body))
	return body
}
