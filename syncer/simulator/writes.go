package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// writes are the methods other than the route's own that Graph has on a path.
// The simulation stores nothing through them: it refuses them to apps without
// the permission, as Graph does, and does not have them for others.
var writes = map[string][]string{
	"users":                               {http.MethodPost},
	"users/{id}":                          {http.MethodPatch, http.MethodDelete},
	"users/{id}/manager":                  {http.MethodDelete},
	"groups":                              {http.MethodPost},
	"groups/{id}":                         {http.MethodPatch, http.MethodDelete},
	"organization/{id}":                   {http.MethodPatch},
	"domains":                             {http.MethodPost},
	"domains/{id}":                        {http.MethodPatch, http.MethodDelete},
	"identity/conditionalAccess/policies": {http.MethodPost},
	"identity/conditionalAccess/policies/{id}":           {http.MethodPatch, http.MethodDelete},
	"identity/conditionalAccess/namedLocations":          {http.MethodPost},
	"identity/conditionalAccess/namedLocations/{id}":     {http.MethodPatch, http.MethodDelete},
	"policies/identitySecurityDefaultsEnforcementPolicy": {http.MethodPatch},
	"policies/authenticationMethodsPolicy":               {http.MethodPatch},
	"applications":                                       {http.MethodPost},
	"applications/{id}":                                  {http.MethodPatch, http.MethodDelete},
	"applications(appId)/{id}":                           {http.MethodPatch, http.MethodDelete},
	"servicePrincipals":                                  {http.MethodPost},
	"servicePrincipals/{id}":                             {http.MethodPatch, http.MethodDelete},
	"servicePrincipals(appId)/{id}":                      {http.MethodPatch, http.MethodDelete},
	"servicePrincipals/{id}/appRoleAssignments":          {http.MethodPost},
	"directoryRoles":                                     {http.MethodPost},
}

// checkMethod judges the method of a call to a route.
func (c *call) checkMethod(r *route) error {
	switch {
	case c.method == r.method, c.method == http.MethodHead && r.method == http.MethodGet:
		return nil
	case !slices.Contains(writes[r.pattern], c.method):
		return errMethodNotAllowed()
	case !slices.ContainsFunc(c.claims.Roles, func(role string) bool {
		return strings.Contains(role, ".ReadWrite") && slices.Contains(r.roles, role)
	}):
		return r.denied()
	}
	return errNotImplemented()
}
