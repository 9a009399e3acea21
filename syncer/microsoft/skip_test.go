package microsoft

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Microsoft may cut a page to less than was asked for without a link to the
// rest.
func TestPages_defenderThatCutsPages(t *testing.T) {
	t.Parallel()
	rows := func(from, to int) map[string]any {
		var ids []string
		for i := from; i < to; i++ {
			ids = append(ids, strconv.Itoa(i))
		}
		return rowsOf("", ids...)
	}
	sent := func(w http.ResponseWriter, from, total int) {
		writeJSON(w, 200, rows(from, min(from+1000, total)))
	}
	for name, test := range map[string]struct {
		answer   func(w http.ResponseWriter, skip int)
		top      string
		rows     int
		requests int
		class    entity.Class
	}{
		"the rest is skipped to": {answer: func(w http.ResponseWriter, skip int) { sent(w, skip, 2300) }, rows: 2300, requests: 3},
		"an even number of rows": {answer: func(w http.ResponseWriter, skip int) { sent(w, skip, 2000) }, rows: 2000, requests: 3},
		"a small list":           {answer: func(w http.ResponseWriter, skip int) { sent(w, skip, 999) }, rows: 999, requests: 1},
		"nothing":                {answer: func(w http.ResponseWriter, skip int) { sent(w, skip, 0) }, rows: 0, requests: 1},
		"another size": {answer: func(w http.ResponseWriter, skip int) {
			writeJSON(w, 200, rows(skip, min(skip+1500, 1800)))
		}, rows: 1800, requests: 2},
		"a refusal to skip": {answer: func(w http.ResponseWriter, skip int) {
			if skip > 0 {
				writeError(w, 400, "BadRequest", "The limit of '1000' for Skip query has been exceeded.")
				return
			}
			sent(w, skip, 1000)
		}, rows: 1000, requests: 2},
		"no page there": {answer: func(w http.ResponseWriter, skip int) {
			if skip > 0 {
				writeError(w, 404, "NotFound", "Not found.")
				return
			}
			sent(w, skip, 1000)
		}, rows: 1000, requests: 2},
		"skipping that is ignored": {answer: func(w http.ResponseWriter, skip int) { sent(w, 0, 1000) }, rows: 1000, requests: 2},
		"skipping that is ignored after a full page": {answer: func(w http.ResponseWriter, skip int) { sent(w, 0, 1000) },
			top: "1000", rows: 1000, requests: 2, class: entity.ClassData},
		"a refusal after a full page": {answer: func(w http.ResponseWriter, skip int) {
			if skip > 0 {
				writeError(w, 400, "BadRequest", "No.")
				return
			}
			sent(w, skip, 1000)
		}, top: "1000", rows: 1000, requests: 2, class: entity.ClassSource},
		"a gateway's answer": {answer: func(w http.ResponseWriter, skip int) {
			if skip > 0 {
				writeBody(w, 404, "text/html", "<html><title>Not here</title></html>")
				return
			}
			sent(w, skip, 1000)
		}, rows: 1000, requests: 2, class: entity.ClassSource},
		"a failure on the way": {answer: func(w http.ResponseWriter, skip int) {
			if skip > 0 {
				writeError(w, 501, "NotImplemented", "No.")
				return
			}
			sent(w, skip, 1000)
		}, rows: 1000, requests: 2, class: entity.ClassSource},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			s.defender = func(w http.ResponseWriter, r *http.Request) {
				skip, _ := strconv.Atoi(r.URL.Query().Get("$skip"))
				test.answer(w, skip)
			}
			l := machineList()
			l.Part.NoneIsMissing = false
			l.Part.Query.Set("$top", firstOf(test.top, "5000"))
			pages, ids, stats, err := collect(t.Context(), newClient(t, s, k), l)
			assert.Len(t, ids, test.rows)
			assert.Equal(t, test.requests, stats.Requests)
			if test.class != "" {
				assert.Equal(t, test.class, requireProblem(t, err).Class)
				assert.False(t, pages[len(pages)-1].Last)
				return
			}
			require.NoError(t, err)
			assert.True(t, pages[len(pages)-1].Last)
		})
	}
	t.Run("links that have ended", func(t *testing.T) {
		t.Parallel()
		s, k := newCloudServer(t), newClock()
		s.defender = func(w http.ResponseWriter, r *http.Request) {
			page := rows(1000, 2000)
			if r.URL.Query().Get("page") == "" {
				page = rows(0, 1000)
				page["@odata.nextLink"] = s.URL + "/defender/api/machines?page=2"
			}
			writeJSON(w, 200, page)
		}
		l := machineList()
		l.Part.Query.Set("$top", "1000")
		_, ids, stats, err := collect(t.Context(), newClient(t, s, k), l)
		require.NoError(t, err)
		assert.Len(t, ids, 2000)
		assert.Equal(t, 2, stats.Requests)
	})
}
