package simulator

import (
	"slices"
	"strings"
)

// activatedRoles are the built-in roles that directoryRoles shows, by place:
// those that somebody holds or held for the whole tenant.
func (t *Tenant) activatedRoles() []int {
	var out []int
	for i := range builtinRoles {
		if builtinRoles[i].template == roleDirectoryReaders || slices.ContainsFunc(t.identity.grants, func(g roleGrant) bool {
			return g.role == builtinRoles[i].template && !g.eligible && g.scope == wholeTenant
		}) {
			out = append(out, i)
		}
	}
	return out
}

func (t *Tenant) directoryRole(i int) object {
	r := builtinRoles[i]
	return bag{"id": t.guid(i, saltRoleID), "deletedDateTime": nil, "description": r.description, "displayName": r.name, "roleTemplateId": r.template}
}

// findRole finds a directory role by its id or its template's; -1 is none.
func (t *Tenant) findRole(id string) int {
	for _, i := range t.activatedRoles() {
		if strings.EqualFold(t.guid(i, saltRoleID), id) || strings.EqualFold(builtinRoles[i].template, id) {
			return i
		}
	}
	return -1
}

// holders are the users and groups who hold a role for the whole tenant now.
func (t *Tenant) holders(role string) []reference {
	var out []reference
	for i := range t.identity.grants {
		g := &t.identity.grants[i]
		if g.role != role || g.eligible || g.scope != wholeTenant || !g.active(t.now()) {
			continue
		}
		if position, ok := t.users.find(g.principal); ok {
			out = append(out, reference{position: position})
		} else if position, ok := t.groups.find(g.principal); ok {
			out = append(out, reference{group: true, position: position})
		}
	}
	return out
}

// listDirectoryRoles comes at once: these lists do not page.
func listDirectoryRoles(x *exchange) (*answer, error) {
	t := x.tenant()
	roles := read(t, t.activatedRoles)
	return x.answerList(listing{typ: directoryRoleType, set: "directoryRoles", refuses: []string{"$top", "$orderby", "$skip"},
		size: func() int { return len(roles) }, at: func(i int) object { return t.directoryRole(roles[i]) }})
}

func getDirectoryRole(x *exchange) (*answer, error) {
	return x.single(directoryRoleType, "directoryRoles", func() object {
		if i := x.tenant().findRole(x.ids[0]); i >= 0 {
			return x.tenant().directoryRole(i)
		}
		return nil
	})
}

func listDirectoryRoleMembers(x *exchange) (*answer, error) {
	t := x.tenant()
	t.mu.RLock()
	i := t.findRole(x.ids[0])
	var refs []reference
	if i >= 0 {
		refs = t.holders(builtinRoles[i].template)
	}
	t.mu.RUnlock()
	if i < 0 {
		return nil, errNotFound(x.ids[0])
	}
	l, err := x.membersOf(refs, func(reference) bool { return false }, "")
	if err != nil {
		return nil, err
	}
	l.plainly, l.most = 0, 0
	return x.answerList(l)
}
