package microsoft

import (
	"net/http"
	"slices"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// rule recognises one answer of Microsoft by its words. The same words come
// with different statuses, and the same status and code with different
// meanings, so that words are looked at before the status.
type rule struct {
	code    string          // the error code, in lower case
	words   string          // part of code or message, in lower case
	only    entity.Throttle // where the words mean this only there
	class   entity.Class
	then    reaction
	product string // the licence that is missing, where the words say it
	cure    string // where the usual one of the class does not mend it
	link    string // the page for that cure
}

// rules are tried in order, for answers with status 400 to 404 and 410. The
// words are those of Microsoft's documents and of reports from live
// directories; Microsoft reserves the right to change messages.
var rules = []rule{
	// A page token that the server no longer knows.
	{code: "directory_expiredpagetoken", class: entity.ClassSource, then: startOver},
	{words: "directorypagetokennotfoundexception", class: entity.ClassSource, then: startOver},
	{words: "invalid page token", class: entity.ClassSource, then: startOver},
	{words: "page token value has expired", class: entity.ClassSource, then: startOver},

	// A delta link that the server no longer knows.
	{code: "syncstatenotfound", class: entity.ClassSource, then: startOver},
	{code: "syncstateinvalid", class: entity.ClassSource, then: startOver},
	{code: "resyncrequired", class: entity.ClassSource, then: startOver},

	// Passing troubles behind a client error.
	{code: "missingcredentials", class: entity.ClassSource, then: tryAgain},

	// The activity feed
	// (learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference#errors).
	// Its AF20012 means that the directory has no licence of Office 365, and a
	// directory that does not audit is said not to exist, or to have disabled
	// the subscription.
	{code: "af20031", class: entity.ClassSource, then: startOver},
	{code: "af50000", class: entity.ClassSource, then: tryAgain},
	{code: "af10001", class: entity.ClassPermission},
	{code: "af20012", class: entity.ClassLicence, product: "Microsoft 365"},
	{code: "af20023", class: entity.ClassSource, cure: auditingCure, link: auditingPage},
	{words: "dataserviceexception: tenant", only: entity.ThrottleManagement, class: entity.ClassSource, cure: auditingCure, link: auditingPage},
	{code: "af20030", class: entity.ClassSource, cure: feedClockCure},
	{code: "af20055", class: entity.ClassSource, cure: feedClockCure},

	// Missing permissions.
	{code: "authorization_requestdenied", class: entity.ClassPermission},
	{code: "authentication_msgraphpermissionmissing", class: entity.ClassPermission},
	{code: "authentication_applicationhasnoreadauditlogdataaccess", class: entity.ClassPermission},
	{code: "s2sunauthorized", class: entity.ClassPermission},
	{words: "s2sunauthorized", class: entity.ClassPermission},
	{words: "insufficient privileges", class: entity.ClassPermission},
	{words: "scopes are missing", class: entity.ClassPermission},
	{words: "permissionscopenotgranted", class: entity.ClassPermission},
	{words: "missing permission scope", class: entity.ClassPermission},
	{words: "missing application roles", class: entity.ClassPermission},
	{words: "required application permissions", class: entity.ClassPermission},
	{words: "one of the following scopes", class: entity.ClassPermission},
	{words: "required msgraph permissions", class: entity.ClassPermission},
	{words: "does not contain valid permissions", class: entity.ClassPermission},
	{words: "invalid scope claims", class: entity.ClassPermission},

	// Missing licences, and services that the directory does not have.
	{code: "aadpremiumlicenserequired", class: entity.ClassLicence, product: "Microsoft Entra ID P2 or Microsoft Entra ID Governance"},
	{code: "authentication_requestfromnonpremiumtenantorb2ctenant", class: entity.ClassLicence, product: "Microsoft Entra ID P1"},
	{words: "account mode is inactive", class: entity.ClassLicence, product: "Microsoft Defender for Endpoint"},
	{words: "no tvm license", class: entity.ClassLicence, product: "Microsoft Defender Vulnerability Management"},
	{words: "account is not provisioned", class: entity.ClassLicence, product: "Microsoft Defender"},
	{code: "disabledfeature", class: entity.ClassLicence, product: "Microsoft Defender for Endpoint"},
	{words: "does not have a spo license", class: entity.ClassLicence, product: "SharePoint Online"},
	{words: "not applicable to target tenant", only: entity.ThrottleIntune, class: entity.ClassLicence, product: "Microsoft Intune"},
	{words: "not applicable to target tenant", class: entity.ClassLicence},
	{words: `"errorcode":"forbidden"`, only: entity.ThrottleIntune, class: entity.ClassLicence, product: "Microsoft Intune"},
	{words: "not licensed", class: entity.ClassLicence},
	{words: "premium license", class: entity.ClassLicence, product: "Microsoft Entra ID P1"},
	{words: "governance license", class: entity.ClassLicence, product: "Microsoft Entra ID P2 or Microsoft Entra ID Governance"},
	{words: "aad premium 2 license", class: entity.ClassLicence, product: "Microsoft Entra ID P2 or Microsoft Entra ID Governance"},

	// Paths that this version or this cloud does not have.
	{words: "resource not found for the segment", class: entity.ClassRetired},
}

// classify turns an answer with an error status into a failure.
func (c *Client) classify(a answer, t *trip) *failure {
	e := readError(a.without(t.resource.tokens.newest().value))
	f := &failure{problem: &entity.Problem{
		Code:      e.code,
		Message:   firstOf(e.message, silence(a.status)),
		RequestID: e.requestID,
		Status:    a.status,
	}}
	f.after, f.asked = retryAfter(a.header, c.now())
	product := ""
	r := c.match(a.status, e, t)
	switch {
	case r != nil:
		f.problem.Class, f.then, product = r.class, r.then, r.product
	case strings.EqualFold(e.code, codeFeedThrottled):
		c.byStatus(http.StatusTooManyRequests, f, t)
	default:
		c.byStatus(a.status, f, t)
		// Microsoft's services say in JSON what they do not have: a web page that
		// says so is a gateway's, and what it stands for may well be there.
		if f.problem.Class == entity.ClassRetired && a.isHTML() {
			f.problem.Class = entity.ClassSource
		}
	}
	if t.part != nil && t.part.Retired && a.status >= 400 && a.status != http.StatusTooManyRequests && f.then != newToken {
		f.problem.Class, f.then = entity.ClassRetired, giveUp
	}
	if f.asked && f.then == tryAgain {
		f.problem.RetryAt = c.now().Add(f.after)
	}
	c.advise(f.problem, t, e, product)
	if r != nil && r.cure != "" {
		f.problem.Cure, f.problem.Link = r.cure, r.link
	}
	return f
}

func (c *Client) match(status int, e apiError, t *trip) *rule {
	if !slices.Contains([]int{400, 401, 402, 403, 404, 410}, status) {
		return nil
	}
	code := strings.ToLower(e.code)
	compact := strings.ReplaceAll(e.texts, `": "`, `":"`)
	for i := range rules {
		r := &rules[i]
		if r.only != "" && (t.part == nil || t.part.Throttle != r.only) {
			continue
		}
		if r.code != "" && r.code == code || r.words != "" && strings.Contains(compact, r.words) {
			return r
		}
	}
	// Service health is refused without a word: an app that has the permission is
	// refused because the directory has no Microsoft 365.
	if t.part != nil && t.part.Throttle == entity.ThrottleServiceCom &&
		(status == 401 || status == 403) && code == "unknownerror" && e.message == "" {
		if c.lacks(t) {
			return &rule{class: entity.ClassPermission}
		}
		return &rule{class: entity.ClassLicence, product: "Microsoft 365"}
	}
	return nil
}

// refusedAgain judges a 401 that a new token did not cure. Some services answer
// so where a permission is missing, SharePoint among them: the secret is blamed
// only where the token has what the part needs, or where Graph says that it is
// the token itself that it does not take.
func (c *Client) refusedAgain(f *failure, t *trip) {
	p := f.problem
	switch {
	case f.then != newToken:
		return
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

// byStatus judges an answer whose words say nothing.
func (c *Client) byStatus(status int, f *failure, t *trip) {
	p := f.problem
	p.Class = entity.ClassSource
	switch {
	case status < 400:
		p.Class = entity.ClassData
		p.Message = "Microsoft sent the request on to an address that SecurAtlas does not follow."
	case status == http.StatusUnauthorized:
		p.Class, f.then = entity.ClassCredential, newToken
	case status == http.StatusForbidden:
		// With every permission that the part needs, something else forbids it.
		if len(c.missing(t)) > 0 {
			p.Class = entity.ClassPermission
		}
	case status == http.StatusNotFound, status == http.StatusGone:
		p.Class = entity.ClassRetired
	case status == http.StatusTooManyRequests:
		p.Class, f.then, f.shared = entity.ClassThrottled, tryAgain, true
	case status == http.StatusServiceUnavailable:
		f.then, f.shared = tryAgain, f.asked
	case status == http.StatusInternalServerError, status == http.StatusBadGateway,
		status == http.StatusGatewayTimeout, status == http.StatusRequestTimeout:
		f.then = tryAgain
	}
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
