package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// anyTenant is what a view says of the tenants whose rows it reads: all. Where
// a view joins within a WITH RECURSIVE, SQLite does not carry the tenant of the
// query into it, and the view is evaluated over the rows of all tenants: with
// 200 tenants of 200 users each, 100 ms instead of 3. A query therefore names
// its tenant in the view's own text.
const anyTenant = "IN (SELECT id FROM tenants)"

// loadTenantViews reads the texts of the views that say anyTenant.
func (s *Store) loadTenantViews(ctx context.Context) error {
	s.tenantViews = map[string]string{}
	for _, d := range s.catalogue.Defs {
		if !d.Derived() {
			continue
		}
		rows, err := s.read.QueryContext(ctx, `SELECT sql FROM sqlite_schema WHERE type = 'view' AND name = ?`, d.Kind)
		texts, err := collect(rows, err, func(r rowScanner) (text string, err error) { return text, r.Scan(&text) })
		if err != nil {
			return fmt.Errorf("read the view %s: %w", d.Kind, err)
		}
		for _, text := range texts {
			_, query, found := strings.Cut(text, " AS")
			if found && strings.Contains(query, anyTenant) {
				s.tenantViews[d.Kind] = query
			}
		}
	}
	return nil
}

// from is what a query reads an entity's rows of one tenant from.
func (s *Store) from(d *entity.Def, tenantID int64) string {
	view, ok := s.tenantViews[d.Kind]
	if !ok {
		return quoted(d.Kind)
	}
	return "(" + strings.ReplaceAll(view, anyTenant, "= "+strconv.FormatInt(tenantID, 10)) + ") AS " + quoted(d.Kind)
}
