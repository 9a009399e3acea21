package export

import (
	"bufio"
	"encoding/csv"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func (t Table) writeCSV(w *bufio.Writer, rows Rows) error {
	fields := t.fields()
	out := csv.NewWriter(w)
	record := []string{"id"}
	for _, f := range fields {
		record = append(record, f.Name)
	}
	if t.Removed {
		record = append(record, "removed_at")
	}
	if err := out.Write(record); err != nil {
		return err
	}
	err := rows(func(r store.Row) error {
		record = append(record[:0], guard(r.ID))
		for _, f := range fields {
			record = append(record, guard(text(f.Type, r.Cells[f.at])))
		}
		if t.Removed {
			removed := ""
			if !r.RemovedAt.IsZero() {
				removed = stamp(r.RemovedAt)
			}
			record = append(record, removed)
		}
		return out.Write(record)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// text returns a cell as CSV shows it.
func text(t entity.Type, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if t == entity.Time {
			return inUTC(v)
		}
		return v
	default:
		return string(entity.MarshalCell(t, v))
	}
}

// inUTC returns a time in UTC. One that is in UTC already keeps the digits
// that Microsoft sent; what is no time stays as it is.
func inUTC(s string) string {
	if strings.HasSuffix(s, "Z") {
		return s
	}
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return s
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// guard keeps a spreadsheet from running a cell as a formula
// (owasp.org/www-community/attacks/CSV_Injection).
func guard(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
