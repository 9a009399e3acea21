package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

const idle = 12 * time.Hour

func TestSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	jo, err := f.CreateAccount(ctx, someone, "jo@contoso.com", store.Viewer, password, nil)
	require.NoError(t, err)
	hash := []byte("hash")
	_, err = f.Session(ctx, hash, idle)
	require.ErrorIs(t, err, store.ErrNotFound)

	created := f.clock.Now()
	require.NoError(t, f.CreateSession(ctx, store.Session{Hash: hash, AccountID: jo.ID, UserAgent: "Firefox", Address: "192.0.2.1"}))
	got, err := f.Session(ctx, hash, idle)
	require.NoError(t, err)
	assert.Equal(t, store.Session{Hash: hash, AccountID: jo.ID, UserAgent: "Firefox", Address: "192.0.2.1", CreatedAt: created, SeenAt: created}, got)

	f.clock.Advance(time.Hour)
	require.NoError(t, f.UpdateSession(ctx, hash, []byte{0, 1}))
	got.Data, got.SeenAt = []byte{0, 1}, f.clock.Now()
	changed, err := f.Session(ctx, hash, idle)
	require.NoError(t, err)
	assert.Equal(t, got, changed, "the same row, as old as before")

	f.clock.Advance(time.Hour)
	require.NoError(t, f.CreateSession(ctx, store.Session{Hash: []byte("other"), AccountID: jo.ID}))
	all, err := f.SessionsOf(ctx, jo.ID)
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, []byte("other"), all[0].Hash, "the last used first")
	require.NoError(t, f.DeleteSession(ctx, hash))
	require.NoError(t, f.DeleteSession(ctx, hash), "once more is no error")
	_, err = f.Session(ctx, hash, idle)
	require.ErrorIs(t, err, store.ErrNotFound)

	require.ErrorIs(t, f.UpdateSession(ctx, hash, nil), store.ErrNotFound, "an ended session does not come back")
	_, err = f.Session(ctx, hash, idle)
	require.ErrorIs(t, err, store.ErrNotFound)

	require.ErrorIs(t, f.CreateSession(ctx, store.Session{Hash: hash, AccountID: 99}), store.ErrNotFound)
}

func TestSession_Idle(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	used, left := []byte("used"), []byte("left")
	require.ErrorIs(t, f.TouchSession(ctx, used), store.ErrNotFound)
	require.NoError(t, f.CreateSession(ctx, store.Session{Hash: used}))
	require.NoError(t, f.CreateSession(ctx, store.Session{Hash: left}))
	saved := f.clock.Now()

	f.clock.Advance(59 * time.Second)
	require.NoError(t, f.TouchSession(ctx, used))
	got, err := f.Session(ctx, used, idle)
	require.NoError(t, err)
	assert.Equal(t, saved, got.SeenAt, "not written within a minute")
	f.clock.Advance(time.Second)
	require.NoError(t, f.TouchSession(ctx, used))
	got, err = f.Session(ctx, used, idle)
	require.NoError(t, err)
	assert.Equal(t, saved.Add(time.Minute), got.SeenAt)

	f.clock.Advance(idle - time.Minute)
	_, err = f.Session(ctx, left, idle)
	require.NoError(t, err, "idle for exactly as long as is allowed")
	f.clock.Advance(time.Millisecond)
	_, err = f.Session(ctx, left, idle)
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = f.Session(ctx, used, idle)
	require.NoError(t, err)

	require.NoError(t, f.DeleteIdleSessions(ctx, idle))
	assert.Equal(t, 1, count(t, raw(t, f.dir), "sessions"))
}
