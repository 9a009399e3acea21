package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

// plainClient asks Microsoft's APIs with nothing but net/http: it shares no code
// with the product beyond the declarations.
type plainClient struct {
	t      *testing.T
	http   *http.Client
	base   map[entity.Resource]string
	tokens map[entity.Resource]string
}

func newPlainClient(t *testing.T, cloud *service) *plainClient {
	t.Helper()
	pem, err := os.ReadFile(cloud.values["ca_file"])
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	c := &plainClient{
		t: t,
		http: &http.Client{
			Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		base:   map[entity.Resource]string{entity.Graph: cloud.values["url"], entity.Defender: cloud.values["defender_url"]},
		tokens: map[entity.Resource]string{},
	}
	for resource, base := range c.base {
		res, err := c.http.PostForm(cloud.values["url"]+"/"+cloud.values["directory_id"]+"/oauth2/v2.0/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {cloud.values["client_id"]},
			"client_secret": {cloud.values["client_secret"]}, "scope": {base + "/.default"},
		})
		require.NoError(t, err)
		var token struct {
			AccessToken string `json:"access_token"`
		}
		require.NoError(t, json.NewDecoder(res.Body).Decode(&token))
		require.NoError(t, res.Body.Close())
		require.NotEmpty(t, token.AccessToken)
		c.tokens[resource] = token.AccessToken
	}
	return c
}

// rows are an entity's rows by id as they should be exported, the computed
// columns left out.
func (c *plainClient) rows(def *entity.Def) map[string]map[string]json.RawMessage {
	rows := map[string]map[string]json.RawMessage{}
	for i := range def.Parts {
		part := &def.Parts[i]
		if part.Else != nil && !c.readable(part) {
			part = part.Else
		}
		if i > 0 && !c.readable(part) {
			for _, row := range rows {
				for _, col := range def.PartColumns(part.Name) {
					row[col.Name] = json.RawMessage("null")
				}
			}
			continue
		}
		for _, object := range c.part(def, part) {
			id := text(object["id"])
			if part.ID != nil {
				id = part.ID(entity.Object(object))
			}
			if part.Fan != nil && !part.Fan.Rest && part.Fan.Over != def.Kind {
				id = strings.Join([]string{text(object["@parent"]), text(object["@relation"]), id}, ".")
			}
			if part.Skip != nil && part.Skip(entity.Object(object)) || i > 0 && rows[id] == nil {
				continue
			}
			if rows[id] == nil {
				rows[id] = map[string]json.RawMessage{}
			}
			for _, col := range def.PartColumns(part.Name) {
				path := col.Path
				if part == def.Parts[i].Else {
					path = col.Else
				}
				rows[id][col.Name] = property(object, path)
				if col.Path == entity.SourcePath {
					rows[id][col.Name], _ = json.Marshal(part.Resource)
				}
			}
		}
		for _, row := range rows {
			for _, col := range def.PartColumns(part.Name) {
				if row[col.Name] == nil {
					row[col.Name] = json.RawMessage("null")
				}
			}
		}
	}
	return rows
}

// readable reports whether the guide's permissions suffice for a part.
func (c *plainClient) readable(part *entity.Part) bool {
	for _, any := range part.Needs {
		granted := false
		for _, name := range any {
			p := entities.All().Permission(part.Resource, name)
			granted = granted || p.Profile == entity.Required || p.Profile == entity.Optional
		}
		if !granted {
			return false
		}
	}
	return true
}

// part reads what a part is declared to read, one request after the other.
func (c *plainClient) part(def *entity.Def, part *entity.Part) (objects []map[string]json.RawMessage) {
	query := func(q url.Values) url.Values {
		all := url.Values{}
		for k, v := range q {
			all[k] = v
		}
		if s := def.SelectOf(part); s != "" {
			all.Set("$select", s)
		}
		return all
	}
	root := c.base[part.Resource]
	if part.Resource == entity.Graph {
		root += map[bool]string{false: "/v1.0", true: "/beta"}[part.Beta]
	}
	switch {
	case part.Report:
		return c.report(def, root+part.Path)
	case part.Span != nil && part.Span.First > 0:
		q := query(part.Query)
		q.Set("$filter", part.Span.Property+" ge "+time.Now().UTC().AddDate(0, 0, -logDaysRead).Format(time.RFC3339))
		return c.list(part.Resource, root+part.Path, q)
	case part.Fan == nil || part.Fan.Rest:
		for _, path := range part.Paths() {
			objects = append(objects, c.list(part.Resource, root+path, query(part.Query))...)
		}
		return objects
	}
	over := entities.All().Def(part.Fan.Over).Parts[0]
	overRoot := c.base[over.Resource] + map[bool]string{false: "/v1.0", true: "/beta"}[over.Beta]
	for _, parent := range c.list(over.Resource, overRoot+over.Path, over.Query) {
		for _, l := range part.Fan.Lists {
			q := query(l.Query)
			if l.Relation == "" {
				q = l.Query
			}
			for _, object := range c.list(part.Resource, root+strings.ReplaceAll(l.Path, "{id}", text(parent["id"])), q) {
				if l.Relation == "" {
					object["id"] = parent["id"]
				}
				object["@parent"] = parent["id"]
				object["@relation"], _ = json.Marshal(l.Relation)
				objects = append(objects, object)
			}
		}
	}
	return objects
}

// list follows a collection to its end; a single object is a list of one.
// Defender's lists go on with $skip as long as pages are full.
func (c *plainClient) list(resource entity.Resource, address string, query url.Values) (all []map[string]json.RawMessage) {
	top, _ := strconv.Atoi(query.Get("$top"))
	next := address
	if len(query) > 0 {
		next += "?" + query.Encode()
	}
	for next != "" {
		res, body := c.get(next, c.tokens[resource])
		require.Equal(c.t, http.StatusOK, res.StatusCode, "%s: %s", next, body)
		var page struct {
			Value []map[string]json.RawMessage `json:"value"`
			Next  string                       `json:"@odata.nextLink"`
		}
		require.NoError(c.t, json.Unmarshal(body, &page))
		if page.Value == nil {
			var object map[string]json.RawMessage
			require.NoError(c.t, json.Unmarshal(body, &object))
			return []map[string]json.RawMessage{object}
		}
		all, next = append(all, page.Value...), page.Next
		if resource == entity.Defender && next == "" && top > 0 && len(page.Value) == top {
			query.Set("$skip", strconv.Itoa(len(all)))
			next = address + "?" + query.Encode()
		}
	}
	return all
}

// report reads a usage report: each line by its headings, values in the types
// of their columns.
func (c *plainClient) report(def *entity.Def, address string) (objects []map[string]json.RawMessage) {
	res, body := c.get(address, c.tokens[entity.Graph])
	require.Equal(c.t, http.StatusFound, res.StatusCode, "%s", body)
	res, body = c.get(res.Header.Get("Location"), "")
	require.Equal(c.t, http.StatusOK, res.StatusCode, "%s", body)
	lines := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(body), "\xef\xbb\xbf")))
	headings, err := lines.Read()
	require.NoError(c.t, err)
	for {
		line, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return objects
		}
		require.NoError(c.t, err)
		o := map[string]json.RawMessage{}
		for i, cell := range line {
			o[headings[i]], _ = json.Marshal(cell)
			for _, col := range def.Columns {
				switch {
				case col.Path != headings[i]:
				case cell == "":
					o[headings[i]] = json.RawMessage("null")
				case col.Type == entity.Int:
					o[headings[i]] = json.RawMessage(cell)
				case col.Type == entity.Bool:
					o[headings[i]] = json.RawMessage(strings.ToLower(cell))
				case col.Type == entity.List:
					o[headings[i]], _ = json.Marshal(strings.Split(cell, "+"))
				}
			}
		}
		objects = append(objects, o)
	}
}

// get asks for an address, with a token unless that is empty, and waits where
// it is told to.
func (c *plainClient) get(address, token string) (*http.Response, []byte) {
	c.t.Helper()
	for {
		req, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, address, nil)
		require.NoError(c.t, err)
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		req.Header.Set("Prefer", "include-unknown-enum-members")
		res, err := c.http.Do(req)
		require.NoError(c.t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(c.t, err)
		require.NoError(c.t, res.Body.Close())
		if res.StatusCode != http.StatusTooManyRequests {
			return res, body
		}
		wait(c.t, res.Header.Get("Retry-After"))
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

// text returns the text in a JSON string.
func text(raw json.RawMessage) (s string) {
	_ = json.Unmarshal(raw, &s)
	return s
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
