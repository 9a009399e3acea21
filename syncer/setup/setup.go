// Package setup writes what registers the app in Microsoft Entra without a
// click: scripts for Azure Cloud Shell, and the part of an app manifest that
// asks for the permissions. All of it follows from the permissions of the
// catalogue. It is a leaf: it imports the declarations alone.
package setup

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"strings"
	"text/template"

	"github.com/securatlas/securatlas/syncer/entity"
)

// graphAppID is Microsoft Graph's application ID, the same in every directory
// and cloud (learn.microsoft.com/graph/permissions-reference).
const graphAppID = "00000003-0000-0000-c000-000000000000"

// managementAppID is that of the Office 365 Management APIs, whose roles are
// found by name.
const managementAppID = "c5393580-f805-4401-95e8-94b7a6ef2fc2"

// appName is what the app registration is called.
const appName = "SecurAtlas"

var (
	//go:embed bash.sh.tmpl
	bashText string
	//go:embed powershell.ps1.tmpl
	powershellText string

	bash       = template.Must(template.New("bash").Funcs(template.FuncMap{"quote": quoteBash}).Parse(bashText))
	powershell = template.Must(template.New("powershell").Funcs(template.FuncMap{"quote": quotePowerShell}).Parse(powershellText))
)

// Files are the ways to register the app.
type Files struct {
	Bash       string // for Azure Cloud Shell, with az
	PowerShell string // for the Microsoft Graph module of PowerShell
	Manifest   string // JSON: the part of the app's manifest that asks for permissions
}

// values are what the templates say.
type values struct {
	Name, RedirectURI, GraphAppID string
	Graph                         []entity.Permission // with role ids
	Defender                      []entity.Permission // resolved by name: their ids are not documented
	Management                    []entity.Permission // likewise
	ManagementAppID               string
	Manifest                      string // requiredResourceAccess, on one line
}

// For returns what registers the app for a redirect URI. The permissions are
// those that the guide asks for; those that are used only when they are granted
// are added where extras is true.
func For(permissions []entity.Permission, redirectURI string, extras bool) Files {
	v := values{Name: appName, RedirectURI: redirectURI, GraphAppID: graphAppID, ManagementAppID: managementAppID}
	for _, p := range permissions {
		wanted := p.Profile == entity.Required || p.Profile == entity.Optional || p.Profile == entity.Extra && extras
		switch {
		case !wanted:
		case p.Resource == entity.Graph && p.ID != "":
			v.Graph = append(v.Graph, p)
		case p.Resource == entity.Defender:
			v.Defender = append(v.Defender, p)
		case p.Resource == entity.Management:
			v.Management = append(v.Management, p)
		}
	}
	access := requiredResourceAccess(v.Graph)
	line, err := json.Marshal(access)
	if err != nil { // texts alone
		panic(err)
	}
	v.Manifest = string(line)
	manifest, err := json.MarshalIndent(map[string]any{"requiredResourceAccess": access}, "", "  ")
	if err != nil {
		panic(err)
	}
	return Files{Bash: write(bash, v), PowerShell: write(powershell, v), Manifest: string(manifest)}
}

func write(t *template.Template, v values) string {
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil { // the templates are tested
		panic(err)
	}
	return b.String()
}

// resourceAccess is an entry of an app manifest
// (learn.microsoft.com/entra/identity-platform/reference-microsoft-graph-app-manifest).
type resourceAccess struct {
	ResourceAppID  string   `json:"resourceAppId"`
	ResourceAccess []access `json:"resourceAccess"`
}

type access struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

func requiredResourceAccess(graph []entity.Permission) []resourceAccess {
	r := resourceAccess{ResourceAppID: graphAppID, ResourceAccess: []access{}}
	for _, p := range graph {
		r.ResourceAccess = append(r.ResourceAccess, access{p.ID, "Role"})
	}
	return []resourceAccess{r}
}

// quoteBash makes a text one word of a shell, whatever is in it.
func quoteBash(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// quotePowerShell makes a text a literal of PowerShell, which takes typographic
// quotes for plain ones.
func quotePowerShell(s string) string {
	return "'" + strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛").Replace(s) + "'"
}
