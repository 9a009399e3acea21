package simulator

import (
	"crypto/subtle"
	"maps"
	"slices"
	"time"
)

// Resources that the app can have permissions on, as SetRoles, Grant and
// Revoke name them.
const (
	GraphResource      = "graph"
	DefenderResource   = "defender"
	ManagementResource = "management" // Office 365 Management APIs: granted to no app at first
)

// Application ids that Microsoft documents for its own services.
const (
	graphAppID    = "00000003-0000-0000-c000-000000000000"
	defenderAppID = "fc780465-2017-40d4-a0c5-307022471b92"
)

// appRole is an application permission. The ids of Graph's are Microsoft's.
type appRole struct{ name, id string }

// requestedRoles are the permissions that the app registration asks for: they
// are what an administrator consents to.
var requestedRoles = map[string][]appRole{
	GraphResource: {
		{"User.Read.All", "df021288-bdef-4463-88db-98f22de89214"},
		{"Directory.Read.All", "7ab1d382-f21e-4acd-a863-ba3e13f7da61"},
		{"Policy.Read.All", "246dd0d5-5bd0-4def-940b-0421030a5b68"},
		{"AuditLog.Read.All", "b0afded3-3588-46d8-8b3d-9842eff778da"},
		{"IdentityRiskyUser.Read.All", "dc5007c0-2d7d-4c42-879c-2dab87571379"},
		{"RoleManagement.Read.Directory", "483bed4a-2ad3-4361-a73b-c83ccdbdc53c"},
		{"DeviceManagementManagedDevices.Read.All", "2f51be20-0bb4-4fed-bf7b-db946066c75e"},
		{"DeviceManagementConfiguration.Read.All", "dc377aa6-52d8-4e23-b271-2a7ae04cedf3"},
		{"Organization.Read.All", "498476ce-e0fe-48b0-b801-37ba7e2685c6"},
		{"ServiceHealth.Read.All", "79c261e0-fe76-4144-aad5-bdc68fbe4037"},
		{"Reports.Read.All", "230c1aed-a721-4c5d-9cb4-a90514e508ef"},
		{"SecurityEvents.Read.All", "bf394140-e372-4bf9-a898-299cfc7564e5"},
		{"TeamworkDevice.Read.All", "0591bafd-7c1c-4c30-a2a5-2b9aacb1dfe8"},
	},
	DefenderResource: {
		{name: "Alert.Read.All"},
		{name: "Machine.Read.All"},
		{name: "Vulnerability.Read.All"},
		{name: "SecurityRecommendation.Read.All"},
	},
}

// registration is the app: its secrets and what it was granted.
type registration struct {
	clientID, objectID, spID string
	firstSecret              string
	createdAt                time.Time
	secrets                  []appSecret
	added                    int                 // secrets that AddSecret made
	roles                    map[string][]string // resource → granted roles, in the order of granting
	grantedAt                time.Time
	disabled                 bool
	disabledAt               time.Time
	blocked                  bool // by Conditional Access for workload identities
	consentRefused           bool
	redirectURIs             []string
}

type appSecret struct {
	value, keyID, name string
	starts, ends       time.Time
}

const appName = "SecurAtlas"

func newRegistration(seed uint64, now time.Time) *registration {
	id := func(salt uint64) string { return guidOf(draw(seed, 0, salt), draw(seed, 1, salt)) }
	app := &registration{
		clientID: id(saltClient), objectID: id(saltAppObject), spID: id(saltServicePrincipal),
		// A demo's secret may follow from its seed: it opens nothing but the demo.
		firstSecret: secretValue(draw(seed, 2, saltSecret), draw(seed, 3, saltSecret), draw(seed, 4, saltSecret), draw(seed, 5, saltSecret)),
		createdAt:   now.AddDate(0, -2, 0),
		grantedAt:   now.AddDate(0, -2, 0),
		roles:       map[string][]string{},
	}
	app.secrets = []appSecret{{value: app.firstSecret, keyID: id(saltSecretKey), name: appName, starts: app.createdAt, ends: now.AddDate(1, 10, 0)}}
	app.consent(now)
	return app
}

// consent grants everything that the registration asks for.
func (r *registration) consent(now time.Time) {
	for resource, roles := range requestedRoles {
		for _, role := range roles {
			if !slices.Contains(r.roles[resource], role.name) {
				r.roles[resource] = append(r.roles[resource], role.name)
			}
		}
	}
	r.grantedAt = now
}

// secret finds the secret that a client sent.
func (r *registration) secret(value string) (appSecret, bool) {
	for _, s := range r.secrets {
		if subtle.ConstantTimeCompare([]byte(s.value), []byte(value)) == 1 {
			return s, true
		}
	}
	return appSecret{}, false
}

// AddSecret gives the app another client secret, good for six months.
func (t *Tenant) AddSecret() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	t.app.added++
	n := t.app.added
	value := secretValue(draw(t.seed, n, saltSecret+1), draw(t.seed, n, saltSecret+2), draw(t.seed, n, saltSecret+3), draw(t.seed, n, saltSecret+4))
	t.app.secrets = append(t.app.secrets, appSecret{
		value: value, keyID: freshGUID(), name: "added", starts: now, ends: now.AddDate(0, 6, 0),
	})
	return value
}

// ExpireSecret lets a client secret expire. It reports whether there is one.
func (t *Tenant) ExpireSecret(value string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.app.secrets {
		if t.app.secrets[i].value == value {
			t.app.secrets[i].ends = t.now().Add(-time.Second)
			return true
		}
	}
	return false
}

// RemoveSecret deletes a client secret. It reports whether there was one.
func (t *Tenant) RemoveSecret(value string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := len(t.app.secrets)
	t.app.secrets = slices.DeleteFunc(t.app.secrets, func(s appSecret) bool { return s.value == value })
	return len(t.app.secrets) < before
}

// SetRoles replaces the roles that the app was granted on a resource
// (GraphResource, DefenderResource or ManagementResource). Tokens that were issued before keep
// theirs until they expire, as Microsoft's do.
func (t *Tenant) SetRoles(resource string, roles []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.app.roles[resource] = slices.Clone(roles)
	t.app.grantedAt = t.now()
}

// Roles lists the roles that the app was granted on a resource.
func (t *Tenant) Roles(resource string) []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clone(t.app.roles[resource])
}

// Grant consents to a role: a WindowsDefenderATP role on Defender, one of the
// Office 365 Management APIs' on those, any other on Graph.
func (t *Tenant) Grant(role string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	resource := resourceOf(role)
	if !slices.Contains(t.app.roles[resource], role) {
		t.app.roles[resource] = append(slices.Clone(t.app.roles[resource]), role)
	}
}

// Revoke takes a role back, on whichever resource it was granted.
func (t *Tenant) Revoke(role string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for resource, roles := range t.app.roles {
		t.app.roles[resource] = slices.DeleteFunc(slices.Clone(roles), func(r string) bool { return r == role })
	}
}

// RemoveConsent takes all roles back: tokens then carry no roles claim.
func (t *Tenant) RemoveConsent() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.app.roles = map[string][]string{}
}

// Consent grants every permission that the registration asks for, as an
// administrator does on the consent page.
func (t *Tenant) Consent() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.app.roles = maps.Clone(t.app.roles)
	t.app.consent(t.now())
}

// RefuseConsent makes the consent page end in a refusal, or no longer.
func (t *Tenant) RefuseConsent(refuse bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.app.consentRefused = refuse
}

// SetRedirectURIs sets the redirect URIs of the registration. With none, the
// consent page redirects to wherever it is asked to.
func (t *Tenant) SetRedirectURIs(uris ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.app.redirectURIs = slices.Clone(uris)
}

// DisableApp disables the app's service principal, or enables it again.
func (t *Tenant) DisableApp(disabled bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.app.disabled = disabled
	if disabled {
		t.app.disabledAt = t.now()
	}
}

// BlockByConditionalAccess makes Conditional Access refuse tokens to the app,
// or no longer.
func (t *Tenant) BlockByConditionalAccess(blocked bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.app.blocked = blocked
}

// SetDefender says whether the tenant has the WindowsDefenderATP service
// principal, and whether Defender for Endpoint is licensed and active.
func (t *Tenant) SetDefender(present, licensed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.defenderPresent, t.defenderLicensed = present, licensed
}

// defenderRoles are the WindowsDefenderATP roles that Microsoft documents.
var defenderRoles = []string{
	"AdvancedQuery.Read.All", "Alert.Read.All", "Alert.ReadWrite.All", "Machine.Read.All", "Machine.ReadWrite.All",
	"Score.Read.All", "SecurityRecommendation.Read.All", "Software.Read.All", "Ti.ReadWrite.All", "Vulnerability.Read.All",
}

func resourceOf(role string) string {
	if slices.Contains(defenderRoles, role) {
		return DefenderResource
	}
	if slices.Contains(managementRoles, role) {
		return ManagementResource
	}
	return GraphResource
}
