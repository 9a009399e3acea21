package simulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// defenderList is a list of Defender for Endpoint.
type defenderList struct {
	set     string
	roles   []string
	tvm     bool // vulnerability management: its own wording and licence
	most    int
	entries func(t *Tenant) []row
}

var defenderLists = map[string]defenderList{
	"machines":        {"Machines", []string{"Machine.Read.All", "Machine.ReadWrite.All"}, false, 10_000, (*Tenant).machines},
	"alerts":          {"Alerts", []string{"Alert.Read.All", "Alert.ReadWrite.All"}, false, 10_000, (*Tenant).alerts},
	"vulnerabilities": {"Vulnerabilities", []string{"Vulnerability.Read.All"}, true, 8_000, (*Tenant).vulnerabilities},
	"recommendations": {"Recommendations", []string{"SecurityRecommendation.Read.All"}, true, 10_000, (*Tenant).recommendations},
}

// serveDefender answers Defender's API: paths /api/… and /api/v1.0/….
func (s *Server) serveDefender(w http.ResponseWriter, r *http.Request, path string, faults []*Fault) {
	body, status, code, message := s.answerDefender(r, path, faults)
	a := &answer{status: status, body: body, header: http.Header{"Content-Type": {"application/json; odata.metadata=minimal"}, "Odata-Version": {"4.0"}}}
	if code != "" {
		a.body = row{{"error", row{{"code", code}, {"message", message}, {"target", freshGUID()}}}}
	}
	s.send(w, r, a, slices.ContainsFunc(faults, func(f *Fault) bool { return f.Truncate }))
}

func (s *Server) answerDefender(r *http.Request, path string, faults []*Fault) (body any, status int, code, message string) {
	name := strings.Trim(strings.TrimPrefix(strings.TrimPrefix(path, "/api"), "/v1.0"), "/")
	list, known := defenderLists[strings.ToLower(name)]
	if !strings.HasPrefix(path, "/api/") || !known {
		return nil, http.StatusNotFound, "NotFound", "Not Found"
	}
	if r.Method != http.MethodGet {
		return nil, http.StatusMethodNotAllowed, "BadRequest", "Method not allowed"
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	c, err := s.verify(token)
	if err != nil || s.resourceKind(c.Audience, r.Host) != DefenderResource {
		why := "Unauthorized (invalid or expired authorization header)"
		if errors.Is(err, errExpiredToken) {
			why = "Unauthorized request - reason of failure: The token is expired"
		}
		return nil, http.StatusUnauthorized, "Unauthorized", why
	}
	t := s.tenant
	t.mu.RLock()
	defer t.mu.RUnlock()
	if !t.defenderLicensed || !t.defenderPresent {
		why := "Account mode is inactive"
		if list.tvm {
			why = "No Tvm license"
		}
		return nil, http.StatusUnauthorized, "Unauthorized", "Unauthorized request - reason of failure: " + why
	}
	if !slices.ContainsFunc(list.roles, func(role string) bool { return slices.Contains(c.Roles, role) }) {
		if list.tvm {
			return nil, http.StatusForbidden, "Forbidden", fmt.Sprintf("The application does not have any of the required application permissions (%s) to access the resource.", strings.Join(list.roles, ","))
		}
		return nil, http.StatusForbidden, "Forbidden", fmt.Sprintf("Missing application roles. API required roles: %s, application roles: %s.", strings.Join(list.roles, ","), strings.Join(c.Roles, ","))
	}
	entries := list.entries(t)
	if len(entries) == 0 && list.set == "Machines" {
		return nil, http.StatusNotFound, "ResourceNotFound", "No machines were found" // documented: empty is 404 here
	}
	return s.defenderPage(r, list, entries, faults)
}

// defenderPage cuts a page: $top and $skip, no link.
func (s *Server) defenderPage(r *http.Request, list defenderList, entries []row, faults []*Fault) (any, int, string, string) {
	q := r.URL.Query()
	top, skip := list.most, 0
	for name, into := range map[string]*int{"$top": &top, "$skip": &skip} {
		if q.Has(name) {
			n, err := strconv.Atoi(q.Get(name))
			if err != nil || n < 0 || name == "$top" && n > list.most {
				return nil, http.StatusBadRequest, "ODataError", fmt.Sprintf("Invalid OData URI query: the value of %s must be between 0 and %d.", name, list.most)
			}
			*into = n
		}
	}
	if q.Has("$filter") || q.Has("$orderby") || q.Has("$select") {
		return nil, http.StatusBadRequest, "ODataError", "Invalid OData URI query"
	}
	rows := entries[min(skip, len(entries)):]
	rows = rows[:min(top, len(rows))]
	for _, f := range faults {
		if f.Rows != nil {
			rows = changeRows(rows, f.Rows)
		}
		if f.EmptyPage {
			rows = nil
		}
	}
	if rows == nil {
		rows = []row{}
	}
	return row{{"@odata.context", baseURL(r) + defenderPrefix + "/api/$metadata#" + list.set}, {"value", rows}}, http.StatusOK, "", ""
}

// machineCount is small: nothing reads Defender's lists in bulk yet.
func (t *Tenant) machineCount() int { return min(t.users.made/4+1, 60) }

func (t *Tenant) machineID(i int) string {
	raw := rawGUID(t.guid(i, saltMember+3))
	more := rawGUID(t.guid(i, saltMember+4))
	return fmt.Sprintf("%x%x", raw[:], more[:4])
}

func (t *Tenant) machines() []row {
	var out []row
	pick := func(i int, salt uint64, from ...string) string { return from[draw(t.seed, i, salt)%uint64(len(from))] }
	for i := range t.machineCount() {
		seen := t.today.Add(-time.Duration(draw(t.seed, i, saltMember+5)%(30*86400)) * time.Second)
		out = append(out, row{
			{"id", t.machineID(i)}, {"computerDnsName", fmt.Sprintf("desktop-%04d.corp.contoso.com", i)},
			{"firstSeen", seen.AddDate(-1, 0, 0).Format(instantWithFraction)}, {"lastSeen", seen.Format(instantWithFraction)},
			{"osPlatform", pick(i, saltMember+6, "Windows11", "Windows10", "WindowsServer2022", "macOS", "Linux")}, {"version", "23H2"},
			{"osProcessor", "x64"}, {"lastIpAddress", fmt.Sprintf("10.1.%d.%d", i/250, 1+i%250)}, {"lastExternalIpAddress", "203.0.113.7"},
			{"osBuild", 22631}, {"healthStatus", pick(i, saltMember+7, "Active", "Active", "Active", "Inactive")}, {"onboardingStatus", "Onboarded"},
			{"rbacGroupId", 140}, {"rbacGroupName", "Workplace"}, {"riskScore", pick(i, saltMember+8, "None", "Low", "Medium", "High")},
			{"exposureLevel", pick(i, saltMember+9, "Low", "Medium", "High")}, {"isAadJoined", true}, {"aadDeviceId", t.guid(i, saltMember+10)},
			{"machineTags", []string{}},
		})
	}
	return out
}

func (t *Tenant) alerts() []row {
	var out []row
	for i := range min(t.machineCount(), 12) {
		at := t.today.AddDate(0, 0, -i*3)
		out = append(out, row{
			{"id", fmt.Sprintf("da63730839%d_-%d", 1000000+i, 880718168+i)}, {"incidentId", 7587 + i}, {"investigationId", nil}, {"assignedTo", nil},
			{"severity", []string{"Low", "Medium", "High", "Informational"}[i%4]}, {"status", []string{"New", "InProgress", "Resolved"}[i%3]},
			{"classification", nil}, {"determination", nil}, {"investigationState", "Queued"}, {"detectionSource", "WindowsDefenderAv"},
			{"category", "SuspiciousActivity"}, {"threatFamilyName", "Meterpreter"}, {"title", "Suspicious 'Meterpreter' behavior was detected"},
			{"description", "A tool that attackers use was seen running."}, {"alertCreationTime", at.Format(instantWithFraction)},
			{"firstEventTime", at.Format(instantWithFraction)}, {"lastEventTime", at.Format(instantWithFraction)}, {"lastUpdateTime", instant(at)},
			{"resolvedTime", nil}, {"machineId", t.machineID(i)}, {"computerDnsName", fmt.Sprintf("desktop-%04d.corp.contoso.com", i)},
			{"rbacGroupName", "Workplace"}, {"aadTenantId", t.id}, {"threatName", nil}, {"mitreTechniques", []string{"T1064", "T1085"}},
			{"relatedUser", nil}, {"comments", []row{}}, {"evidence", []row{}},
		})
	}
	return out
}

func (t *Tenant) vulnerabilities() []row {
	var out []row
	for i := range 25 {
		id := fmt.Sprintf("CVE-2024-%d", 20000+i*37)
		out = append(out, row{
			{"id", id}, {"name", id}, {"description", "A flaw in a component that the simulation made up."},
			{"severity", []string{"Low", "Medium", "High", "Critical"}[i%4]}, {"cvssV3", float64(20+i*3) / 10}, {"cvssVector", "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H"},
			{"exposedMachines", i % 9}, {"publishedOn", "2024-03-12T00:00:00Z"}, {"updatedOn", "2024-05-16T16:20:00Z"}, {"publicExploit", i%7 == 0},
			{"exploitVerified", false}, {"exploitInKit", false}, {"exploitTypes", []string{}}, {"exploitUris", []string{}}, {"CveSupportability", "Supported"},
		})
	}
	return out
}

func (t *Tenant) recommendations() []row {
	var out []row
	for i, product := range []string{"windows_11", "edge_chromium-based", "office", "openssl", "teams"} {
		out = append(out, row{
			{"id", "va-_-microsoft-_-" + product}, {"productName", product}, {"recommendationName", "Update " + product}, {"weaknesses", 12 * (i + 1)},
			{"vendor", "microsoft"}, {"recommendedVersion", ""}, {"recommendationCategory", "Application"}, {"subCategory", ""}, {"severityScore", 0},
			{"publicExploit", i == 0}, {"activeAlert", false}, {"associatedThreats", []string{}}, {"remediationType", "Update"}, {"status", "Active"},
			{"configScoreImpact", 0}, {"exposureImpact", 7.674418604651163}, {"totalMachineCount", t.machineCount()}, {"exposedMachinesCount", i},
			{"nonProductivityImpactedAssets", 0}, {"relatedComponent", product},
		})
	}
	return out
}
