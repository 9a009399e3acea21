package simulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Drift reaches devices and alerts too, and says what it did.
func TestDriftOfDevicesAndAlerts(t *testing.T) {
	t.Parallel()
	k := newClock()
	c := startWithAlerts(t, withClock(k))
	k.advance(20 * time.Minute)
	devicesFound, resolved := map[string]bool{}, map[string]bool{}
	for _, line := range c.Tenant().Drift(11, 80) {
		if id, ok := strings.CutPrefix(line, "found device "); ok {
			devicesFound[strings.TrimSuffix(id, " noncompliant")] = true
		}
		if id, ok := strings.CutPrefix(line, "resolved alert "); ok {
			resolved[id] = true
		}
	}
	require.NotEmpty(t, devicesFound)
	require.NotEmpty(t, resolved)
	since := k.now().Add(-time.Minute).Format(time.RFC3339)
	for _, r := range c.all(devices + "?$filter=lastSyncDateTime gt " + since) {
		assert.True(t, devicesFound[r["id"].(string)])
		assert.Equal(t, "noncompliant", r["complianceState"])
		delete(devicesFound, r["id"].(string))
	}
	assert.Empty(t, devicesFound)
	for _, r := range c.all(alerts + "?$filter=lastUpdateDateTime gt " + since) {
		assert.True(t, resolved[r["id"].(string)])
		assert.Equal(t, "resolved", r["status"])
		delete(resolved, r["id"].(string))
	}
	assert.Empty(t, resolved)
}
