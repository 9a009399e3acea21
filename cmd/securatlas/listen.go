package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// webFlags say where the web app is reached.
type webFlags struct {
	Listen         string   `env:"SECURATLAS_LISTEN" default:"127.0.0.1:8080" help:"Address and port to listen on." placeholder:"ADDR"`
	BaseURL        string   `env:"SECURATLAS_BASE_URL" help:"URL under which browsers reach SecurAtlas (default on loopback: http://localhost:PORT)." placeholder:"URL"`
	TLSCert        string   `env:"SECURATLAS_TLS_CERT" help:"TLS certificate chain, PEM." placeholder:"FILE"`
	TLSKey         string   `env:"SECURATLAS_TLS_KEY" help:"Key of the certificate, PEM." placeholder:"FILE"`
	TrustedProxies []string `env:"SECURATLAS_TRUSTED_PROXIES" help:"Networks of reverse proxies whose X-Forwarded-For is believed." placeholder:"CIDR"`
}

// web is a bound listener with the addresses that follow from it.
type web struct {
	listener net.Listener
	base     *url.URL
	proxies  []netip.Prefix
}

// bind listens first, so that a busy port is an error before anything starts,
// and checks the addresses.
func (f webFlags) bind() (*web, error) {
	if (f.TLSCert == "") != (f.TLSKey == "") {
		return nil, badUsage("--tls-cert and --tls-key go together")
	}
	proxies, err := prefixes(f.TrustedProxies)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(f.Listen)
	if err != nil {
		return nil, badUsage("--listen %q is not an address and port such as 127.0.0.1:8080", f.Listen)
	}
	if f.BaseURL != "" {
		if _, err := parseBaseURL(f.BaseURL); err != nil {
			return nil, err
		}
	} else if !loopback(host) {
		return nil, badUsage("--base-url is needed when --listen %q is not a loopback address: give the https URL under which browsers reach SecurAtlas", f.Listen)
	}
	var certificate tls.Certificate
	if f.TLSCert != "" {
		certificate, err = tls.LoadX509KeyPair(f.TLSCert, f.TLSKey)
		if err != nil {
			return nil, badUsage("TLS certificate: %w", err)
		}
	}
	listener, err := net.Listen("tcp", f.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	base := f.BaseURL
	if base == "" {
		scheme := "http"
		if f.TLSCert != "" {
			scheme = "https"
		}
		base = fmt.Sprintf("%s://localhost:%d", scheme, listener.Addr().(*net.TCPAddr).Port)
	}
	if f.TLSCert != "" {
		listener = tls.NewListener(listener, &tls.Config{
			Certificates: []tls.Certificate{certificate},
			MinVersion:   tls.VersionTLS12,
			NextProtos:   []string{"http/1.1"},
		})
	}
	u, err := parseBaseURL(base)
	if err != nil {
		listener.Close()
		return nil, err
	}
	return &web{listener: listener, base: u, proxies: proxies}, nil
}

// parseBaseURL accepts https URLs, and http ones on loopback: elsewhere a
// password and a session would cross the network in the clear.
func parseBaseURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, badUsage("--base-url %q is not a URL such as https://securatlas.example.com", s)
	}
	if strings.Trim(u.Path, "/") != "" {
		return nil, badUsage("--base-url %q has a path; SecurAtlas needs a host of its own", s)
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, badUsage("--base-url %q is plain http; use https, since sign-ins must not cross a network in the clear", s)
	}
	u.Path = ""
	return u, nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func prefixes(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			ip, ipErr := netip.ParseAddr(s)
			if ipErr != nil {
				return nil, badUsage("--trusted-proxies: %q is not a network such as 10.0.0.0/8", s)
			}
			p = netip.PrefixFrom(ip, ip.BitLen())
		}
		out = append(out, p)
	}
	return out, nil
}

// grace is how long requests under way may take to end. With what follows it
// stays below the ten seconds after which docker stop kills.
const grace = 5 * time.Second

// serve answers requests until the context ends, then lets those under way
// finish.
func (w *web) serve(ctx context.Context, handler http.Handler, log *slog.Logger) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       time.Minute,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(w.listener) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := server.Shutdown(end); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}
