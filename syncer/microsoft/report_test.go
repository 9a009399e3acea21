package microsoft

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

// fileServer is the host that Graph sends readers of a report on to.
type fileServer struct {
	*httptest.Server

	mu     sync.Mutex
	tokens []string // Authorization headers that came
	answer func(w http.ResponseWriter, number int)
	asked  int
}

func newFileServer(t *testing.T, s *cloudServer) *fileServer {
	t.Helper()
	f := &fileServer{}
	f.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.asked++
		f.tokens = append(f.tokens, r.Header.Values("Authorization")...)
		n := f.asked
		f.mu.Unlock()
		w.Header().Set("Content-Type", "application/octet-stream")
		f.answer(w, n)
	}))
	t.Cleanup(f.Close)
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", f.URL+"/data/download/sesame?key=very-private")
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusFound)
	}
	return f
}

func (f *fileServer) says(lines ...string) {
	f.answer = func(w http.ResponseWriter, _ int) { fmt.Fprint(w, strings.Join(lines, "\r\n")+"\r\n") }
}

// siteReport is the usage report of sites.
func siteReport() List {
	def := &entity.Def{
		Kind: "sites", Title: "Sites", Singular: "site",
		Parts: []entity.Part{{
			Name: "list", Resource: entity.Graph, Path: "/reports/getSharePointSiteUsageDetail(period='D7')",
			Report: true, ID: func(o entity.Object) string { return o.Text("Site Id") }, IDUses: []string{"Site Id"},
			Needs: []entity.AnyOf{{"Reports.Read.All"}}, Throttle: entity.ThrottleUsage,
		}},
		Columns: []entity.Column{
			{Path: "Site Id", Name: "site_id", Part: "list", Type: entity.Text},
			{Path: "Is Deleted", Name: "is_deleted", Part: "list", Type: entity.Bool},
			{Path: "File Count", Name: "file_count", Part: "list", Type: entity.Int},
			{Path: "Storage Used (Byte)", Name: "storage", Part: "list", Type: entity.Int},
			{Path: "Assigned Products", Name: "products", Part: "list", Type: entity.List},
		},
	}
	return List{Def: def, Part: &def.Parts[0]}
}

const headings = "\xef\xbb\xbfReport Refresh Date,Site Id,Is Deleted,File Count,Storage Used (Byte),New Column,Assigned Products"

func readSites(t *testing.T, c *Client) (rows []entity.Row, pages int, err error) {
	t.Helper()
	l := siteReport()
	_, err = c.Pages(t.Context(), l, func(p Page) error {
		pages++
		if p.Restarted {
			rows = nil
		}
		for _, raw := range p.Rows {
			row, err := l.Def.DecodeFrom(l.Part, raw, time.Time{})
			require.NoError(t, err)
			rows = append(rows, row)
		}
		return nil
	})
	return rows, pages, err
}

func TestReportIsReadWithoutTheToken(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	f := newFileServer(t, s)
	f.says(headings,
		`2026-02-27,0069d72c,False,37,56688702,x,MICROSOFT 365 E5+POWER BI`,
		`2026-02-27,00e9d2f6,True,,27487790694400,x,"A, quoted"`,
		`2026-02-27,0f000000,maybe,many,1e3,,`)
	rows, pages, err := readSites(t, newClient(t, s, k))
	require.NoError(t, err)
	assert.Equal(t, 1, pages)
	assert.Equal(t, []entity.Row{
		{ID: "0069d72c", Cells: []any{"0069d72c", false, int64(37), int64(56688702), `["MICROSOFT 365 E5","POWER BI"]`}},
		{ID: "00e9d2f6", Cells: []any{"00e9d2f6", true, nil, int64(27487790694400), `["A, quoted"]`}},
		{ID: "0f000000", Cells: []any{"0f000000", entity.Odd(`"maybe"`), entity.Odd(`"many"`), entity.Odd("1e3"), nil}},
	}, rows)
	assert.Empty(t, f.tokens, "the token never leaves for another host")
	assert.Equal(t, []string{"/graph/v1.0/reports/getSharePointSiteUsageDetail(period='D7')?"}, s.requests())
}

func TestReportOnTheSameHostIsReadWithoutTheToken(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	token := "none came"
	s.Config.Handler.(*http.ServeMux).HandleFunc("/files/", func(w http.ResponseWriter, r *http.Request) {
		token = r.Header.Get("Authorization")
		fmt.Fprintln(w, headings)
	})
	s.graph = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/files/1", http.StatusFound) }
	rows, _, err := readSites(t, newClient(t, s, k))
	require.NoError(t, err)
	assert.Empty(t, rows)
	assert.Empty(t, token)
}

func TestReportInManyPages(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	f := newFileServer(t, s)
	lines := []string{headings}
	for i := range 2*reportPage + 1 {
		lines = append(lines, fmt.Sprintf("2026-02-27,site-%d,False,%d,0,,", i, i))
	}
	f.says(lines...)
	rows, pages, err := readSites(t, newClient(t, s, k))
	require.NoError(t, err)
	assert.Equal(t, 3, pages)
	require.Len(t, rows, 2*reportPage+1)
	assert.Equal(t, "site-2000", rows[2000].ID)
}

func TestReportThatComesDirectly(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		writeBody(w, 200, "application/octet-stream", headings+"\n2026-02-27,a,False,1,2,,\n")
	}
	rows, _, err := readSites(t, newClient(t, s, k))
	require.NoError(t, err)
	assert.Len(t, rows, 1)
}

func TestReportIsAskedForAnew(t *testing.T) {
	t.Parallel()
	whole := headings + "\n2026-02-27,a,False,1,2,,\n2026-02-27,b,False,1,2,,\n"
	for name, first := range map[string]func(w http.ResponseWriter){
		"where the address is no longer valid": func(w http.ResponseWriter) { http.Error(w, "expired", http.StatusForbidden) },
		"where the server is broken":           func(w http.ResponseWriter) { http.Error(w, "<html>", http.StatusBadGateway) },
		"where it is empty":                    func(w http.ResponseWriter) {},
		"where it ends in the middle":          func(w http.ResponseWriter) { fmt.Fprint(w, whole[:len(whole)-9]) },
		"where it breaks off": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
			fmt.Fprint(w, whole[:len(whole)-30])
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			f := newFileServer(t, s)
			f.answer = func(w http.ResponseWriter, number int) {
				if number == 1 {
					first(w)
					return
				}
				fmt.Fprint(w, whole)
			}
			rows, _, err := readSites(t, newClient(t, s, k))
			require.NoError(t, err)
			assert.Len(t, rows, 2)
			assert.Len(t, s.requests(), 2, "a new address each time")
			assert.Equal(t, []time.Duration{reportRest}, k.sleeps())
		})
	}
}

func TestReportThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer func(w http.ResponseWriter, number int)
		class  entity.Class
		says   string
	}{
		"other columns":  {func(w http.ResponseWriter, _ int) { fmt.Fprintln(w, "Report Refresh Date,Site URL,Is Deleted") }, entity.ClassData, `no longer has the column "Site Id"`},
		"always expired": {func(w http.ResponseWriter, _ int) { http.Error(w, "no", http.StatusForbidden) }, entity.ClassSource, "answered with 403"},
		"always cut":     {func(w http.ResponseWriter, _ int) { fmt.Fprint(w, headings+"\n2026,a") }, entity.ClassData, "ends in the middle"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			f := newFileServer(t, s)
			f.answer = test.answer
			rows, _, err := readSites(t, newClient(t, s, k))
			p := requireProblem(t, err)
			assert.Equal(t, test.class, p.Class)
			assert.Contains(t, p.Message, test.says)
			assert.NotContains(t, fmt.Sprintf("%+v", *p), "very-private")
			assert.Empty(t, rows)
		})
	}
}

func TestReportOfAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	f := newFileServer(t, s)
	f.Close()
	_, _, err := readSites(t, newClient(t, s, k))
	p := requireProblem(t, err)
	assert.Equal(t, entity.ClassNetwork, p.Class)
	assert.NotContains(t, fmt.Sprintf("%+v", *p), "very-private")
}

func TestReportWithoutPermission(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		writeError(w, 403, "S2SUnauthorized", "Invalid permission.")
	}
	_, _, err := readSites(t, newClient(t, s, k))
	p := requireProblem(t, err)
	assert.Equal(t, entity.ClassPermission, p.Class)
	assert.Equal(t, []string{"Reports.Read.All"}, p.Needs)
}
