package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

func TestCreateTenant_Slugs(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, tenant, want string }{
		{"plain", "Contoso", "contoso"},
		{"spaces and marks", "  Contoso (Europe), Ltd.  ", "contoso-europe-ltd"},
		{"accents", "Müller & Söhne Straßenbau", "muller-and-sohne-strassenbau"},
		{"strokes", "Łódź Ørsted", "lodz-orsted"},
		{"another script", "日本", "tenant"},
		{"reserved", "New", "new-2"},
		{"only marks", "!!!", "tenant"},
		{"a dash at the cut", strings.Repeat("a", 48) + " b", strings.Repeat("a", 48) + "-b"},
		{"too long", strings.Repeat("ab ", 40), strings.TrimRight(strings.Repeat("ab-", 17)[:50], "-")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			made, err := f.CreateTenant(ctx, someone, test.tenant, "")
			require.NoError(t, err)
			assert.Equal(t, test.want, made.Slug)
			assert.Equal(t, strings.TrimSpace(test.tenant), made.Name)
			got, err := f.TenantBySlug(ctx, made.Slug)
			require.NoError(t, err)
			assert.Equal(t, made, got)

			again, err := f.CreateTenant(ctx, someone, test.tenant, "")
			require.NoError(t, err)
			assert.NotEqual(t, made.Slug, again.Slug)
			assert.LessOrEqual(t, len(again.Slug), 50)
			_, err = f.CreateTenant(ctx, someone, "Copy", again.Slug)
			require.ErrorIs(t, err, store.ErrConflict)
			assert.Regexp(t, `^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`, again.Slug)
		})
	}
}

func TestCreateTenant_Input(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tests := []struct{ name, tenant, slug, field string }{
		{"no name", "", "contoso", "name"},
		{"blank name", " \t ", "contoso", "name"},
		{"long name", strings.Repeat("é", 201), "", "name"},
		{"line break in the name", "Con\ntoso", "", "name"},
		{"not UTF-8", "Con\xfftoso", "", "name"},
		{"capitals", "Contoso", "Contoso", "slug"},
		{"space", "Contoso", "con toso", "slug"},
		{"slash", "Contoso", "con/toso", "slug"},
		{"like a flag", "Contoso", "-contoso", "slug"},
		{"dash at the end", "Contoso", "contoso-", "slug"},
		{"line break", "Contoso", "contoso\n", "slug"},
		{"51 characters", "Contoso", strings.Repeat("a", 51), "slug"},
		{"reserved", "Contoso", "new", "slug"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := f.CreateTenant(ctx, someone, test.tenant, test.slug)
			var input store.InputError
			require.ErrorAs(t, err, &input)
			assert.Equal(t, test.field, input.Field)
		})
	}
	all, err := f.Tenants(ctx)
	require.NoError(t, err)
	assert.Empty(t, all)
	_, err = f.CreateTenant(ctx, someone, strings.Repeat("é", 200), strings.Repeat("a", 50))
	require.NoError(t, err)
	_, err = f.CreateTenant(ctx, someone, "1", "1")
	require.NoError(t, err)
}

func TestTenants(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, name := range []string{"fabrikam", "Contoso", "adatum"} {
		newTenant(t, f.Store, name)
	}
	all, err := f.Tenants(ctx)
	require.NoError(t, err)
	var names []string
	for _, tenant := range all {
		names = append(names, tenant.Name)
	}
	assert.Equal(t, []string{"adatum", "Contoso", "fabrikam"}, names)
	_, err = f.TenantBySlug(ctx, "nobody")
	require.ErrorIs(t, err, store.ErrNotFound)

	var input store.InputError
	require.ErrorAs(t, f.RenameTenant(ctx, someone, all[0].ID, " "), &input)
	require.ErrorIs(t, f.RenameTenant(ctx, someone, 99, "Name"), store.ErrNotFound)
	require.NoError(t, f.RenameTenant(ctx, someone, all[0].ID, " Adventure Works "))
	got, err := f.TenantBySlug(ctx, "adatum")
	require.NoError(t, err)
	assert.Equal(t, "Adventure Works", got.Name)
	assert.Equal(t, "tenant.renamed", actions(t, f.Store)[3])
}

func TestRemoveTenant(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	own, other := newTenant(t, f.Store, "Own"), newTenant(t, f.Store, "Other")
	jo, err := f.CreateAccount(ctx, someone, "jo@contoso.com", store.Viewer, password, []int64{own.ID, other.ID})
	require.NoError(t, err)
	require.NoError(t, f.SaveIntegration(ctx, someone, contoso(own.ID), "own"))
	require.NoError(t, f.SaveIntegration(ctx, someone, fabrikam(other.ID), "other"))
	for _, tenant := range []store.Tenant{own, other} {
		addData(t, f, tenant.ID)
	}
	db := raw(t, f.dir)

	run, _, err := f.StartRun(ctx, store.NewRun{TenantID: own.ID})
	require.NoError(t, err)
	require.ErrorIs(t, f.RemoveTenant(ctx, someone, own.ID), store.ErrConflict)
	_, err = f.Secret(ctx, own.ID)
	require.NoError(t, err, "a refusal changes nothing")
	require.NoError(t, f.FinishRun(ctx, run.ID, store.RunComplete, nil))

	sealed := sealedBytes(t, f, own.ID)
	require.NoError(t, f.RemoveTenant(ctx, someone, own.ID))
	_, err = f.TenantBySlug(ctx, own.Slug)
	require.ErrorIs(t, err, store.ErrNotFound)
	assert.Zero(t, occurrences(t, f, sealed))
	for _, table := range append(dataTables, "credentials") {
		assert.Zero(t, count(t, db, table+" WHERE tenant_id = ?", own.ID), table)
		assert.NotZero(t, count(t, db, table+" WHERE tenant_id = ?", other.ID), "%s of another tenant", table)
	}
	jo, err = f.Account(ctx, jo.ID)
	require.NoError(t, err)
	assert.Equal(t, []int64{other.ID}, jo.Tenants)
	entries, err := f.AuditEntries(ctx, own.ID, 0, 1)
	require.NoError(t, err)
	assert.Equal(t, "tenant.removed", entries[0].Action, "the audit is kept")
	require.ErrorIs(t, f.RemoveTenant(ctx, someone, own.ID), store.ErrNotFound)

	require.NoError(t, f.RemoveTenant(ctx, someone, other.ID))
	assert.Greater(t, newTenant(t, f.Store, "Next").ID, other.ID, "an id never comes again: the audit keeps it")
}

func TestRemoveTenant_WhoseProcessDied(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	_, _, err := f.StartRun(ctx, store.NewRun{TenantID: tenant.ID})
	require.NoError(t, err)
	f.clock.Advance(31 * time.Second)
	require.NoError(t, f.RemoveTenant(ctx, someone, tenant.ID))
	assert.Zero(t, count(t, raw(t, f.dir), "leases"))
}
