package syncer_test

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

var defenderKinds = []string{"machines", "vulnerabilities", "machine_vulnerabilities", "recommendations", "exposure_scores"}

func (w *world) problem(kind string) *entity.Problem {
	w.t.Helper()
	p := w.state(kind).Problem
	require.NotNil(w.t, p, kind)
	return p
}

func TestAlertsComeFromDefenderUntilGraphMayBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.connect()
	alerts := w.store.Catalogue().Def("alerts")
	source := func() map[any]int {
		n := map[any]int{}
		for _, r := range w.rows("alerts") {
			n[r.Cell(alerts, "source")]++
		}
		return n
	}
	s := w.state("alerts")
	assert.Equal(t, entity.Complete, s.State, "%+v", s.Problem)
	assert.Equal(t, entity.Defender, s.Parts[0].Source)
	own := w.stored("alerts")
	assert.Equal(t, map[any]int{"defender": len(own)}, source())

	// An alert that changes is read again, and no other.
	id := own[len(own)-1]
	require.True(t, w.cloud.Tenant().ResolveEndpointAlert(id))
	run := w.sync("alerts")
	assert.Equal(t, "Resolved", w.cell("alerts", id, "status"))
	assert.Equal(t, false, w.cell("alerts", id, "open"))
	assert.LessOrEqual(t, part(run, "alerts", "list").Rows, 2, "what is new, and the overlap")

	// With the permission, the alerts of all products come from Graph; those of
	// Defender for Endpoint are the same rows.
	w.cloud.Tenant().Grant("SecurityAlert.Read.All")
	w.sync("alerts")
	s = w.state("alerts")
	assert.Equal(t, entity.Complete, s.State, "%+v", s.Problem)
	assert.Equal(t, entity.Graph, s.Parts[0].Source)
	served := w.served("/security/alerts_v2")
	assert.Equal(t, served, w.stored("alerts"), "none twice, none missing")
	assert.Equal(t, map[any]int{"graph": len(served)}, source())
	assert.Subset(t, served, own)

	// Without it again, what is there stays, and Defender goes on.
	w.cloud.Tenant().Revoke("SecurityAlert.Read.All")
	w.sync("alerts")
	s = w.state("alerts")
	assert.Equal(t, entity.Complete, s.State)
	assert.Equal(t, entity.Defender, s.Parts[0].Source)
	assert.Equal(t, served, w.stored("alerts"))
	assert.Len(t, own, source()["defender"])
}

// Graph's alerts take a permission that is never demanded: without it the state
// of the alerts is that of Defender for Endpoint, as for machines.
func TestAlertsOfNoSource(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*simulator.Tenant)
		state  entity.State
		code   string
		needs  string
	}{
		"no service principal": {func(tn *simulator.Tenant) { tn.SetDefender(false, false) },
			entity.NotLicensed, "AADSTS500011", "Microsoft Defender for Endpoint"},
		"not active": {func(tn *simulator.Tenant) { tn.SetDefender(true, false) },
			entity.NotLicensed, "Unauthorized", "Microsoft Defender for Endpoint"},
		"a role is missing": {func(tn *simulator.Tenant) { tn.Revoke("Alert.Read.All") },
			entity.NotPermitted, "Forbidden", "Alert.Read.All"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{everything: true})
			test.change(w.cloud.Tenant())
			w.connect()
			s := w.state("alerts")
			assert.Equal(t, test.state, s.State)
			assert.Equal(t, []string{test.needs}, s.Needs)
			assert.Equal(t, test.code, s.Problem.Code)
			assert.Contains(t, s.Problem.Cure, "SecurityAlert.Read.All of Microsoft Graph would do instead")
		})
	}
}

// Where Graph's alerts are permitted, what Graph lacks is what to mend.
func TestAlertsOfAnUnlicensedGraph(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.cloud.Tenant().Grant("SecurityAlert.Read.All")
	w.cloud.Tenant().SetDefender(false, false)
	w.cloud.Inject(simulator.Fault{Path: "/security/alerts_v2", Status: http.StatusUnauthorized, Code: "Unauthorized", Message: "Unauthorized request - Account is not provisioned."})
	w.connect()
	s := w.state("alerts")
	assert.Equal(t, entity.NotLicensed, s.State)
	assert.Contains(t, s.Problem.Message, "not provisioned")
	assert.Contains(t, s.Problem.Message, "Microsoft Defender for Endpoint, which could stand in, refuses too")
}

// The four ways in which Defender for Endpoint is not there, each with its own
// label and cure; none of them touches what Graph gives.
func TestDefenderThatIsNotThere(t *testing.T) {
	t.Parallel()
	revoke := func(tn *simulator.Tenant, roles ...string) {
		for _, r := range roles {
			tn.Revoke(r)
		}
	}
	for name, test := range map[string]struct {
		change func(*simulator.Tenant)
		kind   string
		state  entity.State
		class  entity.Class
		code   string
		needs  []string
		cure   string
	}{
		"no consent": {func(tn *simulator.Tenant) {
			revoke(tn, "Alert.Read.All", "Machine.Read.All", "Vulnerability.Read.All", "SecurityRecommendation.Read.All")
		}, "machines", entity.NotPermitted, entity.ClassConsent, "Forbidden", []string{"Machine.Read.All"}, "Grant admin consent"},
		"a role is missing": {func(tn *simulator.Tenant) { revoke(tn, "Machine.Read.All") },
			"machines", entity.NotPermitted, entity.ClassPermission, "Forbidden", []string{"Machine.Read.All"}, "SecurityEvents.Read.All, do not open Defender"},
		"a role for vulnerabilities is missing": {func(tn *simulator.Tenant) { revoke(tn, "Vulnerability.Read.All") },
			"vulnerabilities", entity.NotPermitted, entity.ClassPermission, "Forbidden", []string{"Vulnerability.Read.All"}, "WindowsDefenderATP"},
		"not licensed or not active": {func(tn *simulator.Tenant) { tn.SetDefender(true, false) },
			"machines", entity.NotLicensed, entity.ClassLicence, "Unauthorized", []string{"Microsoft Defender for Endpoint"}, "not licensed or not set up"},
		"no vulnerability management": {func(tn *simulator.Tenant) { tn.SetVulnerabilityManagement(false) },
			"vulnerabilities", entity.NotLicensed, entity.ClassLicence, "Unauthorized", []string{"Microsoft Defender Vulnerability Management"}, "not licensed or not set up"},
		"no service principal": {func(tn *simulator.Tenant) { tn.SetDefender(false, false) },
			"machines", entity.NotLicensed, entity.ClassLicence, "AADSTS500011", []string{"Microsoft Defender for Endpoint"}, "Defender"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{everything: true})
			test.change(w.cloud.Tenant())
			run := w.connect()
			assert.Equal(t, store.RunComplete, run.Status, "what a directory does not have is no failure: %+v", run.Problem)
			s := w.state(test.kind)
			assert.Equal(t, test.state, s.State)
			assert.Equal(t, test.needs, s.Needs)
			p := w.problem(test.kind)
			assert.Equal(t, test.class, p.Class)
			assert.Equal(t, test.code, p.Code)
			assert.Contains(t, p.Cure, test.cure)
			assert.NotEmpty(t, p.Link)
			for kind, state := range w.states() {
				if d := w.store.Catalogue().Def(kind); d.Group == entity.Identity {
					assert.Equal(t, entity.Complete, state, kind)
				}
			}
			assert.Nil(t, w.integration().Problem)
		})
	}
}

func TestLostDefenderKeepsItsRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.connect()
	before := map[string]int{}
	for _, kind := range defenderKinds {
		before[kind] = len(w.rows(kind))
	}
	w.cloud.Tenant().SetDefender(true, false)
	w.sync()
	for _, kind := range defenderKinds {
		assert.Equal(t, entity.NotLicensed, w.state(kind).State, kind)
		assert.Len(t, w.rows(kind), before[kind], kind)
	}
}

func TestMachinesThatAreAllGoneAreHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.connect()
	n := len(w.rows("machines"))
	w.cloud.Tenant().SetMachines(false)
	w.sync("machines")
	assert.Equal(t, entity.Held, w.state("machines").State)
	assert.Len(t, w.rows("machines"), n, "a 404 is an empty list, and a person decides")
}

func TestVulnerableMachinesFollowTheirChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.connect()
	has := func() map[string]bool {
		ids := map[string]bool{}
		for _, r := range w.rows("machine_vulnerabilities") {
			ids[r.ID] = true
			require.NotNil(t, r.Cell(w.store.Catalogue().Def("machine_vulnerabilities"), "cve_id"), "software without a flaw makes no row")
		}
		return ids
	}
	before := has()
	require.NotEmpty(t, before)
	fixed, found := w.cloud.Tenant().FixVulnerability(0), w.cloud.Tenant().FindVulnerability(1)
	require.NotEmpty(t, fixed)
	require.NotEmpty(t, found)
	run := w.refresh("machine_vulnerabilities")
	p := part(run, "machine_vulnerabilities", "list")
	assert.Equal(t, [3]int{1, 1, 1}, [3]int{p.Requests, p.Added, p.Removed}, "one request for what changed: %+v", p.Problem)
	assert.Len(t, has(), len(before))
	refreshed := has()

	p = part(w.sync("machine_vulnerabilities"), "machine_vulnerabilities", "list")
	assert.Zero(t, p.Added+p.Changed+p.Removed, "the whole list finds nothing else")
	assert.Equal(t, refreshed, has())
}

// A machine that moves between device groups is fixed in one and found in the
// other, in any order.
func TestChangesOfMachinesCountByTheirTime(t *testing.T) {
	t.Parallel()
	for later, removed := range map[string]int{"2099-12-30 14:17:26.6170000": 0, "2019-05-19T08:22:26.6170000Z": 1} {
		for _, newestFirst := range []bool{true, false} {
			w := newWorld(t, options{everything: true})
			w.connect()
			w.cloud.Inject(simulator.Fault{Path: "/api/machines/SoftwareVulnerabilityChangesByMachine", Rows: func(rows []map[string]any) []map[string]any {
				moved := maps.Clone(rows[0])
				moved["status"], moved["eventTimestamp"], moved["rbacGroupName"] = "New", later, "Elsewhere"
				rows = append(rows, moved)
				if newestFirst {
					slices.Reverse(rows)
				}
				return rows
			}})
			require.NotEmpty(t, w.cloud.Tenant().FixVulnerability(0))
			p := part(w.refresh("machine_vulnerabilities"), "machine_vulnerabilities", "list")
			assert.Equal(t, entity.Complete, p.State, "%+v", p.Problem)
			assert.Equal(t, [2]int{removed, 1 - removed}, [2]int{p.Removed, p.Changed}, "found at %s, reversed: %v", later, newestFirst)
		}
	}
}

func TestChangesOfMachinesThatCannotBeReadAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.connect()
	w.cloud.Inject(simulator.Fault{Path: "/api/machines/SoftwareVulnerabilityChangesByMachine", Status: http.StatusBadRequest, Code: "BadRequest", Message: "sinceTime must not be more than 14 days ago."})
	w.cloud.Tenant().FixVulnerability(0)
	run := w.refresh("machine_vulnerabilities")
	p := part(run, "machine_vulnerabilities", "list")
	assert.Equal(t, entity.Complete, p.State)
	assert.Equal(t, 1, p.Removed)
}
