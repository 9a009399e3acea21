package handlers

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Attempts to sign in. A person who mistypes never meets these; a script that
// guesses does at once.
const (
	addressBurst = 20
	accountBurst = 8
	// maxLimiters bounds the memory: two generations of so many keys.
	maxLimiters = 10_000
)

var (
	addressRate = rate.Every(3 * time.Second)
	accountRate = rate.Every(10 * time.Second)
)

// limits is a rate limiter for each of many keys, in bounded memory: keys that
// were not used while as many others came are forgotten.
type limits struct {
	every rate.Limit
	burst int

	mu            sync.Mutex
	current, past map[string]*rate.Limiter
}

func newLimits(every rate.Limit, burst int) *limits {
	return &limits{every: every, burst: burst, current: map[string]*rate.Limiter{}}
}

// take counts an attempt. It returns how long the next one must wait, zero
// when this one may proceed.
func (l *limits) take(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	lim := l.current[key]
	if lim == nil {
		if lim = l.past[key]; lim == nil {
			lim = rate.NewLimiter(l.every, l.burst)
		}
		if len(l.current) >= maxLimiters {
			l.past, l.current = l.current, map[string]*rate.Limiter{}
		}
		l.current[key] = lim
	}
	r := lim.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now) // refused attempts do not lengthen the wait
	}
	return wait
}

// addressKey is what attempts of one client are counted by: an IPv4 address,
// or the network of an IPv6 one, of which a client has as many as it likes.
func addressKey(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ip
	}
	if addr = addr.Unmap(); addr.Is6() {
		if p, err := addr.Prefix(64); err == nil {
			return p.String()
		}
	}
	return addr.String()
}
