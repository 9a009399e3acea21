package entities

import (
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// privilegedUsers are put together from the stored rows, one for each user,
// privileged role and way to it. Which roles are privileged is in the
// migrations of role_definitions and of this view.
func privilegedUsers() *entity.Def {
	all := users()
	column := func(path string) entity.Column {
		for _, c := range all.Columns {
			if c.Path == path {
				c.Name, c.From, c.Part, c.Search = entity.SnakeCase(path), all.Kind, "", false
				return c
			}
		}
		panic("entities: users has no property " + path)
	}
	signIn := column("signInActivity.lastSuccessfulSignInDateTime")
	status, userType, synced := column("accountEnabled"), column("userType"), column("onPremisesSyncEnabled")
	status.Shown, userType.Shown, synced.Shown = false, true, false
	const unreported, unreportedShort = "Not reported by Microsoft", "not reported"
	return &entity.Def{
		Kind:     "privileged_users",
		Title:    "Privileged users",
		Singular: "privileged role of a user",
		Doc:      "Every account with a role of the directory, those that Microsoft calls privileged first, how it has it (assigned, eligible or activated, itself or through a group) and what protects it. One row for each role and way. Applications with roles are among the role assignments; who may join a group that has a role (PIM for Groups) is not read.",
		Group:    entity.Identity,
		Icon:     "user-shield",
		From:     []string{"role_assignments", "role_eligibility", "role_definitions", "users", "groups", "group_members", "mfa_registrations"},
		Adds: []entity.Addition{
			{Kind: "role_eligibility", Name: "eligible_assignments", Title: "Eligible assignments"},
			{Kind: "role_definitions"},
			{Kind: "mfa_registrations"},
		},
		View: &entity.View{Title: "Privileged roles", Query: "is_privileged~=true"},
		Figures: []entity.Figure{
			{
				Name: "admins_without_mfa", Label: "Admins without MFA", Note: "no method registered", Icon: "fingerprint", Warn: true, NotKnown: unreportedShort,
				Distinct: "user_id", Terms: []entity.Term{{Column: "is_mfa_registered", Is: []string{"false"}}},
			},
			{
				Name: "admins_not_enforced", Label: "Admins without enforced MFA", Note: "no policy requires it at any sign-in", Icon: "shield-x", Warn: true, NotKnown: "not assessed",
				Distinct: "user_id", Terms: []entity.Term{{Column: "last_verdict", Is: []string{"not_enforced"}, Not: []string{"enforced", "partly", "blocked"}}},
			},
			{
				Name: "guests_with_roles", Label: "Guests with admin roles", Note: "eligible ones included", Icon: "user-shield", Warn: true, NotKnown: "not known",
				Distinct: "user_id", Terms: []entity.Term{{Column: "user_type", Is: []string{"Guest"}}},
			},
		},
		Beside: "mfa_enforcement",
		Omits:  privilegedOmissions(),
		Columns: []entity.Column{
			{Name: "display_name", Label: "Name", Sort: true, Search: true, Shown: true, From: "users"},
			{Name: "user_principal_name", Label: "User principal name", Sort: true, Search: true, From: "users"},
			{Name: "role", Label: "Role", Filter: entity.Choice, Sort: true, Search: true, Shown: true, From: "role_definitions"},
			{Name: "is_privileged", Label: "Privileged", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Empty: "Not known", From: "role_definitions",
				Doc: "Microsoft labels the role as privileged. Roles of which this is not known are listed too."},
			{Name: "state", Label: "State", Filter: entity.Choice, Shown: true,
				Words: map[string]string{"eligible": "Eligible", "active": "Active", "activated": "Activated"},
				Doc:   "Eligible: may be activated. Active: assigned. Activated: an eligible role that is in use now."},
			{Name: "way", Label: "Assigned", Filter: entity.Choice, Words: map[string]string{"direct": "Directly", "group": "Through a group"}},
			{Name: "group_name", Label: "Through group", Search: true, Shown: true, From: "groups"},
			{Name: "permanent", Label: "Permanent", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true, From: "role_eligibility", Empty: "Not known"},
			{Name: "end_date_time", Label: "Ends", Type: entity.Time, Filter: entity.Range, Sort: true, Ahead: true, From: "role_eligibility", Empty: "No end known"},
			{Name: "directory_scope_id", Label: "Scope", Filter: entity.Choice, Words: map[string]string{"/": "Whole directory"}},
			{Name: "confirmed", Label: "Confirmed", Type: entity.Bool, Filter: entity.Flag, Words: map[string]string{"true": "Yes", "false": "Not by the newest sync"}, Alerts: []string{"false"}, Shown: true,
				Doc: "Whether the newest sync confirmed the assignment and, where the role is held through a group, the membership. Else it was there when it was read last."},
			{Name: "verdict", Label: "MFA verdict", Filter: entity.Choice, Words: verdictWords, Alerts: []string{"not_enforced", "partly"}, Shown: true, Empty: "Not computed yet",
				Doc: "Whether the account has to pass MFA to sign in: that of MFA enforcement."},
			{Name: "last_verdict", Label: "Last MFA verdict", Filter: entity.Choice, Words: verdictWords, Alerts: []string{"not_enforced", "partly"}, Empty: "Never assessed",
				Doc: "The verdict, or where it cannot be decided now the last one that could."},
			{Name: "verdict_current", Label: "Verdict current", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Empty: "Not computed yet",
				Doc: "No where the verdict turns on something that the newest sync did not confirm, or was not computed from what was read since."},
			{Name: "is_mfa_registered", Label: "MFA registered", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Alerts: []string{"false"}, Shown: true, From: "mfa_registrations", Empty: unreported},
			{Name: "is_mfa_capable", Label: "MFA capable", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, From: "mfa_registrations", Empty: unreported},
			{Name: "methods_registered", Label: "Methods", Type: entity.List, Filter: entity.Contains, From: "mfa_registrations", Empty: unreported},
			signIn,
			status,
			userType,
			synced,
			{Name: "user_id", Label: "User", Filter: entity.Contains, Refs: []entity.Ref{{Kind: "users"}}},
			{Name: "role_id", Label: "Role definition", Filter: entity.Contains, Refs: []entity.Ref{{Kind: "role_definitions"}}},
			{Name: "group_id", Label: "Group", Filter: entity.Contains, Refs: []entity.Ref{{Kind: "groups"}}},
			{Name: "role_assignment_id", Label: "Role assignment", Refs: []entity.Ref{{Kind: "role_assignments"}}},
			{Name: "pim_assignment_id", Label: "PIM assignment", Refs: []entity.Ref{{Kind: "role_eligibility"}}},
		},
		TitleColumn:    "display_name",
		SubtitleColumn: "user_principal_name",
		NoteColumn:     "state",
		DefaultSort:    "display_name",
		AllowEmpty:     true,
	}
}

// privilegedOmissions are the holders of roles that no row of a user stands for.
func privilegedOmissions() (omits []entity.Omission) {
	for _, of := range []struct{ kind, name, what string }{
		{"role_assignments", "", "assignments"},
		{"role_eligibility", "pim_", "PIM assignments"},
	} {
		for _, p := range []struct{ name, value, title, text string }{
			{"applications", "#microsoft.graph.servicePrincipal", "of applications", "Roles of applications and managed identities (service principals) are not in this list."},
			{"agents", "#microsoft.graph.agentIdentity", "of agents", "Roles of agents are not in this list."},
			{"agent_blueprints", "#microsoft.graph.agentIdentityBlueprintPrincipal", "of agent blueprints", "Roles of agent blueprints are not in this list."},
			{"deleted_principals", "", "of deleted principals", "Roles of principals that were deleted or are not known are not in this list."},
		} {
			omits = append(omits, entity.Omission{
				Name: of.name + p.name, Title: strings.ToUpper(of.what[:1]) + of.what[1:] + " " + p.title,
				Kind: of.kind, Column: "principal_type", Value: p.value, Text: p.text,
			})
		}
		// learn.microsoft.com/graph/api/privilegedaccessgroup-list-eligibilityscheduleinstances
		omits = append(omits, entity.Omission{
			Name: "eligible_members_of_groups", Title: "Eligible members of groups",
			Kind: of.kind, Column: "principal_type", Value: "#microsoft.graph.group",
			Text: "A group has a role, and who is eligible to join it (PIM for Groups) is not read: Microsoft shows that with PrivilegedEligibilitySchedule.Read.AzureADGroup, which SecurAtlas does not ask for.",
		})
	}
	return omits
}
