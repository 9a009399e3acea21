package entity

import (
	"slices"
	"strings"
	"time"
)

// Grants are the permissions in the newest token of one resource.
type Grants struct {
	Resource  Resource
	Roles     []string
	Problem   *Problem // why there is no token, or nil
	CheckedAt time.Time
}

// PermissionStatus is one permission of the catalogue as a directory grants it.
type PermissionStatus struct {
	Permission
	Granted bool
	// Known is false where the resource's token could not be had or read: the
	// permission is then neither granted nor missing.
	Known    bool
	Entities []string // kinds that it feeds
}

// ExtraRole is a granted permission that SecurAtlas has no use for.
type ExtraRole struct {
	Resource Resource
	Name     string
	Write    bool // it lets its holder change the directory
}

// PermissionCheck compares what a directory grants with what SecurAtlas wants.
type PermissionCheck struct {
	Permissions []PermissionStatus // in catalogue order
	Extra       []ExtraRole
	// OK is true when every required permission is granted.
	OK bool
	// Problems holds, for each resource without a token, why.
	Problems  map[Resource]*Problem
	CheckedAt time.Time // the oldest of the resources'; zero when never checked
}

// Missing returns the required permissions that are known not to be granted.
func (c PermissionCheck) Missing() []PermissionStatus {
	var missing []PermissionStatus
	for _, p := range c.Permissions {
		if p.Profile == Required && p.Known && !p.Granted {
			missing = append(missing, p)
		}
	}
	return missing
}

// Check compares grants with the catalogue.
func (c *Catalogue) Check(grants []Grants) PermissionCheck {
	check := PermissionCheck{OK: true, Problems: map[Resource]*Problem{}}
	byResource := map[Resource]Grants{}
	for _, g := range grants {
		byResource[g.Resource] = g
		if g.Problem != nil {
			check.Problems[g.Resource] = g.Problem
		}
		if check.CheckedAt.IsZero() || g.CheckedAt.Before(check.CheckedAt) {
			check.CheckedAt = g.CheckedAt
		}
	}
	for _, p := range c.Permissions {
		g, known := byResource[p.Resource]
		s := PermissionStatus{
			Permission: p,
			Known:      known && g.Problem == nil,
			Granted:    known && g.Problem == nil && slices.Contains(g.Roles, p.Name),
			Entities:   c.Feeds(p.Resource, p.Name),
		}
		if p.Profile == Required && !s.Granted {
			check.OK = false
		}
		check.Permissions = append(check.Permissions, s)
	}
	for _, g := range grants {
		for _, role := range g.Roles {
			if c.Permission(g.Resource, role) == nil {
				check.Extra = append(check.Extra, ExtraRole{g.Resource, role, canWrite(role)})
			}
		}
	}
	return check
}

// canWrite reports whether a permission's name says that it can change things:
// Microsoft names such permissions with Write, Manage, Send, FullControl and
// the like, and read-only ones with Read alone.
func canWrite(role string) bool {
	for _, segment := range strings.Split(role, ".") {
		if segment == "Read" || segment == "ReadBasic" {
			return false
		}
	}
	return true
}
