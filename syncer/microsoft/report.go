package microsoft

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

const (
	// reportPage is how many lines of a report make one page.
	reportPage = 1000
	// reportTimeout is how long the download of one report may take.
	reportTimeout = 10 * time.Minute
	// reportRest is how long to wait before a download is tried again.
	reportRest = 5 * time.Second
)

// readReport reads a usage report: Graph answers with the address of a file of
// comma-separated values, which is valid for some minutes and needs no token
// (learn.microsoft.com/graph/api/reportroot-getsharepointsiteusagedetail). The
// token is not sent there, and the address is not kept.
func (c *Client) readReport(ctx context.Context, t *trip, l List, restarted bool, yield func(Page) error) error {
	if restarted {
		t.stats.Waited += reportRest
		if err := c.sleep(ctx, reportRest); err != nil {
			return err
		}
	}
	u, err := firstURL(t.resource, l, l.Part.Path)
	if err != nil {
		return internal("make the URL of "+l.Def.Title, err)
	}
	t.page = 1
	var lacks *entity.Problem
	note := func(p *entity.Problem) { lacks = firstProblem(lacks, p) }
	r := &reportReader{def: l.Def, part: l.Part, lacking: l.Lacking, restarted: restarted, trip: t, yield: yield}
	var file *url.URL
	head := headers(t.resource.name, l.Part.Headers)
	head["Accept"] = "*/*" // the file is no JSON
	err = c.send(ctx, t, request{url: u, headers: head, weight: 1, lacks: note, elsewhere: func(to *url.URL) { file = to }}, func(body []byte) *failure {
		if file != nil {
			return nil
		}
		return r.failed(r.read(bytes.NewReader(body)))
	})
	if err == nil && file != nil {
		err = c.download(ctx, t, file, r, note)
	}
	switch {
	case r.stopped != nil:
		return r.stopped
	case err != nil:
		return err
	}
	return cut(lacks)
}

// download reads the file of a report; lacks is told what is missing in it.
func (c *Client) download(ctx context.Context, t *trip, file *url.URL, r *reportReader, lacks func(*entity.Problem)) error {
	if file.User != nil || file.Scheme != "https" && file.Scheme != t.resource.base.Scheme {
		return broken("Microsoft's link to the report is not one that SecurAtlas follows (" + clean(file.Host) + ").")
	}
	ctx, cancel := context.WithTimeout(ctx, reportTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, file.String(), nil)
	if err != nil {
		return broken("Microsoft's link to the report is not a URL.")
	}
	t.stats.Requests++
	client := http.Client{Transport: c.transport, CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if len(via) > 3 || next.URL.Scheme != file.Scheme {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := client.Do(req)
	if err != nil {
		// The address holds the right to read the report: only the host is said.
		return again(networkFailure(withoutURL(err), file.Hostname(), reportTimeout))
	}
	defer res.Body.Close()
	if res.StatusCode < 200 || res.StatusCode > 299 {
		f := broken("The report's file could not be had: its server answered with " + strconv.Itoa(res.StatusCode) + ".")
		f.problem.Class, f.problem.Status = entity.ClassSource, res.StatusCode
		return again(f)
	}
	body := bufio.NewReaderSize(res.Body, 64<<10)
	if first, _ := body.Peek(1); string(first) == "{" {
		// Lines begin with a heading: this is an error in place of the file.
		a, err := readAnswer(&http.Response{StatusCode: res.StatusCode, Header: res.Header, Body: io.NopCloser(io.LimitReader(body, maxErrorBody))})
		if err == nil && a.bodyError() == onlyError {
			return again(c.classify(a, t))
		}
		return again(broken("Microsoft's report is not a file of comma-separated values."))
	}
	if failed := r.failed(r.read(body)); failed != nil {
		return failed
	}
	if p := c.shortfall(answer{status: res.StatusCode, header: res.Header}, t); p != nil {
		lacks(p)
	}
	return nil
}

// again makes a failure one after which the report is asked for anew, unless
// that would not help.
func again(f *failure) *failure {
	if f.then == tryAgain || f.problem.Class != entity.ClassNetwork {
		f.then = askAnew
	}
	return f
}

// withoutURL takes the address out of an error of the HTTP client.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// reportReader makes pages of objects out of the lines of a report.
type reportReader struct {
	def       *entity.Def
	part      *entity.Part
	lacking   *Lacking
	trip      *trip
	restarted bool
	yield     func(Page) error
	stopped   error // what yield returned
}

// errHeadings says that a report is not the one that was asked for: it does not
// say which line is about what.
type errHeadings struct{ missing string }

func (e errHeadings) Error() string { return "the report has no column " + e.missing }

// read reads the lines; the first has the headings. Columns are found by
// heading, since Microsoft adds some from time to time.
func (r *reportReader) read(body io.Reader) error {
	buffered := bufio.NewReaderSize(body, 64<<10)
	if mark, _ := buffered.Peek(len(byteOrderMark)); bytes.Equal(mark, byteOrderMark) {
		_, _ = buffered.Discard(len(byteOrderMark))
	}
	lines := csv.NewReader(buffered)
	lines.ReuseRecord = true
	head, err := lines.Read()
	if err != nil {
		return err
	}
	headings := slices.Clone(head)
	columns, err := r.columns(headings)
	if err != nil {
		return err
	}
	var rows []json.RawMessage
	for {
		line, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return r.page(rows, true)
		}
		if err != nil {
			return err
		}
		rows = append(rows, object(headings, columns, line))
		if len(rows) == reportPage {
			if err := r.page(rows, false); err != nil {
				return err
			}
			rows = nil
		}
	}
}

// columns returns the declared column of each heading, nil where there is none.
// A heading that is gone, or has another name now, costs its columns and no
// others, but for those that tell the lines apart.
func (r *reportReader) columns(headings []string) ([]*entity.Column, error) {
	r.lacking.forget() // each file has its own
	columns := make([]*entity.Column, len(headings))
	for _, path := range r.part.IDUses {
		at := slices.IndexFunc(headings, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), path) })
		if at < 0 {
			return nil, errHeadings{path}
		}
		headings[at] = path
	}
	for i := range r.def.Columns {
		c := &r.def.Columns[i]
		if c.Part != r.part.Name {
			continue
		}
		for _, path := range c.Reads() {
			at := slices.IndexFunc(headings, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), path) })
			if at < 0 {
				r.lacking.add(path)
				continue
			}
			headings[at] = path
			if c.Compute == nil {
				columns[at] = c
			}
		}
	}
	return columns, nil
}

func (r *reportReader) page(rows []json.RawMessage, last bool) error {
	r.trip.stats.Pages++
	p := Page{Rows: rows, Last: last, Restarted: r.restarted, Stats: r.trip.stats}
	r.restarted = false
	r.stopped = r.yield(p)
	return r.stopped
}

// failed says what an error of reading means.
func (r *reportReader) failed(err error) *failure {
	var headings errHeadings
	switch {
	case err == nil:
		return nil
	case r.stopped != nil:
		return &failure{problem: internal("keep the report", nil)} // stopped counts
	case errors.As(err, &headings):
		return broken("Microsoft's report of " + r.def.Title + " no longer has the column \"" + headings.missing + "\".")
	case errors.Is(err, io.EOF):
		return again(broken("Microsoft's report is empty: it has not even headings."))
	case errors.Is(err, csv.ErrFieldCount), errors.Is(err, csv.ErrQuote), errors.Is(err, csv.ErrBareQuote):
		return again(broken("Microsoft's report ends in the middle, or is not a file of comma-separated values."))
	default:
		return again(broken("Microsoft's report broke off while it was read."))
	}
}

// object makes a line the object that its columns expect. A cell that is not
// of its column's type stays text, so that it is kept as it came.
func object(headings []string, columns []*entity.Column, line []string) json.RawMessage {
	o := make(map[string]any, len(line))
	for i, text := range line {
		o[headings[i]] = cellValue(columns[i], text)
	}
	raw, err := json.Marshal(o)
	if err != nil {
		return json.RawMessage("null")
	}
	return raw
}

// names takes a cell apart that holds several names, between which a plus
// stands. One between spaces belongs to a name, as in "Enterprise Mobility +
// Security E5"
// (learn.microsoft.com/entra/identity/users/licensing-service-plan-reference).
func names(text string) []string {
	list := []string{}
	for i, piece := range strings.Split(text, "+") {
		if i > 0 && strings.HasPrefix(piece, " ") && strings.HasSuffix(list[len(list)-1], " ") {
			list[len(list)-1] += "+" + piece
		} else {
			list = append(list, piece)
		}
	}
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return slices.DeleteFunc(list, func(name string) bool { return name == "" })
}

func cellValue(c *entity.Column, text string) any {
	if text == "" {
		return nil
	}
	if c == nil {
		return text
	}
	switch c.Type {
	case entity.Int, entity.Real:
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			return json.Number(text)
		}
	case entity.Bool:
		switch strings.ToLower(text) {
		case "true", "yes":
			return true
		case "false", "no":
			return false
		}
	case entity.List:
		return names(text)
	}
	return text
}
