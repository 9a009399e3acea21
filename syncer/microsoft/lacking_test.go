package microsoft

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

// unknowing refuses queries that name a property which its type does not have,
// one at a time, as Microsoft does.
func unknowing(answer http.HandlerFunc, message string, properties ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query, _ := url.QueryUnescape(r.URL.RawQuery)
		for _, p := range properties {
			for _, part := range strings.FieldsFunc(query, func(c rune) bool { return strings.ContainsRune(",=&();", c) }) {
				if part == p {
					writeError(w, 400, "BadRequest", fmt.Sprintf(message, p))
					return
				}
			}
		}
		answer(w, r)
	}
}

func TestPages_leaveOutWhatTheCloudDoesNotHave(t *testing.T) {
	t.Parallel()
	one := func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, rowsOf("", "1")) }
	for _, message := range []string{
		"Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.user'.",
		"Could not find a property named '%s' on type 'Microsoft.DirectoryServices.User'.",
		"Property '%s' does not exist as a declared property or extension property.",
		"The property '%s' does not exist on type 'microsoft.graph.user'. Make sure to only use property names that are defined by the type.",
		"Invalid property '%s'.",
	} {
		s, k := newCloudServer(t), newClock()
		s.graph = unknowing(one, message, "signInActivity", "department")
		l := userList(url.Values{"$expand": {"manager($select=id,department),memberOf"}, "$top": {"5"}})
		l.Lacking = NewLacking()
		pages, ids, stats, err := collect(t.Context(), newClient(t, s, k), l)
		require.NoError(t, err, message)
		assert.Equal(t, []string{"1"}, ids)
		assert.Equal(t, []string{"signInActivity", "manager.department"}, l.Lacking.Names())
		assert.Equal(t, 3, stats.Requests)
		assert.Len(t, pages, 1)
		assert.Equal(t, "/graph/v1.0/users?$expand=manager%28$select%3Did%29,memberOf&$select=id,displayName&$top=5", s.requests()[2])

		// Known from the start, it takes no second request.
		l.Lacking = NewLacking(l.Lacking.Names()...)
		_, _, stats, err = collect(t.Context(), newClient(t, s, k), l)
		require.NoError(t, err)
		assert.Equal(t, 1, stats.Requests)
	}
}

func TestPages_doNotLeaveOutWhatTheyDidNotAskFor(t *testing.T) {
	t.Parallel()
	for name, message := range map[string]string{
		"another property": "Could not find a property named 'colour' on type 'microsoft.graph.user'.",
		"the id":           "Could not find a property named 'id' on type 'microsoft.graph.user'.",
		"of a filter":      "Could not find a property named 'userType' on type 'microsoft.graph.user'.",
	} {
		s, k := newCloudServer(t), newClock()
		s.graph = func(w http.ResponseWriter, _ *http.Request) { writeError(w, 400, "BadRequest", message) }
		l := userList(url.Values{"$filter": {"userType eq 'Guest'"}})
		l.Lacking = NewLacking()
		_, _, stats, err := collect(t.Context(), newClient(t, s, k), l)
		p := requireProblem(t, err)
		assert.Equal(t, entity.ClassSource, p.Class, name)
		assert.Empty(t, l.Lacking.Names(), name)
		assert.Equal(t, 1, stats.Requests, name)
	}
}

func TestPages_leaveOutAWholeExpansionOrOneOfTwoOfAName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ path, expand, property, ofType, want string }{
		{"/roles", "principal,appScope", "appScope", "microsoft.graph.role", "appScope"},
		{"/groups", "owners($select=id,displayName)", "displayName", "microsoft.graph.directoryObject", "owners.displayName"},
		{"/groups", "owners($select=id,displayName)", "displayName", "microsoft.graph.group", "displayName"},
		{"/groups", "owners($select=id,displayName)", "displayName", "", "displayName"},
	} {
		q := url.Values{"$select": {"id,displayName"}, "$expand": {c.expand}}
		assert.Equal(t, c.want, find(c.path, q, c.property, c.ofType), "%+v", c)
	}
	assert.Equal(t, url.Values{"$select": {"id"}}, NewLacking("displayName", "owners").trim(url.Values{"$select": {"id,displayName"}, "$expand": {"owners($select=id,displayName;$top=5)"}}))
}

func TestBatch_leavesOutWhatTheCloudDoesNotHave(t *testing.T) {
	t.Parallel()
	s, k := newBatchServer(t), newClock()
	s.item = func(path string, _ int) (int, map[string]any, any) {
		if strings.Contains(path, "employeeType") {
			return 400, nil, map[string]any{"error": map[string]any{"code": "BadRequest", "message": "Could not find a property named 'employeeType' on type 'microsoft.graph.user'."}}
		}
		return 200, map[string]any{"Content-Type": "application/json"}, rowsOf("", "m")
	}
	b := memberBatch(25)
	for i := range b.Items {
		b.Items[i].Query.Set("$select", "id,employeeType")
	}
	b.Lacking = NewLacking()
	r := readBatch(t, newClient(t, s.cloudServer, k), b)
	require.NoError(t, r.err)
	assert.Len(t, r.ids, 25)
	assert.Empty(t, r.problem)
	assert.Equal(t, []string{"employeeType"}, b.Lacking.Names())
	assert.Equal(t, []int{20, 20, 5}, s.sizes(), "the second batch knows it")
}

func TestDeltaLinkLeavesOutWhatTheCloudDoesNotHave(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = unknowing(func(w http.ResponseWriter, _ *http.Request) {
		page := rowsOf("")
		page["@odata.deltaLink"] = s.URL + "/graph/v1.0/users/delta?$deltatoken=t"
		writeJSON(w, 200, page)
	}, "Could not find a property named '%s' on type 'microsoft.graph.user'.", "signInActivity")
	l := userList(nil)
	l.Part.Delta = &entity.Delta{Path: "/users/delta"}
	l.Lacking = NewLacking()
	link, stats, err := newClient(t, s, k).DeltaLink(t.Context(), l)
	require.NoError(t, err)
	assert.Contains(t, link, "$deltatoken=t")
	assert.Equal(t, 2, stats.Requests)
	assert.Equal(t, "v1.0/users/delta?$select=id,displayName", DeltaQuery(l))
}

func TestReportWithoutSomeHeadings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		heads string
		lacks []string
	}{
		"one is renamed":   {"Report Refresh Date,Site Id,Is Deleted,Files,Storage Used (Byte),Assigned Products", []string{"File Count"}},
		"several are gone": {"Site Id,Is Deleted", []string{"File Count", "Storage Used (Byte)", "Assigned Products"}},
		"in another case":  {"site id,is deleted,file count,storage used (byte),assigned products", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			f := newFileServer(t, s)
			f.says(c.heads, strings.Repeat("False,", strings.Count(c.heads, ","))+"False")
			l := siteReport()
			l.Lacking = NewLacking("Is Deleted")
			_, err := newClient(t, s, k).Pages(t.Context(), l, func(p Page) error {
				assert.Len(t, p.Rows, 1)
				return nil
			})
			require.NoError(t, err)
			assert.Equal(t, c.lacks, l.Lacking.Names(), "each file has its own")
		})
	}
}

func TestNamesBetweenPluses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"OFFICE 365 E5":                 {"OFFICE 365 E5"},
		"OFFICE 365 E5+POWER BI (FREE)": {"OFFICE 365 E5", "POWER BI (FREE)"},
		"OFFICE 365 E5+ENTERPRISE MOBILITY + SECURITY E5+POWER BI (FREE)":    {"OFFICE 365 E5", "ENTERPRISE MOBILITY + SECURITY E5", "POWER BI (FREE)"},
		"ENTERPRISE MOBILITY + SECURITY E3":                                  {"ENTERPRISE MOBILITY + SECURITY E3"},
		"VISIO PLAN 2+ENTERPRISE MOBILITY + SECURITY A5 + FOR FACULTY+TEAMS": {"VISIO PLAN 2", "ENTERPRISE MOBILITY + SECURITY A5 + FOR FACULTY", "TEAMS"},
		"A+ B":  {"A", "B"},
		"A++B+": {"A", "B"},
	} {
		assert.Equal(t, want, names(text), text)
	}
}
