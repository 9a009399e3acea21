package enforcement

import "slices"

// defaults is what security defaults ask of one user. They are on for the whole
// directory or off, and ask everybody for MFA when Microsoft finds it necessary,
// but not at every sign-in; the holders of some roles at every sign-in; and the
// account that Entra Connect synchronizes with never
// (learn.microsoft.com/entra/fundamentals/security-defaults).
type defaults struct {
	on     answer
	exempt match  // the user has the role of the account that synchronizes
	admin  match  // the user has one of the roles that are asked at every sign-in
	asks   answer // at some sign-ins
	always answer // at every sign-in, where they ask at all

	needs, alwaysNeeds []string // what would tell, where the answer is maybe
}

const syncAccountsRole = "d29b2b05-8046-44ba-8758-1e26182fcf32" // Directory Synchronization Accounts

func (t *Tenant) defaultsFor(u *User) (d defaults) {
	switch {
	case t.defaultsUnread():
		d.on, d.needs = maybe, []string{string(SecurityDefaults)}
	case t.SecurityDefaults && !t.Missing[SecurityDefaults]:
		d.on = yes
	default:
		return d
	}
	d.exempt = t.holds(u, func(r *Role) bool { return r.Template == syncAccountsRole })
	d.admin = t.holds(u, func(r *Role) bool { return r.wide() && slices.Contains(administratorRoles, r.Template) })
	d.asks = min(d.on, yes-d.exempt.answer)
	d.needs = slices.Concat(d.needs, d.exempt.needs)
	d.always, d.alwaysNeeds = d.admin.answer, d.admin.needs
	return d
}

// defaultsUnread: security defaults are off wherever a policy is on, whether
// that was read or not.
func (t *Tenant) defaultsUnread() bool {
	if !t.Missing[SecurityDefaults] {
		return false
	}
	for i := range t.Policies {
		if p := &t.Policies[i]; p.On() && !p.Unconfirmed {
			return false
		}
	}
	return true
}

func (a *assessment) defaultsText() string {
	d := &a.defaults
	switch {
	case a.tenant.Missing[SecurityDefaults] && d.on == no:
		return "Security defaults are off, as they are wherever a Conditional Access policy is on."
	case d.on == maybe:
		return "Whether security defaults are on was not read."
	case d.on == no:
		return "Security defaults are off."
	case d.exempt.answer == yes:
		return "Security defaults are on, but leave out the account that directory synchronization uses."
	case d.admin.answer == yes:
		return "Security defaults are on: Microsoft requires MFA of administrators at every sign-in."
	case d.admin.answer == maybe:
		return "Security defaults are on: Microsoft requires MFA when it finds it necessary, and of administrators at every sign-in."
	default:
		return "Security defaults are on: Microsoft requires MFA when it finds it necessary, not at every sign-in."
	}
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
