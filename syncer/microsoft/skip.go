package microsoft

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/securatlas/securatlas/syncer/entity"
)

// clampedPage is from how many rows on a page that is shorter than asked for
// may be one that Microsoft cut to its own limit, which is not documented and
// is a thousand or more wherever one was seen. A smaller page is the last one,
// so that a small list costs no second request.
const clampedPage = 1000

// skipper goes through a list of Defender's that sends no link to the next
// page: that begins after the rows read so far.
type skipper struct {
	top   int    // rows asked for in one page; 0 where pages are not skipped
	rows  int    // read so far
	first string // the list's first row
	short bool   // the newest page was shorter than asked: it may be the last one
}

// pageSize is the $top of a list that may send no links, else 0.
func pageSize(t *trip) int {
	top, err := strconv.Atoi(t.part.Query.Get("$top"))
	if t.resource.name != entity.Defender || err != nil {
		return 0
	}
	return top
}

// next returns the URL of the page after the one with these rows, or nil.
func (s *skipper) next(current *url.URL, rows []json.RawMessage) *url.URL {
	got := len(rows)
	if s.top == 0 || got == 0 || got < s.top && got < clampedPage {
		return nil
	}
	if s.rows == 0 {
		s.first = rowID(rows[0])
	}
	s.rows += got
	s.short = got < s.top
	next := *current
	q := next.Query()
	q.Set("$skip", strconv.Itoa(s.rows))
	next.RawQuery = encodeQuery(q)
	return &next
}

// judge looks at what a request for skipped rows brought. Where the page before
// was shorter than asked, an API that refuses to skip, or does not do it, has
// sent all of its rows; after a full page that is an error.
func (s *skipper) judge(page *Page, err error) error {
	if s.rows == 0 || s.top == 0 {
		return err
	}
	again := err == nil && len(page.Rows) > 0 && rowID(page.Rows[0]) == s.first
	switch {
	case s.short && (again || refusesToSkip(err)):
		*page = Page{}
		return nil
	case again:
		return broken("Microsoft sent a list's first page again instead of the next one.")
	}
	return err
}

// refusesToSkip reports whether an API says that there is no such page. A
// gateway's web page in its place does not.
func refusesToSkip(err error) bool {
	var p *entity.Problem
	if !errors.As(err, &p) {
		return false
	}
	return p.Status == http.StatusBadRequest && p.Class == entity.ClassSource ||
		p.Status == http.StatusNotFound && p.Class == entity.ClassSource && p.Code != ""
}

// rowID is what tells a row from others: its id, or all of it.
func rowID(raw json.RawMessage) string {
	var row struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(raw, &row) != nil || row.ID == "" {
		return string(raw)
	}
	return row.ID
}
