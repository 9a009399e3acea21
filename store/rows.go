package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// maxCount is where Rows stops counting.
const maxCount = 10_000

// eachChunk is how many rows Each reads at a time.
const eachChunk = 500

// Row is one row of an entity.
type Row struct {
	RowID     int64
	ID        string // Microsoft's
	Cells     []any  // by Def.Columns; see entity.Row
	FirstSeen time.Time
	// LastChanged is when a column changed that is not volatile.
	LastChanged time.Time
	RemovedAt   time.Time // zero = live
	// Read says, of the columns that further parts fill, whether the part has
	// read the row: where it has not, an empty cell is not known to be empty.
	Read map[string]bool
}

// Cell returns the row's value of a column of d; nil where there is none.
func (r Row) Cell(d *entity.Def, column string) any {
	for i := range d.Columns {
		if d.Columns[i].Name == column && i < len(r.Cells) {
			return r.Cells[i]
		}
	}
	return nil
}

// Page is a part of the rows that match a query.
type Page struct {
	Rows   []Row
	Total  int  // rows that match, counted up to 10,000
	Capped bool // there are more than Total
	// Next and Prev are the cursors for Query.After and Query.Before; "" where
	// there are no more rows.
	Next, Prev string
}

// Rows returns one page. It returns an InputError as CheckQuery does.
func (s *Store) Rows(ctx context.Context, q Query) (Page, error) {
	p, err := s.plan(q)
	if err != nil {
		return Page{}, err
	}
	page, err := s.page(ctx, p)
	if err != nil {
		return Page{}, fmt.Errorf("read rows of %s: %w", p.def.Kind, err)
	}
	return page, nil
}

func (s *Store) page(ctx context.Context, p plan) (page Page, err error) {
	find, err := s.searchPlan(ctx, p)
	if err != nil {
		return page, err
	}
	if page.Total, err = s.total(ctx, p, find); err != nil {
		return page, err
	}
	if page.Total > maxCount {
		page.Total, page.Capped = maxCount, true
	}
	if page.Total == 0 {
		return page, nil // looking for none takes as long as looking at all
	}
	// One row more than asked for tells whether there is another page.
	rows, err := s.fetch(ctx, p.with(find.page), p.limit+1)
	if err != nil {
		return page, err
	}
	more := len(rows) > p.limit
	rows = rows[:min(len(rows), p.limit)]
	if p.backward() {
		slices.Reverse(rows)
	}
	page.Rows = rows
	if len(rows) == 0 {
		return page, nil
	}
	if p.backward() || more {
		page.Next = p.cursorAt(rows[len(rows)-1]).encode()
	}
	if p.after != nil || p.backward() && more {
		page.Prev = p.cursorAt(rows[0]).encode()
	}
	return page, nil
}

// total counts the rows that match, further than maxCount or not. How many rows
// there are in all is known without counting: 10,000 of them take 20 ms.
func (s *Store) total(ctx context.Context, p plan, find found) (n int, err error) {
	if p.only != nil {
		if n, known, err := s.facetTotal(ctx, p); known || err != nil {
			return n, err
		}
	}
	if !p.everything {
		return s.count(ctx, p.with(find.count))
	}
	if p.def.Derived() && p.def.Judges == "" {
		counted, err := s.derivedRows(ctx, p.tenantID)
		if n, ok := counted[p.def.Kind]; ok || err != nil {
			return n, err
		}
		return s.countLive(ctx, p.tenantID, p.def)
	}
	of := p.def
	if of.Judges != "" {
		of = s.catalogue.Def(of.Judges) // a verdict for each of its rows
	}
	err = s.read.QueryRowContext(ctx, `
		SELECT coalesce(max(rows), 0) FROM part_states WHERE tenant_id = ? AND kind = ? AND part = ?`,
		p.tenantID, of.Kind, of.Parts[0].Name).Scan(&n)
	return n, err
}

func (s *Store) count(ctx context.Context, p plan) (n int, err error) {
	query, args := p.countSQL(maxCount + 1)
	err = s.read.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

// fetch reads up to n rows from where the plan's cursor points, in the
// direction of reading: backwards from Query.Before.
func (s *Store) fetch(ctx context.Context, p plan, n int) ([]Row, error) {
	var all []Row
	for _, seg := range p.segments() {
		if len(all) == n {
			break
		}
		query, args := p.segmentSQL(s.rowColumns(p.def), seg)
		rows, err := s.read.QueryContext(ctx, query+` LIMIT ?`, append(args, n-len(all))...)
		some, err := collect(rows, err, s.scanRow(p.def))
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// Row returns one row by Microsoft's id, also a removed one, or ErrNotFound.
func (s *Store) Row(ctx context.Context, tenantID int64, d *entity.Def, id string) (Row, error) {
	if d = s.known(d); d == nil {
		return Row{}, fmt.Errorf("read a row of an unknown kind: %w", ErrNotFound)
	}
	row, err := s.scanRow(d)(s.read.QueryRowContext(ctx, `
		SELECT `+s.rowColumns(d)+`
		FROM `+quoted(d.Kind)+`
		WHERE tenant_id = ? AND id = ?`, tenantID, id))
	return row, orNotFound(err, "read a row of %s", d.Kind)
}

// Each calls fn for every row that matches, in order; After, Before and Limit
// do not count. Which rows these are is decided at the start, in one short
// read, so that none is given twice or left out when its place in the order
// changes meanwhile. Their content is then read in chunks: no read lasts as
// long as fn takes, which would keep the write-ahead log from shrinking. Rows
// deleted meanwhile are left out. It ends with fn's first error.
func (s *Store) Each(ctx context.Context, q Query, fn func(Row) error) error {
	q.After, q.Before = "", ""
	p, err := s.plan(q)
	if err != nil {
		return err
	}
	rowIDs, err := s.matching(ctx, p)
	if err != nil {
		return fmt.Errorf("find rows of %s: %w", p.def.Kind, err)
	}
	for chunk := range chunks(rowIDs, eachChunk) {
		rows, err := s.rowsByID(ctx, p, chunk)
		if err != nil {
			return fmt.Errorf("read rows of %s: %w", p.def.Kind, err)
		}
		for _, id := range chunk {
			if row, ok := rows[id]; ok {
				if err := fn(row); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// matching returns the ids of all rows that match, in order: 8 bytes each.
func (s *Store) matching(ctx context.Context, p plan) ([]int64, error) {
	find, err := s.searchPlan(ctx, p)
	if err != nil {
		return nil, err
	}
	p = p.with(find.page)
	// In one transaction, so that no row moves from one segment to the next.
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	var all []int64
	for _, seg := range p.segments() {
		query, args := p.segmentSQL("row_id", seg)
		rows, err := tx.QueryContext(ctx, query, args...)
		some, err := collect(rows, err, func(r rowScanner) (id int64, err error) { return id, r.Scan(&id) })
		if err != nil {
			return nil, errors.Join(err, tx.Rollback())
		}
		all = append(all, some...)
	}
	return all, tx.Rollback()
}

// rowsByID reads rows by their ids.
func (s *Store) rowsByID(ctx context.Context, p plan, rowIDs []int64) (map[int64]Row, error) {
	query, args := s.byIDSQL(p, rowIDs)
	rows, err := s.read.QueryContext(ctx, query, args...)
	list, err := collect(rows, err, s.scanRow(p.def))
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]Row, len(list))
	for _, r := range list {
		byID[r.RowID] = r
	}
	return byID, nil
}

// byIDSQL reads rows by their ids, which come first: by the sampled statistics
// of a large table SQLite takes a tenant for small and would read all its rows
// for each chunk of ids. A view that makes row ids of its own is found by the
// tenant alone.
func (s *Store) byIDSQL(p plan, rowIDs []int64) (query string, args []any) {
	if len(p.def.From) > 1 && p.def.Judges == "" {
		return `SELECT ` + s.rowColumns(p.def) + `
			FROM ` + quoted(p.def.Kind) + `
			WHERE tenant_id = ? AND row_id IN (` + marks(len(rowIDs)) + `)`, append([]any{p.tenantID}, anys(rowIDs)...)
	}
	ids, _ := json.Marshal(rowIDs) // numbers
	return `SELECT ` + s.rowColumns(p.def) + `
		FROM (SELECT value AS wanted FROM json_each(?))
		CROSS JOIN ` + quoted(p.def.Kind) + `
		WHERE row_id = wanted AND +tenant_id = ?`, []any{string(ids), p.tenantID}
}

// rowColumns are the columns that scanRow reads.
func (s *Store) rowColumns(d *entity.Def) string {
	names := []string{"row_id", "id", "first_seen", "last_changed", "removed_at"}
	for _, by := range s.coverings(d) {
		names = append(names, by.sql(d))
	}
	for _, c := range d.Columns {
		names = append(names, quoted(c.Name))
	}
	return strings.Join(names, ", ")
}

func (s *Store) scanRow(d *entity.Def) func(rowScanner) (Row, error) {
	coverings := s.coverings(d)
	return func(r rowScanner) (Row, error) {
		row := Row{Cells: make([]any, len(d.Columns)), Read: map[string]bool{}}
		var first, changed int64
		var removed sql.NullInt64
		read := make([]bool, len(coverings))
		dest := make([]any, 0, 5+len(read)+len(d.Columns))
		dest = append(dest, &row.RowID, &row.ID, &first, &changed, &removed)
		for i := range read {
			dest = append(dest, &read[i])
		}
		for i := range row.Cells {
			dest = append(dest, &row.Cells[i])
		}
		if err := r.Scan(dest...); err != nil {
			return Row{}, err
		}
		for i, c := range d.Columns {
			row.Cells[i] = cellOf(c.Type, row.Cells[i])
		}
		for i, by := range coverings {
			for _, column := range by.columns {
				row.Read[column] = read[i]
			}
		}
		row.FirstSeen, row.LastChanged, row.RemovedAt = fromMS(first), fromMS(changed), fromNullMS(removed)
		return row, nil
	}
}
