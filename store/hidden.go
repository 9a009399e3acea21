package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// hiddenList is a list of parents that Microsoft shows only with a further
// permission: the members of groups that hide them.
type hiddenList struct{ kind, part, relation string }

// hiddenLists counts the parents of which such a list was not read.
func (s *Store) hiddenLists(ctx context.Context, tenantID int64) (map[hiddenList]int, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT kind, part, relation, count(*) FROM fan_gaps
		WHERE tenant_id = ? AND reason = ?
		GROUP BY kind, part, relation`, tenantID, GapHidden)
	counts := map[hiddenList]int{}
	_, err = collect(rows, err, func(r rowScanner) (n int, err error) {
		var l hiddenList
		err = r.Scan(&l.kind, &l.part, &l.relation, &n)
		counts[l] = n
		return n, err
	})
	return counts, err
}

// hiddenGaps are the rows that an entity lacks since parents hide them. What
// Microsoft shows to nobody without a permission leaves the rest complete.
func hiddenGaps(d *entity.Def, hidden map[hiddenList]int) (gaps []ColumnGap) {
	for i := range d.Parts {
		p := &d.Parts[i]
		if p.Fan == nil {
			continue
		}
		for _, l := range p.Fan.Lists {
			n := hidden[hiddenList{d.Kind, p.Name, l.Relation}]
			if n == 0 || l.Hidden == nil {
				continue
			}
			gaps = append(gaps, ColumnGap{
				Column: "hidden_" + l.Relation + "s",
				Rows:   "Hidden " + l.Relation + "s",
				State:  entity.NotPermitted,
				Needs:  []string{l.Hidden.Permission},
				Why:    fmt.Sprintf("The %ss of %d of the %s were not read, since they are hidden: needs %s.", l.Relation, n, strings.ReplaceAll(p.Fan.Over, "_", " "), l.Hidden.Permission),
			})
		}
	}
	return gaps
}
