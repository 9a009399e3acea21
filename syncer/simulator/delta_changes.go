package simulator

import (
	"slices"
	"strings"
)

// change is everything that happened to one object between two points.
type change struct {
	position int
	whole    bool // it came, or was edited in ways that do not matter any more
	edited   map[string]bool
	members  map[reference]bool // true: gone
	order    []reference
}

// changesBetween gathers the changes of a set, in the order of the first one
// of each object.
func changesBetween(s *set, since, until uint64) []change {
	index := map[int]int{}
	var out []change
	first := sortSearch(s.log, since)
	for _, e := range s.log[first:] {
		if e.seq > until {
			break
		}
		i, ok := index[e.position]
		if !ok {
			i = len(out)
			index[e.position] = i
			out = append(out, change{position: e.position, edited: map[string]bool{}, members: map[reference]bool{}})
		}
		if e.properties == nil {
			out[i].whole = true
		}
		for _, name := range e.properties {
			out[i].edited[name] = true
		}
		for _, m := range e.members {
			if _, known := out[i].members[m.member]; !known {
				out[i].order = append(out[i].order, m.member)
			}
			out[i].members[m.member] = m.gone
		}
	}
	return out
}

// sortSearch finds the first event after a number.
func sortSearch(log []event, since uint64) int {
	i, _ := slices.BinarySearchFunc(log, since+1, func(e event, seq uint64) int {
		switch {
		case e.seq < seq:
			return -1
		case e.seq > seq:
			return 1
		}
		return 0
	})
	return i
}

// everSet writes an object as a delta does: a property that was never set is
// left out, one that was cleared since the last round is null
// (learn.microsoft.com/graph/api/user-delta).
func (s selection) everSet(o object, edited map[string]bool) row {
	return slices.DeleteFunc(s.write(o), func(f field) bool { return f.value == nil && !edited[f.name] })
}

// changeRow writes a change, or nil when nothing tracked changed.
func (t *Tenant) changeRow(s *set, c change, tracked selection, relations []string, minimal, hidden bool) row {
	o := s.even(c.position)
	id := field{"id", text(o, "id")}
	if gone, ok := s.gone[c.position]; ok {
		reason := "changed" // it can be restored
		if gone.permanent {
			reason = "deleted"
		}
		return row{id, {"@removed", row{{"reason", reason}}}}
	}
	touched := c.whole || slices.ContainsFunc(tracked.properties, func(p *property) bool { return c.edited[p.name] })
	members := t.changedMembers(c, relations, hidden)
	if !touched && members == nil {
		return nil
	}
	var out row
	switch {
	case !touched:
		out = row{id}
	case minimal && !c.whole:
		for _, p := range tracked.properties {
			if v, ok := p.read(o); ok && (c.edited[p.name] || p.name == "id") {
				out = append(out, field{p.name, v})
			}
		}
	default:
		out = tracked.everSet(o, c.edited)
	}
	if c.whole && members == nil {
		return append(out, t.wholeRelations(c.position, relations, hidden)...)
	}
	return append(out, members...)
}

// changedMembers tells who came and went. Of a group that hides its members it
// tells nothing without the permission for them, as lists do.
func (t *Tenant) changedMembers(c change, relations []string, hidden bool) []field {
	if !slices.Contains(relations, "members") || len(c.order) == 0 || !t.showsMembers(c.position, hidden) {
		return nil
	}
	var rows []row
	for _, r := range c.order {
		out := t.referenceRow(r)
		if c.members[r] {
			out = append(out, field{"@removed", row{{"reason", "deleted"}}})
		}
		rows = append(rows, out)
	}
	return []field{{"members@delta", rows}}
}

// wholeRelations lists all members and owners of a group.
func (t *Tenant) wholeRelations(position int, relations []string, hidden bool) []field {
	var out []field
	for _, name := range relations {
		var rows []row
		for _, r := range t.relation(position, name, hidden) {
			rows = append(rows, t.referenceRow(r))
		}
		if rows != nil {
			out = append(out, field{strings.ToLower(name) + "@delta", rows})
		}
	}
	return out
}

func (t *Tenant) referenceRow(r reference) row {
	if r.group {
		return row{{"@odata.type", "#microsoft.graph.group"}, {"id", text(t.groups.even(r.position), "id")}}
	}
	return row{{"@odata.type", "#microsoft.graph.user"}, {"id", text(t.users.even(r.position), "id")}}
}
