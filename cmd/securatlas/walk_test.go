package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestWalk does the main job in a real browser: set-up, sign-in, connect with
// a wrong and then the right secret, progress, tables, filter, drawer, export,
// refresh, disconnect, reconnect. A console error or a violation of the content
// security policy fails it.
func TestWalk(t *testing.T) {
	t.Parallel()
	cloud, environ := microsoft365(t, "300")
	v := cloud.values
	app := start(t, environ, "setup_code", "serve", "--listen", "127.0.0.1:0")
	base := app.values["listening"]
	b := newBrowser(t)

	// Set-up: the one-time code makes the owner.
	b.open(base)
	b.see("input[name=code]")
	b.look("setup")
	b.enter("input[name=code]", app.values["setup_code"])
	b.enter("input[name=email]", "ann@example.com")
	b.enter("input[name=password]", "correct horse battery")
	b.enter("input[name=password_again]", "correct horse battery")
	b.click("main button[type=submit]")
	b.until("!location.pathname.startsWith('/setup')")

	// Sign out, and in again.
	b.click("form[action='/logout'] button")
	b.see("input[name=password]")
	b.look("login")
	b.enter("input[name=email]", "ann@example.com")
	b.enter("input[name=password]", "correct horse battery")
	b.click("main button[type=submit]")
	b.until("location.pathname == '/tenants'")

	// A tenant.
	b.enter("form[action='/tenants'] input[name=name]", "Contoso")
	b.click("form[action='/tenants'] button[type=submit]")
	b.until("location.pathname.startsWith('/tenants/contoso')")
	b.open(base + "/tenants/contoso")
	b.reads("Contoso")
	b.look("overview-empty")
	b.open(base + "/tenants/contoso/data/users")
	b.see("[data-testid=entity-state-users][data-state=never]")
	b.look("users-never")

	// Connect with a wrong secret: the code and the cure, and nothing stored.
	b.open(base + "/tenants/contoso/integrations")
	b.look("integrations-empty")
	b.click("[data-testid=connect]")
	b.see("[data-testid=guide]")
	b.look("connect")
	b.do(selectOption("select[name=cloud]", "custom"))
	b.enter("input[name=directory_id]", v["directory_id"])
	b.enter("input[name=client_id]", v["client_id"])
	b.enter("input[name=client_secret]", "wrong~"+v["client_secret"])
	b.expect("422")
	b.click("[data-testid=connect-submit]")
	b.reads("AADSTS7000215")
	b.look("connect-wrong-secret")
	assert.NotContains(t, b.text("document.documentElement.outerHTML"), "wrong~", "the secret is not echoed")

	// The right one: progress, then every entity complete.
	b.enter("input[name=client_secret]", v["client_secret"])
	b.click("[data-testid=connect-submit]")
	b.until("location.pathname == '/tenants/contoso/integrations'")
	b.screenshot("integrations-syncing")
	for _, kind := range []string{"organization", "users", "guests", "groups", "conditional_access_policies", "named_locations", "security_defaults", "subscribed_skus", "mfa_registrations", "role_definitions", "role_assignments", "role_eligibility", "privileged_users", "risky_users", "applications", "service_principals"} {
		b.see("[data-testid=entity-state-" + kind + "][data-state=complete]")
	}
	b.gone("[data-testid=syncing]")
	b.look("integrations")

	// Permissions.
	b.open(base + "/tenants/contoso/integrations/microsoft/permissions")
	b.see("[data-testid='permission-User.Read.All'][data-granted=true]")
	b.look("permissions")

	b.open(base + "/tenants/contoso")
	b.reads("Users")
	b.look("overview")

	// The table: search, filter, sort, page, all in the URL.
	b.open(base + "/tenants/contoso/data/users")
	b.see("[data-testid=entity-state-users][data-state=complete]")
	b.until("document.querySelectorAll('[data-testid^=row-]').length == 50")
	b.look("users")
	b.open(base + "/tenants/contoso/data/users?user_type=Guest&account_enabled=true")
	b.until("document.querySelectorAll('[data-testid^=row-]').length > 0")
	shown := b.text("document.querySelectorAll('[data-testid^=row-]').length")
	b.look("users-filtered")
	name := b.text("document.querySelector('[data-testid^=row-] [data-row-link]').innerText")
	word := strings.Fields(name)[0]
	b.enter("input[name=q]", word)
	b.until("new URLSearchParams(location.search).get('q') == " + quote(word))
	b.settled()
	b.until("document.querySelectorAll('[data-testid^=row-]').length > 0")
	b.until("document.querySelectorAll('[data-testid^=row-]').length <= " + shown)

	// The drawer, and out of it with Escape.
	b.click("[data-testid^=row-] [data-row-link]")
	b.see("#drawer[open]")
	b.until("document.querySelector('#drawer').innerText.includes(" + quote(name) + ")")
	b.look("drawer")
	b.do(pressEscape())
	b.gone("#drawer[open]")

	// The export is exactly what is shown.
	rows := b.text("document.querySelectorAll('[data-testid^=row-]').length")
	csvLines := b.text(`(() => { const r = new XMLHttpRequest(); r.open('GET', document.querySelector('[data-testid=export-csv]').href, false); r.send(); return r.status + ' ' + r.getResponseHeader('X-SecurAtlas-State') + ' ' + (r.responseText.trim().split('\n').length - 1); })()`)
	assert.Equal(t, "200 complete "+rows, csvLines)

	// Refresh: a new sync, and a second click that joins it.
	b.open(base + "/tenants/contoso/integrations")
	b.click("[data-testid=refresh]")
	b.see("[data-testid=syncing]")
	b.gone("[data-testid=syncing]")
	b.open(base + "/tenants/contoso/syncs")
	b.until("document.querySelectorAll('[data-testid^=run-]').length >= 2")
	b.look("syncs")
	b.click("[data-testid^=run-] a")
	b.reads("requests")
	b.look("sync")

	b.open(base + "/tenants/contoso/changes")
	b.reads("Changes")
	b.look("changes")
	b.open(base + "/tenants/contoso/data/conditional_access_policies")
	b.see("[data-testid^=row-]")
	b.look("policies")
	b.open(base + b.text("document.querySelector('[data-testid^=row-] [data-row-link]').getAttribute('href')"))
	b.see("main h1")
	b.look("detail")

	// Disconnect keeps the data; connecting again goes on with it.
	b.open(base + "/tenants/contoso/integrations")
	b.click("[data-testid=disconnect]")
	b.see("#disconnect-dialog")
	b.look("disconnect")
	b.click("#disconnect-dialog button[type=submit]")
	b.see("[data-testid=connect]")
	b.look("disconnected")
	b.open(base + "/tenants/contoso/data/users")
	b.until("document.querySelectorAll('[data-testid^=row-]').length == 50")
	b.open(base + "/tenants/contoso/integrations/microsoft/connect")
	b.enter("input[name=client_secret]", v["client_secret"])
	b.click("[data-testid=connect-submit]")
	b.until("location.pathname == '/tenants/contoso/integrations'")
	b.see("[data-testid=refresh]")
	b.gone("[data-testid=syncing]")
	b.see("[data-testid=entity-state-users][data-state=complete]")

	for _, secret := range []string{v["client_secret"], "correct horse battery", app.values["setup_code"]} {
		assert.NotContains(t, app.logged(), secret)
	}
}

// TestHealth asks a server without an owner.
func TestHealth(t *testing.T) {
	t.Parallel()
	app := start(t, []string{"SECURATLAS_DATA_DIR=" + t.TempDir()}, "setup_code", "serve", "--listen", "127.0.0.1:0")
	for _, path := range []string{"/healthz", "/readyz"} {
		res, err := http.Get(app.values["listening"] + path)
		if assert.NoError(t, err) {
			res.Body.Close()
			assert.Equal(t, http.StatusOK, res.StatusCode, path)
		}
	}
}
