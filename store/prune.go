package store

import (
	"context"
	"fmt"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// PruneHistory deletes changes, ended runs and removed rows that are older
// than keep, of all tenants, a bounded number in each transaction. The audit
// is kept.
func (s *Store) PruneHistory(ctx context.Context, keep time.Duration) error {
	if keep <= 0 {
		return fmt.Errorf("prune history: a history of %s would be none", keep)
	}
	cutoff := ms(s.Now().Add(-keep))
	err := s.inChunks(ctx, `
		DELETE FROM changes
		WHERE id IN (SELECT id FROM changes WHERE at < ? LIMIT ?)`, cutoff, chunkRows)
	if err != nil {
		return fmt.Errorf("prune changes: %w", err)
	}
	err = s.inChunks(ctx, `
		DELETE FROM runs
		WHERE id IN (SELECT id FROM runs WHERE status <> ? AND ended_at < ? LIMIT ?)`, RunRunning, cutoff, chunkRows)
	if err != nil {
		return fmt.Errorf("prune runs: %w", err)
	}
	for _, d := range s.catalogue.Synced() {
		err := s.inChunks(ctx, pruneSQL(d), cutoff, chunkRows)
		if err != nil {
			return fmt.Errorf("prune removed rows of %s: %w", d.Kind, err)
		}
	}
	return nil
}

// pruneSQL deletes rows that were removed before a time. It finds them by an
// index of the removed rows alone: it runs under the write lock, for each table.
func pruneSQL(d *entity.Def) string {
	return fmt.Sprintf(`
		DELETE FROM %[1]s
		WHERE row_id IN (SELECT row_id FROM %[1]s WHERE removed_at < ? LIMIT ?)`, quoted(d.Kind))
}
