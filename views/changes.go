package views

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// Changes is the page of what changed in a tenant, newest first.
type Changes struct {
	Page     Page
	Tenant   store.Tenant
	States   []store.EntityState // of all entities, in the catalogue's order
	Kind     *entity.Def         // the only entity shown; nil for all
	Problems []string            // what of the address cannot be answered; nothing is listed then
	Lines    []ChangeLine
	Pager    PagerView // with a Prev where this is not the newest page
}

// ChangesPath is the address of a tenant's changes: those of one kind unless it
// is empty, and those older than a change unless its id is 0.
func ChangesPath(slug, kind string, before int64) string {
	q := url.Values{}
	if kind != "" {
		q.Set("kind", kind)
	}
	if before != 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	path := TenantPath(slug, "changes")
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	return path
}

// ChangeGap is an entity whose changes may not all be known.
type ChangeGap struct {
	State StateView
	Def   *entity.Def
	Href  string    // its table
	Parts []PartGap // of a complete entity: the columns that were not read
}

// chosen are the states that the list rests on. Unless a derived entity was
// asked for, its sources stand for it.
func (c Changes) chosen() []store.EntityState {
	return slices.DeleteFunc(slices.Clone(c.States), func(s store.EntityState) bool {
		return c.Kind == nil && s.Def.Derived() || c.Kind != nil && s.Def != c.Kind
	})
}

// Gaps lists the entities shown that are not read completely.
func (c Changes) Gaps() []ChangeGap {
	var gaps []ChangeGap
	for _, s := range c.chosen() {
		g := ChangeGap{
			State: StateOf(c.Page.Now, s),
			Def:   s.Def,
			Href:  TenantPath(c.Tenant.Slug, "data", s.Def.Kind),
			// A row that a complete part has not read yet has changed nothing in it.
			Parts: slices.DeleteFunc(PartGaps(s), func(p PartGap) bool { return p.State == entity.Complete }),
		}
		if s.State != entity.Complete || len(g.Parts) > 0 {
			gaps = append(gaps, g)
		}
	}
	return gaps
}

// NeverSynced reports whether nothing was ever read.
func (c Changes) NeverSynced() bool {
	return !slices.ContainsFunc(c.chosen(), func(s store.EntityState) bool { return s.State != entity.Never })
}

// Syncing reports whether a sync reads any of the entities shown.
func (c Changes) Syncing() bool {
	return slices.ContainsFunc(c.chosen(), func(s store.EntityState) bool { return s.Syncing })
}

// baseline says what changes are compared with.
func (c Changes) baseline() string {
	if c.Kind != nil && c.Kind.Judges != "" {
		return "The first " + c.Kind.Singular + " that could be reached on an account is the baseline: a change is noted when a later one differs. What could not be assessed for a while makes none."
	}
	of := "an entity"
	if c.Kind != nil {
		of = c.Kind.Title
	}
	return "The first complete list of " + of + " is the baseline: changes are noted when a later list differs from it."
}

// noChanges says why there is nothing in the list.
func (c Changes) noChanges() string {
	if slices.ContainsFunc(c.chosen(), func(s store.EntityState) bool { return !s.AsOf.IsZero() }) {
		return c.baseline()
	}
	return "No list was read completely yet. " + c.baseline()
}

func (c Changes) gapsTitle() string {
	if c.Kind != nil {
		return "Changes of " + c.Kind.Title + " may be missing"
	}
	return "Changes of " + Count(len(c.Gaps()), "entity", "entities") + " may be missing"
}

// groups are the entities to choose from, under their headings.
func (c Changes) groups() []NavGroup { return navGroups(c.States) }

func (c Changes) path() string { return ChangesPath(c.Tenant.Slug, "", 0) }

// newest is the first page of what is chosen.
func (c Changes) newest() string {
	if c.Kind == nil {
		return c.path()
	}
	return ChangesPath(c.Tenant.Slug, c.Kind.Kind, 0)
}

// TestID names the element of a change.
func (l ChangeLine) TestID() string { return "change-" + strconv.FormatInt(l.ID, 10) }
