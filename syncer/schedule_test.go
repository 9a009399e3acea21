package syncer_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// evening is a time from which 03:00 UTC is five hours away.
func evening() time.Time {
	now := time.Now().UTC()
	return time.Date(now.Year(), now.Month(), now.Day(), 22, 0, 0, 0, time.UTC)
}

// scheduled is a world on a clock that only the test moves.
func scheduled(t *testing.T) (*world, *clockwork.FakeClock) {
	t.Helper()
	clock := clockwork.NewFakeClockAt(evening())
	w := newWorld(t, options{clock: clock})
	return w, clock
}

func (w *world) startSchedule() *syncer.Schedule {
	w.t.Helper()
	schedule, err := w.engine.StartSchedule(w.ctx)
	require.NoError(w.t, err)
	return schedule
}

// runsOf waits until the tenant has n runs of a trigger that have ended.
func (w *world) runsOf(trigger store.Trigger, n int) []store.Run {
	w.t.Helper()
	var found []store.Run
	require.Eventually(w.t, func() bool {
		found = nil
		runs, err := w.store.Runs(w.ctx, w.tenant.ID, 0, 50)
		require.NoError(w.t, err)
		for _, r := range runs {
			if r.Trigger == trigger && r.Status != store.RunRunning {
				found = append(found, r)
			}
		}
		return len(found) == n
	}, 30*time.Second, 20*time.Millisecond, "%d ended runs by %s", n, trigger)
	return found
}

// job waits until a job has run at or after a time, and returns it.
func (w *world) job(name string, after time.Time) store.Job {
	w.t.Helper()
	var found store.Job
	require.Eventually(w.t, func() bool {
		jobs, err := w.store.Jobs(w.ctx)
		require.NoError(w.t, err)
		for _, j := range jobs {
			if j.Name == name && !j.LastRunAt.Before(after) {
				found = j
				return true
			}
		}
		return false
	}, 30*time.Second, 20*time.Millisecond, name)
	return found
}

// advance moves the clock once the scheduler waits for it.
func advance(t *testing.T, clock *clockwork.FakeClock, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, clock.BlockUntilContext(ctx, 3))
	clock.Advance(d)
}

func TestNightlySyncAndTokenRefresh(t *testing.T) {
	t.Parallel()
	w, clock := scheduled(t)
	w.connect()
	schedule := w.startSchedule()
	defer schedule.Stop()
	jobs, err := w.store.Jobs(w.ctx)
	require.NoError(t, err)
	next := map[string]time.Time{}
	for _, j := range jobs {
		next[j.Name] = j.NextRunAt
	}
	assert.Equal(t, evening().Add(5*time.Hour), next[syncer.NightlySync], "03:00 UTC")
	assert.Equal(t, evening().Add(2*time.Hour), next[syncer.TokenRefresh], "00:00 UTC")

	w.cloud.Tenant().Revoke("AuditLog.Read.All")
	advance(t, clock, 2*time.Hour)
	w.job(syncer.TokenRefresh, evening().Add(2*time.Hour))
	grants, err := w.store.Grants(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.NotContains(t, grants[0].Roles, "AuditLog.Read.All", "roles are read anew")
	assert.Empty(t, w.runsOf(store.TriggerNightly, 0))

	advance(t, clock, 3*time.Hour)
	run := w.runsOf(store.TriggerNightly, 1)[0]
	assert.Equal(t, store.RunComplete, run.Status)
	assert.True(t, run.Full)
	j := w.job(syncer.NightlySync, evening().Add(5*time.Hour))
	assert.Equal(t, evening().Add(29*time.Hour), j.NextRunAt)
}

func TestRefusedCredentialTurnsTheIntegrationToAttention(t *testing.T) {
	t.Parallel()
	w, clock := scheduled(t)
	w.connect()
	schedule := w.startSchedule()
	defer schedule.Stop()
	w.cloud.Tenant().RemoveSecret(w.cloud.ClientSecret())
	advance(t, clock, 2*time.Hour)
	w.job(syncer.TokenRefresh, evening().Add(2*time.Hour))
	i, err := w.store.Integration(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	require.NotNil(t, i.Problem)
	assert.Equal(t, entity.ClassCredential, i.Problem.Class)
	states, err := w.store.EntityStates(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	status, _ := store.IntegrationStatus(i, states)
	assert.Equal(t, store.StatusAttention, status)
	assert.Equal(t, entity.Complete, w.state("users").State, "what was read stays complete, with its as-of")
}

func TestMissedJobsAreMadeUpAtTheStart(t *testing.T) {
	t.Parallel()
	w, clock := scheduled(t)
	w.connect()
	clock.Advance(8 * time.Hour) // 06:00: both were due while nothing ran
	schedule := w.startSchedule()
	defer schedule.Stop()
	w.runsOf(store.TriggerNightly, 1)
	w.job(syncer.NightlySync, evening().Add(8*time.Hour))
	w.job(syncer.TokenRefresh, evening().Add(8*time.Hour))
}

func TestNothingIsMissedOnTheFirstDay(t *testing.T) {
	t.Parallel()
	w, _ := scheduled(t)
	w.connect()
	schedule := w.startSchedule()
	defer schedule.Stop()
	assert.Empty(t, w.runsOf(store.TriggerNightly, 0))
}

func TestThrottledPartIsReadWhenItsTimeHasCome(t *testing.T) {
	t.Parallel()
	w, clock := scheduled(t)
	w.connect()
	remove := w.cloud.Inject(simulator.Fault{Path: "/groups", Status: http.StatusTooManyRequests, Code: "TooManyRequests", Message: "Please retry again later.", RetryAfter: "600"})
	w.sync("groups")
	require.Equal(t, entity.Throttled, w.state("groups").State)
	remove()
	schedule := w.startSchedule()
	defer schedule.Stop()
	advance(t, clock, 5*time.Minute)
	assert.Empty(t, w.runsOf(store.TriggerRetry, 0))
	// The job that looks after it runs each minute, once it has armed its next
	// turn; while the sync is on, the clock stands.
	require.Eventually(t, func() bool {
		runs, err := w.store.Runs(w.ctx, w.tenant.ID, 0, 1)
		require.NoError(t, err)
		if runs[0].Trigger == store.TriggerRetry {
			return true
		}
		clock.Advance(time.Minute)
		return false
	}, 30*time.Second, 50*time.Millisecond)
	run := w.runsOf(store.TriggerRetry, 1)[0]
	assert.Equal(t, []string{"groups"}, run.Kinds)
	assert.Equal(t, entity.Complete, w.state("groups").State)
}

func TestInterruptedRunIsDoneAgainWithoutWhatItHadCompleted(t *testing.T) {
	t.Parallel()
	w, _ := scheduled(t)
	w.connect()
	// A process that died: its run is there, its heartbeat is old.
	run, _, err := w.store.StartRun(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{"users", "groups"}})
	require.NoError(t, err)
	def := w.store.Catalogue().Def("users")
	for i := range def.Parts {
		part, err := w.store.BeginPart(w.ctx, store.PartRef{TenantID: w.tenant.ID, RunID: run.ID, Def: def, Part: &def.Parts[i]})
		require.NoError(t, err)
		_, err = part.Stop(w.ctx, &entity.Problem{Class: entity.ClassPermission}, store.Traffic{})
		require.NoError(t, err)
	}
	clock := w.config.Clock.(*clockwork.FakeClock)
	clock.Advance(time.Minute)
	schedule := w.startSchedule()
	defer schedule.Stop()
	again := w.runsOf(store.TriggerStartup, 1)[0]
	assert.Equal(t, []string{"groups"}, again.Kinds)
	dead, err := w.store.Run(w.ctx, run.ID)
	require.NoError(t, err)
	assert.Equal(t, store.RunInterrupted, dead.Status)
}

// A dead run is told of once: one that cannot be done again, here since it read
// an entity that this version no longer has, must not lose another tenant's.
func TestRunThatCannotBeDoneAgainLosesNoOther(t *testing.T) {
	t.Parallel()
	w, clock := scheduled(t)
	require.NoError(t, w.store.SaveIntegration(w.ctx, by, store.Integration{
		TenantID: w.tenant.ID, Cloud: "custom", DirectoryID: "11111111-2222-3333-4444-555555555555", ClientID: w.cloud.ClientID(),
	}, "secret"))
	gone, _, err := w.store.StartRun(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{"groups"}})
	require.NoError(t, err)
	db := w.database()
	_, err = db.ExecContext(w.ctx, `UPDATE run_parts SET kind = 'gone' WHERE run_id = ?`, gone.ID)
	require.NoError(t, err)
	_, err = db.ExecContext(w.ctx, `UPDATE runs SET kinds = '["gone"]' WHERE id = ?`, gone.ID)
	require.NoError(t, err)

	w.tenant, err = w.store.CreateTenant(w.ctx, by, "Fabrikam", "fabrikam")
	require.NoError(t, err)
	_, err = w.engine.ConnectWith(w.ctx, by, w.tenant.ID, w.connection(), syncer.ConnectOptions{NoSync: true})
	require.NoError(t, err)
	_, _, err = w.store.StartRun(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{"groups"}})
	require.NoError(t, err)
	clock.Advance(time.Minute)
	schedule := w.startSchedule()
	defer schedule.Stop()
	assert.Equal(t, []string{"groups"}, w.runsOf(store.TriggerStartup, 1)[0].Kinds)
}

func TestSyncGoesOnAfterTheMachineWasAsleep(t *testing.T) {
	t.Parallel()
	// The store's clock alone moves on: the run has not come to its next
	// heartbeat when others look for dead runs.
	storeClock := clockwork.NewFakeClockAt(evening())
	w := newWorld(t, options{clock: clockwork.NewFakeClockAt(evening()), storeClock: storeClock})
	w.connect()
	reached, goOn := make(chan struct{}, 1), make(chan struct{})
	remove := w.cloud.Inject(simulator.Fault{Path: "/groups", Count: 1, Rows: func(rows []map[string]any) []map[string]any {
		reached <- struct{}{}
		<-goOn
		return rows
	}})
	defer remove()
	run, _, err := w.engine.Start(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{"groups"}})
	require.NoError(t, err)
	<-reached
	storeClock.Advance(time.Hour)
	schedule := w.startSchedule()
	defer schedule.Stop()
	again, joined, err := w.engine.Start(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual})
	require.NoError(t, err)
	assert.True(t, joined)
	assert.Equal(t, run.ID, again.ID)
	close(goOn)
	assert.Equal(t, store.RunComplete, w.wait(run.ID).Status)
	assert.Equal(t, entity.Complete, w.state("groups").State)
}
