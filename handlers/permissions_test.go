package handlers

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

const permissionsPath = "/tenants/contoso/integrations/microsoft/permissions"

func TestPermissions_States(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	granted := slices.DeleteFunc(a.required(), func(name string) bool { return name == "AuditLog.Read.All" })
	a.grant(tenant, entity.Graph, append(granted, "User.ReadWrite.All", "Mail.Read")...)
	_, _, err := a.store.SaveGrants(t.Context(), tenant.ID, entity.Grants{Resource: entity.Defender, Problem: &entity.Problem{
		Class: entity.ClassRetired, Code: "AADSTS500011", Message: "The resource principal was not found.",
	}})
	require.NoError(t, err)
	a.clock.Advance(5 * time.Minute)

	r := a.owner().get(permissionsPath)
	require.Equal(t, http.StatusOK, r.Status)
	for _, p := range a.store.Catalogue().Permissions {
		want := "false"
		switch {
		case p.Resource != entity.Graph: // no token of it was ever had
			want = "unknown"
		case slices.Contains(granted, p.Name):
			want = "true"
		}
		assert.Equal(t, want, r.attr("permission-"+p.Name, "data-granted"), p.Name)
		assert.Contains(t, r.told("permission-"+p.Name), p.Why)
	}
	missing := r.told("permission-AuditLog.Read.All")
	assert.Contains(t, missing, "Application permissions")
	assert.Contains(t, missing, "Grant admin consent")
	assert.Positive(t, r.doc().Find(`[data-testid="permission-AuditLog.Read.All"] a[href="https://entra.microsoft.com/permissions/`+testClient+`"]`).Length())
	assert.Positive(t, r.doc().Find(`[data-testid="permission-AuditLog.Read.All"] a[href="/tenants/contoso/data/users"]`).Length(), "what it feeds")
	assert.NotContains(t, r.told("permission-User.Read.All"), "Application permissions", "nothing to do about a granted one")
	assert.Contains(t, r.told("permissions-required"), "11 of 12 granted")
	assert.Contains(t, r.told("defender-absent"), "Not set up (optional)")
	assert.Contains(t, r.told("permissions-optional"), "Not known", "nobody knows, which is not the same as none")
	assert.Equal(t, "true", r.attr("extra-User.ReadWrite.All", "data-write"))
	assert.Contains(t, r.told("extra-User.ReadWrite.All"), "can change the directory")
	assert.Equal(t, "false", r.attr("extra-Mail.Read", "data-write"))
	assert.Contains(t, r.told("permission-TeamworkDevice.Read.All"), "Microsoft retired the API")
	assert.NotContains(t, r.told("permission-TeamworkDevice.Read.All"), "Missing", "it never counts as missing")
	assert.Contains(t, r.told("checked"), "5 min ago")
	quiet(t, r)
}

func TestPermissions_NothingMissing(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	b := a.owner()
	a.grant(tenant, entity.Graph, "User.Read.All")
	assert.Equal(t, "Grant what is missing", b.get(permissionsPath).text("#grant-h"))
	a.grant(tenant, entity.Graph, a.required()...)
	r := b.get(permissionsPath)
	assert.True(t, r.has("permissions-ok"))
	assert.Equal(t, "Grant more", r.text("#grant-h"))
	assert.Contains(t, r.told("permission-ServiceMessage.Read.All"), "Feeds no table of this version yet")
	assert.NotContains(t, r.told("permission-TeamworkDevice.Read.All"), "Feeds")
}

func TestPermissions_NeverChecked(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.connectedTenant("Contoso")
	r := a.owner().get(permissionsPath)
	assert.Contains(t, r.told("checked"), "Not checked yet")
	for _, p := range a.store.Catalogue().Permissions {
		assert.Equal(t, "unknown", r.attr("permission-"+p.Name, "data-granted"), p.Name)
	}
}

func TestPermissions_NoToken(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.grant(tenant, entity.Graph, a.required()...)
	_, _, err := a.store.SaveGrants(t.Context(), tenant.ID, entity.Grants{Resource: entity.Graph, Problem: &entity.Problem{
		Class: entity.ClassCredential, Code: "AADSTS7000222", Message: "expired", Cure: "Make a new client secret.",
	}})
	require.NoError(t, err)
	r := a.owner().get(permissionsPath)
	assert.Equal(t, "unknown", r.attr("permission-User.Read.All", "data-granted"))
	assert.Contains(t, r.told("problem"), "AADSTS7000222")
	assert.False(t, r.has("permissions-ok"))
}

func TestPermissions_AllGranted(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.grant(tenant, entity.Graph, a.required()...)
	r := a.owner().get(permissionsPath)
	assert.Contains(t, r.told("permissions-ok"), "All 12 required permissions are granted.")
	assert.False(t, r.has("permissions-more"))
}

func TestPermissions_NotConnected(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	b := a.owner()
	a.tenant("Fabrikam")
	never := strings.ReplaceAll(permissionsPath, "contoso", "fabrikam")
	assert.Equal(t, "/tenants/fabrikam/integrations", b.get(never).location())
	assert.Contains(t, b.get("/tenants/fabrikam/integrations").told("flash"), "Connect Fabrikam first")
	assert.Equal(t, "/tenants/fabrikam/integrations", b.post(never).location())
	tenant := a.connectedTenant("Contoso")
	require.Equal(t, http.StatusOK, b.get(permissionsPath).Status)
	require.NoError(t, a.store.Disconnect(t.Context(), store.Actor{Name: "test"}, tenant.ID))
	assert.Equal(t, "/tenants/contoso/integrations", b.get(permissionsPath).location())
}

func TestPermissions_CheckAgain(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.grant(tenant, entity.Graph, "User.Read.All", "Mail.Read")
	roles := []string{"User.Read.All", "Policy.Read.All"}
	a.syncer.check = func(ctx context.Context, id int64) (entity.PermissionCheck, error) {
		a.grant(tenant, entity.Graph, roles...)
		grants, err := a.store.Grants(ctx, id)
		return a.store.Catalogue().Check(grants), err
	}
	b := a.owner()
	r := b.post(permissionsPath)
	require.Equal(t, http.StatusSeeOther, r.Status)
	require.Equal(t, permissionsPath, r.location())
	page := b.get(r.location())
	assert.Equal(t, "Newly granted: Policy.Read.All. No longer granted: Mail.Read.", page.told("flash"))
	assert.Equal(t, "true", page.attr("permission-Policy.Read.All", "data-granted"))

	b.post(permissionsPath)
	assert.Contains(t, b.get(permissionsPath).told("flash"), "nothing changed")

	a.syncer.check = func(context.Context, int64) (entity.PermissionCheck, error) {
		return entity.PermissionCheck{}, &entity.Problem{Class: entity.ClassCredential, Code: "AADSTS7000222", Message: "The secret has expired."}
	}
	require.Equal(t, http.StatusSeeOther, b.post(permissionsPath).Status)
	assert.Contains(t, b.get(permissionsPath).told("flash"), "AADSTS7000222: The secret has expired.")
}
