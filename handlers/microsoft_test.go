package handlers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

const (
	testDirectory = "8f2c61d0-5a41-4c6f-9b0e-6d1a2f7be9d4"
	testClient    = "d19b77aa-0c1f-4b59-8a53-2f6f0c1d7e11"
	testSecret    = "abC8Q~s3cret-value-nobody-may-see-0123456"
)

// connectedTenant adds a tenant that is connected to testDirectory.
func (a *app) connectedTenant(name string) store.Tenant {
	a.t.Helper()
	tenant := a.tenant(name)
	err := a.store.SaveIntegration(a.t.Context(), store.Actor{Name: "ann@contoso.com"}, store.Integration{
		TenantID:      tenant.ID,
		Cloud:         "global",
		DirectoryID:   testDirectory,
		DirectoryName: "Contoso Ltd",
		DefaultDomain: "contoso.onmicrosoft.com",
		ClientID:      testClient,
	}, testSecret)
	require.NoError(a.t, err)
	return tenant
}

// begin starts a run of some kinds.
func (a *app) begin(tenant store.Tenant, kinds ...string) store.Run {
	a.t.Helper()
	run, joined, err := a.store.StartRun(a.t.Context(), store.NewRun{
		TenantID: tenant.ID, Trigger: store.TriggerManual, By: "ann@contoso.com", Kinds: kinds,
	})
	require.NoError(a.t, err)
	require.False(a.t, joined)
	return run
}

// part begins the first part of a kind.
func (a *app) part(run store.Run, kind string) *store.PartWriter {
	a.t.Helper()
	def := a.store.Catalogue().Def(kind)
	w, err := a.store.BeginPart(a.t.Context(), store.PartRef{TenantID: run.TenantID, RunID: run.ID, Def: def, Part: &def.Parts[0]})
	require.NoError(a.t, err)
	return w
}

// page returns n rows of a kind's first part, named after their number.
func (a *app) page(kind string, n int) []entity.Row {
	def := a.store.Catalogue().Def(kind)
	rows := make([]entity.Row, n)
	for i := range rows {
		rows[i].ID = fmt.Sprintf("%08d-0000-4000-8000-000000000000", i)
		for _, c := range def.PartColumns(def.Parts[0].Name) {
			var cell any
			if c.Name == def.TitleColumn {
				cell = fmt.Sprintf("%s %d", def.Singular, i)
			}
			rows[i].Cells = append(rows[i].Cells, cell)
		}
	}
	return rows
}

// list reads a complete list of n rows in a run of its own.
func (a *app) list(tenant store.Tenant, kind string, n int) store.Run {
	a.t.Helper()
	ctx := a.t.Context()
	run := a.begin(tenant, kind)
	w := a.part(run, kind)
	_, err := w.Put(ctx, a.page(kind, n), store.Traffic{Requests: 1})
	require.NoError(a.t, err)
	_, err = w.Complete(ctx, store.Traffic{Requests: 1})
	require.NoError(a.t, err)
	require.NoError(a.t, a.store.FinishRun(ctx, run.ID, store.RunComplete, nil))
	return run
}

// stopped ends a list with a problem, in a run of its own.
func (a *app) stopped(tenant store.Tenant, kind string, problem *entity.Problem) store.Run {
	a.t.Helper()
	ctx := a.t.Context()
	run := a.begin(tenant, kind)
	_, err := a.part(run, kind).Stop(ctx, problem, store.Traffic{Requests: 3, Retries: 2})
	require.NoError(a.t, err)
	require.NoError(a.t, a.store.FinishRun(ctx, run.ID, store.RunPartial, nil))
	return run
}

// grant stores the roles of a token.
func (a *app) grant(tenant store.Tenant, r entity.Resource, roles ...string) {
	a.t.Helper()
	_, _, err := a.store.SaveGrants(a.t.Context(), tenant.ID, entity.Grants{Resource: r, Roles: roles})
	require.NoError(a.t, err)
}

// required are the names of the required permissions.
func (a *app) required() []string {
	var names []string
	for _, p := range a.store.Catalogue().Permissions {
		if p.Profile == entity.Required {
			names = append(names, p.Name)
		}
	}
	return names
}

// attr is an attribute of the one element with a data-testid.
func (r answer) attr(testid, name string) string {
	r.t.Helper()
	found := r.doc().Find(`[data-testid="` + testid + `"]`)
	require.Equal(r.t, 1, found.Length(), "elements with data-testid %s", testid)
	value, ok := found.Attr(name)
	require.True(r.t, ok, "%s has no %s", testid, name)
	return value
}

// has reports whether the page has an element with a data-testid.
func (r answer) has(testid string) bool {
	r.t.Helper()
	return r.doc().Find(`[data-testid="`+testid+`"]`).Length() > 0
}

// told is the text of the element with a data-testid.
func (r answer) told(testid string) string {
	r.t.Helper()
	return r.text(`[data-testid="` + testid + `"]`)
}

// cells are the texts of a table row.
func (r answer) cells(selector string) []string {
	r.t.Helper()
	var texts []string
	r.doc().Find(selector + " > td").Each(func(_ int, cell *goquery.Selection) {
		texts = append(texts, strings.Join(strings.Fields(cell.Text()), " "))
	})
	return texts
}

// quiet fails the test where a page has inline styles or scripts, which the
// content security policy would block.
func quiet(t *testing.T, r answer) {
	t.Helper()
	doc := r.doc()
	require.Zero(t, doc.Find("[style]").Length(), "inline styles")
	require.Zero(t, doc.Find("style").Length(), "style elements")
	require.Zero(t, doc.Find("script:not([src])").Length(), "inline scripts")
	require.Zero(t, doc.Find("[onclick],[onsubmit],[onchange]").Length(), "inline handlers")
}
