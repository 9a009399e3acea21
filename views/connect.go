package views

import (
	"net/url"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// ConnectView is the page that connects a tenant to Microsoft.
type ConnectView struct {
	Page   Page
	Tenant store.Tenant
	// Known is the tenant's integration, or nil: its directory is given.
	Known *store.Integration

	// What was entered. The secret is never sent back.
	Cloud, DirectoryID, ClientID string
	Errors                       FieldErrors
	AskSecret                    bool // the secret has the shape of a secret ID
	Report                       *entity.ConnectReport

	Clouds      []entity.CloudChoice
	Links       entity.Links
	RedirectURI string
	Permissions []entity.Permission
	Scripts     Scripts
	Demo        *DemoHint
}

// Scripts do what the guide does, without a click.
type Scripts struct {
	Bash, PowerShell, Manifest string
	Extras                     bool // the recommended extras are among the permissions
}

// extrasPath is this page with the other choice about extras.
func (v ConnectView) extrasPath() string {
	if v.Scripts.Extras {
		return v.action() + "#scripts"
	}
	return v.action() + "?extras=1#scripts"
}

// DemoHint is what connects the demo's simulated directory.
type DemoHint struct{ DirectoryID, ClientID, ClientSecret string }

// Replacing reports whether the form replaces the secret of a connection.
func (v ConnectView) Replacing() bool { return v.Known != nil && v.Known.Connected }

func (v ConnectView) action() string {
	return TenantPath(v.Tenant.Slug, "integrations", "microsoft", "connect")
}

// Lead says what the form will do.
func (v ConnectView) Lead() string {
	switch {
	case v.Replacing():
		return "It is tested first and takes over when the test has passed. It is encrypted before it is stored, and is never shown again."
	case v.Known != nil:
		return "This connects the same directory again. Its rows and their history go on."
	default:
		return "The secret is encrypted before it is stored, and is never shown again."
	}
}

func (v ConnectView) field(name string) FieldView {
	f := FieldView{Name: name, Error: v.Errors[name], Mono: true, Required: true, Autofocus: v.firstError() == name}
	switch name {
	case "directory_id":
		f.Label, f.Value = "Directory (tenant) ID", v.DirectoryID
		f.Placeholder, f.Hint = "00000000-0000-0000-0000-000000000000", "The GUID from the app's Overview page, or a verified domain such as contoso.com."
	case "client_id":
		f.Label, f.Value = "Application (client) ID", v.ClientID
		f.Placeholder = "00000000-0000-0000-0000-000000000000"
		if v.Replacing() {
			f.Hint = "Change it only where the secret is of another app registration."
		}
	case "client_secret":
		f.Label, f.Type = "Client secret", "password"
		f.Hint = "The Value column of Certificates & secrets, not the Secret ID."
	}
	return f
}

// firstError is the first field, from the top, that has an error.
func (v ConnectView) firstError() string {
	for _, name := range []string{"cloud", "directory_id", "client_id", "client_secret"} {
		if v.Errors[name] != "" {
			return name
		}
	}
	return ""
}

// graph and the others are the guide's lists, each made from the catalogue's
// permissions, so that none can be forgotten here.
func (v ConnectView) graph() []entity.Permission { return v.pick(entity.Graph, false) }

func (v ConnectView) defender() []entity.Permission { return v.pick(entity.Defender, false) }

func (v ConnectView) extras() []entity.Permission {
	var all []entity.Permission
	for _, r := range entity.Resources {
		all = append(all, v.pick(r, true)...)
	}
	return all
}

func (v ConnectView) pick(r entity.Resource, extra bool) []entity.Permission {
	var list []entity.Permission
	for _, p := range v.Permissions {
		if p.Resource == r && (p.Profile == entity.Extra) == extra {
			list = append(list, p)
		}
	}
	return list
}

// scriptPermissions says how many permissions the scripts add.
func (v ConnectView) scriptPermissions() string {
	n := 0
	for _, p := range v.Permissions {
		if p.Profile == entity.Required || p.Profile == entity.Optional || p.Profile == entity.Extra && v.Scripts.Extras {
			n++
		}
	}
	return Count(n, "permission", "permissions")
}

// names are the permissions that feed something, one a line, for the
// clipboard.
func names(list []entity.Permission) string {
	var b []string
	for _, p := range list {
		if p.Profile != entity.Unused {
			b = append(b, p.Name)
		}
	}
	return strings.Join(b, "\n")
}

// resourceTitle is an API's name as Entra lists it.
func resourceTitle(r entity.Resource) string {
	return r.APIName()
}

// secretMonths is what the guide advises; Entra's longest choice is 24 months.
const secretMonths = 24

// secretEnd is when a secret that is made now ends.
func (v ConnectView) secretEnd() time.Time { return v.Page.Now.AddDate(0, secretMonths, 0) }

// host is the address without its scheme, for a sentence.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

// The results of one line of the connection test.
const (
	stepPassed  = "passed"
	stepWarned  = "warning"
	stepFailed  = "failed"
	stepSkipped = "not tested"
)

func stepResult(s entity.Step) string {
	switch {
	case s.Warning:
		return stepWarned
	case s.Problem != nil:
		return stepFailed
	case s.Done:
		return stepPassed
	default:
		return stepSkipped
	}
}

// stepDetail is what a line says beside its problem, which says the rest.
func stepDetail(s entity.Step) string {
	if s.Problem != nil && s.Detail == s.Problem.Message {
		return ""
	}
	return s.Detail
}
