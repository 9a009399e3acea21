// Package export writes the rows of an entity as CSV, JSON or NDJSON, one row
// at a time: an export of any size takes the memory of one row. The pages and
// the command line share it, so that both hand out the same bytes.
//
// In JSON and NDJSON values are those that Microsoft sent. CSV has one text for
// each value: lists and objects as JSON, null as nothing, and a leading
// apostrophe where a spreadsheet would take a cell for a formula.
package export

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// Format is a file format.
type Format string

// The formats, by the names that the command line and the pages use.
const (
	CSV    Format = "csv"
	JSON   Format = "json"
	NDJSON Format = "ndjson"
)

// ParseFormat returns the format of that name, or a store.InputError.
func ParseFormat(name string) (Format, error) {
	f := Format(name)
	if slices.Contains([]Format{CSV, JSON, NDJSON}, f) {
		return f, nil
	}
	return "", store.InputError{
		Field:   "format",
		Message: fmt.Sprintf("The format %q is unknown: use csv, json or ndjson.", name),
	}
}

// MediaType returns the value of an HTTP Content-Type header.
func (f Format) MediaType() string {
	switch f {
	case CSV:
		return "text/csv; charset=utf-8; header=present"
	case NDJSON:
		return "application/x-ndjson"
	default:
		return "application/json"
	}
}

// Table says what is exported.
type Table struct {
	Def *entity.Def
	// Columns are names of columns to export, in any order; empty means all.
	// They are written in the order of the catalogue, after the id.
	Columns []string
	// State and AsOf say what is known about the rows. JSON carries them; CSV
	// and NDJSON have no place for them, so their readers are told otherwise
	// (an HTTP header, standard error).
	State entity.State
	AsOf  time.Time
	// Behind are columns of which State and AsOf do not hold.
	Behind []store.ColumnGap
	// Removed adds the column removed_at: the rows include removed ones.
	Removed bool
}

// Rows calls its argument with each row, in order, and stops at the first
// error, which it returns: store.Each with its query.
type Rows func(func(store.Row) error) error

// Write writes all rows. After an error the output is incomplete, and in JSON
// visibly so: the document is not closed.
func (t Table) Write(w io.Writer, f Format, rows Rows) error {
	buf := bufio.NewWriterSize(w, 64<<10)
	write := map[Format]func(*bufio.Writer, Rows) error{
		CSV: t.writeCSV, JSON: t.writeJSON, NDJSON: t.writeNDJSON,
	}[f]
	if write == nil {
		return fmt.Errorf("export %s: unknown format %q", t.Def.Kind, f)
	}
	if err := write(buf, rows); err != nil {
		return fmt.Errorf("export %s: %w", t.Def.Kind, err)
	}
	if err := buf.Flush(); err != nil {
		return fmt.Errorf("export %s: %w", t.Def.Kind, err)
	}
	return nil
}

// field is a column and where its cell is in a row.
type field struct {
	entity.Column
	at int
}

func (t Table) fields() []field {
	var fields []field
	for i, c := range t.Def.Columns {
		if len(t.Columns) == 0 || slices.Contains(t.Columns, c.Name) {
			fields = append(fields, field{c, i})
		}
	}
	return fields
}

// behind are those of the columns that are exported, and missing rows.
func (t Table) behind() []store.ColumnGap {
	return slices.DeleteFunc(slices.Clone(t.Behind), func(g store.ColumnGap) bool {
		return g.Rows == "" && len(t.Columns) > 0 && !slices.Contains(t.Columns, g.Column)
	})
}

// stamp returns a time as RFC 3339 in UTC, with all its digits.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
