package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// path is an address of the tenant's Microsoft integration.
func (v IntegrationsView) path(page string) string {
	return TenantPath(v.Tenant.Slug, "integrations", "microsoft", page)
}

// pollPath is what is polled while a run is on. It carries what the last click
// had to say, or the next poll would wipe it.
func (v IntegrationsView) pollPath() string {
	path := TenantPath(v.Tenant.Slug, "integrations")
	if v.Joined && v.Active != nil {
		path += "?joined=" + strconv.FormatInt(v.Active.ID, 10)
	}
	return path
}

// Subtitle is the directory's name and domain.
func (v IntegrationsView) Subtitle() string {
	in := v.Integration
	switch {
	case in.DirectoryName != "" && in.DefaultDomain != "" && in.DirectoryName != in.DefaultDomain:
		return in.DirectoryName + " · " + in.DefaultDomain
	case in.DirectoryName != "":
		return in.DirectoryName
	case in.DefaultDomain != "":
		return in.DefaultDomain
	default:
		return "Directory name not known yet"
	}
}

// noneComplete stands where the last complete sync would, when none of the
// recent ones is: older ones are not looked at here.
func (v IntegrationsView) noneComplete() string {
	if len(v.Runs) < RecentRuns {
		return "None yet"
	}
	return "None of the last " + Num(RecentRuns)
}

// CanDelete reports whether there are data of a former connection to delete.
func (v IntegrationsView) CanDelete() bool { return v.Integration != nil && !v.Integration.Connected }

func (v IntegrationsView) refreshLabel() string {
	if v.Active != nil {
		return "Syncing. Click to join this sync"
	}
	return "Sync now"
}

// Percent is how much of the run is done: each part counts the same, since
// nobody knows beforehand how long one takes.
func (v IntegrationsView) Percent() int {
	done, parts := 0.0, 0
	for _, g := range v.Groups() {
		for _, l := range g.Lines {
			for _, p := range l.Progress {
				parts++
				if f, known := p.Fraction(); known {
					done += f
				}
			}
		}
	}
	if parts == 0 {
		return 0
	}
	return int(100 * done / float64(parts))
}

func (v IntegrationsView) progressText() string {
	done := 0
	for _, p := range v.Active.Parts {
		if p.Phase == store.PhaseDone {
			done++
		}
	}
	return fmt.Sprintf("%d of %s done · %d%%", done, Count(len(v.Active.Parts), "list", "lists"), v.Percent())
}

func (v IntegrationsView) entitiesText() string {
	complete := 0
	for _, s := range v.States {
		if s.State == entity.Complete {
			complete++
		}
	}
	return fmt.Sprintf("%d of %s complete · %s", complete, Num(len(v.States)), Count(v.Rows(), "row", "rows"))
}

// liveText is what a screen reader hears when a run begins and ends; numbers
// that change every second are left to the eye.
func (v IntegrationsView) liveText() string {
	switch {
	case v.Active != nil:
		return "Sync in progress."
	case len(v.Runs) > 0:
		return "The last sync is " + strings.ToLower(NewRunLine(v.Page.Now, v.Tenant, v.Runs[0]).StatusWord()) + "."
	default:
		return ""
	}
}

func (v IntegrationsView) runLines() []RunLine {
	lines := make([]RunLine, len(v.Runs))
	for i, r := range v.Runs {
		lines[i] = NewRunLine(v.Page.Now, v.Tenant, r)
	}
	return lines
}

func (v IntegrationsView) permissionsText() string {
	c := CountPermissions(v.Check)
	switch {
	case v.Check.CheckedAt.IsZero():
		return "Not checked yet"
	case v.Check.Problems[entity.Graph] != nil:
		return "Not known: Microsoft Graph gave no token"
	default:
		return fmt.Sprintf("%d of %d required granted · checked %s", c[entity.Required].Granted, c[entity.Required].All, Ago(v.Page.Now, v.Check.CheckedAt))
	}
}

// PermissionCount is how many permissions of a profile there are.
type PermissionCount struct{ All, Granted, Known int }

// Text is the count in words. What is not known is never counted as missing.
func (n PermissionCount) Text() string {
	switch {
	case n.Known == 0:
		return "Not known"
	case n.Known < n.All:
		return fmt.Sprintf("%d of %d granted, %d not known", n.Granted, n.All, n.All-n.Known)
	default:
		return fmt.Sprintf("%d of %d granted", n.Granted, n.All)
	}
}

// CountPermissions counts the permissions of a check by profile.
func CountPermissions(c entity.PermissionCheck) map[entity.Profile]PermissionCount {
	counts := map[entity.Profile]PermissionCount{}
	for _, p := range c.Permissions {
		n := counts[p.Profile]
		n.add(p)
		counts[p.Profile] = n
	}
	return counts
}

func (n *PermissionCount) add(p entity.PermissionStatus) {
	n.All++
	if p.Known {
		n.Known++
	}
	if p.Granted {
		n.Granted++
	}
}

// permissionLine sums up one profile beside the card.
type permissionLine struct{ Class, Icon, Title, Text string }

func (v IntegrationsView) permissionLines() []permissionLine {
	counts := CountPermissions(v.Check)
	var lines []permissionLine
	if n := counts[entity.Required]; n.Known == n.All && n.Granted == n.All && n.All > 0 {
		lines = append(lines, permissionLine{"x-ok", "circle-check-filled", "All required permissions are granted", Count(n.All, "permission", "permissions") + " on Microsoft Graph"})
	}
	switch n := counts[entity.Optional]; {
	case DefenderAbsent(v.Check):
		lines = append(lines, permissionLine{"x-off", "minus", "Defender for Endpoint", "Not set up in this directory (optional)"})
	case n.Known < n.All:
		lines = append(lines, permissionLine{"x-off", "help-circle", "Defender for Endpoint", n.Text() + " (optional)"})
	case n.Granted == n.All:
		lines = append(lines, permissionLine{"x-ok", "circle-check-filled", "Defender for Endpoint", n.Text() + " (optional)"})
	default:
		lines = append(lines, permissionLine{"x-off", "minus", "Defender for Endpoint", n.Text() + " (optional)"})
	}
	if n := counts[entity.Extra]; n.All > 0 {
		lines = append(lines, permissionLine{"x-off", "plus", "Recommended extras", n.Text()})
	}
	if len(v.Check.Extra) > 0 {
		write := 0
		for _, e := range v.Check.Extra {
			if e.Write {
				write++
			}
		}
		text := "Granted, though SecurAtlas does not use them"
		class := "x-off"
		if write > 0 {
			text = Count(write, "of them lets", "of them let") + " this app change the directory"
			class = "x-warn"
		}
		lines = append(lines, permissionLine{class, "shield-exclamation", Count(len(v.Check.Extra), "permission", "permissions") + " more than needed", text})
	}
	return lines
}

// DefenderAbsent reports whether the directory has no WindowsDefenderATP at
// all: it is optional, so that this is no problem.
func DefenderAbsent(c entity.PermissionCheck) bool {
	p := c.Problems[entity.Defender]
	return p != nil && (p.Code == "AADSTS500011" || p.Class == entity.ClassRetired)
}

func integrationTabs(t store.Tenant, current string, connected bool) []Tab {
	tabs := []Tab{{Label: "Connection", Href: TenantPath(t.Slug, "integrations"), Current: current == "integrations"}}
	if connected {
		tabs = append(tabs, Tab{Label: "Permissions", Href: TenantPath(t.Slug, "integrations", "microsoft", "permissions"), Current: current == "permissions"})
	}
	if current == "held" {
		tabs = append(tabs, Tab{Label: "Held rows", Href: TenantPath(t.Slug, "integrations", "microsoft", "held"), Current: true})
	}
	return append(tabs, Tab{Label: "Sync history", Href: TenantPath(t.Slug, "syncs"), Current: current == "syncs"})
}

func disconnectDialog(v IntegrationsView) Confirmation {
	return Confirmation{
		ID:     "disconnect-dialog",
		Title:  "Disconnect " + v.Name() + "?",
		Action: v.path("disconnect"),
		Submit: "Disconnect",
		Keep:   "Keep connection",
		TestID: "disconnect-confirm",
		Body:   disconnectText(),
	}
}

func deleteDataDialog(v IntegrationsView) Confirmation {
	return Confirmation{
		ID:     "delete-data-dialog",
		Title:  "Delete the data of " + v.Name() + "?",
		Action: v.path("delete-data"),
		Submit: "Delete data",
		Keep:   "Keep data",
		Typed:  v.Tenant.Slug,
		TestID: "delete-data-confirm",
		Body:   deleteDataText(v),
	}
}

// shortTime is a time of the current days, in UTC.
func shortTime(t time.Time) string { return t.UTC().Format("2 Jan, 15:04") }

// boolText is a flag for a data attribute.
func boolText(b bool) string { return strconv.FormatBool(b) }

func lower(s string) string { return strings.ToLower(s) }
