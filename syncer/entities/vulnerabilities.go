package entities

import (
	"net/url"

	"github.com/securatlas/securatlas/syncer/entity"
)

// vulnerabilities are read with GET /api/vulnerabilities of Defender for
// Endpoint (learn.microsoft.com/defender-endpoint/api/get-all-vulnerabilities).
// They are all that Microsoft knows and not only those found here, so that a
// refresh leaves them.
func vulnerabilities() *entity.Def {
	return &entity.Def{
		Kind:     "vulnerabilities",
		Title:    "Vulnerabilities",
		Singular: "vulnerability",
		Doc:      "CVEs that Defender Vulnerability Management knows, with how many machines of the tenant are exposed.",
		Group:    entity.Threats,
		Icon:     "shield-exclamation",
		View:     &entity.View{Title: "Critical, with exposed machines", Query: "severity~=Critical&exposed_machines.from~=1"},
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Vulnerabilities",
			Resource: entity.Defender,
			Path:     "/api/vulnerabilities",
			Query:    url.Values{"$top": {"4000"}},
			NoSelect: true,
			Slow:     true,
			Needs:    []entity.AnyOf{{"Vulnerability.Read.All"}},
			Licence:  vulnerabilityManagement,
			Throttle: entity.ThrottleDefender,
		}},
		Figures: []entity.Figure{
			{
				Name: "critical_cves", Label: "Critical CVEs", Note: "with exposed machines", Icon: "shield-exclamation", Warn: true, NotKnown: "of unknown severity or exposure",
				Terms: []entity.Term{
					{Column: "exposed_machines", From: "1"},
					{Column: "severity", Is: []string{"Critical"}, Not: []string{"High", "Medium", "Low"}},
				},
			},
		},
		Columns: []entity.Column{
			{Path: "name", Label: "Name", Sort: true, Search: true, Shown: true},
			{Path: "severity", Alerts: []string{"Critical"}, Label: "Severity", Filter: entity.Choice, Shown: true},
			{Path: "cvssV3", Label: "CVSS", Type: entity.Real, Filter: entity.Range, Sort: true, Shown: true},
			{Path: "exposedMachines", Label: "Exposed machines", Type: entity.Int, Filter: entity.Range, Sort: true, Shown: true, Volatile: true},
			{Path: "publicExploit", Label: "Public exploit", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true},
			{Path: "exploitVerified", Label: "Exploit verified", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "exploitInKit", Label: "Exploit in a kit", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "EPSS", Label: "EPSS", Type: entity.Real, Filter: entity.Range, Volatile: true, Doc: "How likely it is to be exploited within 30 days, from 0 to 1."},
			{Path: "publishedOn", Label: "Published", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true},
			{Path: "updatedOn", Label: "Updated", Type: entity.Time, Filter: entity.Range, Sort: true},
			{Path: "description", Label: "Description", Search: true},
			{Path: "cvssVector", Label: "CVSS vector"},
			{Path: "exploitTypes", Label: "Exploit types", Type: entity.List, Filter: entity.Contains},
			{Path: "exploitUris", Label: "Exploit links", Type: entity.List},
			{Path: "CveSupportability", Label: "Supportability", Filter: entity.Choice},
		},
		TitleColumn: "name",
		DefaultSort: "cvss_v3",
		DefaultDesc: true,
	}
}
