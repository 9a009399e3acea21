package entities

import (
	"encoding/json"
	"net/url"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// signIns are read with GET /auditLogs/signIns, the newest first and at most
// 1,000 at once (learn.microsoft.com/graph/api/signin-list). v1.0 has the
// interactive ones alone.
func signIns() *entity.Def {
	return &entity.Def{
		Kind:     "sign_ins",
		Title:    "Entra sign-ins",
		Singular: "sign-in",
		Doc:      "Interactive sign-ins to Microsoft Entra ID, successful or not.",
		Group:    entity.Activity,
		Icon:     "login",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Entra sign-ins",
			Path:     "/auditLogs/signIns",
			Query:    url.Values{"$top": {"999"}},
			NoSelect: true,
			Needs:    []entity.AnyOf{{"AuditLog.Read.All"}},
			Licence:  entraP1,
			Throttle: entity.ThrottleReports,
			Mode:     entity.Window,
			Span: &entity.Span{
				Property: "createdDateTime", Column: "created_date_time",
				First: 30 * oneDay, Overlap: 30 * time.Minute, Late: late, Slice: oneDay, Keep: 30 * oneDay,
			},
		}},
		Columns: []entity.Column{
			{Path: "userDisplayName", Label: "User", Search: true, Shown: true},
			{Path: "userPrincipalName", Label: "User principal name", Search: true, Sort: true},
			{Path: "createdDateTime", Label: "Time", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true},
			{Path: "appDisplayName", Label: "Application", Filter: entity.Choice, Search: true, Shown: true},
			{Name: "succeeded", Label: "Succeeded", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true, Compute: succeeded, Uses: []string{"status.errorCode"}, Doc: "The error code is 0."},
			{Path: "status.errorCode", Label: "Error code", Type: entity.Int, Filter: entity.Choice, Shown: true, Doc: "An AADSTS code; 0 is success."},
			{Path: "status.failureReason", Label: "Failure reason"},
			{Path: "status.additionalDetails", Label: "Details"},
			{Path: "ipAddress", Label: "IP address", Search: true, Shown: true},
			{Path: "location.city", Label: "City", Filter: entity.Choice},
			{Path: "location.state", Label: "State or province"},
			{Path: "location.countryOrRegion", Label: "Country", Filter: entity.Choice, Shown: true},
			{Path: "clientAppUsed", Label: "Client", Filter: entity.Choice, Shown: true},
			{Path: "conditionalAccessStatus", Label: "Conditional Access", Filter: entity.Choice, Shown: true, Words: map[string]string{"success": "Success", "failure": "Failure", "notApplied": "Not applied"}},
			{Path: "appliedConditionalAccessPolicies", Label: "Policies applied", Type: entity.List},
			{Path: "userId", Label: "User ID", Sort: true, Refs: []entity.Ref{{Kind: "users"}}},
			{Path: "appId", Label: "Application ID"},
			{Path: "resourceDisplayName", Label: "Resource", Filter: entity.Choice},
			{Path: "resourceId", Label: "Resource ID"},
			{Path: "isInteractive", Label: "Interactive", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "riskLevelAggregated", Label: "Risk", Filter: entity.Choice},
			{Path: "riskLevelDuringSignIn", Label: "Risk during sign-in", Filter: entity.Choice},
			{Path: "riskState", Label: "Risk state", Filter: entity.Choice},
			{Path: "riskDetail", Label: "Risk detail", Filter: entity.Choice, Words: riskDetails},
			{Path: "riskEventTypes_v2", Name: "risk_event_types_v2", Label: "Risk events", Type: entity.List, Filter: entity.Contains},
			{Path: "deviceDetail.deviceId", Label: "Device ID"},
			{Path: "deviceDetail.displayName", Label: "Device"},
			{Path: "deviceDetail.operatingSystem", Label: "Operating system", Filter: entity.Choice},
			{Path: "deviceDetail.browser", Label: "Browser", Filter: entity.Choice},
			{Path: "deviceDetail.isCompliant", Label: "Device compliant", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "deviceDetail.isManaged", Label: "Device managed", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "deviceDetail.trustType", Label: "Device trust", Filter: entity.Choice},
			{Path: "correlationId", Label: "Correlation ID"},
		},
		TitleColumn:    "user_display_name",
		SubtitleColumn: "user_principal_name",
		NoteColumn:     "app_display_name",
		DefaultSort:    "created_date_time",
		DefaultDesc:    true,
	}
}

// succeeded computes whether a sign-in was let through; nil where Microsoft
// sent no status.
func succeeded(o entity.Object, _ time.Time) any {
	code, known := o.Cell(entity.Int, "status.errorCode").(int64)
	if !known {
		return nil
	}
	return code == 0
}

// firstTarget computes the name of the first object of an audit event.
func firstTarget(o entity.Object, _ time.Time) any {
	var targets []entity.Object
	if json.Unmarshal(o.At("targetResources"), &targets) != nil {
		return nil
	}
	for _, t := range targets {
		for _, name := range []string{"displayName", "userPrincipalName"} {
			if text := t.Text(name); text != "" {
				return text
			}
		}
	}
	return nil
}
