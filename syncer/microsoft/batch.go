package microsoft

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// maxBatch is how many requests Graph takes in one batch
// (learn.microsoft.com/graph/json-batching).
const maxBatch = 20

// Batch names GET requests to Graph that are sent together. Microsoft counts
// each of them as a request of its throttling scope, and so does the pace.
type Batch struct {
	// Part gives the version, the headers, the permissions and the throttling
	// scope of all of them.
	Part  *entity.Part
	Items []Item
	// ReadBefore says that the part was read to its end in an earlier run.
	ReadBefore bool
	// Lacking are properties that the source does not have. See List.
	Lacking *Lacking
	// OnWait is told until when the batch waits; it may be nil. See List.
	OnWait func(until time.Time)
}

// Item is one request of a batch.
type Item struct {
	Path      string // below the version, each segment escaped: "/groups/1234/members"
	Query     url.Values
	Singleton bool // the answer is one object and not a list
}

// ItemPage is one page of the answer to an item.
type ItemPage struct {
	Item int // its index in Batch.Items
	Rows []json.RawMessage
	Last bool // nothing more comes for the item
	// Problem says why the item could not be read to its end; nothing more
	// comes for it. The other items are not affected.
	Problem *entity.Problem
	Stats   Stats
}

// Batch reads the items, at most 20 in one request, and hands the pages of
// their answers to yield, in any order. Requests that Microsoft throttles, or
// that fail for a passing reason, are sent again in a batch of their own, once
// also those whose object Microsoft does not find; the
// further pages of a long list are read one by one. The error concerns the
// batch as a whole: then not every item has come to its end. It is an
// *entity.Problem, what yield returned, or the context's error.
func (c *Client) Batch(ctx context.Context, b Batch, yield func(ItemPage) error) (Stats, error) {
	res, err := c.resource(b.Part.Resource)
	if err != nil {
		return Stats{}, err
	}
	t := c.trip(res, b.Part.Throttle)
	t.part, t.before, t.onWait = b.Part, b.ReadBefore, b.OnWait
	root, err := url.Parse(res.base.String() + res.version(b.Part.Beta))
	if err != nil || res.name != entity.Graph {
		return Stats{}, internal("make a batch of requests to "+res.name.Title(), err)
	}
	r := &batchReader{client: c, trip: t, root: root, items: b.Items, lacking: b.Lacking, yield: yield}
	size := t.limiter.most(maxBatch)
	for from := 0; from < len(b.Items); from += size {
		var numbers []int
		for i := from; i < min(from+size, len(b.Items)); i++ {
			numbers = append(numbers, i)
		}
		if err := r.read(ctx, numbers); err != nil {
			return t.stats, problemOf(err)
		}
	}
	return t.stats, nil
}

// version is the first segment of the resource's paths.
func (r *resource) version(beta bool) string {
	switch {
	case r.name != entity.Graph:
		return ""
	case beta:
		return "/beta"
	default:
		return "/v1.0"
	}
}

// batchReader reads the items of a batch.
type batchReader struct {
	client *Client
	trip   *trip
	root   *url.URL // with the version
	items  []Item
	lacks  *entity.Problem // what Microsoft says is missing in the newest batch
	// lacking are properties that are not asked for; it may be nil.
	lacking *Lacking
	yield   func(ItemPage) error
}

// longList is an item whose first page had a link to a next one.
type longList struct {
	item int
	link string
}

// read reads items that fit into one batch, each to its end.
func (r *batchReader) read(ctx context.Context, numbers []int) error {
	var long []longList
	renewed := false
	missed := map[int]bool{} // items that were not found once
	for attempt := 1; len(numbers) > 0; attempt++ {
		token, err := r.trip.resource.tokens.get(ctx)
		if err != nil {
			return err
		}
		sent := NewLacking(r.lacking.Names()...) // the others learn of one from the same batch
		answers, err := r.send(ctx, numbers)
		if err != nil {
			return err
		}
		var again []int
		var hold *failure // the longest wait that was asked for
		stale := false
		for _, i := range numbers {
			link, failed, err := r.take(i, answers[i])
			switch {
			case err != nil:
				return err
			case failed == nil && link != "":
				long = append(long, longList{i, link})
			case failed == nil:
			case notFound(failed) && !missed[i]:
				missed[i] = true
				again, hold = append(again, i), longer(hold, failed)
			case r.lacking.learn(failed, r.items[i].Path, sent.trim(r.items[i].Query)):
				again = append(again, i)
			case failed.then == newToken && !renewed:
				again, stale = append(again, i), true
			case failed.then == tryAgain && attempt < maxAttempts:
				again, hold = append(again, i), longer(hold, failed)
			default:
				r.client.refusedAgain(failed, r.trip)
				if err := r.fail(i, failed, attempt); err != nil {
					return err
				}
			}
			delete(answers, i)
		}
		if len(again) > 0 {
			r.trip.stats.Retries++
		}
		if stale {
			renewed = true
			if _, err := r.trip.resource.tokens.renew(ctx, token.number); err != nil {
				return err
			}
		}
		if hold != nil {
			if err := r.client.waitOut(ctx, r.trip, hold, attempt); err != nil {
				return err
			}
		}
		numbers = again
	}
	// Only now: while Microsoft asks to wait, nothing else is sent.
	for _, l := range long {
		if err := r.follow(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// take hands the answer to an item on. It returns the link to a next page, or
// why the answer is none.
func (r *batchReader) take(i int, a *answer) (link string, failed *failure, err error) {
	if a == nil {
		failed := broken("Microsoft's answer to a batch lacks the answer to one of its requests.")
		failed.then = tryAgain
		return "", failed, nil
	}
	r.trip.page = 1
	if a.status >= 300 || a.bodyError() == onlyError {
		return "", r.client.classify(*a, r.trip), nil
	}
	rows, link, failed := splitPage(a.body, r.items[i].Singleton)
	if failed != nil {
		failed.problem.Status = a.status
		failed.problem.RequestID = a.header.Get("request-id")
		return "", failed, nil
	}
	if lacks := firstProblem(r.client.shortfall(*a, r.trip), r.lacks); lacks != nil {
		// What came is good; the rest is not asked for, since it is not whole.
		if err := r.page(ItemPage{Item: i, Rows: rows}); err != nil {
			return "", nil, err
		}
		return "", nil, r.page(ItemPage{Item: i, Last: true, Problem: lacks})
	}
	return link, nil, r.page(ItemPage{Item: i, Rows: rows, Last: link == ""})
}

// notFound reports whether Microsoft does not find what was asked for, for
// whatever reason.
func notFound(f *failure) bool {
	return slices.Contains(missing, f.problem.Status) && f.problem.Class == entity.ClassSource
}

func (r *batchReader) page(p ItemPage) error {
	r.trip.stats.Pages++
	p.Stats = r.trip.stats
	return r.yield(p)
}

// fail ends an item that is not tried again.
func (r *batchReader) fail(i int, failed *failure, attempt int) error {
	p := failed.problem
	if failed.shared {
		p.RetryAt = r.client.now().Add(failed.wait(attempt, r.trip.limiter.period()))
		r.trip.limiter.close(p.RetryAt)
	}
	return r.yield(ItemPage{Item: i, Last: true, Problem: p, Stats: r.trip.stats})
}

// longer joins what two failed items ask for into one wait.
func longer(a, b *failure) *failure {
	if a == nil {
		return b
	}
	joined := *a
	if b.asked && (!a.asked || b.after > a.after) {
		joined = *b
	}
	joined.shared = a.shared || b.shared
	return &joined
}

// follow reads the further pages of an item, one by one. Where Microsoft
// forgot the place, the item's list begins again.
func (r *batchReader) follow(ctx context.Context, l longList) error {
	first, err := r.url(l.item)
	if err != nil {
		return err
	}
	next, failed := r.trip.resource.nextURL(first, l.link)
	if failed != nil {
		return r.yield(ItemPage{Item: l.item, Last: true, Problem: failed.problem, Stats: r.trip.stats})
	}
	missed := false
	r.trip.page = 1
	for restarts := 0; ; restarts++ {
		var stopped error // by yield
		err := r.client.readFrom(ctx, r.trip, next, false, func(p Page) error {
			stopped = r.yield(ItemPage{Item: l.item, Rows: p.Rows, Last: p.Last, Stats: p.Stats})
			return stopped
		})
		var expired *failure
		if errors.As(err, &expired) && expired.then == startOver && restarts < maxRestarts {
			next, r.trip.page = first, 0
			continue
		}
		var p *entity.Problem
		switch err := problemOf(err); {
		case err == nil, stopped != nil, ctx.Err() != nil, !errors.As(err, &p):
			return err
		case slices.Contains(missing, p.Status) && p.Class == entity.ClassSource && !missed:
			missed, next, r.trip.page = true, first, 0
		default:
			return r.yield(ItemPage{Item: l.item, Last: true, Problem: p, Stats: r.trip.stats})
		}
	}
}

// url is the URL of an item when it is sent alone.
func (r *batchReader) url(i int) (*url.URL, error) {
	u, err := url.Parse(r.root.String() + r.relative(i))
	if err != nil {
		return nil, internal("make the URL of a request in a batch", err)
	}
	return u, nil
}

// relative is the URL of an item below the version.
func (r *batchReader) relative(i int) string {
	if query := encodeQuery(r.query(i)); query != "" {
		return r.items[i].Path + "?" + query
	}
	return r.items[i].Path
}

// query is what an item is asked with.
func (r *batchReader) query(i int) url.Values { return r.lacking.trim(r.items[i].Query) }
