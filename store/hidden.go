package store

import (
	"context"
	"fmt"

	"github.com/securatlas/securatlas/syncer/entity"
)

// hiddenGaps are the rows, by kind, that were not asked for since Microsoft would
// answer as if there were none: they are named, and leave the list complete,
// which it is but for the permission that nobody granted.
func (s *Store) hiddenGaps(ctx context.Context, tenantID int64) (map[string][]ColumnGap, error) {
	type found struct {
		kind, part, relation string
		parents              int
	}
	rows, err := s.read.QueryContext(ctx, `
		SELECT kind, part, relation, count(*)
		FROM fan_gaps
		WHERE tenant_id = ? AND reason = ?
		GROUP BY kind, part, relation
		ORDER BY kind, part, relation`, tenantID, GapHidden)
	all, err := collect(rows, err, func(r rowScanner) (f found, err error) {
		return f, r.Scan(&f.kind, &f.part, &f.relation, &f.parents)
	})
	if err != nil {
		return nil, fmt.Errorf("count what is hidden: %w", err)
	}
	gaps := map[string][]ColumnGap{}
	for _, f := range all {
		d := s.catalogue.Def(f.kind)
		if d == nil || d.Part(f.part) == nil || d.Part(f.part).Fan == nil {
			continue
		}
		over := s.catalogue.Def(d.Part(f.part).Fan.Over)
		for _, list := range d.Part(f.part).Fan.Lists {
			if list.Hidden == nil || list.Relation != f.relation {
				continue
			}
			gaps[f.kind] = append(gaps[f.kind], ColumnGap{
				Column: list.Hidden.Name,
				Rows:   list.Hidden.Title,
				State:  entity.NotPermitted,
				Needs:  []string{list.Hidden.Permission},
				Why:    fmt.Sprintf("%s not read, needs %s", counted(f.parents, over.Singular, noun(over)), list.Hidden.Permission),
			})
		}
	}
	return gaps, nil
}
