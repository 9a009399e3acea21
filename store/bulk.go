package store

import (
	"context"
	"database/sql"
	"iter"
	"slices"
	"strings"
)

// chunks cuts a list into pieces of at most n. An empty list has none.
func chunks[T any](list []T, n int) iter.Seq[[]T] { return slices.Chunk(list, n) }

// marks returns n placeholders: "?, ?, ?".
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// insertRows completes an INSERT with the values of many rows. It puts some 20
// wide rows, or some hundred narrow ones, into each statement: that is a third
// faster than one row, and more gains nothing.
func insertRows(ctx context.Context, tx *sql.Tx, insert string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	width := len(rows[0])
	size := max(1, 1000/width)
	statement := func(n int) string {
		row := "(" + marks(width) + ")"
		return insert + " VALUES " + strings.TrimSuffix(strings.Repeat(row+", ", n), ", ")
	}
	args := make([]any, 0, width*min(size, len(rows)))
	var full *sql.Stmt
	for chunk := range chunks(rows, size) {
		args = args[:0]
		for _, r := range chunk {
			args = append(args, r...)
		}
		if len(chunk) < size {
			_, err := tx.ExecContext(ctx, statement(len(chunk)), args...)
			return err
		}
		if full == nil {
			var err error
			if full, err = tx.PrepareContext(ctx, statement(size)); err != nil {
				return err
			}
			defer full.Close()
		}
		if _, err := full.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}
