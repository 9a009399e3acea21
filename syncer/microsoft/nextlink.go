package microsoft

import (
	"net/url"
	"slices"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// nextURL resolves a link to a next page, or to later changes, against the URL
// of its page. It must lead to the list that the page is of: the rows of another
// one would be stored as rows of this.
func (r *resource) nextURL(from *url.URL, link string) (*url.URL, *failure) {
	to, failed := r.follow(from, link, "link to the next page")
	if failed == nil && !r.sameCollection(from, to) {
		return nil, badLink("Microsoft's link to the next page leads to another list (" + clean(to.Path) + "), which SecurAtlas does not follow.")
	}
	return to, failed
}

// badLink is a link that is not followed.
func badLink(message string) *failure {
	f := broken(message)
	f.problem.Cure = linkCure
	return f
}

// follow resolves a link of an answer, what saying which, against the URL of
// the request. Only the same origin and the documented hosts of the same
// resource are followed, since the request carries the token.
func (r *resource) follow(from *url.URL, link, what string) (*url.URL, *failure) {
	to, err := from.Parse(r.rooted(from, link))
	if err != nil || to.Host == "" {
		return nil, badLink("Microsoft's " + what + " is not a URL.")
	}
	to.Fragment, to.RawFragment = "", ""
	if to.User != nil || !r.trusts(to) {
		return nil, badLink("Microsoft's " + what + " leads to another host (" + clean(to.Host) + "), which SecurAtlas does not follow.")
	}
	return to, nil
}

// rooted makes a link that begins at the root of the API one that begins at the
// root of its host: Graph's Teams devices leave host and version out
// (learn.microsoft.com/graph/api/teamworkdevice-list).
func (r *resource) rooted(from *url.URL, link string) string {
	if r.name != entity.Graph || !strings.HasPrefix(link, "/") || strings.HasPrefix(link, "//") {
		return link
	}
	base := r.base.EscapedPath()
	for _, version := range []string{"/v1.0/", "/beta/"} {
		if strings.HasPrefix(link, base+version) {
			return link
		}
	}
	version, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(from.EscapedPath(), base), "/"), "/")
	return base + "/" + version + link
}

// trusts reports whether a URL is on the resource's configured origin or, over
// https, on another of its documented hosts.
func (r *resource) trusts(u *url.URL) bool {
	if sameOrigin(u, r.base) {
		return true
	}
	return u.Scheme == "https" && port(u) == "443" && slices.Contains(r.hosts, strings.ToLower(u.Hostname()))
}
