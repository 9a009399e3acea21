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
		all = append(all, string(p.Raw))
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
		{ID: "a", Type: "Member", Groups: []MFAMembership{{Group: "g1"}}},
		{ID: "b", Type: "Guest", Disabled: true, External: true},
		{ID: "c", External: true, Groups: []MFAMembership{{Group: "g3"}}},
	}, users)
	users, err = s.MFAUsers(t.Context(), tenant.ID, "c", 3)
	require.NoError(t, err)
	assert.Equal(t, []MFAUser{{ID: "d", Type: "Guest"}}, users)
	one, err := s.MFAUser(t.Context(), tenant.ID, "c")
	require.NoError(t, err)
	assert.Equal(t, []MFAMembership{{Group: "g3"}}, one.Groups)
	_, err = s.MFAUser(t.Context(), tenant.ID, "x")
	require.ErrorIs(t, err, ErrNotFound)

	nested, err := s.NestedGroups(t.Context(), tenant.ID, []string{"g1"})
	require.NoError(t, err)
	assert.Equal(t, map[string][]string{"g1": {"g2"}, "g2": {"g3"}}, nested.Within)
	assert.Empty(t, nested.Unread)
	_, err = s.write.ExecContext(t.Context(), `
		INSERT INTO fan_gaps (tenant_id, kind, part, parent_id, relation, reason, run_id)
		VALUES (?1, 'group_members', 'list', 'g3', 'member', 'hidden', 1), (?1, 'group_members', 'list', 'g2', 'owner', 'hidden', 1)`, tenant.ID)
	require.NoError(t, err)
	nested, err = s.NestedGroups(t.Context(), tenant.ID, []string{"g1"})
	require.NoError(t, err)
	assert.Equal(t, map[string]bool{"g3": true}, nested.Unread, "owners are no members")
}

// TestMFAUsers_NotConfirmed: of a state of per-user MFA that the newest attempt
// could not read nothing is known, whatever was read before; and rows whose
// removal waits for a person are marked.
func TestMFAUsers_NotConfirmed(t *testing.T) {
	t.Parallel()
	s, tenant := openIdentity(t)
	putObjects(t, s, tenant, "users", `{"id":"a"}`, `{"id":"b"}`)
	putObjects(t, s, tenant, "groups", `{"id":"g"}`)
	putObjects(t, s, tenant, "role_assignments", `{"id":"r","principalId":"a","roleDefinitionId":"x"}`)
	putObjects(t, s, tenant, "conditional_access_policies", `{"id":"p"}`, `{"id":"q"}`)
	putObjects(t, s, tenant, "group_members", `{"id":"a","@parent":"g","@relation":"member"}`, `{"id":"b","@parent":"g","@relation":"member"}`)
	for _, statement := range []string{
		`UPDATE users SET per_user_mfa_state = 'enforced'`,
		`INSERT INTO fan_gaps (tenant_id, kind, part, parent_id, relation, reason, run_id) VALUES (1, 'users', 'per_user_mfa', 'b', '', 'failed', 1)`,
		`INSERT INTO held_rows (tenant_id, kind, row_id) SELECT 1, 'users', row_id FROM users WHERE id = 'a'`,
		`INSERT INTO held_rows (tenant_id, kind, row_id) SELECT 1, 'group_members', row_id FROM group_members WHERE member_id = 'a'`,
		`INSERT INTO held_rows (tenant_id, kind, row_id) SELECT 1, 'role_assignments', row_id FROM role_assignments`,
		`INSERT INTO held_rows (tenant_id, kind, row_id) SELECT 1, 'conditional_access_policies', row_id FROM conditional_access_policies WHERE id = 'p'`,
		`INSERT INTO held_rows (tenant_id, kind, row_id) SELECT 1, 'groups', row_id FROM groups`,
	} {
		_, err := s.write.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
	users, err := s.MFAUsers(t.Context(), tenant.ID, "", 5)
	require.NoError(t, err)
	assert.Equal(t, []MFAUser{
		{ID: "a", PerUser: "enforced", Held: true, Groups: []MFAMembership{{Group: "g", Held: true}}},
		{ID: "b", Groups: []MFAMembership{{Group: "g"}}},
	}, users)
	facts, err := s.MFAFacts(t.Context(), tenant.ID)
	require.NoError(t, err)
	assert.True(t, facts.Roles[0].Held)
	assert.Equal(t, []bool{true, false}, []bool{facts.Policies[0].Held, facts.Policies[1].Held})
	nested, err := s.NestedGroups(t.Context(), tenant.ID, []string{"g"})
	require.NoError(t, err)
	assert.Equal(t, map[string]bool{"g": true}, nested.Unread, "a group that may be gone has no certain members")
}

// verdictCells are what a row of the verdicts' table says.
func verdictCells(t *testing.T, s *Store, tenant Tenant, id string) (all []any) {
	t.Helper()
	d := s.catalogue.Def(enforcementKind)
	row, err := s.Row(t.Context(), tenant.ID, d, id)
	require.NoError(t, err)
	for _, name := range []string{"verdict", "needs", "last_verdict", "last_verdict_as_of", "computed_at", "as_of"} {
		all = append(all, row.Cell(d, name))
	}
	return all
}

// computeMFA stores verdicts as a computation does.
func computeMFA(t *testing.T, s *Store, tenant Tenant, now MFAComputed, verdicts ...MFAVerdict) {
	t.Helper()
	last, err := s.MFAComputed(t.Context(), tenant.ID)
	require.NoError(t, err)
	require.NoError(t, s.SaveMFAVerdicts(t.Context(), tenant.ID, 1, now, last, verdicts))
	require.NoError(t, s.EndMFAVerdicts(t.Context(), tenant.ID, now))
}

// TestMFAVerdicts keeps beside a verdict that could not be decided the last that
// was, with the age of what that one rested on.
func TestMFAVerdicts(t *testing.T) {
	t.Parallel()
	s, tenant := openIdentity(t)
	putObjects(t, s, tenant, "users", `{"id":"a","displayName":"A"}`, `{"id":"b","displayName":"B"}`, `{"id":"c","displayName":"C"}`)
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	open := MFAVerdict{UserID: "a", Verdict: "not_assessed", Reason: "z", Needs: []string{"more"}}
	steady := MFAVerdict{UserID: "b", Verdict: "partly", Reason: "y"}
	computeMFA(t, s, tenant, MFAComputed{At: day(1), AsOf: day(1), Rules: 1}, MFAVerdict{UserID: "a", Verdict: "enforced", Reason: "x"}, steady)
	assert.Equal(t, []any{"enforced", nil, "enforced", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"}, verdictCells(t, s, tenant, "a"))
	assert.Equal(t, []any{nil, nil, nil, nil, nil, nil}, verdictCells(t, s, tenant, "c"), "not computed yet")

	computeMFA(t, s, tenant, MFAComputed{At: day(3), AsOf: day(2), Rules: 1}, MFAVerdict{UserID: "a", Verdict: "enforced", Reason: "x"}, steady)
	for d := 4; d < 6; d++ {
		computeMFA(t, s, tenant, MFAComputed{At: day(d), AsOf: day(3), Rules: 1}, open, steady)
		assert.Equal(t, []any{"not_assessed", `["more"]`, "enforced", "2026-01-02T00:00:00Z", isoTime(day(d)), "2026-01-03T00:00:00Z"}, verdictCells(t, s, tenant, "a"))
	}
	assert.Equal(t, []any{"partly", nil, "partly", "2026-01-03T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-03T00:00:00Z"}, verdictCells(t, s, tenant, "b"))
	facets, err := s.Facets(t.Context(), tenant.ID, s.catalogue.Def(enforcementKind))
	require.NoError(t, err)
	assert.ElementsMatch(t, []Facet{{"", 1}, {"not_assessed", 1}, {"partly", 1}}, facets["verdict"])

	computeMFA(t, s, tenant, MFAComputed{At: day(6), AsOf: day(6), Rules: 2}, open, steady)
	assert.Equal(t, []any{"not_assessed", `["more"]`, nil, nil, "2026-01-06T00:00:00Z", "2026-01-06T00:00:00Z"}, verdictCells(t, s, tenant, "a"), "other rules decided it")

	putObjects(t, s, tenant, "users", `{"id":"a","displayName":"A"}`)
	computeMFA(t, s, tenant, MFAComputed{At: day(7), Rules: 2}, open)
	var n int
	require.NoError(t, s.read.QueryRowContext(t.Context(), `SELECT count(*) FROM mfa_verdicts`).Scan(&n))
	assert.Equal(t, 1, n, "those of users who are gone go with them")
}

// TestMFAVerdicts_Unwritten writes no row of a verdict that stays.
func TestMFAVerdicts_Unwritten(t *testing.T) {
	t.Parallel()
	s, tenant := openIdentity(t)
	putObjects(t, s, tenant, "users", `{"id":"a"}`, `{"id":"b"}`)
	_, err := s.write.ExecContext(t.Context(), `
		CREATE TABLE written (user_id TEXT);
		CREATE TRIGGER written AFTER UPDATE ON mfa_verdicts BEGIN INSERT INTO written VALUES (new.user_id); END`)
	require.NoError(t, err)
	settled := &MFASettled{Verdict: "partly", Reason: "y", Grounds: "policies", Rules: 1}
	verdicts := []MFAVerdict{
		{UserID: "a", Verdict: "not_assessed", Reason: "x", Needs: []string{"more"}},
		{UserID: "b", Verdict: "partly", Reason: "y", Settled: settled},
	}
	for d := 1; d < 4; d++ {
		at := time.Date(2026, 1, d, 0, 0, 0, 0, time.UTC)
		computeMFA(t, s, tenant, MFAComputed{At: at, AsOf: at, Rules: 1}, verdicts...)
	}
	written := func() (n int) {
		require.NoError(t, s.read.QueryRowContext(t.Context(), `SELECT count(*) FROM written`).Scan(&n))
		return n
	}
	assert.Zero(t, written())
	verdicts[1].Reason = "z"
	computeMFA(t, s, tenant, MFAComputed{At: time.Date(2026, 1, 4, 0, 0, 0, 0, time.UTC), Rules: 1}, verdicts...)
	assert.Equal(t, 1, written())
}

// gapOf is what the state of an entity says of one column, nil for nothing.
func gapOf(e EntityState, column string) *ColumnGap {
	for i := range e.Columns {
		if e.Columns[i].Column == column {
			return &e.Columns[i]
		}
	}
	return nil
}

// TestMFAState: verdicts that were not computed from the newest lists are not
// complete, whichever list it is and however its attempt ended.
func TestMFAState(t *testing.T) {
	t.Parallel()
	s, tenant := openIdentity(t)
	d := s.catalogue.Def(enforcementKind)
	state := func() EntityState {
		e, err := s.EntityState(t.Context(), tenant.ID, enforcementKind)
		require.NoError(t, err)
		return e
	}
	compute := func() {
		states, err := s.MFAStates(t.Context(), tenant.ID)
		require.NoError(t, err)
		computeMFA(t, s, tenant, MFAComputed{At: s.Now(), AsOf: s.Now(), Rules: 1, States: states})
	}
	assert.Equal(t, entity.Never, state().State)
	assert.Nil(t, gapOf(state(), "verdict"))
	for _, kind := range d.From {
		putObjects(t, s, tenant, kind)
		putObjects(t, s, tenant, kind)
	}
	e := state()
	assert.Equal(t, entity.Partial, e.State, "never computed")
	require.NotNil(t, e.Problem)
	assert.Equal(t, "not_computed", e.Problem.Code)
	compute()
	assert.Equal(t, entity.Complete, state().State)
	for _, kind := range d.From {
		putObjects(t, s, tenant, kind)
		e := state()
		assert.Equal(t, entity.Partial, e.State, "%s was read since", kind)
		require.NotNil(t, gapOf(e, "verdict"), kind)
		assert.Contains(t, gapOf(e, "verdict").Why, "since the verdicts were computed", kind)
		stale, err := s.MFAStale(t.Context(), tenant.ID)
		require.NoError(t, err)
		assert.True(t, stale, kind)
		compute()
		assert.Equal(t, entity.Complete, state().State, kind)

		run, _, err := s.StartRun(t.Context(), NewRun{TenantID: tenant.ID, Trigger: TriggerManual, Kinds: []string{kind}})
		require.NoError(t, err)
		of := s.catalogue.Def(kind)
		w, err := s.BeginPart(t.Context(), PartRef{TenantID: tenant.ID, RunID: run.ID, Def: of, Part: &of.Parts[0]})
		require.NoError(t, err)
		assert.Equal(t, entity.Complete, state().State, "%s: nothing has ended yet", kind)
		_, err = w.Stop(t.Context(), &entity.Problem{Class: entity.ClassSource, Code: "x", Message: "It failed."}, Traffic{})
		require.NoError(t, err)
		require.NoError(t, s.FinishRun(t.Context(), run.ID, RunComplete, nil))
		e = state()
		if d.Addition(kind) == nil {
			assert.Equal(t, entity.Failed, e.State, kind)
		}
		require.NotNil(t, gapOf(e, "verdict"), kind)
		assert.Contains(t, gapOf(e, "verdict").Why, "since the verdicts were computed", kind)
		compute()
		assert.Nil(t, gapOf(state(), "verdict"), kind)
		putObjects(t, s, tenant, kind)
		compute()
	}
}

// TestMFASettled hands out with a user what its last verdict settled, and notes
// as a change only what it is told to.
func TestMFASettled(t *testing.T) {
	t.Parallel()
	s, tenant := openIdentity(t)
	putObjects(t, s, tenant, "users", `{"id":"a","displayName":"A"}`, `{"id":"b","displayName":"B"}`)
	settled := MFASettled{Verdict: "enforced", Reason: "x", Grounds: "policies", Rules: 3}
	c := MFAComputed{At: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Rules: 3}
	require.NoError(t, s.SaveMFAVerdicts(t.Context(), tenant.ID, 7, c, c, []MFAVerdict{
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

	require.NoError(t, s.SaveMFAVerdicts(t.Context(), tenant.ID, 7, c, c, []MFAVerdict{
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
