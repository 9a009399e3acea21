package simulator_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func named(t *testing.T, c *cloud, name string) string {
	t.Helper()
	rows := c.ok("/groups?$filter=displayName eq '" + name + "'&$select=id").rows()
	require.Len(t, rows, 1, name)
	return rows[0]["id"].(string)
}

func TestGroupsOfEveryKind(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(500))
	rows := c.all("/groups?$top=20")
	assert.ElementsMatch(t, c.Tenant().GroupIDs(), column(rows, "id"))
	found := map[string]int{}
	for _, g := range rows {
		types, _ := g["groupTypes"].([]any)
		unified, mail, security := slices.Contains(types, any("Unified")), g["mailEnabled"] == true, g["securityEnabled"] == true
		switch {
		case unified:
			found["Microsoft 365"]++
			assert.True(t, mail, "%v", g["displayName"])
		case security && !mail:
			found["security"]++
		case security:
			found["mail-enabled security"]++
		default:
			found["distribution"]++
			assert.True(t, mail, "%v", g["displayName"])
		}
		if slices.Contains(types, any("DynamicMembership")) {
			found["dynamic"]++
			assert.NotEmpty(t, g["membershipRule"])
		}
		if slices.Contains(g["resourceProvisioningOptions"].([]any), any("Team")) {
			found["team"]++
		}
		if g["isAssignableToRole"] == true {
			found["role"]++
		}
	}
	for _, kind := range []string{"Microsoft 365", "security", "mail-enabled security", "distribution", "dynamic", "team", "role"} {
		assert.NotZero(t, found[kind], kind)
	}
	assert.NotContains(t, rows[0], "assignedLicenses", "not in the default set")
	assert.NotEmpty(t, c.ok("/groups?$filter=groupTypes/any(c:c eq 'Unified')").rows())
	assert.Equal(t, http.StatusNotImplemented, c.get("/groups?$select=isArchived").status)
	ownerless := c.ok("/groups?$filter=owners/$count eq 0&$count=true&$select=id", eventually).rows()
	assert.NotEmpty(t, ownerless)
	assert.Empty(t, c.ok("/groups/"+ownerless[0]["id"].(string)+"/owners").rows())
}

func TestMembers(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(500))
	everyone := named(t, c, "All Company")
	rows := c.all("/groups/" + everyone + "/members?$select=id,userPrincipalName&$top=77")
	assert.Greater(t, len(rows), 300)
	for _, r := range rows {
		assert.ElementsMatch(t, []string{"@odata.type", "id", "userPrincipalName"}, keys(r))
		assert.Equal(t, "#microsoft.graph.user", r["@odata.type"])
	}
	assert.Equal(t, strconv.Itoa(len(rows)), c.ok("/groups/"+everyone+"/members/$count", eventually).text)
	assert.Equal(t, http.StatusBadRequest, c.get("/groups/"+everyone+"/members/$count").status)

	t.Run("member and memberOf agree", func(t *testing.T) {
		member := rows[5]["id"].(string)
		groups := column(c.all("/users/"+member+"/memberOf"), "id")
		assert.Contains(t, groups, everyone)
		for _, g := range c.Tenant().GroupIDs() {
			in := slices.Contains(column(c.all("/groups/"+g+"/members?$select=id&$top=999"), "id"), member)
			hidden := c.Tenant().Group(g)["visibility"] == "HiddenMembership"
			if !hidden {
				assert.Equal(t, slices.Contains(groups, g), in, g)
			}
		}
	})
	t.Run("nested", func(t *testing.T) {
		outer := named(t, c, "APP-CRM-Users")
		direct := c.ok("/groups/" + outer + "/members").rows()
		assert.Equal(t, []string{"#microsoft.graph.group", "#microsoft.graph.group"}, column(direct, "@odata.type"))
		transitive := c.all("/groups/" + outer + "/transitiveMembers")
		assert.Greater(t, len(transitive), 20)
		ids := column(transitive, "id")
		assert.Len(t, slices.Compact(slices.Sorted(slices.Values(ids))), len(ids), "nobody twice")
		assert.Equal(t, http.StatusBadRequest, c.get("/groups/"+outer+"/transitiveMembers/microsoft.graph.user").status, "casts are advanced queries")
		users := c.ok("/groups/"+outer+"/transitiveMembers/microsoft.graph.user?$count=true&$top=999", eventually)
		assert.InDelta(t, len(users.rows()), users.body["@odata.count"], 0)
		assert.NotContains(t, users.text, "#microsoft.graph.group")
	})
	t.Run("empty and hidden", func(t *testing.T) {
		assert.Empty(t, c.ok("/groups/"+named(t, c, "Unused project")+"/members").rows())
		hidden := named(t, c, "HR Confidential")
		assert.Empty(t, c.ok("/groups/"+hidden+"/members").rows())
		c.Tenant().Grant("Member.Read.Hidden")
		c.refresh()
		assert.NotEmpty(t, c.ok("/groups/"+hidden+"/members").rows())
	})
	t.Run("$expand brings twenty and no link", func(t *testing.T) {
		r := c.ok("/groups/" + everyone + "?$expand=members")
		assert.Len(t, r.body["members"], 20)
		assert.NotContains(t, r.text, "nextLink")
	})
	t.Run("changes between pages lose nobody", func(t *testing.T) {
		first := c.ok("/groups/" + everyone + "/members?$select=id&$top=50")
		require.True(t, c.Tenant().RemoveMember(everyone, rows[2]["id"].(string)))
		require.True(t, c.Tenant().RemoveUser(rows[60]["id"].(string)))
		rest := column(c.all(first.next()), "id")
		assert.Equal(t, rows[50]["id"], rest[0])
		assert.NotContains(t, rest, rows[60]["id"])
		assert.Len(t, rest, len(rows)-51)
		require.True(t, c.Tenant().AddMember(everyone, rows[2]["id"].(string)))
		assert.False(t, c.Tenant().AddMember(everyone, rows[2]["id"].(string)), "a member already")
		assert.Contains(t, column(c.all("/groups/"+everyone+"/members?$top=999"), "id"), rows[2]["id"])
	})
	missing := c.get("/groups/00000000-0000-4000-8000-000000000000/members")
	assert.Equal(t, http.StatusNotFound, missing.status)
	assert.Equal(t, "Request_ResourceNotFound", missing.code())
}

func TestConditionalAccess(t *testing.T) {
	t.Parallel()
	c := start(t)
	stable, beta := c.all("/identity/conditionalAccess/policies"), c.all("/beta/identity/conditionalAccess/policies")
	assert.Len(t, stable, len(beta)-1, "a policy with a preview feature is only in beta")
	assert.Len(t, c.Tenant().PolicyIDs(), len(beta))
	states := map[string]int{}
	for _, p := range beta {
		states[p["state"].(string)]++
		conditions := p["conditions"].(map[string]any)
		for _, name := range []string{"users", "applications", "clientAppTypes", "platforms", "locations", "signInRiskLevels", "userRiskLevels"} {
			assert.Contains(t, conditions, name, p["displayName"])
		}
		assert.Contains(t, conditions["users"], "excludeGroups")
		assert.Contains(t, p, "grantControls")
		assert.Contains(t, p, "sessionControls")
	}
	assert.Len(t, states, 3)
	assert.Contains(t, named(t, c, "CA-Exclude-BreakGlass"), c.ok("/identity/conditionalAccess/policies/" + beta[0]["id"].(string)).body["conditions"].(map[string]any)["users"].(map[string]any)["excludeGroups"].([]any)[0])

	preview := c.Tenant().AddPolicy(map[string]any{"displayName": "Preview", "conditions": map[string]any{"agentIdRiskLevels": "high"}})
	assert.Equal(t, http.StatusNotFound, c.get("/identity/conditionalAccess/policies/"+preview).status)
	assert.Equal(t, http.StatusOK, c.get("/beta/identity/conditionalAccess/policies/"+preview).status)
	require.True(t, c.Tenant().UpdatePolicy(preview, map[string]any{"conditions": map[string]any{}}))
	assert.Equal(t, http.StatusOK, c.get("/identity/conditionalAccess/policies/"+preview).status, "without the feature it shows")
	require.True(t, c.Tenant().RemovePolicy(preview))
	assert.Equal(t, http.StatusNotFound, c.get("/beta/identity/conditionalAccess/policies/"+preview).status)

	assert.Len(t, c.ok("/identity/conditionalAccess/policies?$top=2&$skip=1&$select=id").rows(), 2)
	assert.NotEmpty(t, c.ok("/identity/conditionalAccess/policies?$filter=state eq 'enabled' and contains(displayName,'MFA')").rows())
}

func TestNamedLocations(t *testing.T) {
	t.Parallel()
	c := start(t)
	rows := c.all("/identity/conditionalAccess/namedLocations")
	kinds := map[any]int{}
	for _, l := range rows {
		kinds[l["@odata.type"]]++
		if l["@odata.type"] == "#microsoft.graph.ipNamedLocation" {
			assert.Contains(t, l, "isTrusted")
			assert.NotContains(t, l, "countriesAndRegions")
			assert.NotEmpty(t, l["ipRanges"])
		} else {
			assert.NotContains(t, l, "ipRanges")
			assert.NotEmpty(t, l["countriesAndRegions"])
		}
	}
	assert.Len(t, kinds, 2)
	r := c.get("/identity/conditionalAccess/namedLocations?$select=isTrusted")
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.Contains(t, r.message(), "Could not find a property named 'isTrusted' on type 'microsoft.graph.namedLocation'.")
	id := c.Tenant().AddNamedLocation(map[string]any{"displayName": "Depot", "isTrusted": true, "ipRanges": []any{}})
	assert.Equal(t, "Depot", c.ok("/identity/conditionalAccess/namedLocations/" + id).body["displayName"])
}

func TestSingletonsAndSmallLists(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(100))
	assert.Equal(t, false, c.ok("/policies/identitySecurityDefaultsEnforcementPolicy").body["isEnabled"])
	c.Tenant().SetSecurityDefaults(true)
	assert.Equal(t, true, c.ok("/policies/identitySecurityDefaultsEnforcementPolicy").body["isEnabled"])
	assert.NotEmpty(t, c.ok("/policies/authenticationMethodsPolicy").body["authenticationMethodConfigurations"])

	organization := c.ok("/organization").rows()
	require.Len(t, organization, 1)
	assert.Equal(t, c.DirectoryID(), organization[0]["id"])
	assert.Equal(t, c.Domain(), organization[0]["verifiedDomains"].([]any)[0].(map[string]any)["name"])
	assert.Equal(t, c.DirectoryID(), c.ok("/organization/" + c.DirectoryID()).body["id"])

	assert.Contains(t, column(c.ok("/subscribedSkus").rows(), "capabilityStatus"), "Suspended")
	assert.Equal(t, http.StatusBadRequest, c.get("/subscribedSkus?$filter=skuPartNumber eq 'SPE_E5'").status)
	assert.Contains(t, column(c.ok("/domains").rows(), "id"), c.Domain())

	principal := c.ok("/servicePrincipals(appId='" + c.ClientID() + "')")
	assert.Equal(t, true, principal.body["accountEnabled"])
	assignments := c.ok("/servicePrincipals/" + principal.body["id"].(string) + "/appRoleAssignments").rows()
	assert.Len(t, assignments, 17)
	assert.Contains(t, column(assignments, "appRoleId"), "df021288-bdef-4463-88db-98f22de89214")
	graph := c.ok("/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?$select=id,appRoles")
	assert.NotEmpty(t, graph.body["appRoles"])
	assert.Equal(t, http.StatusNotFound, c.get("/servicePrincipals/"+c.ClientID()).status, "the app id is not the object id")

	roles := c.ok("/directoryRoles").rows()
	assert.Contains(t, column(roles, "roleTemplateId"), "62e90394-69f5-4237-9190-012177145e10")
	assert.Len(t, c.ok("/directoryRoles/"+roles[0]["id"].(string)+"/members").rows(), 3)
	user := c.Tenant().UserIDs()[0]
	assert.Equal(t, "enforced", c.ok("/beta/users/" + user + "/authentication/requirements").body["perUserMfaState"])
	assert.True(t, strings.HasPrefix(c.ok("/users/" + user + "/licenseDetails").rows()[0]["skuPartNumber"].(string), "SPE_"))
}
