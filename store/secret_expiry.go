package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// SecretExpiry is what the synced app registrations tell about when a tenant's
// client secret expires.
type SecretExpiry struct {
	// At is when the secret expires; zero where that cannot be told.
	At time.Time
	// Among is how many of the app's secrets the stored one may be, and Earliest
	// and Latest are when these expire. 1 where At is known, 0 where none of
	// them is the stored one.
	Among            int
	Earliest, Latest time.Time

	// ApplicationID is the id of the app's row in applications; empty where it
	// has none.
	ApplicationID string
	Secrets       int // how many the app has
	// List is the state of applications; its Def is nil where the catalogue has
	// no such entity.
	List EntityState
}

// passwordCredential is a secret of an app registration. Microsoft tells its
// first three characters, never more
// (learn.microsoft.com/graph/api/resources/passwordcredential).
type passwordCredential struct {
	Hint        *string `json:"hint"`
	EndDateTime string  `json:"endDateTime"`
}

// SecretExpiry compares the stored client secret with what Microsoft tells of
// the secrets of the app that it belongs to. ErrNotFound where no secret is
// stored.
func (s *Store) SecretExpiry(ctx context.Context, tenantID int64) (SecretExpiry, error) {
	var e SecretExpiry
	c, err := s.Credential(ctx, tenantID)
	if err != nil {
		return e, err
	}
	if s.catalogue.Def("applications") == nil {
		return e, nil
	}
	if e.List, err = s.EntityState(ctx, tenantID, "applications"); err != nil {
		return e, err
	}
	var list sql.NullString
	err = s.read.QueryRowContext(ctx, `
		SELECT
			id,
			password_credentials
		FROM applications
		WHERE tenant_id = ? AND app_id = ? AND removed_at IS NULL`, tenantID, c.ClientID).Scan(&e.ApplicationID, &list)
	if errors.Is(err, sql.ErrNoRows) {
		return e, nil
	}
	if err != nil {
		return e, fmt.Errorf("read the own app registration: %w", err)
	}
	var known []passwordCredential
	// What is no list of secrets tells nothing.
	if json.Unmarshal([]byte(list.String), &known) == nil {
		e.compare(known, c.Secret)
	}
	return e, nil
}

// compare finds the secrets of the app that may be the stored one: those with
// its first characters, or where there are none, those of which Microsoft does
// not tell them.
func (e *SecretExpiry) compare(known []passwordCredential, secret string) {
	e.Secrets = len(known)
	var same, untold []passwordCredential
	for _, p := range known {
		switch {
		case p.Hint == nil || *p.Hint == "":
			untold = append(untold, p)
		case strings.HasPrefix(secret, *p.Hint):
			same = append(same, p)
		}
	}
	if len(same) == 0 {
		same = untold
	}
	for _, p := range same {
		ends, err := time.Parse(time.RFC3339Nano, p.EndDateTime)
		if err != nil {
			*e = SecretExpiry{ApplicationID: e.ApplicationID, Secrets: e.Secrets, List: e.List}
			return
		}
		if e.Among == 0 || ends.Before(e.Earliest) {
			e.Earliest = ends
		}
		if e.Among == 0 || ends.After(e.Latest) {
			e.Latest = ends
		}
		e.Among++
	}
	if e.Among == 1 {
		e.At = e.Earliest
	}
}
