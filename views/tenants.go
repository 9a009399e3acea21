package views

import (
	"time"

	"github.com/securatlas/securatlas/store"
)

// TenantsModel is the list of tenants and, for owners, the form to add one.
type TenantsModel struct {
	Cards      []TenantCard
	Name, Slug string // of the form
	Errors     FieldErrors
}

// TenantCard is one tenant with the state of its integration.
type TenantCard struct {
	Tenant      store.Tenant
	Integration *store.Integration // nil when never connected
	Status      string             // a store.Status constant, empty when never connected
	Unreadable  int                // entities that could not be read
	Syncing     bool
	AsOf        time.Time // oldest complete list of any entity
	Younger     bool      // others are younger than that
}

// TenantSettings is the page on which an owner renames and removes a tenant.
type TenantSettings struct {
	Tenant   store.Tenant
	Name     string
	Accounts []store.Account // that see it
	Errors   FieldErrors
}

// IntegrationTone is how much an integration's status asks for attention.
func IntegrationTone(status string) Tone {
	switch status {
	case store.StatusConnected:
		return Quiet
	case store.StatusLimited:
		return Warn
	case store.StatusAttention:
		return Bad
	default:
		return Muted
	}
}

// IntegrationWord is an integration's status in words; the empty status is that
// of a tenant that was never connected.
func IntegrationWord(status string, unreadable int) string {
	switch status {
	case store.StatusConnected:
		return "Connected"
	case store.StatusLimited:
		return "Limited: " + Count(unreadable, "entity", "entities") + " not readable"
	case store.StatusAttention:
		return "Needs attention"
	case store.StatusDisconnected:
		return "Disconnected"
	default:
		return "Never connected"
	}
}
