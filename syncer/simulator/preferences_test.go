package simulator_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// HTTP lets a client send Prefer once for each preference: all of them hold.
func TestPreferencesOnSeveralLines(t *testing.T) {
	t.Parallel()
	c := startWithAlerts(t, withUsers(400))
	ask := func(path string, preferences ...string) []map[string]any {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.GraphURL()+"/v1.0"+path, nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+c.token)
		for _, p := range preferences {
			req.Header.Add("Prefer", p)
		}
		res, err := c.client.Do(req)
		require.NoError(t, err)
		return reply{body: decode(t, res)}.rows()
	}
	for _, preferences := range [][]string{{"odata.maxpagesize=7", "include-unknown-enum-members"}, {"include-unknown-enum-members, odata.maxpagesize=7"}} {
		assert.NotContains(t, column(ask(alerts, preferences...), "serviceSource"), "unknownFutureValue")
		assert.Len(t, ask(serviceIssues, preferences...), 7)
	}
}
