package simulator

import (
	"slices"
	"strings"
)

// selection is what of an object is written.
type selection struct {
	properties []*property
	given      bool      // by $select
	leftOut    *property // selected and accepted, but in no row
	names      string
}

// defaults are the properties that come without $select. Only v1.0 limits
// those of the directory's objects. What has a service of its own behind it is
// never among them.
func (x *exchange) defaults(t *entityType) []*property {
	if !x.beta() || !t.open {
		return t.defaults
	}
	return slices.DeleteFunc(slices.Clone(t.properties), func(p *property) bool {
		return p.unlisted || p.guarded || p.name == signInActivity || p.name == "perUserMfaState"
	})
}

// selectOf reads $select for a type. list says that many objects are asked
// for: some properties are only to be had one object at a time.
func (x *exchange) selectOf(t *entityType, list bool) (selection, error) {
	if strings.TrimSpace(x.query.selected) == "" {
		return selection{properties: x.defaults(t)}, nil
	}
	s := selection{given: true}
	var names []string
	seen := map[*property]bool{}
	add := func(p *property) {
		if !seen[p] {
			seen[p] = true
			s.properties = append(s.properties, p)
			names = append(names, p.name)
		}
	}
	for name := range strings.SplitSeq(x.query.selected, ",") {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
			continue
		case name == "*":
			for _, p := range x.defaults(t) {
				add(p)
			}
			continue
		case strings.ContainsAny(name, " @'\"()"):
			return s, errBadRequest("Parsing OData Select and Expand failed: Term '%s' is not valid in a $select or $expand expression.", x.query.selected)
		}
		first, rest, nested := strings.Cut(name, "/")
		p := t.property(first)
		if p == nil || nested && p.part(rest) == nil {
			return s, errBadRequest("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, t.name)
		}
		if p.guarded {
			return s, errDirectoryDenied()
		}
		if p.unlisted && list {
			return s, errNotImplemented()
		}
		if p.name == perUserMfaState && x.tenant().identity.hidesBulkMfa.Load() {
			s.leftOut = p
		}
		add(p)
	}
	if len(s.properties) == 0 {
		s.properties, s.given = x.defaults(t), false
		return s, nil
	}
	s.names = strings.Join(names, ",")
	return s, nil
}

func (s selection) has(name string) bool {
	for _, p := range s.properties {
		if p.name == name {
			return true
		}
	}
	return false
}

// context is the part of @odata.context that tells what was selected.
func (s selection) context(set string) string {
	if !s.given {
		return set
	}
	return set + "(" + s.names + ")"
}

// write makes the selected properties of an object. Annotations go first.
func (s selection) write(o object, annotations ...field) row {
	out := make(row, 0, len(annotations)+len(s.properties))
	out = append(out, annotations...)
	for _, p := range s.properties {
		if v, ok := p.read(o); ok && p != s.leftOut {
			out = append(out, field{p.name, v})
		}
	}
	return out
}

// memberSelection selects from members of mixed types, where a property needs
// to be known to one of them only.
func memberSelection(selected string, types ...*entityType) (map[*entityType]selection, string, error) {
	out := map[*entityType]selection{}
	if strings.TrimSpace(selected) == "" {
		for _, t := range types {
			out[t] = selection{properties: t.defaults}
		}
		return out, "", nil
	}
	var names []string
	for name := range strings.SplitSeq(selected, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		found := false
		for _, t := range types {
			p := t.property(name)
			if p == nil || p.unlisted || p.name == signInActivity {
				continue
			}
			s := out[t]
			s.given = true
			s.properties = append(s.properties, p)
			out[t] = s
			if !found {
				names = append(names, p.name)
			}
			found = true
		}
		if !found {
			return nil, "", errBadRequest("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.directoryObject'.", name)
		}
	}
	return out, strings.Join(names, ","), nil
}
