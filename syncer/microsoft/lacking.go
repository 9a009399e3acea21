package microsoft

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// mostLacking is how many properties of one list may be left out: each costs a
// request.
const mostLacking = 20

// Lacking are the properties that a source was found not to have, such as one
// that a national cloud does not know: a query that names it is refused as a
// whole. What $expand brings is named with it: "principal.displayName". A nil
// Lacking learns nothing. It is not safe for concurrent use.
type Lacking struct{ names []string }

// NewLacking begins with properties that are known to be lacking.
func NewLacking(names ...string) *Lacking { return &Lacking{slices.Clone(names)} }

// Names returns the properties in the order in which they were found lacking.
func (l *Lacking) Names() []string {
	if l == nil {
		return nil
	}
	return slices.Clone(l.names)
}

func (l *Lacking) add(name string) {
	if l != nil && !slices.Contains(l.names, name) {
		l.names = append(l.names, name)
	}
}

func (l *Lacking) forget() {
	if l != nil {
		l.names = nil
	}
}

// unknownProperty is how Microsoft's services name a property that a type does
// not have, and the type where they name it.
var unknownProperty = []*regexp.Regexp{
	regexp.MustCompile(`(?i)could not find a property named '([^']+)'(?: on type '([^']+)')?`),
	regexp.MustCompile(`(?i)property '([^']+)' does not exist(?: on type '([^']+)')?`),
	regexp.MustCompile(`(?i)(?:invalid|unknown|unrecognized) property '([^']+)'()`),
}

// learn reports whether a failure is that the query names a property which the
// source does not have, and notes it: the query is worth another try without.
func (l *Lacking) learn(err error, path string, q url.Values) bool {
	var p *entity.Problem
	if l == nil || !errors.As(problemOf(err), &p) || p.Status != http.StatusBadRequest || len(l.names) >= mostLacking {
		return false
	}
	for _, form := range unknownProperty {
		m := form.FindStringSubmatch(p.Message)
		if m == nil {
			continue
		}
		if name := find(path, q, m[1], m[2]); name != "" && name != "id" {
			l.add(name)
			return true
		}
	}
	return false
}

// find returns what a query calls the property of a type: it may be selected of
// the objects themselves, of those that are expanded, or be expanded itself.
func find(path string, q url.Values, property, ofType string) string {
	var found []string
	for _, name := range strings.Split(q.Get("$select"), ",") {
		if strings.EqualFold(name, property) {
			found = append(found, name)
		}
	}
	for _, e := range expansions(q.Get("$expand")) {
		if strings.EqualFold(e.name, property) {
			found = append(found, e.name)
		}
		for _, name := range e.selected() {
			if strings.EqualFold(name, property) {
				found = append(found, e.name+"."+name)
			}
		}
	}
	if len(found) == 0 {
		return ""
	}
	// Of several the type tells: "microsoft.graph.group" is what "/groups" lists.
	listed := strings.ToLower(path[strings.LastIndexByte(path, '/')+1:])
	one := strings.ToLower(ofType[strings.LastIndexByte(ofType, '.')+1:])
	if len(found) > 1 && one != "" && !strings.HasPrefix(listed, strings.TrimSuffix(one, "y")) {
		return found[1]
	}
	return found[0]
}

// trim returns a query without what is lacking.
func (l *Lacking) trim(q url.Values) url.Values {
	if l == nil || len(l.names) == 0 {
		return q
	}
	q = maps.Clone(q)
	if q.Has("$select") {
		q.Set("$select", strings.Join(l.kept("", strings.Split(q.Get("$select"), ",")), ","))
	}
	if !q.Has("$expand") {
		return q
	}
	var items []string
	for _, e := range expansions(q.Get("$expand")) {
		if slices.Contains(l.names, e.name) {
			continue
		}
		for i, option := range e.options {
			if names, is := strings.CutPrefix(option, "$select="); is {
				e.options[i] = "$select=" + strings.Join(l.kept(e.name+".", strings.Split(names, ",")), ",")
			}
		}
		items = append(items, e.String())
	}
	q.Set("$expand", strings.Join(items, ","))
	if len(items) == 0 {
		q.Del("$expand")
	}
	return q
}

// kept are the names that are not lacking; the id, where nothing else is left.
func (l *Lacking) kept(prefix string, names []string) []string {
	names = slices.DeleteFunc(names, func(name string) bool { return slices.Contains(l.names, prefix+name) })
	if len(names) == 0 {
		return []string{"id"}
	}
	return names
}

// expansion is one item of $expand: "principal($select=id,displayName)".
type expansion struct {
	name    string
	options []string
}

func (e expansion) String() string {
	if len(e.options) == 0 {
		return e.name
	}
	return e.name + "(" + strings.Join(e.options, ";") + ")"
}

func (e expansion) selected() []string {
	for _, option := range e.options {
		if names, is := strings.CutPrefix(option, "$select="); is {
			return strings.Split(names, ",")
		}
	}
	return nil
}

// expansions takes $expand apart.
func expansions(expand string) (items []expansion) {
	for _, item := range outside(expand, ',') {
		name, options, has := strings.Cut(item, "(")
		e := expansion{name: name}
		if has {
			e.options = outside(strings.TrimSuffix(options, ")"), ';')
		}
		items = append(items, e)
	}
	return items
}

// outside splits a text where a character stands outside of parentheses.
func outside(s string, at rune) (parts []string) {
	depth, from := 0, 0
	for i, r := range s {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == at && depth == 0:
			parts, from = append(parts, s[from:i]), i+1
		}
	}
	if s[from:] != "" {
		parts = append(parts, s[from:])
	}
	return parts
}
