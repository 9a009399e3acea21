package simulator

import "fmt"

// endpointAlerts is how many alerts Defender for Endpoint has at most.
const endpointAlerts = 12

func (t *Tenant) endpointAlertID(i int) string {
	return fmt.Sprintf("da63730839%d_-%d", 1000000+i, 880718168+i)
}

func (t *Tenant) alerts() []row {
	var out []row
	for i := range min(t.machineCount(), endpointAlerts) {
		at := t.today.AddDate(0, 0, -i*3)
		status, updated, resolved := []string{"New", "InProgress", "Resolved"}[i%3], instant(at), any(nil)
		if status == "Resolved" {
			resolved = updated
		}
		if when, edited := t.resolvedAlerts[i]; edited {
			status, updated, resolved = "Resolved", when, when
		}
		out = append(out, row{
			{"id", t.endpointAlertID(i)}, {"incidentId", 7587 + i}, {"investigationId", nil}, {"assignedTo", nil},
			{"severity", []string{"Low", "Medium", "High", "Informational"}[i%4]}, {"status", status},
			{"classification", nil}, {"determination", nil}, {"investigationState", "Queued"}, {"detectionSource", "WindowsDefenderAv"},
			{"category", "SuspiciousActivity"}, {"threatFamilyName", "Meterpreter"}, {"title", "Suspicious 'Meterpreter' behavior was detected"},
			{"description", "A tool that attackers use was seen running."}, {"alertCreationTime", at.Format(instantWithFraction)},
			{"firstEventTime", at.Format(instantWithFraction)}, {"lastEventTime", at.Format(instantWithFraction)}, {"lastUpdateTime", updated},
			{"resolvedTime", resolved}, {"machineId", t.machineID(i)}, {"computerDnsName", t.machineName(i)},
			{"rbacGroupName", "Workplace"}, {"aadTenantId", t.id}, {"threatName", nil}, {"mitreTechniques", []string{"T1064", "T1085"}},
			{"relatedUser", nil}, {"comments", []row{}},
			{"evidence", []row{{{"entityType", "File"}, {"evidenceCreationTime", at.Format(instantWithFraction)}, {"sha1", nil}, {"fileName", "evil.exe"}, {"filePath", `C:\Temp`}}}},
		})
	}
	return out
}

// ResolveEndpointAlert resolves an alert of Defender for Endpoint, whose last
// update is now. It reports whether there is such an alert.
func (t *Tenant) ResolveEndpointAlert(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range min(t.machineCount(), endpointAlerts) {
		if t.endpointAlertID(i) == id {
			t.resolvedAlerts[i] = instant(t.now())
			return true
		}
	}
	return false
}
