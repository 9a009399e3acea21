package store

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

// openIdentity is a store with the product's catalogue and one tenant.
func openIdentity(t *testing.T) (*Store, Tenant) {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: t.TempDir(), Catalogue: entities.All()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	tenant, err := s.CreateTenant(t.Context(), Actor{"test"}, "Contoso", "")
	require.NoError(t, err)
	return s, tenant
}

// putObjects stores a complete first part of Microsoft's objects.
func putObjects(t *testing.T, s *Store, tenant Tenant, kind string, objects ...string) {
	t.Helper()
	d := s.catalogue.Def(kind)
	run, _, err := s.StartRun(t.Context(), NewRun{TenantID: tenant.ID, Trigger: TriggerManual, Kinds: []string{kind}})
	require.NoError(t, err)
	w, err := s.BeginPart(t.Context(), PartRef{TenantID: tenant.ID, RunID: run.ID, Def: d, Part: &d.Parts[0]})
	require.NoError(t, err)
	var rows []entity.Row
	for _, o := range objects {
		row, err := d.Decode(d.Parts[0].Name, json.RawMessage(o))
		require.NoError(t, err)
		rows = append(rows, row)
	}
	_, err = w.Put(t.Context(), rows, Traffic{})
	require.NoError(t, err)
	_, err = w.Complete(t.Context(), Traffic{})
	require.NoError(t, err)
	require.NoError(t, s.FinishRun(t.Context(), run.ID, RunComplete, nil))
}

// TestMFAFacts hands policies back as Microsoft sent them, odd values included:
// what is not understood must not look as if it were not there.
func TestMFAFacts(t *testing.T) {
	t.Parallel()
	s, tenant := openIdentity(t)
	facts, err := s.MFAFacts(t.Context(), tenant.ID)
	require.NoError(t, err)
	assert.Empty(t, facts.Policies)
	assert.Nil(t, facts.SecurityDefaults)

	putObjects(t, s, tenant, "conditional_access_policies",
		`{"id":"2","displayName":"B","state":"enabled","conditions":{"users":{"includeUsers":["All"]},"later":{"x":1}},"grantControls":null}`,
		`{"id":"1","displayName":"A","state":"enabled","conditions":"everything","grantControls":[1]}`,
		`{"id":"3","displayName":{"de":"C"},"state":7}`)
	putObjects(t, s, tenant, "security_defaults", `{"id":"d","isEnabled":true}`)
	putObjects(t, s, tenant, "role_assignments",
		`{"id":"a1","principalId":"u1","roleDefinitionId":"r1","directoryScopeId":"/"}`,
		`{"id":"a2","principalId":"g1","roleDefinitionId":"r2","directoryScopeId":"/administrativeUnits/1"}`,
		`{"id":"a3","principalId":"u1","roleDefinitionId":"r3","appScopeId":"app"}`)
	putObjects(t, s, tenant, "role_definitions", `{"id":"r1","templateId":"t1","displayName":"Role","isBuiltIn":true}`)
	putObjects(t, s, tenant, "groups", `{"id":"g1","displayName":"Group"}`)
	facts, err = s.MFAFacts(t.Context(), tenant.ID)
	require.NoError(t, err)
	require.Len(t, facts.Policies, 3)
	var all []string
	for _, p := range facts.Policies {
		all = append(all, string(p))
	}
	assert.Contains(t, all, `{"displayName":"A","id":"1","state":"enabled"}`)
	assert.Contains(t, all, `{"conditions":{"users":{"includeUsers":["All"]},"later":{"x":1}},"displayName":"B","id":"2","state":"enabled"}`)
	assert.Contains(t, all, `{"displayName":"","id":"3","state":""}`)
	require.NotNil(t, facts.SecurityDefaults)
	assert.True(t, *facts.SecurityDefaults)
	assert.ElementsMatch(t, []MFARole{
		{PrincipalID: "u1", Template: "t1", Scope: "/"},
		{PrincipalID: "g1", Template: "r2", Scope: "/administrativeUnits/1", Group: true},
		{PrincipalID: "u1", Template: "r3", Scope: "app"},
	}, facts.Roles)

	putObjects(t, s, tenant, "security_defaults", `{"id":"d","isEnabled":"yes"}`)
	facts, err = s.MFAFacts(t.Context(), tenant.ID)
	require.NoError(t, err)
	require.NotNil(t, facts.SecurityDefaults)
	assert.True(t, *facts.SecurityDefaults, "neither on nor off: what was read before stays")

	names, err := s.MFANames(t.Context(), tenant.ID, []string{"g1", "t1", "nobody"})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"g1": "Group", "t1": "Role"}, names)
}

func TestMFAUsers(t *testing.T) {
	t.Parallel()
	s, tenant := openIdentity(t)
	putObjects(t, s, tenant, "users",
		`{"id":"a","userType":"Member","accountEnabled":true,"userPrincipalName":"a@contoso.com"}`,
		`{"id":"b","userType":"Guest","accountEnabled":false,"userPrincipalName":"b_x.example#EXT#@contoso.com"}`,
		`{"id":"c","userType":null,"accountEnabled":null,"userPrincipalName":null,"creationType":"Invitation"}`,
		`{"id":"d","userType":"Guest","userPrincipalName":"local@contoso.com"}`)
	putObjects(t, s, tenant, "groups", `{"id":"g1"}`, `{"id":"g2"}`, `{"id":"g3"}`)
	edge := func(group, relation, member, typ string) string {
		return `{"id":"` + member + `","@parent":"` + group + `","@relation":"` + relation + `","@odata.type":"#microsoft.graph.` + typ + `"}`
	}
	// The rows of edges have an id of their own, which the reader makes; here
	// the member's stands for it.
	putObjects(t, s, tenant, "group_members", edge("g1", "member", "a", "user"), edge("g2", "owner", "b", "user"),
		edge("g1", "member", "g2", "group"), edge("g2", "member", "g3", "group"), edge("g3", "member", "c", "user"))

	users, err := s.MFAUsers(t.Context(), tenant.ID, "", 3)
	require.NoError(t, err)
	assert.Equal(t, []MFAUser{
		{ID: "a", Type: "Member", Groups: []string{"g1"}},
		{ID: "b", Type: "Guest", Disabled: true, External: true},
		{ID: "c", External: true, Groups: []string{"g3"}},
	}, users)
	users, err = s.MFAUsers(t.Context(), tenant.ID, "c", 3)
	require.NoError(t, err)
	assert.Equal(t, []MFAUser{{ID: "d", Type: "Guest"}}, users)
	one, err := s.MFAUser(t.Context(), tenant.ID, "c")
	require.NoError(t, err)
	assert.Equal(t, []string{"g3"}, one.Groups)
	_, err = s.MFAUser(t.Context(), tenant.ID, "x")
	require.ErrorIs(t, err, ErrNotFound)

	within, unread, err := s.NestedGroups(t.Context(), tenant.ID, []string{"g1"})
	require.NoError(t, err)
	assert.Equal(t, map[string][]string{"g1": {"g2"}, "g2": {"g3"}}, within)
	assert.Empty(t, unread)
	_, err = s.write.ExecContext(t.Context(), `
		INSERT INTO fan_gaps (tenant_id, kind, part, parent_id, relation, reason, run_id)
		VALUES (?1, 'group_members', 'list', 'g3', 'member', 'hidden', 1), (?1, 'group_members', 'list', 'g2', 'owner', 'hidden', 1)`, tenant.ID)
	require.NoError(t, err)
	_, unread, err = s.NestedGroups(t.Context(), tenant.ID, []string{"g1"})
	require.NoError(t, err)
	assert.Equal(t, map[string]bool{"g3": true}, unread, "owners are no members")
}

func TestMFAVerdicts(t *testing.T) {
	t.Parallel()
	s, tenant := openIdentity(t)
	putObjects(t, s, tenant, "users", `{"id":"a","displayName":"A"}`, `{"id":"b","displayName":"B"}`)
	first := MFAComputed{At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	require.NoError(t, s.SaveMFAVerdicts(t.Context(), tenant.ID, first, []MFAVerdict{
		{UserID: "a", Verdict: "enforced", Reason: "x"}, {UserID: "b", Verdict: "partly", Reason: "y"}}))
	second := MFAComputed{At: first.At.Add(time.Hour), AsOf: first.At}
	require.NoError(t, s.SaveMFAVerdicts(t.Context(), tenant.ID, second, []MFAVerdict{
		{UserID: "a", Verdict: "not_assessed", Reason: "z", Needs: []string{"more"}}}))
	require.NoError(t, s.EndMFAVerdicts(t.Context(), tenant.ID, second))

	d := s.catalogue.Def(enforcementKind)
	page, err := s.Rows(t.Context(), Query{TenantID: tenant.ID, Def: d})
	require.NoError(t, err)
	require.Len(t, page.Rows, 2)
	cells := func(r Row) (all []any) {
		for _, name := range []string{"verdict", "reason", "needs", "computed_at", "as_of"} {
			all = append(all, r.Cell(d, name))
		}
		return all
	}
	assert.Equal(t, []any{"not_assessed", "z", `["more"]`, "2026-01-01T01:00:00Z", "2026-01-01T00:00:00Z"}, cells(page.Rows[0]))
	assert.Equal(t, []any{nil, nil, nil, nil, nil}, cells(page.Rows[1]), "what was not renewed is gone")
	facets, err := s.Facets(t.Context(), tenant.ID, d)
	require.NoError(t, err)
	assert.Equal(t, []Facet{{"", 1}, {"not_assessed", 1}}, facets["verdict"])
}

// TestMFASettled hands out with a user what its last verdict settled, and notes
// as a change only what it is told to.
func TestMFASettled(t *testing.T) {
	t.Parallel()
	s, tenant := openIdentity(t)
	putObjects(t, s, tenant, "users", `{"id":"a","displayName":"A"}`, `{"id":"b","displayName":"B"}`)
	settled := MFASettled{Verdict: "enforced", Reason: "x", Grounds: "policies", Rules: 3}
	c := MFAComputed{RunID: 7, At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	require.NoError(t, s.SaveMFAVerdicts(t.Context(), tenant.ID, c, []MFAVerdict{
		{UserID: "a", Title: "A", Verdict: "enforced", Reason: "x", Settled: &settled},
		{UserID: "b", Title: "B", Verdict: "not_assessed", Reason: "y"}}))
	users, err := s.MFAUsers(t.Context(), tenant.ID, "", 5)
	require.NoError(t, err)
	require.Len(t, users, 2)
	assert.Equal(t, MFAUser{ID: "a", Title: "A", Settled: &settled}, users[0])
	assert.Equal(t, MFAUser{ID: "b", Title: "B"}, users[1])
	changes, err := s.Changes(t.Context(), tenant.ID, enforcementKind, "", 0, 5)
	require.NoError(t, err)
	assert.Empty(t, changes)

	require.NoError(t, s.SaveMFAVerdicts(t.Context(), tenant.ID, c, []MFAVerdict{
		{UserID: "a", Title: "A", Verdict: "enforced", Reason: "z", Settled: &settled, Was: &settled},
		{UserID: "b", Title: "B", Verdict: "not_assessed", Reason: "y"}}))
	changes, err = s.Changes(t.Context(), tenant.ID, enforcementKind, "a", 0, 5)
	require.NoError(t, err)
	require.Len(t, changes, 1)
	assert.Equal(t, Change{
		ID: changes[0].ID, RunID: 7, At: c.At, Kind: enforcementKind, EntityID: "a", Title: "A", Action: actionChanged,
		Fields: []FieldChange{{"reason", json.RawMessage(`"x"`), json.RawMessage(`"z"`)}},
	}, changes[0], "the verdict is the same")
}
