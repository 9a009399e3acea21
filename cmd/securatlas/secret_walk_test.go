package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

// TestWalkSecret opens the scripts and the manifest, connects, and replaces the
// secret in a real browser: a wrong one first, then a good one, then by the command
// line one that Microsoft refuses afterwards.
func TestWalkSecret(t *testing.T) {
	t.Parallel()
	cloud, err := simulator.Start(simulator.Options{Users: 60, Seed: 7, NoThrottle: true})
	require.NoError(t, err)
	t.Cleanup(func() { cloud.Close() })
	environ := []string{
		"SECURATLAS_AUTHORITY_URL=" + cloud.AuthorityURL(),
		"SECURATLAS_GRAPH_URL=" + cloud.GraphURL(),
		"SECURATLAS_DEFENDER_URL=" + cloud.DefenderURL(),
		"SSL_CERT_FILE=" + cloud.CAFile(),
		"SECURATLAS_DATA_DIR=" + t.TempDir(),
	}
	require.Zero(t, call(t, environ, "correct horse battery\n", "user", "add", "--email", "ann@example.com", "--role", "owner", "--password-stdin").code)
	require.Zero(t, call(t, environ, "", "tenant", "add", "--name", "Contoso").code)
	app := start(t, environ, "listening", "serve", "--listen", "127.0.0.1:0")
	base := app.values["listening"]
	const integrations, connect = "/tenants/contoso/integrations", "/tenants/contoso/integrations/microsoft/connect"
	b := newBrowser(t)
	b.open(base + "/login")
	b.enter("input[name=email]", "ann@example.com")
	b.enter("input[name=password]", "correct horse battery")
	b.click("main button[type=submit]")
	b.until("location.pathname != '/login'")

	// The scripts and the manifest.
	b.open(base + connect)
	for _, id := range []string{"script-bash", "script-powershell", "script-manifest"} {
		b.text("document.getElementById('" + id + "').closest('details').querySelector('summary').click()")
		b.see("#" + id)
		b.look(id)
	}
	assert.Contains(t, b.text("document.querySelector('#script-bash').textContent"), base+"/api/integrations/callback")
	assert.Equal(t, "true", b.text("JSON.parse(document.querySelector('#script-manifest').textContent).requiredResourceAccess.length > 0"))

	// Connect on the command line; the page says when the secret expires.
	connected := call(t, environ, cloud.ClientSecret()+"\n", "connect", "--tenant", "contoso", "--cloud", "custom",
		"--directory-id", cloud.DirectoryID(), "--client-id", cloud.ClientID(), "--secret-stdin", "--no-sync")
	require.Zero(t, connected.code, connected.stderr)
	b.open(base + integrations)
	b.see("[data-testid=secret-expiry][data-tone=muted]")
	b.reads("Expiry not known")
	require.NotEqual(t, 1, call(t, environ, "", "sync", "--tenant", "contoso", "--entity", "applications").code)
	b.open(base + integrations)
	b.see("[data-testid=secret-expiry][data-tone=quiet]")
	b.look("secret-expiry")
	assert.Regexp(t, `"secret_expires_at":"20\d\d-`, call(t, environ, "", "status", "--tenant", "contoso", "--json").stdout)
	b.open(base + "/tenants/contoso/data/applications?q=SecurAtlas")
	b.see("[data-testid=own-app]")
	b.look("own-app")

	// Replace: a wrong secret changes nothing.
	b.open(base + integrations)
	b.click("[data-testid=replace-secret]")
	b.see("[data-testid=replace-guide]")
	b.look("replace")
	b.enter("input[name=client_secret]", "wrong~"+cloud.ClientSecret())
	b.expect("422")
	b.click("[data-testid=connect-submit]")
	b.reads("AADSTS7000215")
	b.reads("the present secret is used as before")
	b.look("replace-wrong")

	// A good one takes over; the old one is wiped when a sync has succeeded.
	secret := cloud.Tenant().AddSecret()
	b.enter("input[name=client_secret]", secret)
	b.click("[data-testid=connect-submit]")
	b.until("location.pathname == '" + integrations + "'")
	b.reads("was replaced")
	b.screenshot("replaced")
	b.gone("[data-testid=syncing]")
	b.open(base + integrations)
	b.gone("[data-testid=secret-kept]")
	b.see("[data-testid=secret-expiry][data-tone=quiet]")

	// And by the command line, without a sync, refused afterwards.
	refused := cloud.Tenant().AddSecret()
	connected = call(t, environ, refused+"\n", "connect", "--tenant", "contoso", "--cloud", "custom",
		"--directory-id", cloud.DirectoryID(), "--client-id", cloud.ClientID(), "--secret-stdin", "--no-sync")
	require.Zero(t, connected.code, connected.stderr)
	assert.Contains(t, connected.stderr, "The client secret was replaced. The old one is kept")
	assert.Contains(t, call(t, environ, "", "status", "--tenant", "contoso", "--json").stdout, `"secret_expires_at":null`, "not known before the next list")
	b.open(base + integrations)
	b.see("[data-testid=secret-kept]")
	b.look("secret-kept")
	require.True(t, cloud.Tenant().RemoveSecret(refused))
	require.Zero(t, call(t, environ, "", "check", "--tenant", "contoso").code)
	b.open(base + integrations)
	b.see("[data-testid=secret-refused]")
	b.reads("AADSTS7000215")
	b.look("secret-refused")

	for _, s := range []string{cloud.ClientSecret(), secret, refused} {
		assert.NotContains(t, app.logged(), s)
	}
}
