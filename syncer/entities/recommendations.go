package entities

import (
	"net/url"

	"github.com/securatlas/securatlas/syncer/entity"
)

// recommendations are read with GET /api/recommendations of Defender for
// Endpoint (learn.microsoft.com/defender-endpoint/api/get-all-recommendations).
func recommendations() *entity.Def {
	return &entity.Def{
		Kind:     "recommendations",
		Title:    "Recommendations",
		Singular: "recommendation",
		Doc:      "What Defender Vulnerability Management recommends to update, uninstall or configure, and on how many machines.",
		Group:    entity.Threats,
		Icon:     "list-details",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Recommendations",
			Resource: entity.Defender,
			Path:     "/api/recommendations",
			Query:    url.Values{"$top": {"5000"}},
			NoSelect: true,
			Needs:    []entity.AnyOf{{"SecurityRecommendation.Read.All"}},
			Licence:  vulnerabilityManagement,
			Throttle: entity.ThrottleDefender,
		}},
		Columns: []entity.Column{
			{Path: "recommendationName", Label: "Recommendation", Sort: true, Search: true, Shown: true},
			{Path: "severityScore", Label: "Severity", Type: entity.Real, Filter: entity.Range, Sort: true},
			{Path: "exposedMachinesCount", Label: "Exposed machines", Type: entity.Int, Filter: entity.Range, Sort: true, Shown: true, Volatile: true},
			{Path: "totalMachineCount", Label: "Machines in all", Type: entity.Int, Volatile: true, Shown: true},
			{Path: "weaknesses", Label: "Weaknesses", Type: entity.Int, Filter: entity.Range, Shown: true, Volatile: true},
			{Path: "publicExploit", Label: "Public exploit", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true},
			{Path: "activeAlert", Label: "Active alert", Type: entity.Bool, Filter: entity.Flag, Words: yesNo},
			{Path: "remediationType", Label: "Remediation", Filter: entity.Choice, Shown: true, Words: map[string]string{"ConfigurationChange": "Configuration change"}},
			{Path: "status", Label: "Status", Filter: entity.Choice, Shown: true},
			{Path: "productName", Label: "Product", Search: true, Filter: entity.Choice},
			{Path: "vendor", Label: "Vendor", Search: true, Filter: entity.Choice},
			{Path: "recommendationCategory", Label: "Category", Filter: entity.Choice},
			{Path: "subCategory", Label: "Subcategory", Filter: entity.Choice},
			{Path: "recommendedVersion", Label: "Recommended version"},
			{Path: "recommendedProgram", Label: "Recommended program"},
			{Path: "recommendedVendor", Label: "Recommended vendor"},
			{Path: "configScoreImpact", Label: "Secure Score impact", Type: entity.Real, Volatile: true},
			{Path: "exposureImpact", Label: "Exposure impact", Type: entity.Real, Volatile: true},
			{Path: "nonProductivityImpactedAssets", Label: "Assets without impact on users", Type: entity.Int, Volatile: true},
			{Path: "exposedCriticalDevices", Label: "Exposed critical devices", Type: entity.Int, Volatile: true},
			{Path: "relatedComponent", Label: "Component"},
			{Path: "associatedThreats", Label: "Threats", Type: entity.List},
		},
		TitleColumn:    "recommendation_name",
		SubtitleColumn: "related_component",
		DefaultSort:    "exposed_machines_count",
		DefaultDesc:    true,
	}
}
