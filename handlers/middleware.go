package handlers

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"

	"github.com/securatlas/securatlas/static"
)

const (
	// requestTime bounds what a page may take: a connection test asks
	// Microsoft several times. Exports take as long as they take.
	requestTime = 60 * time.Second
	bodyLimit   = "1M"

	contentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
		"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

// use sets up what happens to every request, outermost first.
func (s *server) use(e *echo.Echo) {
	e.Pre(s.identify, s.secure)
	e.Use(
		s.logAccess,
		middleware.RecoverWithConfig(middleware.RecoverConfig{
			DisableErrorHandler: true, // so that fail writes it, once
			LogErrorFunc: func(_ echo.Context, err error, stack []byte) error {
				return fmt.Errorf("panic: %w\n%s", err, stack)
			},
		}),
		s.canonicalHost,
		s.sameOrigin,
		middleware.BodyLimit(bodyLimit),
		middleware.GzipWithConfig(middleware.GzipConfig{
			MinLength: 1024,
			Skipper:   func(c echo.Context) bool { return strings.HasPrefix(c.Request().URL.Path, static.Prefix) },
		}),
		s.bound,
	)
}

// bound ends what takes too long. An error page is made after that, so the
// request gets its own context back.
func (s *server) bound(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if isExport(c) {
			return next(c)
		}
		r := c.Request()
		ctx, cancel := context.WithTimeout(r.Context(), requestTime)
		defer cancel()
		c.SetRequest(r.WithContext(ctx))
		defer c.SetRequest(r)
		return next(c)
	}
}

// isExport reports whether a request asks for /tenants/{slug}/export/….
func isExport(c echo.Context) bool {
	return strings.HasPrefix(c.Path(), "/tenants/:slug/export/")
}

// identify gives a request the reference that an error page shows and the log
// has. What a client sends as such is not believed.
func (s *server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Set(echo.HeaderXRequestID, rand.Text()[:16])
		return next(c)
	}
}

func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// secure sets the headers that every answer carries.
func (s *server) secure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", contentSecurityPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		if s.https() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		// Pages hold a tenant's data; static files set their own.
		h.Set("Cache-Control", "no-store")
		return next(c)
	}
}

// logAccess writes one line for each request: the path without its query, which
// may hold what somebody searched for.
func (s *server) logAccess(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		if err := next(c); err != nil {
			c.Error(err)
		}
		level := slog.LevelInfo
		if path := c.Request().URL.Path; path == "/healthz" || path == "/readyz" || strings.HasPrefix(path, static.Prefix) {
			level = slog.LevelDebug
		}
		s.log.LogAttrs(c.Request().Context(), level, "request",
			slog.String("request_id", requestID(c)), slog.String("method", c.Request().Method),
			slog.String("path", c.Request().URL.Path), slog.Int("status", c.Response().Status),
			slog.Int64("bytes", c.Response().Size), slog.Duration("took", time.Since(start)),
			slog.String("address", c.RealIP()))
		return nil
	}
}

// sameOrigin refuses changes that another site asks the browser to make.
func (s *server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.crossCheck.Check(c.Request()); err != nil {
			return fmt.Errorf("%w: %w", errCrossOrigin, err)
		}
		return next(c)
	}
}

// canonicalHost sends pages that are asked for under another name of this
// machine to the base URL's: Microsoft returns people to http only on
// localhost, and a session made on 127.0.0.1 does not exist there.
func (s *server) canonicalHost(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Method != http.MethodGet && r.Method != http.MethodHead || hostless(r.URL.Path) {
			return next(c)
		}
		host, port := splitHost(r.Host)
		baseHost, basePort := splitHost(s.base.Host)
		if host == baseHost || port != basePort || !isLoopback(host) || !isLoopback(baseHost) {
			return next(c)
		}
		return c.Redirect(http.StatusTemporaryRedirect, s.base.Scheme+"://"+s.base.Host+r.URL.RequestURI())
	}
}

// hostless reports whether a path answers under every name: probes and files.
func hostless(path string) bool {
	return path == "/healthz" || path == "/readyz" || strings.HasPrefix(path, static.Prefix)
}

// splitHost returns the name and port of a Host header; port is empty when it
// has none.
func splitHost(host string) (name, port string) {
	if name, port, err := net.SplitHostPort(host); err == nil {
		return strings.ToLower(name), port
	}
	return strings.ToLower(strings.Trim(host, "[]")), ""
}

func isLoopback(name string) bool {
	if name == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.IsLoopback()
}

// clientAddress tells who the client is. Without trusted proxies it is the
// connection's other end, whatever its headers say.
func clientAddress(proxies []netip.Prefix) echo.IPExtractor {
	if len(proxies) == 0 {
		return echo.ExtractIPDirect()
	}
	trust := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, p := range proxies {
		trust = append(trust, echo.TrustIPRange(&net.IPNet{
			IP:   p.Masked().Addr().AsSlice(),
			Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen()),
		}))
	}
	return echo.ExtractIPFromXFFHeader(trust...)
}
