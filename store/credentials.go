package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Credential is what a tenant's tokens are asked for with.
type Credential struct {
	ClientID string
	Secret   string
	// Generation is another one for each secret that a connected tenant is
	// given: whoever used a credential tells by it whether it is the present one.
	Generation int64
}

// Credential returns a tenant's client ID and secret, or ErrNotFound when none
// is stored.
func (s *Store) Credential(ctx context.Context, tenantID int64) (Credential, error) {
	return s.credential(ctx, s.read, tenantID, `
		SELECT
			i.client_id,
			c.sealed,
			c.generation
		FROM credentials c
		JOIN integrations i ON i.tenant_id = c.tenant_id
		WHERE c.tenant_id = ?`)
}

// ReplacedCredential returns the credential that the present one replaced,
// with the present one's generation. It is kept until ConfirmCredential, and
// ErrNotFound then.
func (s *Store) ReplacedCredential(ctx context.Context, tenantID int64) (Credential, error) {
	return s.credential(ctx, s.read, tenantID, `
		SELECT
			old_client_id,
			old_sealed,
			generation
		FROM credentials
		WHERE tenant_id = ? AND old_sealed IS NOT NULL`)
}

// errUnsealed says that a stored secret cannot be opened.
var errUnsealed = errors.New("open the client secret")

func (s *Store) credential(ctx context.Context, db querier, tenantID int64, query string) (c Credential, err error) {
	var sealed []byte
	if err := db.QueryRowContext(ctx, query, tenantID).Scan(&c.ClientID, &sealed, &c.Generation); err != nil {
		return Credential{}, orNotFound(err, "read client secret")
	}
	if c.Secret, err = s.key.unseal(sealed, secretBinding(tenantID)); err != nil {
		return Credential{}, fmt.Errorf("%w: %w", errUnsealed, err)
	}
	return c, nil
}

// Secret returns the client secret of a tenant, or ErrNotFound when none is
// stored.
func (s *Store) Secret(ctx context.Context, tenantID int64) (string, error) {
	c, err := s.Credential(ctx, tenantID)
	return c.Secret, err
}

// secretBinding is what a sealed client secret belongs to. A replaced one
// belongs to the same: it may become the present one again.
func secretBinding(tenantID int64) string {
	return fmt.Sprintf("tenant %d microsoft client_secret", tenantID)
}

// putCredential stores a credential in a secureTx. Of a connected tenant, the
// one that a sync has succeeded with stays beside it, unless it is the same.
func (s *Store) putCredential(ctx context.Context, tx *sql.Tx, old Integration, tenantID int64, clientID, secret string) error {
	now := ms(s.Now())
	sealed := s.key.seal(secret, secretBinding(tenantID))
	present, err := s.credential(ctx, tx, tenantID, `
		SELECT
			'',
			sealed,
			generation
		FROM credentials
		WHERE tenant_id = ?`)
	same := err == nil && present.Secret == secret && old.ClientID == clientID
	switch {
	case same, errors.Is(err, ErrNotFound), errors.Is(err, errUnsealed): // nothing to keep
		_, err = tx.ExecContext(ctx, `
			INSERT INTO credentials (tenant_id, kind, sealed, created_at)
			VALUES (?, 'client_secret', ?, ?)
			ON CONFLICT (tenant_id) DO UPDATE SET
				sealed     = excluded.sealed,
				created_at = excluded.created_at,
				generation = iif(?, generation, generation + 1)`, tenantID, sealed, now, same)
		return err
	case err != nil:
		return err
	}
	// Of two replacements in a row, the first one's is kept: no sync has
	// succeeded with the one between.
	_, err = tx.ExecContext(ctx, `
		UPDATE credentials
		SET
			old_sealed     = coalesce(old_sealed, sealed),
			old_client_id  = coalesce(old_client_id, ?),
			old_created_at = coalesce(old_created_at, created_at),
			replaced_at    = ?,
			sealed         = ?,
			created_at     = ?,
			generation     = generation + 1
		WHERE tenant_id = ?`, old.ClientID, now, sealed, now, tenantID)
	return err
}

// ConfirmCredential wipes the credential that this generation replaced: a sync
// has succeeded with the newer one. It does nothing when none is kept, or when
// the present one is of another generation.
func (s *Store) ConfirmCredential(ctx context.Context, tenantID, generation int64) error {
	err := s.secureTx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `
			UPDATE credentials
			SET
				old_sealed     = NULL,
				old_client_id  = NULL,
				old_created_at = NULL,
				replaced_at    = NULL
			WHERE tenant_id = ? AND generation = ? AND old_sealed IS NOT NULL`, tenantID, generation)
		if err != nil || oneRow(res) != nil {
			return err
		}
		return s.auditTx(ctx, tx, system, tenantID, "integration.old_secret_wiped", "a sync succeeded with the new secret")
	})
	if err != nil {
		return fmt.Errorf("wipe the replaced secret: %w", err)
	}
	return nil
}

// RestoreCredential gives up the credential of this generation, which
// Microsoft refused, and makes the one that it replaced the present one. It
// returns ErrNotFound when none is kept, or when the present one is of another
// generation.
func (s *Store) RestoreCredential(ctx context.Context, tenantID, generation int64, refused *entity.Problem) error {
	err := s.secureTx(ctx, func(tx *sql.Tx) error {
		var clientID string
		err := tx.QueryRowContext(ctx, `
			SELECT old_client_id
			FROM credentials
			WHERE tenant_id = ? AND generation = ? AND old_sealed IS NOT NULL`, tenantID, generation).Scan(&clientID)
		if err != nil {
			return orNotFound(err, "replaced secret")
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE credentials
			SET
				sealed         = old_sealed,
				created_at     = old_created_at,
				generation     = generation + 1,
				old_sealed     = NULL,
				old_client_id  = NULL,
				old_created_at = NULL,
				replaced_at    = NULL
			WHERE tenant_id = ?`, tenantID)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE integrations
			SET
				client_id      = ?,
				refused_secret = ?
			WHERE tenant_id = ?`, clientID, marshalProblem(refused), tenantID)
		if err != nil {
			return err
		}
		return s.auditTx(ctx, tx, system, tenantID, "integration.secret_restored",
			fmt.Sprintf("client %s; the new secret was refused: %s", clientID, refused.Code))
	})
	if err != nil {
		return fmt.Errorf("use the replaced secret again: %w", err)
	}
	return nil
}

// wipeCredential wipes a tenant's credential, and the one that it replaced. It
// belongs into a secureTx.
func (s *Store) wipeCredential(ctx context.Context, tx *sql.Tx, tenantID int64) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM credentials WHERE tenant_id = ?`, tenantID); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `
		UPDATE integrations
		SET
			connected       = 0,
			disconnected_at = ?,
			problem         = NULL,
			refused_secret  = NULL
		WHERE tenant_id = ? AND connected = 1`, ms(s.Now()), tenantID)
	return err
}
