package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/securatlas/securatlas/syncer/entity"
)

// The store keeps the verdicts on users' MFA and hands out what they are
// computed from. What the rows mean is not decided here: see package
// enforcement. The views that are read are in the migration of the verdicts.

// enforcementKind is the entity that shows the verdicts.
const enforcementKind = "mfa_enforcement"

// MFAFacts is what all users of a tenant are judged by.
type MFAFacts struct {
	// Policies are by name, as far as they matter for users.
	Policies []MFAPolicy
	// SecurityDefaults is whether they are on; nil where that is not known.
	SecurityDefaults *bool
	Roles            []MFARole
}

// MFAPolicy is one of Microsoft's conditionalAccessPolicy objects.
type MFAPolicy struct {
	Raw  json.RawMessage
	Held bool // the newest complete list lacks it, and its removal waits for a person
}

// MFARole is a role that a user or a group has now.
type MFARole struct {
	PrincipalID string
	Template    string // role template id
	Scope       string // "/" is the whole directory
	Group       bool   // the principal is a group
	Held        bool   // as MFAPolicy's
}

// MFAUser is a user as far as MFA depends on it.
type MFAUser struct {
	ID       string
	Title    string
	Type     string // Member, Guest or ""
	Disabled bool
	External bool
	Agent    bool
	PerUser  string // Microsoft's perUserMfaState, "" = not known
	Held     bool   // as MFAPolicy's
	Groups   []MFAMembership
	Settled  *MFASettled
}

// MFAMembership is a user's being directly in a group.
type MFAMembership struct {
	Group string // id
	Held  bool   // as MFAPolicy's
}

// MFASettled is the last verdict on a user that a later one is compared with.
type MFASettled struct {
	Verdict, Reason string
	Grounds         string // what the verdict rests on
	Rules           int    // version of the rules that it was decided by
}

// MFAFacts reads what all users of a tenant are judged by.
func (s *Store) MFAFacts(ctx context.Context, tenantID int64) (MFAFacts, error) {
	f, err := s.mfaFacts(ctx, tenantID)
	if err != nil {
		return f, fmt.Errorf("read what MFA depends on: %w", err)
	}
	return f, nil
}

func (s *Store) mfaFacts(ctx context.Context, tenantID int64) (f MFAFacts, err error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT id, display_name, state, conditions, grant_controls, partial_enablement_strategy, held
		FROM mfa_policies
		WHERE tenant_id = ?
		ORDER BY display_name, id`, tenantID)
	if f.Policies, err = collect(rows, err, scanPolicy); err != nil {
		return f, err
	}
	var defaults any
	err = s.read.QueryRowContext(ctx, `SELECT is_enabled FROM mfa_defaults WHERE tenant_id = ? LIMIT 1`, tenantID).Scan(&defaults)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return f, err
	}
	if on, known := cellOf(entity.Bool, defaults).(bool); known {
		f.SecurityDefaults = &on
	}
	rows, err = s.read.QueryContext(ctx, `
		SELECT principal_id, template, scope, is_group, held FROM mfa_roles WHERE tenant_id = ?`, tenantID)
	f.Roles, err = collect(rows, err, func(r rowScanner) (x MFARole, err error) {
		return x, r.Scan(&x.PrincipalID, &x.Template, &x.Scope, &x.Group, &x.Held)
	})
	return f, err
}

// MFAEligibleRoles returns the roles that some users or groups may activate.
func (s *Store) MFAEligibleRoles(ctx context.Context, tenantID int64, principals []string) (roles []MFARole, err error) {
	for chunk := range chunks(principals, 500) {
		rows, err := s.read.QueryContext(ctx, `
			SELECT principal_id, template, scope FROM mfa_eligible_roles
			WHERE tenant_id = ? AND principal_id IN (`+marks(len(chunk))+`)
			ORDER BY template, scope, principal_id`, withTenant(tenantID, chunk)...)
		some, err := collect(rows, err, func(r rowScanner) (x MFARole, err error) {
			return x, r.Scan(&x.PrincipalID, &x.Template, &x.Scope)
		})
		if err != nil {
			return nil, fmt.Errorf("read which roles may be activated: %w", err)
		}
		roles = append(roles, some...)
	}
	return roles, nil
}

// scanPolicy puts a policy's object together again. A value of an unexpected
// type was kept as it came and goes back as it is.
func scanPolicy(r rowScanner) (p MFAPolicy, err error) {
	var id string
	var name, state, conditions, grant, strategy any
	if err := r.Scan(&id, &name, &state, &conditions, &grant, &strategy, &p.Held); err != nil {
		return p, err
	}
	policy := map[string]any{"id": id, "displayName": plainText(name), "state": plainText(state)}
	for key, v := range map[string]any{"conditions": conditions, "grantControls": grant, "partialEnablementStrategy": strategy} {
		switch v := v.(type) {
		case string:
			policy[key] = json.RawMessage(v)
		case []byte:
			policy[key] = json.RawMessage(v)
		}
		if raw, ok := policy[key].(json.RawMessage); ok && !json.Valid(raw) {
			policy[key] = string(raw)
		}
	}
	p.Raw, err = json.Marshal(policy)
	return p, err
}

func plainText(v any) string {
	if b, odd := v.([]byte); odd {
		return string(b)
	}
	return cellText(v)
}

// MFANames returns what groups, roles, apps and locations are called, by id;
// those without a name are left out.
func (s *Store) MFANames(ctx context.Context, tenantID int64, ids []string) (map[string]string, error) {
	names := map[string]string{}
	for chunk := range chunks(ids, 500) {
		rows, err := s.read.QueryContext(ctx, `
			SELECT id, name FROM mfa_names
			WHERE tenant_id = ? AND name <> '' AND id IN (`+marks(len(chunk))+`)`, withTenant(tenantID, chunk)...)
		list, err := collect(rows, err, func(r rowScanner) (n [2]string, err error) { return n, r.Scan(&n[0], &n[1]) })
		if err != nil {
			return nil, fmt.Errorf("read the names in policies: %w", err)
		}
		for _, n := range list {
			names[n[0]] = n[1]
		}
	}
	return names, nil
}

func withTenant(tenantID int64, ids []string) []any {
	args := make([]any, 0, len(ids)+1)
	args = append(args, tenantID)
	for _, id := range ids {
		args = append(args, id)
	}
	return args
}

// Nesting is which groups are in which.
type Nesting struct {
	// Within are the groups directly within each.
	Within map[string][]string
	// Held are the pairs of a group and one within it of which the removal waits
	// for a person.
	Held map[[2]string]bool
	// Unread are the groups of which not all members are known.
	Unread map[string]bool
}

// NestedGroups returns what is in some groups, level by level: for these and all
// groups found on the way.
func (s *Store) NestedGroups(ctx context.Context, tenantID int64, roots []string) (Nesting, error) {
	n := Nesting{Within: map[string][]string{}, Held: map[[2]string]bool{}, Unread: map[string]bool{}}
	seen := map[string]bool{}
	for level := roots; len(level) > 0; {
		for chunk := range chunks(level, 500) {
			if err := s.addNested(ctx, &n, withTenant(tenantID, chunk), marks(len(chunk))); err != nil {
				return n, err
			}
		}
		for _, id := range level {
			seen[id] = true
		}
		var next []string
		for _, id := range level {
			for _, inner := range n.Within[id] {
				if !seen[inner] {
					seen[inner] = true
					next = append(next, inner)
				}
			}
		}
		level = next
	}
	return n, nil
}

// addNested adds what is directly in some groups.
func (s *Store) addNested(ctx context.Context, n *Nesting, args []any, in string) error {
	rows, err := s.read.QueryContext(ctx, `
		SELECT group_id, member_id, held FROM mfa_nested_groups
		WHERE tenant_id = ? AND group_id IN (`+in+`)
		ORDER BY group_id, member_id`, args...)
	type edge struct {
		ends [2]string
		held bool
	}
	edges, err := collect(rows, err, func(r rowScanner) (e edge, err error) { return e, r.Scan(&e.ends[0], &e.ends[1], &e.held) })
	if err != nil {
		return fmt.Errorf("resolve nested groups: %w", err)
	}
	for _, e := range edges {
		n.Within[e.ends[0]] = append(n.Within[e.ends[0]], e.ends[1])
		if e.held {
			n.Held[e.ends] = true
		}
	}
	rows, err = s.read.QueryContext(ctx, `
		SELECT group_id FROM mfa_unread_groups
		WHERE tenant_id = ? AND group_id IN (`+in+`)`, args...)
	unread, err := collect(rows, err, scanText)
	if err != nil {
		return fmt.Errorf("find groups that were not read: %w", err)
	}
	for _, id := range unread {
		n.Unread[id] = true
	}
	return nil
}

// MFAUsers returns the live users with the next ids after the given one, ""
// standing for the first, at most limit of them, in the order of their ids.
func (s *Store) MFAUsers(ctx context.Context, tenantID int64, after string, limit int) ([]MFAUser, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT `+mfaUserColumns+`
		FROM mfa_users
		WHERE tenant_id = ? AND id > ?
		ORDER BY id
		LIMIT ?`, tenantID, after, limit)
	users, err := collect(rows, err, scanMFAUser)
	if err == nil && len(users) > 0 {
		err = s.addGroups(ctx, tenantID, users)
	}
	if err != nil {
		return nil, fmt.Errorf("read users for MFA: %w", err)
	}
	return users, nil
}

// MFAUser returns one live user. Returns ErrNotFound.
func (s *Store) MFAUser(ctx context.Context, tenantID int64, id string) (MFAUser, error) {
	u, err := scanMFAUser(s.read.QueryRowContext(ctx, `
		SELECT `+mfaUserColumns+` FROM mfa_users WHERE tenant_id = ? AND id = ?`, tenantID, id))
	if err != nil {
		return u, orNotFound(err, "read a user for MFA")
	}
	users := []MFAUser{u}
	if err := s.addGroups(ctx, tenantID, users); err != nil {
		return u, fmt.Errorf("read a user for MFA: %w", err)
	}
	return users[0], nil
}

const mfaUserColumns = `id, title, type, disabled, external, agent, per_user, held, settled_verdict, settled_reason, settled_grounds, settled_rules`

func scanMFAUser(r rowScanner) (u MFAUser, err error) {
	var last MFASettled
	err = r.Scan(&u.ID, &u.Title, &u.Type, &u.Disabled, &u.External, &u.Agent, &u.PerUser, &u.Held, &last.Verdict, &last.Reason, &last.Grounds, &last.Rules)
	if last.Verdict != "" {
		u.Settled = &last
	}
	return u, err
}

// addGroups adds the direct groups of users that follow each other by id.
func (s *Store) addGroups(ctx context.Context, tenantID int64, users []MFAUser) error {
	rows, err := s.read.QueryContext(ctx, `
		SELECT member_id, group_id, held FROM mfa_members
		WHERE tenant_id = ? AND member_id BETWEEN ? AND ?
		ORDER BY member_id`, tenantID, users[0].ID, users[len(users)-1].ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	i := 0
	for rows.Next() {
		var member string
		var m MFAMembership
		if err := rows.Scan(&member, &m.Group, &m.Held); err != nil {
			return err
		}
		for users[i].ID < member && i < len(users)-1 {
			i++
		}
		if users[i].ID == member {
			users[i].Groups = append(users[i].Groups, m)
		}
	}
	return rows.Err()
}
