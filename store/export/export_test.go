package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/export"
	"github.com/securatlas/securatlas/syncer/entity"
)

var lamps = &entity.Def{
	Kind: "lamps",
	Columns: []entity.Column{
		{Name: "display_name", Type: entity.Text},
		{Name: "lit", Type: entity.Bool},
		{Name: "watts", Type: entity.Int},
		{Name: "lumens", Type: entity.Real},
		{Name: "bought", Type: entity.Time},
		{Name: "rooms", Type: entity.List},
		{Name: "maker", Type: entity.JSON},
	},
}

var rows = []store.Row{
	{ID: "a/1", Cells: []any{"Desk <lamp> & co", true, int64(9007199254740993), 0.1, "2026-11-22T09:40:00.1234567Z", `["Study","Ünder"]`, `{"name":"x\ny"}`}},
	{ID: "=2", Cells: []any{"=1+1", false, int64(-5), -2.5, "0001-01-01T00:00:00Z", `[]`, `{}`}},
	{ID: "3", Cells: []any{nil, nil, nil, nil, nil, nil, nil}, RemovedAt: time.Date(2026, 11, 22, 10, 0, 0, 5e6, time.FixedZone("", 3600))},
	{ID: "4", Cells: []any{entity.Odd(`42`), entity.Odd(`"maybe"`), entity.Odd(`"5"`), nil, entity.Odd(`0`), entity.Odd(`"Study"`), entity.Odd(`[1]`)}},
}

func each(rows []store.Row, after error) export.Rows {
	return func(fn func(store.Row) error) error {
		for _, r := range rows {
			if err := fn(r); err != nil {
				return err
			}
		}
		return after
	}
}

func write(t *testing.T, table export.Table, f export.Format) string {
	t.Helper()
	table.Def = lamps
	var b bytes.Buffer
	require.NoError(t, table.Write(&b, f, each(rows, nil)))
	return b.String()
}

func TestNDJSONKeepsWhatMicrosoftSent(t *testing.T) {
	t.Parallel()
	assert.Equal(t, strings.Join([]string{
		`{"id":"a/1","display_name":"Desk <lamp> & co","lit":true,"watts":9007199254740993,"lumens":0.1,"bought":"2026-11-22T09:40:00.1234567Z","rooms":["Study","Ünder"],"maker":{"name":"x\ny"}}`,
		`{"id":"=2","display_name":"=1+1","lit":false,"watts":-5,"lumens":-2.5,"bought":"0001-01-01T00:00:00Z","rooms":[],"maker":{}}`,
		`{"id":"3","display_name":null,"lit":null,"watts":null,"lumens":null,"bought":null,"rooms":null,"maker":null}`,
		`{"id":"4","display_name":42,"lit":"maybe","watts":"5","lumens":null,"bought":0,"rooms":"Study","maker":[1]}`,
		``,
	}, "\n"), write(t, export.Table{}, export.NDJSON))
}

func TestJSONCarriesStateAndAge(t *testing.T) {
	t.Parallel()
	type document struct {
		Entity string           `json:"entity"`
		State  string           `json:"state"`
		AsOf   *string          `json:"as_of"`
		Rows   []map[string]any `json:"rows"`
	}
	parse := func(text string) (d document) {
		require.NoError(t, json.Unmarshal([]byte(text), &d))
		return d
	}
	d := parse(write(t, export.Table{State: entity.Partial, AsOf: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)}, export.JSON))
	assert.Equal(t, "lamps", d.Entity)
	assert.Equal(t, "partial", d.State)
	assert.Equal(t, "2026-11-22T03:00:00Z", *d.AsOf)
	require.Len(t, d.Rows, len(rows))
	assert.Equal(t, "a/1", d.Rows[0]["id"])

	assert.Nil(t, parse(write(t, export.Table{State: entity.Never}, export.JSON)).AsOf, "a list that was never complete has no age")

	var empty bytes.Buffer
	require.NoError(t, export.Table{Def: lamps, State: entity.Complete}.Write(&empty, export.JSON, each(nil, nil)))
	assert.Equal(t, []map[string]any{}, parse(empty.String()).Rows)
}

func TestJSONSaysWhichColumnsAreBehind(t *testing.T) {
	t.Parallel()
	night := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	behind := []store.ColumnGap{
		{Column: "watts", State: entity.NotPermitted, Needs: []string{"Lamp.Read.All"}},
		{Column: "lit", State: entity.Complete, AsOf: night},
		{Column: "owners", Rows: "Owners", State: entity.Failed},
	}
	columns := func(table export.Table) string {
		var d struct{ Columns json.RawMessage }
		require.NoError(t, json.Unmarshal([]byte(write(t, table, export.JSON)), &d))
		return string(d.Columns)
	}
	assert.JSONEq(t, `[]`, columns(export.Table{State: entity.Complete}))
	assert.JSONEq(t, `[
		{"column":"watts","state":"not_permitted","needs":["Lamp.Read.All"],"as_of":null},
		{"column":"lit","state":"complete","needs":[],"as_of":"2026-11-22T03:00:00Z"},
		{"column":"owners","state":"failed","needs":[],"as_of":null}]`, columns(export.Table{State: entity.Complete, Behind: behind}))
	assert.JSONEq(t, `[
		{"column":"lit","state":"complete","needs":[],"as_of":"2026-11-22T03:00:00Z"},
		{"column":"owners","state":"failed","needs":[],"as_of":null}]`,
		columns(export.Table{Columns: []string{"lit"}, State: entity.Complete, Behind: behind}), "of the exported ones")
}

func TestCSV(t *testing.T) {
	t.Parallel()
	records, err := csv.NewReader(strings.NewReader(write(t, export.Table{Removed: true}, export.CSV))).ReadAll()
	require.NoError(t, err)
	assert.Equal(t, [][]string{
		{"id", "display_name", "lit", "watts", "lumens", "bought", "rooms", "maker", "removed_at"},
		{"a/1", "Desk <lamp> & co", "true", "9007199254740993", "0.1", "2026-11-22T09:40:00.1234567Z", `["Study","Ünder"]`, `{"name":"x\ny"}`, ""},
		{"'=2", "'=1+1", "false", "'-5", "'-2.5", "0001-01-01T00:00:00Z", "[]", "{}", ""},
		{"3", "", "", "", "", "", "", "", "2026-11-22T09:00:00.005Z"},
		{"4", "42", `"maybe"`, `"5"`, "", "0", `"Study"`, "[1]", ""},
	}, records)
}

func TestCSVTimesAreInUTC(t *testing.T) {
	t.Parallel()
	table := export.Table{Def: lamps, Columns: []string{"bought"}}
	for sent, shown := range map[string]string{
		"2026-11-22T01:40:00.1234567+02:00": "2026-11-21T23:40:00.1234567Z",
		"2026-11-22T09:40:00.1200000Z":      "2026-11-22T09:40:00.1200000Z",
		"yesterday":                         "yesterday",
	} {
		row := store.Row{ID: "1", Cells: []any{nil, nil, nil, nil, sent, nil, nil}}
		var b bytes.Buffer
		require.NoError(t, table.Write(&b, export.CSV, each([]store.Row{row}, nil)))
		assert.Equal(t, "id,bought\n1,"+shown+"\n", b.String())
	}
}

func TestChosenColumnsKeepTheOrderOfTheCatalogue(t *testing.T) {
	t.Parallel()
	text := write(t, export.Table{Columns: []string{"watts", "display_name"}}, export.CSV)
	assert.Equal(t, "id,display_name,watts", strings.SplitN(text, "\n", 2)[0])
	text = write(t, export.Table{Columns: []string{"lit"}}, export.NDJSON)
	assert.Equal(t, `{"id":"a/1","lit":true}`, strings.SplitN(text, "\n", 2)[0])
}

func TestRemovedAtIsThereOnlyWithRemovedRows(t *testing.T) {
	t.Parallel()
	assert.NotContains(t, write(t, export.Table{}, export.NDJSON), "removed_at")
	text := write(t, export.Table{Removed: true}, export.NDJSON)
	assert.Contains(t, text, `"removed_at":null`)
	assert.Contains(t, text, `"removed_at":"2026-11-22T09:00:00.005Z"`)
}

func TestBrokenExportIsAnErrorAndNotADocument(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk gone")
	for _, f := range []export.Format{export.CSV, export.JSON, export.NDJSON} {
		var b bytes.Buffer
		err := export.Table{Def: lamps}.Write(&b, f, each(rows, broken))
		require.ErrorIs(t, err, broken)
		if f == export.JSON {
			assert.False(t, json.Valid(b.Bytes()))
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestReaderThatIsGoneIsAnError(t *testing.T) {
	t.Parallel()
	for _, f := range []export.Format{export.CSV, export.JSON, export.NDJSON} {
		require.ErrorContains(t, export.Table{Def: lamps}.Write(full{}, f, each(rows, nil)), "no space left")
	}
}

func TestParseFormat(t *testing.T) {
	t.Parallel()
	f, err := export.ParseFormat("ndjson")
	require.NoError(t, err)
	assert.Equal(t, export.NDJSON, f)
	var input store.InputError
	for _, name := range []string{"", "xlsx", "CSV"} {
		_, err := export.ParseFormat(name)
		require.ErrorAs(t, err, &input)
		assert.Equal(t, "format", input.Field)
	}
}

func FuzzCSVCell(f *testing.F) {
	for _, seed := range []string{"", "=1", "+1", "-1", "@x", "\tx", "\rx", "a,b", "\"", "a\nb", "a\r\nb", "'=1", " =1", "\x00", "\xff"} {
		f.Add(seed)
	}
	def := &entity.Def{Kind: "cells", Columns: []entity.Column{{Name: "text", Type: entity.Text}}}
	f.Fuzz(func(t *testing.T, text string) {
		var b bytes.Buffer
		row := store.Row{ID: "1", Cells: []any{text}}
		require.NoError(t, export.Table{Def: def}.Write(&b, export.CSV, each([]store.Row{row}, nil)))
		records, err := csv.NewReader(&b).ReadAll()
		require.NoError(t, err)
		require.Len(t, records, 2)
		require.Len(t, records[1], 2, "one cell stays one cell")
		cell := records[1][1]
		if cell != "" {
			assert.NotContains(t, "=+-@\t\r", cell[:1], "a spreadsheet would run it")
		}
		// The reader turns \r\n into \n within a cell; nothing else may change.
		want := strings.ReplaceAll(text, "\r\n", "\n")
		assert.Contains(t, []string{want, "'" + want}, strings.ReplaceAll(cell, "\r\n", "\n"))
	})
}
