package handlers

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

func TestRefresh_SaysWhatItKept(t *testing.T) {
	t.Parallel()
	a, tenant := adminApp(t)
	a.read(tenant, "users", "sign_in_activity", object{"id": "user-0001", "signInActivity": object{"lastSignInDateTime": "2026-01-01T00:00:00Z"}})
	night := a.clock.Now().UTC()
	a.clock.Advance(12 * time.Hour)

	run := a.begin(tenant, "users")
	def := a.store.Catalogue().Def("users")
	w := a.begun(run, "users", "list")
	require.NoError(t, w.ReadChanges(t.Context()))
	_, err := w.Put(t.Context(), nil, store.Traffic{})
	require.NoError(t, err)
	_, err = w.Complete(t.Context(), store.Traffic{Requests: 1})
	require.NoError(t, err)
	kept, err := a.store.KeepPart(t.Context(), store.PartRef{TenantID: tenant.ID, RunID: run.ID, Def: def, Part: def.Part("sign_in_activity")})
	require.NoError(t, err)
	require.True(t, kept)
	require.NoError(t, a.store.FinishRun(t.Context(), run.ID, store.RunComplete, nil))

	b := a.owner()
	page := b.get(fmt.Sprintf("/tenants/%s/syncs/%d", tenant.Slug, run.ID))
	assert.Contains(t, page.text("#part-users-sign_in_activity"), "Kept from "+night.Format("15:04 UTC"))
	assert.Contains(t, page.text("#part-users-sign_in_activity"), "UTC––––––––", "not read is not zero rows")
	assert.Contains(t, page.text("#part-users-list"), "changes only")
	table := b.get(dataPath + "users")
	assert.Contains(t, table.text("[data-testid=older-sign_in_activity]"), "as of "+night.Format("2 Jan 2006, 15:04 UTC"))

	// An account that is newer than the report is not one that it left out.
	a.read(tenant, "users", "list", append(people(6), object{"id": "user-new", "displayName": "New", "accountEnabled": true})...)
	assert.Equal(t, "Not read yet", b.get(dataPath+"users/user-new").told("related-mfa_registrations"))
}
