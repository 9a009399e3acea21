package entity_test

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

// boxes are things' own boxes: a part that is read for each thing.
func boxes() *entity.Def {
	return &entity.Def{
		Kind: "boxes", Title: "Boxes", Singular: "box", Doc: "Boxes.", Group: entity.Identity,
		Parts: []entity.Part{{
			Name: "list", Needs: []entity.AnyOf{{"Thing.Read.All"}},
			Fan: &entity.Fan{Over: "things", Lists: []entity.FanList{
				{Relation: "box", Path: "/things/{id}/boxes", Hidden: &entity.Hidden{Column: "name", Value: "secret", Permission: "Thing.Read.All"}},
				{Relation: "lid", Path: "/things/{id}/lids", Query: url.Values{"$top": {"5"}}},
			}},
		}},
		Columns: []entity.Column{
			{Path: entity.ParentPath, Name: "thing_id", Label: "Thing", Sort: true},
			{Path: entity.RelationPath, Name: "relation", Label: "Relation"},
			{Path: "id", Name: "box_id", Label: "Box"},
			{Path: "@odata.type", Label: "Type"},
		},
		TitleColumn: "box_id", DefaultSort: "thing_id",
	}
}

func TestDecodeForAParent(t *testing.T) {
	t.Parallel()
	c := catalogue(t, def(), boxes())
	d := c.Def("boxes")
	assert.Equal(t, "id", d.Select("list"))
	assert.Equal(t, []string{"things"}, d.After())
	for name, raw := range map[string]string{
		"an object":           `{"@odata.type":"#box","id":"b/1"}`,
		"with space":          " { \"id\" : \"b/1\" , \"@odata.type\":\"#box\" } ",
		"that claims a place": `{"id":"b/1","@odata.type":"#box","@other":"y"}`,
	} {
		row, err := d.DecodeFor("list", "t1", &d.Parts[0].Fan.Lists[0], json.RawMessage(raw))
		require.NoError(t, err, name)
		assert.Equal(t, entity.Row{ID: "t1.box.b/1", Cells: []any{"t1", "box", "b/1", "#box"}}, row, name)
	}
	for _, raw := range []string{`{}`, `{ }`, `{"id":""}`, `[]`, `null`, `"x"`, ``, `{"id":"1"`} {
		_, err := d.DecodeFor("list", "t1", &d.Parts[0].Fan.Lists[0], json.RawMessage(raw))
		assert.Error(t, err, raw)
	}
}

func TestDecodeForTheParentItself(t *testing.T) {
	t.Parallel()
	d := catalogue(t, def()).Def("things")
	for raw, want := range map[string][]any{
		`{"seen":{"at":"2024-01-01T00:00:00Z","by":"x"}}`: {"2024-01-01T00:00:00Z", "x"},
		`{"id":"another","seen":null}`:                    {nil, nil},
		`{}`:                                              {nil, nil},
	} {
		row, err := d.DecodeFor("extra", "t1", &entity.FanList{}, json.RawMessage(raw))
		require.NoError(t, err, raw)
		assert.Equal(t, entity.Row{ID: "t1", Cells: want}, row)
	}
}

func TestAPermissionThatShowsMoreFeedsToo(t *testing.T) {
	t.Parallel()
	d := boxes()
	d.Parts[0].Fan.Lists[0].Hidden.Permission = "Thing.Read.Hidden"
	c, err := entity.NewCatalogue([]*entity.Def{def(), d}, []entity.Permission{
		{Resource: entity.Graph, Name: "Thing.Read.All", Profile: entity.Required},
		{Resource: entity.Graph, Name: "Thing.Read.Hidden", Profile: entity.Extra},
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"boxes"}, c.Feeds(entity.Graph, "Thing.Read.Hidden"))
	assert.Equal(t, []entity.AnyOf{{"Thing.Read.All"}}, d.Parts[0].Needs)
}

func TestNewCatalogueReportsMistakesInFans(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*entity.Part){
		`"nothing", which is not a synced`: func(p *entity.Part) { p.Fan.Over = "nothing" },
		"only Graph has":                   func(p *entity.Part) { p.Resource = entity.Defender; p.Needs = nil },
		"has a path exactly":               func(p *entity.Part) { p.Path = "/boxes" },
		"asks for nothing":                 func(p *entity.Part) { p.Fan.Lists = nil },
		"no place for":                     func(p *entity.Part) { p.Fan.Lists[0].Path = "/things/boxes" },
		`relation "lid" twice`:             func(p *entity.Part) { p.Fan.Lists[0].Relation = "lid" },
		"has no relation":                  func(p *entity.Part) { p.Fan.Lists[0].Relation = "" },
		"not snake_case":                   func(p *entity.Part) { p.Fan.Lists[0].Relation = "A b" },
		"make rows of its own":             func(p *entity.Part) { p.Fan.Over = "boxes" },
		`unknown column "colour"`:          func(p *entity.Part) { p.Fan.Lists[0].Hidden.Column = "colour" },
		"not in the list of permissions":   func(p *entity.Part) { p.Fan.Lists[0].Hidden.Permission = "Other.Read" },
	} {
		d := boxes()
		change(&d.Parts[0])
		_, err := entity.NewCatalogue([]*entity.Def{def(), d}, []entity.Permission{{Resource: entity.Graph, Name: "Thing.Read.All"}})
		assert.ErrorContains(t, err, want)
	}
	over := boxes()
	over.Kind = "lids"
	over.Parts[0].Fan.Over = "boxes"
	over.Parts[0].Fan.Lists[0].Hidden = nil
	_, err := entity.NewCatalogue([]*entity.Def{def(), boxes(), over}, []entity.Permission{{Resource: entity.Graph, Name: "Thing.Read.All"}})
	assert.ErrorContains(t, err, "itself read over another")
}
