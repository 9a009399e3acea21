package store

import (
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Errors that methods wrap.
var (
	ErrNotFound = errors.New("not found")
	ErrConflict = errors.New("conflict")

	// ErrWrongPassword does not say whether there is such an account.
	ErrWrongPassword = errors.New("wrong email or password")

	// ErrNotConnected wraps ErrConflict.
	ErrNotConnected = fmt.Errorf("not connected: %w", ErrConflict)

	// ErrDirectoryTaken wraps ErrConflict.
	ErrDirectoryTaken = fmt.Errorf("directory taken: %w", ErrConflict)
)

// InputError is a value that cannot be accepted. Methods return it as a value,
// not as a pointer.
type InputError struct {
	Field   string // the form field's name: "email"
	Message string // a full sentence for the person who entered it
}

func (e InputError) Error() string { return e.Message }

// ConflictError says what stands in the way of a change, and what to do. It
// wraps ErrConflict. Methods return it as a pointer.
type ConflictError struct {
	Message string // a full sentence
	cause   error  // nil = ErrConflict
}

func (e *ConflictError) Error() string { return e.Message }

// Unwrap returns ErrConflict or a sentinel that wraps it.
func (e *ConflictError) Unwrap() error {
	if e.cause != nil {
		return e.cause
	}
	return ErrConflict
}

func conflict(format string, args ...any) error {
	return &ConflictError{Message: fmt.Sprintf(format, args...)}
}

// orNotFound says what was not found when a query gave no row.
func orNotFound(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

func isUnique(err error) bool {
	return hasCode(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

func isForeignKey(err error) bool {
	return hasCode(err, sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY)
}

func hasCode(err error, codes ...int) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code() == c {
			return true
		}
	}
	return false
}
