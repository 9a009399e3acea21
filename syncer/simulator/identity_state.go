package simulator

import (
	"sync"
	"sync/atomic"
	"time"
)

// identityState is what a tenant knows about roles, risk and ways to sign in,
// beyond what follows from the seed. The tenant's lock guards it.
type identityState struct {
	withoutP2     bool
	grants        []roleGrant
	registrations map[int]map[string]any // by position of the user: what SetRegistration said
	risks         map[int]map[string]any // by position of the user: what SetRisk said; nil: no risk
	hidesBulkMfa  atomic.Bool
	admins        adminCache
	groupSpread   int // sizes of made groups are 3 and up to that many more
	namedMembers  []namedMembership
}

// adminCache keeps who is an administrator until the tenant changes or an
// assignment may have ended.
type adminCache struct {
	mu    sync.Mutex
	found map[int]bool
	seq   uint64
	at    time.Time
}

// namedMembership are the members of a named group, once somebody asked.
type namedMembership struct {
	once sync.Once
	refs []reference
}

// Salts of what the state is made of; those of single facts about a user end
// far below.
const (
	saltRegistration uint64 = 1<<20 + iota
	saltRisk
	saltUnit
	saltSchedule
	saltGone
	saltCustomRole
	saltAppID
	saltAppClient
	saltAppPrincipal
	saltAppKey
	saltAppFact
)

// SetPremiumP2 takes Entra ID P2 away and leaves P1, or gives it back: PIM and
// Identity Protection need it. A tenant without premium licences at all (see
// SetPremium) has no P2 either way.
func (t *Tenant) SetPremiumP2(p2 bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.identity.withoutP2 = !p2
}

// hasP2 reports whether the tenant has Entra ID P2. The caller holds the lock.
func (t *Tenant) hasP2() bool { return t.premium && !t.identity.withoutP2 }

// PerUserMfaBulk says whether lists of users show perUserMfaState when it is
// selected. That is undocumented, so Microsoft may stop it: without it the
// property is accepted and left out of every row.
func (t *Tenant) PerUserMfaBulk(shown bool) { t.identity.hidesBulkMfa.Store(!shown) }

// SetPerUserMfa sets the per-user MFA state of a user: "disabled", "enabled" or
// "enforced".
func (t *Tenant) SetPerUserMfa(userID, state string) bool {
	return t.UpdateUser(userID, map[string]any{perUserMfaState: state})
}

const perUserMfaState = "perUserMfaState"
