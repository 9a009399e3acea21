package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Parent is a row for which another list is read.
type Parent struct {
	ID    string
	Cells []any // of the columns asked for
}

// Parents returns live rows of an entity in the order of their ids: those with
// the next ids after the given one, "" standing for the first, at most limit of
// them, with some of their columns.
func (s *Store) Parents(ctx context.Context, tenantID int64, d *entity.Def, columns []string, after string, limit int) ([]Parent, error) {
	known := s.known(d)
	if known == nil {
		return nil, fmt.Errorf("read rows of an unknown kind: %w", ErrNotFound)
	}
	query := `SELECT id`
	types := make([]entity.Type, len(columns))
	for i, name := range columns {
		c := known.Column(name)
		if c == nil {
			return nil, fmt.Errorf("read column %q of %s: %w", name, d.Kind, ErrNotFound)
		}
		types[i] = c.Type
		query += `, ` + quoted(name)
	}
	rows, err := s.read.QueryContext(ctx, query+`
		FROM `+quoted(d.Kind)+`
		WHERE tenant_id = ? AND removed_at IS NULL AND id > ?
		ORDER BY id
		LIMIT ?`, tenantID, after, limit)
	parents, err := collect(rows, err, func(r rowScanner) (Parent, error) {
		p := Parent{Cells: make([]any, len(columns))}
		dest := []any{&p.ID}
		for i := range p.Cells {
			dest = append(dest, &p.Cells[i])
		}
		if err := r.Scan(dest...); err != nil {
			return p, err
		}
		for i, v := range p.Cells {
			p.Cells[i] = cellOf(types[i], v)
		}
		return p, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read rows of %s: %w", d.Kind, err)
	}
	return parents, nil
}

// Unseen returns the live rows of the list's entity that the list has not
// shown so far, as Parents does.
func (w *PartWriter) Unseen(ctx context.Context, after string, limit int) ([]Parent, error) {
	rows, err := w.s.read.QueryContext(ctx, `
		SELECT e.id
		FROM `+quoted(w.ref.Def.Kind)+` AS e
		WHERE e.tenant_id = ?1 AND e.removed_at IS NULL AND e.id > ?4 AND NOT EXISTS (
			SELECT 1 FROM seen_rows AS s
			WHERE s.tenant_id = ?1 AND s.kind = ?2 AND s.part = ?3 AND s.row_id = e.row_id)
		ORDER BY e.id
		LIMIT ?5`,
		w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name, after, limit)
	parents, err := collect(rows, err, func(r rowScanner) (p Parent, err error) { return p, r.Scan(&p.ID) })
	return parents, w.wrap("find what is missing in", err)
}

// Gap is a list of a parent that could not be read.
type Gap struct {
	ParentID, Relation string
	Reason             GapReason
}

// GapReason is why a list of a parent could not be read.
type GapReason string

// The reasons.
const (
	GapHidden GapReason = "hidden" // Microsoft shows it only with a further permission
	GapFailed GapReason = "failed" // the answer was an error
)

// Leave notes lists of parents that were not read. Their rows, known from
// earlier lists, count as seen: not readable does not mean gone.
func (w *PartWriter) Leave(ctx context.Context, gaps []Gap) error {
	for chunk := range chunks(gaps, 500) {
		err := w.tx(ctx, func(tx *sql.Tx) error {
			for _, g := range chunk {
				if err := w.leave(ctx, tx, g); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return w.wrap("leave out some of", err)
		}
	}
	return nil
}

func (w *PartWriter) leave(ctx context.Context, tx *sql.Tx, g Gap) error {
	kind, part := w.ref.Def.Kind, w.ref.Part.Name
	_, err := tx.ExecContext(ctx, `
		INSERT INTO fan_gaps (tenant_id, kind, part, parent_id, relation, reason, run_id)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET reason = excluded.reason, run_id = excluded.run_id`,
		w.ref.TenantID, kind, part, g.ParentID, g.Relation, g.Reason, w.ref.RunID)
	if err != nil || !w.first {
		return err
	}
	// All ids that begin with the prefix, by the index of ids: it ends in a dot.
	prefix := entity.RelationID(g.ParentID, g.Relation)
	_, err = tx.ExecContext(ctx, `
		INSERT OR IGNORE INTO seen_rows (tenant_id, kind, part, row_id)
		SELECT tenant_id, ?2, ?3, row_id
		FROM `+quoted(kind)+`
		WHERE tenant_id = ?1 AND id > ?4 AND id < ?5 AND removed_at IS NULL`,
		w.ref.TenantID, kind, part, prefix, after(prefix))
	return err
}

// forgetGaps forgets the gaps that a complete list no longer has. While lists
// end early they stay, so that what was never read is never taken for empty.
func (w *PartWriter) forgetGaps(ctx context.Context) error {
	if w.ref.Part.Fan == nil {
		return nil
	}
	return w.s.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			DELETE FROM fan_gaps
			WHERE tenant_id = ? AND kind = ? AND part = ? AND run_id <> ?`,
			w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name, w.ref.RunID)
		return err
	})
}

// Incomplete ends a list that was read to its end with gaps: p says which. The
// state is Partial, and nothing is removed but the rows of parents that are no
// longer there themselves.
func (w *PartWriter) Incomplete(ctx context.Context, p *entity.Problem, t Traffic) (PartState, error) {
	ctx = context.WithoutCancel(ctx)
	if err := w.removeOrphans(ctx); err != nil {
		return PartState{}, w.wrap("remove what was below removed rows of", err)
	}
	if err := w.release(ctx, false); err != nil {
		return PartState{}, w.wrap("stop", err)
	}
	end := outcome{state: entity.Partial, problem: p, emptyLists: w.emptyLists, gaps: true}
	return w.stop(ctx, end, t)
}

// removeOrphans removes the rows of relations whose parents were removed: these
// are not asked for any more, whatever else could not be read. So many that a
// list which lacks them would be doubted are left to a complete one.
func (w *PartWriter) removeOrphans(ctx context.Context) error {
	fan := w.ref.Part.Fan
	if fan == nil || !w.first || fan.Over == w.ref.Def.Kind {
		return nil
	}
	rows, err := w.s.read.QueryContext(ctx, `
		SELECT e.row_id
		FROM `+quoted(w.ref.Def.Kind)+` AS e
		WHERE e.tenant_id = ?1 AND e.removed_at IS NULL AND EXISTS (
			SELECT 1 FROM `+quoted(fan.Over)+` AS p
			WHERE p.tenant_id = ?1 AND p.id = substr(e.id, 1, instr(e.id, '.') - 1) AND p.removed_at IS NOT NULL)
		ORDER BY e.row_id`, w.ref.TenantID)
	orphans, err := collect(rows, err, func(r rowScanner) (id int64, err error) { return id, r.Scan(&id) })
	if err != nil {
		return err
	}
	l := list{rows: max(w.prior-len(orphans), 0), prior: w.prior, missing: len(orphans), emptyLists: 1, allowEmpty: w.ref.Def.AllowEmpty}
	if len(orphans) == 0 || l.judge() != removeMissing {
		return nil
	}
	for chunk := range chunks(orphans, removalChunk) {
		if err := w.tx(ctx, func(tx *sql.Tx) error { return w.remove(ctx, tx, chunk) }); err != nil {
			return err
		}
	}
	return nil
}
