package enforcement

import (
	"fmt"
	"slices"
	"strings"
)

// reason says what leads to a verdict that is certain.
func (a *assessment) reason(v Verdict) string {
	var parts []string
	switch v {
	case Blocked:
		parts = a.does(Blocks)
		if len(parts) == 0 {
			parts = append(a.does(BlocksSome), "Together they leave no client.")
		}
	case Enforced:
		parts = a.enforcedReason()
	case Partly:
		parts = slices.Concat(a.does(RequiresSome, MayRequire), a.defaultsShare(), a.perUserShare(), a.does(BlocksSome))
	default:
		parts = []string{a.nothingRequires(), a.defaultsText(), a.perUserText()}
		if nearly := a.nearly(); nearly != "" {
			parts = append(parts, nearly)
		}
		parts = append(parts, a.does(BlocksSome)...)
		if len(a.user.Roles) > 0 {
			// learn.microsoft.com/entra/identity/authentication/concept-mandatory-multifactor-authentication
			parts = append(parts, "Beside all policies, Microsoft requires MFA of everybody in its admin centers.")
		}
	}
	return strings.Join(parts, " ")
}

func (a *assessment) enforcedReason() (parts []string) {
	parts = append(parts, a.defaultsShare()...)
	var names []string
	for _, f := range a.known(Requires) {
		names = append(names, quote(f.policy.Name))
	}
	switch {
	case len(names) == 1:
		parts = append(parts, a.does(Requires)...)
	case len(names) > named+1:
		parts = append(parts, fmt.Sprintf("%s and %d more policies require MFA for all apps.", strings.Join(names[:named], ", "), len(names)-named))
	case len(names) > 1:
		parts = append(parts, and(names)+" require MFA for all apps.")
	}
	if a.user.PerUserMFA == "enforced" {
		parts = append(parts, a.perUserText())
	}
	if len(parts) == 0 {
		parts = slices.Concat(a.reaching(RequiresSome), a.perUserShare(), a.reaching(BlocksSome))
		parts = append(parts, "Together they leave no client without.")
	}
	return parts
}

func (a *assessment) defaultsShare() []string {
	if a.defaults.asks == yes {
		return []string{a.defaultsText()}
	}
	return nil
}

func (a *assessment) perUserShare() []string {
	if a.user.PerUserMFA == "enabled" {
		return []string{a.perUserText()}
	}
	return nil
}

// known are the findings of policies that apply for certain, or are undecided.
func (a *assessment) known(relations ...Relation) (found []*finding) {
	for i := range a.findings {
		f := &a.findings[i]
		if f.applies == maybe && f.relation != Undecided {
			continue // a doubt is told among the needs
		}
		if slices.Contains(relations, f.relation) {
			found = append(found, f)
		}
	}
	return found
}

// does says what the policies of some relations do, those that say most first.
func (a *assessment) does(relations ...Relation) []string {
	return a.list(a.known(relations...))
}

// reaching is does for policies that hold at every sign-in of some clients.
func (a *assessment) reaching(relations ...Relation) []string {
	return a.list(slices.DeleteFunc(a.known(relations...), func(f *finding) bool { return f.policy.reach() == noClients }))
}

func (a *assessment) list(findings []*finding) (parts []string) {
	for i, f := range findings {
		if i == named && len(findings) > named+1 {
			do := "require MFA for"
			if f.policy.grant.blocks {
				do = "block"
			}
			return append(parts, fmt.Sprintf("%d more policies %s other sign-ins.", len(findings)-named, do))
		}
		parts = append(parts, quote(f.policy.Name)+" "+a.tenant.asks(f.policy)+".")
	}
	return parts
}

func (a *assessment) nothingRequires() string {
	if len(a.tenant.Policies) == 0 && !a.tenant.Missing[Policies] {
		return "There is no Conditional Access policy."
	}
	return "No Conditional Access policy requires MFA of this account."
}

// nearly names the policies that would require MFA but for one thing.
func (a *assessment) nearly() string {
	var parts []string
	for i := range a.findings {
		f := &a.findings[i]
		if !f.nearly() {
			continue
		}
		name := quote(f.policy.Name)
		switch f.relation {
		case ReportOnly:
			parts = append(parts, name+" is report-only")
		case Off:
			parts = append(parts, name+" is off")
		default:
			parts = append(parts, name+" excludes "+a.tenant.cause(f.exclude))
		}
	}
	if len(parts) > named+1 {
		parts = append(parts[:named], fmt.Sprintf("%d more policies", len(parts)-named))
	}
	if len(parts) == 0 {
		return ""
	}
	return "Nearly: " + strings.Join(parts, "; ") + "."
}

// needsText says what is missing, which policies hang on it, and what is
// certain all the same.
func (a *assessment) needsText(needs []string, low Verdict) string {
	s := "Not assessed: needs " + and(needs) + "."
	var names []string
	for _, f := range a.known(Undecided) {
		if f.policy.broken == "" && !f.policy.Unconfirmed && slices.ContainsFunc(f.needs, func(n string) bool { return slices.Contains(needs, n) }) {
			names = append(names, quote(f.policy.Name))
		}
	}
	if len(names) > named+1 {
		names = append(names[:named], fmt.Sprintf("%d more policies", len(names)-named))
	}
	if len(names) > 0 {
		s += " " + and(names) + " may apply to this account."
	}
	if low == Partly {
		s += " Certain is: " + a.reason(low)
	}
	return s
}
