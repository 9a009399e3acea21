package simulator

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"
)

// limitClass is one of Microsoft's throttling scopes
// (learn.microsoft.com/graph/throttling-limits).
type limitClass int

const (
	noLimit            limitClass = iota
	directoryLimit                // resource units per app and tenant
	policyLimit                   // Conditional Access: 1 request a second for the whole tenant
	reportsLimit                  // 5 requests in 10 seconds per app and tenant
	usageLimit                    // usage reports: see usageLimits
	devicesLimit                  // Intune's devices
	configurationLimit            // Intune's policies
	healthLimit                   // service health and message center
	securityLimit                 // alerts and secure scores
	teamsLimit                    // what Teams answers beside messages
	numLimits
)

// throttle counts requests. There is one app and one tenant.
type throttle struct {
	off bool
	now func() time.Time

	mu       sync.Mutex
	policies window
	reports  window
	keys     window // 150 requests a minute for $select of keyCredentials
	units    bucket

	plain [numLimits][]*window // of the classes that only count requests
	usage usageLimits
	// defender counts by API.
	defender map[string][]*window
	feed     window // of the activity feed: 2,000 requests a minute for the tenant
}

func newThrottle(now func() time.Time, users int, off bool) *throttle {
	// The size of the tenant decides: small, medium, large.
	size := 8000.0
	switch {
	case users < 50:
		size = 3500
	case users <= 500:
		size = 5000
	}
	return &throttle{
		off: off, now: now,
		policies: window{limit: 1, length: time.Second},
		reports:  window{limit: 5, length: 10 * time.Second},
		keys:     window{limit: 150, length: time.Minute},
		units:    bucket{size: size, left: size, refill: size / 10, at: now()},

		plain: [numLimits][]*window{
			devicesLimit:       {{limit: 2000, length: 20 * time.Second}},
			configurationLimit: {{limit: 1000, length: 20 * time.Second}},
			healthLimit:        {{limit: 240, length: time.Minute}, {limit: 800, length: time.Hour}},
			securityLimit:      {{limit: 150, length: time.Minute}},
			teamsLimit:         {{limit: 30, length: time.Second}},
		},
		usage:    newUsageLimits(),
		defender: map[string][]*window{},
		feed:     window{limit: 2000, length: time.Minute},
	}
}

// window allows a number of requests in a length of time. Every request counts,
// refused ones too: a client that does not wait makes it worse for itself.
type window struct {
	limit  int
	length time.Duration
	last   []time.Time // of the newest requests, as many as the limit
}

// admit counts a request and reports how long to wait when it is one too many.
func (w *window) admit(now time.Time) (wait time.Duration, ok bool) {
	ok = len(w.last) < w.limit || now.Sub(w.last[0]) >= w.length
	w.last = append(w.last, now)
	if len(w.last) > w.limit {
		w.last = w.last[1:]
	}
	if ok {
		return 0, true
	}
	return w.last[0].Add(w.length).Sub(now), false
}

// bucket holds resource units, and is refilled steadily.
type bucket struct {
	size, left, refill float64 // refill is per second
	at                 time.Time
}

func (b *bucket) take(cost float64, now time.Time) bool {
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.left, b.at = math.Min(b.size, b.left+passed*b.refill), now
	}
	if b.left < cost {
		return false
	}
	b.left -= cost
	return true
}

// admit counts a request, or refuses it.
func (t *throttle) admit(c *call, r *route, q *query) error {
	class := r.limit
	if class == directoryLimit && mentionsSignIn(q) {
		class = reportsLimit
	}
	cost := resourceUnits(r, q)
	if r.limit == directoryLimit {
		c.answerHeader.Set("x-ms-resource-unit", fmt.Sprint(cost))
	}
	if t.off {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	wait := time.Duration(0)
	for _, w := range t.plain[class] {
		if more, ok := w.admit(now); !ok {
			wait = max(wait, more)
		}
	}
	if wait > 0 {
		return errThrottled(wait)
	}
	switch class {
	case policyLimit:
		if _, ok := t.policies.admit(now); !ok {
			return errThrottled(0) // this service sends no Retry-After
		}
	case reportsLimit:
		if wait, ok := t.reports.admit(now); !ok {
			e := errThrottled(wait)
			e.code, e.message, e.inner = "UnknownError", "This request is throttled. Please try again after the value specified in the Retry-After header.", nil
			return e
		}
	case usageLimit:
		if wait, ok := t.usage.of(r, c.wantsJSON(q)).admit(now); !ok {
			return errThrottled(wait)
		}
	case directoryLimit:
		if mentionsKeys(q) {
			if wait, ok := t.keys.admit(now); !ok {
				return errThrottled(wait)
			}
		}
		if !t.units.take(float64(cost), now) {
			e := errThrottled(10 * time.Second)
			e.header.Set("x-ms-throttle-scope", fmt.Sprintf("Tenant_Application/Read/%s/%s", c.claims.AppID, c.claims.TenantID))
			e.header.Set("x-ms-throttle-information", "ResourceUnitLimitExceeded")
			e.header.Set("x-ms-throttle-limit-percentage", "1.0")
			return e
		}
		if used := 1 - t.units.left/t.units.size; used > 0.8 {
			c.answerHeader.Set("x-ms-throttle-limit-percentage", fmt.Sprintf("%.1f", used))
		}
	}
	return nil
}

// resourceUnits is what a request costs.
func resourceUnits(r *route, q *query) int {
	cost := r.cost
	if q.has("$select") {
		cost--
	}
	if q.has("$expand") {
		cost++
	}
	if q.has("$top") && q.top < 20 {
		cost--
	}
	return max(cost, 1)
}

func errThrottled(wait time.Duration) *graphError {
	e := newGraphError(http.StatusTooManyRequests, "TooManyRequests", "Please retry again later.")
	e.inner = row{{"code", "429"}, {"message", "Please retry after"}, {"status", "429"}}
	e.header = http.Header{}
	if wait > 0 {
		e.header.Set("Retry-After", fmt.Sprint(int(math.Ceil(wait.Seconds()))))
	}
	return e
}

// mentionsKeys reports whether a query selects keyCredentials.
func mentionsKeys(q *query) bool {
	return strings.Contains(strings.ToLower(q.selected), "keycredentials")
}
