package views

import (
	"slices"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/enforcement"
)

// Enforcement is the page that explains whether one user has to pass MFA.
type Enforcement struct {
	Page     Page
	Tenant   store.Tenant
	UserPath string
	// Verdict is what the table says too; Result is made from the rows as they are
	// now, and may be newer.
	Verdict StoredVerdict
	Result  enforcement.Explanation
	Sources []EnforcementSource
	History []HistoryEntry // changes of the verdict, newest first
	More    bool           // there are older ones
}

// StoredVerdict is a verdict as it was computed last.
type StoredVerdict struct {
	Verdict enforcement.Verdict // "" = not computed yet
	Reason  string
	Needs   []string
	AsOf    time.Time // of the oldest list that it rests on, zero = none was ever complete
	// Last is the last verdict that could be decided, where this one could not,
	// and "" where there was none.
	Last     enforcement.Verdict
	LastAsOf time.Time
	// Stale says why the verdict is older than what it rests on, "" where it is
	// not.
	Stale string
}

// behind reports whether what is below the verdict may be newer than it.
func (e Enforcement) behind() bool {
	return e.Verdict.Stale != "" || e.Verdict.Verdict != e.Result.Verdict || e.Verdict.Reason != e.Result.Reason
}

// EnforcementSource is something that the verdict rests on.
type EnforcementSource struct {
	Title, Path string
	State       StateView
}

// EnforcementPath is the address of the explanation for a user.
func EnforcementPath(slug, userID string) string {
	return TenantPath(slug, "data", "users", userID, "mfa")
}

// mfaPath is the explanation for the row of a user, "" for other rows and for
// users who are gone.
func (d Detail) mfaPath() string {
	people := d.Def.Kind == "users" || slices.Equal(d.Def.From, []string{"users"}) || d.Def.Kind == "mfa_enforcement"
	if !people || d.Page.Tenant == nil || !d.Row.RemovedAt.IsZero() {
		return ""
	}
	return EnforcementPath(d.Page.Tenant.Tenant.Slug, d.ID)
}

func (e Enforcement) policyPath(id string) string {
	return TenantPath(e.Tenant.Slug, "data", "conditional_access_policies", id)
}

// findings are the policies, those that decide first.
func (e Enforcement) findings() []enforcement.Finding {
	sorted := slices.Clone(e.Result.Findings)
	slices.SortStableFunc(sorted, func(a, b enforcement.Finding) int { return weight(a) - weight(b) })
	return sorted
}

func weight(f enforcement.Finding) int {
	if f.Nearly {
		return 3
	}
	switch f.Relation {
	case enforcement.Blocks, enforcement.Requires:
		return 0
	case enforcement.RequiresSome, enforcement.MayRequire, enforcement.BlocksSome:
		return 1
	case enforcement.Undecided:
		return 2
	case enforcement.AsksElse:
		return 4
	case enforcement.ReportOnly, enforcement.Off, enforcement.Excluded:
		return 5
	default:
		return 6
	}
}

// verdictWord returns a verdict in words.
func verdictWord(v enforcement.Verdict) string {
	switch v {
	case enforcement.Enforced:
		return "MFA is enforced"
	case enforcement.Partly:
		return "MFA is partly enforced"
	case enforcement.NotEnforced:
		return "MFA is not enforced"
	case enforcement.Blocked:
		return "The account cannot sign in"
	case "":
		return "Not computed yet"
	default:
		return "Not assessed"
	}
}

func verdictTone(v enforcement.Verdict) Tone {
	switch v {
	case enforcement.Enforced, enforcement.Blocked:
		return Good
	case enforcement.NotEnforced:
		return Bad
	case enforcement.Partly:
		return Warn
	default:
		return Info
	}
}

// relationLook is how a policy's relation to a user is shown.
func relationLook(f enforcement.Finding) (word, icon string, tone Tone) {
	switch f.Relation {
	case enforcement.Requires:
		return "Requires MFA", "circle-check-filled", Good
	case enforcement.RequiresSome:
		return "Requires MFA in part", "alert-circle", Warn
	case enforcement.MayRequire:
		return "May require MFA", "help-circle", Warn
	case enforcement.Blocks:
		return "Blocks", "lock", Good
	case enforcement.BlocksSome:
		return "Blocks in part", "lock", Info
	case enforcement.Undecided:
		return "Not decided", "help-circle", Info
	case enforcement.Excluded:
		return "Excluded", "minus", nearlyTone(f)
	case enforcement.ReportOnly:
		return "Report-only", "eye", nearlyTone(f)
	case enforcement.Off:
		return "Off", "player-pause", nearlyTone(f)
	case enforcement.OnlyWorkloads:
		return "Not for users", "minus", Quiet
	case enforcement.OnlyAgents:
		return "Not for people", "minus", Quiet
	case enforcement.NotTargeted:
		return "Not included", "minus", Quiet
	default:
		return "No MFA", "minus", Quiet
	}
}

func nearlyTone(f enforcement.Finding) Tone {
	if f.Nearly {
		return Warn
	}
	return Quiet
}
