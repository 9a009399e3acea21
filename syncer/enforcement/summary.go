package enforcement

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Summary is what a policy says, in words for a table. It knows no names of the
// directory's own objects, and counts them.
type Summary struct {
	Who      string // "18 roles and guests, except 1 group"
	What     string // "All apps, only at high sign-in risk"
	Requires string // "MFA"
	Unless   string // "the device is compliant", "" where nothing else is enough
}

// Summarize says what a policy says.
func (p *Policy) Summarize() Summary {
	if p.broken != "" {
		return Summary{Who: "Cannot be read: " + p.broken, What: "Cannot be read", Requires: "Cannot be read"}
	}
	return Summary{Who: p.who(), What: p.what(), Requires: p.requires(), Unless: capital(p.grant.unless())}
}

func (p *Policy) who() string {
	if p.workloads {
		return "Service principals, no people"
	}
	who := p.include.words("all users")
	if who == "" {
		return "Nobody"
	}
	if except := p.exclude.words("all users"); except != "" {
		who += ", except " + except
	}
	return capital(who)
}

// words are whom an audience names.
func (a *audience) words(all string) string {
	var parts []string
	add := func(is bool, words string) {
		if is {
			parts = append(parts, words)
		}
	}
	add(a.all, all)
	if !a.all {
		add(len(a.users) > 0, count(len(a.users), "user"))
	}
	add(a.allGroups, "all groups")
	add(len(a.groups) > 0, count(len(a.groups), "group"))
	add(a.allRoles, "all roles")
	add(len(a.roles) > 0, count(len(a.roles), "role"))
	add(len(a.guests) > 0, a.guestWords())
	add(a.agents, "the accounts of agents")
	for _, unknown := range a.unknown {
		parts = append(parts, quote(unknown)+", which SecurAtlas does not know,")
	}
	return strings.TrimSuffix(and(parts), ",")
}

var guestWords = map[string]string{
	internalGuest: "internal guests", b2bGuest: "invited guests", b2bMember: "invited members", otherExternal: "other external users",
	"b2bDirectConnectUser": "direct connect users", "serviceProvider": "service providers",
}

func (a *audience) guestWords() string {
	var kinds []string
	for _, k := range slices.Compact(slices.Sorted(slices.Values(a.guests))) {
		if words, known := guestWords[k]; known {
			kinds = append(kinds, words)
		} else {
			kinds = append(kinds, quote(k))
		}
	}
	words := and(kinds)
	if len(kinds) == len(guestKinds) {
		words = "guests and external users"
	}
	if a.someTenants {
		words += " of some directories"
	}
	return words
}

func (p *Policy) what() string {
	if p.noApps {
		return "No app"
	}
	what, rest := "all apps", p.limits
	if p.target != nil {
		what = strings.TrimPrefix(p.target.summary(), "for ")
		rest = slices.DeleteFunc(slices.Clone(rest), func(l limit) bool { return l.target })
	}
	var limits []string
	for i := range rest {
		limits = append(limits, rest[i].summary())
	}
	if words := p.clientWords(); words != "" {
		limits = append(limits, words)
	}
	if len(limits) > 0 {
		what += ", only " + strings.Join(limits, ", ")
	}
	return capital(what)
}

// summary is a limit without names: what has no words of Microsoft's is counted.
func (l *limit) summary() string {
	if !l.quoted {
		return (&Tenant{}).limitText(*l)
	}
	var items []string
	unnamed := 0
	for _, item := range l.items {
		if words, known := literalWords[strings.ToLower(item)]; known {
			items = append(items, words)
		} else {
			unnamed++
		}
	}
	if unnamed > 0 {
		items = append(items, count(unnamed, l.noun))
	}
	if l.or {
		return l.prefix + or(items) + l.suffix
	}
	return l.prefix + and(items) + l.suffix
}

func (p *Policy) requires() string {
	g := &p.grant
	words := ""
	switch {
	case g.blocks:
		words = "blocks sign-in"
	case len(g.controls) == 0:
		words = "nothing before sign-in"
	case g.mfa == no && g.either == yes:
		words = g.controls[0]
	case g.any:
		words = or(g.controls)
	default:
		words = and(g.controls)
	}
	if len(g.retired) > 0 {
		words += " (" + g.retiredText() + ")"
	}
	return capital(words)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + s[size:]
}
