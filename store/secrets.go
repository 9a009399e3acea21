package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Secret returns the client secret of a tenant, or ErrNotFound when none is
// stored.
func (s *Store) Secret(ctx context.Context, tenantID int64) (string, error) {
	var sealed []byte
	err := s.read.QueryRowContext(ctx, `SELECT sealed FROM credentials WHERE tenant_id = ?`, tenantID).Scan(&sealed)
	if err != nil {
		return "", orNotFound(err, "read client secret")
	}
	secret, err := s.key.unseal(sealed, secretBinding(tenantID))
	if err != nil {
		return "", fmt.Errorf("open the client secret: %w", err)
	}
	return secret, nil
}

// secretBinding is what a sealed client secret belongs to.
func secretBinding(tenantID int64) string {
	return fmt.Sprintf("tenant %d microsoft client_secret", tenantID)
}

// saveSecret seals a secret. The one that it replaces is kept beside it until
// ForgetPreviousSecret; of several replacements in a row, it is the last that
// brought a good sync.
func (s *Store) saveSecret(ctx context.Context, tx *sql.Tx, old Integration, tenantID int64, secret string, now int64) error {
	sealed := s.key.seal(secret, secretBinding(tenantID))
	_, err := tx.ExecContext(ctx, `
		INSERT INTO credentials (tenant_id, kind, sealed, created_at)
		VALUES (?, 'client_secret', ?, ?)
		ON CONFLICT (tenant_id) DO UPDATE SET
			previous            = coalesce(previous, sealed),
			previous_client_id  = iif(previous IS NULL, ?, previous_client_id),
			previous_created_at = coalesce(previous_created_at, created_at),
			reverted            = NULL,
			kind                = excluded.kind,
			sealed              = excluded.sealed,
			created_at          = excluded.created_at`,
		tenantID, sealed, now, old.ClientID)
	return err
}

// ForgetPreviousSecret wipes the secret that the present one replaced, since a
// sync that began at the time given went well; where the present one is newer
// than that, nothing has been proven. It is no error where none is kept.
func (s *Store) ForgetPreviousSecret(ctx context.Context, tenantID int64, began time.Time) error {
	err := s.secureTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE credentials
			SET previous = NULL, previous_client_id = NULL, previous_created_at = NULL
			WHERE tenant_id = ? AND previous IS NOT NULL AND created_at <= ?`, tenantID, ms(began))
		return err
	})
	if err != nil {
		return fmt.Errorf("forget the replaced secret: %w", err)
	}
	return nil
}

// RevertSecret goes back to the secret that the present one replaced, p saying
// why, and wipes the present one. It returns ErrNotFound where none is kept.
func (s *Store) RevertSecret(ctx context.Context, tenantID int64, p *entity.Problem) error {
	err := s.secureTx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE integrations
			SET client_id = (SELECT previous_client_id FROM credentials AS c WHERE c.tenant_id = integrations.tenant_id)
			WHERE tenant_id = ? AND EXISTS (
				SELECT 1 FROM credentials AS c
				WHERE c.tenant_id = integrations.tenant_id AND c.previous IS NOT NULL)`, tenantID)
		if err == nil {
			err = oneRow(res)
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE credentials
			SET sealed = previous, created_at = previous_created_at, reverted = ?,
			    previous = NULL, previous_client_id = NULL, previous_created_at = NULL
			WHERE tenant_id = ?`, marshalProblem(p), tenantID)
		if err != nil {
			return err
		}
		return s.auditTx(ctx, tx, system, tenantID, "integration.secret_reverted", p.Error())
	})
	if err != nil {
		return fmt.Errorf("go back to the replaced secret: %w", err)
	}
	return nil
}
