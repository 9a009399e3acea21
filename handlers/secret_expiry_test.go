package handlers

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestOwnAppAndTheEndOfItsSecret(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	owner := a.owner()
	card := func() answer {
		r := owner.get("/tenants/contoso/integrations")
		require.Equal(t, http.StatusOK, r.Status)
		return r
	}
	assert.Contains(t, card().told("secret-expiry"), "shows once app registrations are synced")
	assert.False(t, card().has("secret-ends"))

	app := func(days int) object {
		return object{"id": "1", "appId": testClient, "displayName": "Atlas", "passwordCredentials": []object{
			{"hint": "zzz", "endDateTime": a.store.Now().Add(time.Hour).UTC().Format(time.RFC3339)},
			{"hint": testSecret[:3], "endDateTime": a.store.Now().AddDate(0, 0, days).UTC().Format(time.RFC3339)},
		}}
	}
	other := object{"id": "2", "appId": "22222222-2222-2222-2222-222222222222", "displayName": "Other"}
	a.read(tenant, "applications", "list", app(100), other)
	assert.Contains(t, card().told("secret-expiry"), "expires")
	assert.False(t, card().has("secret-ends"), "there is time")
	table := owner.get("/tenants/contoso/data/applications")
	assert.Equal(t, 1, table.doc().Find("[data-testid=own-app]").Length())
	assert.Equal(t, 1, table.doc().Find("[data-testid=row-1] [data-testid=own-app]").Length())

	a.read(tenant, "applications", "list", app(20), other)
	assert.Contains(t, card().told("secret-ends"), "The client secret expires")
	assert.Equal(t, 1, card().doc().Find(`[data-testid=secret-ends] a[href^="https://entra.microsoft.com/secrets/"]`).Length())
}

func TestRevertedSecretIsSaid(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	i, err := a.store.Integration(t.Context(), tenant.ID)
	require.NoError(t, err)
	require.NoError(t, a.store.SaveIntegration(t.Context(), store.Actor{Name: "x"}, i, "another secret"))
	owner := a.owner()
	assert.True(t, owner.get("/tenants/contoso/integrations").has("previous-secret"))
	require.NoError(t, a.store.RevertSecret(t.Context(), tenant.ID, &entity.Problem{Class: entity.ClassCredential, Code: "AADSTS7000222", Message: "The client secret has expired.", RequestID: "trace-1", Cure: "Make a new one."}))
	r := owner.get("/tenants/contoso/integrations")
	for _, words := range []string{"The new client secret was refused.", "AADSTS7000222", "trace-1", "Make a new one."} {
		assert.Contains(t, r.told("secret-reverted"), words)
	}
	assert.False(t, r.has("previous-secret"))
}
