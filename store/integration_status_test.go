package store_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestIntegrationStatus(t *testing.T) {
	t.Parallel()
	connected := store.Integration{Connected: true}
	broken := store.Integration{Connected: true, Problem: &entity.Problem{Class: entity.ClassCredential}}
	for name, c := range map[string]struct {
		integration store.Integration
		states      []entity.State
		status      string
		unreadable  int
	}{
		"all read":                  {connected, []entity.State{entity.Complete, entity.Complete}, store.StatusConnected, 0},
		"nothing tried yet":         {connected, []entity.State{entity.Never, entity.Never}, store.StatusConnected, 0},
		"partial and held are read": {connected, []entity.State{entity.Partial, entity.Held}, store.StatusConnected, 0},
		"some not readable": {connected, []entity.State{entity.Complete, entity.NotPermitted, entity.NotLicensed,
			entity.NotAvailable, entity.Throttled, entity.Failed}, store.StatusLimited, 4},
		"not offered here": {connected, []entity.State{entity.Complete, entity.NotAvailable}, store.StatusConnected, 0},
		"credential":       {broken, []entity.State{entity.Failed}, store.StatusAttention, 1},
		"no credential":    {store.Integration{}, []entity.State{entity.Failed}, store.StatusDisconnected, 1},
		"no entity at all": {connected, nil, store.StatusConnected, 0},
	} {
		var states []store.EntityState
		for _, s := range c.states {
			states = append(states, store.EntityState{State: s})
		}
		status, unreadable := store.IntegrationStatus(c.integration, states)
		assert.Equal(t, c.status, status, name)
		assert.Equal(t, c.unreadable, unreadable, name)
	}
}

// A list that Microsoft answered with an error half-way is not readable; one
// that is doubted, or that has only begun, is.
func TestIntegrationStatus_partial(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{404: store.StatusLimited, 500: store.StatusLimited, 206: store.StatusConnected, 0: store.StatusConnected} {
		got, _ := store.IntegrationStatus(store.Integration{Connected: true}, []store.EntityState{
			{State: entity.Partial, Problem: &entity.Problem{Class: entity.ClassSource, Status: status}}, {State: entity.Complete},
		})
		assert.Equal(t, want, got, status)
	}
}
