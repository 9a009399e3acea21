package enforcement

import (
	"fmt"
	"strings"
)

// Finding is what one policy means for one user, in words.
type Finding struct {
	PolicyID, PolicyName, State string
	Relation                    Relation
	// Nearly is true where the policy would require MFA, were it not off,
	// report-only, excluding the user or content with something else.
	Nearly bool
	Text   string // one or two sentences
	Needs  []string
}

func (f *finding) public(t *Tenant) Finding {
	out := Finding{PolicyID: f.policy.ID, PolicyName: f.policy.Name, State: f.policy.State, Relation: f.relation, Nearly: f.nearly(), Text: t.text(f)}
	if f.applies == maybe {
		out.Needs = f.needs
	}
	return out
}

// nearly: only a policy that would count is worth telling.
func (f *finding) nearly() bool {
	p := f.policy
	if p.broken != "" || f.include.answer != yes || p.noApps || p.grant.blocks || p.onlyLegacy() {
		return false
	}
	if p.grant.mfa != yes && p.grant.either != yes {
		return false
	}
	switch f.relation {
	case ReportOnly, Off:
		return f.exclude.answer == no
	case Excluded:
		return f.policy.State == stateOn
	default:
		return false
	}
}

// text says what a policy means for the user.
func (t *Tenant) text(f *finding) string {
	p := f.policy
	switch f.relation {
	case OnlyWorkloads:
		return "Is for service principals and concerns no user."
	case OnlyAgents:
		return "Is for the accounts of agents and concerns no person."
	case NotTargeted:
		return sentence("does not include this account" + stateNote(p))
	case Excluded:
		return sentence("excludes "+t.cause(f.exclude)+stateNote(p)) + " Otherwise it " + t.asks(p) + "."
	case Undecided:
		if p.broken != "" {
			return "Cannot be read: " + p.broken + "."
		}
		return "May apply to this account: to tell needs " + and(f.needs) + ". If it does, it " + t.asks(p) + "."
	case Off:
		if p.broken != "" {
			return "Is off."
		}
		return "Is off. It " + t.would(f) + t.asks(p) + "."
	case ReportOnly:
		if p.broken != "" {
			return "Is report-only: nothing is enforced."
		}
		return "Is report-only: nothing is enforced. It " + t.would(f) + t.asks(p) + "."
	default:
		return sentence(t.asks(p)) + " " + sentence("it includes "+t.cause(f.include))
	}
}

func (t *Tenant) would(f *finding) string {
	if f.include.answer == maybe || f.exclude.answer == maybe {
		return "may include this account and "
	}
	return "includes " + t.cause(f.include) + " and "
}

func stateNote(p *Policy) string {
	switch p.State {
	case stateOn:
		return ""
	case stateOff:
		return ", and is off"
	case stateReportOnly:
		return ", and is report-only"
	default:
		return ", and is in the state " + quote(p.State) + ", which SecurAtlas does not know"
	}
}

// cause says by what a user is included or excluded.
func (t *Tenant) cause(m match) string {
	switch m.by {
	case byAll:
		return "all users"
	case byUser:
		return "this account itself"
	case byGuest:
		return "guests of its kind"
	case byRole:
		if len(m.through) > 0 {
			return "the role " + t.called(m.id) + " through the group " + t.called(m.through[0])
		}
		return "the role " + t.called(m.id)
	case byGroup:
		s := "the group " + t.called(m.id)
		if len(m.through) > 0 {
			// From the named group down to the one that the user is in.
			var names []string
			for i := len(m.through) - 1; i >= 0; i-- {
				names = append(names, t.called(m.through[i]))
			}
			s += " through " + strings.Join(names, " and ")
		}
		return s
	default:
		return "this account"
	}
}

// asks says what a policy does, fitting after "it": "requires MFA only …".
func (t *Tenant) asks(p *Policy) string {
	if p.noApps {
		return "targets no app and asks nothing"
	}
	if len(p.grant.controls) == 0 && !p.grant.blocks {
		if len(p.grant.retired) > 0 {
			return "asks for nothing before sign-in: " + p.grant.retiredText()
		}
		return "asks for nothing before sign-in"
	}
	verb, unless := p.verb(), p.grant.unless()
	limits := t.limitWords(p)
	if !stateKnown(p.State) {
		limits = append(limits, "in the state "+quote(p.State)+", which SecurAtlas does not know")
	}
	where := " for all apps"
	if len(limits) > 0 {
		where = " only " + strings.Join(limits, ", ")
	}
	if unless != "" {
		where += ", unless " + unless
	}
	if len(p.grant.retired) > 0 {
		where += " (" + p.grant.retiredText() + ")"
	}
	return verb + where
}

// verb says what a policy asks for.
func (p *Policy) verb() string {
	g := &p.grant
	may := ""
	if p.uncertain() || !stateKnown(p.State) {
		may = "may "
	}
	s := func(verb string) string {
		if may != "" {
			return may + verb + " "
		}
		return verb + "s "
	}
	switch {
	case g.blocks:
		return s("block") + "sign-in"
	case g.mfa == yes && may == "" && p.onlyLegacy():
		return "requires MFA, which legacy clients cannot pass,"
	case g.mfa == yes && g.any:
		return s("require") + or(g.controls)
	case g.mfa == yes:
		return s("require") + and(g.controls)
	case g.mfa == maybe:
		return "may require MFA, by " + quote(g.unknown) + ", which SecurAtlas does not know,"
	case g.either == yes:
		return s("require") + g.controls[0]
	case g.either == maybe:
		return "may require MFA, by " + quote(g.unknown) + ", which SecurAtlas does not know,"
	case g.any:
		return s("require") + or(g.controls) + ", which is not MFA,"
	default:
		return s("require") + and(g.controls) + ", which is not MFA,"
	}
}

// unless is what a sign-in may bring instead of MFA, fitting after "unless".
func (g *grant) unless() string {
	if g.mfa == yes || g.either == no {
		return ""
	}
	var ways []string
	for _, words := range g.controls[1:] {
		if clause, known := unlessWords[words]; known {
			words = clause
		} else {
			words += " is passed"
		}
		ways = append(ways, words)
	}
	return or(ways)
}

// unlessWords are controls as conditions.
var unlessWords = map[string]string{
	controlWords["compliantDevice"]:      "the device is compliant",
	controlWords["domainJoinedDevice"]:   "the device is hybrid joined",
	controlWords["compliantApplication"]: "the app has an app protection policy",
	controlWords["passwordChange"]:       "the password is changed",
	controlWords["riskRemediation"]:      "the risk is remediated",
	termsOfUse:                           "the terms of use are accepted",
	customControl:                        "a custom control is passed",
}

func (g *grant) retiredText() string {
	return "the control " + quote(and(g.retired)) + " no longer counts, since Microsoft retired it"
}

func stateKnown(state string) bool {
	return state == stateOn || state == stateOff || state == stateReportOnly
}

var clientWords = []struct {
	of    clients
	words string
}{
	{browsers, "browsers"}, {modernApps, "mobile and desktop apps"},
	{activeSync, "Exchange ActiveSync clients"}, {otherClients, "other legacy clients"},
}

func (t *Tenant) limitWords(p *Policy) []string {
	var words []string
	for _, l := range p.limits {
		words = append(words, t.limitText(l))
	}
	if clients := p.clientWords(); clients != "" {
		words = append(words, clients)
	}
	return words
}

// clientWords says for which clients a policy is, "" for all of them.
func (p *Policy) clientWords() string {
	if p.clients == allClients || p.clients == noClients {
		return ""
	}
	var names []string
	for _, c := range clientWords {
		if p.clients&c.of != 0 {
			names = append(names, c.words)
		}
	}
	return "for " + and(names)
}

// named is how many apps, locations or levels a sentence lists.
const named = 3

func (t *Tenant) limitText(l limit) string {
	if l.unknown != "" {
		return "under " + quote(l.unknown) + ", which SecurAtlas does not know"
	}
	var items []string
	for i, item := range l.items {
		if i == named && len(l.items) > named+1 {
			items = append(items, fmt.Sprintf("%d more", len(l.items)-named))
			break
		}
		if l.quoted {
			item = t.called(item)
		}
		items = append(items, item)
	}
	if l.or {
		return l.prefix + or(items) + l.suffix
	}
	return l.prefix + and(items) + l.suffix
}

var literalWords = map[string]string{
	"alltrusted":                           "trusted locations",
	"all":                                  "everything",
	"office365":                            "Office 365",
	"microsoftadminportals":                "the Microsoft admin portals",
	"797f4846-ba00-4fd7-ba43-dac1f8f63013": "Windows Azure Service Management API",
	"d4ebce55-015a-49b5-a083-c84d1797ae8c": "Microsoft Intune Enrollment",
	"45a330b1-b1ec-4cc1-9161-9f03992aa49f": "Windows Store for Business",
	"00000000-0000-0000-0000-000000000000": "the trusted IPs of per-user MFA",
}

// called is what an id or literal is called: its name in quotes, the words for
// a literal of Microsoft's, else itself.
func (t *Tenant) called(id string) string {
	low := strings.ToLower(id)
	if name := t.Names[low]; name != "" {
		return quote(name)
	}
	if words, known := literalWords[low]; known {
		return words
	}
	if guid.MatchString(id) {
		return id
	}
	return quote(id)
}

func (a *assessment) perUserText() string {
	switch a.user.PerUserMFA {
	case "enforced":
		// learn.microsoft.com/entra/identity/authentication/howto-mfa-mfasettings
		return "Per-user MFA is enforced; its exceptions (trusted IPs, remembered devices, app passwords) cannot be read."
	case "enabled":
		return "Per-user MFA is enabled: the user has to register and pass MFA, but legacy clients go on with the password alone."
	case "disabled":
		return "Per-user MFA is disabled."
	case "":
		return "The per-user MFA state was not read."
	default:
		return "The per-user MFA state is " + quote(a.user.PerUserMFA) + ", which SecurAtlas does not know."
	}
}

func quote(s string) string { return "“" + s + "”" }

func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] + "." }

func and(items []string) string { return join(items, " and ") }
func or(items []string) string  { return join(items, " or ") }

func join(items []string, last string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + last + items[len(items)-1]
}
