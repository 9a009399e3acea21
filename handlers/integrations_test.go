package handlers

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestIntegrations_NeverConnected(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant("Contoso")
	r := a.owner().get("/tenants/contoso/integrations")
	require.Equal(t, http.StatusOK, r.Status)
	assert.Equal(t, "/tenants/contoso/integrations/microsoft/connect", r.attr("connect", "href"))
	assert.Contains(t, r.Body, "Microsoft Azure AD (Entra ID)")
	assert.False(t, r.has("refresh"), "nothing can be synced yet")
	assert.False(t, r.has("disconnect"))
	quiet(t, r)
}

func TestIntegrations_Connected(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.list(tenant, "groups", 3)
	next := a.clock.Now().Add(18 * time.Hour)
	require.NoError(t, a.store.JobRan(t.Context(), nightlyJob, a.clock.Now().Add(-6*time.Hour), next))
	require.NoError(t, a.store.JobRan(t.Context(), tokenJob, time.Time{}, a.clock.Now().Add(3*time.Hour)))

	r := a.owner().get("/tenants/contoso/integrations")
	require.Equal(t, http.StatusOK, r.Status)
	assert.Equal(t, store.StatusConnected, r.attr("integration", "data-status"))
	assert.Equal(t, "Connected", r.told("status"))
	assert.Contains(t, r.text(".x-meta"), "ann@contoso.com")
	assert.Contains(t, r.told("job-nightly"), "Next 3 Nov, 03:00 UTC")
	assert.Contains(t, r.told("job-nightly"), "Last run 6 h ago")
	assert.Contains(t, r.told("job-tokens"), "Next 2 Nov, 12:00 UTC")
	assert.Contains(t, r.told("job-tokens"), "Has not run yet")
	assert.Equal(t, 1, r.doc().Find("[data-local-time='2026-11-03T03:00:00Z']").Length(), "the script shows the reader's own time")
	assert.Equal(t, "complete", r.attr("entity-state-groups", "data-state"))
	assert.Contains(t, r.told("entity-state-groups"), "3")
	assert.Equal(t, "never", r.attr("entity-state-users", "data-state"))
	assert.Contains(t, r.told("entity-state-users"), "–", "a list that was never read is not an empty one")
	assert.False(t, r.has("connect"))
	assert.NotContains(t, r.Body, `hx-trigger="every`, "an idle page does not poll")
	for _, d := range a.store.Catalogue().Defs {
		assert.True(t, r.has("entity-state-"+d.Kind), d.Kind)
	}
	quiet(t, r)
}

func TestIntegrations_ExceptionsSayWhatMendsThem(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.list(tenant, "groups", 3)
	a.stopped(tenant, "groups", &entity.Problem{
		Class: entity.ClassPermission, Code: "Authorization_RequestDenied", Message: "Insufficient privileges",
		Needs: []string{"Directory.Read.All"}, Cure: "Grant Directory.Read.All.", RequestID: "c1b7e0de",
	})
	r := a.owner().get("/tenants/contoso/integrations")
	line := r.told("entity-state-groups")
	assert.Equal(t, "not_permitted", r.attr("entity-state-groups", "data-state"))
	for _, part := range []string{"Not permitted", "Needs Directory.Read.All.", "Grant Directory.Read.All.", "c1b7e0de", "3"} {
		assert.Contains(t, line, part)
	}
	assert.Equal(t, store.StatusLimited, r.attr("integration", "data-status"))
	assert.Contains(t, r.told("status"), "1 entity not readable")
	quiet(t, r)
}

func TestIntegrations_CredentialProblem(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	require.NoError(t, a.store.SetIntegrationProblem(t.Context(), tenant.ID, &entity.Problem{
		Class: entity.ClassCredential, Code: "AADSTS7000222", Message: "The client secret has expired.",
		Cure: "Make a new client secret.", RequestID: "trace-1", Link: "https://entra.microsoft.com/secrets",
	}))
	r := a.owner().get("/tenants/contoso/integrations")
	assert.Equal(t, store.StatusAttention, r.attr("integration", "data-status"))
	block := r.told("problem")
	for _, part := range []string{"AADSTS7000222", "The client secret has expired.", "Make a new client secret.", "trace-1"} {
		assert.Contains(t, block, part)
	}
	assert.Equal(t, 1, r.doc().Find("[data-testid=problem] a[href='https://entra.microsoft.com/secrets']").Length())
	assert.Contains(t, r.text(".x-problem-more"), "Enter a new secret")

	require.NoError(t, a.store.SetIntegrationProblem(t.Context(), tenant.ID, &entity.Problem{Class: entity.ClassConsent, Cure: "Grant admin consent."}))
	r = a.as(a.account("second@contoso.com", store.Owner)).get("/tenants/contoso/integrations")
	assert.Equal(t, "Check the permissions", r.text(".x-problem-more"), "a new secret does not mend a missing consent")
}

func TestIntegrations_Progress(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.list(tenant, "groups", 10)
	run := a.begin(tenant, "groups", "named_locations")
	_, err := a.part(run, "groups").Put(t.Context(), a.page("groups", 5), store.Traffic{Requests: 1})
	require.NoError(t, err)
	b := a.owner()

	full := b.get("/tenants/contoso/integrations")
	assert.Equal(t, "true", full.attr("integration", "data-syncing"))
	assert.Equal(t, "complete", full.attr("entity-state-groups", "data-state"), "syncing never hides the last state")
	assert.Equal(t, "true", full.attr("entity-state-groups", "data-syncing"))
	assert.Equal(t, "every 1s", full.doc().Find("#microsoft").AttrOr("hx-trigger", ""))
	assert.Equal(t, "running", full.doc().Find("#part-groups-list").AttrOr("data-phase", ""))
	assert.Contains(t, full.text("#part-groups-list"), "5 rows · 1 page")
	assert.Equal(t, "500", full.doc().Find("#part-groups-list progress").AttrOr("value", ""), "half of what there was last time")
	assert.Equal(t, "queued", full.doc().Find("#part-named_locations-list").AttrOr("data-phase", ""))
	quiet(t, full)

	poll := b.get("/tenants/contoso/integrations", "HX-Request", "true")
	assert.Equal(t, http.StatusOK, poll.Status)
	assert.NotContains(t, poll.Body, "<html", "a poll gets the card alone")
	assert.Equal(t, 1, poll.doc().Find("#microsoft").Length())
	assert.Zero(t, poll.doc().Find("dialog").Length(), "a poll must not close a dialog that is open")

	require.NoError(t, a.store.FinishRun(t.Context(), run.ID, store.RunInterrupted, nil))
	idle := b.get("/tenants/contoso/integrations", "HX-Request", "true")
	_, polls := idle.doc().Find("#microsoft").Attr("hx-get")
	assert.False(t, polls, "polling ends with the run")
}

func TestIntegrations_RecentSyncsLinkToTheirPages(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	good := a.list(tenant, "groups", 3)
	bad := a.begin(tenant, "groups")
	require.NoError(t, a.store.FinishRun(t.Context(), bad.ID, store.RunFailed, &entity.Problem{Class: entity.ClassNetwork, Message: "no answer"}))
	r := a.owner().get("/tenants/contoso/integrations")
	bar := func(id int64) string {
		return "#run-" + strconv.FormatInt(id, 10)
	}
	assert.Equal(t, "/tenants/contoso/syncs/"+strconv.FormatInt(good.ID, 10), r.doc().Find(bar(good.ID)).AttrOr("href", ""))
	assert.Equal(t, 1, r.doc().Find(bar(good.ID)+" .x-run-ok").Length())
	assert.Equal(t, 1, r.doc().Find(bar(bad.ID)+" .x-run-bad").Length())
}

func TestSync(t *testing.T) {
	t.Parallel()
	const path = "/tenants/contoso/integrations/microsoft/sync"
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.syncer.start = a.store.StartRun
	ann := a.as(a.account("ann@contoso.com", store.Admin, tenant))

	first := ann.post(path)
	require.Equal(t, http.StatusSeeOther, first.Status)
	assert.Equal(t, "/tenants/contoso/integrations", first.location())
	run, err := a.store.ActiveRun(t.Context(), tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, store.TriggerManual, run.Trigger)
	assert.Equal(t, "ann@contoso.com", run.By)
	assert.False(t, ann.get("/tenants/contoso/integrations").has("joined"))

	second := ann.post(path)
	require.Equal(t, http.StatusSeeOther, second.Status)
	assert.Contains(t, ann.get(second.location()).told("joined"), "already running")

	click := ann.do(http.MethodPost, path, form(), "HX-Request", "true")
	require.Equal(t, http.StatusOK, click.Status)
	assert.NotContains(t, click.Body, "<html")
	assert.Contains(t, click.told("joined"), "already running")
	poll := click.doc().Find("#microsoft").AttrOr("hx-get", "")
	assert.Contains(t, ann.get(poll, "HX-Request", "true").told("joined"), "already running", "the next poll does not wipe the answer")

	runs, err := a.store.Runs(t.Context(), tenant.ID, 0, 10)
	require.NoError(t, err)
	assert.Len(t, runs, 1, "three clicks, one run")
}

func TestSync_NotConnected(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant("Contoso")
	a.syncer.start = func(context.Context, store.NewRun) (store.Run, bool, error) {
		return store.Run{}, false, &entity.Problem{Class: entity.ClassCredential, Code: entity.CodeNotConnected, Message: "not connected"}
	}
	r := a.owner().post("/tenants/contoso/integrations/microsoft/sync")
	assert.Equal(t, http.StatusConflict, r.Status)
	assert.Equal(t, "Connect the tenant first", r.text("h1"))
	assert.NotContains(t, r.Body, "Microsoft could not be asked")
}

func TestSync_Cancel(t *testing.T) {
	t.Parallel()
	const path = "/tenants/contoso/integrations/microsoft/cancel"
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	b := a.owner()

	assert.Equal(t, http.StatusSeeOther, b.post(path).Status)
	assert.Contains(t, b.get("/tenants/contoso/integrations").told("flash"), "No sync is running.")

	run := a.begin(tenant, "groups")
	assert.True(t, b.get("/tenants/contoso/integrations").has("cancel"))
	assert.Equal(t, http.StatusSeeOther, b.post(path).Status)
	cancel, err := a.store.Heartbeat(t.Context(), run.ID)
	require.NoError(t, err)
	assert.True(t, cancel, "the run hears of it")
	entries, err := a.store.AuditEntries(t.Context(), tenant.ID, 0, 1)
	require.NoError(t, err)
	assert.Equal(t, "sync.cancelled", entries[0].Action)
	assert.Equal(t, "owner@contoso.com", entries[0].Actor)
}

// Everything that changes something, with what a valid request to it holds.
var integrationActions = []struct {
	path string
	form []string
}{
	{path: "connect", form: []string{"cloud", "global", "directory_id", testDirectory, "client_id", testClient, "client_secret", testSecret}},
	{path: "permissions"},
	{path: "sync"},
	{path: "cancel"},
	{path: "disconnect"},
	{path: "delete-data", form: []string{"confirm", "contoso"}},
	{path: "held", form: []string{"kind", "groups", "decision", "confirm"}},
}

func TestIntegrations_Roles(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.list(tenant, "groups", 60)
	a.list(tenant, "groups", 10) // 50 of 60 are held
	a.grant(tenant, entity.Graph, a.required()[1:]...)
	a.begin(tenant, "groups")
	a.tenant("Other")
	other, err := a.store.TenantBySlug(t.Context(), "other")
	require.NoError(t, err)
	viewer := a.as(a.account("vic@contoso.com", store.Viewer, tenant))
	stranger := a.as(a.account("sue@other.com", store.Admin, other))
	boss := a.owner()
	pages := []string{
		"/tenants/contoso/integrations",
		"/tenants/contoso/integrations/microsoft/permissions",
		"/tenants/contoso/integrations/microsoft/held",
		"/tenants/contoso/syncs",
		"/tenants/contoso/syncs/1",
	}
	for _, page := range pages {
		r := viewer.get(page)
		require.Equal(t, http.StatusOK, r.Status, page)
		assert.Zero(t, r.doc().Find("main form").Length(), "%s: a viewer has nothing to press", page)
		assert.Zero(t, r.doc().Find("main dialog").Length(), page)
		for _, id := range []string{"connect", "refresh", "disconnect", "replace-secret", "delete-data", "check-again", "consent", "cancel"} {
			assert.False(t, r.has(id), "%s shows a viewer %s", page, id)
		}
		quiet(t, r)
		assert.Equal(t, http.StatusNotFound, stranger.get(page).Status, page)
	}
	assert.Equal(t, http.StatusForbidden, viewer.get("/tenants/contoso/integrations/microsoft/connect").Status)
	for _, action := range integrationActions {
		path := "/tenants/contoso/integrations/microsoft/" + action.path
		assert.Equal(t, http.StatusForbidden, viewer.post(path, action.form...).Status, path)
		assert.Equal(t, http.StatusNotFound, stranger.post(path, action.form...).Status, path)
		assert.Equal(t, http.StatusForbidden, boss.do(http.MethodPost, path, form(action.form...), "Sec-Fetch-Site", "cross-site").Status, path)
	}
	_, err = a.store.Secret(t.Context(), tenant.ID)
	require.NoError(t, err, "none of that disconnected the tenant")
	held, err := a.store.Held(t.Context(), tenant.ID)
	require.NoError(t, err)
	assert.Len(t, held, 1, "nor decided about rows")
}
