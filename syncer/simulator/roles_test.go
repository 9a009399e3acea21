package simulator_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	roles               = "/roleManagement/directory/"
	globalAdministrator = "62e90394-69f5-4237-9190-012177145e10"
	exchangeAdmin       = "29232cdf-9323-42fd-ade2-1d097af3e4de"
)

func TestRoleDefinitions(t *testing.T) {
	t.Parallel()
	c := start(t)
	rows := c.all(roles + "roleDefinitions")
	builtIn, custom := 0, 0
	for _, r := range rows {
		assert.Equal(t, r["id"], r["templateId"])
		assert.NotContains(t, r, "isPrivileged")
		assert.NotEmpty(t, r["rolePermissions"])
		if r["isBuiltIn"] == true {
			builtIn++
		} else {
			custom++
		}
	}
	assert.GreaterOrEqual(t, builtIn, 25)
	assert.Equal(t, 1, custom)
	privileged := map[string]bool{}
	for _, r := range c.all("/beta" + roles + "roleDefinitions?$select=displayName,isPrivileged") {
		privileged[r["displayName"].(string)] = r["isPrivileged"].(bool)
	}
	assert.True(t, privileged["Global Administrator"])
	assert.True(t, privileged["Security Reader"])
	assert.False(t, privileged["Exchange Administrator"], "Microsoft's label is narrow")
	assert.Equal(t, http.StatusBadRequest, c.get(roles+"roleDefinitions?$select=id,isPrivileged").status)
	assert.Equal(t, "Global Administrator", c.ok(roles + "roleDefinitions/" + globalAdministrator).body["displayName"])
	assert.Len(t, c.ok(roles+"roleDefinitions?$filter=isBuiltIn eq false").rows(), 1)
	assert.Equal(t, http.StatusNotFound, c.get(roles+"roleDefinitions/"+c.ClientID()).status)
	assert.Equal(t, http.StatusBadRequest, c.get(roles+"roleDefinitions?$expand=nothing").status)
}

func TestRoleAssignments(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(300))
	assert.Len(t, c.ok(roles+"roleAssignments?$filter=roleDefinitionId eq '"+globalAdministrator+"'").rows(), 3)
	kinds, scopes := map[string]int{}, map[string]int{}
	rows := c.all(roles + "roleAssignments?$expand=principal&$top=7")
	ids := column(rows, "id")
	assert.Len(t, slices.Compact(slices.Sorted(slices.Values(ids))), len(ids), "ids are unique")
	for _, r := range rows {
		require.Contains(t, r, "principal")
		if p, ok := r["principal"].(map[string]any); ok {
			kinds[p["@odata.type"].(string)]++
			assert.Equal(t, r["principalId"], p["id"])
		} else {
			kinds["gone"]++
		}
		scope, _, _ := strings.Cut(strings.TrimPrefix(r["directoryScopeId"].(string), "/"), "/")
		scopes[scope]++
	}
	assert.Equal(t, 1, kinds["gone"])
	assert.Equal(t, 2, kinds["#microsoft.graph.group"])
	assert.Equal(t, 2, kinds["#microsoft.graph.servicePrincipal"])
	assert.Equal(t, 2, scopes["administrativeUnits"])
	assert.Len(t, scopes, 3, "the tenant, units and one application")

	first := c.ok(roles + "roleAssignments?$filter=principalId eq '" + c.Tenant().UserIDs()[0] + "'").rows()[0]
	assert.ElementsMatch(t, []string{"id", "principalId", "resourceScope", "directoryScopeId", "roleDefinitionId"}, keys(first))
	assert.True(t, strings.HasPrefix(first["id"].(string), "lAPpYvVpN0KRkAEhdxReE"), "%s begins with the role", first["id"])
	assert.Equal(t, first["principalId"], c.ok(roles + "roleAssignments/" + first["id"].(string)).body["principalId"])
	assert.Contains(t, c.ok(roles + "roleAssignments?$expand=principal").body["@odata.context"], "roleAssignments(principal())")
	only := c.ok(roles + "roleAssignments?$top=1&$expand=principal($select=displayName)").rows()[0]["principal"].(map[string]any)
	assert.ElementsMatch(t, []string{"@odata.type", "id", "displayName"}, keys(only))
	assert.Equal(t, http.StatusBadRequest, c.get(roles+"roleAssignments?$expand=principal,roleDefinition").status)
	for _, r := range c.all(roles + "roleAssignments?$expand=directoryScope") {
		if strings.HasPrefix(r["directoryScopeId"].(string), "/administrativeUnits/") {
			unit := r["directoryScope"].(map[string]any)
			assert.Equal(t, unit["displayName"], c.ok("/directory/administrativeUnits/" + unit["id"].(string)).body["displayName"])
		}
	}

	// A deleted account leaves its assignment without a principal.
	user := c.Tenant().UserIDs()[1]
	require.True(t, c.Tenant().RemoveUser(user))
	left := c.ok(roles + "roleAssignments?$expand=principal&$filter=principalId eq '" + user + "'").rows()
	require.Len(t, left, 1)
	assert.Nil(t, left[0]["principal"])
}

func TestChangingRoleAssignments(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withUsers(100), withClock(at))
	user := c.Tenant().UserIDs()[20]
	count := func(list string) int {
		return len(c.all(roles + list + "?$filter=principalId eq '" + user + "' and roleDefinitionId eq '" + exchangeAdmin + "'"))
	}
	require.Zero(t, count("roleAssignments"))
	id := c.Tenant().AddRoleAssignment(map[string]any{"principalId": user, "roleDefinitionId": exchangeAdmin, "endDateTime": at.now().Add(time.Hour)})
	second := c.Tenant().AddRoleAssignment(map[string]any{"principalId": user, "roleDefinitionId": exchangeAdmin, "directoryScopeId": "/administrativeUnits/" + c.ClientID()})
	assert.NotEqual(t, id, second)
	assert.Equal(t, 2, count("roleAssignments"))
	assert.Contains(t, c.Tenant().RoleAssignmentIDs(), id)
	at.advance(time.Hour)
	c.refresh()
	assert.Equal(t, 1, count("roleAssignments"), "it ended")
	require.True(t, c.Tenant().RemoveRoleAssignment(second))
	assert.Zero(t, count("roleAssignmentScheduleInstances"))
	eligibility := c.Tenant().AddEligibility(map[string]any{"principalId": user, "roleDefinitionId": exchangeAdmin})
	assert.Equal(t, 1, count("roleEligibilityScheduleInstances"))
	assert.Equal(t, 1, count("roleEligibilitySchedules"))
	assert.False(t, c.Tenant().RemoveRoleAssignment(eligibility), "it is none")
	require.True(t, c.Tenant().RemoveEligibility(eligibility))
	assert.Zero(t, count("roleEligibilitySchedules"))
	assert.Panics(t, func() { c.Tenant().AddEligibility(map[string]any{"endDateTime": "tomorrow"}) })
}

func TestPIM(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withUsers(300), withClock(at))
	eligible := c.all(roles + "roleEligibilityScheduleInstances?$expand=principal,roleDefinition")
	schedules := byID(c.all(roles + "roleEligibilitySchedules"))
	assert.Greater(t, len(schedules), len(eligible), "one has not begun")
	permanent, groups := 0, 0
	for _, r := range eligible {
		assert.True(t, strings.HasSuffix(r["id"].(string), "-e"))
		assert.NotEmpty(t, r["roleDefinition"].(map[string]any)["displayName"])
		schedule := schedules[r["roleEligibilityScheduleId"].(string)]
		require.NotNil(t, schedule)
		expiration := schedule["scheduleInfo"].(map[string]any)["expiration"].(map[string]any)
		assert.Equal(t, r["endDateTime"], expiration["endDateTime"])
		if r["endDateTime"] == nil {
			permanent++
			assert.Equal(t, "noExpiration", expiration["type"])
		}
		if r["principal"].(map[string]any)["@odata.type"] == "#microsoft.graph.group" {
			groups++
		}
	}
	assert.NotZero(t, permanent)
	assert.Less(t, permanent, len(eligible))
	assert.Equal(t, 1, groups)

	active := c.all(roles + "roleAssignmentScheduleInstances?$expand=activatedUsing")
	assert.Len(t, active, len(c.all(roles+"roleAssignments"))-1, "PIM forgets deleted principals")
	kinds := map[any]int{}
	for _, r := range active {
		kinds[r["assignmentType"]]++
		kinds[r["memberType"]]++
		if r["assignmentType"] == "Activated" {
			assert.NotNil(t, r["endDateTime"])
			assert.Contains(t, column(eligible, "id"), r["activatedUsing"].(map[string]any)["id"])
		} else {
			assert.Nil(t, r["activatedUsing"])
		}
		if r["assignmentType"] == "Assigned" && r["endDateTime"] != nil {
			kinds["ending"]++
		}
	}
	assert.Equal(t, 2, kinds["Activated"])
	assert.Equal(t, 1, kinds["Group"])
	assert.Equal(t, 1, kinds["ending"])
	at.advance(8 * time.Hour)
	c.refresh()
	assert.Empty(t, c.all(roles+"roleAssignmentScheduleInstances?$filter=assignmentType eq 'Activated'"), "activations end")
	assert.Equal(t, http.StatusBadRequest, c.get(roles+"roleEligibilityScheduleInstances?$expand=principal($select=displayName)").status)
	c.ok(roles + "roleEligibilityScheduleInstances?$expand=principal($select=id)")
}

func TestPIMNeedsP2AndItsPermission(t *testing.T) {
	t.Parallel()
	c := start(t)
	lists := []string{"roleEligibilityScheduleInstances", "roleEligibilitySchedules", "roleAssignmentScheduleInstances"}
	c.Tenant().SetPremiumP2(false)
	for _, list := range lists {
		r := c.get(roles + list)
		assert.Equal(t, http.StatusBadRequest, r.status)
		assert.Equal(t, "AadPremiumLicenseRequired", r.code())
		assert.Equal(t, "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.", r.message())
	}
	c.ok(roles + "roleAssignments")
	c.ok("/users?$select=id,signInActivity")
	c.ok(registrationPath)
	skus := c.ok("/subscribedSkus").text
	assert.Contains(t, skus, "41781fb2-bc02-4b7c-bd55-b576c07bb09d", "P1 stays")
	assert.NotContains(t, skus, "eec0eb4f-6444-4f95-aba0-50c24d67f998")
	c.Tenant().SetPremiumP2(true)
	assert.Contains(t, c.ok("/subscribedSkus").text, "eec0eb4f-6444-4f95-aba0-50c24d67f998")

	c.Tenant().SetPremium(false)
	assert.Equal(t, "AadPremiumLicenseRequired", c.get(roles+lists[0]).code())
	r := c.get(registrationPath)
	assert.Equal(t, http.StatusForbidden, r.status)
	assert.Equal(t, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", r.code())
	c.ok(roles + "roleAssignments")
	c.ok(roles + "roleDefinitions")
	c.Tenant().SetPremium(true)

	c.Tenant().Revoke("RoleManagement.Read.Directory")
	c.refresh()
	for _, list := range append(lists, "roleAssignmentScheduleRequests") {
		r := c.get(roles + list)
		assert.Equal(t, http.StatusForbidden, r.status)
		assert.Equal(t, "UnknownError", r.code())
		var inside map[string]any
		require.NoError(t, json.Unmarshal([]byte(r.message()), &inside), "the message is JSON")
		assert.Equal(t, "PermissionScopeNotGranted", inside["errorCode"])
	}
	c.ok(roles + "roleAssignments") // Directory.Read.All is enough here
	c.Tenant().Grant("RoleManagement.Read.Directory")
	c.Tenant().Revoke("Directory.Read.All")
	c.refresh()
	c.ok(roles + lists[0])
	c.ok(roles + "roleAssignments")
	assert.Equal(t, http.StatusForbidden, c.get(roles+"roleAssignmentScheduleRequests").status, "reading requests takes a permission to write")
}

func TestDirectoryRolesAgreeWithAssignments(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(300))
	byRole := map[string][]string{}
	for _, a := range c.all(roles + "roleAssignments?$expand=principal") {
		p, _ := a["principal"].(map[string]any)
		if a["directoryScopeId"] == "/" && p != nil && p["@odata.type"] != "#microsoft.graph.servicePrincipal" {
			byRole[a["roleDefinitionId"].(string)] = append(byRole[a["roleDefinitionId"].(string)], a["principalId"].(string))
		}
	}
	for _, r := range c.ok("/directoryRoles").rows() {
		members := column(c.ok("/directoryRoles/"+r["id"].(string)+"/members").rows(), "id")
		assert.ElementsMatch(t, byRole[r["roleTemplateId"].(string)], members, "%s", r["displayName"])
	}
}

// Readers and writers at once: what -race judges.
func TestIdentitiesChangeWhileClientsRead(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(300))
	var wg sync.WaitGroup
	for i, path := range []string{registrationPath + "?$top=50", roles + "roleAssignments?$expand=principal&$top=5", roles + "roleAssignmentScheduleInstances?$expand=*",
		"/identityProtection/riskyUsers?$top=2", "/applications?$top=10", "/servicePrincipals?$top=10", "/directoryRoles", "/users?$select=id,perUserMfaState&$top=50"} {
		wg.Go(func() {
			for range 3 {
				for next := path; next != ""; {
					r := c.get(next)
					if !assert.Equal(t, http.StatusOK, r.status, "%s: %s", path, r.text) {
						return
					}
					next = r.next()
				}
			}
		})
		wg.Go(func() {
			users := c.Tenant().UserIDs()
			for k := range 20 {
				user := users[i*20+k]
				c.Tenant().SetRegistration(user, map[string]any{"methodsRegistered": []string{"fido2"}})
				c.Tenant().SetRisk(user, map[string]any{"riskLevel": "low"})
				c.Tenant().SetPerUserMfa(user, "enabled")
				c.Tenant().PerUserMfaBulk(k%2 == 0)
				c.Tenant().AddEligibility(map[string]any{"principalId": user, "roleDefinitionId": exchangeAdmin})
				c.Tenant().RemoveRoleAssignment(c.Tenant().AddRoleAssignment(map[string]any{"principalId": user, "roleDefinitionId": exchangeAdmin}))
				c.Tenant().UpdateApplication(c.Tenant().AddApplication(nil), map[string]any{"displayName": "x"})
			}
		})
	}
	wg.Wait()
}
