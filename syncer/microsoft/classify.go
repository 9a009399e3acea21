package microsoft

import (
	"net/http"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// classify turns an answer with an error into a failure: one with an error
// status, or with an error for a body whatever its status.
func (c *Client) classify(a answer, t *trip) *failure {
	e := readError(a.without(t.resource.tokens.newest().value))
	status := a.status
	if status < 300 {
		status = statusOfCode(e.code)
	}
	q := c.question(status, a, e, t)
	r := judge(q)
	f := &failure{then: r.then, problem: &entity.Problem{
		Class:     r.class,
		Code:      e.code,
		Message:   firstOf(e.message, silence(a.status)),
		RequestID: e.requestID,
		Status:    a.status,
	}}
	f.after, f.asked = retryAfter(a.header, c.now())
	f.shared = r.shared && (r.class == entity.ClassThrottled || f.asked)
	if a.status >= 300 && a.status < 400 {
		f.problem.Message = "Microsoft sent the request on to an address that SecurAtlas does not follow."
	}
	if f.asked && f.then == tryAgain {
		f.problem.RetryAt = c.now().Add(f.after)
	}
	c.advise(f.problem, t, e, r.product)
	if r.cure != "" {
		f.problem.Cure, f.problem.Link = r.cure, r.link
	}
	return f
}

// question gathers what an error is judged by.
func (c *Client) question(status int, a answer, e apiError, t *trip) question {
	q := question{
		status: status,
		code:   strings.ToLower(e.code),
		words:  strings.ReplaceAll(e.texts, `": "`, `":"`),
		silent: e.message == "",
		html:   e.html,
		page:   max(t.page, 1),
		before: t.before,
	}
	if t.part != nil {
		q.scope, q.announced, q.none = t.part.Throttle, t.part.Retired, t.part.NoneIsMissing && a.status == status
	}
	switch {
	case c.lacks(t):
		q.granted = someMissing
	case len(c.missing(t)) > 0:
		q.granted = maybeMissing
	}
	return q
}

// statusOfCode is the status that an error's code comes with elsewhere, for an
// error that came with a status of success. One that is not known is a refusal.
func statusOfCode(code string) int {
	switch strings.ToLower(code) {
	case "invalidauthenticationtoken", "unauthorized", "unauthenticated":
		return http.StatusUnauthorized
	case "forbidden", "accessdenied":
		return http.StatusForbidden
	case "notfound", "itemnotfound", "resourcenotfound", "request_resourcenotfound":
		return http.StatusNotFound
	case "toomanyrequests", "activitylimitreached":
		return http.StatusTooManyRequests
	case "internalservererror", "generalexception":
		return http.StatusInternalServerError
	case "serviceunavailable", "servicenotavailable":
		return http.StatusServiceUnavailable
	case "gatewaytimeout":
		return http.StatusGatewayTimeout
	}
	return http.StatusBadRequest
}

// refusedAgain judges a 401 that a new token did not cure. Some services answer
// so where a permission is missing, SharePoint among them: the secret is blamed
// only where the token has what the part needs, or where Graph says that it is
// the token itself that it does not take. A list whose first page came with such
// a token is another matter.
func (c *Client) refusedAgain(f *failure, t *trip) {
	p := f.problem
	switch {
	case f.then != newToken:
		return
	case t.page > 1:
		p.Class = entity.ClassSource
	case t.part != nil && t.part.Retired:
		p.Class = entity.ClassRetired
	case c.lacks(t) && !strings.EqualFold(p.Code, "InvalidAuthenticationToken"):
		p.Class = entity.ClassPermission
	default:
		return
	}
	p.Link = ""
	c.advise(p, t, apiError{message: p.Message}, "")
}

// broken is an answer that is not what Microsoft documents.
func broken(message string) *failure {
	return &failure{problem: &entity.Problem{Class: entity.ClassData, Message: message, Cure: dataCure}}
}

// internal is a mistake of SecurAtlas. err may be nil where its text could
// hold a secret.
func internal(doing string, err error) *entity.Problem {
	message := "SecurAtlas could not " + doing
	if err != nil {
		message += ": " + clean(err.Error())
	}
	return &entity.Problem{Class: entity.ClassInternal, Message: strings.TrimSuffix(message, ".") + ".", Cure: internalCure}
}
