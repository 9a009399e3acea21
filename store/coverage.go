package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"unicode"

	"github.com/securatlas/securatlas/syncer/entity"
)

// A further part fills columns of rows that the first part made. Of a row that
// it has not read, whose hash of the part is null, it says nothing: an empty
// cell there is unknown and not empty. How many such rows live is kept in
// part_states.unread by every transaction that changes it, as the number of
// live rows is (addLive), and counted anew for each list.

// unreadCounts are numbers of rows that further parts have not read, by part.
type unreadCounts map[string]int

// unreadOf returns the counts of n rows that no further part has read.
func unreadOf(d *entity.Def, n int) unreadCounts {
	counts := unreadCounts{}
	for _, p := range d.Parts[1:] {
		counts[p.Name] = n
	}
	return counts
}

// add adds others, sign times.
func (c unreadCounts) add(others unreadCounts, sign int) {
	for part, n := range others {
		c[part] += sign * n
	}
}

// unreadAmong counts the rows of those given that further parts have not read.
func unreadAmong(ctx context.Context, q querier, d *entity.Def, rowIDs []int64) (unreadCounts, error) {
	counts := unreadCounts{}
	if len(d.Parts) < 2 {
		return counts, nil
	}
	for chunk := range chunks(rowIDs, 500) {
		args := make([]any, len(chunk))
		for i, id := range chunk {
			args[i] = id
		}
		some, err := countUnread(ctx, q, d, d.Parts[1:], `row_id IN (`+marks(len(args))+`)`, args...)
		if err != nil {
			return nil, err
		}
		counts.add(some, 1)
	}
	return counts, nil
}

// countUnread counts, in one pass, the rows of a condition that parts have not
// read.
func countUnread(ctx context.Context, q querier, d *entity.Def, parts []entity.Part, where string, args ...any) (unreadCounts, error) {
	sums := make([]string, len(parts))
	found := make([]int, len(parts))
	dest := make([]any, len(parts))
	for i, p := range parts {
		sums[i] = "coalesce(sum(" + hashColumn(p.Name) + " IS NULL), 0)"
		dest[i] = &found[i]
	}
	err := q.QueryRowContext(ctx, `SELECT `+strings.Join(sums, ", ")+` FROM `+quoted(d.Kind)+` WHERE `+where, args...).Scan(dest...)
	if err != nil {
		return nil, fmt.Errorf("count the rows not read: %w", err)
	}
	counts := unreadCounts{}
	for i, p := range parts {
		counts[p.Name] = found[i]
	}
	return counts, nil
}

// addUnread changes how many live rows the further parts have not read.
func addUnread(ctx context.Context, tx *sql.Tx, tenantID int64, d *entity.Def, counts unreadCounts) error {
	for part, n := range counts {
		if n == 0 {
			continue
		}
		_, err := tx.ExecContext(ctx, `UPDATE part_states SET unread = unread + ? WHERE tenant_id = ? AND kind = ? AND part = ?`,
			n, tenantID, d.Kind, part)
		if err != nil {
			return fmt.Errorf("note the rows not read: %w", err)
		}
	}
	return nil
}

// correctUnread stores how many live rows a list's part has not read; of the
// first part's list, all further parts.
func (w *PartWriter) correctUnread(ctx context.Context, tx *sql.Tx) error {
	d := w.ref.Def
	parts := d.Parts[1:]
	if !w.first {
		parts = []entity.Part{*d.Part(w.ref.Part.Name)}
	}
	if len(parts) == 0 {
		return nil
	}
	// No further part can read a line without identity.
	from, to := entity.LineIDs()
	counts, err := countUnread(ctx, tx, d, parts, `tenant_id = ? AND removed_at IS NULL AND NOT (id >= ? AND id < ?)`, w.ref.TenantID, from, to)
	if err != nil {
		return err
	}
	for part, n := range counts {
		_, err := tx.ExecContext(ctx, `UPDATE part_states SET unread = ? WHERE tenant_id = ? AND kind = ? AND part = ?`,
			n, w.ref.TenantID, d.Kind, part)
		if err != nil {
			return err
		}
	}
	return nil
}

// The codes of lists that came to their end and left rows unread.
const (
	codeRowsUnread = "rows_unread" // live rows that the list lacked
	codeListUnread = "list_unread" // it is not known which rows there are
)

// covering is how a further part's complete list ends: Partial while the list
// that makes the rows was not read to its end, since nobody knows then which
// rows there are, and while a live row was not read, where all must be. A roster
// makes rows itself, before the first part's list is read.
func (w *PartWriter) covering(ctx context.Context, tx *sql.Tx, end outcome) (outcome, error) {
	if w.makes || !end.complete {
		return end, nil
	}
	d := w.ref.Def
	var state entity.State
	var stored sql.NullString
	var rows, unread int
	err := tx.QueryRowContext(ctx, `
		SELECT coalesce(f.state, ?), f.problem, coalesce(f.rows, 0), p.unread
		FROM part_states AS p
		LEFT JOIN part_states AS f ON f.tenant_id = p.tenant_id AND f.kind = p.kind AND f.part = ?
		WHERE p.tenant_id = ? AND p.kind = ? AND p.part = ?`,
		entity.Never, d.Parts[0].Name, w.ref.TenantID, d.Kind, w.ref.Part.Name).Scan(&state, &stored, &rows, &unread)
	if err != nil {
		return end, fmt.Errorf("look at the rows of %s: %w", d.Kind, err)
	}
	problem, err := unmarshalProblem(stored)
	if err != nil {
		return end, err
	}
	switch {
	case state == entity.NotPermitted || state == entity.NotLicensed || state == entity.NotAvailable:
		return outcome{state: state, problem: listUnread(d, problem)}, nil
	case state != entity.Complete && state != entity.Held:
		return outcome{state: entity.Partial, problem: listUnread(d, problem)}, nil
	case unread > 0 && !d.Part(w.ref.Part.Name).Sparse:
		return outcome{state: entity.Partial, problem: rowsUnread(d, unread, rows)}, nil
	}
	return end, nil
}

// listUnread is the problem of a further part whose rows are not all known,
// because of that problem of the list which makes them.
func listUnread(d *entity.Def, because *entity.Problem) *entity.Problem {
	p := entity.Problem{Class: entity.ClassSource, Cure: "Sync again."}
	if because != nil {
		p = *because
	}
	p.Code = codeListUnread
	p.Message = strings.TrimSuffix(fmt.Sprintf("The list of %s was not read to its end, so that it is not known which there are: %s", noun(d), p.Message), ": ")
	return &p
}

// rowsUnread is the problem of a part that must cover all rows and did not.
func rowsUnread(d *entity.Def, unread, rows int) *entity.Problem {
	return &entity.Problem{
		Class:   entity.ClassSource,
		Code:    codeRowsUnread,
		Message: unreadText(d, unread, rows) + ": Microsoft's answer did not have them.",
		Cure:    "Sync again.",
	}
}

// unreadText says how many rows a part lacks: "9 of 134 users not read yet".
func unreadText(d *entity.Def, unread, rows int) string {
	return fmt.Sprintf("%d of %d %s not read yet", unread, rows, noun(d))
}

// noun is the title of an entity within a sentence: "users", "SharePoint sites".
func noun(d *entity.Def) string {
	word, _, _ := strings.Cut(d.Title, " ")
	for i, r := range word {
		if i > 0 && unicode.IsUpper(r) {
			return d.Title
		}
	}
	return strings.ToLower(d.Title[:1]) + d.Title[1:]
}
