package simulator

import "fmt"

func listSignIns(x *exchange) (*answer, error) {
	t := x.tenant()
	return x.listEvents(listing{typ: signInType, set: signInSet, plainly: 1000, most: 1000}, &t.logs.signIns, x.signIn)
}

func getSignIn(x *exchange) (*answer, error) {
	t := x.tenant()
	return x.singleEvent(signInType, signInSet, &t.logs.signIns, t.signInID, x.signIn)
}

// signIn is an interactive sign-in, which is what v1.0 lists. Which policies
// applied is only told to apps that may read policies.
func (x *exchange) signIn(e logEvent) object {
	return signInEvent{t: x.tenant(), e: e, policies: x.hasRole("Policy.Read.All", "Policy.Read.ConditionalAccess", "Policy.ReadWrite.ConditionalAccess")}
}

type signInEvent struct {
	t        *Tenant
	e        logEvent
	policies bool
}

func (s signInEvent) draw(fact uint64) uint64 {
	return draw(s.t.seed, s.e.fact(), saltSignIn+fact<<8)
}

func (t *Tenant) signInID(e logEvent) string {
	s := signInEvent{t: t, e: e}
	return guidOf(s.draw(1), s.draw(2))
}

func (s signInEvent) user() *person { return s.t.colleague(s.draw(3)) }

// signInApp is what people sign in to.
type signInApp struct {
	share                     uint64
	id, name, resource, resID string
	clients                   []string
}

var (
	browser = []string{"Browser"}
	modern  = []string{"Browser", "Mobile Apps and Desktop clients"}
	legacy  = []string{"Exchange ActiveSync", "IMAP4", "Authenticated SMTP", "Other clients"}
)

var signInApps = []signInApp{
	{30, "1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams", "Microsoft Teams Services", "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", modern},
	{22, "d3590ed6-52b3-4102-aeff-aad2292ab01c", "Microsoft Office", "Office 365 Exchange Online", appExchangeOnline, []string{"Mobile Apps and Desktop clients"}},
	{16, "00000003-0000-0ff1-ce00-000000000000", "Office 365 SharePoint Online", "Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000", browser},
	{14, "89bee1f7-5e6e-4d8a-9f3d-ecd601259da7", "Office365 Shell WCSS-Client", "Microsoft Graph", graphAppID, browser},
	{6, "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Azure Portal", "Windows Azure Service Management API", appAzureManagement, browser},
	{6, "de8bc8b5-d9f9-48b1-a8ad-b748da725064", "Graph explorer", "Microsoft Graph", graphAppID, browser},
	{3, "14d82eec-204b-4c2f-b7e8-296a70dab67e", "Microsoft Graph Command Line Tools", "Microsoft Graph", graphAppID, []string{"Mobile Apps and Desktop clients"}},
	{3, appExchangeOnline, "Office 365 Exchange Online", "Office 365 Exchange Online", appExchangeOnline, legacy},
}

func (s signInEvent) app() *signInApp {
	n := s.draw(4) % 100
	for i := range signInApps {
		if n < signInApps[i].share {
			return &signInApps[i]
		}
		n -= signInApps[i].share
	}
	return &signInApps[0]
}

func (s signInEvent) client() string {
	clients := s.app().clients
	return clients[s.draw(5)%uint64(len(clients))]
}

func (s signInEvent) isLegacy() bool { return s.app().name == "Office 365 Exchange Online" }

// outcome is how a sign-in ended
// (learn.microsoft.com/entra/identity-platform/reference-error-codes).
type outcome struct {
	code        int
	reason      string
	details     any
	conditional string // conditionalAccessStatus
}

var outcomes = []outcome{
	{50126, "Error validating credentials due to invalid username or password.", "The user didn't enter the right credentials. \u00a0It's expected to see some number of these errors in your logs due to users making mistakes.", "notApplied"},
	{50053, "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.", nil, "notApplied"},
	{50074, "Strong Authentication is required.", "MFA required in Azure AD", "failure"},
	{50140, "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.", nil, "success"},
	{500121, "Authentication failed during strong authentication request.", "MFA denied; user declined the authentication", "failure"},
	{53003, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.", nil, "failure"},
}

var blockedOutcome = outcomes[5]

func (s signInEvent) outcome() outcome {
	if s.isLegacy() {
		return blockedOutcome
	}
	n := s.draw(6) % 100
	switch {
	case n < 12:
		return outcomes[s.draw(7)%5]
	case n < 14:
		return blockedOutcome
	case n < 80:
		return outcome{details: "MFA requirement satisfied by claim in the token", conditional: "success"}
	}
	return outcome{conditional: "notApplied"}
}

// risky reports whether Identity Protection saw something in the sign-in.
func (s signInEvent) risky() bool { return s.draw(8)%150 == 0 }

func (s signInEvent) get(name string) (any, bool) {
	switch name {
	case "id":
		return s.t.signInID(s.e), true
	case "createdDateTime":
		return s.t.logs.signIns.time(s.t.seed, s.e).Format(instantWithFraction), true
	case "userDisplayName":
		return s.user().name(), true
	case "userPrincipalName":
		return s.user().userPrincipalName(), true
	case "userId":
		return s.t.userID(s.user().i), true
	case "appId":
		return s.app().id, true
	case "appDisplayName":
		return s.app().name, true
	case "ipAddress":
		if s.away() {
			return fmt.Sprintf("192.0.2.%d", 1+s.draw(9)%120), true
		}
		return s.user().address4(s.draw(10)), true
	case "clientAppUsed":
		return s.client(), true
	case "correlationId":
		return guidOf(s.draw(11), s.draw(12)), true
	case "conditionalAccessStatus":
		return s.outcome().conditional, true
	case "isInteractive":
		return true, true
	case "resourceDisplayName":
		return s.app().resource, true
	case "resourceId":
		return s.app().resID, true
	case "status":
		o := s.outcome()
		reason := any(o.reason)
		if o.code == 0 {
			reason = "Other."
		}
		return row{{"errorCode", o.code}, {"failureReason", reason}, {"additionalDetails", o.details}}, true
	case "deviceDetail":
		return s.device(), true
	case "location":
		return s.location(), true
	case "appliedConditionalAccessPolicies":
		return s.applied(), true
	}
	return s.risk(name)
}
