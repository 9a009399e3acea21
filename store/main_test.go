package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entity"
)

// TestMain lets the test binary be a second process on a data folder.
func TestMain(m *testing.M) {
	if task := os.Getenv("STORE_TEST_CHILD"); task != "" {
		if err := child(task, os.Getenv("STORE_TEST_DIR")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child opens a folder when told so, says one line and ends when its stdin
// does, without closing the store.
func child(task, dir string) error {
	ctx := context.Background()
	fmt.Println("ready")
	if _, err := os.Stdin.Read(make([]byte, 1)); err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Options{Dir: dir, Catalogue: toys()})
	if err != nil {
		return err
	}
	switch task {
	case "open":
		t, err := s.CreateTenant(ctx, someone, "Contoso", "")
		if err != nil {
			return err
		}
		fmt.Println(hex.EncodeToString(s.DeriveKey("test", 16)), t.Slug)
	case "run":
		t, err := s.TenantBySlug(ctx, "contoso")
		if err != nil {
			return err
		}
		run, _, err := s.StartRun(ctx, store.NewRun{TenantID: t.ID, Trigger: store.TriggerManual})
		if err != nil {
			return err
		}
		fmt.Println(run.ID)
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// process is a child.
type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
	err   *strings.Builder
}

func startProcess(t *testing.T, task, dir string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0]), err: new(strings.Builder)}
	p.cmd.Env = append(os.Environ(), "STORE_TEST_CHILD="+task, "STORE_TEST_DIR="+dir)
	p.cmd.Stderr = p.err
	var err error
	p.stdin, err = p.cmd.StdinPipe()
	require.NoError(t, err)
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.out = bufio.NewReader(out)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	require.Equal(t, "ready", p.line(t))
	return p
}

// open lets the child open its folder.
func (p *process) open(t *testing.T) {
	t.Helper()
	_, err := p.stdin.Write([]byte{'\n'})
	require.NoError(t, err)
}

func (p *process) line(t *testing.T) string {
	t.Helper()
	line, err := p.out.ReadString('\n')
	require.NoError(t, err, "the child says nothing: %s", p.err)
	return strings.TrimSpace(line)
}

func (p *process) end(t *testing.T) {
	t.Helper()
	require.NoError(t, p.stdin.Close())
	require.NoError(t, p.cmd.Wait(), "%s", p.err)
}

var (
	ctx     = context.Background()
	someone = store.Actor{Name: "jo@contoso.com"}
)

const password = "correct horse battery"

// toys is a catalogue on the tables of the product: two synced entities, the
// second of which is read first, and one derived from the first.
func toys() *entity.Catalogue {
	column := []entity.Column{{Name: "display_name", Path: "displayName", Label: "Name", Sort: true, Shown: true}}
	text := func(kind string) entity.Def {
		return entity.Def{Kind: kind, Title: kind, Singular: kind, Doc: kind, Group: entity.Identity,
			Columns: column, TitleColumn: "display_name", DefaultSort: "display_name"}
	}
	users, guests, organization := text("users"), text("guests"), text("organization")
	users.Parts = []entity.Part{{Name: "list"}, {Name: "sign_in_activity"}}
	guests.From = []string{"users"}
	organization.Parts = []entity.Part{{Name: "list"}}
	organization.First = true
	c, err := entity.NewCatalogue([]*entity.Def{&users, &guests, &organization}, nil)
	if err != nil {
		panic(err)
	}
	return c
}

// raw opens a store's database beside it, to look at it or to damage it.
func raw(t *testing.T, dir string) *sql.DB {
	t.Helper()
	u := url.URL{Scheme: "file", Path: filepath.Join(dir, "securatlas.db"), RawQuery: "_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)"}
	db, err := sql.Open("sqlite", u.String())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func execute(t *testing.T, db *sql.DB, statement string, args ...any) {
	t.Helper()
	_, err := db.ExecContext(ctx, statement, args...)
	require.NoError(t, err)
}

func count(t *testing.T, db *sql.DB, from string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(ctx, `SELECT count(*) FROM `+from, args...).Scan(&n))
	return n
}

func newTenant(t *testing.T, s *store.Store, name string) store.Tenant {
	t.Helper()
	tenant, err := s.CreateTenant(ctx, someone, name, "")
	require.NoError(t, err)
	return tenant
}

// actions returns what the audit says was done, oldest first.
func actions(t *testing.T, s *store.Store) (all []string) {
	t.Helper()
	entries, err := s.AuditEntries(ctx, 0, 0, 200)
	require.NoError(t, err)
	for _, e := range entries {
		all = append([]string{e.Action}, all...)
	}
	return all
}

// fixture is a store in a test's time, and its folder.
type fixture struct {
	*store.Store
	dir   string
	clock *storetest.Clock
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	f := fixture{dir: t.TempDir(), clock: storetest.NewClock()}
	f.Store = storetest.Open(t, storetest.WithDir(f.dir), storetest.WithClock(f.clock), storetest.WithCatalogue(toys()))
	return f
}
