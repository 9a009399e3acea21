package handlers

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entity"
)

// object is one object as Microsoft sends it.
type object map[string]any

// begun begins a part of a kind within a run.
func (a *app) begun(run store.Run, kind, part string) *store.PartWriter {
	a.t.Helper()
	def := a.store.Catalogue().Def(kind)
	w, err := a.store.BeginPart(a.t.Context(), store.PartRef{TenantID: run.TenantID, RunID: run.ID, Def: def, Part: def.Part(part)})
	require.NoError(a.t, err)
	return w
}

// put hands objects to a part, as one page.
func (a *app) put(w *store.PartWriter, kind, part string, objects ...object) {
	a.t.Helper()
	def := a.store.Catalogue().Def(kind)
	var rows []entity.Row
	for _, o := range objects {
		raw, err := json.Marshal(o)
		require.NoError(a.t, err)
		row, err := def.Decode(part, raw)
		require.NoError(a.t, err)
		rows = append(rows, row)
	}
	_, err := w.Put(a.t.Context(), rows, store.Traffic{Requests: 1})
	require.NoError(a.t, err)
}

// read stores a complete list of objects, in a run of its own.
func (a *app) read(tenant store.Tenant, kind, part string, objects ...object) store.Run {
	a.t.Helper()
	run := a.begin(tenant, kind)
	w := a.begun(run, kind, part)
	if len(objects) > 0 {
		a.put(w, kind, part, objects...)
	}
	_, err := w.Complete(a.t.Context(), store.Traffic{Requests: 1})
	require.NoError(a.t, err)
	require.NoError(a.t, a.store.FinishRun(a.t.Context(), run.ID, store.RunComplete, nil))
	return run
}

// failed ends a part with a problem, after a page of objects where there are any.
func (a *app) failed(tenant store.Tenant, kind, part string, problem *entity.Problem, objects ...object) {
	a.t.Helper()
	run := a.begin(tenant, kind)
	w := a.begun(run, kind, part)
	if len(objects) > 0 {
		a.put(w, kind, part, objects...)
	}
	_, err := w.Stop(a.t.Context(), problem, store.Traffic{Requests: 1})
	require.NoError(a.t, err)
	require.NoError(a.t, a.store.FinishRun(a.t.Context(), run.ID, store.RunPartial, nil))
}

var departments = []string{"Legal", "Finance", "Sales & <Support>", ""}

// people returns n users, every fourth a guest, every fifth disabled, in
// departments in turn.
func people(n int) []object {
	users := make([]object, n)
	for i := range users {
		users[i] = object{
			"id":                fmt.Sprintf("user-%04d", i),
			"displayName":       fmt.Sprintf("Person %04d", i),
			"userPrincipalName": fmt.Sprintf("person%04d@contoso.com", i),
			"userType":          map[bool]string{true: "Guest", false: "Member"}[i%4 == 0],
			"accountEnabled":    i%5 != 0,
			"createdDateTime":   fmt.Sprintf("2026-%02d-15T10:00:00Z", 1+i%10),
			"otherMails":        []string{"a@x.example", "b@x.example", "c@x.example"}[:i%4],
		}
		if d := departments[i%4]; d != "" {
			users[i]["department"] = d
		}
	}
	return users
}

var noAuditLog = &entity.Problem{
	Class: entity.ClassPermission, Code: "Authorization_RequestDenied", Message: "Insufficient privileges.", Status: 403,
	RequestID: "req-1", Cure: "Add AuditLog.Read.All and grant consent.", Link: "https://entra.microsoft.com/#permissions",
	Needs: []string{"AuditLog.Read.All"},
}

// lampCatalogue is an entity that only these tests have, one derived from it,
// and one derived from it that breaks while its second chunk of rows is read.
func lampCatalogue(t testing.TB) *entity.Catalogue {
	t.Helper()
	columns := []entity.Column{
		{Path: "name", Label: "Name", Sort: true, Search: true, Shown: true},
		{Path: "room", Label: "Room", Filter: entity.Choice, Shown: true},
		{Path: "lit", Label: "Lit", Type: entity.Bool, Filter: entity.Flag, Shown: true, Words: map[string]string{"true": "Burning", "false": "Dark"}},
		{Path: "watts", Label: "Watts", Type: entity.Int, Filter: entity.Range, Shown: true},
		{Path: "dimmed", Label: "Dimmed", Type: entity.Real, Filter: entity.Range},
		{Path: "bought", Label: "Bought", Type: entity.Time, Filter: entity.Range, Sort: true, Shown: true},
		{Path: "tags", Label: "Tags", Type: entity.List, Filter: entity.Contains, Shown: true},
		{Path: "maker", Label: "Maker", Type: entity.JSON, Shown: true},
	}
	lamps := &entity.Def{
		Kind: "lamps", Title: "Lamps", Singular: "lamp", Doc: "All lamps.", Group: entity.Devices, Icon: "sun",
		Parts:   []entity.Part{{Name: "list", Title: "Lamps"}},
		Columns: columns, TitleColumn: "name", DefaultSort: "name", PortalPath: "#lamp/{id}",
	}
	derived := func(kind, title string) *entity.Def {
		cols := append([]entity.Column(nil), columns...)
		for i := range cols {
			cols[i].Part = "list"
		}
		return &entity.Def{
			Kind: kind, Title: title, Singular: "lamp", Doc: "Some lamps.", Group: entity.Devices, Icon: "sun",
			From: []string{"lamps"}, Columns: cols, TitleColumn: "name", DefaultSort: "name", AllowEmpty: true,
		}
	}
	c, err := entity.NewCatalogue([]*entity.Def{lamps, derived("lit_lamps", "Lit lamps"), derived("broken_lamps", "Broken lamps")}, nil)
	require.NoError(t, err)
	return c
}

const lampSQL = `
CREATE TABLE lamps (
    row_id       INTEGER PRIMARY KEY,
    tenant_id    INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id           TEXT NOT NULL,
    name         TEXT COLLATE NOCASE,
    room         TEXT,
    lit          INTEGER,
    watts        INTEGER,
    dimmed       REAL,
    bought       TEXT,
    tags         TEXT,
    maker        TEXT,
    hash_list    BLOB,
    search       TEXT NOT NULL DEFAULT '',
    first_seen   INTEGER NOT NULL,
    last_changed INTEGER NOT NULL,
    removed_at   INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX lamps_name ON lamps (tenant_id, name);
CREATE INDEX lamps_bought ON lamps (tenant_id, bought);
CREATE VIEW lit_lamps AS
SELECT row_id, tenant_id, id, name, room, lit, watts, dimmed, bought, tags, maker, search, first_seen, last_changed, removed_at
FROM lamps WHERE lit = 1;
CREATE VIEW broken_lamps AS
SELECT row_id, tenant_id, id, name, room, lit, watts, dimmed, bought, tags, iif(id = 'lamp-0700', json('{'), maker) AS maker, search, first_seen, last_changed, removed_at
FROM lamps;
`

// lampApp is the application with lampCatalogue.
func lampApp(t testing.TB) *app {
	t.Helper()
	c := lampCatalogue(t)
	return newAppWith(t, appOptions{catalogue: c, store: storetest.Open(t,
		storetest.WithCatalogue(c), storetest.WithMigration(lampSQL), storetest.WithClock(storetest.NewClock()))})
}

// manyLamps returns n lamps with long rows.
func manyLamps(n int) []object {
	lamps := make([]object, n)
	for i := range lamps {
		lamps[i] = object{"id": fmt.Sprintf("lamp-%04d", i), "name": fmt.Sprintf("Lamp %04d", i), "lit": i%2 == 0, "tags": []string{fmt.Sprintf("%0300d", i)}}
	}
	return lamps
}

// says demands a text of the page's source. It does not print the page.
func (r answer) says(want string) {
	r.t.Helper()
	assert.True(r.t, strings.Contains(r.Body, want), "the page does not say %q", want)
}

// rowIDs are the ids of the rows on a page, in order.
func (r answer) rowIDs() []string {
	r.t.Helper()
	var ids []string
	rows := r.doc().Find("tr[data-testid^='row-']")
	for i := range rows.Nodes {
		id, _ := rows.Eq(i).Attr("data-testid")
		ids = append(ids, id[len("row-"):])
	}
	return ids
}

// contoso is the tenant that these tests fill; it is added when it is absent.
func (a *app) contoso() store.Tenant {
	a.t.Helper()
	if tenant, err := a.store.TenantBySlug(a.t.Context(), "contoso"); err == nil {
		return tenant
	}
	return a.tenant("Contoso")
}
