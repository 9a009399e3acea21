package entities

import (
	"slices"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// serviceHealth is read with GET /admin/serviceAnnouncement/healthOverviews
// (learn.microsoft.com/graph/api/serviceannouncement-list-healthoverviews).
func serviceHealth() *entity.Def {
	return &entity.Def{
		Kind:     "service_health",
		Title:    "Service health",
		Singular: "service",
		Doc:      "Whether Microsoft 365's services work, as Microsoft says.",
		Group:    entity.Collaboration,
		Icon:     "heart-rate-monitor",
		Parts: []entity.Part{{
			Name:     "list",
			Title:    "Service health",
			Path:     "/admin/serviceAnnouncement/healthOverviews",
			NoSelect: true,
			Needs:    []entity.AnyOf{{"ServiceHealth.Read.All"}},
			Throttle: entity.ThrottleServiceCom,
		}},
		Columns: []entity.Column{
			{Path: "service", Label: "Service", Sort: true, Search: true, Shown: true},
			{Path: "status", Alerts: []string{"serviceInterruption", "ServiceInterruption", "serviceDegradation", "ServiceDegradation"}, Label: "Status", Filter: entity.Choice, Sort: true, Shown: true, Words: serviceStatuses},
			{Name: "healthy", Label: "Healthy", Type: entity.Bool, Filter: entity.Flag, Words: yesNo, Shown: true, Compute: healthy, Uses: []string{"status"},
				Doc: "Whether the status is one without a problem that lasts."},
		},
		TitleColumn: "service",
		DefaultSort: "service",
	}
}

// Microsoft's documents show statuses with a capital, its schema without.
var serviceStatuses = map[string]string{
	"serviceOperational": "Operational", "ServiceOperational": "Operational",
	"investigating": "Investigating", "restoringService": "Restoring service", "verifyingService": "Verifying service",
	"serviceRestored": "Service restored", "postIncidentReviewPublished": "Post-incident review published",
	"serviceDegradation": "Service degradation", "ServiceDegradation": "Service degradation",
	"serviceInterruption": "Service interruption", "ServiceInterruption": "Service interruption",
	"extendedRecovery": "Extended recovery", "falsePositive": "False positive", "investigationSuspended": "Investigation suspended",
	"resolved": "Resolved", "mitigatedExternal": "Mitigated externally", "mitigated": "Mitigated", "resolvedExternal": "Resolved externally",
	"confirmed": "Confirmed", "reported": "Reported",
}

var goodStatuses = []string{"serviceoperational", "servicerestored", "resolved", "resolvedexternal", "falsepositive", "postincidentreviewpublished"}

// healthy computes whether a service works; nil where Microsoft sent no status.
func healthy(o entity.Object, _ time.Time) any {
	status := o.Text("status")
	if status == "" {
		return nil
	}
	return slices.Contains(goodStatuses, strings.ToLower(status))
}
