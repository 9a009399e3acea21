package simulator

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// listing is a list that is about to be answered.
type listing struct {
	typ     *entityType
	set     string // of the context: "users"
	size    func() int
	at      func(position int) object // nil: nothing there any more
	plainly int                       // page size without $top; 0: everything at once
	most    int                       // largest $top; 0: $top is not supported and ignored
	clamp   func() int                // pages are never larger than this; nil or 0: as $top says
	mixed   bool                      // members of several types, each as memberObject
	skips   bool                      // $skip works
	refuses []string                  // options that are not supported here
	order   func(*orderBy) sequence   // of lists with an order of their own; by is nil without $orderby
	expands bool                      // write does what $expand asks for, which expansion does not know
	// skipLinks says that links to the next page count rows with $skip.
	skipLinks bool
	relative  bool // links to the next page begin below the version
	// searches judges objects by $search where it is not the directory's.
	searches func(words string) func(object) bool
	// write makes the row of an object; nil means what $select says.
	write func(o object, s selection) row
	// more judges the query once $select and $filter are known.
	more func(s selection, roots map[string]bool) error
}

// answerList answers a page of a list.
func (x *exchange) answerList(l listing) (*answer, error) {
	start, first, err := x.openPage(pageToken)
	if err != nil {
		return nil, err
	}
	q := x.query
	for _, name := range l.refuses {
		if q.has(name) {
			return nil, errUnsupportedQuery("Unsupported Query.")
		}
	}
	selected, err := x.selectFor(&l)
	if err != nil {
		return nil, err
	}
	match, roots, err := x.matcher(l.typ, l.searches)
	if err != nil {
		return nil, err
	}
	if l.more != nil {
		if err := l.more(selected, roots); err != nil {
			return nil, err
		}
	}
	top, err := x.pageSize(l)
	if err != nil {
		return nil, err
	}
	if q.has("$skip") && !l.skips {
		return nil, errRequestBadRequest("'$skip' is not supported by the service.")
	}
	order, err := x.ordering(l.typ)
	if err != nil {
		return nil, err
	}
	expand, err := x.expansion(l.typ)
	if err != nil && !l.expands {
		return nil, err
	}
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	var places sequence = natural{l.size()}
	switch {
	case l.order != nil:
		places = l.order(order)
	case order != nil:
		places = x.sorted(l, match, order)
	}
	write := l.write
	if write == nil {
		write = func(o object, s selection) row { return s.write(o) }
	}
	var rows []row
	next := ""
	place := places.resume(start)
	skip := 0
	if first {
		skip = q.skip
	}
	for ; place < places.len(); place++ {
		position := places.position(place)
		o := l.at(position)
		if o == nil || !match(o) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if top > 0 && len(rows) == top {
			next = x.nextLink(places.mark(place))
			if l.skipLinks {
				next = x.link("$skip", strconv.Itoa(q.skip+len(rows)))
			}
			if l.relative {
				next = strings.TrimPrefix(next, x.base+"/"+x.version)
			}
			break
		}
		out := write(o, selected)
		if expand != nil {
			out = append(out, expand(t, position)...)
		}
		rows = append(rows, out)
	}
	body := row{{"@odata.context", x.context(selected.context(l.set))}}
	if first && q.count && (!l.typ.open || eventual(x.header)) {
		body = append(body, field{"@odata.count", countMatches(l, match)})
	}
	return x.page(body, rows, next, func() string { return x.nextLink(start) }), nil
}

// selectFor reads $select for a list. In mixed lists each type has its own.
func (x *exchange) selectFor(l *listing) (selection, error) {
	if !l.mixed {
		return x.selectOf(l.typ, true)
	}
	selections, names, err := memberSelection(x.query.selected, userType, groupType)
	if err != nil {
		return selection{}, err
	}
	l.write = func(o object, _ selection) row {
		m := o.(memberObject)
		return memberRow(m.reference, m.object, selections)
	}
	return selection{given: names != "", names: names}, nil
}

func countMatches(l listing, match func(object) bool) int {
	n := 0
	for i := range l.size() {
		if o := l.at(i); o != nil && match(o) {
			n++
		}
	}
	return n
}

// answerCount answers /$count below a list.
func (x *exchange) answerCount(l listing) (*answer, error) {
	if l.typ.open && !eventual(x.header) {
		return nil, errRequestBadRequest("$count is not currently supported.")
	}
	// The segment is the count that advanced queries need.
	x.query.count = true
	match, roots, err := x.matcher(l.typ, l.searches)
	if err != nil {
		return nil, err
	}
	if l.more != nil {
		if err := l.more(selection{}, roots); err != nil {
			return nil, err
		}
	}
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	return countAnswer(countMatches(l, match)), nil
}

// openPage reads the token of a next link, if there is one: the query is the
// token's then. first says that this is a list's first page.
func (x *exchange) openPage(kind linkKind) (start sealed, first bool, err error) {
	given := x.query.skipToken
	if !x.query.has("$skiptoken") {
		return sealed{Path: x.path, Options: x.query.options}, true, nil
	}
	start, err = x.s.pages.open(given, kind, x.s.now())
	switch {
	case errors.Is(err, errExpiredLink):
		return start, false, errExpiredPageToken()
	case err != nil || !strings.EqualFold(start.Path, x.path):
		return start, false, errInvalidPageToken()
	}
	if len(x.query.options) > 0 && !slices.Equal(x.query.options, start.Options) {
		return start, false, errInvalidPageToken()
	}
	q := &query{given: map[string]bool{}}
	for _, o := range start.Options {
		if err := q.set(o.name, o.value); err != nil {
			return start, false, err
		}
	}
	x.query = q
	return start, false, nil
}

// pageSize is the number of rows on a page; 0 means all.
func (x *exchange) pageSize(l listing) (int, error) {
	size := l.plainly
	if x.query.has("$top") && l.most > 0 {
		if x.query.top < 1 || x.query.top > l.most {
			return 0, errUnsupportedQuery("Invalid page size specified: '%d'. Must be between 1 and %d inclusive.", x.query.top, l.most)
		}
		size = x.query.top
	}
	if l.clamp != nil {
		if most := l.clamp(); most > 0 {
			size = min(size, most)
		}
	}
	return size, nil
}

// matcher judges objects by $filter and $search; searches is nil where $search
// is the directory's.
func (x *exchange) matcher(t *entityType, searches func(string) func(object) bool) (func(object) bool, map[string]bool, error) {
	var filter expression
	var roots map[string]bool
	var err error
	if x.query.has("$filter") {
		if filter, roots, err = parseFilter(x.query.filter, t, x.mode()); err != nil {
			return nil, nil, err
		}
	}
	var search func(object) bool
	switch {
	case !x.query.has("$search"):
	case searches != nil:
		search = searches(x.query.search)
	default:
		if search, err = parseSearch(x.query.search, t, eventual(x.header)); err != nil {
			return nil, nil, err
		}
	}
	return func(o object) bool {
		return (filter == nil || filter.eval(scope{object: o})) && (search == nil || search(o))
	}, roots, nil
}

// nextLink is the link to the page that begins at a mark. It repeats the query
// for people to read; the token holds it for the service.
func (x *exchange) nextLink(mark sealed) string {
	mark.Path, mark.Options = x.path, x.query.options
	return x.link("$skiptoken", x.s.pages.seal(mark, x.s.now()))
}

func (x *exchange) link(name, token string) string {
	var b strings.Builder
	b.WriteString(x.base + "/" + x.version + "/" + strings.Trim(x.path, "/") + "?")
	for _, o := range x.query.options {
		if o.name == name {
			continue
		}
		b.WriteString(o.name + "=" + url.QueryEscape(o.value) + "&")
	}
	b.WriteString(name + "=" + token)
	return b.String()
}

// page makes the answer of a page, after the faults that change pages. again
// makes another link to the same page.
func (x *exchange) page(body row, rows []row, next string, again func() string) *answer {
	for _, f := range x.faults {
		if f.Rows != nil {
			rows = changeRows(rows, f.Rows)
		}
		switch {
		case f.EmptyPage:
			rows, next = nil, again()
		case f.LoopNext:
			next = x.base + "/" + x.version + x.path
			if x.rawQuery != "" {
				next += "?" + x.rawQuery
			}
		case f.NextLink != "":
			next = f.NextLink
		case f.DropNext:
			next = ""
		}
	}
	if next != "" {
		body = append(body, field{"@odata.nextLink", next})
	}
	if rows == nil {
		rows = []row{}
	}
	return jsonAnswer(append(body, field{"value", rows}))
}

// changeRows hands the rows of a page to a fault as maps. What it leaves alone
// keeps its order of properties.
func changeRows(rows []row, change func([]map[string]any) []map[string]any) []row {
	in := make([]map[string]any, len(rows))
	for i, r := range rows {
		in[i] = make(map[string]any, len(r))
		for _, f := range r {
			in[i][f.name] = f.value
		}
	}
	var out []row
	for _, m := range change(in) {
		var r row
		for _, name := range slices.Sorted(mapKeys(m)) {
			r = append(r, field{name, m[name]})
		}
		out = append(out, r)
	}
	return out
}
