package store

import (
	"context"
	"fmt"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Omitted is what a derived entity leaves out of one tenant.
type Omitted struct {
	*entity.Omission
	Rows int // of the other kind, when they were last counted
}

// Omitted returns what a derived entity leaves out, where there is some of it.
func (s *Store) Omitted(ctx context.Context, tenantID int64, d *entity.Def) (omitted []Omitted, err error) {
	for i := range d.Omits {
		o := Omitted{Omission: &d.Omits[i]}
		err := s.read.QueryRowContext(ctx, `
			SELECT coalesce(sum(rows), 0) FROM facets
			WHERE tenant_id = ? AND kind = ? AND column_name = ? AND value = ?`,
			tenantID, o.Kind, o.Column, o.Value).Scan(&o.Rows)
		if err != nil {
			return nil, fmt.Errorf("count what %s leaves out: %w", d.Kind, err)
		}
		if o.Rows > 0 {
			omitted = append(omitted, o)
		}
	}
	return omitted, nil
}
