package store

import (
	"slices"

	"github.com/securatlas/securatlas/syncer/entity"
)

// The statuses of an integration. A sync under way is a flag beside the
// status, it never hides it.
const (
	StatusConnected    = "connected"    // every entity that was read is readable
	StatusLimited      = "limited"      // some entities could not be read
	StatusAttention    = "attention"    // the credential or the consent must be mended
	StatusDisconnected = "disconnected" // no credential; the data stays
)

// IntegrationStatus derives an integration's status from what is known about
// its entities, and tells how many of them the last attempt could not read.
// Entities that were never tried count as neither, nor do those that Microsoft
// does not offer here, since nobody could mend that, nor those that lack only
// what is optional: they say so themselves.
func IntegrationStatus(i Integration, states []EntityState) (status string, unread int) {
	for _, s := range states {
		if (unreadable(s.State) || refusedInPart(s)) && !s.Optional {
			unread++
		}
	}
	switch {
	case !i.Connected:
		status = StatusDisconnected
	case i.Problem != nil:
		status = StatusAttention
	case unread > 0:
		status = StatusLimited
	default:
		status = StatusConnected
	}
	return status, unread
}

// unreadable reports whether the last attempt could not read an entity for a
// reason that somebody can mend, or that passes.
func unreadable(s entity.State) bool {
	switch s {
	case entity.NotPermitted, entity.NotLicensed, entity.Throttled, entity.Failed:
		return true
	}
	return false
}

// refusedInPart reports whether Microsoft answered the last attempt with an
// error after a part of the entity had been read.
func refusedInPart(s EntityState) bool {
	return s.State == entity.Partial && s.Problem != nil && s.Problem.Status >= 400
}

// markOptional marks the entities that could not be read only because nobody
// granted what is optional.
func (s *Store) markOptional(grants []entity.Grants, states []EntityState) {
	o := optional{catalogue: s.catalogue, grants: map[entity.Resource]entity.Grants{}}
	for _, g := range grants {
		o.grants[g.Resource] = g
	}
	for i := range states {
		states[i].Optional = unreadable(states[i].State) && o.covers(states[i])
	}
}

// optional judges whether it is only for want of what is optional that
// something could not be read.
type optional struct {
	catalogue *entity.Catalogue
	grants    map[entity.Resource]entity.Grants
}

// covers judges an entity: of a derived one, every source that could not be
// read.
func (o optional) covers(e EntityState) bool {
	kinds := e.Def.From
	if !e.Def.Derived() {
		kinds = []string{e.Def.Kind}
	}
	for _, kind := range kinds {
		d := o.catalogue.Def(kind)
		at := slices.IndexFunc(e.Parts, func(p PartState) bool { return p.Kind == kind && p.Part == d.Parts[0].Name })
		if at < 0 || !unreadable(e.Parts[at].State) {
			continue
		}
		for _, source := range d.Parts[0].Sources() {
			if !o.lacks(source, e.Parts[at]) {
				return false
			}
		}
	}
	return true
}

// lacks reports whether a source could not be read because its API is optional
// and not set up, or because of permissions that are extras.
func (o optional) lacks(source *entity.Part, p PartState) bool {
	refused := p.State == entity.NotPermitted || p.State == entity.NotLicensed
	if !refused {
		return false
	}
	if source.Resource != entity.Graph && o.notSetUp(source.Resource) {
		return true
	}
	// Where another source stands in, the state may be that one's.
	if p.State != entity.NotPermitted && source.Else == nil {
		return false
	}
	g := o.grants[source.Resource]
	extras := 0
	for _, any := range source.Needs {
		if slices.ContainsFunc(any, func(name string) bool { return slices.Contains(g.Roles, name) }) {
			continue
		}
		if slices.ContainsFunc(any, func(name string) bool { return !o.extra(source.Resource, name) }) {
			return false
		}
		extras++
	}
	return extras > 0
}

// extra reports whether a permission is used when it is granted, and never
// demanded.
func (o optional) extra(r entity.Resource, name string) bool {
	p := o.catalogue.Permission(r, name)
	return p != nil && p.Profile == entity.Extra
}

// notSetUp reports whether the directory does not have an API, or has granted
// none of the permissions on it.
func (o optional) notSetUp(r entity.Resource) bool {
	g, known := o.grants[r]
	switch {
	case !known:
		return false
	case g.Problem != nil:
		return g.Problem.Class == entity.ClassLicence // its token: the directory does not have the API
	default:
		return len(g.Roles) == 0
	}
}
