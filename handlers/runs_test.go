package handlers

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func runPath(id int64) string { return "/tenants/contoso/syncs/" + strconv.FormatInt(id, 10) }

func TestRuns_Pages(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	var ids []int64
	for range runsPage + 3 {
		run := a.begin(tenant, "groups")
		require.NoError(t, a.store.FinishRun(t.Context(), run.ID, store.RunComplete, nil))
		a.clock.Advance(time.Minute)
		ids = append(ids, run.ID)
	}
	b := a.owner()
	first := b.get("/tenants/contoso/syncs")
	require.Equal(t, http.StatusOK, first.Status)
	assert.Equal(t, runsPage, first.doc().Find("tbody tr").Length())
	assert.True(t, first.has(fmt.Sprintf("run-%d", ids[len(ids)-1])), "the newest comes first")
	assert.Zero(t, first.doc().Find("a[rel=prev]").Length())
	next, ok := first.doc().Find("a[rel=next]").Attr("href")
	require.True(t, ok)
	quiet(t, first)

	second := b.get(next)
	assert.Equal(t, 3, second.doc().Find("tbody tr").Length())
	assert.True(t, second.has(fmt.Sprintf("run-%d", ids[0])))
	assert.Zero(t, second.doc().Find("a[rel=next]").Length())
	assert.Equal(t, "/tenants/contoso/syncs", second.doc().Find("a[rel=prev]").AttrOr("href", ""))

	for _, before := range []string{"x", "-1", "0"} {
		assert.Equal(t, http.StatusBadRequest, b.get("/tenants/contoso/syncs?before="+before).Status, before)
	}
}

func TestRuns_None(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant("Contoso")
	assert.Contains(t, a.owner().get("/tenants/contoso/syncs").Body, "No syncs yet")
}

func TestRun_Parts(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.list(tenant, "groups", 3)
	run := a.begin(tenant, "groups", "named_locations")
	ctx := t.Context()
	w := a.part(run, "groups")
	_, err := w.Put(ctx, a.page("groups", 5), store.Traffic{Requests: 4, Retries: 2, Waited: 12 * time.Second})
	require.NoError(t, err)
	_, err = w.Complete(ctx, store.Traffic{Requests: 4, Retries: 2, Waited: 12 * time.Second})
	require.NoError(t, err)
	_, err = a.part(run, "named_locations").Stop(ctx, &entity.Problem{
		Class: entity.ClassSource, Code: "UnknownError", Message: "503 Service Unavailable", RequestID: "req-503",
		Cure: "The next sync tries again.", Link: "https://entra.microsoft.com/health",
	}, store.Traffic{Requests: 1})
	require.NoError(t, err)
	a.clock.Advance(65 * time.Second)
	require.NoError(t, a.store.FinishRun(ctx, run.ID, store.RunPartial, nil))

	r := a.owner().get(runPath(run.ID))
	require.Equal(t, http.StatusOK, r.Status)
	assert.Equal(t, "partial", r.attr("run", "data-status"))
	head := r.text(".x-run-card")
	for _, part := range []string{"Partial", "Manual", "by ann@contoso.com", "1 min 5 s", "5 requests, 2 retries, waited 12 s", "2 added, 0 changed, 0 removed"} {
		assert.Contains(t, head, part)
	}
	assert.Equal(t, "complete", r.doc().Find("#part-groups-list").AttrOr("data-state", ""))
	assert.Equal(t, []string{"Groups", "Complete", "5", "2", "0", "0", "1", "4", "2", "12 s"}, r.cells("#part-groups-list"))
	assert.Equal(t, "failed", r.doc().Find("#part-named_locations-list").AttrOr("data-state", ""))
	assert.Equal(t, []string{"Named locations", "Failed", "–", "–", "–", "–", "0", "1", "0", "–"}, r.cells("#part-named_locations-list"),
		"what was not read has no numbers")
	problem := r.text("#part-named_locations-list-problem")
	for _, part := range []string{"503 Service Unavailable", "UnknownError", "req-503", "The next sync tries again."} {
		assert.Contains(t, problem, part)
	}
	assert.Equal(t, 1, r.doc().Find(`#part-named_locations-list-problem a[href="https://entra.microsoft.com/health"]`).Length())
	assert.NotContains(t, r.Body, `hx-trigger="every`)
	quiet(t, r)
}

func TestRun_Live(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	run := a.begin(tenant, "groups")
	b := a.owner()
	r := b.get(runPath(run.ID))
	assert.Equal(t, "running", r.attr("run", "data-status"))
	assert.Equal(t, runPath(run.ID), r.doc().Find("#run").AttrOr("hx-get", ""))
	poll := b.get(runPath(run.ID), "HX-Request", "true")
	assert.NotContains(t, poll.Body, "<html")
	require.NoError(t, a.store.FinishRun(t.Context(), run.ID, store.RunInterrupted, nil))
	poll = b.get(runPath(run.ID), "HX-Request", "true")
	assert.Equal(t, "interrupted", poll.attr("run", "data-status"))
	_, polls := poll.doc().Find("#run").Attr("hx-get")
	assert.False(t, polls)
}

func TestRun_OfAnotherTenant(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	run := a.begin(tenant, "groups")
	a.tenant("Fabrikam")
	b := a.owner()
	assert.Equal(t, http.StatusOK, b.get(runPath(run.ID)).Status)
	assert.Equal(t, http.StatusNotFound, b.get("/tenants/fabrikam/syncs/"+strconv.FormatInt(run.ID, 10)).Status)
	for _, id := range []string{"999", "x", "-1"} {
		assert.Equal(t, http.StatusNotFound, b.get("/tenants/contoso/syncs/"+id).Status, id)
	}
}
