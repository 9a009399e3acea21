package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Integration is the connection of a tenant to Microsoft. It is kept after a
// disconnect: the data still belong to its directory.
type Integration struct {
	TenantID       int64
	Cloud          string
	DirectoryID    string // lower case
	DirectoryName  string
	DefaultDomain  string
	ClientID       string
	Connected      bool
	ConnectedAt    time.Time
	DisconnectedAt time.Time // zero while connected
	ConnectedBy    string
	CredentialAt   time.Time       // when the secret was stored; zero = none is
	ReplacedAt     time.Time       // when it replaced one that is still kept; zero = none is
	CheckedAt      time.Time       // when the credential was last tested, with whatever outcome
	Problem        *entity.Problem // credential or consent: the integration needs attention
	RefusedSecret  *entity.Problem // why the newest secret was given up for the one before it
}

// Integration returns a tenant's integration, or ErrNotFound when it was never
// connected or its data were deleted.
func (s *Store) Integration(ctx context.Context, tenantID int64) (Integration, error) {
	return integration(ctx, s.read, tenantID)
}

// Integrations returns the connected integrations, by tenant.
func (s *Store) Integrations(ctx context.Context) ([]Integration, error) {
	rows, err := s.read.QueryContext(ctx, selectIntegrations+`
		WHERE i.connected = 1
		ORDER BY i.tenant_id`)
	all, err := collect(rows, err, scanIntegration)
	if err != nil {
		return nil, fmt.Errorf("read integrations: %w", err)
	}
	return all, nil
}

// LastIntegrations returns the integrations of all tenants, disconnected ones
// too, by tenant.
func (s *Store) LastIntegrations(ctx context.Context) (map[int64]Integration, error) {
	rows, err := s.read.QueryContext(ctx, selectIntegrations)
	list, err := collect(rows, err, scanIntegration)
	if err != nil {
		return nil, fmt.Errorf("read integrations: %w", err)
	}
	all := make(map[int64]Integration, len(list))
	for _, i := range list {
		all[i.TenantID] = i
	}
	return all, nil
}

// SaveIntegration connects a tenant, connects it again, or replaces its secret;
// the replaced one is kept, see ReplacedCredential. The caller has tested the
// credential. Of v, it stores the tenant, cloud,
// directory, names and client ID; the rest follows. It returns an InputError
// for missing values and a *ConflictError that wraps ErrDirectoryTaken when
// another tenant has the directory, or this tenant has data of another one; one
// that wraps ErrConflict while the tenant's data are being deleted.
func (s *Store) SaveIntegration(ctx context.Context, by Actor, v Integration, secret string) error {
	v.DirectoryID = strings.ToLower(strings.TrimSpace(v.DirectoryID))
	v.ClientID = strings.ToLower(strings.TrimSpace(v.ClientID))
	for _, given := range []struct{ field, value, label string }{
		{"cloud", v.Cloud, "the cloud"},
		{"directory_id", v.DirectoryID, "the directory (tenant) ID"},
		{"client_id", v.ClientID, "the application (client) ID"},
		{"client_secret", secret, "the client secret"},
	} {
		if given.value == "" {
			return InputError{Field: given.field, Message: "Enter " + given.label + "."}
		}
	}
	err := s.secureTx(ctx, func(tx *sql.Tx) error {
		if err := s.notDeleting(ctx, tx, v.TenantID); err != nil {
			return err
		}
		old, err := integration(ctx, tx, v.TenantID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if old.TenantID != 0 && (old.Cloud != v.Cloud || old.DirectoryID != v.DirectoryID) {
			return &ConflictError{cause: ErrDirectoryTaken, Message: "This tenant holds the data of another directory " +
				"(" + old.DirectoryID + "). Disconnect and delete those data first, or make a new tenant for this directory."}
		}
		now := ms(s.Now())
		_, err = tx.ExecContext(ctx, `
			INSERT INTO integrations (tenant_id, cloud, directory_id, directory_name, default_domain, client_id,
				connected, connected_at, connected_by, checked_at)
			VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?)
			ON CONFLICT (tenant_id) DO UPDATE SET
				directory_name  = excluded.directory_name,
				default_domain  = excluded.default_domain,
				client_id       = excluded.client_id,
				connected_at    = iif(connected = 1, connected_at, excluded.connected_at),
				connected_by    = iif(connected = 1, connected_by, excluded.connected_by),
				connected       = 1,
				disconnected_at = NULL,
				checked_at      = excluded.checked_at,
				problem         = NULL,
				refused_secret  = NULL`,
			v.TenantID, v.Cloud, v.DirectoryID, v.DirectoryName, v.DefaultDomain, v.ClientID, now, by.Name, now)
		switch {
		case isUnique(err):
			return &ConflictError{cause: ErrDirectoryTaken, Message: "This directory belongs to another tenant of " +
				"SecurAtlas already. Use that tenant, or disconnect it and delete its data first."}
		case isForeignKey(err):
			return fmt.Errorf("tenant: %w", ErrNotFound)
		case err != nil:
			return err
		}
		if err := s.putCredential(ctx, tx, old, v.TenantID, v.ClientID, secret); err != nil {
			return err
		}
		action := "integration.connected"
		if old.Connected {
			action = "integration.secret_replaced"
		}
		detail := fmt.Sprintf("cloud %s, directory %s, client %s", v.Cloud, v.DirectoryID, v.ClientID)
		return s.auditTx(ctx, tx, by, v.TenantID, action, detail)
	})
	if err != nil {
		return fmt.Errorf("save integration: %w", err)
	}
	return nil
}

// SetIntegrationProblem notes the outcome of a credential test: nil clears the
// problem. An integration that was disconnected meanwhile is left alone.
func (s *Store) SetIntegrationProblem(ctx context.Context, tenantID int64, p *entity.Problem) error {
	res, err := s.write.ExecContext(ctx, `
		UPDATE integrations
		SET
			problem    = iif(connected = 1, ?, problem),
			checked_at = iif(connected = 1, ?, checked_at)
		WHERE tenant_id = ?`, marshalProblem(p), ms(s.Now()), tenantID)
	if err == nil {
		err = oneRow(res)
	}
	if err != nil {
		return fmt.Errorf("note the integration's problem: %w", err)
	}
	return nil
}

// NameDirectory stores what the directory calls itself: it could not be read
// when the tenant was connected, or has changed.
func (s *Store) NameDirectory(ctx context.Context, tenantID int64, name, defaultDomain string) error {
	_, err := s.write.ExecContext(ctx, `
		UPDATE integrations
		SET
			directory_name = ?,
			default_domain = ?
		WHERE tenant_id = ?`, name, defaultDomain, tenantID)
	if err != nil {
		return fmt.Errorf("name the directory: %w", err)
	}
	return nil
}

// Disconnect wipes a tenant's credential and keeps all its data. It is no
// error when the integration is disconnected already. It returns ErrConflict
// while a sync of the tenant runs, which would go on with what it has in memory.
func (s *Store) Disconnect(ctx context.Context, by Actor, tenantID int64) error {
	err := s.secureTx(ctx, func(tx *sql.Tx) error {
		old, err := integration(ctx, tx, tenantID)
		if err != nil {
			return err
		}
		if err := s.notRunning(ctx, tx, tenantID); err != nil {
			return err
		}
		if err := s.wipeCredential(ctx, tx, tenantID); err != nil || !old.Connected {
			return err
		}
		return s.auditTx(ctx, tx, by, tenantID, "integration.disconnected", "directory "+old.DirectoryID)
	})
	if err != nil {
		return fmt.Errorf("disconnect: %w", err)
	}
	return nil
}

// DeleteData deletes all that was read for a tenant (rows, states, changes,
// runs) and forgets its directory, so that another one can be connected. It
// returns ErrConflict while the tenant is connected or a sync of it runs, and
// ErrNotFound when there are no data. Interrupted, it can be called again.
func (s *Store) DeleteData(ctx context.Context, by Actor, tenantID int64) error {
	var old Integration
	err := s.tx(ctx, func(tx *sql.Tx) (err error) {
		if old, err = integration(ctx, tx, tenantID); err != nil {
			return err
		}
		if old.Connected {
			return conflict("The tenant is still connected: disconnect it before deleting its data.")
		}
		return s.beginDeletion(ctx, tx, tenantID)
	})
	if err != nil {
		return fmt.Errorf("delete data: %w", err)
	}
	err = s.deleteRows(ctx, tenantID)
	if err == nil {
		err = s.deleteStep(ctx, tenantID, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, `DELETE FROM granted_roles WHERE tenant_id = ?`, tenantID); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM integrations WHERE tenant_id = ?`, tenantID); err != nil {
				return err
			}
			return s.auditTx(ctx, tx, by, tenantID, "integration.data_deleted", "directory "+old.DirectoryID)
		})
	}
	if err := errors.Join(err, s.endDeletion(ctx, s.write, tenantID)); err != nil {
		return fmt.Errorf("delete data: %w", err)
	}
	return nil
}

const selectIntegrations = `
	SELECT
		i.tenant_id,
		i.cloud,
		i.directory_id,
		i.directory_name,
		i.default_domain,
		i.client_id,
		i.connected,
		i.connected_at,
		i.disconnected_at,
		i.connected_by,
		c.created_at,
		c.replaced_at,
		i.checked_at,
		i.problem,
		i.refused_secret
	FROM integrations i
	LEFT JOIN credentials c ON c.tenant_id = i.tenant_id`

func integration(ctx context.Context, db querier, tenantID int64) (Integration, error) {
	v, err := scanIntegration(db.QueryRowContext(ctx, selectIntegrations+` WHERE i.tenant_id = ?`, tenantID))
	if err != nil {
		return Integration{}, orNotFound(err, "integration")
	}
	return v, nil
}

func scanIntegration(r rowScanner) (v Integration, err error) {
	var connected, disconnected, credential, replaced, checked sql.NullInt64
	var problem, refused sql.NullString
	err = r.Scan(&v.TenantID, &v.Cloud, &v.DirectoryID, &v.DirectoryName, &v.DefaultDomain, &v.ClientID,
		&v.Connected, &connected, &disconnected, &v.ConnectedBy, &credential, &replaced, &checked, &problem, &refused)
	if err != nil {
		return v, err
	}
	v.ConnectedAt = fromNullMS(connected)
	v.DisconnectedAt = fromNullMS(disconnected)
	v.CredentialAt = fromNullMS(credential)
	v.ReplacedAt = fromNullMS(replaced)
	v.CheckedAt = fromNullMS(checked)
	if v.Problem, err = unmarshalProblem(problem); err != nil {
		return v, err
	}
	v.RefusedSecret, err = unmarshalProblem(refused)
	return v, err
}

// oneRow returns ErrNotFound when a statement found nothing to change.
func oneRow(res sql.Result) error {
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}
