package microsoft

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Limits of trying again.
const (
	maxAttempts = 6                // of one page
	maxWait     = 2 * time.Minute  // longer than that a part ends as throttled
	maxBackoff  = 60 * time.Second // between attempts when Microsoft names no time
	maxAsked    = 24 * time.Hour   // what a Retry-After is believed
)

// reaction is what to do about a failure.
type reaction int

const (
	giveUp    reaction = iota
	tryAgain           // the same request, later
	newToken           // the same request, with a new token
	startOver          // the list, from its first page: Microsoft forgot where the reader was
	askAnew            // the same, though Microsoft forgot nothing
	noRows             // nothing: it is Microsoft's way to send a list without rows
)

// failure is a request that failed.
type failure struct {
	problem *entity.Problem
	then    reaction
	after   time.Duration // what Microsoft asked to wait
	asked   bool          // whether it did
	shared  bool          // the wait holds for all requests of the scope
}

func (f *failure) Error() string { return f.problem.Error() }

// wait returns how long to wait before the next attempt: what Microsoft asked
// for in full or, where it names no time or none at all, 1, 2, 4 … seconds and
// at least the given time. Each has up to a quarter more so that callers do not
// come back together, though never so much that a part would end as throttled
// for it.
func (f *failure) wait(attempt int, least time.Duration) time.Duration {
	d := f.after
	if d == 0 {
		d = max(least, min(time.Second<<(attempt-1), maxBackoff))
	}
	more := max(0, min(d/4, maxWait-d))
	return d + time.Duration(rand.Int64N(int64(more)+1))
}

// tooLong is the problem where Microsoft asks for a longer wait than a run has.
func (f *failure) tooLong(until time.Time) *entity.Problem {
	p := *f.problem
	p.Class, p.RetryAt, p.Cure, p.Link, p.Needs = entity.ClassThrottled, until, throttledCure, "", nil
	return &p
}

// trip is the reading of one list, or of one object.
type trip struct {
	resource *resource
	part     *entity.Part // nil for the client's own requests
	before   bool         // the list was read to its end in an earlier run
	page     int          // of the list, from 1, that is asked for; 0 is 1
	limiter  *limiter
	stats    Stats
	onWait   func(until time.Time)
}

func (c *Client) trip(r *resource, class entity.Throttle) *trip {
	return &trip{resource: r, limiter: c.pace.limiter(scope{
		cloud: c.cloud.Name, directory: c.directory, host: r.base.Host, class: class,
	})}
}

// request is what is sent: a GET, or a POST where it has a body.
type request struct {
	url     *url.URL
	headers map[string]string
	body    []byte // JSON
	weight  int    // as how many requests Microsoft counts it
	// header is told the header of an answer before its body is read; it may be
	// nil.
	header func(http.Header)
	// lacks is told what Microsoft says is missing in an answer that is good for
	// the rest; nil makes that an error.
	lacks func(*entity.Problem)
	// elsewhere is told where a redirect leads that is not followed; nil makes
	// such a redirect an error.
	elsewhere func(*url.URL)
}

// send sends one request and has its answer's body read; it keeps the pace and
// tries again as long as that makes sense. The error is an *entity.Problem, a
// *failure that asks to start over, or the context's error.
func (c *Client) send(ctx context.Context, t *trip, r request, read func([]byte) *failure) error {
	renewed := false
	for attempt := 1; ; attempt++ {
		token, err := t.resource.tokens.get(ctx)
		if err != nil {
			return err
		}
		if err := c.takeTurns(ctx, t, r.weight); err != nil {
			return err
		}
		t.stats.Requests++
		failed := c.try(ctx, t, r, read)
		if failed == nil {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		switch {
		case failed.then == startOver, failed.then == askAnew:
			return failed
		case failed.then == newToken && !renewed:
			renewed = true
			if _, err := t.resource.tokens.renew(ctx, token.number); err != nil {
				return err
			}
		case failed.then == tryAgain && attempt < maxAttempts:
			if err := c.waitOut(ctx, t, failed, attempt); err != nil {
				return err
			}
		default:
			c.refusedAgain(failed, t)
			if failed.shared {
				failed.problem.RetryAt = c.now().Add(failed.wait(attempt, t.limiter.period()))
				t.limiter.close(failed.problem.RetryAt)
			}
			return failed.problem
		}
		t.stats.Retries++
	}
}

// byteOrderMark may stand before text in UTF-8; JSON does not know it.
var byteOrderMark = []byte("\xef\xbb\xbf")

// try sends a request once.
func (c *Client) try(ctx context.Context, t *trip, r request, read func([]byte) *failure) *failure {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	a, err := t.resource.adapter.send(ctx, r)
	var p *entity.Problem
	switch {
	case errors.As(err, &p): // of the token
		return &failure{problem: p}
	case errors.Is(err, errTooLarge):
		return broken("Microsoft's answer is larger than 128 MB, more than SecurAtlas reads at once.")
	case err != nil:
		return networkFailure(err, r.url.Hostname(), c.timeout)
	case a.status >= 300 && a.status < 400 && r.elsewhere != nil && a.header.Get("Location") != "":
		to, err := r.url.Parse(a.header.Get("Location"))
		if err != nil {
			return broken("Microsoft's redirect leads to no URL.")
		}
		r.elsewhere(to)
		return read(nil)
	case a.status >= 300, a.bodyError() == onlyError:
		failed := c.classify(a, t)
		if failed.then == noRows {
			return read([]byte(`{"value":[]}`))
		}
		return failed
	}
	if r.header != nil {
		r.header(a.header)
	}
	failed := read(bytes.TrimPrefix(a.body, byteOrderMark))
	if failed != nil {
		failed.problem.Status = a.status
		failed.problem.RequestID = a.header.Get("request-id")
		return failed
	}
	if lacks := c.shortfall(a, t); lacks != nil {
		if r.lacks == nil {
			return &failure{problem: lacks}
		}
		r.lacks(lacks)
	}
	return nil
}

// waitOut waits before the next attempt. Where Microsoft limits requests, all
// of the scope wait, not only the one that heard of it.
func (c *Client) waitOut(ctx context.Context, t *trip, failed *failure, attempt int) error {
	var least time.Duration
	if failed.shared {
		least = t.limiter.period()
	}
	until := c.now().Add(failed.wait(attempt, least))
	if failed.shared {
		t.limiter.close(until)
	}
	if until.Sub(c.now()) > maxWait {
		return failed.tooLong(until)
	}
	// Microsoft asks to come back on a new connection, which may reach a
	// server that works.
	if idle, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
	return c.waitUntil(ctx, t, until)
}

// CodeOwnPace is the code of a request that was not sent, since our own pace
// allows it only later: Microsoft has refused nothing.
const CodeOwnPace = "own_pace"

// takeTurn waits until the pace allows one more request.
func (c *Client) takeTurn(ctx context.Context, t *trip) error { return c.takeTurns(ctx, t, 1) }

// takeTurns waits until the pace allows n more requests at once.
func (c *Client) takeTurns(ctx context.Context, t *trip, n int) error {
	now := c.now()
	for {
		next, ok := t.limiter.takeSome(now, n)
		if ok {
			return ctx.Err()
		}
		if next.Sub(now) > maxWait {
			p := &entity.Problem{
				Class:   entity.ClassThrottled,
				Message: "Microsoft limits how often this can be read, and the next request is allowed only later.",
				Cure:    throttledCure,
				RetryAt: next,
			}
			if !t.limiter.refused(now) {
				p.Code = CodeOwnPace
				p.Message = "SecurAtlas keeps within Microsoft's limit of how often this can be read, and has read it that often lately."
			}
			return p
		}
		if err := c.waitUntil(ctx, t, next); err != nil {
			return err
		}
		// A timer may fire early by less than the clock can tell.
		if now = c.now(); now.Before(next) {
			now = next
		}
	}
}

func (c *Client) waitUntil(ctx context.Context, t *trip, until time.Time) error {
	d := until.Sub(c.now())
	if d <= 0 {
		return ctx.Err()
	}
	if d > time.Second && t.onWait != nil {
		t.onWait(until)
	}
	t.stats.Waited += d
	return c.sleep(ctx, d)
}

var plainSeconds = regexp.MustCompile(`^\d+(\.\d+)?$`)

// retryAfter reads the Retry-After header: seconds, possibly with decimals, or
// a date. It is never rounded down. ok is false where the header is absent or
// not understood.
func retryAfter(h http.Header, now time.Time) (d time.Duration, ok bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if plainSeconds.MatchString(value) {
		seconds, err := strconv.ParseFloat(value, 64)
		if err != nil || seconds > maxAsked.Seconds() {
			return maxAsked, true
		}
		return time.Duration(math.Ceil(seconds*1000)) * time.Millisecond, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return min(max(at.Sub(now), 0), maxAsked), true
}
