package syncer_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/docs"
	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/export"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

// The toy: what a developer writes to add an entity is this declaration and
// this migration, and nothing else. (The pages for it are tested in handlers.)
func domains() *entity.Def {
	return &entity.Def{
		Kind: "domains", Title: "Domains", Singular: "domain", Doc: "Domains of the directory.",
		Group: entity.Identity, Icon: "building",
		Parts: []entity.Part{{
			Name: "list", Title: "Domains", Path: "/domains",
			Needs:    []entity.AnyOf{{"Directory.Read.All"}},
			Throttle: entity.ThrottleDirectory,
		}},
		Columns: []entity.Column{
			{Path: "authenticationType", Label: "Authentication", Filter: entity.Choice, Sort: true, Search: true, Shown: true},
			{Path: "isDefault", Label: "Default", Type: entity.Bool, Filter: entity.Flag, Shown: true},
			{Path: "supportedServices", Label: "Services", Type: entity.List},
		},
		TitleColumn: "authentication_type", DefaultSort: "authentication_type",
	}
}

const domainsMigration = `
CREATE TABLE domains (
    row_id              INTEGER PRIMARY KEY,
    tenant_id           INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    id                  TEXT NOT NULL,
    authentication_type TEXT COLLATE NOCASE,
    is_default          INTEGER,
    supported_services  TEXT,
    hash_list           BLOB,
    search              TEXT NOT NULL DEFAULT '',
    first_seen          INTEGER NOT NULL,
    last_changed        INTEGER NOT NULL,
    removed_at          INTEGER,
    UNIQUE (tenant_id, id)
);
CREATE INDEX domains_authentication_type ON domains (tenant_id, authentication_type);
`

func TestToyEntityTakesOneDeclarationAndOneMigration(t *testing.T) {
	t.Parallel()
	all := entities.All()
	catalogue, err := entity.NewCatalogue(append(all.Defs, domains()), all.Permissions)
	require.NoError(t, err)
	var o store.Options
	storetest.WithMigration(domainsMigration)(&o)
	w := newWorld(t, options{users: 40, catalogue: catalogue, migrations: o.Migrations})
	require.NoError(t, w.store.CheckSchema(w.ctx))
	assert.Equal(t, entity.Never, w.state("domains").State)

	run := w.connect()
	assert.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)
	s := w.state("domains")
	assert.Equal(t, entity.Complete, s.State)
	assert.Positive(t, s.Rows)

	def := catalogue.Def("domains")
	var asked []string
	for _, r := range w.cloud.Requests() {
		if r.Path == "/v1.0/domains" {
			asked = append(asked, r.Query)
		}
	}
	assert.Equal(t, []string{"$select=id,authenticationType,isDefault,supportedServices"}, asked)

	page, err := w.store.Rows(w.ctx, store.Query{TenantID: w.tenant.ID, Def: def, Conditions: []store.Condition{{Column: "is_default", Op: "eq", Value: "true"}}})
	require.NoError(t, err)
	require.Len(t, page.Rows, 1)

	var out bytes.Buffer
	err = export.Table{Def: def, State: s.State, AsOf: s.AsOf}.Write(&out, export.JSON, func(row func(store.Row) error) error {
		return w.store.Each(w.ctx, store.Query{TenantID: w.tenant.ID, Def: def}, row)
	})
	require.NoError(t, err)
	var file struct {
		Entity string
		State  entity.State
		Rows   []map[string]any
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &file))
	assert.Equal(t, "domains", file.Entity)
	assert.Equal(t, entity.Complete, file.State)
	assert.Len(t, file.Rows, s.Rows)

	assert.Contains(t, docs.Entities(catalogue), "## Domains (`domains`)")
	assert.Contains(t, docs.Permissions(catalogue), "`domains`")
	check, err := w.engine.Check(w.ctx, w.tenant.ID)
	require.NoError(t, err)
	for _, p := range check.Permissions {
		if p.Name == "Directory.Read.All" {
			assert.Contains(t, p.Entities, "domains")
		}
	}

	// Its permission taken away is a label, and no row is lost.
	w.cloud.Tenant().Revoke("Directory.Read.All")
	w.sync("domains")
	assert.Equal(t, entity.NotPermitted, w.state("domains").State)
	assert.Equal(t, []string{"Directory.Read.All"}, w.state("domains").Needs)
	assert.Len(t, w.rows("domains"), s.Rows)
}
