package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestTheCatalogueFitsTheMigrations(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.WithCatalogue(entities.All()))
	require.NoError(t, s.CheckSchema(ctx))
	require.NoError(t, newWorkshop(t).CheckSchema(ctx))
}

func TestCheckSchemaReportsEveryMistake(t *testing.T) {
	t.Parallel()
	text := func(name string, c entity.Column) entity.Column {
		c.Path, c.Label = name, name
		return c
	}
	def := func(kind string, columns ...entity.Column) *entity.Def {
		return &entity.Def{Kind: kind, Title: kind, Singular: kind, Doc: kind, Group: entity.Identity,
			Parts: []entity.Part{{Name: "list"}}, Columns: columns, TitleColumn: columns[0].Path, DefaultSort: columns[0].Path}
	}
	gadgets := def("gadgets", text("name", entity.Column{Sort: true}), text("price", entity.Column{Type: entity.Int, Sort: true}))
	gadgets.Parts = append(gadgets.Parts, entity.Part{Name: "stock"})
	widgets := def("widgets", slices.DeleteFunc(widgetColumns(), func(c entity.Column) bool { return c.Path == "note" })...)
	widgets.Parts = append(widgets.Parts, entity.Part{Name: "usage"})
	for i := range widgets.Columns {
		switch c := &widgets.Columns[i]; c.Path {
		case "size":
			c.Type = entity.Text
		case "tags":
			c.Sort = true
		}
	}
	red := def("red_widgets", text("name", entity.Column{Sort: true}), text("size", entity.Column{Type: entity.Int}),
		text("owner", entity.Column{Sort: true}), text("lastUsed", entity.Column{Type: entity.Time}))
	red.Parts, red.From = nil, []string{"widgets"}
	missing := def("absent", text("name", entity.Column{Sort: true}))
	table := def("plain", text("name", entity.Column{Sort: true}))
	c, err := entity.NewCatalogue([]*entity.Def{gadgets, widgets, red, missing, table}, nil)
	require.NoError(t, err)

	s := storetest.Open(t, storetest.WithCatalogue(c), storetest.WithMigration(widgetsSQL+`
		CREATE TABLE plain (row_id INTEGER PRIMARY KEY, tenant_id INTEGER, id TEXT, name TEXT, hash_list BLOB, search TEXT,
			first_seen INTEGER, last_changed INTEGER, removed_at INTEGER);
		CREATE INDEX plain_name ON plain (name, tenant_id);
		CREATE INDEX plain_partial ON plain (tenant_id, name) WHERE name <> '';`))
	err = s.CheckSchema(ctx)
	require.Error(t, err)
	_, list, _ := strings.Cut(err.Error(), ": ")
	assert.Equal(t, []string{
		"gadgets: the column hash_stock is missing",
		"gadgets: the column price is missing",
		"gadgets: an index (tenant_id, price) is missing",
		"widgets: the column size is INTEGER and should be TEXT",
		"widgets: the column note is in no declaration",
		"widgets: an index (tenant_id, tags) is missing",
		"red_widgets: an index (tenant_id, owner) is missing",
		"absent: there is no table of that name",
		"plain: UNIQUE (tenant_id, id) is missing",
		"plain: an index (tenant_id, name) is missing",
	}, strings.Split(list, "\n"))
}
