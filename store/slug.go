package store

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const maxSlug = 50

var slugShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// reservedSlugs would hide pages below /tenants/, or read as a word of the
// command line.
var reservedSlugs = []string{"add", "all", "api", "create", "delete", "edit", "list", "new", "remove", "settings"}

func isReserved(slug string) bool { return slices.Contains(reservedSlugs, slug) }

func checkSlug(slug string) error {
	if len(slug) > maxSlug || !slugShape.MatchString(slug) {
		return InputError{
			Field: "slug",
			Message: fmt.Sprintf("Use 1 to %d lower-case letters, digits and dashes, "+
				"with a letter or digit at either end.", maxSlug),
		}
	}
	if isReserved(slug) {
		return InputError{Field: "slug", Message: fmt.Sprintf("The word %s is reserved: choose another.", slug)}
	}
	return nil
}

// slugFrom makes a slug from a name: accents are taken off, what is neither
// letter nor digit becomes a dash. A name in another script gives "tenant".
func slugFrom(name string) string {
	var b strings.Builder
	for _, r := range fold(strings.ReplaceAll(name, "&", " and ")) {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			r = ' '
		}
		b.WriteRune(r)
	}
	slug := strings.Join(strings.Fields(b.String()), "-")
	if slug == "" {
		return "tenant"
	}
	return strings.TrimRight(slug[:min(len(slug), maxSlug)], "-")
}
