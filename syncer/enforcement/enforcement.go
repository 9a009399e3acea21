// Package enforcement decides whether a user has to pass multifactor
// authentication (MFA) to sign in, and says why: from Conditional Access
// policies, security defaults and per-user MFA. It knows nothing of where its
// input comes from, so every rule can be held against a case made by hand.
//
// It never claims more than the input proves. A membership, a role or a policy
// is there, is not, or may be: what the newest attempt to read it did not
// confirm is a maybe, whether it was there before or not. Of what Microsoft adds after this
// was written, a condition makes a policy count for less, while a control, a state
// or a literal among users leaves open whether it counts at all. That, like an
// ingredient that was not read and every maybe, makes the verdict "not assessed",
// but only where it could change the verdict.
//
// The rules are those of learn.microsoft.com/entra/identity/conditional-access
// and learn.microsoft.com/entra/fundamentals/security-defaults.
package enforcement

import "slices"

// Verdict is whether a user has to pass MFA.
type Verdict string

// The verdicts. Their names are stored.
const (
	Enforced    Verdict = "enforced"     // every sign-in that succeeds has to pass MFA
	Partly      Verdict = "partly"       // some sign-ins have to
	NotEnforced Verdict = "not_enforced" // none has to
	Blocked     Verdict = "blocked"      // no sign-in succeeds
	NotAssessed Verdict = "not_assessed" // what was read does not decide it
)

// Verdicts lists the verdicts, the worst first.
var Verdicts = []Verdict{NotEnforced, Partly, NotAssessed, Enforced, Blocked}

// rank orders the verdicts that facts lead to: one more policy that applies
// never lowers it.
func (v Verdict) rank() int {
	switch v {
	case Partly:
		return 1
	case Enforced:
		return 2
	case Blocked:
		return 3
	default:
		return 0
	}
}

// Ingredient is something that a verdict is computed from.
type Ingredient string

// The ingredients, in words that fit after "needs".
const (
	Users            Ingredient = "the list of users"
	Policies         Ingredient = "the Conditional Access policies"
	SecurityDefaults Ingredient = "the state of security defaults"
	Memberships      Ingredient = "the group memberships"
	Roles            Ingredient = "the directory role assignments"
	PerUserMFA       Ingredient = "the per-user MFA state"
)

// Tenant is what all users of a directory are judged by.
type Tenant struct {
	Policies []Policy
	// SecurityDefaults is whether they are on.
	SecurityDefaults bool
	// Missing are the ingredients that the newest attempt did not read
	// completely: what is not known of may be there.
	Missing map[Ingredient]bool
	// UnreadGroups are the ids of groups whose members, or the members of a
	// group nested in them, could not all be read.
	UnreadGroups map[string]bool
	// GroupRoles are the roles of groups: whoever may be in such a group may
	// have its roles.
	GroupRoles []Role
	// Names are the display names of groups, roles, apps and named locations
	// by id, in lower case. What has none is called by its id.
	Names map[string]string
}

// User is an account that is judged. All ids are in lower case.
type User struct {
	ID       string
	Disabled bool
	// Agent is true for the account of an AI agent, which no person signs in with.
	Agent bool
	// Unconfirmed is true where the newest attempt did not confirm what the
	// account is: its type, and whether it is enabled.
	Unconfirmed bool
	// Type is Microsoft's userType: Member or Guest; empty is a member, as it
	// is for accounts older than the property.
	Type string
	// External is true where the account signs in with another directory or
	// identity provider.
	External bool
	// Groups are the groups that policies name, and that the user is in.
	Groups []Membership
	// Roles are the directory roles that are active now; a role that the user
	// is only eligible for is none.
	Roles []Role
	// Eligible are roles that the user may activate. They decide nothing before.
	Eligible []Role
	// PerUserMFA is Microsoft's perUserMfaState: disabled, enabled or enforced;
	// empty where it was not read.
	PerUserMFA string
}

// Membership is a user's being in a group.
type Membership struct {
	Group string // id
	// Through are the groups between, the one that the user is a direct member
	// of first; empty for a direct member.
	Through []string
	// Unconfirmed is true where the newest attempt did not confirm it.
	Unconfirmed bool
}

// Role is a directory role that a user has.
type Role struct {
	Template string // role template id
	Group    string // through which the user has it, "" for the user's own
	// Unconfirmed is true where the newest attempt did not confirm that the role
	// is assigned, and Outside where it did not confirm that the user is in the
	// group.
	Unconfirmed, Outside bool
	// Scope is the assignment's directoryScopeId; Conditional Access sees only
	// roles for the whole directory, "/" or empty.
	Scope string
}

func (r Role) wide() bool { return r.Scope == "" || r.Scope == "/" }

// Result is a verdict with its reason.
type Result struct {
	Verdict Verdict
	Reason  string   // sentences for an admin
	Needs   []string // what is missing where the verdict is NotAssessed

	grounds string // see Settled
	firm    bool   // the verdict is the same whatever is missing
}

// Explanation is a result with every policy's share in it.
type Explanation struct {
	Result
	Findings []Finding // in the order of the tenant's policies
	PerUser  string    // what per-user MFA does, a sentence
	Defaults string    // what security defaults do, a sentence
	// Eligible says of each role that the user may activate, and that would change
	// the verdict, to what.
	Eligible []string
}

// Judge returns the verdict on a user.
func (t *Tenant) Judge(u *User) Result {
	return t.assess(u).result()
}

// Explain returns the verdict on a user, policy by policy.
func (t *Tenant) Explain(u *User) Explanation {
	a := t.assess(u)
	x := Explanation{Result: a.result(), PerUser: a.perUserText(), Defaults: a.defaultsText()}
	for i := range a.findings {
		x.Findings = append(x.Findings, a.findings[i].public(t))
	}
	x.Eligible = t.afterActivation(u, x.Verdict)
	return x
}

// afterActivation says of the roles that a user may activate what the verdict
// is then, where it is another.
func (t *Tenant) afterActivation(u *User, now Verdict) (texts []string) {
	said := map[string]bool{}
	for _, r := range u.Eligible {
		active := *u
		active.Roles = append(slices.Clip(u.Roles), r)
		then := t.Judge(&active)
		text := "Eligible for " + t.called(r.Template) + ": while it is activated, " + thenWords[then.Verdict]
		if then.Verdict != now && !said[text] {
			said[text] = true
			texts = append(texts, text)
		}
	}
	return texts
}

var thenWords = map[Verdict]string{
	Enforced:    "every sign-in has to pass MFA.",
	Partly:      "some sign-ins have to pass MFA.",
	NotEnforced: "no sign-in has to pass MFA.",
	Blocked:     "no sign-in succeeds.",
	NotAssessed: "it is not known whether sign-ins have to pass MFA.",
}
