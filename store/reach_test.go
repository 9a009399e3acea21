package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entity"
)

const eventsSQL = `
CREATE TABLE events (
	row_id        INTEGER PRIMARY KEY,
	tenant_id     INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
	id            TEXT NOT NULL,
	at            TEXT,
	name          TEXT,
	hash_list     BLOB,
	search        TEXT NOT NULL DEFAULT '',
	first_seen    INTEGER NOT NULL,
	last_changed  INTEGER NOT NULL,
	removed_at    INTEGER,
	UNIQUE (tenant_id, id)
);
CREATE INDEX events_at ON events (tenant_id, at);
CREATE TABLE scores (
	row_id        INTEGER PRIMARY KEY,
	tenant_id     INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
	id            TEXT NOT NULL,
	name          TEXT,
	hash_list     BLOB,
	search        TEXT NOT NULL DEFAULT '',
	first_seen    INTEGER NOT NULL,
	last_changed  INTEGER NOT NULL,
	removed_at    INTEGER,
	UNIQUE (tenant_id, id)
);
CREATE INDEX scores_name ON scores (tenant_id, name);`

// newEvents is a workshop with events, which are read by windows from one of
// two sources and kept for ten days, and scores, which are snapshots.
func newEvents(t *testing.T) *workshop {
	t.Helper()
	c, err := entity.NewCatalogue([]*entity.Def{
		{
			Kind: "events", Title: "Events", Singular: "event", Doc: "Events.", Group: entity.Activity,
			Parts: []entity.Part{{
				Name: "list", Title: "Events", Mode: entity.Window,
				Span: &entity.Span{Property: "at", Column: "at", Keep: 10 * 24 * time.Hour},
				Else: &entity.Part{Resource: entity.Defender, Span: &entity.Span{Property: "at", Column: "at"}},
			}},
			Columns: []entity.Column{
				{Path: "at", Else: "at", Label: "At", Type: entity.Time, Sort: true},
				{Path: "name", Else: "name", Label: "Name", Filter: entity.Choice},
			},
			TitleColumn: "name", DefaultSort: "at", DefaultDesc: true,
		},
		{
			Kind: "scores", Title: "Scores", Singular: "score", Doc: "Scores.", Group: entity.Activity,
			Parts:       []entity.Part{{Name: "list", Title: "Scores", Mode: entity.Snapshot}},
			Columns:     []entity.Column{{Path: "name", Label: "Name", Sort: true}},
			TitleColumn: "name", DefaultSort: "name",
		},
	}, nil)
	require.NoError(t, err)
	w := &workshop{t: t, dir: t.TempDir(), clock: storetest.NewClock()}
	w.Store = storetest.Open(t, storetest.WithClock(w.clock), storetest.WithCatalogue(c), storetest.WithMigration(eventsSQL), storetest.WithDir(w.dir))
	require.NoError(t, w.CheckSchema(ctx))
	w.tenant, err = w.CreateTenant(ctx, someone, "Contoso", "")
	require.NoError(t, err)
	return w
}

func TestWindowsRemoveNothingAndMakeNoHistory(t *testing.T) {
	t.Parallel()
	w := newEvents(t)
	first := w.sync("events", "list", w.rows("events", "list", `{"id":"1","at":"2026-11-01T10:00:00Z","name":"a"}`, `{"id":"2","at":"2026-11-02T10:00:00Z","name":"a"}`))
	assert.Equal(t, entity.Complete, first.State)
	second := w.sync("events", "list", w.rows("events", "list", `{"id":"2","at":"2026-11-02T10:00:00Z","name":"b"}`, `{"id":"3","at":"2026-11-02T11:00:00Z","name":"a"}`))
	assert.Equal(t, entity.Complete, second.State)
	assert.Equal(t, [3]int{1, 1, 0}, [3]int{second.Added, second.Changed, second.Removed})
	assert.Equal(t, 3, w.state("events").Rows)
	none := w.sync("events", "list")
	assert.Equal(t, entity.Complete, none.State, "nothing happened, which is normal")
	assert.Equal(t, []string{"3", "2", "1"}, w.ids(store.Query{Def: w.def("events")}), "the newest first")
	assert.Equal(t, []string{"1", "2", "3"}, w.ids(store.Query{Def: w.def("events"), Sort: "at"}))
	assert.Empty(t, w.history("events"))
}

func TestSnapshotsKeepWhatIsNoLongerOffered(t *testing.T) {
	t.Parallel()
	w := newEvents(t)
	w.sync("scores", "list", w.numbered("scores", 0, 90))
	s := w.sync("scores", "list", w.numbered("scores", 60, 150))
	assert.Equal(t, entity.Complete, s.State)
	assert.Equal(t, 150, w.live("scores"))
	assert.Equal(t, 150, w.state("scores").Rows)
	assert.Empty(t, w.history("scores"))
}

func TestReach(t *testing.T) {
	t.Parallel()
	w := newEvents(t)
	reach := store.Reach{From: time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 11, 2, 10, 0, 0, 123e6, time.UTC)}
	pw, end := w.begin("events", "list")
	got, err := pw.Reach(ctx)
	require.NoError(t, err)
	assert.Zero(t, got)
	require.NoError(t, pw.Extend(ctx, reach))
	_, err = pw.Stop(ctx, nil, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Equal(t, reach, w.state("events").Parts[0].Reach, "a list that was stopped keeps what it had reached")

	pw, end = w.begin("events", "list")
	got, err = pw.Reach(ctx)
	require.NoError(t, err)
	assert.Equal(t, reach, got)
	pw.Use(w.def("events").Parts[0].Else)
	got, err = pw.Reach(ctx)
	require.NoError(t, err)
	assert.Zero(t, got, "another source has not reached anything")
	w.put(pw, w.rows("events", "list", `{"id":"1","at":"2026-11-01T10:00:00Z"}`))
	require.NoError(t, pw.Extend(ctx, store.Reach{To: reach.To}))
	_, err = pw.Complete(ctx, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Equal(t, entity.Defender, w.state("events").Parts[0].Source)

	pw, end = w.begin("events", "list")
	end()
	require.ErrorIs(t, pw.Extend(ctx, reach), store.ErrConflict, "the run has ended")
}

func TestCutListOfAnotherSourceForgetsWhatTheFirstOneReached(t *testing.T) {
	t.Parallel()
	w := newEvents(t)
	pw, end := w.begin("events", "list")
	pw.Use(w.def("events").Parts[0].Else)
	w.put(pw, w.rows("events", "list", `{"id":"1","at":"2026-11-01T10:00:00Z"}`))
	require.NoError(t, pw.Extend(ctx, store.Reach{To: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)}))
	_, err := pw.Complete(ctx, store.Traffic{})
	require.NoError(t, err)
	end()

	// The first page of the other source is there, the rest is not.
	pw, end = w.begin("events", "list")
	w.put(pw, w.rows("events", "list", `{"id":"2","at":"2026-10-01T10:00:00Z"}`))
	_, err = pw.Stop(ctx, &entity.Problem{Class: entity.ClassSource, Message: "503"}, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Equal(t, entity.Graph, w.state("events").Parts[0].Source)
	pw, end = w.begin("events", "list")
	got, err := pw.Reach(ctx)
	require.NoError(t, err)
	assert.Zero(t, got, "all of it is read again")
	end()
}

func TestLogThatIsNoLongerReadIsNotEmptied(t *testing.T) {
	t.Parallel()
	w := newEvents(t)
	pw, end := w.begin("events", "list")
	w.put(pw, w.rows("events", "list", `{"id":"1","at":"2026-11-01T10:00:00Z"}`, `{"id":"2","at":"2026-11-02T09:00:00Z"}`))
	reach := store.Reach{From: time.Date(2026, 10, 3, 0, 0, 0, 0, time.UTC), To: w.clock.Now()}
	require.NoError(t, pw.Extend(ctx, reach))
	_, err := pw.Complete(ctx, store.Traffic{})
	require.NoError(t, err)
	end()
	w.clock.Advance(100 * 24 * time.Hour)
	require.NoError(t, w.PruneRows(ctx))
	assert.Equal(t, 2, w.live("events"))
	assert.Equal(t, reach, w.state("events").Parts[0].Reach)

	w.sync("events", "list")
	asOf := w.state("events").AsOf
	require.NoError(t, w.PruneRows(ctx))
	assert.Zero(t, w.live("events"))
	assert.Equal(t, asOf.Add(-10*24*time.Hour), w.state("events").Parts[0].Reach.From, "it covers no more than is kept")
}

func TestRowsOfWindowsAreKeptForTheirTime(t *testing.T) {
	t.Parallel()
	w := newEvents(t)
	other, err := w.CreateTenant(ctx, someone, "Fabrikam", "")
	require.NoError(t, err)
	contoso := w.tenant
	for _, tenant := range []store.Tenant{other, contoso} {
		w.tenant = tenant
		w.sync("events", "list", w.rows("events", "list",
			`{"id":"old","at":"2026-10-23T09:59:59.99Z","name":"gone"}`,
			`{"id":"edge","at":"2026-11-01T11:00:00Z","name":"stays"}`,
			`{"id":"undated","name":"stays"}`))
	}
	require.NoError(t, w.PruneRows(ctx))
	for _, tenant := range []store.Tenant{other, contoso} {
		w.tenant = tenant
		assert.Equal(t, []string{"edge", "undated"}, w.ids(store.Query{Def: w.def("events")}))
		assert.Equal(t, 2, w.state("events").Rows)
		facets, err := w.Facets(ctx, tenant.ID, w.def("events"))
		require.NoError(t, err)
		assert.Equal(t, []store.Facet{{Value: "stays", Rows: 2}}, facets["name"])
	}
	require.NoError(t, w.PruneRows(ctx))
	assert.Equal(t, 2, w.live("events"))
}
