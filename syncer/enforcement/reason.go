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
		parts = slices.Concat(a.does(RequiresSome, MayRequire), a.perUserShare(), a.does(BlocksSome))
	default:
		parts = []string{a.nothingRequires(), a.defaultsText(), a.perUserText()}
		if nearly := a.nearly(); nearly != "" {
			parts = append(parts, nearly)
		}
		parts = append(parts, a.does(BlocksSome)...)
	}
	return strings.Join(parts, " ")
}

func (a *assessment) enforcedReason() (parts []string) {
	if a.defaultsAsk() {
		parts = append(parts, a.defaultsText())
	}
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

func (a *assessment) perUserShare() []string {
	if a.user.PerUserMFA == "enabled" {
		return []string{a.perUserText()}
	}
	return nil
}

// known are the findings of policies that were read and apply.
func (a *assessment) known(relations ...Relation) (found []*finding) {
	if a.tenant.Missing[Policies] {
		return nil
	}
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
			return append(parts, fmt.Sprintf("%d more policies do so for other sign-ins.", len(findings)-named))
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
		case Excluded:
			parts = append(parts, name+" excludes "+a.tenant.cause(f.exclude))
		default:
			parts = append(parts, name+" is content with "+or(f.policy.grant.controls[1:]))
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
		if f.policy.broken == "" && slices.ContainsFunc(f.needs(), func(n string) bool { return slices.Contains(needs, n) }) {
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

// administratorRoles are the roles of which security defaults require MFA at
// every sign-in.
var administratorRoles = []string{
	"62e90394-69f5-4237-9190-012177145e10", // Global Administrator
	"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", // Application Administrator
	"c4e39bd9-1100-46d3-8c65-fb160da0071f", // Authentication Administrator
	"0526716b-113d-4c15-b2c8-68e3c22b9f80", // Authentication Policy Administrator
	"b0f54661-2d74-4c50-afa3-1ec803f12efe", // Billing Administrator
	"158c047a-c907-4556-b7ef-446551a6b5f7", // Cloud Application Administrator
	"b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", // Conditional Access Administrator
	"29232cdf-9323-42fd-ade2-1d097af3e4de", // Exchange Administrator
	"729827e3-9c14-49f7-bb1b-9608f156bbb8", // Helpdesk Administrator
	"45d8d3c5-c802-45c6-b32a-1d70b5e1e86e", // Identity Governance Administrator
	"966707d0-3269-4727-9be2-8c3a10f19b9d", // Password Administrator
	"7be44c8a-adaf-4e2a-84d6-ab2649e08a13", // Privileged Authentication Administrator
	"e8611ab8-c189-46e8-94e1-60213ab1f814", // Privileged Role Administrator
	"194ae4cb-b126-40b2-bd5b-6091b380977d", // Security Administrator
	"f28a1f50-f6e7-4571-818b-6a12f2af6b6c", // SharePoint Administrator
	"fe930be7-5e62-47db-91af-98c3a49a38b1", // User Administrator
}

func (a *assessment) administrator() bool {
	return slices.ContainsFunc(a.user.Roles, func(r Role) bool { return slices.Contains(administratorRoles, r.Template) })
}
