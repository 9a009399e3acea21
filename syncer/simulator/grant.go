package simulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// grant checks a request for a token in the order in which the live service
// complains, and returns the claims and the life of the token.
func (s *Server) grant(r *http.Request, tenant string, v1 bool) (claims, time.Duration, *loginError) {
	form := r.PostForm
	if e := s.checkTenant(tenant, "invalid_request"); e != nil {
		return claims{}, 0, e
	}
	grant := form.Get("grant_type")
	if grant == "" {
		return claims{}, 0, errMissingParameter("grant_type")
	}
	if grant != "client_credentials" {
		return claims{}, 0, errUnsupportedGrant(grant)
	}
	clientID, secret, sent := clientCredentials(r)
	if clientID == "" {
		return claims{}, 0, errMissingParameter("client_id")
	}
	if slices.Contains(sharedTenants, tenant) {
		return claims{}, 0, errNoTenant()
	}
	resource, e := requestedResource(form, v1)
	if e != nil {
		return claims{}, 0, e
	}
	s.tenant.mu.RLock()
	defer s.tenant.mu.RUnlock()
	app := s.tenant.app
	now := s.now()
	switch {
	case !isGUID(clientID):
		return claims{}, 0, errMalformedClientID(clientID)
	case !strings.EqualFold(clientID, app.clientID):
		return claims{}, 0, errUnknownApp(clientID, organizationName)
	case form.Has("client_assertion"):
		return claims{}, 0, errUnknownCertificate()
	case !sent:
		return claims{}, 0, errNoCredential()
	case secret == "":
		return claims{}, 0, errEmptySecret()
	}
	found, ok := app.secret(secret)
	if !ok {
		return claims{}, 0, errWrongSecret(app.clientID)
	}
	if !now.Before(found.ends) {
		return claims{}, 0, errExpiredSecret(app.clientID)
	}
	kind := s.resourceKind(resource, r.Host)
	if kind == "" || kind == DefenderResource && !s.tenant.defenderPresent {
		return claims{}, 0, errUnknownResource(resource, organizationName)
	}
	if app.disabled {
		return claims{}, 0, errDisabledApp(app.clientID)
	}
	if app.blocked {
		return claims{}, 0, errBlockedByPolicy()
	}
	c := claims{
		Audience: resource, Issuer: baseURL(r) + "/" + s.tenant.id + "/",
		Opaque: freshGUID(), AppName: appName, AppID: app.clientID, AppAuth: "1",
		Provider: baseURL(r) + "/" + s.tenant.id + "/", Type: "app",
		ObjectID: app.spID, Subject: app.spID, TenantID: s.tenant.id, Region: tenantRegion,
		Roles: slices.Clone(app.roles[kind]), ID: freshGUID(), Version: "1.0",
		RoleIDs: []string{"0997a1d0-0d1d-4acb-b408-d5ca73121e90"},
	}
	life := s.options.TokenLife
	if handlesChallenges(form.Get("claims")) {
		c.Handles = []string{"CP1"}
		life *= 24
	}
	// The live service backdates tokens by five minutes, and the life counts
	// from then, less what expires_in already left out.
	c.IssuedAt = now.Add(-clockSkew).Unix()
	c.NotBefore = c.IssuedAt
	c.Expires = now.Add(life).Unix()
	return c, life, nil
}

// clientCredentials reads who the client says it is: from the form, or from
// HTTP Basic. sent is false where there is no secret at all.
func clientCredentials(r *http.Request) (clientID, secret string, sent bool) {
	form := r.PostForm
	if id, password, ok := r.BasicAuth(); ok && !form.Has("client_secret") {
		// RFC 6749 has both form-encoded before they are joined.
		if plain, err := url.QueryUnescape(id); err == nil {
			id = plain
		}
		if plain, err := url.QueryUnescape(password); err == nil {
			password = plain
		}
		return id, password, true
	}
	return form.Get("client_id"), form.Get("client_secret"), form.Has("client_secret")
}

// requestedResource is the resource that the scope (or, in version 1, the
// resource parameter) names.
func requestedResource(form url.Values, v1 bool) (string, *loginError) {
	if v1 {
		if resource := form.Get("resource"); resource != "" {
			return resource, nil
		}
		return "", errMissingParameter("resource")
	}
	if form.Get("scope") == "" {
		return "", errMissingParameter("scope")
	}
	resource := ""
	for _, scope := range strings.Fields(form.Get("scope")) {
		switch scope {
		case "openid", "offline_access", "profile", "email":
			continue // client libraries send them along
		}
		name, isDefault := strings.CutSuffix(scope, "/.default")
		switch {
		case !isDefault:
			if !strings.Contains(scope, "/") && !strings.Contains(scope, ".") {
				return "", errInvalidScope(scope)
			}
			return "", errNotDefaultScope(scope)
		case name == "" || !isGUID(name) && !strings.Contains(name, "://"):
			return "", errInvalidScope(scope)
		case resource != "":
			return "", errManyResources(form.Get("scope"))
		}
		resource = name
	}
	if resource == "" {
		return "", errNotDefaultScope(form.Get("scope"))
	}
	return resource, nil
}

// resourceKind says which resource a name of a scope or audience is, or "".
func (s *Server) resourceKind(name, host string) string {
	name = strings.ToLower(strings.TrimSuffix(name, "/"))
	for _, base := range []string{s.url, "https://" + host} {
		switch base = strings.ToLower(base); name {
		case base:
			return GraphResource
		case base + defenderPrefix:
			return DefenderResource
		case base + managementPrefix:
			return ManagementResource
		}
	}
	switch name {
	case "https://graph.microsoft.com", graphAppID:
		return GraphResource
	case "https://api.securitycenter.microsoft.com", "https://securitycenter.onmicrosoft.com/windowsatpservice", defenderAppID:
		return DefenderResource
	case "https://manage.office.com", managementAppID:
		return ManagementResource
	}
	return ""
}

// handlesChallenges reads the claims parameter with which a client says that
// it can handle claims challenges (continuous access evaluation).
func handlesChallenges(parameter string) bool {
	var c struct {
		AccessToken struct {
			Handles struct {
				Values []string `json:"values"`
			} `json:"xms_cc"`
		} `json:"access_token"`
	}
	return json.Unmarshal([]byte(parameter), &c) == nil && slices.ContainsFunc(c.AccessToken.Handles.Values,
		func(v string) bool { return strings.EqualFold(v, "cp1") })
}
