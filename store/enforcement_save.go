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

// SaveMFAVerdicts stores verdicts over the older ones, and notes in the history
// of a run which have changed. A verdict that stays as it is is not written. One
// that could not be decided keeps the last that was, where the same rules
// decided it; last is what the older ones were computed from.
func (s *Store) SaveMFAVerdicts(ctx context.Context, tenantID, runID int64, now, last MFAComputed, verdicts []MFAVerdict) error {
	err := s.tx(ctx, func(tx *sql.Tx) error {
		put, err := tx.PrepareContext(ctx, `
			INSERT INTO mfa_verdicts AS v (
				tenant_id, user_id, verdict, reason, needs,
				settled_verdict, settled_reason, settled_grounds, settled_rules)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
			ON CONFLICT (tenant_id, user_id) DO UPDATE SET
				last_verdict = CASE
					WHEN excluded.verdict <> 'not_assessed' OR NOT ?10 THEN NULL
					WHEN v.verdict <> 'not_assessed' THEN v.verdict
					ELSE v.last_verdict END,
				last_verdict_as_of = CASE
					WHEN excluded.verdict <> 'not_assessed' OR NOT ?10 THEN NULL
					WHEN v.verdict <> 'not_assessed' THEN ?11
					ELSE v.last_verdict_as_of END,
				verdict = excluded.verdict, reason = excluded.reason, needs = excluded.needs,
				settled_verdict = excluded.settled_verdict, settled_reason = excluded.settled_reason,
				settled_grounds = excluded.settled_grounds, settled_rules = excluded.settled_rules
			WHERE NOT ?10 OR v.verdict <> excluded.verdict OR v.reason <> excluded.reason OR v.needs IS NOT excluded.needs
				OR v.settled_verdict IS NOT excluded.settled_verdict OR v.settled_reason IS NOT excluded.settled_reason
				OR v.settled_grounds IS NOT excluded.settled_grounds OR v.settled_rules IS NOT excluded.settled_rules`)
		if err != nil {
			return err
		}
		defer put.Close()
		var changes []change
		for _, v := range verdicts {
			args := []any{tenantID, v.UserID, v.Verdict, v.Reason, nil, nil, nil, nil, nil, last.Rules == now.Rules, isoTime(last.AsOf)}
			if len(v.Needs) > 0 {
				raw, err := json.Marshal(v.Needs)
				if err != nil {
					return err
				}
				args[4] = string(raw)
			}
			if settled := v.Settled; settled != nil {
				copy(args[5:], []any{settled.Verdict, settled.Reason, settled.Grounds, settled.Rules})
			}
			if _, err := put.ExecContext(ctx, args...); err != nil {
				return err
			}
			if v.Was != nil {
				changes = append(changes, change{v.UserID, v.Title, actionChanged, verdictFields(v)})
			}
		}
		return insertChanges(ctx, tx, tenantID, runID, enforcementKind, ms(now.At), changes)
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

// EndMFAVerdicts ends a computation: verdicts of users who are gone go with them.
// It counts the values by which the table is filtered, and notes what the
// verdicts rest on.
func (s *Store) EndMFAVerdicts(ctx context.Context, tenantID int64, c MFAComputed) error {
	err := s.inChunks(ctx, `
		DELETE FROM mfa_verdicts
		WHERE id IN (
			SELECT v.id FROM mfa_verdicts AS v
			WHERE v.tenant_id = ? AND NOT EXISTS (
				SELECT 1 FROM users AS u
				WHERE u.tenant_id = v.tenant_id AND u.id = v.user_id AND u.removed_at IS NULL)
			LIMIT ?)`, tenantID, chunkRows)
	for _, d := range s.catalogue.Defs {
		if err == nil && (d.Kind == enforcementKind || d.Beside == enforcementKind) {
			err = s.storeCounts(ctx, tenantID, d)
		}
	}
	if err == nil {
		err = s.NoteMFAComputed(ctx, tenantID, c)
	}
	if err != nil {
		return fmt.Errorf("end the verdicts on MFA: %w", err)
	}
	return nil
}

// NoteMFAComputed notes what the stored verdicts rest on.
func (s *Store) NoteMFAComputed(ctx context.Context, tenantID int64, c MFAComputed) error {
	_, err := s.write.ExecContext(ctx, `
		INSERT INTO mfa_computed (tenant_id, computed_at, as_of, rules, fingerprint, states)
		VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant_id) DO UPDATE SET
			computed_at = excluded.computed_at, as_of = excluded.as_of, rules = excluded.rules,
			fingerprint = excluded.fingerprint, states = excluded.states`,
		tenantID, isoTime(c.At), isoTime(c.AsOf), c.Rules, c.Fingerprint, c.States)
	if err != nil {
		return fmt.Errorf("note what verdicts on MFA rest on: %w", err)
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

// fromISO reads back what isoTime wrote.
func fromISO(text sql.NullString) (time.Time, error) {
	if !text.Valid {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, text.String)
}
