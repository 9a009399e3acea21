package simulator

import (
	"fmt"
	"strconv"
	"time"
)

// saltSite is what ids of site collections are drawn with.
const saltSite uint64 = 1<<23 + 1

// usageSite is what the reports know about a site collection.
type usageSite struct {
	i                                 int // its place, which its numbers follow from
	id, template, ownerName, ownerUPN string
}

// usageSites are the sites that the reports are about: all but people's own.
// Each Microsoft 365 group has one, and before those come sites of the time
// before groups.
func (t *Tenant) usageSites() []usageSite {
	administrator := t.person(0)
	var out []usageSite
	for i, template := range []string{"Communication Site", "Publishing Site", "Team Site", "Enterprise Search Center"} {
		out = append(out, usageSite{i: i, id: t.guid(i, saltSite), template: template, ownerName: administrator.name(), ownerUPN: administrator.userPrincipalName()})
	}
	first := len(out)
	for i := range t.groups.size() {
		if g := t.groups.at(i); g != nil && isUnified(g) {
			out = append(out, usageSite{i: first + i, id: t.guid(first+i, saltSite), template: "Group", ownerName: text(g, "displayName") + " Owners", ownerUPN: text(g, "mail")})
		}
	}
	return out
}

func isUnified(g object) bool {
	kinds, _ := g.get("groupTypes")
	for _, kind := range elements(kinds) {
		if kind == "Unified" {
			return true
		}
	}
	return false
}

// allocated is the quota of a site: 25 TB.
const allocated = "27487790694400"

func (t *Tenant) siteDraw(s usageSite, fact uint64) uint64 {
	return draw(t.seed, s.i, saltUsage+fact<<8)
}

// stored is how much a site holds on a day: it grows a little each day.
func (t *Tenant) stored(s usageSite, on time.Time) int {
	base := int(t.siteDraw(s, 1) % 4_000_000_000)
	if t.siteDraw(s, 2)%10 == 0 {
		base *= 40
	}
	return 1_500_000 + base + base/5000*int(on.Unix()/86400-20_000)
}

// siteActive is the last day with activity in a site, or the zero time.
func (t *Tenant) siteActive(s usageSite, refreshed time.Time) time.Time {
	switch n := t.siteDraw(s, 3); n % 10 {
	case 0:
		return time.Time{}
	case 1, 2:
		return refreshed.AddDate(0, 0, -30-int(n>>8%400))
	default:
		return refreshed.AddDate(0, 0, -int(n>>8%12))
	}
}

func (t *Tenant) siteUsageRows(span reportSpan) [][]string {
	var out [][]string
	for _, s := range t.usageSites() {
		last := t.siteActive(s, span.refreshed)
		if !span.includes(last) {
			continue
		}
		files := int(t.siteDraw(s, 4) % 9000)
		active, views := 0, 0
		if !last.IsZero() && last.After(span.refreshed.AddDate(0, 0, -span.days)) {
			active, views = files/7, int(t.siteDraw(s, 5)%uint64(40*span.days))
		}
		owner, principal := t.concealed(s.ownerName), t.concealed(s.ownerUPN)
		id := s.id
		if t.concealsNames {
			id = concealedSite
		}
		out = append(out, []string{date(span.refreshed), id, "", owner, "False", date(last), strconv.Itoa(files), strconv.Itoa(active),
			strconv.Itoa(views), strconv.Itoa(views / 6), strconv.Itoa(t.stored(s, span.refreshed)), allocated, s.template, principal, span.period})
	}
	return out
}

// siteStorageRows are the days of the period, the newest first.
func (t *Tenant) siteStorageRows(span reportSpan) [][]string {
	sites := t.usageSites()
	var out [][]string
	for k := range span.days {
		on := span.refreshed.AddDate(0, 0, -k)
		sum := 0
		for _, s := range sites {
			sum += t.stored(s, on)
		}
		out = append(out, []string{date(span.refreshed), "All", strconv.Itoa(sum), date(on), span.period})
	}
	return out
}

// includes reports whether a report has the row of somebody or something that
// was active last on a day: a period has all, a date those active on it.
func (s reportSpan) includes(last time.Time) bool { return s.date.IsZero() || last.Equal(s.date) }

func date(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.DateOnly)
}

// concealedSite stands for the id of every site while names are concealed
// (github.com/Galvnyz/M365-Assess/issues/80).
const concealedSite = "00000000-0000-0000-0000-000000000000"

// concealed is a name as the reports write it. The caller holds the lock.
func (t *Tenant) concealed(name string) string {
	if !t.concealsNames || name == "" {
		return name
	}
	n := t.seed
	for _, c := range []byte(name) {
		n = mix(n ^ uint64(c))
	}
	return fmt.Sprintf("%016X%016X", n, mix(n))
}
