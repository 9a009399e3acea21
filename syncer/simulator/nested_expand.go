package simulator

import (
	"slices"
	"strings"
)

// nested is a relation that comes along by $expand, with its own $select.
type nested struct {
	name     string
	selected string
}

// expandOption is the $expand of a request, or of the one that its link to the
// next page came from.
func (x *exchange) expandOption() string {
	if !x.query.has("$skiptoken") {
		return x.query.expand
	}
	start, err := x.s.pages.open(x.query.skipToken, pageToken, x.s.now())
	if err != nil {
		return "" // the list refuses the link
	}
	for _, o := range start.Options {
		if o.name == "$expand" {
			return o.value
		}
	}
	return ""
}

// nestedExpand reads an $expand of role management. many says that several
// relations may come along at once.
func (x *exchange) nestedExpand(t *entityType, many bool, allowed ...string) ([]nested, error) {
	source := strings.TrimSpace(x.expandOption())
	if source == "" {
		return nil, nil
	}
	parts := splitTopLevel(source)
	if source == "*" {
		parts = allowed
	}
	if len(parts) > 1 && !many {
		return nil, errRequestBadRequest("The request cannot be processed because it expands more than one property.")
	}
	var out []nested
	for _, part := range parts {
		name, options, bracket := strings.Cut(strings.TrimSpace(part), "(")
		i := slices.IndexFunc(allowed, func(a string) bool { return strings.EqualFold(a, strings.TrimSpace(name)) })
		if i < 0 {
			return nil, errBadRequest("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, t.name)
		}
		n := nested{name: allowed[i]}
		if bracket {
			option, value, _ := strings.Cut(strings.TrimSuffix(options, ")"), "=")
			if !strings.HasSuffix(options, ")") || !strings.EqualFold(strings.TrimSpace(option), "$select") {
				return nil, errBadRequest("Parsing OData Select and Expand failed: Term '%s' is not valid in a $select or $expand expression.", part)
			}
			n.selected = value
		}
		out = append(out, n)
	}
	return out, nil
}

// splitTopLevel splits at the commas outside parentheses.
func splitTopLevel(s string) []string {
	var out []string
	depth, from := 0, 0
	for i, c := range s {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			out = append(out, s[from:i])
			from = i + 1
		}
	}
	return append(out, s[from:])
}

// expandedSet is the set in @odata.context with what was expanded.
func expandedSet(set string, expand []nested) string {
	if len(expand) == 0 {
		return set
	}
	names := make([]string, len(expand))
	for i, n := range expand {
		names[i] = n.name + "()"
	}
	return set + "(" + strings.Join(names, ",") + ")"
}

// keep leaves of an object what its own $select asks for.
func (n nested) keep(r row) row {
	if n.selected == "" || r == nil {
		return r
	}
	var out row
	for _, f := range r {
		if f.name == "@odata.type" || f.name == "id" || slices.ContainsFunc(strings.Split(n.selected, ","), func(s string) bool {
			return strings.EqualFold(strings.TrimSpace(s), f.name)
		}) {
			out = append(out, f)
		}
	}
	return out
}

// orNull makes an absent object null: a nil row would be an empty object.
func orNull(r row) any {
	if r == nil {
		return nil
	}
	return r
}
