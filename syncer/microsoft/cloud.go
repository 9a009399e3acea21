package microsoft

import (
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Cloud is one of Microsoft's clouds: where its login, Graph, Defender and
// activity feed are. URLs have no trailing slash, except Portal.
type Cloud struct {
	Name, Title     string
	Authority       string // scheme and host: the directory follows
	GraphURL        string // without version segment
	GraphScope      string
	DefenderURL     string // empty where the cloud has no Defender for Endpoint API
	DefenderScope   string
	ManagementURL   string // empty where the cloud has no Office 365 Management APIs
	ManagementScope string
	Portal          string // the Entra admin center, with a trailing slash
}

// Resources are the APIs that the cloud has.
func (c Cloud) Resources() []entity.Resource {
	all := []entity.Resource{entity.Graph}
	if c.DefenderURL != "" {
		all = append(all, entity.Defender)
	}
	if c.ManagementURL != "" {
		all = append(all, entity.Management)
	}
	return all
}

// The clouds' names.
const (
	Global   = "global"
	USGov    = "usgov"
	USGovDoD = "usgovdod"
	China    = "china"
	Custom   = "custom"
)

// Clouds returns Microsoft's clouds with their documented hosts
// (learn.microsoft.com/graph/deployments,
// learn.microsoft.com/defender-endpoint/gov for the US government, and the
// Management Activity API's reference). GCC directories belong to the global
// one, though their activity feed is on a host of its own.
func Clouds() []Cloud {
	return []Cloud{
		{
			Name: Global, Title: "Microsoft 365 (global)",
			Authority: "https://login.microsoftonline.com",
			GraphURL:  "https://graph.microsoft.com", GraphScope: "https://graph.microsoft.com/.default",
			DefenderURL: "https://api.security.microsoft.com", DefenderScope: "https://api.securitycenter.microsoft.com/.default",
			ManagementURL: "https://manage.office.com", ManagementScope: "https://manage.office.com/.default",
			Portal: "https://entra.microsoft.com/",
		},
		{
			Name: USGov, Title: "US Government (GCC High)",
			Authority: "https://login.microsoftonline.us",
			GraphURL:  "https://graph.microsoft.us", GraphScope: "https://graph.microsoft.us/.default",
			DefenderURL: "https://api-gov.securitycenter.microsoft.us", DefenderScope: "https://securitycenter.onmicrosoft.us/windowsatpservice/.default",
			ManagementURL: "https://manage.office365.us", ManagementScope: "https://manage.office365.us/.default",
			Portal: "https://entra.microsoft.us/",
		},
		{
			Name: USGovDoD, Title: "US Government (DoD)",
			Authority: "https://login.microsoftonline.us",
			GraphURL:  "https://dod-graph.microsoft.us", GraphScope: "https://dod-graph.microsoft.us/.default",
			DefenderURL: "https://api-gov.securitycenter.microsoft.us", DefenderScope: "https://securitycenter.onmicrosoft.us/windowsatpservice/.default",
			ManagementURL: "https://manage.protection.apps.mil", ManagementScope: "https://manage.protection.apps.mil/.default",
			Portal: "https://entra.microsoft.us/",
		},
		{
			Name: China, Title: "China (21Vianet)",
			Authority: "https://login.chinacloudapi.cn",
			GraphURL:  "https://microsoftgraph.chinacloudapi.cn", GraphScope: "https://microsoftgraph.chinacloudapi.cn/.default",
			Portal: "https://portal.azure.cn/",
		},
	}
}

// defenderHosts are further hosts of the Defender for Endpoint API, on which a
// link to a next page may lie: regional ones and those of older documents.
var defenderHosts = map[string][]string{
	Global: {
		"api.security.microsoft.com", "api.securitycenter.microsoft.com", "api.securitycenter.windows.com",
		"us.api.security.microsoft.com", "eu.api.security.microsoft.com", "uk.api.security.microsoft.com",
		"au.api.security.microsoft.com", "swa.api.security.microsoft.com", "ina.api.security.microsoft.com",
		"aea.api.security.microsoft.com",
		"api-us.securitycenter.microsoft.com", "api-eu.securitycenter.microsoft.com",
		"api-uk.securitycenter.microsoft.com", "api-au.securitycenter.microsoft.com",
		"api-gcc.securitycenter.microsoft.us",
	},
	USGov:    {"api-gov.securitycenter.microsoft.us"},
	USGovDoD: {"api-gov.securitycenter.microsoft.us"},
}

// managementHosts are further hosts of the Office 365 Management APIs.
var managementHosts = map[string][]string{
	Global:   {"manage.office.com", "manage-gcc.office.com"},
	USGov:    {"manage.office365.us"},
	USGovDoD: {"manage.protection.apps.mil"},
}

// The variables of the custom cloud.
const (
	authorityVariable       = "SECURATLAS_AUTHORITY_URL"
	graphVariable           = "SECURATLAS_GRAPH_URL"
	graphScopeVariable      = "SECURATLAS_GRAPH_SCOPE"
	defenderVariable        = "SECURATLAS_DEFENDER_URL"
	defenderScopeVariable   = "SECURATLAS_DEFENDER_SCOPE"
	managementVariable      = "SECURATLAS_MANAGEMENT_URL"
	managementScopeVariable = "SECURATLAS_MANAGEMENT_SCOPE"
)

// customURLs are the variables with the URLs of the custom cloud's APIs.
var customURLs = map[entity.Resource]string{
	entity.Graph: graphVariable, entity.Defender: defenderVariable, entity.Management: managementVariable,
}

// custom reports whether the operator named the cloud's addresses.
func (c Cloud) custom() bool { return c.Name == Custom || strings.HasPrefix(c.Name, Custom+":") }

// CloudByName returns a cloud. "custom" is read from the environment; the error
// then names the variable that is missing or wrong.
func CloudByName(name string) (Cloud, error) {
	if name == Custom {
		return customCloud(os.Getenv)
	}
	var names []string
	for _, c := range Clouds() {
		if c.Name == name {
			return c, nil
		}
		names = append(names, c.Name)
	}
	return Cloud{}, fmt.Errorf("unknown cloud %q: it is one of %s, %s", name, strings.Join(names, ", "), Custom)
}

func customCloud(getenv func(string) string) (Cloud, error) {
	c := Cloud{Name: Custom, Title: "Custom", Portal: "https://entra.microsoft.com/"}
	var err error
	if c.Authority, err = authorityURL(getenv(authorityVariable)); err != nil {
		return Cloud{}, err
	}
	if getenv(graphVariable) == "" {
		return Cloud{}, fmt.Errorf("%s is not set: the custom cloud needs Graph's URL, without version", graphVariable)
	}
	if c.GraphURL, err = apiURL(graphVariable, getenv(graphVariable)); err != nil {
		return Cloud{}, err
	}
	c.GraphScope = firstOf(getenv(graphScopeVariable), c.GraphURL+"/.default")
	for _, optional := range []struct {
		variable, scopeVariable string
		url, scope              *string
	}{
		{defenderVariable, defenderScopeVariable, &c.DefenderURL, &c.DefenderScope},
		{managementVariable, managementScopeVariable, &c.ManagementURL, &c.ManagementScope},
	} {
		if getenv(optional.variable) == "" {
			continue
		}
		if *optional.url, err = apiURL(optional.variable, getenv(optional.variable)); err != nil {
			return Cloud{}, err
		}
		*optional.scope = firstOf(getenv(optional.scopeVariable), *optional.url+"/.default")
	}
	return c, nil
}

// authorityURL checks the login service's URL. It is https even on loopback:
// the identity library refuses anything else.
func authorityURL(value string) (string, error) {
	if value == "" {
		return "", fmt.Errorf("%s is not set: the custom cloud needs the login service's URL", authorityVariable)
	}
	u, err := plainURL(authorityVariable, value)
	if err != nil {
		return "", err
	}
	if u.Scheme != "https" {
		return "", fmt.Errorf("%s must begin with https://", authorityVariable)
	}
	if u.Path != "" {
		return "", fmt.Errorf("%s must not have a path: the directory is added to it", authorityVariable)
	}
	return u.String(), nil
}

// apiURL checks the URL of an API. It may have a path, which is
// kept before every request's own.
func apiURL(variable, value string) (string, error) {
	u, err := plainURL(variable, value)
	if err != nil {
		return "", err
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback(u)) {
		return "", fmt.Errorf("%s must begin with https:// (http:// only for localhost)", variable)
	}
	if strings.HasSuffix(u.Path, "/v1.0") || strings.HasSuffix(u.Path, "/beta") {
		return "", fmt.Errorf("%s must not end with a version: /v1.0 and /beta are added to it", variable)
	}
	return u.String(), nil
}

func plainURL(variable, value string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(value), "/"))
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%s is not a URL such as https://graph.example.com", variable)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%s must be scheme, host and path only", variable)
	}
	return u, nil
}

// loopback reports whether a URL names this machine, in one of the spellings
// to which the SDK sends a token over plain http.
func loopback(u *url.URL) bool {
	switch u.Hostname() {
	case "localhost", "127.0.0.1", "::1":
		return true
	}
	return false
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
