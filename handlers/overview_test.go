package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

// figures are the tiles by label: their number, or why there is none.
func (r answer) figures() map[string]string {
	r.t.Helper()
	figures := map[string]string{}
	cards := r.doc().Find(".x-kpi")
	for i := range cards.Nodes {
		card := cards.Eq(i)
		text := card.Find(".x-kpi-v").Text()
		if card.Find(".x-kpi-na").Length() > 0 {
			text = card.Find(".x-kpi-na").Text() + ": " + card.Find("a").Text()
		}
		figures[card.Find("h2").Text()] = text
	}
	return figures
}

func TestOverview_NothingYet(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant("Contoso")
	r := a.owner().get("/tenants/contoso")
	require.Equal(t, http.StatusOK, r.Status)
	r.says("No integration yet")
	assert.Empty(t, r.figures(), "no zero is shown where nothing is known")
	quiet(t, r)
}

func TestOverview_NothingCountsOnMissingData(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	b := a.owner()
	never := b.get("/tenants/contoso").figures()
	for label, text := range never {
		assert.Equal(t, "Not assessed: never synced", text, label)
	}
	require.Len(t, never, len(figureTiles))

	a.read(tenant, "users", "list", people(20)...)
	r := b.get("/tenants/contoso")
	assert.Equal(t, "16", r.figures()["Enabled users"])
	assert.Equal(t, "Not assessed: never synced", r.figures()["Stale accounts"], "it rests on the sign-in dates")

	a.failed(tenant, "users", "sign_in_activity", noAuditLog)
	r = b.get("/tenants/contoso")
	assert.Equal(t, "Not assessed: needs AuditLog.Read.All", r.figures()["Stale accounts"])

	var dates []object
	for i, u := range people(20) {
		date := "2026-11-01T00:00:00Z"
		if i < 4 {
			date = "2026-02-01T00:00:00Z"
		}
		dates = append(dates, object{"id": u["id"], "signInActivity": object{"lastSuccessfulSignInDateTime": date}})
	}
	a.read(tenant, "users", "sign_in_activity", dates...)
	r = b.get("/tenants/contoso")
	assert.Equal(t, "3", r.figures()["Stale accounts"], "of four, one is disabled")
	href, _ := r.doc().Find(".x-kpi-warn a").First().Attr("href")
	assert.Len(t, b.get(href).rowIDs(), 3, "the tile leads to its rows")

	a.failed(tenant, "users", "list", &entity.Problem{Class: entity.ClassNetwork}, people(5)...)
	r = b.get("/tenants/contoso")
	assert.Equal(t, "Not assessed: the list is incomplete", r.figures()["Enabled users"])
	assert.Equal(t, "20 of an incomplete list", countBeside(r, "users"))
	quiet(t, r)
}

// countBeside is the number of an entity in the list of what is known.
func countBeside(r answer, kind string) string {
	return r.doc().Find(".x-known li:has(a[href$='/data/" + kind + "']) .x-num").Text()
}

func TestOverview_ListsEveryEntityWithItsState(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.list(tenant, "groups", 3)
	r := a.owner().get("/tenants/contoso")
	for _, def := range a.store.Catalogue().Defs {
		want := "never"
		if def.Kind == "groups" {
			want = "complete"
		}
		assert.Equal(t, want, r.attr("entity-state-"+def.Kind, "data-state"))
	}
	assert.Equal(t, "3", countBeside(r, "groups"))
	assert.Equal(t, "", countBeside(r, "named_locations"))
}

func TestOverview_NeedsAttention(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	b := a.owner()
	attention := func() map[string]string {
		items := map[string]string{}
		links := b.get("/tenants/contoso").doc().Find(".x-att a")
		for i := range links.Nodes {
			text := links.Eq(i).Find(".x-att-t").Clone()
			text.Find("small").Remove()
			href, _ := links.Eq(i).Attr("href")
			items[strings.TrimSpace(text.Text())] = href
		}
		return items
	}
	assert.Equal(t, map[string]string{}, attention())

	a.grant(tenant, entity.Graph, slices.DeleteFunc(a.required(), func(n string) bool { return n == "AuditLog.Read.All" })...)
	a.read(tenant, "users", "list", people(20)...)
	a.failed(tenant, "users", "sign_in_activity", noAuditLog)
	a.read(tenant, "users", "list")
	a.failed(tenant, "groups", "list", &entity.Problem{Class: entity.ClassSource, Cure: "Wait."})
	a.failed(tenant, "named_locations", "list", &entity.Problem{Class: entity.ClassLicence, Needs: []string{"Microsoft Entra ID P1"}})
	require.NoError(t, a.store.SetIntegrationProblem(t.Context(), tenant.ID, &entity.Problem{Class: entity.ClassCredential, Cure: "Make a new secret."}))
	const integrations = "/tenants/contoso/integrations"
	assert.Equal(t, map[string]string{
		"The connection to Microsoft 365 needs attention": integrations,
		"1 required permission is missing":                integrations + "/microsoft/permissions",
		"Users: 20 removals wait for review":              integrations + "/microsoft/held",
		"Groups: failed":                                  "/tenants/contoso/data/groups",
		"Named locations: not licensed":                   "/tenants/contoso/data/named_locations",
	}, attention(), "the part that waits for the missing permission is not said twice")

	require.NoError(t, a.store.Disconnect(t.Context(), store.Actor{Name: "ann"}, tenant.ID))
	assert.Contains(t, attention(), "Microsoft 365 is disconnected")
	assert.NotContains(t, attention(), "1 required permission is missing")
}

func TestOverview_TilesOfPoliciesLicencesAndDefaults(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.read(tenant, "conditional_access_policies", "list",
		object{"id": "1", "displayName": "A", "state": "enabled"}, object{"id": "2", "displayName": "B", "state": "enabled"},
		object{"id": "3", "displayName": "C", "state": "enabledForReportingButNotEnforced"})
	sku := func(name string, used, of int) object {
		return object{"id": name, "skuPartNumber": name, "consumedUnits": used, "prepaidUnits": object{"enabled": of}}
	}
	a.read(tenant, "subscribed_skus", "list", sku("HALF", 50, 100), sku("FULL", 96, 100), sku("OVER", 120, 100), sku("NONE", 0, 0),
		object{"id": "ODD", "skuPartNumber": "ODD", "consumedUnits": 50})
	a.read(tenant, "security_defaults", "list", object{"id": "d", "displayName": "Security defaults", "isEnabled": false})
	r := a.owner().get("/tenants/contoso")
	require.Equal(t, http.StatusOK, r.Status)
	label, _ := r.doc().Find(".x-ring svg").Attr("aria-label")
	assert.Equal(t, "Conditional Access policies: On 2 (66.7%), Report-only 1 (33.3%)", label)
	meters := r.doc().Find(".x-lic li")
	var names, warned []string
	for i := range meters.Nodes {
		name := meters.Eq(i).Find("a").Text()
		names = append(names, name)
		if meters.Eq(i).Find(".x-p-warn").Length() > 0 {
			warned = append(warned, name)
		}
	}
	assert.Equal(t, []string{"OVER", "FULL", "HALF"}, names)
	assert.Equal(t, []string{"OVER", "FULL"}, warned)
	r.says("20 too few")
	assert.Equal(t, "1 other is not shown: Microsoft gives no number.", r.text("[data-testid=meters-unknown]"))
	assert.Equal(t, "Security defaultsOff", r.text(".x-fact"))
	r.says("Not assessed:")
	quiet(t, r)
}

func TestOverview_WhatWasNotReadYetIsNoFinding(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	users := people(3)
	a.read(tenant, "users", "list", users...)
	a.read(tenant, "users", "sign_in_activity", object{"id": users[0]["id"], "signInActivity": object{"lastSuccessfulSignInDateTime": "2026-11-01T08:00:00Z"}},
		object{"id": users[1]["id"]}, object{"id": users[2]["id"]})
	b := a.owner()
	before := b.get("/tenants/contoso")
	assert.Equal(t, "2", before.figures()["No sign-in on record"])
	assert.False(t, before.has("tile-unread"))

	a.clock.Advance(time.Hour)
	a.read(tenant, "users", "list", people(8)...)
	after := b.get("/tenants/contoso")
	assert.Equal(t, "2", after.figures()["No sign-in on record"])
	unread := after.doc().Find("[data-testid=tile-unread]")
	assert.Equal(t, 2, unread.Length(), "on the tiles that count by the sign-in: none on record, and too long ago")
	unread.Each(func(_ int, tile *goquery.Selection) {
		assert.Equal(t, "4 not read yet", tile.Text(), "the enabled ones among the new")
	})
}

func TestOverview_WhatChanged(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	users := people(3)
	a.read(tenant, "users", "list", users...)
	users[1]["department"] = "IT"
	a.read(tenant, "users", "list", users...)
	r := a.owner().get("/tenants/contoso")
	assert.Contains(t, r.text(".x-tl"), "Person 0001")
	assert.Contains(t, r.text(".x-tl"), "Department: Finance → IT")
	assert.Equal(t, "What changed Today", r.text("#h-changes")+" "+r.doc().Find(".x-day").First().Text())
	assert.True(t, r.has("last-run"))
}

func TestOverviewTilesAreOfTheCatalogue(t *testing.T) {
	t.Parallel()
	catalogue := entities.All()
	s := storetest.Open(t, storetest.WithCatalogue(catalogue))
	column := func(kind, name string) *entity.Column {
		def := catalogue.Def(kind)
		require.NotNil(t, def, kind)
		c := def.Column(name)
		require.NotNil(t, c, "%s.%s", kind, name)
		return c
	}
	for _, tile := range figureTiles {
		require.NoError(t, s.CheckQuery(store.Query{Def: catalogue.Def(tile.kind), Conditions: tile.conditions}), tile.label)
		for _, c := range tile.conditions {
			column(tile.kind, c.Column)
		}
	}
	for _, tile := range breakdownTiles {
		assert.Equal(t, entity.Choice, column(tile.kind, tile.column).Filter)
	}
	for _, tile := range meterTiles {
		assert.Equal(t, entity.Int, column(tile.kind, tile.used).Type)
		assert.Equal(t, entity.Int, column(tile.kind, tile.of).Type)
	}
	for _, tile := range factTiles {
		column(tile.kind, tile.column)
	}
}

func TestOverview_OfAnotherCatalogueHasNoTiles(t *testing.T) {
	t.Parallel()
	a := lampApp(t)
	a.read(a.contoso(), "lamps", "list", object{"id": "1", "name": "Lamp"})
	r := a.owner().get("/tenants/contoso")
	require.Equal(t, http.StatusOK, r.Status)
	assert.Empty(t, r.figures())
	assert.Equal(t, "complete", r.attr("entity-state-lamps", "data-state"))
}
