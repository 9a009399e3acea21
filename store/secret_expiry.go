package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// applicationKind is the entity with the app registrations and their secrets.
const applicationKind = "applications"

// SecretExpiry is when the client secret of an integration ends, as far as the
// synced app registrations tell.
type SecretExpiry struct {
	// At is when it ends: the earliest of Candidates. Zero where it is not known.
	At time.Time
	// Candidates is how many of the app's secrets it could be. 1 is certain.
	Candidates int
	// Basis is what is known of the app registrations.
	Basis EntityState
}

// Known reports whether a time can be told.
func (e SecretExpiry) Known() bool { return !e.At.IsZero() }

// SecretExpiry finds the client secret of a tenant among those of its own app
// registration. Microsoft shows of a secret its first three characters, the
// hint (learn.microsoft.com/graph/api/resources/passwordcredential); where
// none fits, it is one of those without.
func (s *Store) SecretExpiry(ctx context.Context, tenantID int64) (SecretExpiry, error) {
	var e SecretExpiry
	d := s.catalogue.Def(applicationKind)
	if d == nil {
		return e, nil
	}
	var err error
	if e.Basis, err = s.EntityState(ctx, tenantID, applicationKind); err != nil {
		return e, err
	}
	i, err := s.Integration(ctx, tenantID)
	if err != nil {
		return e, fmt.Errorf("read the integration: %w", err)
	}
	secret, err := s.Secret(ctx, tenantID)
	if errors.Is(err, ErrNotFound) {
		return e, nil
	}
	if err != nil {
		return e, err
	}
	var list sql.NullString
	err = s.read.QueryRowContext(ctx, `
		SELECT password_credentials
		FROM applications
		WHERE tenant_id = ? AND app_id = ? AND removed_at IS NULL`, tenantID, i.ClientID).Scan(&list)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return e, fmt.Errorf("read the app registration: %w", err)
	}
	e.At, e.Candidates = secretEnd(list.String, secret)
	return e, nil
}

// secretEnd returns the earliest end among the credentials in a list that a
// secret may be, and how many these are.
func secretEnd(list, secret string) (at time.Time, candidates int) {
	var credentials []struct {
		Hint        *string   `json:"hint"`
		EndDateTime time.Time `json:"endDateTime"`
	}
	if json.Unmarshal([]byte(list), &credentials) != nil {
		return at, 0
	}
	hinted := false
	for _, c := range credentials {
		hinted = hinted || matchesHint(c.Hint, secret)
	}
	for _, c := range credentials {
		// Without a hint that fits, it is one that has no hint; one with another
		// hint it cannot be, and the list may be older than the secret.
		if c.EndDateTime.IsZero() || hinted != matchesHint(c.Hint, secret) || !hinted && hasHint(c.Hint) {
			continue
		}
		candidates++
		if at.IsZero() || c.EndDateTime.Before(at) {
			at = c.EndDateTime.UTC()
		}
	}
	return at, candidates
}

func hasHint(hint *string) bool { return hint != nil && len(*hint) >= 3 }

func matchesHint(hint *string, secret string) bool {
	return hasHint(hint) && len(secret) >= len(*hint) && secret[:len(*hint)] == *hint
}
