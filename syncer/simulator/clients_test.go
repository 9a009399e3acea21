package simulator_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The SDKs write functions with parentheses.
func TestFunctionsWithParentheses(t *testing.T) {
	t.Parallel()
	c := start(t)
	for _, path := range []string{"/users/delta()?$select=id", "/users/microsoft.graph.delta()?$select=id", "/groups/delta()?$select=id"} {
		first := c.ok(path)
		assert.NotEmpty(t, first.rows(), path)
		for first.next() != "" {
			first = c.ok(first.next())
		}
		assert.Empty(t, c.ok(first.delta()).rows(), path)
	}
	assert.Equal(t, http.StatusBadRequest, c.get("/users(nobody)").status)
}

func TestLoginPathsDoNotDependOnCase(t *testing.T) {
	t.Parallel()
	c := start(t)
	res, err := c.client.PostForm(c.AuthorityURL()+"/"+c.DirectoryID()+"/OAuth2/V2.0/Token", c.form(c.GraphURL()+"/.default"))
	require.NoError(t, err)
	assert.Contains(t, decode(t, res), "access_token")
	assert.Equal(t, http.StatusOK, res.StatusCode)
}

func TestBrowsersMayAsk(t *testing.T) {
	t.Parallel()
	c := start(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, c.GraphURL()+"/v1.0/users", nil)
	require.NoError(t, err)
	req.Header.Set("Origin", "https://app.example")
	req.Header.Set("Access-Control-Request-Method", "GET")
	req.Header.Set("Access-Control-Request-Headers", "authorization,client-request-id")
	res, err := c.client.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusOK, res.StatusCode, "without a token")
	assert.Equal(t, "*", res.Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "GET", res.Header.Get("Access-Control-Allow-Methods"))
	assert.Equal(t, "authorization,client-request-id", res.Header.Get("Access-Control-Allow-Headers"))

	origin := map[string]string{"Origin": "https://app.example"}
	for _, path := range []string{"/users", "/nosuch"} {
		r := c.get(path, origin)
		assert.Equal(t, "*", r.header.Get("Access-Control-Allow-Origin"), path)
		assert.Contains(t, r.header.Get("Access-Control-Expose-Headers"), "Retry-After", path)
	}
	assert.Empty(t, c.ok("/users").header.Get("Access-Control-Allow-Origin"))
}

func TestHeadTellsNoLength(t *testing.T) {
	t.Parallel()
	c := start(t)
	r := c.send(http.MethodHead, "/users", nil)
	assert.Equal(t, http.StatusOK, r.status)
	assert.Empty(t, r.text)
	assert.Empty(t, r.header.Get("Content-Length"), "0 would be the length of a GET")
}

func TestBodiesMustBeJSON(t *testing.T) {
	t.Parallel()
	c := start(t)
	post := func(contentType string) reply {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.GraphURL()+"/v1.0/$batch",
			strings.NewReader(`{"requests":[{"id":"1","method":"GET","url":"/organization"}]}`))
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+c.token)
		req.Header.Set("Content-Type", contentType)
		res, err := c.client.Do(req)
		require.NoError(t, err)
		defer res.Body.Close()
		raw, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return reply{status: res.StatusCode, text: string(raw)}
	}
	for _, good := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON;odata.metadata=minimal"} {
		assert.Equal(t, http.StatusOK, post(good).status, good)
	}
	for _, bad := range []string{"", "text/plain", "application/x-www-form-urlencoded"} {
		r := post(bad)
		assert.Equal(t, http.StatusBadRequest, r.status, bad)
		assert.Contains(t, r.text, "Please ensure Content-Type header is set")
	}
}

func TestMetadataLevels(t *testing.T) {
	t.Parallel()
	c := start(t)
	accept := func(kind string) map[string]string { return map[string]string{"Accept": kind} }
	const path = "/users?$select=id,createdDateTime,businessPhones&$top=1"
	for _, kind := range []string{"", "*/*", "application/json", "application/json;odata.metadata=minimal", "application/json;q=0.9, text/plain"} {
		r := c.ok(path, accept(kind))
		assert.Contains(t, r.header.Get("Content-Type"), "odata.metadata=minimal", kind)
		assert.Contains(t, r.body, "@odata.context", kind)
	}

	none := c.ok(path, accept("application/json;odata.metadata=none"))
	assert.Contains(t, none.header.Get("Content-Type"), "odata.metadata=none")
	assert.ElementsMatch(t, []string{"@odata.nextLink", "value"}, keys(none.body), "a list must go on")
	members := c.ok("/groups/"+c.Tenant().GroupIDs()[0]+"/members?$select=id", accept("application/json;odata.metadata=none")).rows()
	require.NotEmpty(t, members)
	assert.Equal(t, []string{"id"}, keys(members[0]))
	byFormat := c.ok("/organization?$format=application/json;odata.metadata=none")
	assert.NotContains(t, byFormat.body, "@odata.context")

	user := c.ok(path, accept("application/json;odata.metadata=full")).rows()[0]
	id := user["id"].(string)
	assert.Equal(t, "#microsoft.graph.user", user["@odata.type"])
	assert.Equal(t, c.GraphURL()+"/v2/"+c.DirectoryID()+"/directoryObjects/"+id+"/Microsoft.DirectoryServices.User", user["@odata.id"])
	assert.Equal(t, "#Collection(String)", user["businessPhones@odata.type"])
	one := c.ok("/users/"+id+"?$select=id,createdDateTime", accept("application/json;odata.metadata=full"))
	assert.Equal(t, "#DateTimeOffset", one.body["createdDateTime@odata.type"])
}

func TestAnswersAreTheSameOverBothVersionsOfHTTP(t *testing.T) {
	t.Parallel()
	c := start(t)
	old := c.Transport().(*http.Transport).Clone()
	old.ForceAttemptHTTP2 = false
	old.TLSClientConfig.NextProtos = []string{"http/1.1"}
	t.Cleanup(old.CloseIdleConnections)
	var bodies [][]byte
	for version, transport := range map[int]http.RoundTripper{1: old, 2: c.Transport()} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.GraphURL()+"/v1.0/users?$select=id&$top=999", nil)
		require.NoError(t, err)
		req.Header.Set("Authorization", "Bearer "+c.token)
		res, err := transport.RoundTrip(req)
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, version, res.ProtoMajor)
		bodies = append(bodies, body)
	}
	assert.True(t, bytes.Equal(bodies[0], bodies[1]))
}
