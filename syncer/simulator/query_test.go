package simulator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// queried is a tenant with a few users that filters can tell apart.
func queried(t *testing.T) *cloud {
	c := start(t, withUsers(1))
	for _, id := range c.Tenant().UserIDs() {
		c.Tenant().RemoveUser(id)
	}
	const e3 = "05e9a617-0261-4cee-bb44-138d3ef5d965"
	for _, u := range []map[string]any{
		{"displayName": "Ann O'Neil", "department": "IT", "accountEnabled": true, "createdDateTime": "2020-01-01T00:00:00Z", "mail": "ann@contoso.com", "proxyAddresses": []string{"SMTP:ann@contoso.com", "smtp:a.oneil@contoso.com"}},
		{"displayName": "Bob", "department": "Sales", "accountEnabled": false, "createdDateTime": "2021-06-01T12:00:00Z", "mail": "bob@hotmail.com", "assignedLicenses": []any{map[string]any{"skuId": e3}}},
		{"displayName": "Cid", "department": nil, "userType": "Guest", "createdDateTime": "2022-01-01T00:00:00Z", "companyName": "Fabrikam"},
		{"displayName": "Dee Conf Room", "department": "Retail", "userType": nil, "createdDateTime": "2023-01-01T00:00:00.1234567Z", "onPremisesSyncEnabled": true},
	} {
		u["userPrincipalName"] = strings.ToLower(u["displayName"].(string)[:3]) + "@contoso.com"
		c.Tenant().AddUser(u)
	}
	return c
}

func TestFilters(t *testing.T) {
	t.Parallel()
	c := queried(t)
	for filter, want := range map[string]string{
		"department eq 'IT'":                          "Ann",
		"department eq 'it'":                          "Ann",
		"DEPARTMENT eq 'IT'":                          "Ann",
		"displayName eq 'Ann O''Neil'":                "Ann",
		"accountEnabled eq false":                     "Bob",
		"userType eq 'Guest'":                         "Cid",
		"department in ('IT','Sales')":                "Ann Bob",
		"department eq 'IT' or department eq 'Sales'": "Ann Bob",
		"(department eq 'IT' or accountEnabled eq false) and startswith(displayName,'B')": "Bob",
		"startsWith(displayName,'dee')":                                            "Dee",
		"createdDateTime ge 2021-06-01T12:00:00Z":                                  "Bob Cid Dee",
		"createdDateTime le 2021-06-01T14:00:00+02:00":                             "Ann Bob",
		"createdDateTime ge 2022-06-01":                                            "Dee",
		"assignedLicenses/any(x:x/skuId eq 05e9a617-0261-4cee-bb44-138d3ef5d965)":  "Bob",
		"assignedLicenses/any(s: s/skuId eq 00000000-0000-4000-8000-000000000000)": "",
		"proxyAddresses/any(p:startsWith(p,'smtp:a.'))":                            "Ann",
		"onPremisesSyncEnabled eq true":                                            "Dee",
	} {
		assertFound(t, c, "/users?$filter="+filter, want)
	}
	for filter, want := range map[string]string{
		"department ne 'IT'":                                    "Bob Cid Dee",
		"department eq null":                                    "Cid",
		"department ne null":                                    "Ann Bob Dee",
		"userType eq null":                                      "Dee",
		"not(department eq 'IT')":                               "Bob Cid Dee",
		"NOT startsWith(displayName,'Dee')":                     "Ann Bob Cid",
		"endsWith(mail,'@hotmail.com')":                         "Bob",
		"companyName eq 'Fabrikam'":                             "Cid",
		"assignedLicenses/$count eq 0":                          "Ann Cid Dee",
		"assignedLicenses/$count ne 0":                          "Bob",
		"proxyAddresses/any(p:endsWith(p,'oneil@contoso.com'))": "Ann",
	} {
		r := c.get("/users?$filter=" + filter)
		assert.Equal(t, http.StatusBadRequest, r.status, "%s needs an advanced query", filter)
		assert.Equal(t, "Request_UnsupportedQuery", r.code(), filter)
		assert.Equal(t, http.StatusBadRequest, c.get("/users?$filter="+filter, eventually).status, "%s needs $count too", filter)
		assert.Equal(t, http.StatusBadRequest, c.get("/users?$count=true&$filter="+filter).status, "%s needs the header too", filter)
		assertFound(t, c, "/users?$count=true&$filter="+filter, want, eventually)
	}
}

func assertFound(t *testing.T, c *cloud, path, want string, headers ...map[string]string) {
	t.Helper()
	r := c.get(path, headers...)
	require.Equal(t, http.StatusOK, r.status, "%s: %s", path, r.text)
	var found []string
	for _, name := range column(r.rows(), "displayName") {
		found = append(found, name[:3])
	}
	slices.Sort(found)
	assert.Equal(t, want, strings.Join(found, " "), path)
}

func TestFilterErrors(t *testing.T) {
	t.Parallel()
	c := queried(t)
	for filter, want := range map[string]string{
		"nosuch eq 'x'":                             "Could not find a property named 'nosuch' on type 'microsoft.graph.user'.",
		"department eq 'x":                          "There is an unterminated string literal at position",
		"accountEnabled eq 'true'":                  "A binary operator with incompatible types was detected. Found operand types 'Edm.Boolean' and 'Edm.String' for operator kind 'Equal'.",
		"createdDateTime ge '2020-01-01T00:00:00Z'": "incompatible types",
		"createdDateTime ge 2020-13-01T00:00:00Z":   "The DateTimeOffset text '2020-13-01T00:00:00Z' should be in format",
		"assignedLicenses/any(x:x/skuId eq '05e9a617-0261-4cee-bb44-138d3ef5d965')": "Found operand types 'Edm.Guid' and 'Edm.String'",
		"proxyAddresses eq 'x'":          "incompatible types",
		"department":                     "must evaluate to a single boolean value",
		"department eq":                  "Syntax error",
		"department eq 'a' and":          "Syntax error",
		"(department eq 'a'":             "Syntax error",
		"department eq 'a')":             "Syntax error",
		"department = 'a'":               "Syntax error",
		"frobnicate(department,'a')":     "An unknown function with name 'frobnicate' was found",
		"department/any(x:x eq 'a')":     "Any/All may only be used following a collection.",
		"startswith(accountEnabled,'t')": "incompatible types",
		"externalUserStateChangeDateTime ge 2020-01-01T00:00:00Z": "Unsupported or invalid query filter clause specified for property 'externalUserStateChangeDateTime' of resource 'User'.",
		"contains(displayName,'a')":                               "Unsupported or invalid query filter clause",
		"createdDateTime gt 2020-01-01":                           "Unsupported property filter clause operator 'GreaterThan'.",
		"department ne 'IT'":                                      "Unsupported property filter clause operator 'NotEqualsMatch'.",
		"endsWith(mail,'x')":                                      "Operator: 'endsWith' is not supported because the 'ConsistencyLevel:eventual' header is missing. Refer to https://aka.ms/graph-docs/advanced-queries for more information",
		"signInActivity/lastSignInDateTime le 2020-01-01T00:00:00Z and accountEnabled eq true": "cannot be combined",
		"id in (" + strings.Repeat("'a',", 15) + "'b')":                                        "Too many child clauses specified in search filter expression containing 'OR' operators: 16. Max allowed: 15.",
		strings.Repeat("(", 200) + "department eq 'a'" + strings.Repeat(")", 200):              "Recursion depth exceeded",
		"": "must not be empty",
	} {
		r := c.get("/users?$filter=" + filter)
		assert.Equal(t, http.StatusBadRequest, r.status, filter)
		assert.Contains(t, r.message(), want, filter)
	}
}

func TestCountSearchAndOrder(t *testing.T) {
	t.Parallel()
	c := queried(t)
	t.Run("$count segment", func(t *testing.T) {
		r := c.get("/users/$count")
		assert.Equal(t, http.StatusBadRequest, r.status)
		assert.Equal(t, "$count is not currently supported.", r.message())
		r = c.ok("/users/$count", eventually)
		assert.Equal(t, "4", r.text)
		assert.Equal(t, "text/plain", r.header.Get("Content-Type"))
		assert.Equal(t, "1", c.ok("/users/$count?$filter=userType eq 'Guest'", eventually).text)
	})
	t.Run("$count option", func(t *testing.T) {
		assert.NotContains(t, c.ok("/users?$count=true").body, "@odata.count", "silently ignored without the header")
		first := c.ok("/users?$count=true&$top=3", eventually)
		assert.InDelta(t, 4, first.body["@odata.count"], 0)
		assert.NotContains(t, c.ok(first.next(), eventually).body, "@odata.count", "on the first page only")
		filtered := c.ok("/users?$count=true&$top=1&$filter=department ne 'IT'", eventually)
		assert.InDelta(t, 3, filtered.body["@odata.count"], 0)
		assert.Equal(t, http.StatusBadRequest, c.get(filtered.next()).status, "links do not carry the header")
	})
	t.Run("$search", func(t *testing.T) {
		r := c.get(`/users?$search="displayName:room"`)
		assert.Equal(t, "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'", r.message())
		assertFound(t, c, `/users?$search="displayName:room"`, "Dee", eventually)
		assertFound(t, c, `/users?$search="displayName:ann" OR "mail:bob"`, "Ann Bob", eventually)
		assert.Equal(t, http.StatusBadRequest, c.get(`/users?$search=room`, eventually).status)
	})
	t.Run("$orderby", func(t *testing.T) {
		assert.Equal(t, []string{"Dee Conf Room", "Cid", "Bob", "Ann O'Neil"}, column(c.all("/users?$orderby=displayName desc&$top=1"), "displayName"))
		for _, path := range []string{"/users?$orderby=department", "/users?$orderby=createdDateTime", "/users?$orderby=displayName&$filter=accountEnabled eq true"} {
			r := c.get(path)
			assert.Equal(t, http.StatusBadRequest, r.status, path)
			assert.Equal(t, "Sorting not supported for current query.", r.message(), path)
		}
		advanced := c.ok("/users?$count=true&$orderby=displayName desc&$filter=accountEnabled eq true", eventually)
		assert.Equal(t, []string{"Dee Conf Room", "Cid", "Ann O'Neil"}, column(advanced.rows(), "displayName"))
	})
	t.Run("$expand", func(t *testing.T) {
		assert.Equal(t, http.StatusBadRequest, c.get("/users?$expand=memberOf&$count=true", eventually).status, "not with advanced queries")
		assert.Equal(t, http.StatusBadRequest, c.get("/users?$expand=nosuch").status)
	})
}

func TestGeneralErrors(t *testing.T) {
	t.Parallel()
	c := start(t)
	for name, test := range map[string]struct {
		method, path, code, message string
		status                      int
	}{
		"unknown segment":       {"GET", "/nosuch", "BadRequest", "Resource not found for the segment 'nosuch'.", 400},
		"unknown inner segment": {"GET", "/users/00000000-0000-4000-8000-000000000000/nosuch", "BadRequest", "Resource not found for the segment 'nosuch'.", 400},
		"beta only":             {"GET", "/users/00000000-0000-4000-8000-000000000000/authentication/requirements", "BadRequest", "Resource not found for the segment 'requirements'.", 400},
		"wrong method":          {"DELETE", "/users", "Request_BadRequest", "Specified HTTP method is not allowed for the request target.", 405},
		"unknown option":        {"GET", "/users?$frobnicate=1", "BadRequest", "The query parameter '$frobnicate' is not supported.", 400},
		"option twice":          {"GET", "/users?$top=1&$top=2", "BadRequest", "Query option '$top' was specified more than once, but it must be specified at most once.", 400},
		"not simulated":         {"GET", "/auditLogs/provisioning", "NotImplemented", "This operation target is not yet supported.", 501},
	} {
		r := c.send(test.method, test.path, nil)
		assert.Equal(t, test.status, r.status, name)
		assert.Equal(t, test.code, r.code(), name)
		assert.Equal(t, test.message, r.message(), name)
	}
	r := c.get(c.GraphURL() + "/v3.0/users")
	assert.Equal(t, http.StatusBadRequest, r.status)
	assert.Equal(t, "Invalid version: v3.0", r.message())

	r = c.get("/nosuch", map[string]string{"client-request-id": "mine"})
	innerError := r.body["error"].(map[string]any)["innerError"].(map[string]any)
	assert.Equal(t, "mine", r.header.Get("client-request-id"))
	assert.Equal(t, "mine", innerError["client-request-id"])
	assert.Equal(t, r.header.Get("request-id"), innerError["request-id"])
	assert.NotEmpty(t, innerError["date"])
	assert.NotEmpty(t, r.header.Get("x-ms-ags-diagnostic"))

	assert.Len(t, c.ok("/users?top=2&select=id").rows(), 2, "the dollar sign is optional")
	assert.Equal(t, "1", c.ok("/users?$select=id").header.Get("x-ms-resource-unit"))
	assert.Equal(t, "2", c.ok("/users").header.Get("x-ms-resource-unit"))
}
