package syncer_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// sources are lists of every way of reading, by kind: what Microsoft answers
// badly for one it may for any.
var sources = map[string]string{
	"users":                       "/users",
	"groups":                      "/groups",
	"applications":                "/applications",
	"conditional_access_policies": "/identity/conditionalAccess/policies",
	"security_defaults":           "/policies/identitySecurityDefaultsEnforcementPolicy", // one object
	"managed_devices":             "/deviceManagement/managedDevices",
	"secure_scores":               "/security/secureScores",                // kept day by day
	"directory_audits":            "/auditLogs/directoryAudits",            // windows
	"alerts":                      "/security/alerts_v2",                   // windows, with another source
	"recommendations":             "/api/recommendations",                  // Defender
	"machines":                    "/api/machines",                         // Defender, 404 may be none
	"m365_active_users":           "/reports/getOffice365ActiveUserDetail", // a report
}

// everything is a connected world of the whole catalogue.
func everything(t *testing.T) *world {
	w := newWorld(t, options{everything: true})
	w.grantExtras()
	w.connect()
	require.Equal(t, store.StatusConnected, w.status())
	return w
}

func (w *world) counts() map[string]int {
	counts := map[string]int{}
	for kind := range sources {
		counts[kind] = len(w.rows(kind))
	}
	return counts
}

func TestListsThatAreNotFoundHaveNotEnded(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"404":                           {Status: 404, Code: "UnknownError", Message: "404 page not found"},
		"404, in the directory's words": {Status: 404, Code: "Request_ResourceNotFound", Message: "Resource 'x' does not exist or one of its queried reference-property objects are not present."},
		"404, empty":                    {Status: 404, Body: " "},
		"410":                           {Status: 410, Code: "Gone"},
		"404, a web page":               {Status: 404, Body: "<html><title>Nothing</title></html>", ContentType: "text/html"},
		"a path's words":                {Status: 400, Code: "BadRequest", Message: "Resource not found for the segment 'x'."},
		"200 and an error":              {Body: `{"error":{"code":"UnknownError","message":"Broken."}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := everything(t)
			before := w.counts()
			for _, path := range sources {
				f := fault
				f.Path = path
				w.cloud.Inject(f)
			}
			run := w.sync()
			assert.Equal(t, store.RunPartial, run.Status)
			assert.Equal(t, store.StatusLimited, w.status())
			assert.Equal(t, before, w.counts())
			for kind := range sources {
				s := w.state(kind)
				assert.Equal(t, entity.Failed, s.State, kind)
				assert.False(t, s.AsOf.IsZero(), kind)
				assert.NotContains(t, s.Problem.Cure, "nothing to do", kind)
				assert.NotContains(t, s.Problem.Message, "<", kind)
			}
		})
	}
}

func TestListsThatWereNeverThere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault simulator.Fault
		state entity.State
		run   store.RunStatus
	}{
		"by Microsoft's words": {simulator.Fault{Status: 404, Code: "BadRequest", Message: "Resource not found for the segment 'x'."}, entity.NotAvailable, store.RunComplete},
		"by a status alone":    {simulator.Fault{Status: 404, Code: "UnknownError"}, entity.Failed, store.RunPartial},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{everything: true})
			w.grantExtras()
			for kind, path := range sources {
				if kind == "users" || kind == "groups" || kind == "alerts" {
					continue // others are read for their rows, or instead of them
				}
				test.fault.Path = path
				w.cloud.Inject(test.fault)
			}
			assert.Equal(t, test.run, w.connect().Status)
			assert.Equal(t, test.state, w.state("recommendations").State)
			assert.Equal(t, test.state, w.state("machines").State)
			assert.Equal(t, test.state, w.state("managed_devices").State)
			assert.Equal(t, test.state, w.state("m365_active_users").State)
			assert.Equal(t, test.state, w.state("security_defaults").State)
			assert.Equal(t, test.state, w.state("directory_audits").State)
		})
	}
}

// Behind a link of its own, Microsoft owes a page.
func TestLaterPagesThatAreNotFound(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"404":            {Status: 404, Code: "NotFound"},
		"410":            {Status: 410},
		"a path's words": {Status: 404, Code: "BadRequest", Message: "Resource not found for the segment 'x'."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := everything(t)
			before := w.counts()
			kinds := []string{"groups", "applications", "conditional_access_policies", "managed_devices", "secure_scores", "directory_audits"}
			for _, kind := range kinds {
				w.cloud.Inject(simulator.Fault{Path: sources[kind], NextLink: w.cloud.GraphURL() + version(kind) + sources[kind] + "?later=1", Rows: halved})
				f := fault
				f.Path, f.Query = sources[kind], "later=1"
				w.cloud.Inject(f)
			}
			run := w.sync(kinds...)
			assert.Equal(t, store.RunPartial, run.Status)
			assert.Equal(t, store.StatusLimited, w.status())
			assert.Equal(t, before, w.counts())
			for _, kind := range kinds {
				s := w.state(kind)
				assert.Equal(t, entity.Partial, s.State, kind)
				assert.NotContains(t, s.Problem.Cure, "nothing to do", kind)
				assert.Zero(t, part(run, kind, "list").Removed, kind)
			}
		})
	}
}

func version(kind string) string {
	if kind == "conditional_access_policies" {
		return "/beta"
	}
	return "/v1.0"
}

func halved(rows []map[string]any) []map[string]any { return rows[:(len(rows)+1)/2] }

// What Microsoft itself calls incomplete is kept, and nothing is removed for it.
func TestAnswersInPart(t *testing.T) {
	t.Parallel()
	const warning = `199 - "Microsoft/WDATP/401/228", 199 - "Microsoft/MCAS/504/10000"`
	for name, fault := range map[string]simulator.Fault{
		"half of the rows": {Warning: warning, Rows: halved},
		"no rows":          {Warning: warning, Status: 206, Body: `{"value":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := everything(t)
			before := w.counts()
			reach := map[string]store.Reach{}
			kinds := []string{"users", "groups", "applications", "conditional_access_policies", "managed_devices", "secure_scores", "directory_audits", "alerts", "recommendations", "machines"}
			for _, kind := range kinds {
				reach[kind] = w.state(kind).Parts[0].Reach
				f := fault
				f.Path = sources[kind]
				w.cloud.Inject(f)
			}
			run := w.sync(kinds...)
			assert.Equal(t, store.RunPartial, run.Status)
			assert.Equal(t, before, w.counts())
			for _, kind := range kinds {
				s := w.state(kind)
				assert.Equal(t, entity.Partial, s.State, kind)
				assert.Contains(t, s.Problem.Message, "Microsoft/WDATP failed with 401 Unauthorized, Microsoft/MCAS failed with 504 Gateway Timeout", kind)
				assert.Zero(t, part(run, kind, "list").Removed, kind)
				assert.Equal(t, reach[kind], s.Parts[0].Reach, kind)
			}
		})
	}
}

// The rows that came with a warning are there, though nothing was before.
func TestAnswersInPartAreKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.grantExtras()
	for kind, path := range sources {
		if kind == "m365_active_users" {
			path = "/data/download" // where the report's file is
		}
		w.cloud.Inject(simulator.Fault{Path: path, Warning: `199 - "Microsoft/IPC/503/1"`})
	}
	w.connect()
	for kind := range sources {
		s := w.state(kind)
		assert.Equal(t, entity.Partial, s.State, kind)
		assert.NotEmpty(t, w.rows(kind), kind)
	}
}

// A round of changes that Microsoft calls incomplete is read again.
func TestChangesInPart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	w.settled()
	n := len(w.rows("users"))
	id := w.cloud.Tenant().AddUser(map[string]any{"displayName": "New", "userPrincipalName": "new@contoso.example", "accountEnabled": true})
	stop := w.cloud.Inject(simulator.Fault{Path: "/users/delta", Warning: `199 - "Microsoft/X/503/1"`})
	w.refresh("users")
	assert.Equal(t, entity.Partial, w.state("users").State)
	assert.Len(t, w.rows("users"), n+1)
	stop()
	run := w.refresh("users")
	assert.Equal(t, entity.Complete, w.state("users").State)
	assert.True(t, part(run, "users", "list").Changes, "from the same link")
	assert.Equal(t, "New", w.cell("users", id, "display_name"))
}

// A link that leads to another list of the same host brings none of its rows.
func TestLinksToOtherLists(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"/v1.0/subscribedSkus", "/v1.0/users/delta", "/beta/groups"} {
		t.Run(to, func(t *testing.T) {
			t.Parallel()
			w := everything(t)
			before := w.counts()
			kinds := []string{"users", "applications", "conditional_access_policies", "managed_devices", "secure_scores", "directory_audits", "alerts"}
			for _, kind := range kinds {
				w.cloud.Inject(simulator.Fault{Path: sources[kind], NextLink: w.cloud.GraphURL() + to + "?$top=5"})
			}
			run := w.sync(kinds...)
			assert.Equal(t, store.RunPartial, run.Status)
			assert.Equal(t, before, w.counts())
			for _, kind := range kinds {
				p := w.state(kind).Problem
				require.NotNil(t, p, kind)
				assert.Equal(t, entity.ClassData, p.Class, kind)
				assert.Contains(t, p.Message, "another list", kind)
				assert.NotContains(t, p.Cure, "secret", kind)
			}
		})
	}
}

// The rows of one group's members never become those of another.
func TestLinksToAnotherGroupsMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	before := w.ids("group_members")
	var group, other string
	for _, g := range w.rows("groups") {
		if len(w.membersOf(g.ID)) > 1 {
			group, other = g.ID, group
		}
	}
	w.cloud.Inject(simulator.Fault{Path: "/groups/" + group + "/members", NextLink: w.cloud.GraphURL() + "/beta/groups/" + other + "/members?$select=id"})
	w.sync("group_members")
	s := w.state("group_members")
	assert.Equal(t, entity.Partial, s.State)
	assert.Equal(t, entity.ClassData, s.Problem.Class)
	assert.Contains(t, s.Problem.Message, fmt.Sprint(w.cell("groups", group, "display_name")))
	assert.ElementsMatch(t, before, w.ids("group_members"))
}

// Who is below a group that was removed goes with it, whatever another group's
// list does.
func TestMembersOfARemovedGroupGoThoughAnotherCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	var group, other string
	for _, g := range w.rows("groups") {
		if n := len(w.membersOf(g.ID)); n > 1 && n < 10 {
			group, other = g.ID, group
		}
	}
	require.NotEmpty(t, other)
	kept := len(w.membersOf(other))
	w.cloud.Inject(simulator.Fault{Path: "/groups/" + other + "/members", Status: 404, Code: "UnknownError"})
	require.True(t, w.cloud.Tenant().RemoveGroup(group))
	w.sync("groups", "group_members")
	assert.Equal(t, entity.Partial, w.state("group_members").State)
	assert.Empty(t, w.membersOf(group))
	assert.Len(t, w.membersOf(other), kept)
}

func TestConnectingToAnAddressThatIsNotGraphs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.cloud.Inject(simulator.Fault{Path: "/organization", Status: http.StatusNotFound, Code: "not_found", Message: "No such route."})
	report, err := w.engine.Connect(w.ctx, by, w.tenant.ID, w.connection())
	require.NoError(t, err)
	assert.False(t, report.OK)
	p := report.Problem()
	require.NotNil(t, p)
	assert.Equal(t, entity.ClassSource, p.Class)
	assert.Contains(t, p.Cure, "SECURATLAS_GRAPH_URL")
	assert.Contains(t, p.Cure, w.cloud.GraphURL())
	assert.NotContains(t, p.Cure, "nothing to do")
}

// A source that has no code for its refusal leaves no empty brackets.
func TestRefusalsWithoutACode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.noDefender = true
	w.cloud.Tenant().Grant("SecurityAlert.Read.All")
	w.cloud.Inject(simulator.Fault{Path: "/security/alerts_v2", Status: http.StatusBadRequest, Code: "BadRequest", Message: "Resource not found for the segment 'alerts_v2'."})
	w.connect()
	p := w.state("alerts").Problem
	require.NotNil(t, p)
	assert.Contains(t, p.Message, "refuses too: This cloud does not have Microsoft Defender for Endpoint.")
	assert.NotContains(t, p.Message, "()")
	for _, kind := range defenderKinds {
		p := w.state(kind).Problem
		require.NotNil(t, p, kind)
		assert.True(t, strings.Contains(p.Cure, "SECURATLAS_DEFENDER_URL"), p.Cure)
	}
}
