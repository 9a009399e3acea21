package microsoft

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Token is what can be told about an access token.
type Token struct {
	Roles     []string // granted permissions, sorted
	ExpiresAt time.Time
	Readable  bool // the claims could be read; Roles mean nothing otherwise
}

// FreshToken gets a new token for a resource, and later requests use it. It
// never returns a token that was had before: those keep the permissions of the
// time at which they were issued. A directory that granted nothing answers
// with a token too, and Roles is then empty.
func (c *Client) FreshToken(ctx context.Context, r entity.Resource) (Token, error) {
	res, err := c.resource(r)
	if err != nil {
		return Token{}, err
	}
	held, err := res.tokens.renew(ctx, anyToken)
	if err != nil {
		return Token{}, err
	}
	return Token{Roles: slices.Clone(held.roles), ExpiresAt: held.expires, Readable: held.readable}, nil
}

// renewBefore is how long before its end a token is no longer used.
const renewBefore = 5 * time.Minute

// tokens holds the newest token of one resource.
type tokens struct {
	client   *Client
	resource *resource

	turn chan struct{} // holds one value: the right to ask for a token
	mu   sync.Mutex
	held heldToken
}

// heldToken is a token and what is known about it. The numbers count up.
type heldToken struct {
	number   int
	value    string
	roles    []string
	readable bool
	got      time.Time
	expires  time.Time
}

// anyToken makes renew replace whichever token is held.
const anyToken = -1

func newTokens(c *Client, r *resource) *tokens {
	t := &tokens{client: c, resource: r, turn: make(chan struct{}, 1)}
	t.turn <- struct{}{}
	return t
}

func (t *tokens) newest() heldToken {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held
}

// usable reports whether a token is good for some time yet. One that lives for
// less than ten minutes is used for half of its life.
func (h heldToken) usable(now time.Time) bool {
	margin := min(renewBefore, h.expires.Sub(h.got)/2)
	return h.value != "" && now.Before(h.expires.Add(-margin))
}

// get returns a token that is good for some time yet.
func (t *tokens) get(ctx context.Context) (heldToken, error) {
	h := t.newest()
	if h.usable(t.client.now()) {
		return h, nil
	}
	return t.renew(ctx, h.number)
}

// renew replaces the token of that number. Of several callers that saw the
// same token fail, one asks Microsoft and all get its answer.
func (t *tokens) renew(ctx context.Context, number int) (heldToken, error) {
	select {
	case <-ctx.Done():
		return heldToken{}, ctx.Err()
	case <-t.turn:
	}
	defer func() { t.turn <- struct{}{} }()
	if h := t.newest(); number != anyToken && h.number != number {
		return h, nil
	}
	token, err := t.client.signIn(ctx, t.resource)
	if err != nil {
		return heldToken{}, err
	}
	// The library counts in real time, the client by its own clock.
	got := t.client.now()
	h := heldToken{value: token.Token, got: got, expires: got.Add(time.Until(token.ExpiresOn))}
	h.roles, h.readable = readRoles(token.Token)
	t.mu.Lock()
	defer t.mu.Unlock()
	h.number = t.held.number + 1
	t.held = h
	return h, nil
}

// GetToken makes tokens a credential of the Azure SDK.
func (t *tokens) GetToken(ctx context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
	h, err := t.get(ctx)
	return azcore.AccessToken{Token: h.value, ExpiresOn: h.expires}, err
}

var _ azcore.TokenCredential = (*tokens)(nil)

// signIn asks the login service for a token with a new credential, since a
// credential answers from its cache. Passing troubles are tried again.
func (c *Client) signIn(ctx context.Context, r *resource) (azcore.AccessToken, error) {
	for attempt := 1; ; attempt++ {
		token, failed := c.askForToken(ctx, r)
		if failed == nil {
			return token, nil
		}
		if err := ctx.Err(); err != nil {
			return azcore.AccessToken{}, err
		}
		if failed.then != tryAgain || attempt == tokenAttempts {
			return azcore.AccessToken{}, failed.problem
		}
		wait := failed.wait(attempt, 0)
		if wait > maxWait {
			return azcore.AccessToken{}, failed.tooLong(c.now().Add(wait))
		}
		if err := c.sleep(ctx, wait); err != nil {
			return azcore.AccessToken{}, err
		}
	}
}

// Limits of the questions to the login service.
const (
	tokenAttempts = 4
	loginTimeout  = 60 * time.Second
)

func (c *Client) askForToken(ctx context.Context, r *resource) (azcore.AccessToken, *failure) {
	ctx, cancel := context.WithTimeout(ctx, min(loginTimeout, c.timeout))
	defer cancel()
	// What the library reports keeps neither the kind of a network error nor,
	// reliably, the body: the transport notes both.
	var last exchange
	ctx = context.WithValue(ctx, exchangeKey{}, &last)
	credential, err := azidentity.NewClientSecretCredential(c.directory, c.clientID, c.secret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions: azcore.ClientOptions{
			Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: c.cloud.Authority + "/"},
			Transport: newLogin(c.transport, c.cloud, c.directory),
			Retry:     policy.RetryOptions{MaxRetries: -1},
		},
		// The login hosts are Microsoft's documented ones or the operator's
		// own: asking a further host about them proves nothing.
		DisableInstanceDiscovery: true,
	})
	if err != nil {
		return azcore.AccessToken{}, &failure{problem: internal("prepare to sign in", nil)}
	}
	// Without CAE: such tokens live for a day, and newly granted permissions
	// would stay unseen as long.
	token, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{r.scope}})
	if err != nil {
		return azcore.AccessToken{}, c.tokenFailure(&last, r)
	}
	return token, nil
}

// readRoles returns the permissions in a token's claims. The token is not
// validated: that is the business of whom it is sent to.
func readRoles(token string) (roles []string, readable bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil, false
	}
	var claims struct {
		Roles []string `json:"roles"`
	}
	if json.Unmarshal(payload, &claims) != nil {
		return nil, false
	}
	slices.Sort(claims.Roles)
	return slices.Compact(claims.Roles), true
}
