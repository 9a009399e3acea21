package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
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
		stored, err := s.read.QueryContext(ctx, `
			SELECT part || ' ' || state || ' ' || (as_of IS NULL) || ' ' || columns_version || ' ' ||
				iif(as_of IS NULL AND pages > 0, coalesce(run_id, 0), 0) || ' ' || all_but_gaps
			FROM part_states WHERE tenant_id = ? AND kind = ? ORDER BY part`, tenantID, kind)
		states, err := collect(stored, err, scanText)
		if err != nil {
			return "", fmt.Errorf("look at the states of %s: %w", kind, err)
		}
		fmt.Fprintf(sum, "%q\n", states)
		var held, rows int64
		err = s.read.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(row_id), 0) FROM held_rows WHERE tenant_id = ? AND kind = ?`,
			tenantID, kind).Scan(&held, &rows)
		if err != nil {
			return "", fmt.Errorf("look for held rows of %s: %w", kind, err)
		}
		fmt.Fprintln(sum, held, rows)
	}
	for _, kind := range fans {
		rows, err := s.read.QueryContext(ctx, `
			SELECT part || ' ' || parent_id || ' ' || relation || ' ' || reason
			FROM fan_gaps WHERE tenant_id = ? AND kind = ? ORDER BY part, parent_id, relation`, tenantID, kind)
		gaps, err := collect(rows, err, scanText)
		if err != nil {
			return "", fmt.Errorf("look at the gaps of %s: %w", kind, err)
		}
		fmt.Fprintf(sum, "%q\n", gaps)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// MFAComputed is when the verdicts of a tenant were computed, and what from.
type MFAComputed struct {
	At    time.Time
	AsOf  time.Time // of the oldest list that they rest on, zero = none was ever complete
	Rules int       // version of the rules by which they were decided
	// Fingerprint stands for the content that they rest on (MFAFingerprint), and
	// States for the attempts to read it (MFAStates).
	Fingerprint, States string
}

// MFAComputed returns when the stored verdicts of a tenant were computed; the
// zero value where there are none.
func (s *Store) MFAComputed(ctx context.Context, tenantID int64) (c MFAComputed, err error) {
	var at, asOf sql.NullString
	err = s.read.QueryRowContext(ctx, `
		SELECT computed_at, as_of, rules, fingerprint, states FROM mfa_computed WHERE tenant_id = ?`, tenantID).
		Scan(&at, &asOf, &c.Rules, &c.Fingerprint, &c.States)
	if errors.Is(err, sql.ErrNoRows) {
		return c, nil
	}
	if err == nil {
		c.At, err = fromISO(at)
	}
	if err == nil {
		c.AsOf, err = fromISO(asOf)
	}
	if err != nil {
		return c, fmt.Errorf("look when verdicts on MFA were computed: %w", err)
	}
	return c, nil
}

// MFAStates stands for the newest attempts that ended to read what verdicts
// rest on: while it is the same, none of it was read since.
func (s *Store) MFAStates(ctx context.Context, tenantID int64) (string, error) {
	states, _, err := s.mfaStates(ctx, tenantID)
	return states, err
}

// mfaStates also reports whether anything was read yet.
func (s *Store) mfaStates(ctx context.Context, tenantID int64) (states string, read bool, err error) {
	err = s.read.QueryRowContext(ctx, `
		SELECT coalesce(group_concat(mark, char(10) ORDER BY kind, part), ''), coalesce(max(state <> 'never'), 0)
		FROM mfa_part_marks WHERE tenant_id = ?`, tenantID).Scan(&states, &read)
	if err != nil {
		return "", false, fmt.Errorf("look when what verdicts on MFA rest on was read: %w", err)
	}
	return states, read, nil
}

// MFAStale reports whether something that the verdicts of a tenant rest on was
// read, or decided about, since they were computed.
func (s *Store) MFAStale(ctx context.Context, tenantID int64) (bool, error) {
	_, stale, err := s.mfaStale(ctx, tenantID)
	return stale, err
}

func (s *Store) mfaStale(ctx context.Context, tenantID int64) (c MFAComputed, stale bool, err error) {
	states, read, err := s.mfaStates(ctx, tenantID)
	if err != nil {
		return c, false, err
	}
	c, err = s.MFAComputed(ctx, tenantID)
	return c, read && c.States != states, err
}

// judgedState corrects the state of verdicts, which follows from that of their
// sources, where they were not computed from the newest of these: after a crash
// between the two, while a sync is on, or where the computation failed. Of an
// entity that has verdicts beside its rows it corrects these columns alone.
func (s *Store) judgedState(ctx context.Context, tenantID int64, e *EntityState) error {
	c, stale, err := s.mfaStale(ctx, tenantID)
	if err != nil {
		return err
	}
	judges := e.Def.Judges != ""
	if judges && !c.AsOf.IsZero() && c.AsOf.Before(e.AsOf.Truncate(time.Second)) {
		e.AsOf = c.AsOf
	}
	if !stale {
		return nil
	}
	why := "What they rest on was read since the verdicts were computed, " + c.At.UTC().Format("2 Jan 2006, 15:04 UTC") + "; they are as of then."
	if c.At.IsZero() {
		why = "The verdicts were not computed yet."
	}
	for _, name := range []string{"verdict", "last_verdict", "reason"} {
		if e.Def.Column(name) != nil {
			e.Columns = append(e.Columns, ColumnGap{Column: name, State: entity.Partial, AsOf: c.AsOf, Why: why})
		}
	}
	if judges && e.State == entity.Complete {
		e.State = entity.Partial
		e.Problem = &entity.Problem{
			Class:   entity.ClassInternal,
			Code:    "not_computed",
			Message: why,
			Cure:    "Nothing to do: SecurAtlas computes them at the end of a sync, and within a minute where one was cut.",
		}
	}
	return nil
}
