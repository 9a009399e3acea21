package microsoft

import (
	"slices"
	"sync"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Window allows at most Requests requests in any span of Per.
type Window struct {
	Requests int
	Per      time.Duration
}

// Limit is what Microsoft allows in one throttling scope: every window holds.
// The shortest comes first.
type Limit []Window

// slack stretches the documented windows: requests leave here at the times
// that are counted, but do not all arrive equally late.
const slack = 200 * time.Millisecond

// documented are Microsoft's limits for one app in one directory
// (learn.microsoft.com/graph/throttling-limits). Directory requests are
// counted in resource units, at most 3 for each request that we make of 3,500
// in 10 s, the smallest directory's share. Defender's pages give 100 a minute
// for two APIs and nothing for the others, so that 30 is kept for all. The
// Management Activity API's 2,000 a minute are the baseline of every directory.
var documented = map[entity.Throttle]Limit{
	entity.ThrottleDirectory:  {{100, time.Second}},
	entity.ThrottleReports:    {{5, 10*time.Second + slack}},
	entity.ThrottlePolicy:     {{1, time.Second + slack}},
	entity.ThrottleIntune:     {{40, time.Second}},
	entity.ThrottleSecurity:   {{150, time.Minute + slack}},
	entity.ThrottleDefender:   {{30, time.Minute + slack}, {1500, time.Hour + slack}},
	entity.ThrottleUsage:      {{14, 10*time.Minute + slack}},
	entity.ThrottleManagement: {{2000, time.Minute + slack}},
	entity.ThrottleServiceCom: {{240, time.Minute + slack}, {800, time.Hour + slack}},
}

// Pace keeps requests within Microsoft's limits. All clients of a process
// share one, since Microsoft counts by app and directory and not by client.
type Pace struct {
	limits map[entity.Throttle]Limit

	mu       sync.Mutex
	limiters map[scope]*limiter
}

// scope is what Microsoft counts requests for.
type scope struct {
	cloud, directory, host string
	class                  entity.Throttle
}

// NewPace returns a Pace with Microsoft's documented limits, except for the
// throttling scopes in limits.
func NewPace(limits map[entity.Throttle]Limit) *Pace {
	p := &Pace{limits: map[entity.Throttle]Limit{}, limiters: map[scope]*limiter{}}
	for class, limit := range documented {
		p.limits[class] = limit
	}
	for class, limit := range limits {
		p.limits[class] = limit
	}
	return p
}

// sharedPace is that of every client which is given none.
var sharedPace = sync.OnceValue(func() *Pace { return NewPace(nil) })

func (p *Pace) limiter(s scope) *limiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.limiters[s]
	if l == nil {
		limit := p.limits[s.class]
		if limit == nil {
			limit = p.limits[entity.ThrottleDirectory]
		}
		l = &limiter{limit: limit}
		for _, w := range limit {
			l.keep = max(l.keep, w.Requests)
		}
		p.limiters[s] = l
	}
	return l
}

// limiter counts the requests of one scope. It remembers when each was sent
// and not how many tokens a bucket holds: a bucket that is full after a rest
// lets twice the limit through within one window.
type limiter struct {
	limit Limit
	keep  int // as many requests as the widest window counts

	mu     sync.Mutex
	sent   []time.Time // the newest last
	closed time.Time   // Microsoft refuses requests until then
}

// take takes the right to send one request now. Where there is none, it
// returns when to ask again.
func (l *limiter) take(now time.Time) (next time.Time, ok bool) { return l.takeSome(now, 1) }

// takeSome takes the right to send n requests at once, which must not be more
// than the limiter ever lets through (most).
func (l *limiter) takeSome(now time.Time, n int) (next time.Time, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	next = l.closed
	for _, w := range l.limit {
		// The request that must have left the window for n more to fit.
		if i := len(l.sent) + n - 1 - w.Requests; i >= 0 && len(l.sent) > 0 {
			if free := l.sent[min(i, len(l.sent)-1)].Add(w.Per); free.After(next) {
				next = free
			}
		}
	}
	if now.Before(next) {
		return next, false
	}
	if n := len(l.sent); n > 0 && now.Before(l.sent[n-1]) {
		now = l.sent[n-1]
	}
	for range n {
		l.sent = append(l.sent, now)
	}
	if extra := len(l.sent) - l.keep; extra > 0 {
		l.sent = slices.Delete(l.sent, 0, extra)
	}
	return now, true
}

// most returns how many requests may be sent at once, at most n.
func (l *limiter) most(n int) int {
	for _, w := range l.limit {
		n = min(n, w.Requests)
	}
	return max(n, 1)
}

// close stops all requests of the scope until then, because Microsoft asked
// one of them to wait.
func (l *limiter) close(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.closed) {
		l.closed = until
	}
}

// refused reports whether it is Microsoft that asked to wait, beyond now.
func (l *limiter) refused(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return now.Before(l.closed)
}

// period is the shortest window: what to wait at least when Microsoft refuses
// a request without saying for how long.
func (l *limiter) period() time.Duration {
	if len(l.limit) == 0 {
		return 0
	}
	return l.limit[0].Per
}
