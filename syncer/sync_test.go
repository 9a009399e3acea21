package syncer_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

const lastSignIn = "sign_in_activity_last_successful_sign_in_date_time"

func TestConnectSyncsEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true, users: 120})
	w.grantExtras()
	run := w.connect()
	assert.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)
	assert.Equal(t, store.TriggerConnect, run.Trigger)
	states, err := w.store.EntityStates(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	for _, s := range states {
		assert.Equal(t, entity.Complete, s.State, "%s: %+v", s.Def.Kind, s.Problem)
		assert.Positive(t, s.Rows, s.Def.Kind)
		assert.Empty(t, s.Columns, s.Def.Kind)
		assert.False(t, s.AsOf.IsZero(), s.Def.Kind)
	}
	assert.Len(t, w.rows("users"), 120)
	guests := 0
	for _, r := range w.rows("users") {
		if r.Cell(w.store.Catalogue().Def("users"), "user_type") == "Guest" {
			guests++
		}
	}
	assert.Len(t, w.rows("guests"), guests)
	i, err := w.store.Integration(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, w.cloud.DirectoryID(), i.DirectoryID)
	assert.NotEmpty(t, i.DirectoryName)
	assert.Nil(t, i.Problem)
	changes, err := w.store.Changes(w.ctx, w.tenant.ID, "", "", 0, 10)
	require.NoError(t, err)
	assert.Empty(t, changes, "a first list is a baseline")
}

func TestUnchangedDirectoryChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	before := w.rows("users")
	run := w.sync()
	assert.Equal(t, store.RunComplete, run.Status)
	for _, p := range run.Parts {
		assert.Zero(t, p.Added+p.Changed+p.Removed, "%s/%s", p.Kind, p.Part)
	}
	assert.Equal(t, before, w.rows("users"))
}

func TestConnectByDomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	c := w.connection()
	c.DirectoryID = w.cloud.Domain()
	report, err := w.engine.Connect(w.ctx, by, w.tenant.ID, c)
	require.NoError(t, err)
	require.True(t, report.OK, "%+v", report.Steps)
	assert.Equal(t, w.cloud.DirectoryID(), report.DirectoryID)
	w.wait(report.RunID)
}

func TestBadCredentialStoresNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	for name, c := range map[string]struct {
		change func(*entity.Connection)
		code   string
	}{
		"wrong secret":      {func(c *entity.Connection) { c.Secret = "wrong~secret.value" }, "AADSTS7000215"},
		"unknown app":       {func(c *entity.Connection) { c.ClientID = "11111111-2222-3333-4444-555555555555" }, "AADSTS700016"},
		"unknown directory": {func(c *entity.Connection) { c.DirectoryID = "11111111-2222-3333-4444-555555555555" }, "AADSTS90002"},
	} {
		connection := w.connection()
		c.change(&connection)
		report, err := w.engine.Connect(w.ctx, by, w.tenant.ID, connection)
		require.NoError(t, err, name)
		assert.False(t, report.OK, name)
		p := report.Problem()
		require.NotNil(t, p, name)
		assert.Equal(t, c.code, p.Code, name)
		assert.NotEmpty(t, p.Cure, name)
		assert.NotEmpty(t, p.RequestID, name)
		_, err = w.store.Integration(w.ctx, w.tenant.ID)
		assert.ErrorIs(t, err, store.ErrNotFound, name)
	}
}

func TestBadInputNamesTheField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	for field, change := range map[string]func(*entity.Connection){
		"directory_id":  func(c *entity.Connection) { c.DirectoryID = "not a directory" },
		"client_id":     func(c *entity.Connection) { c.ClientID = "abc" },
		"client_secret": func(c *entity.Connection) { c.Secret = " " },
	} {
		c := w.connection()
		change(&c)
		_, err := w.engine.Connect(w.ctx, by, w.tenant.ID, c)
		var input store.InputError
		require.ErrorAs(t, err, &input, field)
		assert.Equal(t, field, input.Field)
	}
}

func TestLostPermissionKeepsItsColumns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	before := w.rows("users")
	w.cloud.Tenant().Revoke("AuditLog.Read.All")

	run := w.sync()
	assert.Equal(t, store.RunComplete, run.Status)
	s := w.state("users")
	assert.Equal(t, entity.Complete, s.State)
	require.NotEmpty(t, s.Columns)
	for _, c := range s.Columns {
		assert.Equal(t, entity.NotPermitted, c.State)
		assert.Equal(t, []string{"AuditLog.Read.All"}, c.Needs)
		assert.False(t, c.AsOf.IsZero(), "the dates that were read keep their as-of")
	}
	assert.Equal(t, before, w.rows("users"), "no date is lost")
	check, err := w.engine.Check(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.False(t, check.OK)
}

func TestWithoutPremiumTheSignInDatesAreNotLicensed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.cloud.Tenant().SetPremium(false)
	run := w.connect()
	assert.Equal(t, store.RunComplete, run.Status)
	s := w.state("users")
	assert.Equal(t, entity.Complete, s.State)
	assert.Len(t, w.rows("users"), 120)
	require.NotEmpty(t, s.Columns)
	for _, c := range s.Columns {
		assert.Equal(t, entity.NotLicensed, c.State)
		assert.Equal(t, []string{"Microsoft Entra ID P1"}, c.Needs)
	}
	assert.Equal(t, entity.NotLicensed, columnState(w.state("guests"), lastSignIn))
}

func columnState(s store.EntityState, column string) entity.State {
	for _, c := range s.Columns {
		if c.Column == column {
			return c.State
		}
	}
	return entity.Complete
}

func falseLicence(count int) simulator.Fault {
	return simulator.Fault{
		Path: "/users", Query: "signInActivity", Count: count, Status: http.StatusForbidden,
		Code:    "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
		Message: "Tenant is not a B2C tenant and doesn't have premium license",
	}
}

func TestFalseLicenceErrorIsTriedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.cloud.Inject(falseLicence(2))
	w.connect()
	assert.Empty(t, w.state("users").Columns)
}

func TestStubbornFalseLicenceErrorIsNotCalledUnlicensed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.cloud.Inject(falseLicence(0))
	run := w.connect()
	assert.Equal(t, store.RunPartial, run.Status)
	assert.Equal(t, entity.Failed, columnState(w.state("users"), lastSignIn))
}

func TestWithoutConsentTheRunFailsWithItsCure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{everything: true})
	w.cloud.Tenant().RemoveConsent()
	run := w.connect()
	assert.Equal(t, store.RunFailed, run.Status)
	require.NotNil(t, run.Problem)
	assert.Equal(t, entity.ClassConsent, run.Problem.Class)
	assert.Contains(t, run.Problem.Cure, "consent")
	i, err := w.store.Integration(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	require.NotNil(t, i.Problem)
	assert.Equal(t, entity.ClassConsent, i.Problem.Class)
	states, err := w.store.EntityStates(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	for _, s := range states {
		if s.Def.Kind == "teams_devices" { // retired: no permission is asked for
			assert.Equal(t, entity.NotAvailable, s.State)
			continue
		}
		assert.Equal(t, entity.NotPermitted, s.State, s.Def.Kind)
		assert.NotEmpty(t, s.Needs, s.Def.Kind)
	}

	// Consent given later heals it, without a new connection.
	w.cloud.Tenant().SetRoles("graph", []string{"User.Read.All", "Organization.Read.All"})
	run = w.sync()
	assert.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)
	i, err = w.store.Integration(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.Nil(t, i.Problem)
	assert.NotEmpty(t, i.DirectoryName, "the name that could not be read before")
	assert.Equal(t, entity.NotPermitted, w.state("groups").State)
}

// An app that was granted something else only is one without consent.
func TestWithUnrelatedPermissionsOnlyTheRunAsksForConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.cloud.Tenant().RemoveConsent()
	w.cloud.Tenant().SetRoles("graph", []string{"Mail.Read"})
	run := w.connect()
	assert.Equal(t, store.RunFailed, run.Status)
	require.NotNil(t, run.Problem)
	assert.Equal(t, entity.ClassConsent, run.Problem.Class)
	assert.Contains(t, run.Problem.Cure, "permissions of the guide")
	assert.NotEmpty(t, run.Problem.Link)

	run = w.sync("groups")
	assert.Equal(t, entity.ClassConsent, run.Problem.Class)
	assert.Contains(t, run.Problem.Cure, run.Problem.Needs[0], "a single one is named")
}

func TestExpiredSecretKeepsTheData(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	before := w.rows("users")
	w.cloud.Tenant().ExpireSecret(w.cloud.ClientSecret())
	run := w.sync()
	assert.Equal(t, store.RunFailed, run.Status)
	require.NotNil(t, run.Problem)
	assert.Equal(t, "AADSTS7000222", run.Problem.Code)
	assert.Equal(t, before, w.rows("users"))
	s := w.state("users")
	assert.Equal(t, entity.Failed, s.State)
	assert.False(t, s.AsOf.IsZero())

	// A new secret is tested and takes over; the rows continue.
	c := w.connection()
	c.Secret = w.cloud.Tenant().AddSecret()
	report, err := w.engine.Connect(w.ctx, by, w.tenant.ID, c)
	require.NoError(t, err)
	require.True(t, report.OK, "%+v", report.Steps)
	assert.Equal(t, store.RunComplete, w.wait(report.RunID).Status)
	assert.Equal(t, entity.Complete, w.state("users").State)
}

func TestCutListRemovesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{users: 2500})
	w.connect()
	// After the link to changes and the first page.
	w.cloud.Inject(simulator.Fault{Path: "/users", Query: "displayName", After: 2, Status: http.StatusBadRequest, Code: "BadRequest", Message: "No more."})
	run := w.sync("users")
	assert.Equal(t, store.RunPartial, run.Status)
	s := w.state("users")
	assert.Equal(t, entity.Partial, s.State)
	require.NotNil(t, s.Problem)
	assert.Contains(t, s.Problem.Message, "999")
	assert.Equal(t, 2500, s.Rows)
	assert.Zero(t, s.Removed)
}

func TestShortenedListIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{users: 2500})
	w.connect()
	remove := w.cloud.Inject(simulator.Fault{Path: "/users", Query: "displayName", DropNext: true})
	run := w.sync("users")
	assert.Equal(t, store.RunPartial, run.Status)
	s := w.state("users")
	assert.Equal(t, entity.Held, s.State)
	assert.Equal(t, 1501, s.Held)
	assert.Equal(t, 2500, s.Rows)
	remove()
	w.sync("users")
	s = w.state("users")
	assert.Equal(t, entity.Complete, s.State, "a whole list ends the hold")
	assert.Zero(t, s.Held)
}

func TestRemovedUserGoesAndReturns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	id := w.cloud.Tenant().UserIDs()[3]
	before := w.row("users", id)
	w.cloud.Tenant().UpdateUser(w.cloud.Tenant().UserIDs()[4], map[string]any{"jobTitle": "Astronaut"})
	w.cloud.Tenant().RemoveUser(id)
	w.sync("users")
	s := w.state("users")
	assert.Equal(t, entity.Complete, s.State)
	assert.Equal(t, 119, s.Rows)
	assert.Equal(t, 1, s.Removed)
	assert.Equal(t, 1, s.Changed)
	gone := w.row("users", id)
	assert.False(t, gone.RemovedAt.IsZero())
	assert.Equal(t, before.Cells, gone.Cells, "a removed row keeps its columns")
	changes, err := w.store.Changes(w.ctx, w.tenant.ID, "", "", 0, 10)
	require.NoError(t, err)
	actions := map[string]int{}
	for _, c := range changes {
		actions[c.Action]++
	}
	assert.Equal(t, map[string]int{"removed": 1, "changed": 1}, actions)
}

func TestSecondStartJoins(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	w.cloud.Inject(simulator.Fault{Path: "/groups", Delay: 300 * time.Millisecond})
	first, joined, err := w.engine.Start(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual})
	require.NoError(t, err)
	assert.False(t, joined)
	second, joined, err := w.engine.Start(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual})
	require.NoError(t, err)
	assert.True(t, joined)
	assert.Equal(t, first.ID, second.ID)
	w.wait(first.ID)
}

func TestDisconnectStopsTheRunAndKeepsTheData(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	w.cloud.Inject(simulator.Fault{Path: "/groups", Delay: time.Minute})
	run, _, err := w.engine.Start(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual})
	require.NoError(t, err)
	require.NoError(t, w.engine.Disconnect(w.ctx, by, w.tenant.ID))
	assert.Equal(t, store.RunInterrupted, w.wait(run.ID).Status)
	assert.Len(t, w.rows("users"), 120)
	_, err = w.store.Secret(w.ctx, w.tenant.ID)
	assert.Error(t, err)
	assert.Equal(t, entity.Complete, w.state("groups").State, "what was known stays known")

	_, _, err = w.engine.Start(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual})
	var p *entity.Problem
	require.ErrorAs(t, err, &p)
	assert.NotEmpty(t, p.Cure)
}

func TestRunThatWasShutDownIsDoneAgainAtTheNextStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	remove := w.cloud.Inject(simulator.Fault{Path: "/groups", Delay: time.Minute})
	run, _, err := w.engine.Start(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		now, err := w.store.Run(w.ctx, run.ID)
		require.NoError(t, err)
		for _, p := range now.Parts {
			if p.Kind == "users" && p.Part == "per_user_mfa" {
				return p.Phase == "done"
			}
		}
		return false
	}, 20*time.Second, 20*time.Millisecond)
	w.engine.Close()
	ended, err := w.store.Run(w.ctx, run.ID)
	require.NoError(t, err)
	assert.Equal(t, store.RunInterrupted, ended.Status)
	remove()

	w.openEngine()
	schedule := w.startSchedule()
	defer schedule.Stop()
	again := w.runsOf(store.TriggerStartup, 1)[0]
	assert.NotContains(t, again.Kinds, "users", "what was complete is not repeated")
	assert.Contains(t, again.Kinds, "groups")
	assert.Equal(t, store.RunComplete, again.Status)
}

func TestLongThrottleIsQueued(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	// The delay lets the users be asked for first: they share the limiter.
	remove := w.cloud.Inject(simulator.Fault{Path: "/groups", Delay: 500 * time.Millisecond, Status: http.StatusTooManyRequests, Code: "TooManyRequests", Message: "Please retry again later.", RetryAfter: "600"})
	run := w.sync("groups", "users")
	assert.Equal(t, store.RunPartial, run.Status)
	s := w.state("groups")
	assert.Equal(t, entity.Throttled, s.State)
	assert.WithinDuration(t, time.Now().Add(600*time.Second), s.RetryAt, 30*time.Second)
	assert.Equal(t, entity.Complete, w.state("users").State)
	remove()
}

func TestRowWithoutIDFailsItsPartOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	before := w.rows("groups")
	w.cloud.Inject(simulator.Fault{Path: "/groups", Rows: func(rows []map[string]any) []map[string]any {
		delete(rows[1], "id")
		return rows
	}})
	run := w.sync()
	assert.Equal(t, store.RunPartial, run.Status)
	s := w.state("groups")
	assert.Equal(t, entity.Failed, s.State)
	assert.Equal(t, entity.ClassData, s.Problem.Class)
	assert.Equal(t, before, w.rows("groups"))
}
