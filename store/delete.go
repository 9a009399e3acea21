package store

import (
	"context"
	"database/sql"
	"fmt"
)

// deleteRows deletes what was read for a tenant, a bounded number of rows in
// each transaction. The caller holds the lease of a deletion.
func (s *Store) deleteRows(ctx context.Context, tenantID int64) error {
	err := s.deleteStep(ctx, tenantID, func(tx *sql.Tx) error { return s.dropSearch(ctx, tx, tenantID) })
	if err != nil {
		return fmt.Errorf("search index: %w", err)
	}
	for _, d := range s.catalogue.Synced() {
		err := s.deleteChunks(ctx, tenantID, fmt.Sprintf(`
			DELETE FROM %[1]s
			WHERE row_id IN (SELECT row_id FROM %[1]s WHERE tenant_id = ? LIMIT ?)`, quoted(d.Kind)))
		if err != nil {
			return fmt.Errorf("%s: %w", d.Kind, err)
		}
	}
	for _, table := range []string{"changes", "runs", "mfa_verdicts"} { // run_parts go with their run
		err := s.deleteChunks(ctx, tenantID, fmt.Sprintf(`
			DELETE FROM %[1]s
			WHERE id IN (SELECT id FROM %[1]s WHERE tenant_id = ? LIMIT ?)`, table))
		if err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	for _, table := range []string{"part_states", "column_marks", "seen_rows", "withheld_cells", "settled_changes", "held_rows", "facets", "tallies", "fan_gaps", "mfa_computed"} {
		err := s.deleteStep(ctx, tenantID, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE tenant_id = ?`, tenantID)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}
