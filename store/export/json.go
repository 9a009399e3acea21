package export

import (
	"bufio"
	"encoding/json"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func (t Table) writeNDJSON(w *bufio.Writer, rows Rows) error {
	appendRow := t.rowAppender()
	var line []byte
	return rows(func(r store.Row) error {
		line = append(appendRow(line[:0], r), '\n')
		_, err := w.Write(line)
		return err
	})
}

func (t Table) writeJSON(w *bufio.Writer, rows Rows) error {
	columns := []columnJSON{}
	for _, g := range t.behind() {
		columns = append(columns, columnJSON{g.Column, g.State, append([]string{}, g.Needs...), age(g.AsOf), g.Why, since(g.Since), g.Unread})
	}
	behind, err := json.Marshal(columns)
	if err != nil {
		return err
	}
	line := append([]byte(`{"entity":`), quote(t.Def.Kind)...)
	line = append(append(line, `,"state":`...), quote(string(t.State))...)
	line = append(append(line, `,"as_of":`...), age(t.AsOf)...)
	line = append(append(line, `,"columns":`...), behind...)
	line = append(line, `,"rows":[`...)
	if _, err := w.Write(line); err != nil {
		return err
	}
	appendRow, between := t.rowAppender(), "\n"
	err = rows(func(r store.Row) error {
		line = appendRow(append(line[:0], between...), r)
		between = ",\n"
		_, err := w.Write(line)
		return err
	})
	if err != nil {
		return err
	}
	_, err = w.WriteString("\n]}\n")
	return err
}

// columnJSON is a column of which the state and age of the document do not
// hold, as sync and status print it.
type columnJSON struct {
	Column string          `json:"column"`
	State  entity.State    `json:"state"`
	Needs  []string        `json:"needs"`
	AsOf   json.RawMessage `json:"as_of"`
	Why    string          `json:"why,omitempty"`
	Since  json.RawMessage `json:"since,omitempty"`
	Unread int             `json:"unread,omitempty"`
}

// since is a time, or left out where there is none.
func since(t time.Time) json.RawMessage {
	if t.IsZero() {
		return nil
	}
	return quote(stamp(t))
}

// age is a time, or null where there is none.
func age(t time.Time) json.RawMessage {
	if t.IsZero() {
		return json.RawMessage("null")
	}
	return quote(stamp(t))
}

// rowAppender returns a function that appends one row as a JSON object without
// line breaks.
func (t Table) rowAppender() func([]byte, store.Row) []byte {
	fields := t.fields()
	keys := make([][]byte, len(fields))
	for i, f := range fields {
		keys[i] = append(append([]byte{','}, quote(f.Name)...), ':')
	}
	return func(b []byte, r store.Row) []byte {
		b = append(append(b, `{"id":`...), quote(r.ID)...)
		for i, f := range fields {
			b = append(b, keys[i]...)
			b = append(b, entity.MarshalCell(f.Type, r.Cells[f.at])...)
		}
		if t.Removed {
			b = append(b, `,"removed_at":`...)
			if r.RemovedAt.IsZero() {
				b = append(b, "null"...)
			} else {
				b = append(b, quote(stamp(r.RemovedAt))...)
			}
		}
		return append(b, '}')
	}
}

func quote(s string) json.RawMessage { return entity.MarshalCell(entity.Text, s) }
