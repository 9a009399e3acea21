package entity_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

// followed are things with a delta.
func followed() *entity.Def {
	return &entity.Def{
		Kind: "things", Title: "Things", Singular: "thing", Doc: "Things.", Group: entity.Identity,
		Parts: []entity.Part{{Name: "list", Path: "/things", Delta: &entity.Delta{Path: "/things/delta"}}},
		Columns: []entity.Column{
			{Path: "name", Label: "Name", Sort: true},
			{Path: "seen.at", Label: "Seen"},
			{Path: "tags", Label: "Tags", Type: entity.List},
		},
		TitleColumn: "name", DefaultSort: "name",
	}
}

func TestDecodeAChange(t *testing.T) {
	t.Parallel()
	d := catalogue(t, followed()).Def("things")
	unsent := entity.Unsent{}
	for raw, want := range map[string]entity.Change{
		`{"id":"1","name":"a","seen":{"at":"b"},"tags":["x"]}`: {Row: entity.Row{ID: "1", Cells: []any{"a", "b", `["x"]`}}},
		`{"id":"1"}`: {Row: entity.Row{ID: "1", Cells: []any{unsent, unsent, unsent}}},
		`{"id":"1","name":null,"seen":null,"tags":[]}`:               {Row: entity.Row{ID: "1", Cells: []any{nil, nil, `[]`}}},
		`{"id":"1","seen":{}}`:                                       {Row: entity.Row{ID: "1", Cells: []any{unsent, nil, unsent}}},
		`{"id":"1","name":"a","@removed":{"reason":"changed"}}`:      {Row: entity.Row{ID: "1"}, Gone: true},
		`{"@removed":{"reason":"deleted"},"id":"2"}`:                 {Row: entity.Row{ID: "2"}, Gone: true},
		`{"id":"1","name":"a","@removed":null,"tags":null,"seen":1}`: {Row: entity.Row{ID: "1", Cells: []any{"a", nil, nil}}},
	} {
		got, err := d.DecodeChange(&d.Parts[0], json.RawMessage(raw), time.Time{})
		require.NoError(t, err, raw)
		assert.Equal(t, want, got, raw)
	}
	for _, raw := range []string{`{}`, `{"@removed":{"reason":"deleted"}}`, `[]`, `null`, ``} {
		_, err := d.DecodeChange(&d.Parts[0], json.RawMessage(raw), time.Time{})
		assert.Error(t, err, raw)
	}
}

func TestDecodeRelations(t *testing.T) {
	t.Parallel()
	b := boxes()
	b.Parts[0].Delta = &entity.Delta{Path: "/things/delta"}
	b.Parts[0].Fan.Lists[0].Delta, b.Parts[0].Fan.Lists[1].Delta = "boxes", "lids"
	d := catalogue(t, def(), b).Def("boxes")
	part := &d.Parts[0]
	assert.Equal(t, "id,boxes,lids", d.DeltaSelect(part))
	got, err := d.DecodeRelations(part, json.RawMessage(`{"id":"t1","name":"x",
		"lids@delta":[{"id":"l1"}],
		"boxes@delta":[{"@odata.type":"#box","id":"b1"},{"id":"b2","@removed":{"reason":"deleted"}}]}`), time.Time{})
	require.NoError(t, err)
	assert.Equal(t, entity.RelationChange{Parent: "t1", Edges: []entity.Change{
		{Row: entity.Row{ID: "t1.box.b1", Cells: []any{"t1", "box", "b1", "#box"}}},
		{Row: entity.Row{ID: "t1.box.b2"}, Gone: true},
		{Row: entity.Row{ID: "t1.lid.l1", Cells: []any{"t1", "lid", "l1", entity.Unsent{}}}},
	}}, got)
	got, err = d.DecodeRelations(part, json.RawMessage(`{"id":"t1","@removed":{"reason":"changed"}}`), time.Time{})
	require.NoError(t, err)
	assert.True(t, got.Gone)
	for _, raw := range []string{`{}`, `[]`, `{"id":"t1","boxes@delta":{}}`, `{"id":"t1","boxes@delta":[{}]}`} {
		_, err := d.DecodeRelations(part, json.RawMessage(raw), time.Time{})
		assert.Error(t, err, raw)
	}
}

func TestMistakesInDeltas(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*entity.Def){
		"does not support $filter": func(d *entity.Def) { d.Parts[0].Query = map[string][]string{"$filter": {"x"}} },
		"more than objects":        func(d *entity.Def) { d.Parts[0].Then = []string{"/more"} },
		"no full list":             func(d *entity.Def) { d.Parts[0].Resource = entity.Defender },
		"computed from": func(d *entity.Def) {
			d.Columns = append(d.Columns, entity.Column{Name: "sum", Label: "Sum", Uses: []string{"a", "b"}, Compute: func(entity.Object, time.Time) any { return nil }})
		},
	} {
		d := followed()
		change(d)
		_, err := entity.NewCatalogue([]*entity.Def{d}, nil)
		assert.ErrorContains(t, err, want)
	}
}
