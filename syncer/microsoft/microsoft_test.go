package microsoft

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

const (
	directoryID = "6f0a2b1c-0000-4000-8000-000000000001"
	clientID    = "6f0a2b1c-0000-4000-8000-000000000002"
	secret      = "abc8Q~not-a-real-secret-value"
)

// cloudServer is a login service, Graph below /graph and Defender below
// /defender, over TLS. It refuses requests without a token that it issued for
// that API.
type cloudServer struct {
	*httptest.Server

	graph, defender, management http.HandlerFunc
	// endpoint is the token endpoint that discovery names; "" is its own.
	endpoint string
	// token answers the token request of that number, from 1; nil issues one.
	token func(w http.ResponseWriter, number int)

	mu     sync.Mutex
	roles  []string
	issued map[string]string // scope by token
	asked  int               // token requests
	sent   []*http.Request   // to Graph and Defender
	tokens []string          // of these, in order
}

func newCloudServer(t *testing.T) *cloudServer {
	t.Helper()
	s := &cloudServer{issued: map[string]string{}, roles: []string{"User.Read.All", "Directory.Read.All"}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /"+directoryID+"/v2.0/.well-known/openid-configuration", s.openID)
	mux.HandleFunc("POST /"+directoryID+"/oauth2/v2.0/token", s.signIn)
	mux.HandleFunc("/graph/", s.api("graph", func() http.HandlerFunc { return s.graph }))
	mux.HandleFunc("GET /defender/", s.api("defender", func() http.HandlerFunc { return s.defender }))
	mux.HandleFunc("/management/", s.api("management", func() http.HandlerFunc { return s.management }))
	s.Server = httptest.NewTLSServer(mux)
	// On a connection that was used before, net/http itself sends a request
	// again, unseen by the counts of these tests.
	s.Client().Transport.(*http.Transport).DisableKeepAlives = true
	t.Cleanup(s.Close)
	return s
}

func (s *cloudServer) cloud() Cloud {
	return Cloud{
		Name: Custom, Authority: s.URL, Portal: "https://entra.microsoft.com/",
		GraphURL: s.URL + "/graph", GraphScope: s.URL + "/graph/.default",
		DefenderURL: s.URL + "/defender", DefenderScope: s.URL + "/defender/.default",
		ManagementURL: s.URL + "/management", ManagementScope: s.URL + "/management/.default",
	}
}

func (s *cloudServer) openID(w http.ResponseWriter, r *http.Request) {
	base := s.URL + "/" + directoryID
	writeJSON(w, 200, map[string]string{
		"issuer":                 s.URL + "/" + directoryID + "/v2.0",
		"authorization_endpoint": base + "/oauth2/v2.0/authorize",
		"token_endpoint":         firstOf(s.endpoint, base+"/oauth2/v2.0/token"),
	})
}

func (s *cloudServer) signIn(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.token != nil {
		s.token(w, s.asked)
		return
	}
	s.issue(w, r)
}

// issue answers a token request with a new token.
func (s *cloudServer) issue(w http.ResponseWriter, r *http.Request) {
	scope, _, _ := strings.Cut(r.FormValue("scope"), " ")
	switch {
	case r.FormValue("grant_type") != "client_credentials", r.FormValue("client_id") != clientID,
		r.FormValue("client_secret") != secret, r.FormValue("claims") != "":
		writeJSON(w, 400, map[string]any{"error": "invalid_request", "error_description": "unexpected form: " + r.Form.Encode()})
		return
	}
	token := jwt(map[string]any{"roles": s.roles, "number": s.asked, "scope": scope})
	s.issued[token] = scope
	writeJSON(w, 200, map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": token})
}

func (s *cloudServer) api(name string, handler func() http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		s.mu.Lock()
		s.sent = append(s.sent, r.Clone(context.Background()))
		s.tokens = append(s.tokens, token)
		scope := s.issued[token]
		s.mu.Unlock()
		if scope != s.URL+"/"+name+"/.default" {
			writeError(w, 401, "InvalidAuthenticationToken", "CompactToken parsing failed with error code: 80049217")
			return
		}
		handler()(w, r)
	}
}

// refuse forgets all tokens issued so far.
func (s *cloudServer) refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.issued)
}

func (s *cloudServer) setRoles(roles ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roles = roles
}

// requests returns path and decoded query of what Graph and Defender were asked.
func (s *cloudServer) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var asked []string
	for _, r := range s.sent {
		asked = append(asked, r.URL.Path+"?"+r.URL.RawQuery)
	}
	return asked
}

func (s *cloudServer) tokenRequests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

func jwt(claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode(payload) + "." + encode([]byte("signature"))
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func writeError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("request-id", "request-1")
	writeJSON(w, status, map[string]any{"error": map[string]any{"code": code, "message": message}})
}

func writeBody(w http.ResponseWriter, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

// clock is a time that passes only when somebody sleeps.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

func (c *clock) sleeps() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Duration{}, c.slept...)
}

func newClient(t *testing.T, s *cloudServer, k *clock) *Client {
	t.Helper()
	c, err := New(Config{
		Cloud: s.cloud(), DirectoryID: directoryID, ClientID: clientID, Secret: secret,
		Transport: s.Client().Transport, Pace: NewPace(nil), Sleep: k.Sleep, Now: k.Now,
	})
	require.NoError(t, err)
	return c
}

// userList is a list of users with the query given.
func userList(query url.Values) List {
	def := &entity.Def{
		Kind: "users", Title: "Users",
		Parts: []entity.Part{{
			Name: "list", Resource: entity.Graph, Path: "/users", Query: query,
			Needs:    []entity.AnyOf{{"User.Read.All", "Directory.Read.All"}},
			Throttle: entity.ThrottleDirectory,
		}},
		Columns: []entity.Column{
			{Path: "displayName", Name: "display_name", Part: "list"},
			{Path: "signInActivity.lastSignInDateTime", Name: "last", Part: "list"},
		},
	}
	return List{Def: def, Part: &def.Parts[0]}
}

func machineList() List {
	l := userList(url.Values{"$top": {"2"}})
	l.Part.Resource, l.Part.Path, l.Part.Throttle = entity.Defender, "/api/machines", entity.ThrottleDefender
	l.Part.NoSelect = true
	l.Part.NoneIsMissing = true
	l.Part.Needs = []entity.AnyOf{{"Machine.Read.All"}}
	return l
}

// collect reads a list to its end.
func collect(ctx context.Context, c *Client, l List) (pages []Page, ids []string, stats Stats, err error) {
	stats, err = c.Pages(ctx, l, func(p Page) error {
		pages = append(pages, p)
		if p.Restarted {
			ids = nil
		}
		for _, raw := range p.Rows {
			var row struct{ ID string }
			if err := json.Unmarshal(raw, &row); err != nil {
				return err
			}
			ids = append(ids, row.ID)
		}
		return nil
	})
	return pages, ids, stats, err
}

func requireProblem(t *testing.T, err error) *entity.Problem {
	t.Helper()
	var p *entity.Problem
	require.ErrorAs(t, err, &p)
	require.NotEmpty(t, p.Cure, "a problem without a cure: %s", p)
	require.NotEmpty(t, p.Message)
	return p
}

// rowsOf is the body of a page with rows of these ids.
func rowsOf(next string, ids ...string) map[string]any {
	rows := []map[string]string{}
	for _, id := range ids {
		rows = append(rows, map[string]string{"id": id})
	}
	page := map[string]any{"@odata.context": "x", "value": rows}
	if next != "" {
		page["@odata.nextLink"] = next
	}
	return page
}
