package simulator_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRiskyUsers(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(3000))
	rows := c.all("/identityProtection/riskyUsers")
	assert.Greater(t, len(rows), 25, "more than a page")
	states, levels := map[any]int{}, map[any]int{}
	for _, r := range rows {
		states[r["riskState"]]++
		levels[r["riskLevel"]]++
		assert.Equal(t, c.Tenant().User(r["id"].(string))["userPrincipalName"], r["userPrincipalName"])
	}
	assert.Len(t, states, 4)
	assert.Len(t, levels, 4)
	assert.Len(t, c.all("/identityProtection/riskyUsers?$top=500&$filter=riskState eq 'atRisk'"), states["atRisk"])
	assert.Equal(t, http.StatusBadRequest, c.get("/identityProtection/riskyUsers?$top=501").status)

	gone := rows[0]["id"].(string)
	require.True(t, c.Tenant().RemoveUser(gone))
	assert.Equal(t, true, c.ok("/identityProtection/riskyUsers/" + gone).body["isDeleted"])
	user := c.Tenant().UserIDs()[0]
	require.True(t, c.Tenant().SetRisk(user, map[string]any{"riskLevel": "high", "riskState": "confirmedCompromised"}))
	assert.Equal(t, "confirmedCompromised", byID(c.all("/identityProtection/riskyUsers?$top=500"))[user]["riskState"])
	require.True(t, c.Tenant().SetRisk(user, nil))
	assert.NotContains(t, byID(c.all("/identityProtection/riskyUsers?$top=500")), user)
	assert.False(t, c.Tenant().SetRisk("nobody", nil))
}

func TestRiskSaysForbiddenInTwoWays(t *testing.T) {
	t.Parallel()
	c := start(t)
	refused := func() reply {
		r := c.get("/identityProtection/riskyUsers")
		assert.Equal(t, http.StatusForbidden, r.status)
		assert.Equal(t, "Forbidden", r.code())
		return r
	}
	c.Tenant().SetPremiumP2(false)
	assert.Equal(t, "Your tenant is not licensed for this feature.", refused().message())
	c.Tenant().SetPremiumP2(true)
	c.Tenant().Revoke("IdentityRiskyUser.Read.All")
	c.refresh()
	assert.Equal(t, "You cannot perform the requested operation, required scopes are missing in the token.", refused().message())
}

func TestRiskSharesTheLimitOfConditionalAccess(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at), throttled)
	c.ok("/identity/conditionalAccess/policies")
	r := c.get("/identityProtection/riskyUsers")
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.Empty(t, r.header.Get("Retry-After"))
	at.advance(time.Second)
	c.get("/identityProtection/riskyUsers")
	at.advance(time.Second)
	c.ok("/identityProtection/riskyUsers")
}
