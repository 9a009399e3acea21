package simulator_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

func TestFaultAnswersInstead(t *testing.T) {
	t.Parallel()
	c := start(t)
	remove := c.Inject(simulator.Fault{Path: "/users", After: 1, Count: 2, Status: 503, Code: "ServiceUnavailable", Message: "Try later", RetryAfter: "2.5"})
	status := []int{}
	for range 5 {
		r := c.get("/users")
		status = append(status, r.status)
		if r.status == http.StatusServiceUnavailable {
			assert.Equal(t, "ServiceUnavailable", r.code())
			assert.Equal(t, "2.5", r.header.Get("Retry-After"))
			assert.NotEmpty(t, r.header.Get("request-id"))
		}
	}
	assert.Equal(t, []int{200, 503, 503, 200, 200}, status)
	remove()
	remove()

	t.Run("paths match by whole segments", func(t *testing.T) {
		defer c.Inject(simulator.Fault{Path: "/users", Query: "$top=5", Method: "get", Status: 500})()
		assert.Equal(t, http.StatusOK, c.get("/users").status)
		assert.Equal(t, http.StatusInternalServerError, c.get("/users?$top=5").status)
		assert.Equal(t, http.StatusInternalServerError, c.get("/beta/users?$top=5").status)
		assert.Equal(t, http.StatusOK, c.get("/groups?$top=5").status)
	})
	t.Run("an HTML page of a gateway", func(t *testing.T) {
		defer c.Inject(simulator.Fault{Status: 502, Body: "<html>Bad gateway</html>", ContentType: "text/html"})()
		r := c.get("/organization")
		assert.Equal(t, http.StatusBadGateway, r.status)
		assert.Equal(t, "text/html", r.header.Get("Content-Type"))
		assert.Equal(t, "<html>Bad gateway</html>", r.text)
	})
	t.Run("a warning on a real answer", func(t *testing.T) {
		const warning = `199 - "Microsoft/WDATP/401/228"`
		defer c.Inject(simulator.Fault{Path: "/users", Warning: warning})()
		r := c.get("/users")
		assert.Equal(t, http.StatusOK, r.status)
		assert.Equal(t, warning, r.header.Get("Warning"))
		assert.NotEmpty(t, r.text)
	})
	t.Run("a cut connection", func(t *testing.T) {
		defer c.Inject(simulator.Fault{Path: "/users", Drop: true})()
		req, err := http.NewRequest(http.MethodGet, c.GraphURL()+"/v1.0/users", nil)
		require.NoError(t, err)
		_, err = c.client.Do(req)
		assert.Error(t, err)
	})
	t.Run("JSON that ends early", func(t *testing.T) {
		defer c.Inject(simulator.Fault{Path: "/users", Truncate: true})()
		r := c.get("/users")
		assert.Equal(t, http.StatusOK, r.status)
		assert.NotEmpty(t, r.text)
		assert.False(t, json.Valid([]byte(r.text)))
	})
	t.Run("at the login", func(t *testing.T) {
		defer c.Inject(simulator.Fault{Path: "/oauth2/v2.0/token", Status: 500, Body: `{"error":"temporarily_unavailable"}`})()
		status, body := c.tokenRequest(c.DirectoryID(), c.form(c.GraphURL()+"/.default"))
		assert.Equal(t, http.StatusInternalServerError, status)
		assert.Equal(t, "temporarily_unavailable", body["error"])
	})
	t.Run("at Defender", func(t *testing.T) {
		defer c.Inject(simulator.Fault{Path: "/api/machines", Status: 429, Code: "TooManyRequests", RetryAfter: "7"})()
		r := c.get(c.DefenderURL() + "/api/machines")
		assert.Equal(t, http.StatusTooManyRequests, r.status)
		assert.Equal(t, "7", r.header.Get("Retry-After"))
	})
	t.Run("an item of a batch", func(t *testing.T) {
		defer c.Inject(simulator.Fault{Path: "/users", Status: 503, Code: "ServiceUnavailable"})()
		got := responses(c.send(http.MethodPost, "/$batch", item{"requests": []item{{"id": "a", "method": "GET", "url": "/users"}, {"id": "b", "method": "GET", "url": "/organization"}}}))
		assert.InDelta(t, 503, got["a"]["status"], 0)
		assert.InDelta(t, 200, got["b"]["status"], 0)
	})
}

func TestFaultsOnPages(t *testing.T) {
	t.Parallel()
	c := start(t, withUsers(250))
	all := c.Tenant().UserIDs()
	t.Run("an empty page loses nobody", func(t *testing.T) {
		defer c.Inject(simulator.Fault{Path: "/users", After: 1, Count: 1, EmptyPage: true})()
		first := c.ok("/users")
		empty := c.ok(first.next())
		assert.Empty(t, empty.rows())
		assert.NotEqual(t, first.next(), empty.next())
		rest := c.all(empty.next())
		assert.Equal(t, all, append(column(first.rows(), "id"), column(rest, "id")...))
	})
	t.Run("a link to itself", func(t *testing.T) {
		defer c.Inject(simulator.Fault{Path: "/users", After: 1, LoopNext: true})()
		second := c.ok("/users").next()
		assert.Equal(t, second, c.ok(second).next())
	})
	t.Run("a list that ends early", func(t *testing.T) {
		defer c.Inject(simulator.Fault{Path: "/users", DropNext: true})()
		assert.Len(t, c.all("/users"), 100)
	})
	t.Run("a foreign link", func(t *testing.T) {
		defer c.Inject(simulator.Fault{Path: "/users", Count: 1, NextLink: "https://evil.example/v1.0/users?$skiptoken=x"})()
		assert.Equal(t, "https://evil.example/v1.0/users?$skiptoken=x", c.ok("/users").next())
	})
	t.Run("changed rows", func(t *testing.T) {
		defer c.Inject(simulator.Fault{Path: "/users", Rows: func(rows []map[string]any) []map[string]any {
			delete(rows[0], "id")
			return append(rows[:3], rows[1])
		}})()
		rows := c.ok("/users").rows()
		assert.Len(t, rows, 4)
		assert.NotContains(t, rows[0], "id")
		assert.Equal(t, rows[1]["id"], rows[3]["id"])
	})
	t.Run("none left over", func(t *testing.T) {
		assert.Equal(t, all, column(c.all("/users"), "id"))
	})
}
