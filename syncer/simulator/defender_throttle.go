package simulator

import (
	"net/http"
	"strconv"
	"time"
)

// defenderLimit is how often one API may be called.
type defenderLimit int

const (
	manyRequests defenderLimit = iota // 100 a minute and 1,500 an hour
	someRequests                      // exports: 30 a minute and 1,000 an hour
)

// admitDefender counts a request to one of Defender's APIs, or refuses it.
func (t *throttle) admitDefender(api string, limit defenderLimit) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.off {
		return nil
	}
	windows := t.defender[api]
	if windows == nil {
		minute, hour := 100, 1500
		if limit == someRequests {
			minute, hour = 30, 1000
		}
		windows = []*window{{limit: minute, length: time.Minute}, {limit: hour, length: time.Hour}}
		t.defender[api] = windows
	}
	var wait time.Duration
	for _, w := range windows {
		if d, ok := w.admit(t.now()); !ok {
			wait = max(wait, d)
		}
	}
	if wait == 0 {
		return nil
	}
	e := newGraphError(http.StatusTooManyRequests, "TooManyRequests", "Too many requests. Try again in %d seconds.", int(wait.Seconds())+1)
	e.header = http.Header{"Retry-After": {strconv.Itoa(int(wait.Seconds()) + 1)}}
	return e
}
