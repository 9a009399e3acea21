package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

// TestCommandLine walks the main job without a browser, against a server that
// speaks Microsoft's documented protocol.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	cloud, environ := microsoft365(t, "1200")
	v := cloud.values
	require.Zero(t, call(t, environ, "", "tenant", "add", "--name", "Contoso").code)
	connect := []string{"connect", "--tenant", "contoso", "--directory-id", v["directory_id"], "--client-id", v["client_id"], "--secret-stdin", "--cloud", "custom"}

	r := call(t, environ, "wrong\n", connect...)
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.stderr, "AADSTS7000215")
	assert.Equal(t, exitFailed, call(t, environ, "", "sync", "--tenant", "contoso").code, "nothing was stored")

	r = call(t, environ, v["client_secret"]+"\n", append(connect, "--json")...)
	require.Zero(t, r.code, r.stderr)
	assert.NotContains(t, r.stderr+r.stdout, v["client_secret"])
	var synced syncJSON
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &synced))
	assert.Equal(t, "complete", synced.Status)
	rows := map[string]int{}
	for _, e := range synced.Entities {
		if e.Entity == notGranted {
			assert.Equal(t, entity.NotPermitted, e.State)
			continue
		}
		assert.Equal(t, entity.Complete, e.State, e.Entity)
		assert.Nil(t, e.Error)
		rows[e.Entity] = e.Rows
	}
	assert.Equal(t, 1200, rows["users"])

	r = call(t, environ, "", "check", "--tenant", "contoso", "--json")
	require.Zero(t, r.code, r.stderr)
	var check checkJSON
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &check))
	assert.True(t, check.OK)
	feed := slices.IndexFunc(check.Permissions, func(p permissionJSON) bool { return p.Resource == "management" })
	assert.Equal(t, permissionJSON{Resource: "management", Name: "ActivityFeed.Read", Known: true, Profile: "extra", Entities: []string{notGranted}}, check.Permissions[feed])

	r = call(t, environ, "", "sync", "--all", "--entity", "users,groups", "--json")
	require.Zero(t, r.code, r.stderr)
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &synced))
	assert.Len(t, synced.Entities, 2)

	r = call(t, environ, "", "status", "--tenant", "contoso", "--json")
	require.Zero(t, r.code, r.stderr)
	var status statusJSON
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &status))
	assert.Equal(t, "connected", status.Integration.Status)
	assert.False(t, status.Integration.Syncing)
	assert.Len(t, status.Entities, len(entities.All().Defs))
	for _, e := range status.Entities {
		assert.Equal(t, e.Entity != notGranted, e.AsOf != nil, e.Entity)
	}

	exportsEqualWhatIsServed(t, cloud, environ)

	require.Zero(t, call(t, environ, "", "disconnect", "--tenant", "contoso").code)
	r = call(t, environ, "", "export", "--tenant", "contoso", "--entity", "users", "--format", "ndjson")
	require.Zero(t, r.code)
	assert.Equal(t, 1200, strings.Count(r.stdout, "\n"), "the data stays")
	require.Zero(t, call(t, environ, v["client_secret"]+"\n", connect...).code)
	assert.Equal(t, exitBadUsage, call(t, environ, "", "disconnect", "--tenant", "contoso", "--delete-data", "--confirm", "x").code)
	require.Zero(t, call(t, environ, "", "disconnect", "--tenant", "contoso", "--delete-data", "--confirm", "contoso").code)
	r = call(t, environ, "", "export", "--tenant", "contoso", "--entity", "users", "--format", "ndjson")
	assert.Empty(t, r.stdout)
	assert.Contains(t, r.stderr, "state=never")
}

// notGranted is the kind whose permission no app is granted at first.
const notGranted = "unified_audit"

// exportsEqualWhatIsServed compares each exported row with what the cloud
// serves to a plain HTTP client, field by field.
func exportsEqualWhatIsServed(t *testing.T, cloud *service, environ []string) {
	t.Helper()
	graph := newPlainGraph(t, cloud)
	for _, def := range entities.All().Defs {
		if def.Derived() || def.Kind == notGranted {
			continue
		}
		served := map[string]map[string]json.RawMessage{}
		for _, part := range def.Parts {
			for _, object := range graph.part(def, part) {
				id := strings.Trim(string(object["id"]), `"`)
				if part.Fan != nil && !part.Fan.Rest {
					id = strings.Join([]string{text(object["@parent"]), text(object["@relation"]), id}, ".")
				}
				if served[id] == nil {
					served[id] = map[string]json.RawMessage{}
				}
				for k, v := range object {
					served[id][k] = v
				}
			}
		}
		r := call(t, environ, "", "export", "--tenant", "contoso", "--entity", def.Kind, "--format", "ndjson")
		require.Zero(t, r.code, r.stderr)
		assert.Contains(t, r.stderr, "state=complete")
		lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
		require.Len(t, lines, len(served), def.Kind)
		for _, line := range lines {
			var row map[string]json.RawMessage
			require.NoError(t, json.Unmarshal([]byte(line), &row))
			id := strings.Trim(string(row["id"]), `"`)
			require.Contains(t, served, id)
			for _, col := range def.Columns {
				if col.Compute != nil {
					continue
				}
				assert.JSONEq(t, string(property(served[id], col.Path)), string(row[col.Name]), "%s %s %s", def.Kind, id, col.Name)
			}
		}

		r = call(t, environ, "", "export", "--tenant", "contoso", "--entity", def.Kind, "--format", "csv")
		require.Zero(t, r.code, r.stderr)
		records, err := csv.NewReader(strings.NewReader(r.stdout)).ReadAll()
		require.NoError(t, err)
		assert.Len(t, records, len(served)+1, def.Kind)
		assert.Equal(t, "id", records[0][0])
		assert.Len(t, records[0], len(def.Columns)+1)
	}
}

// property follows a path in a served object; absent is null.
func property(object map[string]json.RawMessage, path string) json.RawMessage {
	if v, ok := object[path]; ok {
		return v
	}
	head, rest, nested := strings.Cut(path, ".")
	var inner map[string]json.RawMessage
	if !nested || json.Unmarshal(object[head], &inner) != nil || inner == nil {
		return json.RawMessage("null")
	}
	return property(inner, rest)
}

// plainGraph is a client of Graph that shares no code with the product.
type plainGraph struct {
	t     *testing.T
	http  *http.Client
	base  string
	token string
}

func newPlainGraph(t *testing.T, cloud *service) *plainGraph {
	t.Helper()
	pem, err := os.ReadFile(cloud.values["ca_file"])
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	g := &plainGraph{t: t, base: cloud.values["url"], http: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}}
	res, err := g.http.PostForm(g.base+"/"+cloud.values["directory_id"]+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {cloud.values["client_id"]},
		"client_secret": {cloud.values["client_secret"]}, "scope": {g.base + "/.default"},
	})
	require.NoError(t, err)
	defer res.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(t, json.NewDecoder(res.Body).Decode(&token))
	require.NotEmpty(t, token.AccessToken)
	g.token = token.AccessToken
	return g
}

// part reads what a part is declared to read, one request after the other.
func (g *plainGraph) part(def *entity.Def, part entity.Part) (objects []map[string]json.RawMessage) {
	query := func(q url.Values) url.Values {
		all := url.Values{}
		for k, v := range q {
			all[k] = v
		}
		if s := def.Select(part.Name); s != "" {
			all.Set("$select", s)
		}
		return all
	}
	if part.Fan == nil || part.Fan.Rest {
		for _, path := range part.Paths() {
			objects = append(objects, g.list(part.Beta, path, query(part.Query))...)
		}
		return objects
	}
	over := entities.All().Def(part.Fan.Over)
	for _, parent := range g.list(over.Parts[0].Beta, over.Parts[0].Path, url.Values{"$top": {"999"}}) {
		for _, l := range part.Fan.Lists {
			for _, object := range g.list(part.Beta, strings.ReplaceAll(l.Path, "{id}", text(parent["id"])), query(l.Query)) {
				object["@parent"] = parent["id"]
				object["@relation"], _ = json.Marshal(l.Relation)
				objects = append(objects, object)
			}
		}
	}
	return objects
}

// text returns the text in a JSON string.
func text(raw json.RawMessage) (s string) {
	_ = json.Unmarshal(raw, &s)
	return s
}

// list follows a collection to its end; a single object is a list of one.
func (g *plainGraph) list(beta bool, path string, query url.Values) []map[string]json.RawMessage {
	version := "/v1.0"
	if beta {
		version = "/beta"
	}
	next := g.base + version + path
	if len(query) > 0 {
		next += "?" + query.Encode()
	}
	var all []map[string]json.RawMessage
	for next != "" {
		req, err := http.NewRequestWithContext(g.t.Context(), http.MethodGet, next, nil)
		require.NoError(g.t, err)
		req.Header.Set("Authorization", "Bearer "+g.token)
		res, err := g.http.Do(req)
		require.NoError(g.t, err)
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		require.NoError(g.t, err)
		if res.StatusCode == http.StatusTooManyRequests {
			wait(g.t, res.Header.Get("Retry-After"))
			continue
		}
		require.Equal(g.t, http.StatusOK, res.StatusCode, "%s: %s", next, body)
		var page struct {
			Value []map[string]json.RawMessage `json:"value"`
			Next  string                       `json:"@odata.nextLink"`
		}
		require.NoError(g.t, json.Unmarshal(body, &page))
		if page.Value == nil {
			var object map[string]json.RawMessage
			require.NoError(g.t, json.Unmarshal(body, &object))
			return []map[string]json.RawMessage{object}
		}
		all = append(all, page.Value...)
		next = page.Next
	}
	return all
}

// wait honours a throttled answer; without a Retry-After it waits a second.
func wait(t *testing.T, retryAfter string) {
	t.Helper()
	d, err := time.ParseDuration(retryAfter + "s")
	if err != nil {
		d = time.Second
	}
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}
