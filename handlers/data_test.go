package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

const usersPath = "/tenants/contoso/data/users"

func TestTable_EveryStateSaysWhatIsKnown(t *testing.T) {
	t.Parallel()
	problem := func(c entity.Class) *entity.Problem {
		return &entity.Problem{Class: c, Code: "Some_Code", Message: "Some message.", Cure: "Do this.", Link: "https://entra.microsoft.com/#cure", Needs: []string{"Thing.Read.All"}}
	}
	tests := []struct {
		name  string
		seed  func(a *app)
		state entity.State
		count string // beside the title
		want  []string
		rows  int
	}{
		{"never synced", func(*app) {}, entity.Never, "", []string{"Never synced", "/tenants/contoso/integrations"}, 0},
		{"complete", func(a *app) { a.read(a.contoso(), "users", "list", people(3)...) }, entity.Complete, "3", nil, 3},
		{"complete and empty", func(a *app) { a.read(a.contoso(), "users", "list") }, entity.Complete, "0", []string{"Microsoft returned an empty list"}, 0},
		{"partial", func(a *app) {
			a.failed(a.contoso(), "users", "list", problem(entity.ClassSource), people(3)...)
		}, entity.Partial, "3 of an incomplete list", []string{"from an incomplete list", "Do this."}, 3},
		{"not permitted, never read", func(a *app) {
			a.failed(a.contoso(), "users", "list", problem(entity.ClassPermission))
		}, entity.NotPermitted, "not read", []string{"needs Thing.Read.All", "Do this.", "https://entra.microsoft.com/#cure", "nobody knows"}, 0},
		{"not permitted any more", func(a *app) {
			a.read(a.contoso(), "users", "list", people(3)...)
			a.failed(a.contoso(), "users", "list", problem(entity.ClassPermission))
		}, entity.NotPermitted, "3 as of 2 Nov 2026", []string{"as of 2 Nov 2026", "Do this."}, 3},
		{"not licensed", func(a *app) {
			a.failed(a.contoso(), "users", "list", problem(entity.ClassLicence))
		}, entity.NotLicensed, "not read", []string{"Not licensed"}, 0},
		{"not available", func(a *app) {
			a.failed(a.contoso(), "users", "list", problem(entity.ClassRetired))
		}, entity.NotAvailable, "not read", []string{"Not available"}, 0},
		{"throttled", func(a *app) {
			a.read(a.contoso(), "users", "list", people(3)...)
			a.failed(a.contoso(), "users", "list", problem(entity.ClassThrottled))
		}, entity.Throttled, "3 as of 2 Nov 2026", []string{"Throttled"}, 3},
		{"failed", func(a *app) {
			a.read(a.contoso(), "users", "list", people(3)...)
			a.failed(a.contoso(), "users", "list", problem(entity.ClassNetwork))
		}, entity.Failed, "3 as of 2 Nov 2026", []string{"Some_Code", "Some message."}, 3},
		{"held", func(a *app) {
			a.read(a.contoso(), "users", "list", people(20)...)
			a.read(a.contoso(), "users", "list")
		}, entity.Held, "20 · 20 held for review", []string{"20 rows would be removed", "/tenants/contoso/integrations/microsoft/held"}, 20},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := newApp(t)
			a.tenant("Contoso")
			test.seed(a)
			r := a.owner().get(usersPath)
			require.Equal(t, http.StatusOK, r.Status)
			assert.Equal(t, string(test.state), r.attr("entity-state-users", "data-state"))
			assert.Equal(t, test.count, r.told("count"))
			for _, want := range test.want {
				r.says(want)
			}
			assert.Len(t, r.rowIDs(), test.rows)
			assert.Equal(t, test.rows > 0, r.doc().Find("table").Length() == 1, "an empty table would say something")
			quiet(t, r)
		})
	}
}

func TestTable_SyncingStandsBesideTheState(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.tenant("Contoso")
	a.begin(tenant, "users")
	r := a.owner().get(usersPath)
	assert.Equal(t, "never", r.attr("entity-state-users", "data-state"))
	assert.Contains(t, r.told("entity-state-users"), "Syncing")
	r.says("The first sync is running")
}

func TestTable_FiltersSearchAndOrder(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(12)...)
	b := a.owner()
	tests := []struct {
		query string
		want  []int
	}{
		{"", []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
		{"q=person0007", []int{7}},
		{"department=Legal", []int{0, 4, 8}},
		{"department=" + url.QueryEscape("Sales & <Support>"), []int{2, 6, 10}},
		{"department.empty=true", []int{3, 7, 11}},
		{"department.empty=false&user_type=Guest", []int{0, 4, 8}},
		{"account_enabled=false", []int{0, 5, 10}},
		{"created_date_time.from=2026-09-01", []int{8, 9}},
		{"created_date_time.to=2026-01-15", []int{0, 10}},
		{"created_date_time.from=-60d", []int{8, 9}},
		{"sort=-display_name&department=Legal", []int{8, 4, 0}},
		{"sort=created_date_time&user_type=Guest&account_enabled=true", []int{4, 8}},
		{"filter=" + url.QueryEscape("user_type=Guest") + "&account_enabled=true", []int{4, 8}},
	}
	for _, test := range tests {
		t.Run(test.query, func(t *testing.T) {
			var want []string
			for _, n := range test.want {
				want = append(want, fmt.Sprintf("user-%04d", n))
			}
			r := b.get(usersPath+"?"+test.query, "HX-Request", "true", "HX-Target", "grid")
			require.Equal(t, http.StatusOK, r.Status, r.Body)
			assert.Equal(t, want, r.rowIDs())
			assert.Equal(t, fmt.Sprint(len(want)), r.told("total"))
		})
	}
}

func TestTable_NothingMatches(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(3)...)
	r := a.owner().get(usersPath + "?q=nobody&sort=-display_name")
	r.says("No users match")
	link := r.doc().Find(".x-empty a")
	href, _ := link.Attr("href")
	assert.Equal(t, usersPath+"?sort=-display_name", href, "the order is kept")
}

func TestTable_PagesCoverEveryRowOnce(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(130)...)
	b := a.owner()
	var ids, pages []string
	next := usersPath + "?sort=-display_name&account_enabled=true"
	for next != "" && len(pages) < 10 {
		pages = append(pages, next)
		r := b.get(next)
		require.Equal(t, http.StatusOK, r.Status)
		ids = append(ids, r.rowIDs()...)
		assert.Equal(t, "104", r.told("total"))
		next, _ = r.doc().Find("#page-next").Attr("href")
	}
	assert.Len(t, pages, 3)
	assert.Len(t, ids, 104)
	seen := map[string]bool{}
	for _, id := range ids {
		assert.False(t, seen[id], id)
		seen[id] = true
	}
	last := b.get(pages[2])
	back, _ := last.doc().Find("#page-prev").Attr("href")
	assert.Contains(t, back, "before=")
	assert.Equal(t, ids[50:100], b.get(back).rowIDs())
	assert.Contains(t, back, "account_enabled=true", "filters stay")

	// What narrows the list anew begins at its first page.
	for _, selector := range []string{".x-thb", ".x-chip", "[data-testid^=export-]"} {
		href, _ := last.doc().Find(selector).First().Attr("href")
		require.NotEmpty(t, href, selector)
		assert.NotContains(t, href, "after=", selector)
	}
}

func TestTable_SortLinks(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(3)...)
	b := a.owner()
	r := b.get(usersPath)
	head := r.doc().Find("#sort-display_name")
	sort, _ := head.Closest("th").Attr("aria-sort")
	assert.Equal(t, "ascending", sort)
	href, _ := head.Attr("href")
	assert.Equal(t, usersPath+"?sort=-display_name", href)
	r = b.get(href)
	sort, _ = r.doc().Find("#sort-display_name").Closest("th").Attr("aria-sort")
	assert.Equal(t, "descending", sort)
	assert.Zero(t, r.doc().Find("#sort-job_title").Length(), "job titles have no index")
}

func TestTable_ColumnChooser(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(3)...)
	b := a.owner()
	heads := func(query string) (labels []string) {
		r := b.get(usersPath + "?" + query)
		require.Equal(t, http.StatusOK, r.Status)
		found := r.doc().Find("thead th")
		found.Find(".x-gapmark").Remove()
		for i := range found.Nodes {
			labels = append(labels, strings.TrimSpace(found.Eq(i).Text()))
		}
		return labels
	}
	assert.Equal(t, []string{"Name", "Status", "Department", "Job title", "Type", "Last sign-in"}, heads(""))
	assert.Equal(t, []string{"Name", "Mail", "Created"}, heads("cols=created_date_time,mail"))
	assert.Equal(t, []string{"Name"}, heads("cols=display_name"))
	r := b.get(usersPath + "?cols=mail")
	checked := r.doc().Find("input[name=col][type=checkbox][checked]")
	assert.Equal(t, 1, checked.Length())

	r = b.get(usersPath + "?col=display_name&col=account_enabled&col=department&col=job_title&col=user_type&col=sign_in_activity_last_successful_sign_in_date_time&q=x")
	assert.Equal(t, http.StatusSeeOther, r.Status)
	assert.Equal(t, usersPath+"?q=x", r.location(), "the entity's own choice needs no mention")
}

func TestTable_FormWithoutScriptsLeadsToTheShortAddress(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(12)...)
	b := a.owner()
	r := b.get(usersPath + "?q=&filter=department%3DLegal&filter=&filter=department%3DLegal&created_date_time.from=&created_date_time.to=&job_title.contains=&col=display_name&col=mail&sort=-display_name&removed=1")
	require.Equal(t, http.StatusSeeOther, r.Status)
	assert.Equal(t, usersPath+"?cols=mail&department=Legal&removed=1&sort=-display_name", r.location())
	r = b.get(r.location())
	require.Equal(t, http.StatusOK, r.Status)
	assert.Equal(t, []string{"user-0008", "user-0004", "user-0000"}, r.rowIDs())

	// The form itself says the same again: what is chosen is chosen.
	f := r.doc().Find("form#flt")
	action, _ := f.Attr("action")
	assert.Equal(t, usersPath, action)
	selected, _ := f.Find("#f-department option[selected]").Attr("value")
	assert.Equal(t, "department=Legal", selected)
	sort, _ := r.doc().Find("input[type=hidden][form=flt][name=sort]").Attr("value")
	assert.Equal(t, "-display_name", sort)
	assert.Equal(t, 1, f.Find("noscript").First().Length())
}

func TestTable_ConditionsWithoutControlTravelWithTheForm(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(3)...)
	r := a.owner().get(usersPath + "?created_date_time.empty=true&job_title.empty=false&created_date_time.from=-30d")
	require.Equal(t, http.StatusOK, r.Status)
	for name, want := range map[string]string{"created_date_time.empty": "true", "job_title.empty": "false"} {
		got, _ := r.doc().Find(`input[type=hidden][form=flt][name="` + name + `"]`).Attr("value")
		assert.Equal(t, want, got, name)
	}
	from := r.doc().Find(`input[name="created_date_time.from"]`)
	require.Equal(t, 1, from.Length())
	value, _ := from.Attr("value")
	kind, _ := from.Attr("type")
	assert.Equal(t, "-30d", value)
	assert.Equal(t, "text", kind, "a date field would drop it")
}

func TestTable_ChipsRemoveOneFilterEach(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(12)...)
	r := a.owner().get(usersPath + "?q=person&account_enabled=true&department=Legal&sort=-display_name")
	chips := r.doc().Find(".x-chip")
	require.Equal(t, 3, chips.Length())
	want := map[string]string{
		"“person”":          usersPath + "?account_enabled=true&department=Legal&sort=-display_name",
		"Status: Enabled":   usersPath + "?department=Legal&q=person&sort=-display_name",
		"Department: Legal": usersPath + "?account_enabled=true&q=person&sort=-display_name",
	}
	for i := range chips.Nodes {
		href, _ := chips.Eq(i).Attr("href")
		assert.Equal(t, want[chips.Eq(i).Find("span").First().Text()], href)
	}
}

func TestTable_RangesReadAsPeopleSayThem(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(3)...)
	b := a.owner()
	for query, want := range map[string]string{
		"?created_date_time.to=-90d":         "Created: older than 90 days",
		"?created_date_time.from=-7d":        "Created: last 7 days",
		"?created_date_time.from=2026-01-31": "Created: from 2026-01-31",
		"?created_date_time.to=2026-01-31":   "Created: to 2026-01-31",
	} {
		assert.Equal(t, want, b.get(usersPath+query).text(".x-chip span:first-child"), query)
	}
}

func TestTable_Htmx(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(12)...)
	b := a.owner()
	const query = "?q=&filter=department%3DLegal"

	grid := b.get(usersPath+query, "HX-Request", "true", "HX-Target", "grid")
	require.Equal(t, http.StatusOK, grid.Status)
	assert.True(t, strings.HasPrefix(grid.Body, `<div id="grid">`), grid.Body[:60])
	assert.NotContains(t, grid.Body, "<html")
	assert.NotContains(t, grid.Body, `id="flt"`, "the field that is typed into stays")
	assert.Equal(t, usersPath+"?department=Legal", grid.Header.Get("HX-Push-Url"))
	assert.Contains(t, strings.Join(grid.Header.Values("Vary"), ","), "HX-Request")
	export, _ := grid.doc().Find("#exports[hx-swap-oob] a").First().Attr("href")
	assert.Equal(t, "/tenants/contoso/export/users?department=Legal&format=csv", export, "the downloads follow the filters")

	table := b.get(usersPath+query, "HX-Request", "true", "HX-Target", "table")
	assert.True(t, strings.HasPrefix(table.Body, `<section id="table"`), table.Body[:60])
	table.says(`id="flt"`)
	assert.NotContains(t, table.Body, "hx-swap-oob")

	for _, header := range []string{"HX-History-Restore-Request", "HX-Boosted"} {
		full := b.get(usersPath+"?department=Legal", "HX-Request", "true", header, "true")
		full.says("<html")
		assert.NotContains(t, full.Body, "hx-swap-oob", header)
	}
	full := b.get(usersPath + "?department=Legal")
	full.says("<html")
	assert.Contains(t, strings.Join(full.Header.Values("Vary"), ","), "HX-Request", "a cache must not mix the two up")
}

func TestTable_WhatCannotBeAnsweredIsSaid(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(12)...)
	b := a.owner()
	const evil = `'"><script>alert(1)</script>;DROP TABLE users--`
	queries := map[string]string{
		"unknown filter":     "foo=1",
		"unknown operation":  "department.like=x",
		"filter on no one's": "display_name=x",
		"no date":            "created_date_time.from=yesterday",
		"no flag":            "account_enabled=maybe",
		"no emptiness":       "department.empty=perhaps",
		"no sort":            "sort=job_title",
		"no column":          "sort=nothing",
		"no columns":         "cols=nothing",
		"removed":            "removed=yes",
		"broken cursor":      "after=zzz",
		"two cursors":        "after=a&before=b",
		"given twice":        "department=a&department=b",
		"broken filter":      "filter=%3Bx",
		"nested filter":      "filter=filter%3Dx",
		"two in one filter":  "filter=" + url.QueryEscape("department=a&user_type=b"),
		"long search":        "q=" + strings.Repeat("x", 300),
	}
	for _, name := range []string{"sort", "after", "before", "cols", "removed", "created_date_time.to", "account_enabled", evil} {
		queries["injection into "+name] = url.Values{name: {evil}}.Encode()
	}
	for name, query := range queries {
		t.Run(name, func(t *testing.T) {
			for _, headers := range [][]string{nil, {"HX-Request", "true", "HX-Target", "grid"}} {
				r := b.get(usersPath+"?q2=&department=Legal&"+query, headers...)
				if name == "given twice" || name == "long search" {
					r = b.get(usersPath+"?"+query, headers...)
				}
				require.Equal(t, http.StatusUnprocessableEntity, r.Status, r.Body)
				assert.NotEmpty(t, r.told("query-error"))
				assert.Empty(t, r.rowIDs(), "rows that nobody asked for")
				assert.NotContains(t, r.Body, "<script>alert")
				quiet(t, r)
			}
		})
	}
	r := b.get(usersPath + "?q=person&department=Legal&foo=1")
	assert.Contains(t, r.told("query-error"), `There is no filter "foo".`)
	value, _ := r.doc().Find("#q").Attr("value")
	assert.Equal(t, "person", value, "nothing that was entered is lost")
	assert.Equal(t, 2, r.doc().Find(".x-chip").Length())
}

func TestTable_InjectionIntoSearchAndValuesIsData(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(12)...)
	b := a.owner()
	for _, evil := range []string{`'"><script>alert(1)</script>`, `' OR 1=1 --`, `%_%`, `"*`, "x\x00", `{{.}}`} {
		for _, name := range []string{"q", "department", "job_title.contains"} {
			r := b.get(usersPath + "?" + url.Values{name: {evil}}.Encode())
			require.Equal(t, http.StatusOK, r.Status, "%s %q: %s", name, evil, r.Body)
			assert.Empty(t, r.rowIDs(), "%s %q", name, evil)
			assert.NotContains(t, r.Body, "<script>alert")
			quiet(t, r)
		}
	}
}

func TestTable_ColumnsThatWereNotRead(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	a.read(tenant, "users", "list", people(3)...)
	a.failed(tenant, "users", "sign_in_activity", noAuditLog)
	const column = "sign_in_activity_last_successful_sign_in_date_time"
	b := a.owner()
	r := b.get(usersPath)
	assert.Equal(t, "complete", r.attr("entity-state-users", "data-state"), "the entity's state is its list's")
	gap := r.told("gap-sign_in_activity")
	for _, want := range []string{"Last sign-in", "not permitted, needs AuditLog.Read.All", "never read completely", "Add AuditLog.Read.All and grant consent."} {
		assert.Contains(t, gap, want)
	}
	assert.Contains(t, r.told("gap-mark-"+column), "needs AuditLog.Read.All")
	assert.Equal(t, 3, r.doc().Find("td.x-c-unread").Length(), "nobody knows whether there is a value")
	assert.Equal(t, "Not read", r.text("tbody tr:first-child td.x-c-unread"))

	r = b.get("/tenants/contoso/data/guests")
	assert.Contains(t, r.told("gap-sign_in_activity"), "needs AuditLog.Read.All", "derived entities say it, too")
}

func TestTable_ColumnsThatFailed(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	a.read(tenant, "users", "list", people(3)...)
	spoilt := people(3)
	for i := range spoilt {
		spoilt[i]["accountEnabled"] = "perhaps\u202e<b>"
		spoilt[i]["department"] = object{"name": "Legal"}
	}
	a.read(tenant, "users", "list", spoilt...)
	enabled := `Microsoft sent "perhaps\u202e<b>" where true or false is due, in 3 rows. These keep what was read before. As of `
	department := `Microsoft sent {"name":"Legal"} where a text is due, in 3 rows.`

	b := a.owner()
	r := b.get(usersPath)
	assert.Equal(t, "complete", r.attr("entity-state-users", "data-state"))
	gaps := r.doc().Find("[data-testid=gap-list]").Text()
	assert.Contains(t, gaps, enabled)
	assert.Contains(t, gaps, department)
	assert.Contains(t, r.told("gap-mark-account_enabled"), enabled)
	assert.Contains(t, r.attr("gap-mark-department", "title"), department)
	assert.Contains(t, b.get(usersPath+"?account_enabled=true").Body, people(3)[1]["displayName"], "filters find what was kept")
	drawer := b.get(usersPath + "/user-0001")
	assert.Contains(t, drawer.told("field-account_enabled"), "Enabled")
	assert.Contains(t, drawer.told("field-account_enabled"), enabled)
	assert.Contains(t, b.get("/tenants/contoso/data/guests").doc().Find("[data-testid^=gap-]").Text(), "where true or false is due", "derived entities say it, too")

	file := b.get("/tenants/contoso/export/users?format=json")
	var exported struct {
		State   string
		Columns []struct{ Column, State, Why string }
	}
	require.NoError(t, json.Unmarshal([]byte(file.Body), &exported))
	assert.Equal(t, "complete", exported.State)
	found := map[string]string{}
	for _, c := range exported.Columns {
		found[c.Column+" "+c.State] = c.Why
	}
	assert.Contains(t, found["account_enabled failed"], `Microsoft sent "perhaps`)
	assert.Contains(t, found["department failed"], department)
	assert.Contains(t, b.get("/tenants/contoso/export/users?format=csv").Header.Get("X-SecurAtlas-Incomplete-Columns"), "account_enabled")
	quiet(t, r)
}

func TestTable_RemovedRows(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	a.read(tenant, "users", "list", people(12)...)
	a.read(tenant, "users", "list", people(11)...)
	b := a.owner()
	assert.Len(t, b.get(usersPath).rowIDs(), 11)
	r := b.get(usersPath + "?removed=1")
	assert.Len(t, r.rowIDs(), 12)
	assert.Contains(t, r.told("row-user-0011"), "Removed")
	assert.NotContains(t, r.told("row-user-0010"), "Removed")
}

func TestTable_EveryEntityOfTheCatalogue(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	b := a.owner()
	for _, def := range a.store.Catalogue().Defs {
		if !def.Derived() {
			a.list(tenant, def.Kind, 2)
		}
	}
	for _, def := range a.store.Catalogue().Defs {
		r := b.get("/tenants/contoso/data/" + def.Kind)
		require.Equal(t, http.StatusOK, r.Status, def.Kind)
		assert.Contains(t, r.text("h1"), def.Title)
		assert.True(t, r.has("entity-state-"+def.Kind))
		quiet(t, r)
		for _, id := range r.rowIDs() {
			row := b.get("/tenants/contoso/data/" + def.Kind + "/" + url.PathEscape(id))
			require.Equal(t, http.StatusOK, row.Status, def.Kind)
			quiet(t, row)
		}
	}
}

func TestTable_AnEntityThatNoCodeNames(t *testing.T) {
	t.Parallel()
	a := lampApp(t)
	a.read(a.contoso(), "lamps", "list",
		object{"id": "a/b c?d#e%2F", "name": "Odd <id>", "room": "Study", "lit": true, "watts": 12000, "bought": "0001-01-01T00:00:00Z", "tags": []string{"a", "b", "c"}, "maker": object{"name": "Acme"}},
		object{"id": "2", "name": "Wrong types", "room": 5, "lit": "perhaps", "watts": "x", "bought": "someday", "tags": []string{}, "maker": nil},
	)
	b := a.owner()
	r := b.get("/tenants/contoso/data/lamps")
	require.Equal(t, http.StatusOK, r.Status)
	quiet(t, r)
	cells := func(id string) []string {
		var texts []string
		tds := r.doc().Find(`[data-testid="row-` + id + `"] td`)
		for i := range tds.Nodes {
			texts = append(texts, strings.Join(strings.Fields(tds.Eq(i).Text()), " "))
		}
		return texts
	}
	assert.Equal(t, []string{"Study", "Burning", "12,000", "Never", "3 items: a, b, …", "Acme"}, cells("a/b c?d#e%2F"))
	assert.Equal(t, []string{"5", "Not read", "Not read", "Not read", "None", "–not set"}, cells("2"), "odd values are not kept")
	assert.Contains(t, r.text("#f-lit"), "BurningDarkNot set")
	assert.Contains(t, r.text("#f-room"), "Study (1)")

	href, _ := r.doc().Find(`[data-testid="row-a/b c?d#e%2F"] [data-row-link]`).Attr("href")
	assert.Equal(t, "/tenants/contoso/data/lamps/a%2Fb%20c%3Fd%23e%252F", href)
	assert.Contains(t, b.get(href).text("h1"), "Odd <id>")
	assert.Equal(t, []string{"a/b c?d#e%2F"}, b.get("/tenants/contoso/data/lit_lamps").rowIDs())
}

func TestTable_NotFound(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant("Contoso")
	b := a.owner()
	for _, path := range []string{"/tenants/contoso/data/nothing", "/tenants/contoso/data/users%00", "/tenants/contoso/data/sqlite_master", "/tenants/other/data/users", usersPath + "/nobody", "/tenants/contoso/export/nothing?format=csv"} {
		assert.Equal(t, http.StatusNotFound, b.get(path).Status, path)
	}
	stranger := a.as(a.account("eve@contoso.com", "viewer"))
	for _, path := range []string{"/tenants/contoso", usersPath, usersPath + "/x", "/tenants/contoso/export/users?format=csv"} {
		assert.Equal(t, http.StatusNotFound, stranger.get(path).Status, path)
	}
}

func TestTable_FiltersNameWhatTheyCannotDecide(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	users := people(6)
	delete(users[1], "accountEnabled")
	users[2]["accountEnabled"] = nil
	a.read(tenant, "users", "list", users...)
	a.read(tenant, "alerts", "list",
		object{"id": "severe", "title": "Severe", "severity": "high", "status": "new"},
		object{"id": "mild", "title": "Mild", "severity": "low", "status": "new"},
		object{"id": "over", "title": "Over", "severity": "high", "status": "resolved"},
		object{"id": "null", "title": "Null", "severity": nil, "status": "inProgress"},
		object{"id": "later", "title": "Later", "severity": "unknownFutureValue", "status": "new"},
		object{"id": "odd", "title": "Odd", "severity": "high", "status": "unknown"})
	b := a.owner()

	r := b.get(dataPath + "users?account_enabled=true")
	assert.Equal(t, 2, r.doc().Find("[data-row]").Length())
	assert.Contains(t, r.told("not-known"), "Of 2 more rows it is not known whether they match.")
	href, _ := r.doc().Find("[data-testid=not-known] a").Attr("href")
	r = b.get(href)
	assert.Equal(t, 4, r.doc().Find("[data-row]").Length())
	assert.Contains(t, r.text(".x-chips"), "Enabled, or not known")
	assert.False(t, r.has("not-known"))
	assert.Equal(t, 1, r.doc().Find("option[value='account_enabled~=true'][selected], option[value='account_enabled%7E=true'][selected]").Length(), "the form keeps what is asked for")

	r = b.get(dataPath + "users?account_enabled=false&department.contains=nowhere")
	assert.False(t, r.has("not-known"))

	// What people see first leaves nothing out that may be grave.
	assert.ElementsMatch(t, []string{"severe", "null", "later", "odd"}, b.get(dataPath+"alerts").rowIDs())
	assert.ElementsMatch(t, []string{"severe"}, b.get(dataPath+"alerts?open=true&severe=true").rowIDs())
}

func TestTable_WhatWasNotReadYet(t *testing.T) {
	t.Parallel()
	const signIn = "sign_in_activity_last_successful_sign_in_date_time"
	a := newApp(t)
	tenant := a.contoso()
	users := people(2)
	a.read(tenant, "users", "list", users...)
	a.read(tenant, "users", "sign_in_activity", object{"id": users[0]["id"]}, object{"id": users[1]["id"]})
	a.read(tenant, "users", "per_user_mfa", object{"id": users[0]["id"], "perUserMfaState": "enabled"}, object{"id": users[1]["id"]})
	a.read(tenant, "users", "list", people(5)...)
	b := a.owner()
	const path = "/tenants/contoso/data/users"
	r := b.get(path)
	assert.Equal(t, 3, r.doc().Find("td.x-c-unread").Length())
	assert.Equal(t, "Not read yet", r.text("tr:nth-child(3) td.x-c-unread"))
	r.says("3 of 5 users not read yet")
	assert.Len(t, b.get(path+"?"+signIn+".empty=true").rowIDs(), 2, "null is not never")
	assert.Len(t, b.get(path+"?"+signIn+".unread=true").rowIDs(), 3)
	assert.Len(t, b.get(path+"?per_user_mfa_state.empty=true").rowIDs(), 1)
	r = b.get(path + "/" + people(5)[4]["id"].(string))
	r.says("this user is not read yet")
	r = b.get("/tenants/contoso/export/users?format=json")
	r.says(`"why":"3 of 5 users not read yet","unread":3`)
	b.get("/tenants/contoso").says("3 of 5 users not read yet")
}
