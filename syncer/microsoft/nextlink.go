package microsoft

import (
	"net/url"
	"slices"
	"strings"
)

// nextURL resolves a link to a next page against the URL of its page.
func (r *resource) nextURL(from *url.URL, link string) (*url.URL, *failure) {
	return r.follow(from, link, "link to the next page")
}

// follow resolves a link of an answer, what saying which, against the URL of
// the request. Only the same origin and the documented hosts of the same
// resource are followed, since the request carries the token.
func (r *resource) follow(from *url.URL, link, what string) (*url.URL, *failure) {
	to, err := from.Parse(link)
	if err != nil || to.Host == "" {
		return nil, broken("Microsoft's " + what + " is not a URL.")
	}
	to.Fragment, to.RawFragment = "", ""
	if to.User != nil || !r.trusts(to) {
		return nil, broken("Microsoft's " + what + " leads to another host (" + clean(to.Host) + "), which SecurAtlas does not follow.")
	}
	return to, nil
}

// trusts reports whether a URL is on the resource's configured origin or, over
// https, on another of its documented hosts.
func (r *resource) trusts(u *url.URL) bool {
	if sameOrigin(u, r.base) {
		return true
	}
	return u.Scheme == "https" && port(u) == "443" && slices.Contains(r.hosts, strings.ToLower(u.Hostname()))
}
