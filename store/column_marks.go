package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// The codes of marks.
const (
	markWrongType     = "wrong_type"     // values that cannot be taken for ones of the column's type
	markValuesMissing = "values_missing" // all values went at once
	markNoProperty    = "no_property"    // the source has no such property
)

// columnMark is why a column of a part is not what Microsoft said, though the
// part was read.
type columnMark struct {
	kind, part, column string
	code, why          string
	property           string    // that the source does not have
	since              time.Time // when a list first came so
	asOf               time.Time // of the last list that had all its values; zero = never
}

// gap is the mark as pages, exports and programs are told.
func (m columnMark) gap() ColumnGap {
	state := entity.Failed
	if m.code == markNoProperty {
		state = entity.NotAvailable
	}
	return ColumnGap{Column: m.column, State: state, AsOf: m.asOf, Why: m.why, Since: m.since}
}

// columnMarks reads a tenant's marks, of one kind or of all when kind is "".
func columnMarks(ctx context.Context, q querier, tenantID int64, kind string) (map[partKey][]columnMark, error) {
	rows, err := q.QueryContext(ctx, `
		SELECT kind, part, column_name, code, property, why, since, as_of
		FROM column_marks
		WHERE tenant_id = ?1 AND (?2 = '' OR kind = ?2)`, tenantID, kind)
	list, err := collect(rows, err, func(r rowScanner) (m columnMark, err error) {
		var since int64
		var asOf sql.NullInt64
		err = r.Scan(&m.kind, &m.part, &m.column, &m.code, &m.property, &m.why, &since, &asOf)
		m.since, m.asOf = fromMS(since), fromNullMS(asOf)
		return m, err
	})
	if err != nil {
		return nil, fmt.Errorf("read the marks of columns: %w", err)
	}
	marks := map[partKey][]columnMark{}
	for _, m := range list {
		key := partKey{m.kind, m.part}
		marks[key] = append(marks[key], m)
	}
	return marks, nil
}

// marked are the gaps of a part's columns: those with a mark and, where the
// part itself has a gap, all others.
func marked(d *entity.Def, part string, marks []columnMark, gap ColumnGap, lacks bool) (gaps []ColumnGap) {
	if len(marks) == 0 && !lacks {
		return nil // most parts of most tenants
	}
	for _, c := range d.PartColumns(part) {
		i := slices.IndexFunc(marks, func(m columnMark) bool { return m.column == c.Name })
		switch {
		case i >= 0:
			gaps = append(gaps, marks[i].gap())
		case lacks:
			gap.Column = c.Name
			gaps = append(gaps, gap)
		}
	}
	return gaps
}

// readMarks reads the marks that earlier lists of the part have left.
func (w *PartWriter) readMarks(ctx context.Context, q querier) error {
	all, err := columnMarks(ctx, q, w.ref.TenantID, w.ref.Def.Kind)
	if err != nil {
		return err
	}
	w.marks = map[string]columnMark{}
	for _, m := range all[partKey{w.ref.Def.Kind, w.ref.Part.Name}] {
		w.marks[m.column] = m
	}
	return nil
}

// Lacking returns the properties that an earlier list found its source not to
// have.
func (w *PartWriter) Lacking() []string {
	lacking := map[string]bool{}
	for _, m := range w.marks {
		if m.code == markNoProperty {
			lacking[m.property] = true
		}
	}
	return slices.Sorted(maps.Keys(lacking))
}

// Lack says that the source of the list does not have a property that a column
// is read from, and why in a sentence. Its cells are entity.Unsent.
func (w *PartWriter) Lack(column, property, why string) {
	w.lacks[column] = columnMark{code: markNoProperty, property: property, why: why}
}

// failing reports whether a column of the part failed in the last list, so that
// only a whole list can mend it.
func (w *PartWriter) failing() bool {
	for _, m := range w.marks {
		if m.code != markNoProperty {
			return true
		}
	}
	return false
}

// newMarks are those that this list leaves.
func (w *PartWriter) newMarks() map[string]columnMark {
	marks := maps.Clone(w.lacks)
	for i, c := range w.columns {
		if w.vanished[c.Name] {
			marks[c.Name] = columnMark{code: markValuesMissing,
				why: "Microsoft's list came without the values that it had before. They are kept as they were, until a second list agrees."}
		}
		if odd := w.odd[i]; odd.cells > 0 {
			marks[c.Name] = columnMark{code: markWrongType, why: odd.why(&c)}
		}
	}
	return marks
}

// noteMarks stores the marks of a list that ends. One that was read to its end
// takes those away that it did not leave again; of a part that is read by
// windows they stay while a row may lack its value, since windows are not read
// twice.
func (w *PartWriter) noteMarks(ctx context.Context, tx *sql.Tx, whole bool) error {
	now := ms(w.s.Now())
	left := w.newMarks()
	for _, column := range sortedKeys(left) {
		m := left[column]
		was, known := w.marks[column]
		if known && was.code == m.code && was.why == m.why && was.property == m.property {
			continue
		}
		since, asOf := now, nullMS(w.asOf)
		if known {
			since, asOf = ms(was.since), nullMS(was.asOf)
		}
		_, err := tx.ExecContext(ctx, `
			INSERT OR REPLACE INTO column_marks (tenant_id, kind, part, column_name, code, property, why, since, as_of)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name, column, m.code, m.property, m.why, since, asOf)
		if err != nil {
			return fmt.Errorf("mark column %s: %w", column, err)
		}
	}
	for _, column := range sortedKeys(w.marks) {
		if _, again := left[column]; again || !whole || w.delta.changes {
			continue
		}
		if err := w.clearMark(ctx, tx, w.marks[column]); err != nil {
			return fmt.Errorf("clear the mark of column %s: %w", column, err)
		}
	}
	return nil
}

func (w *PartWriter) clearMark(ctx context.Context, tx *sql.Tx, m columnMark) error {
	declared := slices.ContainsFunc(w.columns, func(c entity.Column) bool { return c.Name == m.column })
	if w.ref.Part.Mode != entity.Full && declared {
		var lacking bool
		err := tx.QueryRowContext(ctx, `
			SELECT EXISTS (
				SELECT 1 FROM `+quoted(w.ref.Def.Kind)+`
				WHERE tenant_id = ? AND removed_at IS NULL AND `+quoted(m.column)+` IS NULL AND last_changed >= ?)`,
			w.ref.TenantID, ms(m.since)).Scan(&lacking)
		if err != nil || lacking {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `
		DELETE FROM column_marks WHERE tenant_id = ? AND kind = ? AND part = ? AND column_name = ?`,
		w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name, m.column)
	return err
}

// failed counts the columns that this list could not be taken for as it came.
func (w *PartWriter) failed() (n int) {
	for _, m := range w.newMarks() {
		if m.code != markNoProperty {
			n++
		}
	}
	return n
}

// oddity is what a list had in a column that is no value of its type.
type oddity struct {
	cells   int
	example string
}

func (o oddity) why(c *entity.Column) string {
	rows := "1 row"
	if o.cells > 1 {
		rows = fmt.Sprintf("%d rows", o.cells)
	}
	return fmt.Sprintf("Microsoft sent %s where %s is due, in %s. These keep what was read before.", o.example, c.Type.Due(), rows)
}
