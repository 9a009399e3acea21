package entity

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// Catalogue is everything that SecurAtlas syncs and the permissions for it.
type Catalogue struct {
	Defs        []*Def
	Permissions []Permission
}

// Profile says how much SecurAtlas wants a permission.
type Profile string

// The profiles, as the command line prints them.
const (
	Required Profile = "required" // the guide's 13 Graph permissions
	Optional Profile = "optional" // the guide's WindowsDefenderATP permissions
	Extra    Profile = "extra"    // used when granted, never demanded
	Unused   Profile = "unused"   // listed by the guide, feeds nothing that still works
)

// Permission is an application permission (app role) on a resource.
type Permission struct {
	Resource Resource
	Name     string // "User.Read.All"
	ID       string // app role id on Microsoft Graph; empty where it is not documented
	Profile  Profile
	Why      string // one sentence: what SecurAtlas reads with it
}

// NewCatalogue fills in what a declaration may leave out (column names, parts)
// and checks the whole; it reports every mistake at once.
func NewCatalogue(defs []*Def, permissions []Permission) (*Catalogue, error) {
	c := &Catalogue{Defs: defs, Permissions: permissions}
	var errs []error
	for _, d := range defs {
		complete(d)
	}
	figures := map[string]bool{}
	for _, d := range defs {
		errs = append(errs, c.check(d)...)
		for _, f := range d.Figures {
			if figures[f.Name] {
				errs = append(errs, fmt.Errorf("%s: figure %s is declared twice", d.Kind, f.Name))
			}
			figures[f.Name] = true
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	return c, nil
}

// complete fills in the parts of a declaration that follow from the rest.
func complete(d *Def) {
	for i := range d.Columns {
		col := &d.Columns[i]
		if col.Name == "" {
			col.Name = SnakeCase(col.Path)
		}
		if col.Part == "" && len(d.Parts) > 0 {
			col.Part = d.Parts[0].Name
		}
		if col.Type == "" {
			col.Type = Text
		}
	}
	for i := range d.Parts {
		p := &d.Parts[i]
		if p.Mode == "" {
			p.Mode = Full
		}
		if p.Else != nil {
			p.Else.Name, p.Else.Title, p.Else.Mode, p.Else.other = p.Name, p.Title, p.Mode, true
		}
		for _, source := range p.Sources() {
			if source.Resource == "" {
				source.Resource = Graph
			}
		}
	}
}

var (
	identifier = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	reserved   = []string{"row_id", "tenant_id", "id", "first_seen", "last_changed", "removed_at", "search"}
)

func (c *Catalogue) check(d *Def) (errs []error) {
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s", d.Kind, fmt.Sprintf(format, args...)))
	}
	if !identifier.MatchString(d.Kind) {
		bad("kind is not snake_case")
	}
	if d.Title == "" || d.Singular == "" || d.Doc == "" {
		bad("title, singular and doc are required")
	}
	if !slices.Contains(Groups, d.Group) {
		bad("unknown group %q", d.Group)
	}
	if len(d.Parts) == 0 && len(d.From) == 0 {
		bad("neither parts nor sources")
	}
	for _, from := range d.From {
		src := c.Def(from)
		if src == nil || src.Derived() {
			bad("source %q is not a synced entity", from)
		}
	}
	parts := map[string]bool{}
	for _, p := range d.Parts {
		if !identifier.MatchString(p.Name) || parts[p.Name] {
			bad("part name %q is not snake_case or is used twice", p.Name)
		}
		parts[p.Name] = true
		for _, source := range p.Sources() {
			errs = append(errs, c.checkSource(d, source)...)
		}
		if p.Fan != nil {
			errs = append(errs, c.checkFan(d, &p)...)
		}
		if p.Delta != nil {
			errs = append(errs, c.checkDelta(d, &p)...)
		}
	}
	if d.Judges != "" && !slices.Contains(d.From, d.Judges) {
		bad("judges %q, which is no source", d.Judges)
	}
	names := map[string]bool{}
	for _, a := range d.Adds {
		if i := slices.Index(d.From, a.Kind); i < 1 {
			bad("%q adds to it, and is no further source", a.Kind)
		}
		if (a.Name == "") != (a.Title == "") || a.Name != "" && !identifier.MatchString(a.Name) {
			bad("the rows that %s adds need a snake_case name and a title", a.Kind)
		}
		if a.Name != "" {
			names[a.Name] = true // no column may have it
		}
	}
	for _, col := range d.Columns {
		if !identifier.MatchString(col.Name) || slices.Contains(reserved, col.Name) {
			bad("column name %q is not allowed", col.Name)
		}
		if names[col.Name] {
			bad("column %s is declared twice", col.Name)
		}
		names[col.Name] = true
		if col.Label == "" {
			bad("column %s has no label", col.Name)
		}
		if !d.Derived() && !parts[col.Part] {
			bad("column %s names the unknown part %q", col.Name, col.Part)
		}
		if !d.Derived() && (col.Path == "") != (col.Compute != nil) {
			bad("column %s needs either a path or a computation", col.Name)
		}
		if col.From != "" && !slices.Contains(d.From, col.From) {
			bad("column %s is from %q, which is no source", col.Name, col.From)
		}
		errs = append(errs, c.checkRefs(d, col.Name, col.Refs)...)
	}
	errs = append(errs, c.checkRefs(d, "id", d.Refs)...)
	for _, name := range []string{d.TitleColumn, d.DefaultSort} {
		if !names[name] {
			bad("title or default sort names the unknown column %q", name)
		}
	}
	for _, name := range []string{d.SubtitleColumn, d.NoteColumn, d.TitleElse} {
		if name != "" && !names[name] {
			bad("subtitle, note or other title names the unknown column %q", name)
		}
	}
	for _, o := range d.Omits {
		if of := c.Def(o.Kind); of == nil || of.Column(o.Column) == nil || of.Column(o.Column).Filter != Choice {
			bad("leaves out %q, which is not counted", o.Name)
		}
	}
	if d.Beside != "" && (c.Def(d.Beside) == nil || c.Def(d.Beside).Judges == "") {
		bad("has the verdicts of %q beside it, which judges nobody", d.Beside)
	}
	for _, n := range d.Notices {
		if col := d.Column(n.Column); col == nil || col.Filter != Choice {
			bad("a notice is about %q, whose values are not counted", n.Column)
		}
	}
	for i := range d.Figures {
		errs = append(errs, checkFigure(d, &d.Figures[i])...)
	}
	if col := d.Column(d.DefaultSort); col != nil && !col.Sort {
		bad("default sort %s has no index", d.DefaultSort)
	}
	return errs
}

// checkSource finds the mistakes in how a part is read.
func (c *Catalogue) checkSource(d *Def, p *Part) (errs []error) {
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: part %s %s", d.Kind, p.Name, fmt.Sprintf(format, args...)))
	}
	for _, any := range p.Needs {
		for _, name := range any {
			if c.Permission(p.Resource, name) == nil {
				bad("needs %s, which is not in the list of permissions", name)
			}
		}
	}
	if (p.Span != nil) != (p.Mode == Window) {
		bad("has a span exactly when it is read by windows")
	}
	if p.Span != nil {
		if col := d.Column(p.Span.Column); col == nil || !col.Sort || col.Type != Time {
			bad("goes by %q, which is not a time with an index", p.Span.Column)
		}
	}
	if p.Span != nil && p.Span.Late < p.Span.Overlap {
		bad("looks back less at night than on a refresh")
	}
	if p.Mode != Full && p.Name != d.Parts[0].Name {
		bad("does not make the rows and is read in full")
	}
	if p.Roster && (p.Name == d.Parts[0].Name || p.Mode != Full || d.Parts[0].Mode != Full || p.Fan != nil) {
		bad("is a roster, which only a further part of a plain list can be")
	}
	if p.Conceals != nil && (p.Name != d.Parts[0].Name || p.Mode != Full || p.Fan != nil) {
		bad("may be concealed, which only a plain list that makes the rows can be")
	}
	if p.Report && (p.Resource != Graph || p.ID == nil || len(p.IDUses) == 0 || p.Fan != nil || p.Singleton) {
		bad("is a report, which Graph alone has, with an id of its own")
	}
	if (p.Feed != nil) != (p.Resource == Management) {
		bad("is a feed exactly when the Office 365 Management APIs have it")
	}
	if p.Feed != nil && (len(p.Feed.ContentTypes) == 0 || p.Span == nil || p.Span.First <= 0 || p.Span.Slice <= 0) {
		bad("is a feed without types of content, a first window or a longest one")
	}
	if p.Else != nil && (p.Fan != nil || p.Else.Else != nil || p.Else.Fan != nil || p.Delta != nil) {
		bad("has another source, which only a plain list can have")
	}
	return errs
}

func (c *Catalogue) checkRefs(d *Def, column string, refs []Ref) (errs []error) {
	for _, r := range refs {
		to := c.Def(r.Kind)
		if to == nil {
			errs = append(errs, fmt.Errorf("%s: %s refers to the unknown kind %q", d.Kind, column, r.Kind))
		} else if by := to.Column(r.By); r.By != "" && (by == nil || !by.Sort) {
			errs = append(errs, fmt.Errorf("%s: %s refers to %s by %q, which has no index", d.Kind, column, r.Kind, r.By))
		}
	}
	return errs
}

// Def returns the entity of that kind, or nil.
func (c *Catalogue) Def(kind string) *Def {
	for _, d := range c.Defs {
		if d.Kind == kind {
			return d
		}
	}
	return nil
}

// Synced returns the entities that are read from Microsoft, those that others
// are judged by first.
func (c *Catalogue) Synced() []*Def {
	var first, rest []*Def
	for _, d := range c.Defs {
		switch {
		case d.Derived():
		case d.First:
			first = append(first, d)
		default:
			rest = append(rest, d)
		}
	}
	return append(first, rest...)
}

// Permission returns the permission of that name on a resource, or nil.
func (c *Catalogue) Permission(r Resource, name string) *Permission {
	for i := range c.Permissions {
		if c.Permissions[i].Resource == r && c.Permissions[i].Name == name {
			return &c.Permissions[i]
		}
	}
	return nil
}

// OnlyExtras reports whether a source needs permissions, and none but those
// that are used when granted and never demanded.
func (c *Catalogue) OnlyExtras(source *Part) bool {
	for _, any := range source.Needs {
		for _, name := range any {
			if p := c.Permission(source.Resource, name); p == nil || p.Profile != Extra {
				return false
			}
		}
	}
	return len(source.Needs) > 0
}

// Feeds returns the kinds that a permission lets SecurAtlas read, those
// derived from them included, in catalogue order.
func (c *Catalogue) Feeds(r Resource, name string) []string {
	fed := map[string]bool{}
	for _, d := range c.Defs {
		for i := range d.Parts {
			for _, p := range d.Parts[i].Sources() {
				for _, any := range p.Uses() {
					if p.Resource == r && slices.Contains(any, name) {
						fed[d.Kind] = true
					}
				}
			}
		}
	}
	var kinds []string
	for _, d := range c.Defs {
		if fed[d.Kind] || slices.ContainsFunc(d.From, func(k string) bool { return fed[k] }) {
			kinds = append(kinds, d.Kind)
		}
	}
	return kinds
}
