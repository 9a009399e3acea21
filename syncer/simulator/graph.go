package simulator

import (
	"encoding/base64"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// call is one request to Graph: of HTTP, or an item of a batch.
type call struct {
	s               *Server
	version         string // "v1.0" or "beta"
	method          string
	base            string // "https://host"
	path            string // below the version, as sent
	segments        []segment
	rawQuery        string
	header          http.Header
	body            []byte // of $batch
	claims          claims
	requestID       string
	clientRequestID string
	faults          []*Fault
	batched         bool

	answerHeader http.Header // x-ms-resource-unit and its like
}

// segment is one part of a path: a name, or a name with a key: users('id').
type segment struct {
	name string
	key  string
}

func (c *call) beta() bool { return c.version == "beta" }

func (c *call) hasRole(any ...string) bool {
	return slices.ContainsFunc(any, func(role string) bool { return slices.Contains(c.claims.Roles, role) })
}

// serveGraph answers a request of HTTP.
func (s *Server) serveGraph(w http.ResponseWriter, r *http.Request, version, rest string, faults []*Fault) {
	c := &call{
		s: s, version: version, method: r.Method, base: baseURL(r), path: rest,
		rawQuery: r.URL.RawQuery, header: r.Header, requestID: freshGUID(),
		faults: faults, answerHeader: http.Header{},
	}
	if _, escaped := graphVersion(r.URL.EscapedPath()); escaped != rest {
		c.path = escaped
	}
	if c.clientRequestID = r.Header.Get("client-request-id"); c.clientRequestID == "" {
		c.clientRequestID = c.requestID
	}
	allowOrigin(r, w.Header())
	if s.replace(w, r, faults, c) {
		return
	}
	if isPreflight(r) {
		s.send(w, r, preflight(r), false)
		return
	}
	a := c.answer(func() ([]byte, error) { return requestBody(r, 4<<20) })
	c.addHeaders(w.Header())
	if r.Method == http.MethodHead {
		a = &answer{status: a.status, header: a.header}
	}
	s.send(w, r, a, slices.ContainsFunc(faults, func(f *Fault) bool { return f.Truncate }))
}

// answer handles a request of HTTP up to the answer: version, token, body,
// route. Errors become answers.
func (c *call) answer(body func() ([]byte, error)) *answer {
	a, err := func() (*answer, error) {
		if c.version == "" {
			return nil, errBadRequest("Invalid version: %s", firstSegment(c.path))
		}
		if err := c.authenticate(); err != nil {
			return nil, err
		}
		if c.method == http.MethodPost {
			raw, err := body()
			if err != nil || !isJSON(c.header.Get("Content-Type")) {
				return nil, errBadRequest("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
			}
			c.body = raw
		}
		return c.dispatch()
	}()
	if err != nil {
		return c.failed(err)
	}
	return a
}

// isJSON reports whether a content type is JSON's, whatever its parameters.
func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}

func firstSegment(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first
}

// failed turns an error into an answer.
func (c *call) failed(err error) *answer {
	var e *graphError
	if !errors.As(err, &e) {
		e = newGraphError(http.StatusInternalServerError, "InternalServerError", "%v", err)
	}
	a := &answer{status: e.status, header: http.Header{}, body: e.body(c)}
	for name, values := range e.header {
		a.header[name] = values
	}
	a.header.Set("Content-Type", "application/json")
	return a
}

// addHeaders sets the headers that every answer of Graph carries.
func (c *call) addHeaders(h http.Header) {
	for name, values := range c.answerHeader {
		h[name] = values
	}
	h.Set("request-id", c.requestID)
	h.Set("client-request-id", c.clientRequestID)
	h.Set("x-ms-ags-diagnostic", `{"ServerInfo":{"DataCenter":"Simulator","Slice":"E","Ring":"1","ScaleUnit":"000","RoleInstance":"SIM0000001"}}`)
	h.Set("Strict-Transport-Security", "max-age=31536000")
	h.Set("Cache-Control", "no-cache")
	h.Set("Date", c.s.now().UTC().Format(http.TimeFormat))
}

// authenticate judges the access token. The texts were measured against
// graph.microsoft.com.
func (c *call) authenticate() error {
	given, present := c.header["Authorization"]
	if !present || len(given) == 0 || given[0] == "" {
		return errToken("Access token is empty.")
	}
	scheme, token, spaced := strings.Cut(given[0], " ")
	if !spaced {
		token = scheme
	}
	token = strings.TrimSpace(token)
	if token == "" || strings.EqualFold(given[0], "bearer") {
		return errToken("UnableToParseTokens")
	}
	read, err := c.s.verify(token)
	switch {
	case errors.Is(err, errUnreadableToken):
		return errToken("Protocol 'Bearer' failed to validate because The token could not be read.")
	case errors.Is(err, errBadSignature):
		return errToken("Access token validation failure. Invalid signature.")
	case errors.Is(err, errExpiredToken):
		return errToken("Lifetime validation failed, the token is expired.")
	case errors.Is(err, errEarlyToken):
		return errToken("Access token has expired or is not yet valid.")
	case err != nil:
		return err
	}
	if c.s.resourceKind(read.Audience, strings.TrimPrefix(c.base, "https://")) != GraphResource {
		return errToken("Access token validation failure. Invalid audience.")
	}
	c.claims = read
	return c.checkRevocation()
}

// checkRevocation ends the long-lived tokens of clients that handle claims
// challenges as soon as the app is disabled; others live on until they expire.
func (c *call) checkRevocation() error {
	c.s.tenant.mu.RLock()
	disabled, at := c.s.tenant.app.disabled, c.s.tenant.app.disabledAt
	c.s.tenant.mu.RUnlock()
	if !disabled || !c.claims.handlesChallenges() {
		return nil
	}
	const why = "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp"
	challenge := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"access_token":{"nbf":{"essential":true, "value":"%d"}}}`, at.Unix()))
	e := errToken("%s", why)
	e.header.Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="%s", error_description="%s", error="insufficient_claims", claims="%s"`, graphAppID, why, challenge))
	return e
}

// dispatch finds the route and answers, within the limits.
func (c *call) dispatch() (*answer, error) {
	if err := c.parsePath(); err != nil {
		return nil, err
	}
	route, ids, err := c.route()
	if err != nil {
		return nil, err
	}
	if route.beta && !c.beta() {
		return nil, errUnknownSegment(c.segments[len(c.segments)-1].name)
	}
	if err := c.checkMethod(route); err != nil {
		return nil, err
	}
	q, err := parseQuery(c.rawQuery)
	if err != nil {
		return nil, err
	}
	x := &exchange{call: c, query: q, ids: ids}
	if err := c.s.limits.admit(c, route, q); err != nil {
		return nil, err
	}
	if len(route.roles) > 0 && !c.hasRole(route.roles...) {
		return nil, route.denied()
	}
	a, err := route.handle(x)
	if err != nil {
		return nil, err
	}
	return x.describe(a), nil
}

// parsePath splits the path into segments.
func (c *call) parsePath() error {
	c.segments = nil
	for _, part := range strings.Split(strings.Trim(c.path, "/"), "/") {
		plain, err := url.PathUnescape(part)
		if err != nil {
			return errBadRequest("Invalid request.")
		}
		// The parentheses of a function without parameters mean nothing: the SDKs
		// write /users/delta().
		plain = strings.TrimSuffix(plain, "()")
		sg := segment{name: plain}
		// name(key) addresses one entity; a cast or function never ends in "')".
		if name, rest, ok := strings.Cut(plain, "("); ok && name != "" && strings.HasSuffix(rest, ")") {
			key := strings.TrimSuffix(rest, ")")
			if field, value, ok := strings.Cut(key, "="); ok {
				sg.name, key = name+"("+field+")", value
			} else {
				sg.name = name
			}
			if isDateParameter(strings.TrimSuffix(sg.name[strings.LastIndexByte(sg.name, '(')+1:], ")"), key) {
				key = "'" + key + "'"
			}
			if len(key) < 2 || key[0] != '\'' || key[len(key)-1] != '\'' {
				return errBadRequest("The key value from request is not valid.")
			}
			sg.key = strings.ReplaceAll(key[1:len(key)-1], "''", "'")
			c.segments = append(c.segments, segment{name: sg.name}, segment{name: sg.key, key: sg.key})
			continue
		}
		c.segments = append(c.segments, sg)
	}
	return nil
}

// exchange is a call with what its route made of it.
type exchange struct {
	*call
	query *query
	ids   []string // the values of {id} in the route
}

func (x *exchange) tenant() *Tenant { return x.s.tenant }

// context is the @odata.context of an answer.
func (c *call) context(of string) string { return c.base + "/" + c.version + "/$metadata#" + of }

// jsonAnswer is a successful answer.
func jsonAnswer(body any) *answer {
	return &answer{status: http.StatusOK, header: http.Header{
		"Content-Type":  {graphContentType},
		"Odata-Version": {"4.0"},
	}, body: body}
}

// countAnswer is the answer to a /$count segment.
func countAnswer(n int) *answer {
	return &answer{status: http.StatusOK, header: http.Header{"Content-Type": {"text/plain"}}, text: fmt.Appendf(nil, "%d", n)}
}

// instant formats a time as Graph does, to the second.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
