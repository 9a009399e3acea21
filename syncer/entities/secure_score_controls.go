package entities

import (
	"encoding/json"
	"net/url"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// secureScoreControls are read with GET /security/secureScoreControlProfiles
// (learn.microsoft.com/graph/api/security-list-securescorecontrolprofiles).
func secureScoreControls() *entity.Def {
	return &entity.Def{
		Kind:     "secure_score_controls",
		Title:    "Secure Score controls",
		Singular: "Secure Score control",
		Doc:      "What raises Microsoft Secure Score, by how much, and how.",
		Group:    entity.Threats,
		Icon:     "chart-bar",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Secure Score controls",
			Path:     "/security/secureScoreControlProfiles",
			Query:    url.Values{"$top": {"999"}},
			NoSelect: true,
			Needs:    []entity.AnyOf{{"SecurityEvents.Read.All"}},
			Throttle: entity.ThrottleSecurity,
		}},
		Columns: []entity.Column{
			{Path: "title", Label: "Title", Sort: true, Search: true, Shown: true},
			{Path: "controlCategory", Label: "Category", Filter: entity.Choice, Shown: true},
			{Path: "service", Label: "Service", Filter: entity.Choice, Shown: true},
			{Path: "maxScore", Label: "Points", Type: entity.Real, Filter: entity.Range, Sort: true, Shown: true},
			{Name: "state", Label: "State", Filter: entity.Choice, Shown: true, Compute: controlState, Uses: []string{"controlStateUpdates"},
				Doc: "What an admin last set the control to; Default where nobody did."},
			{Path: "implementationCost", Label: "Cost", Filter: entity.Choice, Shown: true},
			{Path: "userImpact", Label: "Impact on users", Filter: entity.Choice, Shown: true},
			{Path: "rank", Label: "Rank", Type: entity.Int, Sort: true},
			{Path: "tier", Label: "Tier", Filter: entity.Choice},
			{Path: "actionType", Label: "Action", Filter: entity.Choice},
			{Path: "actionUrl", Label: "Where to act"},
			{Path: "remediation", Label: "Remediation", Search: true, As: entity.AsHTML},
			{Path: "remediationImpact", Label: "Remediation's impact", As: entity.AsHTML},
			{Path: "threats", Label: "Threats", Type: entity.List, Filter: entity.Contains},
			{Path: "deprecated", Label: "Deprecated", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "lastModifiedDateTime", Label: "Modified", Type: entity.Time},
			{Path: "controlStateUpdates", Label: "State updates", Type: entity.List},
			{Path: "complianceInformation", Label: "Compliance", Type: entity.List},
		},
		TitleColumn: "title",
		DefaultSort: "rank",
	}
}

// controlState computes the state of a control: that of the newest update. The
// updates are null or absent where nobody has made one.
func controlState(o entity.Object, _ time.Time) any {
	var updates []entity.Object
	if raw := o.At("controlStateUpdates"); raw != nil && json.Unmarshal(raw, &updates) != nil {
		return nil
	}
	state, newest := "Default", ""
	for _, u := range updates {
		if at := u.Text("updatedDateTime"); at >= newest && u.Text("state") != "" {
			state, newest = u.Text("state"), at
		}
	}
	return state
}
