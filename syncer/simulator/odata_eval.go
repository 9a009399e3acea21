package simulator

import (
	"strconv"
	"strings"
)

func (e logical) eval(s scope) bool {
	for _, term := range e.terms {
		if term.eval(s) != e.and {
			return !e.and
		}
	}
	return e.and
}

func (e negation) eval(s scope) bool { return !e.inner.eval(s) }

func (e comparison) eval(s scope) bool {
	value := e.path.value(s)
	if e.path.count {
		n, err := strconv.Atoi(e.literal.text)
		return err == nil && (len(elements(value)) == n) == (e.op == "eq")
	}
	return compareLiteral(value, e.op, e.literal)
}

func (e membership) eval(s scope) bool {
	value := e.path.value(s)
	for _, l := range e.literals {
		if compareLiteral(value, "eq", l) {
			return true
		}
	}
	return false
}

func (e lambda) eval(s scope) bool {
	list := elements(e.path.value(s))
	if e.inner == nil {
		return len(list) > 0
	}
	for _, element := range list {
		if e.inner.eval(scope{object: s.object, element: element, name: e.variable}) {
			return true
		}
	}
	return false
}

// value follows a path from an object, or from an element of a collection.
func (p path) value(s scope) any {
	if p.variable {
		if p.property == nil {
			return s.element
		}
		v, _ := inner(s.element, p.property.name)
		return v
	}
	v, _ := p.root.read(s.object)
	current := p.root
	for _, name := range p.names[1:] {
		current = current.part(name)
		v, _ = inner(v, current.name)
	}
	return v
}

// compareLiteral compares a value with a literal. Strings of the directory do
// not depend on case. Nothing but eq and ne is true of null.
func compareLiteral(value any, op string, l literal) bool {
	if l.null || value == nil {
		isNull := value == nil
		switch op {
		case "eq":
			return isNull && l.null
		case "ne":
			return isNull != l.null
		}
		return false
	}
	switch {
	case l.bool:
		b, ok := value.(bool)
		return ok && truth(op, compareBools(b, l.flag))
	case l.kind == tokenNumber:
		n, err := strconv.ParseFloat(l.text, 64)
		v, ok := number(value)
		return err == nil && ok && truth(op, compareNumbers(v, n))
	case l.kind == tokenInstant:
		text, _ := value.(string)
		v, err := parseInstant(text)
		if err != nil {
			return false
		}
		t, err := parseInstant(l.text)
		return err == nil && truth(op, v.Compare(t))
	}
	v, ok := value.(string)
	if !ok {
		return false
	}
	v, want := strings.ToLower(v), strings.ToLower(l.text)
	switch op {
	case "startsWith":
		return strings.HasPrefix(v, want)
	case "endsWith":
		return strings.HasSuffix(v, want)
	case "contains":
		return strings.Contains(v, want)
	}
	return truth(op, strings.Compare(v, want))
}

func truth(op string, order int) bool {
	switch op {
	case "eq":
		return order == 0
	case "ne":
		return order != 0
	case "ge":
		return order >= 0
	case "le":
		return order <= 0
	case "gt":
		return order > 0
	case "lt":
		return order < 0
	}
	return false
}

func number(value any) (float64, bool) {
	switch v := value.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func compareNumbers(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
