package simulator

import (
	"slices"
	"strings"
)

// resolve finds what a path leads to.
func (p *filterParser) resolve(found *path) error {
	names := found.names
	if p.variable != "" && names[0] == p.variable {
		found.variable, found.root, found.kind = true, p.elements, kindText
		if len(names) == 1 {
			return nil
		}
		found.property = p.elements.part(names[1])
		if found.property == nil || len(names) > 2 {
			return errBadRequest("Invalid filter clause: Could not find a property named '%s' on type 'microsoft.graph.%s'.", strings.Join(names[1:], "/"), p.elements.name)
		}
		found.kind = found.property.kind
		return nil
	}
	current := p.typ.property(names[0])
	if current == nil {
		return errBadRequest("Invalid filter clause: Could not find a property named '%s' on type 'microsoft.graph.%s'.", names[0], p.typ.name)
	}
	p.roots[current.name] = true
	found.root = current
	for _, name := range names[1:] {
		next := current.part(name)
		if next == nil {
			return errBadRequest("Invalid filter clause: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, current.name)
		}
		current = next
	}
	found.property, found.kind = current, current.kind
	return nil
}

// check judges an operator on a path, against its type and against what the
// service supports.
func (p *filterParser) check(left path, op string, right literal) error {
	if left.count {
		if !left.property.kind.collection() || right.kind != tokenNumber || !slices.Contains([]string{"eq", "ne"}, op) {
			return errUnsupportedQuery("Unsupported Query.")
		}
		return p.needAdvanced("$count", "Unsupported Query.")
	}
	if left.property != nil && left.property.kind.collection() {
		return errBadRequest("Invalid filter clause: A binary operator with incompatible types was detected. Found operand types 'Collection(%s)' and '%s' for operator kind '%s'.", left.property.kind.edm(), right.edm(), operatorKind(op))
	}
	if !right.null && !right.fits(left.kind) {
		return errBadRequest("Invalid filter clause: A binary operator with incompatible types was detected. Found operand types '%s' and '%s' for operator kind '%s'.", left.kind.edm(), right.edm(), operatorKind(op))
	}
	return p.supported(left, op, right)
}

// supported looks the operator up in Microsoft's table.
func (p *filterParser) supported(left path, op string, right literal) error {
	judged := left.property
	if left.variable && judged == nil {
		judged = left.root // an element of a collection of strings
	}
	if left.variable && judged != left.root && len(left.root.ops) == 0 {
		judged = left.root
	}
	key := op
	switch {
	case op == "ne":
		key = "eq" // all that support eq support ne, in advanced queries
	case right.null:
		key = "null"
	}
	level := judged.ops[key]
	if !p.typ.open {
		if level == unsupported || op == "ne" && p.typ.plain && judged.ops["ne"] == unsupported {
			return errBadRequest("Invalid filter clause")
		}
		return nil
	}
	if right.null && op == "ne" && judged.ops["null"] == unsupported {
		level = unsupported
	}
	if op == "gt" || op == "lt" {
		return errUnsupportedQuery("Unsupported property filter clause operator '%s'.", operatorKind(op))
	}
	if level == unsupported {
		return errUnsupportedQuery("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", judged.name, p.typ.resource)
	}
	if op == "ne" {
		return p.needAdvanced(op, "Unsupported property filter clause operator 'NotEqualsMatch'.")
	}
	if level == advancedOnly {
		return p.needAdvanced(op, "Unsupported or invalid query filter clause specified for property '"+judged.name+"' of resource '"+p.typ.resource+"'.")
	}
	return nil
}

// needAdvanced refuses a query that is not an advanced one.
func (p *filterParser) needAdvanced(op, text string) error {
	switch {
	case !p.typ.open || p.mode.advanced():
		return nil
	case p.mode.eventual:
		return errUnsupportedQuery("Unsupported Query.")
	case op == "endsWith" || op == "startsWith":
		return errUnsupportedQuery("Operator: '%s' is not supported because the 'ConsistencyLevel:eventual' header is missing. Refer to https://aka.ms/graph-docs/advanced-queries for more information", op)
	}
	return errUnsupportedQuery("%s", text)
}

func operatorKind(op string) string {
	switch op {
	case "eq", "in":
		return "Equal"
	case "ne":
		return "NotEqual"
	case "ge":
		return "GreaterThanOrEqual"
	case "le":
		return "LessThanOrEqual"
	case "gt":
		return "GreaterThan"
	case "lt":
		return "LessThan"
	}
	return op
}

func (l literal) edm() string {
	switch {
	case l.bool:
		return kindFlag.edm()
	case l.kind == tokenNumber:
		return kindNumber.edm()
	case l.kind == tokenInstant:
		return kindInstant.edm()
	case l.kind == tokenGUID:
		return kindGUID.edm()
	}
	return kindText.edm()
}

func (l literal) fits(k kind) bool {
	switch k {
	case kindFlag:
		return l.bool
	case kindNumber:
		return l.kind == tokenNumber
	case kindInstant:
		return l.kind == tokenInstant
	case kindGUID:
		return l.kind == tokenGUID
	case kindText:
		return l.kind == tokenText
	}
	return false
}
