package microsoft

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// FeedKept is for how long Microsoft keeps what its activity feed offers, and
// how far back a window of it may begin.
const FeedKept = 7 * 24 * time.Hour

// What the activity feed's documents name.
const (
	feedPermission    = "ActivityFeed.Read"
	feedTime          = "2006-01-02T15:04:05"   // UTC
	feedNext          = "NextPageUri"           // the header with the link to the next page
	feedAudit         = "/activity/feed/audit/" // in the address of each blob
	auditingPage      = "https://learn.microsoft.com/purview/audit-log-enable-disable"
	codeFeedEnabled   = "AF20024" // a subscription that is to be started is enabled
	codeFeedNone      = "AF20022" // no subscription
	codeFeedThrottled = "af429"   // in lower case, as rules have it
)

// Feed reads the Office 365 Management Activity API for one part
// (learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference).
// It is not safe for concurrent use.
type Feed struct {
	client    *Client
	trip      *trip
	root      string // of all operations
	publisher string // whose requests Microsoft counts
}

// Blob is a package of audit records that the feed offers.
type Blob struct {
	ContentType string
	ID          string
	Created     time.Time // when it became available; zero where Microsoft does not say it
	uri         *url.URL
	failed      *failure // why it cannot be read
}

// Feed returns a reader of the activity feed; a problem of class retired where
// the cloud has none.
func (c *Client) Feed(part *entity.Part) (*Feed, error) {
	res, err := c.resource(part.Resource)
	if err != nil {
		return nil, err
	}
	t := c.trip(res, part.Throttle)
	t.part = part
	return &Feed{
		client: c,
		trip:   t,
		root:   res.base.String() + "/api/v1.0/" + url.PathEscape(c.directory) + "/activity/feed",
		// Requests without it share one limit with everybody's who leave it out.
		publisher: c.directory,
	}, nil
}

// Stats counts what the reading took so far.
func (f *Feed) Stats() Stats { return f.trip.stats }

// Subscriptions returns the types of content that the app is subscribed to.
func (f *Feed) Subscriptions(ctx context.Context) (map[string]bool, error) {
	u, err := f.url("/subscriptions/list", nil)
	if err != nil {
		return nil, err
	}
	var list []struct{ ContentType, Status string }
	err = f.send(ctx, request{url: u}, func(body []byte) *failure { return decode(body, &list) })
	enabled := map[string]bool{}
	for _, s := range list {
		enabled[s.ContentType] = strings.EqualFold(s.Status, "enabled")
	}
	return enabled, problemOf(err)
}

// Subscribe makes Microsoft collect a type of content for the app. It may take
// 12 hours until the first of it can be read. started is false where it was
// collected already.
func (f *Feed) Subscribe(ctx context.Context, contentType string) (started bool, err error) {
	u, err := f.url("/subscriptions/start", url.Values{"contentType": {contentType}})
	if err != nil {
		return false, err
	}
	// Any answer of success will do: its body is not used.
	anyway := func(*entity.Problem) {}
	err = f.send(ctx, request{url: u, body: []byte{}, lacks: anyway}, func([]byte) *failure { return nil })
	if hasCode(err, codeFeedEnabled) {
		return false, nil
	}
	return err == nil, problemOf(err)
}

// Content lists the blobs of a type of content that became available from one
// time up to and without another, at most 24 hours later and seven days ago,
// and hands them to yield page by page, in no particular order. A type that
// nobody has subscribed to has none.
func (f *Feed) Content(ctx context.Context, contentType string, from, to time.Time, yield func([]Blob) error) error {
	first, err := f.url("/subscriptions/content", url.Values{
		"contentType": {contentType}, "startTime": {from.UTC().Format(feedTime)}, "endTime": {to.UTC().Format(feedTime)},
	})
	if err != nil {
		return err
	}
	for restarts := 0; ; restarts++ {
		err := f.list(ctx, first, contentType, yield)
		var failed *failure
		switch {
		case hasCode(err, codeFeedNone):
			return nil
		case !errors.As(err, &failed) || failed.then != startOver || restarts == maxRestarts:
			return problemOf(err)
		}
	}
}

// list reads a list of blobs once from its first page.
func (f *Feed) list(ctx context.Context, next *url.URL, contentType string, yield func([]Blob) error) error {
	seen := map[[sha256.Size]byte]bool{}
	var lacks *entity.Problem
	note := func(p *entity.Problem) { lacks = firstProblem(lacks, p) }
	for number := 1; next != nil; number++ {
		sum := sha256.Sum256([]byte(next.String()))
		if seen[sum] {
			return broken("Microsoft's link to the next page leads to a page that was already read.")
		}
		seen[sum] = true
		var page []Blob
		var link string
		f.trip.page = number
		r := request{url: next, lacks: note, header: func(h http.Header) { link = h.Get(feedNext) }}
		err := f.send(ctx, r, func(body []byte) (failed *failure) {
			page, failed = f.blobs(body, next, contentType)
			return failed
		})
		if err != nil {
			return err
		}
		// A bad link ends the list, but the blobs that came with it are good.
		var following *url.URL
		var failed *failure
		if link != "" {
			if following, failed = f.trip.resource.nextURL(next, link); failed == nil {
				following = f.published(following)
			}
		}
		f.trip.stats.Pages++
		if err := yield(page); err != nil {
			return err
		}
		if failed != nil {
			return failed
		}
		next = following
	}
	return cut(lacks)
}

// blobs reads a page of a list of blobs.
func (f *Feed) blobs(body []byte, from *url.URL, contentType string) ([]Blob, *failure) {
	var list []struct{ ContentID, ContentURI, ContentCreated string }
	if failed := decode(body, &list); failed != nil {
		return nil, failed
	}
	blobs := make([]Blob, 0, len(list))
	for _, b := range list {
		blob := Blob{ContentType: contentType, ID: b.ContentID}
		if at, err := time.Parse(time.RFC3339Nano, b.ContentCreated); err == nil {
			blob.Created = at.UTC()
		}
		uri, failed := f.trip.resource.follow(from, b.ContentURI, "link to a blob of content")
		switch {
		case b.ContentURI == "":
			blob.failed = broken("Microsoft's list of content does not say where a blob of it is.")
		case failed != nil:
			blob.failed = failed
		case !strings.Contains(strings.ToLower(uri.Path), feedAudit):
			blob.failed = badLink("Microsoft's link to a blob of content leads to something else (" + clean(uri.Path) + "), which SecurAtlas does not follow.")
		default:
			blob.uri = f.published(uri)
		}
		blobs = append(blobs, blob)
	}
	return blobs, nil
}

// Records reads the records of a blob; a *Cut comes with those that came where
// Microsoft says that some are missing. Each has the type of its content beside
// its own properties, at entity.ContentTypePath.
func (f *Feed) Records(ctx context.Context, b Blob) ([]json.RawMessage, error) {
	if b.failed != nil {
		return nil, b.failed.problem
	}
	var records []json.RawMessage
	var lacks *entity.Problem
	f.trip.page = 0
	r := request{url: b.uri, lacks: func(p *entity.Problem) { lacks = p }}
	err := f.send(ctx, r, func(body []byte) *failure { return decode(body, &records) })
	if err != nil {
		return nil, problemOf(err)
	}
	mark := []byte("{" + strconv.Quote(entity.ContentTypePath) + ":" + strconv.Quote(b.ContentType) + ",")
	for i, r := range records {
		// An empty object, or what is none, is left for the decoder to refuse.
		if inner, ok := bytes.CutPrefix(r, []byte("{")); ok && len(bytes.TrimSpace(inner)) > 1 {
			records[i] = append(mark[:len(mark):len(mark)], inner...)
		}
	}
	return records, cut(lacks)
}

// Expired reports whether an error says that a blob is no longer kept.
func Expired(err error) bool { return hasCode(err, "AF20051") || hasCode(err, "AF20050") }

// OutOfWindow reports whether an error says that a window of the activity feed
// begins too long ago.
func OutOfWindow(err error) bool { return hasCode(err, "AF20055") || hasCode(err, "AF20030") }

func hasCode(err error, code string) bool {
	var p *entity.Problem
	return errors.As(problemOf(err), &p) && strings.EqualFold(p.Code, code)
}

func (f *Feed) send(ctx context.Context, r request, read func([]byte) *failure) error {
	r.headers, r.weight = headers(f.trip.resource.name, nil), 1
	return f.client.send(ctx, f.trip, r, read)
}

// url is the URL of an operation.
func (f *Feed) url(operation string, q url.Values) (*url.URL, error) {
	u, err := url.Parse(f.root + operation)
	if err != nil {
		return nil, internal("make the URL of the activity feed", err)
	}
	u.RawQuery = encodeQuery(q)
	return f.published(u), nil
}

// published adds to a URL whose request it is, unless it says so.
func (f *Feed) published(u *url.URL) *url.URL {
	if u.Query().Has("PublisherIdentifier") {
		return u
	}
	own := *u
	if own.RawQuery != "" {
		own.RawQuery += "&"
	}
	own.RawQuery += "PublisherIdentifier=" + url.QueryEscape(f.publisher)
	return &own
}
