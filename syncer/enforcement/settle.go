package enforcement

import "strings"

// Rules is the version of this package's rules. It is raised with every change
// by which an account could get another verdict although nothing changed at
// Microsoft: such a verdict is no change of the account's protection.
const Rules = 2

// Settled is a verdict that was decided, as a later one is compared with it.
type Settled struct {
	Verdict Verdict
	Reason  string
	// Grounds are what the verdict rests on, in words that do not depend on
	// names and lists: "policies", "policies security_defaults"; empty where
	// something was not read and could be among them.
	Grounds string
	Rules   int
}

// Settle compares a verdict with the last one that was settled, nil = none. It
// returns what the next one is to be compared with, and whether the account's
// protection has changed.
//
// What was not read is no change: a verdict that is not assessed leaves the
// last one standing, and so does one that what is missing could turn into the
// last. The first settled verdict and the first by other rules are baselines.
func (r *Result) Settle(last *Settled) (now *Settled, changed bool) {
	settled := &Settled{Verdict: r.Verdict, Reason: r.Reason, Grounds: r.grounds, Rules: Rules}
	switch {
	case r.Verdict == NotAssessed:
		return last, false
	case last == nil || last.Rules != Rules:
		if !r.firm {
			return nil, false
		}
		return settled, false
	case r.Verdict != last.Verdict:
		// A verdict that is not firm is Enforced, and could as well be Blocked.
		if !r.firm && last.Verdict == Blocked {
			return last, false
		}
		return settled, true
	case r.grounds == "":
		return last, false
	default:
		return settled, last.Grounds != "" && last.Grounds != r.grounds
	}
}

// settle notes how far the result can be compared with others.
func (a *assessment) settle(r *Result, low, high Verdict) {
	switch {
	case a.user.Disabled:
		r.firm, r.grounds = true, "disabled"
	case r.Verdict != NotAssessed:
		r.firm = low == high
		if a.whole() {
			r.grounds = strings.Join(a.grounds(low), " ")
		}
	}
}

// whole reports whether nothing is missing, whether it could change the verdict
// or only what it rests on.
func (a *assessment) whole() bool {
	for _, missing := range a.tenant.Missing {
		if missing {
			return false
		}
	}
	for i := range a.findings {
		f := &a.findings[i]
		if f.applies == maybe || f.relation == Excluded && f.include.answer == maybe {
			return false
		}
	}
	d := &a.defaults
	return !a.user.Unconfirmed && !a.perUserUnread() && d.asks != maybe && (d.asks == no || d.always != maybe)
}

func (a *assessment) grounds(v Verdict) (words []string) {
	policies := false
	for i := range a.findings {
		switch a.findings[i].relation {
		case Requires:
			policies = policies || v == Enforced
		case RequiresSome, MayRequire:
			policies = policies || v == Partly || v == Enforced && a.findings[i].policy.reach() != noClients
		case Blocks, BlocksSome:
			policies = policies || v == Blocked
		case Excluded:
			if v == NotEnforced && len(words) == 0 && a.findings[i].nearly() {
				words = append(words, "excluded")
			}
		}
	}
	if policies {
		words = append(words, "policies")
	}
	if (v == Enforced || v == Partly) && a.defaults.asks == yes {
		words = append(words, "security_defaults")
	}
	if v == Enforced && a.user.PerUserMFA == "enforced" || (v == Enforced || v == Partly) && a.user.PerUserMFA == "enabled" {
		words = append(words, "per_user_mfa")
	}
	if len(words) == 0 {
		words = append(words, "nothing")
	}
	return words
}
