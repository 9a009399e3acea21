package simulator

import "net/http"

// exposedHeaders are what Graph lets scripts of other origins read.
const exposedHeaders = "ETag, Location, Preference-Applied, Content-Range, request-id, client-request-id, ReadWriteConsistencyToken, SdkVersion, WWW-Authenticate, x-ms-client-gcc-tenant, Retry-After"

// allowOrigin lets scripts of web pages read an answer, as Graph does for any
// page: it is the token that opens it.
func allowOrigin(r *http.Request, h http.Header) {
	if r.Header.Get("Origin") != "" {
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", exposedHeaders)
	}
}

// isPreflight reports whether a browser asks for what a script may send. It
// does so without a token.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// preflight allows what was asked for.
func preflight(r *http.Request) *answer {
	h := http.Header{}
	h.Set("Access-Control-Allow-Methods", r.Header.Get("Access-Control-Request-Method"))
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	h.Set("Access-Control-Max-Age", "86400")
	return &answer{status: http.StatusOK, header: h}
}
