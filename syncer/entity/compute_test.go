package entity

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func secretDef() *Def {
	return &Def{
		Kind: "apps", Title: "Apps", Singular: "app", Doc: "Apps.", Group: Identity,
		Parts: []Part{{Name: "list", Path: "/apps", Then: []string{"/more"}}},
		Columns: []Column{
			{Path: "displayName", Label: "Name", Sort: true},
			{Name: "expired", Label: "Expired", Type: Bool, Uses: []string{"secret.ends"}, Compute: func(o Object, now time.Time) any {
				ends, err := time.Parse(time.RFC3339, o.Text("secret.ends"))
				if err != nil {
					return nil
				}
				return ends.Before(now)
			}},
		},
		TitleColumn: "display_name", DefaultSort: "display_name",
	}
}

func TestComputedColumn(t *testing.T) {
	t.Parallel()
	d := secretDef()
	_, err := NewCatalogue([]*Def{d}, nil)
	require.NoError(t, err)
	assert.Equal(t, "id,displayName,secret", d.Select("list"), "what a computation reads is selected")
	assert.Equal(t, []string{"/apps", "/more"}, d.Parts[0].Paths())
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for raw, want := range map[string]any{
		`{"id":"1","secret":{"ends":"2026-02-28T00:00:00Z"}}`: true,
		`{"id":"1","secret":{"ends":"2026-03-02T00:00:00Z"}}`: false,
		`{"id":"1","secret":{"ends":5}}`:                      nil,
		`{"id":"1","secret":null}`:                            nil,
		`{"id":"1"}`:                                          nil,
	} {
		row, err := d.DecodeAt("list", json.RawMessage(raw), now)
		require.NoError(t, err)
		assert.Equal(t, []any{nil, want}, row.Cells, raw)
	}
}

func TestCatalogueChecksReferencesAndComputations(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*Def){
		`column expired needs either a path or a computation`:        func(d *Def) { d.Columns[1].Compute = nil },
		`column display_name needs either a path or a computation`:   func(d *Def) { d.Columns[0].Compute = d.Columns[1].Compute },
		`display_name refers to the unknown kind "users"`:            func(d *Def) { d.Columns[0].Refs = []Ref{{Kind: "users"}} },
		`id refers to the unknown kind "users"`:                      func(d *Def) { d.Refs = []Ref{{Kind: "users"}} },
		`display_name refers to apps by "expired", which has no ind`: func(d *Def) { d.Columns[0].Refs = []Ref{{Kind: "apps", By: "expired"}} },
		`column expired is from "users", which is no source`:         func(d *Def) { d.Columns[1].From = "users" },
		`judges "users", which is no source`:                         func(d *Def) { d.Judges = "users" },
		`"users" adds to it, and is no further source`:               func(d *Def) { d.Adds = []Addition{{Kind: "users"}} },
		`the rows that apps adds need a snake_case name and a title`: func(d *Def) { d.Adds = []Addition{{Kind: "apps", Name: "more"}} },
		`column display_name is declared twice`: func(d *Def) {
			d.Adds = []Addition{{Kind: "apps", Name: "display_name", Title: "Names"}}
		},
	} {
		d := secretDef()
		spoil(d)
		_, err := NewCatalogue([]*Def{d}, nil)
		assert.ErrorContains(t, err, want)
	}
}
