package microsoft

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
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
	r := request{url: &u, headers: headers(res.name, nil), weight: 1, lacks: func(*entity.Problem) {}}
	err = c.send(ctx, t, r, func(body []byte) *failure {
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
	return org, c.atAddress(problemOf(err))
}

// atAddress says of a directory that is said not to be there, or of an answer
// that is not Graph's, that the address may be wrong: every directory has an
// organization.
func (c *Client) atAddress(err error) error {
	var p *entity.Problem
	if !errors.As(err, &p) {
		return err
	}
	switch {
	case slices.Contains(missing, p.Status), p.Class == entity.ClassRetired, p.Class == entity.ClassData:
	default:
		return err
	}
	wrong := *p
	if wrong.Class == entity.ClassRetired {
		wrong.Class = entity.ClassSource
	}
	wrong.Link = ""
	wrong.Cure = fmt.Sprintf("Check the chosen cloud: what answers at %s does not know the directory.", c.cloud.GraphURL)
	if c.cloud.custom() {
		wrong.Cure = fmt.Sprintf("Check the Graph URL in %s: what answers at %s is not Microsoft Graph. It is the address without /v1.0.", graphVariable, c.cloud.GraphURL)
	}
	return &wrong
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
