package handlers

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

func runID(id int64) string { return strconv.FormatInt(id, 10) }

const exportPath = "/tenants/contoso/export/users"

// records is a CSV answer.
func (r answer) records() [][]string {
	r.t.Helper()
	require.Equal(r.t, http.StatusOK, r.Status, r.Body)
	records, err := csv.NewReader(strings.NewReader(r.Body)).ReadAll()
	require.NoError(r.t, err)
	return records
}

func TestExport_IsWhatTheTablePagesThrough(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(130)...)
	b := a.owner()
	page := b.get(usersPath + "?account_enabled=true&q=person&sort=-display_name&cols=mail")
	var shown []string
	for page.Status == http.StatusOK {
		shown = append(shown, page.rowIDs()...)
		next, more := page.doc().Find("#page-next").Attr("href")
		if !more {
			break
		}
		page = b.get(next)
	}
	require.Len(t, shown, 104)

	// The link of any page exports all of them.
	r := b.get(page.attr("export-csv", "href"))
	records := r.records()
	assert.Equal(t, []string{"id", "mail"}, records[0], "chosen columns only")
	var exported []string
	for _, record := range records[1:] {
		exported = append(exported, record[0])
	}
	assert.Equal(t, shown, exported)
	assert.Equal(t, "complete", r.Header.Get("X-SecurAtlas-State"))
	assert.Equal(t, "2026-11-02T09:00:00Z", r.Header.Get("X-SecurAtlas-As-Of"))
	assert.Equal(t, "attachment; filename=contoso-users-2026-11-02.csv", r.Header.Get("Content-Disposition"))
	assert.Equal(t, "no-store", r.Header.Get("Cache-Control"))

	var document struct {
		Entity, State string
		Rows          []map[string]any
	}
	r = b.get(page.attr("export-json", "href"))
	require.NoError(t, json.Unmarshal([]byte(r.Body), &document))
	assert.Equal(t, "users", document.Entity)
	assert.Len(t, document.Rows, 104)
}

func TestExport_AllColumnsUnlessSomeWereChosen(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(2)...)
	want := []string{"id"}
	for _, c := range a.store.Catalogue().Def("users").Columns {
		want = append(want, c.Name)
	}
	b := a.owner()
	assert.Equal(t, want, b.get(exportPath + "?format=csv").records()[0])
	assert.Equal(t, append(want, "removed_at"), b.get(exportPath + "?format=csv&removed=1").records()[0])
}

func TestExport_FormulasAreText(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	users := people(1)
	users[0]["jobTitle"] = `=HYPERLINK("http://evil.example","x")`
	a.read(a.contoso(), "users", "list", users...)
	records := a.owner().get(exportPath + "?format=csv&cols=job_title").records()
	assert.Equal(t, `'=HYPERLINK("http://evil.example","x")`, records[1][1])
	r := a.as(a.account("v@contoso.com", "viewer", a.contoso())).get(exportPath + "?format=ndjson&cols=job_title")
	assert.Equal(t, `{"id":"user-0000","job_title":"=HYPERLINK(\"http://evil.example\",\"x\")"}`+"\n", r.Body, "what Microsoft sent")
}

func TestExport_SaysWhatIsNotComplete(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	b := a.owner()
	r := b.get(exportPath + "?format=json")
	assert.Equal(t, "never", r.Header.Get("X-SecurAtlas-State"))
	assert.Empty(t, r.Header.Get("X-SecurAtlas-As-Of"))
	r.says(`"state":"never","as_of":null`)

	a.failed(tenant, "users", "list", &entity.Problem{Class: entity.ClassNetwork}, people(3)...)
	r = b.get(exportPath + "?format=csv")
	assert.Equal(t, "partial", r.Header.Get("X-SecurAtlas-State"))
	assert.Len(t, r.records(), 4)

	a.read(tenant, "users", "list", people(3)...)
	a.failed(tenant, "users", "sign_in_activity", noAuditLog)
	r = b.get(exportPath + "?format=csv")
	assert.Equal(t, "complete", r.Header.Get("X-SecurAtlas-State"))
	assert.Contains(t, r.Header.Get("X-SecurAtlas-Incomplete-Columns"), "sign_in_activity_last_successful_sign_in_date_time")
	b.get(exportPath + "?format=json").says(`{"column":"sign_in_activity_last_successful_sign_in_date_time","state":"not_permitted","needs":["AuditLog.Read.All"],"as_of":null}`)
}

func TestExport_RefusesWhatItDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.tenant("Contoso")
	b := a.owner()
	for query, want := range map[string]string{
		"":                             "format",
		"?format=xlsx":                 "xlsx",
		"?format=csv&foo=1":            "foo",
		"?format=csv&sort=nothing":     "sorted",
		"?format=csv&<script>alert(1)": "There is no filter",
	} {
		r := b.get(exportPath + query)
		assert.Equal(t, http.StatusUnprocessableEntity, r.Status, query)
		r.says(want)
		assert.Empty(t, r.Header.Get("Content-Disposition"), "an error is no file")
		quiet(t, r)
	}
}

func TestExport_ThatBreaksOffDoesNotLookWhole(t *testing.T) {
	t.Parallel()
	a := lampApp(t)
	a.read(a.contoso(), "lamps", "list", manyLamps(900)...)
	b := a.owner()
	for _, format := range []string{"csv", "ndjson", "json"} {
		for _, encoding := range []string{"identity", "gzip"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.url+"/tenants/contoso/export/broken_lamps?format="+format, nil)
			require.NoError(t, err)
			r.Header.Set("Accept-Encoding", encoding)
			res, err := b.client.Do(r)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, res.StatusCode)
			body, err := io.ReadAll(res.Body)
			res.Body.Close()
			require.Error(t, err, "%s %s: %d bytes look whole", format, encoding, len(body))
		}
	}
	assert.Contains(t, a.log.String(), "export broke off")
	whole := b.get("/tenants/contoso/export/lamps?format=csv")
	assert.Len(t, whole.records(), 901)
}

func TestExport_ThatFailsAtOnceIsAnErrorPage(t *testing.T) {
	t.Parallel()
	a := lampApp(t)
	a.read(a.contoso(), "lamps", "list", object{"id": "lamp-0700", "name": "the only one"})
	r := a.owner().get("/tenants/contoso/export/broken_lamps?format=csv")
	assert.Equal(t, http.StatusInternalServerError, r.Status)
	assert.Empty(t, r.Header.Get("Content-Disposition"))
	assert.Empty(t, r.Header.Get("X-SecurAtlas-State"))
	r.says("<html")
}

func TestExport_Head(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	a.read(a.contoso(), "users", "list", people(2)...)
	r := a.owner().do(http.MethodHead, exportPath+"?format=csv", nil)
	assert.Equal(t, http.StatusOK, r.Status)
	assert.Equal(t, "complete", r.Header.Get("X-SecurAtlas-State"))
	assert.Empty(t, r.Body)
}
