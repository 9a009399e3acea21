package entities

import "github.com/securatlas/securatlas/syncer/entity"

// m365ActiveUsers are the lines of the active users report
// (learn.microsoft.com/graph/api/reportroot-getoffice365activeuserdetail).
func m365ActiveUsers() *entity.Def {
	columns := []entity.Column{
		{Path: "User Principal Name", Name: "user_principal_name", Label: "User principal name", Sort: true, Search: true, Shown: true, Refs: []entity.Ref{{Kind: "users", By: "user_principal_name", Account: true}}},
		{Path: "Display Name", Name: "display_name", Label: "Name", Sort: true, Search: true, Shown: true},
		{Path: "Assigned Products", Name: "assigned_products", Label: "Products", Type: entity.List, Filter: entity.Contains, Shown: true},
		{Path: "Is Deleted", Name: "is_deleted", Label: "Deleted", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
		{Path: "Deleted Date", Name: "deleted_date", Label: "Deleted on", Type: entity.Time, Filter: entity.Range},
	}
	for _, service := range []struct{ heading, name, title string }{
		{"Exchange", "exchange", "Exchange"}, {"OneDrive", "one_drive", "OneDrive"}, {"SharePoint", "share_point", "SharePoint"},
		{"Skype For Business", "skype_for_business", "Skype for Business"}, {"Yammer", "yammer", "Viva Engage"}, {"Teams", "teams", "Teams"},
	} {
		shown := service.name == "exchange" || service.name == "share_point" || service.name == "teams"
		columns = append(columns,
			entity.Column{Path: service.heading + " Last Activity Date", Name: service.name + "_last_activity_date", Label: service.title + ": last activity", Type: entity.Time, Filter: entity.Range, Sort: shown, Shown: shown, Volatile: true},
			entity.Column{Path: "Has " + service.heading + " License", Name: "has_" + service.name + "_license", Label: service.title + ": licensed", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			entity.Column{Path: service.heading + " License Assign Date", Name: service.name + "_license_assign_date", Label: service.title + ": licensed on", Type: entity.Time},
		)
	}
	columns = append(columns,
		entity.Column{Name: "names_concealed", Label: "Names concealed", Filter: entity.Choice, Words: yesNo, Compute: concealed("User Principal Name"), Uses: []string{"User Principal Name"},
			Doc: "Whether Microsoft conceals the user's name."},
		entity.Column{Path: "Report Refresh Date", Name: "report_refresh_date", Label: "Reported", Type: entity.Time, Volatile: true, Doc: "The day that the report is about."},
	)
	return &entity.Def{
		Kind:     "m365_active_users",
		Title:    "Microsoft 365 activity",
		Singular: "user's activity",
		Doc:      "When each user last used Exchange, OneDrive, SharePoint and Teams, from Microsoft's usage report, which is a day or two old. Without a date there was no activity that Microsoft counted. While Microsoft conceals names, the report's lines are shown as a snapshot, with IDs made for it alone and without history, unless users' lines are known from before.",
		Group:    entity.Collaboration,
		Icon:     "report-analytics",
		Notices:  []entity.Notice{{Column: "names_concealed", Value: "true", Title: concealedTitle, Text: "Its lines lead to no user. " + concealedCure}},
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Microsoft 365 activity",
			Path:     "/reports/getOffice365ActiveUserDetail(period='D30')",
			Report:   true,
			Slow:     true,
			ID:       func(o entity.Object) string { return o.Text("User Principal Name") },
			IDUses:   []string{"User Principal Name"},
			Conceals: concealment("user names", func(o entity.Object) bool { return isHash(o.Text("User Principal Name")) }),
			Needs:    []entity.AnyOf{{"Reports.Read.All"}},
			Throttle: entity.ThrottleUsage,
		}},
		Columns:        columns,
		TitleColumn:    "display_name",
		SubtitleColumn: "user_principal_name",
		NoteColumn:     "user_principal_name",
		DefaultSort:    "display_name",
	}
}
