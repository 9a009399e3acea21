package microsoft

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

// failing answers the first requests by fail and later ones with one row.
func failing(times int, fail func(http.ResponseWriter)) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		times--
		failed := times >= 0
		mu.Unlock()
		if failed {
			fail(w)
			return
		}
		writeJSON(w, 200, rowsOf("", "1"))
	}
}

func status(code int, retryAfter string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		writeError(w, code, "UnknownError", "")
	}
}

// dropped closes the connection after some of the body was sent.
func dropped(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "1000")
	w.WriteHeader(200)
	_, _ = w.Write([]byte(`{"value":[{"id":"1"}`))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// closed closes the connection before anything is answered.
func closed(http.ResponseWriter) { panic(http.ErrAbortHandler) }

func TestPages_triesAgain(t *testing.T) {
	t.Parallel()
	second := time.Second
	in := func(d time.Duration) string {
		return newClock().Now().Add(d).Format(http.TimeFormat)
	}
	for name, test := range map[string]struct {
		fail     func(http.ResponseWriter)
		times    int
		throttle entity.Throttle
		waits    []time.Duration // each at least this, and at most a quarter more
	}{
		"429 with seconds":              {fail: status(429, "7"), times: 2, waits: []time.Duration{7 * second, 7 * second}},
		"429 with decimals":             {fail: status(429, "2.1284"), times: 1, waits: []time.Duration{2129 * time.Millisecond}},
		"429 with a date":               {fail: status(429, in(30*second)), times: 1, waits: []time.Duration{30 * second}},
		"429 with a date that is past":  {fail: status(429, in(-30*second)), times: 1, waits: []time.Duration{second}},
		"429 with zero":                 {fail: status(429, "0"), times: 3, waits: []time.Duration{second, 2 * second, 4 * second}},
		"429 with two minutes":          {fail: status(429, "120"), times: 1, waits: []time.Duration{120 * second}},
		"429 without a time":            {fail: status(429, ""), times: 3, waits: []time.Duration{second, 2 * second, 4 * second}},
		"429 with nonsense":             {fail: status(429, "soon"), times: 1, waits: []time.Duration{second}},
		"429 of the reports class":      {fail: status(429, ""), times: 1, throttle: entity.ThrottleReports, waits: []time.Duration{10*second + slack}},
		"503 with seconds":              {fail: status(503, "3"), times: 1, waits: []time.Duration{3 * second}},
		"503 without a time":            {fail: status(503, ""), times: 5, waits: []time.Duration{second, 2 * second, 4 * second, 8 * second, 16 * second}},
		"500":                           {fail: status(500, ""), times: 1, waits: []time.Duration{second}},
		"502 with a web page":           {fail: func(w http.ResponseWriter) { writeBody(w, 502, "text/html", "<h1>Bad gateway</h1>") }, times: 1, waits: []time.Duration{second}},
		"504 with an empty body":        {fail: func(w http.ResponseWriter) { w.WriteHeader(504) }, times: 1, waits: []time.Duration{second}},
		"a connection that breaks off":  {fail: dropped, times: 1, waits: []time.Duration{second}},
		"a connection that is closed":   {fail: closed, times: 2, waits: []time.Duration{second, 2 * second}},
		"a body that ends too early":    {fail: func(w http.ResponseWriter) { writeBody(w, 200, "application/json", `{"value":[{"id"`) }, times: 1, waits: []time.Duration{second}},
		"403 for missing credentials":   {fail: func(w http.ResponseWriter) { writeError(w, 403, "MissingCredentials", "x") }, times: 1, waits: []time.Duration{second}},
		"a failure only in the middle":  {fail: status(200, ""), times: 0},
		"five failures, then an answer": {fail: status(500, "1"), times: 5, waits: []time.Duration{second, second, second, second, second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			s.graph = failing(test.times, test.fail)
			l := userList(nil)
			if test.throttle != "" {
				l.Part.Throttle = test.throttle
			}
			var told []time.Time
			l.OnWait = func(until time.Time) { told = append(told, until) }
			_, ids, stats, err := collect(t.Context(), newClient(t, s, k), l)
			require.NoError(t, err)
			assert.Equal(t, []string{"1"}, ids)
			assert.Equal(t, test.times, stats.Retries)
			assert.Equal(t, test.times+1, stats.Requests)
			slept := k.sleeps()
			require.Len(t, slept, len(test.waits), "%v", slept)
			var waited time.Duration
			var long int
			for i, least := range test.waits {
				assert.GreaterOrEqual(t, slept[i], least)
				assert.LessOrEqual(t, slept[i], least+least/4)
				waited += slept[i]
				if slept[i] > second {
					long++
				}
			}
			assert.Equal(t, waited, stats.Waited)
			assert.Len(t, told, long, "told of every wait that is longer than a second")
		})
	}
}

func TestPages_triesAgainInTheMiddleOfAList(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	second := failing(2, status(503, "5"))
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("page") == "" {
			writeJSON(w, 200, rowsOf(s.URL+"/graph/v1.0/users?page=2", "0"))
			return
		}
		second(w, r)
	}
	pages, ids, stats, err := collect(t.Context(), newClient(t, s, k), userList(nil))
	require.NoError(t, err)
	assert.Equal(t, []string{"0", "1"}, ids)
	assert.GreaterOrEqual(t, stats.Waited, 10*time.Second)
	stats.Waited = 0
	assert.Equal(t, Stats{Pages: 2, Requests: 4, Retries: 2}, stats)
	assert.Equal(t, 0, pages[0].Stats.Retries)
}

func TestPages_givesUp(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fail     func(http.ResponseWriter)
		class    entity.Class
		requests int
	}{
		"after six times 429":     {status(429, "1"), entity.ClassThrottled, 6},
		"after six times 500":     {status(500, ""), entity.ClassSource, 6},
		"after six times 503":     {status(503, ""), entity.ClassSource, 6},
		"after six lost answers":  {closed, entity.ClassNetwork, 6},
		"at once on 400":          {status(400, ""), entity.ClassSource, 1},
		"at once on 501":          {status(501, ""), entity.ClassSource, 1},
		"at once on 404":          {status(404, ""), entity.ClassSource, 1},
		"at once on 410":          {status(410, ""), entity.ClassSource, 1},
		"at once on a bare 403":   {status(403, ""), entity.ClassSource, 1},
		"at once on a wrong body": {func(w http.ResponseWriter) { writeBody(w, 200, "application/json", `[]`) }, entity.ClassData, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			s.graph = func(w http.ResponseWriter, r *http.Request) { test.fail(w) }
			_, _, stats, err := collect(t.Context(), newClient(t, s, k), userList(nil))
			p := requireProblem(t, err)
			assert.Equal(t, test.class, p.Class)
			assert.Equal(t, test.requests, stats.Requests)
			if test.class == entity.ClassThrottled {
				assert.True(t, p.RetryAt.After(k.Now()), "throttled until %s", p.RetryAt)
			}
		})
	}
}

func TestPages_doesNotWaitLongerThanTwoMinutes(t *testing.T) {
	t.Parallel()
	for _, code := range []int{429, 503, 500} {
		s, k := newCloudServer(t), newClock()
		s.graph = failing(1, status(code, "600"))
		c := newClient(t, s, k)
		_, _, stats, err := collect(t.Context(), c, userList(nil))
		p := requireProblem(t, err)
		assert.Equal(t, entity.ClassThrottled, p.Class)
		assert.Equal(t, k.Now().Add(10*time.Minute), p.RetryAt)
		assert.Equal(t, code, p.Status)
		assert.Equal(t, 1, stats.Requests)
		assert.Empty(t, k.sleeps())
		if code == 500 {
			continue
		}
		// Other parts of the scope do not ask either.
		_, _, stats, err = collect(t.Context(), c, userList(url.Values{"$top": {"5"}}))
		p = requireProblem(t, err)
		assert.Equal(t, entity.ClassThrottled, p.Class)
		assert.Equal(t, k.Now().Add(10*time.Minute), p.RetryAt)
		assert.Zero(t, stats.Requests)
	}
}

// One worker hears that Microsoft limits requests, and all of the scope wait.
func TestPages_sharesThePause(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	heard := make(chan struct{})
	refused, slow := make(chan struct{}), failing(1, func(w http.ResponseWriter) { status(429, "45")(w) })
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("worker") == "1" {
			slow(w, r)
			return
		}
		writeJSON(w, 200, rowsOf("", "2"))
	}
	pace := NewPace(nil)
	client := func(sleep func(context.Context, time.Duration) error) *Client {
		c, err := New(Config{Cloud: s.cloud(), DirectoryID: directoryID, ClientID: clientID, Secret: secret,
			Transport: s.Client().Transport, Pace: pace, Sleep: sleep, Now: k.Now})
		require.NoError(t, err)
		return c
	}
	// The first worker stays asleep until the second has been seen to wait.
	first := client(func(ctx context.Context, d time.Duration) error {
		close(refused)
		<-heard
		return ctx.Err()
	})
	var waited time.Duration
	second := client(func(ctx context.Context, d time.Duration) error {
		waited = d
		err := k.Sleep(ctx, d)
		close(heard) // not before: the first worker would find the clock where it was
		return err
	})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, ids, _, err := collect(t.Context(), first, userList(url.Values{"worker": {"1"}}))
		assert.NoError(t, err)
		assert.Equal(t, []string{"1"}, ids)
	})
	<-refused
	other := userList(url.Values{"worker": {"2"}})
	var until time.Time
	other.OnWait = func(u time.Time) { until = u }
	at := k.Now()
	_, ids, stats, err := collect(t.Context(), second, other)
	require.NoError(t, err)
	assert.Equal(t, []string{"2"}, ids)
	assert.GreaterOrEqual(t, waited, 45*time.Second)
	assert.Equal(t, waited, stats.Waited)
	assert.Equal(t, at.Add(waited), until)
	wg.Wait()
}

// Another scope is not paused.
func TestPages_pausesOnlyItsScope(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = failing(1, status(429, "600"))
	c := newClient(t, s, k)
	_, _, _, err := collect(t.Context(), c, userList(nil))
	require.Error(t, err)
	l := userList(nil)
	l.Part.Throttle = entity.ThrottlePolicy
	_, ids, _, err := collect(t.Context(), c, l)
	require.NoError(t, err)
	assert.Equal(t, []string{"1"}, ids)
}

func TestPages_cancelsAWait(t *testing.T) {
	t.Parallel()
	s := newCloudServer(t)
	s.graph = func(w http.ResponseWriter, r *http.Request) { status(429, "60")(w) }
	c, err := New(Config{Cloud: s.cloud(), DirectoryID: directoryID, ClientID: clientID, Secret: secret,
		Transport: s.Client().Transport, Pace: NewPace(nil)})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	l := userList(nil)
	l.OnWait = func(time.Time) { cancel() }
	_, _, _, err = collect(ctx, c, l)
	assert.Equal(t, context.Canceled, err)
}

func TestPages_timesOut(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	s.graph = func(w http.ResponseWriter, r *http.Request) { <-done }
	c := newClient(t, s, k)
	_, err := c.FreshToken(t.Context(), entity.Graph)
	require.NoError(t, err)
	c.timeout = 20 * time.Millisecond
	_, _, stats, err := collect(t.Context(), c, userList(nil))
	p := requireProblem(t, err)
	assert.Equal(t, entity.ClassNetwork, p.Class)
	assert.Equal(t, "timeout", p.Code)
	assert.Equal(t, maxAttempts, stats.Requests)
}

func TestPages_401(t *testing.T) {
	t.Parallel()
	t.Run("once: a new token, and on", func(t *testing.T) {
		t.Parallel()
		s, k := newCloudServer(t), newClock()
		s.graph = func(w http.ResponseWriter, r *http.Request) { writeJSON(w, 200, rowsOf("", "1")) }
		c := newClient(t, s, k)
		_, err := c.FreshToken(t.Context(), entity.Graph)
		require.NoError(t, err)
		s.refuse()
		_, ids, stats, err := collect(t.Context(), c, userList(nil))
		require.NoError(t, err)
		assert.Equal(t, []string{"1"}, ids)
		assert.Equal(t, Stats{Pages: 1, Requests: 2, Retries: 1}, stats)
		assert.Equal(t, 2, s.tokenRequests())
		assert.NotEqual(t, s.tokens[0], s.tokens[1])
	})
	t.Run("twice: the credentials are at fault", func(t *testing.T) {
		t.Parallel()
		s, k := newCloudServer(t), newClock()
		s.graph = func(w http.ResponseWriter, r *http.Request) {
			// A challenge that the SDK would stumble over.
			w.Header().Set("WWW-Authenticate", `Bearer realm="", claims=eyJ`)
			writeError(w, 401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
		}
		_, _, stats, err := collect(t.Context(), newClient(t, s, k), userList(nil))
		p := requireProblem(t, err)
		assert.Equal(t, entity.ClassCredential, p.Class)
		assert.Equal(t, "InvalidAuthenticationToken", p.Code)
		assert.Equal(t, "request-1", p.RequestID)
		assert.Equal(t, 2, stats.Requests)
		assert.Equal(t, 2, s.tokenRequests())
	})
	t.Run("twice, and a permission is missing", func(t *testing.T) {
		t.Parallel()
		s, k := newCloudServer(t), newClock()
		s.graph = func(w http.ResponseWriter, r *http.Request) {
			writeError(w, 401, "unauthenticated", "There has been an error authenticating the request")
		}
		l := userList(nil)
		l.Part.Needs = []entity.AnyOf{{"Sites.Read.All"}}
		_, _, stats, err := collect(t.Context(), newClient(t, s, k), l)
		p := requireProblem(t, err)
		assert.Equal(t, entity.ClassPermission, p.Class)
		assert.Equal(t, []string{"Sites.Read.All"}, p.Needs)
		assert.Contains(t, p.Cure, "Sites.Read.All of Microsoft Graph")
		assert.Equal(t, 2, stats.Requests, "the permission may be new: a new token is tried first")
	})
	t.Run("twice, and the token itself is refused", func(t *testing.T) {
		t.Parallel()
		s, k := newCloudServer(t), newClock()
		s.graph = func(w http.ResponseWriter, r *http.Request) {
			writeError(w, 401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
		}
		l := userList(nil)
		l.Part.Needs = []entity.AnyOf{{"Sites.Read.All"}}
		_, _, _, err := collect(t.Context(), newClient(t, s, k), l)
		assert.Equal(t, entity.ClassCredential, requireProblem(t, err).Class)
	})
	t.Run("twice, of a retired list", func(t *testing.T) {
		t.Parallel()
		s, k := newCloudServer(t), newClock()
		s.graph = func(w http.ResponseWriter, r *http.Request) { writeError(w, 401, "Unauthorized", "No.") }
		l := userList(nil)
		l.Part.Retired = true
		_, _, _, err := collect(t.Context(), newClient(t, s, k), l)
		p := requireProblem(t, err)
		assert.Equal(t, entity.ClassRetired, p.Class)
		assert.Equal(t, retiredCure, p.Cure)
		assert.Empty(t, p.Link)
	})
	t.Run("an unlicensed Defender is not asked again", func(t *testing.T) {
		t.Parallel()
		s, k := newCloudServer(t), newClock()
		s.defender = func(w http.ResponseWriter, r *http.Request) {
			writeError(w, 401, "Unauthorized", "Unauthorized request - reason of failure: Account mode is inactive")
		}
		_, _, stats, err := collect(t.Context(), newClient(t, s, k), machineList())
		p := requireProblem(t, err)
		assert.Equal(t, entity.ClassLicence, p.Class)
		assert.Equal(t, []string{"Microsoft Defender for Endpoint"}, p.Needs)
		assert.Equal(t, 1, stats.Requests)
		assert.Equal(t, 1, s.tokenRequests())
	})
}

func TestFailure_wait(t *testing.T) {
	t.Parallel()
	const second = time.Second
	for name, test := range map[string]struct {
		failed      failure
		attempt     int
		least       time.Duration
		lowest, top time.Duration
	}{
		"what Microsoft asks":                     {failure{asked: true, after: 20 * second}, 1, 0, 20 * second, 25 * second},
		"what it asks, later":                     {failure{asked: true, after: second}, 6, 10 * second, second, 1250 * time.Millisecond},
		"no time at all":                          {failure{asked: true}, 3, 0, 4 * second, 5 * second},
		"no time at all, of a limited class":      {failure{asked: true}, 1, 10 * second, 10 * second, 12500 * time.Millisecond},
		"nothing":                                 {failure{}, 1, 0, second, 1250 * time.Millisecond},
		"nothing, often":                          {failure{}, 7, 0, maxBackoff, 75 * second},
		"near the longest wait":                   {failure{asked: true, after: maxWait - second}, 1, 0, maxWait - second, maxWait},
		"the longest wait":                        {failure{asked: true, after: maxWait}, 1, 0, maxWait, maxWait},
		"longer, where the part ends for a while": {failure{asked: true, after: maxAsked}, 1, 0, maxAsked, maxAsked},
	} {
		waits := map[time.Duration]bool{}
		for range 100 {
			d := test.failed.wait(test.attempt, test.least)
			waits[d] = true
			assert.GreaterOrEqual(t, d, test.lowest, name)
			assert.LessOrEqual(t, d, test.top, name)
		}
		if test.top > test.lowest {
			assert.Greater(t, len(waits), 1, "%s: all come back at once", name)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := newClock().Now()
	for value, want := range map[string]time.Duration{
		"0": 0, "1": time.Second, "0.9": 900 * time.Millisecond, "0.0001": time.Millisecond,
		"2.128": 2129 * time.Millisecond, " 5 ": 5 * time.Second,
		"86400":                            24 * time.Hour,
		"1e9":                              -1,
		"99999999999999999999":             24 * time.Hour,
		"-5":                               -1,
		"NaN":                              -1,
		"":                                 -1,
		"0x10":                             -1,
		"Sun, 01 Mar 2026 12:01:00 GMT":    time.Minute,
		"Sunday, 01-Mar-26 12:01:00 GMT":   time.Minute,
		"Sun Mar  1 12:01:00 2026":         time.Minute,
		"Sun, 01 Mar 2026 11:00:00 GMT":    0,
		"Sun, 01 Mar 2099 11:00:00 GMT":    24 * time.Hour,
		"Sun, 01 Mar 2026 25:61:00 Nowhre": -1,
	} {
		d, ok := retryAfter(http.Header{"Retry-After": {value}}, now)
		if want == -1 {
			assert.False(t, ok, "%q", value)
			continue
		}
		assert.True(t, ok, "%q", value)
		if value == "2.128" { // not exactly representable: a millisecond more may be waited, never less
			assert.Contains(t, []time.Duration{want, want - time.Millisecond}, d)
			continue
		}
		assert.Equal(t, want, d, "%q", value)
	}
}
