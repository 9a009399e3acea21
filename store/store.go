// Package store keeps everything that SecurAtlas knows in one SQLite database:
// accounts, tenants, integrations, runs, and the rows that were read from
// Microsoft with their state and history. It is the only package with SQL.
//
// Methods own their transactions: what a method changes is stored as a whole
// or not at all. Times are kept as unix milliseconds and given in UTC. Methods
// are safe for concurrent use, and several processes may open one data folder.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Store is an open data folder.
type Store struct {
	// SQLite allows one writer at a time: one connection queues writers in Go,
	// where a context can end the wait. Readers never wait for it (WAL).
	write, read *sql.DB

	catalogue *entity.Catalogue
	now       func() time.Time
	key       masterKey
	hashing   chan struct{} // bounds the memory that password hashes take
}

// Catalogue returns the entities that the store was opened for.
func (s *Store) Catalogue() *entity.Catalogue { return s.catalogue }

// Now returns the store's time in UTC.
func (s *Store) Now() time.Time { return s.now().UTC() }

// Ping reports whether the database can be read.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.read.QueryRowContext(ctx, `SELECT 1 FROM meta LIMIT 1`).Scan(&one); err != nil {
		return fmt.Errorf("read the database: %w", err)
	}
	return nil
}
