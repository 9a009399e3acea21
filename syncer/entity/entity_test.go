package entity_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

func TestSnakeCase(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"displayName": "display_name",
		"id":          "id",
		"signInActivity.lastSuccessfulSignInDateTime": "sign_in_activity_last_successful_sign_in_date_time",
		"onPremisesSamAccountName":                    "on_premises_sam_account_name",
		"azureADDeviceId":                             "azure_ad_device_id",
		"@odata.type":                                 "odata_type",
		"prepaidUnits.lockedOut":                      "prepaid_units_locked_out",
		"cvssV3":                                      "cvss_v3",
		"isSSPREnabled":                               "is_sspr_enabled",
	} {
		assert.Equal(t, want, entity.SnakeCase(path), path)
	}
}

func def() *entity.Def {
	return &entity.Def{
		Kind: "things", Title: "Things", Singular: "thing", Doc: "Things.", Group: entity.Identity,
		Parts: []entity.Part{
			{Name: "list", Path: "/things", Needs: []entity.AnyOf{{"Thing.Read.All"}}},
			{Name: "extra", Path: "/things"},
		},
		Columns: []entity.Column{
			{Path: "name", Label: "Name", Sort: true},
			{Path: "on", Label: "On", Type: entity.Bool},
			{Path: "count", Label: "Count", Type: entity.Int},
			{Path: "score", Label: "Score", Type: entity.Real},
			{Path: "made", Label: "Made", Type: entity.Time},
			{Path: "tags", Label: "Tags", Type: entity.List},
			{Path: "box", Label: "Box", Type: entity.JSON},
			{Path: "box.size", Label: "Size", Type: entity.Int},
			{Path: "@odata.type", Label: "Type"},
			{Path: "seen.at", Label: "Seen", Part: "extra", Type: entity.Time},
			{Path: "seen.by", Label: "Seen by", Part: "extra"},
		},
		TitleColumn: "name", DefaultSort: "name",
	}
}

func catalogue(t *testing.T, defs ...*entity.Def) *entity.Catalogue {
	t.Helper()
	c, err := entity.NewCatalogue(defs, []entity.Permission{{Resource: entity.Graph, Name: "Thing.Read.All", Profile: entity.Required}})
	require.NoError(t, err)
	return c
}

func TestSelectNamesEachPropertyOnce(t *testing.T) {
	t.Parallel()
	d := catalogue(t, def()).Def("things")
	assert.Equal(t, "id,name,on,count,score,made,tags,box", d.Select("list"))
	assert.Equal(t, "id,seen", d.Select("extra"))
}

func TestDecodeKeepsEveryValueAsSent(t *testing.T) {
	t.Parallel()
	d := catalogue(t, def()).Def("things")
	for name, sent := range map[string]string{
		"as declared":        `{"id":"1","name":"a \"b\" <c>","on":true,"count":12,"score":1.5,"made":"2019-07-26T18:00:43.5796446Z","tags":["x",{"y":1}],"box":{"size":3},"@odata.type":"#t"}`,
		"null":               `{"id":"1","name":null,"on":null,"count":null,"score":null,"made":null,"tags":null,"box":null,"@odata.type":null}`,
		"of another type":    `{"id":"1","name":"7","on":"yes","count":1.5,"score":"high","made":12,"tags":"x","box":[1],"@odata.type":{"a":1}}`,
		"large and exact":    `{"id":"1","name":"","on":false,"count":9007199254740993,"score":0.1,"made":null,"tags":[],"box":{},"@odata.type":""}`,
		"beyond the integer": `{"id":"1","name":"n","on":true,"count":123456789012345678901234567890,"score":1e999,"made":"x","tags":[],"box":{},"@odata.type":"t"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			row, err := d.Decode("list", json.RawMessage(sent))
			require.NoError(t, err)
			assert.Equal(t, "1", row.ID)
			var want map[string]json.RawMessage
			require.NoError(t, json.Unmarshal([]byte(sent), &want))
			cols := d.PartColumns("list")
			require.Len(t, row.Cells, len(cols))
			for i, c := range cols {
				if c.Path == "box.size" {
					continue
				}
				got := entity.MarshalCell(c.Type, row.Cells[i])
				if c.Path == "count" || c.Path == "score" {
					assert.Equal(t, string(want[c.Path]), string(got), c.Path)
				} else {
					assert.JSONEq(t, string(want[c.Path]), string(got), c.Path)
				}
			}
		})
	}
}

func TestDecodeFollowsPaths(t *testing.T) {
	t.Parallel()
	d := catalogue(t, def()).Def("things")
	row, err := d.Decode("extra", json.RawMessage(`{"id":"1","seen":{"at":"2024-01-01T00:00:00Z"}}`))
	require.NoError(t, err)
	assert.Equal(t, []any{"2024-01-01T00:00:00Z", nil}, row.Cells)
	row, err = d.Decode("extra", json.RawMessage(`{"id":"1","seen":"never"}`))
	require.NoError(t, err)
	assert.Equal(t, []any{nil, nil}, row.Cells)
}

func TestDecodeRefusesWhatIsNoRow(t *testing.T) {
	t.Parallel()
	d := catalogue(t, def()).Def("things")
	for _, sent := range []string{`{}`, `{"id":""}`, `{"id":7}`, `{"id":null,"name":"a"}`, `[]`, `"x"`, `null`, `{"id":"1"`} {
		_, err := d.Decode("list", json.RawMessage(sent))
		assert.Error(t, err, sent)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"id":"1","name":"a","box":{"size":1}}`)
	f.Add(`{"id":"1","tags":[1,2`)
	f.Fuzz(func(t *testing.T, sent string) {
		c, err := entity.NewCatalogue([]*entity.Def{def()}, []entity.Permission{{Resource: entity.Graph, Name: "Thing.Read.All"}})
		require.NoError(t, err)
		d := c.Def("things")
		row, err := d.Decode("list", json.RawMessage(sent))
		if err != nil {
			return
		}
		require.NotEmpty(t, row.ID)
		for i, col := range d.PartColumns("list") {
			require.True(t, json.Valid(entity.MarshalCell(col.Type, row.Cells[i])), "%s: %v", col.Name, row.Cells[i])
		}
	})
}

func TestNewCatalogueReportsEveryMistake(t *testing.T) {
	t.Parallel()
	bad := def()
	bad.Kind = "Bad Kind"
	bad.Doc = ""
	bad.Parts[1].Name = "list"
	bad.Parts[0].Needs = []entity.AnyOf{{"Unknown.Read"}}
	bad.Columns = append(bad.Columns, entity.Column{Path: "name", Label: "Again"}, entity.Column{Path: "search", Label: "Search"}, entity.Column{Path: "x", Part: "nowhere"})
	bad.DefaultSort = "count"
	derived := &entity.Def{Kind: "d", Title: "D", Singular: "d", Doc: "D.", Group: "Nope", From: []string{"missing"}, TitleColumn: "t", DefaultSort: "t"}
	_, err := entity.NewCatalogue([]*entity.Def{bad, derived}, nil)
	require.Error(t, err)
	for _, want := range []string{"snake_case", "doc are required", "used twice", "Unknown.Read", "declared twice", `"search" is not allowed`, "no label", "nowhere", "has no index", "Nope", `"missing"`} {
		assert.ErrorContains(t, err, want)
	}
}

func TestCheckComparesGrantsWithTheCatalogue(t *testing.T) {
	t.Parallel()
	c := catalogue(t, def())

	check := c.Check(nil)
	assert.False(t, check.OK)
	assert.False(t, check.Permissions[0].Known)
	assert.Empty(t, check.Missing(), "what is not known is not called missing")

	check = c.Check([]entity.Grants{{Resource: entity.Graph, Roles: []string{"Mail.Send", "Group.ReadWrite.All", "Site.Read.All"}}})
	assert.False(t, check.OK)
	require.Len(t, check.Missing(), 1)
	assert.Equal(t, []entity.ExtraRole{
		{Resource: entity.Graph, Name: "Mail.Send", Write: true},
		{Resource: entity.Graph, Name: "Group.ReadWrite.All", Write: true},
		{Resource: entity.Graph, Name: "Site.Read.All"},
	}, check.Extra)

	check = c.Check([]entity.Grants{{Resource: entity.Graph, Roles: []string{"Thing.Read.All"}}})
	assert.True(t, check.OK)
	assert.Equal(t, []string{"things"}, check.Permissions[0].Entities)
}

func TestWordsInEitherLetterCase(t *testing.T) {
	c := entity.Column{Words: map[string]string{"serviceRestored": "Restored"}}
	for raw, want := range map[string]string{"serviceRestored": "Restored", "ServiceRestored": "Restored", "other": ""} {
		word, ok := c.Word(raw)
		assert.Equal(t, want, word, raw)
		assert.Equal(t, want != "", ok, raw)
	}
}
