package views

import (
	"slices"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// IntegrationsView is the page of a tenant's connection to Microsoft.
type IntegrationsView struct {
	Page        Page
	Tenant      store.Tenant
	Integration *store.Integration  // nil when never connected
	States      []store.EntityState // all kinds, in catalogue order
	Active      *store.Run          // the run under way, or nil
	Runs        []store.Run         // the newest ones, newest first
	Nightly     store.Job           // the sync of every tenant
	Tokens      store.Job           // the renewal of tokens and roles
	Check       entity.PermissionCheck
	// Expiry is what is known of the end of the client secret; nil where the
	// stored secret cannot be opened, or there is none.
	Expiry *store.SecretExpiry
	Links  entity.Links // the app registration in the portal
	// Joined is true where the last click met a sync that was already running.
	Joined bool
}

// Connected reports whether there is a credential.
func (v IntegrationsView) Connected() bool { return v.Integration != nil && v.Integration.Connected }

// expiry is when the client secret expires, in words.
func (v IntegrationsView) expiry() SecretExpiryText {
	return SecretExpiryOf(v.Page.Now, *v.Integration, v.Expiry)
}

// secretExpires reports whether the end of the secret is said below the card's
// head, as something to mend. A credential that is refused says more.
func (v IntegrationsView) secretExpires() bool {
	return v.Integration.Problem == nil && v.expiry().Urgent()
}

// HasData reports whether anything was ever read.
func (v IntegrationsView) HasData() bool {
	return slices.ContainsFunc(v.States, func(s store.EntityState) bool { return s.Rows > 0 || !s.AsOf.IsZero() })
}

// asOf is how old all that was read is: "as of 2 Nov 2026, 09:00 UTC or later".
func (v IntegrationsView) asOf() string {
	oldest, mixed := OldestAsOf(v.States)
	switch {
	case oldest.IsZero():
		return "of lists that were not read to their end"
	case mixed:
		return "as of " + DateTime(oldest) + " or later"
	default:
		return "as of " + DateTime(oldest)
	}
}

// OldestAsOf is the oldest complete list of any entity: what is said of many of
// them is as old as that. mixed is true where others are younger.
func OldestAsOf(states []store.EntityState) (oldest time.Time, mixed bool) {
	for _, s := range states {
		if s.AsOf.IsZero() {
			continue
		}
		mixed = mixed || !oldest.IsZero() && !s.AsOf.Equal(oldest)
		if oldest.IsZero() || s.AsOf.Before(oldest) {
			oldest = s.AsOf
		}
	}
	return oldest, mixed
}

// Rows is the number of rows of all synced entities; derived ones would count
// rows twice.
func (v IntegrationsView) Rows() int {
	n := 0
	for _, s := range v.States {
		if !s.Def.Derived() {
			n += s.Rows
		}
	}
	return n
}

// Status is the derived status of the integration. A sync under way is a flag
// beside it.
func (v IntegrationsView) Status() string {
	status, _ := v.status()
	return status
}

func (v IntegrationsView) status() (status string, unreadable int) {
	var in store.Integration
	if v.Integration != nil {
		in = *v.Integration
	}
	return store.IntegrationStatus(in, v.States)
}

// StatusText is the status in words.
func (v IntegrationsView) StatusText() string {
	return IntegrationWord(v.status())
}

// Name is what the directory is called: its name, else its domain, else its id.
func (v IntegrationsView) Name() string {
	switch in := v.Integration; {
	case in == nil:
		return ""
	case in.DirectoryName != "":
		return in.DirectoryName
	case in.DefaultDomain != "":
		return in.DefaultDomain
	default:
		return in.DirectoryID
	}
}

// LastComplete is the newest run that ended complete, or nil when none of the
// recent ones did.
func (v IntegrationsView) LastComplete() *store.Run { return newestRun(v.Runs, store.RunComplete) }

// LastAttempt is the newest run that has ended, where it is not LastComplete.
func (v IntegrationsView) LastAttempt() *store.Run {
	for i, r := range v.Runs {
		if r.Status == store.RunRunning {
			continue
		}
		if r.Status == store.RunComplete {
			return nil
		}
		return &v.Runs[i]
	}
	return nil
}

func newestRun(runs []store.Run, status store.RunStatus) *store.Run {
	for i := range runs {
		if runs[i].Status == status {
			return &runs[i]
		}
	}
	return nil
}

// Groups are the entities under their headings.
func (v IntegrationsView) Groups() []EntityGroup {
	var groups []EntityGroup
	for _, g := range entity.Groups {
		group := EntityGroup{Title: string(g)}
		for _, s := range v.States {
			if s.Def.Group == g {
				group.Lines = append(group.Lines, v.line(s))
			}
		}
		if len(group.Lines) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

// EntityGroup is a heading and the entities below it.
type EntityGroup struct {
	Title string
	Lines []EntityLine
}

func (v IntegrationsView) line(s store.EntityState) EntityLine {
	l := EntityLine{EntityState: s, Now: v.Page.Now, Href: TenantPath(v.Tenant.Slug, "data", s.Def.Kind)}
	if v.Active == nil {
		return l
	}
	for _, p := range v.Active.Parts {
		if p.Kind == s.Def.Kind {
			l.Progress = append(l.Progress, PartLine{RunPart: p, Def: s.Def, Expected: expected(s, p.Part)})
		}
	}
	return l
}

// expected is how many rows a part is likely to have: as many as it had when
// it was last complete; 0 when that is not known.
func expected(s store.EntityState, part string) int {
	for _, p := range s.Parts {
		if p.Part == part && p.State == entity.Complete {
			return max(p.Rows, s.Rows)
		}
	}
	return 0
}
