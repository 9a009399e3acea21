package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entity"
)

const changesPath = "/tenants/contoso/changes"

// changeTitles are the titles of the changes on a page, in order.
func (r answer) changeTitles() []string {
	r.t.Helper()
	var titles []string
	links := r.doc().Find(".x-tl li p:first-child a")
	for i := range links.Nodes {
		titles = append(titles, links.Eq(i).Text())
	}
	return titles
}

// line is the text of the first change of an action, with single spaces.
func (r answer) line(action string) string {
	r.t.Helper()
	return strings.Join(strings.Fields(r.doc().Find("[data-action='"+action+"']").First().Text()), " ")
}

func TestChanges_EveryAction(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	users := people(6)
	a.read(tenant, "users", "list", users...)
	a.clock.Advance(24 * time.Hour)
	users[1]["department"], users[1]["accountEnabled"] = "IT <b>", false
	changed := a.read(tenant, "users", "list", users[:5]...)
	a.clock.Advance(24 * time.Hour)
	a.read(tenant, "users", "list", append(users, object{"id": "new/1", "displayName": "Zoë <i>"})...)
	b := a.owner()

	r := b.get(changesPath)
	require.Equal(t, http.StatusOK, r.Status)
	quiet(t, r)
	assert.Equal(t, "Changes", r.text("h1"))
	assert.Equal(t, 1, r.doc().Find(".x-sb-link[aria-current][href='"+changesPath+"']").Length(), "the sidebar leads here")
	days := r.doc().Find("h2.x-day")
	require.Equal(t, 2, days.Length())
	assert.Equal(t, []string{"Today", "4", "Nov", "2026"}, strings.Fields(days.Eq(0).Text()))
	assert.Equal(t, []string{"Yesterday", "3", "Nov", "2026"}, strings.Fields(days.Eq(1).Text()))
	assert.ElementsMatch(t, []string{"Zoë <i>", "Person 0005"}, r.changeTitles()[:2])
	assert.ElementsMatch(t, []string{"Person 0005", "Person 0001"}, r.changeTitles()[2:])

	assert.Contains(t, r.line("added"), "Zoë <i> · user added09:00 Found by Sync 3")
	assert.Contains(t, r.line("restored"), "Person 0005 · user restored09:00")
	assert.Contains(t, r.line("removed"), "Person 0005 · user removed09:00")
	line := r.line("changed")
	assert.Contains(t, line, "Person 0001 · user changed")
	assert.Contains(t, line, "Department: Finance → IT <b>")
	assert.Contains(t, line, "Status: Enabled → Disabled")
	assert.Equal(t, runPath(changed.ID), r.doc().Find("[data-action='changed'] .x-tl-t a").AttrOr("href", ""))

	row := r.doc().Find("[data-action='added'] p a").AttrOr("href", "")
	assert.Equal(t, usersPath+"/new%2F1", row)
	assert.Equal(t, "Zoë <i>", b.get(row).text("h1"))
	assert.Equal(t, http.StatusOK, b.get(r.doc().Find("[data-action='changed'] .x-tl-t a").AttrOr("href", "")).Status)
}

func TestChanges_OfOneEntity(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	users := people(5)
	a.read(tenant, "users", "list", users[:3]...)
	a.read(tenant, "users", "list", users...)
	a.read(tenant, "groups", "list", object{"id": "g1", "displayName": "Group 1"})
	a.read(tenant, "groups", "list", object{"id": "g1", "displayName": "Group 1"}, object{"id": "g2", "displayName": "Group 2"})
	b := a.owner()

	all := b.get(changesPath)
	assert.Equal(t, []string{"Group 2"}, all.changeTitles()[:1])
	assert.Len(t, all.changeTitles(), 3)
	assert.Zero(t, all.doc().Find("select[name=kind] option[selected]").Length())
	assert.Equal(t, len(a.store.Catalogue().Defs)+1, all.doc().Find("select[name=kind] option").Length())
	action, _ := all.doc().Find("form.x-chf").Attr("action")
	assert.Equal(t, changesPath, action)

	groups := b.get(changesPath + "?kind=groups")
	assert.Equal(t, []string{"Group 2"}, groups.changeTitles())
	assert.Equal(t, "groups", groups.doc().Find("select[name=kind] option[selected]").AttrOr("value", ""))
	guests := b.get(changesPath + "?kind=guests")
	assert.Equal(t, []string{"Person 0004"}, guests.changeTitles(), "of the users added, one is a guest")
	assert.Len(t, b.get(changesPath+"?kind=").changeTitles(), 3, "what the form sends for all")
	assert.Contains(t, b.get(changesPath+"?kind=named_locations").text("#changes"), "Never synced")

	part := b.get(changesPath+"?kind=groups", "HX-Request", "true", "HX-Target", "changes")
	assert.False(t, strings.Contains(part.Body, "<html"))
	assert.Equal(t, 1, part.doc().Find("#changes").Length())
	assert.Equal(t, changesPath+"?kind=groups", part.Header.Get("HX-Push-Url"))
}

func TestChanges_Pages(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	users := people(changesPage*2 + 4)
	a.read(tenant, "users", "list", users[:1]...)
	a.read(tenant, "groups", "list")
	a.read(tenant, "users", "list", users...)
	a.read(tenant, "groups", "list", object{"id": "g", "displayName": "Group"})
	b := a.owner()
	var titles []string
	next := changesPath + "?kind=users"
	for range 3 {
		r := b.get(next)
		require.Equal(t, http.StatusOK, r.Status)
		titles = append(titles, r.changeTitles()...)
		prev := r.doc().Find("a[rel=prev]")
		assert.Equal(t, len(titles) > changesPage, prev.Length() == 1)
		assert.Equal(t, prev.Length() == 1, prev.AttrOr("href", "") == changesPath+"?kind=users")
		next = r.doc().Find("a[rel=next]").AttrOr("href", "")
	}
	assert.Empty(t, next)
	require.Len(t, titles, changesPage*2+3)
	seen := map[string]bool{}
	for _, title := range titles {
		seen[title] = true
	}
	assert.Len(t, seen, changesPage*2+3, "each change is on one page")
	assert.NotContains(t, titles, "Group")

	r := b.get(changesPath + "?kind=users&before=1")
	require.Equal(t, http.StatusOK, r.Status)
	assert.Contains(t, r.text("#changes"), "No older changes")
	assert.Equal(t, changesPath+"?kind=users", r.doc().Find("#changes a.btn").AttrOr("href", ""))
}

func TestChanges_AnotherTenantsAreNotShown(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	contoso, fabrikam := a.tenant("Contoso"), a.tenant("Fabrikam")
	for _, tenant := range []store.Tenant{contoso, fabrikam} {
		a.read(tenant, "groups", "list")
		a.read(tenant, "groups", "list", object{"id": "g", "displayName": "Group of " + tenant.Name})
	}
	b := a.as(a.account("viewer@contoso.com", store.Viewer, contoso))
	assert.Equal(t, []string{"Group of Contoso"}, b.get(changesPath).changeTitles())
	assert.Equal(t, http.StatusNotFound, b.get("/tenants/fabrikam/changes").Status)
	assert.Equal(t, http.StatusSeeOther, a.browser().get(changesPath).Status)
}

func TestChanges_BadAddress(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.read(tenant, "groups", "list")
	a.read(tenant, "groups", "list", object{"id": "g", "displayName": "Group"})
	b := a.owner()
	for query, want := range map[string]string{
		"kind=" + url.QueryEscape("<x>"):  `There is no entity "<x>".`,
		"kind=Groups":                     `There is no entity "Groups".`,
		"before=x":                        "before is the number of a change",
		"before=0":                        "before is the number of a change",
		"before=-1":                       "before is the number of a change",
		"before=99999999999999999999":     "before is the number of a change",
		"kind=groups&before=1.5":          "before is the number of a change",
		"kind=groups&before=%27%20OR%201": "before is the number of a change",
	} {
		r := b.get(changesPath + "?" + query)
		assert.Equal(t, http.StatusUnprocessableEntity, r.Status, query)
		assert.Contains(t, r.told("query-error"), want, query)
		assert.Empty(t, r.changeTitles(), "nothing that nobody asked for: %s", query)
		r.says("<html")
		assert.Equal(t, changesPath, r.doc().Find("[data-testid='query-error'] a").AttrOr("href", ""))
	}
}

func TestChanges_NeverSynced(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	b := a.owner()
	r := b.get(changesPath)
	require.Equal(t, http.StatusOK, r.Status)
	assert.Equal(t, "Never synced", r.text("#changes h2"))
	assert.Equal(t, "/tenants/contoso/integrations", r.doc().Find("#changes a").AttrOr("href", ""))
	assert.False(t, r.has("gaps"))
	quiet(t, r)

	run := a.begin(tenant, "groups")
	a.begun(run, "groups", "list")
	assert.Equal(t, "The first sync is running", b.get(changesPath).text("#changes h2"))
}

func TestChanges_Baseline(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.read(tenant, "users", "list", people(3)...)
	b := a.owner()
	r := b.get(changesPath + "?kind=users")
	assert.Contains(t, r.text("#changes"), "No changes notedThe first complete list of Users is the baseline")
	assert.Contains(t, b.get(changesPath).text("#changes"), "The first complete list of an entity is the baseline")

	a.failed(tenant, "groups", "list", &entity.Problem{Class: entity.ClassNetwork}, object{"id": "g", "displayName": "Group"})
	assert.Contains(t, b.get(changesPath+"?kind=groups").text("#changes"), "No list was read completely yet.")
}

func TestChanges_SaysWhatMayBeMissing(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	for _, def := range a.store.Catalogue().Defs {
		for _, part := range def.Parts {
			a.read(tenant, def.Kind, part.Name)
		}
	}
	a.read(tenant, "users", "list", people(2)...)
	b := a.owner()
	r := b.get(changesPath)
	assert.False(t, r.has("gaps"), "nothing is missing: %s", r.told("gaps"))
	assert.Len(t, r.changeTitles(), 2)

	a.failed(tenant, "users", "sign_in_activity", noAuditLog)
	a.failed(tenant, "groups", "list", &entity.Problem{Class: entity.ClassNetwork}, object{"id": "g", "displayName": "Group"})
	a.failed(tenant, "named_locations", "list", &entity.Problem{Class: entity.ClassPermission, Needs: []string{"Policy.Read.All"}})
	r = b.get(changesPath)
	assert.Contains(t, r.told("gaps"), "Changes of 3 entities may be missing")
	assert.Equal(t, "partial", r.attr("entity-state-groups", "data-state"))
	assert.Equal(t, "not_permitted", r.attr("entity-state-named_locations", "data-state"))
	assert.Contains(t, r.told("gap-named_locations"), "needs Policy.Read.All")
	assert.Contains(t, r.told("gap-users"), "columns: not permitted, needs AuditLog.Read.All")
	assert.False(t, r.has("gap-guests"), "its source stands for it")

	assert.Contains(t, b.get(changesPath+"?kind=groups").told("gaps"), "Changes of Groups may be missing")
	assert.False(t, b.get(changesPath+"?kind=groups").has("gap-users"))
	assert.True(t, b.get(changesPath+"?kind=guests").has("gap-guests"))
	assert.False(t, b.get(changesPath+"?kind=organization").has("gaps"))
}

func TestChanges_LongValues(t *testing.T) {
	t.Parallel()
	a := lampApp(t)
	tenant := a.contoso()
	name := strings.Repeat("Long name ", 40)
	old := strings.Repeat("same ", 100) + "old end"
	lamp := object{"id": "1", "name": name, "room": old, "lit": true, "watts": 1, "dimmed": 0.5, "bought": "2026-01-01T10:00:01Z", "tags": []string{"a"}, "maker": object{"name": "Acme"}}
	a.read(tenant, "lamps", "list", lamp)
	later := object{"room": strings.Repeat("same ", 100) + "new end", "lit": false, "watts": 2000, "dimmed": nil, "bought": "2026-01-01T10:00:02Z", "tags": []string{"a", "b"}, "maker": nil}
	for key, value := range later {
		lamp[key] = value
	}
	a.read(tenant, "lamps", "list", lamp)
	b := a.owner()
	r := b.get(changesPath)
	title := r.doc().Find("[data-action='changed'] p a").First()
	assert.LessOrEqual(t, len(title.Text()), 130)
	assert.Equal(t, strings.TrimSpace(name), strings.TrimSpace(title.AttrOr("title", "")))
	room := r.doc().Find("[data-action='changed'] .x-sub").First()
	assert.Less(t, len(room.Find("del").Text()), 200)
	assert.Contains(t, room.Find("del").Text(), "old end", "what differs is what is shown")
	assert.Contains(t, room.Find("ins").Text(), "new end")
	assert.Equal(t, old, room.Find("del").AttrOr("title", ""))
	line := r.line("changed")
	for _, want := range []string{
		"Lit: Burning → Dark", "Watts: 1 → 2,000", "Dimmed: 0.5 → not set", "Tags: a → a, b", `Maker: {"name":"Acme"} → not set`,
		`Bought: "2026-01-01T10:00:01Z" → "2026-01-01T10:00:02Z"`, // the same minute
	} {
		assert.Contains(t, line, want)
	}
	assert.Equal(t, "and 1 more field", strings.TrimSpace(r.text("[data-action='changed'] summary")))
	assert.Equal(t, 1, r.doc().Find("[data-action='changed'] details p").Length())

	row := b.get("/tenants/contoso/data/lamps/1").doc().Find(".x-tl del").First()
	assert.Equal(t, old, row.AttrOr("title", ""), "the row's page shows it the same way")
}

// A former version knew an entity that this one does not: its changes stay in
// the list, without a page to lead to.
func TestChanges_OfAnEntityThatIsGone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lamps := lampCatalogue(t)
	options := storetest.Options(t, storetest.WithDir(dir), storetest.WithCatalogue(lamps), storetest.WithMigration(lampSQL))
	s, err := store.Open(t.Context(), options)
	require.NoError(t, err)
	before := newAppWith(t, appOptions{catalogue: lamps, store: s})
	tenant := before.contoso()
	before.read(tenant, "lamps", "list", object{"id": "1", "name": "Old lamp", "room": "A"})
	before.read(tenant, "lamps", "list", object{"id": "1", "name": "Old lamp", "room": "B"})
	require.NoError(t, s.Close())

	options.Catalogue, err = entity.NewCatalogue(nil, nil)
	require.NoError(t, err)
	s, err = store.Open(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	a := newAppWith(t, appOptions{catalogue: options.Catalogue, store: s})
	r := a.owner().get(changesPath)
	require.Equal(t, http.StatusOK, r.Status)
	assert.Contains(t, r.line("changed"), `Old lamp · lamps changedroom: "A" → "B"`)
	assert.Zero(t, r.doc().Find("[data-action='changed'] p a").Length())
}

func TestChanges_RowLinksToOlderOnes(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	user := object{"id": "u", "displayName": "Ann"}
	a.read(tenant, "users", "list", user)
	for i := range historyShown + 1 {
		user["department"] = strconv.Itoa(i)
		a.read(tenant, "users", "list", user)
	}
	b := a.owner()
	for _, headers := range [][]string{nil, {"HX-Request", "true"}} {
		link := b.get(usersPath+"/u", headers...).doc().Find("a[href='" + changesPath + "?kind=users']")
		require.Equal(t, 1, link.Length())
	}
	assert.Len(t, b.get(changesPath+"?kind=users").changeTitles(), historyShown+1)
}
