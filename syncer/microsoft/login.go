package microsoft

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// exchange is the newest request to the login service: its answer or, where
// none came, why.
type exchange struct {
	answer answer
	err    error
}

type exchangeKey struct{}

// login carries the identity library's requests.
type login struct {
	client   *http.Client
	tokenURL string // where token requests go
}

// newLogin returns a login for the cloud's directory. Token requests carry the
// secret: they go to Microsoft's documented address on the chosen login host,
// whichever address the host's discovery document names.
func newLogin(transport http.RoundTripper, cloud Cloud, directory string) login {
	return login{tokenURL: cloud.Authority + "/" + directory + "/oauth2/v2.0/token", client: &http.Client{
		Transport: transport,
		// A redirect would carry the secret to wherever it points.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Do sends a request and notes what came of it in the context's exchange.
func (l login) Do(req *http.Request) (*http.Response, error) {
	last, ok := req.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		last = &exchange{}
	}
	if req.Method == http.MethodPost {
		to, err := url.Parse(l.tokenURL)
		if err != nil {
			last.err = err
			return nil, err
		}
		moved := *req
		moved.URL, moved.Host = to, to.Host
		req = &moved
	}
	if req.URL.Scheme != "https" {
		last.err = errors.New("the login service named an address that is not https")
		return nil, last.err
	}
	response, err := l.client.Do(req)
	if err != nil {
		*last = exchange{err: err}
		return nil, err
	}
	a, err := readAnswer(response)
	if err != nil {
		*last = exchange{err: err}
		return nil, fmt.Errorf("read the login service's answer: %w", err)
	}
	*last = exchange{answer: a}
	response.Body = a.reader()
	return response, nil
}
