package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// What a list of tenants says of each is what the tenant's own pages say.
func TestTenantStatesAreEachTenants(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 20))
	pw, end := w.begin("widgets", "list")
	w.put(pw, w.numbered("widgets", 0, 2))
	_, err := pw.Stop(ctx, &entity.Problem{Class: entity.ClassPermission, Code: "Forbidden", Message: "m", Status: 403, Needs: []string{"Widget.Read.All"}}, store.Traffic{})
	require.NoError(t, err)
	end()
	pw, end = w.begin("gadgets", "list")
	_, err = pw.Stop(ctx, &entity.Problem{Class: entity.ClassThrottled, Message: "m", RetryAt: w.clock.Now().Add(time.Hour)}, store.Traffic{})
	require.NoError(t, err)
	end()
	other := newTenant(t, w.Store, "Fabrikam")

	all, err := w.TenantStates(ctx)
	require.NoError(t, err)
	assert.NotContains(t, all, other.ID, "nothing is known of it")
	own, err := w.EntityStates(ctx, w.tenant.ID)
	require.NoError(t, err)
	require.Len(t, all[w.tenant.ID], len(own))
	for i, e := range own {
		brief := all[w.tenant.ID][i]
		assert.Equal(t, e.Def, brief.Def)
		assert.Equal(t, []any{e.State, e.AsOf, e.Needs, e.Problem, e.Syncing, e.Optional}, []any{brief.State, brief.AsOf, append([]string{}, brief.Needs...), brief.Problem, brief.Syncing, brief.Optional}, e.Def.Kind)
	}

	// Of a tenant that is not connected nothing is due.
	connected := func() []store.Retry {
		retries, err := w.DueRetries(ctx, w.clock.Now())
		require.NoError(t, err)
		return retries
	}
	assert.Empty(t, connected())
}
