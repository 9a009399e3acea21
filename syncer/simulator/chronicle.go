package simulator

import (
	"sort"
	"time"
)

// Salts of what happens: of the logs, the usage reports and the activity feed.
const (
	saltAudit uint64 = 1<<22 + iota
	saltSignIn
	saltUsage
	saltFeed
)

const (
	// logDays is how long Entra keeps its logs with a premium licence, and
	// freeLogDays how long without.
	logDays     = 30
	freeLogDays = 7
	// logLatency is how old an event is before the logs show it.
	logLatency = 2 * time.Minute
)

// chronicle is a log that follows from the seed and the time: nothing of it is
// kept, and as the clock goes on there are new events at its end. Its events
// are numbered from 1970, as many each day.
type chronicle struct {
	salt   uint64
	perDay int
	fresh  []freshEvent // the ones that were asked for, oldest first
}

// freshEvent is an event that somebody asked for.
type freshEvent struct {
	after int // number of the last event of the log before it
	at    time.Time
}

// logEvent is a place in a chronicle.
type logEvent struct {
	number int // of a fresh event: of the last one before it
	fresh  int // 1 for the first of the fresh events; 0: none of them
}

// fact is what an event's own facts are drawn with.
func (e logEvent) fact() int {
	if e.fresh > 0 {
		return -e.fresh
	}
	return e.number
}

// before is the order of time.
func (e logEvent) before(o logEvent) bool {
	if e.number != o.number {
		return e.number < o.number
	}
	return e.fresh < o.fresh
}

// hours tells how a day goes: the share of its events that is over at an hour.
var hours = []struct {
	share float64
	hour  int
}{{0, 0}, {0.06, 6}, {0.35, 10}, {0.85, 17}, {0.95, 20}, {1, 24}}

// at is when a numbered event was. Events of a day come in the order of their
// numbers.
func (c *chronicle) at(seed uint64, number int) time.Time {
	start := time.Unix(int64(number/c.perDay)*86400, 0).UTC()
	within := (float64(number%c.perDay) + float64(draw(seed, number, c.salt|1<<40)%1_000_000)/1_000_000) / float64(c.perDay)
	for i := 1; ; i++ {
		if from, to := hours[i-1], hours[i]; within < to.share || i == len(hours)-1 {
			part := (within - from.share) / (to.share - from.share)
			since := (float64(from.hour) + part*float64(to.hour-from.hour)) * float64(time.Hour)
			return start.Add(time.Duration(since)).Truncate(100 * time.Nanosecond)
		}
	}
}

// time is when an event was.
func (c *chronicle) time(seed uint64, e logEvent) time.Time {
	if e.fresh > 0 {
		return c.fresh[e.fresh-1].at
	}
	return c.at(seed, e.number)
}

// upTo is the number of the newest event at a time or before it.
func (c *chronicle) upTo(seed uint64, end time.Time) int {
	first := int(end.Unix()/86400) * c.perDay
	return first - 1 + sort.Search(c.perDay, func(i int) bool { return c.at(seed, first+i).After(end) })
}

// add makes n events that the log shows at once.
func (c *chronicle) add(seed uint64, n int, now time.Time) {
	at := now.UTC().Add(-logLatency).Truncate(time.Microsecond)
	for range n {
		// No two at the same time: the order is that of time.
		if k := len(c.fresh); k > 0 && !at.After(c.fresh[k-1].at) {
			at = c.fresh[k-1].at.Add(time.Microsecond)
		}
		c.fresh = append(c.fresh, freshEvent{after: c.upTo(seed, at), at: at})
	}
}

// between are the events of a span of time, the newest first.
func (c *chronicle) between(seed uint64, start, end time.Time) eventSequence {
	first, last := c.upTo(seed, start)+1, c.upTo(seed, end)
	events := make([]logEvent, 0, max(0, last-first+1)+len(c.fresh))
	k := len(c.fresh)
	for number := last; number >= first-1; number-- {
		for ; k > 0 && c.fresh[k-1].after >= number; k-- {
			events = append(events, logEvent{c.fresh[k-1].after, k})
		}
		if number >= first {
			events = append(events, logEvent{number: number})
		}
	}
	return eventSequence{events: events}
}

// eventSequence is the order in which a log is listed: newest first, unless
// $orderby says otherwise.
type eventSequence struct {
	events      []logEvent
	oldestFirst bool
}

func (s eventSequence) len() int { return len(s.events) }

func (s eventSequence) position(place int) int {
	if s.oldestFirst {
		return len(s.events) - 1 - place
	}
	return place
}

func (s eventSequence) mark(place int) sealed {
	e := s.events[s.position(place)]
	return sealed{Position: e.number, Fresh: e.fresh}
}

func (s eventSequence) resume(mark sealed) int {
	if mark.Position == 0 {
		return 0
	}
	at := logEvent{mark.Position, mark.Fresh}
	return sort.Search(len(s.events), func(place int) bool {
		e := s.events[s.position(place)]
		if s.oldestFirst {
			return !e.before(at)
		}
		return !at.before(e)
	})
}

// logs are the tenant's logs. The tenant's lock guards them.
type logs struct{ audits, signIns chronicle }

// newLogs makes the logs of a tenant with a number of users. Nobody needs more
// than 2,000 sign-ins a day, however large the tenant.
func newLogs(users int) logs {
	return logs{
		audits:  chronicle{salt: saltAudit, perDay: 12 + min(users/20, 300)},
		signIns: chronicle{salt: saltSignIn, perDay: min(max(users*3/2, 10), 2000)},
	}
}

// SignInsNow adds n interactive sign-ins that the log shows at once, newest
// first, and returns their ids in the order in which they happened.
func (t *Tenant) SignInsNow(n int) []string { return t.happen(&t.logs.signIns, n, t.signInID) }

// AuditsNow adds n events to the directory's audit log, as SignInsNow does.
func (t *Tenant) AuditsNow(n int) []string { return t.happen(&t.logs.audits, n, t.auditID) }

func (t *Tenant) happen(c *chronicle, n int, id func(logEvent) string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	had := len(c.fresh)
	c.add(t.seed, n, t.now())
	var ids []string
	for k := had; k < len(c.fresh); k++ {
		ids = append(ids, id(logEvent{c.fresh[k].after, k + 1}))
	}
	return ids
}

// listEvents answers a page of a log. at makes the object of an event.
func (x *exchange) listEvents(l listing, c *chronicle, at func(logEvent) object) (*answer, error) {
	if x.query.has("$top") && x.query.top > l.most {
		return nil, errBadRequest("The limit of '%d' for Top query has been exceeded. The value from the incoming request is '%d'.", l.most, x.query.top)
	}
	t := x.tenant()
	now := x.s.now()
	var s eventSequence
	l.refuses = []string{"$search", "$expand", "$skip"}
	l.size = func() int { return len(s.events) }
	l.at = func(position int) object { return at(s.events[position]) }
	l.order = func(by *orderBy) sequence {
		s = t.kept(c, now)
		s.oldestFirst = by != nil && !by.descending
		return s
	}
	return x.answerList(l)
}

// kept are the events of a log that can be read now. The caller holds the lock.
func (t *Tenant) kept(c *chronicle, now time.Time) eventSequence {
	days := logDays
	if !t.premium {
		days = freeLogDays
	}
	return c.between(t.seed, now.AddDate(0, 0, -days), now.Add(-logLatency))
}

// singleEvent answers one event of a log.
func (x *exchange) singleEvent(typ *entityType, set string, c *chronicle, id func(logEvent) string, at func(logEvent) object) (*answer, error) {
	now := x.s.now()
	return x.single(typ, set, func() object {
		for _, e := range x.tenant().kept(c, now).events {
			if id(e) == x.ids[0] {
				return at(e)
			}
		}
		return nil
	})
}
