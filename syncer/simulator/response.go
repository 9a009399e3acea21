package simulator

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

const graphContentType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

// answer is what a request is answered with.
type answer struct {
	status int
	header http.Header
	body   any    // written as JSON when text is nil
	text   []byte // written as it is
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

var compressors = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a valid one
	}
	return w
}}

// minCompressed is the size from which an answer is worth compressing.
const minCompressed = 1024

// send writes an answer, compressed when the client accepts it.
func (s *Server) send(w http.ResponseWriter, r *http.Request, a *answer, truncate bool) {
	header := w.Header()
	for name, values := range a.header {
		header[name] = values
	}
	body := buffers.Get().(*bytes.Buffer)
	defer func() {
		// A rare giant page must not stay in memory for good.
		if body.Cap() <= 8<<20 {
			body.Reset()
			buffers.Put(body)
		}
	}()
	switch {
	case a.text != nil:
		body.Write(a.text)
	case a.body != nil:
		if err := writeJSON(body, a.body); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	if truncate {
		body.Truncate(body.Len() * 2 / 3)
	}
	if body.Len() >= minCompressed && acceptsGzip(r) {
		header.Set("Content-Encoding", "gzip")
		header.Add("Vary", "Accept-Encoding")
		w.WriteHeader(a.status)
		zip := compressors.Get().(*gzip.Writer)
		defer compressors.Put(zip)
		zip.Reset(w)
		if _, err := zip.Write(body.Bytes()); err == nil {
			_ = zip.Close()
		}
		return
	}
	// What a HEAD would have had for a body is not known: it is never written.
	if r.Method != http.MethodHead {
		header.Set("Content-Length", strconv.Itoa(body.Len()))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body.Bytes())
}

func acceptsGzip(r *http.Request) bool {
	for _, part := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		coding, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if (coding == "gzip" || coding == "*") && strings.ReplaceAll(weight, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

// requestBody reads a body, which clients may send compressed.
func requestBody(r *http.Request, limit int64) ([]byte, error) {
	var reader io.Reader = r.Body
	switch coding := r.Header.Get("Content-Encoding"); coding {
	case "", "identity":
	case "gzip":
		zip, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		defer zip.Close()
		reader = zip
	default:
		return nil, fmt.Errorf("unknown content encoding %q", coding)
	}
	raw, err := io.ReadAll(io.LimitReader(reader, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("body larger than %d bytes", limit)
	}
	return raw, err
}

// writeLoginJSON writes an answer of the login service.
func writeLoginJSON(w http.ResponseWriter, status int, body any) {
	var b bytes.Buffer
	if err := writeJSON(&b, body); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/json; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	if header.Get("x-ms-request-id") == "" {
		header.Set("x-ms-request-id", freshGUID())
	}
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
