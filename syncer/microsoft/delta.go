package microsoft

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"net/url"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// maxEmptyPages bounds what is followed to a link that stands for "from now
// on": it comes with the first page, which has no rows.
const maxEmptyPages = 5

// DeltaPage is one page of what changed.
type DeltaPage struct {
	Objects []json.RawMessage // changed ones, and tombstones
	Stats   Stats
}

// DeltaQuery is what the delta of a part is asked with. A link holds for the
// query that it was made for alone.
func DeltaQuery(l List) string {
	version := "v1.0"
	if l.Part.Beta {
		version = "beta"
	}
	return version + l.Part.Delta.Path + "?" + encodeQuery(deltaOptions(l))
}

// deltaOptions are the only ones that deltas of the directory know
// (learn.microsoft.com/graph/delta-query-overview).
func deltaOptions(l List) url.Values {
	q := url.Values{}
	if l.Part.Delta.Since != nil {
		return maps.Clone(l.Part.Delta.Since.Query)
	}
	if properties := l.Def.DeltaSelect(l.Part); properties != "" {
		q.Set("$select", properties)
	}
	return l.Lacking.trim(q)
}

// DeltaLink takes the link from which the changes of a list go on from now. It
// is taken before the list is read: what changes meanwhile then comes twice and
// not never.
func (c *Client) DeltaLink(ctx context.Context, l List) (string, Stats, error) {
	t, first, err := c.deltaTrip(l)
	if err != nil {
		return "", Stats{}, err
	}
	if since := l.Part.Delta.Since; since != nil {
		return sinceLink(since, first, c.now()), Stats{}, nil
	}
	latest := func() string {
		q := deltaOptions(l)
		q.Set("$deltatoken", "latest")
		return encodeQuery(q)
	}
	next := *first
	next.RawQuery = latest()
	for pages := 0; pages < maxEmptyPages; pages++ {
		page, err := c.readDelta(ctx, t, &next)
		if l.Lacking.learn(err, l.Part.Path, deltaOptions(l)) {
			next = *first
			next.RawQuery = latest()
			pages = -1
			continue
		}
		if err != nil {
			return "", t.stats, problemOf(err)
		}
		to, broke := page.follow(t.resource, &next)
		switch {
		case page.lacks != nil:
			return "", t.stats, page.lacks
		case broke != nil:
			return "", t.stats, broke.problem
		case len(page.Value) > 0:
			return "", t.stats, broken("Microsoft sent objects where only a link to later changes was asked for.").problem
		case page.Delta != "":
			return to.String(), t.stats, nil
		}
		next = *to
	}
	return "", t.stats, broken("Microsoft sent no link to later changes.").problem
}

// Changes reads what changed since a link and hands it to yield page by page,
// in Microsoft's order. It returns the link from which the next changes go on.
// The error is an *entity.Problem, what yield returned, or the context's error.
// A link that Microsoft no longer knows is a problem with the status of its
// answer (400, 404 or 410).
func (c *Client) Changes(ctx context.Context, l List, link string, yield func(DeltaPage) error) (string, Stats, error) {
	t, first, err := c.deltaTrip(l)
	if err != nil {
		return "", Stats{}, err
	}
	t.page = 2 // what asks for later changes is a link of Microsoft's own
	next, failed := t.resource.nextURL(first, link)
	if failed != nil {
		return "", t.stats, failed.problem
	}
	since := l.Part.Delta.Since
	later := ""
	if since != nil {
		later = sinceLink(since, first, c.now())
	}
	seen := map[[sha256.Size]byte]bool{}
	for {
		sum := sha256.Sum256([]byte(next.String()))
		if seen[sum] {
			return "", t.stats, broken("Microsoft's link to the next page leads to a page that was already read.").problem
		}
		seen[sum] = true
		page, err := c.readDelta(ctx, t, next)
		if err != nil {
			return "", t.stats, problemOf(err)
		}
		t.stats.Pages++
		if since != nil && page.Next == "" {
			page.Delta = later // nothing follows: Microsoft makes no link here
		}
		if page.lacks != nil {
			// Where it goes on is not to be believed either: it is read again.
			if err := yield(DeltaPage{Objects: page.Value, Stats: t.stats}); err != nil {
				return "", t.stats, err
			}
			return "", t.stats, cut(page.lacks)
		}
		// A bad link ends the round, but what came with it is good.
		to, failed := page.follow(t.resource, next)
		if err := yield(DeltaPage{Objects: page.Value, Stats: t.stats}); err != nil {
			return "", t.stats, err
		}
		if failed != nil {
			return "", t.stats, failed.problem
		}
		if page.Delta != "" {
			return to.String(), t.stats, nil
		}
		next = to
	}
}

// sinceLink is the address of the changes since shortly before now.
func sinceLink(s *entity.Since, base *url.URL, now time.Time) string {
	q := maps.Clone(s.Query)
	if q == nil {
		q = url.Values{}
	}
	q.Set(s.Param, now.UTC().Add(-s.Margin).Format(time.RFC3339))
	u := *base
	u.RawQuery = encodeQuery(q)
	return u.String()
}

// deltaTrip begins the reading of changes; the URL has no query yet.
func (c *Client) deltaTrip(l List) (*trip, *url.URL, error) {
	res, err := c.resource(l.Part.Resource)
	if err != nil {
		return nil, nil, err
	}
	t := c.trip(res, l.Part.Throttle)
	t.part, t.before, t.onWait = l.Part, l.ReadBefore, l.OnWait
	u, err := url.Parse(res.base.String() + res.version(l.Part.Beta) + l.Part.Delta.Path)
	if err != nil {
		return nil, nil, internal("make the URL of the changes of "+l.Def.Title, err)
	}
	return t, u, nil
}

// deltaAnswer is a page as Microsoft sends it: with a link to the next page, or
// on the last one with a link to later changes.
type deltaAnswer struct {
	Value []json.RawMessage
	Next  string
	Delta string
	lacks *entity.Problem // what Microsoft says is missing
}

func (c *Client) readDelta(ctx context.Context, t *trip, u *url.URL) (page deltaAnswer, err error) {
	var lacks *entity.Problem
	r := request{url: u, headers: headers(t.resource.name, t.part.Headers), weight: 1, lacks: func(p *entity.Problem) { lacks = p }}
	err = c.send(ctx, t, r, func(body []byte) *failure {
		var raw struct {
			Value *[]json.RawMessage `json:"value"`
			Next  string             `json:"@odata.nextLink"`
			Delta string             `json:"@odata.deltaLink"`
		}
		if failed := decode(body, &raw); failed != nil {
			return failed
		}
		if raw.Value == nil {
			return broken("Microsoft's answer has no list of values.")
		}
		page = deltaAnswer{Value: *raw.Value, Next: raw.Next, Delta: raw.Delta}
		return nil
	})
	page.lacks = lacks
	return page, err
}

// follow returns where the page leads to.
func (a deltaAnswer) follow(r *resource, from *url.URL) (*url.URL, *failure) {
	switch {
	case a.Next != "" && a.Delta != "":
		return nil, broken("Microsoft's page of changes is the last one and is not.")
	case a.Next != "":
		return r.nextURL(from, a.Next)
	case a.Delta != "":
		return r.nextURL(from, a.Delta)
	}
	return nil, broken("Microsoft's page of changes has no link to the next one, nor to later changes.")
}
