package simulator_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type item = map[string]any

func responses(r reply) map[string]map[string]any {
	out := map[string]map[string]any{}
	list, _ := r.body["responses"].([]any)
	for _, v := range list {
		m := v.(map[string]any)
		out[m["id"].(string)] = m
	}
	return out
}

func TestBatch(t *testing.T) {
	t.Parallel()
	c := start(t)
	group := c.Tenant().GroupIDs()[0]
	r := c.send(http.MethodPost, "/$batch", item{"requests": []item{
		{"id": "1", "method": "GET", "url": "/users?$top=2&$select=id"},
		{"id": "2", "method": "GET", "url": "groups/" + group + "/members/$count", "headers": item{"ConsistencyLevel": "eventual"}},
		{"id": "3", "method": "GET", "url": "/groups/" + group + "/members/$count"},
		{"id": "4", "method": "GET", "url": "/users/nobody@contoso.com"},
		{"id": "5", "method": "GET", "url": "/organization", "dependsOn": []string{"4"}},
		{"id": "6", "method": "GET", "url": "/organization", "dependsOn": []string{"1"}},
		{"id": "7", "method": "DELETE", "url": "/users/x"},
		{"id": "8", "method": "GET", "url": "/beta/users"},
	}})
	require.Equal(t, http.StatusOK, r.status, r.text)
	got := responses(r)
	status := map[string]any{}
	for id, m := range got {
		status[id] = m["status"]
	}
	assert.Equal(t, map[string]any{"1": 200.0, "2": 200.0, "3": 400.0, "4": 404.0, "5": 424.0, "6": 200.0, "7": 403.0, "8": 400.0}, status)
	assert.Contains(t, got["1"]["body"], "@odata.nextLink")
	assert.IsType(t, 1.0, got["2"]["body"], "a count is a number")
	assert.Contains(t, got["1"]["headers"], "x-ms-resource-unit")
	next := got["1"]["body"].(map[string]any)["@odata.nextLink"].(string)
	assert.Len(t, c.ok(next).rows(), 2, "links of items lead on outside the batch")
}

func TestBatchEnvelopeErrors(t *testing.T) {
	t.Parallel()
	c := start(t)
	many := []item{}
	for i := range 21 {
		many = append(many, item{"id": fmt.Sprint(i), "method": "GET", "url": "/users"})
	}
	get := item{"id": "a", "method": "GET", "url": "/users"}
	for name, body := range map[string]any{
		"too many":        item{"requests": many},
		"none":            item{"requests": []item{}},
		"no list":         item{},
		"not an object":   "x",
		"same id":         item{"requests": []item{get, {"id": "A", "method": "GET", "url": "/users"}}},
		"absolute URL":    item{"requests": []item{{"id": "a", "method": "GET", "url": c.GraphURL() + "/v1.0/users"}}},
		"without method":  item{"requests": []item{{"id": "a", "url": "/users"}}},
		"forward depends": item{"requests": []item{{"id": "a", "method": "GET", "url": "/users", "dependsOn": []string{"b"}}, {"id": "b", "method": "GET", "url": "/users"}}},
	} {
		assert.Equal(t, http.StatusBadRequest, c.send(http.MethodPost, "/$batch", body).status, name)
	}
	nested := c.send(http.MethodPost, "/$batch", item{"requests": []item{{"id": "a", "method": "POST", "url": "/$batch", "body": item{"requests": []item{get}}}}})
	assert.InDelta(t, 400, responses(nested)["a"]["status"], 0)
	assert.Equal(t, http.StatusMethodNotAllowed, c.get("/$batch").status)
}

func TestBatchItemsAreThrottledOneByOne(t *testing.T) {
	t.Parallel()
	c := start(t, withClock(newClock()), throttled)
	var items []item
	for i := range 7 {
		items = append(items, item{"id": fmt.Sprint(i), "method": "GET", "url": "/users?$select=signInActivity&$top=1"})
	}
	got := responses(c.send(http.MethodPost, "/$batch", item{"requests": items}))
	assert.InDelta(t, 200, got["4"]["status"], 0)
	assert.InDelta(t, 429, got["5"]["status"], 0)
	assert.NotEmpty(t, got["5"]["headers"].(map[string]any)["Retry-After"])
}

// The SDKs compress the bodies that they send.
func TestCompressedBodies(t *testing.T) {
	t.Parallel()
	c := start(t)
	raw, err := json.Marshal(item{"requests": []item{{"id": "a", "method": "GET", "url": "/users"}}})
	require.NoError(t, err)
	var body bytes.Buffer
	zip := gzip.NewWriter(&body)
	_, err = zip.Write(raw)
	require.NoError(t, err)
	require.NoError(t, zip.Close())
	send := func(coding string, content []byte) int {
		req, err := http.NewRequest(http.MethodPost, c.GraphURL()+"/v1.0/$batch", bytes.NewReader(content))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+c.token)
		req.Header.Set("Content-Encoding", coding)
		req.Header.Set("Content-Type", "application/json")
		res, err := c.client.Do(req)
		require.NoError(t, err)
		res.Body.Close()
		return res.StatusCode
	}
	assert.Equal(t, http.StatusOK, send("gzip", body.Bytes()))
	assert.Equal(t, http.StatusBadRequest, send("gzip", raw))
	assert.Equal(t, http.StatusBadRequest, send("br", raw))

	r := c.get("/users", map[string]string{"Accept-Encoding": "gzip"})
	assert.Equal(t, "gzip", r.header.Get("Content-Encoding"))
	r = c.get("/users", map[string]string{"Accept-Encoding": "identity"})
	assert.Empty(t, r.header.Get("Content-Encoding"))
	assert.NotEmpty(t, r.rows())
}

func TestRequestLog(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.ResetRequests()
	c.ok("/users?$top=1", map[string]string{"ConsistencyLevel": "eventual"})
	c.get("/nosuch")
	c.send(http.MethodPost, "/$batch", item{"requests": []item{{"id": "a", "method": "GET", "url": "/groups?$top=1"}}})
	log := c.Requests()
	var lines []string
	for _, r := range log {
		lines = append(lines, fmt.Sprintf("%s %s?%s %d %v", r.Method, r.Path, r.Query, r.Status, r.Authorized))
		assert.Empty(t, r.Header.Get("Authorization"))
	}
	assert.Equal(t, []string{"GET /v1.0/users?$top=1 200 true", "GET /v1.0/nosuch? 400 true", "POST /v1.0/$batch? 200 true", "GET /v1.0/groups?$top=1 200 true"}, lines)
	assert.Equal(t, "eventual", log[0].Header.Get("ConsistencyLevel"))
	c.ResetRequests()
	assert.Empty(t, c.Requests())
}
