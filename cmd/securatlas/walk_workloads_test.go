package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store/claim"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// changeable is a simulated cloud that the test can change, with a connected
// tenant and a browser that is signed in.
func changeable(t *testing.T, users int) (*identityWalk, *simulator.Server, []string) {
	t.Helper()
	cloud, err := simulator.Start(simulator.Options{Users: users, Seed: 7, Dir: t.TempDir(), NoThrottle: true})
	require.NoError(t, err)
	t.Cleanup(func() { cloud.Close() })
	environ := []string{
		"SECURATLAS_AUTHORITY_URL=" + cloud.AuthorityURL(),
		"SECURATLAS_GRAPH_URL=" + cloud.GraphURL(),
		"SECURATLAS_DEFENDER_URL=" + cloud.DefenderURL(),
		"SSL_CERT_FILE=" + cloud.CAFile(),
		"SECURATLAS_DATA_DIR=" + t.TempDir(),
		"SECURATLAS_SIGN_INS_FIRST_DAYS=1",
		"SECURATLAS_AUDITS_FIRST_DAYS=1",
	}
	const password = "correct horse battery"
	require.Zero(t, call(t, environ, password, "user", "add", "--email", "ann@example.com", "--role", "owner", "--password-stdin").code)
	require.Zero(t, call(t, environ, "", "tenant", "add", "--name", "Contoso").code)
	r := call(t, environ, cloud.ClientSecret(), "connect", "--tenant", "contoso", "--directory-id", cloud.DirectoryID(),
		"--client-id", cloud.ClientID(), "--secret-stdin", "--cloud", "custom")
	require.Zero(t, r.code, r.stderr)
	app := start(t, environ, "listening", "serve", "--listen", "127.0.0.1:0")
	w := &identityWalk{newBrowser(t), app.values["listening"] + "/tenants/contoso"}
	w.open(app.values["listening"] + "/login")
	w.enter("input[name=email]", "ann@example.com")
	w.enter("input[name=password]", password)
	w.click("main button[type=submit]")
	w.until("location.pathname == '/tenants/contoso'")
	return w, cloud, environ
}

// TestWalkWorkloads opens the tables of devices, threats, collaboration and
// activity, their own views and notices, and follows a machine's links.
func TestWalkWorkloads(t *testing.T) {
	t.Parallel()
	w, cloud, environ := changeable(t, 200)
	w.look("overview-workloads")
	w.reads("Microsoft Secure Score")
	tilesEqualTheCommandLine(w, environ)

	for _, kind := range []string{
		"managed_devices", "compliance_policies", "machines", "machine_vulnerabilities", "recommendations", "secure_scores",
		"secure_score_controls", "sharepoint_sites", "m365_active_users", "service_health", "directory_audits", "sign_ins",
	} {
		w.table(kind)
		w.text("[...document.querySelectorAll('[data-testid^=row-]')].slice(12).forEach(r => r.remove())")
		w.look(kind)
	}

	// Alerts open on what is open and severe; the rest is a click away.
	w.open(w.tenant + "/data/alerts")
	w.see("[data-testid=entity-state-alerts][data-state=complete]")
	w.see(".x-view.x-active")
	severe := w.text("document.querySelector('[data-testid=total]').innerText")
	w.reads("Read from Microsoft Defender for Endpoint. Microsoft Graph would show more: it needs SecurityAlert.Read.All.")
	w.look("alerts")
	w.text("[...document.querySelectorAll('.x-view')].at(-1).click()")
	w.until("location.search == '?view=all' && document.querySelector('[data-testid=total]').innerText == '12'")
	assert.NotEqual(t, "12", severe)
	w.open(w.tenant + "/data/vulnerabilities")
	w.see(".x-view.x-active")
	w.look("vulnerabilities")

	// What cannot be read says what it needs, and is no empty list.
	for kind, words := range map[string]string{"exposure_scores": "Score.Read.All", "teams_devices": "no longer offers", "unified_audit": "ActivityFeed.Read"} {
		w.open(w.tenant + "/data/" + kind)
		if kind == "unified_audit" {
			w.see("[data-testid=entity-state-" + kind + "][data-state=not_available]") // no such API in this cloud
			continue
		}
		w.see("[data-testid=entity-state-" + kind + "]")
		w.reads("this is not an empty list")
		w.reads(words)
		w.look(kind)
	}

	// From a machine to its Intune device and to its vulnerabilities.
	w.open(w.tenant + "/data/machines")
	w.open(w.text("location.origin") + w.first("true", address))
	w.follow("[data-testid=field-aad_device_id] a", "managed_devices")
	w.follow("[data-testid=field-user_principal_name] a", "users")
	w.open(w.tenant + "/data/machine_vulnerabilities")
	w.open(w.text("location.origin") + w.first("true", address))
	w.follow("[data-testid=field-device_id] a", "machines")
	w.look("machine")
	w.follow("[data-testid^=related-machine_vulnerabilities] a", "machine_vulnerabilities")

	cloud.Tenant().ConcealNames(true)
	require.Contains(t, []int{exitOK, exitPartial}, call(t, environ, "", "sync", "--tenant", "contoso", "--entity", "m365_active_users,sharepoint_sites", "--full").code)
	w.open(w.tenant + "/data/sharepoint_sites")
	w.reads("Microsoft conceals names in this report.")
	w.look("concealed")
}

// tilesEqualTheCommandLine holds the overview's tiles against what overview
// --json says, as the page and a second process see the same data folder.
func tilesEqualTheCommandLine(w *identityWalk, environ []string) {
	w.t.Helper()
	r := call(w.t, environ, "", "overview", "--tenant", "contoso", "--json")
	require.Zero(w.t, r.code, r.stderr)
	var overview struct {
		Tiles []tileJSON `json:"tiles"`
	}
	require.NoError(w.t, json.Unmarshal([]byte(r.stdout), &overview))
	var names []string
	for _, tile := range overview.Tiles {
		names = append(names, tile.Name)
		value := ""
		if tile.Value != nil {
			value = strconv.Itoa(*tile.Value)
		}
		want := fmt.Sprintf("%s %s %t %d", value, tile.Certainty, tile.Current, tile.Unknown)
		got := w.text(fmt.Sprintf("(d => [d.value, d.certainty, d.current, d.unknown].join(' '))(document.querySelector('[data-testid=tile-%s]').dataset)", tile.Name))
		assert.Equal(w.t, want, got, tile.Name)
		assert.Contains(w.t, tile.Href, "/tenants/contoso/data/", tile.Name)
		assert.Equal(w.t, tile.Certainty == claim.Unknown, tile.AsOf == nil, tile.Name)
	}
	assert.Subset(w.t, names, []string{
		"enabled_users", "stale_accounts", "no_successful_sign_in", "pending_guests", "admins_without_mfa", "guests_with_roles", "phone_only_mfa",
		"app_secrets_expiring", "risky_users", "devices_not_compliant", "open_alerts", "critical_cves", "service_issues",
	})
}

// TestWalkTroubleshooting shows the four ways in which Defender for Endpoint is
// not there, each with its cure on the page of the table.
func TestWalkTroubleshooting(t *testing.T) {
	t.Parallel()
	w, cloud, environ := changeable(t, 60)
	tenant := cloud.Tenant()
	roles := []string{"Alert.Read.All", "Machine.Read.All", "Vulnerability.Read.All", "SecurityRecommendation.Read.All"}
	for _, c := range []struct {
		name, kind, state string
		change, mend      func()
		words             []string
	}{
		{"not-consented", "machines", "not_permitted", func() {
			for _, r := range roles {
				tenant.Revoke(r)
			}
		}, tenant.Consent, []string{"needs Machine.Read.All", "Grant admin consent", "WindowsDefenderATP"}},
		{"missing-role", "vulnerabilities", "not_permitted", func() { tenant.Revoke("Vulnerability.Read.All") }, tenant.Consent,
			[]string{"needs Vulnerability.Read.All", "such as SecurityEvents.Read.All, do not open Defender for Endpoint"}},
		{"not-licensed", "machines", "not_licensed", func() { tenant.SetDefender(true, false) }, func() { tenant.SetDefender(true, true) },
			[]string{"Account mode is inactive", "not licensed or not set up in this directory"}},
		{"no-vulnerability-management", "recommendations", "not_licensed", func() { tenant.SetVulnerabilityManagement(false) }, func() { tenant.SetVulnerabilityManagement(true) },
			[]string{"No Tvm license", "Microsoft Defender Vulnerability Management"}},
		{"no-service-principal", "machines", "not_licensed", func() { tenant.SetDefender(false, false) }, func() { tenant.SetDefender(true, true) },
			[]string{"AADSTS500011", "Microsoft Defender for Endpoint"}},
	} {
		w.open(w.tenant + "/data/" + c.kind + "?view=all")
		before := w.text("document.querySelector('[data-testid=total]').innerText")
		c.change()
		call(t, environ, "", "sync", "--tenant", "contoso", "--entity", c.kind, "--full")
		w.open(w.tenant + "/data/" + c.kind + "?view=all")
		w.see("[data-testid=entity-state-" + c.kind + "][data-state=" + c.state + "]")
		for _, words := range c.words {
			w.reads(words)
		}
		assert.Equal(t, before, w.text("document.querySelector('[data-testid=total]').innerText"), "%s: the rows stay", c.name)
		w.look(c.name)
		w.open(w.tenant + "/data/users")
		w.see("[data-testid=entity-state-users][data-state=complete]")
		c.mend()
		call(t, environ, "", "sync", "--tenant", "contoso", "--entity", c.kind, "--full")
		w.open(w.tenant + "/data/" + c.kind)
		w.see("[data-testid=entity-state-" + c.kind + "][data-state=complete]")
	}
}
