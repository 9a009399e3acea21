// Package microsoft is the only package that speaks to Microsoft: it signs an
// app in with its client secret, reads lists from Graph and from Defender for
// Endpoint page by page and the activity feed blob by blob, keeps Microsoft's
// limits, and says in plain words what went wrong.
//
// Every error that leaves it is an *entity.Problem, found with errors.As, or
// the error of the caller's own context.
package microsoft

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Config is what a Client needs to know.
type Config struct {
	Cloud                         Cloud
	DirectoryID, ClientID, Secret string

	Transport http.RoundTripper // nil trusts the system's certificates
	Pace      *Pace             // nil is the one that the process shares

	// Sleep waits, or returns the context's error. Now tells the time. Nil are
	// the real ones; a test replaces both, so that they agree.
	Sleep func(context.Context, time.Duration) error
	Now   func() time.Time
}

// Client reads one directory as one app registration. It is safe for
// concurrent use; all parts of a run share one.
type Client struct {
	cloud     Cloud
	directory string
	clientID  string
	secret    string
	links     entity.Links
	pace      *Pace
	sleep     func(context.Context, time.Duration) error
	now       func() time.Time

	transport http.RoundTripper
	timeout   time.Duration // for one whole answer
	resources map[entity.Resource]*resource
}

// answerTimeout is how long one answer may take, its body included. The SDK's
// own limit of 100 s would also count the waits between attempts.
const answerTimeout = 100 * time.Second

// New returns a client. It sends nothing; values that cannot work are an
// *entity.Problem of class credential.
func New(c Config) (*Client, error) {
	client := &Client{
		cloud:     c.Cloud,
		directory: strings.ToLower(strings.TrimSpace(c.DirectoryID)),
		clientID:  strings.TrimSpace(c.ClientID),
		secret:    strings.TrimSpace(c.Secret),
		pace:      c.Pace,
		sleep:     c.Sleep,
		now:       c.Now,
		transport: c.Transport,
		timeout:   answerTimeout,
		resources: map[entity.Resource]*resource{},
	}
	if client.pace == nil {
		client.pace = sharedPace()
	}
	if client.sleep == nil {
		client.sleep = sleep
	}
	if client.now == nil {
		client.now = time.Now
	}
	if client.transport == nil {
		client.transport = systemTransport()
	}
	client.links = c.Cloud.Links(client.directory, client.clientID)
	if p := client.checkValues(); p != nil {
		return nil, p
	}
	for _, r := range []struct {
		name       entity.Resource
		url, scope string
		hosts      []string
	}{
		{entity.Graph, c.Cloud.GraphURL, c.Cloud.GraphScope, nil},
		{entity.Defender, c.Cloud.DefenderURL, c.Cloud.DefenderScope, defenderHosts[c.Cloud.Name]},
		{entity.Management, c.Cloud.ManagementURL, c.Cloud.ManagementScope, managementHosts[c.Cloud.Name]},
	} {
		if r.url == "" {
			continue
		}
		base, err := url.Parse(r.url)
		if err != nil {
			return nil, internal("read the URL of "+r.name.Title(), err)
		}
		res := &resource{name: r.name, base: base, scope: r.scope, hosts: r.hosts}
		res.tokens = newTokens(client, res)
		if res.adapter, err = newAdapter(client.transport, res); err != nil {
			return nil, internal("set up requests to "+r.name.Title(), err)
		}
		client.resources[r.name] = res
	}
	return client, nil
}

// checkValues finds what Microsoft would refuse, or what the identity library
// would refuse with an error that says less.
func (c *Client) checkValues() *entity.Problem {
	bad := func(message, cure, link string) *entity.Problem {
		return &entity.Problem{Class: entity.ClassCredential, Message: message, Cure: cure, Link: link}
	}
	switch {
	case !plainID(c.directory):
		return bad("The directory (tenant) ID is empty or has characters that no directory ID has.",
			"Copy the Directory (tenant) ID from the Overview page of the app registration.", c.links.Overview)
	case !plainID(c.clientID):
		return bad("The application (client) ID is empty or has characters that no client ID has.",
			"Copy the Application (client) ID from the Overview page of the app registration.", c.links.Overview)
	case c.secret == "":
		return bad("The client secret is empty.",
			"Create a client secret under Certificates & secrets and copy its Value.", c.links.Secrets)
	}
	return nil
}

// plainID reports whether s has only letters, digits, dots and hyphens, as
// GUIDs and domains have.
func plainID(s string) bool {
	for _, r := range s {
		if !('0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '.' || r == '-') {
			return false
		}
	}
	return s != ""
}

// resource is one API with a token of its own.
type resource struct {
	name    entity.Resource
	base    *url.URL
	scope   string
	hosts   []string // further hosts of it in this cloud
	tokens  *tokens
	adapter *adapter
}

// resource returns an API of this cloud; a problem of class retired where the
// cloud has none.
func (c *Client) resource(name entity.Resource) (*resource, error) {
	if r := c.resources[name]; r != nil {
		return r, nil
	}
	p := &entity.Problem{
		Class:   entity.ClassRetired,
		Message: "This cloud does not have " + name.Title() + ".",
		Cure:    "There is nothing to do: this data does not exist in the cloud that the directory is in.",
	}
	if c.cloud.custom() {
		p.Cure = "If the directory has it, set " + customURLs[name] + " and restart SecurAtlas; else nothing is affected."
	}
	return nil, p
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// systemTransport is shared by all clients without a transport of their own,
// and with it the connections.
var systemTransport = sync.OnceValue(func() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16
	return t
})
