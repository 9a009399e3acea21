package simulator_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReportsLimit(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at), throttled)
	const path = "/users?$select=id,signInActivity&$top=10"
	for range 5 {
		c.ok(path)
	}
	at.advance(3 * time.Second)
	r := c.get(path)
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.Equal(t, "UnknownError", r.code())
	assert.Equal(t, "7", r.header.Get("Retry-After"))
	c.ok("/users?$select=id") // plain lists are not under that limit
	at.advance(7 * time.Second)
	for range 4 {
		c.ok(path)
	}
	for range 5 {
		r = c.get(path)
	}
	assert.Equal(t, "10", r.header.Get("Retry-After"), "refused requests count too")
	at.advance(9 * time.Second)
	assert.Equal(t, http.StatusTooManyRequests, c.get(path).status)
	at.advance(10 * time.Second)
	c.ok(path)
}

func TestConditionalAccessLimit(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at), throttled)
	c.ok("/identity/conditionalAccess/policies")
	at.advance(900 * time.Millisecond)
	r := c.get("/identity/conditionalAccess/namedLocations")
	assert.Equal(t, http.StatusTooManyRequests, r.status, "one a second for both together")
	assert.Equal(t, "TooManyRequests", r.code())
	assert.Empty(t, r.header.Get("Retry-After"), "this service sends none")
	at.advance(time.Second)
	c.ok("/beta/identity/conditionalAccess/namedLocations")
}

func TestResourceUnits(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withUsers(10), withClock(at), throttled) // a small tenant: 3,500 in 10 seconds
	group := c.Tenant().GroupIDs()[0]
	var r reply
	spent := 0
	for spent <= 3500 {
		if r = c.get("/groups/" + group + "/transitiveMembers"); r.status != http.StatusOK {
			break
		}
		spent += 5
	}
	require.Equal(t, http.StatusTooManyRequests, r.status)
	assert.Equal(t, 3500, spent)
	assert.Equal(t, "10", r.header.Get("Retry-After"))
	assert.Equal(t, "ResourceUnitLimitExceeded", r.header.Get("x-ms-throttle-information"))
	assert.Contains(t, r.header.Get("x-ms-throttle-scope"), "Tenant_Application/Read/"+c.ClientID())
	at.advance(time.Second) // 350 units are back
	r = c.ok("/groups/" + group + "/transitiveMembers")
	assert.NotEmpty(t, r.header.Get("x-ms-throttle-limit-percentage"))
	c.refresh()
	at.advance(10 * time.Second)
	assert.Empty(t, c.ok("/users").header.Get("x-ms-throttle-limit-percentage"))
}
