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
