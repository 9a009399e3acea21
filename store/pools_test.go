package store

import (
	"context"
	"testing"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPools(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	pragma := func(db querier, name string) (value string) {
		require.NoError(t, db.QueryRowContext(ctx, `PRAGMA `+name).Scan(&value), name)
		return value
	}
	check := func() {
		for name, want := range map[string]string{"journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "10000", "synchronous": "1"} {
			assert.Equal(t, want, pragma(s.write, name), "writer's %s", name)
		}
		for name, want := range map[string]string{"journal_mode": "wal", "query_only": "1", "busy_timeout": "10000"} {
			assert.Equal(t, want, pragma(s.read, name), "reader's %s", name)
		}
	}
	check()

	// A context that ends a statement costs the pool its connection: the next
	// one must be like it.
	for _, db := range []querier{s.write, s.read} {
		short, cancel := context.WithTimeout(ctx, 1)
		_, err := db.QueryContext(short, `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n`)
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
	check()

	_, err = s.read.ExecContext(ctx, `PRAGMA query_only = 0`)
	require.NoError(t, err)
	_, err = s.read.ExecContext(ctx, `DELETE FROM meta`)
	require.ErrorContains(t, err, "readonly", "the file itself is opened to read")
}

func TestNoPassword_CostsAsMuchAsOne(t *testing.T) {
	t.Parallel()
	params, _, _, err := argon2id.DecodeHash(noPassword)
	require.NoError(t, err)
	assert.Equal(t, passwordParams, *params)
}
