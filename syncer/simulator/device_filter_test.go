package simulator_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

// Filters of devices join conditions with and; or is for the values of one
// property, where its description names it.
func TestAlternativesInFiltersOfDevices(t *testing.T) {
	t.Parallel()
	c := start(t, func(o *simulator.Options) { o.Devices = 200 })
	want := []string{}
	for _, d := range c.all(devices) {
		if d["complianceState"] == "error" || d["complianceState"] == "conflict" {
			want = append(want, d["id"].(string))
		}
	}
	require.NotEmpty(t, want)
	assert.Equal(t, want, column(c.all(devices+"?$filter=complianceState eq 'error' or complianceState eq 'conflict'"), "id"))
	for _, d := range c.all(devices + "?$filter=(complianceState eq 'error' or complianceState eq 'conflict') and operatingSystem eq 'Windows'") {
		assert.Equal(t, "Windows", d["operatingSystem"])
	}
	for _, filter := range []string{
		"complianceState eq 'error' or operatingSystem eq 'iOS'",
		"deviceName eq 'a' or deviceName eq 'b'",
		"complianceState eq 'error' or (operatingSystem eq 'iOS' and complianceState eq 'conflict')",
		"contains(model,'a') or contains(model,'b')",
	} {
		r := c.get(devices + "?$filter=" + filter)
		assert.Equal(t, http.StatusBadRequest, r.status, filter)
		assert.Equal(t, "Invalid filter clause", r.message(), filter)
	}
}
