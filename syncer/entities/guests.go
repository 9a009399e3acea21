package entities

import "github.com/securatlas/securatlas/syncer/entity"

// guests are the users whose userType is Guest: a view, so that nothing is
// read twice. Its columns are described once more by what matters for a guest.
func guests() *entity.Def {
	all := users()
	return &entity.Def{
		Kind:     "guests",
		Title:    "Guests",
		Singular: "guest",
		Doc:      "Accounts of other organisations that were invited into the directory: the users whose type is Guest.",
		Group:    entity.Identity,
		Icon:     "user-share",
		From:     []string{"users"},
		Figures: []entity.Figure{
			{
				// Microsoft sends no state of guests that nobody invited.
				Name: "pending_guests", Label: "Pending guests", Note: "invitation not accepted", Icon: "user-share", Warn: true, NotKnown: "not known",
				Terms: []entity.Term{{Column: "external_user_state", Is: []string{"PendingAcceptance"}, Not: []string{"Accepted"}, NoneIsNo: true}},
			},
		},
		Columns: columnsOf(all,
			"display_name", "user_principal_name", "mail", "external_user_state",
			"external_user_state_change_date_time", "account_enabled",
			"sign_in_activity_last_successful_sign_in_date_time",
			"sign_in_activity_last_sign_in_date_time",
			"sign_in_activity_last_non_interactive_sign_in_date_time",
			"created_date_time", "creation_type", "company_name", "department",
			"job_title", "country", "assigned_licenses", "other_mails"),
		TitleColumn:    "display_name",
		SubtitleColumn: "mail",
		DefaultSort:    "display_name",
		AllowEmpty:     true,
		PortalPath:     all.PortalPath,
	}
}

// columnsOf copies columns of a source, in the order given, for an entity that
// is derived from it. It panics on an unknown name.
func columnsOf(source *entity.Def, names ...string) []entity.Column {
	shown := map[string]bool{
		"display_name": true, "external_user_state": true, "account_enabled": true,
		"sign_in_activity_last_successful_sign_in_date_time": true, "created_date_time": true,
	}
	var cols []entity.Column
	for _, name := range names {
		found := false
		for _, c := range source.Columns {
			if entity.SnakeCase(c.Path) != name {
				continue
			}
			c.Name = name
			c.Shown = shown[name]
			c.Sort = c.Sort && name != "department" && name != "user_principal_name"
			cols, found = append(cols, c), true
		}
		if !found {
			panic("entities: " + source.Kind + " has no column " + name)
		}
	}
	return cols
}
