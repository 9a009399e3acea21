package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Reach is the time that a part's windows cover without a gap: everything of
// that span which Microsoft had to show is stored.
type Reach struct {
	From, To time.Time // zero while no window was read
}

// Reach returns how far earlier windows of the same source reach.
func (w *PartWriter) Reach(ctx context.Context) (Reach, error) {
	var from, to sql.NullInt64
	var source entity.Resource
	err := w.s.read.QueryRowContext(ctx, `
		SELECT reach_from, reach_to, source
		FROM part_states
		WHERE tenant_id = ? AND kind = ? AND part = ?`,
		w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name).Scan(&from, &to, &source)
	if err != nil {
		return Reach{}, w.wrap("look how far windows reach of", err)
	}
	if source != w.ref.Part.Resource {
		return Reach{}, nil
	}
	return Reach{fromNullMS(from), fromNullMS(to)}, nil
}

// Extend notes that all rows of a span are stored. Whoever calls it has put the
// last page of the span: a process that dies before it reads the span again.
func (w *PartWriter) Extend(ctx context.Context, r Reach) error {
	err := w.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE part_states
			SET reach_from = ?, reach_to = ?, source = ?
			WHERE tenant_id = ? AND kind = ? AND part = ?`,
			nullMS(r.From), nullMS(r.To), w.ref.Part.Resource, w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name)
		return err
	})
	return w.wrap("note how far windows reach of", err)
}

// ReadBefore reports whether the part was read to its end before, from the same
// source.
func (w *PartWriter) ReadBefore(ctx context.Context) (before bool, err error) {
	part := w.ref.Def.Part(w.ref.Part.Name)
	err = w.s.read.QueryRowContext(ctx, `
		SELECT as_of IS NOT NULL AND (?4 OR source = ?5)
		FROM part_states
		WHERE tenant_id = ?1 AND kind = ?2 AND part = ?3`,
		w.ref.TenantID, w.ref.Def.Kind, part.Name, part.Else == nil, w.ref.Part.Resource).Scan(&before)
	return before, w.wrap("look whether there was a list before of", err)
}

// Use goes on with the part's other source, before any page was put.
func (w *PartWriter) Use(source *entity.Part) { w.ref.Part = source }

// PruneRows deletes the rows of windows that are older than they are kept, of
// all tenants, a bounded number in each transaction. The time counts from the
// last list that was complete: a log that can no longer be read is not emptied.
func (s *Store) PruneRows(ctx context.Context) error {
	for _, d := range s.catalogue.Synced() {
		span := d.Parts[0].Span
		if span == nil || span.Keep == 0 {
			continue
		}
		type log struct{ tenantID, asOf int64 }
		rows, err := s.read.QueryContext(ctx, `
			SELECT tenant_id, as_of
			FROM part_states
			WHERE kind = ? AND part = ? AND as_of IS NOT NULL
			ORDER BY tenant_id`, d.Kind, d.Parts[0].Name)
		logs, err := collect(rows, err, func(r rowScanner) (l log, err error) { return l, r.Scan(&l.tenantID, &l.asOf) })
		if err != nil {
			return fmt.Errorf("prune %s: %w", d.Kind, err)
		}
		for _, l := range logs {
			from := min(l.asOf, ms(s.Now())) - span.Keep.Milliseconds()
			if err := s.pruneRows(ctx, l.tenantID, d, span.Column, from); err != nil {
				return fmt.Errorf("prune %s: %w", d.Kind, err)
			}
		}
	}
	return nil
}

// pruneRows deletes what is older than a time in milliseconds. Nothing before
// it is covered any more.
func (s *Store) pruneRows(ctx context.Context, tenantID int64, d *entity.Def, column string, from int64) error {
	cutoff := fromMS(from).Format(time.RFC3339) // times are kept as Microsoft's text, which sorts
	for pruned := false; ; pruned = true {
		var n int
		err := s.tx(ctx, func(tx *sql.Tx) error {
			rows, err := tx.QueryContext(ctx, fmt.Sprintf(`
				DELETE FROM %[1]s
				WHERE row_id IN (SELECT row_id FROM %[1]s WHERE tenant_id = ? AND %[2]s < ? LIMIT ?)
				RETURNING removed_at IS NULL`, quoted(d.Kind), quoted(column)), tenantID, cutoff, chunkRows)
			gone, err := collect(rows, err, func(r rowScanner) (live bool, err error) { return live, r.Scan(&live) })
			if err != nil || len(gone) == 0 {
				return err
			}
			_, err = tx.ExecContext(ctx, `
				UPDATE part_states SET reach_from = ?4
				WHERE tenant_id = ?1 AND kind = ?2 AND part = ?3 AND reach_from < ?4`, tenantID, d.Kind, d.Parts[0].Name, from)
			if err != nil {
				return err
			}
			n = len(gone)
			live := 0
			for _, was := range gone {
				if was {
					live++
				}
			}
			if err := addLive(ctx, tx, tenantID, d, -live); err != nil {
				return err
			}
			return facetsStale(ctx, tx, tenantID, d.Kind)
		})
		if err != nil {
			return err
		}
		if n == 0 {
			if pruned {
				return s.refreshFacets(ctx, tenantID, d)
			}
			return nil
		}
	}
}
