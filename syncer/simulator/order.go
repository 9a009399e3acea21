package simulator

import (
	"iter"
	"maps"
	"slices"
	"sort"
	"strings"
)

func mapKeys(m map[string]any) iter.Seq[string] { return maps.Keys(m) }

// sequence is the order in which a list is walked.
type sequence interface {
	len() int
	position(place int) int
	// resume is the place that a mark means; marks survive changes of the set.
	resume(mark sealed) int
	mark(place int) sealed
}

// natural is the order of positions.
type natural struct{ size int }

func (n natural) len() int               { return n.size }
func (n natural) position(place int) int { return place }
func (n natural) resume(mark sealed) int { return mark.Position }
func (n natural) mark(place int) sealed  { return sealed{Position: place} }

// ordered is the order of $orderby: by key, then by position.
type ordered struct {
	positions  []int
	keys       []string
	descending bool
}

func (o ordered) len() int               { return len(o.positions) }
func (o ordered) position(place int) int { return o.positions[place] }

func (o ordered) mark(place int) sealed {
	return sealed{Ordered: true, Position: o.positions[place], Key: o.keys[place]}
}

func (o ordered) resume(mark sealed) int {
	if !mark.Ordered {
		return 0
	}
	return sort.Search(len(o.positions), func(i int) bool {
		return !o.before(o.keys[i], o.positions[i], mark.Key, mark.Position)
	})
}

func (o ordered) before(keyA string, a int, keyB string, b int) bool {
	if keyA != keyB {
		return (keyA < keyB) != o.descending
	}
	return a < b
}

// orderBy is a parsed $orderby.
type orderBy struct {
	property   *property
	descending bool
}

// ordering reads $orderby.
func (x *exchange) ordering(t *entityType) (*orderBy, error) {
	if !x.query.has("$orderby") {
		return nil, nil
	}
	var out *orderBy
	for part := range strings.SplitSeq(x.query.orderBy, ",") {
		words := strings.Fields(part)
		if len(words) == 0 || len(words) > 2 || len(words) == 2 && !slices.Contains([]string{"asc", "desc"}, strings.ToLower(words[1])) {
			return nil, errBadRequest("Parsing OrderBy failed: Syntax error at position %d in '%s'.", len(part), x.query.orderBy)
		}
		p := t.property(words[0])
		if p == nil {
			return nil, errBadRequest("Parsing OrderBy failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", words[0], t.name)
		}
		needsMore := t.open && (p.sort == advancedOnly || x.query.has("$filter") || x.query.has("$search"))
		if p.sort == unsupported || out != nil || needsMore && !x.mode().advanced() {
			return nil, errUnsupportedQuery("Sorting not supported for current query.")
		}
		out = &orderBy{property: p, descending: len(words) == 2 && strings.EqualFold(words[1], "desc")}
	}
	return out, nil
}

// sorted puts the matching objects of a list in order.
func (x *exchange) sorted(l listing, match func(object) bool, by *orderBy) ordered {
	out := ordered{descending: by.descending}
	for i := range l.size() {
		o := l.at(i)
		if o == nil || !match(o) {
			continue
		}
		v, _ := by.property.read(o)
		key, _ := v.(string)
		out.positions = append(out.positions, i)
		out.keys = append(out.keys, strings.ToLower(key))
	}
	sort.Sort(&out)
	return out
}

func (o *ordered) Len() int { return len(o.positions) }

func (o *ordered) Less(i, j int) bool {
	return o.before(o.keys[i], o.positions[i], o.keys[j], o.positions[j])
}

func (o *ordered) Swap(i, j int) {
	o.positions[i], o.positions[j] = o.positions[j], o.positions[i]
	o.keys[i], o.keys[j] = o.keys[j], o.keys[i]
}
