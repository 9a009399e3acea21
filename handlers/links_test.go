package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

const (
	globalAdmin = "62e90394-69f5-4237-9190-012177145e10"
	dataPath    = "/tenants/contoso/data/"
)

// adminApp is a directory with roles: of user-0001 itself, and of the guest
// user-0004 through a group.
func adminApp(t *testing.T) (*app, store.Tenant) {
	t.Helper()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.read(tenant, "users", "list", people(6)...)
	a.read(tenant, "users", "sign_in_activity", people(6)...)
	a.read(tenant, "groups", "list", object{"id": "group-1", "displayName": "Tier <zero>"})
	a.readEdges(tenant, "group-1", "member", "user-0004")
	a.read(tenant, "role_definitions", "list", object{"id": globalAdmin, "templateId": globalAdmin, "displayName": "Global Administrator", "isBuiltIn": true})
	a.read(tenant, "role_definitions", "privileged", object{"id": globalAdmin, "isPrivileged": true})
	a.read(tenant, "role_assignments", "list",
		object{"id": "a1", "principalId": "user-0001", "roleDefinitionId": globalAdmin, "directoryScopeId": "/", "principal": object{"@odata.type": "#microsoft.graph.user", "displayName": "Person 0001"}},
		object{"id": "a2", "principalId": "group-1", "roleDefinitionId": globalAdmin, "directoryScopeId": "/", "principal": object{"@odata.type": "#microsoft.graph.group", "displayName": "Tier <zero>"}},
		object{"id": "a3", "principalId": "nobody", "roleDefinitionId": "unknown-role", "directoryScopeId": "/"})
	a.read(tenant, "role_eligibility", "list", object{"id": "a1", "principalId": "user-0001", "roleDefinitionId": globalAdmin, "directoryScopeId": "/", "assignmentType": "Assigned"})
	a.read(tenant, "mfa_registrations", "list", object{"id": "user-0001", "userDisplayName": "Person 0001", "isAdmin": true, "isMfaRegistered": false})
	return a, tenant
}

// readEdges stores the complete list of the members of one group.
func (a *app) readEdges(tenant store.Tenant, group, relation string, members ...string) {
	a.t.Helper()
	def := a.store.Catalogue().Def("group_members")
	run := a.begin(tenant, "group_members")
	w := a.begun(run, "group_members", "list")
	var rows []entity.Row
	for _, m := range members {
		row, err := def.DecodeFor("list", group, &entity.FanList{Relation: relation}, []byte(`{"id":"`+m+`","@odata.type":"#microsoft.graph.user"}`))
		require.NoError(a.t, err)
		rows = append(rows, row)
	}
	_, err := w.Put(a.t.Context(), rows, store.Traffic{})
	require.NoError(a.t, err)
	_, err = w.Complete(a.t.Context(), store.Traffic{})
	require.NoError(a.t, err)
	require.NoError(a.t, a.store.FinishRun(a.t.Context(), run.ID, store.RunComplete, nil))
}

// link returns the text and the address of the first link below a selector.
func (r answer) link(selector string) (text, href string) {
	r.t.Helper()
	link := r.doc().Find(selector + " a").First()
	href, _ = link.Attr("href")
	return link.Text(), href
}

func TestLinks_OfATable(t *testing.T) {
	t.Parallel()
	a, _ := adminApp(t)
	b := a.owner()
	r := b.get(dataPath + "role_assignments?cols=role_definition_id,principal_id")
	require.Equal(t, http.StatusOK, r.Status)
	quiet(t, r)
	text, href := r.link("[data-testid=row-a1] td:nth-child(2)")
	assert.Equal(t, "Global Administrator", text)
	assert.Equal(t, dataPath+"role_definitions/"+globalAdmin, href)
	_, href = r.link("[data-testid=row-a1] td:nth-child(3)")
	assert.Equal(t, dataPath+"users/user-0001", href, "the kind that has the row")
	text, href = r.link("[data-testid=row-a2] td:nth-child(3)")
	assert.Equal(t, []string{"Tier <zero>", dataPath + "groups/group-1"}, []string{text, href})
	assert.Equal(t, "unknown-role", r.text("[data-testid=row-a3] td:nth-child(2)"), "an id that leads nowhere is shown as it is")
	assert.Equal(t, 0, r.doc().Find("[data-testid=row-a3] td a").Length())
	assert.Contains(t, r.text("select"), "Global Administrator (2)", "a filter names roles")
	assert.Contains(t, b.get(dataPath+"role_assignments?role_definition_id="+globalAdmin).text(".x-chips"), "Role: Global Administrator")

	a.read(a.contoso(), "applications", "list", object{"id": "app-object", "appId": "app-id", "displayName": "Portal"})
	a.read(a.contoso(), "service_principals", "list", object{"id": "sp-object", "appId": "app-id", "displayName": "Portal's principal"})
	apps := b.get(dataPath + "applications?cols=app_id")
	text, href = apps.link("[data-testid=row-app-object] td")
	assert.Equal(t, []string{"app-id", dataPath + "service_principals/sp-object"}, []string{text, href}, "an application ID is no mere reference")
	assert.NotContains(t, apps.text("[data-testid=row-app-object] th"), "app-id", "it has a column of its own")
	assert.Contains(t, b.get(dataPath+"applications").text("[data-testid=row-app-object] th"), "app-id")

	members := b.get(dataPath + "group_members")
	assert.Equal(t, "Person 0004", members.text("[data-row-link]"), "a row without a name of its own has that of what it refers to")
	assert.NotContains(t, members.text("tbody th"), "Tier <zero>", "said in the next column")
	assert.Contains(t, b.get(dataPath+"group_members?cols=relation").text("tbody th"), "Tier <zero>")
}

func TestLinks_OfARow(t *testing.T) {
	t.Parallel()
	a, tenant := adminApp(t)
	a.read(tenant, "conditional_access_policies", "list", object{"id": "policy-1", "displayName": "Block <b>", "conditions": object{"users": object{
		"includeUsers": []string{"All"}, "excludeUsers": []string{"user-0001", "nobody"}, "includeRoles": []string{globalAdmin}}}})
	b := a.owner()

	r := b.get(dataPath + "role_assignments/a1")
	quiet(t, r)
	text, href := r.link("[data-testid=field-role_definition_id]")
	assert.Equal(t, []string{"Global Administrator", dataPath + "role_definitions/" + globalAdmin}, []string{text, href})

	policy := b.get(dataPath + "conditional_access_policies/policy-1")
	text, href = policy.link("[data-testid=field-conditions_users_exclude_users]")
	assert.Equal(t, []string{"Person 0001", dataPath + "users/user-0001"}, []string{text, href})
	assert.Contains(t, policy.told("field-conditions_users_exclude_users"), "nobody")
	assert.Equal(t, "All", policy.told("field-conditions_users_include_users"))

	user := b.get(dataPath + "users/user-0001")
	quiet(t, user)
	for name, want := range map[string][]string{
		"role_assignments-principal_id":                              {"Global Administrator", dataPath + "role_assignments/a1"},
		"mfa_registrations":                                          {"Person 0001", dataPath + "mfa_registrations/user-0001"},
		"conditional_access_policies-conditions_users_exclude_users": {"Block <b>", dataPath + "conditional_access_policies/policy-1"},
	} {
		text, href := user.link("[data-testid='related-" + name + "']")
		assert.Equal(t, want, []string{text, href}, name)
	}
	assert.Contains(t, user.told("related-role_eligibility-principal_id"), "Active")
	assert.Equal(t, "Not known: never synced", user.told("related-risky_users"), "nothing found in what was not read means nothing")
	assert.False(t, user.has("related-group_members-member_id"), "complete, and without any")
	drawer := b.get(dataPath+"users/user-0001", "HX-Request", "true")
	assert.True(t, drawer.has("related-role_assignments-principal_id"))

	guest := b.get(dataPath + "guests/user-0004")
	assert.Equal(t, "Not reported by Microsoft", guest.told("related-mfa_registrations"), "never: no")
	text, _ = guest.link("[data-testid=related-group_members-member_id]")
	assert.Equal(t, "Tier <zero>", text)
	assert.Contains(t, guest.told("related-group_members-member_id"), "Member")

	registration := b.get(dataPath + "mfa_registrations/user-0001")
	_, href = registration.link("[data-testid=related-users]")
	assert.Equal(t, dataPath+"users/user-0001", href)

	role := b.get(dataPath + "role_definitions/" + globalAdmin)
	text, _ = role.link("[data-testid=related-role_assignments-role_definition_id]")
	assert.Equal(t, "Person 0001", text)
}

func TestLinks_ManyRowsAreCountedAndLedTo(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	users := people(relatedShown + 3)
	a.read(tenant, "users", "list", users...)
	a.read(tenant, "groups", "list", object{"id": "group-1", "displayName": "Everyone"})
	var ids []string
	for _, u := range users {
		ids = append(ids, u["id"].(string))
	}
	a.readEdges(tenant, "group-1", "member", ids...)
	b := a.owner()
	r := b.get(dataPath + "groups/group-1")
	assert.Equal(t, relatedShown+1, r.doc().Find("[data-testid=related-group_members-group_id] li").Length())
	more := r.doc().Find("[data-testid=related-group_members-group_id] li a").Last()
	assert.Equal(t, "and 3 more", more.Text())
	href, _ := more.Attr("href")
	assert.Len(t, b.get(href).rowIDs(), relatedShown+3)
}

func TestPrivilegedUser_SaysWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	a, tenant := adminApp(t)
	b := a.owner()
	cells := func(r answer, id string) string { return r.text("[data-testid='row-" + id + "']") }
	r := b.get(dataPath + "privileged_users?cols=is_mfa_registered,permanent,group_name")
	require.Equal(t, http.StatusOK, r.Status)
	assert.Contains(t, cells(r, "user-0001:active:a1"), "YesNo", "permanent, and no MFA")
	assert.Contains(t, cells(r, "user-0004:active:a2"), "Tier <zero>")
	assert.Contains(t, cells(r, "user-0004:active:a2"), "Not reported by Microsoft", "the report has no row for the account")
	assert.Contains(t, r.text("select"), "Not reported by Microsoft")

	// A report that could not be read is another matter.
	a.failed(tenant, "mfa_registrations", "list", noAuditLog)
	r = b.get(dataPath + "privileged_users?cols=is_mfa_registered")
	assert.NotContains(t, cells(r, "user-0004:active:a2"), "Not reported by Microsoft")
	assert.Contains(t, cells(r, "user-0004:active:a2"), "Not read")
	assert.Equal(t, "complete", r.attr("entity-state-privileged_users", "data-state"), "the report only adds columns")
	assert.Contains(t, r.text("[data-testid=gap-mfa_registrations]"), "not permitted, needs AuditLog.Read.All")

	a.read(tenant, "users", "list", append(people(6)[:1:1], object{"id": "user-0001", "displayName": "Renamed", "userPrincipalName": "person0001@contoso.com"},
		people(6)[2], people(6)[3], people(6)[4], people(6)[5])...)
	page := b.get(dataPath + "privileged_users/" + url.PathEscape("user-0001:active:a1"))
	assert.Contains(t, page.text(".x-tl"), "Person 0001 → Renamed", "its history is that of what it was put together from")
}

func TestOverview_IdentityTiles(t *testing.T) {
	t.Parallel()
	a, tenant := adminApp(t)
	b := a.owner()
	expiring := func(days int) object {
		at := a.store.Now().AddDate(0, 0, days).UTC().Format(time.RFC3339)
		return object{"id": "app-" + at, "appId": at, "displayName": "App", "passwordCredentials": []object{{"endDateTime": at}}}
	}
	a.read(tenant, "applications", "list", expiring(-1), expiring(1), expiring(29), expiring(31))
	a.read(tenant, "risky_users", "list", object{"id": "user-0001", "riskState": "atRisk"}, object{"id": "user-0002", "riskState": "dismissed"}, object{"id": "user-0003", "riskState": "confirmedCompromised"})
	// The guest has the role twice: through the group and directly.
	a.read(tenant, "role_eligibility", "list", object{"id": "a9-e", "principalId": "user-0004", "roleDefinitionId": globalAdmin, "directoryScopeId": "/"})
	r := b.get("/tenants/contoso")
	quiet(t, r)
	for name, want := range map[string]string{
		"admins_without_mfa":   "1 at_least true 1", // of the other admin Microsoft reports nothing
		"app_secrets_expiring": "2 known true 0",
		"risky_users":          "2 known true 0",
		"guests_with_roles":    "1 known true 0",
	} {
		assert.Equal(t, want, r.tile(name), name)
	}
	href, _ := r.doc().Find(".x-kpi-warn a[href*='/applications']").Attr("href")
	table := b.get(href)
	assert.Len(t, table.rowIDs(), 2)
	assert.Contains(t, table.text(".x-chips"), "Next expiry: from now")
	assert.Contains(t, table.text(".x-chips"), "Next expiry: within 30 days")
	assert.Contains(t, table.text("tbody"), "in 24 h")
	assert.Contains(t, b.get(dataPath+"applications").text("tbody"), "expired 24 h ago")
	var presets []string
	links := table.doc().Find("a[href*='next_expiry']")
	for i := range links.Nodes {
		presets = append(presets, strings.TrimSpace(links.Eq(i).Text()))
	}
	assert.Contains(t, presets, "Next 7 days")
	assert.Contains(t, presets, "Expired")

	// Without the licence for PIM the active roles are still right, and the tile
	// says which it lacks. An answer that failed could have had any.
	a.failed(tenant, "role_eligibility", "list", &entity.Problem{Class: entity.ClassLicence, Needs: []string{"Microsoft Entra ID P2"}})
	r = b.get("/tenants/contoso")
	assert.Equal(t, "1 known false 0", r.tile("guests_with_roles"))
	assert.Equal(t, "Eligible assignments: needs Microsoft Entra ID P2", r.gaps("guests_with_roles"))
	table = b.get(dataPath + "privileged_users")
	assert.Equal(t, "complete", table.attr("entity-state-privileged_users", "data-state"))
	assert.Contains(t, table.text("[data-testid=gap-role_eligibility] strong"), "Eligible assignments, Permanent, Ends:")
	a.failed(tenant, "role_eligibility", "list", &entity.Problem{Class: entity.ClassPermission, Needs: []string{"RoleManagement.Read.Directory"}})
	r = b.get("/tenants/contoso")
	assert.Equal(t, "1 known false 0", r.tile("guests_with_roles"), "the last known value, and why it is no newer")
	assert.Equal(t, "Eligible assignments: needs RoleManagement.Read.Directory", r.gaps("guests_with_roles"))
	a.failed(tenant, "mfa_registrations", "list", noAuditLog)
	assert.Contains(t, b.get("/tenants/contoso").gaps("admins_without_mfa"), "MFA registrations: needs AuditLog.Read.All")
}
