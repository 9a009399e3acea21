package entities

import (
	"net/url"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// secureScores are read with GET /security/secureScores, one for each day, of
// which Microsoft keeps 90 (learn.microsoft.com/graph/api/security-list-securescores).
// Older ones stay here.
func secureScores() *entity.Def {
	return &entity.Def{
		Kind:     "secure_scores",
		Title:    "Secure Score",
		Singular: "daily Secure Score",
		Doc:      "Microsoft Secure Score, one row for each day. Microsoft keeps 90 days; SecurAtlas keeps what it has read.",
		Group:    entity.Threats,
		Icon:     "trending-up",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Secure Score",
			Path:     "/security/secureScores",
			Query:    url.Values{"$top": {"90"}},
			NoSelect: true,
			Mode:     entity.Snapshot,
			Needs:    []entity.AnyOf{{"SecurityEvents.Read.All"}},
			Throttle: entity.ThrottleSecurity,
		}},
		Columns: []entity.Column{
			{Path: "createdDateTime", Label: "Day", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true},
			{Path: "currentScore", Label: "Score", Type: entity.Real, Filter: entity.Range, Shown: true},
			{Path: "maxScore", Label: "Of at most", Type: entity.Real, Shown: true},
			{Name: "percent", Label: "Percent", Type: entity.Real, Filter: entity.Range, Sort: true, Shown: true, Compute: percent, Uses: []string{"currentScore", "maxScore"},
				Doc: "The score as a share of the highest possible one, rounded to a tenth."},
			{Path: "activeUserCount", Label: "Active users", Type: entity.Int, Shown: true},
			{Path: "licensedUserCount", Label: "Licensed users", Type: entity.Int, Shown: true},
			{Path: "enabledServices", Label: "Services", Type: entity.List, Filter: entity.Contains},
			{Path: "averageComparativeScores", Label: "Averages of others", Type: entity.List},
			{Path: "controlScores", Label: "Scores of controls", Type: entity.List},
			{Path: "vendorInformation", Label: "Vendor", Type: entity.JSON},
		},
		TitleColumn: "created_date_time",
		DefaultSort: "created_date_time",
		DefaultDesc: true,
	}
}

// percent computes the score as a share of the highest possible one.
func percent(o entity.Object, _ time.Time) any {
	score, scored := o.Cell(entity.Real, "currentScore").(float64)
	most, limited := o.Cell(entity.Real, "maxScore").(float64)
	if !scored || !limited || most <= 0 {
		return nil
	}
	return float64(int64(score/most*1000+0.5)) / 10
}
