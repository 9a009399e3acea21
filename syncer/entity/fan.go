package entity

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// Fan says that a part is read once for each row of an entity, its parents,
// with up to 20 requests in one batch. The part is complete when it was read
// for all of them. They are read before the part in the same run.
type Fan struct {
	Over  string    // the kind of the parents: "groups"
	Lists []FanList // what is asked for each parent
	// Rest is for properties of the parents that a list gives only sometimes:
	// the part's own Path is read first as a list, and the fan only for those
	// parents that the list lacked or showed without any of the properties.
	Rest bool
}

// FanList is one request for each parent.
type FanList struct {
	Path  string // "/groups/{id}/members"; {id} stands for the parent's id
	Query url.Values
	// Relation says what the listed objects are to the parent: "member". Each
	// of them makes a row with the id "parent.relation.object". Where it is
	// empty, one object is answered, whose properties are the parent's own.
	Relation string
	// Hidden names the parents for which the list cannot be read, or nil.
	Hidden *Hidden
	// Delta is what the part's delta calls the relation: "members". It is set
	// where the part has one.
	Delta string
}

// Hidden are parents whose list Microsoft answers as if it were empty unless a
// permission is granted. They are not asked for without it, and what is known
// about them stays: not readable is not empty.
type Hidden struct {
	Column, Value string // of the parent
	Permission    string
	// Name and Title name the rows that are not read so: "hidden_members" where
	// a program reads it, "Members of hidden groups" on pages.
	Name, Title string
}

// The paths of columns that tell where a row of a relation came from.
const (
	ParentPath   = "@parent"   // the parent's id
	RelationPath = "@relation" // FanList.Relation
)

// RelationID is the beginning of the ids of all rows of a relation of a parent.
func RelationID(parent, relation string) string { return parent + "." + relation + "." }

// DecodeFor reads one object that was answered for a parent.
func (d *Def) DecodeFor(part, parent string, list *FanList, raw json.RawMessage) (Row, error) {
	row, err := d.Decode(part, withOwn(parent, list, raw))
	if list.Relation != "" {
		row.ID = RelationID(parent, list.Relation) + row.ID
	} else {
		row.ID = parent
	}
	return row, err
}

// withOwn adds to an object where it came from.
func withOwn(parent string, list *FanList, raw json.RawMessage) json.RawMessage {
	own := map[string]string{"id": parent}
	if list.Relation != "" {
		own = map[string]string{ParentPath: parent, RelationPath: list.Relation}
	}
	body, ok := bytes.CutPrefix(bytes.TrimSpace(raw), []byte("{"))
	joined, err := json.Marshal(own)
	if !ok || err != nil { // texts always marshal
		return raw
	}
	joined = joined[:len(joined)-1]
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("}")) {
		joined = append(joined, ',')
	}
	return append(joined, body...)
}

// Uses are the permissions that a part can make use of: those that it needs,
// and those that show more.
func (p *Part) Uses() []AnyOf {
	uses := p.Needs
	if p.Fan != nil {
		for _, l := range p.Fan.Lists {
			if l.Hidden != nil {
				uses = append(uses[:len(uses):len(uses)], AnyOf{l.Hidden.Permission})
			}
		}
	}
	return uses
}

// checkFan finds the mistakes in a part that is read for each row of an entity.
func (c *Catalogue) checkFan(d *Def, p *Part) (errs []error) {
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: part %s %s", d.Kind, p.Name, fmt.Sprintf(format, args...)))
	}
	f := p.Fan
	over := c.Def(f.Over)
	switch {
	case over == nil || over.Derived():
		bad("is read over %q, which is not a synced entity", f.Over)
		return errs
	case over != d && over.fansOver() != "":
		bad("is read over %s, which is itself read over another entity", f.Over)
	}
	if p.Resource != Graph {
		bad("is read in batches, which only Graph has")
	}
	if f.Rest != (p.Path != "") {
		bad("has a path exactly when the fan reads the rest of a list")
	}
	if len(f.Lists) == 0 {
		bad("asks for nothing")
	}
	relations := map[string]bool{}
	for _, l := range f.Lists {
		if !strings.Contains(l.Path, "{id}") {
			bad("asks for %q, which has no place for the parent's id", l.Path)
		}
		if relations[l.Relation] {
			bad("has the relation %q twice", l.Relation)
		}
		relations[l.Relation] = true
		switch {
		case l.Relation == "" && (over != d || p.Name == d.Parts[0].Name):
			bad("has no relation, though it does not fill columns of %s", f.Over)
		case l.Relation != "" && (p.Name != d.Parts[0].Name || over == d || f.Rest):
			bad("has a relation, though it does not make rows of its own")
		case l.Relation != "" && !identifier.MatchString(l.Relation):
			bad("has the relation %q, which is not snake_case", l.Relation)
		}
		if h := l.Hidden; h != nil {
			if over.Column(h.Column) == nil {
				bad("looks at the unknown column %q of %s", h.Column, f.Over)
			}
			if c.Permission(p.Resource, h.Permission) == nil {
				bad("can use %s, which is not in the list of permissions", h.Permission)
			}
		}
	}
	return errs
}

// fansOver returns the other kind whose rows the entity's own are read for.
func (d *Def) fansOver() string {
	if len(d.Parts) > 0 && d.Parts[0].Fan != nil {
		return d.Parts[0].Fan.Over
	}
	return ""
}

// After returns the kinds that must be read before this one in the same run.
func (d *Def) After() []string {
	var kinds []string
	for i := range d.Parts {
		if f := d.Parts[i].Fan; f != nil && f.Over != d.Kind {
			kinds = append(kinds, f.Over)
		}
	}
	return kinds
}
