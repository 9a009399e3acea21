package simulator_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestGraphJudgesTokens(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at))
	defender := c.mustToken(c.DefenderURL() + "/.default")
	tampered := c.token[:len(c.token)-8] + "AAAAAAAA"
	for name, test := range map[string]struct{ authorization, message string }{
		"none":              {"", "Access token is empty."},
		"nothing in it":     {"Bearer", "UnableToParseTokens"},
		"garbage":           {"Bearer nope", "Protocol 'Bearer' failed to validate because The token could not be read."},
		"of another scheme": {"Basic bm9wZTpub3Bl", "Protocol 'Bearer' failed to validate because The token could not be read."},
		"changed":           {"Bearer " + tampered, "Access token validation failure. Invalid signature."},
		"for Defender":      {"Bearer " + defender, "Access token validation failure. Invalid audience."},
	} {
		r := c.get("/organization", map[string]string{"Authorization": test.authorization})
		assert.Equal(t, http.StatusUnauthorized, r.status, name)
		assert.Equal(t, "InvalidAuthenticationToken", r.code(), name)
		assert.Equal(t, test.message, r.message(), name)
		assert.Contains(t, r.header.Get("WWW-Authenticate"), "Bearer", name)
	}
	at.advance(time.Hour)
	r := c.get("/organization")
	assert.Equal(t, http.StatusUnauthorized, r.status)
	assert.Equal(t, "Lifetime validation failed, the token is expired.", r.message())
	c.refresh()
	c.ok("/organization")
}

func TestDisablingTheAppEndsLongLivedTokensOnly(t *testing.T) {
	t.Parallel()
	c := start(t)
	form := c.form(c.GraphURL() + "/.default")
	form.Set("claims", `{"access_token":{"xms_cc":{"values":["CP1"]}}}`)
	_, body := c.tokenRequest(c.DirectoryID(), form)
	c.Tenant().DisableApp(true)
	c.ok("/organization")
	c.token = body["access_token"].(string)
	r := c.get("/organization")
	assert.Equal(t, http.StatusUnauthorized, r.status)
	assert.Contains(t, r.message(), "TokenIssuedBeforeRevocationTimestamp")
	assert.Contains(t, r.header.Get("WWW-Authenticate"), `error="insufficient_claims"`)
}
