package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWalkIdentity opens the pages about people, roles, groups and apps one by
// one in a real browser, holds each against the rules of accessibility, and
// follows the links between them: from a user to a group, on to a role and to
// the policy that names it, and to the verdict on the user's MFA.
func TestWalkIdentity(t *testing.T) {
	t.Parallel()
	cloud, environ := microsoft365(t, "300")
	v := cloud.values
	const password = "correct horse battery"
	require.Zero(t, call(t, environ, password, "user", "add", "--email", "ann@example.com", "--role", "owner", "--password-stdin").code)
	require.Zero(t, call(t, environ, "", "tenant", "add", "--name", "Contoso").code)
	connected := call(t, environ, v["client_secret"], "connect", "--tenant", "contoso", "--directory-id", v["directory_id"],
		"--client-id", v["client_id"], "--secret-stdin", "--cloud", "custom")
	require.Zero(t, connected.code, connected.stderr)
	app := start(t, environ, "listening", "serve", "--listen", "127.0.0.1:0")
	w := &identityWalk{newBrowser(t), app.values["listening"] + "/tenants/contoso"}

	w.open(app.values["listening"] + "/login")
	w.enter("input[name=email]", "ann@example.com")
	w.enter("input[name=password]", password)
	w.click("main button[type=submit]")
	w.until("location.pathname == '/tenants/contoso'")

	w.tables()
	w.verdict()
	w.group()
	w.links()
}

// identityWalk is a browser on the pages of a tenant.
type identityWalk struct {
	*browser
	tenant string // address of its overview
}

// table opens the table of a kind, complete and with rows.
func (w *identityWalk) table(kind string) {
	w.t.Helper()
	w.open(w.tenant + "/data/" + kind)
	w.see("[data-testid=entity-state-" + kind + "][data-state=complete]")
	w.see("[data-testid^=row-]")
	assert.NotContains(w.t, w.text("document.querySelector('main').innerText"), "undefined")
}

// follow goes where a link leads, and waits for the page of a row of a kind.
func (w *identityWalk) follow(selector, kind string) {
	w.t.Helper()
	w.see(selector)
	href := w.text(fmt.Sprintf("document.querySelector(%q).getAttribute('href')", selector))
	require.Contains(w.t, href, "/data/"+kind+"/")
	w.open(w.text("location.origin") + href)
	w.see("main h1")
	w.see("[data-testid=entity-state-" + kind + "]")
}

// first is the value of an expression for the first row for which a condition
// holds; both are JavaScript about r, a row's element.
func (w *identityWalk) first(condition, value string) string {
	w.t.Helper()
	rows := "[...document.querySelectorAll('[data-testid^=row-]')]"
	w.until(fmt.Sprintf("%s.some(r => %s)", rows, condition))
	return w.text(fmt.Sprintf("(r => %s)(%s.find(r => %s))", value, rows, condition))
}

// address is where a row's own link leads.
const address = "r.querySelector('[data-row-link]').getAttribute('href')"

func (w *identityWalk) tables() {
	w.t.Helper()
	for _, kind := range []string{
		"mfa_registrations", "mfa_enforcement", "role_definitions", "role_assignments", "role_eligibility",
		"privileged_users", "risky_users", "applications", "service_principals", "group_members",
	} {
		w.table(kind)
		// Rows below the screen are like those above, and take their time.
		w.text("[...document.querySelectorAll('[data-testid^=row-]')].slice(12).forEach(r => r.remove())")
		w.look(kind)
	}
}

// verdict opens the explanation for an account that nothing protects, from its
// row of verdicts, and for an account that is.
func (w *identityWalk) verdict() {
	w.t.Helper()
	for _, verdict := range []string{"not_enforced", "enforced"} {
		w.open(w.tenant + "/data/mfa_enforcement?verdict=" + verdict)
		w.open(w.text("location.origin") + w.first("true", address))
		w.see("[data-testid=mfa]")
		w.click("[data-testid=mfa]")
		w.see("[data-testid=mfa-verdict][data-verdict=" + verdict + "]")
		assert.NotEmpty(w.t, w.text("document.querySelector('[data-testid=mfa-reason]').innerText"))
		w.see("[data-testid=mfa-history]")
	}
	w.look("mfa-verdict")
}

// group opens a group with nested members, and its members.
func (w *identityWalk) group() {
	w.t.Helper()
	w.open(w.tenant + "/data/group_members?member_type=%23microsoft.graph.group&relation=member")
	w.open(w.text("location.origin") + w.first("true", "[...r.querySelectorAll('a[href*=\"/data/groups/\"]')].at(-1).getAttribute('href')"))
	w.see("[data-testid=group-counts]")
	count := func(name string) int {
		n := 0
		_, err := fmt.Sscan(w.text("document.querySelector('[data-testid=count-"+name+"]').innerText"), &n)
		require.NoError(w.t, err, "%s is a number", name)
		return n
	}
	members := count("members")
	assert.Positive(w.t, members)
	assert.GreaterOrEqual(w.t, count("all-members"), members)
	w.reads("within, each counted once")
	w.look("group")
	w.click("[data-testid=count-members] a")
	w.until(fmt.Sprintf("document.querySelectorAll('[data-testid^=row-]').length == %d", min(members, 50)))
}

// links goes from an admin to the group that makes one, and on to the role that
// the group gives; and from an emergency account to its group and to the policy
// that excludes the group, and to its role and the policy that names the role.
func (w *identityWalk) links() {
	w.t.Helper()
	w.open(w.tenant + "/data/privileged_users?way=group&state=active&q=helpdesk")
	w.open(w.text("location.origin") + w.first("true", address))
	w.see("[data-testid=field-group_id] a")
	group := w.text("document.querySelector('[data-testid=field-group_id] a').innerText")
	w.follow("[data-testid=field-user_id] a", "users")
	w.look("user")
	w.membership(group)
	w.follow("[data-testid=related-role_assignments-principal_id] a", "role_assignments")
	w.follow("[data-testid=field-role_definition_id] a", "role_definitions")

	w.open(w.tenant + "/data/users?q=breakglass1")
	w.open(w.text("location.origin") + w.first("true", address))
	w.see("[data-testid=mfa]")
	user := w.text("location.href")
	w.membership("CA-Exclude-BreakGlass")
	w.follow("[data-testid^=related-conditional_access_policies] a", "conditional_access_policies")
	w.open(user)
	w.follow("[data-testid=related-role_assignments-principal_id] a", "role_assignments")
	w.follow("[data-testid=field-role_definition_id] a", "role_definitions")
	w.follow("[data-testid^=related-conditional_access_policies] a", "conditional_access_policies")
	w.reads("phishing-resistant")
}

// membership goes from a user's page to a group that it lists.
func (w *identityWalk) membership(group string) {
	w.t.Helper()
	w.until(fmt.Sprintf(`[...document.querySelectorAll("[data-testid=related-group_members-member_id] a")].some(a => a.innerText == %q && (a.dataset.testid = "membership"))`, group))
	w.follow("[data-testid=membership]", "group_members")
	w.follow("[data-testid=field-group_id] a", "groups")
	assert.Equal(w.t, group, w.text("document.querySelector('main h1').innerText"))
}
