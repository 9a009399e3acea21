package simulator

import (
	"slices"
	"strings"
)

// kind is the type of a property, as far as queries care.
type kind int

const (
	kindText kind = iota
	kindFlag
	kindNumber
	kindInstant
	kindGUID
	kindComplex // one complex value, with properties of its own
	kindTexts   // collections
	kindComplexes
)

func (k kind) collection() bool { return k == kindTexts || k == kindComplexes }

// edm is the type's name in error texts.
func (k kind) edm() string {
	switch k {
	case kindFlag:
		return "Edm.Boolean"
	case kindNumber:
		return "Edm.Int32"
	case kindInstant:
		return "Edm.DateTimeOffset"
	case kindGUID:
		return "Edm.Guid"
	}
	return "Edm.String"
}

// support says how an operator works on a property.
type support int

const (
	unsupported  support = iota
	byDefault            // always
	advancedOnly         // with ConsistencyLevel: eventual and $count=true
)

// property describes a property of a type.
type property struct {
	name      string
	kind      kind
	byDefault bool // returned without $select
	unlisted  bool // kept outside the directory: asking for it in a list is 501
	leftOut   bool // absent, and not null, where there is no value
	guarded   bool // needs a permission of its own
	sort      support
	ops       map[string]support // filter operators: eq ge le in startsWith endsWith null
	inside    []*property        // of a complex value or the elements of a collection
}

// entityType is a type of Graph with the properties that it has.
type entityType struct {
	name       string // "user"
	resource   string // as error texts of the directory name it: "User"
	open       bool   // the directory's rules for filters hold
	plain      bool   // filters know no not, and ne and or only where they are named
	properties []*property
	byName     map[string]*property // by lower-case name
	defaults   []*property
}

func newType(name, resource string, directory bool, properties ...*property) *entityType {
	t := &entityType{name: name, resource: resource, open: directory, properties: properties, byName: map[string]*property{}}
	for _, p := range properties {
		t.byName[strings.ToLower(p.name)] = p
		if p.byDefault {
			t.defaults = append(t.defaults, p)
		}
	}
	return t
}

// plainly takes not from a type's filters, and ne and or where they are not named.
func (t *entityType) plainly() *entityType { t.plain = true; return t }

// property finds a property; Graph does not care about case.
func (t *entityType) property(name string) *property { return t.byName[strings.ToLower(name)] }

// prop declares a property. ops lists the operators of Microsoft's table of
// $filter support (learn.microsoft.com/graph/aad-advanced-queries): each one
// works by default, or, with "*" after it, in advanced queries only.
func prop(name string, k kind, ops string) *property {
	p := &property{name: name, kind: k, ops: map[string]support{}}
	for _, op := range strings.Fields(ops) {
		if plain, ok := strings.CutSuffix(op, "*"); ok {
			p.ops[plain] = advancedOnly
		} else {
			p.ops[op] = byDefault
		}
	}
	return p
}

func (p *property) inDefault() *property       { p.byDefault = true; return p }
func (p *property) sorted(s support) *property { p.sort = s; return p }
func (p *property) outside() *property         { p.unlisted = true; return p }
func (p *property) optional() *property        { p.leftOut = true; return p }
func (p *property) needsMore() *property       { p.guarded = true; return p }
func (p *property) of(inside ...*property) *property {
	p.inside = inside
	return p
}

// part finds a property of a complex value.
func (p *property) part(name string) *property {
	i := slices.IndexFunc(p.inside, func(q *property) bool { return strings.EqualFold(q.name, name) })
	if i < 0 {
		return nil
	}
	return p.inside[i]
}

// empty is the value of a property that an object does not have.
func (p *property) empty() any {
	if p.kind.collection() {
		return []string{}
	}
	return nil
}

// read returns a property of an object as it is written; ok is false where it
// is left out.
func (p *property) read(o object) (any, bool) {
	v, ok := o.get(p.name)
	if !ok {
		return p.empty(), !p.leftOut
	}
	if v == nil && p.leftOut {
		return nil, false
	}
	return v, true
}
