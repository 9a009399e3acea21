package entities

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// auditColumns are the properties of an audit record that have columns of their
// own, the properties that every record has
// (learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema).
var auditColumns = []string{
	"Id", "CreationTime", "Operation", "Workload", "RecordType", "UserId", "UserKey", "UserType",
	"ResultStatus", "ClientIP", "ObjectId", "OrganizationId", entity.ContentTypePath,
}

// unifiedAudit is read from the Office 365 Management Activity API. Entra's own
// records (Audit.AzureActiveDirectory) are left out, since directory_audits and
// sign_ins have them, and those of data loss prevention (DLP.All), which hold
// the content that was found, need a permission of their own.
func unifiedAudit() *entity.Def {
	return &entity.Def{
		Kind:     "unified_audit",
		Title:    "Microsoft 365 audit log",
		Singular: "audit record",
		Doc:      "What people and apps did in Exchange, SharePoint, OneDrive, Teams and other services of Microsoft 365. Entra's own records are in the Entra audit log and the sign-ins. It needs ActivityFeed.Read, which is optional.",
		Group:    entity.Activity,
		Icon:     "report-analytics",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Microsoft 365 audit log",
			Resource: entity.Management,
			NoSelect: true,
			Needs:    []entity.AnyOf{{"ActivityFeed.Read"}},
			Throttle: entity.ThrottleManagement,
			Mode:     entity.Window,
			Span: &entity.Span{
				Property: "contentCreated", Column: "creation_time",
				First: 7 * oneDay, Overlap: 6 * time.Hour, Late: late, Slice: 6 * time.Hour, Keep: 180 * oneDay,
			},
			ID:   func(o entity.Object) string { return o.Text("Id") },
			Feed: &entity.Feed{ContentTypes: []string{"Audit.Exchange", "Audit.SharePoint", "Audit.General"}},
		}},
		Columns: []entity.Column{
			{Path: "Operation", Label: "Operation", Filter: entity.Choice, Search: true, Shown: true},
			{Name: "creation_time", Label: "Time", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true, Compute: creationTime, Uses: []string{"CreationTime"}, Doc: "Microsoft sends it in UTC without saying so; SecurAtlas adds the Z."},
			{Path: "Workload", Label: "Service", Filter: entity.Choice, Shown: true},
			{Path: "UserId", Label: "User", Search: true, Sort: true, Shown: true, Refs: []entity.Ref{{Kind: "users", By: "user_principal_name", Account: true}}, Doc: "A user principal name, or the name of an app or a service."},
			{Path: "ObjectId", Label: "Object", Search: true, Shown: true, Doc: "What was acted on: a file's URL, a mailbox, a policy."},
			{Path: "ResultStatus", Label: "Result", Filter: entity.Choice, Shown: true},
			{Path: "ClientIP", Label: "IP address", Filter: entity.Contains, Shown: true},
			{Path: "RecordType", Label: "Record type", Type: entity.Int, Filter: entity.Choice, Doc: "A number of Microsoft's AuditLogRecordType."},
			{Path: "UserType", Label: "User type", Type: entity.Int, Filter: entity.Choice, Words: map[string]string{
				"0": "Regular", "1": "Reserved", "2": "Admin", "3": "Microsoft data centre operator", "4": "System", "5": "Application",
				"6": "Service principal", "7": "Custom policy", "8": "System policy", "9": "Partner technician", "10": "Guest",
			}},
			{Path: "UserKey", Label: "User key"},
			{Path: "OrganizationId", Label: "Organization ID"},
			{Path: entity.ContentTypePath, Name: "content_type", Label: "Content type", Filter: entity.Choice, Doc: "Audit.Exchange, Audit.SharePoint or Audit.General, which is all else."},
			{Name: "audit_data", Label: "Details", Type: entity.JSON, Compute: auditData, Doc: "All other properties of the record, which differ by record type."},
		},
		TitleColumn:    "operation",
		SubtitleColumn: "workload",
		DefaultSort:    "creation_time",
		DefaultDesc:    true,
	}
}

// creationTime computes the time of an audit record; it is kept as it came
// where it has a zone.
func creationTime(o entity.Object, _ time.Time) any {
	v := o.Cell(entity.Time, "CreationTime")
	text, _ := v.(string)
	if _, err := time.Parse("2006-01-02T15:04:05", text); err == nil {
		return text + "Z"
	}
	return v
}

// auditData computes what a record has beside the columns.
func auditData(o entity.Object, _ time.Time) any {
	rest := make(entity.Object, len(o))
	for name, value := range o {
		rest[name] = value
	}
	for _, name := range auditColumns {
		delete(rest, name)
	}
	if len(rest) == 0 {
		return nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(rest) != nil {
		return nil
	}
	return strings.TrimSpace(b.String())
}
