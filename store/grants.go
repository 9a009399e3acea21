package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// SaveGrants stores the roles of a resource's newest token and returns what it
// gained and lost since the last one, in alphabetical order; the first is
// compared with nothing. Where there is no token (g.Problem) the last known
// roles stay. Zero g.CheckedAt = now.
func (s *Store) SaveGrants(ctx context.Context, tenantID int64, g entity.Grants) (gained, lost []string, err error) {
	if g.CheckedAt.IsZero() {
		g.CheckedAt = s.Now()
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		gained, lost = nil, nil
		old, known, err := roles(ctx, tx, tenantID, g.Resource)
		if err != nil {
			return err
		}
		now := slices.Compact(slices.Sorted(slices.Values(g.Roles)))
		switch {
		case g.Problem != nil:
			now = old
		case known:
			gained, lost = without(now, old), without(old, now)
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO granted_roles (tenant_id, resource, roles, problem, checked_at)
			VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (tenant_id, resource) DO UPDATE SET
				roles      = excluded.roles,
				problem    = excluded.problem,
				checked_at = excluded.checked_at`,
			tenantID, g.Resource, storedRoles(now, known || g.Problem == nil), marshalProblem(g.Problem), ms(g.CheckedAt))
		if isForeignKey(err) {
			err = fmt.Errorf("tenant: %w", ErrNotFound)
		}
		if err != nil || len(gained)+len(lost) == 0 {
			return err
		}
		var parts []string
		if len(gained) > 0 {
			parts = append(parts, "gained "+strings.Join(gained, ", "))
		}
		if len(lost) > 0 {
			parts = append(parts, "lost "+strings.Join(lost, ", "))
		}
		return s.auditTx(ctx, tx, system, tenantID, "permissions.changed", string(g.Resource)+": "+strings.Join(parts, "; "))
	})
	if err != nil {
		return nil, nil, fmt.Errorf("save granted roles: %w", err)
	}
	return gained, lost, nil
}

// Grants returns what is known of a tenant's granted roles, Microsoft Graph
// first.
func (s *Store) Grants(ctx context.Context, tenantID int64) ([]entity.Grants, error) {
	grants, err := s.grants(ctx, `WHERE tenant_id = ?`, tenantID)
	return grants[tenantID], err
}

// allGrants returns the Grants of every tenant.
func (s *Store) allGrants(ctx context.Context) (map[int64][]entity.Grants, error) {
	return s.grants(ctx, ``)
}

func (s *Store) grants(ctx context.Context, where string, args ...any) (map[int64][]entity.Grants, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT
			tenant_id,
			resource,
			roles,
			problem,
			checked_at
		FROM granted_roles
		`+where+`
		ORDER BY tenant_id, resource <> ?, resource`, append(args, entity.Graph)...)
	if err != nil {
		return nil, fmt.Errorf("read granted roles: %w", err)
	}
	defer rows.Close()
	all := map[int64][]entity.Grants{}
	for rows.Next() {
		tenantID, g, err := scanGrants(rows)
		if err != nil {
			return nil, fmt.Errorf("read granted roles: %w", err)
		}
		all[tenantID] = append(all[tenantID], g)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read granted roles: %w", err)
	}
	return all, nil
}

func scanGrants(r rowScanner) (tenantID int64, g entity.Grants, err error) {
	var list string
	var problem sql.NullString
	var checked int64
	if err := r.Scan(&tenantID, &g.Resource, &list, &problem, &checked); err != nil {
		return tenantID, g, err
	}
	g.CheckedAt = fromMS(checked)
	if g.Roles, err = unmarshalStrings(list); err != nil {
		return tenantID, g, err
	}
	g.Problem, err = unmarshalProblem(problem)
	return tenantID, g, err
}

// roles returns the roles of the last token; known is false when there was
// none yet.
func roles(ctx context.Context, tx *sql.Tx, tenantID int64, r entity.Resource) (list []string, known bool, err error) {
	var stored string
	err = tx.QueryRowContext(ctx, `
		SELECT roles
		FROM granted_roles
		WHERE tenant_id = ? AND resource = ?`, tenantID, r).Scan(&stored)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	list, err = unmarshalStrings(stored)
	return list, stored != noToken, err
}

// noToken is stored for a resource that never gave a token: unlike a token
// without roles, nothing can be compared with it.
const noToken = "null"

func storedRoles(list []string, known bool) string {
	if !known {
		return noToken
	}
	return marshalStrings(list)
}

// without returns the elements of a that are not in b.
func without(a, b []string) (rest []string) {
	for _, v := range a {
		if !slices.Contains(b, v) {
			rest = append(rest, v)
		}
	}
	return rest
}
