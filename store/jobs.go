package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Job is a scheduled job.
type Job struct {
	Name      string
	LastRunAt time.Time // zero = never
	NextRunAt time.Time // zero = not planned
}

// Jobs returns the jobs that are known, by name.
func (s *Store) Jobs(ctx context.Context) ([]Job, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT
			name,
			last_run_at,
			next_run_at
		FROM jobs
		ORDER BY name`)
	all, err := collect(rows, err, func(r rowScanner) (j Job, err error) {
		var last, next sql.NullInt64
		err = r.Scan(&j.Name, &last, &next)
		j.LastRunAt = fromNullMS(last)
		j.NextRunAt = fromNullMS(next)
		return j, err
	})
	if err != nil {
		return nil, fmt.Errorf("read jobs: %w", err)
	}
	return all, nil
}

// JobRan notes when a job ran and when it will run next. A zero time leaves
// what is stored.
func (s *Store) JobRan(ctx context.Context, name string, at, next time.Time) error {
	_, err := s.write.ExecContext(ctx, `
		INSERT INTO jobs (name, last_run_at, next_run_at)
		VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET
			last_run_at = coalesce(excluded.last_run_at, last_run_at),
			next_run_at = coalesce(excluded.next_run_at, next_run_at)`,
		name, nullMS(at), nullMS(next))
	if err != nil {
		return fmt.Errorf("note job %s: %w", name, err)
	}
	return nil
}
