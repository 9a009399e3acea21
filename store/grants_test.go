package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestSaveGrants(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tenant := newTenant(t, f.Store, "Contoso")
	down := &entity.Problem{Class: entity.ClassNetwork, Message: "no answer"}
	steps := []struct {
		name         string
		roles        []string
		problem      *entity.Problem
		gained, lost []string
		stored       []string
	}{
		{name: "no token yet", problem: down},
		{name: "the first token is compared with nothing", roles: []string{"User.Read.All", "Group.Read.All", "User.Read.All"}, stored: []string{"Group.Read.All", "User.Read.All"}},
		{name: "the same in another order", roles: []string{"User.Read.All", "Group.Read.All"}, stored: []string{"Group.Read.All", "User.Read.All"}},
		{name: "one gained, one lost", roles: []string{"User.Read.All", "AuditLog.Read.All"}, gained: []string{"AuditLog.Read.All"}, lost: []string{"Group.Read.All"}, stored: []string{"AuditLog.Read.All", "User.Read.All"}},
		{name: "no token keeps what is known", problem: down, stored: []string{"AuditLog.Read.All", "User.Read.All"}},
		{name: "a token without roles", lost: []string{"AuditLog.Read.All", "User.Read.All"}, stored: []string{}},
		{name: "consent after none", roles: []string{"User.Read.All"}, gained: []string{"User.Read.All"}, stored: []string{"User.Read.All"}},
	}
	audited := 1 // the tenant
	for _, step := range steps {
		f.clock.Advance(time.Minute)
		gained, lost, err := f.SaveGrants(ctx, tenant.ID, entity.Grants{Resource: entity.Graph, Roles: step.roles, Problem: step.problem})
		require.NoError(t, err, step.name)
		assert.Equal(t, step.gained, gained, step.name)
		assert.Equal(t, step.lost, lost, step.name)
		if len(gained)+len(lost) > 0 {
			audited++
		}
		assert.Len(t, actions(t, f.Store), audited, step.name)
		all, err := f.Grants(ctx, tenant.ID)
		require.NoError(t, err, step.name)
		want := entity.Grants{Resource: entity.Graph, Roles: step.stored, Problem: step.problem, CheckedAt: f.clock.Now()}
		assert.Equal(t, []entity.Grants{want}, all, step.name)
	}
	entries, err := f.AuditEntries(ctx, tenant.ID, 0, 1)
	require.NoError(t, err)
	assert.Equal(t, "permissions.changed", entries[0].Action)
	assert.Equal(t, "graph: gained User.Read.All", entries[0].Detail)

	checked := f.clock.Now().Add(-time.Hour)
	_, _, err = f.SaveGrants(ctx, tenant.ID, entity.Grants{Resource: entity.Defender, CheckedAt: checked})
	require.NoError(t, err)
	all, err := f.Grants(ctx, tenant.ID)
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, entity.Graph, all[0].Resource, "Graph comes first")
	assert.Equal(t, checked, all[1].CheckedAt)

	_, _, err = f.SaveGrants(ctx, 99, entity.Grants{Resource: entity.Graph})
	require.ErrorIs(t, err, store.ErrNotFound)
}
