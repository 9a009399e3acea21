package store

import (
	"context"
	"database/sql"
	"fmt"
)

// chunkRows bounds how many rows one transaction of a bulk deletion takes, so
// that other writers wait well under a second.
const chunkRows = 2000

// tx runs fn in one write transaction. It takes the write lock at once: a
// transaction that reads first and writes later would fail as soon as another
// process had written in between.
func (s *Store) tx(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	return finish(tx, fn(tx))
}

// secureTx is tx for what must not linger: bytes that it deletes or replaces
// are overwritten in the database and gone from the write-ahead log.
func (s *Store) secureTx(ctx context.Context, fn func(*sql.Tx) error) error {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, `PRAGMA secure_delete = ON`); err != nil {
		return fmt.Errorf("switch on secure deletion: %w", err)
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := finish(tx, fn(tx)); err != nil {
		return err
	}
	// Without a deadline of the caller's: the change is committed, and the log
	// still holds the old bytes.
	ctx = context.WithoutCancel(ctx)
	if err := truncateLog(ctx, conn); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, `PRAGMA secure_delete = OFF`); err != nil {
		return fmt.Errorf("switch off secure deletion: %w", err)
	}
	return nil
}

func finish(tx *sql.Tx, err error) error {
	if err != nil {
		// The error that ended the transaction says more than a failing rollback.
		_ = tx.Rollback()
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// inChunks repeats a statement that deletes at most chunkRows rows, each time
// in a transaction of its own, until nothing is left.
func (s *Store) inChunks(ctx context.Context, statement string, args ...any) error {
	for {
		var deleted int64
		err := s.tx(ctx, func(tx *sql.Tx) error {
			res, err := tx.ExecContext(ctx, statement, args...)
			if err != nil {
				return err
			}
			deleted, err = res.RowsAffected()
			return err
		})
		if err != nil || deleted == 0 {
			return err
		}
	}
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// truncateLog moves the write-ahead log into the database and empties it. A
// reader of another process may stop it half-way: that is no error, the log is
// emptied the next time.
func truncateLog(ctx context.Context, db execer) error {
	if _, err := db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return fmt.Errorf("empty the write-ahead log: %w", err)
	}
	return nil
}

// rowScanner is a *sql.Row or *sql.Rows.
type rowScanner interface{ Scan(dest ...any) error }

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// collect reads all rows of a query.
func collect[T any](rows *sql.Rows, err error, scan func(rowScanner) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}
