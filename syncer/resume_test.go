package syncer_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// dead starts a run of a tenant whose process has died.
func (w *world) dead(tenantID int64, clock *clockwork.FakeClock, n store.NewRun) store.Run {
	w.t.Helper()
	n.TenantID, n.Trigger = tenantID, store.TriggerManual
	run, _, err := w.store.StartRun(w.ctx, n)
	require.NoError(w.t, err)
	clock.Advance(time.Minute)
	return run
}

// another is a tenant whose directory Microsoft does not know.
func (w *world) another() store.Tenant {
	w.t.Helper()
	tenant, err := w.store.CreateTenant(w.ctx, by, "Fabrikam", "fabrikam")
	require.NoError(w.t, err)
	require.NoError(w.t, w.store.SaveIntegration(w.ctx, by, store.Integration{
		TenantID: tenant.ID, Cloud: "custom", DirectoryID: "11111111-1111-1111-1111-111111111111", ClientID: "22222222-2222-2222-2222-222222222222",
	}, "secret"))
	return tenant
}

func TestDeadFullRunIsMadeUpAfterALesserOneTookItsPlace(t *testing.T) {
	t.Parallel()
	w, clock := scheduled(t)
	w.connect()
	full := w.dead(w.tenant.ID, clock, store.NewRun{Full: true})
	w.refresh("users")
	interrupted, err := w.store.Run(w.ctx, full.ID)
	require.NoError(t, err)
	require.Equal(t, store.RunInterrupted, interrupted.Status)
	schedule := w.startSchedule()
	defer schedule.Stop()
	again := w.runsOf(store.TriggerStartup, 1)[0]
	assert.True(t, again.Full)
	assert.Equal(t, full.Kinds, again.Kinds)
}

func TestDeadRunIsNotMadeUpAfterOneThatReadAsMuch(t *testing.T) {
	t.Parallel()
	w, clock := scheduled(t)
	w.connect()
	w.dead(w.tenant.ID, clock, store.NewRun{Kinds: []string{"users"}})
	w.refresh("users", "groups")
	schedule := w.startSchedule()
	defer schedule.Stop()
	assert.Empty(t, w.runsOf(store.TriggerStartup, 0))
}

func TestDeadRunIsMadeUpWhoeverWaitedForIt(t *testing.T) {
	t.Parallel()
	w, clock := scheduled(t)
	w.connect()
	run := w.dead(w.tenant.ID, clock, store.NewRun{Kinds: []string{"groups"}})
	assert.Equal(t, store.RunInterrupted, w.wait(run.ID).Status)
	schedule := w.startSchedule()
	defer schedule.Stop()
	assert.Equal(t, []string{"groups"}, w.runsOf(store.TriggerStartup, 1)[0].Kinds)
}

func TestRunsAreResumedThoughThatOfAnotherTenantCannotBe(t *testing.T) {
	t.Parallel()
	w, clock := scheduled(t)
	w.connect()
	second := w.another()
	w.dead(w.tenant.ID, clock, store.NewRun{})
	w.dead(second.ID, clock, store.NewRun{})
	w.execute(`CREATE TRIGGER no_run BEFORE INSERT ON runs WHEN NEW.tenant_id = ` + strconv.FormatInt(w.tenant.ID, 10) + `
		BEGIN SELECT raise(ABORT, 'no'); END`)
	schedule := w.startSchedule()
	defer schedule.Stop()
	w.tenant = second
	w.runsOf(store.TriggerStartup, 1)
}

func TestWaitTakesNoRunOfItsOwnProcessForDead(t *testing.T) {
	t.Parallel()
	// The store's clock alone moves on, as after the machine was asleep.
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
	own, _, err := w.engine.Start(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{"groups"}})
	require.NoError(t, err)
	<-reached
	other := w.dead(w.another().ID, storeClock, store.NewRun{})
	assert.Equal(t, store.RunInterrupted, w.wait(other.ID).Status)
	close(goOn)
	assert.Equal(t, store.RunComplete, w.wait(own.ID).Status)
}
