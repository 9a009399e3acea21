package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestStartRun_Kinds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		kinds, want []string
		parts       []string // in catalogue order
		unknown     bool
	}{
		{name: "all", want: []string{"organization", "users"}, parts: []string{"users list", "users sign_in_activity", "organization list"}},
		{name: "one", kinds: []string{"users"}, want: []string{"users"}, parts: []string{"users list", "users sign_in_activity"}},
		{name: "a derived one", kinds: []string{"guests"}, want: []string{"users"}, parts: []string{"users list", "users sign_in_activity"}},
		{name: "twice and with its source", kinds: []string{"users", "guests", "users"}, want: []string{"users"}, parts: []string{"users list", "users sign_in_activity"}},
		{name: "in another order", kinds: []string{"users", "organization"}, want: []string{"organization", "users"}, parts: []string{"users list", "users sign_in_activity", "organization list"}},
		{name: "unknown", kinds: []string{"users", "toasters"}, unknown: true},
		{name: "nameless", kinds: []string{""}, unknown: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			tenant := newTenant(t, f.Store, "Contoso")
			run, joined, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID, Trigger: store.TriggerManual, By: "jo", Kinds: test.kinds, Full: true})
			if test.unknown {
				var input store.InputError
				require.ErrorAs(t, err, &input)
				_, err = f.ActiveRun(ctx, tenant.ID)
				require.ErrorIs(t, err, store.ErrNotFound)
				return
			}
			require.NoError(t, err)
			assert.False(t, joined)
			var parts []string
			for _, p := range run.Parts {
				parts = append(parts, p.Kind+" "+p.Part)
				assert.Equal(t, store.PhaseQueued, p.Phase)
			}
			assert.Equal(t, test.parts, parts)
			run.Parts = nil
			assert.Equal(t, store.Run{ID: run.ID, TenantID: tenant.ID, Trigger: store.TriggerManual, By: "jo",
				Kinds: test.want, Full: true, Status: store.RunRunning, StartedAt: f.clock.Now()}, run)
		})
	}
}

func TestStartRun_Joins(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	own, other := newTenant(t, f.Store, "Own"), newTenant(t, f.Store, "Other")
	run, _, err := f.StartRun(ctx, store.NewRun{TenantID: own.ID, Kinds: []string{"users"}})
	require.NoError(t, err)
	again, joined, err := f.StartRun(ctx, store.NewRun{TenantID: own.ID})
	require.NoError(t, err)
	assert.True(t, joined)
	assert.Equal(t, run, again, "the run that is under way, as it is")
	active, err := f.ActiveRun(ctx, own.ID)
	require.NoError(t, err)
	assert.Equal(t, run, active)

	second, joined, err := f.StartRun(ctx, store.NewRun{TenantID: other.ID})
	require.NoError(t, err)
	assert.False(t, joined, "another tenant's run is its own")
	assert.NotEqual(t, run.ID, second.ID)

	require.NoError(t, f.FinishRun(ctx, run.ID, store.RunComplete, nil))
	third, joined, err := f.StartRun(ctx, store.NewRun{TenantID: own.ID})
	require.NoError(t, err)
	assert.False(t, joined)
	assert.NotEqual(t, run.ID, third.ID)

	_, _, err = f.StartRun(ctx, store.NewRun{TenantID: 99})
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestFinishRun(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	run, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)
	db := raw(t, f.dir)
	started := f.clock.Now()
	execute(t, db, `
		UPDATE run_parts
		SET phase = 'done', state = 'complete', pages = 2, rows = 7, waited_ms = 1500, started_at = ?, ended_at = ?
		WHERE kind = 'organization'`, started.UnixMilli(), started.UnixMilli())
	execute(t, db, `UPDATE run_parts SET phase = 'running', started_at = ? WHERE part = 'sign_in_activity'`, started.UnixMilli())

	for _, status := range []store.RunStatus{store.RunRunning, ""} {
		require.Error(t, f.FinishRun(ctx, run.ID, status, nil))
	}
	f.clock.Advance(time.Minute)
	problem := &entity.Problem{Class: entity.ClassConsent, Message: "no permission", Cure: "Grant admin consent."}
	require.NoError(t, f.FinishRun(ctx, run.ID, store.RunFailed, problem))

	got, err := f.Run(ctx, run.ID)
	require.NoError(t, err)
	assert.Equal(t, store.RunFailed, got.Status)
	assert.Equal(t, problem, got.Problem)
	assert.Equal(t, f.clock.Now(), got.EndedAt)
	assert.Equal(t, []store.RunPart{
		{Kind: "users", Part: "list", Phase: store.PhaseDone},
		{Kind: "users", Part: "sign_in_activity", Phase: store.PhaseDone, StartedAt: started, EndedAt: f.clock.Now()},
		{Kind: "organization", Part: "list", Phase: store.PhaseDone, State: entity.Complete, Pages: 2, Rows: 7,
			Waited: 1500 * time.Millisecond, StartedAt: started, EndedAt: started},
	}, got.Parts)
	_, err = f.ActiveRun(ctx, tenant.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
	require.ErrorIs(t, f.FinishRun(ctx, run.ID, store.RunComplete, nil), store.ErrConflict)
	require.ErrorIs(t, f.FinishRun(ctx, 99, store.RunComplete, nil), store.ErrNotFound)
	_, err = f.Run(ctx, 99)
	require.ErrorIs(t, err, store.ErrNotFound)
}

func TestRuns(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	own, other := newTenant(t, f.Store, "Own"), newTenant(t, f.Store, "Other")
	var ids []int64
	for range 3 {
		for _, tenant := range []store.Tenant{own, other} {
			run, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
			require.NoError(t, err)
			require.NoError(t, f.FinishRun(ctx, run.ID, store.RunComplete, nil))
			if tenant == own {
				ids = append([]int64{run.ID}, ids...)
			}
		}
	}
	tests := []struct {
		name   string
		before int64
		limit  int
		want   []int64
	}{
		{"newest", 0, 50, ids},
		{"limited", 0, 2, ids[:2]},
		{"next page", ids[1], 2, ids[2:]},
		{"past the end", ids[2], 2, nil},
		{"no limit given", 0, 0, ids[:1]},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			runs, err := f.Runs(ctx, own.ID, test.before, test.limit)
			require.NoError(t, err)
			var got []int64
			for _, run := range runs {
				got = append(got, run.ID)
				assert.Len(t, run.Parts, 3)
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestRun_OfKindsThatAreGone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	run, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)
	execute(t, raw(t, f.dir), `
		INSERT INTO run_parts (run_id, kind, part, phase)
		VALUES (?1, 'toasters', 'list', 'done'), (?1, 'kettles', 'list', 'done'), (?1, 'users', 'heat', 'done')`, run.ID)
	run, err = f.Run(ctx, run.ID)
	require.NoError(t, err)
	var parts []string
	for _, p := range run.Parts {
		parts = append(parts, p.Kind+" "+p.Part)
	}
	assert.Equal(t, []string{"users list", "users sign_in_activity", "users heat", "organization list", "kettles list", "toasters list"}, parts)
}
