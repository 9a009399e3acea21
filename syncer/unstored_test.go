package syncer_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// after is the state of an entity as a run left it.
func (w *world) after(run store.Run, kind string) store.EntityState {
	w.t.Helper()
	for _, s := range w.store.StatesAfter(w.ctx, run) {
		if s.Def.Kind == kind {
			return s
		}
	}
	w.t.Fatalf("there is no %s", kind)
	return store.EntityState{}
}

// damage overwrites the pages of a table that hold its rows, while the store is
// closed.
func (w *world) damage(table string, o options) {
	w.t.Helper()
	w.close()
	db := w.database()
	rows, err := db.QueryContext(w.ctx, `SELECT pgoffset, pgsize FROM dbstat WHERE name = ? AND pagetype = 'leaf'`, table)
	require.NoError(w.t, err)
	f, err := os.OpenFile(filepath.Join(w.dir, "securatlas.db"), os.O_WRONLY, 0)
	require.NoError(w.t, err)
	var offsets, sizes []int64
	for rows.Next() {
		var offset, size int64
		require.NoError(w.t, rows.Scan(&offset, &size))
		offsets, sizes = append(offsets, offset), append(sizes, size)
	}
	require.NoError(w.t, rows.Err())
	require.NotEmpty(w.t, offsets)
	require.NoError(w.t, db.Close())
	for i := range offsets {
		_, err := f.WriteAt(make([]byte, sizes[i]), offsets[i])
		require.NoError(w.t, err)
	}
	require.NoError(w.t, f.Close())
	w.openStore(o)
	w.openEngine()
}

// A table that is damaged fails, and nothing else: neither does yesterday's state
// pass for today's.
func TestAListIntoADamagedTableFails(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"groups", "role_definitions"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			o := options{catalogue: identity(t)}
			w := newWorld(t, o)
			w.connect()
			asOf := w.state(kind).AsOf
			w.damage(kind, o)
			run := w.sync(kind, "organization")
			assert.Equal(t, store.RunPartial, run.Status)
			s := w.after(run, kind)
			assert.Equal(t, entity.Failed, s.State)
			require.NotNil(t, s.Problem)
			assert.Equal(t, []any{entity.ClassInternal, store.CodeNotStored}, []any{s.Problem.Class, s.Problem.Code})
			assert.Contains(t, s.Problem.Cure, "damaged")
			assert.Equal(t, asOf, s.AsOf)
			assert.Equal(t, entity.Failed, w.state(kind).State, "and it is stored")
			assert.Equal(t, entity.Complete, w.after(run, "organization").State)
		})
	}
}

// Where not even the end of a part can be stored, the process that knows it says
// so; no run is left as if it went on.
func TestWhatTheStoreTakesNotAtAllIsSaidAllTheSame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trigger string
		want    store.RunStatus
	}{
		"the ends of a part": {`CREATE TRIGGER no BEFORE UPDATE ON run_parts WHEN NEW.kind = 'groups' BEGIN SELECT RAISE(ABORT, 'no'); END`, store.RunPartial},
		"the end of the run": {`CREATE TRIGGER no BEFORE UPDATE ON runs WHEN NEW.status <> 'running' BEGIN SELECT RAISE(ABORT, 'no'); END`, store.RunComplete},
		"any end": {`CREATE TRIGGER no BEFORE UPDATE ON run_parts WHEN NEW.kind = 'groups' BEGIN SELECT RAISE(ABORT, 'no'); END;
			CREATE TRIGGER nor BEFORE UPDATE ON runs WHEN NEW.status <> 'running' BEGIN SELECT RAISE(ABORT, 'no'); END`, store.RunPartial},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			w.connect()
			_, err := w.database().ExecContext(w.ctx, c.trigger)
			require.NoError(t, err)
			run := w.sync("groups", "organization")
			assert.Equal(t, c.want, run.Status)
			s := w.after(run, "groups")
			if c.want == store.RunComplete {
				assert.Equal(t, entity.Complete, s.State)
				return
			}
			assert.Equal(t, entity.Failed, s.State)
			require.NotNil(t, s.Problem)
			assert.Equal(t, entity.ClassInternal, s.Problem.Class)
			assert.NotZero(t, s.AsOf, "what was known stays")
		})
	}
}

// released lets go of a lock once the log says that a state could not be stored.
type released struct {
	slog.Handler
	once    *sync.Once
	release func()
}

func (h released) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "state could not be stored" {
		h.once.Do(h.release)
	}
	return h.Handler.Handle(ctx, r)
}

func (h released) WithAttrs(attrs []slog.Attr) slog.Handler {
	h.Handler = h.Handler.WithAttrs(attrs)
	return h
}

// Another program that holds the database for long is what failed, not the list.
func TestAListThatAnotherProgramKeepsOutFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{lockWait: 100 * time.Millisecond})
	w.connect()
	had := w.stored("groups")
	other, err := w.database().Conn(w.ctx)
	require.NoError(t, err)
	w.engine.Close()
	w.config.Logger = slog.New(released{w.config.Logger.Handler(), new(sync.Once), func() {
		_, err := other.ExecContext(context.Background(), "ROLLBACK")
		assert.NoError(t, err)
	}})
	w.openEngine()
	w.cloud.Inject(simulator.Fault{Path: "/groups", Count: 1, Rows: func(rows []map[string]any) []map[string]any {
		_, err := other.ExecContext(context.Background(), "BEGIN IMMEDIATE")
		assert.NoError(t, err)
		return rows
	}})
	run := w.sync("organization", "groups")
	assert.Equal(t, store.RunPartial, run.Status)
	s := w.state("groups")
	assert.Equal(t, entity.Failed, s.State)
	require.NotNil(t, s.Problem)
	assert.Contains(t, s.Problem.Cure, "Another program holds the database")
	assert.Equal(t, had, w.stored("groups"))
	assert.Equal(t, store.RunComplete, w.sync("organization", "groups").Status, "the next sync heals it")
}
