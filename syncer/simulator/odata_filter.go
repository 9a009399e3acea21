package simulator

import (
	"slices"
	"strings"
)

// expression is a node of a $filter.
type expression interface {
	// eval judges an object, or an element of a collection in a lambda.
	eval(s scope) bool
}

// scope is what names in a filter stand for.
type scope struct {
	object  object
	element any    // of the innermost lambda
	name    string // the lambda's variable
}

type (
	logical struct {
		and   bool
		terms []expression
	}
	negation   struct{ inner expression }
	comparison struct {
		path    path
		op      string // eq ne ge le gt lt startsWith endsWith contains
		literal literal
	}
	membership struct {
		path     path
		literals []literal
	}
	lambda struct {
		path     path
		variable string
		inner    expression // nil: any() without a condition
	}
)

// path is a property, a part of one, or the count of a collection.
type path struct {
	names    []string
	variable bool // the first name is a lambda's variable
	count    bool
	property *property // what it leads to; nil for the variable itself
	root     *property // the object's property that it begins with
	kind     kind
}

type literal struct {
	kind tokenKind
	text string
	null bool
	flag bool
	bool bool // it is a truth value
}

// maxFilterDepth bounds nesting, so that no input exhausts the stack.
const maxFilterDepth = 50

// filterParser parses a $filter of one type.
type filterParser struct {
	source string
	tokens []filterToken
	next   int
	depth  int
	typ    *entityType
	mode   mode
	// Inside a lambda: its variable and what its elements are.
	variable string
	elements *property
	clauses  int // terms of or, values of in
	roots    map[string]bool
}

// parseFilter parses a $filter and checks every property and operator in it
// against what the type supports.
func parseFilter(source string, t *entityType, m mode) (expression, map[string]bool, error) {
	tokens, err := lexFilter(source)
	if err != nil {
		return nil, nil, err
	}
	p := &filterParser{source: source, tokens: tokens, typ: t, mode: m, roots: map[string]bool{}}
	e, err := p.or()
	if err != nil {
		return nil, nil, err
	}
	if p.peek().kind != tokenEnd {
		return nil, nil, p.syntaxError()
	}
	return e, p.roots, nil
}

func (p *filterParser) peek() filterToken { return p.tokens[p.next] }

func (p *filterParser) take() filterToken {
	t := p.tokens[p.next]
	if t.kind != tokenEnd {
		p.next++
	}
	return t
}

func (p *filterParser) word(word string) bool {
	t := p.peek()
	if t.kind == tokenWord && strings.EqualFold(t.text, word) {
		p.next++
		return true
	}
	return false
}

func (p *filterParser) punctuation(c string) bool {
	t := p.peek()
	if t.kind == tokenPunctuation && t.text == c {
		p.next++
		return true
	}
	return false
}

func (p *filterParser) syntaxError() error {
	return errBadRequest("Invalid filter clause: Syntax error at position %d in '%s'.", p.peek().at, p.source)
}

func (p *filterParser) or() (expression, error) {
	if p.depth++; p.depth > maxFilterDepth {
		return nil, errBadRequest("Invalid filter clause: Recursion depth exceeded allowed limit.")
	}
	defer func() { p.depth-- }()
	terms, err := p.series("or", p.and)
	if err != nil {
		return nil, err
	}
	if len(terms) == 1 {
		return terms[0], nil
	}
	if p.typ.plain && !ofOneProperty(terms) {
		return nil, errBadRequest("Invalid filter clause")
	}
	if err := p.countClauses(len(terms)); err != nil {
		return nil, err
	}
	return logical{terms: terms}, nil
}

// ofOneProperty reports whether alternatives are values of one property that
// has or: that is all that plain types know of it.
func ofOneProperty(terms []expression) bool {
	first, ok := terms[0].(comparison)
	return ok && first.path.root.ops["or"] != unsupported && !slices.ContainsFunc(terms, func(e expression) bool {
		c, ok := e.(comparison)
		return !ok || c.op != "eq" || c.path.root != first.path.root
	})
}

// countClauses enforces the directory's limit on alternatives.
func (p *filterParser) countClauses(n int) error {
	if p.clauses += n; p.typ.open && p.clauses > 15 {
		return errUnsupportedQuery("Too many child clauses specified in search filter expression containing 'OR' operators: %d. Max allowed: 15.", p.clauses)
	}
	return nil
}

func (p *filterParser) and() (expression, error) {
	terms, err := p.series("and", p.unary)
	if err != nil {
		return nil, err
	}
	if len(terms) == 1 {
		return terms[0], nil
	}
	return logical{and: true, terms: terms}, nil
}

func (p *filterParser) series(word string, term func() (expression, error)) ([]expression, error) {
	var terms []expression
	for {
		e, err := term()
		if err != nil {
			return nil, err
		}
		terms = append(terms, e)
		if !p.word(word) {
			return terms, nil
		}
	}
}

func (p *filterParser) unary() (expression, error) {
	if p.word("not") {
		if p.depth++; p.depth > maxFilterDepth {
			return nil, errBadRequest("Invalid filter clause: Recursion depth exceeded allowed limit.")
		}
		defer func() { p.depth-- }()
		e, err := p.unary()
		if err != nil {
			return nil, err
		}
		if p.typ.plain {
			return nil, errBadRequest("Invalid filter clause")
		}
		if err := p.needAdvanced("not", "Filter operator 'Not' is not supported."); err != nil {
			return nil, err
		}
		return negation{e}, nil
	}
	if p.punctuation("(") {
		e, err := p.or()
		if err != nil {
			return nil, err
		}
		if !p.punctuation(")") {
			return nil, p.syntaxError()
		}
		return e, nil
	}
	return p.condition()
}
