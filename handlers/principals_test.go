package handlers

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDeletedPrincipals: an assignment to somebody who was deleted says whose it
// was, as far as that is known, and that nobody is there any more.
func TestDeletedPrincipals(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	const gone = "aaaaaaaa-0000-0000-0000-00000000dead"
	for _, kind := range []string{"role_assignments", "role_eligibility"} {
		a.read(tenant, kind, "list",
			object{"id": "lost", "principalId": gone, "principal": nil, "roleDefinitionId": "r", "directoryScopeId": "/"},
			object{"id": "kept", "principalId": "p", "principal": object{"@odata.type": "#microsoft.graph.user", "id": "p", "displayName": "Person"}, "roleDefinitionId": "r", "directoryScopeId": "/"},
			object{"id": "robot", "principalId": "q", "principal": object{"@odata.type": "#microsoft.graph.agentIdentity", "id": "q", "displayName": "Helper"}, "roleDefinitionId": "r", "directoryScopeId": "/"})
	}
	b := a.owner()
	for _, kind := range []string{"role_assignments", "role_eligibility"} {
		r := b.get("/tenants/contoso/data/" + kind)
		require.Equal(t, http.StatusOK, r.Status)
		row := r.told("row-lost")
		assert.Contains(t, row, gone, kind)
		assert.Contains(t, row, "Deleted or not known", kind)
		assert.Contains(t, r.told("row-kept"), "Person", kind)
		assert.NotContains(t, r.told("row-kept"), "Deleted", kind)
		assert.Contains(t, r.told("row-robot"), "Agent identity", kind)
		assert.Contains(t, b.get("/tenants/contoso/data/"+kind+"/lost").text("h1"), gone, kind)
	}
}

// TestPrivilegedUsers_SaysWhatItLeavesOut also where no user has a role at all:
// who looks for administrators is led to those that are no users.
func TestPrivilegedUsers_SaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	for _, kind := range []string{"users", "groups", "group_members", "role_definitions", "mfa_registrations"} {
		a.read(tenant, kind, "list")
	}
	of := func(id, typ string) object {
		o := object{"id": id, "principalId": "p-" + id, "roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10", "directoryScopeId": "/", "principal": nil}
		if typ != "" {
			o["principal"] = object{"@odata.type": "#microsoft.graph." + typ, "displayName": "Principal " + id}
		}
		return o
	}
	a.read(tenant, "role_assignments", "list", of("1", "servicePrincipal"), of("2", "servicePrincipal"), of("3", ""), of("4", "group"))
	a.read(tenant, "role_eligibility", "list", of("5", "group"))
	b := a.owner()
	r := b.get("/tenants/contoso/data/privileged_users")
	require.Equal(t, http.StatusOK, r.Status)
	quiet(t, r)
	assert.Contains(t, r.told("omitted-applications"), "Roles of applications and managed identities")
	assert.Contains(t, r.told("omitted-applications"), "2 role assignments")
	assert.Contains(t, r.told("omitted-deleted_principals"), "1 role assignment")
	assert.Contains(t, r.told("omitted-eligible_members_of_groups"), "PrivilegedEligibilitySchedule.Read.AzureADGroup")
	assert.Equal(t, 1, r.doc().Find("[data-testid=omitted-eligible_members_of_groups]").Length(), "said once")
	for name, rows := range map[string][]string{"applications": {"row-1", "row-2"}, "deleted_principals": {"row-3"}} {
		_, href := r.link("[data-testid=omitted-" + name + "]")
		table := b.get(href)
		require.Equal(t, http.StatusOK, table.Status)
		assert.Equal(t, len(rows), table.doc().Find("[data-testid^=row-]").Length(), name)
		for _, row := range rows {
			assert.NotEmpty(t, table.told(row), name)
		}
	}
}
