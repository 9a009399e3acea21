package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// query holds the OData options of a request. Each has a flag of its own in
// given, because an empty option is not an absent one.
type query struct {
	selected, filter, search, orderBy, expand, skipToken, deltaToken, format string

	top, skip int
	count     bool
	given     map[string]bool
	// options are those that a link to the next page repeats, in the order in
	// which they came.
	options []option
}

type option struct{ name, value string }

func (q *query) has(name string) bool { return q.given[name] }

// knownOptions are OData's system query options. Graph takes them without the
// dollar sign too.
var knownOptions = []string{"$select", "$filter", "$search", "$orderby", "$expand", "$top", "$skip", "$count", "$skiptoken", "$deltatoken", "$format"}

// parseQuery reads the query string. What it does not know, Graph ignores.
func parseQuery(raw string) (*query, error) {
	q := &query{given: map[string]bool{}}
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, errBadRequest("Invalid request.")
		}
		value, err = url.QueryUnescape(value)
		if err != nil {
			return nil, errBadRequest("Invalid request.")
		}
		known := strings.ToLower(name)
		if !strings.HasPrefix(known, "$") {
			known = "$" + known
		}
		if !slices.Contains(knownOptions, known) {
			if strings.HasPrefix(name, "$") {
				return nil, errBadRequest("The query parameter '%s' is not supported.", name)
			}
			continue
		}
		if q.given[known] {
			return nil, errBadRequest("Query option '%s' was specified more than once, but it must be specified at most once.", known)
		}
		if err := q.set(known, value); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (q *query) set(name, value string) error {
	q.given[name] = true
	if name != "$skiptoken" && name != "$deltatoken" {
		q.options = append(q.options, option{name, value})
	}
	var err error
	switch name {
	case "$select":
		q.selected = value
	case "$filter":
		if strings.TrimSpace(value) == "" {
			return errBadRequest("Invalid filter clause: The filter expression must not be empty.")
		}
		q.filter = value
	case "$search":
		q.search = value
	case "$orderby":
		q.orderBy = value
	case "$expand":
		q.expand = value
	case "$skiptoken":
		q.skipToken = value
	case "$deltatoken":
		q.deltaToken = value
	case "$format":
		q.format = value
		if !strings.Contains(strings.ToLower(value), "json") {
			return errBadRequest("The query specified in the URI is not valid. A supported MIME type could not be found that matches the acceptable MIME types for the request.")
		}
	case "$top":
		q.top, err = nonNegative(name, value)
	case "$skip":
		q.skip, err = nonNegative(name, value)
	case "$count":
		switch strings.ToLower(strings.TrimSpace(value)) {
		case "true":
			q.count = true
		case "false":
		default:
			return errBadRequest("Invalid value '%s' for $count query option found. The $count query option requires a boolean value.", value)
		}
	}
	return err
}

func nonNegative(name, value string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(value))
	if err != nil || n < 0 {
		return 0, errBadRequest("Invalid value '%s' for %s query option found. The %s query option requires a non-negative integer value.", value, name, name)
	}
	return n, nil
}

// eventual reports whether the client accepts eventual consistency, one half
// of what makes a query an advanced one.
func eventual(h http.Header) bool {
	return strings.EqualFold(strings.TrimSpace(h.Get("ConsistencyLevel")), "eventual")
}

// preferences are what a client asks for with Prefer, on one line or on several.
func preferences(h http.Header) []string {
	var out []string
	for _, line := range h.Values("Prefer") {
		for one := range strings.SplitSeq(line, ",") {
			out = append(out, strings.ToLower(strings.TrimSpace(one)))
		}
	}
	return out
}

// mode is how far a query of the directory may go.
type mode struct{ eventual, count bool }

func (m mode) advanced() bool { return m.eventual && m.count }

func (x *exchange) mode() mode { return mode{eventual: eventual(x.header), count: x.query.count} }
