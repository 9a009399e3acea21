package views

import (
	"fmt"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// PermissionsView is the page that compares what a directory grants with what
// SecurAtlas asks for.
type PermissionsView struct {
	Page        Page
	Tenant      store.Tenant
	Integration store.Integration
	Check       entity.PermissionCheck
	Catalogue   *entity.Catalogue
	Links       entity.Links
	ConsentURL  string // Microsoft's consent page; empty for viewers
}

// PermissionGroup is a heading and the permissions below it.
type PermissionGroup struct {
	ID, Title, Text string
	Permissions     []entity.PermissionStatus
}

// Count says how many of the group are granted.
func (g PermissionGroup) Count() string {
	var n PermissionCount
	for _, p := range g.Permissions {
		n.add(p)
	}
	return n.Text()
}

// Groups are the permissions by how much SecurAtlas wants them.
func (v PermissionsView) Groups() []PermissionGroup {
	groups := []PermissionGroup{
		{ID: "required", Title: "Required", Text: "On Microsoft Graph. Without one of them, the entities that it feeds are not read."},
		{ID: "optional", Title: "Optional: Defender for Endpoint", Text: "On WindowsDefenderATP, a separate API. Without them there are no machines and vulnerabilities."},
		{ID: "extra", Title: "Recommended extras", Text: "Used when they are granted, never missed."},
		{ID: "unused", Title: "Not needed any more", Text: "On the usual list, but Microsoft retired what they open. They never count as missing; you may leave them out."},
	}
	for _, p := range v.Check.Permissions {
		for i, profile := range []entity.Profile{entity.Required, entity.Optional, entity.Extra, entity.Unused} {
			if p.Profile == profile {
				groups[i].Permissions = append(groups[i].Permissions, p)
			}
		}
	}
	return groups
}

// grantedText is data-granted: true, false or unknown.
func grantedText(p entity.PermissionStatus) string {
	if !p.Known {
		return "unknown"
	}
	return boolText(p.Granted)
}

// look is how a permission's line is shown: its mark and whether it is one to
// mend.
type look struct{ Class, Icon, Word string }

func permissionLook(p entity.PermissionStatus) look {
	switch {
	case !p.Known:
		return look{"x-off", "help-circle", "Not known"}
	case p.Granted:
		return look{"x-ok", "circle-check-filled", "Granted"}
	case p.Profile == entity.Required:
		return look{"x-no", "circle-x-filled", "Missing"}
	default:
		return look{"x-off", "minus", "Not granted"}
	}
}

// steps are the clicks that grant a permission.
func grantSteps(p entity.PermissionStatus) string {
	where := "Microsoft Graph"
	switch p.Resource {
	case entity.Defender:
		where = "APIs my organization uses → " + p.Resource.APIName()
	case entity.Management:
		where = p.Resource.APIName() // listed beside Graph
	}
	return fmt.Sprintf("API permissions → Add a permission → %s → Application permissions → tick %s → Add permissions. Then choose Grant admin consent, and check again here.", where, p.Name)
}

// Headline says the result of the check in one line.
func (v PermissionsView) Headline() (tone Tone, title, text string) {
	n := CountPermissions(v.Check)[entity.Required]
	switch {
	case v.Check.CheckedAt.IsZero():
		return Info, "Not checked yet.", "Check again to ask Microsoft."
	case v.Check.Problems[entity.Graph] != nil:
		return Bad, "Microsoft Graph gave no token.", "Which permissions are granted is not known."
	case n.Granted == 0:
		return Bad, "No permission is granted.", "The app is registered, but nobody has granted admin consent. Grant it, then check again."
	case n.Granted < n.All:
		return Warn, fmt.Sprintf("%d of %d required permissions are missing.", n.All-n.Granted, n.All), "What they feed is not read; everything else works."
	default:
		return Good, fmt.Sprintf("All %d required permissions are granted.", n.All), ""
	}
}

// nothingMissing reports whether all that SecurAtlas needs is known to be
// granted.
func (v PermissionsView) nothingMissing() bool {
	tone, _, _ := v.Headline()
	return tone == Good
}

// feeds are the entities that a permission lets SecurAtlas read.
func (v PermissionsView) feeds(p entity.PermissionStatus) []*entity.Def {
	var defs []*entity.Def
	for _, kind := range p.Entities {
		if d := v.Catalogue.Def(kind); d != nil {
			defs = append(defs, d)
		}
	}
	return defs
}

func (v PermissionsView) path(page string) string {
	return TenantPath(v.Tenant.Slug, "integrations", "microsoft", page)
}

// toMend reports whether the steps that grant a permission are shown open.
func toMend(p entity.PermissionStatus) bool {
	return p.Known && !p.Granted && p.Profile == entity.Required
}

func extraClass(e entity.ExtraRole) string {
	if e.Write {
		return "x-warn"
	}
	return "x-off"
}

func extraIcon(e entity.ExtraRole) string {
	if e.Write {
		return "alert-triangle-filled"
	}
	return "info-circle"
}
