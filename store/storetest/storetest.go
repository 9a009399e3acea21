// Package storetest opens stores for tests: each on a real database in a
// folder of its own, copied from one that was migrated once for the process.
package storetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/migrations"
	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

const databaseFile = "securatlas.db"

// Option changes how a store is opened.
type Option func(*store.Options)

// WithCatalogue opens the store for these entities; without it there are none.
func WithCatalogue(c *entity.Catalogue) Option {
	return func(o *store.Options) { o.Catalogue = c }
}

// WithMigrations uses these migrations instead of the product's.
func WithMigrations(files fs.FS) Option {
	return func(o *store.Options) { o.Migrations = files }
}

// WithMigration adds a migration to the product's: the SQL of one entity that
// only a test has, without goose's comment.
func WithMigration(sql string) Option {
	return func(o *store.Options) {
		if o.Migrations == nil {
			o.Migrations = migrations.FS
		}
		o.Migrations = overlay(o.Migrations, sql)
	}
}

// WithClock lets the store live in a test's time.
func WithClock(c *Clock) Option {
	return func(o *store.Options) { o.Now = c.Now }
}

// WithDir uses this data folder, so that a test can open it again.
func WithDir(dir string) Option {
	return func(o *store.Options) { o.Dir = dir }
}

// Open opens a store in a new folder and closes it when the test ends. Its
// master key is the same in all stores of a test process.
func Open(t testing.TB, options ...Option) *store.Store {
	t.Helper()
	o := Options(t, options...)
	s, err := store.Open(context.Background(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// Options returns what Open would open: a folder with a migrated database and
// its key, or as it is when it has a database.
func Options(t testing.TB, options ...Option) store.Options {
	t.Helper()
	var o store.Options
	for _, option := range options {
		option(&o)
	}
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Migrations == nil {
		o.Migrations = migrations.FS
	}
	files, err := template(o.Migrations)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(o.Dir, 0o700))
	if _, err := os.Stat(filepath.Join(o.Dir, databaseFile)); err == nil {
		return o
	}
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(o.Dir, name), content, 0o600))
	}
	return o
}

// Clock is a time that a test sets. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at a morning in 2026.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)} }

// Now returns the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var (
	templatesMu sync.Mutex
	templates   = map[string]map[string][]byte{} // by the migrations' content
)

// template returns the files of a data folder that was opened once and closed.
func template(files fs.FS) (map[string][]byte, error) {
	key, err := digest(files)
	if err != nil {
		return nil, err
	}
	templatesMu.Lock()
	defer templatesMu.Unlock()
	if made := templates[key]; made != nil {
		return made, nil
	}
	dir, err := os.MkdirTemp("", "storetest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(context.Background(), store.Options{Dir: dir, Migrations: files})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	made := map[string][]byte{}
	for _, name := range []string{databaseFile, "master.key"} {
		if made[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	templates[key] = made
	return made, nil
}

func digest(files fs.FS) (string, error) {
	h := sha256.New()
	err := eachFile(files, func(name string, content []byte) {
		fmt.Fprintf(h, "%s %d\n", name, len(content))
		h.Write(content)
	})
	return string(h.Sum(nil)), err
}

// overlay adds one file after all others.
func overlay(files fs.FS, sql string) fs.FS {
	all := fstest.MapFS{}
	err := eachFile(files, func(name string, content []byte) {
		all[name] = &fstest.MapFile{Data: content}
	})
	if err != nil {
		panic(err)
	}
	name := fmt.Sprintf("9%04d_test.sql", len(all))
	all[name] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + sql)}
	return all
}

func eachFile(files fs.FS, fn func(name string, content []byte)) error {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return err
	}
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		fn(name, content)
	}
	return nil
}
