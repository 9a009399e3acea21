package views

import (
	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// HeldView is the page on which a person decides about rows that are gone from
// Microsoft's lists.
type HeldView struct {
	Page   Page
	Tenant store.Tenant
	// Connected is true while there is a credential.
	Connected bool
	Held      []HeldKind
}

// HeldKind is the held rows of one entity.
type HeldKind struct {
	Def   *entity.Def
	Live  int // rows now in the table
	Total int
	Rows  []HeldRow // the first ones
	Set   string    // names all of them; who confirms sends it back
}

// HeldRow is one row that waits.
type HeldRow struct{ ID, Title, Subtitle, Href string }

// NewHeldKind is an entity's held rows as the page shows them.
func NewHeldKind(t store.Tenant, d *entity.Def, h store.HeldRows, live int) HeldKind {
	k := HeldKind{Def: d, Live: live, Total: h.Total, Set: h.Set}
	for _, r := range h.Rows {
		row := HeldRow{ID: r.ID, Title: RowTitle(d, r), Href: TenantPath(t.Slug, "data", d.Kind, r.ID)}
		if c := d.Column(d.SubtitleColumn); c != nil {
			row.Subtitle = CellText(c, r.Cell(d, c.Name))
		}
		k.Rows = append(k.Rows, row)
	}
	return k
}

// Share says how much of the table would go: "240 of 400 rows".
func (k HeldKind) Share() string {
	return Num(k.Total) + " of " + Count(k.Live, "row", "rows")
}

func (v HeldView) action() string {
	return TenantPath(v.Tenant.Slug, "integrations", "microsoft", "held")
}

func (k HeldKind) confirmDialog(v HeldView) Confirmation {
	return Confirmation{
		ID:     "remove-" + k.Def.Kind,
		Title:  "Remove " + Count(k.Total, k.Def.Singular, lower(k.Def.Title)) + "?",
		Action: v.action(),
		Submit: "Remove them",
		Keep:   "Cancel",
		TestID: "held-confirm-" + k.Def.Kind,
		Hidden: map[string]string{"kind": k.Def.Kind, "decision": "confirm", "set": k.Set},
		Body:   removeText(),
	}
}
