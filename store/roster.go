package store

import (
	"context"
	"fmt"

	"github.com/securatlas/securatlas/syncer/entity"
)

// A roster (entity.Part.Roster) is read before the first part and makes rows as
// that does. What it has shown is kept until the first part's list ends: that
// one decides about the rows which neither has shown.

// roster is the entity's roster, or nil.
func (w *PartWriter) roster() *entity.Part {
	for i := range w.ref.Def.Parts {
		if p := &w.ref.Def.Parts[i]; p.Roster {
			return p
		}
	}
	return nil
}

// rosterRead reports whether the roster was read in this run, and had rows: an
// empty one beside a list with rows says nothing.
func (w *PartWriter) rosterRead(ctx context.Context) (read bool, err error) {
	roster := w.roster()
	if roster == nil {
		return false, nil
	}
	err = w.s.read.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM run_parts
			WHERE run_id = ?1 AND kind = ?2 AND part = ?3 AND state = ?4 AND kept_from IS NULL)
		  AND EXISTS (SELECT 1 FROM seen_rows WHERE tenant_id = ?5 AND kind = ?2 AND part = ?3)`,
		w.ref.RunID, w.ref.Def.Kind, roster.Name, entity.Complete, w.ref.TenantID).Scan(&read)
	return read, err
}

// forgetList forgets what the list has shown when it ends: a roster's only with
// the list of the first part.
func (w *PartWriter) forgetList(ctx context.Context) error {
	if w.ref.Part.Roster {
		return nil
	}
	if roster := w.roster(); roster != nil && w.first {
		if err := w.forget(ctx, roster.Name, "seen_rows", "row_id"); err != nil {
			return err
		}
	}
	return w.forgetSeen(ctx)
}

// unseen is the condition for a live row e that the list has not shown, nor a
// roster beside it. judged adds that the list says by this that it is gone:
//
//   - lines that share an id, or are without one, may be any of the rows; but a
//     roster tells what became of those that it had before;
//   - a row that only a roster has made is not in the list anyway.
//
// Its parameters are the tenant, the kind, the part and the roster.
func (w *PartWriter) unseen(rosterRead, judged bool) (condition string, args []any) {
	from, to := entity.LineIDs()
	args = []any{w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name, from, to}
	condition = `e.tenant_id = ?1 AND e.removed_at IS NULL AND NOT (e.id >= ?4 AND e.id < ?5) AND NOT EXISTS (
			SELECT 1 FROM seen_rows AS s
			WHERE s.tenant_id = ?1 AND s.kind = ?2 AND s.part = ?3 AND s.row_id = e.row_id)`
	roster := w.roster()
	if rosterRead {
		args = append(args, roster.Name)
		condition += ` AND NOT EXISTS (
			SELECT 1 FROM seen_rows AS s
			WHERE s.tenant_id = ?1 AND s.kind = ?2 AND s.part = ?6 AND s.row_id = e.row_id)`
	}
	switch {
	case !judged:
	case w.shared.extra > 0, w.lines.seen > 0 && !rosterRead:
		condition += ` AND 0`
	case w.lines.seen > 0:
		condition += fmt.Sprintf(` AND e.%s IS NOT NULL`, hashColumn(roster.Name))
	case roster != nil && !rosterRead:
		condition += fmt.Sprintf(` AND e.%s IS NOT NULL`, hashColumn(w.ref.Part.Name))
	}
	return condition, args
}
