package store

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/securatlas/securatlas/syncer/entity"
)

// heldShown is how many held rows of a kind are returned.
const heldShown = 200

// HeldRows are the rows of one kind whose removal waits for a person.
type HeldRows struct {
	Kind  string
	Total int
	Rows  []Row // the first 200, by title
}

// Held returns a tenant's held rows, in catalogue order.
func (s *Store) Held(ctx context.Context, tenantID int64) ([]HeldRows, error) {
	counts, err := s.heldCounts(ctx, tenantID)
	if err != nil {
		return nil, fmt.Errorf("count held rows: %w", err)
	}
	var held []HeldRows
	for _, d := range s.catalogue.Synced() {
		if counts[d.Kind] == 0 {
			continue
		}
		rows, err := s.read.QueryContext(ctx, `
			SELECT `+rowColumns(d)+`
			FROM `+quoted(d.Kind)+`
			WHERE tenant_id = ?1 AND row_id IN (
				SELECT row_id FROM held_rows WHERE tenant_id = ?1 AND kind = ?2)
			ORDER BY `+quoted(d.TitleColumn)+`, row_id
			LIMIT ?3`, tenantID, d.Kind, heldShown)
		list, err := collect(rows, err, scanRow(d))
		if err != nil {
			return nil, fmt.Errorf("read held rows of %s: %w", d.Kind, err)
		}
		held = append(held, HeldRows{d.Kind, counts[d.Kind], list})
	}
	return held, nil
}

func (s *Store) heldCounts(ctx context.Context, tenantID int64) (map[string]int, error) {
	rows, err := s.read.QueryContext(ctx,
		`SELECT kind, count(*) FROM held_rows WHERE tenant_id = ? GROUP BY kind`, tenantID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var kind string
		var n int
		if err := rows.Scan(&kind, &n); err != nil {
			return nil, err
		}
		counts[kind] = n
	}
	return counts, rows.Err()
}

// ConfirmHeld removes the held rows of a kind, softly and with history, and
// returns how many. The state Held becomes Complete. It returns ErrNotFound
// when no rows of that kind are held.
func (s *Store) ConfirmHeld(ctx context.Context, by Actor, tenantID int64, kind string) (removed int, err error) {
	d, err := s.heldDef(ctx, tenantID, kind)
	if err != nil {
		return 0, fmt.Errorf("confirm the removal of held rows: %w", err)
	}
	for more := true; more; {
		err := s.tx(ctx, func(tx *sql.Tx) error {
			n, left, err := s.confirmSome(ctx, tx, tenantID, d)
			if err != nil {
				return err
			}
			removed, more = removed+n, left
			if more {
				return nil
			}
			if err := endHold(ctx, tx, tenantID, d, entity.Complete, nil, removed); err != nil {
				return err
			}
			return s.auditTx(ctx, tx, by, tenantID, "held.confirmed", fmt.Sprintf("%s: %d rows removed", kind, removed))
		})
		if err != nil {
			return removed, fmt.Errorf("confirm the removal of held rows of %s: %w", kind, err)
		}
	}
	if err := s.refreshFacets(ctx, tenantID, d); err != nil {
		return removed, fmt.Errorf("count filter values of %s: %w", kind, err)
	}
	return removed, nil
}

// confirmSome removes a bounded number of held rows and says whether more are
// left.
func (s *Store) confirmSome(ctx context.Context, tx *sql.Tx, tenantID int64, d *entity.Def) (n int, more bool, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT row_id FROM held_rows WHERE tenant_id = ? AND kind = ? ORDER BY row_id LIMIT ?`,
		tenantID, d.Kind, removalChunk)
	rowIDs, err := collect(rows, err, func(r rowScanner) (id int64, err error) { return id, r.Scan(&id) })
	if err != nil || len(rowIDs) == 0 {
		return 0, false, err
	}
	now := ms(s.Now())
	removed, err := removeRows(ctx, tx, tenantID, d, now, rowIDs)
	if err != nil {
		return 0, false, err
	}
	var runID int64
	err = tx.QueryRowContext(ctx, `
		SELECT coalesce(run_id, 0) FROM part_states WHERE tenant_id = ? AND kind = ? AND part = ?`,
		tenantID, d.Kind, d.Parts[0].Name).Scan(&runID)
	if err != nil {
		return 0, false, err
	}
	if err := insertChanges(ctx, tx, tenantID, runID, d.Kind, now, removals(removed)); err != nil {
		return 0, false, err
	}
	if err := addLive(ctx, tx, tenantID, d, -len(removed)); err != nil {
		return 0, false, err
	}
	if err := facetsStale(ctx, tx, tenantID, d.Kind); err != nil {
		return 0, false, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM held_rows WHERE tenant_id = ? AND kind = ? AND row_id <= ?`,
		tenantID, d.Kind, rowIDs[len(rowIDs)-1])
	return len(removed), len(rowIDs) == removalChunk, err
}

// RejectHeld keeps the held rows of a kind. The state Held becomes Partial, and
// says who kept how many rows; the next complete list judges them again. It
// returns ErrNotFound when no rows of that kind are held.
func (s *Store) RejectHeld(ctx context.Context, by Actor, tenantID int64, kind string) error {
	d, err := s.heldDef(ctx, tenantID, kind)
	if err != nil {
		return fmt.Errorf("keep held rows: %w", err)
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM held_rows WHERE tenant_id = ? AND kind = ?`, tenantID, kind)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return err
		}
		problem := &entity.Problem{
			Class:   entity.ClassData,
			Code:    "removals_rejected",
			Message: fmt.Sprintf("%s kept %d rows that the newest list lacks.", by.Name, n),
			Cure:    "The next sync compares them again.",
		}
		if err := endHold(ctx, tx, tenantID, d, entity.Partial, problem, 0); err != nil {
			return err
		}
		return s.auditTx(ctx, tx, by, tenantID, "held.rejected", fmt.Sprintf("%s: %d rows kept", kind, n))
	})
	if err != nil {
		return fmt.Errorf("keep held rows of %s: %w", kind, err)
	}
	return nil
}

// heldDef returns the entity of which rows are held.
func (s *Store) heldDef(ctx context.Context, tenantID int64, kind string) (*entity.Def, error) {
	d := s.catalogue.Def(kind)
	if d == nil || d.Derived() {
		return nil, fmt.Errorf("%q: %w", kind, ErrNotFound)
	}
	counts, err := s.heldCounts(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	if counts[kind] == 0 {
		return nil, fmt.Errorf("no held rows of %s: %w", kind, ErrNotFound)
	}
	return d, nil
}

// endHold stores the state after a decision. A later attempt may have left
// another state than Held: that one stays.
func endHold(ctx context.Context, tx *sql.Tx, tenantID int64, d *entity.Def, state entity.State, p *entity.Problem, removed int) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE part_states
		SET state = ?, problem = ?, removed = removed + ?
		WHERE tenant_id = ? AND kind = ? AND part = ? AND state = ?`,
		state, marshalProblem(p), removed, tenantID, d.Kind, d.Parts[0].Name, entity.Held)
	return err
}
