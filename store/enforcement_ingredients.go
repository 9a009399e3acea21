package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
)

// MFAFingerprint stands for all rows and states of some kinds, and for the gaps
// in those that are read for each row of another one: while it is the same,
// nothing but volatile columns has changed. It is made from the newest entry of
// each kind in the history and costs some reads by index.
func (s *Store) MFAFingerprint(ctx context.Context, tenantID int64, kinds, fans []string) (string, error) {
	sum := sha256.New()
	for _, kind := range kinds {
		var newest sql.NullInt64
		err := s.read.QueryRowContext(ctx, `SELECT max(id) FROM changes WHERE tenant_id = ? AND kind = ?`,
			tenantID, kind).Scan(&newest)
		if err != nil {
			return "", fmt.Errorf("look for changes of %s: %w", kind, err)
		}
		fmt.Fprintf(sum, "%s %d\n", kind, newest.Int64)
		// A first list, and the first after the columns changed, has no history,
		// nor has what came of it before it was cut.
		rows, err := s.read.QueryContext(ctx, `
			SELECT part || ' ' || state || ' ' || (as_of IS NULL) || ' ' || columns_version || ' ' ||
				iif(as_of IS NULL AND pages > 0, coalesce(run_id, 0), 0)
			FROM part_states WHERE tenant_id = ? AND kind = ? ORDER BY part`, tenantID, kind)
		states, err := collect(rows, err, scanText)
		if err != nil {
			return "", fmt.Errorf("look at the states of %s: %w", kind, err)
		}
		fmt.Fprintf(sum, "%q\n", states)
	}
	for _, kind := range fans {
		rows, err := s.read.QueryContext(ctx, `
			SELECT parent_id || ' ' || relation || ' ' || reason
			FROM fan_gaps WHERE tenant_id = ? AND kind = ? ORDER BY parent_id, relation`, tenantID, kind)
		gaps, err := collect(rows, err, scanText)
		if err != nil {
			return "", fmt.Errorf("look at the gaps of %s: %w", kind, err)
		}
		fmt.Fprintf(sum, "%q\n", gaps)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// SameMFAIngredients reports whether the stored verdicts were computed from
// what a fingerprint stands for.
func (s *Store) SameMFAIngredients(ctx context.Context, tenantID int64, fingerprint string) (bool, error) {
	var stored string
	err := s.read.QueryRowContext(ctx, `SELECT fingerprint FROM mfa_ingredients WHERE tenant_id = ?`, tenantID).Scan(&stored)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look what verdicts on MFA rest on: %w", err)
	}
	return stored == fingerprint, nil
}

// SetMFAIngredients notes what the stored verdicts were computed from.
func (s *Store) SetMFAIngredients(ctx context.Context, tenantID int64, fingerprint string) error {
	_, err := s.write.ExecContext(ctx, `
		INSERT INTO mfa_ingredients (tenant_id, fingerprint) VALUES (?, ?)
		ON CONFLICT (tenant_id) DO UPDATE SET fingerprint = excluded.fingerprint`, tenantID, fingerprint)
	if err != nil {
		return fmt.Errorf("note what verdicts on MFA rest on: %w", err)
	}
	return nil
}
