package simulator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

func TestUsersPagingReadsEveryUserOnce(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(2345))
	for _, path := range []string{"/users", "/users?$top=999", "/users?$select=id&$top=7&$filter=userType eq 'Guest'", "/users?$orderby=displayName&$top=300"} {
		rows := c.all(path)
		ids := column(rows, "id")
		if strings.Contains(path, "$filter") {
			assert.NotEmpty(t, ids)
			assert.Subset(t, c.Tenant().UserIDs(), ids)
		} else {
			assert.ElementsMatch(t, c.Tenant().UserIDs(), ids, path)
		}
		seen := map[string]bool{}
		for _, id := range ids {
			assert.False(t, seen[id], "%s: %s came twice", path, id)
			seen[id] = true
		}
	}
	assert.Len(t, c.ok("/users").rows(), 100)
	assert.Len(t, c.ok("/users?$top=999").rows(), 999)
}

func TestUsersChangedBetweenPages(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(300))
	ids := c.Tenant().UserIDs()
	first := c.ok("/users?$select=id&$top=100")
	// Removing users of the first page must not shift what the next page shows.
	c.Tenant().RemoveUser(ids[3])
	c.Tenant().RemoveUser(ids[150])
	added := c.Tenant().AddUser(map[string]any{"displayName": "New"})
	rest := column(c.all(first.next()), "id")
	assert.Equal(t, ids[100], rest[0])
	assert.NotContains(t, rest, ids[150])
	assert.Equal(t, added, rest[len(rest)-1])
	assert.Len(t, rest, 200)
}

func TestUsersSelect(t *testing.T) {
	t.Parallel()
	c := start(t)
	t.Run("the default set and nothing else", func(t *testing.T) {
		for _, user := range c.ok("/users").rows() {
			assert.ElementsMatch(t, []string{"businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone",
				"officeLocation", "preferredLanguage", "surname", "userPrincipalName"}, keys(user))
		}
	})
	t.Run("what is selected and nothing else, not even the id", func(t *testing.T) {
		r := c.ok("/users?$select=displayName,ACCOUNTENABLED")
		for _, user := range r.rows() {
			assert.ElementsMatch(t, []string{"displayName", "accountEnabled"}, keys(user))
		}
		assert.True(t, strings.HasSuffix(r.body["@odata.context"].(string), "/v1.0/$metadata#users(displayName,accountEnabled)"))
	})
	t.Run("an unknown property", func(t *testing.T) {
		r := c.get("/users?$select=id,nosuch")
		assert.Equal(t, http.StatusBadRequest, r.status)
		assert.Contains(t, r.message(), "Could not find a property named 'nosuch' on type 'microsoft.graph.user'.")
	})
	t.Run("a property that is kept elsewhere", func(t *testing.T) {
		r := c.get("/users?$select=id,aboutMe")
		assert.Equal(t, http.StatusNotImplemented, r.status)
		assert.Equal(t, "NotImplemented", r.code())
		assert.Equal(t, "This operation target is not yet supported.", r.message())
	})
	t.Run("every property of the type can be read", func(t *testing.T) {
		r := c.ok("/users?$top=999&$select=" + strings.Join(readableUserProperties, ","))
		for _, user := range r.rows() {
			for _, name := range readableUserProperties {
				_, present := user[name]
				assert.True(t, present || name == "signInActivity", "%s of %s", name, user["displayName"])
			}
		}
	})
}

var readableUserProperties = strings.Split("id,userPrincipalName,displayName,mail,accountEnabled,userType,createdDateTime,creationType,externalUserState,"+
	"externalUserStateChangeDateTime,jobTitle,department,companyName,officeLocation,country,city,usageLocation,employeeId,employeeType,employeeHireDate,"+
	"onPremisesSyncEnabled,onPremisesLastSyncDateTime,onPremisesImmutableId,onPremisesSamAccountName,onPremisesDistinguishedName,onPremisesDomainName,"+
	"onPremisesUserPrincipalName,onPremisesSecurityIdentifier,onPremisesExtensionAttributes,onPremisesProvisioningErrors,lastPasswordChangeDateTime,"+
	"passwordPolicies,signInSessionsValidFromDateTime,assignedLicenses,licenseAssignmentStates,assignedPlans,provisionedPlans,isResourceAccount,proxyAddresses,"+
	"otherMails,imAddresses,identities,mobilePhone,businessPhones,preferredLanguage,givenName,surname,mailNickname,perUserMfaState,securityIdentifier,"+
	"showInAddressList,state,streetAddress,postalCode,faxNumber,ageGroup,consentProvidedForMinor,legalAgeGroupClassification,deletedDateTime,signInActivity", ",")

func keys(m map[string]any) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	return out
}

func TestUsersTop(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(1200))
	for _, top := range []string{"0", "1000", "5000"} {
		r := c.get("/users?$top=" + top)
		assert.Equal(t, http.StatusBadRequest, r.status)
		assert.Equal(t, "Request_UnsupportedQuery", r.code())
		assert.Equal(t, fmt.Sprintf("Invalid page size specified: '%s'. Must be between 1 and 999 inclusive.", top), r.message())
	}
	for _, top := range []string{"-1", "ten", ""} {
		assert.Equal(t, http.StatusBadRequest, c.get("/users?$top="+top).status, top)
	}
	assert.Len(t, c.ok("/users?$top=1").rows(), 1)
	assert.Len(t, c.ok("/users?$select=id,signInActivity&$top=999").rows(), 500, "pages with signInActivity are smaller")
	assert.Len(t, c.ok("/users?$select=id,signInActivity&$top=20").rows(), 20)
	assert.Len(t, c.all("/users?$select=id,signInActivity&$top=999"), 1200)
}

func TestUsersSkipIsRefused(t *testing.T) {
	t.Parallel()
	r := start(t).get("/users?$skip=10")
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.Equal(t, "'$skip' is not supported by the service.", r.message())
}

func TestPageTokens(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(300))
	next := c.ok("/users?$top=50&$select=id,displayName").next()
	require.NotEmpty(t, next)
	t.Run("the link repeats the query", func(t *testing.T) {
		assert.Contains(t, next, "$select=id%2CdisplayName")
		assert.Len(t, c.ok(next).rows(), 50)
		assert.Len(t, c.ok(next).rows(), 50, "a link works again")
	})
	t.Run("a made-up token", func(t *testing.T) {
		r := c.get("/users?$skiptoken=abc")
		assert.Equal(t, http.StatusBadRequest, r.status)
		assert.Equal(t, "Request_UnsupportedQuery", r.code())
		assert.Equal(t, "Unable to execute query; invalid page token specified.", r.message())
	})
	t.Run("on another path, or with another query", func(t *testing.T) {
		assert.Equal(t, http.StatusBadRequest, c.get(strings.Replace(next, "/users?", "/groups?", 1)).status)
		assert.Equal(t, http.StatusBadRequest, c.get(strings.Replace(next, "$top=50", "$top=51", 1)).status)
	})
	t.Run("an expired token", func(t *testing.T) {
		c.ExpirePageTokens()
		r := c.get(next)
		assert.Equal(t, http.StatusBadRequest, r.status)
		assert.Equal(t, "Directory_ExpiredPageToken", r.code())
		assert.Equal(t, "The specified page token value has expired and can no longer be included in your request.", r.message())
		assert.NotEmpty(t, c.ok("/users?$top=50").next(), "the list can be read anew")
	})
}

func TestSingleUser(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(200))
	user := c.ok("/users?$filter=userType eq 'Guest'&$select=id,userPrincipalName&$top=1").rows()[0]
	byID := c.ok("/users/" + user["id"].(string))
	assert.Equal(t, user["userPrincipalName"], byID.body["userPrincipalName"])
	assert.True(t, strings.HasSuffix(byID.body["@odata.context"].(string), "#users/$entity"))
	upn := strings.ReplaceAll(user["userPrincipalName"].(string), "#", "%23")
	assert.Equal(t, user["id"], c.ok("/users/" + upn).body["id"])
	assert.Equal(t, user["id"], c.ok("/users('" + user["id"].(string) + "')").body["id"])
	assert.Equal(t, http.StatusOK, c.get("/users/"+user["id"].(string)+"?$select=signInActivity").status)
	assert.Equal(t, http.StatusBadRequest, c.get("/users/"+upn+"?$select=signInActivity").status, "sign-in dates need the id")

	missing := c.get("/users/00000000-0000-4000-8000-000000000000")
	assert.Equal(t, http.StatusNotFound, missing.status)
	assert.Equal(t, "Request_ResourceNotFound", missing.code())
	assert.Equal(t, "Resource '00000000-0000-4000-8000-000000000000' does not exist or one of its queried reference-property objects are not present.", missing.message())
}

func TestUsersOfEveryKind(t *testing.T) {
	t.Parallel()
	const users = 3000
	c := start(t, withUsers(users))
	rows := c.all("/users?$top=500&$select=" + strings.Join(readableUserProperties, ","))
	upns, ids := map[string]bool{}, map[string]bool{}
	counts := map[string]int{}
	for _, u := range rows {
		upn := strings.ToLower(u["userPrincipalName"].(string))
		assert.False(t, upns[upn], "%s twice", upn)
		upns[upn] = true
		ids[u["id"].(string)] = true
		count := func(name string, yes bool) {
			if yes {
				counts[name]++
			}
		}
		count("guests", u["userType"] == "Guest")
		count("disabled", u["accountEnabled"] == false)
		count("synced", u["onPremisesSyncEnabled"] == true)
		count("rooms", u["isResourceAccount"] == true)
		count("no department", u["department"] == nil)
		count("no sign-in", u["signInActivity"] == nil)
		if u["userType"] == "Guest" {
			assert.Contains(t, upn, "#ext#@")
			assert.NotNil(t, u["externalUserState"])
		}
		if activity, ok := u["signInActivity"].(map[string]any); ok {
			count("never in the background", activity["lastNonInteractiveSignInDateTime"] == "0001-01-01T00:00:00Z")
		}
	}
	assert.Len(t, ids, users)
	share := func(name string, from, to float64) {
		assert.InDelta(t, (from+to)/2, 100*float64(counts[name])/users, (to-from)/2, name)
	}
	share("guests", 6, 10)
	share("disabled", 4, 10)
	share("synced", 45, 70)
	share("rooms", 0.5, 3)
	share("no department", 8, 25)
	share("no sign-in", 4, 15)
	share("never in the background", 5, 35)
	names := column(rows, "displayName")
	assert.Contains(t, names, `=HYPERLINK("https://contoso.com","Click")`)
	assert.Contains(t, names, "山田 太郎")
	assert.Contains(t, names, "Siobhán O'Brien-D'Angelo")
}

// Names are combined from lists: the addresses stay unique at any size.
func TestAddressesStayUnique(t *testing.T) {
	t.Parallel()
	const users = 120_000
	upns := map[string]bool{}
	for _, upn := range column(start(t, withUsers(users)).all("/users?$select=userPrincipalName&$top=999"), "userPrincipalName") {
		require.False(t, upns[strings.ToLower(upn)], upn)
		upns[strings.ToLower(upn)] = true
	}
	assert.Len(t, upns, users)
}

func TestSameSeedSameTenant(t *testing.T) {
	t.Parallel()
	at := newClock()
	all := "/users?$top=500&$select=" + strings.Join(readableUserProperties, ",")
	a, b, other := start(t, withUsers(400), withClock(at)), start(t, withUsers(400), withClock(at)), start(t, withUsers(400), withClock(at), func(o *simulator.Options) { o.Seed = 8 })
	assert.Equal(t, a.DirectoryID(), b.DirectoryID())
	assert.Equal(t, a.ClientID(), b.ClientID())
	assert.Equal(t, a.ClientSecret(), b.ClientSecret())
	assert.Equal(t, a.all(all), b.all(all))
	for _, path := range []string{"/groups?$top=999", "/subscribedSkus", "/organization", "/identity/conditionalAccess/policies", "/identity/conditionalAccess/namedLocations"} {
		assert.Equal(t, a.all(path), b.all(path), path)
	}
	group := a.Tenant().GroupIDs()[0]
	assert.Equal(t, a.all("/groups/"+group+"/members"), b.all("/groups/"+group+"/members"))
	assert.NotEqual(t, a.DirectoryID(), other.DirectoryID())
	assert.NotEqual(t, a.Tenant().UserIDs(), other.Tenant().UserIDs())
	assert.Equal(t, a.Tenant().Drift(5, 30), b.Tenant().Drift(5, 30))
	assert.Equal(t, a.all(all), b.all(all), "after the same drift")
}

func TestTenantChanges(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.Tenant().AddUser(map[string]any{"displayName": "Ada", "department": "IT", "assignedLicenses": []any{map[string]any{"skuId": "05e9a617-0261-4cee-bb44-138d3ef5d965"}}})
	assert.Equal(t, "Ada", c.ok("/users/" + id).body["displayName"])
	assert.Equal(t, []any{}, c.ok("/users/" + id + "?$select=businessPhones").body["businessPhones"])
	before := consumed(c, "SPE_E3")
	require.True(t, c.Tenant().UpdateUser(id, map[string]any{"department": nil, "assignedLicenses": []any{}}))
	assert.Nil(t, c.ok("/users/" + id + "?$select=department").body["department"])
	assert.InDelta(t, before-1, consumed(c, "SPE_E3"), 0)
	require.True(t, c.Tenant().RemoveUser(id))
	assert.Equal(t, http.StatusNotFound, c.get("/users/"+id).status)
	assert.False(t, c.Tenant().RemoveUser(id), "already gone")
	assert.False(t, c.Tenant().UpdateUser(id, map[string]any{"department": "x"}))
	assert.Nil(t, c.Tenant().User(id))
	require.True(t, c.Tenant().RestoreUser(id))
	assert.Equal(t, "Ada", c.ok("/users/" + id).body["displayName"])
	assert.False(t, c.Tenant().RestoreUser(id), "already there")
}

func consumed(c *cloud, sku string) float64 {
	for _, s := range c.ok("/subscribedSkus").rows() {
		if s["skuPartNumber"] == sku {
			return s["consumedUnits"].(float64)
		}
	}
	return -1
}

func TestLicencesAgreeWithSubscriptions(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(2000))
	assigned := map[string]float64{}
	for _, u := range c.all("/users?$select=id,assignedLicenses&$top=999") {
		for _, l := range u["assignedLicenses"].([]any) {
			assigned[l.(map[string]any)["skuId"].(string)]++
		}
	}
	for _, s := range c.ok("/subscribedSkus").rows() {
		assert.InDelta(t, assigned[s["skuId"].(string)], s["consumedUnits"], 0, s["skuPartNumber"])
		assert.NotZero(t, s["consumedUnits"])
	}
	assert.Len(t, assigned, 6)
}
