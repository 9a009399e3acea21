package entities

import (
	"net/url"

	"github.com/securatlas/securatlas/syncer/entity"
)

// groupMembers are read with GET /groups/{id}/members and /owners, 20 of these
// in one batch. v1.0 leaves service principals out of both lists
// (learn.microsoft.com/graph/api/group-list-members, known issue); beta has
// them. Groups with hidden membership show their members only with
// Member.Read.Hidden; what a list says without it is not documented, so that
// they are not asked for.
func groupMembers() *entity.Def {
	list := url.Values{"$top": {"999"}}
	return &entity.Def{
		Kind:     "group_members",
		Title:    "Group members",
		Singular: "group member",
		Doc:      "Direct members and owners of each group, by their ids. The members of groups whose membership is hidden are read where Member.Read.Hidden is granted, else they are not known.",
		Group:    entity.Identity,
		Icon:     "users-group",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Group members",
			Beta:     true,
			Needs:    []entity.AnyOf{{"Directory.Read.All"}},
			Throttle: entity.ThrottleDirectory,
			Delta:    &entity.Delta{Path: "/groups/delta"},
			Fan: &entity.Fan{
				Over: "groups",
				Lists: []entity.FanList{
					{Relation: "member", Delta: "members", Path: "/groups/{id}/members", Query: list, Hidden: &entity.Hidden{
						Column: "visibility", Value: "HiddenMembership", Permission: "Member.Read.Hidden",
						Name: "hidden_members", Title: "Members of hidden groups",
					}},
					{Relation: "owner", Delta: "owners", Path: "/groups/{id}/owners", Query: list},
				},
			},
		}},
		Columns: []entity.Column{
			{Path: entity.ParentPath, Name: "group_id", Label: "Group", Filter: entity.Contains, Sort: true, Shown: true, Refs: []entity.Ref{{Kind: "groups"}}},
			{Path: entity.RelationPath, Name: "relation", Label: "Relation", Filter: entity.Choice, Shown: true, Words: map[string]string{"member": "Member", "owner": "Owner"}},
			{Path: "id", Name: "member_id", Label: "Member", Filter: entity.Contains, Sort: true, Shown: true, Refs: principals, Doc: "The id of the user, group, device, service principal or contact."},
			{Path: "@odata.type", Name: "member_type", Label: "Type", Filter: entity.Choice, Shown: true, Words: map[string]string{
				"#microsoft.graph.user":                            "User",
				"#microsoft.graph.group":                           "Group",
				"#microsoft.graph.device":                          "Device",
				"#microsoft.graph.servicePrincipal":                "Service principal",
				"#microsoft.graph.orgContact":                      "Contact",
				"#microsoft.graph.agentUser":                       "Agent's account",
				"#microsoft.graph.agentIdentity":                   "Agent identity",
				"#microsoft.graph.agentIdentityBlueprintPrincipal": "Agent blueprint",
			}},
		},
		TitleColumn:    "member_id",
		SubtitleColumn: "group_id",
		NoteColumn:     "relation",
		DefaultSort:    "group_id",
	}
}
