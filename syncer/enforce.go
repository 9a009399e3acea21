package syncer

import (
	"context"
	"fmt"
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
	perUser   bool // the state of per-user MFA was read
	asOf      time.Time
}

// enforce computes the verdict on every user of a tenant and stores it.
// Where the protection of an account has changed, the history gets an entry that
// the run found.
func (s *Syncer) enforce(ctx context.Context, tenantID, runID int64) error {
	if s.cat.Def(enforcementKind) == nil {
		return nil
	}
	j, err := s.judge(ctx, tenantID)
	if err != nil {
		return err
	}
	computed := store.MFAComputed{RunID: runID, At: s.clock.Now(), AsOf: j.asOf}
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
			now, changed := r.Settle(lastSettled(u))
			if now != nil {
				verdicts[i].Settled = &store.MFASettled{Verdict: string(now.Verdict), Reason: now.Reason, Grounds: now.Grounds, Rules: now.Rules}
			}
			if changed {
				verdicts[i].Was = u.Settled
			}
		}
		if err := s.store.SaveMFAVerdicts(ctx, tenantID, computed, verdicts); err != nil {
			return err
		}
		after = users[len(users)-1].ID
	}
	return s.store.EndMFAVerdicts(ctx, tenantID, computed)
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
	return j.tenant.Explain(j.user(u)), j.asOf, nil
}

func (s *Syncer) judge(ctx context.Context, tenantID int64) (*judge, error) {
	facts, err := s.store.MFAFacts(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	j := &judge{ways: map[string][]enforcement.Membership{}, roles: map[string][]enforcement.Role{}}
	for _, raw := range facts.Policies {
		j.tenant.Policies = append(j.tenant.Policies, enforcement.NewPolicy(raw))
	}
	j.tenant.SecurityDefaults = facts.SecurityDefaults != nil && *facts.SecurityDefaults
	if err := s.findMissing(ctx, tenantID, j); err != nil {
		return nil, err
	}
	if facts.SecurityDefaults == nil {
		j.tenant.Missing[enforcement.SecurityDefaults] = true
	}
	if err := s.resolveGroups(ctx, tenantID, j, facts.Roles); err != nil {
		return nil, err
	}
	return j, nil
}

// findMissing notes what was not read completely, and the age of the rest.
func (s *Syncer) findMissing(ctx context.Context, tenantID int64, j *judge) error {
	j.tenant.Missing = map[enforcement.Ingredient]bool{}
	for _, of := range []struct {
		kind       string
		ingredient enforcement.Ingredient // "" where an absence shows by itself
	}{
		{usersKind, ""},
		{policiesKind, enforcement.Policies},
		{defaultsKind, enforcement.SecurityDefaults},
		{groupsKind, enforcement.Memberships},
		{membersKind, enforcement.Memberships},
		{assignmentsKind, enforcement.Roles},
	} {
		state := store.EntityState{State: entity.Never}
		if s.cat.Def(of.kind) != nil {
			var err error
			if state, err = s.store.EntityState(ctx, tenantID, of.kind); err != nil {
				return err
			}
		}
		if of.kind == usersKind {
			j.perUser = slices.ContainsFunc(state.Parts, func(p store.PartState) bool {
				// A part with gaps has left the state of those users empty.
				return p.Part == perUserPart && (p.State == entity.Complete || p.State == entity.Partial)
			})
		}
		switch {
		case state.State == entity.Complete:
			if j.asOf.IsZero() || state.AsOf.Before(j.asOf) {
				j.asOf = state.AsOf
			}
		case of.ingredient != "":
			j.tenant.Missing[of.ingredient] = true
		}
	}
	return nil
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
	var roleGroups []string
	for _, r := range roles {
		j.roles[r.PrincipalID] = append(j.roles[r.PrincipalID], enforcement.Role{Template: r.Template, Scope: r.Scope})
		if r.Group {
			roleGroups = append(roleGroups, r.PrincipalID)
		}
	}
	roots = unique(append(roots, roleGroups...))
	within, unread, err := s.store.NestedGroups(ctx, tenantID, roots)
	if err != nil {
		return err
	}
	j.tenant.UnreadGroups = map[string]bool{}
	for _, root := range roots {
		for group, through := range descend(root, within) {
			j.ways[group] = append(j.ways[group], enforcement.Membership{Group: root, Through: through})
			if unread[group] {
				j.tenant.UnreadGroups[root] = true
			}
			names = append(names, group)
		}
	}
	// Who has a role through a group is known as far as its members are.
	if slices.ContainsFunc(roleGroups, func(id string) bool { return j.tenant.UnreadGroups[id] }) ||
		len(roleGroups) > 0 && j.tenant.Missing[enforcement.Memberships] {
		j.tenant.Missing[enforcement.Roles] = true
	}
	j.tenant.Names, err = s.store.MFANames(ctx, tenantID, unique(names))
	return err
}

// descend returns the groups that are in a root at any depth, the root itself
// included, each with a shortest way: the groups between, itself first.
func descend(root string, within map[string][]string) map[string][]string {
	ways := map[string][]string{root: nil}
	for level := []string{root}; len(level) > 0; {
		var next []string
		for _, outer := range level {
			for _, group := range within[outer] {
				if _, known := ways[group]; !known {
					ways[group] = append([]string{group}, ways[outer]...)
					next = append(next, group)
				}
			}
		}
		level = next
	}
	return ways
}

// user is a stored user as it is judged.
func (j *judge) user(u store.MFAUser) *enforcement.User {
	out := &enforcement.User{ID: u.ID, Disabled: u.Disabled, Type: u.Type, External: u.External, Roles: j.roles[u.ID]}
	if j.perUser {
		out.PerUserMFA = u.PerUser
	}
	for _, group := range u.Groups {
		out.Groups = append(out.Groups, j.ways[group]...)
		if j.allGroups {
			out.Groups = append(out.Groups, enforcement.Membership{Group: group})
		}
	}
	for _, m := range out.Groups {
		if roles := j.roles[m.Group]; len(roles) > 0 {
			out.Roles = append(slices.Clip(out.Roles), roles...)
		}
	}
	return out
}

func unique(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// assessMFA renews the verdicts at the end of a run. A failure leaves the older
// ones, with their date, and does not make the run fail: what it read is good.
//
// A refresh after which nothing that they rest on has changed computes none and
// writes none.
func (s *Syncer) assessMFA(ctx context.Context, run store.Run) {
	begun := s.clock.Now()
	same := false
	fingerprint, err := s.store.MFAFingerprint(ctx, run.TenantID, mfaKinds, []string{membersKind})
	fingerprint = fmt.Sprintf("%d %s", enforcement.Rules, fingerprint)
	if err == nil && !run.Full {
		same, err = s.store.SameMFAIngredients(ctx, run.TenantID, fingerprint)
	}
	if err == nil && same {
		s.log.Info("MFA enforcement kept: nothing that it rests on has changed", "run_id", run.ID)
		return
	}
	if err == nil {
		err = s.enforce(ctx, run.TenantID, run.ID)
	}
	if err == nil {
		err = s.store.SetMFAIngredients(ctx, run.TenantID, fingerprint)
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.log.Error("MFA enforcement could not be computed", "run_id", run.ID, "error", fmt.Errorf("tenant %d: %w", run.TenantID, err))
	default:
		s.log.Info("MFA enforcement computed", "run_id", run.ID, "duration", s.clock.Since(begun).Round(time.Millisecond))
	}
}
