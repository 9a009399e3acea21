package handlers

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

func TestSetup(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	assert.Equal(t, http.StatusOK, b.get("/setup").Status)
	try := func(code, email, password, again string) answer {
		return b.post("/setup", "code", code, "email", email, "password", password, "password_again", again)
	}
	for name, c := range map[string]struct{ code, email, password, again, field string }{
		"wrong code":   {"WRONG", "o@contoso.com", testPassword, testPassword, "code"},
		"no code":      {"", "o@contoso.com", testPassword, testPassword, "code"},
		"email":        {testCode, "nonsense", testPassword, testPassword, "email"},
		"short":        {testCode, "o@contoso.com", "short", "short", "password"},
		"differ":       {testCode, "o@contoso.com", testPassword, "x", "password_again"},
		"no passwords": {testCode, "o@contoso.com", "", "", "password"},
	} {
		r := try(c.code, c.email, c.password, c.again)
		assert.Equal(t, http.StatusUnprocessableEntity, r.Status, name)
		assert.Equal(t, 1, r.doc().Find("[name="+c.field+"][aria-invalid=true]").Length(), name)
		assert.NotContains(t, r.Body, testPassword, name)
		assert.NotContains(t, r.Body, testCode, name)
		has, err := a.store.HasOwner(t.Context())
		require.NoError(t, err)
		require.False(t, has, name)
	}
	r := try(" "+testCode+" ", "o@contoso.com", testPassword, testPassword)
	require.Equal(t, http.StatusSeeOther, r.Status)
	assert.Equal(t, http.StatusOK, b.get("/accounts").Status, "signed in as an owner")

	assert.Equal(t, "/login", a.browser().get("/setup").location(), "closed")
	r = a.browser().post("/setup", "code", testCode, "email", "x@contoso.com", "password", testPassword, "password_again", testPassword)
	assert.Equal(t, "/login", r.location(), "closed")
	accounts, err := a.store.Accounts(t.Context())
	require.NoError(t, err)
	assert.Len(t, accounts, 1)
}

func TestSetup_NoCodeNoOwner(t *testing.T) {
	t.Parallel()
	a := newAppWith(t, appOptions{config: func(c *Config) { c.SetupCode = "" }})
	r := a.browser().post("/setup", "code", "", "email", "o@contoso.com", "password", testPassword, "password_again", testPassword)
	assert.Equal(t, http.StatusUnprocessableEntity, r.Status)
}

func TestSetup_OneFirstOwnerOnly(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	var wg sync.WaitGroup
	for _, email := range []string{"a@contoso.com", "b@contoso.com", "c@contoso.com"} {
		b := a.browser()
		wg.Go(func() {
			b.post("/setup", "code", testCode, "email", email, "password", testPassword, "password_again", testPassword)
		})
	}
	wg.Wait()
	accounts, err := a.store.Accounts(t.Context())
	require.NoError(t, err)
	require.Len(t, accounts, 1)
	assert.Equal(t, store.Owner, accounts[0].Role)
}

func TestSetup_GuessingIsSlow(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.browser()
	var r answer
	for range addressBurst + 1 {
		r = b.post("/setup", "code", "guess")
	}
	assert.Equal(t, http.StatusTooManyRequests, r.Status)
	assert.NotEmpty(t, r.Header.Get("Retry-After"))
}
