package microsoft

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestNetworkFailure(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	refusing := "https://" + listener.Addr().String()
	require.NoError(t, listener.Close())

	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(untrusted.Close)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	pool := x509.NewCertPool()
	pool.AddCert(untrusted.Certificate())

	get := func(address string, transport http.RoundTripper) error {
		client := http.Client{Transport: transport}
		response, err := client.Get(address)
		if err == nil {
			response.Body.Close()
		}
		return err
	}
	trusting := func() *http.Transport { return untrusted.Client().Transport.(*http.Transport).Clone() }
	wrongName := trusting()
	wrongName.TLSClientConfig.ServerName = "graph.microsoft.com"
	late := trusting()
	late.TLSClientConfig.Time = func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }

	for name, test := range map[string]struct {
		err  error
		code string
		cure string
		then reaction
	}{
		"refused":           {get(refusing, trusting()), "refused", "firewall", tryAgain},
		"unknown authority": {get(untrusted.URL, &http.Transport{}), "tls", "SSL_CERT_FILE", giveUp},
		"another name":      {get(untrusted.URL, wrongName), "tls", "something else answers", giveUp},
		"expired":           {get(untrusted.URL, late), "tls", "clock", giveUp},
		"not TLS":           {get("https"+plain.URL[len("http"):], trusting()), "tls", "in Microsoft's place", giveUp},
		"DNS":               {&url.Error{Op: "Get", URL: "x", Err: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}}}, "dns", "name server", tryAgain},
		"deadline":          {&url.Error{Op: "Get", URL: "x", Err: context.DeadlineExceeded}, "timeout", "tries again", tryAgain},
		"I/O timeout":       {&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, "timeout", "tries again", tryAgain},
		"EOF":               {&url.Error{Op: "Get", URL: "x", Err: io.EOF}, "dropped", "tries again", tryAgain},
		"half a body":       {io.ErrUnexpectedEOF, "dropped", "tries again", tryAgain},
		"something else":    {&url.Error{Op: "Get", URL: "https://graph.microsoft.com/?$skiptoken=private", Err: errors.New("odd")}, "network", "proxy", tryAgain},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Error(t, test.err)
			f := networkFailure(test.err, "graph.microsoft.com", time.Minute)
			p := requireProblem(t, f.problem)
			assert.Equal(t, entity.ClassNetwork, p.Class)
			assert.Equal(t, test.code, p.Code, "%v", test.err)
			assert.Contains(t, p.Cure, test.cure)
			assert.Contains(t, p.Message, "graph.microsoft.com")
			assert.NotContains(t, p.Message, "private")
			assert.Equal(t, test.then, f.then)
		})
	}
}

// The identity library keeps only the text of a network error.
func TestFreshToken_namesTheNetworkTrouble(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	c, err := New(Config{Cloud: s.cloud(), DirectoryID: directoryID, ClientID: clientID, Secret: secret, Sleep: k.Sleep, Now: k.Now})
	require.NoError(t, err)
	_, err = c.FreshToken(t.Context(), entity.Graph)
	p := requireProblem(t, err)
	assert.Equal(t, entity.ClassNetwork, p.Class)
	assert.Equal(t, "tls", p.Code)
	assert.Contains(t, p.Cure, "SSL_CERT_FILE")
	assert.Empty(t, k.sleeps(), "an untrusted certificate does not change by waiting")
}

func TestSignIn_refusesPlainHTTP(t *testing.T) {
	t.Parallel()
	var asked []string
	transport := tripper(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.Scheme)
		w := httptest.NewRecorder()
		writeJSON(w, 200, map[string]string{
			"issuer":                 "https://login.example.com/x/v2.0",
			"authorization_endpoint": "https://login.example.com/authorize",
			"token_endpoint":         "http://login.example.com/token",
		})
		return w.Result(), nil
	})
	k := newClock()
	c, err := New(Config{Cloud: Cloud{Authority: "https://login.example.com", GraphURL: "https://graph.example.com", GraphScope: "x/.default"},
		DirectoryID: directoryID, ClientID: clientID, Secret: secret, Transport: transport, Sleep: k.Sleep, Now: k.Now})
	require.NoError(t, err)
	_, err = c.FreshToken(t.Context(), entity.Graph)
	requireProblem(t, err)
	assert.NotContains(t, asked, "http")
}
