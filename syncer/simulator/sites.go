package simulator

import (
	"fmt"
	"net/http"
	"strings"
)

// saltWeb is what facts about sites are drawn with.
const saltWeb uint64 = 1<<25 + 4<<12

// Hosts of the sites: people's own are on one of theirs.
const (
	siteHost     = "contoso.sharepoint.com"
	personalHost = "contoso-my.sharepoint.com"
)

const nextSites = "sites/oneDrive.getAllSites"

var siteType = newType("site", "Site", false, all(
	prop("createdDateTime", kindInstant, ""), prop("id", kindText, ""), prop("lastModifiedDateTime", kindInstant, ""), prop("name", kindText, ""),
	prop("webUrl", kindText, ""), prop("displayName", kindText, ""), prop("description", kindText, "").optional(), prop("isPersonalSite", kindFlag, ""),
	prop("root", kindComplex, "").optional(), prop("siteCollection", kindComplex, ""))...)

// site makes the site of a collection. The id's first part is the host, the
// second the site collection, which the usage reports name, the third the web.
func (t *Tenant) site(collection, host, path, name string, i int, personal bool) object {
	created := t.today.AddDate(0, 0, -200-int(draw(t.seed, i, saltWeb)%1500))
	return bag{
		"id": strings.Join([]string{host, collection, t.guid(i, saltWeb+1)}, ","), "name": name, "displayName": name, "isPersonalSite": personal,
		"webUrl": "https://" + host + path, "createdDateTime": instant(created), "root": row{}, "description": "",
		"lastModifiedDateTime": instant(t.today.AddDate(0, 0, -int(draw(t.seed, i, saltWeb+2)%190))),
		"siteCollection":       row{{"hostName", host}, {"dataLocationCode", "EUR"}, {"root", row{}}},
	}
}

// usedSite is a site of the usage reports.
func (t *Tenant) usedSite(s usageSite) object {
	name, path := strings.TrimSuffix(s.ownerName, " Owners"), ""
	switch {
	case s.template != "Group":
		name = []string{"Communication site", "Intranet", "Old team site", "Search"}[s.i%4]
		if s.i > 0 {
			path = fmt.Sprintf("/sites/%s", strings.ReplaceAll(name, " ", ""))
		}
	default:
		mailbox, _, _ := strings.Cut(s.ownerUPN, "@")
		if mailbox == "" {
			mailbox = fmt.Sprintf("group%d", s.i)
		}
		path = "/sites/" + mailbox
	}
	return t.site(s.id, siteHost, path, name, s.i, false)
}

// personalSite is the OneDrive of a user; nil for those who never opened it.
func (t *Tenant) personalSite(position int) object {
	if draw(t.seed, position, saltWeb+3)%10 < 3 {
		return nil
	}
	o := t.users.at(position)
	if o == nil || text(o, "userType") == "Guest" || !flag(o, "accountEnabled") {
		return nil
	}
	address := strings.NewReplacer("@", "_", ".", "_").Replace(strings.ToLower(text(o, "userPrincipalName")))
	i := 1<<24 + position
	return t.site(t.guid(i, saltSite), personalHost, "/personal/"+address, text(o, "displayName"), i, true)
}

// repeatedAfter is how far behind a site the list repeats it.
const repeatedAfter = 20

// sitesListing are all sites. The service repeats some further on; a client
// that counts rows counts them twice. Collections, people's own sites and the
// repeated ones take turns, so that a place in the list stays the same when
// groups and users come and go.
func (x *exchange) sitesListing() listing {
	t := x.tenant()
	var used map[int]usageSite
	l := listing{typ: siteType, set: "sites", plainly: 200, most: 999, refuses: []string{"$expand", "$skip"}}
	l.size = func() int {
		if used == nil {
			used = map[int]usageSite{}
			for _, s := range t.usageSites() {
				used[s.i] = s
			}
		}
		return 3 * (max(len(used)+t.groups.size(), t.users.size()) + repeatedAfter)
	}
	shown := func(i int) object {
		if s, ok := used[i]; ok {
			return t.usedSite(s)
		}
		return nil
	}
	l.at = func(position int) object {
		switch i := position / 3; position % 3 {
		case 0:
			return shown(i)
		case 1:
			return t.personalSite(i)
		default:
			if i -= repeatedAfter; i%10 != 0 {
				return nil
			}
			return shown(i)
		}
	}
	return l
}

// listAllSites answers all sites. The links to next pages name the function
// differently, as the document's example does.
func listAllSites(x *exchange) (*answer, error) {
	x.path = "/" + nextSites
	return x.answerList(x.sitesListing())
}

// searchSites finds sites by words of their name or address; * finds all.
func searchSites(x *exchange) (*answer, error) {
	l := x.sitesListing()
	l.searches = func(words string) func(object) bool {
		words = strings.ToLower(strings.Trim(strings.TrimSpace(words), `"`))
		return func(o object) bool {
			return words == "*" || words == "" || strings.Contains(strings.ToLower(text(o, "name")+" "+text(o, "webUrl")), words)
		}
	}
	return x.answerList(l)
}

func siteRoutes() []route {
	get := func(pattern string, handle func(*exchange) (*answer, error)) route {
		return route{pattern: pattern, method: http.MethodGet, roles: []string{"Sites.Read.All", "Sites.ReadWrite.All", "Sites.FullControl.All"},
			denied: errSitesDenied, limit: noLimit, handle: needingMicrosoft365(errNoSharePoint, handle)}
	}
	return []route{get("sites", searchSites), get("sites/getAllSites", listAllSites), get(nextSites, listAllSites)}
}

// errNoSharePoint has the text that tenants without SharePoint are told; its
// status and code are in no document.
func errNoSharePoint() *graphError { return errBadRequest("Tenant does not have a SPO license.") }

func errSitesDenied() *graphError {
	return newGraphError(http.StatusForbidden, "accessDenied", "Access denied")
}
