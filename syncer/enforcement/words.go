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
		out.Needs = f.needs()
	}
	return out
}

// nearly: only a policy that would count is worth telling.
func (f *finding) nearly() bool {
	p := f.policy
	if p.broken != "" || f.include.answer != yes || p.noApps || p.grant.blocks || p.onlyLegacy() {
		return false
	}
	if f.relation == AsksElse {
		return p.grant.either && p.State == stateOn
	}
	if p.grant.mfa != yes {
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
	case NotTargeted:
		return sentence("does not include this account" + stateNote(p))
	case Excluded:
		return sentence("excludes "+t.cause(f.exclude)+stateNote(p)) + " Otherwise it " + t.asks(p) + "."
	case Undecided:
		if p.broken != "" {
			return "Cannot be read: " + p.broken + "."
		}
		return "May apply to this account: to tell needs " + and(f.needs()) + ". If it does, it " + t.asks(p) + "."
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
	g := &p.grant
	sure := !p.uncertain() && stateKnown(p.State)
	verb := ""
	switch {
	case g.blocks && !sure:
		verb = "may block sign-in"
	case g.blocks:
		verb = "blocks sign-in"
	case len(g.controls) == 0:
		return "asks for nothing before sign-in"
	case g.mfa == yes && !sure:
		verb = "may require " + and(g.controls)
	case g.mfa == yes && p.onlyLegacy():
		verb = "requires MFA, which legacy clients cannot pass,"
	case g.mfa == yes:
		verb = "requires " + and(g.controls)
	case g.mfa == maybe:
		verb = "may require MFA, by " + quote(g.unknown) + ", which SecurAtlas does not know,"
	case g.either:
		verb = "requires " + g.controls[0] + " or, instead, " + or(g.controls[1:])
	default:
		verb = "requires " + and(g.controls) + ", which is not MFA,"
	}
	limits := t.limitWords(p)
	if !stateKnown(p.State) {
		limits = append(limits, "in the state "+quote(p.State)+", which SecurAtlas does not know")
	}
	if len(limits) == 0 {
		return verb + " for all apps"
	}
	return verb + " only " + strings.Join(limits, ", ")
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
	if p.clients != allClients && p.clients != noClients {
		var names []string
		for _, c := range clientWords {
			if p.clients&c.of != 0 {
				names = append(names, c.words)
			}
		}
		words = append(words, "for "+and(names))
	}
	return words
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
		return "Per-user MFA is enforced."
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

func (a *assessment) defaultsText() string {
	switch {
	case a.tenant.Missing[SecurityDefaults] && !a.defaultsUnread():
		return "Security defaults are off, as they are wherever a Conditional Access policy is on."
	case a.tenant.Missing[SecurityDefaults]:
		return "Whether security defaults are on was not read."
	case a.tenant.SecurityDefaults && a.syncAccount():
		return "Security defaults are on, but leave out the account that directory synchronization uses."
	case a.tenant.SecurityDefaults && a.administrator():
		return "Security defaults are on: Microsoft requires MFA of administrators at every sign-in."
	case a.tenant.SecurityDefaults && a.tenant.Missing[Roles]:
		return "Security defaults are on: Microsoft requires MFA when it finds it necessary, and of administrators at every sign-in."
	case a.tenant.SecurityDefaults:
		return "Security defaults are on: Microsoft requires MFA when it finds it necessary."
	default:
		return "Security defaults are off."
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
