package handlers

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPoliciesInWords: whoever reads the table of policies sees whom and what
// each is for, by whichever list it names them, and nowhere that it is for none.
func TestPoliciesInWords(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	policy := func(id string, users, apps object) object {
		none := []string{}
		all := object{"includeUsers": none, "excludeUsers": none, "includeGroups": none, "excludeGroups": none, "includeRoles": none, "excludeRoles": none}
		for k, v := range users {
			all[k] = v
		}
		return object{
			"id": id, "displayName": "Policy " + id, "state": "enabled",
			"conditions":    object{"users": all, "applications": apps, "clientAppTypes": []string{"all"}},
			"grantControls": object{"operator": "OR", "builtInControls": []string{"compliantDevice", "mfa"}},
		}
	}
	everything := object{"includeApplications": []string{"All"}, "includeUserActions": []string{}}
	action := object{"includeApplications": []string{}, "includeUserActions": []string{"urn:user:registersecurityinfo"}}
	a.read(tenant, "conditional_access_policies", "list",
		policy("roles", object{"includeRoles": []string{"r1", "62e90394-69f5-4237-9190-012177145e10"}}, everything),
		policy("groups", object{"includeGroups": []string{"aaaaaaaa-0000-0000-0000-000000000001"}, "excludeUsers": []string{"aaaaaaaa-0000-0000-0000-000000000002"}}, everything),
		policy("guests", object{"includeGuestsOrExternalUsers": object{"guestOrExternalUserTypes": "b2bCollaborationGuest"}}, everything),
		policy("action", object{"includeUsers": []string{"All"}}, action),
		policy("nobody", object{"includeUsers": []string{"None"}}, everything))
	b := a.owner()
	table := b.get("/tenants/contoso/data/conditional_access_policies")
	require.Equal(t, http.StatusOK, table.Status)
	for id, want := range map[string][]string{
		"roles":  {"1 role", "All apps"},
		"groups": {"1 group, except 1 user", "MFA", "The device is compliant"},
		"guests": {"Invited guests"},
		"action": {"All users", "When registering security information"},
		"nobody": {"Nobody"},
	} {
		row := table.told("row-" + id)
		for _, words := range want {
			assert.Contains(t, row, words, id)
		}
		assert.NotContains(t, row, "None", id)
	}
	// The lists that Microsoft sent are there for whoever asks for them.
	raw := b.get("/tenants/contoso/data/conditional_access_policies?cols=" + strings.Join([]string{
		"display_name", "conditions_users_include_users", "conditions_users_include_groups", "conditions_users_include_roles", "conditions_applications_include_applications"}, ","))
	require.Equal(t, http.StatusOK, raw.Status)
	assert.NotContains(t, raw.told("row-roles"), "None")
	assert.Contains(t, raw.told("row-roles"), "Not named")
	export := b.get("/tenants/contoso/export/conditional_access_policies?format=json")
	assert.Contains(t, export.Body, `"unless":"The device is compliant"`)
}
