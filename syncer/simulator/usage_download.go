package simulator

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// downloadPrefix is where usage reports are downloaded: at a host of its own,
// without a token.
const downloadPrefix = "/data/download/"

// downloadHost is the base of the downloads for a base of Graph. The one
// listener has two names, and a client that compares hosts sees two services.
// Where it is reached by another name there is no second one.
func downloadHost(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	other := map[string]string{"127.0.0.1": "localhost", "localhost": "127.0.0.1"}[u.Hostname()]
	if other == "" {
		return base
	}
	return "https://" + strings.Replace(u.Host, u.Hostname(), other, 1)
}

// serveDownload answers with the CSV of a report. The link is all that it
// takes, and whoever sends an access token along gave it away.
func (s *Server) serveDownload(w http.ResponseWriter, r *http.Request, faults []*Fault) {
	s.send(w, r, s.download(r), slices.ContainsFunc(faults, func(f *Fault) bool { return f.Truncate }))
}

func (s *Server) download(r *http.Request) *answer {
	plain := func(status int, text string) *answer {
		return &answer{status: status, text: []byte(text), header: http.Header{"Content-Type": {"text/plain"}}}
	}
	switch {
	case r.Method != http.MethodGet:
		return plain(http.StatusMethodNotAllowed, "Method not allowed")
	case r.Header.Get("Authorization") != "":
		return plain(http.StatusBadRequest, "The URL is preauthenticated: an Authorization header must not be sent.")
	}
	link, err := s.pages.open(strings.TrimPrefix(r.URL.Path, downloadPrefix), downloadToken, s.now())
	if err != nil {
		return plain(http.StatusForbidden, "The URL is not valid or has expired.")
	}
	parameter, value, _ := strings.Cut(link.Key, "=")
	span, ok := newReportSpan(s.now(), parameter, value)
	i := slices.IndexFunc(usageReports, func(u usageReport) bool { return u.function == link.Path })
	if !ok || i < 0 {
		return plain(http.StatusForbidden, "The URL is not valid or has expired.")
	}
	report := usageReports[i]
	t := s.tenant
	t.mu.RLock()
	rows := report.rows(t, span)
	t.mu.RUnlock()
	var b bytes.Buffer
	b.WriteString("\ufeff" + report.header + "\r\n")
	out := csv.NewWriter(&b)
	out.UseCRLF = true
	_ = out.WriteAll(rows) // a buffer takes everything
	return &answer{status: http.StatusOK, text: b.Bytes(), header: http.Header{
		"Content-Type":        {"application/octet-stream"},
		"Content-Disposition": {`attachment; filename="` + strings.TrimPrefix(report.function, "get") + `.csv"`},
	}}
}
