package simulator

import (
	"fmt"
	"net/http"
)

// loginError is an answer of the login service that says no.
type loginError struct {
	status int
	code   int    // AADSTS…
	name   string // OAuth's error
	text   string
}

func (e *loginError) Error() string { return fmt.Sprintf("AADSTS%d: %s", e.code, e.text) }

// The texts are those of the live service (learn.microsoft.com/entra/identity-platform/reference-error-codes
// and reports of users).
func errMissingParameter(name string) *loginError {
	return &loginError{http.StatusBadRequest, 900144, "invalid_request",
		fmt.Sprintf("The request body must contain the following parameter: '%s'.", name)}
}

func errUnsupportedGrant(grant string) *loginError {
	return &loginError{http.StatusBadRequest, 70003, "unsupported_grant_type",
		fmt.Sprintf("The app requested an unsupported grant type '%s'.", grant)}
}

func errTenantNotFound(tenant, name string) *loginError {
	return &loginError{http.StatusBadRequest, 90002, name, fmt.Sprintf("Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", tenant)}
}

func errMalformedTenant(tenant, name string) *loginError {
	return &loginError{http.StatusBadRequest, 900023, name, fmt.Sprintf("Specified tenant identifier '%s' is neither a valid DNS name, nor a valid external domain.", tenant)}
}

func errNoTenant() *loginError {
	return &loginError{http.StatusBadRequest, 50059, "invalid_request", "No tenant-identifying information found in either the request or implied by any provided credentials."}
}

func errUnknownApp(clientID, directory string) *loginError {
	return &loginError{http.StatusBadRequest, 700016, "unauthorized_client", fmt.Sprintf("Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.", clientID, directory)}
}

func errMalformedClientID(clientID string) *loginError {
	return &loginError{http.StatusBadRequest, 700038, "invalid_request", fmt.Sprintf("%s is not a valid application identifier.", clientID)}
}

func errNoCredential() *loginError {
	return &loginError{http.StatusUnauthorized, 7000216, "invalid_client", "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."}
}

func errEmptySecret() *loginError {
	return &loginError{http.StatusUnauthorized, 7000218, "invalid_client", "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."}
}

func errWrongSecret(clientID string) *loginError {
	return &loginError{http.StatusUnauthorized, 7000215, "invalid_client", fmt.Sprintf("Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", clientID)}
}

func errExpiredSecret(clientID string) *loginError {
	return &loginError{http.StatusUnauthorized, 7000222, "invalid_client", fmt.Sprintf("The provided client secret keys for app '%s' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.", clientID)}
}

func errUnknownCertificate() *loginError {
	return &loginError{http.StatusUnauthorized, 700027, "invalid_client", "The certificate with identifier used to sign the client assertion is not registered on application."}
}

func errDisabledApp(clientID string) *loginError {
	return &loginError{http.StatusBadRequest, 7000112, "unauthorized_client", fmt.Sprintf("Application '%s'(%s) is disabled.", clientID, appName)}
}

func errBlockedByPolicy() *loginError {
	return &loginError{http.StatusBadRequest, 53003, "invalid_grant", "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."}
}

func errInvalidScope(scope string) *loginError {
	return &loginError{http.StatusBadRequest, 70011, "invalid_scope", fmt.Sprintf("The provided value for the input parameter 'scope' is not valid. The scope %s is not valid.", scope)}
}

func errNotDefaultScope(scope string) *loginError {
	return &loginError{http.StatusBadRequest, 1002012, "invalid_scope", fmt.Sprintf("The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", scope)}
}

func errManyResources(scope string) *loginError {
	return &loginError{http.StatusBadRequest, 28000, "invalid_request", fmt.Sprintf("Provided value for the input parameter scope is not valid because it contains more than one resource. Scope %s is not valid.", scope)}
}

func errUnknownResource(resource, directory string) *loginError {
	return &loginError{http.StatusBadRequest, 500011, "invalid_resource", fmt.Sprintf("The resource principal named %s was not found in the tenant named %s. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.", resource, directory)}
}

// answerLoginError writes an error as the token endpoint and the discovery
// documents do.
func (s *Server) answerLoginError(w http.ResponseWriter, r *http.Request, e *loginError) {
	trace, correlation := freshGUID(), correlationID(r)
	at := s.now().UTC().Format("2006-01-02 15:04:05Z")
	body := row{
		{"error", e.name},
		{"error_description", fmt.Sprintf("AADSTS%d: %s\r\nTrace ID: %s\r\nCorrelation ID: %s\r\nTimestamp: %s", e.code, e.text, trace, correlation, at)},
		{"error_codes", []any{e.code}},
		{"timestamp", at},
		{"trace_id", trace},
		{"correlation_id", correlation},
		{"error_uri", fmt.Sprintf("%s/error?code=%d", baseURL(r), e.code)},
	}
	w.Header().Set("x-ms-request-id", trace)
	writeLoginJSON(w, e.status, body)
}

func correlationID(r *http.Request) string {
	if id := r.Header.Get("client-request-id"); isGUID(id) {
		return id
	}
	return freshGUID()
}
