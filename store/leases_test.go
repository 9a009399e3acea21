package store_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestHeartbeat_AndCancel(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	id, err := f.RequestCancel(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Zero(t, id, "nothing runs")
	run, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)

	for range 4 { // longer than a lease lives
		f.clock.Advance(20 * time.Second)
		cancel, err := f.Heartbeat(ctx, run.ID)
		require.NoError(t, err)
		assert.False(t, cancel)
	}
	_, joined, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)
	assert.True(t, joined, "heartbeats keep the lease")

	id, err = f.RequestCancel(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, run.ID, id)
	cancel, err := f.Heartbeat(ctx, run.ID)
	require.NoError(t, err)
	assert.True(t, cancel)
	require.NoError(t, f.FinishRun(ctx, run.ID, store.RunInterrupted, nil))
	_, err = f.Heartbeat(ctx, run.ID)
	require.ErrorIs(t, err, store.ErrNotFound)

	next, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)
	cancel, err = f.Heartbeat(ctx, next.ID)
	require.NoError(t, err)
	assert.False(t, cancel, "a wish to cancel ends with its run")
}

func TestStartRun_TakesOverASilentRun(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	silent, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)

	f.clock.Advance(30 * time.Second)
	_, joined, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)
	assert.True(t, joined, "30 s are allowed")

	f.clock.Advance(time.Millisecond)
	id, err := f.RequestCancel(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Zero(t, id, "nobody would hear it")
	_, err = f.ActiveRun(ctx, tenant.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
	next, joined, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)
	assert.False(t, joined)
	assert.NotEqual(t, silent.ID, next.ID)

	got, err := f.Run(ctx, silent.ID)
	require.NoError(t, err)
	assert.Equal(t, store.RunInterrupted, got.Status)
	assert.Equal(t, f.clock.Now(), got.EndedAt)
	assert.Equal(t, store.CodeProcessEnded, got.Problem.Code)
	assert.NotEmpty(t, got.Problem.Cure)
	_, err = f.Heartbeat(ctx, silent.ID)
	require.ErrorIs(t, err, store.ErrNotFound, "it hears that it was taken over")
	require.ErrorIs(t, f.FinishRun(ctx, silent.ID, store.RunComplete, nil), store.ErrConflict)
	_, err = f.Heartbeat(ctx, next.ID)
	require.NoError(t, err, "and cannot free the new lease")
}

func TestStartRun_HeartbeatFromTheFuture(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	_, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)
	f.clock.Advance(-time.Hour)
	_, joined, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)
	assert.False(t, joined, "a clock set back by an hour must not hold a dead lease for an hour")
}

func TestInterrupt_PartsThatWereRead(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	run, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)
	db := raw(t, f.dir)
	execute(t, db, `UPDATE run_parts SET phase = 'running', pages = 3, rows = 2997, started_at = 1 WHERE kind = 'users' AND part = 'list'`)
	execute(t, db, `UPDATE run_parts SET phase = 'running', started_at = 1 WHERE kind = 'users' AND part = 'sign_in_activity'`)
	execute(t, db, `UPDATE run_parts SET phase = 'done', state = 'complete', started_at = 1, ended_at = 2 WHERE kind = 'organization'`)
	for _, p := range []struct{ kind, part, state string }{{"users", "list", "never"}, {"users", "sign_in_activity", "not_licensed"}, {"organization", "list", "complete"}} {
		execute(t, db, `INSERT INTO part_states (tenant_id, kind, part, state, as_of) VALUES (?, ?, ?, ?, 5)`, tenant.ID, p.kind, p.part, p.state)
	}
	before, err := f.EntityState(ctx, tenant.ID, "users")
	require.NoError(t, err)
	assert.Equal(t, entity.Never, before.State, "as long as the run lives, the last state stands")
	assert.True(t, before.Syncing)
	f.clock.Advance(time.Minute)
	// A command that only looks sees the same as after the run was ended.
	looked, err := f.EntityStates(ctx, tenant.ID)
	require.NoError(t, err)

	ended, err := f.InterruptDeadRuns(ctx)
	require.NoError(t, err)
	require.Len(t, ended, 1)
	after, err := f.EntityStates(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, after, looked)
	for _, s := range looked {
		assert.False(t, s.Syncing, s.Def.Kind)
	}
	got, err := f.Run(ctx, run.ID)
	require.NoError(t, err)
	assert.Equal(t, got, ended[0])
	type part struct {
		name  string
		state entity.State
		why   bool
	}
	var parts []part
	for _, p := range got.Parts {
		assert.Equal(t, store.PhaseDone, p.Phase)
		parts = append(parts, part{p.Kind + " " + p.Part, p.State, p.Problem != nil})
	}
	assert.Equal(t, []part{
		{"users list", entity.Partial, true},
		{"users sign_in_activity", entity.Failed, true},
		{"organization list", entity.Complete, false},
	}, parts)
	assert.Contains(t, got.Parts[0].Problem.Message, "2997 rows")

	states := map[string]string{}
	rows, err := db.QueryContext(ctx, `SELECT kind || ' ' || part, state FROM part_states WHERE as_of = 5`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var name, state string
		require.NoError(t, rows.Scan(&name, &state))
		states[name] = state
	}
	require.NoError(t, rows.Err())
	assert.Equal(t, map[string]string{
		"users list":             "partial",      // rows of an unfinished list are in the table
		"users sign_in_activity": "not_licensed", // nothing new is known
		"organization list":      "complete",
	}, states)
}

func TestInterruptDeadRuns(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	dead, live, orphan := newTenant(t, f.Store, "Dead"), newTenant(t, f.Store, "Live"), newTenant(t, f.Store, "Orphan")
	start := func(tenant store.Tenant) int64 {
		run, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
		require.NoError(t, err)
		return run.ID
	}
	ended, err := f.InterruptDeadRuns(ctx)
	require.NoError(t, err)
	assert.Empty(t, ended)

	deadRun, orphanRun := start(dead), start(orphan)
	f.clock.Advance(time.Minute)
	liveRun := start(live)
	execute(t, raw(t, f.dir), `DELETE FROM leases WHERE tenant_id = ?`, orphan.ID)
	ended, err = f.InterruptDeadRuns(ctx)
	require.NoError(t, err)
	var ids []int64
	for _, run := range ended {
		ids = append(ids, run.ID)
		assert.Equal(t, store.RunInterrupted, run.Status)
	}
	assert.Equal(t, []int64{deadRun, orphanRun}, ids)
	active, err := f.ActiveRun(ctx, live.ID)
	require.NoError(t, err)
	assert.Equal(t, liveRun, active.ID)
	ended, err = f.InterruptDeadRuns(ctx)
	require.NoError(t, err)
	assert.Empty(t, ended, "once")
}

func TestLease_OfAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(ctx, store.Options{Dir: dir, Catalogue: toys()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	tenant := newTenant(t, s, "Contoso")

	p := startProcess(t, "run", dir)
	p.open(t)
	theirs, err := strconv.ParseInt(p.line(t), 10, 64)
	require.NoError(t, err)
	run, joined, err := s.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)
	assert.True(t, joined, "the other process works on it")
	assert.Equal(t, theirs, run.ID)
	ended, err := s.InterruptDeadRuns(ctx)
	require.NoError(t, err)
	assert.Empty(t, ended)

	// It is killed and its parent, this test, has not even taken note.
	require.NoError(t, p.cmd.Process.Kill())
	require.Eventually(t, func() bool {
		_, err := s.ActiveRun(ctx, tenant.ID)
		return err != nil
	}, 10*time.Second, 5*time.Millisecond)
	require.Error(t, p.cmd.Wait())
	next, joined, err := s.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err, "long before its heartbeat is old")
	assert.False(t, joined)
	assert.NotEqual(t, theirs, next.ID)
	run, err = s.Run(ctx, theirs)
	require.NoError(t, err)
	assert.Equal(t, store.RunInterrupted, run.Status)
}

func TestLease_OfAProcessThatHadOurID(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		set  string
		args []any
		live bool
	}{
		{"this process", `pid = ?`, []any{os.Getpid()}, true},
		{"an earlier one with this pid", `process = 'before the restart'`, nil, false},
		{"one of another machine", `process = 'elsewhere', host = 'elsewhere'`, nil, true},
		{"one that cannot be", `process = 'x', pid = ?`, []any{1 << 30}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			tenant := newTenant(t, f.Store, "Contoso")
			_, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
			require.NoError(t, err)
			execute(t, raw(t, f.dir), `UPDATE leases SET `+test.set, test.args...)
			_, joined, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
			require.NoError(t, err)
			assert.Equal(t, test.live, joined)
		})
	}
}
