package microsoft

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/authentication"
	azureauth "github.com/microsoft/kiota-authentication-azure-go"
	khttp "github.com/microsoft/kiota-http-go"
	graphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
)

// adapter sends requests with the Graph SDK's request adapter: it adds the
// token, for the resource's hosts only, and the SDK's telemetry headers.
type adapter struct {
	sdk *graphcore.GraphRequestAdapterBase
}

func newAdapter(transport http.RoundTripper, r *resource) (*adapter, error) {
	hosts := append([]string{r.base.Hostname()}, r.hosts...)
	provider, err := azureauth.NewAzureIdentityAccessTokenProviderWithScopesAndValidHostsAndObservabilityOptionsAndIsCaeEnabled(
		r.tokens, []string{r.scope}, hosts, azureauth.ObservabilityOptions{}, false)
	if err != nil {
		return nil, err
	}
	options := graphcore.GraphClientOptions{}
	client := &http.Client{
		// No Timeout: each request brings its deadline. The SDK's retries and
		// its compression of bodies are left out.
		Transport: khttp.NewCustomTransportWithParentTransport(noChallenge{transport},
			graphcore.NewGraphTelemetryHandler(&options),
			khttp.NewUserAgentHandler(),
			khttp.NewRedirectHandlerWithOptions(khttp.RedirectHandlerOptions{MaxRedirects: 3, ShouldRedirect: staysWithin(r)}),
		),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	sdk, err := graphcore.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		authentication.NewBaseBearerTokenAuthenticationProvider(provider), options, nil, nil, client)
	if err != nil {
		return nil, err
	}
	return &adapter{sdk}, nil
}

// staysWithin makes the rule for redirects, that of links: what another host
// says, or another list of the same one, is neither asked for nor believed.
func staysWithin(r *resource) func(*http.Request, *http.Response) bool {
	return func(req *http.Request, res *http.Response) bool {
		to, err := req.URL.Parse(res.Header.Get("Location"))
		return err == nil && to.User == nil && r.trusts(to) && r.sameCollection(req.URL, to)
	}
}

// noChallenge takes claims challenges out of answers. The SDK would answer
// them with a token for continuous access evaluation, which is switched off,
// and fails on one that is not well formed.
type noChallenge struct{ http.RoundTripper }

func (t noChallenge) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.RoundTripper.RoundTrip(req)
	if res != nil {
		res.Header.Del("WWW-Authenticate")
	}
	return res, err
}

// send sends one request. The error says why no whole answer came; an answer
// with an error status is an answer.
func (ad *adapter) send(ctx context.Context, r request) (answer, error) {
	request := abstractions.NewRequestInformation()
	request.Method = abstractions.GET
	request.SetUri(*r.url)
	if r.body != nil {
		request.Method = abstractions.POST
		request.SetStreamContentAndContentType(r.body, "application/json")
	}
	for name, value := range r.headers {
		request.Headers.Add(name, value)
	}
	var a answer
	// A response handler, since the SDK's own reading of answers loses the
	// status of error pages that are not JSON.
	handler := abstractions.NewRequestHandlerOption()
	handler.SetResponseHandler(func(response any, _ abstractions.ErrorMappings) (any, error) {
		var err error
		a, err = readAnswer(response.(*http.Response))
		return nil, err
	})
	request.AddRequestOptions([]abstractions.RequestOption{handler})
	if r.elsewhere != nil {
		request.AddRequestOptions([]abstractions.RequestOption{&khttp.RedirectHandlerOptions{
			ShouldRedirect: func(*http.Request, *http.Response) bool { return false },
		}})
	}
	_, err := ad.sdk.SendPrimitive(ctx, request, "[]byte", nil)
	return a, err
}

// answer is a response that was read to its end.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// without returns the answer without the token of its request, should the
// server have repeated it. What is shorter than any token is left alone.
func (a answer) without(token string) answer {
	if len(token) >= 20 {
		a.body = bytes.ReplaceAll(a.body, []byte(token), []byte("(token)"))
	}
	return a
}

func (a answer) reader() io.ReadCloser { return io.NopCloser(bytes.NewReader(a.body)) }

// These bound what one answer may take of the memory. Defender's largest pages
// have 10,000 rows; an error says all that matters at its beginning.
const (
	maxBody      = 128 << 20
	maxErrorBody = 1 << 20
)

var errTooLarge = errors.New("the answer is larger than 128 MB")

// readAnswer reads and closes a response. A body that breaks off is an error,
// unless the status says already that the request failed.
func readAnswer(response *http.Response) (answer, error) {
	defer response.Body.Close()
	a := answer{status: response.StatusCode, header: response.Header}
	var err error
	if a.status >= http.StatusBadRequest {
		// The status is what counts: a body that breaks off changes nothing.
		a.body, _ = io.ReadAll(io.LimitReader(response.Body, maxErrorBody))
		return a, nil
	}
	a.body, err = io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	switch {
	case err != nil:
		return a, fmt.Errorf("read the answer: %w", err)
	case len(a.body) > maxBody:
		return a, errTooLarge
	}
	return a, nil
}

func (a answer) isHTML() bool {
	return strings.Contains(strings.ToLower(a.header.Get("Content-Type")), "html") ||
		bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<"))
}

func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case strings.EqualFold(u.Scheme, "http"):
		return "80"
	default:
		return "443"
	}
}
