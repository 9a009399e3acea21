package store_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
)

func TestOpen_OddFolderNames(t *testing.T) {
	t.Parallel()
	names := []string{"two words", "what?mode=memory", "50%25 off", "a#b", "a&b=c;d", "it's \"quoted\"", "Überblick/日本", "+plus", "~", "file:x"}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), name)
			s := storetest.Open(t, storetest.WithDir(dir))
			newTenant(t, s, "Contoso")
			require.FileExists(t, filepath.Join(dir, "securatlas.db"))

			again, err := store.Open(ctx, store.Options{Dir: dir})
			require.NoError(t, err)
			tenants, err := again.Tenants(ctx)
			require.NoError(t, err)
			assert.Len(t, tenants, 1)
			require.NoError(t, again.Close())
		})
	}
}

func TestOpen_NewFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data", "here")
	s, err := store.Open(ctx, store.Options{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, s.Ping(ctx))
	newTenant(t, s, "Contoso")
	require.NoError(t, s.Close())

	if runtime.GOOS != "windows" {
		for path, want := range map[string]os.FileMode{
			dir:                                 0o700,
			filepath.Join(dir, "securatlas.db"): 0o600,
			filepath.Join(dir, "master.key"):    0o600,
		} {
			info, err := os.Stat(path)
			require.NoError(t, err)
			assert.Equal(t, want, info.Mode().Perm(), path)
		}
	}
	// All is in the database file after Close: a copy of it is a backup.
	log, err := os.Stat(filepath.Join(dir, "securatlas.db-wal"))
	if err == nil {
		assert.Zero(t, log.Size())
	}
	require.Error(t, s.Ping(ctx), "the store is closed")
}

func TestOpen_RelativeFolder(t *testing.T) {
	// Not parallel: the working directory is the process's.
	t.Chdir(t.TempDir())
	s, err := store.Open(ctx, store.Options{Dir: "data"})
	require.NoError(t, err)
	defer s.Close()
	t.Chdir(t.TempDir())

	// A query that its context ends costs the pool its connection; the next
	// one opens the file anew, from wherever the process now is.
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = s.CreateTenant(ended, someone, "Contoso", "")
	require.ErrorIs(t, err, context.Canceled)
	newTenant(t, s, "Contoso")
	require.NoFileExists(t, filepath.Join("data", "securatlas.db"))
}

func TestOpen_FolderIsAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	_, err := store.Open(ctx, store.Options{Dir: path})
	require.ErrorContains(t, err, "make the data folder")
}

func TestOpen_NotADatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "securatlas.db"), []byte(strings.Repeat("no database ", 1000)), 0o600))
	_, err := store.Open(ctx, store.Options{Dir: dir})
	require.ErrorContains(t, err, "securatlas.db")
	require.NoFileExists(t, filepath.Join(dir, "master.key"), "no key for what cannot be opened")
}

func TestOpen_NewerSchema(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	newer := storetest.Options(t, storetest.WithDir(dir), storetest.WithMigration("CREATE TABLE toys (id INTEGER PRIMARY KEY);"))
	s, err := store.Open(ctx, newer)
	require.NoError(t, err)
	require.NoError(t, s.Close())

	_, err = store.Open(ctx, store.Options{Dir: dir})
	require.ErrorContains(t, err, "schema version 9")
	require.ErrorContains(t, err, "start the newer version that wrote it")

	s, err = store.Open(ctx, newer)
	require.NoError(t, err, "the refusal changed nothing")
	require.NoError(t, s.Close())
}

func TestOpen_FailingMigration(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	before := storetest.Open(t, storetest.WithDir(dir))
	newTenant(t, before, "Contoso")

	broken := store.Options{Dir: dir}
	storetest.WithMigration("CREATE TABLE toys (id INTEGER PRIMARY KEY);\nCREATE TABLE toys (id INTEGER);")(&broken)
	_, err := store.Open(ctx, broken)
	require.ErrorContains(t, err, "migrate the database")
	require.ErrorContains(t, err, "_test.sql", "the error names the file")
	require.ErrorContains(t, err, "toys")

	good := store.Options{Dir: dir}
	storetest.WithMigration("CREATE TABLE toys (id INTEGER PRIMARY KEY);")(&good)
	s, err := store.Open(ctx, good)
	require.NoError(t, err, "the failed migration left nothing behind")
	tenants, err := s.Tenants(ctx)
	require.NoError(t, err)
	assert.Len(t, tenants, 1)
	require.NoError(t, s.Close())
}

func TestOpen_MigrationsThatAreNone(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]fstest.MapFS{
		"none":            {},
		"same number":     {"00001_a.sql": {Data: []byte("-- +goose Up\n")}, "00001_b.sql": {Data: []byte("-- +goose Up\n")}},
		"without comment": {"00001_a.sql": {Data: []byte("CREATE TABLE a (b);")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := store.Open(ctx, store.Options{Dir: t.TempDir(), Migrations: files})
			require.ErrorContains(t, err, "migrat")
		})
	}
}

func TestOpen_TwiceAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := storetest.Open(t, storetest.WithDir(dir))
	second, err := store.Open(ctx, store.Options{Dir: dir})
	require.NoError(t, err)
	newTenant(t, first, "Contoso")
	newTenant(t, second, "Fabrikam")
	require.NoError(t, second.Close())

	tenants, err := first.Tenants(ctx)
	require.NoError(t, err)
	assert.Len(t, tenants, 2)
	newTenant(t, first, "Northwind")
}

func TestOpen_ProcessesRacingOnAnEmptyFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	var started []*process
	for range 4 {
		started = append(started, startProcess(t, "open", dir))
	}
	for _, p := range started {
		p.open(t)
	}
	keys, slugs := map[string]bool{}, map[string]bool{}
	for _, p := range started {
		key, slug, _ := strings.Cut(p.line(t), " ")
		keys[key], slugs[slug] = true, true
	}
	for _, p := range started {
		p.end(t)
	}
	assert.Len(t, keys, 1, "one master key")
	assert.Equal(t, map[string]bool{"contoso": true, "contoso-2": true, "contoso-3": true, "contoso-4": true}, slugs)

	s, err := store.Open(ctx, store.Options{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	db := raw(t, dir)
	assert.Zero(t, count(t, db, `(SELECT version_id FROM goose_db_version GROUP BY version_id HAVING count(*) > 1)`),
		"each migration ran once")
}

func TestOpen_WaitsForAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	other, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "securatlas.lock")+"?_txlock=exclusive")
	require.NoError(t, err)
	defer other.Close()
	tx, err := other.BeginTx(ctx, nil)
	require.NoError(t, err)

	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	_, err = store.Open(short, store.Options{Dir: dir})
	require.ErrorContains(t, err, "lock the data folder "+dir)
	require.NoFileExists(t, filepath.Join(dir, "securatlas.db"), "nothing is touched before")
	require.NoError(t, tx.Rollback())
	s, err := store.Open(ctx, store.Options{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, s.Close())
}
