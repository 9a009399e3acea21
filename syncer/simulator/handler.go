package simulator

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// defenderPrefix is where Defender for Endpoint is below the one address.
const defenderPrefix = "/defender"

// ServeHTTP answers a request to any of the services.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	number := s.requests.add(s.logged(r))
	// The status is noted before the client sees it: a test that has the
	// answer finds it in the log.
	recorder := &statusRecorder{ResponseWriter: w, note: func(status int) { s.requests.setStatus(number, status) }}
	if !sleep(r.Context(), s.options.Latency) {
		return
	}
	query, err := url.QueryUnescape(r.URL.RawQuery)
	if err != nil {
		query = r.URL.RawQuery
	}
	path := r.URL.Path
	switch version, rest := graphVersion(path); {
	case path == defenderPrefix || strings.HasPrefix(path, defenderPrefix+"/"):
		path = strings.TrimPrefix(path, defenderPrefix)
		faults := s.faults.match(r.Method, path, query)
		if s.replace(recorder, r, faults, nil) {
			return
		}
		s.serveDefender(recorder, r, path, faults)
	case path == managementPrefix || strings.HasPrefix(path, managementPrefix+"/"):
		path = strings.TrimPrefix(path, managementPrefix)
		faults := s.faults.match(r.Method, path, query)
		if s.replace(recorder, r, faults, nil) {
			return
		}
		s.serveManagement(recorder, r, path, faults)
	case strings.HasPrefix(path, downloadPrefix):
		faults := s.faults.match(r.Method, path, query)
		if s.replace(recorder, r, faults, nil) {
			return
		}
		s.serveDownload(recorder, r, faults)
	case version == "" && isLoginPath(path):
		if s.replace(recorder, r, s.faults.match(r.Method, belowTenant(path), query), nil) {
			return
		}
		s.serveLogin(recorder, r)
	default:
		s.serveGraph(recorder, r, version, rest, s.faults.match(r.Method, rest, query))
	}
}

// graphVersion splits a path of Graph; version is "" for another path.
func graphVersion(path string) (version, rest string) {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	switch v := strings.ToLower(first); v {
	case "v1.0", "beta":
		return v, path[1+len(first):]
	}
	return "", path
}

func belowTenant(path string) string {
	tenant, rest, found := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !found {
		return "/" + tenant
	}
	return "/" + rest
}

// replace does what faults do before a request is answered, and reports
// whether that was the answer. c is nil outside Graph.
func (s *Server) replace(w http.ResponseWriter, r *http.Request, faults []*Fault, c *call) bool {
	for _, f := range faults {
		if !sleep(r.Context(), f.Delay) {
			return true
		}
		if f.Drop {
			panic(http.ErrAbortHandler) // what net/http documents for cutting a connection
		}
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		if f.Warning != "" {
			w.Header().Set("Warning", f.Warning)
		}
		if !f.replaces() {
			continue
		}
		a := f.answer(s, c)
		if c != nil {
			c.addHeaders(w.Header())
		}
		s.send(w, r, a, f.Truncate)
		return true
	}
	return false
}

// answer is what the fault says instead of the service.
func (f *Fault) answer(s *Server, c *call) *answer {
	a := &answer{status: f.Status, header: http.Header{}}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	contentType := f.ContentType
	if contentType == "" {
		contentType = "application/json"
	}
	a.header.Set("Content-Type", contentType)
	switch {
	case f.Body != "":
		a.text = []byte(f.Body)
	case c != nil:
		a.body = (&graphError{status: a.status, code: f.Code, message: f.Message}).body(c)
	default:
		a.body = row{{"error", row{{"code", f.Code}, {"message", f.Message}, {"target", freshGUID()}}}}
	}
	return a
}

// sleep waits, unless the client goes away first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// statusRecorder notes the status for the log.
type statusRecorder struct {
	http.ResponseWriter
	note  func(status int)
	noted bool
}

func (w *statusRecorder) WriteHeader(status int) {
	if !w.noted {
		w.noted = true
		w.note(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusRecorder) Write(p []byte) (int, error) {
	if !w.noted {
		w.noted = true
		w.note(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}
