package simulator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

const (
	audits  = "/auditLogs/directoryAudits"
	signIns = "/auditLogs/signIns"
)

func instantOf(t *testing.T, value any) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, value.(string))
	require.NoError(t, err)
	return at
}

func TestLogsNeedPermission(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.Tenant().SetRoles(simulator.GraphResource, []string{"User.Read.All"})
	c.refresh()
	for _, path := range []string{audits, signIns, signIns + "/x"} {
		r := c.get(path)
		assert.Equal(t, http.StatusForbidden, r.status, path)
		assert.Equal(t, "Authentication_MSGraphPermissionMissing", r.code(), path)
		assert.Equal(t, "Calling principal does not have required MSGraph permissions AuditLog.Read.All", r.message(), path)
	}
	c.Tenant().SetRoles(simulator.GraphResource, []string{"Directory.Read.All"})
	c.refresh()
	c.ok(audits)
	assert.Equal(t, http.StatusForbidden, c.get(signIns).status, "it opens the audit log only")
}

func TestSignInsNeedPremium(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at))
	month := c.all(audits)
	c.Tenant().SetPremium(false)
	r := c.get(signIns)
	assert.Equal(t, http.StatusForbidden, r.status)
	assert.Equal(t, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", r.code())
	assert.Equal(t, "Tenant is not a B2C tenant and doesn't have premium license", r.message())
	week := c.all(audits)
	assert.NotEmpty(t, week, "the audit log needs no licence")
	assert.Less(t, len(week), len(month)/3, "but keeps a week only")
	assert.False(t, instantOf(t, week[len(week)-1]["activityDateTime"]).Before(at.now().AddDate(0, 0, -7)))
	assert.True(t, instantOf(t, month[len(month)-1]["activityDateTime"]).Before(at.now().AddDate(0, 0, -29)))
}

func TestLogsPageNewestFirst(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at))
	for path, property := range map[string]string{audits: "activityDateTime", signIns: "createdDateTime"} {
		whole := c.all(path + "?$top=1000")
		assert.True(t, slices.IsSortedFunc(whole, func(a, b map[string]any) int {
			return instantOf(t, b[property]).Compare(instantOf(t, a[property]))
		}), path)
		ids := column(whole, "id")
		assert.Len(t, byID(whole), len(whole), "no id twice")
		assert.Equal(t, ids, column(c.all(path+"?$top=77"), "id"))
		oldest := column(c.all(path+"?$top=300&$orderby="+property), "id")
		slices.Reverse(oldest)
		assert.Equal(t, ids, oldest)
		assert.Len(t, c.all(path), len(whole))

		r := c.get(path + "?$top=1001")
		assert.Equal(t, http.StatusBadRequest, r.status)
		assert.Equal(t, "The limit of '1000' for Top query has been exceeded. The value from the incoming request is '1001'.", r.message())
	}
	assert.Len(t, c.ok(signIns).rows(), 1000, "a page without $top")
	assert.Len(t, c.ok(signIns+"?$top=999").rows(), 999)
}

// A reader that pages while the log goes on sees every event that was there
// when it began, once.
func TestLogsGoOnWhileTheyAreRead(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at), withUsers(400))
	window := signIns + "?$filter=createdDateTime ge " + at.now().AddDate(0, 0, -2).Format(time.RFC3339)
	before := c.all(window)
	seen := []string{}
	path := window + "&$top=100"
	for path != "" {
		r := c.ok(path)
		seen = append(seen, column(r.rows(), "id")...)
		path = r.next()
		at.advance(time.Minute)
		c.Tenant().SignInsNow(3)
	}
	assert.Equal(t, column(before, "id"), seen)
	after := c.all(window)
	assert.Greater(t, len(after), len(before)+3)
	assert.Subset(t, column(after, "id"), seen, "the same events with the same ids")
}

func TestLogsAreLate(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at), withUsers(2000))
	newest := instantOf(t, c.ok(signIns + "?$top=1").rows()[0]["createdDateTime"])
	assert.False(t, newest.After(at.now().Add(-2*time.Minute)))
	at.advance(10 * time.Minute)
	later := instantOf(t, c.ok(signIns + "?$top=1").rows()[0]["createdDateTime"])
	assert.True(t, later.After(newest), "there are about two a minute")

	other := start(t, withClock(at), withUsers(2000))
	assert.Equal(t, column(c.ok(signIns).rows(), "id"), column(other.ok(signIns).rows(), "id"), "the seed and the time make them")
}

func TestFreshEvents(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at))
	ids := append(c.Tenant().SignInsNow(3), c.Tenant().SignInsNow(2)...)
	got := column(c.ok(signIns+"?$top=5").rows(), "id")
	slices.Reverse(got)
	assert.Equal(t, ids, got)
	assert.Equal(t, ids[1], c.ok(signIns + "/" + ids[1]).body["id"])
	assert.Equal(t, http.StatusNotFound, c.get(signIns+"/nosuch").status)
	paged := column(c.all(signIns+"?$top=2&$filter=createdDateTime ge "+at.now().Add(-2*time.Minute).Format(time.RFC3339)), "id")
	slices.Reverse(paged)
	assert.Equal(t, ids, paged)
	fresh := c.Tenant().AuditsNow(4)
	assert.Equal(t, fresh[3], c.ok(audits + "?$top=1").rows()[0]["id"])
	assert.Equal(t, fresh[0], c.ok(audits + "/" + fresh[0]).body["id"])
}

func TestAuditFilters(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at), withUsers(300))
	rows := c.all(audits)
	one := rows[len(rows)/2]
	by := one["initiatedBy"].(map[string]any)
	for by["user"] == nil {
		rows = rows[1:]
		one = rows[len(rows)/2]
		by = one["initiatedBy"].(map[string]any)
	}
	rows = c.all(audits)
	user := by["user"].(map[string]any)["id"].(string)
	target := one["targetResources"].([]any)[0].(map[string]any)["id"].(string)
	when := one["activityDateTime"].(string)
	count := func(keep func(map[string]any) bool) int {
		n := 0
		for _, r := range rows {
			if keep(r) {
				n++
			}
		}
		return n
	}
	for filter, keep := range map[string]func(map[string]any) bool{
		"activityDateTime eq " + when: func(r map[string]any) bool { return r["activityDateTime"] == when },
		"activityDateTime ge " + when: func(r map[string]any) bool { return r["activityDateTime"].(string) >= when },
		"activityDateTime le " + when: func(r map[string]any) bool { return r["activityDateTime"].(string) <= when },
		"activityDisplayName eq 'Add user'": func(r map[string]any) bool {
			return r["activityDisplayName"] == "Add user"
		},
		"startswith(activityDisplayName,'Add member')": func(r map[string]any) bool {
			return strings.HasPrefix(r["activityDisplayName"].(string), "Add member")
		},
		"loggedByService eq 'PIM'": func(r map[string]any) bool { return r["loggedByService"] == "PIM" },
		"category eq 'RoleManagement' and activityDateTime ge " + when: func(r map[string]any) bool {
			return r["category"] == "RoleManagement" && r["activityDateTime"].(string) >= when
		},
		"initiatedBy/user/id eq '" + user + "'": func(r map[string]any) bool {
			u, ok := r["initiatedBy"].(map[string]any)["user"].(map[string]any)
			return ok && u["id"] == user
		},
		"targetResources/any(t:t/id eq '" + target + "')": func(r map[string]any) bool {
			return slices.ContainsFunc(r["targetResources"].([]any), func(t any) bool { return t.(map[string]any)["id"] == target })
		},
	} {
		want := count(keep)
		assert.NotZero(t, want, filter)
		assert.Len(t, c.all(audits+"?$filter="+filter), want, filter)
	}
	for _, filter := range []string{
		"activityDateTime gt " + when, "activityDateTime lt " + when, "activityDateTime ne " + when, "category ne 'Policy'",
		"not (category eq 'Policy')", "contains(activityDisplayName,'user')", "startswith(category,'Role')", "resultReason eq 'x'", "nosuch eq 1",
	} {
		r := c.get(audits + "?$filter=" + filter)
		assert.Equal(t, http.StatusBadRequest, r.status, filter)
		assert.Contains(t, r.message(), "Invalid filter clause", filter)
	}
}

func TestAuditsAreOfManyKinds(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(300))
	names, results, changes := map[any]bool{}, map[any]bool{}, 0
	for _, r := range c.all(audits) {
		names[r["activityDisplayName"]], results[r["result"]] = true, true
		by := r["initiatedBy"].(map[string]any)
		assert.True(t, (by["user"] == nil) != (by["app"] == nil), "either a user or an app")
		for _, target := range r["targetResources"].([]any) {
			for _, p := range target.(map[string]any)["modifiedProperties"].([]any) {
				changes++
				for _, name := range []string{"oldValue", "newValue"} {
					if v := p.(map[string]any)[name]; v != nil {
						assert.Contains(t, `"[{`, v.(string)[:1], "values are JSON as text")
					}
				}
			}
		}
	}
	for _, name := range []string{"Add user", "Add member to role", "Update conditional access policy", "Consent to application", "Add member to group"} {
		assert.Contains(t, names, name)
	}
	assert.Len(t, results, 2)
	assert.NotZero(t, changes)
	r := c.ok(audits + "?$top=1&$select=id,activityDateTime")
	assert.Len(t, r.rows()[0], 2)
}

func TestSignInFilters(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at), withUsers(300))
	day := "createdDateTime ge " + at.now().AddDate(0, 0, -3).Format(time.RFC3339) + " and createdDateTime le " + at.now().AddDate(0, 0, -1).Format(time.RFC3339)
	rows := c.all(signIns + "?$filter=" + day)
	assert.InDelta(t, 900, len(rows), 60)
	one := rows[7]
	for _, name := range []string{"userId", "userPrincipalName", "appDisplayName", "appId", "ipAddress", "clientAppUsed", "conditionalAccessStatus", "correlationId", "id"} {
		want := 0
		for _, r := range rows {
			if r[name] == one[name] {
				want++
			}
		}
		assert.Len(t, c.all(signIns+"?$filter="+day+" and "+name+" eq '"+one[name].(string)+"'"), want, name)
	}
	failed := c.all(signIns + "?$filter=" + day + " and status/errorCode eq 50126")
	assert.NotEmpty(t, failed)
	for _, r := range failed {
		assert.Equal(t, "Error validating credentials due to invalid username or password.", r["status"].(map[string]any)["failureReason"])
	}
	assert.NotEmpty(t, c.all(signIns+"?$filter="+day+" and startswith(ipAddress,'203.0.113.')"))
	for _, filter := range []string{"createdDateTime lt 2026-05-01T00:00:00Z", "createdDateTime gt 2026-05-01T00:00:00Z", "userId ne 'x'", "isInteractive eq true"} {
		r := c.get(signIns + "?$filter=" + filter)
		assert.Equal(t, http.StatusBadRequest, r.status, filter)
		assert.Equal(t, "Invalid filter clause", r.message(), filter)
	}
	assert.Equal(t, http.StatusBadRequest, c.get(signIns+"?$skip=5").status)
}

func TestSignInsTellWhatTheReaderMayKnow(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(300))
	legacy := c.all(signIns + "?$filter=clientAppUsed eq 'IMAP4'")
	require.NotEmpty(t, legacy)
	policies := legacy[0]["appliedConditionalAccessPolicies"].([]any)
	assert.Equal(t, "CA003: Block legacy authentication", policies[1].(map[string]any)["displayName"])
	assert.Equal(t, "failure", policies[1].(map[string]any)["result"])
	assert.InDelta(t, 53003, legacy[0]["status"].(map[string]any)["errorCode"], 0)
	assert.NotEmpty(t, c.all(signIns+"?$filter=riskState eq 'atRisk'"))

	c.Tenant().SetPremiumP2(false)
	c.Tenant().Revoke("Policy.Read.All")
	c.refresh()
	for _, r := range c.ok(signIns + "?$top=200").rows() {
		assert.Equal(t, "hidden", r["riskLevelAggregated"], "levels need P2")
		assert.Empty(t, r["appliedConditionalAccessPolicies"], "policies need a permission")
		user := c.Tenant().User(r["userId"].(string))
		assert.Equal(t, user["userPrincipalName"], r["userPrincipalName"])
		assert.Equal(t, true, user["accountEnabled"])
	}
}

func TestLogsShareTheLimitOfReports(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at), throttled)
	for range 3 {
		c.ok(audits + "?$top=1")
	}
	c.ok(signIns + "?$top=1")
	c.ok("/reports/authenticationMethods/userRegistrationDetails?$top=1")
	r := c.get(signIns + "?$top=1")
	assert.Equal(t, http.StatusTooManyRequests, r.status)
	assert.Equal(t, "This request is throttled. Please try again after the value specified in the Retry-After header.", r.message())
	assert.NotEmpty(t, r.header.Get("Retry-After"))
}

func TestNobodySignsInToUnusedAccounts(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(13))
	names := map[any]bool{}
	for _, r := range c.all(signIns) {
		names[r["userDisplayName"]] = true
		user := c.Tenant().User(r["userId"].(string))
		assert.Equal(t, user["displayName"], r["userDisplayName"])
		assert.Equal(t, true, user["accountEnabled"])
		assert.NotEqual(t, "PendingAcceptance", user["externalUserState"])
	}
	assert.NotContains(t, names, "Break glass 1")
	assert.NotContains(t, names, "  Padded  Name ")
	assert.Greater(t, len(names), 3)
}

// However large the tenant, there are not more sign-ins than tests can read.
func TestSignInsOfALargeTenant(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withClock(at), withUsers(20_000))
	rows := c.all(signIns + "?$filter=createdDateTime ge " + at.now().AddDate(0, 0, -1).Format(time.RFC3339))
	assert.InDelta(t, 2000, len(rows), 60)
}
