package handlers

import (
	"net/http"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

func signIn(t *testing.T, b *browser) *http.Cookie {
	t.Helper()
	r := b.post("/login", "email", "owner@contoso.com", "password", testPassword)
	require.Equal(t, http.StatusSeeOther, r.Status)
	require.Len(t, r.Cookie, 1)
	return r.Cookie[0]
}

func TestSession_CookieFlags(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tls  bool
		name string
	}{
		"http":  {false, "securatlas"},
		"https": {true, "__Host-securatlas"},
	} {
		a := newAppWith(t, appOptions{tls: c.tls})
		a.account("owner@contoso.com", store.Owner)
		cookie := signIn(t, a.browser())
		assert.Equal(t, c.name, cookie.Name, name)
		assert.Equal(t, c.tls, cookie.Secure, name)
		assert.True(t, cookie.HttpOnly, name)
		assert.Equal(t, http.SameSiteLaxMode, cookie.SameSite, name)
		assert.Equal(t, "/", cookie.Path, name)
		assert.Empty(t, cookie.Domain, name)
		assert.Zero(t, cookie.MaxAge, "%s: it ends with the browser", name)
		assert.Len(t, cookie.Value, 43, "%s: 256 bits", name)
	}
}

func TestSession_DatabaseHoldsTheHashOnly(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	account := a.account("owner@contoso.com", store.Owner)
	cookie := signIn(t, a.browser())
	rows, err := a.store.SessionsOf(t.Context(), account.ID)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	assert.Equal(t, hashID(cookie.Value), rows[0].Hash)
	assert.NotContains(t, string(rows[0].Data), cookie.Value)
	assert.Equal(t, "127.0.0.1", rows[0].Address)
}

func TestSession_RotatesAtSignIn(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.account("owner@contoso.com", store.Owner)

	t.Run("an id planted before is not used", func(t *testing.T) {
		b := a.browser()
		b.client.Jar.SetCookies(mustURL(t, a.url), []*http.Cookie{{Name: "securatlas", Value: "planted", Path: "/"}})
		cookie := signIn(t, b)
		assert.NotEqual(t, "planted", cookie.Value)
		assert.Equal(t, http.StatusSeeOther, a.browser().get("/account", "Cookie", "securatlas=planted").Status)
	})
	t.Run("a second sign-in ends the first session", func(t *testing.T) {
		b := a.browser()
		first, second := signIn(t, b), signIn(t, b)
		assert.NotEqual(t, first.Value, second.Value)
		assert.Equal(t, http.StatusSeeOther, a.browser().get("/account", "Cookie", "securatlas="+first.Value).Status)
		assert.Equal(t, http.StatusOK, b.get("/account").Status)
	})
}

func TestSession_SignOut(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.account("owner@contoso.com", store.Owner)
	b := a.browser()
	cookie := signIn(t, b)
	r := b.post("/logout")
	assert.Equal(t, "/login", r.location())
	require.Len(t, r.Cookie, 1)
	assert.Negative(t, r.Cookie[0].MaxAge)
	assert.Equal(t, http.StatusSeeOther, a.browser().get("/account", "Cookie", "securatlas="+cookie.Value).Status,
		"a copy of the cookie must be worth nothing")
	assert.Equal(t, http.StatusSeeOther, a.browser().post("/logout").Status, "nobody can sign out twice, and need not")
	assert.Equal(t, http.StatusMethodNotAllowed, b.get("/logout").Status, "a link must not sign anybody out")
}

func TestSession_IdleEnd(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.owner()
	for range 3 {
		a.clock.Advance(11 * time.Hour)
		require.Equal(t, http.StatusOK, b.get("/account").Status, "use keeps it alive")
	}
	a.clock.Advance(12*time.Hour + time.Minute)
	assert.Equal(t, http.StatusSeeOther, b.get("/account").Status)

	account, err := a.store.AccountByEmail(t.Context(), "owner@contoso.com")
	require.NoError(t, err)
	signIn(t, a.browser())
	rows, err := a.store.SessionsOf(t.Context(), account.ID)
	require.NoError(t, err)
	assert.Len(t, rows, 1, "the next sign-in clears the ended one away")
}

func TestSession_EndsWithTheAccount(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	owner := a.owner()
	viewer := a.account("v@contoso.com", store.Viewer)
	b := a.as(viewer)
	require.Equal(t, http.StatusOK, b.get("/account").Status)
	require.NoError(t, a.store.DeleteAccount(t.Context(), store.Actor{Name: "test"}, viewer.ID))
	assert.Equal(t, http.StatusSeeOther, b.get("/account").Status)
	assert.Equal(t, http.StatusOK, owner.get("/account").Status)
}

func TestSession_RoleChangeHoldsAtOnce(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.owner()
	second := a.account("second@contoso.com", store.Owner)
	b := a.as(second)
	require.Equal(t, http.StatusOK, b.get("/accounts").Status)
	require.NoError(t, a.store.UpdateAccount(t.Context(), store.Actor{Name: "test"}, second.ID, store.Viewer, nil))
	assert.Equal(t, http.StatusForbidden, b.get("/accounts").Status)
}

func TestAccount_RevokeSessions(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	account := a.account("owner@contoso.com", store.Owner)
	here, there := a.as(account), a.as(account)
	other := a.account("other@contoso.com", store.Viewer)
	stranger := a.as(other)

	page := here.get("/account")
	assert.Equal(t, 2, page.doc().Find("[data-testid=session]").Length())
	key, ok := page.doc().Find("input[name=session]").Attr("value")
	require.True(t, ok)

	r := stranger.post("/account/sessions/revoke", "session", key)
	assert.Equal(t, http.StatusNotFound, r.Status, "sessions of others are nobody's business")
	require.Equal(t, http.StatusOK, there.get("/account").Status)

	r = here.post("/account/sessions/revoke", "session", key)
	assert.Equal(t, "/account", r.location())
	assert.Equal(t, http.StatusSeeOther, there.get("/account").Status)
	page = here.get("/account")
	assert.Equal(t, "The session was ended.", page.text("[data-testid=flash]"))
	assert.Empty(t, here.get("/account").text("[data-testid=flash]"), "a message is shown once")

	entries, err := a.store.AuditEntries(t.Context(), 0, 0, 1)
	require.NoError(t, err)
	assert.Equal(t, "session.ended", entries[0].Action)

	again := a.as(account)
	r = here.post("/account/sessions/revoke-all")
	assert.Equal(t, "/login", r.location())
	assert.Equal(t, http.StatusSeeOther, here.get("/account").Status)
	assert.Equal(t, http.StatusSeeOther, again.get("/account").Status)
	assert.Equal(t, http.StatusOK, stranger.get("/account").Status)
}

func TestLogout_IsAudited(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.owner()
	b.post("/logout")
	b.post("/logout")
	entries, err := a.store.AuditEntries(t.Context(), 0, 0, 10)
	require.NoError(t, err)
	var ended []string
	for _, e := range entries {
		if e.Action == "session.ended" {
			ended = append(ended, e.Actor)
		}
	}
	assert.Equal(t, []string{"owner@contoso.com"}, ended, "nobody signs out twice")
}

func TestAccount_ChangePassword(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	account := a.account("owner@contoso.com", store.Owner)
	here, there := a.as(account), a.as(account)
	const next = "another good password"
	for name, c := range map[string]struct{ old, password, again, field string }{
		"wrong old": {"not my password", next, next, "old_password"},
		"too short": {testPassword, "short", "short", "password"},
		"differ":    {testPassword, next, next + "x", "password_again"},
	} {
		r := here.post("/account/password", "old_password", c.old, "password", c.password, "password_again", c.again)
		assert.Equal(t, http.StatusUnprocessableEntity, r.Status, name)
		invalid := r.doc().Find("[aria-invalid=true]").Map(func(_ int, e *goquery.Selection) string { return e.AttrOr("name", "") })
		assert.Equal(t, []string{c.field}, invalid, name)
		assert.NotContains(t, r.Body, next, name)
	}
	before := here.client.Jar.Cookies(mustURL(t, a.url))[0].Value
	r := here.post("/account/password", "old_password", testPassword, "password", next, "password_again", next)
	assert.Equal(t, "/account", r.location())
	assert.Contains(t, here.get("/account").text("[data-testid=flash]"), "Your password was changed")
	assert.NotEqual(t, before, here.client.Jar.Cookies(mustURL(t, a.url))[0].Value, "a new session id")
	assert.Equal(t, http.StatusSeeOther, there.get("/account").Status, "signed out everywhere else")
	_, err := a.store.CheckPassword(t.Context(), account.Email, next)
	assert.NoError(t, err)
}
