package simulator

import (
	"fmt"
	"net/http"
)

// graphError is an answer of Graph that says no.
type graphError struct {
	status  int
	code    string
	message string
	header  http.Header
	inner   row // put before date and ids in innerError
}

func (e *graphError) Error() string { return e.code + ": " + e.message }

func newGraphError(status int, code, format string, args ...any) *graphError {
	return &graphError{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// Errors that Microsoft's documents and users' reports quote word for word.
func errUnsupportedQuery(format string, args ...any) *graphError {
	return newGraphError(http.StatusBadRequest, "Request_UnsupportedQuery", format, args...)
}

func errBadRequest(format string, args ...any) *graphError {
	return newGraphError(http.StatusBadRequest, "BadRequest", format, args...)
}

func errRequestBadRequest(format string, args ...any) *graphError {
	return newGraphError(http.StatusBadRequest, "Request_BadRequest", format, args...)
}

func errUnknownSegment(segment string) *graphError {
	return errBadRequest("Resource not found for the segment '%s'.", segment)
}

func errNotFound(id string) *graphError {
	return newGraphError(http.StatusNotFound, "Request_ResourceNotFound",
		"Resource '%s' does not exist or one of its queried reference-property objects are not present.", id)
}

func errNotImplemented() *graphError {
	return newGraphError(http.StatusNotImplemented, "NotImplemented", "This operation target is not yet supported.")
}

func errMethodNotAllowed() *graphError {
	return newGraphError(http.StatusMethodNotAllowed, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
}

func errDirectoryDenied() *graphError {
	return newGraphError(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

func errPolicyDenied() *graphError {
	return newGraphError(http.StatusForbidden, "AccessDenied", "You cannot perform the requested operation, required scopes are missing in the token.")
}

func errAuditLogDenied() *graphError {
	return newGraphError(http.StatusForbidden, "Authentication_MSGraphPermissionMissing", "Calling principal does not have required MSGraph permissions AuditLog.Read.All")
}

func errNotPremium() *graphError {
	return newGraphError(http.StatusForbidden, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Tenant is not a B2C tenant and doesn't have premium license")
}

func errInvalidPageToken() *graphError {
	return errUnsupportedQuery("Unable to execute query; invalid page token specified.")
}

func errExpiredPageToken() *graphError {
	return newGraphError(http.StatusBadRequest, "Directory_ExpiredPageToken",
		"The specified page token value has expired and can no longer be included in your request.")
}

func errToken(format string, args ...any) *graphError {
	e := newGraphError(http.StatusUnauthorized, "InvalidAuthenticationToken", format, args...)
	e.header = http.Header{"Www-Authenticate": {
		fmt.Sprintf(`Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="%s"`, graphAppID)}}
	return e
}

// body is the error's JSON.
func (e *graphError) body(c *call) row {
	inner := append(row{}, e.inner...)
	inner = append(inner,
		field{"date", c.s.now().UTC().Format("2006-01-02T15:04:05")},
		field{"request-id", c.requestID},
		field{"client-request-id", c.clientRequestID})
	return row{{"error", row{{"code", e.code}, {"message", e.message}, {"innerError", inner}}}}
}
