package microsoft

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// portalPage is one of the portal's pages that a cure can link to.
type portalPage int

const (
	noPage portalPage = iota
	overviewPage
	permissionsPage
	secretsPage
	conditionalAccessPage
)

// signInRule says what an error of the login service means
// (learn.microsoft.com/entra/identity-platform/reference-error-codes).
type signInRule struct {
	cure  string
	page  portalPage
	class entity.Class // credential unless given
	again bool         // it passes
}

var signInRules = map[int]signInRule{
	7000215: {page: secretsPage, cure: "Create a new client secret under Certificates & secrets and copy its Value, not the Secret ID. If you made the secret just now, wait a few minutes and try again: it takes that long to be known everywhere."},
	7000222: {page: secretsPage, cure: "The client secret has expired. Create a new one under Certificates & secrets and connect again with its Value."},
	7000216: {page: secretsPage, cure: "No client secret reached Microsoft. Create one under Certificates & secrets and connect again with its Value."},
	7000218: {page: secretsPage, cure: "No client secret reached Microsoft. Create one under Certificates & secrets and connect again with its Value."},
	700016:  {page: overviewPage, cure: "No app with this client ID exists in this directory. Compare the Application (client) ID and the Directory (tenant) ID with the Overview page of the app registration: one of the two is another's."},
	7000229: {page: permissionsPage, cure: "The app is registered elsewhere and has no service principal in this directory. Open the admin consent page for this directory once, or register the app in this directory."},
	7000112: {page: overviewPage, cure: "The app is disabled in this directory. Open it under Enterprise applications and set “Enabled for users to sign-in” to Yes."},
	90002:   {page: overviewPage, cure: "No directory with this ID exists in the chosen cloud. Compare the Directory (tenant) ID with the Overview page of the app registration, and check the cloud."},
	900023:  {page: overviewPage, cure: "The directory ID is neither a GUID nor a domain of a directory. Copy the Directory (tenant) ID from the Overview page of the app registration."},
	53003:   {page: conditionalAccessPage, cure: "A Conditional Access policy for workload identities blocks the app. Exclude the app from that policy, or allow the address from which SecurAtlas connects."},
	70011:   {page: permissionsPage, cure: "The login service does not know the API that a token was asked for. Check the chosen cloud; in the custom cloud, check SECURATLAS_GRAPH_SCOPE, SECURATLAS_DEFENDER_SCOPE and SECURATLAS_MANAGEMENT_SCOPE."},
	500011:  {page: permissionsPage, cure: "This directory does not have Microsoft Graph's service principal. Check the directory ID and the chosen cloud."},
	650052:  {page: permissionsPage, cure: "This directory does not have Microsoft Graph's service principal. Check the directory ID and the chosen cloud."},
	90038:   {page: overviewPage, cure: "The directory is in another of Microsoft's clouds. Connect again and choose that cloud."},
	900382:  {page: overviewPage, cure: "The directory is in another of Microsoft's clouds. Connect again and choose that cloud."},

	90033: {class: entity.ClassSource, again: true, cure: "The login service has a passing trouble. SecurAtlas tries again by itself."},
	90024: {class: entity.ClassSource, again: true, cure: "The login service has a passing trouble. SecurAtlas tries again by itself."},
	90006: {class: entity.ClassSource, again: true, cure: "The login service has a passing trouble. SecurAtlas tries again by itself."},
	50196: {class: entity.ClassSource, again: true, cure: "The login service saw too many equal requests in a short time. SecurAtlas tries again by itself."},
	90055: {class: entity.ClassThrottled, again: true, cure: throttledCure},
}

const defenderAbsentCure = "Microsoft Defender for Endpoint is not set up in this directory. It is optional: without it there are no Defender alerts, machines and vulnerabilities, and nothing else is affected."

const managementAbsentCure = "It is optional. To read the Microsoft 365 audit log, add the application permission " + feedPermission + " of Office 365 Management APIs to the app registration and press “Grant admin consent”; else nothing is affected."

// tokenError is the body of the login service's errors.
type tokenError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	Codes       []int  `json:"error_codes"`
	TraceID     string `json:"trace_id"`
	Correlation string `json:"correlation_id"`
}

// signInErrors are the errors of the login service that come without a number
// (RFC 6749, section 5.2).
var signInErrors = []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "invalid_resource", "access_denied"}

// SignInRefused reports whether a problem says that the login service takes the
// credential no more. What it says of one API alone counts where that is Graph.
func SignInRefused(p *entity.Problem, graph bool) bool {
	if p.Class != entity.ClassCredential {
		return false
	}
	switch p.Code {
	case "AADSTS70011", "AADSTS500011", "AADSTS650052", "invalid_scope", "invalid_resource":
		return graph
	}
	return strings.HasPrefix(p.Code, "AADSTS") || slices.Contains(signInErrors, p.Code)
}

var leadingCode = regexp.MustCompile(`^AADSTS(\d+):?\s*`)

// tokenFailure says why the login service gave no token for a resource.
func (c *Client) tokenFailure(last *exchange, r *resource) *failure {
	host := hostOf(c.cloud.Authority)
	if last.err != nil {
		return networkFailure(last.err, host, loginTimeout)
	}
	f := signInFailure(c.cloud, last.answer, c.links)
	f.after, f.asked = retryAfter(last.answer.header, c.now())
	if f.asked && f.then == tryAgain {
		f.problem.RetryAt = c.now().Add(f.after)
	}
	p := f.problem
	absent := p.Code == "AADSTS500011" || p.Code == "AADSTS650052"
	switch {
	case absent && r.name == entity.Defender:
		p.Class, p.Cure, p.Link = entity.ClassLicence, defenderAbsentCure, c.links.Permissions
		p.Needs = []string{r.name.Title()}
	case absent && r.name == entity.Management:
		// Granting one of its permissions is what sets it up in a directory.
		p.Class, p.Cure, p.Link = entity.ClassPermission, managementAbsentCure, c.links.Permissions
		p.Needs = []string{feedPermission}
	}
	if p.Code == "AADSTS7000215" && looksLikeID(c.secret) {
		p.Cure = "What was entered is a Secret ID. Under Certificates & secrets, copy the Value of the client secret; it is shown only right after the secret is made, so that you may have to create a new one."
	}
	p.Message = strings.ReplaceAll(p.Message, c.secret, "(secret)")
	return f
}

// signInFailure reads an answer of the login service that brought no token.
func signInFailure(cloud Cloud, a answer, links entity.Links) *failure {
	p := &entity.Problem{Class: entity.ClassCredential, Status: a.status}
	f := &failure{problem: p}
	var e tokenError
	_ = json.Unmarshal(a.body, &e) // one odd field does not hide the others
	if e.Error == "" && e.Description == "" && len(e.Codes) == 0 {
		return signInUnreadable(a, f)
	}
	p.RequestID = firstOf(e.TraceID, e.Correlation)
	p.Message = firstOf(clean(leadingCode.ReplaceAllString(e.Description, "")), silence(a.status))
	p.Code = e.Error
	number, rule := e.rule()
	if number != 0 {
		p.Code = "AADSTS" + strconv.Itoa(number)
		p.Link = cloud.Authority + "/error?code=" + strconv.Itoa(number)
		p.Cure = fmt.Sprintf("Look up %s on the linked page of Microsoft, and compare what was entered with the app registration.", p.Code)
	} else {
		p.Cure = "Compare the directory ID, the client ID and the client secret with the app registration."
		p.Link = links.Overview
	}
	if rule.cure != "" {
		p.Cure = rule.cure
		p.Link = cloud.link(rule.page, links)
		p.Class = entity.Class(firstOf(string(rule.class), string(entity.ClassCredential)))
	}
	switch {
	case rule.again:
		f.then = tryAgain
	case rule.cure != "":
	case a.status == http.StatusTooManyRequests:
		p.Class, p.Cure, f.then = entity.ClassThrottled, throttledCure, tryAgain
	case a.status >= 500:
		p.Class, p.Cure, p.Link, f.then = entity.ClassSource, sourceCure, "", tryAgain
	}
	return f
}

// rule returns the number by which an error is known, and what it means: the
// first known one of its codes. The text is read only where there are none.
func (e tokenError) rule() (int, signInRule) {
	codes := e.Codes
	if len(codes) == 0 {
		if m := leadingCode.FindStringSubmatch(e.Description); m != nil {
			if n, err := strconv.Atoi(m[1]); err == nil {
				codes = []int{n}
			}
		}
	}
	for _, n := range codes {
		if rule, ok := signInRules[n]; ok {
			return n, rule
		}
	}
	if len(codes) > 0 {
		return codes[0], signInRule{}
	}
	return 0, signInRule{}
}

// signInUnreadable is an answer without a token and without an error.
func signInUnreadable(a answer, f *failure) *failure {
	p := f.problem
	switch {
	case a.status == http.StatusTooManyRequests:
		p.Class, p.Message, p.Cure, f.then = entity.ClassThrottled, silence(a.status), throttledCure, tryAgain
	case a.status >= 500:
		p.Class, p.Message, p.Cure, f.then = entity.ClassSource, firstOf(clean(pageTitle(a.body)), silence(a.status)), sourceCure, tryAgain
	default:
		p.Class = entity.ClassData
		p.Message = "The login service's answer is not what Microsoft documents."
		p.Cure = "Check the chosen cloud, and whether a proxy on the network answers in Microsoft's place."
	}
	return f
}

func (c Cloud) link(p portalPage, links entity.Links) string {
	switch p {
	case overviewPage:
		return links.Overview
	case permissionsPage:
		return links.Permissions
	case secretsPage:
		return links.Secrets
	case conditionalAccessPage:
		return c.conditionalAccessLink()
	default:
		return ""
	}
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func looksLikeID(s string) bool { return guid.MatchString(s) }

func hostOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return rawURL
	}
	return u.Hostname()
}
