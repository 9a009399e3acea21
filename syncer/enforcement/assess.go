package enforcement

import "slices"

// finding is what one policy means for one user.
type finding struct {
	policy           *Policy
	include, exclude match
	relation         Relation
	applies          answer // whether the policy is enforced on the user
}

// Relation is how a policy relates to a user.
type Relation string

// The relations.
const (
	Requires      Relation = "requires"       // MFA at every sign-in
	RequiresSome  Relation = "requires_some"  // MFA at some sign-ins
	MayRequire    Relation = "may_require"    // something in the policy is not known
	Blocks        Relation = "blocks"         // every sign-in
	BlocksSome    Relation = "blocks_some"    // some sign-ins
	AsksElse      Relation = "asks_else"      // something that MFA is not, or need not be
	Excluded      Relation = "excluded"       // the user is excluded
	ReportOnly    Relation = "report_only"    // the policy is evaluated, never enforced
	Off           Relation = "off"            // the policy is disabled
	NotTargeted   Relation = "not_targeted"   // the user is not included
	OnlyWorkloads Relation = "only_workloads" // the policy is for service principals
	Undecided     Relation = "undecided"      // whether it applies was not read
)

// assessment is everything that is known of one user.
type assessment struct {
	tenant   *Tenant
	user     *User
	findings []finding
}

func (t *Tenant) assess(u *User) *assessment {
	a := &assessment{tenant: t, user: u, findings: make([]finding, len(t.Policies))}
	for i := range t.Policies {
		a.findings[i] = t.find(&t.Policies[i], u)
	}
	return a
}

// find: an exclusion wins over every inclusion.
func (t *Tenant) find(p *Policy, u *User) finding {
	f := finding{policy: p}
	switch {
	case p.broken != "":
		f.relation, f.applies = Undecided, maybe
		f.include = match{answer: maybe, needs: []string{"the policy " + quote(p.Name) + " in a form that can be read"}}
		if p.State == stateOff || p.State == stateReportOnly {
			f.relation, f.applies = stateRelation(p), no
		}
		return f
	case p.workloads:
		f.relation = OnlyWorkloads
		return f
	}
	f.include = t.matches(&p.include, u, p)
	if f.include.answer == no {
		f.relation = NotTargeted
		return f
	}
	f.exclude = t.matches(&p.exclude, u, p)
	if f.exclude.answer == yes {
		f.relation = Excluded
		return f
	}
	if r := stateRelation(p); r != "" {
		f.relation = r
		return f
	}
	f.applies = min(f.include.answer, yes-f.exclude.answer)
	if f.applies == maybe {
		f.relation = Undecided
		return f
	}
	f.relation = p.effect()
	if p.doubt() != "" {
		f.applies = maybe
	}
	return f
}

// doubt is what would tell whether a policy asks for MFA, or blocks, at all: a
// control or a state that is not known may as well do neither. A condition that
// is not known is no doubt, since it only narrows the sign-ins.
func (p *Policy) doubt() string {
	unknown := ""
	switch {
	case p.broken != "" || p.noApps:
	case !stateKnown(p.State) && (p.grant.blocks || p.grant.mfa != no):
		unknown = p.State
	case p.grant.mfa == maybe && !p.grant.blocks:
		unknown = p.grant.unknown
	}
	if unknown == "" {
		return ""
	}
	return "to know what " + quote(unknown) + " in the policy " + quote(p.Name) + " stands for"
}

// most is the set of clients for which a policy may hold at every sign-in.
func (p *Policy) most() clients {
	if len(p.limits) > 0 {
		return noClients
	}
	return p.clients
}

// stateRelation is the relation of a policy that is not enforced.
func stateRelation(p *Policy) Relation {
	switch p.State {
	case stateOff:
		return Off
	case stateReportOnly:
		return ReportOnly
	}
	return ""
}

// effect is what a policy does to a user that it applies to.
func (p *Policy) effect() Relation {
	everywhere := len(p.limits) == 0 && p.clients == allClients
	switch {
	case p.noApps:
		return AsksElse
	case p.grant.blocks && everywhere && p.State == stateOn:
		return Blocks
	case p.grant.blocks:
		return BlocksSome
	case p.grant.mfa == maybe, p.grant.mfa == yes && (p.State != stateOn || p.uncertain()):
		return MayRequire
	case p.grant.mfa == no:
		return AsksElse
	case everywhere:
		return Requires
	case p.onlyLegacy():
		// Legacy clients cannot pass MFA: asking them for it turns them away.
		return BlocksSome
	default:
		return RequiresSome
	}
}

// uncertain reports whether a condition is not known.
func (p *Policy) uncertain() bool {
	return slices.ContainsFunc(p.limits, func(l limit) bool { return l.unknown != "" })
}

// onlyLegacy reports whether only clients without modern authentication are
// concerned.
func (p *Policy) onlyLegacy() bool { return p.clients&modernClients == 0 && !p.uncertain() }

// reach is the set of clients for which a policy holds at every sign-in.
func (p *Policy) reach() clients {
	if len(p.limits) > 0 || p.noApps || p.State != stateOn {
		return noClients
	}
	return p.clients
}

// world is one way in which what was not read may turn out.
type world struct {
	policies, perUser, defaults bool // each taken to ask for as much as it may
	only                        string
}

// verdict is the verdict in a world. One more thing that applies never makes
// it lower, so that the two ends, nothing unread applies and all of it does,
// hold every other way between them.
func (a *assessment) verdict(w world) Verdict {
	var blocked, asked clients
	some := false
	if a.tenant.Missing[Policies] {
		if w.policies {
			return Blocked
		}
	} else {
		for i := range a.findings {
			f := &a.findings[i]
			if f.applies == no || (f.applies == maybe && !w.counts(f)) {
				continue
			}
			p := f.policy
			if p.broken != "" {
				return Blocked
			}
			switch effect := p.effect(); {
			case p.doubt() != "" && p.grant.blocks:
				blocked |= p.most()
			case p.doubt() != "":
				some = true
				asked |= p.most()
			case effect == Blocks, effect == BlocksSome:
				blocked |= p.reach()
			case effect == Requires:
				asked = allClients
			case effect == RequiresSome:
				some = true
				asked |= p.reach()
			case effect == MayRequire:
				some = true
			}
		}
	}
	switch {
	case a.user.PerUserMFA == "enforced", a.perUserUnread() && w.perUser:
		asked = allClients
	case a.user.PerUserMFA == "enabled":
		// Legacy clients go on with the password alone until the user has
		// registered and the state is enforced.
		asked |= modernClients
	}
	if a.defaultsAsk() || (a.defaultsUnread() && w.defaults) {
		asked = allClients
	}
	switch {
	case blocked == allClients:
		return Blocked
	case asked != 0 && asked|blocked == allClients:
		return Enforced
	case some || asked&modernClients != 0:
		return Partly
	default:
		return NotEnforced
	}
}

func (w world) counts(f *finding) bool {
	return w.policies && (w.only == "" || slices.Contains(f.needs(), w.only))
}

func (f *finding) needs() []string {
	needs := slices.Concat(f.include.needs, f.exclude.needs)
	if doubt := f.policy.doubt(); doubt != "" && f.applies == maybe {
		needs = append(needs, doubt)
	}
	return needs
}

// perUserUnread: a state that is not known could be any.
func (a *assessment) perUserUnread() bool {
	return !slices.Contains([]string{"disabled", "enabled", "enforced"}, a.user.PerUserMFA)
}

// defaultsAsk: security defaults ask everybody for MFA but the account that
// Entra Connect synchronizes with.
func (a *assessment) defaultsAsk() bool {
	return a.tenant.SecurityDefaults && !a.tenant.Missing[SecurityDefaults] && !a.syncAccount()
}

const syncAccountsRole = "d29b2b05-8046-44ba-8758-1e26182fcf32" // Directory Synchronization Accounts

func (a *assessment) syncAccount() bool {
	return slices.ContainsFunc(a.user.Roles, func(r Role) bool { return r.Template == syncAccountsRole })
}

// defaultsUnread: security defaults are off wherever a policy is on, whether
// that was read or not.
func (a *assessment) defaultsUnread() bool {
	return a.tenant.Missing[SecurityDefaults] && (a.tenant.Missing[Policies] || !slices.ContainsFunc(a.tenant.Policies, func(p Policy) bool { return p.On() }))
}

// result compares the two ends. Where at least MFA is certain, what else may
// apply could only block, which takes nothing from that.
func (a *assessment) result() Result {
	low := a.verdict(world{})
	high := a.verdict(world{policies: true, perUser: true, defaults: true})
	r := Result{Verdict: low}
	if low != high && low.rank() < Enforced.rank() {
		r.Verdict, r.Needs = NotAssessed, a.missing(low)
		r.Reason = a.needsText(r.Needs, low)
	} else {
		r.Reason = a.reason(low)
	}
	if a.user.Disabled {
		// Whatever is missing, a disabled account cannot sign in.
		r.Verdict, r.Needs = Blocked, nil
		r.Reason = "The account is disabled and cannot sign in. If it is enabled: " + r.Reason
	}
	a.settle(&r, low, high)
	return r
}

// missing lists what could lift the verdict: each on its own or, where it
// takes several, all of them.
func (a *assessment) missing(low Verdict) []string {
	var alone, all []string
	try := func(need string, w world) {
		if slices.Contains(all, need) {
			return
		}
		all = append(all, need)
		if a.verdict(w) != low {
			alone = append(alone, need)
		}
	}
	if a.tenant.Missing[Policies] {
		try(string(Policies), world{policies: true})
	} else {
		for i := range a.findings {
			if f := &a.findings[i]; f.applies == maybe {
				for _, need := range f.needs() {
					try(need, world{policies: true, only: need})
				}
			}
		}
	}
	if a.defaultsUnread() {
		try(string(SecurityDefaults), world{defaults: true})
	}
	if a.perUserUnread() {
		try(string(PerUserMFA), world{perUser: true})
	}
	if len(alone) > 0 {
		return alone
	}
	return all
}
