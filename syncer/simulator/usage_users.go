package simulator

import (
	"slices"
	"strings"
	"time"
)

// productNames are what the reports call SKUs.
var productNames = map[*sku]string{
	skuE5: "MICROSOFT 365 E5", skuE3: "MICROSOFT 365 E3", skuF3: "MICROSOFT 365 F3", skuP2: "MICROSOFT ENTRA ID P2",
	skuVisio: "VISIO PLAN 2", skuFlow: "MICROSOFT POWER AUTOMATE FREE",
}

// usageWorkload is a column group of the report about active users: what it
// counts as a licence, and whose salt its dates are drawn with.
type usageWorkload struct {
	plans []plan
	share uint64 // of those with a licence, in per cent, who use it
}

// In the order of the columns: Exchange, OneDrive, SharePoint, Skype for
// Business, Yammer, Teams.
var usageWorkloads = []usageWorkload{
	{[]plan{planExchange, planKiosk}, 96}, {[]plan{planSharePoint}, 80}, {[]plan{planSharePoint}, 70},
	{nil, 0}, {[]plan{planSharePoint}, 8}, {[]plan{planTeams}, 92},
}

// usageUser is a user as the reports know them.
type usageUser struct {
	position      int
	upn, name     string
	gone          bool
	skus          []*sku
	neverSignedIn bool
	created       time.Time
}

// usageUsers are the members of the tenant, deleted ones too. Guests are in no
// report.
func (t *Tenant) usageUsers() []usageUser {
	var out []usageUser
	for i := range t.users.size() {
		u := t.users.even(i)
		if text(u, "userType") == "Guest" {
			continue
		}
		_, gone := t.users.gone[i]
		found := usageUser{position: i, upn: text(u, "userPrincipalName"), name: text(u, "displayName"), gone: gone}
		_, signsIn := u.get(signInActivity)
		found.neverSignedIn = !signsIn
		found.created, _ = parseInstant(text(u, "createdDateTime"))
		assigned, _ := u.get("assignedLicenses")
		for _, l := range elements(assigned) {
			id, _ := inner(l, "skuId")
			if k := slices.IndexFunc(skus, func(s *sku) bool { return s.id == id }); k >= 0 {
				found.skus = append(found.skus, skus[k])
			}
		}
		out = append(out, found)
	}
	return out
}

func (u usageUser) licensed(w usageWorkload) bool {
	return slices.ContainsFunc(u.skus, func(s *sku) bool {
		return slices.ContainsFunc(w.plans, func(p plan) bool { return slices.Contains(s.plans, p) })
	})
}

// active is the last day on which a user used a workload, or the zero time.
func (t *Tenant) active(u usageUser, workload int, refreshed time.Time) time.Time {
	n := draw(t.seed, u.position, saltUsage+uint64(workload+16)<<8)
	w := usageWorkloads[workload]
	if !u.licensed(w) || u.neverSignedIn || n%100 >= w.share {
		return time.Time{}
	}
	if n>>8%10 == 0 {
		return refreshed.AddDate(0, 0, -20-int(n>>16%300))
	}
	return refreshed.AddDate(0, 0, -int(n>>16%6))
}

func (t *Tenant) activeUserRows(span reportSpan) [][]string {
	var out [][]string
	for _, u := range t.usageUsers() {
		has, last, since := make([]string, len(usageWorkloads)), make([]string, len(usageWorkloads)), make([]string, len(usageWorkloads))
		included := span.includes(time.Time{})
		for k, w := range usageWorkloads {
			at := t.active(u, k, span.refreshed)
			has[k], last[k] = truthWord(u.licensed(w)), date(at)
			if u.licensed(w) && !u.created.IsZero() {
				since[k] = date(u.created.Add(72 * day))
			}
			included = included || span.includes(at)
		}
		if !included {
			continue
		}
		var products []string
		for _, s := range u.skus {
			products = append(products, productNames[s])
		}
		line := []string{date(span.refreshed), t.concealed(u.upn), t.concealed(u.name), truthWord(u.gone), t.deletedDate(u, span)}
		line = append(append(append(line, has...), last...), since...)
		out = append(out, append(line, strings.Join(products, "+")))
	}
	return out
}

// teamsColumn is the place of Teams among the workloads.
const teamsColumn = 5

// teamsDeviceRows are the people with Teams: not their devices, but the kinds
// of devices that they used it on.
func (t *Tenant) teamsDeviceRows(span reportSpan) [][]string {
	var out [][]string
	for _, u := range t.usageUsers() {
		last := t.active(u, teamsColumn, span.refreshed)
		if !u.licensed(usageWorkloads[teamsColumn]) || !span.includes(last) {
			continue
		}
		n := draw(t.seed, u.position, saltUsage+40<<8)
		line := []string{date(span.refreshed), t.concealed(u.upn), date(last), truthWord(u.gone), t.deletedDate(u, span)}
		used := !last.IsZero() && last.After(span.refreshed.AddDate(0, 0, -span.days))
		// Web, Windows Phone, iOS, Mac, Android and Windows.
		for k, share := range []uint64{40, 0, 35, 15, 30, 80} {
			line = append(line, map[bool]string{true: "Yes", false: "No"}[used && n>>(8*k)%100 < share])
		}
		out = append(out, append(line, span.period))
	}
	return out
}

// deletedDate is when a deleted user was deleted, as far as the report knows.
func (t *Tenant) deletedDate(u usageUser, span reportSpan) string {
	if !u.gone {
		return ""
	}
	return date(span.refreshed)
}

func truthWord(b bool) string {
	if b {
		return "True"
	}
	return "False"
}
