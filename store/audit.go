package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Actor is who did something: an account's email, "cli", "schedule", "setup".
type Actor struct{ Name string }

// system is the actor of what SecurAtlas finds out by itself.
var system = Actor{Name: "securatlas"}

// AuditEntry is one thing that was done in SecurAtlas.
type AuditEntry struct {
	ID       int64
	At       time.Time
	Actor    string
	TenantID int64 // 0 = no tenant
	Action   string
	Detail   string
}

// Audit notes that someone did something; tenantID 0 stands for no tenant.
// Entries are kept for good, those of removed tenants too. Secrets do not
// belong in detail.
func (s *Store) Audit(ctx context.Context, by Actor, tenantID int64, action, detail string) error {
	return s.tx(ctx, func(tx *sql.Tx) error {
		return s.auditTx(ctx, tx, by, tenantID, action, detail)
	})
}

// auditTx is Audit in the transaction of the change itself, so that there is
// no change without its entry.
func (s *Store) auditTx(ctx context.Context, tx *sql.Tx, by Actor, tenantID int64, action, detail string) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO audit (at, actor, tenant_id, action, detail)
		VALUES (?, ?, nullif(?, 0), ?, ?)`,
		ms(s.Now()), by.Name, tenantID, action, detail)
	if err != nil {
		return fmt.Errorf("write the audit entry %s: %w", action, err)
	}
	return nil
}

// AuditEntries returns entries, newest first: those of one tenant, or all when
// tenantID is 0; those with an id below before, or the newest when it is 0.
// The limit is clamped to 1..200.
func (s *Store) AuditEntries(ctx context.Context, tenantID, before int64, limit int) ([]AuditEntry, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT id, at, actor, coalesce(tenant_id, 0), action, detail
		FROM audit
		WHERE (?1 = 0 OR tenant_id = ?1)
		  AND (?2 = 0 OR id < ?2)
		ORDER BY id DESC
		LIMIT ?3`, tenantID, before, min(max(limit, 1), 200))
	entries, err := collect(rows, err, func(r rowScanner) (e AuditEntry, err error) {
		var at int64
		err = r.Scan(&e.ID, &at, &e.Actor, &e.TenantID, &e.Action, &e.Detail)
		e.At = fromMS(at)
		return e, err
	})
	if err != nil {
		return nil, fmt.Errorf("read audit entries: %w", err)
	}
	return entries, nil
}
