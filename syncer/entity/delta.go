package entity

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Delta says how to read what changed since the last full list
// (learn.microsoft.com/graph/delta-query-overview). Of a part that is read for
// each row of another entity, it is the delta of these rows: each of the fan's
// lists names the property that tells who came and went.
type Delta struct {
	Path string // "/users/delta"
	// Since is set where changes are asked for since a time, and not by a link
	// that Microsoft makes.
	Since *Since
}

// Since says how changes since a time are asked for.
type Since struct {
	Param string // the query parameter that takes the time: "sinceTime"
	Query url.Values
	// Margin is how much earlier than the list began its changes are asked for:
	// the list itself may be that old. What comes twice does no harm.
	Margin time.Duration
	// Gone reports whether an object of the changes is a tombstone.
	Gone func(o Object) bool
	// At tells when a change was made; the zero time where it does not say.
	At func(o Object) time.Time
}

// Unsent is the cell of a property that an object of a delta came without: it
// did not change, or was never set (learn.microsoft.com/graph/api/user-delta).
// What is stored stays. A property that was cleared comes as null.
type Unsent struct{}

// Change is one object of a delta.
type Change struct {
	Row
	// Gone says that the object is no longer in the list: deleted for good, or
	// in a way that can be restored. It has no cells then.
	Gone bool
	// At is when it was made, where changes are asked for since a time: they
	// come in no documented order.
	At time.Time
}

// RelationChange is what changed in the relations of one parent.
type RelationChange struct {
	Parent string
	Gone   bool     // the parent itself is no longer there
	Edges  []Change // their ids are those of the fan's rows
}

// DeltaSelect returns the value of $select for a part's delta.
func (d *Def) DeltaSelect(p *Part) string {
	if p.Fan == nil {
		return d.SelectOf(p)
	}
	names := []string{"id"}
	for _, l := range p.Fan.Lists {
		names = append(names, l.Delta)
	}
	return strings.Join(names, ",")
}

// DecodeChange reads one object of a page of a delta.
func (d *Def) DecodeChange(p *Part, raw json.RawMessage, now time.Time) (Change, error) {
	var obj Object
	if err := json.Unmarshal(raw, &obj); err != nil || obj == nil {
		return Change{}, fmt.Errorf("decode %s: not an object", d.Singular)
	}
	if p.Skip != nil && p.Skip(obj) {
		return Change{}, ErrSkipped
	}
	var at time.Time
	if p.Delta.Since != nil {
		at = p.Delta.Since.At(obj)
	}
	if removed(obj) || p.Delta.Since != nil && p.Delta.Since.Gone(obj) {
		id := p.idOf(obj)
		if id == "" {
			return Change{}, fmt.Errorf("decode %s: the removed object has no id", d.Singular)
		}
		return Change{Row: Row{ID: id}, Gone: true, At: at}, nil
	}
	row, err := d.DecodeFrom(p, raw, now)
	if err != nil {
		return Change{}, err
	}
	for i, c := range d.PartColumns(p.Name) {
		for _, path := range c.Reads() {
			if p.Delta.Since == nil && !sent(obj, path) {
				row.Cells[i] = Unsent{}
			}
		}
	}
	return Change{Row: row, At: at}, nil
}

// DecodeRelations reads one object of a page of the parents' delta.
func (d *Def) DecodeRelations(p *Part, raw json.RawMessage, now time.Time) (RelationChange, error) {
	var obj Object
	if err := json.Unmarshal(raw, &obj); err != nil || obj == nil {
		return RelationChange{}, fmt.Errorf("decode %s: not an object", d.Singular)
	}
	change := RelationChange{Parent: obj.Text("id"), Gone: removed(obj)}
	if change.Parent == "" {
		return change, fmt.Errorf("decode %s: the changed object has no id", d.Singular)
	}
	for i := range p.Fan.Lists {
		list := &p.Fan.Lists[i]
		raw, has := obj[list.Delta+"@delta"]
		if !has {
			continue
		}
		var members []json.RawMessage
		if err := json.Unmarshal(raw, &members); err != nil {
			return change, fmt.Errorf("decode %s: the changes of %s are not a list", d.Singular, list.Delta)
		}
		for _, m := range members {
			edge, err := d.DecodeChange(p, withOwn(change.Parent, list, m), now)
			if err != nil {
				return change, err
			}
			edge.ID = RelationID(change.Parent, list.Relation) + edge.ID
			change.Edges = append(change.Edges, edge)
		}
	}
	return change, nil
}

// removed reports whether an object of a delta is a tombstone.
func removed(o Object) bool {
	raw, ok := o["@removed"]
	return ok && string(raw) != "null"
}

// sent reports whether an object has the property that a path begins with.
func sent(o Object, path string) bool {
	if _, ok := o[path]; ok {
		return true
	}
	head, _, _ := strings.Cut(path, ".")
	_, ok := o[head]
	return ok
}

// checkDelta finds the mistakes in a part of which changes can be read.
func (c *Catalogue) checkDelta(d *Def, p *Part) (errs []error) {
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: part %s %s", d.Kind, p.Name, fmt.Sprintf(format, args...)))
	}
	if p.Name != d.Parts[0].Name || p.Mode != Full || (p.Resource == Graph) != (p.Delta.Since == nil) {
		bad("has a delta, though it is no full list that makes the rows, or not the delta of its resource")
	}
	if p.Delta.Since != nil {
		if p.Fan != nil || p.Else != nil || p.Delta.Since.Gone == nil || p.Delta.Since.At == nil || p.Delta.Since.Param == "" {
			bad("has changes since a time, of which it does not say enough")
		}
		return errs
	}
	if len(p.Then) > 0 || p.Singleton || p.Report || p.NoSelect || p.Else != nil || p.Skip != nil || p.ID != nil {
		bad("has a delta, though its list is more than objects by their ids")
	}
	for _, name := range []string{"$filter", "$expand", "$search"} {
		if p.Query.Has(name) {
			bad("has a delta, which does not support %s", name)
		}
	}
	for _, col := range d.PartColumns(p.Name) {
		if col.Compute != nil && len(col.Uses) > 1 {
			bad("has a delta, which may leave out some of what %s is computed from", col.Name)
		}
	}
	if p.Fan != nil {
		for _, l := range p.Fan.Lists {
			if l.Delta == "" || l.Relation == "" {
				bad("has a delta, in which a list has no name")
			}
		}
	}
	return errs
}
