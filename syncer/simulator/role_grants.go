package simulator

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

// roleGrant is a role that somebody holds, or may activate. It keeps its place
// for good, so that the places in page tokens stay right.
type roleGrant struct {
	id        string
	role      string // id of the definition
	principal string
	scope     string // "/", "/administrativeUnits/…" or "/" and the id of an object
	eligible  bool
	activated bool
	member    string // "Direct", "Group" or "Inherited"
	starts    time.Time
	ends      time.Time // zero: permanent
	schedule  string    // id of the schedule behind it
	using     string    // the eligibility that was activated
	gone      bool
}

const (
	wholeTenant   = "/"
	directMember  = "Direct"
	throughGroup  = "Group"
	unitScope     = "/administrativeUnits/"
	activatedType = "Activated"
)

// active reports whether a grant counts now.
func (g *roleGrant) active(now time.Time) bool {
	return !g.gone && !now.Before(g.starts) && (g.ends.IsZero() || now.Before(g.ends))
}

// grantID is an id of the kind that role assignments have: the role's and the
// principal's, as .NET stores them, in base64, and a number. A narrower scope
// is in it too.
func grantID(role, principal, scope string, eligible bool) string {
	var raw []byte
	for _, id := range []string{role, principal} {
		raw = append(raw, dotnetGUID(id)...)
	}
	if scope != wholeTenant {
		raw = append(raw, dotnetGUID(scope[strings.LastIndexByte(scope, '/')+1:])...)
	}
	id := base64.RawURLEncoding.EncodeToString(raw) + "-1"
	if eligible {
		id += "-e"
	}
	return id
}

// dotnetGUID is a GUID with the low byte of its first three numbers first.
func dotnetGUID(id string) []byte {
	raw := rawGUID(id)
	slices.Reverse(raw[0:4])
	slices.Reverse(raw[4:6])
	slices.Reverse(raw[6:8])
	return raw[:]
}

// grant adds a grant and returns its id. The caller holds the lock.
func (t *Tenant) grant(g roleGrant) string {
	if g.scope == "" {
		g.scope = wholeTenant
	}
	if g.member == "" {
		g.member = directMember
	}
	if g.id == "" {
		g.id = grantID(g.role, g.principal, g.scope, g.eligible)
		taken := func(id string) bool {
			return slices.ContainsFunc(t.identity.grants, func(o roleGrant) bool { return !o.gone && o.id == id })
		}
		for n, plain := 2, g.id; taken(g.id); n++ {
			g.id = fmt.Sprintf("%s-%d", plain, n)
		}
	}
	if g.schedule == "" {
		if g.schedule = g.id; g.eligible || g.activated || !g.starts.IsZero() {
			g.schedule = t.guid(len(t.identity.grants), saltSchedule)
		}
	}
	t.identity.grants = append(t.identity.grants, g)
	return g.id
}

// assignRoles hands out the roles of every tenant: to people, guests, groups
// and apps; for good, for a time and to be activated; everywhere and in parts.
func (t *Tenant) assignRoles() {
	user := func(i int) string { return t.userID(i) }
	give := func(role string, positions ...int) {
		for _, i := range positions {
			if i < t.users.made {
				t.grant(roleGrant{role: role, principal: user(i)})
			}
		}
	}
	give(roleGlobalAdministrator, 0, 1, 2)
	give(roleUserAdministrator, 6)
	give(roleSecurityAdministrator, 7)
	give(roleSynchronization, 3)
	give(roleSharePoint, 10) // a disabled account

	staff := t.some(8, func(p *person) bool { return p.kind == member && p.enabled() })
	synced := t.some(1, func(p *person) bool { return p.kind == member && p.enabled() && p.synced() })
	guests := t.some(1, func(p *person) bool { return p.kind == guest && p.enabled() })
	give(roleIntune, synced...)
	give(roleApplication, guests...)
	t.assignToGroups()
	t.assignToApplications()
	// The principal of this one was deleted.
	t.grant(roleGrant{role: roleReportsReader, principal: t.guid(0, saltGone)})
	if len(staff) < 8 {
		return
	}
	give(roleExchange, staff[0], staff[1])
	give(roleBilling, staff[2])
	t.grant(roleGrant{role: roleAuthentication, principal: user(staff[3]), scope: unitScope + t.unitID(0)})
	t.assignForATime(staff[3:])
}

// some are the positions of the first made-up people who match.
func (t *Tenant) some(n int, match func(*person) bool) []int {
	var out []int
	for i := len(specials); i < min(t.users.made, 5000) && len(out) < n; i++ {
		if match(t.person(i)) {
			out = append(out, i)
		}
	}
	return out
}

func (t *Tenant) assignToGroups() {
	give := func(g roleGrant, group int) {
		if group < t.groups.made {
			g.principal = t.groupID(group)
			t.grant(g)
		}
	}
	give(roleGrant{role: roleGlobalReader}, readersGroup)
	give(roleGrant{role: roleHelpdesk, scope: unitScope + t.unitID(1)}, helpdeskGroup)
	give(roleGrant{role: roleCloudApplication, eligible: true, starts: t.today.AddDate(0, -5, 0)}, eligibleGroup)
}

func (t *Tenant) assignToApplications() {
	t.grant(roleGrant{role: roleDirectoryReaders, principal: t.principalOf(1)})
	t.grant(roleGrant{role: rolePrivilegedAdministrator, principal: t.principalOf(2)})
	if t.users.made > 4 {
		// The custom role is given on one application only.
		t.grant(roleGrant{role: t.customRole(), principal: t.userID(4), scope: wholeTenant + t.guid(3, saltAppID)})
	}
}

// assignForATime makes what PIM is for: eligible, activated and ending grants.
func (t *Tenant) assignForATime(staff []int) {
	months := func(n int) time.Time { return t.today.AddDate(0, n, 0) }
	eligible := func(position int, g roleGrant) string {
		g.principal, g.eligible = t.userID(position), true
		return t.grant(g)
	}
	eligible(staff[0], roleGrant{role: roleGlobalAdministrator, starts: months(-7)})
	eligible(staff[1], roleGrant{role: roleConditionalAccess, starts: months(-2), ends: months(10)})
	eligible(staff[2], roleGrant{role: roleUserAdministrator, starts: months(-11), ends: t.today.AddDate(0, 0, 9), scope: unitScope + t.unitID(0)})
	eligible(6, roleGrant{role: roleExchange, starts: months(-3)})
	eligible(staff[3], roleGrant{role: roleSecurityAdministrator, starts: months(1), ends: months(4)}) // not yet

	now := t.now().UTC().Truncate(time.Second)
	using := eligible(staff[3], roleGrant{role: roleTeams, starts: months(-6), ends: months(6)})
	t.grant(roleGrant{role: roleTeams, principal: t.userID(staff[3]), activated: true, starts: now.Add(-time.Hour), ends: now.Add(7 * time.Hour), using: using})
	t.grant(roleGrant{role: roleGroups, principal: t.userID(staff[4]), starts: months(-1), ends: t.today.AddDate(0, 0, 20)})
	t.grant(roleGrant{role: roleSecurityReader, principal: t.userID(staff[4]), starts: months(-8)}) // through PIM, without an end
	if t.groups.made <= eligibleGroup {
		return
	}
	// Whoever is in an eligible group activates the role for themselves.
	for _, r := range t.madeMembers(eligibleGroup)[:min(1, len(t.madeMembers(eligibleGroup)))] {
		t.grant(roleGrant{role: roleCloudApplication, principal: t.userID(r.position), activated: true, member: throughGroup,
			starts: now.Add(-30 * time.Minute), ends: now.Add(3 * time.Hour), using: grantID(roleCloudApplication, t.groupID(eligibleGroup), wholeTenant, true)})
	}
}

func (t *Tenant) unitID(i int) string { return t.guid(i, saltUnit) }

// adminPositions are the positions of the users who hold a role now, themselves or
// through a group. The caller holds the lock.
func (t *Tenant) adminPositions() map[int]bool {
	c := &t.identity.admins
	c.mu.Lock()
	defer c.mu.Unlock()
	now := t.now()
	if c.found != nil && c.seq == t.seq && now.Sub(c.at) < time.Minute && !now.Before(c.at) {
		return c.found
	}
	found := map[int]bool{}
	for i := range t.identity.grants {
		g := &t.identity.grants[i]
		if g.eligible || !g.active(now) {
			continue
		}
		if position, ok := t.users.find(g.principal); ok {
			found[position] = true
		} else if position, ok := t.groups.find(g.principal); ok {
			for _, r := range t.relation(position, "transitiveMembers", true) {
				if !r.group {
					found[r.position] = true
				}
			}
		}
	}
	c.found, c.seq, c.at = found, t.seq, now
	return found
}

// AddRoleAssignment gives a role and returns the assignment's id. It takes
// principalId and roleDefinitionId, and where wanted directoryScopeId,
// startDateTime, endDateTime, assignmentType ("Assigned" or "Activated") and
// memberType. Without times it is one for good, made without PIM.
func (t *Tenant) AddRoleAssignment(properties map[string]any) string {
	return t.addGrant(properties, false)
}

// AddEligibility lets somebody activate a role, and returns the id of the
// eligibility. It takes what AddRoleAssignment takes.
func (t *Tenant) AddEligibility(properties map[string]any) string {
	return t.addGrant(properties, true)
}

func (t *Tenant) addGrant(properties map[string]any, eligible bool) string {
	given := bag(normal(properties))
	at := func(name string) time.Time {
		if text(given, name) == "" {
			return time.Time{}
		}
		found, err := parseInstant(text(given, name))
		if err != nil {
			panic(fmt.Sprintf("simulator: %s: %v", name, err))
		}
		return found
	}
	g := roleGrant{
		role: text(given, "roleDefinitionId"), principal: text(given, "principalId"), scope: text(given, "directoryScopeId"), eligible: eligible,
		activated: text(given, "assignmentType") == activatedType, member: text(given, "memberType"), starts: at("startDateTime"), ends: at("endDateTime"),
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if eligible && g.starts.IsZero() {
		g.starts = t.now()
	}
	t.next()
	return t.grant(g)
}

// RemoveRoleAssignment takes a role away, by the id of the assignment.
func (t *Tenant) RemoveRoleAssignment(id string) bool { return t.removeGrant(id, false) }

// RemoveEligibility ends an eligibility, by its id.
func (t *Tenant) RemoveEligibility(id string) bool { return t.removeGrant(id, true) }

func (t *Tenant) removeGrant(id string, eligible bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.identity.grants {
		if g := &t.identity.grants[i]; g.id == id && g.eligible == eligible && !g.gone {
			g.gone = true
			t.next()
			return true
		}
	}
	return false
}

// RoleAssignmentIDs lists the assignments that count now.
func (t *Tenant) RoleAssignmentIDs() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var out []string
	for i := range t.identity.grants {
		if g := &t.identity.grants[i]; !g.eligible && g.active(t.now()) {
			out = append(out, g.id)
		}
	}
	return out
}
