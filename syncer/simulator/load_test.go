package simulator_test

import (
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

// Readers and writers at once: what -race judges.
func TestChangesWhileClientsRead(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(400))
	var wg sync.WaitGroup
	for i, path := range []string{"/users?$top=50", "/users?$select=id,assignedLicenses,signInActivity&$top=60", "/groups?$top=10", "/users?$filter=userType eq 'Guest'&$top=3",
		"/identity/conditionalAccess/policies", "/subscribedSkus", "/users/delta", "/groups/delta"} {
		wg.Go(func() {
			for range 5 {
				next := path
				for next != "" {
					r := c.get(next)
					if !assert.Equal(t, http.StatusOK, r.status, "%s: %s", path, r.text) {
						return
					}
					next = r.next()
				}
			}
		})
		wg.Go(func() {
			c.Tenant().Drift(int64(i), 40)
			_ = c.Tenant().UserIDs()
			_ = c.Requests()
		})
	}
	wg.Wait()
	assert.Len(t, c.all("/users?$top=999"), len(c.Tenant().UserIDs()))
}

// heldBy is the memory that stays after a collection.
func heldBy(f func() *simulator.Server) (*simulator.Server, int64) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := f()
	runtime.GC()
	runtime.ReadMemStats(&after)
	return s, int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

// A hundred thousand users are not kept in memory: they are made when asked for.
func TestManyUsersHoldLittleMemory(t *testing.T) {
	s, held := heldBy(func() *simulator.Server {
		s, err := simulator.Start(simulator.Options{Users: 100_000, Seed: 1})
		require.NoError(t, err)
		return s
	})
	defer s.Close()
	assert.Less(t, held, int64(32<<20), "bytes held")
	assert.Len(t, s.Tenant().UserIDs(), 100_000)
}

func BenchmarkStart100000Users(b *testing.B) {
	for b.Loop() {
		s, err := simulator.Start(simulator.Options{Users: 100_000, Seed: 1})
		require.NoError(b, err)
		require.NoError(b, s.Close())
	}
}

func BenchmarkPageOf999Users(b *testing.B) {
	s, err := simulator.Start(simulator.Options{Users: 20_000, Seed: 1, NoThrottle: true})
	require.NoError(b, err)
	defer s.Close()
	c := &cloud{Server: s, t: &testing.T{}, client: &http.Client{Transport: s.Transport()}}
	c.refresh()
	path := fmt.Sprintf("%s/v1.0/users?$top=999&$select=id,userPrincipalName,displayName,mail,accountEnabled,userType,createdDateTime,department,jobTitle,assignedLicenses,licenseAssignmentStates,proxyAddresses", s.GraphURL())
	for b.Loop() {
		req, err := http.NewRequest(http.MethodGet, path, nil)
		require.NoError(b, err)
		req.Header.Set("Authorization", "Bearer "+c.token)
		req.Header.Set("Accept-Encoding", "identity")
		res, err := c.client.Do(req)
		require.NoError(b, err)
		require.Equal(b, http.StatusOK, res.StatusCode)
		require.NoError(b, res.Body.Close())
	}
}
