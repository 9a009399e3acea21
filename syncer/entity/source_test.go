package entity_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

// alarms come from Graph, or else from Defender under other names.
func alarms() *entity.Def {
	return &entity.Def{
		Kind: "alarms", Title: "Alarms", Singular: "alarm", Doc: "Alarms.", Group: entity.Threats,
		Parts: []entity.Part{{
			Name: "list", Title: "Alarms", Path: "/alarms", Needs: []entity.AnyOf{{"Thing.Read.All"}},
			Else: &entity.Part{Resource: entity.Defender, Path: "/api/alarms", Skip: func(o entity.Object) bool { return o.Text("kind") == "test" }},
		}},
		Columns: []entity.Column{
			{Path: "title", Else: "name", Label: "Title", Sort: true},
			{Path: "webUrl", Label: "Page"},
			{Path: entity.SourcePath, Name: "source", Label: "Source"},
			{Name: "loud", Label: "Loud", Type: entity.Bool, Uses: []string{"volume"}, Compute: func(o entity.Object, _ time.Time) any { return o.At("volume") != nil }},
		},
		TitleColumn: "title", DefaultSort: "title",
	}
}

func TestOtherSource(t *testing.T) {
	t.Parallel()
	d := catalogue(t, alarms()).Def("alarms")
	list := &d.Parts[0]
	require.Equal(t, []*entity.Part{list, list.Else}, list.Sources())
	assert.Equal(t, "list", list.Else.Name)
	assert.Equal(t, "Alarms", list.Else.Title)
	assert.Equal(t, "id,title,webUrl,volume", d.SelectOf(list))
	assert.Empty(t, d.SelectOf(list.Else), "its properties have other names")

	decode := func(p *entity.Part, raw string) entity.Row {
		row, err := d.DecodeFrom(p, json.RawMessage(raw), time.Now())
		require.NoError(t, err)
		return row
	}
	assert.Equal(t, entity.Row{ID: "1", Cells: []any{"Fire", "https://x", "graph", false}}, decode(list, `{"id":"1","title":"Fire","name":"no","webUrl":"https://x"}`))
	assert.Equal(t, entity.Row{ID: "1", Cells: []any{"Fire", nil, "defender", true}}, decode(list.Else, `{"id":"1","title":"no","name":"Fire","webUrl":"https://x","volume":3}`))
	assert.Equal(t, entity.Row{ID: "2", Cells: []any{"Fire", nil, "defender", false}}, decode(list.Else, `{"Id":"2","Name":"Fire"}`), "Defender's letter case varies")
	_, err := d.DecodeFrom(list, json.RawMessage(`{"Id":"2"}`), time.Now())
	require.Error(t, err, "Graph's does not")
	_, err = d.DecodeFrom(list.Else, json.RawMessage(`{"id":"3","kind":"test"}`), time.Now())
	require.ErrorIs(t, err, entity.ErrSkipped)
	_, err = d.DecodeFrom(list, json.RawMessage(`null`), time.Now())
	require.ErrorContains(t, err, "not an object")
}

func TestOtherSourceIsFedByItsPermissions(t *testing.T) {
	t.Parallel()
	d := alarms()
	d.Parts[0].Else.Needs = []entity.AnyOf{{"Alarm.Read.All"}}
	c, err := entity.NewCatalogue([]*entity.Def{d}, []entity.Permission{{Resource: entity.Graph, Name: "Thing.Read.All"}, {Resource: entity.Defender, Name: "Alarm.Read.All"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"alarms"}, c.Feeds(entity.Defender, "Alarm.Read.All"))
	_, err = entity.NewCatalogue([]*entity.Def{d}, []entity.Permission{{Resource: entity.Graph, Name: "Thing.Read.All"}, {Resource: entity.Graph, Name: "Alarm.Read.All"}})
	require.ErrorContains(t, err, "needs Alarm.Read.All")
}

func TestSourcesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*entity.Part){
		"has a span exactly when":    func(p *entity.Part) { p.Span = &entity.Span{Column: "title"} },
		"is not a time with an":      func(p *entity.Part) { p.Mode, p.Span = entity.Window, &entity.Span{Column: "title"} },
		"is a report, which":         func(p *entity.Part) { p.Report = true },
		"has another source, which":  func(p *entity.Part) { p.Delta = &entity.Delta{Path: "/alarms/delta"} },
		"has a span exactly when it": func(p *entity.Part) { p.Mode = entity.Window },
	} {
		d := alarms()
		change(&d.Parts[0])
		_, err := entity.NewCatalogue([]*entity.Def{d}, []entity.Permission{{Resource: entity.Graph, Name: "Thing.Read.All"}})
		require.ErrorContains(t, err, says)
	}
}
