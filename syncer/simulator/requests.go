package simulator

import (
	"net/http"
	"sync"
	"time"
)

// Request is something that a client asked for.
type Request struct {
	At         time.Time
	Method     string
	Host       string
	Path       string // unescaped, version included
	Query      string // as sent
	Header     http.Header
	Authorized bool // there was an Authorization header, which Header leaves out
	Status     int  // 0 while it is being answered, or when the connection was cut
}

// maxRequests bounds the log: a long-lived demo must not grow.
const maxRequests = 10_000

// requestLog keeps the newest requests.
type requestLog struct {
	mu      sync.Mutex
	entries []Request
	dropped int // entries that were pushed out since the last reset
}

// add notes a request and returns its number, which stays valid when older
// entries are pushed out.
func (l *requestLog) add(r Request) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.entries) == maxRequests {
		// A tenth at a time, so that a full log does not copy at each request.
		n := copy(l.entries, l.entries[maxRequests/10:])
		clear(l.entries[n:])
		l.entries = l.entries[:n]
		l.dropped += maxRequests / 10
	}
	l.entries = append(l.entries, r)
	return l.dropped + len(l.entries) - 1
}

func (l *requestLog) setStatus(number, status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := number - l.dropped; i >= 0 && i < len(l.entries) {
		l.entries[i].Status = status
	}
}

// Requests returns what was asked, oldest first: the newest 10,000 at most.
// Items of a batch are in it one by one, after their batch.
func (s *Server) Requests() []Request {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return append([]Request(nil), s.requests.entries...)
}

// ResetRequests forgets what was asked so far.
func (s *Server) ResetRequests() {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	s.requests.dropped += len(s.requests.entries)
	s.requests.entries = nil
}

// logged is the entry for a request of HTTP.
func (s *Server) logged(r *http.Request) Request {
	header := r.Header.Clone()
	header.Del("Authorization")
	return Request{
		At: s.now(), Method: r.Method, Host: r.Host, Path: r.URL.Path, Query: r.URL.RawQuery,
		Header: header, Authorized: r.Header.Get("Authorization") != "",
	}
}
