package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/securatlas/securatlas/migrations"
	"github.com/securatlas/securatlas/syncer/entity"
)

// The files in the data folder.
const (
	databaseFile = "securatlas.db"
	keyFile      = "master.key"
	lockFile     = "securatlas.lock"
)

// Options say where the data are and what they are about.
type Options struct {
	Dir           string            // data folder; made with mode 0700 when absent
	MasterKeyFile string            // "" = Dir/master.key
	Catalogue     *entity.Catalogue // nil = no entities
	Migrations    fs.FS             // nil = migrations.FS
	Now           func() time.Time  // nil = time.Now
	// LockWait is how long a write waits for another program that holds the
	// database; 0 = 10 s.
	LockWait time.Duration
}

// Open opens a data folder, makes what it lacks and brings its database up to
// date. The error says what to do when the folder cannot be written, the
// database was made by a newer version, or the master key is lost or wrong
// (*KeyError). Close the store after use.
func Open(ctx context.Context, o Options) (*Store, error) {
	return open(ctx, o, (*Store).unlock)
}

// ResetKey starts a data folder anew with another master key when its own is
// lost for good: the sealed credentials, which nobody can read any more, are
// wiped and their integrations disconnected. Synced data stay. The next Open
// uses the key file, or makes one.
func ResetKey(ctx context.Context, o Options) error {
	s, err := open(ctx, o, (*Store).forgetKey)
	if err != nil {
		return err
	}
	return s.Close()
}

func open(ctx context.Context, o Options, prepareKey func(*Store, context.Context, Options) error) (_ *Store, err error) {
	if o.MasterKeyFile == "" {
		o.MasterKeyFile = filepath.Join(o.Dir, keyFile)
	}
	if o.Catalogue == nil {
		o.Catalogue = &entity.Catalogue{}
	}
	if o.Migrations == nil {
		o.Migrations = migrations.FS
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.LockWait == 0 {
		o.LockWait = 10 * time.Second
	}
	// The pools reopen connections later, when the working directory may be
	// another.
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	free, err := lockDir(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	defer free()

	path := filepath.Join(o.Dir, databaseFile)
	if err := createPrivate(path); err != nil {
		return nil, err
	}
	s := &Store{
		catalogue: o.Catalogue,
		now:       o.Now,
		hashing:   make(chan struct{}, 2),
	}
	if s.write, err = sql.Open("sqlite", dsn(path, append([]string{fmt.Sprintf("_pragma=busy_timeout(%d)", o.LockWait.Milliseconds())}, writerParameters...))); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sql.Open("sqlite", dsn(path, readerParameters)); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), s.write.Close())
	}
	s.read.SetMaxOpenConns(4)
	s.read.SetMaxIdleConns(4)
	defer func() {
		if err != nil {
			err = errors.Join(err, s.closePools())
		}
	}()
	if err := s.write.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if err := s.migrate(ctx, o.Migrations); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := prepareKey(s, ctx, o); err != nil {
		return nil, err
	}
	return s, nil
}

// Close writes the write-ahead log into the database file and closes it.
func (s *Store) Close() error {
	return errors.Join(truncateLog(context.Background(), s.write), s.closePools())
}

func (s *Store) closePools() error { return errors.Join(s.read.Close(), s.write.Close()) }

// The pragmas belong here and nowhere else: the pool opens a new connection
// whenever a context ended a query, and that one knows only these.
// busy_timeout comes first, so that it holds for the others. Caches are small
// and what is sorted goes to disk, so that memory stays flat with the size of
// a directory (docs/decisions.md): the system caches the file anyway.
var (
	writerParameters = []string{
		"_txlock=immediate",
		"_pragma=journal_mode(WAL)",
		"_pragma=synchronous(NORMAL)",
		"_pragma=foreign_keys(1)",
		"_pragma=cache_size(-4096)",
		"_pragma=wal_autocheckpoint(10000)",
		"_pragma=journal_size_limit(67108864)",
		"_dqs=0",
	}
	readerParameters = []string{
		"mode=ro",
		"_pragma=busy_timeout(10000)",
		"_pragma=query_only(1)",
		"_pragma=cache_size(-2048)",
		"_dqs=0",
	}
	lockParameters = []string{
		"_txlock=exclusive",
		"_pragma=busy_timeout(60000)",
	}
)

// dsn names a file to the driver. Only a file: URI carries parameters such as
// mode=ro, and in it a path may hold any character.
func dsn(path string, parameters []string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // C:/…
		path = "/" + path
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: strings.Join(parameters, "&")}
	return u.String()
}

// lockDir makes other processes wait while this one prepares the folder: two
// that start at once must not migrate at once, nor make two keys. The lock is
// SQLite's own on an empty database beside the real one, since that works
// everywhere and ends with its process.
func lockDir(ctx context.Context, dir string) (free func(), err error) {
	db, err := sql.Open("sqlite", dsn(filepath.Join(dir, lockFile), lockParameters))
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock the data folder %s, which must be writable and not be opened elsewhere just now: %w", dir, err), db.Close())
	}
	return func() {
		// Nothing was written: what matters is that the lock goes, and closing
		// frees it in any case.
		_ = tx.Rollback()
		_ = db.Close()
	}, nil
}

// createPrivate makes an empty file that only its owner can read; SQLite would
// let the group and others read it. A file that exists is not even opened:
// closing it would drop the locks that this process holds on it.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	return f.Close()
}

// migrate brings the schema up to date.
func (s *Store) migrate(ctx context.Context, files fs.FS) error {
	p, err := goose.NewProvider(goose.DialectSQLite3, s.write, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the schema version: %w", err)
	}
	if have > want {
		return fmt.Errorf("the database has schema version %d, but this version of securatlas knows only %d: "+
			"start the newer version that wrote it, or restore a backup made before it", have, want)
	}
	_, err = p.Up(ctx)
	var failed *goose.PartialError
	if errors.As(err, &failed) {
		return fmt.Errorf("migrate the database: %s: %w", failed.Failed.Source.Path, failed.Err)
	}
	if err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}
