package entities

import (
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// While a setting of the Microsoft 365 admin center is on, as it is from the
// start, usage reports have hashes instead of the names of users, groups and
// sites (learn.microsoft.com/graph/api/resources/adminreportsettings), and
// zeros for the ids of sites. The reports themselves show it.
const (
	concealedTitle = "Microsoft conceals names in this report."
	concealedCure  = "To show them, open Settings, Org settings, Reports in the Microsoft 365 admin center and clear \"Display concealed user, group, and site names in all reports\"."
	concealedLink  = "https://admin.microsoft.com/#/Settings/Services/:/Settings/L1/Reports"
)

func concealment(what string, of func(entity.Object) bool) *entity.Concealment {
	return &entity.Concealment{Of: of, What: what, Cure: concealedCure, Link: concealedLink}
}

// isHash reports whether Microsoft shows a hash instead of a user principal
// name, which always has an @.
func isHash(name string) bool { return name != "" && !strings.Contains(name, "@") }

// concealed computes whether a heading has a hash instead of a user principal
// name: "true" or "false", nil where there is none.
func concealed(heading string) func(entity.Object, time.Time) any {
	return func(o entity.Object, _ time.Time) any {
		switch name := o.Text(heading); {
		case name == "":
			return nil
		case isHash(name):
			return "true"
		}
		return "false"
	}
}
