package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// saltHealth is what facts about service health are drawn with.
const saltHealth uint64 = 1<<25 + 1<<12

const announcements = "admin/serviceAnnouncement/"

// healthService is a service of Microsoft 365.
type healthService struct {
	id, name, prefix string // prefix: of the ids of its issues
	features         []string
}

var healthServices = []healthService{
	{"Exchange", "Exchange Online", "EX", []string{"E-Mail and calendar access", "E-Mail timely delivery", "Management and Provisioning"}},
	{"SharePoint", "SharePoint Online", "SP", []string{"SharePoint Features", "Search", "Sharing"}},
	{"OneDriveForBusiness", "OneDrive for Business", "OD", []string{"OneDrive for Business"}},
	{"microsoftteams", "Microsoft Teams", "TM", []string{"Teams Components", "Calls and meetings"}},
	{"OrgLiveID", "Microsoft Entra", "MO", []string{"Sign-In", "Administration"}},
	{"Intune", "Microsoft Intune", "IT", []string{"Microsoft Intune", "Enrollment"}},
	{"O365Client", "Microsoft 365 apps", "OP", []string{"Access", "Add-ins"}},
	{"OSDPPlatform", "Microsoft 365 suite", "MO", []string{"Portal", "Licensing"}},
	{"Microsoft365Defender", "Microsoft Defender XDR", "DZ", []string{"Microsoft Defender for Endpoint", "Advanced hunting"}},
	{"DynamicsCRM", "Dynamics 365 Apps", "CR", []string{"Organization access"}},
	{"PowerBIcom", "Power BI", "PB", []string{"Reports and dashboards"}},
	{"yammer", "Viva Engage", "YA", []string{"Yammer Components"}},
}

const (
	healthIssues   = 130
	openIssues     = 5 // the newest ones are not resolved
	healthMessages = 140
)

// healthIssue is an issue of a service; the first one is the newest.
func (t *Tenant) healthIssue(i int) object {
	n := func(fact uint64) uint64 { return draw(t.seed, i, saltHealth+fact) }
	s := &healthServices[n(1)%uint64(len(healthServices))]
	feature := s.features[n(2)%uint64(len(s.features))]
	began := t.today.Add(-time.Duration(i*33+int(n(3)%20)) * time.Hour)
	title := fmt.Sprintf("Some users may be unable to use %s in %s", feature, s.name)
	kind, status, ended := "advisory", "serviceRestored", any(instant(began.Add(time.Duration(2+n(4)%90)*time.Hour)))
	if n(5)%4 == 0 {
		kind = "incident"
	}
	modified := began.Add(time.Duration(3+n(4)%90) * time.Hour)
	resolved := i >= openIssues
	switch {
	case !resolved:
		status, ended, modified = []string{"serviceDegradation", "investigating", "restoringService"}[n(6)%3], nil, began.Add(time.Duration(n(4)%3)*time.Hour)
	case n(6)%9 == 0:
		status = "postIncidentReviewPublished"
	case n(6)%9 == 1:
		status = "falsePositive"
	}
	post := func(at time.Time, text string) row {
		return row{{"createdDateTime", at.Format(instantWithFraction)}, {"postType", "regular"}, {"description", row{{"contentType", "html"},
			{"content", fmt.Sprintf("<p><strong>Title:</strong> %s</p><p><strong>User impact:</strong> %s</p><p>See <a href=\"https://admin.microsoft.com\">the admin center</a>.</p>", title, text)}}}}
	}
	posts := []row{post(began.Add(20*time.Minute), "Users may be unable to use the feature.")}
	if resolved {
		posts = append(posts, post(modified, "The feature works again. &lt;No action is needed.&gt;"))
	}
	return bag{
		"id": fmt.Sprintf("%s%d", s.prefix, 1_200_000-i*307), "title": title, "service": s.name, "feature": feature, "featureGroup": feature,
		"impactDescription": fmt.Sprintf("Users may be unable to use %s.", feature), "classification": kind, "origin": "microsoft", "status": status,
		"isResolved": resolved, "startDateTime": instant(began), "endDateTime": ended, "lastModifiedDateTime": modified.Format(instantWithFraction),
		"details": []row{{{"name", "NotifyInApp"}, {"value", "True"}}}, "posts": posts, "highImpact": nil,
	}
}

// healthOverview is a service with the worst status of its open issues.
func (t *Tenant) healthOverview(i int) object {
	s := &healthServices[i]
	status := "serviceOperational"
	for k := range openIssues {
		if o := t.healthIssue(k); text(o, "service") == s.name && status != "serviceDegradation" {
			status = text(o, "status")
		}
	}
	return bag{"id": s.id, "service": s.name, "status": status}
}

func (t *Tenant) issuesOf(service string) []row {
	out := []row{}
	all := selection{properties: healthIssueType.properties}
	for i := range healthIssues {
		if o := t.healthIssue(i); text(o, "service") == service {
			out = append(out, all.write(o))
		}
	}
	return out
}

var messageKinds = []struct{ category, title string }{
	{"stayInformed", "(Updated) %s: a new way to open files"},
	{"planForChange", "%s: retirement of an old feature"},
	{"preventOrFixIssue", "%s: renew the certificate of the connector"},
}

// healthMessage is a post of the message center.
func (t *Tenant) healthMessage(i int) object {
	n := func(fact uint64) uint64 { return draw(t.seed, i, saltHealth+32+fact) }
	s, kind := &healthServices[n(1)%uint64(len(healthServices))], messageKinds[n(2)%3]
	began := t.today.Add(-time.Duration(i*30+int(n(3)%20)) * time.Hour)
	severity := "normal"
	var act any
	if kind.category == "preventOrFixIssue" {
		severity, act = "high", instant(began.AddDate(0, 1, 0))
	}
	return bag{
		"id": fmt.Sprintf("MC%d", 1_300_000-i*211), "title": fmt.Sprintf(kind.title, s.name), "category": kind.category, "severity": severity,
		"services": []string{s.name}, "tags": []string{"Admin impact"}, "isMajorChange": n(4)%4 == 0, "actionRequiredByDateTime": act,
		"startDateTime": instant(began), "endDateTime": instant(began.AddDate(0, 3, 0)), "lastModifiedDateTime": began.Add(time.Hour).Format(instantWithFraction),
		"body":    row{{"contentType", "html"}, {"content", "<p>[Introduction]</p><p>What you need to do to <b>prepare</b>: nothing.</p>"}},
		"details": []row{{{"name", "ExternalLink"}, {"value", "https://learn.microsoft.com/microsoft-365/"}}}, "hasAttachments": false, "viewPoint": nil,
	}
}

var (
	readHealth   = []string{"ServiceHealth.Read.All"}
	readMessages = []string{"ServiceMessage.Read.All"}
)

func healthRoutes() []route {
	get := func(pattern string, roles []string, handle func(*exchange) (*answer, error)) route {
		return route{pattern: announcements + pattern, method: http.MethodGet, roles: roles, denied: errHealthDenied, limit: healthLimit, handle: needingMicrosoft365(errNoHealth, handle)}
	}
	return []route{
		get("healthOverviews", readHealth, listHealthOverviews), get("healthOverviews/{id}", readHealth, getHealthOverview),
		get("issues", readHealth, listHealth(healthIssueType, "issues", healthIssues, (*Tenant).healthIssue)),
		get("issues/{id}", readHealth, getHealth(healthIssueType, "issues", healthIssues, (*Tenant).healthIssue)),
		get("messages", readMessages, listHealth(serviceMessageType, "messages", healthMessages, (*Tenant).healthMessage)),
		get("messages/{id}", readMessages, getHealth(serviceMessageType, "messages", healthMessages, (*Tenant).healthMessage)),
	}
}

// errHealthDenied is what apps without permission are told. No document has
// the text; this is the one that the service answered users with.
func errHealthDenied() *graphError {
	return newGraphError(http.StatusForbidden, "Forbidden", `{"error":"Required roles claim values are not provided."}`)
}

func errNoHealth() *graphError { return newGraphError(http.StatusForbidden, "UnknownError", "") }

// needingMicrosoft365 refuses tenants that have Entra ID and nothing more.
func needingMicrosoft365(refusal func() *graphError, handle func(*exchange) (*answer, error)) func(*exchange) (*answer, error) {
	return func(x *exchange) (*answer, error) {
		if t := x.tenant(); read(t, func() bool { return t.withoutMicrosoft365 }) {
			return nil, refusal()
		}
		return handle(x)
	}
}

// healthPage is the size of a page: 100, or what the client prefers, 1,000 at
// most.
func (x *exchange) healthPage() int {
	for _, preference := range preferences(x.header) {
		name, value, _ := strings.Cut(preference, "=")
		if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n > 0 && strings.TrimSpace(name) == "odata.maxpagesize" {
			return min(n, 1000)
		}
	}
	return 100
}

func listHealth(typ *entityType, set string, size int, at func(*Tenant, int) object) func(*exchange) (*answer, error) {
	return func(x *exchange) (*answer, error) {
		return x.answerList(listing{typ: typ, set: announcements + set, size: func() int { return size },
			at: func(i int) object { return at(x.tenant(), i) }, plainly: x.healthPage(), most: 1000, skips: true, skipLinks: true, refuses: []string{"$search", "$expand"}})
	}
}

func getHealth(typ *entityType, set string, size int, at func(*Tenant, int) object) func(*exchange) (*answer, error) {
	return func(x *exchange) (*answer, error) {
		return x.single(typ, announcements+set, func() object {
			for i := range size {
				if o := at(x.tenant(), i); strings.EqualFold(text(o, "id"), x.ids[0]) {
					return o
				}
			}
			return nil
		})
	}
}

// withIssues reports whether $expand asks for the issues of a service.
func (x *exchange) withIssues() (bool, error) {
	if !x.query.has("$expand") {
		return false, nil
	}
	if !strings.EqualFold(strings.TrimSpace(x.query.expand), "issues") {
		return false, errBadRequest("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.serviceHealth'.", x.query.expand)
	}
	return true, nil
}

func listHealthOverviews(x *exchange) (*answer, error) {
	expand, err := x.withIssues()
	if err != nil {
		return nil, err
	}
	l := listing{typ: serviceHealthType, set: announcements + "healthOverviews", size: func() int { return len(healthServices) }, at: x.tenant().healthOverview,
		plainly: 100, skips: true, skipLinks: true, expands: true, refuses: []string{"$search"}}
	if expand {
		l.set += "(issues())"
		l.write = func(o object, s selection) row {
			return append(s.write(o), field{"issues", x.tenant().issuesOf(text(o, "service"))})
		}
	}
	return x.answerList(l)
}

func getHealthOverview(x *exchange) (*answer, error) {
	expand, err := x.withIssues()
	if err != nil {
		return nil, err
	}
	a, err := x.single(serviceHealthType, announcements+"healthOverviews", func() object {
		i := slices.IndexFunc(healthServices, func(s healthService) bool { return strings.EqualFold(s.id, x.ids[0]) })
		if i < 0 {
			return nil
		}
		return x.tenant().healthOverview(i)
	})
	if err == nil && expand {
		i := slices.IndexFunc(healthServices, func(s healthService) bool { return strings.EqualFold(s.id, x.ids[0]) })
		a.body = append(a.body.(row), field{"issues", x.tenant().issuesOf(healthServices[i].name)})
	}
	return a, err
}

// SetMicrosoft365 gives the tenant Microsoft 365, or takes it away: the plans of
// Exchange, SharePoint and Teams leave the subscriptions, and there are neither
// service health nor sites.
func (t *Tenant) SetMicrosoft365(present bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.withoutMicrosoft365 = !present
}
