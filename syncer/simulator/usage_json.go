package simulator

import (
	"strconv"
	"strings"
)

// wantsJSON reports whether a usage report is asked for as JSON, which only
// beta has.
func (c *call) wantsJSON(q *query) bool {
	return c.beta() && strings.Contains(strings.ToLower(q.format), "json")
}

// reportJSON answers a page of a report as JSON.
func (x *exchange) reportJSON(r *usageReport, parameter string) (*answer, error) {
	start, _, err := x.openPage(pageToken)
	if err != nil {
		return nil, err
	}
	span, err := x.reportSpan(parameter, x.ids[0])
	if err != nil {
		return nil, err
	}
	size := r.page
	if x.query.has("$top") && x.query.top > 0 {
		size = min(x.query.top, size)
	}
	lines := read(x.tenant(), func() [][]string { return r.rows(x.tenant(), span) })
	from := min(start.Position, len(lines))
	var rows []row
	for _, line := range lines[from:min(from+size, len(lines))] {
		rows = append(rows, r.object(line))
	}
	next := ""
	if from+size < len(lines) {
		next = x.nextLink(sealed{Position: from + size})
	}
	body := row{{"@odata.context", x.context("Collection(microsoft.graph." + r.resource + ")")}}
	return x.page(body, rows, next, func() string { return x.nextLink(start) }), nil
}

// object is a line of the CSV as an object. The names of the properties stand
// in the order of the columns; "?" marks truth values, "#" numbers, "*" lists.
func (r *usageReport) object(line []string) row {
	var out row
	for i, name := range strings.Fields(r.properties) {
		plain := strings.TrimRight(name, "?#*")
		var value any = line[i]
		switch {
		case strings.HasSuffix(name, "?"):
			value = line[i] == "True" || line[i] == "Yes"
		case strings.HasSuffix(name, "#"):
			value, _ = strconv.Atoi(line[i])
		case strings.HasSuffix(name, "*"):
			value = strings.FieldsFunc(line[i], func(c rune) bool { return c == '+' })
		case line[i] == "" && strings.HasSuffix(plain, "Date"):
			value = nil
		}
		out = append(out, field{plain, value})
	}
	return out
}
