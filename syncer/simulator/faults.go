package simulator

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault makes requests fail, or their answers lie.
type Fault struct {
	// Which requests: all fields that are set must fit.
	Path   string // prefix of the path, by whole segments, of which "*" is any: below the version for Graph ("/users", "/groups/*/members"), below the tenant for login ("/oauth2/v2.0/token"), below DefenderURL for Defender ("/api/machines") and below ManagementURL for the activity feed ("/api/v1.0/*/activity/feed"), whole for downloads of usage reports ("/data/download")
	Method string
	Query  string // part of the unescaped query string
	After  int    // lets this many matching requests pass first
	Count  int    // affects this many then; 0 means all

	// The answer instead of the real one, when Status is not 0 or Body not "".
	Status      int // 0 means 200
	Code        string
	Message     string
	Body        string // instead of an error made of Code and Message
	ContentType string // of Body; "" means JSON
	RetryAfter  string // header, also added to a real answer
	Warning     string // the same

	Drop     bool          // cuts the connection without an answer
	Delay    time.Duration // waits first
	Truncate bool          // cuts the JSON short

	// Changes to a page of a list.
	EmptyPage bool   // no rows, and a link to the same rows
	NextLink  string // replaces the link to the next page
	LoopNext  bool   // the link leads to the same request again
	DropNext  bool   // no link: the list ends early
	Rows      func([]map[string]any) []map[string]any
}

func (f *Fault) replaces() bool { return f.Status != 0 || f.Body != "" }

func (f *Fault) matches(method, path, query string) bool {
	if f.Method != "" && !strings.EqualFold(f.Method, method) {
		return false
	}
	if prefix := strings.TrimSuffix(f.Path, "/"); prefix != "" {
		if strings.Contains(prefix, "*") {
			prefix, path = anySegments(prefix, path)
		}
		if len(path) < len(prefix) || !strings.EqualFold(path[:len(prefix)], prefix) ||
			len(path) > len(prefix) && path[len(prefix)] != '/' && path[len(prefix)] != '(' {
			return false
		}
	}
	return f.Query == "" || strings.Contains(query, f.Query)
}

// anySegments puts into a path the stars that a prefix has in its place.
func anySegments(prefix, path string) (string, string) {
	segments := strings.Split(path, "/")
	for i, want := range strings.Split(prefix, "/") {
		if want == "*" && i < len(segments) {
			segments[i] = want
		}
	}
	return prefix, strings.Join(segments, "/")
}

type activeFault struct {
	Fault
	seen int
}

type faultList struct {
	mu     sync.Mutex
	active []*activeFault
}

// Inject makes requests fail until remove is called. Of several faults that
// answer instead of the service the oldest wins; changes to pages add up.
func (s *Server) Inject(f Fault) (remove func()) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	entry := &activeFault{Fault: f}
	s.faults.active = append(s.faults.active, entry)
	return func() {
		s.faults.mu.Lock()
		defer s.faults.mu.Unlock()
		s.faults.active = slices.DeleteFunc(s.faults.active, func(a *activeFault) bool { return a == entry })
	}
}

// match counts a request and returns the faults that affect it.
func (l *faultList) match(method, path, query string) []*Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []*Fault
	for _, a := range l.active {
		if !a.matches(method, path, query) {
			continue
		}
		a.seen++
		if a.seen > a.After && (a.Count == 0 || a.seen <= a.After+a.Count) {
			found = append(found, &a.Fault)
		}
	}
	return found
}
