package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	feedKept     = 7 * day         // how long content can be had
	feedBackfill = 22 * time.Hour  // how far before a subscription its content begins
	feedWindow   = 24 * time.Hour  // how far start and end may be apart
	feedBlob     = 5 * time.Minute // what a blob is about
	feedPage     = 12              // blobs on a page of the list
	feedDate     = "2006-01-02T15:04:05.000Z"
)

// subscription is one to a type of content.
type subscription struct {
	enabled bool
	since   time.Time // content before it is not there
}

// StartActivityFeed subscribes to a type of content of the Management Activity
// API as if the app had done so at a time in the past.
func (t *Tenant) StartActivityFeed(contentType string, at time.Time) {
	if _, known := feedKinds[contentType]; !known {
		panic("simulator: there is no content type " + contentType)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.subscribe(contentType, at)
}

func (t *Tenant) subscribe(contentType string, at time.Time) {
	if t.subscribed == nil {
		t.subscribed = map[string]subscription{}
	}
	t.subscribed[contentType] = subscription{enabled: true, since: at.UTC().Add(-feedBackfill)}
}

func subscriptionRow(contentType string, s subscription) row {
	status := "disabled"
	if s.enabled {
		status = "enabled"
	}
	return row{{"contentType", contentType}, {"status", status}, {"webhook", nil}}
}

func feedAnswer(body any) *answer {
	return &answer{status: http.StatusOK, header: http.Header{}, body: body}
}

func (c *feedCall) startSubscription(contentType string) (*answer, *feedError) {
	t := c.s.tenant
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.subscribed[contentType].enabled {
		return nil, errFeed("AF20024", "The subscription is already enabled. No property change.")
	}
	t.subscribe(contentType, c.now)
	return feedAnswer(subscriptionRow(contentType, t.subscribed[contentType])), nil
}

func (c *feedCall) stopSubscription(contentType string) (*answer, *feedError) {
	t := c.s.tenant
	t.mu.Lock()
	defer t.mu.Unlock()
	s, found := t.subscribed[contentType]
	if !found {
		return nil, errNoSubscription()
	}
	s.enabled = false
	t.subscribed[contentType] = s
	return feedAnswer(nil), nil
}

func errNoSubscription() *feedError {
	return errFeed("AF20022", "No subscription found for the specified content type.")
}

func (c *feedCall) listSubscriptions() *answer {
	t := c.s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	out := []row{}
	for _, contentType := range contentTypes {
		if s, found := t.subscribed[contentType]; found {
			out = append(out, subscriptionRow(contentType, s))
		}
	}
	return feedAnswer(out)
}

// subscription is that to a type of content. The caller holds the lock.
func (c *feedCall) subscription(contentType string) (subscription, *feedError) {
	s, found := c.s.tenant.subscribed[contentType]
	switch {
	case !found:
		return s, errNoSubscription()
	case !s.enabled:
		return s, errFeed("AF20023", "The subscription was disabled by %s.", "user")
	}
	return s, nil
}

// window reads startTime and endTime. Without them it is the last day.
func (c *feedCall) window() (start, end time.Time, refused *feedError) {
	q := c.r.URL.Query()
	from, to := q.Get("startTime"), q.Get("endTime")
	if from == "" && to == "" {
		return c.now.Add(-feedWindow), c.now, nil
	}
	if from == "" || to == "" {
		return start, end, errFeed("AF20030", wrongWindow)
	}
	for name, into := range map[string]*time.Time{"startTime": &start, "endTime": &end} {
		var err error
		for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02T15:04:05"} {
			if *into, err = time.Parse(layout, strings.TrimSuffix(q.Get(name), "Z")); err == nil {
				break
			}
		}
		if err != nil {
			return start, end, errFeed("AF20002", "Invalid parameter type: %s. Expected type: %s", name, "DateTime")
		}
	}
	if !start.Before(end) || end.Sub(start) > feedWindow || c.now.Sub(start) > feedKept {
		return start, end, errFeed("AF20055", wrongWindow)
	}
	return start, end, nil
}

// page is where the list goes on: the place and the window of the first page.
// What is made while pages are read does not move them.
func (c *feedCall) page(contentType string) (place int, start, end time.Time, refused *feedError) {
	given := c.r.URL.Query().Get("nextPage")
	if given == "" {
		if start, end, refused = c.window(); end.After(c.now) {
			end = c.now
		}
		return 0, start, end, refused
	}
	token, err := c.s.pages.open(given, feedToken, c.now)
	if err != nil || token.Path != contentType {
		return 0, start, end, errFeed("AF20031", "Invalid nextPage Input: %s.", given)
	}
	return token.Position, time.Unix(0, int64(token.Since)).UTC(), time.Unix(0, int64(token.Until)).UTC(), nil
}

// listContent lists the blobs that were made in a window of time, in no
// particular order.
func (c *feedCall) listContent(contentType string) (*answer, *feedError) {
	t := c.s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	s, refused := c.subscription(contentType)
	if refused != nil {
		return nil, refused
	}
	place, start, end, refused := c.page(contentType)
	if refused != nil {
		return nil, refused
	}
	query := c.r.URL.Query()
	blobs := t.blobs(contentType, s.since, start, end)
	a := feedAnswer(nil)
	rows := []row{}
	for _, b := range blobs[min(place, len(blobs)):min(place+feedPage, len(blobs))] {
		rows = append(rows, b.row(t, "https://"+c.r.Host+managementPrefix))
	}
	if place+feedPage < len(blobs) {
		query.Set("nextPage", c.s.pages.seal(sealed{Kind: feedToken, Path: contentType, Position: place + feedPage,
			Since: uint64(start.UnixNano()), Until: uint64(end.UnixNano())}, c.now))
		a.header.Set("NextPageUri", "https://"+c.r.Host+managementPrefix+"/api/v1.0/"+t.id+feedSubscriptions+"content?"+query.Encode())
	}
	a.body = rows
	return a, nil
}

// blob is a blob: what happened in five minutes.
type blob struct {
	contentType string
	number      int // counted from 1970
}

func (b blob) begins() time.Time { return time.Unix(0, int64(b.number)*int64(feedBlob)).UTC() }

// created is when a blob was made: up to half an hour after what is in it, so
// that blobs are not made in the order of what happened.
func (b blob) created(t *Tenant) time.Time {
	late := time.Duration(b.draw(t, 1)%1800) * time.Second
	return b.begins().Add(feedBlob + late)
}

func (b blob) draw(t *Tenant, fact uint64) uint64 {
	return draw(t.seed, b.number, saltFeed+uint64(slices.Index(contentTypes, b.contentType)+1)<<32+fact<<8)
}

// id looks like Microsoft's: nobody is to read it, but it says which blob it is.
func (b blob) id(t *Tenant) string {
	made := b.begins().Unix()
	return fmt.Sprintf("%014d$%014d$%s%s%s$%016x%016x$04", made, b.number, strings.ReplaceAll(t.id, "-", ""), feedKinds[b.contentType].tag,
		b.begins().Format("2006010215"), b.draw(t, 2), b.draw(t, 3))
}

func (b blob) row(t *Tenant, base string) row {
	id := b.id(t)
	created := b.created(t)
	return row{{"contentType", b.contentType}, {"contentId", id}, {"contentUri", base + "/api/v1.0/" + t.id + feedContentPath + id},
		{"contentCreated", created.Format(feedDate)}, {"contentExpiration", created.Add(feedKept).Format(feedDate)}}
}

// blobs are those with something in them that were made from start up to and
// without end.
func (t *Tenant) blobs(contentType string, since, start, end time.Time) []blob {
	var out []blob
	first, last := start.Add(-time.Hour).UnixNano()/int64(feedBlob), end.UnixNano()/int64(feedBlob)
	for n := first; n <= last; n++ {
		b := blob{contentType, int(n)}
		if made := b.created(t); made.Before(start) || !made.Before(end) || b.begins().Before(since) || len(t.blobEvents(b)) == 0 {
			continue
		}
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b blob) int {
		return strings.Compare(fmt.Sprintf("%016x", a.draw(t, 2)), fmt.Sprintf("%016x", b.draw(t, 2)))
	})
	return out
}

// content answers the events of a blob.
func (c *feedCall) content(id string) (*answer, *feedError) {
	t := c.s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	parts := strings.Split(id, "$")
	var number int
	if len(parts) != 5 || len(parts[2]) < 35 {
		return nil, errFeed("AF20052", "Content ID %s in the URL is invalid.", id)
	}
	if _, err := fmt.Sscanf(parts[1], "%d", &number); err != nil {
		return nil, errFeed("AF20052", "Content ID %s in the URL is invalid.", id)
	}
	for _, contentType := range contentTypes {
		b := blob{contentType, number}
		if feedKinds[contentType].tag != parts[2][32:35] || b.id(t) != id {
			continue
		}
		if e := c.allowed(contentType); e != nil {
			return nil, e
		}
		switch created := b.created(t); {
		case created.After(c.now):
			return nil, errFeed("AF20050", "The specified content (%s) does not exist.", id)
		case c.now.Sub(created) > feedKept:
			return nil, errFeed("AF20051", "Content requested with the key %s has already expired. Content older than 7 days cannot be retrieved.", id)
		}
		return feedAnswer(t.blobEvents(b)), nil
	}
	return nil, errFeed("AF20050", "The specified content (%s) does not exist.", id)
}
