package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.account("owner@contoso.com", store.Owner)

	for name, c := range map[string]struct{ email, password string }{
		"wrong password":  {"owner@contoso.com", "wrong horse battery"},
		"unknown account": {"nobody@contoso.com", testPassword},
		"nothing":         {"", ""},
	} {
		r := a.browser().post("/login", "email", c.email, "password", c.password)
		assert.Equal(t, http.StatusUnprocessableEntity, r.Status, name)
		assert.Equal(t, "The email address or the password is wrong.", r.text("[role=alert]"), name)
		assert.Empty(t, r.Cookie, name)
		assert.NotContains(t, r.Body, testPassword, name)
		if c.email != "" {
			assert.Equal(t, c.email, r.doc().Find("#f-email").AttrOr("value", ""), name)
		}
	}
	b := a.browser()
	r := b.post("/login", "email", " Owner@Contoso.com ", "password", testPassword, "next", "/account?a=1")
	assert.Equal(t, http.StatusSeeOther, r.Status)
	assert.Equal(t, "/account?a=1", r.location())
	assert.Equal(t, "/account", b.get("/login?next=/account").location(), "already signed in")

	r = a.browser().do(http.MethodPost, "/login?email=owner@contoso.com&password="+url.QueryEscape(testPassword), form("next", "/"))
	assert.Equal(t, http.StatusUnprocessableEntity, r.Status, "a password in an address is in every log")
}

func TestLogin_Audit(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.account("owner@contoso.com", store.Owner)
	b := a.browser()
	b.post("/login", "email", "owner@contoso.com", "password", "wrong horse battery")
	b.post("/login", "email", "my secret typed here", "password", "")
	b.post("/login", "email", "owner@contoso.com", "password", testPassword)
	entries, err := a.store.AuditEntries(t.Context(), 0, 0, 3)
	require.NoError(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Actor+" "+e.Action+" "+e.Detail)
	}
	assert.Equal(t, []string{
		"owner@contoso.com session.started from 127.0.0.1",
		"unknown session.refused from 127.0.0.1",
		"owner@contoso.com session.refused from 127.0.0.1",
	}, got)
}

func TestLogin_Limits(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.account("owner@contoso.com", store.Owner)
	b := a.browser()
	attempt := func(email string) answer { return b.post("/login", "email", email, "password", "x") }
	var r answer
	for i := range accountBurst + 1 {
		r = attempt("owner@contoso.com")
		if i < accountBurst {
			require.Equal(t, http.StatusUnprocessableEntity, r.Status, i)
		}
	}
	require.Equal(t, http.StatusTooManyRequests, r.Status)
	assert.Equal(t, "Too many attempts", r.text("h1"))
	wait, err := strconv.Atoi(r.Header.Get("Retry-After"))
	require.NoError(t, err)
	assert.Positive(t, wait)

	r = b.post("/login", "email", "OWNER@contoso.com", "password", testPassword)
	assert.Equal(t, http.StatusTooManyRequests, r.Status, "the right password does not help, nor another spelling")

	for range addressBurst {
		r = attempt("nobody@contoso.com")
	}
	assert.Equal(t, http.StatusTooManyRequests, r.Status, "one client, many accounts")

	a.clock.Advance(time.Minute)
	r = b.post("/login", "email", "owner@contoso.com", "password", testPassword)
	assert.Equal(t, http.StatusSeeOther, r.Status, "after the wait")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	t.Run("a refused attempt does not lengthen the wait", func(t *testing.T) {
		l := newLimits(accountRate, 1)
		assert.Zero(t, l.take("a", now))
		first := l.take("a", now)
		assert.Equal(t, first, l.take("a", now))
		assert.Zero(t, l.take("a", now.Add(first)))
	})
	t.Run("keys are apart", func(t *testing.T) {
		l := newLimits(accountRate, 1)
		assert.Zero(t, l.take("a", now))
		assert.Zero(t, l.take("b", now))
	})
	t.Run("memory is bounded", func(t *testing.T) {
		l := newLimits(accountRate, 1)
		for i := range 3*maxLimiters + 1 {
			l.take(strconv.Itoa(i), now)
		}
		assert.LessOrEqual(t, len(l.current)+len(l.past), 2*maxLimiters)
	})
	t.Run("a key in use survives a flood of others", func(t *testing.T) {
		l := newLimits(accountRate, 1)
		l.take("a", now)
		for i := range maxLimiters + 1 {
			l.take(strconv.Itoa(i), now)
		}
		assert.Positive(t, l.take("a", now))
	})
}

func TestAddressKey(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "203.0.113.9", addressKey("203.0.113.9"))
	assert.Equal(t, "203.0.113.9", addressKey("::ffff:203.0.113.9"))
	assert.Equal(t, addressKey("2001:db8::1"), addressKey("2001:db8::ffff:2"))
	assert.NotEqual(t, addressKey("2001:db8::1"), addressKey("2001:db8:0:1::1"))
}

func TestLocalPath(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/tenants/contoso?q=a#b":  "/tenants/contoso?q=a#b",
		"":                        "/",
		"tenants":                 "/",
		"//evil.example":          "/",
		"/\\evil.example":         "/",
		"/\t/evil.example":        "/",
		"https://evil.example":    "/",
		"javascript:alert(1)":     "/",
		"/%zz":                    "/",
		"/login?next=/login":      "/",
		"/logout":                 "/",
		"/a//b":                   "/a//b",
		"/a?next=//evil.example/": "/a?next=//evil.example/",
	} {
		assert.Equal(t, want, localPath(next), next)
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, seed := range []string{"/", "/a", "//a", "/\\a", "/\n/a", "http://a", "/%2f/a", "/a?b#c", "///a", "/.//a"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://securatlas.example/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := localPath(next)
		u, err := base.Parse(got)
		if err != nil || u.Host != base.Host || u.Scheme != base.Scheme {
			t.Fatalf("%q leads to %v, %v", next, u, err)
		}
		if strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\t\r\n") {
			t.Fatalf("%q would be read by a browser as another host", got)
		}
	})
}
