package simulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

func withGroups(n int) func(*simulator.Options) {
	return func(o *simulator.Options) { o.Groups = n }
}

// Members of twenty thousand groups, as a client reads them: twenty in a batch.
func TestManyGroups(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(2000), withGroups(20_000))
	groups := c.Tenant().GroupIDs()
	require.Len(t, groups, 20_000)
	edges, links, asked := 0, 0, 0
	for from := 0; from < len(groups); from += 400 { // a twentieth of them
		var items []item
		for i, id := range groups[from : from+20] {
			items = append(items, item{"id": fmt.Sprint(i), "method": "GET", "url": "/groups/" + id + "/members?$select=id&$top=999"})
		}
		for _, one := range responses(c.send(http.MethodPost, "/$batch", item{"requests": items})) {
			require.InDelta(t, 200, one["status"], 0)
			body := one["body"].(map[string]any)
			edges += len(body["value"].([]any))
			asked++
			if _, more := body["@odata.nextLink"]; more {
				links++
			}
		}
	}
	assert.Equal(t, 1000, asked)
	assert.InDelta(t, 20, float64(edges)/float64(asked), 6, "members of a group on average: 400,000 in all")
	assert.NotZero(t, links, "some groups have more members than a page")
	_, err := simulator.Start(simulator.Options{Groups: -1})
	assert.Error(t, err)
}

func TestFewGroups(t *testing.T) {
	t.Parallel()
	c := start(t, withGroups(3))
	assert.Len(t, c.all("/groups"), 3)
	c.ok("/roleManagement/directory/roleEligibilityScheduleInstances")
	everyone := c.Tenant().GroupIDs()[0]
	one := c.ok("/groups/" + everyone + "/members").rows()[0]["id"].(string)
	assert.Contains(t, column(c.all("/users/"+one+"/memberOf"), "id"), everyone)
}

func TestHiddenMembershipAtScale(t *testing.T) {
	t.Parallel()
	c := start(t, withGroups(2000))
	hidden := 0
	for _, g := range c.all("/groups?$select=id,visibility,groupTypes&$top=999") {
		if g["visibility"] == "HiddenMembership" {
			hidden++
			assert.Equal(t, []any{"Unified"}, g["groupTypes"])
			assert.Empty(t, c.ok("/groups/"+g["id"].(string)+"/members").rows())
		}
	}
	assert.Greater(t, hidden, 2)
}

func BenchmarkBatchOf20Members(b *testing.B) {
	s, err := simulator.Start(simulator.Options{Users: 100_000, Groups: 20_000, Seed: 1, NoThrottle: true})
	require.NoError(b, err)
	defer s.Close()
	c := &cloud{Server: s, t: &testing.T{}, client: &http.Client{Transport: s.Transport()}}
	c.refresh()
	groups := s.Tenant().GroupIDs()
	from := 20
	for b.Loop() {
		var items []item
		for i, id := range groups[from : from+20] {
			items = append(items, item{"id": fmt.Sprint(i), "method": "GET", "url": "/groups/" + id + "/members?$select=id&$top=999"})
		}
		from = 20 + (from+20)%19_000
		require.Equal(b, http.StatusOK, c.batch(items))
	}
}

// batch sends a batch outside a test.
func (c *cloud) batch(items []item) int {
	raw, err := json.Marshal(item{"requests": items})
	if err != nil {
		return 0
	}
	req, err := http.NewRequest(http.MethodPost, c.GraphURL()+"/v1.0/$batch", bytes.NewReader(raw))
	if err != nil {
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := c.client.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}
