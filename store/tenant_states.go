package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// TenantStates returns what EntityStates does, for all tenants at once, as a
// list of tenants needs it: states, their age and problems, and whether a run is
// reading. Rows, held rows, columns and what attempts cost are left out. A tenant
// without any state has no entry.
func (s *Store) TenantStates(ctx context.Context) (map[int64][]EntityState, error) {
	known, err := s.briefStates(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the states of all tenants: %w", err)
	}
	rows, err := s.read.QueryContext(ctx, `SELECT tenant_id FROM runs WHERE status = 'running'`)
	running, err := collect(rows, err, scanID)
	if err != nil {
		return nil, fmt.Errorf("read which tenants are being synced: %w", err)
	}
	syncing := map[int64]map[string]bool{}
	for _, id := range running {
		if known[id] == nil {
			known[id] = map[partKey]knownPart{}
		}
		if syncing[id], err = s.syncing(ctx, id, known[id]); err != nil {
			return nil, fmt.Errorf("read which tenants are being synced: %w", err)
		}
	}
	grants, err := s.allGrants(ctx)
	if err != nil {
		return nil, err
	}
	all := make(map[int64][]EntityState, len(known))
	for id, parts := range known {
		for _, d := range s.catalogue.Defs {
			all[id] = append(all[id], s.put(d, parts, nil, nil, syncing[id]))
		}
		s.markOptional(grants[id], all[id])
	}
	return all, nil
}

// briefStates reads of all tenants' parts what TenantStates tells.
func (s *Store) briefStates(ctx context.Context) (map[int64]map[partKey]knownPart, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT tenant_id, kind, part, state, as_of, needs, problem
		FROM part_states
		ORDER BY tenant_id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[int64]map[partKey]knownPart{}
	for rows.Next() {
		var id int64
		var p knownPart
		var asOf sql.NullInt64
		var needs string
		var problem sql.NullString
		if err := rows.Scan(&id, &p.Kind, &p.Part, &p.State, &asOf, &needs, &problem); err != nil {
			return nil, err
		}
		p.AsOf = fromNullMS(asOf)
		if needs != "[]" {
			if p.Needs, err = unmarshalStrings(needs); err != nil {
				return nil, err
			}
		}
		if p.Problem, err = unmarshalProblem(problem); err != nil {
			return nil, err
		}
		if all[id] == nil {
			all[id] = map[partKey]knownPart{}
		}
		all[id][partKey{p.Kind, p.Part}] = p
	}
	return all, rows.Err()
}

// Retry is what Microsoft asked a tenant to read later.
type Retry struct {
	TenantID int64
	Kinds    []string
}

// DueRetries returns the kinds of connected tenants of which Microsoft asked to
// wait with a part, until a time that has come by now.
func (s *Store) DueRetries(ctx context.Context, now time.Time) ([]Retry, error) {
	type due struct {
		tenantID int64
		kind     string
	}
	rows, err := s.read.QueryContext(ctx, `
		SELECT DISTINCT p.tenant_id, p.kind
		FROM part_states AS p
		JOIN integrations AS i ON i.tenant_id = p.tenant_id AND i.connected = 1
		WHERE p.retry_at <= ? AND p.state = ?
		ORDER BY p.tenant_id`, ms(now), entity.Throttled)
	list, err := collect(rows, err, func(r rowScanner) (d due, err error) { return d, r.Scan(&d.tenantID, &d.kind) })
	if err != nil {
		return nil, fmt.Errorf("read what is to be tried again: %w", err)
	}
	var retries []Retry
	for _, d := range list {
		if s.catalogue.Def(d.kind) == nil {
			continue // of an entity that an older version had
		}
		if n := len(retries); n == 0 || retries[n-1].TenantID != d.tenantID {
			retries = append(retries, Retry{TenantID: d.tenantID})
		}
		last := &retries[len(retries)-1]
		last.Kinds = append(last.Kinds, d.kind)
	}
	return retries, nil
}
