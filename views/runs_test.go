package views

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func runsOf(took ...time.Duration) []RunLine {
	var lines []RunLine
	for i, d := range took {
		lines = append(lines, RunLine{Now: noon, Run: store.Run{
			ID: int64(len(took) - i), Status: store.RunComplete, StartedAt: noon.Add(-d), EndedAt: noon,
		}})
	}
	return lines
}

func TestBars(t *testing.T) {
	t.Parallel()
	bars := Bars(runsOf(100*time.Second, 25*time.Second, 0))
	require.Len(t, bars, 3)
	assert.Equal(t, []int64{1, 2, 3}, []int64{bars[0].ID, bars[1].ID, bars[2].ID}, "oldest first")
	assert.Equal(t, "251", bars[0].X, "at the right edge while there are few")
	assert.Equal(t, "271", bars[2].X)
	height := func(b Bar) float64 {
		f, err := strconv.ParseFloat(b.Height, 64)
		require.NoError(t, err)
		return f
	}
	assert.InDelta(t, 8, height(bars[0]), 0.01, "the shortest can still be seen")
	assert.InDelta(t, 26, height(bars[1]), 0.01, "a quarter of the time, half of the way up")
	assert.InDelta(t, 44, height(bars[2]), 0.01)
	assert.Empty(t, Bars(nil))
}

func TestRunsSummary(t *testing.T) {
	t.Parallel()
	runs := runsOf(10*time.Second, 90*time.Second, 20*time.Second)
	assert.Equal(t, "3 syncs · median 20 s", RunsSummary(runs))
	runs[1].Status = store.RunFailed
	runs[2].Status, runs[2].EndedAt = store.RunRunning, time.Time{}
	assert.Equal(t, "3 syncs · 1 failed · median 1 min 30 s", RunsSummary(runs), "a run under way has no duration yet")
}

func TestPartLine_Fraction(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		part     store.RunPart
		expected int
		value    string
		class    string
	}{
		{"queued", store.RunPart{Phase: store.PhaseQueued}, 100, "0", "x-e-queued"},
		{"half way", store.RunPart{Phase: store.PhaseRunning, Rows: 50}, 100, "500", "x-e-running"},
		{"more than last time", store.RunPart{Phase: store.PhaseRunning, Rows: 500}, 100, "980", "x-e-running"},
		{"nobody knows how many", store.RunPart{Phase: store.PhaseRunning, Rows: 50}, 0, "1000", "x-e-running x-e-unknown"},
		{"complete", store.RunPart{Phase: store.PhaseDone, State: entity.Complete}, 100, "1000", "x-e-done"},
		{"failed", store.RunPart{Phase: store.PhaseDone, State: entity.Failed}, 100, "1000", "x-e-short"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := PartLine{RunPart: tt.part, Expected: tt.expected}
			assert.Equal(t, tt.value, p.Value())
			assert.Equal(t, tt.class, p.Class())
		})
	}
}

func TestPermissionCount_Text(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "3 of 5 granted", PermissionCount{All: 5, Granted: 3, Known: 5}.Text())
	assert.Equal(t, "3 of 5 granted, 1 not known", PermissionCount{All: 5, Granted: 3, Known: 4}.Text())
	assert.Equal(t, "Not known", PermissionCount{All: 5}.Text())
}

func TestIntegrationsView_Status(t *testing.T) {
	t.Parallel()
	def := &entity.Def{Kind: "users"}
	state := func(s entity.State) []store.EntityState { return []store.EntityState{{Def: def, State: s}} }
	connected := &store.Integration{Connected: true}
	tests := []struct {
		name   string
		view   IntegrationsView
		status string
		text   string
	}{
		{"never connected", IntegrationsView{}, store.StatusDisconnected, "Disconnected"},
		{"all read", IntegrationsView{Integration: connected, States: state(entity.Complete)}, store.StatusConnected, "Connected"},
		{"not read yet", IntegrationsView{Integration: connected, States: state(entity.Never)}, store.StatusConnected, "Connected"},
		{"one not permitted", IntegrationsView{Integration: connected, States: state(entity.NotPermitted)}, store.StatusLimited, "Limited: 1 entity not readable"},
		{"credential", IntegrationsView{Integration: &store.Integration{Connected: true, Problem: &entity.Problem{}}, States: state(entity.Failed)}, store.StatusAttention, "Needs attention"},
		{"syncing is a flag", IntegrationsView{Integration: connected, States: state(entity.Complete), Active: &store.Run{}}, store.StatusConnected, "Connected"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.status, tt.view.Status())
			assert.Equal(t, tt.text, tt.view.StatusText())
		})
	}
}

func TestIntegrationsView_LastRuns(t *testing.T) {
	t.Parallel()
	run := func(id int64, s store.RunStatus) store.Run { return store.Run{ID: id, Status: s} }
	v := IntegrationsView{Runs: []store.Run{run(5, store.RunRunning), run(4, store.RunFailed), run(3, store.RunComplete), run(2, store.RunComplete)}}
	assert.EqualValues(t, 3, v.LastComplete().ID)
	assert.EqualValues(t, 4, v.LastAttempt().ID, "the attempt that did not succeed")
	v.Runs = v.Runs[2:]
	assert.EqualValues(t, 3, v.LastComplete().ID)
	assert.Nil(t, v.LastAttempt(), "the last attempt was complete")
	v.Runs = nil
	assert.Nil(t, v.LastComplete())
}
