package simulator

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Options say what to simulate. The zero value is a small tenant on a free
// port of the loopback interface.
type Options struct {
	// Users is the number of users that the tenant starts with; 0 means 200.
	Users int
	// Groups is the number of groups that the tenant starts with; 0 means as many
	// as go with the users. Groups made to a number have 20 members on average.
	Groups int
	// Devices is the number of devices in Intune that the tenant starts with; 0
	// means one for each four users.
	Devices int
	// Seed makes the tenant: the same seed and number of users give the same
	// tenant, identifiers and client secret included.
	Seed int64
	// Latency is added to every answer.
	Latency time.Duration
	// Listen is the address to listen on; "" means "127.0.0.1:0".
	Listen string
	// Dir keeps the CA and the token signing key, so that clients that trust
	// them go on working after a restart; "" means a temporary folder that
	// Close removes.
	Dir string
	// Now is the clock of tokens, throttling and sign-in dates; nil means
	// time.Now. TLS certificates always follow the real clock.
	Now func() time.Time
	// TokenLife is how long an access token lives; 0 means an hour. Tokens of
	// clients that say they handle claims challenges live 24 times as long.
	TokenLife time.Duration
	// NoThrottle lifts Microsoft's limits on requests, for benchmarks.
	NoThrottle bool
}

// Server is a running simulation. All methods may be called from any goroutine.
type Server struct {
	options   Options
	now       func() time.Time
	listener  net.Listener
	http      *http.Server
	done      chan struct{}
	url       string
	authority *certificateAuthority
	dir       string // where the CA file is
	temporary bool   // dir is removed by Close
	signing   *rsa.PrivateKey
	keyID     string
	tenant    *Tenant
	limits    *throttle
	faults    faultList
	requests  requestLog
	pages     tokenSealer
	transport *http.Transport
	closeOnce sync.Once
	closeErr  error
}

const (
	defaultUsers     = 200
	defaultTokenLife = time.Hour
)

// Start starts a simulation. Close ends it.
func Start(o Options) (*Server, error) {
	if o.Users < 0 || o.Groups < 0 || o.Devices < 0 {
		return nil, fmt.Errorf("starting the simulator: %d users, %d groups, %d devices", o.Users, o.Groups, o.Devices)
	}
	if o.Users == 0 {
		o.Users = defaultUsers
	}
	if o.Devices == 0 {
		o.Devices = (o.Users + 3) / 4
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.TokenLife <= 0 {
		o.TokenLife = defaultTokenLife
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{options: o, now: o.Now, done: make(chan struct{})}
	if err := s.start(); err != nil {
		s.removeDir()
		return nil, fmt.Errorf("starting the simulator: %w", err)
	}
	return s, nil
}

func (s *Server) start() error {
	var err error
	if s.dir = s.options.Dir; s.dir == "" {
		if s.dir, err = os.MkdirTemp("", "securatlas-simulator-"); err != nil {
			return err
		}
		s.temporary = true
	} else if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if s.authority, err = openAuthority(s.dir); err != nil {
		return err
	}
	if s.signing, err = openSigningKey(s.dir, s.temporary); err != nil {
		return err
	}
	s.keyID = keyID(&s.signing.PublicKey)
	if s.pages, err = newTokenSealer(); err != nil {
		return err
	}
	s.tenant = newTenant(s.options.Seed, s.options.Users, s.options.Groups, s.options.Devices, s.now)
	s.limits = newThrottle(s.now, s.options.Users, s.options.NoThrottle)
	if s.listener, err = net.Listen("tcp", s.options.Listen); err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(s.options.Listen)
	tlsConfig, err := s.authority.serverConfig(host)
	if err != nil {
		return errors.Join(err, s.listener.Close())
	}
	s.url = "https://" + publicAddress(s.listener.Addr().String())
	s.transport = &http.Transport{TLSClientConfig: s.authority.clientConfig(), ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 16}
	s.http = &http.Server{
		Handler:           s,
		TLSConfig:         tlsConfig,
		ReadHeaderTimeout: 10 * time.Second,
		// Clients that hang up or distrust the CA are their own tests' business.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() {
		defer close(s.done)
		_ = s.http.ServeTLS(s.listener, "", "")
	}()
	return nil
}

// publicAddress replaces an unspecified host, which nobody can connect to by
// name, by the loopback address that the certificate names.
func publicAddress(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}

// Close stops the simulation and removes its temporary folder.
func (s *Server) Close() error {
	s.closeOnce.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s.transport.CloseIdleConnections()
		if err := s.http.Shutdown(ctx); err != nil {
			s.closeErr = s.http.Close()
		}
		<-s.done
		s.removeDir()
	})
	return s.closeErr
}

func (s *Server) removeDir() {
	if s.temporary {
		_ = os.RemoveAll(s.dir)
	}
}

// URL is the address of the simulation, "https://127.0.0.1:PORT". Login and
// Graph are directly below it.
func (s *Server) URL() string { return s.url }

// AuthorityURL is the address of the login service, without a tenant.
func (s *Server) AuthorityURL() string { return s.url }

// GraphURL is the address of Microsoft Graph, without a version.
func (s *Server) GraphURL() string { return s.url }

// DefenderURL is the address of Defender for Endpoint: its paths begin with /api.
func (s *Server) DefenderURL() string { return s.url + defenderPrefix }

// ManagementURL is the address of the Office 365 Management Activity API: its
// paths begin with /api/v1.0.
func (s *Server) ManagementURL() string { return s.url + managementPrefix }

// CAFile is the path of the PEM file with the certificate to trust.
func (s *Server) CAFile() string { return filepath.Join(s.dir, caFileName) }

// CAPEM is the certificate to trust, in PEM.
func (s *Server) CAPEM() []byte { return s.authority.pem }

// Transport returns a transport that trusts the simulation's CA. It is shared:
// Close closes its connections.
func (s *Server) Transport() http.RoundTripper { return s.transport }

// DirectoryID is the tenant's id.
func (s *Server) DirectoryID() string { return s.tenant.id }

// ClientID is the application id of the registered app.
func (s *Server) ClientID() string { return s.tenant.app.clientID }

// ClientSecret is the secret that the app was registered with.
func (s *Server) ClientSecret() string { return s.tenant.app.firstSecret }

// Domain is the tenant's default domain.
func (s *Server) Domain() string { return defaultDomain }

// Tenant is the simulated tenant, to be changed while clients read it.
func (s *Server) Tenant() *Tenant { return s.tenant }

// ExpirePageTokens makes every link to a next page that was given out so far
// fail as expired.
func (s *Server) ExpirePageTokens() { s.pages.expire(pageToken) }

// ExpireDeltaTokens makes every delta link that was given out so far fail as
// expired.
func (s *Server) ExpireDeltaTokens() { s.pages.expire(deltaToken) }
