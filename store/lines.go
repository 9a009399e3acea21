package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Where Microsoft conceals what the lines of a report are, no line can be found
// again in another report. They are a snapshot: each is a row with an id made
// of its content, shown and counted, without history and never compared. The
// next list replaces them as a whole. While a list is read its lines are hidden
// (removed), so that half a list is never shown, nor two.

// lines are what a list has had of them so far.
type lines struct {
	seen  int
	alike map[string]int // how many had that content
}

// nameLines gives ids to lines without identity: the same content twice is two
// lines, since two sites may well be alike.
func (w *PartWriter) nameLines(rows []entity.Row) ([]entity.Row, error) {
	if w.ref.Part.Conceals == nil {
		return rows, nil
	}
	named := make([]entity.Row, len(rows))
	for i, r := range rows {
		if r.Line {
			if len(r.Cells) != len(w.columns) {
				return nil, fmt.Errorf("a line has %d cells for %d columns", len(r.Cells), len(w.columns))
			}
			sum, err := w.hash.sum(r.Cells)
			if err != nil {
				return nil, fmt.Errorf("a line: %w", err)
			}
			if w.lines.alike == nil {
				w.lines.alike = map[string]int{}
			}
			content := hex.EncodeToString(sum[:min(len(sum), 12)])
			w.lines.alike[content]++
			r.ID = entity.LineID(fmt.Sprintf("%s-%d", content, w.lines.alike[content]))
		}
		named[i] = r
	}
	return named, nil
}

// countPriorLines counts the lines of the snapshot that is shown.
func (w *PartWriter) countPriorLines(ctx context.Context, q querier) error {
	from, to := entity.LineIDs()
	return q.QueryRowContext(ctx, `
		SELECT count(*) FROM `+quoted(w.ref.Def.Kind)+`
		WHERE tenant_id = ? AND id >= ? AND id < ? AND removed_at IS NULL`,
		w.ref.TenantID, from, to).Scan(&w.priorLines)
}

// dropHiddenLines deletes the lines of a list that did not come to its end.
func (w *PartWriter) dropHiddenLines(ctx context.Context) error {
	return w.eachLine(ctx, `
		DELETE FROM %s
		WHERE row_id IN (
			SELECT row_id FROM %[1]s
			WHERE tenant_id = ?1 AND id >= ?2 AND id < ?3 AND removed_at IS NOT NULL
			LIMIT ?4)
		RETURNING 0`)
}

// replaceLines ends the snapshot of earlier lists, and shows the lines of this
// one where show is true.
func (w *PartWriter) replaceLines(ctx context.Context, show bool) error {
	if w.ref.Part.Conceals == nil {
		return nil
	}
	old := ``
	if show {
		old = `AND e.removed_at IS NULL AND NOT EXISTS (
				SELECT 1 FROM seen_rows AS s
				WHERE s.tenant_id = e.tenant_id AND s.kind = ?5 AND s.part = ?6 AND s.row_id = e.row_id)`
	}
	err := w.eachLine(ctx, `
		DELETE FROM %s
		WHERE row_id IN (
			SELECT e.row_id FROM %[1]s AS e
			WHERE e.tenant_id = ?1 AND e.id >= ?2 AND e.id < ?3 `+old+`
			LIMIT ?4)
		RETURNING iif(removed_at IS NULL, -1, 0)`)
	if err != nil || !show {
		return err
	}
	return w.eachLine(ctx, `
		UPDATE %s
		SET removed_at = NULL
		WHERE row_id IN (
			SELECT row_id FROM %[1]s
			WHERE tenant_id = ?1 AND id >= ?2 AND id < ?3 AND removed_at IS NOT NULL
			LIMIT ?4)
		RETURNING 1`)
}

// eachLine runs a statement on some lines at a time until there are no more. It
// returns by how much the number of live rows grows with each.
func (w *PartWriter) eachLine(ctx context.Context, statement string) error {
	if w.ref.Part.Conceals == nil {
		return nil
	}
	from, to := entity.LineIDs()
	kind := w.ref.Def.Kind
	for {
		n := 0
		err := w.tx(ctx, func(tx *sql.Tx) error {
			rows, err := tx.QueryContext(ctx, fmt.Sprintf(statement, quoted(kind)),
				w.ref.TenantID, from, to, removalChunk, kind, w.ref.Part.Name)
			live, err := collect(rows, err, func(r rowScanner) (n int, err error) { return n, r.Scan(&n) })
			if err != nil || len(live) == 0 {
				return err
			}
			n = len(live)
			grown := 0
			for _, one := range live {
				grown += one
			}
			if err := addLive(ctx, tx, w.ref.TenantID, w.ref.Def, grown); err != nil {
				return err
			}
			return facetsStale(ctx, tx, w.ref.TenantID, kind)
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// noteLines stores how many lines without identity a list had that came to its
// end, whether they are shown, and when the last list was without any.
func (w *PartWriter) noteLines(ctx context.Context, tx *sql.Tx, end outcome) error {
	if w.ref.Part.Conceals == nil {
		return nil
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE part_states
		SET lines = ?4, lines_shown = ?5, named_at = iif(?6, ?7, named_at)
		WHERE tenant_id = ?1 AND kind = ?2 AND part = ?3`,
		w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name,
		w.lines.seen, end.showLines, w.lines.seen == 0 && end.complete, ms(w.s.Now()))
	if err != nil {
		return fmt.Errorf("store what is concealed: %w", err)
	}
	return nil
}
