// Package views holds the HTML: one templ component for each page, view models
// shaped like the page, and the formatting of values. It reads neither the
// store nor the clock: what a page shows is in its model.
package views

import (
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// Page is what the frame around every page needs.
type Page struct {
	Title  string  // the page's h1 and the start of the window's title
	Crumbs []Crumb // the pages above this one, outermost first
	Nav    string  // key of the sidebar's current item: a Nav constant or NavData(kind)

	Account *store.Account // nil when nobody is signed in
	Tenant  *TenantNav     // nil outside a tenant
	Tenants []store.Tenant // those that the account sees, for the switcher

	Flash   *Flash
	Theme   string // "light", "dark", or empty to follow the system
	Version string
	Now     time.Time // the clock of the request
}

// Crumb is a link to a page above the current one.
type Crumb struct{ Label, Href string }

// Flash is a message that is shown once, on the page after an action.
type Flash struct {
	Tone Tone // Good, Info, Warn or Bad
	Text string
}

// The keys of the sidebar's fixed items.
const (
	NavOverview     = "overview"
	NavChanges      = "changes"
	NavIntegrations = "integrations"
	NavSyncs        = "syncs"
	NavTenants      = "tenants"
	NavAccounts     = "accounts"
	NavAccount      = "account"
)

// NavData is the key of an entity's item in the sidebar.
func NavData(kind string) string { return "data/" + kind }

// TenantNav is the part of the sidebar that belongs to one tenant.
type TenantNav struct {
	Tenant store.Tenant
	Status string // below the tenant's name: its domain, or how it is connected
	Groups []NavGroup
}

// NavGroup is a heading of the sidebar and the entities below it.
type NavGroup struct {
	Title string
	Items []NavEntity
}

// NavEntity is one entity in the sidebar.
type NavEntity struct {
	Def *entity.Def
	// Mark is Quiet where nothing needs to be said. Otherwise a dot of that
	// tone is shown, and Note says in words what it means.
	Mark Tone
	Note string
}

// NewTenantNav lists the catalogue's entities by group, each with a mark where
// its state is an exception.
// integration is nil when the tenant was never connected.
func NewTenantNav(t store.Tenant, integration *store.Integration, states []store.EntityState) *TenantNav {
	return &TenantNav{Tenant: t, Status: navStatus(integration), Groups: navGroups(states)}
}

func navStatus(integration *store.Integration) string {
	switch {
	case integration == nil:
		return "Not connected yet"
	case integration.DefaultDomain != "":
		return integration.DefaultDomain
	case integration.Connected:
		return "Connected"
	default:
		return "Disconnected"
	}
}

func navGroups(states []store.EntityState) []NavGroup {
	var groups []NavGroup
	for _, group := range entity.Groups {
		g := NavGroup{Title: string(group)}
		for _, s := range states {
			if s.Def.Group == group {
				g.Items = append(g.Items, navEntity(s))
			}
		}
		if len(g.Items) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

func navEntity(s store.EntityState) NavEntity {
	item := NavEntity{Def: s.Def, Mark: Quiet}
	if s.State != entity.Complete {
		item.Mark, item.Note = StateTone(s.State), StateWord(s.State)
		return item
	}
	for _, gap := range s.Columns {
		if gap.Rows != "" && !s.Def.Derived() {
			continue // rows that only an extra permission opens
		}
		if gap.State != entity.Never && gap.State != entity.Complete && StateTone(gap.State) != Muted {
			item.Mark, item.Note = StateTone(gap.State), "Some columns: "+StateWord(gap.State)
		}
	}
	return item
}

// Path returns an address below the tenant: Path("integrations") is
// "/tenants/contoso/integrations"; Path() is the overview.
func (n *TenantNav) Path(segments ...string) string { return TenantPath(n.Tenant.Slug, segments...) }

// CanAct reports whether the account may connect, sync and disconnect tenants
// that it sees.
func (p Page) CanAct() bool {
	return p.Account != nil && (p.Account.Role == store.Owner || p.Account.Role == store.Admin)
}

// IsOwner reports whether the account may manage tenants and accounts.
func (p Page) IsOwner() bool { return p.Account != nil && p.Account.Role == store.Owner }

// WindowTitle is the content of the title element.
func (p Page) WindowTitle() string {
	title := p.Title
	if p.Tenant != nil {
		title += " · " + p.Tenant.Tenant.Name
	}
	return title + " · SecurAtlas"
}
