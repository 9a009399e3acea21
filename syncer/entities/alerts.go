package entities

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// alerts are those of Graph, which come from all of Microsoft's Defender
// products (learn.microsoft.com/graph/api/security-list-alerts_v2), or where
// SecurityAlert.Read.All is not granted those of Defender for Endpoint
// (learn.microsoft.com/defender-endpoint/api/get-alerts). An alert of Defender
// for Endpoint has the same id in both, so that none is there twice. What is
// followed is the last update and not the creation: alerts change long after
// they were raised.
func alerts() *entity.Def {
	const overlap = 15 * time.Minute
	return &entity.Def{
		Kind:     "alerts",
		Title:    "Alerts",
		Singular: "alert",
		Doc:      "Security alerts: of all Microsoft Defender products where SecurityAlert.Read.All is granted, else those of Defender for Endpoint alone.",
		Group:    entity.Threats,
		Icon:     "bell",
		View:     &entity.View{Title: "Open, high or critical", Query: "open~=true&severe~=true"},
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Alerts",
			Path:     "/security/alerts_v2",
			Query:    url.Values{"$top": {"500"}},
			NoSelect: true,
			Needs:    []entity.AnyOf{{"SecurityAlert.Read.All"}},
			Licence:  &entity.Licence{Name: "a Microsoft Defender product"},
			Throttle: entity.ThrottleSecurity,
			Mode:     entity.Window,
			Span:     &entity.Span{Property: "lastUpdateDateTime", Column: "last_update_date_time", Overlap: overlap, Late: late},
			Else: &entity.Part{
				Resource: entity.Defender,
				Path:     "/api/alerts",
				Query:    url.Values{"$top": {"1000"}, "$expand": {"evidence"}},
				Needs:    []entity.AnyOf{{"Alert.Read.All"}},
				Licence:  defenderForEndpoint,
				Throttle: entity.ThrottleDefender,
				Span:     &entity.Span{Property: "lastUpdateTime", Column: "last_update_date_time", Overlap: overlap, Late: late},
			},
		}},
		Figures: []entity.Figure{
			{
				Name: "open_alerts", Label: "Open alerts", Note: "high or critical", Icon: "bell", Warn: true, NotKnown: "of unknown severity or status",
				Terms: []entity.Term{{Column: "open", Is: []string{"true"}}, {Column: "severe", Is: []string{"true"}}},
			},
		},
		Columns: []entity.Column{
			{Path: "title", Else: "title", Label: "Title", Sort: true, Search: true, Shown: true},
			{Path: "severity", Else: "severity", Alerts: []string{"high", "High", "critical", "Critical"}, Label: "Severity", Filter: entity.Choice, Shown: true, Words: severities},
			{Path: "status", Else: "status", Label: "Status", Filter: entity.Choice, Shown: true, Words: map[string]string{
				"new": "New", "inProgress": "In progress", "InProgress": "In progress", "resolved": "Resolved", "unknown": "Unknown"}},
			{Name: "open", Label: "Open", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Doc: "The status is not resolved.", Empty: "Not known",
				Compute: isOpen, Uses: []string{"status"}},
			{Name: "severe", Label: "High or critical", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Doc: "The severity is high or critical.", Empty: "Not known",
				Compute: isSevere, Uses: []string{"severity"}},
			{Path: "serviceSource", Label: "Product", Filter: entity.Choice, Shown: true, Empty: "Defender for Endpoint", Words: map[string]string{
				"microsoftDefenderForEndpoint": "Defender for Endpoint", "microsoftDefenderForIdentity": "Defender for Identity",
				"microsoftDefenderForCloudApps": "Defender for Cloud Apps", "microsoftDefenderForOffice365": "Defender for Office 365",
				"microsoft365Defender": "Microsoft Defender XDR", "azureAdIdentityProtection": "Entra ID Protection",
				"microsoftAppGovernance": "App governance", "dataLossPrevention": "Data loss prevention",
				"microsoftDefenderForCloud": "Defender for Cloud", "microsoftSentinel": "Microsoft Sentinel",
				"microsoftInsiderRiskManagement": "Insider risk management", "microsoftThreatIntelligence": "Threat intelligence",
				"microsoftSecurityForAI": "Security for AI", "unknownFutureValue": "Other"}},
			{Path: entity.SourcePath, Name: "source", Label: "Read from", Filter: entity.Choice, Words: map[string]string{
				"graph": "Microsoft Graph", "defender": "Defender for Endpoint"}},
			{Path: "lastUpdateDateTime", Else: "lastUpdateTime", Label: "Updated", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true},
			{Path: "createdDateTime", Else: "alertCreationTime", Label: "Created", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true},
			{Name: "machine_id", Label: "Machine", Shown: true, Refs: []entity.Ref{{Kind: "machines"}},
				Doc:     "The first device of the evidence, as Defender for Endpoint knows it.",
				Compute: firstMachine, Uses: []string{"machineId", "evidence"}},
			{Name: "computer_dns_name", Label: "Machine's name", Search: true, Compute: firstMachineName, Uses: []string{"computerDnsName", "evidence"}},
			{Path: "category", Else: "category", Label: "Category", Filter: entity.Choice},
			{Path: "categories", Label: "Categories", Type: entity.List, Filter: entity.Contains},
			{Path: "description", Else: "description", Label: "Description", Search: true},
			{Path: "recommendedActions", Label: "Recommended actions"},
			{Path: "assignedTo", Else: "assignedTo", Label: "Assigned to", Filter: entity.Choice},
			{Path: "classification", Else: "classification", Label: "Classification", Filter: entity.Choice},
			{Path: "determination", Else: "determination", Label: "Determination", Filter: entity.Choice},
			{Path: "detectionSource", Else: "detectionSource", Label: "Detected by", Filter: entity.Choice},
			{Path: "productName", Label: "Product's name", Filter: entity.Choice},
			{Path: "resolvedDateTime", Else: "resolvedTime", Label: "Resolved", Type: entity.Time, Filter: entity.Range},
			{Path: "firstActivityDateTime", Else: "firstEventTime", Label: "First activity", Type: entity.Time, Filter: entity.Range},
			{Path: "lastActivityDateTime", Else: "lastEventTime", Label: "Last activity", Type: entity.Time, Filter: entity.Range},
			{Path: "threatFamilyName", Else: "threatFamilyName", Label: "Threat family", Filter: entity.Choice},
			{Path: "threatDisplayName", Else: "threatName", Label: "Threat"},
			{Path: "actorDisplayName", Label: "Actor"},
			{Path: "mitreTechniques", Else: "mitreTechniques", Label: "MITRE techniques", Type: entity.List, Filter: entity.Contains},
			{Path: "incidentId", Else: "incidentId", Label: "Incident"},
			{Path: "providerAlertId", Label: "Provider's alert ID"},
			{Path: "alertWebUrl", Label: "Page of the alert"},
			{Path: "incidentWebUrl", Label: "Page of the incident"},
			{Path: "systemTags", Label: "Tags", Type: entity.List, Filter: entity.Contains},
			{Path: "evidence", Else: "evidence", Label: "Evidence", Type: entity.List},
		},
		TitleColumn: "title",
		NoteColumn:  "severity",
		DefaultSort: "last_update_date_time",
		DefaultDesc: true,
	}
}

// severities are those of Graph and of Defender, which differ in their case.
var severities = map[string]string{
	"critical": "Critical", "high": "High", "medium": "Medium", "low": "Low", "informational": "Informational", "unknown": "Unknown", "UnSpecified": "Unknown",
}

// isSevere is not known where Microsoft does not say how severe the alert is,
// or says it by a value that it added later: such an alert is not a mild one.
func isSevere(o entity.Object, _ time.Time) any {
	switch strings.ToLower(o.Text("severity")) {
	case "high", "critical":
		return true
	case "medium", "low", "informational":
		return false
	}
	return nil
}

// isOpen is not known where Microsoft does not say how the alert stands.
func isOpen(o entity.Object, _ time.Time) any {
	switch strings.ToLower(o.Text("status")) {
	case "resolved":
		return false
	case "new", "inprogress":
		return true
	}
	return nil
}

// firstMachine computes the id of a machine in Defender for Endpoint.
func firstMachine(o entity.Object, _ time.Time) any {
	return ofMachine(o, "machineId", "mdeDeviceId")
}

// firstMachineName computes the name of that machine.
func firstMachineName(o entity.Object, _ time.Time) any {
	return ofMachine(o, "computerDnsName", "deviceDnsName")
}

// ofMachine is a property of the alert itself, where Defender names a machine,
// or of a device in the evidence, where Graph has it; nil where neither says.
func ofMachine(o entity.Object, own, inEvidence string) any {
	if v := firstText(o, own); v != nil {
		return v
	}
	return firstText(firstDevice(o), inEvidence)
}

// firstDevice is the first device in the evidence that Defender for Endpoint
// knows, or where it knows none the first that has a name.
func firstDevice(o entity.Object) entity.Object {
	var evidence []entity.Object
	if json.Unmarshal(o.At("evidence"), &evidence) != nil {
		return nil
	}
	for _, property := range []string{"mdeDeviceId", "deviceDnsName"} {
		for _, e := range evidence {
			if e.Text(property) != "" {
				return e
			}
		}
	}
	return nil
}
