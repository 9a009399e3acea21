package microsoft

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

// requireWithin checks that no span of per holds more than the limit.
func requireWithin(t *testing.T, sent []time.Time, limit int, per time.Duration) {
	t.Helper()
	for i := limit; i < len(sent); i++ {
		require.GreaterOrEqual(t, sent[i].Sub(sent[i-limit]), per, "requests %d to %d", i-limit, i)
	}
}

func TestPace_reportsNeverExceedTheirWindow(t *testing.T) {
	t.Parallel()
	k := newClock()
	s := newCloudServer(t)
	c := newClient(t, s, k)
	res, err := c.resource(entity.Graph)
	require.NoError(t, err)
	trip := c.trip(res, entity.ThrottleReports)
	var sent []time.Time
	for i := range 40 {
		if i == 12 { // a rest does not earn a larger burst
			require.NoError(t, k.Sleep(t.Context(), time.Hour))
		}
		if i > 20 { // nor does a steady trickle
			require.NoError(t, k.Sleep(t.Context(), 1700*time.Millisecond))
		}
		require.NoError(t, c.takeTurn(t.Context(), trip))
		sent = append(sent, k.Now())
	}
	requireWithin(t, sent, 5, 10*time.Second)
	assert.Equal(t, sent[0], sent[4], "the first five are not delayed")
	assert.Positive(t, trip.stats.Waited)
}

func TestPace_manyWorkers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pace := NewPace(nil)
		l := pace.limiter(scope{class: entity.ThrottleReports})
		c := &Client{now: time.Now, sleep: sleep}
		var mu sync.Mutex
		var sent []time.Time
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				trip := &trip{limiter: l}
				for range 5 {
					assert.NoError(t, c.takeTurn(t.Context(), trip))
					mu.Lock()
					sent = append(sent, time.Now())
					if len(sent) == 10 {
						l.close(time.Now().Add(30 * time.Second))
					}
					mu.Unlock()
				}
			})
		}
		start := time.Now()
		wg.Wait()
		require.Len(t, sent, 40)
		requireWithin(t, sent, 5, 10*time.Second)
		assert.Less(t, time.Since(start), 2*time.Minute, "no slower than the limit makes it")
		assert.GreaterOrEqual(t, sent[10].Sub(sent[9]), 30*time.Second, "all wait while the scope is closed")
	})
}

func TestPace_limits(t *testing.T) {
	t.Parallel()
	for class, want := range map[entity.Throttle]Window{
		entity.ThrottleReports:    {5, 10 * time.Second},
		entity.ThrottlePolicy:     {1, time.Second},
		entity.ThrottleIntune:     {1000, 20 * time.Second},
		entity.ThrottleSecurity:   {150, time.Minute},
		entity.ThrottleDefender:   {30, time.Minute},
		entity.ThrottleUsage:      {14, 10 * time.Minute},
		entity.ThrottleServiceCom: {240, time.Minute},
		entity.ThrottleDirectory:  {1166, 10 * time.Second}, // 3,500 resource units at 3 each
	} {
		l := NewPace(nil).limiter(scope{class: class})
		now := newClock().Now()
		var sent []time.Time
		for len(sent) < 2000 {
			next, ok := l.take(now)
			if ok {
				sent = append(sent, now)
			} else {
				require.True(t, next.After(now))
				now = next
			}
		}
		requireWithin(t, sent, want.Requests, want.Per)
	}
}

func TestPace_hours(t *testing.T) {
	t.Parallel()
	l := NewPace(nil).limiter(scope{class: entity.ThrottleServiceCom})
	now := newClock().Now()
	var sent []time.Time
	for len(sent) < 2500 {
		next, ok := l.take(now)
		if ok {
			sent = append(sent, now)
		}
		now = next
	}
	requireWithin(t, sent, 800, time.Hour)
}

func TestPace_ofItsOwn(t *testing.T) {
	t.Parallel()
	pace := NewPace(map[entity.Throttle]Limit{entity.ThrottleReports: {}})
	now := newClock().Now()
	free := pace.limiter(scope{directory: "a", class: entity.ThrottleReports})
	for range 100 {
		_, ok := free.take(now)
		require.True(t, ok, "an empty limit is none")
	}
	policy := pace.limiter(scope{directory: "a", class: entity.ThrottlePolicy})
	_, ok := policy.take(now)
	require.True(t, ok)
	_, ok = policy.take(now)
	assert.False(t, ok, "limits that are not replaced hold")
	_, ok = pace.limiter(scope{directory: "b", class: entity.ThrottlePolicy}).take(now)
	assert.True(t, ok, "another directory has its own")
	assert.Same(t, policy, pace.limiter(scope{directory: "a", class: entity.ThrottlePolicy}))
}
