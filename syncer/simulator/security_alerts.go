package simulator

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// saltAlert is what facts about alerts of Graph are drawn with.
const saltAlert uint64 = 1<<25 + 2<<12

const securityAlerts = "security/alerts_v2"

var readAlerts = []string{"SecurityAlert.Read.All", "SecurityAlert.ReadWrite.All", "SecurityIncident.Read.All", "SecurityIncident.ReadWrite.All"}

// detection is something that a product other than Defender for Endpoint finds.
type detection struct {
	source, detector, product  string // serviceSource, detectionSource, productName
	title, category, technique string
	late                       bool // members of the enumerations after the sentinel
}

var detections = []detection{
	{"microsoftDefenderForOffice365", "microsoftDefenderForOffice365", "Microsoft Defender for Office 365", "Email messages containing malicious URL removed after delivery", "InitialAccess", "T1566", false},
	{"microsoftDefenderForOffice365", "microsoftDefenderForOffice365", "Microsoft Defender for Office 365", "A potentially malicious URL click was detected", "InitialAccess", "T1566.002", false},
	{"azureAdIdentityProtection", "azureAdIdentityProtection", "Microsoft Entra ID Protection", "Unfamiliar sign-in properties", "InitialAccess", "T1078", false},
	{"azureAdIdentityProtection", "azureAdIdentityProtection", "Microsoft Entra ID Protection", "Atypical travel", "InitialAccess", "T1078.004", false},
	{"microsoftDefenderForIdentity", "microsoftDefenderForIdentity", "Microsoft Defender for Identity", "Suspected brute-force attack (Kerberos, NTLM)", "CredentialAccess", "T1110", false},
	{"microsoftDefenderForCloudApps", "microsoftDefenderForCloudApps", "Microsoft Defender for Cloud Apps", "Mass download by a single user", "Exfiltration", "T1530", false},
	{"microsoftDefenderForCloud", "microsoftDefenderForCloud", "Microsoft Defender for Cloud", "Suspicious PowerShell activity detected", "Execution", "T1059.001", true},
	{"microsoftInsiderRiskManagement", "microsoftInsiderRiskManagement", "Microsoft Purview Insider Risk Management", "Data theft by departing users", "Exfiltration", "T1052", true},
}

// otherAlerts is how many alerts there are beside those of Defender for
// Endpoint.
func (t *Tenant) otherAlerts() int { return 40 + min(t.users.made/40, 2500) }

func (t *Tenant) otherAlertID(i int) string {
	return "od" + strings.ReplaceAll(t.guid(i, saltAlert), "-", "")
}

// securityAlert is an alert of a product other than Defender for Endpoint.
func (t *Tenant) securityAlert(i int) bag {
	n := func(fact uint64) uint64 { return draw(t.seed, i, saltAlert+fact) }
	d := detections[n(1)%uint64(len(detections))]
	created := t.today.Add(-time.Duration(n(2)%(170*86400)) * time.Second)
	status, resolved, updated := []string{"new", "inProgress", "resolved", "resolved"}[n(3)%4], any(nil), created.Add(time.Duration(n(4)%7200)*time.Second)
	classification, determination := "unknown", "unknown"
	if status == "resolved" {
		updated = created.Add(time.Duration(7200+n(4)%86400) * time.Second)
		resolved = updated.Format(instantWithFraction)
		classification, determination = "falsePositive", "clean"
		if n(5)%2 == 0 {
			classification, determination = "truePositive", "phishing"
		}
	}
	user := t.colleague(n(6))
	evidence := []row{{{"@odata.type", "#microsoft.graph.security.userEvidence"}, {"createdDateTime", created.Format(instantWithFraction)}, {"verdict", "suspicious"},
		{"remediationStatus", "none"}, {"remediationStatusDetails", nil}, {"roles", []string{"compromised"}}, {"detailedRoles", []string{}}, {"tags", []string{}},
		{"userAccount", row{{"accountName", user.address()}, {"domainName", defaultDomain}, {"userSid", nil}, {"azureAdUserId", t.userID(user.i)},
			{"userPrincipalName", user.userPrincipalName()}, {"displayName", user.name()}}}}}
	out := bag{
		"id": t.otherAlertID(i), "providerAlertId": t.guid(i, saltAlert+7), "status": status, "serviceSource": d.source, "detectionSource": d.detector,
		"productName": d.product, "detectorId": t.guid(slices.Index(detections, d), saltAlert+8), "title": d.title, "category": d.category,
		"description": "Activity that is unusual for this account was seen.", "severity": []string{"low", "medium", "high", "informational"}[n(9)%4],
		"classification": classification, "determination": determination, "mitreTechniques": []string{d.technique}, "evidence": evidence,
		"recommendedActions": "Ask the user whether they did this.\nReset the password if they did not.", "incidentId": fmt.Sprint(9000 + i/2),
		"createdDateTime": created.Format(instantWithFraction), "lastUpdateDateTime": updated.Format(instantWithFraction), "resolvedDateTime": resolved,
		"firstActivityDateTime": created.Add(-time.Hour).Format(instantWithFraction), "lastActivityDateTime": created.Format(instantWithFraction),
	}
	for name, v := range t.alertEdits[i] {
		out[name] = v
	}
	return out
}

// endpointAlert is an alert of Defender for Endpoint as Graph shows it.
func endpointAlert(a row) bag {
	o := func(name string) any {
		v, _ := a.get(name)
		return v
	}
	word := func(name string) any {
		if s, ok := o(name).(string); ok && s != "" {
			return strings.ToLower(s[:1]) + s[1:]
		}
		return "unknown"
	}
	return bag{
		"id": o("id"), "providerAlertId": o("id"), "incidentId": fmt.Sprint(o("incidentId")), "status": word("status"), "severity": word("severity"),
		"classification": word("classification"), "determination": word("determination"), "serviceSource": "microsoftDefenderForEndpoint",
		"detectionSource": "antivirus", "productName": "Microsoft Defender for Endpoint", "detectorId": "e0da400f-affd-43ef-b1d5-afc2eb6f2756",
		"title": o("title"), "description": o("description"), "category": o("category"), "assignedTo": o("assignedTo"), "mitreTechniques": o("mitreTechniques"),
		"threatFamilyName": o("threatFamilyName"), "threatDisplayName": o("threatName"), "createdDateTime": o("alertCreationTime"),
		"lastUpdateDateTime": o("lastUpdateTime"), "resolvedDateTime": o("resolvedTime"), "firstActivityDateTime": o("firstEventTime"),
		"lastActivityDateTime": o("lastEventTime"), "recommendedActions": "Collect artifacts and determine scope.",
		"evidence": []row{{{"@odata.type", "#microsoft.graph.security.deviceEvidence"}, {"createdDateTime", o("alertCreationTime")}, {"verdict", "unknown"},
			{"remediationStatus", "none"}, {"mdeDeviceId", o("machineId")}, {"azureAdDeviceId", nil}, {"deviceDnsName", o("computerDnsName")},
			{"rbacGroupName", o("rbacGroupName")}, {"roles", []string{"compromised"}}, {"detailedRoles", []string{"Main device"}}, {"tags", []string{}}}},
	}
}

// securityAlerts are all alerts, the newest first. The caller holds the lock.
func (t *Tenant) securityAlerts() []bag {
	var out []bag
	for _, a := range t.alerts() {
		out = append(out, endpointAlert(a))
	}
	for i := range t.otherAlerts() {
		out = append(out, t.securityAlert(i))
	}
	for _, a := range out {
		id, incident := text(a, "id"), text(a, "incidentId")
		a["tenantId"], a["comments"], a["systemTags"] = t.id, []row{}, []string{}
		a["alertWebUrl"] = fmt.Sprintf("https://security.microsoft.com/alerts/%s?tid=%s", id, t.id)
		a["incidentWebUrl"] = fmt.Sprintf("https://security.microsoft.com/incidents/%s?tid=%s", incident, t.id)
		a["categories"] = []any{a["category"]}
	}
	slices.SortStableFunc(out, func(a, b bag) int { return cmp.Compare(text(b, "createdDateTime"), text(a, "createdDateTime")) })
	return out
}

func errNoDefender() *graphError {
	return newGraphError(http.StatusUnauthorized, "Unauthorized", "Unauthorized request - Account is not provisioned.")
}

// judgeAlerts says what is in the way of reading alerts. The caller holds no
// lock.
func (x *exchange) judgeAlerts() error {
	if !x.hasRole(readAlerts...) {
		return errMissingAppRoles(x.call, readAlerts)
	}
	if t := x.tenant(); !read(t, func() bool { return t.defenderLicensed && t.defenderPresent }) {
		return errNoDefender()
	}
	return nil
}

// knowsNewMembers reports whether the client wants members of enumerations
// that were added later; others are told unknownFutureValue.
func (x *exchange) knowsNewMembers() bool {
	return slices.Contains(preferences(x.header), "include-unknown-enum-members")
}

func (x *exchange) hideNewMembers(r row) row {
	for i, f := range r {
		if f.name != "serviceSource" && f.name != "detectionSource" {
			continue
		}
		late := slices.ContainsFunc(detections, func(d detection) bool { return d.late && d.source == f.value })
		if late && !x.knowsNewMembers() {
			r[i].value = "unknownFutureValue"
		}
	}
	return r
}

func listSecurityAlerts(x *exchange) (*answer, error) {
	if err := x.judgeAlerts(); err != nil {
		return nil, err
	}
	if err := x.checkTop(2000); err != nil {
		return nil, err
	}
	var alerts []bag
	l := listing{typ: securityAlertType, set: securityAlerts, plainly: 100, most: 2000, skips: true, refuses: []string{"$search", "$expand"}}
	l.size = func() int {
		if alerts == nil {
			alerts = x.tenant().securityAlerts()
		}
		return len(alerts)
	}
	l.at = func(i int) object { return alerts[i] }
	l.write = func(o object, s selection) row { return x.hideNewMembers(s.write(o)) }
	return x.answerList(l)
}

func getSecurityAlert(x *exchange) (*answer, error) {
	if err := x.judgeAlerts(); err != nil {
		return nil, err
	}
	a, err := x.single(securityAlertType, securityAlerts, func() object {
		for _, alert := range x.tenant().securityAlerts() {
			if text(alert, "id") == x.ids[0] {
				return alert
			}
		}
		return nil
	})
	if err == nil {
		a.body = x.hideNewMembers(a.body.(row))
	}
	return a, err
}

// retiredAlerts answers for the first generation of alerts. Microsoft ended it
// on 15 October 2026 and names no answer of the time after; Gone is what HTTP
// has for it, and what other ended parts of Graph say.
func retiredAlerts(*exchange) (*answer, error) {
	return nil, newGraphError(http.StatusGone, "Gone", "The legacy alerts API is retired. Use alerts_v2.")
}

// SecurityAlertIDs lists the alerts of products other than Defender for
// Endpoint.
func (t *Tenant) SecurityAlertIDs() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var out []string
	for i := range t.otherAlerts() {
		out = append(out, t.otherAlertID(i))
	}
	return out
}

// UpdateSecurityAlert changes properties of an alert of a product other than
// Defender for Endpoint, such as status and classification; its
// lastUpdateDateTime becomes now.
func (t *Tenant) UpdateSecurityAlert(id string, properties map[string]any) bool {
	i := slices.Index(t.SecurityAlertIDs(), id)
	if i < 0 {
		return false
	}
	given := normal(properties)
	delete(given, "id")
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now().UTC().Format(instantWithFraction)
	given["lastUpdateDateTime"] = now
	if given["status"] == "resolved" && given["resolvedDateTime"] == nil {
		given["resolvedDateTime"] = now
	}
	t.alertEdits = replaced(t.alertEdits, i, given)
	t.next()
	return true
}
