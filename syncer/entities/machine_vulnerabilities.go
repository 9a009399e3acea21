package entities

import (
	"net/url"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// machineVulnerabilities are read with GET
// /api/machines/SoftwareVulnerabilitiesByMachine of Defender for Endpoint
// (learn.microsoft.com/defender-endpoint/api/get-assessment-software-vulnerabilities),
// which Microsoft makes anew every six hours. Software without a known
// vulnerability is in it too, without a CVE: it makes no row.
func machineVulnerabilities() *entity.Def {
	return &entity.Def{
		Kind:     "machine_vulnerabilities",
		Title:    "Vulnerable machines",
		Singular: "vulnerability of a machine",
		Doc:      "Which software on which machine has which vulnerability.",
		Group:    entity.Threats,
		Icon:     "shield-x",
		View:     &entity.View{Title: "Critical", Query: "vulnerability_severity_level~=Critical"},
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Vulnerable machines",
			Resource: entity.Defender,
			Path:     "/api/machines/SoftwareVulnerabilitiesByMachine",
			// Not $top: with it Microsoft sends no link to the next page.
			Query:    url.Values{"pageSize": {"5000"}},
			NoSelect: true,
			Skip:     withoutCVE,
			// Microsoft keeps changes for 14 days and makes the export every six
			// hours (learn.microsoft.com/defender-endpoint/api/get-assessment-software-vulnerabilities).
			Delta: &entity.Delta{Path: "/api/machines/SoftwareVulnerabilityChangesByMachine", Since: &entity.Since{
				Param: "sinceTime", Query: url.Values{"pageSize": {"5000"}}, Margin: 12 * time.Hour, Gone: isFixed, At: changedAt,
			}},
			Needs:    []entity.AnyOf{{"Vulnerability.Read.All"}},
			Licence:  vulnerabilityManagement,
			Throttle: entity.ThrottleDefender,
		}},
		Columns: []entity.Column{
			{Path: "cveId", Label: "Vulnerability", Sort: true, Search: true, Shown: true, Refs: []entity.Ref{{Kind: "vulnerabilities"}}},
			{Path: "vulnerabilitySeverityLevel", Alerts: []string{"Critical"}, Label: "Severity", Filter: entity.Choice, Shown: true},
			{Path: "deviceName", Label: "Machine", Sort: true, Search: true, Shown: true},
			{Path: "deviceId", Label: "Machine's ID", Sort: true, Refs: []entity.Ref{{Kind: "machines"}}},
			{Path: "softwareVendor", Label: "Vendor", Filter: entity.Choice, Search: true},
			{Path: "softwareName", Label: "Software", Filter: entity.Choice, Search: true, Sort: true, Shown: true},
			{Path: "softwareVersion", Label: "Version", Shown: true},
			{Path: "exploitabilityLevel", Label: "Exploitability", Filter: entity.Choice, Shown: true, Words: map[string]string{
				"NoExploit": "No exploit", "ExploitIsPublic": "Exploit is public", "ExploitIsVerified": "Exploit is verified", "ExploitIsInKit": "Exploit is in a kit"}},
			{Path: "cvssScore", Label: "CVSS"},
			{Path: "securityUpdateAvailable", Label: "Update available", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true},
			{Path: "recommendedSecurityUpdate", Label: "Recommended update"},
			{Path: "recommendedSecurityUpdateId", Label: "Recommended update's ID"},
			{Path: "recommendedSecurityUpdateUrl", Label: "Recommended update's page"},
			{Path: "recommendationReference", Label: "Recommendation", Sort: true, Refs: []entity.Ref{{Kind: "recommendations"}}},
			{Path: "firstSeenTimestamp", Label: "First seen", Doc: "In Microsoft's own form, UTC."},
			{Path: "lastSeenTimestamp", Label: "Last seen", Volatile: true, Doc: "In Microsoft's own form, UTC."},
			{Path: "osPlatform", Label: "Operating system", Filter: entity.Choice},
			{Path: "osVersion", Label: "Operating system's version"},
			{Path: "osArchitecture", Label: "Architecture"},
			{Path: "rbacGroupName", Label: "Device group", Filter: entity.Choice},
			{Path: "diskPaths", Label: "Paths", Type: entity.List},
			{Path: "registryPaths", Label: "Registry paths", Type: entity.List},
		},
		TitleColumn:    "cve_id",
		SubtitleColumn: "software_name",
		NoteColumn:     "device_name",
		DefaultSort:    "cve_id",
		DefaultDesc:    true,
	}
}

// withoutCVE reports whether software on a machine has no known vulnerability.
func withoutCVE(o entity.Object) bool {
	return o.Text("cveId") == "" && o.Text("CveId") == ""
}

// isFixed reports whether a vulnerability is no longer on its machine.
func isFixed(o entity.Object) bool {
	return strings.EqualFold(o.Text("status"), "Fixed") || strings.EqualFold(o.Text("Status"), "Fixed")
}

// changedAt is when a change was made, the zero time where that is unreadable.
// Microsoft's documents have the time with and without a zone; it is UTC.
func changedAt(o entity.Object) time.Time {
	text := o.Text("eventTimestamp")
	if text == "" {
		text = o.Text("EventTimestamp")
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	return time.Time{}
}
