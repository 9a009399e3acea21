package entities

import (
	"net/url"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

const oneDay = 24 * time.Hour

// late is how far back logs are read again every night. Events have been seen
// to be shown hours after they happened.
const late = oneDay

// directoryAudits are read with GET /auditLogs/directoryAudits, the newest first
// (learn.microsoft.com/graph/api/directoryaudit-list). They are Entra's own. The
// size of a page is asked for: Microsoft does not say how large it is otherwise.
func directoryAudits() *entity.Def {
	return &entity.Def{
		Kind:     "directory_audits",
		Title:    "Entra audit log",
		Singular: "audit event",
		Doc:      "What was changed in Microsoft Entra ID, by whom. Exchange, SharePoint and Teams have audit logs of their own, which are not in it.",
		Group:    entity.Activity,
		Icon:     "history",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Entra audit log",
			Path:     "/auditLogs/directoryAudits",
			Query:    url.Values{"$top": {"999"}},
			NoSelect: true,
			Needs:    []entity.AnyOf{{"AuditLog.Read.All", "Directory.Read.All"}},
			Throttle: entity.ThrottleReports,
			Mode:     entity.Window,
			Span: &entity.Span{
				Property: "activityDateTime", Column: "activity_date_time",
				First: 30 * oneDay, Overlap: 30 * time.Minute, Late: late, Slice: oneDay, Keep: 180 * oneDay,
			},
		}},
		Columns: []entity.Column{
			{Path: "activityDisplayName", Label: "Activity", Filter: entity.Choice, Search: true, Shown: true},
			{Path: "activityDateTime", Label: "Time", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true},
			{Path: "category", Label: "Category", Filter: entity.Choice, Shown: true},
			{Path: "result", Alerts: []string{"failure"}, Label: "Result", Filter: entity.Choice, Shown: true, Words: map[string]string{"success": "Success", "failure": "Failure", "timeout": "Timeout"}},
			{Path: "initiatedBy.user.userPrincipalName", Label: "By user", Search: true, Shown: true},
			{Path: "initiatedBy.app.displayName", Label: "By app", Search: true, Shown: true},
			{Name: "target", Label: "Target", Search: true, Shown: true, Compute: firstTarget, Uses: []string{"targetResources"}, Doc: "The name of the first object that was changed."},
			{Path: "initiatedBy.user.id", Label: "By user, ID", Refs: []entity.Ref{{Kind: "users"}}},
			{Path: "initiatedBy.user.ipAddress", Label: "By user, IP address"},
			{Path: "initiatedBy.app.servicePrincipalId", Label: "By app, service principal", Refs: []entity.Ref{{Kind: "service_principals"}}},
			{Path: "loggedByService", Label: "Service", Filter: entity.Choice},
			{Path: "operationType", Label: "Operation", Filter: entity.Choice},
			{Path: "resultReason", Label: "Reason"},
			{Path: "targetResources", Label: "Target resources", Type: entity.List},
			{Path: "additionalDetails", Label: "Details", Type: entity.List},
			{Path: "correlationId", Label: "Correlation ID"},
		},
		TitleColumn:    "activity_display_name",
		SubtitleColumn: "logged_by_service",
		NoteColumn:     "target",
		DefaultSort:    "activity_date_time",
		DefaultDesc:    true,
	}
}
