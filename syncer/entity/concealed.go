package entity

import "strings"

// Concealment says how Microsoft conceals what the objects of a report are
// (learn.microsoft.com/graph/api/resources/adminreportsettings). Such an object
// cannot be found again in a later report: it is a line of a snapshot.
type Concealment struct {
	// Of reports whether an object with an id is concealed all the same, because
	// the id is not the real one; nil: an object with an id is not.
	Of func(o Object) bool
	// What is concealed, as a plural: "site IDs".
	What string
	// Cure is the step that ends it, a full sentence, and Link the page for it.
	Cure, Link string
}

// linePrefix begins the ids that are made for lines without an identity. A
// user principal name can have no colon
// (learn.microsoft.com/graph/api/resources/user, userPrincipalName).
const linePrefix = "line:"

// LineID makes the id of a line without an identity for the one list that it
// is in. No other list may be compared with it.
func LineID(content string) string { return linePrefix + content }

// IsLine reports whether an id was made by LineID.
func IsLine(id string) bool { return strings.HasPrefix(id, linePrefix) }

// LineIDs are the bounds of all ids that LineID makes: at or above from, below
// to.
func LineIDs() (from, to string) { return linePrefix, "line;" }

// NoID reports whether a text is no id: blank, or the GUID of zeros that
// Microsoft writes where it has none to give.
func NoID(id string) bool {
	id = strings.Trim(strings.TrimSpace(id), "{}")
	return strings.Trim(id, "0-") == "" && (id == "" || len(id) >= 32)
}
