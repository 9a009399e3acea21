package microsoft

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Organization is what a directory says about itself.
type Organization struct {
	ID            string // the directory's GUID
	DisplayName   string
	DefaultDomain string
}

// Organization reads the directory's name. It is the cheapest proof that the
// credentials work: every directory has exactly one.
func (c *Client) Organization(ctx context.Context) (Organization, error) {
	res, err := c.resource(entity.Graph)
	if err != nil {
		return Organization{}, err
	}
	t := c.trip(res, entity.ThrottleDirectory)
	t.part = &entity.Part{
		Needs:    []entity.AnyOf{{"Organization.Read.All", "Directory.Read.All"}},
		Throttle: entity.ThrottleDirectory,
	}
	u := *res.base
	u.Path, u.RawQuery = u.Path+"/v1.0/organization", "$select=id,displayName,verifiedDomains"
	var org Organization
	err = c.get(ctx, t, &u, headers(res.name, nil), func(body []byte) *failure {
		var page struct {
			Value []struct{ ID, DisplayName, VerifiedDomains json.RawMessage }
		}
		if failed := decode(body, &page); failed != nil {
			return failed
		}
		if len(page.Value) == 0 || text(page.Value[0].ID) == "" {
			return broken("Microsoft's answer names no organization.")
		}
		o := page.Value[0]
		org = Organization{ID: text(o.ID), DisplayName: text(o.DisplayName)}
		var domains []struct {
			Name      string
			IsDefault bool
		}
		_ = json.Unmarshal(o.VerifiedDomains, &domains) // an odd field does not keep anybody from connecting
		for _, d := range domains {
			if d.IsDefault {
				org.DefaultDomain = d.Name
			}
		}
		return nil
	})
	return org, problemOf(err)
}

var guidInPath = regexp.MustCompile(`/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?:/|$)`)

// ResolveDirectory returns the id of the directory that a domain belongs to.
// An id is returned as it is, in lower case. A nil transport trusts the
// system's certificates.
func ResolveDirectory(ctx context.Context, cloud Cloud, transport http.RoundTripper, domain string) (string, error) {
	domain = strings.ToLower(strings.TrimSpace(domain))
	if looksLikeID(domain) {
		return domain, nil
	}
	if !plainID(domain) || !strings.Contains(domain, ".") {
		return "", &entity.Problem{
			Class:   entity.ClassCredential,
			Message: "This is neither a directory ID nor a domain.",
			Cure:    "Enter the Directory (tenant) ID from the Overview page of the app registration, or a domain of the directory such as contoso.onmicrosoft.com.",
			Link:    cloud.Links("", "").Overview,
		}
	}
	if transport == nil {
		transport = systemTransport()
	}
	const timeout = 30 * time.Second
	callCtx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var last exchange
	address := cloud.Authority + "/" + url.PathEscape(domain) + "/v2.0/.well-known/openid-configuration"
	request, err := http.NewRequestWithContext(context.WithValue(callCtx, exchangeKey{}, &last), http.MethodGet, address, nil)
	if err != nil {
		return "", internal("look up the directory", err)
	}
	_, err = newLogin(transport, cloud, domain).Do(request)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", networkFailure(err, request.URL.Hostname(), timeout).problem
	}
	if last.answer.status != http.StatusOK {
		return "", signInFailure(cloud, last.answer, cloud.Links("", "")).problem
	}
	var config struct {
		Issuer        string `json:"issuer"`
		TokenEndpoint string `json:"token_endpoint"`
	}
	_ = json.Unmarshal(last.answer.body, &config) // empty fields are reported below
	for _, s := range []string{config.Issuer, config.TokenEndpoint} {
		if m := guidInPath.FindStringSubmatch(s); m != nil {
			return strings.ToLower(m[1]), nil
		}
	}
	return "", signInUnreadable(last.answer, &failure{problem: &entity.Problem{Status: last.answer.status}}).problem
}
