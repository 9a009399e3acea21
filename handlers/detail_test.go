package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRow_PageAndDrawer(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	users := people(3)
	users[1]["displayName"] = `Zoë <script>alert(1)</script>`
	users[1]["assignedLicenses"] = []object{{"skuId": "sku-1", "disabledPlans": []string{"plan-<b>1</b>"}}}
	a.read(tenant, "users", "list", users...)
	a.failed(tenant, "users", "sign_in_activity", noAuditLog)
	b := a.owner()

	page := b.get(usersPath + "/user-0001")
	require.Equal(t, http.StatusOK, page.Status)
	page.says("<html")
	assert.Equal(t, `Zoë <script>alert(1)</script>`, page.text("h1"))
	quiet(t, page)
	assert.Equal(t, "Finance", page.told("field-department"))
	assert.Equal(t, "disabledPlansplan-<b>1</b>skuIdsku-1", page.told("field-assigned_licenses"))
	assert.Contains(t, page.told("field-created_date_time"), "15 Feb 2026, 10:00 UTC")
	assert.Contains(t, page.text("[title='signInActivity.lastSuccessfulSignInDateTime'] + dd"), "Not read")
	assert.Contains(t, page.text(".x-unset"), "Mobile phone", "what Microsoft left empty is said, too")
	assert.NotContains(t, page.text(".x-unset"), "Last sign-in")
	page.says("needs AuditLog.Read.All")
	page.says("Add AuditLog.Read.All and grant consent.")
	assert.Equal(t, "https://entra.microsoft.com/#view/Microsoft_AAD_UsersAndTenants/UserProfileMenuBlade/~/overview/userId/{id}?id=user-0001", page.attr("portal", "href"))
	id, _ := page.doc().Find("[data-copy]").First().Attr("data-copy")
	assert.Equal(t, "user-0001", id)

	drawer := b.get(usersPath+"/user-0001", "HX-Request", "true", "HX-Target", "drawer-body")
	require.Equal(t, http.StatusOK, drawer.Status)
	assert.False(t, strings.Contains(drawer.Body, "<html"))
	assert.Equal(t, `Zoë <script>alert(1)</script>`, drawer.text("#drawer-title"))
	address, _ := drawer.doc().Find("[data-url]").Attr("data-url")
	assert.Equal(t, usersPath+"/user-0001", address)
	assert.Equal(t, 1, drawer.doc().Find("button[data-close-dialog]").Length())
	assert.Contains(t, strings.Join(drawer.Header.Values("Vary"), ","), "HX-Request")
	restored := b.get(usersPath+"/user-0001", "HX-Request", "true", "HX-History-Restore-Request", "true")
	restored.says("<html")
}

func TestRow_OddIDs(t *testing.T) {
	t.Parallel()
	a := lampApp(t)
	ids := []string{"a/b", "with space", "50%2F%", "ä?x=1#y", "a+b&c", `q"<i>`, "..a", "trailing/"}
	var lamps []object
	for _, id := range ids {
		lamps = append(lamps, object{"id": id, "name": "Lamp " + id})
	}
	a.read(a.contoso(), "lamps", "list", lamps...)
	b := a.owner()
	hrefs := map[string]string{}
	links := b.get("/tenants/contoso/data/lamps").doc().Find("[data-row-link]")
	for i := range links.Nodes {
		href, _ := links.Eq(i).Attr("href")
		hrefs[links.Eq(i).Text()] = href
	}
	for _, id := range ids {
		for _, headers := range [][]string{nil, {"HX-Request", "true"}} {
			r := b.get(hrefs["Lamp "+id], headers...)
			require.Equal(t, http.StatusOK, r.Status, id)
			copied, _ := r.doc().Find("[data-copy]").First().Attr("data-copy")
			assert.Equal(t, id, copied)
		}
	}
}

func TestRow_History(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	users := people(8)
	a.read(tenant, "users", "list", users...)
	users[4]["department"], users[4]["accountEnabled"] = "Finance <b>", false
	run := a.read(tenant, "users", "list", users...)
	a.read(tenant, "users", "list", append(users[:4:4], users[5:]...)...)
	b := a.owner()

	r := b.get(usersPath + "/user-0004")
	history := r.text(".x-tl")
	for _, want := range []string{"Status, Department changed", "Department: Legal → Finance <b>", "Status: Enabled → Disabled", "Removed"} {
		assert.Contains(t, history, want)
	}
	assert.Equal(t, 1, r.doc().Find(".x-tl a[href='"+"/tenants/contoso/syncs/"+runID(run.ID)+"']").Length())
	assert.Contains(t, r.told("removed"), "Removed 2 Nov 2026")
	assert.Contains(t, b.get("/tenants/contoso/data/guests/user-0004").text(".x-tl"), "Status, Department changed", "a derived row has its source's history")

	assert.Contains(t, b.get(usersPath+"/user-0001").text(".x-dt"), "No change was noted since 2 Nov 2026")
	assert.False(t, b.get(usersPath+"/user-0001").has("portal"), "the tenant was never connected")
}

func TestPathParam(t *testing.T) {
	t.Parallel()
	a := lampApp(t)
	a.read(a.contoso(), "lamps", "list", object{"id": "%41", "name": "escaped"}, object{"id": "A", "name": "plain"})
	b := a.owner()
	assert.Equal(t, "escaped", b.get("/tenants/contoso/data/lamps/"+url.PathEscape("%41")).text("h1"))
	assert.Equal(t, "plain", b.get("/tenants/contoso/data/lamps/%41").text("h1"))
}
