// Package handlers is SecurAtlas over HTTP: every route in one list with the
// access that it needs (routes.go), one file for each group of pages, one place
// that renders (render.go) and one that turns errors into what people read
// (errors.go).
package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/gorilla/sessions"
	"github.com/labstack/echo/v4"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/enforcement"
	"github.com/securatlas/securatlas/syncer/entity"
)

// Syncer is what the pages ask of the sync engine.
type Syncer interface {
	// Connect tests a connection and, when the test passes, saves it and starts
	// the first full sync. A test that fails is a report with OK false and no
	// error. Returns store.ErrConflict when another tenant has the directory,
	// and store.InputError for a field that cannot be right.
	Connect(ctx context.Context, by store.Actor, tenantID int64, c entity.Connection) (entity.ConnectReport, error)
	// Start starts a run, or joins the tenant's running one. Returns an
	// entity.Problem of class credential when the tenant is not connected.
	Start(ctx context.Context, r store.NewRun) (run store.Run, joined bool, err error)
	// Check reads the granted permissions from fresh tokens and stores them.
	Check(ctx context.Context, tenantID int64) (entity.PermissionCheck, error)
	// Disconnect cancels the tenant's run, waits for it, and wipes the credential.
	Disconnect(ctx context.Context, by store.Actor, tenantID int64) error
	// ExplainMFA says whether a user has to pass MFA, policy by policy, and how
	// old the oldest complete list is that this rests on. Returns
	// store.ErrNotFound for a user that is unknown or removed.
	ExplainMFA(ctx context.Context, tenantID int64, userID string) (enforcement.Explanation, time.Time, error)
	// Clouds lists the clouds that a connection can be made in.
	Clouds() []entity.CloudChoice
	// Links returns pages of a cloud's Entra admin center.
	Links(cloud, directoryID, clientID string) entity.Links
	// RowLink returns the portal's page of one row.
	RowLink(cloud, portalPath, id string) string
	// ConsentURL returns Microsoft's admin-consent page.
	ConsentURL(cloud, directoryID, clientID, redirectURI, state string) string
}

// Demo is shown as a hint where its values are to be entered.
type Demo struct {
	Email, Password, Cloud, DirectoryID, ClientID, ClientSecret string
}

// Config is what New needs. Demo and Logger may be nil.
type Config struct {
	Store  *store.Store
	Syncer Syncer
	// BaseURL is the address at which people reach SecurAtlas. With https,
	// cookies are Secure and browsers are told to stay on https.
	BaseURL *url.URL
	// TrustedProxies may say who the client is, in X-Forwarded-For.
	TrustedProxies []netip.Prefix
	// SetupCode lets its holder make the first owner; empty closes /setup.
	SetupCode string
	Demo      *Demo
	Version   string
	Logger    *slog.Logger
}

// server is the state that all handlers share.
type server struct {
	store     *store.Store
	syncer    Syncer
	base      *url.URL
	setupCode string
	demo      *Demo
	version   string
	log       *slog.Logger
	proxies   []netip.Prefix

	sessions   sessions.Store
	setupMu    sync.Mutex // two people must not both become the first owner
	byAddress  *limits    // attempts to sign in or set up, by client address
	byAccount  *limits    // attempts to sign in, by e-mail
	crossCheck *http.CrossOriginProtection
}

// New returns the whole web application.
func New(c Config) (http.Handler, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	return s.echo(s.routes()), nil
}

func newServer(c Config) (*server, error) {
	switch {
	case c.Store == nil:
		return nil, errors.New("handlers: no store")
	case c.BaseURL == nil || c.BaseURL.Host == "":
		return nil, errors.New("handlers: no base URL")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	s := &server{
		store:      c.Store,
		syncer:     c.Syncer,
		base:       c.BaseURL,
		setupCode:  c.SetupCode,
		demo:       c.Demo,
		version:    c.Version,
		log:        c.Logger,
		proxies:    c.TrustedProxies,
		byAddress:  newLimits(addressRate, addressBurst),
		byAccount:  newLimits(accountRate, accountBurst),
		crossCheck: http.NewCrossOriginProtection(),
	}
	s.sessions = &sessionStore{store: c.Store, cookie: s.cookie("")}
	// Behind a proxy that rewrites Host, the Origin is still the base URL's.
	if err := s.crossCheck.AddTrustedOrigin(c.BaseURL.Scheme + "://" + c.BaseURL.Host); err != nil {
		return nil, fmt.Errorf("handlers: base URL: %w", err)
	}
	return s, nil
}

// echo returns the router with these routes behind all middleware.
func (s *server) echo(routes []route) *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(discard{})
	e.IPExtractor = clientAddress(s.proxies)
	e.HTTPErrorHandler = s.fail
	s.use(e)
	s.mount(e, routes)
	return e
}

// https reports whether people reach SecurAtlas over https.
func (s *server) https() bool { return s.base.Scheme == "https" }

// discard drops what Echo itself would log: all it has to say is in errors.go.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
