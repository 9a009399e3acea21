package microsoft

import (
	"regexp"
	"slices"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// announced are the words after which Microsoft lists permissions of which one
// suffices, with the words that end the list.
var announced = []struct{ after, before string }{
	{"API required roles:", "application roles"},
	{"required application permissions", ")"},
	{"of the following scopes:", " - "},
	{"required MSGraph permissions", ""},
	{"missing permission scope", ""},
	{"the expected permission", ""},
}

var permissionName = regexp.MustCompile(`\b[A-Z][A-Za-z]*(?:-[A-Za-z]+)?(?:\.[A-Z][A-Za-z]*)+\b`)

// namedPermissions returns the permissions that a message asks for: of several
// that would do, the one that the part wants, else one that only reads.
func namedPermissions(message string, part *entity.Part) []string {
	for _, a := range announced {
		_, list, found := strings.Cut(message, a.after)
		if !found {
			continue
		}
		if a.before != "" {
			list, _, _ = strings.Cut(list, a.before)
		}
		names := permissionName.FindAllString(list, -1)
		if len(names) == 0 {
			continue
		}
		if part != nil {
			for _, name := range names {
				if slices.ContainsFunc(part.Needs, func(any entity.AnyOf) bool { return slices.Contains(any, name) }) {
					return []string{name}
				}
			}
		}
		for _, name := range names {
			if !strings.Contains(name, "Write") {
				return []string{name}
			}
		}
		return names[:1]
	}
	return nil
}

// missing returns the permissions of a part that the newest token lacks: the
// preferred one of each set of which one suffices. While the token's
// permissions are unknown these are all of them.
func (c *Client) missing(t *trip) []string {
	if t.part == nil {
		return nil
	}
	held := t.resource.tokens.newest()
	var names []string
	for _, any := range t.part.Needs {
		granted := held.readable && slices.ContainsFunc(any, func(name string) bool { return slices.Contains(held.roles, name) })
		if len(any) > 0 && !granted {
			names = append(names, any[0])
		}
	}
	return names
}

// lacks reports whether the newest token is known to lack a permission of the
// part.
func (c *Client) lacks(t *trip) bool {
	return t.resource.tokens.newest().readable && len(c.missing(t)) > 0
}
