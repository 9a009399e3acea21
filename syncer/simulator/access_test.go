package simulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/syncer/simulator"
)

func TestMissingPermissions(t *testing.T) {
	t.Parallel()
	c := start(t)
	allBut := func(roles ...string) {
		c.Tenant().Consent()
		for _, role := range roles {
			c.Tenant().Revoke(role)
		}
		c.refresh()
	}
	const directory, insufficient = "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
	for path, test := range map[string]struct {
		without       []string
		code, message string
	}{
		"/users":                         {[]string{"User.Read.All", "Directory.Read.All"}, directory, insufficient},
		"/users/delta":                   {[]string{"User.Read.All", "Directory.Read.All"}, directory, insufficient},
		"/groups":                        {[]string{"Directory.Read.All"}, directory, insufficient},
		"/organization":                  {[]string{"Organization.Read.All", "Directory.Read.All"}, directory, insufficient},
		"/subscribedSkus":                {[]string{"Organization.Read.All", "Directory.Read.All"}, directory, insufficient},
		"/applications":                  {[]string{"Directory.Read.All"}, directory, insufficient},
		"/servicePrincipals":             {[]string{"Directory.Read.All"}, directory, insufficient},
		"/directory/administrativeUnits": {[]string{"Directory.Read.All"}, directory, insufficient},
		"/roleManagement/directory/roleDefinitions":              {[]string{"RoleManagement.Read.Directory", "Directory.Read.All"}, directory, insufficient},
		"/roleManagement/directory/roleAssignments":              {[]string{"RoleManagement.Read.Directory", "Directory.Read.All"}, directory, insufficient},
		"/reports/authenticationMethods/userRegistrationDetails": {[]string{"AuditLog.Read.All"}, "Authentication_MSGraphPermissionMissing", "Calling principal does not have required MSGraph permissions AuditLog.Read.All"},
		"/directoryRoles":                                                          {[]string{"RoleManagement.Read.Directory", "Directory.Read.All"}, directory, insufficient},
		"/identity/conditionalAccess/policies":                                     {[]string{"Policy.Read.All"}, "AccessDenied", "You cannot perform the requested operation, required scopes are missing in the token."},
		"/identity/conditionalAccess/namedLocations":                               {[]string{"Policy.Read.All"}, "AccessDenied", "You cannot perform the requested operation, required scopes are missing in the token."},
		"/policies/identitySecurityDefaultsEnforcementPolicy":                      {[]string{"Policy.Read.All"}, "AccessDenied", "You cannot perform the requested operation, required scopes are missing in the token."},
		"/policies/authenticationMethodsPolicy":                                    {[]string{"Policy.Read.All"}, "accessDenied", "Request Authorization failed"},
		"/users?$select=id,signInActivity":                                         {[]string{"AuditLog.Read.All"}, "Authentication_MSGraphPermissionMissing", "Calling principal does not have required MSGraph permissions AuditLog.Read.All"},
		"/users?$filter=signInActivity/lastSignInDateTime le 2024-01-01T00:00:00Z": {[]string{"AuditLog.Read.All"}, "Authentication_MSGraphPermissionMissing", "Calling principal does not have required MSGraph permissions AuditLog.Read.All"},
	} {
		allBut()
		c.ok(path)
		for i := range test.without {
			allBut(append(append([]string{}, test.without[:i]...), test.without[i+1:]...)...)
			c.ok(path)
		}
		allBut(test.without...)
		r := c.get(path)
		assert.Equal(t, http.StatusForbidden, r.status, path)
		assert.Equal(t, test.code, r.code(), path)
		assert.Equal(t, test.message, r.message(), path)
	}
}

func TestRolesComeFromTheToken(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.Tenant().SetRoles(simulator.GraphResource, []string{"Policy.Read.All"})
	c.ok("/users") // the token is older
	c.refresh()
	assert.Equal(t, http.StatusForbidden, c.get("/users").status)
	c.Tenant().Grant("Directory.ReadWrite.All")
	assert.Equal(t, http.StatusForbidden, c.get("/users").status)
	c.refresh()
	c.ok("/users")
	c.Tenant().RemoveConsent()
	c.refresh()
	for _, path := range []string{"/users", "/groups", "/organization"} {
		assert.Equal(t, http.StatusForbidden, c.get(path).status, path)
	}
}

func TestReadBasicShowsLittle(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.Tenant().SetRoles(simulator.GraphResource, []string{"User.ReadBasic.All"})
	c.refresh()
	for _, user := range c.ok("/users").rows() {
		assert.ElementsMatch(t, []string{"id", "displayName", "givenName", "surname", "mail", "userPrincipalName"}, keys(user))
	}
	assert.Equal(t, http.StatusForbidden, c.get("/users?$select=id,department").status)
}

func TestSignInActivityNeedsPremium(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.Tenant().SetPremium(false)
	r := c.get("/users?$select=id,displayName,signInActivity")
	assert.Equal(t, http.StatusForbidden, r.status, "the whole request fails")
	assert.Equal(t, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", r.code())
	assert.Equal(t, "Tenant is not a B2C tenant and doesn't have premium license", r.message())
	skus := c.ok("/subscribedSkus").text
	assert.NotContains(t, skus, "AAD_PREMIUM", "the subscriptions agree")
	c.Tenant().SetPremium(true)
	c.ok("/users?$select=id,displayName,signInActivity")
	assert.Contains(t, c.ok("/subscribedSkus").text, "41781fb2-bc02-4b7c-bd55-b576c07bb09d")
}

func TestDefender(t *testing.T) {
	t.Parallel()
	c := start(t)
	token := c.mustToken("https://api.securitycenter.microsoft.com/.default")
	get := func(path string) reply {
		return c.get(c.DefenderURL()+path, map[string]string{"Authorization": "Bearer " + token})
	}
	for _, list := range []string{"machines", "alerts", "vulnerabilities", "recommendations"} {
		r := get("/api/" + list)
		assert.Equal(t, http.StatusOK, r.status, r.text)
		all := len(r.rows())
		assert.NotZero(t, all, list)
		assert.Len(t, get("/api/v1.0/"+list+"?$top=2&$skip=1").rows(), min(2, all-1))
		assert.Empty(t, get("/api/"+list+"?$skip=100000").rows())
	}
	assert.Equal(t, http.StatusBadRequest, get("/api/alerts?$top=10001").status)
	assert.Equal(t, http.StatusNotFound, get("/api/nosuch").status)

	graph := c.get(c.DefenderURL() + "/api/machines")
	assert.Equal(t, http.StatusUnauthorized, graph.status, "a token for Graph is none for Defender")

	c.Tenant().Revoke("Machine.Read.All")
	c.Tenant().Revoke("Vulnerability.Read.All")
	token = c.mustToken(c.DefenderURL() + "/.default")
	r := get("/api/machines")
	assert.Equal(t, http.StatusForbidden, r.status)
	assert.Equal(t, "Missing application roles. API required roles: Machine.Read.All,Machine.ReadWrite.All, application roles: Alert.Read.All,SecurityRecommendation.Read.All.", r.message())
	assert.Contains(t, r.body["error"], "target")
	assert.Equal(t, "The application does not have any of the required application permissions (Vulnerability.Read.All) to access the resource.", get("/api/vulnerabilities").message())

	c.Tenant().SetDefender(true, false)
	r = get("/api/alerts")
	assert.Equal(t, http.StatusUnauthorized, r.status)
	assert.Equal(t, "Unauthorized request - reason of failure: Account mode is inactive", r.message())
	assert.True(t, strings.HasSuffix(get("/api/recommendations").message(), "No Tvm license"))
}
