package enforcement_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/syncer/enforcement"
)

// possible is one thing that may or may not be so, each with a policy of its
// own that hangs on it.
type possible struct {
	policy string
	user   func(u *enforcement.User, unconfirmed bool)
}

// somePossible makes one of every kind: an inclusion or exclusion, by group or
// by role, that asks for MFA, for some MFA, or blocks.
func somePossible(r *rand.Rand, i int) possible {
	id := fmt.Sprintf("bbbbbbbb-0000-0000-0000-%012d", i)
	kind := []string{"Groups", "Roles"}[r.IntN(2)]
	users := `{"include` + kind + `":["` + id + `"]}`
	if r.IntN(2) == 0 {
		users = `{"includeUsers":["All"],"exclude` + kind + `":["` + id + `"]}`
	}
	conditions := []string{everything, `"applications":{"includeApplications":["Office365"]},` + anyClient, allApps + `,` + modern, allApps + `,` + legacy}[r.IntN(4)]
	grant := []string{mfa, mfa, block, `{"operator":"OR","builtInControls":["mfa","compliantDevice"]}`}[r.IntN(4)]
	return possible{
		policy: on(id, users, conditions, grant),
		user: func(u *enforcement.User, unconfirmed bool) {
			if kind == "Groups" {
				u.Groups = append(u.Groups, enforcement.Membership{Group: id, Unconfirmed: unconfirmed})
			} else {
				u.Roles = append(u.Roles, enforcement.Role{Template: id, Unconfirmed: unconfirmed})
			}
		},
	}
}

// TestMaybe_EveryWorld holds the verdict against every way in which what was not
// confirmed may turn out: it is the verdict that they agree on. They agree on
// Enforced also where some of them are Blocked. Any other is Not assessed.
func TestMaybe_EveryWorld(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[enforcement.Verdict]int{}
	for range 3000 {
		possibles := make([]possible, 1+r.IntN(4))
		tenant := &enforcement.Tenant{SecurityDefaults: r.IntN(8) == 0, Names: names}
		for i := range possibles {
			possibles[i] = somePossible(r, i)
			tenant.Policies = append(tenant.Policies, enforcement.NewPolicy([]byte(possibles[i].policy)))
		}
		if certain := []string{"", "", mfa, block}[r.IntN(4)]; certain != "" {
			tenant.Policies = append(tenant.Policies, enforcement.NewPolicy([]byte(on("C", everyone, everything, certain))))
		}
		account := func(world int) *enforcement.User {
			u := &enforcement.User{ID: anna, PerUserMFA: "disabled"}
			for i, p := range possibles {
				if world < 0 || world&(1<<i) != 0 {
					p.user(u, world < 0)
				}
			}
			return u
		}
		var worlds []enforcement.Verdict
		for world := range 1 << len(possibles) {
			worlds = append(worlds, tenant.Judge(account(world)).Verdict)
		}
		slices.Sort(worlds)
		want := enforcement.NotAssessed
		switch worlds = slices.Compact(worlds); {
		case len(worlds) == 1:
			want = worlds[0]
		case slices.Equal(worlds, []enforcement.Verdict{enforcement.Blocked, enforcement.Enforced}):
			want = enforcement.Enforced
		}
		got := tenant.Judge(account(-1))
		assert.Equal(t, want, got.Verdict, "%v of %v", worlds, tenant.Policies)
		assert.Equal(t, want == enforcement.NotAssessed, len(got.Needs) > 0)
		seen[want]++
	}
	for _, v := range enforcement.Verdicts {
		assert.Positive(t, seen[v], "no case came out as %s", v)
	}
}
