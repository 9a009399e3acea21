package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Change is one entry of the history: what one run found about one row.
type Change struct {
	ID, RunID      int64
	At             time.Time
	Kind, EntityID string
	Title          string // the row's title at that time; may be empty
	Action         string // "added", "changed", "removed", "restored"
	Fields         []FieldChange
}

// FieldChange is one column of a changed row, its values as Microsoft sent them.
type FieldChange struct {
	Column string          `json:"column"`
	Old    json.RawMessage `json:"old"`
	New    json.RawMessage `json:"new"`
}

// The actions.
const (
	actionAdded    = "added"
	actionChanged  = "changed"
	actionRemoved  = "removed"
	actionRestored = "restored"
)

// change is an entry that is about to be written.
type change struct {
	entityID, title, action string
	fields                  []FieldChange
}

func insertChanges(ctx context.Context, tx *sql.Tx, tenantID, runID int64, kind string, at int64, changes []change) error {
	values := make([][]any, len(changes))
	for i, c := range changes {
		fields, err := fieldsJSON(c.fields)
		if err != nil {
			return fmt.Errorf("%s: %w", c.entityID, err)
		}
		values[i] = []any{tenantID, runID, at, kind, c.entityID, c.title, c.action, fields}
	}
	return insertRows(ctx, tx,
		`INSERT INTO changes (tenant_id, run_id, at, kind, entity_id, title, action, fields)`, values)
}

// addChanges adds fields to the entries that the run has made for these rows,
// or makes one: what was withheld is part of what the list changed in a row.
func addChanges(ctx context.Context, tx *sql.Tx, tenantID, runID int64, kind string, at int64, changes []change) error {
	var others []change
	for _, c := range changes {
		var id int64
		var before string
		err := tx.QueryRowContext(ctx, `
			SELECT id, fields
			FROM changes
			WHERE tenant_id = ? AND kind = ? AND entity_id = ? AND run_id = ? AND action IN (?, ?)
			ORDER BY id DESC
			LIMIT 1`, tenantID, kind, c.entityID, runID, actionChanged, actionRestored).Scan(&id, &before)
		if errors.Is(err, sql.ErrNoRows) {
			others = append(others, c)
			continue
		}
		if err != nil {
			return err
		}
		var fields []FieldChange
		if err := json.Unmarshal([]byte(before), &fields); err != nil {
			return fmt.Errorf("%s: %w", c.entityID, err)
		}
		all, err := fieldsJSON(append(fields, c.fields...))
		if err != nil {
			return fmt.Errorf("%s: %w", c.entityID, err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE changes SET fields = ? WHERE id = ?`, all, id); err != nil {
			return err
		}
	}
	return insertChanges(ctx, tx, tenantID, runID, kind, at, others)
}

// fieldsJSON is the history's record of what changed in a row.
func fieldsJSON(fields []FieldChange) (string, error) {
	if len(fields) == 0 {
		return "[]", nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(fields); err != nil {
		return "", err
	}
	return strings.TrimSpace(b.String()), nil
}

// Changes returns a tenant's history, newest first: that of one kind unless
// kind is "", and that of one row unless entityID is "". A derived kind without
// changes of its own has the history of those rows of its sources that are in it
// now. Only entries
// with an id below before are returned, or the newest when it is 0. The limit
// is clamped to 1..200. An unknown kind is ErrNotFound.
func (s *Store) Changes(ctx context.Context, tenantID int64, kind, entityID string, before int64, limit int) ([]Change, error) {
	query, args, err := s.changesSQL(tenantID, kind, entityID, before, limit)
	if err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, query, args...)
	list, err := collect(rows, err, scanChange)
	if err != nil {
		return nil, fmt.Errorf("read changes: %w", err)
	}
	return list, nil
}

// changesSQL is the query of Changes. Each form of it reads a range of an index
// in the order of ids, so that an old page costs as much as the newest.
func (s *Store) changesSQL(tenantID int64, kind, entityID string, before int64, limit int) (string, []any, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	where := `tenant_id = ? AND id < ?`
	args := []any{tenantID, before}
	if kind != "" {
		d := s.catalogue.Def(kind)
		if d == nil {
			return "", nil, fmt.Errorf("changes of %q: %w", kind, ErrNotFound)
		}
		sources := d.From
		if d.HasChanges() {
			sources = []string{d.Kind}
		}
		where += ` AND kind IN (` + marks(len(sources)) + `)`
		for _, source := range sources {
			args = append(args, source)
		}
		switch {
		case d.HasChanges():
		case len(d.From) > 1:
			clause := relatedSQL(d, tenantID)
			where += ` AND ` + clause.sql
			args = append(args, clause.args...)
		default:
			where += ` AND EXISTS (
				SELECT 1 FROM ` + quoted(d.Kind) + ` AS e
				WHERE e.tenant_id = changes.tenant_id AND e.id = changes.entity_id)`
		}
	}
	if entityID != "" {
		where += ` AND entity_id = ?`
		args = append(args, entityID)
	}
	return `
		SELECT id, run_id, at, kind, entity_id, title, action, fields
		FROM changes
		WHERE ` + where + `
		ORDER BY id DESC
		LIMIT ?`, append(args, min(max(limit, 1), 200)), nil
}

func scanChange(r rowScanner) (c Change, err error) {
	var at int64
	var fields string
	err = r.Scan(&c.ID, &c.RunID, &at, &c.Kind, &c.EntityID, &c.Title, &c.Action, &fields)
	if err != nil {
		return c, err
	}
	c.At = fromMS(at)
	if err := json.Unmarshal([]byte(fields), &c.Fields); err != nil {
		return c, fmt.Errorf("change %d: %w", c.ID, err)
	}
	return c, nil
}

// liveRow is what the entry of a removal needs to know.
type liveRow struct {
	rowID     int64
	id, title string
}

// removeRows marks those of the rows that are live as removed. Nothing of
// their content is cleared. It returns the rows that it marked.
func removeRows(ctx context.Context, tx *sql.Tx, tenantID int64, d *entity.Def, at int64, rowIDs []int64) ([]liveRow, error) {
	var removed []liveRow
	for chunk := range chunks(rowIDs, 500) {
		query, args := removeSQL(d, tenantID, at, chunk)
		rows, err := tx.QueryContext(ctx, query, args...)
		found, err := collect(rows, err, func(r rowScanner) (l liveRow, err error) {
			var title any
			err = r.Scan(&l.rowID, &l.id, &title)
			l.title = cellText(cellOf(d.Column(d.TitleColumn).Type, title))
			return l, err
		})
		if err != nil {
			return nil, err
		}
		removed = append(removed, found...)
	}
	rowIDs = rowIDs[:0:0]
	for _, r := range removed {
		rowIDs = append(rowIDs, r.rowID)
	}
	unread, err := unreadAmong(ctx, tx, d, rowIDs)
	if err != nil {
		return nil, err
	}
	gone := unreadCounts{}
	gone.add(unread, -1)
	return removed, addUnread(ctx, tx, tenantID, d, gone)
}

// removeSQL marks live rows as removed. The plus is that of byIDSQL.
func removeSQL(d *entity.Def, tenantID, at int64, rowIDs []int64) (query string, args []any) {
	return `UPDATE ` + quoted(d.Kind) + `
		SET removed_at = ?
		WHERE +tenant_id = ? AND removed_at IS NULL AND row_id IN (` + marks(len(rowIDs)) + `)
		RETURNING row_id, id, ` + quoted(d.TitleColumn), append([]any{at, tenantID}, anys(rowIDs)...)
}

// removals are the entries of removed rows.
func removals(rows []liveRow) []change {
	list := make([]change, len(rows))
	for i, r := range rows {
		list[i] = change{r.id, r.title, actionRemoved, nil}
	}
	return list
}
