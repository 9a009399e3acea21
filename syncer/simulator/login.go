package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// isLoginPath reports whether a path is the login service's. Graph's paths
// begin with a version, Defender's with its prefix.
func isLoginPath(path string) bool {
	path = strings.ToLower(path)
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
	rest = strings.ToLower(rest) // paths do not depend on case
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
