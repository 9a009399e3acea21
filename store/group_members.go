package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// groupMembersKind is the entity that says who is in which group. Nested
// membership follows from it and is resolved here, by SQL: Microsoft would have
// to be asked for each group or each member. Beside the licences it is the one
// entity whose columns the store knows by name.
const groupMembersKind = "group_members"

// GroupPath is a group that someone is in, and how.
type GroupPath struct {
	GroupID string
	// Through are the ids of the groups between, from the one that has the
	// member itself to the one that is in GroupID; none for a direct member.
	// Of several ways it is one of the shortest.
	Through []string
}

// TransitiveGroups returns the groups that a user, group, device or service
// principal is in, directly or through other groups, the direct ones first. It
// tells what the stored members say: whether these are all is in the state of
// group_members, and groups whose members are not readable (GroupCounts) may be
// missing.
func (s *Store) TransitiveGroups(ctx context.Context, tenantID int64, memberID string) ([]GroupPath, error) {
	// Each edge that is reached comes once, since UNION drops what came before:
	// that ends circles, and the number of paths does not matter.
	rows, err := s.read.QueryContext(ctx, `
		WITH RECURSIVE reached (group_id, via) AS (
			SELECT group_id, ''
			FROM direct_members
			WHERE tenant_id = ?1 AND member_id = ?2
			UNION
			SELECT m.group_id, r.group_id
			FROM reached AS r
			JOIN direct_members AS m ON m.tenant_id = ?1 AND m.member_id = r.group_id
		)
		SELECT group_id, via FROM reached ORDER BY via, group_id`, tenantID, memberID)
	type edge struct{ group, via string }
	edges, err := collect(rows, err, func(r rowScanner) (e edge, err error) { return e, r.Scan(&e.group, &e.via) })
	if err != nil {
		return nil, fmt.Errorf("resolve nested groups: %w", err)
	}
	above := map[string][]string{}
	for _, e := range edges {
		above[e.via] = append(above[e.via], e.group)
	}
	var paths []GroupPath
	met := map[string]bool{memberID: true}
	for next := []GroupPath{{}}; len(next) > 0; next = next[1:] {
		from := next[0]
		for _, group := range above[from.GroupID] {
			if met[group] {
				continue
			}
			met[group] = true
			path := GroupPath{GroupID: group}
			if from.GroupID != "" {
				path.Through = append(slices.Clone(from.Through), from.GroupID)
			}
			paths, next = append(paths, path), append(next, path)
		}
	}
	return paths, nil
}

// RelationCount is how many members or owners a group has.
type RelationCount struct {
	N    int  // counted up to 10,000
	More bool // there are more
	// Gap says why N is not the whole truth, "" where it is: nothing was read
	// since the group is known (GapUnread), or Microsoft did not show it.
	Gap GapReason
}

// GapUnread is the reason of a count for which nothing was read yet.
const GapUnread GapReason = "unread"

// GroupCounts are a group's members and owners, as of the last complete
// list of group_members, whose state is State.
type GroupCounts struct {
	Members, Owners RelationCount
	// Groups are the groups within, at any depth. With them the group has
	// AllMembers, each counted once, these groups among them, as Microsoft counts
	// transitiveMembers. Of Unread groups within the members are not all known.
	Groups, Unread int
	AllMembers     RelationCount // the gap is that of Members
	State          entity.State
	AsOf           time.Time
}

// GroupCounts counts the members and owners of a group. It returns
// ErrNotFound for an unknown group.
func (s *Store) GroupCounts(ctx context.Context, tenantID int64, groupID string) (GroupCounts, error) {
	counts, err := s.groupCounts(ctx, tenantID, groupID)
	return counts, orNotFound(err, "count the members of a group")
}

func (s *Store) groupCounts(ctx context.Context, tenantID int64, groupID string) (c GroupCounts, err error) {
	var firstSeen int64
	err = s.read.QueryRowContext(ctx, `SELECT first_seen FROM groups WHERE tenant_id = ? AND id = ?`,
		tenantID, groupID).Scan(&firstSeen)
	if err != nil {
		return c, err
	}
	state, err := s.EntityState(ctx, tenantID, groupMembersKind)
	if err != nil {
		return c, err
	}
	c.State, c.AsOf = state.State, state.AsOf
	for relation, count := range map[string]*RelationCount{"member": &c.Members, "owner": &c.Owners} {
		// All ids that begin with the prefix, by the index of ids: it ends in a dot.
		prefix := entity.RelationID(groupID, relation)
		err := s.read.QueryRowContext(ctx, `
			SELECT count(*) FROM (
				SELECT 1 FROM group_members
				WHERE tenant_id = ? AND id > ? AND id < ? AND removed_at IS NULL
				LIMIT ?)`,
			tenantID, prefix, prefix[:len(prefix)-1]+"/", maxCount+1).Scan(&count.N)
		if err != nil {
			return c, err
		}
		count.bound()
		if state.AsOf.IsZero() || fromMS(firstSeen).After(state.AsOf) {
			count.Gap = GapUnread
		}
		var reason string
		err = s.read.QueryRowContext(ctx, `
			SELECT reason FROM fan_gaps
			WHERE tenant_id = ? AND kind = ? AND parent_id = ? AND relation = ?`,
			tenantID, groupMembersKind, groupID, relation).Scan(&reason)
		switch {
		case err == nil:
			count.Gap = GapReason(reason)
		case !errors.Is(err, sql.ErrNoRows):
			return c, err
		}
	}
	return c, s.countNested(ctx, tenantID, groupID, &c)
}

// countNested counts what groups within a group add.
func (s *Store) countNested(ctx context.Context, tenantID int64, groupID string, c *GroupCounts) error {
	nested, err := s.NestedGroups(ctx, tenantID, []string{groupID})
	if err != nil {
		return err
	}
	groups := map[string]bool{}
	for _, inner := range nested.Within {
		for _, id := range inner {
			groups[id] = id != groupID // a group may be within itself
		}
	}
	for id, inside := range groups {
		if inside {
			c.Groups++
			if nested.Unread[id] || c.AsOf.IsZero() {
				c.Unread++
			}
		}
	}
	if c.Groups == 0 {
		c.AllMembers = c.Members
		return nil
	}
	c.AllMembers.Gap = c.Members.Gap
	err = s.read.QueryRowContext(ctx, `
		WITH RECURSIVE inner_groups (id) AS (
			SELECT ?2
			UNION
			SELECT m.member_id
			FROM inner_groups AS g
			JOIN mfa_nested_groups AS m ON m.tenant_id = ?1 AND m.group_id = g.id
		)
		SELECT count(*) FROM (
			SELECT DISTINCT m.member_id
			FROM inner_groups AS g
			CROSS JOIN group_members AS m ON m.tenant_id = ?1 AND m.group_id = g.id
			WHERE m.relation = 'member' AND m.removed_at IS NULL AND m.member_id <> ?2
			LIMIT ?3)`,
		tenantID, groupID, maxCount+1).Scan(&c.AllMembers.N)
	c.AllMembers.bound()
	return err
}

func (c *RelationCount) bound() { c.N, c.More = min(c.N, maxCount), c.N > maxCount }

// Gaps returns which lists of parents a kind lacks, by reason: how many groups
// hide their members, how many could not be read.
func (s *Store) Gaps(ctx context.Context, tenantID int64, kind string) (map[GapReason]int, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT reason, count(*) FROM fan_gaps WHERE tenant_id = ? AND kind = ? GROUP BY reason`, tenantID, kind)
	if err != nil {
		return nil, fmt.Errorf("count the gaps of %s: %w", kind, err)
	}
	defer rows.Close()
	gaps := map[GapReason]int{}
	for rows.Next() {
		var reason GapReason
		var n int
		if err := rows.Scan(&reason, &n); err != nil {
			return nil, fmt.Errorf("count the gaps of %s: %w", kind, err)
		}
		gaps[reason] = n
	}
	return gaps, rows.Err()
}
