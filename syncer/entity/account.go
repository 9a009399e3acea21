package entity

import "strings"

// A guest's user principal name is made of the address that was invited:
// ann@fabrikam.com is ann_fabrikam.com#EXT#@ and a domain of the directory
// (learn.microsoft.com/entra/external-id/user-properties). Other lists call the
// same account by either, in letters of any case.

const guestMark = "#EXT#@"

// HomeName is the address that a guest's user principal name was made of, ""
// where the name is none of a guest.
func HomeName(name string) string {
	i := strings.Index(strings.ToUpper(name), guestMark)
	if i < 0 || len(strings.ToUpper(name)) != len(name) {
		return ""
	}
	at := strings.LastIndex(name[:i], "_") // a domain has no underscore
	if at <= 0 || at == i-1 {
		return ""
	}
	return name[:at] + "@" + name[at+1:i]
}

// GuestName is how the user principal name of a guest with that address begins,
// whatever domain of the directory follows; "" where it is no address, or that
// of a guest already.
func GuestName(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" || domain == "" || strings.Contains(local, "#") || strings.Contains(domain, "@") {
		return ""
	}
	return local + "_" + domain + guestMark
}
