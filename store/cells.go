package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// bindCell is a cell as it is stored. A value of another type than its
// column's becomes a BLOB: SQLite would turn the number 5 in a text column
// into the text "5", but it leaves a BLOB as it is.
func bindCell(v any) any {
	switch v := v.(type) {
	case entity.Odd:
		return []byte(v)
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	}
	return v
}

// cellOf is the inverse of bindCell for a column of type t.
func cellOf(t entity.Type, v any) any {
	switch v := v.(type) {
	case []byte:
		return entity.Odd(v)
	case int64:
		switch t {
		case entity.Bool:
			return v != 0
		case entity.Real:
			return float64(v)
		}
	}
	return v
}

// sameCell reports whether two cells hold the same value.
func sameCell(a, b any) bool {
	x, ok := a.(entity.Odd)
	y, ok2 := b.(entity.Odd)
	if ok || ok2 {
		return ok && ok2 && bytes.Equal(x, y)
	}
	return a == b
}

// cellJSON is a cell's JSON for the history. A list that is not JSON is kept
// as a text rather than making the whole entry unreadable.
func cellJSON(t entity.Type, v any) json.RawMessage {
	raw := entity.MarshalCell(t, v)
	if !json.Valid(raw) {
		return entity.MarshalCell(entity.Text, string(raw))
	}
	return raw
}

// cellText is a cell in words, for titles.
func cellText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case entity.Odd:
		return string(v)
	}
	return fmt.Sprint(v)
}

// columnsVersion names the set of columns that a part fills. When it changes,
// the next complete list is a baseline: a new column must not fill the history
// with one change for each row.
func columnsVersion(cols []entity.Column) string {
	var b strings.Builder
	for _, c := range cols {
		fmt.Fprintf(&b, "%s %s\n", c.Name, c.Type)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return fmt.Sprintf("%x", sum[:8])
}

// contentHash tells a changed row from an unchanged one without reading the
// old one. It also depends on how rows are written, so that a new version of
// the program writes every row once more where that would make a difference.
type contentHash struct {
	seed []byte
	buf  []byte
}

func newContentHash(cols []entity.Column) *contentHash {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s fold %d\n", columnsVersion(cols), foldVersion)
	for _, c := range cols {
		fmt.Fprintf(&b, "%s %t\n", c.Name, c.Search)
	}
	sum := sha256.Sum256(b.Bytes())
	return &contentHash{seed: sum[:]}
}

// sum returns 16 bytes. Each cell is preceded by its type and, where it has
// one, its length: two different rows never hash the same bytes.
func (h *contentHash) sum(cells []any) ([]byte, error) {
	b := append(h.buf[:0], h.seed...)
	for _, v := range cells {
		switch v := v.(type) {
		case nil:
			b = append(b, 'n')
		case string:
			b = binary.AppendUvarint(append(b, 's'), uint64(len(v)))
			b = append(b, v...)
		case entity.Odd:
			b = binary.AppendUvarint(append(b, 'o'), uint64(len(v)))
			b = append(b, v...)
		case bool:
			if v {
				b = append(b, 't')
			} else {
				b = append(b, 'f')
			}
		case int64:
			b = binary.BigEndian.AppendUint64(append(b, 'i'), uint64(v))
		case float64:
			b = binary.BigEndian.AppendUint64(append(b, 'r'), math.Float64bits(v))
		default:
			return nil, fmt.Errorf("a cell cannot be a %T", v)
		}
	}
	h.buf = b
	sum := sha256.Sum256(b)
	return append([]byte(nil), sum[:16]...), nil
}
