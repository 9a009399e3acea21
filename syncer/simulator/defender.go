package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// defenderAPI is one API of Defender for Endpoint
// (learn.microsoft.com/defender-endpoint/api/exposed-apis-list).
type defenderAPI struct {
	context string // what stands behind $metadata# in an answer
	roles   []string
	tvm     bool // vulnerability management: its own wording and licence
	limit   defenderLimit
	answer  func(q *defenderRequest) (any, error)
}

var (
	readMachines        = []string{"Machine.Read.All", "Machine.ReadWrite.All"}
	readDefenderAlerts  = []string{"Alert.Read.All", "Alert.ReadWrite.All"}
	readVulnerabilities = []string{"Vulnerability.Read.All"}
	readScores          = []string{"Score.Read.All"}
)

// defenderAPIs are by path below /api, in lower case. Advanced hunting, which
// Microsoft is retiring, is not among them.
var defenderAPIs map[string]defenderAPI

func init() {
	defenderAPIs = map[string]defenderAPI{
		"machines": {"Machines", readMachines, false, manyRequests, func(q *defenderRequest) (any, error) {
			rows := q.tenant.machines()
			if len(rows) == 0 {
				return nil, newGraphError(http.StatusNotFound, "ResourceNotFound", "No machines were found") // documented: empty is 404 here
			}
			return q.page(rows, 10_000)
		}},
		"alerts": {"Alerts", readDefenderAlerts, false, manyRequests, func(q *defenderRequest) (any, error) {
			return q.page(q.tenant.alerts(), 10_000)
		}},
		"vulnerabilities": {"Vulnerabilities", readVulnerabilities, true, manyRequests, func(q *defenderRequest) (any, error) {
			return q.page(q.tenant.vulnerabilities(), 8_000)
		}},
		"vulnerabilities/machinesvulnerabilities": {"PublicAssetVulnerabilityDto", readVulnerabilities, true, manyRequests, func(q *defenderRequest) (any, error) {
			return q.page(q.tenant.machinesVulnerabilities(), 10_000)
		}},
		"recommendations": {"Recommendations", []string{"SecurityRecommendation.Read.All"}, true, manyRequests, func(q *defenderRequest) (any, error) {
			return q.page(q.tenant.recommendations(), 10_000)
		}},
		"machines/softwarevulnerabilitiesbymachine": {"Collection(microsoft.windowsDefenderATP.api.AssetVulnerability)", readVulnerabilities, true, someRequests, func(q *defenderRequest) (any, error) {
			return q.export(q.tenant.exportedFindings())
		}},
		"machines/softwarevulnerabilitychangesbymachine": {"Collection(microsoft.windowsDefenderATP.api.DeltaAssetVulnerability)", readVulnerabilities, true, someRequests, func(q *defenderRequest) (any, error) {
			return q.changes()
		}},
		"exposurescore":                 {"ExposureScore/$entity", readScores, true, manyRequests, (*defenderRequest).exposureScore},
		"exposurescore/bymachinegroups": {"ExposureScore", readScores, true, manyRequests, (*defenderRequest).exposureByGroup},
		"configurationscore":            {"ConfigurationScore/$entity", readScores, true, manyRequests, (*defenderRequest).configurationScore},
	}
}

// defenderRequest is a request to one of the APIs. The tenant is locked for
// reading.
type defenderRequest struct {
	s      *Server
	tenant *Tenant
	r      *http.Request
	api    defenderAPI
	faults []*Fault
}

// serveDefender answers Defender's API: paths /api/… and /api/v1.0/….
func (s *Server) serveDefender(w http.ResponseWriter, r *http.Request, path string, faults []*Fault) {
	a := &answer{status: http.StatusOK, header: http.Header{"Content-Type": {"application/json; odata.metadata=minimal"}, "Odata-Version": {"4.0"}}}
	body, err := s.answerDefender(r, path, faults)
	a.body = body
	var e *graphError
	if errors.As(err, &e) {
		a.status = e.status
		a.body = row{{"error", row{{"code", e.code}, {"message", e.message}, {"target", freshGUID()}}}}
		for name, values := range e.header {
			a.header[name] = values
		}
	}
	s.send(w, r, a, slices.ContainsFunc(faults, func(f *Fault) bool { return f.Truncate }))
}

func (s *Server) answerDefender(r *http.Request, path string, faults []*Fault) (any, error) {
	name := strings.ToLower(strings.Trim(strings.TrimPrefix(strings.TrimPrefix(path, "/api"), "/v1.0"), "/"))
	api, known := defenderAPIs[name]
	if !strings.HasPrefix(path, "/api/") || !known {
		return nil, newGraphError(http.StatusNotFound, "NotFound", "Not Found")
	}
	if r.Method != http.MethodGet {
		return nil, newGraphError(http.StatusMethodNotAllowed, "BadRequest", "Method not allowed")
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	c, err := s.verify(token)
	if err != nil || s.resourceKind(c.Audience, r.Host) != DefenderResource {
		why := "Unauthorized (invalid or expired authorization header)"
		if errors.Is(err, errExpiredToken) {
			why = "Unauthorized request - reason of failure: The token is expired"
		}
		return nil, newGraphError(http.StatusUnauthorized, "Unauthorized", "%s", why)
	}
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	if err := t.judgeDefender(api, c.Roles); err != nil {
		return nil, err
	}
	if err := s.limits.admitDefender(name, api.limit); err != nil {
		return nil, err
	}
	return api.answer(&defenderRequest{s: s, tenant: t, r: r, api: api, faults: faults})
}

// judgeDefender says what is in the way: the licence comes first, with 401.
func (t *Tenant) judgeDefender(api defenderAPI, roles []string) error {
	why := ""
	switch {
	case api.tvm && (!t.defenderLicensed || !t.defenderPresent || t.noTVM):
		why = "No Tvm license"
	case !t.defenderLicensed || !t.defenderPresent:
		why = "Account mode is inactive"
	}
	if why != "" {
		return newGraphError(http.StatusUnauthorized, "Unauthorized", "Unauthorized request - reason of failure: %s", why)
	}
	if slices.ContainsFunc(api.roles, func(role string) bool { return slices.Contains(roles, role) }) {
		return nil
	}
	if api.tvm {
		return newGraphError(http.StatusForbidden, "Forbidden", "The application does not have any of the required application permissions (%s) to access the resource.", strings.Join(api.roles, ","))
	}
	return newGraphError(http.StatusForbidden, "Forbidden", "Missing application roles. API required roles: %s, application roles: %s.", strings.Join(api.roles, ","), strings.Join(roles, ","))
}

// list is an answer with rows.
func (q *defenderRequest) list(rows []row, next string) any {
	for _, f := range q.faults {
		if f.Rows != nil {
			rows = changeRows(rows, f.Rows)
		}
		if f.EmptyPage {
			rows = nil
		}
		if f.DropNext {
			next = ""
		}
	}
	if rows == nil {
		rows = []row{}
	}
	body := row{{"@odata.context", q.context()}, {"value", rows}}
	if next != "" {
		body = append(body, field{"@odata.nextLink", next})
	}
	return body
}

func (q *defenderRequest) context() string {
	return baseURL(q.r) + defenderPrefix + "/api/$metadata#" + q.api.context
}

// SetVulnerabilityManagement licenses Defender Vulnerability Management, or
// takes it away: Defender for Endpoint Plan 1 comes without it.
func (t *Tenant) SetVulnerabilityManagement(licensed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.noTVM = !licensed
}

func errDefenderQuery(format string, args ...any) error {
	return newGraphError(http.StatusBadRequest, "ODataError", "Invalid OData URI query (%s)", fmt.Sprintf(format, args...))
}
