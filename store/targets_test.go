package store_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entity"
)

// owned is a workshop in which the owner of a widget is the name of a gadget,
// an account.
func owned(t *testing.T) *workshop {
	t.Helper()
	w := newWorkshop(t)
	execute(t, raw(t, w.dir), `DROP TABLE gadgets`)
	execute(t, raw(t, w.dir), `CREATE TABLE gadgets (row_id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL, id TEXT NOT NULL, name TEXT COLLATE NOCASE,
		hash_list BLOB, search TEXT NOT NULL DEFAULT '', first_seen INTEGER NOT NULL, last_changed INTEGER NOT NULL, removed_at INTEGER, UNIQUE (tenant_id, id))`)
	execute(t, raw(t, w.dir), `CREATE INDEX gadgets_name ON gadgets (tenant_id, name)`)
	columns := widgetColumns()
	for i := range columns {
		if columns[i].Path == "owner" {
			columns[i].Part, columns[i].Refs = "list", []entity.Ref{{Kind: "gadgets", By: "name", Account: true}}
		}
	}
	w.reopen(storetest.WithCatalogue(widgetsCatalogue(columns)))
	return w
}

// owners makes a widget of each owner, whose name is the owner.
func (w *workshop) owners(names ...string) {
	w.t.Helper()
	var objects []string
	for _, n := range names {
		objects = append(objects, `{"id":"`+n+`","name":"`+n+`","owner":"`+n+`"}`)
	}
	w.sync("widgets", "list", w.rows("widgets", "list", objects...))
}

// referring are the widgets of a gadget.
func (w *workshop) referring(id string) string {
	w.t.Helper()
	all, err := w.Referring(ctx, w.tenant.ID, w.def("gadgets"), w.row("gadgets", id), 10)
	require.NoError(w.t, err)
	var ids []string
	for _, r := range all {
		for _, row := range r.Rows {
			ids = append(ids, row.ID)
		}
	}
	return strings.Join(ids, " ")
}

func TestAccountsAreFoundHoweverTheyAreSpelled(t *testing.T) {
	t.Parallel()
	w := owned(t)
	w.sync("gadgets", "list", w.rows("gadgets", "list",
		`{"id":"ann","name":"Ann.Smith@Contoso.example"}`,
		`{"id":"guest","name":"bo_b_fabrikam.example#EXT#@contoso.onmicrosoft.com"}`,
		`{"id":"both","name":"cy@contoso.example"}`,
		`{"id":"both-guest","name":"cy_contoso.example#EXT#@contoso.onmicrosoft.com"}`))
	spelled := map[string]string{
		"Ann.Smith@Contoso.example": "ann", "ann.smith@contoso.EXAMPLE": "ann", "ANN.SMITH@CONTOSO.EXAMPLE": "ann",
		"ann.smith_contoso.example#EXT#@partner.example":     "ann",
		"bo_b_fabrikam.example#ext#@contoso.onmicrosoft.com": "guest",
		"Bo_B@fabrikam.example":                              "guest",
		"cy@contoso.example":                                 "both",
		"CY_contoso.example#EXT#@contoso.onmicrosoft.com":    "both-guest",
		"bo@fabrikam.example":                                "",
		"bo_b@fabrikam.exampl":                               "",
		"_b@fabrikam.example":                                "",
		"B217BFF20A0B1C2D3E4F302F67ED73A7":                   "",
		"SHAREPOINT\\system":                                 "",
	}
	var asked []string
	for name := range spelled {
		asked = append(asked, name)
	}
	found, err := w.Targets(ctx, w.tenant.ID, entity.Ref{Kind: "gadgets", By: "name", Account: true}, asked)
	require.NoError(t, err)
	for name, id := range spelled {
		assert.Equal(t, id, found[name].ID, "%s, under the spelling that was asked for", name)
	}

	// And the other way: whoever leads to an account is on its page.
	for name, id := range spelled {
		if id == "" || strings.Contains(name, `\`) {
			continue
		}
		w.owners(name, "nobody@contoso.example")
		for _, gadget := range []string{"ann", "guest", "both", "both-guest"} {
			want := ""
			if gadget == id {
				want = name
			}
			assert.Equal(t, want, w.referring(gadget), "%s of %s", name, gadget)
		}
	}
}

func TestAnAccountMadeAnewHasWhatIsCalledByItsName(t *testing.T) {
	t.Parallel()
	w := owned(t)
	w.sync("gadgets", "list", w.rows("gadgets", "list", `{"id":"old","name":"ann@contoso.example"}`))
	w.owners("ANN@contoso.example")
	assert.Equal(t, "ANN@contoso.example", w.referring("old"))
	w.sync("gadgets", "list", w.rows("gadgets", "list", `{"id":"new","name":"Ann@contoso.example"}`))
	found, err := w.Targets(ctx, w.tenant.ID, entity.Ref{Kind: "gadgets", By: "name", Account: true}, []string{"ANN@contoso.example", "ann@contoso.example"})
	require.NoError(t, err)
	assert.Equal(t, "new", found["ANN@contoso.example"].ID)
	assert.Equal(t, "new", found["ann@contoso.example"].ID, "though a removed one is spelled so")
	assert.Equal(t, "ANN@contoso.example", w.referring("new"))
	assert.Empty(t, w.referring("old"), "a page never says what no link confirms")
	assert.Equal(t, store.Target{ID: "new", Title: "Ann@contoso.example"}, found["ANN@contoso.example"])
}
