package simulator_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestApplications(t *testing.T) {
	t.Parallel()
	c := start(t)
	rows := c.all("/applications?$top=9")
	assert.Greater(t, len(rows), 24)
	assert.Equal(t, c.Tenant().ApplicationIDs(), column(rows, "id"))
	today := time.Now()
	found := map[string]int{}
	for _, a := range rows {
		secrets, certificates := a["passwordCredentials"].([]any), a["keyCredentials"].([]any)
		for _, s := range append(append([]any{}, secrets...), certificates...) {
			one := s.(map[string]any)
			ends, err := time.Parse(time.RFC3339, one["endDateTime"].(string))
			require.NoError(t, err)
			switch left := ends.Sub(today); {
			case left < 0:
				found["expired"]++
			case left < 30*24*time.Hour:
				found["soon"]++
			case left > 20*365*24*time.Hour:
				found["practically never"]++
			default:
				found["good"]++
			}
			if key, isKey := one["key"]; isKey {
				assert.Nil(t, key, "lists do not show keys")
				found["certificates"]++
			} else {
				assert.Len(t, one["hint"], 3)
				assert.Nil(t, one["secretText"])
			}
		}
		if len(secrets)+len(certificates) == 0 && len(c.ok("/applications/"+a["id"].(string)+"/federatedIdentityCredentials").rows()) > 0 {
			found["federated"]++
		}
	}
	for _, kind := range []string{"expired", "soon", "practically never", "good", "certificates", "federated"} {
		assert.NotZero(t, found[kind], kind)
	}
	own := c.ok("/applications(appId='" + c.ClientID() + "')?$select=id,passwordCredentials")
	assert.Equal(t, c.ClientSecret()[:3], own.body["passwordCredentials"].([]any)[0].(map[string]any)["hint"])
	assert.Equal(t, rows[0]["id"], own.body["id"])
	for _, a := range rows {
		if len(a["keyCredentials"].([]any)) > 0 {
			one := c.ok("/applications/" + a["id"].(string) + "?$select=keyCredentials").body["keyCredentials"].([]any)[0].(map[string]any)
			assert.NotEmpty(t, one["key"])
			break
		}
	}
}

func TestServicePrincipals(t *testing.T) {
	t.Parallel()
	c := start(t)
	rows := c.all("/servicePrincipals?$top=10")
	assert.Equal(t, c.Tenant().ServicePrincipalIDs(), column(rows, "id"))
	owned := map[string]bool{}
	for _, a := range c.all("/applications?$select=appId") {
		owned[a["appId"].(string)] = true
	}
	found := map[string]int{}
	for _, s := range rows {
		switch owner := s["appOwnerOrganizationId"]; {
		case s["servicePrincipalType"] == "ManagedIdentity":
			found["managed identity"]++
			assert.Len(t, s["alternativeNames"], 2)
			assert.Nil(t, owner)
		case owner == c.DirectoryID():
			found["own"]++
			assert.True(t, owned[s["appId"].(string)], "%v has an application", s["displayName"])
		case owner == "f8cdef31-a31e-4b4a-93e4-5f571e91255a":
			found["Microsoft"]++
		default:
			found["others"]++
		}
		if s["preferredSingleSignOnMode"] == "saml" {
			found["saml"]++
			assert.Len(t, s["keyCredentials"], 2)
		}
		if s["accountEnabled"] == false {
			found["disabled"]++
		}
	}
	assert.Equal(t, len(owned), found["own"])
	for _, kind := range []string{"managed identity", "Microsoft", "others", "saml", "disabled"} {
		assert.NotZero(t, found[kind], kind)
	}
	granted := 0
	for _, s := range rows {
		assignments := c.ok("/servicePrincipals/" + s["id"].(string) + "/appRoleAssignments").rows()
		for _, a := range assignments {
			assert.Equal(t, s["id"], a["principalId"])
		}
		granted += min(len(assignments), 1)
	}
	assert.Greater(t, granted, 4, "other apps have permissions too")
	c.Tenant().SetDefender(false, false)
	assert.Len(t, c.all("/servicePrincipals"), len(rows)-1)
}

func TestAddApplication(t *testing.T) {
	t.Parallel()
	c := start(t)
	principals := len(c.Tenant().ServicePrincipalIDs())
	id := c.Tenant().AddApplication(map[string]any{"displayName": "New", "passwordCredentials": []any{map[string]any{"hint": "abc", "keyId": "1", "endDateTime": "2030-01-01T00:00:00Z"}}})
	got := c.ok("/applications/" + id).body
	assert.Equal(t, "New", got["displayName"])
	assert.Len(t, got["passwordCredentials"], 1)
	assert.Equal(t, "New", c.ok("/servicePrincipals(appId='" + got["appId"].(string) + "')").body["displayName"])
	assert.Len(t, c.Tenant().ServicePrincipalIDs(), principals+1)
	require.True(t, c.Tenant().UpdateApplication(id, map[string]any{"passwordCredentials": []any{}}))
	assert.Empty(t, c.ok("/applications/" + id).body["passwordCredentials"])
	other := c.Tenant().AddApplication(nil)
	assert.NotEqual(t, got["appId"], c.ok("/applications/" + other).body["appId"])
	require.True(t, c.Tenant().RemoveApplication(id))
	assert.Equal(t, http.StatusNotFound, c.get("/applications/"+id).status)
	assert.NotContains(t, c.Tenant().ApplicationIDs(), id)
}

func TestSelectingKeysHasALimit(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at), throttled)
	for range 150 {
		c.ok("/applications?$select=id,keyCredentials&$top=1")
	}
	r := c.get("/servicePrincipals?$select=id,keyCredentials")
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.Equal(t, "60", r.header.Get("Retry-After"))
	c.ok("/applications?$select=id,passwordCredentials")
}
