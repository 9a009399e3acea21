package simulator

import (
	"fmt"
	"sync"
	"time"
)

// Tenant is the simulated directory. Its methods change it while clients read
// it: what they change shows in the next answer, page tokens stay good, and
// access tokens that are out keep their roles until they expire.
//
// Objects are given and changed as the properties of Microsoft Graph, in
// anything that encoding/json makes JSON of; the methods panic on what it
// cannot. Methods that take an id report whether there is such an object.
type Tenant struct {
	mu    sync.RWMutex
	now   func() time.Time
	seed  uint64
	id    string
	today time.Time // the day of the start, which sign-in dates are counted from

	app              *registration
	premium          bool
	defenderPresent  bool
	defenderLicensed bool
	noTVM            bool // no licence for vulnerability management
	noMachines       bool
	resolvedAlerts   map[int]string // of Defender for Endpoint: when
	flawChanges      []flawChange   // the oldest first
	securityDefaults bool
	identity         identityState
	logs             logs
	concealsNames    bool

	withoutIntune, withoutMicrosoft365 bool
	teamsDevices                       bool                   // beta answers for Teams devices
	alertEdits                         map[int]map[string]any // by number of the alert: what UpdateSecurityAlert said

	subscribed map[string]subscription // by type of content

	users, groups, policies, locations *set
	applications, principals           *set
	devices                            *set                    // of Intune
	memberships                        map[int]*membershipEdit // by position of the group
	licensed                           map[string]int          // users with a SKU
	seq                                uint64                  // number of the newest change
}

// What everything made up is called.
const (
	organizationName = "Contoso"
	defaultDomain    = "contoso.com"
	initialDomain    = "contoso.onmicrosoft.com"
	tenantRegion     = "EU"
)

var verifiedDomains = []string{defaultDomain, initialDomain, "contoso.co.uk", "contoso.mail.onmicrosoft.com"}

// Salts keep the draws of different facts apart.
const (
	saltTenant uint64 = iota + 1
	saltClient
	saltAppObject
	saltServicePrincipal
	saltSecret
	saltSecretKey
	saltUserID
	saltGroupID
	saltPolicyID
	saltLocationID
	saltRoleID
	saltSubscription
	saltGroup
	saltMember
	saltUser // the salts of single facts about a user follow it
)

func newTenant(seed int64, users, groups, devices int, now func() time.Time) *Tenant {
	t := &Tenant{
		now: now, seed: mix(uint64(seed)), premium: true,
		defenderPresent: true, defenderLicensed: true,
		memberships: map[int]*membershipEdit{}, licensed: map[string]int{}, resolvedAlerts: map[int]string{},
	}
	start := now().UTC()
	t.today = start.Truncate(24 * time.Hour)
	t.id = t.guid(0, saltTenant)
	t.app = newRegistration(t.seed, start)
	t.users = newSet(users, t.makeUser, t.userID)
	t.sizeGroups(users, groups)
	t.devices = newSet(devices, t.makeDevice, t.deviceID)
	t.policies = newSet(0, nil, nil)
	t.locations = newSet(0, nil, nil)
	for i, l := range namedLocations() {
		l["id"] = t.guid(i, saltLocationID)
		t.locations.add(normal(l), 0)
	}
	for i, p := range t.conditionalAccessPolicies() {
		p["id"] = t.guid(i, saltPolicyID)
		t.policies.add(normal(p), 0)
	}
	for i := range users {
		for _, sku := range t.person(i).skus() {
			t.licensed[sku.id]++
		}
	}
	t.registerApplications()
	t.assignRoles()
	t.logs = newLogs(users)
	return t
}

func (t *Tenant) guid(i int, salt uint64) string {
	return guidOf(draw(t.seed, i, salt), draw(t.seed, i, salt|1<<40))
}

func (t *Tenant) userID(i int) string  { return t.guid(i, saltUserID) }
func (t *Tenant) groupID(i int) string { return t.guid(i, saltGroupID) }

// next numbers a change.
func (t *Tenant) next() uint64 {
	t.seq++
	return t.seq
}

// SetPremium gives the tenant Entra ID P1 and P2, or takes them away: the
// service plans leave the subscriptions, and signInActivity is refused.
func (t *Tenant) SetPremium(premium bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.premium = premium
}

// SetSecurityDefaults turns security defaults on or off.
func (t *Tenant) SetSecurityDefaults(enabled bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.securityDefaults = enabled
}

// newID is the id of an object that is added: the one given, or a made-up one.
func (t *Tenant) newID(properties map[string]any, s *set, salt uint64) string {
	if id, ok := properties["id"].(string); ok && id != "" {
		if _, taken := s.find(id); taken {
			panic(fmt.Sprintf("simulator: there is an object with the id %s already", id))
		}
		return id
	}
	return t.guid(s.size(), salt|1<<41)
}
