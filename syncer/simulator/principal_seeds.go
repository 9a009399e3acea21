package simulator

import "fmt"

// microsoftTenant is the tenant of Microsoft's own services.
const microsoftTenant = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

// services are Microsoft's, with the ids that Microsoft documents
// (learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in).
var services = []struct{ appID, name string }{
	{appExchangeOnline, "Office 365 Exchange Online"},
	{"00000003-0000-0ff1-ce00-000000000000", "Office 365 SharePoint Online"},
	{"c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Azure Portal"},
	{"cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", "Microsoft Teams Services"},
	{appAzureManagement, "Windows Azure Service Management API"},
	{"04b07795-8ddb-461a-bbee-02f9e1bf7b46", "Microsoft Azure CLI"},
	{"14d82eec-204b-4c2f-b7e8-296a70dab67e", "Microsoft Graph Command Line Tools"},
	{managementAppID, managementAppName}, // the last one: see resourceSP
}

// gallery are apps of other companies. Those with a key sign people in by SAML.
var gallery = []struct {
	name string
	key  *term
}{
	{"Salesforce", &term{1060, 35}}, {"ServiceNow", &term{400, 695}}, {"Zoom", nil}, {"Atlassian Cloud", nil},
	{"AWS IAM Identity Center", &term{1200, -105}}, {"DocuSign", nil}, {"Adobe Identity Management", nil},
}

// identities are managed identities: Azure renews their keys.
var identities = []struct {
	name     string
	assigned bool // by a user, not by the system
}{{"vm-build-01", false}, {"func-invoices", false}, {"id-shop-api", true}, {"aks-contoso-agentpool", true}}

// The places of service principals: the app's, Graph's, Defender's, and then
// those of the tenant's applications, the gallery, managed identities and
// Microsoft.
const firstPrincipal = 3

func (t *Tenant) registerApplications() {
	apps := madeApps(t.users.made)
	t.applications = newSet(1+apps, func(i int) object {
		if i == 0 {
			return t.application()
		}
		return t.madeApp(i - 1)
	}, func(i int) string {
		if i == 0 {
			return t.app.objectID
		}
		return t.guid(i-1, saltAppID)
	})
	t.principals = newSet(firstPrincipal+apps+len(gallery)+len(identities)+len(services), t.makePrincipal, t.principalID)
}

func (t *Tenant) principalID(i int) string {
	switch i {
	case 0:
		return t.app.spID
	case 1:
		return t.resourceSP(GraphResource)
	case 2:
		return t.resourceSP(DefenderResource)
	}
	return t.guid(i, saltAppPrincipal)
}

// principalOf is the id of the service principal of a made application, of
// which the first is number 1.
func (t *Tenant) principalOf(app int) string { return t.principalID(firstPrincipal + app - 1) }

func (t *Tenant) makePrincipal(i int) object {
	switch i {
	case 0:
		return t.principalBag(i, t.app.clientID, appName, t.id, bag{"accountEnabled": !t.app.disabled})
	case 1:
		return t.principalBag(i, graphAppID, "Microsoft Graph", microsoftTenant, bag{"appRoles": t.appRoles(GraphResource)})
	case 2:
		return t.principalBag(i, defenderAppID, "WindowsDefenderATP", microsoftTenant, bag{"appRoles": t.appRoles(DefenderResource)})
	}
	k := i - firstPrincipal
	if apps := t.applications.made - 1; k < apps {
		s := t.appSeed(k)
		return t.principalBag(i, t.guid(k, saltAppClient), s.name, t.id, bag{"accountEnabled": !s.disabled, "createdDateTime": instant(t.appCreated(s)),
			"tags": []string{"WindowsAzureActiveDirectoryIntegratedApp"}})
	} else if k -= apps; k < len(gallery) {
		return t.galleryPrincipal(i, k)
	} else if k -= len(gallery); k < len(identities) {
		return t.managedIdentity(i, k)
	} else {
		k -= len(identities)
		out := t.principalBag(i, services[k].appID, services[k].name, microsoftTenant, nil)
		if services[k].appID == managementAppID {
			out["appRoles"] = t.appRoles(ManagementResource)
		}
		return out
	}
}

func (t *Tenant) principalBag(i int, appID, name, owner string, more bag) bag {
	out := bag{
		"id": t.principalID(i), "accountEnabled": true, "appDisplayName": name, "appId": appID, "appOwnerOrganizationId": owner,
		"appRoleAssignmentRequired": false, "createdDateTime": instant(t.app.createdAt), "displayName": name, "servicePrincipalNames": []string{appID},
		"servicePrincipalType": "Application", "signInAudience": "AzureADMyOrg", "tags": []string{}, "appRoles": []row{}, "keyCredentials": []row{},
		"passwordCredentials": []row{}, "alternativeNames": []string{}, "notificationEmailAddresses": []string{}, "replyUrls": []string{},
	}
	for name, v := range more {
		out[name] = v
	}
	return out
}

func (t *Tenant) galleryPrincipal(i, k int) object {
	g := gallery[k]
	out := t.principalBag(i, t.guid(k, saltAppClient+1<<30), g.name, t.guid(k, saltAppClient+1<<31), bag{"signInAudience": "AzureADMultipleOrgs",
		"tags": []string{"WindowsAzureActiveDirectoryIntegratedApp"}})
	if g.key != nil {
		// The certificate is there to sign and to verify, and has a password.
		sign, verify := t.keyRow(i*16, *g.key, "CN=Microsoft Azure Federated SSO Certificate", "Sign"), t.keyRow(i*16, *g.key, "CN=Microsoft Azure Federated SSO Certificate", "Verify")
		out["keyCredentials"], out["passwordCredentials"] = []row{sign, verify}, t.secretRows(i, []term{*g.key}, "CN=Microsoft Azure Federated SSO Certificate")
		out["preferredSingleSignOnMode"], out["notificationEmailAddresses"] = "saml", []string{"admin@" + defaultDomain}
	}
	return out
}

func (t *Tenant) managedIdentity(i, k int) object {
	m := identities[k]
	kind, resource := "isExplicit=False", "Microsoft.Compute/virtualMachines/"
	if m.assigned {
		kind, resource = "isExplicit=True", "Microsoft.ManagedIdentity/userAssignedIdentities/"
	}
	appID := t.guid(k, saltAppClient+1<<32)
	out := t.principalBag(i, appID, m.name, "", bag{
		"servicePrincipalType": "ManagedIdentity", "appOwnerOrganizationId": nil, "appDisplayName": nil, "signInAudience": nil,
		"servicePrincipalNames": []string{appID, "https://identity.azure.net/" + t.guid(k, saltAppKey+1<<33)},
		"alternativeNames":      []string{kind, fmt.Sprintf("/subscriptions/%s/resourcegroups/production/providers/%s%s", t.guid(0, saltSubscription+1<<30), resource, m.name)},
	})
	out["keyCredentials"] = []row{t.keyRow(i*16, term{45 - k*10, 45 + k*10}, "CN="+appID, "Verify")}
	return out
}

// principalAt is the service principal at a place, nil where there is none.
func (t *Tenant) principalAt(i int) object {
	if i == 2 && !t.defenderPresent {
		return nil
	}
	return t.principals.at(i)
}

// servicePrincipal finds a service principal by its id.
func (t *Tenant) servicePrincipal(id string) object {
	if i, ok := t.principals.find(id); ok {
		return t.principalAt(i)
	}
	return nil
}

// AddApplication registers an application, with its service principal, and
// returns the application's id. Credentials are given as Graph has them:
// passwordCredentials, keyCredentials.
func (t *Tenant) AddApplication(properties map[string]any) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	app := t.madeApp(0).(bag)
	for _, name := range []string{"passwordCredentials", "keyCredentials", "requiredResourceAccess"} {
		app[name] = []any{}
	}
	app["displayName"], app["createdDateTime"], app["isFallbackPublicClient"] = "Added application", instant(t.now()), nil
	given := normal(properties)
	id := t.newID(given, t.applications, saltAppID)
	app["appId"] = t.guid(t.applications.size(), saltAppClient|1<<41)
	for name, v := range given {
		app[name] = v
	}
	app["id"] = id
	t.applications.add(normal(app), t.next())
	name, appID := text(app, "displayName"), text(app, "appId")
	principal := t.principalBag(t.principals.size(), appID, name, t.id, bag{"createdDateTime": instant(t.now())})
	principal["id"] = t.guid(t.principals.size(), saltAppPrincipal|1<<41)
	t.principals.add(normal(principal), t.next())
	return id
}

// UpdateApplication changes properties of an application.
func (t *Tenant) UpdateApplication(id string, properties map[string]any) bool {
	return t.edit(t.applications, id, properties)
}

// RemoveApplication deletes an application; its service principal stays.
func (t *Tenant) RemoveApplication(id string) bool { return t.remove(t.applications, id) }

// ApplicationIDs lists the applications, the connected one first.
func (t *Tenant) ApplicationIDs() []string { return t.ids(t.applications) }

// ServicePrincipalIDs lists the service principals.
func (t *Tenant) ServicePrincipalIDs() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var out []string
	for _, o := range t.servicePrincipals() {
		out = append(out, text(o, "id"))
	}
	return out
}

// UpdateServicePrincipal changes properties of a service principal.
func (t *Tenant) UpdateServicePrincipal(id string, properties map[string]any) bool {
	return t.edit(t.principals, id, properties)
}
