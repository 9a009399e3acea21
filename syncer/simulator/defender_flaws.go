package simulator

import (
	"fmt"
	"strings"
	"time"
)

// flaw is a vulnerability that the simulated tenant's machines may have.
type flaw struct {
	cve, severity, vendor, product, version string
	score                                   float64
}

const (
	flawCount  = 60
	flawsOf    = 3 // how many of them a machine has
	saltFlaw   = uint64(1<<25 + 3<<12)
	instantTVM = "2006-01-02 15:04:05" // without T and zone, as the export has it
)

var flawed = []struct{ vendor, product, version string }{
	{"microsoft", "windows_11", "10.0.22631.2428"}, {"microsoft", "edge_chromium-based", "118.0.2088.46"}, {"microsoft", "office", "16.0.16827.20166"},
	{"openssl", "openssl", "3.0.8"}, {"google", "chrome", "118.0.5993.70"}, {"mozilla", "firefox", "118.0.1"},
}

func flawAt(i int) flaw {
	p := flawed[i%len(flawed)]
	f := flaw{cve: fmt.Sprintf("CVE-2024-%d", 20000+i*37), severity: []string{"Low", "Medium", "High", "Critical"}[i/2%4], vendor: p.vendor, product: p.product, version: p.version}
	f.score = []float64{3.1, 5.9, 7.8, 9.8}[i/2%4]
	if i == flawCount-1 {
		f.cve = "TVM-2024-0001" // not every id is a CVE
	}
	return f
}

// findingsOf are the flaws that a machine has, in order.
func (t *Tenant) findingsOf(machine int) []int {
	var found []int
	has := map[int]bool{}
	for k := range flawsOf {
		has[int(draw(t.seed, machine, saltFlaw+uint64(k))%flawCount)] = true
	}
	for _, c := range t.flawChanges {
		if c.machine == machine {
			has[c.flaw] = c.status != "Fixed"
		}
	}
	for i := range flawCount {
		if has[i] {
			found = append(found, i)
		}
	}
	return found
}

// exposed counts the machines that have each flaw.
func (t *Tenant) exposed() (counts [flawCount]int, machines map[string]int) {
	machines = map[string]int{}
	for m := range t.machineCount() {
		products := map[string]bool{}
		for _, f := range t.findingsOf(m) {
			counts[f]++
			products[flawAt(f).product] = true
		}
		for p := range products {
			machines[p]++
		}
	}
	return counts, machines
}

func (t *Tenant) vulnerabilities() []row {
	counts, _ := t.exposed()
	var out []row
	for i := range flawCount {
		f := flawAt(i)
		out = append(out, row{
			{"id", f.cve}, {"name", f.cve}, {"description", "A flaw in " + f.product + " that the simulation made up."},
			{"severity", f.severity}, {"cvssV3", f.score}, {"cvssVector", "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H"},
			{"exposedMachines", counts[i]}, {"publishedOn", "2024-03-12T00:00:00Z"}, {"updatedOn", "2024-05-16T16:20:00Z"}, {"publicExploit", i%7 == 0},
			{"exploitVerified", false}, {"exploitInKit", false}, {"exploitTypes", []string{}}, {"exploitUris", []string{}},
			{"CveSupportability", "Supported"}, {"EPSS", float64(i%50) / 100},
		})
	}
	return out
}

func (t *Tenant) recommendations() []row {
	counts, machines := t.exposed()
	var out []row
	for _, p := range flawed {
		weaknesses := 0
		for i := range flawCount {
			if flawAt(i).product == p.product && counts[i] > 0 {
				weaknesses++
			}
		}
		out = append(out, row{
			{"id", "va-_-" + p.vendor + "-_-" + p.product}, {"productName", p.product}, {"recommendationName", "Update " + strings.ReplaceAll(p.product, "_", " ")},
			{"weaknesses", weaknesses}, {"vendor", p.vendor}, {"recommendedVersion", ""}, {"recommendedProgram", ""}, {"recommendedVendor", ""},
			{"recommendationCategory", "Application"}, {"subCategory", ""}, {"severityScore", 0},
			{"publicExploit", p.product == "office"}, {"activeAlert", false}, {"associatedThreats", []string{}}, {"remediationType", "Update"}, {"status", "Active"},
			{"configScoreImpact", 0}, {"exposureImpact", 7.674418604651163}, {"totalMachineCount", t.machineCount()}, {"exposedMachinesCount", machines[p.product]},
			{"nonProductivityImpactedAssets", 0}, {"relatedComponent", p.product}, {"exposedCriticalDevices", 0},
		})
	}
	return out
}

func (t *Tenant) machinesVulnerabilities() []row {
	var out []row
	for m := range t.machineCount() {
		for _, i := range t.findingsOf(m) {
			f := flawAt(i)
			out = append(out, row{
				{"id", fmt.Sprintf("%s-_-%s-_-%s-_-%s-_-%s-_-", t.machineID(m), f.cve, f.vendor, f.product, f.version)}, {"cveId", f.cve}, {"machineId", t.machineID(m)},
				{"fixingKbId", nil}, {"productName", f.product}, {"productVendor", f.vendor}, {"productVersion", f.version}, {"severity", f.severity},
			})
		}
	}
	return out
}

// exportedFindings are the rows of the export: what each machine has, and a
// piece of software without a known flaw.
func (t *Tenant) exportedFindings() []row {
	var out []row
	for m := range t.machineCount() {
		for _, i := range t.findingsOf(m) {
			out = append(out, t.finding(m, i))
		}
		out = append(out, t.finding(m, -1))
	}
	return out
}

// finding is a row of the export; without a flaw where that is -1.
func (t *Tenant) finding(machine, flaw int) row {
	f := flawAt(max(flaw, 0))
	cve, severity, score := any(f.cve), any(f.severity), any(f.score)
	if flaw < 0 {
		f.vendor, f.product, f.version = "7-zip", "7-zip", "23.01"
		cve, severity, score = nil, nil, nil
	}
	id := fmt.Sprintf("%s_%s_%s_%v", t.machineID(machine), f.product, f.version, cve)
	if cve == nil {
		id = fmt.Sprintf("%s_%s_%s__", t.machineID(machine), f.product, f.version)
	}
	seen := t.today.Add(-time.Hour)
	return row{
		{"id", id}, {"deviceId", t.machineID(machine)}, {"rbacGroupName", "Workplace"}, {"deviceName", t.machineName(machine)},
		{"osPlatform", t.machinePlatform(machine)}, {"osVersion", "10.0.22631.2428"}, {"osArchitecture", "x64"},
		{"softwareVendor", f.vendor}, {"softwareName", f.product}, {"softwareVersion", f.version}, {"cveId", cve}, {"vulnerabilitySeverityLevel", severity}, {"cvssScore", score},
		{"recommendedSecurityUpdate", nil}, {"recommendedSecurityUpdateId", nil}, {"recommendedSecurityUpdateUrl", nil},
		{"diskPaths", []string{`C:\Program Files\` + f.product}}, {"registryPaths", []string{}},
		{"lastSeenTimestamp", seen.Format(instantTVM)}, {"firstSeenTimestamp", seen.AddDate(0, -2, 0).Format(instantTVM)},
		{"exploitabilityLevel", "NoExploit"}, {"recommendationReference", "va-_-" + f.vendor + "-_-" + f.product}, {"securityUpdateAvailable", true},
	}
}

// flawChange is a flaw that was fixed on a machine, or found.
type flawChange struct {
	machine, flaw int
	status        string // Fixed or New
	at            time.Time
}

// changes answers what changed on machines since a time, at most 14 days back.
func (q *defenderRequest) changes() (any, error) {
	since := q.r.URL.Query().Get("sinceTime")
	at, err := time.Parse(time.RFC3339Nano, since)
	switch {
	case since == "" || err != nil:
		return nil, newGraphError(400, "MissingRequiredParameter", "sinceTime is required and must be a time.")
	case q.s.now().Sub(at) > 14*24*time.Hour:
		return nil, newGraphError(400, "BadRequest", "sinceTime must not be more than 14 days ago.")
	}
	rows := []row{}
	for _, c := range q.tenant.flawChanges {
		if !c.at.Before(at) {
			rows = append(rows, append(q.tenant.finding(c.machine, c.flaw), field{"status", c.status}, field{"eventTimestamp", instant(c.at)}))
		}
	}
	return q.export(rows)
}

// FixVulnerability updates a machine's software: one flaw that it has is gone.
// It returns the CVE, "" where the machine has none.
func (t *Tenant) FixVulnerability(machine int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := t.findingsOf(machine)
	if len(found) == 0 {
		return ""
	}
	t.flawChanges = append(t.flawChanges, flawChange{machine, found[0], "Fixed", t.now().UTC()})
	return flawAt(found[0]).cve
}

// FindVulnerability finds a flaw on a machine that it did not have. It returns
// the CVE, "" where the machine has all of them.
func (t *Tenant) FindVulnerability(machine int) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	has := map[int]bool{}
	for _, i := range t.findingsOf(machine) {
		has[i] = true
	}
	for i := range flawCount {
		if !has[i] {
			t.flawChanges = append(t.flawChanges, flawChange{machine, i, "New", t.now().UTC()})
			return flawAt(i).cve
		}
	}
	return ""
}
