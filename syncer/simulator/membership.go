package simulator

import (
	"maps"
	"slices"
)

// reference is a user or a group that is a member or an owner.
type reference struct {
	group    bool
	position int
}

// membershipEdit is what was changed in a group's members since the start.
type membershipEdit struct {
	added   []reference
	removed map[reference]bool
}

// memberEvent is a member that came or went, for delta queries.
type memberEvent struct {
	member reference
	gone   bool
}

// readHidden is the permission that shows the members of groups with hidden
// membership.
const readHidden = "Member.Read.Hidden"

// object returns what a reference means, or nil when it is gone.
func (t *Tenant) object(r reference) object {
	if r.group {
		return t.groups.at(r.position)
	}
	return t.users.at(r.position)
}

// allMembers lists everyone who is or was a direct member of a group, each at
// a place that never changes. The caller holds the lock.
func (t *Tenant) allMembers(position int) []reference {
	var out []reference
	if position < t.groups.made {
		out = t.madeMembers(position)
	}
	if edit := t.memberships[position]; edit != nil {
		out = append(out, edit.added...)
	}
	return out
}

// leftGroup reports whether someone was taken out of a group.
func (t *Tenant) leftGroup(r reference, position int) bool {
	edit := t.memberships[position]
	return edit != nil && edit.removed[r]
}

// members lists the direct members of a group.
func (t *Tenant) members(position int) []reference {
	return slices.DeleteFunc(t.allMembers(position), func(r reference) bool {
		return t.object(r) == nil || t.leftGroup(r, position)
	})
}

// showsMembers reports whether a group's members show.
func (t *Tenant) showsMembers(position int, hidden bool) bool {
	return hidden || text(t.groups.at(position), "visibility") != "HiddenMembership"
}

// madeMembers are the members that follow from the seed.
func (t *Tenant) madeMembers(position int) []reference {
	var out []reference
	if position < len(namedGroups) {
		named := &t.identity.namedMembers[position]
		named.once.Do(func() { named.refs = t.matching(position) })
		return slices.Clone(named.refs)
	}
	walk := t.projectWalk(position)
	for j := range walk.size {
		out = append(out, reference{position: (walk.start + j*walk.step) % walk.users})
	}
	return out
}

// matching finds the members of a named group.
func (t *Tenant) matching(position int) []reference {
	var out []reference
	g := &namedGroups[position]
	for _, nested := range g.groups {
		if nested < t.groups.made {
			out = append(out, reference{group: true, position: nested})
		}
	}
	if g.matches != nil {
		for i := range t.users.made {
			if g.matches(t.person(i)) {
				out = append(out, reference{position: i})
			}
		}
	}
	return out
}

// walk picks the members of a project: size users, each a step apart from the
// one before, around the list of users. That tells without a list whether
// someone is a member.
type walk struct{ start, step, size, users int }

func (t *Tenant) projectWalk(position int) walk {
	n := draw(t.seed, position, saltMember)
	w := walk{users: t.users.made, size: 3 + int(n%uint64(t.identity.groupSpread))}
	if w.users == 0 {
		return walk{}
	}
	w.size = min(w.size, w.users)
	w.start = int(n >> 8 % uint64(w.users))
	w.step = 1 + int(n>>16%uint64(w.users))
	for gcd(w.step, w.users) != 1 {
		w.step++
	}
	return w
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// isMember reports whether someone is a direct member of a group.
func (t *Tenant) isMember(r reference, position int) bool {
	if edit := t.memberships[position]; edit != nil {
		if edit.removed[r] {
			return false
		}
		if slices.Contains(edit.added, r) {
			return true
		}
	}
	switch {
	case position >= t.groups.made:
		return false
	case position < len(namedGroups):
		g := &namedGroups[position]
		if r.group {
			return slices.Contains(g.groups, r.position)
		}
		return r.position < t.users.made && g.matches != nil && g.matches(t.person(r.position))
	case r.group || r.position >= t.users.made:
		return false
	}
	w := t.projectWalk(position)
	for j := range w.size {
		if (w.start+j*w.step)%w.users == r.position {
			return true
		}
	}
	return false
}

// memberOf lists the groups that someone is in, directly or through others.
func (t *Tenant) memberOf(r reference, transitive bool) []reference {
	var out []reference
	seen := map[int]bool{}
	queue := []reference{r}
	for len(queue) > 0 {
		one := queue[0]
		queue = queue[1:]
		for g := range t.groups.size() {
			if seen[g] || !t.isMember(one, g) || t.groups.at(g) == nil {
				continue
			}
			seen[g] = true
			found := reference{group: true, position: g}
			out = append(out, found)
			if transitive {
				queue = append(queue, found)
			}
		}
	}
	return out
}

// relation lists the members, transitive members or owners of a group. Without
// the permission for it the members of a group that hides them do not show.
func (t *Tenant) relation(position int, name string, hidden bool) []reference {
	if name == "owners" {
		return t.owners(position)
	}
	if !t.showsMembers(position, hidden) {
		return nil
	}
	if name == "members" {
		return t.members(position)
	}
	var out []reference
	seen := map[reference]bool{{group: true, position: position}: true}
	queue := []int{position}
	for len(queue) > 0 {
		group := queue[0]
		queue = queue[1:]
		if !t.showsMembers(group, hidden) {
			continue
		}
		for _, r := range t.members(group) {
			if seen[r] {
				continue
			}
			seen[r] = true
			out = append(out, r)
			if r.group {
				queue = append(queue, r.position)
			}
		}
	}
	return out
}

// owners lists the owners of a group: one or two users, or nobody.
func (t *Tenant) owners(position int) []reference {
	if position >= t.groups.made || t.users.made == 0 {
		return nil
	}
	g := t.makeGroup(position).(madeGroup)
	if g.ownerless || g.synced {
		return nil
	}
	n := draw(t.seed, position, saltMember+1<<32)
	out := []reference{{position: int(n % uint64(t.users.made))}}
	if n>>40%3 == 0 {
		out = append(out, reference{position: int(n >> 8 % uint64(t.users.made))})
	}
	out = slices.DeleteFunc(out, func(r reference) bool { return t.object(r) == nil })
	return slices.Compact(out)
}

// AddMember puts a user or group into a group, by ids.
func (t *Tenant) AddMember(groupID, memberID string) bool {
	return t.changeMember(groupID, memberID, true)
}

// RemoveMember takes a user or group out of a group, by ids.
func (t *Tenant) RemoveMember(groupID, memberID string) bool {
	return t.changeMember(groupID, memberID, false)
}

func (t *Tenant) changeMember(groupID, memberID string, in bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	group, ok := t.groups.find(groupID)
	if !ok {
		return false
	}
	r := reference{}
	if r.position, ok = t.users.find(memberID); !ok {
		r.group = true
		if r.position, ok = t.groups.find(memberID); !ok || r.position == group {
			return false
		}
	}
	if t.isMember(r, group) == in {
		return false
	}
	edit := t.memberships[group]
	if edit == nil {
		edit = &membershipEdit{}
		t.memberships[group] = edit
	}
	edit.removed = maps.Clone(edit.removed)
	if edit.removed == nil {
		edit.removed = map[reference]bool{}
	}
	if in {
		delete(edit.removed, r)
		if !t.isMember(r, group) {
			edit.added = append(edit.added, r)
		}
	} else {
		edit.removed[r] = true
	}
	t.groups.log = append(t.groups.log, event{seq: t.next(), position: group, properties: []string{"members"},
		members: []memberEvent{{r, !in}}})
	return true
}
