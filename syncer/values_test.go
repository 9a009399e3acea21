package syncer_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

func (w *world) gaps(kind string) map[string]store.ColumnGap {
	w.t.Helper()
	gaps := map[string]store.ColumnGap{}
	for _, g := range w.state(kind).Columns {
		gaps[g.Column] = g
	}
	return gaps
}

// spoil gives a property of every row another value.
func spoil(property string, value any) func([]map[string]any) []map[string]any {
	return func(rows []map[string]any) []map[string]any {
		spoilt := make([]map[string]any, len(rows))
		for i, r := range rows {
			spoilt[i] = maps.Clone(r)
			if spoilt[i][property] = value; value == nil {
				delete(spoilt[i], property)
			}
		}
		return spoilt
	}
}

func TestValuesOfAnotherTypeOfSeveralEntities(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.connect()
	badSecret := []map[string]any{{"keyId": "1", "endDateTime": "31/12/2026 25:61", "hint": "s3c"}}
	for _, c := range []struct {
		kind, path, property string
		value                any
		columns              []string
		example              string
	}{
		{"users", "/users", "accountEnabled", "perhaps", []string{"account_enabled"}, `"perhaps"`},
		{"users", "/users", "createdDateTime", "31/12/2026 25:61", []string{"created_date_time"}, `"31/12/2026 25:61"`},
		{"mfa_registrations", "/reports/authenticationMethods/userRegistrationDetails", "isAdmin", 1, []string{"is_admin"}, "1"},
		{"conditional_access_policies", "/identity/conditionalAccess/policies", "state", map[string]any{"value": "enabled"}, []string{"state"}, `{"value":"enabled"}`},
		{"applications", "/applications", "passwordCredentials", badSecret, []string{"next_expiry", "next_secret_expiry"}, `"31/12/2026 25:61"`},
		{"machines", "/api/machines", "machineTags", "Finance", []string{"machine_tags"}, `"Finance"`},
		{"groups", "/groups", "securityEnabled", []bool{true}, []string{"security_enabled"}, "[true]"},
	} {
		before := w.rows(c.kind)
		remove := w.cloud.Inject(simulator.Fault{Path: c.path, Rows: spoil(c.property, c.value)})
		run := w.sync(c.kind)
		remove()
		assert.Equal(t, store.RunPartial, run.Status, c.kind)
		assert.Equal(t, entity.Complete, w.state(c.kind).State, c.kind)
		gaps := w.gaps(c.kind)
		for _, name := range c.columns {
			assert.Equal(t, entity.Failed, gaps[name].State, "%s.%s", c.kind, name)
			assert.Contains(t, gaps[name].Why, "Microsoft sent "+c.example+" where", "%s.%s", c.kind, name)
			i := columnIndex(w.store.Catalogue().Def(c.kind), name)
			for n, row := range w.rows(c.kind) {
				require.Equal(t, before[n].Cells[i], row.Cells[i], "%s.%s", c.kind, name)
			}
		}
		run = w.sync(c.kind)
		assert.Equal(t, store.RunComplete, run.Status, c.kind)
		for _, name := range c.columns {
			assert.NotContains(t, w.gaps(c.kind), name)
		}
	}
}

func columnIndex(d *entity.Def, name string) int {
	for i, c := range d.Columns {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// What is unambiguous is no fault: nothing changes.
func TestBooleansAndNumbersInTextsAreNoChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	for _, kind := range []string{"users", "subscribed_skus"} {
		path := map[string]string{"users": "/users", "subscribed_skus": "/subscribedSkus"}[kind]
		defer w.cloud.Inject(simulator.Fault{Path: path, Rows: func(rows []map[string]any) []map[string]any {
			texts := make([]map[string]any, len(rows))
			for i, r := range rows {
				texts[i] = maps.Clone(r)
				for name, v := range r {
					switch v {
					case true:
						texts[i][name] = "true"
					case false:
						texts[i][name] = "False"
					}
				}
			}
			return texts
		}})()
		run := w.sync(kind)
		assert.Equal(t, store.RunComplete, run.Status)
		assert.Zero(t, w.state(kind).Changed, kind)
		assert.Empty(t, w.gaps(kind), kind)
	}
}

func TestAPropertyThatThisCloudDoesNotHave(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, path, property, ofType, column string }{
		{"groups", "/groups", "visibility", "group", "visibility"},
		{"users", "/users", "employeeType", "user", "employee_type"},
		{"applications", "/applications", "signInAudience", "application", "sign_in_audience"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			w.connect()
			before := w.rows(c.kind)
			unknown := simulator.Fault{Path: c.path, Query: c.property, Status: 400, Code: "BadRequest",
				Message: "Parsing OData Select and Expand failed: Could not find a property named '" + c.property + "' on type 'microsoft.graph." + c.ofType + "'."}
			remove := w.cloud.Inject(unknown)
			run := w.sync(c.kind)
			assert.Equal(t, store.RunComplete, run.Status, "what a cloud does not have is no fault")
			assert.Equal(t, entity.Complete, w.state(c.kind).State)
			gap := w.gaps(c.kind)[c.column]
			assert.Equal(t, entity.NotAvailable, gap.State)
			assert.Equal(t, "This cloud does not have the property "+c.property+".", gap.Why)
			i := columnIndex(w.store.Catalogue().Def(c.kind), c.column)
			for n, row := range w.rows(c.kind) {
				require.Equal(t, before[n].Cells[i], row.Cells[i], "nothing is blanked")
			}
			assert.Zero(t, w.state(c.kind).Changed)

			// It is remembered, and asked for again by a full sync.
			w.cloud.ResetRequests()
			require.Equal(t, store.RunComplete, w.refresh(c.kind).Status)
			for _, r := range w.cloud.Requests() {
				assert.False(t, strings.HasPrefix(r.Path, "/v1.0"+c.path) && strings.Contains(r.Query, c.property), "%s?%s", r.Path, r.Query)
			}
			assert.Contains(t, w.gaps(c.kind), c.column)
			remove()
			require.Equal(t, store.RunComplete, w.sync(c.kind).Status)
			assert.NotContains(t, w.gaps(c.kind), c.column)
		})
	}
}

func TestAReportWithARenamedHeading(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.connect()
	def := w.store.Catalogue().Def("m365_active_users")
	before := w.rows(def.Kind)
	require.NotEmpty(t, before)
	old := before[0].Cell(def, "yammer_last_activity_date")
	upn := before[0].Cell(def, "user_principal_name").(string)
	defer w.cloud.Inject(simulator.Fault{Path: "/data/download", ContentType: "application/octet-stream",
		Body: "Report Refresh Date,User Principal Name,Display Name,Viva Engage Last Activity Date,Teams Last Activity Date\r\n2026-11-28," + upn + ",Ann,2026-11-01,2026-11-27\r\n"})()
	w.sync(def.Kind)
	gaps := w.gaps(def.Kind)
	assert.Equal(t, entity.NotAvailable, gaps["yammer_last_activity_date"].State)
	assert.Equal(t, `Microsoft's report does not have the column "Yammer Last Activity Date".`, gaps["yammer_last_activity_date"].Why)
	assert.Contains(t, gaps, "assigned_products")
	assert.NotContains(t, gaps, "teams_last_activity_date")
	row := w.row(def.Kind, upn)
	assert.Equal(t, "2026-11-27", row.Cell(def, "teams_last_activity_date"))
	assert.Equal(t, old, row.Cell(def, "yammer_last_activity_date"))
}

// A list that comes without its properties blanks nothing, however few rows
// had them, and nothing that is computed from them.
func TestPropertiesThatVanish(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{users: 200, everything: true})
	w.connect()
	for _, c := range []struct {
		kind, path string
		properties []string
		columns    []string
	}{
		{"applications", "/applications", []string{"passwordCredentials", "keyCredentials"}, []string{"secrets", "certificates", "next_expiry", "next_secret_expiry", "password_credentials"}},
		{"users", "/users", []string{"preferredLanguage", "passwordPolicies", "department"}, []string{"preferred_language", "password_policies", "department"}},
		{"groups", "/groups", []string{"membershipRule", "visibility"}, []string{"membership_rule", "visibility"}},
		{"machines", "/api/machines", []string{"osArchitecture", "osProcessor"}, []string{"os_architecture"}},
		{"role_eligibility", "/roleManagement/directory", []string{"assignmentType"}, []string{"state", "assignment_type"}},
	} {
		def := w.store.Catalogue().Def(c.kind)
		before := w.rows(c.kind)
		var removes []func()
		for _, p := range c.properties {
			removes = append(removes, w.cloud.Inject(simulator.Fault{Path: c.path, Rows: spoil(p, nil)}))
		}
		run := w.sync(c.kind)
		assert.Equal(t, store.RunPartial, run.Status, c.kind)
		assert.Zero(t, part(run, c.kind, "list").Changed, c.kind)
		values := map[string]int{}
		for n, row := range w.rows(c.kind) {
			for _, name := range c.columns {
				require.Equal(t, before[n].Cell(def, name), row.Cell(def, name), "%s.%s", c.kind, name)
				if row.Cell(def, name) != nil {
					values[name]++
				}
			}
		}
		for _, name := range c.columns {
			if values[name] >= 2 && def.Column(name).Compute == nil {
				assert.Equal(t, entity.Failed, w.gaps(c.kind)[name].State, "%s.%s", c.kind, name)
			}
		}
		run = w.sync(c.kind) // a second list agrees
		assert.Equal(t, store.RunComplete, run.Status, c.kind)
		for _, remove := range removes {
			remove()
		}
		for _, row := range w.rows(c.kind) {
			if name := c.columns[len(c.columns)-1]; def.Column(name).Compute == nil {
				assert.Nil(t, row.Cell(def, name), "%s.%s", c.kind, name)
			}
		}
	}
}
