package simulator

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// isLoginPath reports whether a path is the login service's. Graph's paths
// begin with a version, Defender's with its prefix.
func isLoginPath(path string) bool {
	for _, part := range []string{"/oauth2/", "/.well-known/openid-configuration", "/discovery/", "/adminconsent"} {
		if strings.Contains(path, part) {
			return true
		}
	}
	return false
}

// serveLogin answers the login service's paths: the first segment is the
// tenant, by id or domain, or one of the shared names.
func (s *Server) serveLogin(w http.ResponseWriter, r *http.Request) {
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if tenant == "adminconsent" && rest == "" {
		tenant, rest = "common", "adminconsent"
	}
	switch {
	case rest == "discovery/instance" && r.Method == http.MethodGet:
		s.serveInstance(w, r)
	case rest == "v2.0/.well-known/openid-configuration" && r.Method == http.MethodGet:
		s.serveConfiguration(w, r, tenant, "/v2.0")
	case rest == ".well-known/openid-configuration" && r.Method == http.MethodGet:
		s.serveConfiguration(w, r, tenant, "")
	case (rest == "discovery/v2.0/keys" || rest == "discovery/keys") && r.Method == http.MethodGet:
		s.serveKeys(w, r)
	case rest == "oauth2/v2.0/token" || rest == "oauth2/token":
		s.serveToken(w, r, tenant, rest == "oauth2/token")
	case (rest == "v2.0/adminconsent" || rest == "adminconsent") && r.Method == http.MethodGet:
		s.serveConsent(w, r, tenant)
	default:
		http.NotFound(w, r)
	}
}

// baseURL is the address that the client used: links lead back to it.
func baseURL(r *http.Request) string { return "https://" + r.Host }

var sharedTenants = []string{"common", "organizations", "consumers"}

// checkTenant judges a tenant of a URL. name is the OAuth error for an unknown
// one: the endpoints differ.
func (s *Server) checkTenant(tenant, name string) *loginError {
	switch {
	case isGUID(tenant):
		if !strings.EqualFold(tenant, s.tenant.id) {
			return errTenantNotFound(tenant, name)
		}
	case strings.Contains(tenant, ".") && !strings.ContainsAny(tenant, " /_@"):
		if !slices.ContainsFunc(verifiedDomains, func(d string) bool { return strings.EqualFold(d, tenant) }) {
			return errTenantNotFound(tenant, name)
		}
	case !slices.Contains(sharedTenants, tenant):
		return errMalformedTenant(tenant, name)
	}
	return nil
}

func (s *Server) serveInstance(w http.ResponseWriter, r *http.Request) {
	endpoint := r.URL.Query().Get("authorization_endpoint")
	if endpoint == "" {
		s.answerLoginError(w, r, errMissingParameter("authorization_endpoint"))
		return
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		s.answerLoginError(w, r, &loginError{http.StatusBadRequest, 50049, "invalid_instance", "Unknown or invalid instance."})
		return
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if u.Host != r.Host {
		s.answerLoginError(w, r, &loginError{http.StatusBadRequest, 50049, "invalid_instance", "Unknown or invalid instance."})
		return
	}
	writeLoginJSON(w, http.StatusOK, row{
		{"tenant_discovery_endpoint", baseURL(r) + "/" + tenant + "/v2.0/.well-known/openid-configuration"},
		{"api-version", "1.1"},
		{"metadata", []row{{
			{"preferred_network", r.Host}, {"preferred_cache", r.Host}, {"aliases", []string{r.Host}},
		}}},
	})
}

func (s *Server) serveConfiguration(w http.ResponseWriter, r *http.Request, tenant, version string) {
	if e := s.checkTenant(tenant, "invalid_tenant"); e != nil {
		s.answerLoginError(w, r, e)
		return
	}
	id := s.tenant.id
	if slices.Contains(sharedTenants, tenant) {
		id = "{tenantid}"
	}
	base := baseURL(r)
	login := base + "/" + tenant
	if !slices.Contains(sharedTenants, tenant) {
		login = base + "/" + id
	}
	writeLoginJSON(w, http.StatusOK, row{
		{"token_endpoint", login + "/oauth2" + version + "/token"},
		{"token_endpoint_auth_methods_supported", []string{"client_secret_post", "private_key_jwt", "client_secret_basic"}},
		{"jwks_uri", login + "/discovery" + version + "/keys"},
		{"response_modes_supported", []string{"query", "fragment", "form_post"}},
		{"subject_types_supported", []string{"pairwise"}},
		{"id_token_signing_alg_values_supported", []string{"RS256"}},
		{"response_types_supported", []string{"code", "id_token", "code id_token", "id_token token"}},
		{"scopes_supported", []string{"openid", "profile", "email", "offline_access"}},
		{"issuer", base + "/" + id + version + map[bool]string{true: "/"}[version == ""]},
		{"request_uri_parameter_supported", false},
		{"userinfo_endpoint", base + "/oidc/userinfo"},
		{"authorization_endpoint", login + "/oauth2" + version + "/authorize"},
		{"device_authorization_endpoint", login + "/oauth2" + version + "/devicecode"},
		{"http_logout_supported", true},
		{"frontchannel_logout_supported", true},
		{"end_session_endpoint", login + "/oauth2" + version + "/logout"},
		{"claims_supported", []string{"sub", "iss", "cloud_instance_name", "aud", "exp", "iat", "auth_time", "nonce", "tid", "ver"}},
		{"tenant_region_scope", tenantRegion},
		{"cloud_instance_name", r.Host},
		{"cloud_graph_host_name", r.Host},
		{"msgraph_host", r.Host},
	})
}

func (s *Server) serveToken(w http.ResponseWriter, r *http.Request, tenant string, v1 bool) {
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.Header().Set("Pragma", "no-cache")
	if r.Method != http.MethodPost {
		s.answerLoginError(w, r, &loginError{http.StatusBadRequest, 900561, "invalid_request",
			"The endpoint only accepts POST requests. Received a " + r.Method + " request."})
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		s.answerLoginError(w, r, errMissingParameter("grant_type"))
		return
	}
	c, life, e := s.grant(r, tenant, v1)
	if e != nil {
		s.answerLoginError(w, r, e)
		return
	}
	token, err := s.sign(c)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	seconds := int(life/time.Second) - 1
	writeLoginJSON(w, http.StatusOK, row{
		{"token_type", "Bearer"}, {"expires_in", seconds}, {"ext_expires_in", seconds}, {"access_token", token},
	})
}

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
		}
	}
	switch name {
	case "https://graph.microsoft.com", graphAppID:
		return GraphResource
	case "https://api.securitycenter.microsoft.com", "https://securitycenter.onmicrosoft.com/windowsatpservice", defenderAppID:
		return DefenderResource
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
