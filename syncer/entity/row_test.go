package entity

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNumbersSentAsTexts(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string][2]any{ // as a whole number, as another
		`"4"`:                 {int64(4), 4.0},
		`"-9007199254740993"`: {int64(-9007199254740993), -9007199254740992.0},
		`"0.5"`:               {Odd(`"0.5"`), 0.5},
		`"1e3"`:               {Odd(`"1e3"`), 1000.0},
		`"1e999"`:             {Odd(`"1e999"`), Odd(`"1e999"`)},
		`""`:                  {Odd(`""`), Odd(`""`)},
		`"007"`:               {Odd(`"007"`), Odd(`"007"`)},
		`" 4"`:                {Odd(`" 4"`), Odd(`" 4"`)},
		`"4 "`:                {Odd(`"4 "`), Odd(`"4 "`)},
		`"NaN"`:               {Odd(`"NaN"`), Odd(`"NaN"`)},
		`"null"`:              {Odd(`"null"`), Odd(`"null"`)},
		`["4"]`:               {Odd(`["4"]`), Odd(`["4"]`)},
		`9223372036854775808`: {Odd(`9223372036854775808`), 9223372036854775808.0},
		`5.0`:                 {int64(5), 5.0},
		`5.5`:                 {Odd(`5.5`), 5.5},
		`true`:                {Odd(`true`), Odd(`true`)},
		`null`:                {nil, nil},
	} {
		got := [2]any{cell(&Column{Type: Int}, json.RawMessage(raw)), cell(&Column{Type: Real}, json.RawMessage(raw))}
		assert.Equal(t, want, got, raw)
	}
	assert.Equal(t, "4", cell(&Column{Type: Text}, json.RawMessage(`"4"`)), "a text stays one")
}

func TestValuesAreTakenForTheirColumnsTypeWhereThatIsClear(t *testing.T) {
	t.Parallel()
	state := &Column{Type: Text, Words: map[string]string{"enabled": "On", "disabled": "Off", "0": "None", "true": "Yes"}}
	for _, c := range []struct {
		column *Column
		raw    string
		want   any
	}{
		{&Column{Type: Bool}, `true`, true},
		{&Column{Type: Bool}, `"true"`, true},
		{&Column{Type: Bool}, `"False"`, false},
		{&Column{Type: Bool}, `1`, Odd(`1`)},
		{&Column{Type: Bool}, `0`, Odd(`0`)},
		{&Column{Type: Bool}, `"1"`, Odd(`"1"`)},
		{&Column{Type: Bool}, `"yes"`, Odd(`"yes"`)},
		{&Column{Type: Bool}, `{"value": true}`, Odd(`{"value":true}`)},
		{&Column{Type: Time}, `"2026-01-02T03:04:05.1234567Z"`, "2026-01-02T03:04:05.1234567Z"},
		{&Column{Type: Time}, `"2026-01-02T03:04:05+02:00"`, "2026-01-02T03:04:05+02:00"},
		{&Column{Type: Time}, `"2026-01-02T03:04:05"`, "2026-01-02T03:04:05"},
		{&Column{Type: Time}, `"2026-01-02 03:04:05.125"`, "2026-01-02 03:04:05.125"},
		{&Column{Type: Time}, `"2026-01-02"`, "2026-01-02"},
		{&Column{Type: Time}, `"0001-01-01T00:00:00Z"`, "0001-01-01T00:00:00Z"},
		{&Column{Type: Time}, `"9999-12-31T23:59:59Z"`, "9999-12-31T23:59:59Z"},
		{&Column{Type: Time}, `""`, nil},
		{&Column{Type: Time}, `"31/12/2026 25:61"`, Odd(`"31/12/2026 25:61"`)},
		{&Column{Type: Time}, `"2026-02-30"`, Odd(`"2026-02-30"`)},
		{&Column{Type: Time}, `"never"`, Odd(`"never"`)},
		{&Column{Type: Time}, `1767225600`, Odd(`1767225600`)},
		{&Column{Type: Text}, `5`, "5"},
		{&Column{Type: Text}, `true`, "true"},
		{&Column{Type: Text}, `{"value":"x"}`, Odd(`{"value":"x"}`)},
		{&Column{Type: Text}, `["x"]`, Odd(`["x"]`)},
		{state, `"somethingNew"`, "somethingNew"},
		{state, `0`, "0"},
		{state, `true`, "true"},
		{state, `7`, Odd(`7`)},
		{state, `false`, Odd(`false`)},
		{state, `{"value":"enabled"}`, Odd(`{"value":"enabled"}`)},
		{&Column{Type: List}, `[ "a" ]`, `["a"]`},
		{&Column{Type: List}, `"a"`, Odd(`"a"`)},
		{&Column{Type: List}, `{"a":1}`, Odd(`{"a":1}`)},
		{&Column{Type: JSON}, `{ "a": 1 }`, `{"a":1}`},
		{&Column{Type: JSON}, `[1]`, Odd(`[1]`)},
		{&Column{Type: JSON}, `"{}"`, Odd(`"{}"`)},
	} {
		assert.Equal(t, c.want, cell(c.column, json.RawMessage(c.raw)), "%s %s", c.column.Type, c.raw)
	}
}

func TestWhatIsComputedFromAnOddValueIsOdd(t *testing.T) {
	t.Parallel()
	length := func(path string) func(Object, time.Time) any {
		return func(o Object, _ time.Time) any { return int64(len(o.Text(path))) }
	}
	d := &Def{
		Kind: "things", Title: "Things", Singular: "thing", Doc: "Things.", Group: Identity, Parts: []Part{{Name: "list", Path: "/things"}},
		Columns: []Column{
			{Name: "length", Label: "Length", Type: Int, Compute: length("name"), Uses: []string{"name"}},
			{Path: "name", Label: "Name", Sort: true},
			{Name: "other_length", Label: "Other length", Type: Int, Compute: length("other"), Uses: []string{"other"}},
			{Path: "other", Label: "Other"},
		},
		TitleColumn: "name", DefaultSort: "name",
	}
	_, err := NewCatalogue([]*Def{d}, nil)
	require.NoError(t, err)
	row, err := d.Decode("list", json.RawMessage(`{"id":"1","name":{"n":1},"other":"four"}`))
	require.NoError(t, err)
	assert.Equal(t, []any{Odd(`{"n":1}`), Odd(`{"n":1}`), int64(4), "four"}, row.Cells)
}

func TestExamplesAreShortVisibleAndWithoutSecrets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		column *Column
		raw    string
		want   string
	}{
		{&Column{Type: Bool, Name: "account_enabled"}, `"maybe"`, `"maybe"`},
		{&Column{Type: Time, Name: "next_secret_expiry"}, `"31/12/2026 25:61"`, `"31/12/2026 25:61"`},
		{&Column{Type: Text, Name: "state"}, `{"value":"a<b>&"}`, `{"value":"a<b>&"}`},
		{&Column{Type: Int, Name: "size"}, "\"a\\u0000b\\n\u202ec\"", `"a\u0000b\n\u202ec"`},
		{&Column{Type: Text, Name: "name"}, `["` + strings.Repeat("long ", 40) + `"]`, `["long long long long long long long long long long long lo…`},
		{&Column{Type: Text, Name: "name"}, `{"id":"1","secretText":"s3cr3t","inner":[{"Password":"p","k":2}]}`, `{"id":"1","inner":[{"Password":"…","k":2}],"secretText":"…"}`},
		{&Column{Type: Int, Name: "size"}, `"eyJhbGciOiJub25l.eyJzdWIiOiIx.c2ln"`, `"(token)"`},
		{&Column{Type: List, Path: "passwordCredentials"}, `"s3cr3t"`, `a text`},
		{&Column{Type: List, Path: "keyCredentials"}, `{"key":"s3cr3t"}`, `an object`},
	} {
		assert.Equal(t, c.want, Odd(c.raw).Example(c.column), c.raw)
	}
}
