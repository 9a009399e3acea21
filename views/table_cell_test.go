package views

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

var cellNow = time.Date(2026, 11, 22, 9, 40, 0, 0, time.UTC)

func TestCellOf(t *testing.T) {
	t.Parallel()
	gap := &store.ColumnGap{State: entity.NotPermitted, Needs: []string{"AuditLog.Read.All"}}
	words := map[string]string{"true": "Enabled", "false": "Disabled", "reportOnly": "Report-only"}
	long := strings.Repeat("ä", 200)
	tests := []struct {
		name string
		typ  entity.Type
		v    any
		gap  *store.ColumnGap
		want Cell
	}{
		{"nothing sent", entity.Text, nil, nil, Cell{Look: LookNone, Text: "", Title: "Not set"}},
		{"nothing known", entity.Time, nil, gap, Cell{Look: LookUnread, Text: "Not read", Title: "X: not permitted, needs AuditLog.Read.All; never read completely"}},
		{"an old value stays", entity.Time, "2026-11-22T09:00:00Z", gap, Cell{Look: LookPlain, Text: "40 min ago", Title: "22 Nov 2026, 09:00 UTC"}},
		{"never", entity.Time, "0001-01-01T00:00:00Z", nil, Cell{Look: LookPlain, Text: "Never", Title: "Microsoft sent 0001-01-01T00:00:00Z"}},
		{"never, in another zone", entity.Time, "0001-01-01T08:00:00Z", nil, Cell{Look: LookPlain, Text: "Never", Title: "Microsoft sent 0001-01-01T08:00:00Z"}},
		{"without end", entity.Time, "9999-12-31T23:59:59.9999999Z", nil, Cell{Look: LookPlain, Text: "No end", Title: "Microsoft sent 9999-12-31T23:59:59.9999999Z"}},
		{"a day without end", entity.Time, "9999-12-31", nil, Cell{Look: LookPlain, Text: "No end", Title: "Microsoft sent 9999-12-31"}},
		{"no time", entity.Time, "soon", nil, Cell{Look: LookPlain, Text: "soon", Title: ""}},
		{"on", entity.Bool, true, nil, Cell{Look: LookOn, Text: "Enabled", Title: ""}},
		{"off", entity.Bool, false, nil, Cell{Look: LookOff, Text: "Disabled", Title: ""}},
		{"a word", entity.Text, "reportOnly", nil, Cell{Look: LookPlain, Text: "Report-only", Title: ""}},
		{"a long text", entity.Text, long, nil, Cell{Look: LookPlain, Text: strings.Repeat("ä", 119) + "…", Title: long}},
		{"a number", entity.Int, int64(12000), nil, Cell{Look: LookNumber, Text: "12,000", Title: ""}},
		{"an empty list", entity.List, `[]`, nil, Cell{Look: LookNone, Text: "None", Title: ""}},
		{"one element", entity.List, `["a"]`, nil, Cell{Look: LookPlain, Text: "a", Title: "a"}},
		{"three elements", entity.List, `["a","b","c"]`, nil, Cell{Look: LookPlain, Text: "3 items: a, b, …", Title: "a, b, c"}},
		{"objects", entity.List, `[{"id":"1","displayName":"A"},{"on":true}]`, nil, Cell{Look: LookPlain, Text: "A, on: true", Title: "A, on: true"}},
		{"an object", entity.JSON, `{"b":1,"a":["x","y"]}`, nil, Cell{Look: LookPlain, Text: "b: 1, a: 2 items", Title: `{"b":1,"a":["x","y"]}`}},
		{"odd", entity.Int, entity.Odd(`"5"`), nil, Cell{Look: LookOdd, Text: `"5"`, Title: `Not the type that Microsoft documents, shown as sent: "5"`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := &entity.Column{Name: "x", Label: "X", Type: test.typ, Words: words}
			assert.Equal(t, test.want, CellOf(cellNow, c, test.v, test.gap))
		})
	}
}

func TestParseValue(t *testing.T) {
	t.Parallel()
	assert.Equal(t, Value{Text: "a"}, ParseValue(json.RawMessage(`"a"`)))
	assert.Equal(t, Value{Text: "12345678901234567890"}, ParseValue(json.RawMessage(`12345678901234567890`)), "no digit is lost")
	assert.Equal(t, Value{Text: "{broken"}, ParseValue(json.RawMessage(`{broken`)))
	assert.Equal(t, Value{
		Fields: []ValueField{
			{"z", Value{Items: []Value{{Text: "1"}, {Text: "two"}}}},
			{"a", Value{Fields: []ValueField{{"b", Value{Text: "false"}}}}},
		},
		Empty: 3,
	}, ParseValue(json.RawMessage(`{"z":[1,"two"],"none":null,"a":{"b":false},"empty":[],"bare":{}}`)), "in Microsoft's order")

	deep := strings.Repeat(`{"a":`, 50) + "1" + strings.Repeat("}", 50)
	v := ParseValue(json.RawMessage(deep))
	for len(v.Fields) > 0 {
		v = v.Fields[0].Value
	}
	assert.Equal(t, strings.Repeat(`{"a":`, 45)+"1"+strings.Repeat("}", 45), v.Text, "the rest is shown as it is")

	v = ParseValue(json.RawMessage("[" + strings.Repeat("1,", 299) + "1]"))
	assert.Len(t, v.Items, 200)
	assert.Equal(t, 100, v.More)
}
