package simulator

import (
	"encoding/base64"
	"fmt"
	"html"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// serveKeys is the key set that access tokens can be checked with.
func (s *Server) serveKeys(w http.ResponseWriter, r *http.Request) {
	key := &s.signing.PublicKey
	encode := func(n *big.Int) string { return base64.RawURLEncoding.EncodeToString(n.Bytes()) }
	writeLoginJSON(w, http.StatusOK, row{{"keys", []row{{
		{"kty", "RSA"}, {"use", "sig"}, {"kid", s.keyID}, {"x5t", s.keyID},
		{"n", encode(key.N)}, {"e", encode(big.NewInt(int64(key.E)))},
		{"issuer", baseURL(r) + "/{tenantid}/v2.0"},
	}}}})
}

// serveConsent is the page on which an administrator consents. Nobody is asked
// here: it redirects at once, with consent unless Tenant.RefuseConsent.
func (s *Server) serveConsent(w http.ResponseWriter, r *http.Request, tenant string) {
	query := r.URL.Query()
	fail := func(e *loginError) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(e.status)
		fmt.Fprintf(w, "<!DOCTYPE html><title>Sign in to your account</title><h1>Sign in</h1><p>Sorry, but we’re having trouble signing you in.</p><p>%s</p>\n", html.EscapeString(e.Error()))
	}
	if e := s.checkTenant(tenant, "invalid_request"); e != nil {
		fail(e)
		return
	}
	clientID := query.Get("client_id")
	switch {
	case clientID == "":
		fail(errMissingParameter("client_id"))
		return
	case !strings.EqualFold(clientID, s.tenant.app.clientID):
		fail(errUnknownApp(clientID, organizationName))
		return
	case query.Get("redirect_uri") == "":
		fail(errMissingParameter("redirect_uri"))
		return
	}
	s.tenant.mu.RLock()
	uris, refused := s.tenant.app.redirectURIs, s.tenant.app.consentRefused
	s.tenant.mu.RUnlock()
	redirect, err := url.Parse(query.Get("redirect_uri"))
	if err != nil || redirect.Host == "" || len(uris) > 0 && !slices.Contains(uris, query.Get("redirect_uri")) {
		fail(&loginError{http.StatusBadRequest, 50011, "invalid_client", fmt.Sprintf("The redirect URI '%s' specified in the request does not match the redirect URIs configured for the application '%s'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.", query.Get("redirect_uri"), clientID)})
		return
	}
	result := redirect.Query()
	if state := query.Get("state"); state != "" {
		result.Set("state", state)
	}
	if refused {
		result.Set("error", "access_denied")
		result.Set("error_subcode", "cancel")
		result.Set("error_description", "AADSTS65004: User declined to consent to access the app.")
	} else {
		s.tenant.Consent()
		result.Set("admin_consent", "True")
		result.Set("tenant", s.tenant.id)
		if scope := query.Get("scope"); scope != "" {
			result.Set("scope", scope)
		}
	}
	redirect.RawQuery = result.Encode()
	http.Redirect(w, r, redirect.String(), http.StatusFound)
}
