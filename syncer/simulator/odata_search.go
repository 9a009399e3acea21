package simulator

import (
	"strings"
	"unicode"
)

// parseSearch reads a $search: "property:words" clauses, quoted, joined by AND
// and OR. Words match the beginnings of a value's words.
func parseSearch(source string, t *entityType, eventually bool) (func(object) bool, error) {
	if !t.open || t.property("displayName") == nil {
		return nil, errBadRequest("The query parameter '$search' is not supported.")
	}
	if !eventually {
		return nil, errUnsupportedQuery("Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'")
	}
	p := &searchParser{rest: strings.TrimSpace(source), source: source, typ: t}
	found, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.rest != "" {
		return nil, p.syntaxError()
	}
	return found, nil
}

type searchParser struct {
	rest, source string
	typ          *entityType
}

func (p *searchParser) syntaxError() error {
	return errBadRequest("Syntax error: character '%s' is not valid at position %d in '%s'.", firstRune(p.rest), len(p.source)-len(p.rest), p.source)
}

func (p *searchParser) take(word string) bool {
	rest, ok := strings.CutPrefix(p.rest, word)
	if ok {
		p.rest = strings.TrimSpace(rest)
	}
	return ok
}

func (p *searchParser) or(depth int) (func(object) bool, error) {
	left, err := p.and(depth)
	if err != nil {
		return nil, err
	}
	for p.take("OR") {
		right, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		previous := left
		left = func(o object) bool { return previous(o) || right(o) }
	}
	return left, nil
}

func (p *searchParser) and(depth int) (func(object) bool, error) {
	left, err := p.clause(depth)
	if err != nil {
		return nil, err
	}
	for p.take("AND") {
		right, err := p.clause(depth)
		if err != nil {
			return nil, err
		}
		previous := left
		left = func(o object) bool { return previous(o) && right(o) }
	}
	return left, nil
}

func (p *searchParser) clause(depth int) (func(object) bool, error) {
	if depth > maxFilterDepth {
		return nil, p.syntaxError()
	}
	if p.take("(") {
		inner, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if !p.take(")") {
			return nil, p.syntaxError()
		}
		return inner, nil
	}
	if !strings.HasPrefix(p.rest, `"`) {
		return nil, p.syntaxError()
	}
	body, rest, ok := strings.Cut(p.rest[1:], `"`)
	if !ok {
		return nil, p.syntaxError()
	}
	p.rest = strings.TrimSpace(rest)
	name, words, ok := strings.Cut(body, ":")
	if !ok {
		return nil, errBadRequest("Invalid $search clause: a property name and a value separated by a colon are expected in '%s'.", body)
	}
	property := p.typ.property(strings.TrimSpace(name))
	if property == nil {
		return nil, errBadRequest("Invalid $search clause: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, p.typ.name)
	}
	if property.ops["startsWith"] == unsupported && property.name != "description" {
		return nil, errUnsupportedQuery("Unsupported or invalid search clause specified for property '%s' of resource '%s'.", property.name, p.typ.resource)
	}
	wanted := searchWords(words)
	return func(o object) bool {
		v, _ := property.read(o)
		if s, ok := v.(string); ok {
			return hasWords(s, wanted)
		}
		for _, element := range elements(v) {
			if s, ok := element.(string); ok && hasWords(s, wanted) {
				return true
			}
		}
		return false
	}, nil
}

// searchWords splits text as the directory's index does.
func searchWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func hasWords(value string, wanted []string) bool {
	words := searchWords(value)
	for _, w := range wanted {
		found := false
		for _, have := range words {
			found = found || strings.HasPrefix(have, w)
		}
		if !found {
			return false
		}
	}
	return len(wanted) > 0
}
