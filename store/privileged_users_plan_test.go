package store

import (
	"context"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entities"
)

// Whatever is asked of one tenant's privileged users, no other tenant's roles,
// groups, members or users are read: each table is entered by the tenant's id.
func TestPrivilegedUsersReadOneTenant(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: t.TempDir(), Catalogue: entities.All()})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	d := s.catalogue.Def("privileged_users")
	p, err := s.plan(Query{TenantID: 1, Def: d})
	require.NoError(t, err)
	query, args := p.countSQL(10)
	queries := map[string][]any{
		query: args,
		`SELECT count(*) FROM privileged_users WHERE tenant_id = ? AND removed_at IS NULL`: {1},
		`SELECT role, way FROM privileged_users WHERE tenant_id = ? AND id = ?`:            {1, "x"},
	}
	byID, args := s.byIDSQL(p, []int64{1, 2, 3})
	queries[byID] = args
	for _, seg := range p.segments() {
		query, args := p.segmentSQL(s.rowColumns(d), seg)
		queries[query] = args
	}
	// What is read by something else than the tenant: rows made by the query
	// itself, the documented list of roles, and the one row that a subquery chose.
	own := regexp.MustCompile(`^(SCAN (w|h|x|members|privileged|holders|ways|CONSTANT ROW|\(subquery-\d+\))( |$)|SEARCH (p|q) USING (INDEX|COVERING INDEX) sqlite_autoindex_privileged_roles|SEARCH p USING INTEGER PRIMARY KEY|SCAN x VIRTUAL)`)
	for query, args := range queries {
		for _, line := range explain(t, s, query, args) {
			if !regexp.MustCompile(`^(SCAN|SEARCH) `).MatchString(line) || own.MatchString(line) {
				continue
			}
			assert.Contains(t, line, "(tenant_id=?", query)
		}
	}
}
