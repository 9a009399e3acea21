package simulator_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEmptyRelations(t *testing.T) {
	t.Parallel()
	c := start(t)
	user := "/users/" + c.Tenant().UserIDs()[0]
	for _, relation := range []string{"directReports", "ownedDevices", "registeredDevices", "createdObjects", "oauth2PermissionGrants", "appRoleAssignments"} {
		assert.Empty(t, c.ok(user+"/"+relation).rows(), relation)
		assert.Equal(t, http.StatusNotFound, c.get("/users/nobody@contoso.com/"+relation).status, relation)
	}
	r := c.get(user + "/manager")
	assert.Equal(t, http.StatusNotFound, r.status)
	assert.Equal(t, "Resource 'manager' does not exist or one of its queried reference-property objects are not present.", r.message())
}

func TestSingleProperties(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.Tenant().AddUser(map[string]any{"displayName": "Ann", "userPrincipalName": "ann@contoso.com", "department": nil})
	r := c.ok("/users/" + id + "/displayName")
	assert.Equal(t, "Ann", r.body["value"])
	assert.Equal(t, c.GraphURL()+"/v1.0/$metadata#users('"+id+"')/displayName", r.body["@odata.context"])
	r = c.get("/users/" + id + "/department")
	assert.Equal(t, http.StatusNoContent, r.status, "null has no content")
	assert.Empty(t, r.text)
	assert.Equal(t, http.StatusNotFound, c.get("/users/nobody@contoso.com/displayName").status)
	assert.Equal(t, c.Tenant().Group(c.Tenant().GroupIDs()[0])["displayName"], c.ok("/groups/" + c.Tenant().GroupIDs()[0] + "/displayName").body["value"])
}

func TestGroupsInGroups(t *testing.T) {
	t.Parallel()
	c := start(t)
	inner, middle, outer := c.Tenant().AddGroup(map[string]any{"displayName": "inner"}), c.Tenant().AddGroup(map[string]any{"displayName": "middle"}), c.Tenant().AddGroup(map[string]any{"displayName": "outer"})
	require.True(t, c.Tenant().AddMember(middle, inner))
	require.True(t, c.Tenant().AddMember(outer, middle))
	assert.Equal(t, []string{middle}, column(c.ok("/groups/"+inner+"/memberOf").rows(), "id"))
	assert.Equal(t, []string{middle, outer}, column(c.ok("/groups/"+inner+"/transitiveMemberOf").rows(), "id"))
	assert.Equal(t, "2", c.ok("/groups/"+inner+"/transitiveMemberOf/$count", eventually).text)
	assert.Equal(t, http.StatusNotFound, c.get("/groups/"+c.Tenant().UserIDs()[0]+"/memberOf").status)
}

func TestExpandOptions(t *testing.T) {
	t.Parallel()
	c := start(t)
	group := c.Tenant().GroupIDs()[0]
	body := c.ok("/groups/" + group + "?$select=id&$expand=members($select=id,userPrincipalName)").body
	members := body["members"].([]any)
	require.NotEmpty(t, members)
	assert.LessOrEqual(t, len(members), 20)
	assert.ElementsMatch(t, []string{"@odata.type", "id", "userPrincipalName"}, keys(members[0].(map[string]any)))
	assert.Contains(t, c.ok("/groups/"+group+"?$expand=MEMBERS").body, "members")

	user := c.ok("/users?$select=id&$expand=manager($select=id)&$top=1").rows()[0]
	assert.NotContains(t, user, "manager", "nobody has one")
	c.ok("/users?$select=id&$count=true&$expand=manager($levels=max;$select=id)&$top=1", eventually)
	assert.Equal(t, []any{}, c.ok("/users?$select=id&$expand=directReports&$top=1").rows()[0]["directReports"])
	for _, bad := range []string{"members($select=nosuch)", "members($filter=id eq 'x')", "members,owners", "members($select=id),owners", "members($select=id", "members($expand=owners($select=id))"} {
		assert.Equal(t, http.StatusBadRequest, c.get("/groups?$expand="+bad).status, bad)
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	c := start(t)
	user, group := c.Tenant().UserIDs()[0], c.Tenant().GroupIDs()[0]
	r := c.send(http.MethodPost, "/directoryObjects/getByIds", map[string]any{"ids": []string{group, user, c.DirectoryID()}})
	require.Equal(t, http.StatusOK, r.status, r.text)
	assert.Equal(t, []string{"#microsoft.graph.group", "#microsoft.graph.user"}, column(r.rows(), "@odata.type"))
	r = c.send(http.MethodPost, "/directoryObjects/getByIds", map[string]any{"ids": []string{group, user}, "types": []string{"user"}})
	assert.Equal(t, []string{user}, column(r.rows(), "id"))
	assert.Equal(t, http.StatusBadRequest, c.send(http.MethodPost, "/directoryObjects/getByIds", map[string]any{"ids": make([]string, 1001)}).status)
	assert.Equal(t, http.StatusMethodNotAllowed, c.get("/directoryObjects/getByIds").status)
	assert.Equal(t, "#microsoft.graph.group", c.ok("/directoryObjects/" + group).body["@odata.type"])

	made := c.Tenant().AddGroup(map[string]any{"displayName": "plain", "securityEnabled": false})
	require.True(t, c.Tenant().AddMember(made, user))
	ask := func(action string, body map[string]any) []any {
		r := c.send(http.MethodPost, "/users/"+user+"/"+action, body)
		require.Equal(t, http.StatusOK, r.status, r.text)
		return r.body["value"].([]any)
	}
	assert.Contains(t, ask("getMemberGroups", map[string]any{"securityEnabledOnly": false}), made)
	assert.NotContains(t, ask("getMemberGroups", map[string]any{"securityEnabledOnly": true}), made)
	assert.Equal(t, []any{made}, ask("checkMemberGroups", map[string]any{"groupIds": []string{made, c.DirectoryID()}}))
	assert.Equal(t, http.StatusBadRequest, c.send(http.MethodPost, "/users/"+user+"/getMemberGroups", map[string]any{}).status)
}

func TestBetaReturnsMoreByDefault(t *testing.T) {
	t.Parallel()
	c := start(t)
	plain, beta := c.ok("/users?$top=1").rows()[0], c.ok("/beta/users?$top=1").rows()[0]
	assert.NotContains(t, plain, "accountEnabled")
	assert.Contains(t, beta, "accountEnabled")
	for _, name := range []string{"signInActivity", "perUserMfaState", "customSecurityAttributes", "mailboxSettings"} {
		assert.NotContains(t, beta, name)
	}
}

func TestRolesByTemplate(t *testing.T) {
	t.Parallel()
	c := start(t)
	const globalAdministrator = "62e90394-69f5-4237-9190-012177145e10"
	assert.Equal(t, "Global Administrator", c.ok("/directoryRoles(roleTemplateId='" + globalAdministrator + "')").body["displayName"])
	assert.NotEmpty(t, c.ok("/directoryRoles(roleTemplateId='"+globalAdministrator+"')/members").rows())
}

func TestWhoHasTheRolesOfAResource(t *testing.T) {
	t.Parallel()
	c := start(t)
	graph := c.ok("/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')?$select=id").body["id"].(string)
	rows := c.all("/servicePrincipals/" + graph + "/appRoleAssignedTo")
	require.NotEmpty(t, rows)
	for _, r := range rows {
		assert.Equal(t, graph, r["resourceId"])
	}
}
