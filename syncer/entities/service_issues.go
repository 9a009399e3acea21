package entities

import "github.com/securatlas/securatlas/syncer/entity"

// serviceIssues are read with GET /admin/serviceAnnouncement/issues
// (learn.microsoft.com/graph/api/serviceannouncement-list-issues).
func serviceIssues() *entity.Def {
	return &entity.Def{
		Kind:     "service_issues",
		Title:    "Service issues",
		Singular: "service issue",
		Doc:      "Incidents and advisories of Microsoft 365's services.",
		Group:    entity.Collaboration,
		Icon:     "alert-triangle",
		View:     &entity.View{Title: "Not resolved", Query: "is_resolved~=false"},
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Service issues",
			Path:     "/admin/serviceAnnouncement/issues",
			Headers:  map[string]string{"Prefer": "odata.maxpagesize=200"},
			NoSelect: true,
			Needs:    []entity.AnyOf{{"ServiceHealth.Read.All"}},
			Throttle: entity.ThrottleServiceCom,
		}},
		Figures: []entity.Figure{
			{
				Name: "service_issues", Label: "Service issues", Note: "of Microsoft, not resolved", Icon: "heart-rate-monitor", NotKnown: "of unknown status",
				Terms: []entity.Term{{Column: "is_resolved", Is: []string{"false"}}},
			},
		},
		Columns: []entity.Column{
			{Path: "title", Label: "Title", Sort: true, Search: true, Shown: true},
			{Path: "service", Label: "Service", Filter: entity.Choice, Sort: true, Search: true, Shown: true},
			{Path: "classification", Label: "Classification", Filter: entity.Choice, Shown: true, Words: map[string]string{"advisory": "Advisory", "incident": "Incident", "unknownFutureValue": "Other"}},
			{Path: "status", Label: "Status", Filter: entity.Choice, Shown: true, Words: serviceStatuses},
			{Path: "isResolved", Label: "Resolved", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true},
			{Path: "startDateTime", Label: "Began", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true},
			{Path: "endDateTime", Label: "Ended", Type: entity.Time, Filter: entity.Range},
			{Path: "lastModifiedDateTime", Label: "Updated", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true, Volatile: true},
			{Path: "feature", Label: "Feature", Filter: entity.Choice},
			{Path: "featureGroup", Label: "Feature group", Filter: entity.Choice},
			{Path: "origin", Label: "Origin", Filter: entity.Choice},
			{Path: "impactDescription", Label: "Impact", Search: true},
			{Path: "details", Label: "Details", Type: entity.List},
			{Path: "posts", Label: "Posts", Type: entity.List, As: entity.AsHTML, Volatile: true},
		},
		TitleColumn:    "title",
		SubtitleColumn: "feature",
		DefaultSort:    "last_modified_date_time",
		DefaultDesc:    true,
		AllowEmpty:     true,
	}
}
