package store

import (
	"context"
	"fmt"

	"github.com/securatlas/securatlas/syncer/entity"
)

// What a delta of parents does not tell about their relations follows from what
// the other entities have learnt since, and is found here.

// NewParents returns the ids of the live parents whose relations were never
// read: those that came after a time, and those that changed after it and have
// no rows, since they may have come back.
func (w *PartWriter) NewParents(ctx context.Context, over *entity.Def, since Since) ([]string, error) {
	rows, err := w.s.read.QueryContext(ctx, `
		SELECT p.id
		FROM `+quoted(over.Kind)+` AS p
		WHERE p.tenant_id = ?1 AND p.removed_at IS NULL AND p.last_changed > ?2 AND (
			p.first_seen > ?2 OR NOT EXISTS (
				SELECT 1 FROM `+quoted(w.ref.Def.Kind)+` AS e
				WHERE e.tenant_id = ?1 AND e.id > p.id || '.' AND e.id < p.id || '/' AND e.removed_at IS NULL))
		ORDER BY p.id`, w.ref.TenantID, ms(since.AsOf))
	ids, err := collect(rows, err, scanText)
	return ids, w.wrap("find the new parents of", err)
}

// GapsOf returns the relations of parents that could not be read so far.
func (w *PartWriter) GapsOf(ctx context.Context) ([]Gap, error) {
	rows, err := w.s.read.QueryContext(ctx, `
		SELECT parent_id, relation, reason FROM fan_gaps WHERE tenant_id = ? AND kind = ? AND part = ?
		ORDER BY parent_id, relation`, w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name)
	gaps, err := collect(rows, err, func(r rowScanner) (g Gap, err error) { return g, r.Scan(&g.ParentID, &g.Relation, &g.Reason) })
	return gaps, w.wrap("find the gaps of", err)
}

// GoneObjects notes a tombstone for each live row that leads to an object which
// was removed since: whoever is deleted is in no group.
func (w *PartWriter) GoneObjects(ctx context.Context, since Since) error {
	column, kinds := w.object()
	for _, kind := range kinds {
		rows, err := w.s.read.QueryContext(ctx, fmt.Sprintf(`
			SELECT e.row_id
			FROM changes AS c INDEXED BY changes_at
			CROSS JOIN %[1]s AS o ON o.tenant_id = c.tenant_id AND o.id = c.entity_id AND o.removed_at IS NOT NULL
			CROSS JOIN %[2]s AS e ON e.tenant_id = c.tenant_id AND e.%[3]s = c.entity_id AND e.removed_at IS NULL
			WHERE c.tenant_id = ? AND c.kind = ? AND c.at > ? AND c.action = ?`,
			quoted(kind), quoted(w.ref.Def.Kind), quoted(column)),
			w.ref.TenantID, kind, ms(since.AsOf), actionRemoved)
		ids, err := collect(rows, err, func(r rowScanner) (id int64, err error) { return id, r.Scan(&id) })
		if err != nil {
			return w.wrap("find the removed objects of", err)
		}
		for _, id := range ids {
			w.delta.gone[id] = true
		}
	}
	return nil
}

// ParentsOfRestored returns the parents, by id, that an object which came back
// since was in when it was removed.
func (w *PartWriter) ParentsOfRestored(ctx context.Context, since Since) ([]string, error) {
	column, kinds := w.object()
	var parents []string
	for _, kind := range kinds {
		rows, err := w.s.read.QueryContext(ctx, fmt.Sprintf(`
			SELECT DISTINCT substr(e.id, 1, instr(e.id, '.') - 1)
			FROM changes AS c INDEXED BY changes_at
			CROSS JOIN %[1]s AS e ON e.tenant_id = c.tenant_id AND e.%[2]s = c.entity_id
			WHERE c.tenant_id = ?1 AND c.kind = ?2 AND c.at > ?3 AND c.action = ?4 AND e.removed_at >= (
				SELECT max(b.at) FROM changes AS b
				WHERE b.tenant_id = ?1 AND b.kind = ?2 AND b.entity_id = c.entity_id AND b.action = ?5)`,
			quoted(w.ref.Def.Kind), quoted(column)),
			w.ref.TenantID, kind, ms(since.AsOf), actionRestored, actionRemoved)
		ids, err := collect(rows, err, scanText)
		if err != nil {
			return nil, w.wrap("find the restored objects of", err)
		}
		parents = append(parents, ids...)
	}
	return parents, nil
}

// object is the column with the id of the object that a relation leads to, and
// the kinds that it may be of.
func (w *PartWriter) object() (column string, kinds []string) {
	for _, c := range w.columns {
		if c.Path != "id" {
			continue
		}
		for _, ref := range c.Refs {
			if d := w.s.catalogue.Def(ref.Kind); ref.By == "" && d != nil && !d.Derived() {
				kinds = append(kinds, ref.Kind)
			}
		}
		return c.Name, kinds
	}
	return "", nil
}

func scanText(r rowScanner) (s string, err error) { return s, r.Scan(&s) }
