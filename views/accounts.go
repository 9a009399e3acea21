package views

import (
	"slices"
	"strings"

	"github.com/securatlas/securatlas/store"
)

// AccountModel is the page of the signed-in account.
type AccountModel struct {
	Account  store.Account
	Tenants  []store.Tenant // that it sees
	Sessions []SessionLine
	Errors   FieldErrors
}

// SessionLine is one browser in which the account is signed in.
type SessionLine struct {
	store.Session
	Key     string // what the form to end it sends
	Current bool   // the browser that asks
}

// AccountForm is what an owner enters about an account.
type AccountForm struct {
	Account store.Account // the zero value for a new one
	Email   string
	Role    store.Role
	Tenants []int64 // chosen
	All     []store.Tenant
	Errors  FieldErrors
}

func (f AccountForm) chosen(t store.Tenant) bool { return slices.Contains(f.Tenants, t.ID) }

// roleChoice is a role with what it allows.
type roleChoice struct {
	Role        store.Role
	Title, Text string
}

var roleChoices = []roleChoice{
	{store.Owner, "Owner", "Sees all tenants, manages tenants and accounts"},
	{store.Admin, "Admin", "Connects, syncs and disconnects the tenants below"},
	{store.Viewer, "Viewer", "Sees the tenants below"},
}

// reach says which tenants an account sees.
func reach(a store.Account) string {
	if a.Role == store.Owner {
		return "All tenants"
	}
	if len(a.Tenants) == 0 {
		return "No tenant yet"
	}
	return Count(len(a.Tenants), "tenant", "tenants")
}

// Browser names the browser and system of a User-Agent header, as well as can
// be told.
func Browser(userAgent string) string {
	find := func(names [][2]string, otherwise string) string {
		for _, n := range names {
			if strings.Contains(userAgent, n[0]) {
				return n[1]
			}
		}
		return otherwise
	}
	// The order matters: most browsers also claim to be an older one.
	browser := find([][2]string{
		{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"},
		{"Safari/", "Safari"}, {"curl/", "curl"},
	}, "Unknown browser")
	system := find([][2]string{
		{"Windows", "Windows"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"},
		{"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}, "")
	if system == "" {
		return browser
	}
	return browser + " on " + system
}
