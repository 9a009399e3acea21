package simulator_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azcloud "github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTokenFromAzidentity(t *testing.T) {
	t.Parallel()
	c := start(t)
	credential := func(tenant, secret string) *azidentity.ClientSecretCredential {
		cred, err := azidentity.NewClientSecretCredential(tenant, c.ClientID(), secret, &azidentity.ClientSecretCredentialOptions{
			ClientOptions: azcore.ClientOptions{
				Cloud:     azcloud.Configuration{ActiveDirectoryAuthorityHost: c.AuthorityURL()},
				Transport: c.client, Retry: policy.RetryOptions{MaxRetries: -1},
			},
			DisableInstanceDiscovery: true,
		})
		require.NoError(t, err)
		return cred
	}
	options := policy.TokenRequestOptions{Scopes: []string{c.GraphURL() + "/.default"}}

	plain, err := credential(c.DirectoryID(), c.ClientSecret()).GetToken(t.Context(), options)
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now().Add(time.Hour), plain.ExpiresOn, time.Minute)
	c.token = plain.Token
	c.ok("/users")

	options.EnableCAE = true
	long, err := credential(c.Domain(), c.ClientSecret()).GetToken(t.Context(), options)
	require.NoError(t, err, "a verified domain names the tenant too")
	assert.WithinDuration(t, time.Now().Add(24*time.Hour), long.ExpiresOn, time.Minute)
	assert.Equal(t, []any{"CP1"}, claimsOf(t, long.Token)["xms_cc"])

	for name, failing := range map[string]*azidentity.ClientSecretCredential{
		"AADSTS7000215": credential(c.DirectoryID(), "not the secret"),
		"AADSTS90002":   credential("00000000-0000-4000-8000-000000000000", c.ClientSecret()),
	} {
		_, err := failing.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: options.Scopes})
		assert.ErrorContains(t, err, name)
	}
}

func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	require.NoError(t, err)
	var claims map[string]any
	require.NoError(t, json.Unmarshal(raw, &claims))
	return claims
}

func TestTokenClaims(t *testing.T) {
	t.Parallel()
	c := start(t)
	claims := claimsOf(t, c.token)
	assert.Equal(t, c.GraphURL(), claims["aud"])
	assert.Equal(t, "app", claims["idtyp"])
	assert.Equal(t, c.ClientID(), claims["appid"])
	assert.Equal(t, c.DirectoryID(), claims["tid"])
	assert.Len(t, claims["roles"], 13)
	assert.InDelta(t, 65*60, claims["exp"].(float64)-claims["iat"].(float64), 1)
	defender := claimsOf(t, c.mustToken(c.DefenderURL()+"/.default"))
	assert.ElementsMatch(t, []any{"Alert.Read.All", "Machine.Read.All", "Vulnerability.Read.All", "SecurityRecommendation.Read.All"}, defender["roles"])

	c.Tenant().RemoveConsent()
	_, present := claimsOf(t, c.mustToken("https://graph.microsoft.com/.default"))["roles"]
	assert.False(t, present, "without consent a token comes, without the roles claim")
	c.Tenant().Grant("User.Read.All")
	assert.Equal(t, []any{"User.Read.All"}, claimsOf(t, c.mustToken(c.GraphURL()+"/.default"))["roles"])
}

// A token checks out with the published keys and a foreign JWT library.
func TestTokenVerifiesWithPublishedKeys(t *testing.T) {
	t.Parallel()
	c := start(t)
	res, err := c.client.Get(c.AuthorityURL() + "/" + c.DirectoryID() + "/v2.0/.well-known/openid-configuration")
	require.NoError(t, err)
	configuration := decode(t, res)
	assert.Equal(t, c.AuthorityURL()+"/"+c.DirectoryID()+"/v2.0", configuration["issuer"])
	assert.Equal(t, c.AuthorityURL()+"/"+c.DirectoryID()+"/oauth2/v2.0/token", configuration["token_endpoint"])
	res, err = c.client.Get(configuration["jwks_uri"].(string))
	require.NoError(t, err)
	key := decode(t, res)["keys"].([]any)[0].(map[string]any)
	_, err = jwt.Parse(c.token, func(token *jwt.Token) (any, error) {
		assert.Equal(t, key["kid"], token.Header["kid"])
		return publicKey(t, key["n"].(string), key["e"].(string)), nil
	}, jwt.WithAudience(c.GraphURL()), jwt.WithValidMethods([]string{"RS256"}))
	require.NoError(t, err)
}

func TestTokenErrors(t *testing.T) {
	t.Parallel()
	graph := func(c *cloud) url.Values { return c.form(c.GraphURL() + "/.default") }
	set := func(name, value string) func(*cloud, url.Values) {
		return func(_ *cloud, f url.Values) { f.Set(name, value) }
	}
	drop := func(name string) func(*cloud, url.Values) {
		return func(_ *cloud, f url.Values) { f.Del(name) }
	}
	for name, test := range map[string]struct {
		change func(*cloud, url.Values)
		tenant string
		status int
		code   float64
		oauth  string
	}{
		"wrong secret":              {change: set("client_secret", "x"), status: 401, code: 7000215, oauth: "invalid_client"},
		"no secret":                 {change: drop("client_secret"), status: 401, code: 7000216, oauth: "invalid_client"},
		"empty secret":              {change: set("client_secret", ""), status: 401, code: 7000218, oauth: "invalid_client"},
		"expired secret":            {change: func(c *cloud, _ url.Values) { c.Tenant().ExpireSecret(c.ClientSecret()) }, status: 401, code: 7000222, oauth: "invalid_client"},
		"removed secret":            {change: func(c *cloud, _ url.Values) { c.Tenant().RemoveSecret(c.ClientSecret()) }, status: 401, code: 7000215, oauth: "invalid_client"},
		"unknown app":               {change: set("client_id", "11111111-2222-4333-8444-555555555555"), status: 400, code: 700016, oauth: "unauthorized_client"},
		"client id that is no GUID": {change: set("client_id", "my-app"), status: 400, code: 700038, oauth: "invalid_request"},
		"no client id":              {change: drop("client_id"), status: 400, code: 900144, oauth: "invalid_request"},
		"no grant type":             {change: drop("grant_type"), status: 400, code: 900144, oauth: "invalid_request"},
		"other grant type":          {change: set("grant_type", "password"), status: 400, code: 70003, oauth: "unsupported_grant_type"},
		"no scope":                  {change: drop("scope"), status: 400, code: 900144, oauth: "invalid_request"},
		"scope that is none":        {change: set("scope", "everything"), status: 400, code: 70011, oauth: "invalid_scope"},
		"scope without .default":    {change: set("scope", "https://graph.microsoft.com/User.Read.All"), status: 400, code: 1002012, oauth: "invalid_scope"},
		"two resources":             {change: set("scope", "https://graph.microsoft.com/.default https://api.securitycenter.microsoft.com/.default"), status: 400, code: 28000, oauth: "invalid_request"},
		"unknown resource":          {change: set("scope", "https://nosuch.example/.default"), status: 400, code: 500011, oauth: "invalid_resource"},
		"Defender that is absent": {change: func(c *cloud, f url.Values) {
			c.Tenant().SetDefender(false, false)
			f.Set("scope", c.DefenderURL()+"/.default")
		}, status: 400, code: 500011, oauth: "invalid_resource"},
		"disabled app":                  {change: func(c *cloud, _ url.Values) { c.Tenant().DisableApp(true) }, status: 400, code: 7000112, oauth: "unauthorized_client"},
		"blocked by policy":             {change: func(c *cloud, _ url.Values) { c.Tenant().BlockByConditionalAccess(true) }, status: 400, code: 53003, oauth: "invalid_grant"},
		"unknown tenant":                {tenant: "00000000-0000-4000-8000-000000000000", status: 400, code: 90002, oauth: "invalid_request"},
		"unknown domain":                {tenant: "nosuch.example", status: 400, code: 90002, oauth: "invalid_request"},
		"malformed tenant":              {tenant: "contoso", status: 400, code: 900023, oauth: "invalid_request"},
		"no tenant at all":              {tenant: "common", status: 400, code: 50059, oauth: "invalid_request"},
		"assertion instead of a secret": {change: set("client_assertion", "x.y.z"), status: 401, code: 700027, oauth: "invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t)
			form := graph(c)
			if test.change != nil {
				test.change(c, form)
			}
			tenant := test.tenant
			if tenant == "" {
				tenant = c.DirectoryID()
			}
			status, body := c.tokenRequest(tenant, form)
			assert.Equal(t, test.status, status, "%v", body)
			assert.Equal(t, test.oauth, body["error"])
			assert.Equal(t, []any{test.code}, body["error_codes"])
			assert.Contains(t, body["error_description"], "Trace ID: "+body["trace_id"].(string))
			assert.NotEmpty(t, body["correlation_id"])
			assert.NotEmpty(t, body["timestamp"])
			assert.Contains(t, body["error_uri"], "/error?code=")
		})
	}
}

func TestTokenByBasicAndVersionOne(t *testing.T) {
	t.Parallel()
	c := start(t)
	form := c.form("https://graph.microsoft.com/.default openid offline_access profile")
	form.Del("client_id")
	form.Del("client_secret")
	req, err := http.NewRequest(http.MethodPost, c.AuthorityURL()+"/"+c.DirectoryID()+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(c.ClientID()), url.QueryEscape(c.ClientSecret()))
	res, err := c.client.Do(req)
	require.NoError(t, err)
	c.token, _ = decode(t, res)["access_token"].(string)
	c.ok("/organization")

	v1 := c.form("")
	v1.Set("resource", "https://graph.microsoft.com")
	res, err = c.client.PostForm(c.AuthorityURL()+"/"+c.DirectoryID()+"/oauth2/token", v1)
	require.NoError(t, err)
	c.token, _ = decode(t, res)["access_token"].(string)
	c.ok("/organization")
}

func TestAddedSecretWorks(t *testing.T) {
	t.Parallel()
	c := start(t)
	second := c.Tenant().AddSecret()
	assert.Len(t, second, 40)
	assert.True(t, c.Tenant().RemoveSecret(c.ClientSecret()))
	form := c.form(c.GraphURL() + "/.default")
	form.Set("client_secret", second)
	status, _ := c.tokenRequest(c.DirectoryID(), form)
	assert.Equal(t, http.StatusOK, status)
	app := c.ok("/applications(appId='" + c.ClientID() + "')")
	secrets := app.body["passwordCredentials"].([]any)
	require.Len(t, secrets, 1)
	assert.Equal(t, second[:3], secrets[0].(map[string]any)["hint"])
	assert.Nil(t, secrets[0].(map[string]any)["secretText"])
}
