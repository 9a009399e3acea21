package store

import (
	"database/sql"
	"time"
)

// ms is a time as it is stored: unix milliseconds.
func ms(t time.Time) int64 { return t.UnixMilli() }

// nullMS is ms for a time that may be absent: the zero time is stored as NULL.
func nullMS(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// fromMS is the inverse of ms, in UTC.
func fromMS(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// fromNullMS is the inverse of nullMS.
func fromNullMS(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return fromMS(ms.Int64)
}
