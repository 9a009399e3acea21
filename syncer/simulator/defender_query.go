package simulator

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// page answers a list by $filter, $top and $skip. There is no link: clients go
// on with $skip as long as pages are full.
func (q *defenderRequest) page(rows []row, most int) (any, error) {
	query := q.r.URL.Query()
	for name := range query {
		switch name {
		case "$top", "$skip", "$filter":
		case "$expand":
			if query.Get(name) != "evidence" || q.api.context != "Alerts" {
				return nil, errDefenderQuery("$expand=%s is not supported here", query.Get(name))
			}
		default:
			return nil, errDefenderQuery("%s is not supported", name)
		}
	}
	rows, err := q.narrowed(rows, query.Get("$filter"))
	if err != nil {
		return nil, err
	}
	top, err := q.number("$top", most, most)
	if err != nil {
		return nil, err
	}
	skip, err := q.number("$skip", 0, 1<<30)
	if err != nil {
		return nil, err
	}
	rows = rows[min(skip, len(rows)):]
	rows = rows[:min(top, len(rows))]
	if q.r.URL.Query().Get("$expand") == "" {
		rows = withoutEvidence(rows)
	}
	return q.list(rows, ""), nil
}

// number reads an option that is a number.
func (q *defenderRequest) number(name string, otherwise, most int) (int, error) {
	if !q.r.URL.Query().Has(name) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(q.r.URL.Query().Get(name))
	if err != nil || n < 0 || n > most {
		return 0, errDefenderQuery("the value of %s must be between 0 and %d", name, most)
	}
	return n, nil
}

// filterable are the properties that $filter knows, by API, as its pages list
// them (learn.microsoft.com/defender-endpoint/api/get-alerts and its siblings).
var filterable = map[string]string{
	"Alerts":                      "alertCreationTime lastUpdateTime incidentId investigationId id assignedTo detectionSource lastEventTime status severity category",
	"Machines":                    "computerDnsName id version deviceValue aadDeviceId machineTags lastSeen exposureLevel onboardingStatus lastIpAddress healthStatus osPlatform riskScore rbacGroupId",
	"Vulnerabilities":             "id name description cvssV3 publishedOn severity updatedOn",
	"Recommendations":             "id productName vendor recommendedVersion recommendationCategory subCategory severityScore remediationType recommendedProgram recommendedVendor status",
	"PublicAssetVulnerabilityDto": "id cveId machineId fixingKbId productName productVersion severity productVendor",
}

var defenderTerm = regexp.MustCompile(`^(\w+) (eq|ne|gt|ge|lt|le) ('(?:[^']|'')*'|\S+)$`)

// narrowed applies a $filter: comparisons joined by and.
func (q *defenderRequest) narrowed(rows []row, filter string) ([]row, error) {
	if filter == "" {
		return rows, nil
	}
	for term := range strings.SplitSeq(filter, " and ") {
		m := defenderTerm.FindStringSubmatch(strings.TrimSpace(term))
		if m == nil {
			return nil, errDefenderQuery("syntax error in '%s'", term)
		}
		name, op, literal := m[1], m[2], m[3]
		if !strings.Contains(" "+filterable[q.api.context]+" ", " "+name+" ") {
			return nil, errDefenderQuery("Could not find a property named '%s'", name)
		}
		var kept []row
		for _, r := range rows {
			value, _ := r.get(name)
			order, ok := compareDefender(value, literal)
			if !ok && value != nil {
				return nil, errDefenderQuery("a value of '%s' cannot be compared with %s", name, literal)
			}
			if ok && holds(op, order) || !ok && op == "ne" {
				kept = append(kept, r)
			}
		}
		rows = kept
	}
	return rows, nil
}

// compareDefender compares a value with a literal: texts are quoted, times and
// numbers are not.
func compareDefender(value any, literal string) (order int, ok bool) {
	if text, quoted := strings.CutPrefix(literal, "'"); quoted {
		s, isText := value.(string)
		return strings.Compare(strings.ToLower(s), strings.ToLower(strings.ReplaceAll(strings.TrimSuffix(text, "'"), "''", "'"))), isText
	}
	if at, err := time.Parse(time.RFC3339Nano, literal); err == nil {
		s, _ := value.(string)
		v, err := time.Parse(time.RFC3339Nano, s)
		return v.Compare(at), err == nil
	}
	want, err := strconv.ParseFloat(literal, 64)
	if err != nil {
		return 0, false
	}
	have, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	switch {
	case err != nil:
		return 0, false
	case have < want:
		return -1, true
	case have > want:
		return 1, true
	}
	return 0, true
}

func holds(op string, order int) bool {
	switch op {
	case "eq":
		return order == 0
	case "ne":
		return order != 0
	case "gt":
		return order > 0
	case "ge":
		return order >= 0
	case "lt":
		return order < 0
	default:
		return order <= 0
	}
}

// withoutEvidence leaves evidence out, which comes with $expand alone.
func withoutEvidence(rows []row) []row {
	out := make([]row, len(rows))
	for i, r := range rows {
		out[i] = r
		for j, f := range r {
			if f.name == "evidence" {
				out[i] = append(row{}, r...)
				out[i][j].value = []row{}
			}
		}
	}
	return out
}

// The sizes of an export's pages
// (learn.microsoft.com/defender-endpoint/api/get-assessment-software-vulnerabilities).
const (
	exportPage     = 50_000
	exportPageMost = 200_000
)

// export answers a page of an export: by pageSize, with a link. With $top there
// is no link, as its page warns.
func (q *defenderRequest) export(rows []row) (any, error) {
	size, err := q.number("pageSize", exportPage, exportPageMost)
	if err != nil {
		return nil, err
	}
	if size == 0 {
		return nil, errDefenderQuery("pageSize must not be 0")
	}
	top, err := q.number("$top", size, exportPageMost)
	if err != nil {
		return nil, err
	}
	from := 0
	if token := q.r.URL.Query().Get("$skiptoken"); token != "" {
		at, err := q.s.pages.open(token, pageToken, q.s.now())
		if err != nil || at.Path != q.r.URL.Path {
			return nil, errDefenderQuery("the $skiptoken is not valid")
		}
		from = at.Position
	}
	end := min(from+min(size, top), len(rows))
	next := ""
	if end < len(rows) && !q.r.URL.Query().Has("$top") {
		link := *q.r.URL
		values := link.Query()
		values.Set("$skiptoken", q.s.pages.seal(sealed{Kind: pageToken, Path: q.r.URL.Path, Position: end}, q.s.now()))
		next = baseURL(q.r) + link.Path + "?" + values.Encode()
	}
	return q.list(rows[min(from, len(rows)):end], next), nil
}
