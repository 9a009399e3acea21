package enforcement

import "slices"

// finding is what one policy means for one user.
type finding struct {
	policy           *Policy
	include, exclude match
	relation         Relation
	applies          answer   // whether the policy is enforced on the user
	needs            []string // what would tell, where that is maybe
}

// Relation is how a policy relates to a user.
type Relation string

// The relations.
const (
	Requires      Relation = "requires"       // MFA at every sign-in
	RequiresSome  Relation = "requires_some"  // MFA at some sign-ins, or unless something else is passed
	MayRequire    Relation = "may_require"    // something in the policy is not known
	Blocks        Relation = "blocks"         // every sign-in
	BlocksSome    Relation = "blocks_some"    // some sign-ins
	AsksElse      Relation = "asks_else"      // something that MFA is not, or need not be
	Excluded      Relation = "excluded"       // the user is excluded
	ReportOnly    Relation = "report_only"    // the policy is evaluated, never enforced
	Off           Relation = "off"            // the policy is disabled
	NotTargeted   Relation = "not_targeted"   // the user is not included
	OnlyWorkloads Relation = "only_workloads" // the policy is for service principals
	OnlyAgents    Relation = "only_agents"    // the policy is for the accounts of agents
	Undecided     Relation = "undecided"      // whether it applies was not read
)

// assessment is everything that is known of one user.
type assessment struct {
	tenant   *Tenant
	user     *User
	findings []finding
	defaults defaults
}

func (t *Tenant) assess(u *User) *assessment {
	a := &assessment{tenant: t, user: u, findings: make([]finding, len(t.Policies))}
	for i := range t.Policies {
		a.findings[i] = t.find(&t.Policies[i], u)
	}
	a.defaults = t.defaultsFor(u)
	return a
}

// find: an exclusion wins over every inclusion.
func (t *Tenant) find(p *Policy, u *User) finding {
	f := finding{policy: p}
	if p.Unconfirmed {
		f.needs = []string{string(Policies)}
	}
	switch {
	case p.broken != "":
		f.relation, f.applies = Undecided, maybe
		f.needs = append(f.needs, "the policy "+quote(p.Name)+" in a form that can be read")
		if p.State == stateOff || p.State == stateReportOnly {
			f.relation, f.applies = stateRelation(p), no
		}
		return f
	case p.workloads:
		f.relation = OnlyWorkloads
		return f
	case p.agents:
		f.relation = OnlyAgents
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
	f.needs = slices.Concat(f.needs, f.include.needs, f.exclude.needs)
	if len(f.needs) > 0 {
		f.applies, f.relation = maybe, Undecided
		return f
	}
	f.relation = p.effect()
	if doubt := p.doubt(); doubt != "" {
		f.applies, f.needs = maybe, []string{doubt}
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
	case !stateKnown(p.State) && (p.grant.blocks || p.grant.mfa != no || p.grant.either != no):
		unknown = p.State
	case (p.grant.mfa == maybe || p.grant.mfa == no && p.grant.either == maybe) && !p.grant.blocks:
		unknown = p.grant.unknown
	}
	if unknown == "" {
		return ""
	}
	return "to know what " + quote(unknown) + " in the policy " + quote(p.Name) + " stands for"
}

// most is the set of clients for which a policy may hold at every sign-in.
func (p *Policy) most() clients {
	if len(p.limits) > 0 || !p.grant.blocks && p.grant.mfa == no {
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
	case p.grant.mfa == no && p.grant.either == no:
		return AsksElse
	case p.grant.mfa == maybe, p.grant.either == maybe, p.State != stateOn, p.uncertain():
		return MayRequire
	case p.onlyLegacy() && p.grant.mfa == yes:
		// Legacy clients cannot pass MFA: asking them for it turns them away.
		return BlocksSome
	case p.onlyLegacy():
		return AsksElse
	case everywhere && p.grant.mfa == yes:
		return Requires
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
	if len(p.limits) > 0 || p.noApps || p.State != stateOn || !p.grant.blocks && p.grant.mfa != yes {
		return noClients
	}
	return p.clients
}

// world is one way in which what was not read may turn out: nothing of it
// applies, or all of it, or only what hangs on one need.
type world struct {
	all  bool
	only string
}

func (w world) counts(needs ...string) bool {
	return w.all || w.only != "" && slices.Contains(needs, w.only)
}

// holds reports whether something is so in the world.
func (w world) holds(is answer, needs []string) bool {
	return is == yes || is == maybe && w.counts(needs...)
}

// verdict is the verdict in a world. One more thing that applies never makes
// it lower, so that the two ends, nothing unread applies and all of it does,
// hold every other way between them.
func (a *assessment) verdict(w world) Verdict {
	if a.tenant.Missing[Policies] && w.counts(string(Policies)) || a.user.Unconfirmed && w.counts(string(Users)) {
		return Blocked // by a policy that is not known of, or since it was disabled
	}
	var blocked, asked clients
	some := false
	for i := range a.findings {
		f := &a.findings[i]
		if !w.holds(f.applies, f.needs) {
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
	switch {
	case a.user.PerUserMFA == "enforced", a.perUserUnread() && w.counts(string(PerUserMFA)):
		asked = allClients
	case a.user.PerUserMFA == "enabled":
		// Legacy clients go on with the password alone until the user has
		// registered and the state is enforced.
		asked |= modernClients
	}
	if d := &a.defaults; w.holds(d.asks, d.needs) {
		some = true
		if w.holds(d.always, d.alwaysNeeds) {
			asked = allClients
		}
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

// perUserUnread: a state that is not known could be any.
func (a *assessment) perUserUnread() bool {
	return !slices.Contains([]string{"disabled", "enabled", "enforced"}, a.user.PerUserMFA)
}

// result compares the two ends. Where at least MFA is certain, what else may
// apply could only block, which takes nothing from that.
func (a *assessment) result() Result {
	if a.user.Agent {
		return Result{Verdict: NotAssessed, Reason: "An agent: signs in without a person, so that nobody could pass MFA. Only policies that name all agent users reach it."}
	}
	low, high := a.verdict(world{}), a.verdict(world{all: true})
	r := Result{Verdict: low}
	if low != high && low.rank() < Enforced.rank() {
		r.Verdict, r.Needs = NotAssessed, a.missing(low)
		r.Reason = a.needsText(r.Needs, low)
	} else {
		r.Reason = a.reason(low)
	}
	switch {
	case a.user.Disabled && !a.user.Unconfirmed:
		// Whatever is missing, a disabled account cannot sign in.
		r.Verdict, r.Needs = Blocked, nil
		r.Reason = "The account is disabled and cannot sign in. If it is enabled: " + r.Reason
	case a.user.Disabled && r.Verdict == NotAssessed:
		r.Reason = "The account was disabled when it was last read. If it is enabled by now: " + r.Reason
	}
	a.settle(&r, low, high)
	return r
}

// missing lists what could lift the verdict: each on its own or, where it
// takes several, all of them.
func (a *assessment) missing(low Verdict) []string {
	var alone, all []string
	try := func(needs ...string) {
		for _, need := range needs {
			if slices.Contains(all, need) {
				continue
			}
			all = append(all, need)
			if a.verdict(world{only: need}) != low {
				alone = append(alone, need)
			}
		}
	}
	if a.tenant.Missing[Policies] {
		try(string(Policies))
	}
	for i := range a.findings {
		if f := &a.findings[i]; f.applies == maybe {
			try(f.needs...)
		}
	}
	if a.user.Unconfirmed {
		try(string(Users))
	}
	try(a.defaults.needs...)
	try(a.defaults.alwaysNeeds...)
	if a.perUserUnread() {
		try(string(PerUserMFA))
	}
	if len(alone) > 0 {
		return alone
	}
	return all
}
