package syncer_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

// withLesserRun is a connected tenant with a run of another process that reads
// users only. It ends once the engine waits for it.
func withLesserRun(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, options{})
	w.connect()
	lesser, _, err := w.store.StartRun(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerRetry, Kinds: []string{"users"}})
	require.NoError(t, err)
	var once sync.Once
	w.config.Sleep = func(ctx context.Context, d time.Duration) error {
		once.Do(func() { assert.NoError(t, w.store.FinishRun(w.ctx, lesser.ID, store.RunComplete, nil)) })
		return hurriedSleep(ctx, d)
	}
	w.engine.Close()
	w.openEngine()
	return w
}

func TestNightlySyncDoesNotJoinALesserRun(t *testing.T) {
	t.Parallel()
	w := withLesserRun(t)
	require.NoError(t, w.engine.SyncAll(w.ctx))
	run := w.runsOf(store.TriggerNightly, 1)[0]
	assert.True(t, run.Full)
	assert.Equal(t, store.RunComplete, run.Status)
}

func TestConnectionIsFollowedByAFullRunAfterALesserOne(t *testing.T) {
	t.Parallel()
	w := withLesserRun(t)
	report, err := w.engine.Connect(w.ctx, by, w.tenant.ID, w.connection())
	require.NoError(t, err)
	require.True(t, report.OK)
	assert.True(t, report.Joined, "nobody is kept waiting")
	runs := w.runsOf(store.TriggerConnect, 2)
	assert.True(t, runs[0].Full)
	assert.Greater(t, runs[0].ID, report.RunID)
}

func TestFullRunDoesNotJoinARefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	refresh, _, err := w.store.StartRun(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual})
	require.NoError(t, err)
	same, joined, err := w.engine.StartCovering(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerCLI}, nil)
	require.NoError(t, err)
	assert.True(t, joined)
	assert.Equal(t, refresh.ID, same.ID)
	full, joined, err := w.engine.StartCovering(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerCLI, Full: true}, func(lesser store.Run) error {
		assert.Equal(t, refresh.ID, lesser.ID)
		return w.store.FinishRun(w.ctx, lesser.ID, store.RunComplete, nil)
	})
	require.NoError(t, err)
	assert.False(t, joined)
	assert.True(t, full.Full)
	w.wait(full.ID)
}
