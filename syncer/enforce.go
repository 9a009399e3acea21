package syncer

import (
	"context"
	"slices"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/enforcement"
	"github.com/securatlas/securatlas/syncer/entity"
)

// The kinds, and the part, that verdicts on MFA rest on.
const (
	usersKind       = "users"
	perUserPart     = "per_user_mfa"
	policiesKind    = "conditional_access_policies"
	defaultsKind    = "security_defaults"
	groupsKind      = "groups"
	membersKind     = "group_members"
	assignmentsKind = "role_assignments"
	enforcementKind = "mfa_enforcement"
)

// mfaKinds are all that verdicts, and the reasons given for them, are made from.
var mfaKinds = []string{
	usersKind, policiesKind, defaultsKind, groupsKind, membersKind, assignmentsKind,
	"role_definitions", "named_locations", "applications", "service_principals",
}

// judgedAtOnce is how many users are in memory while verdicts are computed.
const judgedAtOnce = 1000

// judge decides on the MFA of one tenant's users from the stored rows.
type judge struct {
	tenant enforcement.Tenant
	// ways are the memberships that follow from being directly in a group.
	ways      map[string][]enforcement.Membership
	allGroups bool // a policy names all groups
	roles     map[string][]enforcement.Role
	// confirmed are the kinds, and the part, of which the newest attempt
	// confirmed what is stored, but for single rows and for lists that it noted.
	confirmed map[string]bool
	unread    map[string]bool // groups of which not all members are known
	asOf      time.Time
}

// enforce computes the verdict on every user of a tenant and stores it.
// Where the protection of an account has changed, the history gets an entry that
// the run found.
func (s *Syncer) enforce(ctx context.Context, tenantID, runID int64, now, last store.MFAComputed) error {
	if s.cat.Def(enforcementKind) == nil {
		return nil
	}
	j, err := s.judge(ctx, tenantID)
	if err != nil {
		return err
	}
	now.AsOf = j.asOf
	for after := ""; ; {
		users, err := s.store.MFAUsers(ctx, tenantID, after, judgedAtOnce)
		if err != nil {
			return err
		}
		if len(users) == 0 {
			break
		}
		verdicts := make([]store.MFAVerdict, len(users))
		for i, u := range users {
			r := j.tenant.Judge(j.user(u))
			verdicts[i] = store.MFAVerdict{UserID: u.ID, Title: u.Title, Verdict: string(r.Verdict), Reason: r.Reason, Needs: r.Needs}
			settled, changed := r.Settle(lastSettled(u))
			if settled != nil {
				verdicts[i].Settled = &store.MFASettled{Verdict: string(settled.Verdict), Reason: settled.Reason, Grounds: settled.Grounds, Rules: settled.Rules}
			}
			if changed {
				verdicts[i].Was = u.Settled
			}
		}
		if err := s.store.SaveMFAVerdicts(ctx, tenantID, runID, now, last, verdicts); err != nil {
			return err
		}
		after = users[len(users)-1].ID
	}
	return s.store.EndMFAVerdicts(ctx, tenantID, now)
}

// lastSettled is the verdict that a new one is compared with.
func lastSettled(u store.MFAUser) *enforcement.Settled {
	if u.Settled == nil {
		return nil
	}
	return &enforcement.Settled{Verdict: enforcement.Verdict(u.Settled.Verdict), Reason: u.Settled.Reason, Grounds: u.Settled.Grounds, Rules: u.Settled.Rules}
}

// ExplainMFA says whether a user has to pass MFA, policy by policy, from the
// rows that are stored now, and how old the oldest of them are. Returns
// store.ErrNotFound for a user that is unknown or removed.
func (s *Syncer) ExplainMFA(ctx context.Context, tenantID int64, userID string) (enforcement.Explanation, time.Time, error) {
	u, err := s.store.MFAUser(ctx, tenantID, userID)
	if err != nil {
		return enforcement.Explanation{}, time.Time{}, err
	}
	j, err := s.judge(ctx, tenantID)
	if err != nil {
		return enforcement.Explanation{}, time.Time{}, err
	}
	judged := j.user(u)
	if judged.Eligible, err = s.eligibleRoles(ctx, tenantID, j, u.ID); err != nil {
		return enforcement.Explanation{}, time.Time{}, err
	}
	return j.tenant.Explain(judged), j.asOf, nil
}

// eligibleRoles are those that a user may activate, itself or as a member of a
// group.
func (s *Syncer) eligibleRoles(ctx context.Context, tenantID int64, j *judge, userID string) ([]enforcement.Role, error) {
	principals := []string{userID}
	groups, err := s.store.TransitiveGroups(ctx, tenantID, userID)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		principals = append(principals, g.GroupID)
	}
	roles, err := s.store.MFAEligibleRoles(ctx, tenantID, unique(principals))
	if err != nil {
		return nil, err
	}
	var eligible []enforcement.Role
	var names []string
	for _, r := range roles {
		eligible = append(eligible, enforcement.Role{Template: r.Template, Scope: r.Scope})
		names = append(names, r.Template)
	}
	called, err := s.store.MFANames(ctx, tenantID, unique(names))
	if err != nil {
		return nil, err
	}
	for id, name := range called {
		j.tenant.Names[id] = name
	}
	return eligible, nil
}

func (s *Syncer) judge(ctx context.Context, tenantID int64) (*judge, error) {
	facts, err := s.store.MFAFacts(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	j := &judge{ways: map[string][]enforcement.Membership{}, roles: map[string][]enforcement.Role{}}
	if err := s.findMissing(ctx, tenantID, j); err != nil {
		return nil, err
	}
	for _, p := range facts.Policies {
		policy := enforcement.NewPolicy(p.Raw)
		policy.Unconfirmed = p.Held || !j.confirmed[policiesKind]
		j.tenant.Policies = append(j.tenant.Policies, policy)
	}
	j.tenant.SecurityDefaults = facts.SecurityDefaults != nil && *facts.SecurityDefaults
	if facts.SecurityDefaults == nil {
		j.tenant.Missing[enforcement.SecurityDefaults] = true
	}
	if err := s.resolveGroups(ctx, tenantID, j, facts.Roles); err != nil {
		return nil, err
	}
	return j, nil
}

// ingredients are the kinds that verdicts rest on.
var ingredients = []struct {
	kind string
	as   enforcement.Ingredient
}{
	{usersKind, enforcement.Users},
	{policiesKind, enforcement.Policies},
	{defaultsKind, enforcement.SecurityDefaults},
	{groupsKind, enforcement.Memberships},
	{membersKind, enforcement.Memberships},
	{assignmentsKind, enforcement.Roles},
}

// findMissing notes what the newest attempts did not read completely or did not
// confirm, and how old the oldest of it all is, what failed since included.
func (s *Syncer) findMissing(ctx context.Context, tenantID int64, j *judge) error {
	j.tenant.Missing, j.confirmed = map[enforcement.Ingredient]bool{}, map[string]bool{}
	for _, of := range ingredients {
		if s.cat.Def(of.kind) == nil {
			j.tenant.Missing[of.as] = true
			continue
		}
		state, err := s.store.EntityState(ctx, tenantID, of.kind)
		if err != nil {
			return err
		}
		for i, p := range state.Parts {
			if i > 0 && p.Part != perUserPart {
				continue
			}
			if !p.AsOf.IsZero() && (j.asOf.IsZero() || p.AsOf.Before(j.asOf)) {
				j.asOf = p.AsOf
			}
			name := of.kind
			if i > 0 {
				name = p.Part
			}
			j.confirmed[name] = confirms(p)
			if i == 0 && (!confirms(p) || p.State == entity.Held) {
				j.tenant.Missing[of.as] = true
			}
		}
	}
	return nil
}

// confirms reports whether the newest attempt to read a part confirmed what is
// stored: all of it but the rows that are held, and the lists of single parents
// that it could not read.
func confirms(p store.PartState) bool {
	return p.State == entity.Complete || p.State == entity.Held || p.State == entity.Partial && p.AllButGaps
}

// resolveGroups finds all groups that lead into one which a policy names or
// which has a role. Groups are far fewer than their members: users come later,
// a chunk at a time, with their direct groups.
func (s *Syncer) resolveGroups(ctx context.Context, tenantID int64, j *judge, roles []store.MFARole) error {
	var roots, names []string
	for i := range j.tenant.Policies {
		p := &j.tenant.Policies[i]
		ids, all := p.Groups()
		roots, j.allGroups = append(roots, ids...), j.allGroups || all
		names = append(names, p.Names()...)
	}
	for _, r := range roles {
		role := enforcement.Role{Template: r.Template, Scope: r.Scope, Unconfirmed: r.Held || !j.confirmed[assignmentsKind]}
		if r.Group {
			role.Group = r.PrincipalID
			j.tenant.GroupRoles = append(j.tenant.GroupRoles, role)
			roots = append(roots, r.PrincipalID)
		}
		j.roles[r.PrincipalID] = append(j.roles[r.PrincipalID], role)
	}
	roots = unique(roots)
	nested, err := s.store.NestedGroups(ctx, tenantID, roots)
	if err != nil {
		return err
	}
	j.tenant.UnreadGroups, j.unread = map[string]bool{}, nested.Unread
	for _, root := range roots {
		for group, way := range j.descend(root, nested) {
			way.Group = root
			j.ways[group] = append(j.ways[group], way)
			if nested.Unread[group] {
				j.tenant.UnreadGroups[root] = true
			}
			names = append(names, group)
		}
	}
	j.tenant.Names, err = s.store.MFANames(ctx, tenantID, unique(names))
	return err
}

// descend returns the groups that are in a root at any depth, the root itself
// included, each with a shortest way: the groups between, itself first. A way
// that was confirmed comes before a shorter one that was not.
func (j *judge) descend(root string, nested store.Nesting) map[string]enforcement.Membership {
	confirmed := func(outer, inner string) bool {
		return j.membersConfirmed(outer) && !nested.Held[[2]string{outer, inner}]
	}
	ways := map[string]enforcement.Membership{root: {}}
	for _, certain := range []bool{true, false} {
		var level []string
		for group := range ways {
			level = append(level, group)
		}
		for slices.Sort(level); len(level) > 0; {
			var next []string
			for _, outer := range level {
				for _, group := range nested.Within[outer] {
					if _, known := ways[group]; known || certain && !confirmed(outer, group) {
						continue
					}
					ways[group] = enforcement.Membership{Through: append([]string{group}, ways[outer].Through...), Unconfirmed: !certain}
					next = append(next, group)
				}
			}
			level = next
		}
	}
	return ways
}

// membersConfirmed reports whether the members of a group are as stored.
func (j *judge) membersConfirmed(group string) bool {
	return j.confirmed[groupsKind] && j.confirmed[membersKind] && !j.unread[group]
}

// user is a stored user as it is judged.
func (j *judge) user(u store.MFAUser) *enforcement.User {
	out := &enforcement.User{
		ID: u.ID, Disabled: u.Disabled, Agent: u.Agent, Type: u.Type, External: u.External,
		Unconfirmed: u.Held || !j.confirmed[usersKind],
		Roles:       j.roles[u.ID],
	}
	if j.confirmed[perUserPart] {
		out.PerUserMFA = u.PerUser
	}
	for _, direct := range u.Groups {
		old := direct.Held || !j.membersConfirmed(direct.Group)
		for _, m := range j.ways[direct.Group] {
			m.Unconfirmed = m.Unconfirmed || old
			out.Groups = append(out.Groups, m)
		}
		if j.allGroups {
			out.Groups = append(out.Groups, enforcement.Membership{Group: direct.Group, Unconfirmed: old})
		}
	}
	for _, m := range out.Groups {
		for _, role := range j.roles[m.Group] {
			role.Outside = m.Unconfirmed
			out.Roles = append(slices.Clip(out.Roles), role)
		}
	}
	return out
}

func unique(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}
