package simulator

import (
	"strings"
)

// condition parses what is not a combination: a function or a comparison.
func (p *filterParser) condition() (expression, error) {
	t := p.peek()
	if t.kind != tokenWord {
		return nil, p.syntaxError()
	}
	if after := p.tokens[p.next+1]; after.kind == tokenPunctuation && after.text == "(" {
		return p.function()
	}
	left, lambdaName, err := p.path()
	if err != nil {
		return nil, err
	}
	if lambdaName != "" {
		return p.lambda(left, lambdaName)
	}
	op := p.take()
	if op.kind != tokenWord {
		p.next--
		return nil, errBadRequest("Invalid filter clause: The $filter expression must evaluate to a single boolean value.")
	}
	name := strings.ToLower(op.text)
	switch name {
	case "eq", "ne", "ge", "le", "gt", "lt":
		right, err := p.literal()
		if err != nil {
			return nil, err
		}
		if err := p.check(left, name, right); err != nil {
			return nil, err
		}
		return comparison{left, name, right}, nil
	case "in":
		return p.in(left)
	}
	p.next--
	return nil, p.syntaxError()
}

func (p *filterParser) in(left path) (expression, error) {
	if !p.punctuation("(") {
		return nil, p.syntaxError()
	}
	m := membership{path: left}
	for {
		value, err := p.literal()
		if err != nil {
			return nil, err
		}
		if err := p.check(left, "in", value); err != nil {
			return nil, err
		}
		m.literals = append(m.literals, value)
		if p.punctuation(",") {
			continue
		}
		if !p.punctuation(")") {
			return nil, p.syntaxError()
		}
		return m, p.countClauses(len(m.literals))
	}
}

// function parses startswith(property,'text') and its like.
func (p *filterParser) function() (expression, error) {
	name := p.take().text
	op := ""
	switch strings.ToLower(name) {
	case "startswith":
		op = "startsWith"
	case "endswith":
		op = "endsWith"
	case "contains":
		op = "contains"
	case "tolower", "toupper", "length", "indexof", "substring", "concat", "year", "month", "day", "trim":
		return nil, errUnsupportedQuery("Unsupported Query.")
	default:
		return nil, errBadRequest("Invalid filter clause: An unknown function with name '%s' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed.", name)
	}
	p.next++ // the parenthesis that condition saw
	left, lambdaName, err := p.path()
	if err != nil {
		return nil, err
	}
	if lambdaName != "" || !p.punctuation(",") {
		return nil, p.syntaxError()
	}
	right, err := p.literal()
	if err != nil {
		return nil, err
	}
	if !p.punctuation(")") {
		return nil, p.syntaxError()
	}
	if right.kind != tokenText || right.null {
		return nil, errBadRequest("Invalid filter clause: No function signature for the function with name '%s' matches the specified arguments.", strings.ToLower(name))
	}
	if err := p.check(left, op, right); err != nil {
		return nil, err
	}
	return comparison{left, op, right}, nil
}

// path parses a property path. lambdaName is "any" when one follows.
func (p *filterParser) path() (found path, lambdaName string, err error) {
	for {
		t := p.take()
		if t.kind != tokenWord {
			p.next = max(0, p.next-1)
			return found, "", p.syntaxError()
		}
		switch name := strings.ToLower(t.text); {
		case name == "$count" && len(found.names) > 0:
			found.count = true
			return found, "", p.resolve(&found)
		case (name == "any" || name == "all") && len(found.names) > 0 && p.peek().text == "(":
			return found, name, p.resolve(&found)
		}
		found.names = append(found.names, t.text)
		if !p.punctuation("/") {
			return found, "", p.resolve(&found)
		}
	}
}

// lambda parses any(x:condition) after a collection.
func (p *filterParser) lambda(left path, name string) (expression, error) {
	if name == "all" {
		return nil, errUnsupportedQuery("Unsupported Query.")
	}
	if left.property == nil || !left.property.kind.collection() || left.variable {
		return nil, errBadRequest("Invalid filter clause: Any/All may only be used following a collection.")
	}
	if p.variable != "" {
		return nil, errUnsupportedQuery("Unsupported Query.")
	}
	p.next++ // the parenthesis that path saw
	if p.punctuation(")") {
		return lambda{path: left}, p.needAdvanced("any", "Unsupported Query.")
	}
	variable := p.take()
	if variable.kind != tokenWord || !p.punctuation(":") {
		return nil, p.syntaxError()
	}
	p.variable, p.elements = variable.text, left.property
	defer func() { p.variable, p.elements = "", nil }()
	inner, err := p.or()
	if err != nil {
		return nil, err
	}
	if !p.punctuation(")") {
		return nil, p.syntaxError()
	}
	return lambda{path: left, variable: variable.text, inner: inner}, nil
}

func (p *filterParser) literal() (literal, error) {
	t := p.take()
	switch t.kind {
	case tokenText, tokenNumber, tokenInstant, tokenGUID:
		return literal{kind: t.kind, text: t.text}, nil
	case tokenWord:
		switch strings.ToLower(t.text) {
		case "null":
			return literal{kind: tokenWord, null: true}, nil
		case "true", "false":
			return literal{kind: tokenWord, bool: true, flag: strings.EqualFold(t.text, "true")}, nil
		}
	}
	p.next = max(0, p.next-1)
	return literal{}, p.syntaxError()
}
