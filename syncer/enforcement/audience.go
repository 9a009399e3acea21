package enforcement

import (
	"encoding/json"
	"slices"
	"strings"
)

// audience is whom a policy includes, or whom it excludes.
type audience struct {
	all, allGroups, allRoles bool
	agents                   bool            // the accounts of agents, and of nobody else
	users                    map[string]bool // ids in lower case, as all ids here
	groups, roles            []string
	guests                   []string // Microsoft's guestOrExternalUserTypes
	someTenants              bool     // of external users, only those of the directories named
	unknown                  []string // what this package does not know
}

// The six kinds of guest or external user that Microsoft names, and those of
// them that a row of the directory can be. B2B direct connect users and service
// providers have none.
const (
	internalGuest = "internalGuest"
	b2bGuest      = "b2bCollaborationGuest"
	b2bMember     = "b2bCollaborationMember"
	otherExternal = "otherExternalUser"
)

var guestKinds = []string{internalGuest, b2bGuest, b2bMember, "b2bDirectConnectUser", otherExternal, "serviceProvider"}

func (p *Policy) readUsers(raw json.RawMessage) error {
	users, err := object(raw)
	if err != nil {
		return err
	}
	for _, side := range []struct {
		prefix string
		of     *audience
	}{{"include", &p.include}, {"exclude", &p.exclude}} {
		if err := side.of.read(users, side.prefix); err != nil {
			return err
		}
	}
	for _, name := range users.rest() {
		if strings.HasPrefix(name, "exclude") {
			p.exclude.unknown = append(p.exclude.unknown, name)
		} else {
			p.include.unknown = append(p.include.unknown, name)
		}
	}
	return nil
}

func (a *audience) read(users fields, prefix string) error {
	ids, err := users.list(prefix + "Users")
	if err != nil {
		return err
	}
	for _, id := range ids {
		switch {
		case strings.EqualFold(id, "All"):
			a.all = true
		case strings.EqualFold(id, "None"):
		case strings.EqualFold(id, "AllAgentIdUsers"):
			// "All agents acting as users": no person is one of them
			// (learn.microsoft.com/entra/identity/conditional-access/agent-id).
			a.agents = true
		case strings.EqualFold(id, "GuestsOrExternalUsers"):
			a.guests = append(a.guests, guestKinds...)
		case guid.MatchString(id):
			if a.users == nil {
				a.users = map[string]bool{}
			}
			a.users[strings.ToLower(id)] = true
		default:
			a.unknown = append(a.unknown, id)
		}
	}
	if a.groups, a.allGroups, err = a.ids(users, prefix+"Groups"); err != nil {
		return err
	}
	if a.roles, a.allRoles, err = a.ids(users, prefix+"Roles"); err != nil {
		return err
	}
	return a.readGuests(users.take(prefix + "GuestsOrExternalUsers"))
}

func (a *audience) ids(users fields, name string) (ids []string, all bool, err error) {
	list, err := users.list(name)
	for _, id := range list {
		switch {
		case strings.EqualFold(id, "All"):
			all = true
		case strings.EqualFold(id, "None"):
		case guid.MatchString(id):
			ids = append(ids, strings.ToLower(id))
		default:
			a.unknown = append(a.unknown, id)
		}
	}
	return ids, all, err
}

func (a *audience) readGuests(raw json.RawMessage) error {
	scope, err := object(raw)
	if err != nil {
		return err
	}
	kinds, err := scope.list("guestOrExternalUserTypes")
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		if !strings.EqualFold(kind, "none") {
			a.guests = append(a.guests, kind)
		}
	}
	tenants, err := object(scope.take("externalTenants"))
	if err != nil {
		return err
	}
	// Anything but "all" narrows the external users to some directories.
	kind, err := tenants.list("membershipKind")
	if len(kind) > 0 && !slices.ContainsFunc(kind, func(k string) bool { return strings.EqualFold(k, "all") }) {
		a.someTenants = true
	}
	return err
}

// nobody reports whether the audience names no one, agents included.
func (a *audience) nobody() bool { return a.noPerson() && !a.agents }

// noPerson reports whether the audience names no one but agents.
func (a *audience) noPerson() bool {
	return !a.all && !a.allGroups && !a.allRoles && len(a.users)+len(a.groups)+len(a.roles)+len(a.guests)+len(a.unknown) == 0
}

// answer is yes, no, or what it takes to tell.
type answer int

const (
	no answer = iota
	maybe
	yes
)

// match is whether a user is in an audience, and by what.
type match struct {
	answer  answer
	by      by
	id      string   // of the group or role
	through []string // groups between; of a role the group that has it
	needs   []string // for maybe: what would tell
}

type by string

const (
	byAll    by = "all"
	byUser   by = "user"
	byGroup  by = "group"
	byRole   by = "role"
	byGuest  by = "guest"
	byNobody by = ""
)

// matches decides whether a person is in the audience. Being in it in one way
// suffices; of several the plainest is named.
func (t *Tenant) matches(a *audience, u *User, p *Policy) match {
	if a.users[u.ID] {
		return match{answer: yes, by: byUser}
	}
	if a.all {
		return match{answer: yes, by: byAll}
	}
	m := match{}
	for _, found := range []match{t.inGroups(a, u), t.inRoles(a, u), inGuests(a, u)} {
		if found.answer == yes {
			return found
		}
		if found.answer == maybe {
			m.answer = maybe
			m.needs = append(m.needs, found.needs...)
		}
	}
	for _, literal := range a.unknown {
		m.answer = maybe
		m.needs = append(m.needs, "to know what "+quote(literal)+" in the policy "+quote(p.Name)+" stands for")
	}
	return m
}

// inGroups: policies apply to nested members too.
func (t *Tenant) inGroups(a *audience, u *User) match {
	if len(a.groups) == 0 && !a.allGroups {
		return match{}
	}
	var best match
	for i := range u.Groups {
		g := &u.Groups[i]
		switch {
		case !a.allGroups && !slices.Contains(a.groups, g.Group):
		case g.Unconfirmed:
			best = best.or(maybe, t.membersOf(g.Group))
		case best.answer != yes || len(g.Through) < len(best.through):
			best = match{answer: yes, by: byGroup, id: g.Group, through: g.Through}
		}
	}
	if best.answer == yes {
		return best
	}
	if t.Missing[Memberships] {
		return best.or(maybe, string(Memberships))
	}
	for _, id := range a.groups {
		if t.UnreadGroups[id] {
			best = best.or(maybe, t.membersOf(id))
		}
	}
	if a.allGroups && len(t.UnreadGroups) > 0 {
		best = best.or(maybe, string(Memberships))
	}
	return best
}

// membersOf is what tells whether someone is in a group.
func (t *Tenant) membersOf(group string) string {
	if t.Missing[Memberships] {
		return string(Memberships)
	}
	return "the members of the group " + t.called(group)
}

// or adds what would tell to a match that is not certain.
func (m match) or(answer answer, need string) match {
	if m.answer == yes {
		return m
	}
	m.answer = answer
	if !slices.Contains(m.needs, need) {
		m.needs = append(m.needs, need)
	}
	return m
}

// inRoles: only active roles for the whole directory count; those scoped to an
// administrative unit or an object do not.
func (t *Tenant) inRoles(a *audience, u *User) match {
	if len(a.roles) == 0 && !a.allRoles {
		return match{}
	}
	return t.holds(u, func(r *Role) bool { return r.wide() && (a.allRoles || slices.Contains(a.roles, r.Template)) })
}

// holds decides whether a user has one of the roles that are wanted.
func (t *Tenant) holds(u *User, wanted func(*Role) bool) (m match) {
	for i := range u.Roles {
		r := &u.Roles[i]
		switch {
		case !wanted(r):
		case r.Unconfirmed:
			m = m.or(maybe, string(Roles))
		case r.Outside:
			m = m.or(maybe, t.membersOf(r.Group))
		default:
			return match{answer: yes, by: byRole, id: r.Template, through: throughGroup(r)}
		}
	}
	if t.Missing[Roles] {
		return m.or(maybe, string(Roles))
	}
	for i := range t.GroupRoles {
		if r := &t.GroupRoles[i]; wanted(r) && (t.Missing[Memberships] || t.UnreadGroups[r.Group]) {
			m = m.or(maybe, t.membersOf(r.Group))
		}
	}
	return m
}

func throughGroup(r *Role) []string {
	if r.Group == "" {
		return nil
	}
	return []string{r.Group}
}

// inGuests: which kind of guest an account is follows from its type and from
// where it signs in.
func inGuests(a *audience, u *User) match {
	guest := strings.EqualFold(u.Type, "Guest")
	switch {
	case len(a.guests) == 0:
		return match{}
	case u.Unconfirmed:
		// A guest may have become a member since, and a member a guest.
		return match{answer: maybe, needs: []string{string(Users)}}
	case !guest && !u.External:
		return match{}
	}
	kind := b2bMember
	switch {
	case guest && u.External:
		kind = b2bGuest
	case guest:
		kind = internalGuest
	}
	if slices.Contains(a.guests, kind) {
		// The directories named narrow external users only, and Microsoft does
		// not report the home directory of an account.
		if a.someTenants && u.External {
			return match{answer: maybe, needs: []string{"the guest's home directory, which Microsoft does not report"}}
		}
		return match{answer: yes, by: byGuest}
	}
	for _, k := range a.guests {
		if !slices.Contains(guestKinds, k) {
			return match{answer: maybe, needs: []string{"to know what the guest type " + quote(k) + " stands for"}}
		}
		// Microsoft says only "not represented by the other types".
		if k == otherExternal && u.External && u.Type == "" {
			return match{answer: maybe, needs: []string{"the account's user type"}}
		}
	}
	return match{}
}
