package handlers

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

const (
	testCode     = "ABCD-EFGH"
	testPassword = "correct horse battery"
)

// app is the whole application on a real server with a real database.
type app struct {
	t      testing.TB
	url    string
	store  *store.Store
	clock  *storetest.Clock
	syncer *fakeSyncer
	log    *syncBuffer
	roots  *http.Transport // trusts the server's certificate
}

type appOptions struct {
	tls       bool
	catalogue *entity.Catalogue
	store     *store.Store // instead of one that is closed when the test ends
	config    func(*Config)
	routes    func([]route) []route
}

// newApp starts the application with the product's catalogue.
func newApp(t testing.TB) *app { return newAppWith(t, appOptions{}) }

func newAppWith(t testing.TB, o appOptions) *app {
	t.Helper()
	a := &app{t: t, clock: storetest.NewClock(), syncer: &fakeSyncer{}, log: &syncBuffer{}}
	if o.catalogue == nil {
		o.catalogue = entities.All()
	}
	if a.store = o.store; a.store == nil {
		a.store = storetest.Open(t, storetest.WithCatalogue(o.catalogue), storetest.WithClock(a.clock))
	}
	srv := httptest.NewUnstartedServer(nil)
	scheme := "http://"
	if o.tls {
		scheme = "https://"
	}
	base, err := url.Parse(scheme + srv.Listener.Addr().String())
	require.NoError(t, err)
	c := Config{
		Store:     a.store,
		Syncer:    a.syncer,
		BaseURL:   base,
		SetupCode: testCode,
		Version:   "test",
		Logger:    slog.New(slog.NewTextHandler(a.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if o.config != nil {
		o.config(&c)
	}
	s, err := newServer(c)
	require.NoError(t, err)
	routes := s.routes()
	if o.routes != nil {
		routes = o.routes(routes)
	}
	srv.Config.Handler = s.echo(routes)
	if o.tls {
		srv.StartTLS()
		a.roots = srv.Client().Transport.(*http.Transport)
	} else {
		srv.Start()
		a.roots = &http.Transport{}
	}
	t.Cleanup(srv.Close)
	a.url = srv.URL
	return a
}

// tenant adds a tenant.
func (a *app) tenant(name string) store.Tenant {
	a.t.Helper()
	tenant, err := a.store.CreateTenant(a.t.Context(), store.Actor{Name: "test"}, name, "")
	require.NoError(a.t, err)
	return tenant
}

// account adds an account with testPassword.
func (a *app) account(email string, role store.Role, tenants ...store.Tenant) store.Account {
	a.t.Helper()
	var ids []int64
	for _, t := range tenants {
		ids = append(ids, t.ID)
	}
	account, err := a.store.CreateAccount(a.t.Context(), store.Actor{Name: "test"}, email, role, testPassword, ids)
	require.NoError(a.t, err)
	return account
}

// browser is a client with cookies of its own. It does not follow redirects.
type browser struct {
	app    *app
	client *http.Client
}

// browser returns one that is not signed in.
func (a *app) browser() *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(a.t, err)
	return &browser{app: a, client: &http.Client{
		Transport:     a.roots,
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// as returns a browser in which the account is signed in, without the cost of
// a password.
func (a *app) as(account store.Account) *browser {
	a.t.Helper()
	id := newID()
	err := a.store.CreateSession(a.t.Context(), store.Session{
		Hash: hashID(id), AccountID: account.ID, Data: []byte("{}"), UserAgent: "test", Address: "127.0.0.1",
	})
	require.NoError(a.t, err)
	b := a.browser()
	u, err := url.Parse(a.url)
	require.NoError(a.t, err)
	name := "securatlas"
	if u.Scheme == "https" {
		name = "__Host-securatlas"
	}
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: id, Path: "/", Secure: u.Scheme == "https"}})
	return b
}

// owner returns a browser in which an owner is signed in.
func (a *app) owner() *browser { return a.as(a.account("owner@contoso.com", store.Owner)) }

// answer is a response that was read.
type answer struct {
	t      testing.TB
	Status int
	Header http.Header
	Body   string
	Cookie []*http.Cookie
}

// do sends a request with extra headers, given as name, value, ….
func (b *browser) do(method, path string, form url.Values, headers ...string) answer {
	t := b.app.t
	t.Helper()
	target := path
	if strings.HasPrefix(path, "/") {
		target = b.app.url + path
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, target, body)
	require.NoError(t, err)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := b.client.Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return answer{t: t, Status: res.StatusCode, Header: res.Header, Body: string(text), Cookie: res.Cookies()}
}

func (b *browser) get(path string, headers ...string) answer {
	b.app.t.Helper()
	return b.do(http.MethodGet, path, nil, headers...)
}

// post sends a form given as name, value, ….
func (b *browser) post(path string, fields ...string) answer {
	b.app.t.Helper()
	return b.do(http.MethodPost, path, form(fields...))
}

func form(fields ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		v.Add(fields[i], fields[i+1])
	}
	return v
}

// location is where a redirect leads.
func (r answer) location() string { return r.Header.Get("Location") }

// doc is the parsed page.
func (r answer) doc() *goquery.Document {
	r.t.Helper()
	d, err := goquery.NewDocumentFromReader(strings.NewReader(r.Body))
	require.NoError(r.t, err)
	return d
}

// text is the text of what a selector finds, with single spaces.
func (r answer) text(selector string) string {
	r.t.Helper()
	return strings.Join(strings.Fields(r.doc().Find(selector).Text()), " ")
}

// syncBuffer is a log that a test reads while the server writes.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
