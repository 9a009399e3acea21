package microsoft

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// List names a list to read: one part of an entity.
type List struct {
	Def  *entity.Def
	Part *entity.Part
	// Filter is the $filter of a window, beside that of the part; it may be
	// empty.
	Filter string
	// ReadBefore says that the list was read to its end in an earlier run: that
	// it does not exist is then not easily believed.
	ReadBefore bool
	// Lacking are properties that the source does not have: they are not asked
	// for, and what is found lacking is added. It may be nil.
	Lacking *Lacking
	// OnWait is told, by the goroutine that reads, until when it waits, where
	// that is more than a second. It may be nil.
	OnWait func(until time.Time)
}

// Stats counts what the reading of a list took so far.
type Stats struct {
	Pages, Requests, Retries int
	Waited                   time.Duration // for Microsoft's limits and between attempts
}

// Page is one page of a list.
type Page struct {
	Rows []json.RawMessage
	Last bool // no page follows: with it the list is complete
	// Restarted says that the list began again from its first page, because
	// Microsoft forgot where the reader was: what was seen no longer counts.
	Restarted bool
	Stats     Stats
}

// maxRestarts is how often a list begins again before it fails.
const maxRestarts = 3

// Pages reads a list and hands its pages to yield one by one; the list is
// complete when the error is nil. The error is an *entity.Problem, what yield
// returned, or the context's error; a *Cut where all pages came and Microsoft
// says of them that something is missing. Nothing of a page is kept after yield.
func (c *Client) Pages(ctx context.Context, l List, yield func(Page) error) (Stats, error) {
	res, err := c.resource(l.Part.Resource)
	if err != nil {
		return Stats{}, err
	}
	t := c.trip(res, l.Part.Throttle)
	t.part, t.before, t.onWait = l.Part, l.ReadBefore, l.OnWait
	read := c.readList
	if l.Part.Report {
		read = c.readReport
	}
	for restarts, again := 0, false; ; again = true {
		err := read(ctx, t, l, again, yield)
		var failed *failure
		switch {
		case l.Lacking.learn(err, l.Part.Path, l.query()):
		case !errors.As(err, &failed):
			return t.stats, problemOf(err)
		case failed.then != startOver && failed.then != askAnew || restarts == maxRestarts:
			return t.stats, problemOf(err)
		default:
			restarts++
		}
	}
}

// readList reads a part once from its first page: its lists, one after the
// other. Only the last page of the last list is the last one.
func (c *Client) readList(ctx context.Context, t *trip, l List, restarted bool, yield func(Page) error) error {
	paths := l.Part.Paths()
	var lacks *Cut
	for i, path := range paths {
		next, err := firstURL(t.resource, l, path)
		if err != nil {
			return internal("make the URL of "+l.Def.Title, err)
		}
		t.page = 0
		err = c.readFrom(ctx, t, next, restarted, func(p Page) error {
			p.Last = p.Last && i == len(paths)-1 && lacks == nil
			return yield(p)
		})
		var short *Cut
		switch {
		case errors.As(err, &short):
			lacks = short // the other lists may be whole
		case err != nil:
			return err
		}
		restarted = false
	}
	if lacks != nil {
		return lacks
	}
	return nil
}

// readFrom reads a list from the page at next to its end. The trip has the
// number of the page before it.
func (c *Client) readFrom(ctx context.Context, t *trip, next *url.URL, restarted bool, yield func(Page) error) error {
	seen := map[[sha256.Size]byte]bool{}
	skip := skipper{top: pageSize(t)}
	var lacks *entity.Problem // what Microsoft says is missing on a page
	for next != nil {
		sum := sha256.Sum256([]byte(next.String()))
		if seen[sum] {
			return broken("Microsoft's link to the next page leads to a page that was already read.")
		}
		seen[sum] = true
		t.page++
		page, link, err := c.readPage(ctx, t, next, func(p *entity.Problem) { lacks = firstProblem(lacks, p) })
		if err = skip.judge(&page, err); err != nil {
			return err
		}
		// A bad link ends the list, but the rows that came with it are good.
		var failed *failure
		if link != "" {
			skip.top = 0
			next, failed = t.resource.nextURL(next, link)
		} else {
			next = skip.next(next, page.Rows)
		}
		t.stats.Pages++
		page.Last, page.Restarted, page.Stats = next == nil && failed == nil && lacks == nil, restarted, t.stats
		restarted = false
		if err := yield(page); err != nil {
			return err
		}
		if failed != nil {
			return failed
		}
	}
	return cut(lacks)
}

func firstProblem(a, b *entity.Problem) *entity.Problem {
	if a != nil {
		return a
	}
	return b
}

// readPage reads one page and the link to the next; lacks is told what
// Microsoft says is missing on it.
func (c *Client) readPage(ctx context.Context, t *trip, u *url.URL, lacks func(*entity.Problem)) (page Page, link string, err error) {
	r := request{url: u, headers: headers(t.resource.name, t.part.Headers), weight: 1, lacks: lacks}
	err = c.send(ctx, t, r, func(body []byte) *failure {
		var failed *failure
		page.Rows, link, failed = splitPage(body, t.part.Singleton)
		return failed
	})
	return page, link, err
}

// firstURL is the URL of a list's first page.
func firstURL(r *resource, l List, path string) (*url.URL, error) {
	u, err := url.Parse(r.base.String() + r.version(l.Part.Beta) + path)
	if err != nil {
		return nil, err
	}
	q := l.query()
	if l.Filter != "" {
		if own := q.Get("$filter"); own != "" {
			l.Filter = own + " and " + l.Filter
		}
		q.Set("$filter", l.Filter)
	}
	u.RawQuery = encodeQuery(q)
	return u, nil
}

// query is what a list is asked with, without the filter of a window.
func (l List) query() url.Values {
	q := maps.Clone(l.Part.Query)
	if q == nil {
		q = url.Values{}
	}
	if properties := l.Def.SelectOf(l.Part); properties != "" {
		q.Set("$select", properties)
	}
	return l.Lacking.trim(q)
}

// encodeQuery encodes a query as Microsoft's documents write it: dollar signs
// and commas as they are, spaces as %20, since not every service takes a plus.
func encodeQuery(q url.Values) string {
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(q)) {
		for _, value := range q[key] {
			pairs = append(pairs, key+"="+plainEscapes.Replace(url.QueryEscape(value)))
		}
	}
	return strings.Join(pairs, "&")
}

var plainEscapes = strings.NewReplacer("+", "%20", "%2C", ",", "%24", "$", "%3A", ":")

// headers are sent with every page: links do not carry them.
func headers(r entity.Resource, part map[string]string) map[string]string {
	h := map[string]string{"Accept": "application/json"}
	if r == entity.Graph {
		// Newer values of enumerations come as they are and not as
		// unknownFutureValue; whoever works in the portal goes first.
		h["Prefer"] = "include-unknown-enum-members"
		h["X-Ms-Throttle-Priority"] = "low"
	}
	for name, value := range part {
		if name = http.CanonicalHeaderKey(name); name == "Prefer" && h[name] != "" {
			value = h[name] + ", " + value
		}
		h[name] = value
	}
	return h
}

// splitPage takes a page apart without decoding its rows.
func splitPage(body []byte, singleton bool) (rows []json.RawMessage, link string, failed *failure) {
	if singleton {
		var object map[string]json.RawMessage
		if failed := decode(body, &object); failed != nil {
			return nil, "", failed
		}
		if object == nil {
			return nil, "", broken("Microsoft's answer is not an object.")
		}
		// Some pages of the documents show a single object inside of value.
		if inner := bytes.TrimSpace(object["value"]); object["id"] == nil && len(inner) > 0 && inner[0] == '{' {
			return []json.RawMessage{inner}, "", nil
		}
		return []json.RawMessage{json.RawMessage(body)}, "", nil
	}
	var page struct {
		Value *[]json.RawMessage `json:"value"`
		Link  string             `json:"@odata.nextLink"`
	}
	if failed := decode(body, &page); failed != nil {
		return nil, "", failed
	}
	if page.Value == nil {
		return nil, "", broken("Microsoft's answer has no list of values.")
	}
	return *page.Value, page.Link, nil
}

// decode reads JSON. A body that ends too early is tried again, since it was
// most likely cut off on the way.
func decode(body []byte, into any) *failure {
	if len(body) == 0 {
		f := broken("Microsoft's answer is empty.")
		f.then = tryAgain
		return f
	}
	err := json.Unmarshal(body, into)
	if err == nil {
		return nil
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset >= int64(len(body)) {
		f := broken("Microsoft's answer ends in the middle.")
		f.then = tryAgain
		return f
	}
	return broken("Microsoft's answer is not the JSON that its documents describe.")
}

// problemOf takes the problem out of a failure.
func problemOf(err error) error {
	var failed *failure
	if errors.As(err, &failed) {
		if failed.then == startOver {
			failed.problem.Cure = expiredCure
		}
		return failed.problem
	}
	return err
}
