package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// managementPrefix is where the Office 365 Management Activity API is below
// the one address.
const managementPrefix = "/management"

// The application that Microsoft documents for it, and its roles.
const (
	managementAppID   = "c5393580-f805-4401-95e8-94b7a6ef2fc2"
	managementAppName = "Office 365 Management APIs"
	roleActivityFeed  = "ActivityFeed.Read"
	roleActivityDLP   = "ActivityFeed.ReadDlp"
)

var managementRoles = []string{roleActivityFeed, roleActivityDLP, "ServiceHealth.Read"}

// Paths below the tenant.
const (
	feedPath          = "/activity/feed/"
	feedContentPath   = feedPath + "audit/"
	feedSubscriptions = feedPath + "subscriptions/"
)

// feedError is an error of the API; every wrong argument is a 400
// (learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference#errors).
type feedError struct {
	status        int
	code, message string
}

func (e *feedError) Error() string { return e.code + ": " + e.message }

func errFeed(code, format string, args ...any) *feedError {
	return &feedError{http.StatusBadRequest, code, fmt.Sprintf(format, args...)}
}

const wrongWindow = "Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours apart, with the start time no more than 7 days in the past."

// feedCall is a request to the API.
type feedCall struct {
	s      *Server
	r      *http.Request
	now    time.Time
	tenant string // of the URL
	rest   string // below the tenant
	claims claims
}

// serveManagement answers the paths /api/v1.0/{tenant}/activity/feed/….
func (s *Server) serveManagement(w http.ResponseWriter, r *http.Request, path string, faults []*Fault) {
	a := s.answerManagement(r, path)
	if rows, ok := a.body.([]row); ok {
		for _, f := range faults {
			if f.Rows != nil {
				rows = changeRows(rows, f.Rows)
			}
			if f.EmptyPage {
				rows = []row{}
			}
			if f.DropNext {
				a.header.Del("NextPageUri")
			}
			if f.NextLink != "" {
				a.header.Set("NextPageUri", f.NextLink)
			}
		}
		if a.body = rows; rows == nil {
			a.body = []row{}
		}
	}
	s.send(w, r, a, slices.ContainsFunc(faults, func(f *Fault) bool { return f.Truncate }))
}

func (s *Server) answerManagement(r *http.Request, path string) *answer {
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	read, err := s.verify(token)
	if err != nil || s.resourceKind(read.Audience, r.Host) != ManagementResource {
		return &answer{status: http.StatusUnauthorized, header: header, body: row{{"Message", "Authorization has been denied for this request."}}}
	}
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(path, "/api/v1.0/"), "/")
	c := &feedCall{s: s, r: r, now: s.now().UTC(), tenant: tenant, rest: "/" + rest, claims: read}
	var a *answer
	var refused *feedError
	if !strings.HasPrefix(path, "/api/v1.0/") || !strings.HasPrefix(c.rest, feedPath) {
		return &answer{status: http.StatusNotFound, header: header, body: row{{"Message", "No HTTP resource was found that matches the request URI."}}}
	}
	if refused = c.admit(); refused == nil {
		a, refused = c.dispatch()
	}
	switch {
	case refused != nil:
		a = &answer{status: refused.status, header: http.Header{}, body: row{{"error", row{{"code", refused.code}, {"message", refused.message}}}}}
	case a == nil:
		return &answer{status: http.StatusNotFound, header: header, body: row{{"Message", "No HTTP resource was found that matches the request URI."}}}
	}
	if a.header.Get("Content-Type") == "" {
		a.header.Set("Content-Type", header.Get("Content-Type"))
	}
	return a
}

// admit judges the limit and the tenant.
func (c *feedCall) admit() *feedError {
	if !c.s.limits.admitFeed(c.now) {
		return &feedError{http.StatusTooManyRequests, "AF429", fmt.Sprintf("Too many requests. Method=%s, PublisherId=%s", c.r.Method, c.r.URL.Query().Get("PublisherIdentifier"))}
	}
	switch {
	case !isGUID(c.tenant):
		return errFeed("AF20013", "The tenant ID passed in the URL (%s) is not a valid GUID.", c.tenant)
	case !strings.EqualFold(c.tenant, c.claims.TenantID):
		return errFeed("AF20010", "The tenant ID passed in the URL (%s) does not match the tenant ID passed in the access token (%s).", c.tenant, c.claims.TenantID)
	}
	return nil
}

// allowed judges the permissions for a type of content; "" is any.
func (c *feedCall) allowed(contentType string) *feedError {
	role := roleActivityFeed
	if contentType == dlpContent {
		role = roleActivityDLP
	}
	if slices.Contains(c.claims.Roles, role) {
		return nil
	}
	return &feedError{http.StatusUnauthorized, "AF10001", fmt.Sprintf("The permission set (%s) sent in the request did not include the expected permission %s.", strings.Join(c.claims.Roles, " "), role)}
}

// dispatch answers an operation; without answer and error there is none.
func (c *feedCall) dispatch() (*answer, *feedError) {
	operation := strings.ToLower(c.r.Method + " " + c.rest)
	switch {
	case operation == "get "+feedSubscriptions+"list":
		if e := c.allowed(""); e != nil {
			return nil, e
		}
		return c.listSubscriptions(), nil
	case strings.HasPrefix(operation, "get "+feedContentPath):
		return c.content(c.rest[len(feedContentPath):])
	}
	handle := map[string]func(string) (*answer, *feedError){
		"post " + feedSubscriptions + "start": c.startSubscription, "post " + feedSubscriptions + "stop": c.stopSubscription,
		"get " + feedSubscriptions + "content": c.listContent,
	}[operation]
	if handle == nil {
		return nil, nil
	}
	contentType := c.r.URL.Query().Get("contentType")
	if e := c.allowed(contentType); e != nil {
		return nil, e
	}
	if contentType == "" {
		return nil, errFeed("AF20001", "Missing parameter: %s.", "contentType")
	}
	if _, known := feedKinds[contentType]; !known {
		return nil, errFeed("AF20020", "The specified content type is not valid.")
	}
	return handle(contentType)
}

// admitFeed counts a request to the activity feed, and reports whether it may
// be answered.
func (t *throttle) admitFeed(now time.Time) bool {
	if t.off {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, ok := t.feed.admit(now)
	return ok
}
