package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entity"
)

const extrasSQL = `
CREATE TABLE %[1]s (
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
CREATE INDEX %[1]s_name ON %[1]s (tenant_id, name);`

// newExtras is a workshop with entities that need a required permission, an
// extra one of Graph, one of Defender, an extra one of Defender, one of Graph
// or else of Defender, and one that is derived from the first two.
func newExtras(t *testing.T) *workshop {
	t.Helper()
	var defs []*entity.Def
	sql := ""
	for _, toy := range []struct {
		kind string
		part entity.Part
	}{
		{"toy_plain", entity.Part{Needs: []entity.AnyOf{{"Required.Read"}}}},
		{"toy_sites", entity.Part{Needs: []entity.AnyOf{{"Required.Read"}, {"Extra.Read"}}}},
		{"toy_machines", entity.Part{Resource: entity.Defender, Needs: []entity.AnyOf{{"Machine.Read"}}}},
		{"toy_scores", entity.Part{Resource: entity.Defender, Needs: []entity.AnyOf{{"Score.Read"}}}},
		{"toy_alerts", entity.Part{Needs: []entity.AnyOf{{"Extra.Read"}}, Else: &entity.Part{Resource: entity.Defender, Needs: []entity.AnyOf{{"Machine.Read"}}}}},
	} {
		toy.part.Name = "list"
		defs = append(defs, &entity.Def{
			Kind: toy.kind, Title: toy.kind, Singular: toy.kind, Doc: toy.kind, Group: entity.Threats, Parts: []entity.Part{toy.part},
			Columns:     []entity.Column{{Path: "name", Label: "Name", Sort: true}},
			TitleColumn: "name", DefaultSort: "name",
		})
		sql += fmt.Sprintf(extrasSQL, toy.kind)
	}
	defs = append(defs, &entity.Def{
		Kind: "toy_both", Title: "toy_both", Singular: "toy_both", Doc: "toy_both", Group: entity.Threats, From: []string{"toy_plain", "toy_sites"},
		Columns: []entity.Column{{Name: "name", Label: "Name", Sort: true}}, TitleColumn: "name", DefaultSort: "name",
	})
	sql += `CREATE VIEW toy_both AS SELECT * FROM toy_plain;`
	c, err := entity.NewCatalogue(defs, []entity.Permission{
		{Resource: entity.Graph, Name: "Required.Read", Profile: entity.Required},
		{Resource: entity.Graph, Name: "Extra.Read", Profile: entity.Extra},
		{Resource: entity.Defender, Name: "Machine.Read", Profile: entity.Optional},
		{Resource: entity.Defender, Name: "Score.Read", Profile: entity.Extra},
	})
	require.NoError(t, err)
	w := &workshop{t: t, dir: t.TempDir(), clock: storetest.NewClock()}
	w.Store = storetest.Open(t, storetest.WithClock(w.clock), storetest.WithCatalogue(c), storetest.WithMigration(sql), storetest.WithDir(w.dir))
	w.tenant, err = w.CreateTenant(ctx, someone, "Contoso", "")
	require.NoError(t, err)
	return w
}

func TestWhatIsOptionalLimitsNothing(t *testing.T) {
	t.Parallel()
	graph := func(roles ...string) entity.Grants { return entity.Grants{Resource: entity.Graph, Roles: roles} }
	defender := func(roles ...string) entity.Grants {
		return entity.Grants{Resource: entity.Defender, Roles: roles}
	}
	absent := entity.Grants{Resource: entity.Defender, Problem: &entity.Problem{Class: entity.ClassLicence, Code: "AADSTS500011"}}
	noAnswer := entity.Grants{Resource: entity.Defender, Problem: &entity.Problem{Class: entity.ClassNetwork}}
	for name, c := range map[string]struct {
		kind     string
		class    entity.Class
		grants   []entity.Grants
		optional bool
	}{
		"a required permission":             {"toy_plain", entity.ClassPermission, []entity.Grants{graph()}, false},
		"an extra":                          {"toy_sites", entity.ClassPermission, []entity.Grants{graph("Required.Read")}, true},
		"an extra and a required one":       {"toy_sites", entity.ClassPermission, []entity.Grants{graph()}, false},
		"refused though all is granted":     {"toy_sites", entity.ClassPermission, []entity.Grants{graph("Required.Read", "Extra.Read")}, false},
		"an extra whose source fails":       {"toy_sites", entity.ClassSource, []entity.Grants{graph("Required.Read")}, false},
		"an extra without its licence":      {"toy_sites", entity.ClassLicence, []entity.Grants{graph("Required.Read")}, false},
		"Defender without a role":           {"toy_machines", entity.ClassPermission, []entity.Grants{defender()}, true},
		"Defender absent":                   {"toy_machines", entity.ClassLicence, []entity.Grants{absent}, true},
		"Defender that gave no token":       {"toy_machines", entity.ClassPermission, []entity.Grants{noAnswer}, false},
		"Defender never asked":              {"toy_machines", entity.ClassPermission, nil, false},
		"one of Defender's is missing":      {"toy_machines", entity.ClassPermission, []entity.Grants{defender("Score.Read")}, false},
		"Defender not licensed":             {"toy_machines", entity.ClassLicence, []entity.Grants{defender("Machine.Read")}, false},
		"an extra of Defender":              {"toy_scores", entity.ClassPermission, []entity.Grants{defender("Machine.Read")}, true},
		"neither source, Defender not set":  {"toy_alerts", entity.ClassPermission, []entity.Grants{graph("Required.Read"), absent}, true},
		"neither source, Defender absent":   {"toy_alerts", entity.ClassLicence, []entity.Grants{graph("Required.Read"), absent}, true},
		"neither source, not licensed":      {"toy_alerts", entity.ClassLicence, []entity.Grants{graph("Required.Read"), defender("Machine.Read")}, false},
		"neither source, Defender's wanted": {"toy_alerts", entity.ClassPermission, []entity.Grants{graph("Required.Read"), defender("Score.Read")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newExtras(t)
			for _, g := range c.grants {
				_, _, err := w.SaveGrants(ctx, w.tenant.ID, g)
				require.NoError(t, err)
			}
			pw, end := w.begin(c.kind, "list")
			_, err := pw.Stop(ctx, &entity.Problem{Class: c.class}, store.Traffic{})
			require.NoError(t, err)
			end()
			s := w.state(c.kind)
			assert.Equal(t, c.optional, s.Optional)
			status, unread := store.IntegrationStatus(store.Integration{Connected: true}, []store.EntityState{s})
			if c.optional {
				assert.Equal(t, store.StatusConnected, status)
				assert.Zero(t, unread)
				return
			}
			assert.Equal(t, store.StatusLimited, status)
			assert.Equal(t, 1, unread)
		})
	}
}

func TestDerivedFromWhatIsOptional(t *testing.T) {
	t.Parallel()
	w := newExtras(t)
	_, _, err := w.SaveGrants(ctx, w.tenant.ID, entity.Grants{Resource: entity.Graph, Roles: []string{"Required.Read"}})
	require.NoError(t, err)
	w.sync("toy_plain", "list")
	pw, end := w.begin("toy_sites", "list")
	_, err = pw.Stop(ctx, &entity.Problem{Class: entity.ClassPermission}, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Equal(t, entity.NotPermitted, w.state("toy_both").State)
	assert.True(t, w.state("toy_both").Optional)
	pw, end = w.begin("toy_plain", "list")
	_, err = pw.Stop(ctx, &entity.Problem{Class: entity.ClassSource}, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.False(t, w.state("toy_both").Optional, "one of its sources is at fault")
}
