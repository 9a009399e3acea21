package simulator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// round follows a delta to its end and returns the rows and the delta link.
func (c *cloud) round(path string, headers ...map[string]string) ([]map[string]any, string) {
	c.t.Helper()
	var rows []map[string]any
	for {
		r := c.ok(path, headers...)
		rows = append(rows, r.rows()...)
		if r.delta() != "" {
			assert.Empty(c.t, r.next())
			return rows, r.delta()
		}
		path = r.next()
		require.NotEmpty(c.t, path)
	}
}

func byID(rows []map[string]any) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, r := range rows {
		out[r["id"].(string)] = r
	}
	return out
}

func TestUsersDelta(t *testing.T) {
	t.Parallel()
	at := newClock()
	c := start(t, withUsers(450), withClock(at))
	ids := c.Tenant().UserIDs()
	rows, link := c.round("/users/delta?$select=displayName,department")
	assert.ElementsMatch(t, ids, column(rows, "id"), "the id always comes")
	assert.ElementsMatch(t, []string{"id", "displayName", "department"}, keys(rows[0]))

	rows, link = c.round(link)
	assert.Empty(t, rows, "nothing changed")

	c.Tenant().UpdateUser(ids[5], map[string]any{"department": "Moved"})
	c.Tenant().UpdateUser(ids[6], map[string]any{"jobTitle": "Not tracked"})
	c.Tenant().RemoveUser(ids[7])
	added := c.Tenant().AddUser(map[string]any{"displayName": "New", "department": "IT"})
	before := link
	rows, link = c.round(link)
	changed := byID(rows)
	assert.Len(t, changed, 3)
	assert.Equal(t, "Moved", changed[ids[5]]["department"])
	assert.Equal(t, map[string]any{"reason": "changed"}, changed[ids[7]]["@removed"])
	assert.Equal(t, "New", changed[added]["displayName"])
	minimal, _ := c.round(before, map[string]string{"Prefer": "return=minimal"})
	assert.ElementsMatch(t, []string{"id", "department"}, keys(byID(minimal)[ids[5]]))
	rows, _ = c.round(link)
	assert.Empty(t, rows)

	rows, link = c.round("/users/delta?$deltatoken=latest")
	assert.Empty(t, rows, "from now on")
	c.Tenant().UpdateUser(ids[8], map[string]any{"displayName": "Changed"})
	rows, _ = c.round(link)
	assert.Equal(t, []string{ids[8]}, column(rows, "id"))

	rows, _ = c.round("/users/delta?$filter=id eq '" + ids[1] + "' or id eq '" + ids[2] + "'")
	assert.Equal(t, []string{ids[1], ids[2]}, column(rows, "id"))

	t.Run("what does not work", func(t *testing.T) {
		for _, path := range []string{"/users/delta?$top=5", "/users/delta?$orderby=displayName", "/users/delta?$filter=displayName eq 'x'", "/users/delta?$deltatoken=nonsense", "/users/delta?$select=nosuch"} {
			assert.Equal(t, http.StatusBadRequest, c.get(path).status, path)
		}
	})
	t.Run("a week later", func(t *testing.T) {
		at.advance(7*24*time.Hour + time.Second)
		c.refresh()
		r := c.get(link)
		assert.Equal(t, http.StatusGone, r.status)
		assert.Equal(t, "resyncRequired", r.code())
		location := r.header.Get("Location")
		assert.True(t, strings.HasSuffix(location, "/v1.0/users/delta?$deltatoken="), location)
		rows, link = c.round(location)
		assert.Len(t, rows, 450, "everything anew")
		c.ExpireDeltaTokens()
		assert.Equal(t, http.StatusGone, c.get(link).status)
	})
}

func TestUsersDeltaChangedWhileReading(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(450))
	ids := c.Tenant().UserIDs()
	first := c.ok("/users/delta")
	c.Tenant().UpdateUser(ids[0], map[string]any{"displayName": "Late"})
	_, link := c.round(first.next())
	rows, _ := c.round(link)
	assert.Equal(t, []string{ids[0]}, column(rows, "id"), "what changed during a round is in the next one")
}

func TestGroupsDelta(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(100))
	rows, link := c.round("/groups/delta?$select=displayName,members")
	assert.ElementsMatch(t, c.Tenant().GroupIDs(), column(rows, "id"))
	pilot := named(t, c, "CA-Exclude-BreakGlass")
	whole := byID(rows)[pilot]["members@delta"].([]any)
	assert.Len(t, whole, 2)
	leaver, joiner := whole[0].(map[string]any)["id"].(string), c.Tenant().UserIDs()[9]
	require.True(t, c.Tenant().RemoveMember(pilot, leaver))
	require.True(t, c.Tenant().AddMember(pilot, joiner))
	removed := c.Tenant().GroupIDs()[3]
	c.Tenant().RemoveGroup(removed)
	rows, _ = c.round(link)
	changed := byID(rows)
	require.Len(t, changed, 2)
	assert.Contains(t, changed[removed], "@removed")
	members := changed[pilot]["members@delta"].([]any)
	require.Len(t, members, 2)
	slices.SortFunc(members, func(a, b any) int { return len(a.(map[string]any)) - len(b.(map[string]any)) })
	assert.Equal(t, map[string]any{"@odata.type": "#microsoft.graph.user", "id": joiner}, members[0])
	assert.Equal(t, map[string]any{"@odata.type": "#microsoft.graph.user", "id": leaver, "@removed": map[string]any{"reason": "deleted"}}, members[1])
}

func TestDriftShowsInDelta(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(100))
	_, link := c.round("/users/delta")
	log := c.Tenant().Drift(3, 40)
	assert.Greater(t, len(log), 20)
	rows, _ := c.round(link)
	assert.NotEmpty(t, rows)
}
