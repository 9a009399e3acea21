package microsoft

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

func TestFreshToken_seesNewRoles(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) { writeJSON(w, 200, rowsOf("", "1")) }
	c := newClient(t, s, k)
	first, err := c.FreshToken(t.Context(), entity.Graph)
	require.NoError(t, err)
	assert.Equal(t, []string{"Directory.Read.All", "User.Read.All"}, first.Roles)
	assert.True(t, first.Readable)
	assert.WithinDuration(t, k.Now().Add(time.Hour), first.ExpiresAt, 5*time.Second)

	s.setRoles("User.Read.All", "Policy.Read.All")
	_, _, _, err = collect(t.Context(), c, userList(nil))
	require.NoError(t, err)
	assert.Equal(t, 1, s.tokenRequests(), "requests use the token that is held")

	second, err := c.FreshToken(t.Context(), entity.Graph)
	require.NoError(t, err)
	assert.Equal(t, []string{"Policy.Read.All", "User.Read.All"}, second.Roles)
	_, _, _, err = collect(t.Context(), c, userList(nil))
	require.NoError(t, err)
	assert.Equal(t, 2, s.tokenRequests())
	assert.NotEqual(t, s.tokens[0], s.tokens[1], "later requests use the new token")
}

func TestFreshToken_withoutConsent(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.setRoles()
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		writeError(w, 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	}
	c := newClient(t, s, k)
	token, err := c.FreshToken(t.Context(), entity.Graph)
	require.NoError(t, err, "Microsoft issues a token without any permission")
	assert.True(t, token.Readable)
	assert.Empty(t, token.Roles)
	_, err = c.Organization(t.Context())
	p := requireProblem(t, err)
	assert.Equal(t, entity.ClassConsent, p.Class)
	assert.Equal(t, []string{"Organization.Read.All"}, p.Needs)
	assert.Contains(t, p.Link, "CallAnAPI/appId/"+clientID)
}

func TestFreshToken_opaque(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.token = func(w http.ResponseWriter, _ int) {
		s.issued["opaque"] = s.URL + "/graph/.default"
		writeJSON(w, 200, map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": "opaque"})
	}
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		writeError(w, 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	}
	c := newClient(t, s, k)
	token, err := c.FreshToken(t.Context(), entity.Graph)
	require.NoError(t, err)
	assert.False(t, token.Readable)
	_, _, _, err = collect(t.Context(), c, userList(nil))
	p := requireProblem(t, err)
	assert.Equal(t, entity.ClassPermission, p.Class, "roles that cannot be read are not roles that are missing")
	assert.Equal(t, []string{"User.Read.All"}, p.Needs)
}

func TestTokens_areRenewedBeforeTheyEnd(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) { writeJSON(w, 200, rowsOf("", "1")) }
	c := newClient(t, s, k)
	read := func() {
		t.Helper()
		_, _, _, err := collect(t.Context(), c, userList(nil))
		require.NoError(t, err)
	}
	read()
	require.NoError(t, k.Sleep(t.Context(), 54*time.Minute))
	read()
	assert.Equal(t, 1, s.tokenRequests())
	require.NoError(t, k.Sleep(t.Context(), 2*time.Minute))
	read()
	assert.Equal(t, 2, s.tokenRequests())
}

func TestTokens_eachResourceHasItsOwn(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	answer := func(w http.ResponseWriter, r *http.Request) { writeJSON(w, 200, rowsOf("", "1")) }
	s.graph, s.defender = answer, answer
	c := newClient(t, s, k)
	for _, l := range []List{userList(nil), machineList(), userList(nil)} {
		_, _, _, err := collect(t.Context(), c, l)
		require.NoError(t, err)
	}
	assert.Equal(t, 2, s.tokenRequests())
	assert.Equal(t, s.tokens[0], s.tokens[2])
	assert.NotEqual(t, s.tokens[0], s.tokens[1])
}

// Many workers meet a token that is no longer taken: one new token serves all.
func TestTokens_areRenewedOnceForAll(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) { writeJSON(w, 200, rowsOf("", "1")) }
	c := newClient(t, s, k)
	_, err := c.FreshToken(t.Context(), entity.Graph)
	require.NoError(t, err)
	s.refuse()
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			_, _, _, err := collect(t.Context(), c, userList(nil))
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.Equal(t, 2, s.tokenRequests())
}

func TestReadRoles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		token    string
		roles    []string
		readable bool
	}{
		"roles, sorted and once":   {jwt(map[string]any{"roles": []string{"b", "a", "b"}}), []string{"a", "b"}, true},
		"no roles claim":           {jwt(map[string]any{"aud": "x"}), nil, true},
		"roles of another type":    {jwt(map[string]any{"roles": "a"}), nil, false},
		"opaque":                   {"opaque", nil, false},
		"empty":                    {"", nil, false},
		"two parts":                {"a.b", nil, false},
		"not base64":               {"a.%.c", nil, false},
		"not JSON":                 {"a.YWJj.c", nil, false},
		"a payload with padding":   {"a.eyJyb2xlcyI6WyJhIl19.c", []string{"a"}, true},
		"a payload that is a list": {"a.W10.c", nil, false},
	} {
		roles, readable := readRoles(test.token)
		assert.Equal(t, test.roles, roles, name)
		assert.Equal(t, test.readable, readable, name)
	}
}

func TestNew_refusesValuesThatCannotWork(t *testing.T) {
	t.Parallel()
	cloud, err := CloudByName(Global)
	require.NoError(t, err)
	for name, config := range map[string]Config{
		"no directory":                     {ClientID: clientID, Secret: secret},
		"a directory with a slash":         {DirectoryID: "../" + directoryID, ClientID: clientID, Secret: secret},
		"no client":                        {DirectoryID: directoryID, Secret: secret},
		"a client with a space in between": {DirectoryID: directoryID, ClientID: "a b", Secret: secret},
		"no secret":                        {DirectoryID: directoryID, ClientID: clientID, Secret: " "},
	} {
		config.Cloud = cloud
		_, err := New(config)
		assert.Equal(t, entity.ClassCredential, requireProblem(t, err).Class, name)
	}
}
