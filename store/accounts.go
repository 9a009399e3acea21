package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// Role is what an account may do.
type Role string

// The roles.
const (
	Owner  Role = "owner"  // sees and does everything
	Admin  Role = "admin"  // connects and syncs the tenants it is a member of
	Viewer Role = "viewer" // sees the tenants it is a member of
)

// Roles lists the roles, the mightiest first.
var Roles = []Role{Owner, Admin, Viewer}

// Account is a person who signs in.
type Account struct {
	ID          int64
	Email       string // lower case
	Role        Role
	CreatedAt   time.Time
	LastLoginAt time.Time // zero = never
	Tenants     []int64   // memberships, ascending
}

// Sees reports whether the account may see a tenant: its members do, and owners.
func (a Account) Sees(tenantID int64) bool {
	return a.Role == Owner || slices.Contains(a.Tenants, tenantID)
}

// CreateAccount makes an account that can sign in at once. It returns an
// InputError for an email, role, password (12 to 256 characters) or tenant
// that cannot be, and ErrConflict when the email has an account.
func (s *Store) CreateAccount(ctx context.Context, by Actor, email string, role Role, password string, tenantIDs []int64) (Account, error) {
	email, err := checkEmail(email)
	if err != nil {
		return Account{}, err
	}
	if err := checkRole(role); err != nil {
		return Account{}, err
	}
	if err := checkPasswordShape(password); err != nil {
		return Account{}, err
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return Account{}, err
	}
	var a Account
	err = s.tx(ctx, func(tx *sql.Tx) error {
		var id int64
		err := tx.QueryRowContext(ctx, `
			INSERT INTO accounts (email, role, password_hash, created_at)
			VALUES (?, ?, ?, ?)
			RETURNING id`, email, role, hash, ms(s.Now())).Scan(&id)
		if isUnique(err) {
			return conflict("There is an account for %s already.", email)
		}
		if err != nil {
			return err
		}
		if err := setMemberships(ctx, tx, id, tenantIDs); err != nil {
			return err
		}
		if err := s.auditTx(ctx, tx, by, 0, "account.created", email+", "+string(role)); err != nil {
			return err
		}
		a, err = account(ctx, tx, `id = ?`, id)
		return err
	})
	if err != nil {
		return Account{}, fmt.Errorf("create account: %w", err)
	}
	return a, nil
}

// Accounts returns all accounts by email.
func (s *Store) Accounts(ctx context.Context) ([]Account, error) {
	all, err := accounts(ctx, s.read, `1 = 1`)
	if err != nil {
		return nil, fmt.Errorf("read accounts: %w", err)
	}
	return all, nil
}

// Account returns an account, or ErrNotFound.
func (s *Store) Account(ctx context.Context, id int64) (Account, error) {
	return account(ctx, s.read, `id = ?`, id)
}

// AccountByEmail returns the account of an email, or ErrNotFound.
func (s *Store) AccountByEmail(ctx context.Context, email string) (Account, error) {
	return account(ctx, s.read, `email = ?`, normalEmail(email))
}

// HasOwner reports whether anyone can manage SecurAtlas yet.
func (s *Store) HasOwner(ctx context.Context) (has bool, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM accounts WHERE role = ?)`, Owner).Scan(&has)
	if err != nil {
		return false, fmt.Errorf("look for an owner: %w", err)
	}
	return has, nil
}

// UpdateAccount sets an account's role and memberships. The last owner stays
// one: ErrConflict.
func (s *Store) UpdateAccount(ctx context.Context, by Actor, id int64, role Role, tenantIDs []int64) error {
	if err := checkRole(role); err != nil {
		return err
	}
	err := s.tx(ctx, func(tx *sql.Tx) error {
		a, err := account(ctx, tx, `id = ?`, id)
		if err != nil {
			return err
		}
		if role != Owner {
			if err := notLastOwner(ctx, tx, a); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE accounts SET role = ? WHERE id = ?`, role, id); err != nil {
			return err
		}
		if err := setMemberships(ctx, tx, id, tenantIDs); err != nil {
			return err
		}
		detail := fmt.Sprintf("%s, %s (was %s), member of %d tenants (was %d)",
			a.Email, role, a.Role, len(tenantIDs), len(a.Tenants))
		return s.auditTx(ctx, tx, by, 0, "account.changed", detail)
	})
	if err != nil {
		return fmt.Errorf("change account: %w", err)
	}
	return nil
}

// DeleteAccount removes an account and ends its sessions. The last owner
// stays: ErrConflict.
func (s *Store) DeleteAccount(ctx context.Context, by Actor, id int64) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		a, err := account(ctx, tx, `id = ?`, id)
		if err != nil {
			return err
		}
		if err := notLastOwner(ctx, tx, a); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM accounts WHERE id = ?`, id); err != nil {
			return err
		}
		return s.auditTx(ctx, tx, by, 0, "account.removed", a.Email)
	})
	if err != nil {
		return fmt.Errorf("remove account: %w", err)
	}
	return nil
}

func notLastOwner(ctx context.Context, tx *sql.Tx, a Account) error {
	if a.Role != Owner {
		return nil
	}
	var others bool
	err := tx.QueryRowContext(ctx, `
		SELECT EXISTS (SELECT 1 FROM accounts WHERE role = ? AND id <> ?)`, Owner, a.ID).Scan(&others)
	if err != nil {
		return err
	}
	if !others {
		return conflict("%s is the only owner: make another account an owner first.", a.Email)
	}
	return nil
}

func setMemberships(ctx context.Context, tx *sql.Tx, accountID int64, tenantIDs []int64) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM memberships WHERE account_id = ?`, accountID); err != nil {
		return err
	}
	for _, id := range tenantIDs {
		_, err := tx.ExecContext(ctx, `
			INSERT INTO memberships (account_id, tenant_id)
			VALUES (?, ?)
			ON CONFLICT DO NOTHING`, accountID, id)
		if isForeignKey(err) {
			return InputError{Field: "tenants", Message: "One of the tenants does not exist any more."}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func account(ctx context.Context, db querier, where string, arg any) (Account, error) {
	found, err := accounts(ctx, db, where, arg)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Account{}, fmt.Errorf("read account: %w", err)
	}
	return found[0], nil
}

func accounts(ctx context.Context, db querier, where string, args ...any) ([]Account, error) {
	rows, err := db.QueryContext(ctx, `
		SELECT
			id,
			email,
			role,
			created_at,
			last_login_at,
			(SELECT json_group_array(tenant_id ORDER BY tenant_id) FROM memberships WHERE account_id = accounts.id)
		FROM accounts
		WHERE `+where+`
		ORDER BY email`, args...)
	return collect(rows, err, func(r rowScanner) (a Account, err error) {
		var created int64
		var login sql.NullInt64
		var tenants string
		if err := r.Scan(&a.ID, &a.Email, &a.Role, &created, &login, &tenants); err != nil {
			return a, err
		}
		a.CreatedAt = fromMS(created)
		a.LastLoginAt = fromNullMS(login)
		a.Tenants, err = unmarshalList[int64](tenants)
		return a, err
	})
}

func normalEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// checkEmail returns an email as it is stored.
func checkEmail(email string) (string, error) {
	email = normalEmail(email)
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > 254 {
		return "", InputError{Field: "email", Message: "Enter an email address such as jo@contoso.com."}
	}
	return email, nil
}

func checkRole(role Role) error {
	if !slices.Contains(Roles, role) {
		return InputError{Field: "role", Message: "The role is owner, admin or viewer."}
	}
	return nil
}
