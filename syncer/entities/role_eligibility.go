package entities

import (
	"net/url"
	"slices"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// roleEligibility is what Privileged Identity Management knows: who may
// activate a role, and who has it now, until when. These are two lists of
// Microsoft's; of an assignment in both (eligible and activated) there are two
// rows, with ids of their own. PIM without a licence is refused with
// AadPremiumLicenseRequired. The lists of requests are not read: they demand a
// permission to write.
func roleEligibility() *entity.Def {
	return &entity.Def{
		Kind:     "role_eligibility",
		Title:    "PIM assignments",
		Singular: "PIM assignment",
		Doc:      "Roles in Privileged Identity Management: eligible, active and activated assignments with their ends and scopes.",
		Group:    entity.Identity,
		Icon:     "hourglass",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "PIM assignments",
			Path:     "/roleManagement/directory/roleEligibilityScheduleInstances",
			Then:     []string{"/roleManagement/directory/roleAssignmentScheduleInstances"},
			Query:    url.Values{"$expand": {"principal"}},
			NoSelect: true,
			Needs:    []entity.AnyOf{{"RoleManagement.Read.Directory"}},
			Licence:  entraP2OrGovernance,
			Throttle: entity.ThrottleDirectory,
		}},
		// When it ends comes before what may be long.
		Columns: append(slices.Insert(principalColumns(), 3, []entity.Column{
			{Name: "state", Label: "State", Filter: entity.Choice, Shown: true, Compute: pimState, Uses: []string{"assignmentType"},
				Words: map[string]string{"eligible": "Eligible", "active": "Active", "activated": "Activated"},
				Doc:   "Eligible: may be activated. Active: assigned. Activated: an eligible role that is in use now."},
			{Path: "endDateTime", Label: "Ends", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true, Ahead: true, Empty: "Permanent"},
		}...), []entity.Column{
			{Path: "startDateTime", Label: "Began", Type: entity.Time, Filter: entity.Range},
			{Path: "assignmentType", Label: "Assignment type", Filter: entity.Choice, Doc: "Assigned or Activated; eligible ones have none."},
			{Path: "memberType", Label: "Member type", Filter: entity.Choice, Doc: "Direct, Group or Inherited."},
			{Path: "roleEligibilityScheduleId", Label: "Eligibility schedule ID"},
			{Path: "roleAssignmentScheduleId", Label: "Assignment schedule ID"},
			{Path: "roleAssignmentOriginId", Label: "Assignment origin ID"},
		}...),
		TitleColumn:    "principal_display_name",
		TitleElse:      "principal_id",
		SubtitleColumn: "principal_user_principal_name",
		NoteColumn:     "state",
		DefaultSort:    "principal_display_name",
		AllowEmpty:     true,
		PortalPath:     "#view/Microsoft_Azure_PIMCommon/ResourceMenuBlade/~/aadroles",
	}
}

// pimState tells the two lists apart: only assignments have an assignment type.
func pimState(o entity.Object, _ time.Time) any {
	switch o.Text("assignmentType") {
	case "":
		return "eligible"
	case "Activated":
		return "activated"
	default:
		return "active"
	}
}
