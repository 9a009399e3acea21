package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// PartRef names the list that is about to be read: a part of an entity in a
// run of a tenant.
type PartRef struct {
	TenantID, RunID int64
	Def             *entity.Def
	Part            *entity.Part
}

// Traffic is what a part has cost so far in its run.
type Traffic struct {
	Requests, Retries int
	Waited            time.Duration // because Microsoft asked to
}

// Counts are what a part has found so far in its run.
type Counts struct {
	Rows    int // different rows of the list that is being read
	Added   int // new ones, and removed ones that came back
	Changed int // not counting those of which only volatile columns changed
	Removed int
}

// PartWriter writes one list: Put for each page, then Complete or Stop. It is
// the only way in which rows of an entity are written. It is not safe for
// concurrent use.
//
// Every method fails with ErrConflict once the run has ended, so that a
// process which was taken for dead cannot remove rows by a list of its own.
type PartWriter struct {
	s       *Store
	ref     PartRef
	first   bool // the part makes the rows
	makes   bool // the part makes rows: the first one, and a roster beside it
	columns []entity.Column
	// madeFrom are, for each column, those that it is computed from.
	madeFrom [][]int
	hash     *contentHash
	version  string // of the columns

	began      time.Time
	prior      int       // live rows when the list began, lines without identity not counted
	priorLines int       // these
	listed     int       // rows of the last complete list of a further part
	emptyLists int       // how many lists in a row were read to their end and not believed
	asOf       time.Time // of the last complete list
	baseline   bool      // the list makes no history

	counts Counts
	pages  int
	delta  delta
	lines  lines
	shared shared

	marks     map[string]columnMark // that earlier lists left, by column
	alive     []bool                // columns of which the list has shown values
	odd       []oddity              // by column
	lacks     map[string]columnMark // columns that the source does not have
	withholds bool                  // some blanks wait for the end of the list
	vanished  map[string]bool       // columns whose values the list came without
}

// BeginPart begins a list. What an unfinished list of the same part had seen
// is forgotten, what it had written stays. It returns ErrNotFound for an
// unknown kind or run, and ErrConflict for a run that has ended.
func (s *Store) BeginPart(ctx context.Context, ref PartRef) (*PartWriter, error) {
	if s.known(ref.Def) == nil {
		return nil, fmt.Errorf("begin a list of an unknown kind: %w", ErrNotFound)
	}
	w := &PartWriter{
		s:       s,
		ref:     ref,
		first:   ref.Part.Name == ref.Def.Parts[0].Name,
		makes:   ref.Part.Name == ref.Def.Parts[0].Name || ref.Part.Roster,
		columns: ref.Def.PartColumns(ref.Part.Name),
		began:   s.Now(),

		lacks:    map[string]columnMark{},
		vanished: map[string]bool{},
	}
	w.madeFrom = madeFrom(w.columns)
	w.alive, w.odd = make([]bool, len(w.columns)), make([]oddity, len(w.columns))
	w.hash = newContentHash(w.columns)
	w.version = columnsVersion(w.columns)
	if err := w.begin(ctx); err != nil {
		return nil, w.wrap("begin", err)
	}
	return w, nil
}

func (w *PartWriter) begin(ctx context.Context) error {
	if err := w.owns(ctx, w.s.read); err != nil {
		return err
	}
	if err := w.forgetSeen(ctx); err != nil {
		return err
	}
	if err := w.dropHiddenLines(ctx); err != nil {
		return err
	}
	live, counted, err := w.countLive(ctx)
	if err != nil {
		return err
	}
	return w.s.tx(ctx, func(tx *sql.Tx) error {
		if err := w.owns(ctx, tx); err != nil {
			return err
		}
		if err := w.readMarks(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO part_states (tenant_id, kind, part, state, attempted_at)
			VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET attempted_at = excluded.attempted_at`,
			w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name, entity.Never, ms(w.began))
		if err != nil {
			return err
		}
		if counted {
			_, err := tx.ExecContext(ctx, `UPDATE part_states SET rows = ? WHERE tenant_id = ? AND kind = ? AND part = ?`,
				live, w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name)
			if err != nil {
				return err
			}
		}
		if err := w.readPrior(ctx, tx); err != nil {
			return err
		}
		if err := w.correctUnread(ctx, tx); err != nil {
			return err
		}
		var asOf, named sql.NullInt64
		var version string
		err = tx.QueryRowContext(ctx, `
			SELECT as_of, named_at, columns_version, empty_lists, rows
			FROM part_states
			WHERE tenant_id = ? AND kind = ? AND part = ?`,
			w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name).Scan(&asOf, &named, &version, &w.emptyLists, &w.listed)
		if err != nil {
			return err
		}
		w.asOf = fromNullMS(asOf)
		// What comes in windows, and what is offered anew each day, has no
		// history of changes beside itself.
		w.baseline = !asOf.Valid || version != w.version || w.ref.Part.Mode != entity.Full
		if w.ref.Part.Conceals != nil && !named.Valid && w.prior == 0 {
			w.baseline = true // there were snapshots alone, with which nothing is compared
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE run_parts
			SET phase = 'running', state = '', pages = 0, rows = 0, added = 0, changed = 0, removed = 0,
			    requests = 0, retries = 0, waited_ms = 0, problem = NULL, started_at = ?, ended_at = NULL
			WHERE run_id = ? AND kind = ? AND part = ?`,
			ms(w.began), w.ref.RunID, w.ref.Def.Kind, w.ref.Part.Name)
		return err
	})
}

// Restart forgets what the list has shown, since Microsoft made it begin again
// from its first page. What was written stays.
func (w *PartWriter) Restart(ctx context.Context) error {
	err := w.owns(ctx, w.s.read)
	if err == nil {
		err = w.forgetSeen(ctx)
	}
	if err == nil {
		err = w.dropHiddenLines(ctx)
	}
	if err == nil {
		err = w.readPrior(ctx, w.s.read)
	}
	if err != nil {
		return w.wrap("restart", err)
	}
	w.counts.Rows = 0
	w.lines, w.shared = lines{}, shared{}
	w.odd = make([]oddity, len(w.columns))
	return nil
}

// owns fails unless the run is still going on.
func (w *PartWriter) owns(ctx context.Context, q querier) error {
	var status string
	err := q.QueryRowContext(ctx, `SELECT status FROM runs WHERE id = ? AND tenant_id = ?`,
		w.ref.RunID, w.ref.TenantID).Scan(&status)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	if err == nil && status != "running" {
		err = conflict("The run has ended (%s).", status)
	}
	return err
}

// readPrior reads how many live rows the list will be compared with. For a
// first part, part_states.rows is that number: every transaction that adds or
// removes rows keeps it up to date (addLive).
func (w *PartWriter) readPrior(ctx context.Context, q querier) error {
	if !w.first {
		return nil
	}
	err := q.QueryRowContext(ctx, `SELECT rows FROM part_states WHERE tenant_id = ? AND kind = ? AND part = ?`,
		w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name).Scan(&w.prior)
	if err != nil || w.ref.Part.Conceals == nil {
		return err
	}
	if err := w.countPriorLines(ctx, q); err != nil {
		return err
	}
	w.prior -= w.priorLines
	return nil
}

// countLive counts the live rows before a full list, so that an error in the
// number that is kept could not live on. It counts beside the writer: under the
// write lock, a large table stopped every writer of every tenant. A log is never
// compared with its list and is not counted.
func (w *PartWriter) countLive(ctx context.Context) (n int, counted bool, err error) {
	if !w.first || w.ref.Part.Mode != entity.Full {
		return 0, false, nil
	}
	n, err = w.s.countLive(ctx, w.ref.TenantID, w.ref.Def)
	return n, true, err
}

// addLive changes the number of live rows of an entity by n.
func addLive(ctx context.Context, tx *sql.Tx, tenantID int64, d *entity.Def, n int) error {
	if n == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE part_states SET rows = rows + ? WHERE tenant_id = ? AND kind = ? AND part = ?`,
		n, tenantID, d.Kind, d.Parts[0].Name)
	return err
}

// forgetSeen empties the part's list of rows seen, what its pages withheld, and
// what its changes have said. A crash half-way is harmless: the next list begins with it.
func (w *PartWriter) forgetSeen(ctx context.Context) error {
	for _, table := range []string{"seen_rows", "withheld_cells"} {
		if err := w.forget(ctx, w.ref.Part.Name, table, "row_id"); err != nil {
			return err
		}
	}
	w.withholds = false
	return w.forget(ctx, w.ref.Part.Name, "settled_changes", "id")
}

// forget empties a part's rows in a table with that key, in steps that are
// short even for a million rows.
func (w *PartWriter) forget(ctx context.Context, part, table, key string) error {
	for {
		var n int64
		err := w.s.tx(ctx, func(tx *sql.Tx) error {
			res, err := tx.ExecContext(ctx, `
				DELETE FROM `+table+`
				WHERE tenant_id = ?1 AND kind = ?2 AND part = ?3 AND `+key+` IN (
					SELECT `+key+` FROM `+table+`
					WHERE tenant_id = ?1 AND kind = ?2 AND part = ?3
					LIMIT 50000)`,
				w.ref.TenantID, w.ref.Def.Kind, part)
			if err != nil {
				return err
			}
			n, err = res.RowsAffected()
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// wrap says which list an error belongs to.
func (w *PartWriter) wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s/%s: %w", doing, w.ref.Def.Kind, w.ref.Part.Name, err)
}
