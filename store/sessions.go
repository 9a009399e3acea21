package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Session is a browser's session. Its id is known to the browser only.
type Session struct {
	Hash      []byte // of the id
	AccountID int64  // 0 before sign-in
	Data      []byte
	CreatedAt time.Time // zero when saving = now
	SeenAt    time.Time // zero when saving = now
	UserAgent string
	Address   string
}

// touchEvery bounds how often a session's last use is written.
const touchEvery = time.Minute

// CreateSession stores a new session. It returns ErrNotFound when the account
// does not exist any more.
func (s *Store) CreateSession(ctx context.Context, v Session) error {
	now := s.Now()
	if v.CreatedAt.IsZero() {
		v.CreatedAt = now
	}
	if v.SeenAt.IsZero() {
		v.SeenAt = now
	}
	if v.Data == nil {
		v.Data = []byte{}
	}
	_, err := s.write.ExecContext(ctx, `
		INSERT INTO sessions (id_hash, account_id, data, created_at, seen_at, user_agent, address)
		VALUES (?, nullif(?, 0), ?, ?, ?, ?, ?)`,
		v.Hash, v.AccountID, v.Data, ms(v.CreatedAt), ms(v.SeenAt), v.UserAgent, v.Address)
	if isForeignKey(err) {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	return nil
}

// UpdateSession stores what a session holds now. It returns ErrNotFound when
// the session was ended meanwhile: an ended one never comes back.
func (s *Store) UpdateSession(ctx context.Context, hash, data []byte) error {
	res, err := s.write.ExecContext(ctx, `UPDATE sessions SET data = ?, seen_at = ? WHERE id_hash = ?`, data, ms(s.Now()), hash)
	if err == nil {
		err = oneRow(res)
	}
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	return nil
}

// Session returns a session, or ErrNotFound when there is none or it has not
// been used for longer than idle.
func (s *Store) Session(ctx context.Context, hash []byte, idle time.Duration) (Session, error) {
	v, err := scanSession(s.read.QueryRowContext(ctx, selectSessions+`
		WHERE id_hash = ? AND seen_at >= ?`, hash, ms(s.Now().Add(-idle))))
	if err != nil {
		return Session{}, orNotFound(err, "read session")
	}
	return v, nil
}

// TouchSession notes that a session is in use. It writes at most once a minute.
func (s *Store) TouchSession(ctx context.Context, hash []byte) error {
	now := s.Now()
	var seen int64
	err := s.read.QueryRowContext(ctx, `SELECT seen_at FROM sessions WHERE id_hash = ?`, hash).Scan(&seen)
	if err != nil {
		return orNotFound(err, "touch session")
	}
	if now.Sub(fromMS(seen)) < touchEvery {
		return nil
	}
	if _, err := s.write.ExecContext(ctx, `UPDATE sessions SET seen_at = ? WHERE id_hash = ?`, ms(now), hash); err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

// DeleteSession ends a session; one that is gone is no error.
func (s *Store) DeleteSession(ctx context.Context, hash []byte) error {
	if _, err := s.write.ExecContext(ctx, `DELETE FROM sessions WHERE id_hash = ?`, hash); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// SessionsOf returns an account's sessions, the last used first.
func (s *Store) SessionsOf(ctx context.Context, accountID int64) ([]Session, error) {
	rows, err := s.read.QueryContext(ctx, selectSessions+`
		WHERE account_id = ?
		ORDER BY seen_at DESC, created_at DESC`, accountID)
	all, err := collect(rows, err, scanSession)
	if err != nil {
		return nil, fmt.Errorf("read sessions: %w", err)
	}
	return all, nil
}

// DeleteIdleSessions removes the sessions that have not been used for longer
// than idle.
func (s *Store) DeleteIdleSessions(ctx context.Context, idle time.Duration) error {
	if _, err := s.write.ExecContext(ctx, `DELETE FROM sessions WHERE seen_at < ?`, ms(s.Now().Add(-idle))); err != nil {
		return fmt.Errorf("remove idle sessions: %w", err)
	}
	return nil
}

const selectSessions = `
	SELECT
		id_hash,
		account_id,
		data,
		created_at,
		seen_at,
		user_agent,
		address
	FROM sessions`

func scanSession(r rowScanner) (v Session, err error) {
	var account sql.NullInt64
	var created, seen int64
	err = r.Scan(&v.Hash, &account, &v.Data, &created, &seen, &v.UserAgent, &v.Address)
	v.AccountID = account.Int64
	v.CreatedAt = fromMS(created)
	v.SeenAt = fromMS(seen)
	return v, err
}
