package entities

import "github.com/securatlas/securatlas/syncer/entity"

// exposureScores are read with GET /api/exposureScore of Defender for Endpoint,
// which knows today's alone (learn.microsoft.com/defender-endpoint/api/get-exposure-score).
func exposureScores() *entity.Def {
	return &entity.Def{
		Kind:     "exposure_scores",
		Title:    "Exposure score",
		Singular: "exposure score",
		Doc:      "The exposure score of Defender Vulnerability Management, as it was at each sync; lower is better.",
		Group:    entity.Threats,
		Icon:     "activity",
		Parts: []entity.Part{{
			Name:      "list",
			Title:     "Exposure score",
			Resource:  entity.Defender,
			Path:      "/api/exposureScore",
			Singleton: true,
			NoSelect:  true,
			Mode:      entity.Snapshot,
			ID:        func(o entity.Object) string { return o.Text("time") },
			Needs:     []entity.AnyOf{{"Score.Read.All"}},
			Licence:   vulnerabilityManagement,
			Throttle:  entity.ThrottleDefender,
		}},
		Columns: []entity.Column{
			{Path: "time", Label: "Time", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true},
			{Path: "score", Label: "Score", Type: entity.Real, Filter: entity.Range, Sort: true, Shown: true},
		},
		TitleColumn: "time",
		DefaultSort: "time",
		DefaultDesc: true,
	}
}
