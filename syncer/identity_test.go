package syncer_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

const globalAdministrator = "62e90394-69f5-4237-9190-012177145e10"

// states are the states of all kinds.
func (w *world) states() map[string]entity.State {
	w.t.Helper()
	all, err := w.store.EntityStates(w.ctx, w.tenant.ID)
	require.NoError(w.t, err)
	states := map[string]entity.State{}
	for _, s := range all {
		states[s.Def.Kind] = s.State
	}
	return states
}

func (w *world) cell(kind, id, column string) any {
	w.t.Helper()
	return w.row(kind, id).Cell(w.store.Catalogue().Def(kind), column)
}

func TestRegistrationReportLeavesOutDisabledAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	users := w.store.Catalogue().Def("users")
	reported := map[string]bool{}
	for _, r := range w.rows("mfa_registrations") {
		reported[r.ID] = true
	}
	disabled := 0
	for _, u := range w.rows("users") {
		if u.Cell(users, "account_enabled") == false {
			disabled++
			assert.False(t, reported[u.ID], "%s is disabled", u.ID)
		}
	}
	assert.Positive(t, disabled)
	assert.NotEmpty(t, reported)

	// One who is disabled leaves the report: the row is removed, and a role of
	// theirs says that nothing is reported.
	id := w.rows("mfa_registrations")[0].ID
	w.cloud.Tenant().AddRoleAssignment(map[string]any{"principalId": id, "roleDefinitionId": globalAdministrator})
	w.cloud.Tenant().UpdateUser(id, map[string]any{"accountEnabled": false})
	w.sync()
	assert.False(t, w.row("mfa_registrations", id).RemovedAt.IsZero())
	def := w.store.Catalogue().Def("privileged_users")
	found := false
	for _, r := range w.rows("privileged_users") {
		if r.Cell(def, "user_id") == id {
			found = true
			assert.Nil(t, r.Cell(def, "is_mfa_registered"))
			assert.Equal(t, false, r.Cell(def, "account_enabled"))
		}
	}
	assert.True(t, found)
}

func TestRolesOfEveryKind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tenant := w.cloud.Tenant()
	member := func(name string) string {
		return tenant.AddUser(map[string]any{"displayName": name, "userPrincipalName": name + "@contoso.example"})
	}
	direct, through, eligible, activated := member("direct"), member("through"), member("eligible"), member("activated")
	group := tenant.AddGroup(map[string]any{"displayName": "Tier zero", "isAssignableToRole": true})
	tenant.AddMember(group, through)
	role := func(principal string) map[string]any {
		return map[string]any{"principalId": principal, "roleDefinitionId": globalAdministrator}
	}
	end := time.Now().UTC().Add(4 * time.Hour).Truncate(time.Second).Format(time.RFC3339)
	tenant.AddRoleAssignment(role(direct))
	tenant.AddRoleAssignment(role(group))
	tenant.AddEligibility(role(eligible))
	tenant.AddEligibility(role(activated))
	active := role(activated)
	active["assignmentType"], active["endDateTime"] = "Activated", end
	tenant.AddRoleAssignment(active)
	run := w.connect()
	require.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)

	def := w.store.Catalogue().Def("privileged_users")
	got := map[string][]string{}
	for _, r := range w.rows("privileged_users") {
		name, _ := r.Cell(def, "display_name").(string)
		got[name] = append(got[name], fmt.Sprint(r.Cell(def, "role"), " ", r.Cell(def, "state"), " ", r.Cell(def, "way"), " ", r.Cell(def, "group_name"), " ", r.Cell(def, "permanent")))
	}
	assert.ElementsMatch(t, []string{"Global Administrator active direct <nil> true"}, got["direct"])
	assert.ElementsMatch(t, []string{"Global Administrator active group Tier zero true"}, got["through"])
	require.Len(t, got["eligible"], 1)
	assert.Contains(t, got["eligible"][0], "Global Administrator eligible direct")
	require.Len(t, got["activated"], 2)
	assert.Contains(t, fmt.Sprint(got["activated"]), "Global Administrator activated direct <nil> false")

	assert.Equal(t, entity.Complete, w.state("privileged_users").State)
	roles := w.store.Catalogue().Def("role_definitions")
	assert.Equal(t, true, w.row("role_definitions", globalAdministrator).Cell(roles, "is_privileged"), "only beta tells")
}

func TestWithoutP2OnlyPIMAndRiskAreMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.cloud.Tenant().SetPremiumP2(false)
	run := w.connect()
	assert.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)
	for kind, state := range w.states() {
		switch kind {
		case "role_eligibility", "risky_users":
			assert.Equal(t, entity.NotLicensed, state, kind)
		default:
			assert.Equal(t, entity.Complete, state, kind)
		}
	}
	assert.Equal(t, []string{"Microsoft Entra ID P2"}, w.state("risky_users").Needs)
	assert.Equal(t, []string{"Microsoft Entra ID P2 or Microsoft Entra ID Governance"}, w.state("role_eligibility").Needs)
	assert.NotEmpty(t, w.rows("privileged_users"), "active roles are known without PIM")
	admins := w.state("privileged_users")
	assert.Empty(t, admins.Needs)
	assert.False(t, admins.AsOf.IsZero(), "as of what was read")
	require.NotEmpty(t, admins.Columns)
	assert.Equal(t, store.ColumnGap{
		Column: "eligible_assignments", Rows: "Eligible assignments", State: entity.NotLicensed,
		Needs: []string{"Microsoft Entra ID P2 or Microsoft Entra ID Governance"},
	}, admins.Columns[0], "a complete table names what it lacks")
	def := w.store.Catalogue().Def("privileged_users")
	for _, r := range w.rows("privileged_users") {
		assert.Equal(t, true, r.Cell(def, "permanent"))
	}
}

func TestEachMissingPermissionIsLabelled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		revoked []string
		kinds   map[string][]string // that are not permitted, and what they need
	}{
		{[]string{"AuditLog.Read.All"}, map[string][]string{"mfa_registrations": {"AuditLog.Read.All"}}},
		{[]string{"IdentityRiskyUser.Read.All"}, map[string][]string{"risky_users": {"IdentityRiskyUser.Read.All"}}},
		{[]string{"RoleManagement.Read.Directory"}, map[string][]string{"role_eligibility": {"RoleManagement.Read.Directory"}}},
		{[]string{"Directory.Read.All"}, map[string][]string{"applications": {"Directory.Read.All"}, "service_principals": {"Directory.Read.All"}}},
		{[]string{"Directory.Read.All", "RoleManagement.Read.Directory"}, map[string][]string{
			"role_definitions": {"RoleManagement.Read.Directory"}, "role_assignments": {"RoleManagement.Read.Directory"}, "role_eligibility": {"RoleManagement.Read.Directory"},
			"applications": {"Directory.Read.All"}, "service_principals": {"Directory.Read.All"},
		}},
	} {
		t.Run(fmt.Sprint(c.revoked), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			w.connect()
			def := w.store.Catalogue().Def("privileged_users")
			before := w.rows(def.Kind)
			for _, role := range c.revoked {
				w.cloud.Tenant().Revoke(role)
			}
			run := w.sync()
			assert.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)
			for _, kind := range []string{"mfa_registrations", "role_definitions", "role_assignments", "role_eligibility", "risky_users", "applications", "service_principals"} {
				s := w.state(kind)
				needs, missing := c.kinds[kind]
				if !missing {
					assert.Equal(t, entity.Complete, s.State, kind)
					continue
				}
				assert.Equal(t, entity.NotPermitted, s.State, kind)
				assert.Equal(t, needs, s.Needs, kind)
				assert.Positive(t, s.Rows, "%s keeps what was read", kind)
			}
			after := w.rows("privileged_users")
			for i := range after {
				// Whether it was confirmed, and what of the verdict is certain, ages.
				for _, name := range []string{"confirmed", "verdict", "verdict_current"} {
					c := slices.IndexFunc(def.Columns, func(c entity.Column) bool { return c.Name == name })
					after[i].Cells[c] = before[i].Cells[c]
				}
			}
			assert.Equal(t, before, after, "nothing is lost")
		})
	}
}

func TestOneOfTwoListsFailingRemovesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	before := w.rows("role_eligibility")
	require.NotEmpty(t, before)
	remove := w.cloud.Inject(simulator.Fault{Path: "/roleManagement/directory/roleAssignmentScheduleInstances", Status: http.StatusBadRequest, Code: "BadRequest", Message: "No."})
	run := w.sync()
	assert.Equal(t, store.RunPartial, run.Status)
	s := w.state("role_eligibility")
	assert.Equal(t, entity.Partial, s.State)
	assert.Zero(t, s.Removed)
	assert.Equal(t, before, w.rows("role_eligibility"))
	assert.Equal(t, entity.Partial, w.state("privileged_users").State)
	remove()
	assert.Equal(t, store.RunComplete, w.sync().Status)
	assert.Equal(t, entity.Complete, w.state("role_eligibility").State)
}

func TestRolesDoNotDependOnBeta(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.cloud.Inject(simulator.Fault{Path: "/roleManagement/directory/roleDefinitions", Query: "isPrivileged", Status: http.StatusNotFound, Code: "ResourceNotFound", Message: "Gone."})
	run := w.connect()
	assert.Equal(t, store.RunComplete, run.Status)
	assert.Equal(t, entity.Complete, w.state("role_definitions").State)
	assert.Equal(t, entity.NotAvailable, columnState(w.state("role_definitions"), "is_privileged"))
	assert.NotEmpty(t, w.rows("privileged_users"), "the documented list stands in")
}

func TestExpiryOfSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	now := time.Now().UTC().Truncate(time.Second)
	at := func(days int) string { return now.AddDate(0, 0, days).Format(time.RFC3339) }
	secret := func(days int) map[string]any {
		return map[string]any{"keyId": fmt.Sprintf("00000000-0000-0000-0000-%012d", days+1000), "endDateTime": at(days)}
	}
	app := func(name string, secrets ...map[string]any) string {
		return w.cloud.Tenant().AddApplication(map[string]any{"displayName": name, "passwordCredentials": secrets, "keyCredentials": []any{}})
	}
	soon, later, gone, none := app("soon", secret(-100), secret(10), secret(300)), app("later", secret(90)), app("gone", secret(-3)), app("none")
	w.connect()
	for id, want := range map[string]any{soon: at(10), later: at(90), gone: at(-3), none: nil} {
		assert.Equal(t, want, w.cell("applications", id, "next_expiry"))
	}
	matching := func(from, to string) (ids []string) {
		def := w.store.Catalogue().Def("applications")
		require.NoError(t, w.store.Each(w.ctx, store.Query{TenantID: w.tenant.ID, Def: def, Sort: "next_expiry", Conditions: []store.Condition{
			{Column: "next_expiry", Op: store.OpFrom, Value: from}, {Column: "next_expiry", Op: store.OpTo, Value: to},
		}}, func(r store.Row) error {
			ids = append(ids, r.ID)
			return nil
		}))
		return ids
	}
	assert.Contains(t, matching("-0d", "+30d"), soon)
	assert.NotContains(t, matching("-0d", "+30d"), gone)
	assert.NotContains(t, matching("-0d", "+30d"), later)
	assert.Contains(t, matching("-30d", "-0d"), gone)

	// Our own app is among them, with the principal that acts for it.
	found := false
	def := w.store.Catalogue().Def("applications")
	for _, r := range w.rows("applications") {
		if r.Cell(def, "app_id") == w.cloud.ClientID() {
			found = true
			assert.NotNil(t, r.Cell(def, "next_secret_expiry"))
			targets, err := w.store.Targets(w.ctx, w.tenant.ID, def.Column("app_id").Refs[0], []string{w.cloud.ClientID()})
			require.NoError(t, err)
			assert.Len(t, targets, 1)
		}
	}
	assert.True(t, found)
}
