package microsoft

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

func tokenErrorBody(code int, kind, description string) map[string]any {
	return map[string]any{
		"error": kind,
		"error_description": fmt.Sprintf("AADSTS%d: %s\r\nTrace ID: 6f6c4645-0202-4486-b625-fa957dfc4700\r\n"+
			"Correlation ID: 5fc87507-4086-4e77-b415-cee677eb232e\r\nTimestamp: 2023-05-06 06:03:00Z", code, description),
		"error_codes": []int{code}, "timestamp": "2023-05-06 06:03:00Z",
		"trace_id": "6f6c4645-0202-4486-b625-fa957dfc4700", "correlation_id": "5fc87507-4086-4e77-b415-cee677eb232e",
		"error_uri": fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", code),
	}
}

func TestTokenErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		code     int
		kind     string
		status   int
		text     string
		resource entity.Resource
		class    entity.Class
		cure     string
		link     string
		requests int // 1 unless it passes
	}{
		{code: 7000215, kind: "invalid_client", status: 401, text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'x'.", cure: "copy its Value, not the Secret ID", link: "Credentials"},
		{code: 7000222, kind: "invalid_client", status: 401, text: "The provided client secret keys for app 'x' are expired.", cure: "has expired", link: "Credentials"},
		{code: 700016, kind: "unauthorized_client", status: 400, text: "Application with identifier 'x' was not found in the directory 'y'.", cure: "No app with this client ID", link: "Overview"},
		{code: 7000229, kind: "unauthorized_client", status: 400, text: "The client application x is missing service principal in the tenant y.", cure: "no service principal", link: "CallAnAPI"},
		{code: 90002, kind: "invalid_request", status: 400, text: "Tenant 'y' not found.", cure: "No directory with this ID", link: "Overview"},
		{code: 900023, kind: "invalid_request", status: 400, text: "Specified tenant identifier 'y' is neither a valid DNS name, nor a valid external domain.", cure: "neither a GUID nor a domain", link: "Overview"},
		{code: 7000112, kind: "unauthorized_client", status: 400, text: "Application 'x'(name) is disabled.", cure: "is disabled", link: "Overview"},
		{code: 53003, kind: "access_denied", status: 400, text: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.", cure: "workload identities", link: "ConditionalAccess"},
		{code: 7000216, kind: "invalid_client", status: 401, text: "'client_assertion', 'client_secret' or 'request' is required.", cure: "No client secret reached", link: "Credentials"},
		{code: 7000218, kind: "invalid_client", status: 401, text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.", cure: "No client secret reached", link: "Credentials"},
		{code: 70011, kind: "invalid_scope", status: 400, text: "The provided value for the input parameter 'scope' is not valid.", cure: "SECURATLAS_GRAPH_SCOPE", link: "CallAnAPI"},
		{code: 500011, kind: "invalid_resource", status: 400, text: "The resource principal named z was not found in the tenant named y.", cure: "Microsoft Graph's service principal"},
		{code: 500011, kind: "invalid_resource", status: 400, text: "The resource principal named z was not found in the tenant named y.", resource: entity.Defender, class: entity.ClassLicence, cure: "It is optional"},
		{code: 650052, kind: "invalid_client", status: 400, text: "The app is trying to access a service 'z' that your organization lacks a service principal for.", resource: entity.Defender, class: entity.ClassLicence, cure: "not set up"},
		{code: 500011, kind: "invalid_resource", status: 400, text: "The resource principal named z was not found in the tenant named y.", resource: entity.Management, class: entity.ClassPermission, cure: "It is optional"},
		{code: 650052, kind: "invalid_client", status: 400, text: "The app is trying to access a service 'z' that your organization lacks a service principal for.", resource: entity.Management, class: entity.ClassPermission, cure: "ActivityFeed.Read"},
		{code: 90038, kind: "invalid_request", status: 400, text: "national cloud tenant redirection", cure: "another of Microsoft's clouds"},
		{code: 900382, kind: "invalid_request", status: 400, text: "Confidential Client is not supported in Cross Cloud request.", cure: "another of Microsoft's clouds"},
		{code: 90033, kind: "temporarily_unavailable", status: 503, text: "A transient error has occurred. Please try again.", class: entity.ClassSource, cure: "passing", requests: tokenAttempts},
		{code: 90024, kind: "temporarily_unavailable", status: 400, text: "RequestBudgetExceededError", class: entity.ClassSource, cure: "passing", requests: tokenAttempts},
		{code: 90006, kind: "temporarily_unavailable", status: 500, text: "ExternalServerRetryableError", class: entity.ClassSource, cure: "passing", requests: tokenAttempts},
		{code: 50196, kind: "invalid_request", status: 400, text: "The server terminated an operation because it encountered a client request loop.", class: entity.ClassSource, cure: "too many equal requests", requests: tokenAttempts},
		{code: 90055, kind: "temporarily_unavailable", status: 429, text: "The tenant is being throttled.", class: entity.ClassThrottled, cure: "reads this again", requests: tokenAttempts},
		{code: 123456, kind: "invalid_request", status: 400, text: "Something new.", cure: "AADSTS123456", link: "/error?code=123456"},
	} {
		name := fmt.Sprintf("%d %s", test.code, test.resource)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			s.token = func(w http.ResponseWriter, _ int) {
				writeJSON(w, test.status, tokenErrorBody(test.code, test.kind, test.text))
			}
			r := entity.Resource(firstOf(string(test.resource), string(entity.Graph)))
			_, err := newClient(t, s, k).FreshToken(t.Context(), r)
			p := requireProblem(t, err)
			assert.Equal(t, entity.Class(firstOf(string(test.class), string(entity.ClassCredential))), p.Class)
			assert.Equal(t, fmt.Sprintf("AADSTS%d", test.code), p.Code)
			assert.Equal(t, test.text, p.Message, "Microsoft's words, without ids and times")
			assert.Equal(t, "6f6c4645-0202-4486-b625-fa957dfc4700", p.RequestID)
			assert.Equal(t, test.status, p.Status)
			assert.Contains(t, p.Cure, test.cure)
			assert.Contains(t, p.Link, test.link)
			assert.Equal(t, max(test.requests, 1), s.tokenRequests())
		})
	}
}

func TestTokenErrors_ofPagesAreTheSame(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.token = func(w http.ResponseWriter, _ int) {
		writeJSON(w, 401, tokenErrorBody(7000222, "invalid_client", "The provided client secret keys for app 'x' are expired."))
	}
	_, _, stats, err := collect(t.Context(), newClient(t, s, k), userList(nil))
	assert.Equal(t, "AADSTS7000222", requireProblem(t, err).Code)
	assert.Zero(t, stats.Requests)
}

func TestTokenErrors_thatPass(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(http.ResponseWriter){
		"a transient code": func(w http.ResponseWriter) {
			writeJSON(w, 400, tokenErrorBody(90033, "temporarily_unavailable", "A transient error has occurred."))
		},
		"a gateway's page": func(w http.ResponseWriter) { writeBody(w, 502, "text/html", "<title>Bad gateway</title>") },
		"no answer":        closed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			s.token = func(w http.ResponseWriter, number int) {
				if number < 3 {
					fail(w)
					return
				}
				token := jwt(map[string]any{"roles": []string{"A"}})
				writeJSON(w, 200, map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": token})
			}
			token, err := newClient(t, s, k).FreshToken(t.Context(), entity.Graph)
			require.NoError(t, err)
			assert.Equal(t, []string{"A"}, token.Roles)
			slept := k.sleeps()
			require.Len(t, slept, 2)
			assert.GreaterOrEqual(t, slept[0], time.Second)
			assert.GreaterOrEqual(t, slept[1], 2*time.Second)
		})
	}
}

func TestTokenErrors_honourRetryAfter(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		after string
		slept []time.Duration // each at least this
	}{{"20", []time.Duration{20 * time.Second, 20 * time.Second, 20 * time.Second}}, {"600", nil}} {
		s, k := newCloudServer(t), newClock()
		s.token = func(w http.ResponseWriter, _ int) {
			w.Header().Set("Retry-After", test.after)
			writeJSON(w, 429, map[string]any{"error": "temporarily_unavailable", "error_description": "Slow down."})
		}
		_, err := newClient(t, s, k).FreshToken(t.Context(), entity.Graph)
		p := requireProblem(t, err)
		assert.Equal(t, entity.ClassThrottled, p.Class)
		assert.True(t, p.RetryAt.After(k.Now()))
		slept := k.sleeps()
		require.Len(t, slept, len(test.slept))
		for i, least := range test.slept {
			assert.GreaterOrEqual(t, slept[i], least)
		}
	}
}

func TestTokenErrors_oddAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		body   string
		class  entity.Class
		code   string
	}{
		"empty object":           {400, `{}`, entity.ClassData, ""},
		"empty":                  {400, ``, entity.ClassData, ""},
		"a list":                 {400, `[]`, entity.ClassData, ""},
		"a code only":            {400, `{"error":"invalid_client"}`, entity.ClassCredential, "invalid_client"},
		"a number in the text":   {401, `{"error":"invalid_client","error_description":"AADSTS7000222: expired"}`, entity.ClassCredential, "AADSTS7000222"},
		"a login page of others": {200, `<html>Please sign in</html>`, entity.ClassData, ""},
		"no token":               {200, `{"token_type":"Bearer","expires_in":3599}`, entity.ClassData, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			s.token = func(w http.ResponseWriter, _ int) { writeBody(w, test.status, "application/json", test.body) }
			_, err := newClient(t, s, k).FreshToken(t.Context(), entity.Graph)
			p := requireProblem(t, err)
			assert.Equal(t, test.class, p.Class)
			assert.Equal(t, test.code, p.Code)
		})
	}
}

func TestTokenErrors_tellASecretFromItsID(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.token = func(w http.ResponseWriter, _ int) {
		writeJSON(w, 401, tokenErrorBody(7000215, "invalid_client", "Invalid client secret provided."))
	}
	c := newClient(t, s, k)
	c.secret = "6F0A2B1C-0000-4000-8000-00000000000a"
	_, err := c.FreshToken(t.Context(), entity.Graph)
	assert.Contains(t, requireProblem(t, err).Cure, "What was entered is a Secret ID.")
}

// Whatever the login service says, neither secret nor token is repeated.
func TestTokenErrors_holdNoSecret(t *testing.T) {
	t.Parallel()
	leaked := jwt(map[string]any{"roles": []string{"User.Read.All"}})
	for _, body := range []string{
		`{"error":"invalid_client","error_description":"The secret ` + secret + ` is wrong, as is ` + leaked + `","error_codes":[7000215]}`,
		`{"access_token":"` + leaked + `","token_type":["not a string"]}`,
		secret + leaked,
	} {
		s, k := newCloudServer(t), newClock()
		s.token = func(w http.ResponseWriter, _ int) { writeBody(w, 200, "application/json", body) }
		_, err := newClient(t, s, k).FreshToken(t.Context(), entity.Graph)
		shown := fmt.Sprintf("%+v", *requireProblem(t, err))
		assert.NotContains(t, shown, secret)
		assert.NotContains(t, shown, strings.Split(leaked, ".")[1])
	}
}

// The discovery document has no say in who gets the secret.
func TestSignIn_sendsTheSecretToTheChosenHostOnly(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	other := newCloudServer(t)
	s.endpoint = other.URL + "/" + directoryID + "/oauth2/v2.0/token"
	_, err := newClient(t, s, k).FreshToken(t.Context(), entity.Graph)
	require.NoError(t, err)
	assert.Equal(t, 1, s.tokenRequests())
	assert.Zero(t, other.tokenRequests())
}

// The form of a token request carries the secret: it is not redirected.
func TestSignIn_followsNoRedirect(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	other := newCloudServer(t)
	s.token = func(w http.ResponseWriter, _ int) {
		w.Header().Set("Location", other.URL+"/"+directoryID+"/oauth2/v2.0/token")
		w.WriteHeader(http.StatusTemporaryRedirect)
	}
	_, err := newClient(t, s, k).FreshToken(t.Context(), entity.Graph)
	assert.Equal(t, entity.ClassData, requireProblem(t, err).Class)
	assert.Zero(t, other.tokenRequests())
}
