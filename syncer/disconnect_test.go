package syncer_test

import (
	"database/sql"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// execute changes the database beside the store.
func (w *world) execute(statement string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "securatlas.db")+"?_pragma=busy_timeout(5000)")
	require.NoError(w.t, err)
	defer db.Close()
	_, err = db.ExecContext(w.ctx, statement)
	require.NoError(w.t, err)
}

func TestDisconnectAlsoStopsARunThatBeginsMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	first, _, err := w.store.StartRun(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual})
	require.NoError(t, err)
	id := strconv.FormatInt(first.ID, 10)
	// The moment that the first run ends, another one begins.
	w.execute(`CREATE TRIGGER next_run AFTER DELETE ON leases WHEN OLD.run_id = ` + id + ` BEGIN
		INSERT INTO runs (tenant_id, "trigger", started_by, kinds, "full", status, started_at)
		SELECT tenant_id, "trigger", started_by, kinds, "full", 'running', started_at FROM runs WHERE id = ` + id + `;
		INSERT INTO leases (tenant_id, run_id, host, pid, process, heartbeat_at)
		VALUES (OLD.tenant_id, last_insert_rowid(), OLD.host, OLD.pid, OLD.process, OLD.heartbeat_at);
	END`)
	disconnected := make(chan error, 1)
	go func() { disconnected <- w.engine.Disconnect(w.ctx, by, w.tenant.ID) }()
	for _, run := range []int64{first.ID, first.ID + 1} {
		require.Eventually(t, func() bool {
			cancelled, err := w.store.Heartbeat(w.ctx, run)
			return err == nil && cancelled
		}, 20*time.Second, 10*time.Millisecond, "run %d is asked to stop", run)
		i, err := w.store.Integration(w.ctx, w.tenant.ID)
		require.NoError(t, err)
		assert.True(t, i.Connected, "not before run %d has ended", run)
		require.NoError(t, w.store.FinishRun(w.ctx, run, store.RunInterrupted, nil))
	}
	require.NoError(t, <-disconnected)
	i, err := w.store.Integration(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.False(t, i.Connected)
}

func TestRunWithoutAConnectionLeavesTheStatesAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	require.Equal(t, entity.Complete, w.state("users").State)
	// Disconnected the moment that the run has begun.
	w.execute(`CREATE TRIGGER disconnected AFTER INSERT ON leases BEGIN UPDATE integrations SET connected = 0; END`)
	run := w.sync()
	assert.Equal(t, store.RunFailed, run.Status)
	require.NotNil(t, run.Problem)
	assert.Equal(t, "not_connected", run.Problem.Code)
	assert.Equal(t, entity.Complete, w.state("users").State)
}
