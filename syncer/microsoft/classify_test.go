package microsoft

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

// holding makes a trip of a client whose newest token has these roles.
func holding(t testing.TB, part *entity.Part, readable bool, roles ...string) (*Client, *trip) {
	t.Helper()
	cloud, err := CloudByName(Global)
	require.NoError(t, err)
	c, err := New(Config{Cloud: cloud, DirectoryID: directoryID, ClientID: clientID, Secret: secret, Now: newClock().Now})
	require.NoError(t, err)
	res, err := c.resource(part.Resource)
	require.NoError(t, err)
	res.tokens.held = heldToken{value: "x", roles: roles, readable: readable}
	trip := c.trip(res, part.Throttle)
	trip.part = part
	return c, trip
}

func errorAnswer(status int, body string) answer {
	return answer{status: status, header: http.Header{"Content-Type": {"application/json"}, "Request-Id": {"r-1"}}, body: []byte(body)}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	p1 := &entity.Licence{Name: "Microsoft Entra ID P1"}
	graph := entity.Part{Resource: entity.Graph, Throttle: entity.ThrottleDirectory, Needs: []entity.AnyOf{{"AuditLog.Read.All"}, {"User.Read.All", "Directory.Read.All"}}}
	policy := entity.Part{Resource: entity.Graph, Throttle: entity.ThrottlePolicy, Needs: []entity.AnyOf{{"Policy.Read.All"}}}
	signIns := graph
	signIns.Licence = p1
	intune := entity.Part{Resource: entity.Graph, Throttle: entity.ThrottleIntune, Needs: []entity.AnyOf{{"DeviceManagementConfiguration.Read.All"}}}
	health := entity.Part{Resource: entity.Graph, Throttle: entity.ThrottleServiceCom, Needs: []entity.AnyOf{{"ServiceHealth.Read.All"}}}
	permitted := health
	permitted.Needs = []entity.AnyOf{{"Unrelated.Read.All"}}
	defender := entity.Part{Resource: entity.Defender, Throttle: entity.ThrottleDefender, Needs: []entity.AnyOf{{"Machine.Read.All"}}}
	alerts := entity.Part{Resource: entity.Graph, Throttle: entity.ThrottleSecurity, Needs: []entity.AnyOf{{"SecurityAlert.Read.All"}}}
	feed := entity.Part{Resource: entity.Management, Throttle: entity.ThrottleManagement, Needs: []entity.AnyOf{{"ActivityFeed.Read"}}}
	retired := entity.Part{Resource: entity.Graph, Throttle: entity.ThrottleDirectory, Retired: true}

	for name, test := range map[string]struct {
		part   entity.Part
		status int
		body   string
		class  entity.Class
		then   reaction
		needs  []string
		cure   string
	}{
		"directory permission":                          {graph, 403, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation.","innerError":{"request-id":"x"}}}`, entity.ClassPermission, giveUp, []string{"AuditLog.Read.All"}, "AuditLog.Read.All of Microsoft Graph"},
		"reports permission":                            {graph, 403, `{"error":{"code":"Authentication_MSGraphPermissionMissing","message":"Calling principal does not have required MSGraph permissions AuditLog.Read.All"}}`, entity.ClassPermission, giveUp, []string{"AuditLog.Read.All"}, ""},
		"conditional access permission":                 {policy, 403, `{"error":{"code":"AccessDenied","message":"You cannot perform the requested operation, required scopes are missing in the token."}}`, entity.ClassPermission, giveUp, []string{"Policy.Read.All"}, ""},
		"PIM permission, JSON in a string":              {policy, 403, `{"error":{"code":"UnknownError","message":"{\"errorCode\":\"PermissionScopeNotGranted\",\"message\":\"Authorization failed due to missing permission scope RoleEligibilitySchedule.ReadWrite.Directory,RoleManagement.Read.All.\",\"instanceAnnotations\":[]}"}}`, entity.ClassPermission, giveUp, []string{"RoleManagement.Read.All"}, ""},
		"usage reports permission":                      {graph, 403, `{"error":{"code":"S2SUnauthorized","message":"Invalid permission."}}`, entity.ClassPermission, giveUp, nil, ""},
		"usage reports permission, nested":              {graph, 403, `{"error":{"code":"UnknownError","message":"{\"error\":{\"code\":\"S2SUnauthorized\",\"message\":\"Invalid scope claims/roles.\"}}"}}`, entity.ClassPermission, giveUp, nil, ""},
		"secure score permission":                       {graph, 403, `{"error":{"code":"","message":"Auth token does not contain valid permissions or user does not have valid roles"}}`, entity.ClassPermission, giveUp, nil, ""},
		"alerts permission":                             {alerts, 403, `{"error":{"code":"Forbidden","message":"Missing application roles. API required roles: SecurityAlert.Read.All,SecurityAlert.ReadWrite.All,SecurityIncident.Read.All, application roles: Other.ReadWrite.All."}}`, entity.ClassPermission, giveUp, []string{"SecurityAlert.Read.All"}, ""},
		"alerts permission that the part does not know": {policy, 403, `{"error":{"code":"Forbidden","message":"Missing application roles. API required roles: SecurityIncident.ReadWrite.All,SecurityIncident.Read.All, application roles: ."}}`, entity.ClassPermission, giveUp, []string{"SecurityIncident.Read.All"}, ""},
		"Intune permission":                             {intune, 403, `{"error":{"code":"Forbidden","message":"{\r\n  \"_version\": 3,\r\n  \"Message\": \"Application is not authorized to perform this operation. Application must have one of the following scopes: DeviceManagementConfiguration.Read.All, DeviceManagementConfiguration.ReadWrite.All - Operation ID (for customer support): 0000 - Url: https://fef.msub05.manage.microsoft.com/x\",\r\n  \"CustomApiErrorPhrase\": \"\"}"}}`, entity.ClassPermission, giveUp, []string{"DeviceManagementConfiguration.Read.All"}, ""},
		"Defender permission":                           {defender, 403, `{"error":{"code":"Forbidden","message":"Missing application roles. API required roles: Machine.Read.All,Machine.ReadWrite.All, application roles: Alert.ReadWrite.All.","target":"t-1"}}`, entity.ClassPermission, giveUp, []string{"Machine.Read.All"}, "WindowsDefenderATP"},
		"Defender permission, TVM":                      {defender, 403, `{"error":{"code":"Forbidden","message":"The application does not have any of the required application permissions (Vulnerability.Read.All) to access the resource.","target":"t-1"}}`, entity.ClassPermission, giveUp, []string{"Vulnerability.Read.All"}, ""},
		"feed permission":                               {feed, 401, `{"error":{"code":"AF10001","message":"The permission set (ServiceHealth.Read) sent in the request did not include the expected permission ActivityFeed.Read."}}`, entity.ClassPermission, giveUp, []string{"ActivityFeed.Read"}, "ActivityFeed.Read of Office 365 Management APIs"},
		"feed, throttled":                               {feed, 403, `{"error":{"code":"AF429","message":"Too many requests. Method=GET, PublisherId=x"}}`, entity.ClassThrottled, tryAgain, nil, "nothing to do"},
		"feed, page expired":                            {feed, 400, `{"error":{"code":"AF20031","message":"Invalid nextPage Input: x."}}`, entity.ClassSource, startOver, nil, ""},
		"feed, passing":                                 {feed, 400, `{"error":{"code":"AF50000","message":"An internal server error occurred. Retry the request."}}`, entity.ClassSource, tryAgain, nil, ""},
		"feed, no auditing":                             {feed, 400, `{"error":{"code":"StartSubscription [TenantId=x,ContentType=Audit.Exchange] failed. Exception","message":"Microsoft.Office.Compliance.Audit.DataServiceException: Tenant x does not exist.\r\n   at Microsoft.Office.Compliance"}}`, entity.ClassSource, giveUp, nil, "turn auditing on"},
		"feed, disabled":                                {feed, 400, `{"error":{"code":"AF20023","message":"The subscription was disabled by a tenant admin."}}`, entity.ClassSource, giveUp, nil, "turn auditing on"},
		"feed, no Office":                               {feed, 400, `{"error":{"code":"AF20012","message":"Specified tenant ID (x) is incorrectly configured in the system."}}`, entity.ClassLicence, giveUp, []string{"Microsoft 365"}, ""},
		"feed, window":                                  {feed, 400, `{"error":{"code":"AF20055","message":"Start time and end time must both be specified."}}`, entity.ClassSource, giveUp, nil, "clock"},
		"service health permission":                     {health, 403, `{"error":{"code":"UnknownError","message":""}}`, entity.ClassPermission, giveUp, []string{"ServiceHealth.Read.All"}, ""},
		"service health permission, 401":                {health, 401, `{"error":{"code":"UnknownError","message":""}}`, entity.ClassPermission, giveUp, []string{"ServiceHealth.Read.All"}, ""},
		"a bare 403":                                    {policy, 403, `{"error":{"code":"Forbidden","message":"No."}}`, entity.ClassPermission, giveUp, []string{"Policy.Read.All"}, ""},

		"sign-in dates without P1":  {signIns, 403, `{"error":{"code":"Authentication_RequestFromNonPremiumTenantOrB2CTenant","message":"Tenant is not a B2C tenant and doesn't have premium license"}}`, entity.ClassLicence, giveUp, []string{"Microsoft Entra ID P1"}, "sometimes wrong"},
		"older text, another code":  {signIns, 400, `{"error":{"code":"X","message":"Neither tenant is B2C or tenant doesn't have premium license"}}`, entity.ClassLicence, giveUp, []string{"Microsoft Entra ID P1"}, ""},
		"PIM without P2":            {policy, 400, `{"error":{"code":"AadPremiumLicenseRequired","message":"The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license."}}`, entity.ClassLicence, giveUp, []string{"Microsoft Entra ID P2 or Microsoft Entra ID Governance"}, ""},
		"PIM without P2, older":     {policy, 400, `{"error":{"code":"X","message":"The tenant needs an AAD Premium 2 license."}}`, entity.ClassLicence, giveUp, []string{"Microsoft Entra ID P2 or Microsoft Entra ID Governance"}, ""},
		"risky users without P2":    {policy, 403, `{"error":{"code":"Forbidden","message":"Your tenant is not licensed for this feature."}}`, entity.ClassLicence, giveUp, nil, "no licence"},
		"no Intune":                 {intune, 400, `{"error":{"code":"BadRequest","message":"Request not applicable to target tenant."}}`, entity.ClassLicence, giveUp, []string{"Microsoft Intune"}, ""},
		"no Intune, another status": {intune, 401, `{"error":{"code":"UnknownError","message":"{\"ErrorCode\": \"Forbidden\",\"Message\":\"x\"}"}}`, entity.ClassLicence, giveUp, []string{"Microsoft Intune"}, ""},
		"no Defender XDR":           {alerts, 401, `{"error":{"code":"Unauthorized","message":"Unauthorized request - Account is not provisioned."}}`, entity.ClassLicence, giveUp, []string{"Microsoft Defender"}, ""},
		"no Defender":               {defender, 401, `{"error":{"code":"Unauthorized","message":"Unauthorized request - reason of failure: Account mode is inactive","target":"t-1"}}`, entity.ClassLicence, giveUp, []string{"Microsoft Defender for Endpoint"}, "not set up"},
		"no TVM":                    {defender, 401, `{"error":{"code":"Unauthorized","message":"Unauthorized request - reason of failure: No Tvm license"}}`, entity.ClassLicence, giveUp, []string{"Microsoft Defender Vulnerability Management"}, ""},
		"Defender's feature is off": {defender, 403, `{"error":{"code":"DisabledFeature","message":"Tenant feature isn't enabled"}}`, entity.ClassLicence, giveUp, []string{"Microsoft Defender for Endpoint"}, ""},
		"no SharePoint":             {graph, 400, `{"error":{"code":"BadRequest","message":"Tenant does not have a SPO license."}}`, entity.ClassLicence, giveUp, []string{"SharePoint Online"}, ""},
		"no Microsoft 365":          {permitted, 403, `{"error":{"code":"UnknownError","message":""}}`, entity.ClassLicence, giveUp, []string{"Microsoft 365"}, ""},
		"no Microsoft 365, 401":     {permitted, 401, `{"error":{"code":"UnknownError","message":""}}`, entity.ClassLicence, giveUp, []string{"Microsoft 365"}, ""},

		"expired token":                   {graph, 401, `{"error":{"code":"InvalidAuthenticationToken","message":"Access token has expired or is not yet valid."}}`, entity.ClassCredential, newToken, nil, "clock"},
		"expired page token":              {graph, 400, `{"error":{"code":"Directory_ExpiredPageToken","message":"The specified page token value has expired and can no longer be included in your request."}}`, entity.ClassSource, startOver, nil, ""},
		"too many requests":               {graph, 429, `{"error":{"code":"TooManyRequests","innerError":{"code":"429"},"message":"Please retry again later."}}`, entity.ClassThrottled, tryAgain, nil, ""},
		"retired, not found":              {retired, 404, `{"error":{"code":"NotFound","message":"Not found."}}`, entity.ClassRetired, giveUp, nil, ""},
		"retired, forbidden":              {retired, 403, `{"error":{"code":"Forbidden","message":"Missing role permissions on the request."}}`, entity.ClassRetired, giveUp, nil, ""},
		"retired, server error":           {retired, 500, `{"error":{"code":"InternalServerError","message":""}}`, entity.ClassRetired, giveUp, nil, ""},
		"retired, too many requests":      {retired, 429, `{"error":{"code":"TooManyRequests","message":"Please retry again later."}}`, entity.ClassThrottled, tryAgain, nil, ""},
		"retired, expired token":          {retired, 401, `{"error":{"code":"InvalidAuthenticationToken","message":"Access token has expired or is not yet valid."}}`, entity.ClassCredential, newToken, nil, "clock"},
		"bad property":                    {graph, 400, `{"error":{"code":"BadRequest","message":"Could not find a property named 'assignedLicensesX' on type 'user': license"}}`, entity.ClassSource, giveUp, nil, "refused the request itself"},
		"page size":                       {graph, 400, `{"error":{"code":"Request_UnsupportedQuery","message":"Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."}}`, entity.ClassSource, giveUp, nil, ""},
		"unknown segment":                 {graph, 400, `{"error":{"code":"BadRequest","message":"Resource not found for the segment 'teamwork'."}}`, entity.ClassRetired, giveUp, nil, ""},
		"not implemented":                 {graph, 501, `{"error":{"code":"NotImplemented","message":"This operation target is not yet supported."}}`, entity.ClassSource, giveUp, nil, ""},
		"server error":                    {graph, 500, `{"error":{"code":"InternalServerError","message":""}}`, entity.ClassSource, tryAgain, nil, "request ID"},
		"gateway's page":                  {graph, 502, `<html><head><title>502 Bad Gateway</title></head></html>`, entity.ClassSource, tryAgain, nil, ""},
		"licence words in a server error": {graph, 503, `{"error":{"code":"X","message":"Your tenant is not licensed for this feature."}}`, entity.ClassSource, tryAgain, nil, ""},

		"empty body":           {policy, 403, ``, entity.ClassPermission, giveUp, []string{"Policy.Read.All"}, ""},
		"empty object":         {graph, 400, `{}`, entity.ClassSource, giveUp, nil, ""},
		"code without message": {graph, 400, `{"error":{"code":"X"}}`, entity.ClassSource, giveUp, nil, ""},
		"error is a text":      {graph, 400, `{"error":"bad"}`, entity.ClassSource, giveUp, nil, ""},
		"error is null":        {graph, 400, `{"error":null}`, entity.ClassSource, giveUp, nil, ""},
		"error is a list":      {graph, 400, `{"error":[1]}`, entity.ClassSource, giveUp, nil, ""},
		"a list":               {graph, 400, `[1,2]`, entity.ClassSource, giveUp, nil, ""},
		"message is a number":  {graph, 400, `{"error":{"code":1,"message":2,"innerError":3}}`, entity.ClassSource, giveUp, nil, ""},
		"null":                 {graph, 400, `null`, entity.ClassSource, giveUp, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			part := test.part
			c, trip := holding(t, &part, true, "Directory.Read.All", "Unrelated.Read.All")
			f := c.classify(errorAnswer(test.status, test.body), trip)
			p := requireProblem(t, f.problem)
			assert.Equal(t, test.class, p.Class)
			assert.Equal(t, test.then, f.then)
			if test.needs != nil || test.class != entity.ClassPermission {
				assert.Equal(t, test.needs, p.Needs)
			}
			assert.Contains(t, p.Cure, test.cure)
			assert.Equal(t, test.status, p.Status)
			assert.Equal(t, "r-1", p.RequestID)
			assert.False(t, strings.HasPrefix(p.Message, "{"), "JSON as message: %s", p.Message)
		})
	}
}

func TestClassify_consent(t *testing.T) {
	t.Parallel()
	part := entity.Part{Resource: entity.Graph, Needs: []entity.AnyOf{{"Policy.Read.All"}}}
	denied := errorAnswer(403, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`)

	c, trip := holding(t, &part, true)
	p := c.classify(denied, trip).problem
	assert.Equal(t, entity.ClassConsent, p.Class)
	assert.Contains(t, p.Cure, "Grant admin consent")
	assert.Equal(t, c.links.Permissions, p.Link)

	c, trip = holding(t, &part, false)
	assert.Equal(t, entity.ClassPermission, c.classify(denied, trip).problem.Class)

	c, trip = holding(t, &part, true, "Policy.Read.All")
	p = c.classify(denied, trip).problem
	assert.Equal(t, entity.ClassPermission, p.Class)
	assert.Empty(t, p.Needs, "the token has what the part needs")
	assert.Contains(t, p.Cure, "granted just now")

	// A licence stays a licence, whatever the token holds.
	c, trip = holding(t, &part, true)
	unlicensed := errorAnswer(403, `{"error":{"code":"Forbidden","message":"Your tenant is not licensed for this feature."}}`)
	assert.Equal(t, entity.ClassLicence, c.classify(unlicensed, trip).problem.Class)
}

func TestClassify_messages(t *testing.T) {
	t.Parallel()
	part := entity.Part{Resource: entity.Graph}
	c, trip := holding(t, &part, true)
	for name, test := range map[string]struct{ body, message string }{
		"trimmed to one line":   {`{"error":{"message":"  a\r\n b  "}}`, "a b"},
		"nested twice":          {`{"error":{"message":"{\"error\":{\"message\":\"{\\\"Message\\\":\\\"deep\\\"}\"}}"}}`, "deep"},
		"a title":               {"<html><title>502 Bad\nGateway</title>", "502 Bad Gateway"},
		"none":                  {`{"error":{"code":"X"}}`, "Microsoft gave no reason (Bad Request)."},
		"not wrapped":           {`{"code":"X","message":"flat"}`, "flat"},
		"without a token":       {`{"error":{"message":"bad eyJhbGciOiJub25lIn0.eyJyb2xlcyI6W119.c2ln here"}}`, "bad (token) here"},
		"broken JSON in a text": {`{"error":{"message":"{not json"}}`, "{not json"},
	} {
		assert.Equal(t, test.message, c.classify(errorAnswer(400, test.body), trip).problem.Message, name)
	}
	long := c.classify(errorAnswer(400, `{"error":{"message":"`+strings.Repeat("ä", 5000)+`"}}`), trip).problem.Message
	assert.Len(t, []rune(long), 601)
}

func TestClassify_requestID(t *testing.T) {
	t.Parallel()
	part := entity.Part{Resource: entity.Graph}
	c, trip := holding(t, &part, true)
	id := func(header http.Header, body string) string {
		return c.classify(answer{status: 500, header: header, body: []byte(body)}, trip).problem.RequestID
	}
	body := `{"error":{"code":"X","target":"t","innerError":{"request-id":"inner","client-request-id":"c"}}}`
	assert.Equal(t, "h", id(http.Header{"Request-Id": {"h"}, "Client-Request-Id": {"c"}}, body))
	assert.Equal(t, "inner", id(http.Header{}, body))
	assert.Equal(t, "t", id(http.Header{}, `{"error":{"code":"X","target":"t"}}`))
	assert.Equal(t, "c", id(http.Header{"Client-Request-Id": {"c"}}, `{}`))
}

var classes = []entity.Class{
	entity.ClassCredential, entity.ClassConsent, entity.ClassPermission, entity.ClassLicence, entity.ClassRetired,
	entity.ClassThrottled, entity.ClassSource, entity.ClassNetwork, entity.ClassData,
}

func FuzzClassify(f *testing.F) {
	f.Add(403, `{"error":{"code":"Forbidden","message":"Missing application roles. API required roles: A.Read.All, application roles: ."}}`, "5", "application/json")
	f.Add(401, `{"error":{"code":"Unauthorized","message":"Account mode is inactive"}}`, "", "application/json")
	f.Add(400, `{"error":{"message":"{\"error\":{\"message\":\"{}\"}}"}}`, "", "application/json")
	f.Add(502, `<html><title>`, "Sun, 01 Mar 2026 12:01:00 GMT", "text/html")
	f.Add(429, `{"error":{"innerError":{"code":{"a":[null]}}}}`, "99999999999", "")
	f.Add(400, `{"error":{"code":null,"details":[{"code":1},null,2],"innererror":{"request-id":{}}}}`, "-1", "application/json")
	f.Add(302, ``, "0.00001", "")
	f.Add(400, `{"error":{"message":"eyJhbGciOiJub25lIn0.eyJyb2xlcyI6W119.c2ln"}}`, "", "application/json")
	f.Add(400, `"text"`, "", "application/json")
	f.Add(400, `{"error":"invalid_client","error_description":"AADSTS7000215: x","error_codes":[7000215]}`, "", "application/json")
	f.Fuzz(func(t *testing.T, status int, body, after, contentType string) {
		part := entity.Part{Resource: entity.Graph, Throttle: entity.ThrottleIntune, Needs: []entity.AnyOf{{"A.Read.All"}}}
		c, trip := holding(t, &part, status%2 == 0, strings.Fields(after)...)
		a := answer{status: status, header: http.Header{"Retry-After": {after}, "Content-Type": {contentType}}, body: []byte(body)}
		for _, failed := range []*failure{
			c.classify(a, trip),
			c.tokenFailure(&exchange{answer: a}, trip.resource),
		} {
			p := failed.problem
			require.Contains(t, classes, p.Class)
			require.NotEmpty(t, p.Cure)
			require.NotEmpty(t, p.Message)
			require.LessOrEqual(t, len([]rune(p.Message)), 700)
			require.False(t, tokenText.MatchString(p.Message), p.Message)
			require.LessOrEqual(t, failed.wait(maxAttempts, time.Minute), maxAsked)
			require.GreaterOrEqual(t, failed.wait(1, 0), time.Duration(0))
		}
		_, _, failed := splitPage([]byte(body), status%2 == 0)
		if failed != nil {
			require.Equal(t, entity.ClassData, failed.problem.Class)
		}
	})
}
