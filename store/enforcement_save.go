package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// MFAVerdict is what was decided for a user.
type MFAVerdict struct {
	UserID  string
	Title   string // the user's, for the history
	Verdict string
	Reason  string
	Needs   []string
	// Settled is what the next verdict is compared with, nil = nothing yet.
	Settled *MFASettled
	// Was is the settled verdict that this one replaces, where the history is to
	// say so; else nil.
	Was *MFASettled
}

// MFAComputed is when verdicts were computed, and how old what they rest on is.
type MFAComputed struct {
	RunID int64 // of the run whose rows they are computed from
	At    time.Time
	AsOf  time.Time // of the oldest list that was read completely, zero = none was
}

// SaveMFAVerdicts stores verdicts over the older ones, and notes in the history
// which have changed.
func (s *Store) SaveMFAVerdicts(ctx context.Context, tenantID int64, c MFAComputed, verdicts []MFAVerdict) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, `
			INSERT INTO mfa_verdicts (
				tenant_id, user_id, verdict, reason, needs, computed_at, as_of,
				settled_verdict, settled_reason, settled_grounds, settled_rules)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (tenant_id, user_id) DO UPDATE SET
				verdict = excluded.verdict, reason = excluded.reason, needs = excluded.needs,
				computed_at = excluded.computed_at, as_of = excluded.as_of,
				settled_verdict = excluded.settled_verdict, settled_reason = excluded.settled_reason,
				settled_grounds = excluded.settled_grounds, settled_rules = excluded.settled_rules`)
		if err != nil {
			return err
		}
		defer put.Close()
		var changes []change
		for _, v := range verdicts {
			args := []any{tenantID, v.UserID, v.Verdict, v.Reason, nil, isoTime(c.At), isoTime(c.AsOf), nil, nil, nil, nil}
			if len(v.Needs) > 0 {
				raw, err := json.Marshal(v.Needs)
				if err != nil {
					return err
				}
				args[4] = string(raw)
			}
			if last := v.Settled; last != nil {
				copy(args[7:], []any{last.Verdict, last.Reason, last.Grounds, last.Rules})
			}
			if _, err := put.ExecContext(ctx, args...); err != nil {
				return err
			}
			if v.Was != nil {
				changes = append(changes, change{v.UserID, v.Title, actionChanged, verdictFields(v)})
			}
		}
		return insertChanges(ctx, tx, tenantID, c.RunID, enforcementKind, ms(c.At), changes)
	})
	if err != nil {
		return fmt.Errorf("store the verdicts on MFA: %w", err)
	}
	return nil
}

// verdictFields are the columns in which a verdict differs from the one before.
func verdictFields(v MFAVerdict) (fields []FieldChange) {
	for _, f := range []struct{ column, was, is string }{
		{"verdict", v.Was.Verdict, v.Verdict},
		{"reason", v.Was.Reason, v.Reason},
	} {
		if f.was != f.is {
			fields = append(fields, FieldChange{f.column, entity.MarshalCell(entity.Text, f.was), entity.MarshalCell(entity.Text, f.is)})
		}
	}
	return fields
}

// EndMFAVerdicts ends a computation: verdicts that it did not renew are of
// users who are gone. It counts the values by which the table is filtered.
func (s *Store) EndMFAVerdicts(ctx context.Context, tenantID int64, c MFAComputed) error {
	err := s.inChunks(ctx, `
		DELETE FROM mfa_verdicts
		WHERE id IN (SELECT id FROM mfa_verdicts WHERE tenant_id = ? AND computed_at <> ? LIMIT ?)`, tenantID, isoTime(c.At), chunkRows)
	if d := s.catalogue.Def(enforcementKind); err == nil && d != nil {
		err = s.storeFacets(ctx, tenantID, d)
	}
	if err != nil {
		return fmt.Errorf("end the verdicts on MFA: %w", err)
	}
	return nil
}

// isoTime is a time in a column that is shown: text, or NULL.
func isoTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}
