package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Tenant is one organisation in SecurAtlas.
type Tenant struct {
	ID        int64
	Slug      string // in URLs and on the command line; never changes
	Name      string
	CreatedAt time.Time
}

// maxTenantName is a name's length in characters.
const maxTenantName = 200

// CreateTenant makes a tenant. Without a slug one is made from the name. It
// returns an InputError for a name or slug that cannot be, and ErrConflict
// when the given slug is taken.
func (s *Store) CreateTenant(ctx context.Context, by Actor, name, slug string) (Tenant, error) {
	name, err := checkTenantName(name)
	if err != nil {
		return Tenant{}, err
	}
	if slug != "" {
		if err := checkSlug(slug); err != nil {
			return Tenant{}, err
		}
	}
	t := Tenant{Slug: slug, Name: name}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		if t.Slug == "" {
			if t.Slug, err = freeSlug(ctx, tx, name); err != nil {
				return err
			}
		}
		created := ms(s.Now())
		t.CreatedAt = fromMS(created)
		err := tx.QueryRowContext(ctx, `
			INSERT INTO tenants (slug, name, created_at)
			VALUES (?, ?, ?)
			RETURNING id`, t.Slug, t.Name, created).Scan(&t.ID)
		if isUnique(err) {
			return conflict("There is a tenant %s already.", t.Slug)
		}
		if err != nil {
			return err
		}
		return s.auditTx(ctx, tx, by, t.ID, "tenant.created", t.Slug+", "+t.Name)
	})
	if err != nil {
		return Tenant{}, fmt.Errorf("create tenant: %w", err)
	}
	return t, nil
}

// Tenants returns all tenants by name.
func (s *Store) Tenants(ctx context.Context) ([]Tenant, error) {
	rows, err := s.read.QueryContext(ctx, selectTenants+` ORDER BY name COLLATE NOCASE, id`)
	all, err := collect(rows, err, scanTenant)
	if err != nil {
		return nil, fmt.Errorf("read tenants: %w", err)
	}
	return all, nil
}

// TenantBySlug returns a tenant, or ErrNotFound.
func (s *Store) TenantBySlug(ctx context.Context, slug string) (Tenant, error) {
	t, err := scanTenant(s.read.QueryRowContext(ctx, selectTenants+` WHERE slug = ?`, slug))
	if err != nil {
		return Tenant{}, orNotFound(err, "tenant %q", slug)
	}
	return t, nil
}

// RenameTenant gives a tenant another name; its slug stays.
func (s *Store) RenameTenant(ctx context.Context, by Actor, id int64, name string) error {
	name, err := checkTenantName(name)
	if err != nil {
		return err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		t, err := scanTenant(tx.QueryRowContext(ctx, selectTenants+` WHERE id = ?`, id))
		if err != nil {
			return orNotFound(err, "tenant")
		}
		if _, err := tx.ExecContext(ctx, `UPDATE tenants SET name = ? WHERE id = ?`, name, id); err != nil {
			return err
		}
		return s.auditTx(ctx, tx, by, id, "tenant.renamed", t.Slug+", "+name+" (was "+t.Name+")")
	})
	if err != nil {
		return fmt.Errorf("rename tenant: %w", err)
	}
	return nil
}

// RemoveTenant removes a tenant and all its data, the credential first. It
// returns ErrConflict while a sync of it runs. Interrupted, it can be called
// again.
func (s *Store) RemoveTenant(ctx context.Context, by Actor, id int64) error {
	var t Tenant
	err := s.secureTx(ctx, func(tx *sql.Tx) (err error) {
		if t, err = scanTenant(tx.QueryRowContext(ctx, selectTenants+` WHERE id = ?`, id)); err != nil {
			return orNotFound(err, "tenant")
		}
		if err := s.beginDeletion(ctx, tx, id); err != nil {
			return err
		}
		return s.wipeCredential(ctx, tx, id)
	})
	if err != nil {
		return fmt.Errorf("remove tenant: %w", err)
	}
	err = s.deleteRows(ctx, id)
	if err == nil {
		err = s.deleteStep(ctx, id, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, `DELETE FROM tenants WHERE id = ?`, id); err != nil {
				return err
			}
			return s.auditTx(ctx, tx, by, id, "tenant.removed", t.Slug+", "+t.Name)
		})
	}
	if err := errors.Join(err, s.endDeletion(ctx, s.write, id)); err != nil {
		return fmt.Errorf("remove tenant: %w", err)
	}
	return nil
}

const selectTenants = `
	SELECT
		id,
		slug,
		name,
		created_at
	FROM tenants`

func scanTenant(r rowScanner) (t Tenant, err error) {
	var created int64
	err = r.Scan(&t.ID, &t.Slug, &t.Name, &created)
	t.CreatedAt = fromMS(created)
	return t, err
}

func checkTenantName(name string) (string, error) {
	name = strings.TrimSpace(name)
	n := utf8.RuneCountInString(name)
	if n == 0 || n > maxTenantName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", InputError{
			Field:   "name",
			Message: fmt.Sprintf("Enter a name of 1 to %d characters.", maxTenantName),
		}
	}
	return name, nil
}

// freeSlug makes a slug from a name that no tenant has.
func freeSlug(ctx context.Context, tx *sql.Tx, name string) (string, error) {
	base := slugFrom(name)
	for n := 1; ; n++ {
		slug := base
		if n > 1 {
			suffix := fmt.Sprintf("-%d", n)
			slug = strings.TrimRight(base[:min(len(base), maxSlug-len(suffix))], "-") + suffix
		}
		if isReserved(slug) {
			continue
		}
		var taken int
		err := tx.QueryRowContext(ctx, `SELECT 1 FROM tenants WHERE slug = ?`, slug).Scan(&taken)
		if errors.Is(err, sql.ErrNoRows) {
			return slug, nil
		}
		if err != nil {
			return "", err
		}
	}
}
