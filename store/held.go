package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
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
	// Set names exactly these rows, those beyond the first 200 too. Who confirms
	// hands it back, so that nobody confirms a set that they did not see.
	Set string
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
			SELECT `+s.rowColumns(d)+`
			FROM `+quoted(d.Kind)+`
			WHERE +tenant_id = ?1 AND row_id IN (
				SELECT row_id FROM held_rows WHERE tenant_id = ?1 AND kind = ?2)
			ORDER BY `+quoted(d.TitleColumn)+`, row_id
			LIMIT ?3`, tenantID, d.Kind, heldShown)
		list, err := collect(rows, err, s.scanRow(d))
		if err != nil {
			return nil, fmt.Errorf("read held rows of %s: %w", d.Kind, err)
		}
		rowIDs, err := heldIDs(ctx, s.read, tenantID, d.Kind)
		if err != nil {
			return nil, fmt.Errorf("read which rows of %s are held: %w", d.Kind, err)
		}
		if len(rowIDs) > 0 {
			held = append(held, HeldRows{d.Kind, len(rowIDs), list, setOf(rowIDs)})
		}
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

// heldIDs are the held rows of a kind, in order.
func heldIDs(ctx context.Context, q querier, tenantID int64, kind string) ([]int64, error) {
	rows, err := q.QueryContext(ctx,
		`SELECT row_id FROM held_rows WHERE tenant_id = ? AND kind = ? ORDER BY row_id`, tenantID, kind)
	return collect(rows, err, scanID)
}

func scanID(r rowScanner) (id int64, err error) { return id, r.Scan(&id) }

// setOf names a set of rows.
func setOf(rowIDs []int64) string {
	h := sha256.New()
	var b []byte
	for _, id := range rowIDs {
		b = binary.BigEndian.AppendUint64(b[:0], uint64(id))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// ConfirmHeld removes the held rows of a kind, softly and with history, and
// returns how many. The state Held becomes Complete. set is HeldRows.Set of
// what the actor saw: where other rows are held now, nothing is removed and the
// error wraps ErrConflict. It returns ErrNotFound when no rows of that kind are
// held.
func (s *Store) ConfirmHeld(ctx context.Context, by Actor, tenantID int64, kind, set string) (removed int, err error) {
	d, err := s.heldDef(ctx, tenantID, kind)
	if err != nil {
		return 0, fmt.Errorf("confirm the removal of held rows: %w", err)
	}
	// The rows are chosen once: a sync may hold others between two chunks.
	var waiting []int64
	for first := true; first || len(waiting) > 0; first = false {
		n := 0
		err := s.tx(ctx, func(tx *sql.Tx) (err error) {
			if first {
				if waiting, err = s.beginRemoval(ctx, tx, by, tenantID, d, set); err != nil {
					return err
				}
			}
			if n, err = s.confirmSome(ctx, tx, tenantID, d, waiting[:min(len(waiting), removalChunk)]); err != nil {
				return err
			}
			return endHold(ctx, tx, tenantID, d, entity.Complete, nil, removed+n)
		})
		if err != nil {
			return removed, fmt.Errorf("confirm the removal of held rows of %s: %w", kind, err)
		}
		removed, waiting = removed+n, waiting[min(len(waiting), removalChunk):]
	}
	if err := s.refreshFacets(ctx, tenantID, d); err != nil {
		return removed, fmt.Errorf("count filter values of %s: %w", kind, err)
	}
	return removed, nil
}

// beginRemoval returns the held rows where they are still those that the actor
// saw, and notes the decision: a removal that is cut after its first chunk has
// an entry, too.
func (s *Store) beginRemoval(ctx context.Context, tx *sql.Tx, by Actor, tenantID int64, d *entity.Def, set string) ([]int64, error) {
	rowIDs, err := heldIDs(ctx, tx, tenantID, d.Kind)
	if err != nil {
		return nil, err
	}
	if setOf(rowIDs) != set {
		return nil, conflict("The held rows of %s have changed since you opened the page: a sync read them again. Nothing was removed. Look at them again, then decide.", d.Title)
	}
	return rowIDs, s.auditTx(ctx, tx, by, tenantID, "held.confirmed", fmt.Sprintf("%s: removal of %d rows", d.Kind, len(rowIDs)))
}

// confirmSome removes those of the rows that are still held.
func (s *Store) confirmSome(ctx context.Context, tx *sql.Tx, tenantID int64, d *entity.Def, waiting []int64) (n int, err error) {
	args := []any{tenantID, d.Kind}
	for _, id := range waiting {
		args = append(args, id)
	}
	rows, err := tx.QueryContext(ctx, `
		DELETE FROM held_rows
		WHERE tenant_id = ? AND kind = ? AND row_id IN (`+marks(len(waiting))+`)
		RETURNING row_id`, args...)
	rowIDs, err := collect(rows, err, scanID)
	if err != nil {
		return 0, err
	}
	now := ms(s.Now())
	removed, err := removeRows(ctx, tx, tenantID, d, now, rowIDs)
	if err != nil {
		return 0, err
	}
	var runID int64
	err = tx.QueryRowContext(ctx, `
		SELECT coalesce(run_id, 0) FROM part_states WHERE tenant_id = ? AND kind = ? AND part = ?`,
		tenantID, d.Kind, d.Parts[0].Name).Scan(&runID)
	if err != nil {
		return 0, err
	}
	if err := insertChanges(ctx, tx, tenantID, runID, d.Kind, now, removals(removed)); err != nil {
		return 0, err
	}
	if err := addLive(ctx, tx, tenantID, d, -len(removed)); err != nil {
		return 0, err
	}
	return len(removed), facetsStale(ctx, tx, tenantID, d.Kind)
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

// endHold stores the state after a decision, once no row is held any more. A
// later attempt may have left another state than Held: that one stays.
func endHold(ctx context.Context, tx *sql.Tx, tenantID int64, d *entity.Def, state entity.State, p *entity.Problem, removed int) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE part_states
		SET state = ?1, problem = ?2, removed = removed + ?3, settled_at = iif(?1 = 'complete', as_of, settled_at)
		WHERE tenant_id = ?4 AND kind = ?5 AND part = ?6 AND state = ?7
		  AND NOT EXISTS (
			SELECT 1 FROM held_rows AS h
			WHERE h.tenant_id = part_states.tenant_id AND h.kind = part_states.kind)`,
		state, marshalProblem(p), removed, tenantID, d.Kind, d.Parts[0].Name, entity.Held)
	return err
}
