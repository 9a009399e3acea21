package simulator

import (
	"fmt"
	"net/http"
)

const auditSet, signInSet = "auditLogs/directoryAudits", "auditLogs/signIns"

// The permissions of the logs. Directory.Read.All opens the audit log too, but
// not the sign-ins.
var (
	readSignIns = []string{"AuditLog.Read.All"}
	readAudits  = []string{"AuditLog.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"}
)

func logRoutes() []route {
	get := func(pattern string, roles []string, handle func(*exchange) (*answer, error)) route {
		return route{pattern: pattern, method: http.MethodGet, roles: roles, denied: errAuditLogDenied, limit: reportsLimit, cost: 1, handle: handle}
	}
	return []route{
		get(auditSet, readAudits, listAudits), get(auditSet+"/{id}", readAudits, getAudit),
		get(signInSet, readSignIns, needingP1(listSignIns)), get(signInSet+"/{id}", readSignIns, needingP1(getSignIn)),
	}
}

// needingP1 refuses tenants without Entra ID P1.
func needingP1(handle func(*exchange) (*answer, error)) func(*exchange) (*answer, error) {
	return func(x *exchange) (*answer, error) {
		if t := x.tenant(); !read(t, func() bool { return t.premium }) {
			return nil, errNotPremium()
		}
		return handle(x)
	}
}

func listAudits(x *exchange) (*answer, error) {
	t := x.tenant()
	return x.listEvents(listing{typ: directoryAuditType, set: auditSet, plainly: 1000, most: 1000}, &t.logs.audits, t.audit)
}

func getAudit(x *exchange) (*answer, error) {
	t := x.tenant()
	return x.singleEvent(directoryAuditType, auditSet, &t.logs.audits, t.auditID, t.audit)
}

// audit is an event of the directory's audit log. Its properties are made when
// they are asked for: most events are passed over by a filter on the time.
func (t *Tenant) audit(e logEvent) object { return auditEvent{t, e} }

type auditEvent struct {
	t *Tenant
	e logEvent
}

func (a auditEvent) draw(fact uint64) uint64 { return draw(a.t.seed, a.e.fact(), saltAudit+fact<<8) }

func (a auditEvent) guid(fact uint64) string { return guidOf(a.draw(fact), a.draw(fact+1<<20)) }

func (a auditEvent) activity() *activity {
	n := int(a.draw(1) % activityShares)
	for i := range activities {
		if n -= activities[i].share; n < 0 {
			return &activities[i]
		}
	}
	return &activities[0]
}

func (a auditEvent) failed() bool { return a.activity().failure != "" && a.draw(2)%12 == 0 }

// auditID is made of the service and the correlation, as the documents' are.
func (t *Tenant) auditID(e logEvent) string {
	a := auditEvent{t, e}
	return fmt.Sprintf("%s_%s_%05d_%d", a.activity().prefix, a.guid(3), a.draw(4)%100000, 10_000_000+a.draw(5)%90_000_000)
}

func (a auditEvent) get(name string) (any, bool) {
	act := a.activity()
	switch name {
	case "id":
		return a.t.auditID(a.e), true
	case "activityDateTime":
		return a.t.logs.audits.time(a.t.seed, a.e).Format(instantWithFraction), true
	case "category":
		return act.category, true
	case "correlationId":
		return a.guid(3), true
	case "result":
		if a.failed() {
			return "failure", true
		}
		return "success", true
	case "resultReason":
		if a.failed() {
			return act.failure, true
		}
		return act.reason, true
	case "activityDisplayName":
		return act.name, true
	case "loggedByService":
		return act.service, true
	case "operationType":
		return act.operation, true
	case "initiatedBy":
		return a.initiatedBy(), true
	case "targetResources":
		return act.targets(a), true
	case "additionalDetails":
		if act.prefix != "Directory" {
			return []row{}, true
		}
		return []row{{{"key", "User-Agent"}, {"value", "EvoSTS"}}}, true
	}
	return nil, false
}

// initiatedBy is a user or an app; the other one is null.
func (a auditEvent) initiatedBy() row {
	if app := a.activity().app; app != "" {
		return row{{"user", nil}, {"app", row{{"appId", nil}, {"displayName", app}, {"servicePrincipalId", a.guid(6)}, {"servicePrincipalName", nil}}}}
	}
	by := a.t.person(0) // the tenant's administrator
	if a.activity().self {
		by = a.subject()
	} else if n := a.draw(7); n%3 == 0 {
		by = a.t.colleague(n >> 8)
	}
	return row{{"user", row{{"id", a.t.userID(by.i)}, {"displayName", by.name()}, {"userPrincipalName", by.userPrincipalName()},
		{"ipAddress", by.address4(a.draw(8))}, {"userType", nil}, {"homeTenantId", nil}, {"homeTenantName", nil}}}, {"app", nil}}
}

// subject is the user that an event is about.
func (a auditEvent) subject() *person { return a.t.colleague(a.draw(9)) }

// colleague is a made user who signs in: one that a number leads to.
func (t *Tenant) colleague(n uint64) *person {
	for k := range uint64(40) {
		if p := t.person(int((n + k*7919) % uint64(max(t.users.made, 1)))); p.signsIn() {
			return p
		}
	}
	return t.person(0)
}

// name is the display name, of accounts written by hand too.
func (p *person) name() string { return text(madeUser{p}, "displayName") }

// signsIn reports whether somebody uses the account these days: those about
// whom signInActivity says something else are in no log.
func (p *person) signsIn() bool {
	_, said := p.over[signInActivity]
	enabled, judged := p.over["accountEnabled"]
	switch {
	case p.kind == room || p.kind == service || !p.enabled() || said || judged && enabled != true:
		return false
	case p.kind == guest && (p.percent(factInvitation, 15) || p.over["externalUserState"] == "PendingAcceptance" || p.draw(factStale)%100 < 40):
		return false
	}
	return p.draw(factStale)%100 >= 25 && p.draw(factSignIn)%100 >= 6
}

// address4 is an address that a person uses; the blocks are those of
// documents (RFC 5737).
func (p *person) address4(n uint64) string {
	if n%4 == 0 {
		return fmt.Sprintf("198.51.100.%d", 1+p.draw(factOffice)>>32%250) // at home
	}
	return fmt.Sprintf("203.0.113.%d", 1+uint64(p.i%len(locales))*25%250)
}
