package microsoft

import (
	"net/http"
	"slices"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// question is what an error of Microsoft is judged by.
type question struct {
	status int
	code   string // in lower case
	words  string // code and messages, in lower case
	silent bool   // there is no message
	html   bool   // a gateway's web page, or one in place of the message
	page   int    // of its list, from 1; what is behind a link of Microsoft's is on a later one
	before bool   // the list was read to its end in an earlier run

	scope     entity.Throttle
	announced bool // Microsoft has announced the end of the API
	none      bool // the API answers 404 for a list without rows
	granted   granted
}

// granted is what the newest token says about the permissions of a part.
type granted int

const (
	allGranted   granted = iota
	maybeMissing         // the token does not tell
	someMissing
)

// rule recognises one answer of Microsoft. The same words come with different
// statuses, and the same status and code with different meanings, so that words
// are looked at before the status, and a status alone says the least: neither
// that something is gone nor that there is nothing.
type rule struct {
	statuses        []int             // nil are the refusals
	code            string            // the error code, in lower case
	words           string            // part of code or message, in lower case
	silent          bool              // only where there is no message
	only            []entity.Throttle // where it means this only there
	first           bool              // only on the first page of a list
	unread          bool              // only for a list that was never read to its end
	announced, none bool              // only for such APIs
	lacking         []granted         // only where the token says so of the part's permissions

	class   entity.Class
	then    reaction
	shared  bool   // the wait holds for all requests of the scope
	product string // the licence that is missing, where the words say it
	cure    string // where the usual one of the class does not mend it
	link    string // the page for that cure
}

// refusals are the statuses that rules by words and code alone go for.
var refusals = []int{400, 401, 402, 403, 404, 410}

// missing are the statuses that say that there is nothing at an address, for
// whatever reason.
var missing = []int{http.StatusNotFound, http.StatusGone}

// failures are all statuses but 401 and 429, which say something about the
// request.
var failures = slices.DeleteFunc(statuses(400, 599), func(s int) bool {
	return s == http.StatusUnauthorized || s == http.StatusTooManyRequests
})

func statuses(from, to int) (all []int) {
	for s := from; s <= to; s++ {
		all = append(all, s)
	}
	return all
}

// rules are tried in order. The words are those of Microsoft's documents and of
// reports from live directories; Microsoft reserves the right to change
// messages. That data no longer exist is believed of explicit words alone, or
// of an API whose end Microsoft has announced.
var rules = []rule{
	// An API whose end was announced: what answered a page today is still there.
	{announced: true, first: true, statuses: failures, class: entity.ClassRetired},
	{announced: true, first: true, statuses: []int{401}, code: "invalidauthenticationtoken", class: entity.ClassCredential, then: newToken},
	{announced: true, first: true, statuses: []int{401}, code: "unauthorized", class: entity.ClassCredential, then: newToken},
	{announced: true, first: true, statuses: []int{401}, silent: true, class: entity.ClassCredential, then: newToken},
	{announced: true, first: true, statuses: []int{401}, class: entity.ClassRetired},

	// A page token that the server no longer knows.
	{code: "directory_expiredpagetoken", class: entity.ClassSource, then: startOver},
	{words: "directorypagetokennotfoundexception", class: entity.ClassSource, then: startOver},
	{words: "page token", class: entity.ClassSource, then: startOver},
	{words: "skip token", class: entity.ClassSource, then: startOver},
	{words: "skiptoken", class: entity.ClassSource, then: startOver},
	{words: "continuation token", class: entity.ClassSource, then: startOver},

	// A delta link that the server no longer knows.
	{code: "syncstatenotfound", class: entity.ClassSource, then: startOver},
	{code: "syncstateinvalid", class: entity.ClassSource, then: startOver},
	{code: "resyncrequired", class: entity.ClassSource, then: startOver},
	{words: "invalid sync state", class: entity.ClassSource, then: startOver},

	// Passing troubles behind a client error.
	{words: "this request is throttled", class: entity.ClassThrottled, then: tryAgain, shared: true},
	{code: "missingcredentials", class: entity.ClassSource, then: tryAgain},

	// The activity feed
	// (learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference#errors).
	// Its AF20012 means that the directory has no licence of Office 365, and a
	// directory that does not audit is said not to exist, or to have disabled
	// the subscription.
	{code: codeFeedThrottled, statuses: statuses(400, 599), class: entity.ClassThrottled, then: tryAgain, shared: true},
	{code: "af20031", class: entity.ClassSource, then: startOver},
	{code: "af50000", class: entity.ClassSource, then: tryAgain},
	{code: "af10001", class: entity.ClassPermission},
	{code: "af20012", class: entity.ClassLicence, product: "Microsoft 365"},
	{code: "af20023", class: entity.ClassSource, cure: auditingCure, link: auditingPage},
	{words: "dataserviceexception: tenant", only: []entity.Throttle{entity.ThrottleManagement}, class: entity.ClassSource, cure: auditingCure, link: auditingPage},
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
	{words: "not applicable to target tenant", only: []entity.Throttle{entity.ThrottleIntune}, class: entity.ClassLicence, product: "Microsoft Intune"},
	{words: "not applicable to target tenant", class: entity.ClassLicence},
	{words: `"errorcode":"forbidden"`, only: []entity.Throttle{entity.ThrottleIntune}, class: entity.ClassLicence, product: "Microsoft Intune"},
	{words: "not licensed", class: entity.ClassLicence},
	{words: "premium license", class: entity.ClassLicence, product: "Microsoft Entra ID P1"},
	{words: "governance license", class: entity.ClassLicence, product: "Microsoft Entra ID P2 or Microsoft Entra ID Governance"},
	{words: "aad premium 2 license", class: entity.ClassLicence, product: "Microsoft Entra ID P2 or Microsoft Entra ID Governance"},

	// Microsoft's words for a path that this version or this cloud does not have.
	// Of a list that was read before they are a contradiction, and behind a link
	// of Microsoft's own they are one.
	{words: "resource not found for the segment", first: true, unread: true, class: entity.ClassRetired},
	{words: "resource not found for the segment", class: entity.ClassSource, cure: vanishedCure},

	// Defender's words for no machines
	// (learn.microsoft.com/defender-endpoint/api/get-machines and common-errors).
	{none: true, first: true, statuses: []int{404}, code: "notfound", class: entity.ClassSource, then: noRows},
	{none: true, first: true, statuses: []int{404}, code: "resourcenotfound", class: entity.ClassSource, then: noRows},

	// Service health is refused without a word: an app that has the permission is
	// refused because the directory has no Microsoft 365.
	{silent: true, only: []entity.Throttle{entity.ThrottleServiceCom}, statuses: []int{401, 403}, code: "unknownerror", lacking: []granted{someMissing}, class: entity.ClassPermission},
	{silent: true, only: []entity.Throttle{entity.ThrottleServiceCom}, statuses: []int{401, 403}, code: "unknownerror", class: entity.ClassLicence, product: "Microsoft 365"},

	// The status, where neither code nor words say anything.
	{statuses: []int{401}, class: entity.ClassCredential, then: newToken},
	// With every permission that the part needs, something else forbids it.
	{statuses: []int{403}, lacking: []granted{someMissing, maybeMissing}, class: entity.ClassPermission},
	{statuses: missing, class: entity.ClassSource, cure: missingCure},
	{statuses: []int{408, 500, 502, 504}, class: entity.ClassSource, then: tryAgain},
	{statuses: []int{429}, class: entity.ClassThrottled, then: tryAgain, shared: true},
	{statuses: []int{503}, class: entity.ClassSource, then: tryAgain, shared: true},
	{statuses: statuses(300, 399), class: entity.ClassData},
	{statuses: failures, class: entity.ClassSource},
}

// judge returns the first rule that fits; there is one for every status from
// 300 to 599.
func judge(q question) rule {
	for _, r := range rules {
		if r.fits(q) {
			return r
		}
	}
	return rule{class: entity.ClassSource}
}

func (r *rule) fits(q question) bool {
	among := r.statuses
	if among == nil {
		among = refusals
	}
	switch {
	case !slices.Contains(among, q.status),
		r.code != "" && r.code != q.code,
		r.words != "" && (q.html || !strings.Contains(q.words, r.words)),
		r.silent && !q.silent,
		r.only != nil && !slices.Contains(r.only, q.scope),
		r.first && q.page > 1,
		r.unread && q.before,
		r.announced && !q.announced,
		r.none && (!q.none || q.html),
		r.lacking != nil && !slices.Contains(r.lacking, q.granted):
		return false
	}
	return true
}
