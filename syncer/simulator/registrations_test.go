package simulator_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

const registrationPath = "/reports/authenticationMethods/userRegistrationDetails"

func TestRegistrations(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(500))
	rows := c.all(registrationPath + "?$top=77")
	enabled := map[string]bool{}
	for _, u := range c.all("/users?$select=id,accountEnabled&$top=999") {
		if u["accountEnabled"] == true {
			enabled[u["id"].(string)] = true
		}
	}
	require.Len(t, rows, len(enabled), "disabled accounts are left out")
	found := map[string]int{}
	for _, r := range rows {
		assert.True(t, enabled[r["id"].(string)])
		assert.NotContains(t, r, "defaultMfaMethod", "beta only")
		methods := r["methodsRegistered"].([]any)
		has := func(names ...any) bool {
			return slices.ContainsFunc(methods, func(m any) bool { return slices.Contains(names, m) })
		}
		passwordless := has("fido2", "passKeyDeviceBoundAuthenticator", "windowsHelloForBusiness", "microsoftAuthenticatorPasswordless")
		assert.Equal(t, passwordless, r["isPasswordlessCapable"], "%v", methods)
		assert.Equal(t, passwordless || has("mobilePhone", "microsoftAuthenticatorPush"), r["isMfaCapable"], "%v", methods)
		assert.Equal(t, passwordless || has("mobilePhone", "microsoftAuthenticatorPush", "softwareOneTimePasscode"), r["isMfaRegistered"], "%v", methods)
		assert.Contains(t, []any{"member", "guest"}, r["userType"])
		switch {
		case len(methods) == 0:
			found["none"]++
		case len(methods) == 1 && has("mobilePhone"):
			found["SMS only"]++
		case passwordless:
			found["passwordless"]++
		case r["isMfaRegistered"] == true && r["isMfaCapable"] == false:
			found["not allowed"]++
		case r["isMfaRegistered"] == false:
			found["no second factor"]++
		default:
			found["app"]++
		}
	}
	assert.Len(t, found, 6, "%v", found)

	id := rows[0]["id"].(string)
	one := c.ok(registrationPath + "/" + id).body
	assert.Equal(t, rows[0]["methodsRegistered"], one["methodsRegistered"])
	assert.Contains(t, c.ok("/beta" + registrationPath + "?$top=1").rows()[0], "defaultMfaMethod")
	assert.Equal(t, http.StatusBadRequest, c.get(registrationPath+"?$select=defaultMfaMethod").status)
	for _, r := range c.all(registrationPath + "?$filter=isMfaCapable eq false and methodsRegistered/any(m:m eq 'softwareOneTimePasscode')") {
		assert.Equal(t, []any{"softwareOneTimePasscode"}, r["methodsRegistered"])
	}
	assert.Equal(t, http.StatusBadRequest, c.get(registrationPath+"?$filter=isAdmin eq true").status, "not documented")
	names := column(c.all(registrationPath+"?$orderby=userDisplayName desc&$top=200"), "userDisplayName")
	assert.Len(t, names, len(rows))
}

func TestAdminsOfTheReportHoldRoles(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(300))
	admins := func() map[string]bool {
		out := map[string]bool{}
		for _, r := range c.all(registrationPath) {
			if r["isAdmin"] == true {
				out[r["id"].(string)] = true
			}
		}
		return out
	}
	want := map[string]bool{}
	for _, a := range c.all("/roleManagement/directory/roleAssignments?$expand=principal") {
		principal, _ := a["principal"].(map[string]any)
		switch {
		case principal == nil:
		case principal["@odata.type"] == "#microsoft.graph.user" && principal["accountEnabled"] == true:
			want[a["principalId"].(string)] = true
		case principal["@odata.type"] == "#microsoft.graph.group":
			for _, m := range c.all("/groups/" + a["principalId"].(string) + "/transitiveMembers?$top=999") {
				if c.Tenant().User(m["id"].(string))["accountEnabled"] == true {
					want[m["id"].(string)] = true
				}
			}
		}
	}
	require.Equal(t, want, admins())

	// A role through a group within a group.
	outer := c.Tenant().AddGroup(map[string]any{"displayName": "ROLE-outer", "isAssignableToRole": true})
	inner := c.Tenant().AddGroup(map[string]any{"displayName": "inner"})
	person := c.Tenant().AddUser(map[string]any{"displayName": "Nested Admin"})
	require.True(t, c.Tenant().AddMember(outer, inner))
	require.True(t, c.Tenant().AddMember(inner, person))
	require.False(t, admins()[person])
	assignment := c.Tenant().AddRoleAssignment(map[string]any{"principalId": outer, "roleDefinitionId": "29232cdf-9323-42fd-ade2-1d097af3e4de"})
	assert.True(t, admins()[person])
	require.True(t, c.Tenant().RemoveRoleAssignment(assignment))
	assert.False(t, admins()[person])
	assert.False(t, c.Tenant().RemoveRoleAssignment(assignment))
}

func TestSetRegistration(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.Tenant().UserIDs()[0]
	before := c.ok(registrationPath + "/" + id).body
	require.True(t, c.Tenant().SetRegistration(id, map[string]any{"methodsRegistered": []string{"fido2"}, "userPreferredMethodForSecondaryAuthentication": "none"}))
	r := c.ok(registrationPath + "/" + id).body
	assert.Equal(t, []any{"fido2"}, r["methodsRegistered"])
	assert.Equal(t, true, r["isPasswordlessCapable"], "follows from the methods")
	assert.Equal(t, "none", r["userPreferredMethodForSecondaryAuthentication"])
	require.True(t, c.Tenant().SetRegistration(id, map[string]any{"isMfaCapable": false}))
	assert.Equal(t, false, c.ok(registrationPath + "/" + id).body["isMfaCapable"], "unless it is given")
	require.True(t, c.Tenant().SetRegistration(id, nil))
	assert.Equal(t, before, c.ok(registrationPath+"/"+id).body)
	require.True(t, c.Tenant().UpdateUser(id, map[string]any{"accountEnabled": false}))
	assert.Equal(t, http.StatusNotFound, c.get(registrationPath+"/"+id).status)
	added := c.Tenant().AddUser(nil)
	assert.Empty(t, c.ok(registrationPath + "/" + added).body["methodsRegistered"])
	assert.False(t, c.Tenant().SetRegistration("nobody", nil))
}

func TestRegistrationsCountAgainstTheReportsLimit(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at), throttled)
	for range 3 {
		c.ok(registrationPath)
	}
	for range 2 {
		c.ok("/users?$select=id,signInActivity")
	}
	r := c.get(registrationPath)
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.Equal(t, "10", r.header.Get("Retry-After"))
}

func TestPerUserMfaInLists(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.Tenant().UserIDs()[5]
	require.True(t, c.Tenant().SetPerUserMfa(id, "enforced"))
	for _, version := range []string{"", "/beta"} {
		states := map[any]int{}
		rows := c.all(version + "/users?$select=id,perUserMfaState")
		for _, u := range rows {
			states[u["perUserMfaState"]]++
		}
		assert.Len(t, states, 3, "%v", states)
		assert.Equal(t, "enforced", byID(rows)[id]["perUserMfaState"])
		assert.NotContains(t, c.ok(version + "/users?$top=1").rows()[0], "perUserMfaState", "only when selected")
	}
	c.Tenant().PerUserMfaBulk(false)
	for _, u := range c.all("/users?$select=id,perUserMfaState") {
		assert.Equal(t, []string{"id"}, keys(u))
	}
	assert.NotContains(t, c.ok("/users/"+id+"?$select=id,perUserMfaState").body, "perUserMfaState")
	assert.Equal(t, "enforced", c.ok("/beta/users/" + id + "/authentication/requirements").body["perUserMfaState"], "the documented way still works")
	c.Tenant().PerUserMfaBulk(true)
	assert.Contains(t, c.ok("/users?$select=perUserMfaState&$top=1").rows()[0], "perUserMfaState")
}

func TestRequirementsInBatches(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withUsers(40), withClock(at), throttled) // 3,500 units
	var items []item
	for i, id := range c.Tenant().UserIDs()[:20] {
		items = append(items, item{"id": fmt.Sprint(i), "method": "GET", "url": "/users/" + id + "/authentication/requirements"})
	}
	for range 174 {
		require.Equal(t, http.StatusOK, c.send(http.MethodPost, "/beta/$batch", item{"requests": items}).status)
	}
	for range 10 {
		c.ok("/groups?$select=id") // 1 each: 10 units are left
	}
	statuses := map[any]int{}
	r := c.send(http.MethodPost, "/beta/$batch", item{"requests": items})
	require.Equal(t, http.StatusOK, r.status, "the batch itself is fine")
	for _, one := range responses(r) {
		statuses[one["status"]]++
		if one["status"] == 429.0 {
			assert.Equal(t, "10", one["headers"].(map[string]any)["Retry-After"])
		}
	}
	assert.Equal(t, map[any]int{200.0: 10, 429.0: 10}, statuses)

	at.advance(10 * time.Second)
	remove := c.Inject(simulator.Fault{Path: "/users/*/authentication/requirements", Count: 3, Status: 429, Code: "TooManyRequests", RetryAfter: "2"})
	defer remove()
	statuses = map[any]int{}
	for _, one := range responses(c.send(http.MethodPost, "/beta/$batch", item{"requests": items})) {
		statuses[one["status"]]++
	}
	assert.Equal(t, map[any]int{200.0: 17, 429.0: 3}, statuses)
	stable := responses(c.send(http.MethodPost, "/$batch", item{"requests": items[:1]}))
	assert.InDelta(t, 400, stable["0"]["status"], 0, "batches of v1.0 do not reach beta")
}

func BenchmarkPageOf999Registrations(b *testing.B) {
	s, err := simulator.Start(simulator.Options{Users: 20_000, Seed: 1, NoThrottle: true})
	require.NoError(b, err)
	defer s.Close()
	c := &cloud{Server: s, t: &testing.T{}, client: &http.Client{Transport: s.Transport()}}
	c.refresh()
	for b.Loop() {
		require.Equal(b, http.StatusOK, c.batch([]item{{"id": "a", "method": "GET", "url": registrationPath + "?$top=999"}}))
	}
}
