package store_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

type object map[string]any

// directory is a tenant whose entities are read from objects.
type directory struct {
	t *testing.T
	*store.Store
	tenant store.Tenant
}

func newDirectory(t *testing.T) directory {
	s := storetest.Open(t, storetest.WithCatalogue(entities.All()))
	return directory{t, s, newTenant(t, s, "Contoso")}
}

// read stores a complete list of the first part of a kind.
func (d directory) read(kind string, objects ...object) {
	d.t.Helper()
	d.readPart(kind, d.Catalogue().Def(kind).Parts[0].Name, nil, objects...)
}

func (d directory) readPart(kind, part string, problem *entity.Problem, objects ...object) {
	d.t.Helper()
	def := d.Catalogue().Def(kind)
	run, _, err := d.StartRun(ctx, store.NewRun{TenantID: d.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{kind}})
	require.NoError(d.t, err)
	w, err := d.BeginPart(ctx, store.PartRef{TenantID: d.tenant.ID, RunID: run.ID, Def: def, Part: def.Part(part)})
	require.NoError(d.t, err)
	var rows []entity.Row
	for _, o := range objects {
		raw, err := json.Marshal(o)
		require.NoError(d.t, err)
		row, err := def.Decode(part, raw)
		require.NoError(d.t, err)
		rows = append(rows, row)
	}
	if len(rows) > 0 {
		_, err = w.Put(ctx, rows, store.Traffic{})
		require.NoError(d.t, err)
	}
	if problem != nil {
		_, err = w.Stop(ctx, problem, store.Traffic{})
	} else {
		_, err = w.Complete(ctx, store.Traffic{})
	}
	require.NoError(d.t, err)
	require.NoError(d.t, d.FinishRun(ctx, run.ID, store.RunComplete, nil))
}

// edges are members of groups: "group member" pairs.
func (d directory) edges(pairs ...string) {
	d.t.Helper()
	var objects []object
	for _, p := range pairs {
		var group, member string
		_, err := fmt.Sscan(p, &group, &member)
		require.NoError(d.t, err)
		objects = append(objects, object{"id": member, "@parent": group, "@relation": "member"})
	}
	def := d.Catalogue().Def("group_members")
	run, _, err := d.StartRun(ctx, store.NewRun{TenantID: d.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{"group_members"}})
	require.NoError(d.t, err)
	w, err := d.BeginPart(ctx, store.PartRef{TenantID: d.tenant.ID, RunID: run.ID, Def: def, Part: &def.Parts[0]})
	require.NoError(d.t, err)
	var rows []entity.Row
	for _, o := range objects {
		raw, err := json.Marshal(o)
		require.NoError(d.t, err)
		row, err := def.Decode("list", raw)
		require.NoError(d.t, err)
		row.ID = entity.RelationID(o["@parent"].(string), "member") + row.ID
		rows = append(rows, row)
	}
	_, err = w.Put(ctx, rows, store.Traffic{})
	require.NoError(d.t, err)
	_, err = w.Complete(ctx, store.Traffic{})
	require.NoError(d.t, err)
	require.NoError(d.t, d.FinishRun(ctx, run.ID, store.RunComplete, nil))
}

const (
	globalAdmin   = "62e90394-69f5-4237-9190-012177145e10"
	userAdmin     = "fe930be7-5e62-47db-91af-98c3a49a38b1"
	reportsReader = "4a5d8f65-41da-4de4-8968-e035b65339cf"
)

// privileged are the rows as "user role state way".
func (d directory) privileged(removed bool) map[string]store.Row {
	d.t.Helper()
	def := d.Catalogue().Def("privileged_users")
	rows := map[string]store.Row{}
	ids, rowIDs := map[string]bool{}, map[int64]bool{}
	require.NoError(d.t, d.Each(ctx, store.Query{TenantID: d.tenant.ID, Def: def, Removed: removed}, func(r store.Row) error {
		key := fmt.Sprintf("%s %s %s", r.Cell(def, "display_name"), r.Cell(def, "role"), r.Cell(def, "state"))
		if g := r.Cell(def, "group_name"); g != nil {
			key += fmt.Sprint(" via ", g)
		}
		assert.False(d.t, ids[r.ID] || rowIDs[r.RowID], "%s is there twice", r.ID)
		ids[r.ID], rowIDs[r.RowID] = true, true
		rows[key] = r
		one, err := d.Row(ctx, d.tenant.ID, def, r.ID)
		require.NoError(d.t, err)
		assert.Equal(d.t, r, one)
		return nil
	}))
	return rows
}

func keys(rows map[string]store.Row) []string {
	var all []string
	for k := range rows {
		all = append(all, k)
	}
	return all
}

// admins is a directory in which every way to a role occurs.
func admins(t *testing.T) directory {
	d := newDirectory(t)
	user := func(id, name string) object {
		return object{"id": id, "displayName": name, "userType": "Member", "accountEnabled": true}
	}
	guest := user("u-gus", "Gus")
	guest["userType"] = "Guest"
	d.read("users", user("u-ann", "Ann"), user("u-bob", "Bob"), user("u-cat", "Cat"), user("u-dan", "Dan"), guest, user("u-eve", "Eve"))
	d.read("groups", object{"id": "g-ops", "displayName": "Ops"}, object{"id": "g-inner", "displayName": "Inner"}, object{"id": "g-else", "displayName": "Else"})
	d.edges("g-ops u-bob", "g-ops g-inner", "g-inner u-gus", "g-inner g-ops", "g-else u-eve")
	role := func(id, name string, builtIn bool) object {
		return object{"id": id, "templateId": id, "displayName": name, "isBuiltIn": builtIn}
	}
	d.read("role_definitions", role(globalAdmin, "Global Administrator", true), role(reportsReader, "Reports Reader", true), role("custom", "Custom", false))
	assignment := func(id, principal, role string) object {
		return object{"id": id, "principalId": principal, "roleDefinitionId": role, "directoryScopeId": "/"}
	}
	d.read("role_assignments",
		assignment("a1", "u-ann", globalAdmin),
		assignment("a2", "g-ops", globalAdmin),
		assignment("a3", "u-bob", userAdmin), // the list of roles lacks it
		assignment("a4", "u-cat", "custom"),
		assignment("a5", "u-dan", reportsReader),
		assignment("a6", "u-cat", globalAdmin),
	)
	pim := func(id, principal, role, kind string, end any) object {
		o := assignment(id, principal, role)
		o["endDateTime"] = end
		if kind != "" {
			o["assignmentType"] = kind
		}
		return o
	}
	d.read("role_eligibility",
		pim("a1", "u-ann", globalAdmin, "Assigned", nil),
		pim("a6", "u-cat", globalAdmin, "Activated", "2026-11-02T18:00:00Z"),
		pim("a6-e", "u-cat", globalAdmin, "", "2027-01-01T00:00:00Z"),
		pim("e1-e", "g-ops", userAdmin, "", nil),
	)
	d.read("mfa_registrations", object{"id": "u-ann", "userDisplayName": "Ann", "isMfaRegistered": true}, object{"id": "u-bob", "userDisplayName": "Bob", "isMfaRegistered": false})
	return d
}

func TestPrivilegedUsers(t *testing.T) {
	t.Parallel()
	d := admins(t)
	rows := d.privileged(false)
	assert.ElementsMatch(t, []string{
		"Ann Global Administrator active",
		"Bob Global Administrator active via Ops",
		"Gus Global Administrator active via Ops",
		"Bob User Administrator active",
		"Cat Custom active",
		"Cat Global Administrator activated",
		"Cat Global Administrator eligible",
		"Bob User Administrator eligible via Ops",
		"Gus User Administrator eligible via Ops",
		"Dan Reports Reader active",
	}, keys(rows), "every role, privileged or not")
	def := d.Catalogue().Def("privileged_users")
	for key, want := range map[string]map[string]any{
		"Ann Global Administrator active":         {"permanent": true, "is_mfa_registered": true, "way": "direct", "is_privileged": true, "directory_scope_id": "/"},
		"Bob Global Administrator active via Ops": {"permanent": nil, "is_mfa_registered": false, "way": "group", "group_id": "g-ops"},
		"Gus User Administrator eligible via Ops": {"permanent": true, "is_mfa_registered": nil, "user_type": "Guest"},
		"Cat Global Administrator activated":      {"permanent": false, "end_date_time": "2026-11-02T18:00:00Z", "role_assignment_id": "a6", "pim_assignment_id": nil},
		"Cat Global Administrator eligible":       {"permanent": false, "end_date_time": "2027-01-01T00:00:00Z", "role_assignment_id": nil, "pim_assignment_id": "a6-e"},
		"Cat Custom active":                       {"is_privileged": nil},
		"Bob User Administrator active":           {"is_privileged": true},
		"Dan Reports Reader active":               {"is_privileged": false},
	} {
		for column, value := range want {
			assert.Equal(t, value, rows[key].Cell(def, column), "%s: %s", key, column)
		}
	}

	// What Microsoft says of a role goes before the documented list.
	d.readPart("role_definitions", "privileged", nil, object{"id": "custom", "isPrivileged": false}, object{"id": reportsReader, "isPrivileged": true})
	rows = d.privileged(false)
	assert.Equal(t, false, rows["Cat Custom active"].Cell(def, "is_privileged"))
	assert.Equal(t, true, rows["Dan Reports Reader active"].Cell(def, "is_privileged"))

	// Nobody is in a group any more who left it, or in one that is gone.
	d.edges("g-ops u-bob", "g-inner u-gus")
	rows = d.privileged(false)
	assert.Contains(t, rows, "Bob Global Administrator active via Ops")
	assert.NotContains(t, rows, "Gus Global Administrator active via Ops")

	// A role that was taken away stays in sight among the removed rows.
	d.read("role_assignments", object{"id": "a1", "principalId": "u-ann", "roleDefinitionId": globalAdmin, "directoryScopeId": "/"})
	assert.NotContains(t, d.privileged(false), "Bob User Administrator active")
	assert.False(t, d.privileged(true)["Bob User Administrator active"].RemovedAt.IsZero())

	other := directory{t, d.Store, newTenant(t, d.Store, "Fabrikam")}
	assert.Empty(t, other.privileged(true), "another tenant has none of it")
}

func TestPrivilegedUsers_WithoutPIM(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	d.read("users", object{"id": "u-ann", "displayName": "Ann"})
	d.read("role_assignments", object{"id": "a1", "principalId": "u-ann", "roleDefinitionId": globalAdmin, "directoryScopeId": "/"})
	def := d.Catalogue().Def("privileged_users")
	row := func() store.Row { return d.privileged(false)["Ann Global Administrator active"] }
	d.readPart("role_eligibility", "list", &entity.Problem{Class: entity.ClassPermission, Needs: []string{"RoleManagement.Read.Directory"}})
	assert.Nil(t, row().Cell(def, "permanent"), "PIM could not be asked")
	d.readPart("role_eligibility", "list", &entity.Problem{Class: entity.ClassLicence, Needs: []string{"Microsoft Entra ID P2"}})
	assert.Equal(t, true, row().Cell(def, "permanent"), "without PIM every assignment is permanent")

	state, err := d.EntityState(ctx, d.tenant.ID, "privileged_users")
	require.NoError(t, err)
	assert.Equal(t, 1, state.Rows)
	assert.NotEqual(t, entity.Complete, state.State)
	gaps := map[string]entity.State{}
	for _, g := range state.Columns {
		gaps[g.Column] = g.State
	}
	assert.Equal(t, entity.NotLicensed, gaps["end_date_time"])
	assert.Equal(t, entity.NotLicensed, gaps["eligible_assignments"])
	assert.Equal(t, entity.Never, gaps["is_mfa_registered"], "an unread report is not an unreported account")
	assert.Equal(t, entity.Never, gaps["sign_in_activity_last_successful_sign_in_date_time"], "the part that fills the column, not the list")
	assert.NotContains(t, gaps, "display_name")
}

func TestReferences(t *testing.T) {
	t.Parallel()
	d := admins(t)
	d.read("conditional_access_policies", object{"id": "p1", "displayName": "Block", "conditions": object{"users": object{"excludeUsers": []string{"u-ann"}, "includeUsers": []string{"All"}}}})
	targets, err := d.Targets(ctx, d.tenant.ID, entity.Ref{Kind: "users"}, []string{"u-ann", "nobody", "g-ops"})
	require.NoError(t, err)
	assert.Equal(t, map[string]store.Target{"u-ann": {ID: "u-ann", Title: "Ann"}}, targets)
	_, err = d.Targets(ctx, d.tenant.ID, entity.Ref{Kind: "users", By: "nonsense"}, []string{"x"})
	require.ErrorIs(t, err, store.ErrNotFound)

	referring := func(kind, id string) map[string]int {
		def := d.Catalogue().Def(kind)
		row, err := d.Row(ctx, d.tenant.ID, def, id)
		require.NoError(t, err)
		list, err := d.Referring(ctx, d.tenant.ID, def, row, 1)
		require.NoError(t, err)
		totals := map[string]int{}
		for _, r := range list {
			name := r.Def.Kind
			if r.Column != nil {
				name += "." + r.Column.Name
			}
			totals[name] = r.Total
			assert.Len(t, r.Rows, min(r.Total, 1), name)
		}
		return totals
	}
	ann := referring("users", "u-ann")
	assert.Equal(t, 1, ann["mfa_registrations"])
	assert.Equal(t, 1, ann["role_assignments.principal_id"])
	assert.Equal(t, 1, ann["role_eligibility.principal_id"])
	assert.Equal(t, 1, ann["privileged_users.user_id"])
	assert.Equal(t, 1, ann["conditional_access_policies.conditions_users_exclude_users"])
	assert.Zero(t, ann["conditional_access_policies.conditions_users_include_users"])
	role := referring("role_definitions", globalAdmin)
	assert.Equal(t, []int{3, 3, 5}, []int{role["role_assignments.role_definition_id"], role["role_eligibility.role_definition_id"], role["privileged_users.role_id"]})
	cat := referring("users", "u-cat")
	assert.Contains(t, cat, "mfa_registrations", "what has no row is listed, too")
	assert.Zero(t, cat["mfa_registrations"])
	assert.NotContains(t, cat, "role_assignments.role_definition_id")

	tallies, err := d.Tallies(ctx, d.tenant.ID, d.Catalogue().Def("privileged_users"))
	require.NoError(t, err)
	assert.Equal(t, 1, tallies["guests_with_roles"].Yes, "two roles of one guest")

	// The history of what a row was put together from.
	d.read("mfa_registrations", object{"id": "u-ann", "userDisplayName": "Ann", "isMfaRegistered": true})
	d.read("users", object{"id": "u-ann", "displayName": "Anna", "userType": "Member"}, object{"id": "u-eve", "displayName": "Eve II"})
	changes, err := d.Changes(ctx, d.tenant.ID, "privileged_users", "", 0, 50)
	require.NoError(t, err)
	var titles []string
	for _, c := range changes {
		if c.Action == "changed" {
			titles = append(titles, c.Title)
		}
	}
	assert.Equal(t, []string{"Anna"}, titles, "Eve has no role")
}
