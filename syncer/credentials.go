package syncer

import (
	"context"
	"errors"
	"fmt"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
)

// connection is a tenant's connection as it is stored, with a client for it.
type connection struct {
	integration store.Integration
	client      *microsoft.Client
	generation  int64 // of the credential
}

// connected makes a client from what is stored for a tenant. The error is an
// *entity.Problem when the tenant is not connected.
func (s *Syncer) connected(ctx context.Context, tenantID int64) (c connection, err error) {
	c.integration, err = s.store.Integration(ctx, tenantID)
	if err != nil && !isNotFound(err) {
		return c, err
	}
	if err != nil || !c.integration.Connected {
		return c, notConnected()
	}
	credential, err := s.store.Credential(ctx, tenantID)
	if err != nil {
		return c, fmt.Errorf("open the stored client secret: %w", err)
	}
	c.generation = credential.Generation
	c.client, err = s.client(c.integration.Cloud, c.integration.DirectoryID, credential.ClientID, credential.Secret)
	return c, err
}

// prove asks for new tokens with a tenant's credential and stores what they
// grant. Where Microsoft refuses a secret that no sync has succeeded with yet,
// and still takes the one before it, that one is used again. The error is an
// *entity.Problem when Graph gives no token.
func (s *Syncer) prove(ctx context.Context, tenantID int64) (connection, entity.PermissionCheck, error) {
	c, err := s.connected(ctx, tenantID)
	if err != nil {
		return c, entity.PermissionCheck{}, err
	}
	check, err := s.check(ctx, c.client, c.integration)
	if !tokenRefused(err) {
		return c, check, err
	}
	restored, restoreErr := s.restore(ctx, c, problemOf(err))
	if restoreErr != nil {
		return c, check, restoreErr
	}
	if !restored {
		return c, check, err
	}
	if c, err = s.connected(ctx, tenantID); err != nil {
		return c, entity.PermissionCheck{}, err
	}
	check, err = s.check(ctx, c.client, c.integration)
	return c, check, err
}

// tokenRefused reports whether Microsoft said that a credential is not good, rather
// than nothing at all.
func tokenRefused(err error) bool {
	var p *entity.Problem
	return errors.As(err, &p) && needsPerson(p)
}

// restore goes back to the secret that the refused one replaced. It reports
// false where none is kept, or where Microsoft gives no token for it either:
// the newer one then stays, since nothing says that the older is better.
func (s *Syncer) restore(ctx context.Context, c connection, p *entity.Problem) (bool, error) {
	i := c.integration
	old, err := s.store.ReplacedCredential(ctx, i.TenantID)
	if isNotFound(err) || err == nil && old.Generation != c.generation {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("open the replaced client secret: %w", err)
	}
	client, err := s.client(i.Cloud, i.DirectoryID, old.ClientID, old.Secret)
	if err != nil {
		return false, err
	}
	if _, err := client.FreshToken(ctx, entity.Graph); err != nil {
		return false, ctx.Err()
	}
	err = s.store.RestoreCredential(ctx, i.TenantID, c.generation, p)
	if isNotFound(err) {
		return false, nil // replaced or confirmed meanwhile
	}
	if err != nil {
		return false, err
	}
	s.log.Warn("new client secret refused, the one before is used again", "tenant_id", i.TenantID, "code", p.Code, "request_id", p.RequestID)
	return true, nil
}

// confirm wipes the replaced secret after a run that read something with the
// newer one.
func (s *Syncer) confirm(ctx context.Context, tenantID, generation int64, status store.RunStatus) {
	if generation == 0 || status != store.RunComplete && status != store.RunPartial {
		return
	}
	i, err := s.store.Integration(ctx, tenantID)
	if err == nil && !i.ReplacedAt.IsZero() {
		err = s.store.ConfirmCredential(ctx, tenantID, generation)
	}
	if err != nil {
		s.log.Error("replaced client secret could not be wiped", "tenant_id", tenantID, "error", err)
	}
}
