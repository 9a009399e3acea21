package syncer_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store/claim"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// count is what an oracle counts: rows for which something holds, and rows for
// which nobody can say.
type count struct{ yes, unknown int }

// tally counts objects by what a judge says of them: true, false, or nil.
func tally(objects []map[string]any, judge func(map[string]any) any) (c count) {
	for _, o := range objects {
		switch judge(o) {
		case true:
			c.yes++
		case nil:
			c.unknown++
		}
	}
	return c
}

// both is true where both are, false where one is false, else nil.
func both(a, b any) any {
	switch {
	case a == false || b == false:
		return false
	case a == true && b == true:
		return true
	}
	return nil
}

func oneOf(v any, yes, no []string) any {
	s, ok := v.(string)
	switch {
	case ok && slices.Contains(yes, s):
		return true
	case ok && slices.Contains(no, s):
		return false
	}
	return nil
}

func not(v any) any {
	if b, ok := v.(bool); ok {
		return !b
	}
	return nil
}

// oracle counts what the figures of the overview say, from the rows that the
// cloud serves now and by code that shares nothing with the product's.
func (w *world) oracle() map[string]count {
	now := w.store.Now()
	users := w.graph("/v1.0/users?$select=id,displayName,accountEnabled,userType,externalUserState&$top=500")
	signIns := map[any]any{}
	for _, u := range w.graph("/v1.0/users?$select=id,signInActivity&$top=500") {
		activity, _ := u["signInActivity"].(map[string]any)
		signIns[u["id"]] = activity["lastSuccessfulSignInDateTime"]
	}
	before := func(v any, days int) any {
		s, ok := v.(string)
		if !ok {
			return false
		}
		at, err := time.Parse(time.RFC3339, s)
		return err == nil && at.Before(now.AddDate(0, 0, days))
	}
	soon := func(o map[string]any) any {
		var next time.Time
		for _, list := range []string{"passwordCredentials", "keyCredentials"} {
			all, _ := o[list].([]any)
			for _, c := range all {
				at, err := time.Parse(time.RFC3339, c.(map[string]any)["endDateTime"].(string))
				if err == nil && at.After(now) && (next.IsZero() || at.Before(next)) {
					next = at
				}
			}
		}
		return !next.IsZero() && next.Before(now.AddDate(0, 0, 30))
	}
	registrations := w.graph("/v1.0/reports/authenticationMethods/userRegistrationDetails?$top=999")
	phones := []any{"mobilePhone", "alternateMobilePhone", "officePhone", "sms"}
	want := map[string]count{
		"enabled_users": tally(users, func(u map[string]any) any { return u["accountEnabled"] }),
		"stale_accounts": tally(users, func(u map[string]any) any {
			return both(u["accountEnabled"], before(signIns[u["id"]], -90))
		}),
		"no_successful_sign_in": tally(users, func(u map[string]any) any { return both(u["accountEnabled"], signIns[u["id"]] == nil) }),
		"pending_guests": tally(users, func(u map[string]any) any {
			return u["userType"] == "Guest" && u["externalUserState"] == "PendingAcceptance"
		}),
		"phone_only_mfa": tally(registrations, func(r map[string]any) any {
			methods, ok := r["methodsRegistered"].([]any)
			if !ok {
				return nil
			}
			methods = slices.DeleteFunc(methods, func(m any) bool {
				return m == "email" || m == "securityQuestion" || m == "temporaryAccessPass"
			})
			return len(methods) > 0 && !slices.ContainsFunc(methods, func(m any) bool { return !slices.Contains(phones, m) })
		}),
		"app_secrets_expiring": tally(w.graph("/v1.0/applications?$top=999"), soon),
		"risky_users": tally(w.graph("/v1.0/identityProtection/riskyUsers?$top=500"), func(u map[string]any) any {
			return oneOf(u["riskState"], []string{"atRisk", "confirmedCompromised"}, []string{"none", "confirmedSafe", "remediated", "dismissed"})
		}),
		"devices_not_compliant": tally(w.graph("/v1.0/deviceManagement/managedDevices"), func(d map[string]any) any {
			return oneOf(d["complianceState"], []string{"noncompliant"}, []string{"compliant", "inGracePeriod"})
		}),
		"open_alerts": tally(w.graph("/v1.0/security/alerts_v2"), func(a map[string]any) any {
			open := oneOf(a["status"], []string{"new", "inProgress"}, []string{"resolved"})
			return both(open, oneOf(a["severity"], []string{"high", "critical"}, []string{"medium", "low", "informational"}))
		}),
		"service_issues": tally(w.graph("/v1.0/admin/serviceAnnouncement/issues"), func(i map[string]any) any { return not(i["isResolved"]) }),
	}
	maps.Copy(want, w.adminOracle(users, registrations))
	return want
}

// adminOracle counts persons with a role: assigned or eligible, themselves or
// through groups.
func (w *world) adminOracle(users, registrations []map[string]any) map[string]count {
	holders := map[any]bool{}
	var hold func(id string, within []string)
	groups := map[any]bool{}
	for _, g := range w.graph("/v1.0/groups?$select=id,displayName&$top=999") {
		groups[g["id"]] = true
	}
	hold = func(id string, within []string) {
		holders[id] = true
		if !groups[id] || slices.Contains(within, id) {
			return
		}
		for _, m := range w.graph("/v1.0/groups/" + id + "/members?$top=999") {
			hold(m["id"].(string), append(within, id))
		}
	}
	for _, path := range []string{"roleAssignments", "roleEligibilityScheduleInstances"} {
		for _, a := range w.graph("/v1.0/roleManagement/directory/" + path) {
			hold(a["principalId"].(string), nil)
		}
	}
	registered := map[any]any{}
	for _, r := range registrations {
		registered[r["id"]] = r["isMfaRegistered"]
	}
	return map[string]count{
		"admins_without_mfa": tally(users, func(u map[string]any) any {
			if !holders[u["id"]] {
				return false
			}
			return not(registered[u["id"]])
		}),
		"guests_with_roles": tally(users, func(u map[string]any) any {
			return both(holders[u["id"]], oneOf(u["userType"], []string{"Guest"}, []string{"Member"}))
		}),
	}
}

// source is one of the lists that figures rest on, as the cloud serves it.
type source struct {
	kind, part string
	fault      simulator.Fault // which requests
	figures    []string
}

var (
	ofUsers       = []string{"enabled_users", "stale_accounts", "no_successful_sign_in", "pending_guests"}
	ofRoles       = []string{"admins_without_mfa", "guests_with_roles", "admins_not_enforced"}
	figureSources = []source{
		{"users", "list", simulator.Fault{Path: "/users", Query: "displayName"}, append(ofUsers[:4:4], ofRoles...)},
		{"users", "sign_in_activity", simulator.Fault{Path: "/users", Query: "signInActivity"}, []string{"stale_accounts", "no_successful_sign_in"}},
		{"role_assignments", "list", simulator.Fault{Path: "/roleManagement/directory/roleAssignments"}, ofRoles},
		{"role_eligibility", "list", simulator.Fault{Path: "/roleManagement/directory/roleEligibilityScheduleInstances"}, ofRoles},
		{"groups", "list", simulator.Fault{Path: "/groups", Query: "displayName"}, ofRoles},
		{"group_members", "list", simulator.Fault{Path: "/groups/*/members"}, ofRoles},
		{"conditional_access_policies", "list", simulator.Fault{Path: "/identity/conditionalAccess/policies"}, []string{"admins_not_enforced"}},
		{"security_defaults", "list", simulator.Fault{Path: "/policies/identitySecurityDefaultsEnforcementPolicy"}, []string{"admins_not_enforced"}},
		{"mfa_registrations", "list", simulator.Fault{Path: "/reports/authenticationMethods/userRegistrationDetails"}, []string{"admins_without_mfa", "phone_only_mfa"}},
		{"applications", "list", simulator.Fault{Path: "/applications", Query: "passwordCredentials"}, []string{"app_secrets_expiring"}},
		{"risky_users", "list", simulator.Fault{Path: "/identityProtection/riskyUsers"}, []string{"risky_users"}},
		{"managed_devices", "list", simulator.Fault{Path: "/deviceManagement/managedDevices"}, []string{"devices_not_compliant"}},
		{"alerts", "list", simulator.Fault{Path: "/security/alerts_v2"}, []string{"open_alerts"}},
		{"service_issues", "list", simulator.Fault{Path: "/admin/serviceAnnouncement/issues"}, []string{"service_issues"}},
	}
)

func (w *world) figures() map[string]claim.Figure {
	w.t.Helper()
	states, err := w.store.EntityStates(w.ctx, w.tenant.ID)
	require.NoError(w.t, err)
	list, err := claim.Figures(w.ctx, w.store, w.tenant.ID, states)
	require.NoError(w.t, err)
	figures := map[string]claim.Figure{}
	for _, f := range list {
		figures[f.Figure.Name] = f
	}
	return figures
}

// asserts that the figures are what the cloud serves, and as certain.
func (w *world) figuresAreAsServed(msg string) map[string]claim.Figure {
	w.t.Helper()
	figures := w.figures()
	for name, want := range w.oracle() {
		f := figures[name]
		assert.Equal(w.t, want, count{f.Value, f.Unknown}, "%s: %s", msg, name)
		certainty := claim.Known
		if want.unknown > 0 {
			certainty = claim.AtLeast
		}
		assert.Equal(w.t, certainty, f.Certainty, "%s: %s, %v", msg, name, f.Why)
		assert.True(w.t, f.Current, "%s: %s, %v", msg, name, f.Why)
	}
	return figures
}

func TestFiguresRestOnEvidence(t *testing.T) {
	t.Parallel()
	clock := clockwork.NewFakeClockAt(time.Now())
	w := newWorld(t, options{everything: true, storeClock: clock})
	w.grantExtras()
	w.connect()
	known := w.figuresAreAsServed("first sync")
	readAt := map[string]time.Time{}
	for _, s := range figureSources {
		readAt[s.kind+s.part] = clock.Now()
	}

	faults := map[string]func(simulator.Fault) simulator.Fault{
		"failed": func(f simulator.Fault) simulator.Fault {
			f.Status, f.Code, f.Message = 400, "BadRequest", "Something is wrong with this list."
			return f
		},
		"throttled": func(f simulator.Fault) simulator.Fault { f.Status, f.RetryAfter = 429, "600"; return f },
		"not permitted": func(f simulator.Fault) simulator.Fault {
			f.Status, f.Code, f.Message = 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
			return f
		},
	}
	names := slices.Sorted(maps.Keys(faults))
	for i, s := range figureSources {
		if raceDetector {
			names = []string{slices.Sorted(maps.Keys(faults))[i%len(faults)]} // the same code runs for each fault
		}
		for _, name := range names {
			fault := faults[name]
			if s.kind == "alerts" && name == "not permitted" {
				continue // Defender for Endpoint stands in
			}
			msg := fmt.Sprintf("%s/%s %s", s.kind, s.part, name)
			clock.Advance(time.Minute)
			remove := w.cloud.Inject(fault(s.fault))
			w.sync(s.kind)
			remove()
			w.engine.Close() // another process does not know that Microsoft asked to wait
			w.config.Pace = unlimited()
			w.openEngine()
			w.derivedTablesFollow(s, msg)
			for figure, was := range known {
				is := w.figures()[figure]
				assert.Equal(t, count{was.Value, was.Unknown}, count{is.Value, is.Unknown}, "%s: %s", msg, figure)
				assert.Equal(t, was.Certainty, is.Certainty, "%s: %s, %v", msg, figure, is.Why)
				rests := slices.Contains(s.figures, figure) || s.kind == "users" && s.part == "list" && slices.Contains(ofRoles, figure)
				assert.Equal(t, !rests, is.Current, "%s: %s, %v", msg, figure, is.Why)
				if rests {
					assert.Equal(t, was.AsOf, is.AsOf, "%s: %s is as old as what failed", msg, figure)
					assert.NotEmpty(t, is.Why, "%s: %s", msg, figure)
				}
			}
			clock.Advance(time.Minute)
			w.sync(s.kind)
			for _, other := range figureSources {
				if other.kind == s.kind {
					readAt[other.kind+other.part] = clock.Now()
				}
			}
			w.derivedTablesFollow(source{}, msg+" is over")
			known = w.figures()
			for figure, f := range known {
				assert.True(t, f.Current, "%s is over: %s, %v", msg, figure, f.Why)
				if oldest := oldestOf(figure, readAt); !oldest.IsZero() {
					assert.WithinDuration(t, oldest, f.AsOf, 10*time.Second, "%s is as old as the oldest of what it rests on", figure)
				}
			}
		}
	}
}

func TestFiguresOfHeldRowsAreOfTheListBefore(t *testing.T) {
	t.Parallel()
	clock := clockwork.NewFakeClockAt(time.Now())
	w := newWorld(t, options{everything: true, storeClock: clock})
	w.grantExtras()
	w.connect()
	known := w.figuresAreAsServed("first sync")
	for _, s := range figureSources {
		if len(w.rows(s.kind)) < 10 || s.part != "list" || w.store.Catalogue().Def(s.kind).Parts[0].Mode != entity.Full || s.kind == "group_members" || s.kind == "role_eligibility" {
			continue
		}
		clock.Advance(time.Minute)
		empty := s.fault
		empty.Rows = func([]map[string]any) []map[string]any { return []map[string]any{} }
		remove := w.cloud.Inject(empty)
		w.sync(s.kind)
		remove()
		require.Equal(t, entity.Held, w.state(s.kind).State, s.kind)
		for _, figure := range s.figures {
			was, is := known[figure], w.figures()[figure]
			assert.Equal(t, []any{was.Value, was.Unknown, was.Certainty, was.AsOf, false}, []any{is.Value, is.Unknown, is.Certainty, is.AsOf, is.Current}, "%s held: %s", s.kind, figure)
		}
		w.sync(s.kind)
		known = w.figuresAreAsServed(s.kind + " is whole again")
	}
}

func TestFiguresCountWhatIsNotReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.grantExtras()
	blank := map[string]string{
		"/users": "accountEnabled", "/reports/authenticationMethods/userRegistrationDetails": "isMfaRegistered,methodsRegistered",
		"/identityProtection/riskyUsers": "riskState", "/deviceManagement/managedDevices": "complianceState",
		"/security/alerts_v2": "severity", "/admin/serviceAnnouncement/issues": "isResolved",
	}
	for path, properties := range blank {
		w.cloud.Inject(simulator.Fault{Path: path, Rows: func(rows []map[string]any) []map[string]any {
			for i, r := range rows {
				for _, p := range strings.Split(properties, ",") {
					if i%3 == 0 && r[p] != nil {
						r[p] = nil
					}
				}
			}
			return rows
		}})
	}
	w.connect()
	figures := w.figuresAreAsServed("every third value is null")
	for _, name := range []string{"enabled_users", "stale_accounts", "admins_without_mfa", "phone_only_mfa", "risky_users", "devices_not_compliant", "open_alerts", "service_issues"} {
		assert.NotZero(t, figures[name].Unknown, name)
	}
}

func TestFiguresOfWhatWasNeverReadAreUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.grantExtras()
	var removes []func()
	for _, s := range figureSources {
		f := s.fault
		f.Status, f.Code, f.Message = 400, "BadRequest", "Something is wrong with this list."
		removes = append(removes, w.cloud.Inject(f))
	}
	w.connect()
	for name, f := range w.figures() {
		if name == "critical_cves" {
			continue // Defender answers
		}
		assert.Equal(t, claim.Unknown, f.Certainty, name)
		assert.Zero(t, f.Value, name)
		assert.False(t, f.Current, name)
		assert.True(t, f.AsOf.IsZero(), name)
		assert.NotEmpty(t, f.Why, name)
	}
	// They become known one by one, each with the last of what it rests on.
	missing := map[string]int{}
	for _, s := range figureSources {
		for _, figure := range s.figures {
			missing[figure]++
		}
	}
	for i, s := range figureSources {
		removes[i]()
		w.sync(s.kind)
		for _, figure := range s.figures {
			missing[figure]--
		}
		figures := w.figures()
		for figure, n := range missing {
			if n == 0 {
				assert.NotEqual(t, claim.Unknown, figures[figure].Certainty, "%s/%s is read: %s, %v", s.kind, s.part, figure, figures[figure].Why)
				continue
			}
			assert.NotEqual(t, claim.Known, figures[figure].Certainty, "%s/%s is read: %s", s.kind, s.part, figure)
			assert.False(t, figures[figure].Current, figure)
		}
	}
	w.sync()
	w.figuresAreAsServed("all was read")
}

func TestFiguresOfACutFirstListAreAtLeast(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.grantExtras()
	cut := map[string]string{"enabled_users": "/users", "risky_users": "/identityProtection/riskyUsers", "devices_not_compliant": "/deviceManagement/managedDevices"}
	for _, path := range cut {
		version := "/v1.0"
		w.cloud.Inject(simulator.Fault{Path: path, NextLink: w.cloud.GraphURL() + version + path + "?$skiptoken=cut"})
		w.cloud.Inject(simulator.Fault{Path: path, Query: "skiptoken=cut", Status: 400, Code: "BadRequest", Message: "Something is wrong with this page."})
	}
	w.connect()
	for name := range cut {
		f := w.figures()[name]
		assert.Equal(t, claim.AtLeast, f.Certainty, "%s: %v", name, f.Why)
		assert.NotZero(t, f.Value, name)
		assert.False(t, f.Current, name)
		assert.True(t, f.AsOf.IsZero(), name)
	}
}

// oldestOf is when the oldest of the lists was read that a figure rests on.
func oldestOf(figure string, readAt map[string]time.Time) (oldest time.Time) {
	for _, s := range figureSources {
		at := readAt[s.kind+s.part]
		if slices.Contains(s.figures, figure) && (oldest.IsZero() || at.Before(oldest)) {
			oldest = at
		}
	}
	return oldest
}

// derivedTablesFollow asserts that each derived table is complete exactly while
// what it needs of the failed source is, that its rows stay, and that their
// number is that of the rows.
func (w *world) derivedTablesFollow(failed source, msg string) {
	w.t.Helper()
	for _, d := range w.store.Catalogue().Defs {
		if !d.Derived() {
			continue
		}
		s := w.state(d.Kind)
		rests := slices.Contains(d.From, failed.kind) && failed.part == "list"
		if add := d.Addition(failed.kind); add != nil && add.Name == "" {
			rests = false // columns alone
		}
		assert.Equal(w.t, !rests, s.State == entity.Complete, "%s: %s is %s", msg, d.Kind, s.State)
		assert.Equal(w.t, len(w.rows(d.Kind)), s.Rows, "%s: %s", msg, d.Kind)
		assert.NotZero(w.t, s.Rows, "%s: %s", msg, d.Kind)
	}
}
