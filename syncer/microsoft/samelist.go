package microsoft

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// sameCollection reports whether two URLs of the resource name the same
// collection, in whichever of the spellings that Microsoft's services take and
// send (learn.microsoft.com/graph/use-the-api, OData 4.01 URL conventions):
// letter case, percent encoding, keys in brackets or as a segment, casts to a
// type, the version, a slash at the end, arguments of a function. The rest of
// the links, which are opaque, is theirs.
func (r *resource) sameCollection(a, b *url.URL) bool {
	from, to := r.collection(a), r.collection(b)
	return max(len(from), len(to)) <= deepest && sameSegments(from, to)
}

// deepest is how many segments a path may have: Microsoft's have ten at most, and
// to compare endless ones takes long.
const deepest = 30

// version segments, of Graph and of Defender's older addresses.
var versions = []string{"v1.0", "beta", "v1"}

// collection returns the segments of a path that tell what is listed.
func (r *resource) collection(u *url.URL) []string {
	path := u.EscapedPath()
	if base := r.base.EscapedPath(); base != "" && len(path) > len(base) && strings.EqualFold(path[:len(base)], base) && path[len(base)] == '/' {
		path = path[len(base):]
	}
	var all []string
	for _, segment := range strings.Split(path, "/") {
		if plain, err := url.PathUnescape(segment); err == nil {
			segment = plain
		}
		segment = strings.ToLower(segment)
		versioned := len(all) == 0 || len(all) == 1 && all[0] == "api"
		if segment == "" || versioned && slices.Contains(versions, segment) {
			continue
		}
		all = append(all, keyed(segment)...)
	}
	return all
}

// arguments are what a segment has in brackets: a key, or a function's
// arguments.
var arguments = regexp.MustCompile(`^([^()]+)\((.*)\)$`)

// keyed takes a segment apart: the key of users('x') is a segment of its own, a
// function's arguments are not.
func keyed(segment string) []string {
	m := arguments.FindStringSubmatch(segment)
	if m == nil {
		return []string{segment}
	}
	name, key := m[1], strings.TrimSpace(m[2])
	if argument, value, named := strings.Cut(key, "="); named && !strings.HasPrefix(key, "'") {
		if strings.TrimSpace(argument) != "id" || strings.Contains(value, ",") {
			return []string{name}
		}
		key = strings.TrimSpace(value)
	}
	if key == "" {
		return []string{name}
	}
	if len(key) >= 2 && key[0] == '\'' && key[len(key)-1] == '\'' {
		key = strings.ReplaceAll(key[1:len(key)-1], "''", "'")
	}
	return []string{name, key}
}

// sameSegments compares two paths; a cast to a type may be in one of them
// alone.
func sameSegments(a, b []string) bool {
	switch {
	case len(a) > 0 && len(b) > 0 && sameSegment(a[0], b[0]) && sameSegments(a[1:], b[1:]):
		return true
	case len(a) > 0 && isCast(a[0]):
		return sameSegments(a[1:], b)
	case len(b) > 0 && isCast(b[0]):
		return sameSegments(a, b[1:])
	}
	return len(a) == 0 && len(b) == 0
}

// sameSegment compares two segments; the name of a function may have its
// namespace before it, as in sites/oneDrive.getAllSites.
func sameSegment(a, b string) bool {
	return a == b || strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a)
}

func isCast(segment string) bool {
	return strings.HasPrefix(segment, "microsoft.graph.") || strings.HasPrefix(segment, "graph.")
}
