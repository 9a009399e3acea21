package store_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entity"
)

// widgetsSQL is the migration of the entities that only these tests have.
const widgetsSQL = `
CREATE TABLE widgets (
	row_id        INTEGER PRIMARY KEY,
	tenant_id     INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
	id            TEXT NOT NULL,
	name          TEXT COLLATE NOCASE,
	note          TEXT,
	colour        TEXT COLLATE NOCASE,
	active        INTEGER,
	size          INTEGER,
	weight        REAL,
	made          TEXT,
	tags          TEXT,
	extra         TEXT,
	owner         TEXT COLLATE NOCASE,
	last_used     TEXT,
	hash_list     BLOB,
	hash_usage    BLOB,
	search        TEXT NOT NULL DEFAULT '',
	first_seen    INTEGER NOT NULL,
	last_changed  INTEGER NOT NULL,
	removed_at    INTEGER,
	UNIQUE (tenant_id, id)
);
CREATE INDEX widgets_name ON widgets (tenant_id, name);
CREATE INDEX widgets_colour ON widgets (tenant_id, colour);
CREATE INDEX widgets_active ON widgets (tenant_id, active);
CREATE INDEX widgets_size ON widgets (tenant_id, size);
CREATE INDEX widgets_weight ON widgets (tenant_id, weight);
CREATE INDEX widgets_made ON widgets (tenant_id, made);
CREATE INDEX widgets_owner ON widgets (tenant_id, owner);
CREATE INDEX widgets_last_used ON widgets (tenant_id, last_used);

CREATE VIEW red_widgets AS
SELECT row_id, tenant_id, id, name, size, owner, last_used, hash_usage, search, first_seen, last_changed, removed_at
FROM widgets
WHERE colour = 'red';
CREATE INDEX widgets_red_name ON widgets (tenant_id, name) WHERE colour = 'red';
CREATE INDEX widgets_red_size ON widgets (tenant_id, size) WHERE colour = 'red';

CREATE TABLE gadgets (
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
CREATE INDEX gadgets_name ON gadgets (tenant_id, name);
`

// widgetColumns are a column of each type and filter; owner and last_used come
// from a part of their own.
func widgetColumns() []entity.Column {
	return []entity.Column{
		{Path: "name", Label: "Name", Sort: true, Search: true},
		{Path: "note", Label: "Note", Filter: entity.Contains},
		{Path: "colour", Label: "Colour", Filter: entity.Choice, Sort: true},
		{Path: "active", Label: "Active", Type: entity.Bool, Filter: entity.Flag, Sort: true},
		{Path: "size", Label: "Size", Type: entity.Int, Filter: entity.Range, Sort: true},
		{Path: "weight", Label: "Weight", Type: entity.Real, Filter: entity.Range, Sort: true},
		{Path: "made", Label: "Made", Type: entity.Time, Filter: entity.Range, Sort: true},
		{Path: "tags", Label: "Tags", Type: entity.List, Filter: entity.Contains, Search: true},
		{Path: "extra", Label: "Extra", Type: entity.JSON},
		{Path: "owner", Label: "Owner", Part: "usage", Sort: true, Search: true},
		{Path: "lastUsed", Label: "Last used", Type: entity.Time, Part: "usage", Filter: entity.Range, Sort: true, Volatile: true},
	}
}

func widgetsCatalogue(columns []entity.Column) *entity.Catalogue {
	var red []entity.Column
	for _, c := range columns {
		switch c.Path {
		case "name", "size":
			red = append(red, c)
		case "owner", "lastUsed":
			c.Sort = false
			red = append(red, c)
		}
	}
	c, err := entity.NewCatalogue([]*entity.Def{
		{
			Kind: "widgets", Title: "Widgets", Singular: "widget", Doc: "Widgets.", Group: entity.Identity,
			Parts:   []entity.Part{{Name: "list", Title: "Widgets"}, {Name: "usage", Title: "Usage"}},
			Columns: columns, TitleColumn: "name", DefaultSort: "name",
		},
		{
			Kind: "red_widgets", Title: "Red widgets", Singular: "red widget", Doc: "Red widgets.", Group: entity.Identity,
			From: []string{"widgets"}, Columns: red, TitleColumn: "name", DefaultSort: "name",
		},
		{
			Kind: "gadgets", Title: "Gadgets", Singular: "gadget", Doc: "Gadgets.", Group: entity.Identity,
			Parts:   []entity.Part{{Name: "list", Title: "Gadgets"}},
			Columns: []entity.Column{{Path: "name", Label: "Name", Sort: true}}, TitleColumn: "name", DefaultSort: "name",
			AllowEmpty: true,
		},
	}, nil)
	if err != nil {
		panic(err)
	}
	return c
}

// workshop is a store with widgets and a tenant.
type workshop struct {
	*store.Store
	t      testing.TB
	dir    string
	clock  *storetest.Clock
	tenant store.Tenant
}

func newWorkshop(t testing.TB) *workshop {
	t.Helper()
	w := &workshop{t: t, dir: t.TempDir(), clock: storetest.NewClock()}
	o := w.options()
	w.Store = w.open(o)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	var err error
	w.tenant, err = w.CreateTenant(ctx, someone, "Contoso", "")
	require.NoError(t, err)
	return w
}

func (w *workshop) options(more ...storetest.Option) store.Options {
	w.t.Helper()
	return storetest.Options(w.t, append([]storetest.Option{storetest.WithDir(w.dir), storetest.WithClock(w.clock),
		storetest.WithCatalogue(widgetsCatalogue(widgetColumns())), storetest.WithMigration(widgetsSQL)}, more...)...)
}

func (w *workshop) open(o store.Options) *store.Store {
	w.t.Helper()
	s, err := store.Open(ctx, o)
	require.NoError(w.t, err)
	return s
}

// reopen closes the store and opens it again, as a restart of the process.
func (w *workshop) reopen(more ...storetest.Option) {
	w.t.Helper()
	require.NoError(w.t, w.Close())
	w.Store = w.open(w.options(more...))
}

func (w *workshop) def(kind string) *entity.Def {
	w.t.Helper()
	d := w.Catalogue().Def(kind)
	require.NotNil(w.t, d)
	return d
}

// begin begins a list in a run of its own, an hour after the last one. end
// ends that run.
func (w *workshop) begin(kind, part string) (pw *store.PartWriter, end func()) {
	w.t.Helper()
	w.clock.Advance(time.Hour)
	run, joined, err := w.StartRun(ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{kind}})
	require.NoError(w.t, err)
	require.False(w.t, joined)
	d := w.def(kind)
	pw, err = w.BeginPart(ctx, store.PartRef{TenantID: w.tenant.ID, RunID: run.ID, Def: d, Part: d.Part(part)})
	require.NoError(w.t, err)
	return pw, func() {
		w.t.Helper()
		require.NoError(w.t, w.FinishRun(ctx, run.ID, store.RunComplete, nil))
	}
}

// sync reads a list to its end.
func (w *workshop) sync(kind, part string, pages ...[]entity.Row) store.PartState {
	w.t.Helper()
	pw, end := w.begin(kind, part)
	w.put(pw, pages...)
	state, err := pw.Complete(ctx, store.Traffic{Requests: len(pages)})
	require.NoError(w.t, err)
	end()
	return state
}

func (w *workshop) put(pw *store.PartWriter, pages ...[]entity.Row) (counts store.Counts) {
	w.t.Helper()
	for i, page := range pages {
		var err error
		counts, err = pw.Put(ctx, page, store.Traffic{Requests: i + 1})
		require.NoError(w.t, err)
	}
	return counts
}

// rows decodes objects as they come from Microsoft.
func (w *workshop) rows(kind, part string, objects ...string) []entity.Row {
	w.t.Helper()
	rows := make([]entity.Row, len(objects))
	for i, o := range objects {
		var err error
		rows[i], err = w.def(kind).Decode(part, json.RawMessage(o))
		require.NoError(w.t, err)
	}
	return rows
}

// numbered are rows with the ids from..to-1 and a name each.
func (w *workshop) numbered(kind string, from, to int) []entity.Row {
	w.t.Helper()
	var objects []string
	for i := from; i < to; i++ {
		objects = append(objects, fmt.Sprintf(`{"id": "w%03d", "name": "Widget %d"}`, i, i))
	}
	return w.rows(kind, "list", objects...)
}

func (w *workshop) state(kind string) store.EntityState {
	w.t.Helper()
	s, err := w.EntityState(ctx, w.tenant.ID, kind)
	require.NoError(w.t, err)
	return s
}

// live returns how many live rows the table really has.
func (w *workshop) live(kind string) int {
	w.t.Helper()
	n := 0
	require.NoError(w.t, w.Each(ctx, store.Query{TenantID: w.tenant.ID, Def: w.def(kind)}, func(store.Row) error {
		n++
		return nil
	}))
	return n
}

func (w *workshop) row(kind, id string) store.Row {
	w.t.Helper()
	r, err := w.Row(ctx, w.tenant.ID, w.def(kind), id)
	require.NoError(w.t, err)
	return r
}

// history returns the changes of a kind as "action id", oldest first.
func (w *workshop) history(kind string) (entries []string) {
	w.t.Helper()
	changes, err := w.Changes(ctx, w.tenant.ID, kind, "", 0, 200)
	require.NoError(w.t, err)
	for _, c := range changes {
		entries = append([]string{c.Action + " " + c.EntityID}, entries...)
	}
	return entries
}

// ids returns the ids of all rows that match, in order.
func (w *workshop) ids(q store.Query) []string {
	w.t.Helper()
	q.TenantID = w.tenant.ID
	ids := []string{}
	require.NoError(w.t, w.Each(context.Background(), q, func(r store.Row) error {
		ids = append(ids, r.ID)
		return nil
	}))
	return ids
}
