package simulator

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// term is how long a credential has been good and stays good, in days from the
// day of the start; left is negative for one that expired.
type term struct{ age, left int }

// appSeed is an application of the tenant's own. What its credentials say
// about time follows the day of the start, so that a demo always has some that
// are about to expire.
type appSeed struct {
	name          string
	secrets, keys []term
	federated     string // subject of a federated credential
	roles         []string
	several       bool // for several tenants
	disabled      bool // nobody can sign in to it
}

// appSeeds are written by hand; more follow from the seed. The app that is
// connected stands before them.
var appSeeds = []appSeed{
	{name: "Backup for Microsoft 365", secrets: []term{{690, 40}}, roles: []string{"Mail.Read", "Files.Read.All", "Sites.FullControl.All"}},
	{name: "Identity automation", keys: []term{{300, 65}}, roles: []string{"Directory.ReadWrite.All", "RoleManagement.ReadWrite.Directory", "AppRoleAssignment.ReadWrite.All"}},
	{name: "Intranet", secrets: []term{{400, -35}, {30, 335}}},
	{name: "HR import (old)", secrets: []term{{1100, -370}}, roles: []string{"Directory.ReadWrite.All"}, disabled: true},
	{name: "Payroll connector", secrets: []term{{175, 5}}, roles: []string{"User.Read.All"}},
	{name: "Deployment pipeline", federated: "repo:contoso/infrastructure:ref:refs/heads/main", roles: []string{"Application.ReadWrite.All"}},
	{name: "Kubernetes workload", federated: "system:serviceaccount:shop:api"},
	{name: "Shop single sign-on", keys: []term{{710, 20}, {2, 728}}},
	{name: "Scanner mail", secrets: []term{{1500, 36000}}, roles: []string{"Mail.Send"}},
	{name: "Partner portal", secrets: []term{{10, 170}}, keys: []term{{10, 355}}, several: true},
	{name: "Mobile app \"Contoso Go\""}, // a public client: nothing to expire
	{name: "=cmd|' /C calc'!A0", secrets: []term{{100, 1}}},
	{name: "レポート", secrets: []term{{90, 90}}},
	{name: "Test app (delete me)", secrets: []term{{800, -70}, {790, -60}, {200, -20}}},
}

// madeApps is how many applications of its own a tenant has beside the
// connected one.
func madeApps(users int) int { return len(appSeeds) + 16 + min(users/500, 60) }

func (t *Tenant) appSeed(i int) appSeed {
	if i < len(appSeeds) {
		return appSeeds[i]
	}
	n := draw(t.seed, i, saltAppFact)
	s := appSeed{name: fmt.Sprintf("%s %s", projectNames[n%uint64(len(projectNames))], []string{"API", "Web", "Bot", "Connector", "Reports"}[n>>8%5]) + fmt.Sprintf(" %d", i)}
	life := []int{180, 365, 730}[n>>16%3]
	age := int(n >> 24 % uint64(life+60))
	switch n >> 40 % 10 {
	case 0, 1:
		s.keys = []term{{age, life - age}}
	case 2:
		s.federated = fmt.Sprintf("repo:contoso/service-%d:environment:production", i)
	case 3:
	default:
		s.secrets = []term{{age, life - age}}
		if n>>44%3 == 0 {
			s.secrets = append(s.secrets, term{age + life, -age})
		}
	}
	return s
}

// madeApp is the application object of a seed.
func (t *Tenant) madeApp(i int) object {
	s := t.appSeed(i)
	audience := "AzureADMyOrg"
	if s.several {
		audience = "AzureADMultipleOrgs"
	}
	return bag{
		"id": t.guid(i, saltAppID), "appId": t.guid(i, saltAppClient), "displayName": s.name, "createdDateTime": instant(t.appCreated(s)),
		"identifierUris": []string{}, "publisherDomain": defaultDomain, "signInAudience": audience, "tags": []string{}, "appRoles": []row{},
		"passwordCredentials": t.secretRows(i, s.secrets, "Client secret"), "keyCredentials": t.keyRows(i, s.keys, s.name),
		"requiredResourceAccess": t.accessRows(s.roles), "isFallbackPublicClient": len(s.secrets)+len(s.keys) == 0 && s.federated == "",
		"web": row{{"homePageUrl", nil}, {"logoutUrl", nil}, {"redirectUris", []string{}}}, "addIns": []row{},
		"info": row{{"termsOfServiceUrl", nil}, {"supportUrl", nil}, {"privacyStatementUrl", nil}, {"marketingUrl", nil}, {"logoUrl", nil}},
	}
}

// appCreated is some days before the oldest credential.
func (t *Tenant) appCreated(s appSeed) time.Time {
	oldest := 200
	for _, c := range append(append([]term{}, s.secrets...), s.keys...) {
		oldest = max(oldest, c.age)
	}
	return t.today.AddDate(0, 0, -oldest-3)
}

func (t *Tenant) secretRows(i int, terms []term, name string) []row {
	out := []row{}
	for k, c := range terms {
		n := i*16 + k
		value := secretValue(draw(t.seed, n, saltAppKey), draw(t.seed, n, saltAppKey+1<<30), 0, 0)
		out = append(out, row{{"customKeyIdentifier", nil}, {"displayName", fmt.Sprintf("%s %d", name, k+1)},
			{"endDateTime", t.today.AddDate(0, 0, c.left).Format(instantWithFraction)}, {"hint", value[:3]}, {"keyId", t.guid(n, saltAppKey)},
			{"secretText", nil}, {"startDateTime", t.today.AddDate(0, 0, -c.age).Format(instantWithFraction)}})
	}
	return out
}

func (t *Tenant) keyRows(i int, terms []term, name string) []row {
	out := []row{}
	for k, c := range terms {
		out = append(out, t.keyRow(i*16+8+k, c, "CN="+name, "Verify"))
	}
	return out
}

func (t *Tenant) keyRow(n int, c term, name, usage string) row {
	raw := rawGUID(t.guid(n, saltAppKey+1<<31))
	return row{{"customKeyIdentifier", strings.ToUpper(fmt.Sprintf("%x%x", raw, raw[:4]))}, {"displayName", name},
		{"endDateTime", instant(t.today.AddDate(0, 0, c.left))}, {"key", nil}, {"keyId", t.guid(n, saltAppKey)},
		{"startDateTime", instant(t.today.AddDate(0, 0, -c.age))}, {"type", "AsymmetricX509Cert"}, {"usage", usage}}
}

// withKeys shows the certificates themselves, which only single objects do,
// and only when keyCredentials is selected.
type withKeys struct{ object }

func (o withKeys) get(name string) (any, bool) {
	v, ok := o.object.get(name)
	rows, _ := v.([]row)
	if name != "keyCredentials" || rows == nil {
		return v, ok
	}
	out := make([]row, len(rows))
	for i, r := range rows {
		out[i] = append(row{}, r...)
		for k := range out[i] {
			if id, _ := r.get("keyId"); out[i][k].name == "key" {
				out[i][k].value = base64.StdEncoding.EncodeToString([]byte("certificate of " + fmt.Sprint(id)))
			}
		}
	}
	return out, true
}

// accessRows are the application permissions on Graph that an app asks for.
func (t *Tenant) accessRows(roles []string) []row {
	out := []row{}
	if len(roles) == 0 {
		return out
	}
	var access []row
	for _, role := range roles {
		access = append(access, row{{"id", t.roleID(GraphResource, role)}, {"type", "Role"}})
	}
	return append(out, row{{"resourceAppId", graphAppID}, {"resourceAccess", access}})
}

// powerfulRoles are permissions that the app does not ask for but that others
// have; the ids are Microsoft's.
var powerfulRoles = []appRole{
	{"Directory.ReadWrite.All", "19dbc75e-c2e2-444c-a770-ec69d8559fc7"},
	{"RoleManagement.ReadWrite.Directory", "9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8"},
	{"Application.ReadWrite.All", "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"},
	{"AppRoleAssignment.ReadWrite.All", "06b708a9-e830-4db3-a914-8e69da51d44f"},
	{"Mail.Read", "810c84a8-4a9e-49e6-bf7d-12d183f40d01"},
	{"Mail.Send", "b633e1c5-b582-4048-a93e-9f11b44c7e96"},
	{"Files.Read.All", "01d4889c-1287-42c6-ac1f-5d1e02578ef6"},
	{"Sites.FullControl.All", "a82116e5-55eb-4c41-a434-62fe8a61c773"},
}

func listFederatedCredentials(x *exchange) (*answer, error) {
	t := x.tenant()
	t.mu.RLock()
	position, ok := t.applications.find(x.ids[0])
	t.mu.RUnlock()
	if !ok {
		return nil, errNotFound(x.ids[0])
	}
	var out []object
	if position > 0 && position < t.applications.made {
		if s := t.appSeed(position - 1); s.federated != "" {
			issuer := "https://token.actions.githubusercontent.com"
			if strings.HasPrefix(s.federated, "system:") {
				issuer = "https://germanywestcentral.oic.prod-aks.azure.com/" + t.id + "/"
			}
			out = append(out, bag{"id": t.guid(position, saltAppKey+1<<32), "name": "workload", "issuer": issuer, "subject": s.federated,
				"description": nil, "audiences": []string{"api://AzureADTokenExchange"}})
		}
	}
	return x.answerList(fixed(federatedCredentialType, "applications('"+x.ids[0]+"')/federatedIdentityCredentials", out))
}
