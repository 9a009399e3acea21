package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
)

// A password's length in characters.
const (
	MinPassword = 12
	MaxPassword = 256
)

// passwordParams cost about 0.1 s and 46 MiB for each hash. They are kept in
// the hash: when they change, passwords are hashed anew at the next sign-in.
var passwordParams = argon2id.Params{
	Memory:      46 * 1024,
	Iterations:  1,
	Parallelism: 1,
	SaltLength:  16,
	KeyLength:   32,
}

// noPassword costs as much to check as a real hash and matches nothing.
var noPassword = fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s",
	passwordParams.Memory, passwordParams.Iterations, passwordParams.Parallelism,
	strings.Repeat("A", 22), strings.Repeat("A", 43)) // zeros in base64

// CheckPassword returns the account of an email when the password is right and
// notes the sign-in. It returns ErrWrongPassword for a wrong password and for
// an email without account, after the same work.
func (s *Store) CheckPassword(ctx context.Context, email, password string) (Account, error) {
	var id int64
	hash := noPassword
	err := s.read.QueryRowContext(ctx, `
		SELECT id, password_hash
		FROM accounts
		WHERE email = ?`, normalEmail(email)).Scan(&id, &hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Account{}, fmt.Errorf("check password: %w", err)
	}
	right, stale, err := s.comparePassword(ctx, password, hash)
	if err != nil {
		return Account{}, err
	}
	if !right || id == 0 {
		return Account{}, ErrWrongPassword
	}
	if stale {
		fresh, err := s.hashPassword(ctx, password)
		if err != nil {
			return Account{}, err
		}
		// Not when someone has set another password meanwhile.
		_, err = s.write.ExecContext(ctx, `
			UPDATE accounts
			SET password_hash = ?
			WHERE id = ? AND password_hash = ?`, fresh, id, hash)
		if err != nil {
			return Account{}, fmt.Errorf("renew password hash: %w", err)
		}
	}
	if _, err := s.write.ExecContext(ctx, `UPDATE accounts SET last_login_at = ? WHERE id = ?`, ms(s.Now()), id); err != nil {
		return Account{}, fmt.Errorf("note sign-in: %w", err)
	}
	return s.Account(ctx, id)
}

// SetPassword gives an account another password and ends all its sessions.
func (s *Store) SetPassword(ctx context.Context, by Actor, id int64, password string) error {
	if err := checkPasswordShape(password); err != nil {
		return err
	}
	hash, err := s.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	err = s.tx(ctx, func(tx *sql.Tx) error {
		var email string
		err := tx.QueryRowContext(ctx, `
			UPDATE accounts
			SET password_hash = ?
			WHERE id = ?
			RETURNING email`, hash, id).Scan(&email)
		if err != nil {
			return orNotFound(err, "account")
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE account_id = ?`, id); err != nil {
			return err
		}
		return s.auditTx(ctx, tx, by, 0, "account.password_set", email)
	})
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	return nil
}

func checkPasswordShape(password string) error {
	if n := utf8.RuneCountInString(password); n < MinPassword || n > MaxPassword {
		return InputError{
			Field:   "password",
			Message: fmt.Sprintf("Use a password of %d to %d characters.", MinPassword, MaxPassword),
		}
	}
	return nil
}

func (s *Store) hashPassword(ctx context.Context, password string) (hash string, err error) {
	err = s.whileHashing(ctx, func() error {
		hash, err = argon2id.CreateHash(password, &passwordParams)
		return err
	})
	return hash, err
}

// comparePassword also reports whether the hash was made with parameters that
// are no longer used.
func (s *Store) comparePassword(ctx context.Context, password, hash string) (right, stale bool, err error) {
	err = s.whileHashing(ctx, func() error {
		ok, params, err := argon2id.CheckHash(password, hash)
		right = ok
		stale = params != nil && *params != passwordParams
		return err
	})
	return right, stale, err
}

// whileHashing waits its turn, so that a flood of sign-ins cannot take the
// machine's memory.
func (s *Store) whileHashing(ctx context.Context, fn func() error) error {
	select {
	case s.hashing <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("wait to hash a password: %w", ctx.Err())
	}
	defer func() { <-s.hashing }()
	if err := fn(); err != nil {
		return fmt.Errorf("hash a password: %w", err)
	}
	return nil
}
