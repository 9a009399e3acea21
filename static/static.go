// Package static holds the files that browsers load: style sheets, scripts,
// fonts and icons, embedded in the binary. Each is served under the hash of its
// content, so that browsers may keep it for ever and still get a new version at
// once. vendor.txt lists those that come from elsewhere.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed *.css *.js *.svg *.woff2
var files embed.FS

// Prefix is the path that every file is served below.
const Prefix = "/static/"

// asset is one file, ready to be sent.
type asset struct {
	url     string // /static/<hash>/<name>
	kind    string // Content-Type
	content []byte
	gzipped []byte // nil where gzip gains nothing
}

var assets = sync.OnceValue(func() map[string]*asset {
	all, err := load(files)
	if err != nil {
		panic(err) // the embedded files are the same in every run: a test finds this first
	}
	return all
})

// URL returns the address of a file: "/static/1f0c…/app.css". It panics when
// there is no such file, so that a misspelt name cannot reach a page.
func URL(name string) string {
	a := assets()[name]
	if a == nil {
		panic("static: no file " + name)
	}
	return a.url
}

// StyleSheets returns the addresses of all style sheets in the order in which
// pages load them: the kit's, the product's, then those of single page groups.
func StyleSheets() []string {
	var groups []string
	for name := range assets() {
		if path.Ext(name) == ".css" && name != "tabler.min.css" && name != "app.css" {
			groups = append(groups, name)
		}
	}
	slices.Sort(groups)
	urls := []string{URL("tabler.min.css"), URL("app.css")}
	for _, name := range groups {
		urls = append(urls, URL(name))
	}
	return urls
}

// HasIcon reports whether icons.svg has a symbol of that name.
func HasIcon(name string) bool {
	return bytes.Contains(assets()["icons.svg"].content, []byte(`<symbol id="`+name+`"`))
}

// Handler serves the files below Prefix. Only the hash that URL names is
// found: an old page must not load a new script.
func Handler() http.Handler {
	byURL := map[string]*asset{}
	for _, a := range assets() {
		byURL[a.url] = a
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := byURL[r.URL.Path]
		if a == nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.kind)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		body := a.content
		if a.gzipped != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = a.gzipped
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		if r.Method != http.MethodHead {
			_, _ = w.Write(body) // a browser that went away is no error
		}
	})
}

func acceptsGzip(header string) bool {
	for coding := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if name == "gzip" && strings.ReplaceAll(params, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

// load hashes and compresses all files. Style sheets come last: they name
// fonts, whose addresses must be known by then.
func load(dir fs.FS) (map[string]*asset, error) {
	names, err := fs.Glob(dir, "*")
	if err != nil {
		return nil, fmt.Errorf("list static files: %w", err)
	}
	all := map[string]*asset{}
	for _, css := range []bool{false, true} {
		for _, name := range names {
			if (path.Ext(name) == ".css") != css {
				continue
			}
			content, err := fs.ReadFile(dir, name)
			if err != nil {
				return nil, fmt.Errorf("read static file: %w", err)
			}
			if css {
				if content, err = hashURLs(content, all); err != nil {
					return nil, fmt.Errorf("static file %s: %w", name, err)
				}
			}
			if all[name], err = newAsset(name, content); err != nil {
				return nil, fmt.Errorf("static file %s: %w", name, err)
			}
		}
	}
	return all, nil
}

func newAsset(name string, content []byte) (*asset, error) {
	sum := sha256.Sum256(content)
	a := &asset{
		url:     Prefix + hex.EncodeToString(sum[:6]) + "/" + name,
		kind:    contentType(name),
		content: content,
	}
	if path.Ext(name) == ".woff2" {
		return a, nil // compressed by itself
	}
	var b bytes.Buffer
	zw, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := zw.Write(content); err != nil {
		return nil, err
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	a.gzipped = b.Bytes()
	return a, nil
}

// contentType does not depend on the machine's own list of types.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	default:
		return mime.TypeByExtension(ext)
	}
}

var fontURL = regexp.MustCompile(`url\(([a-z0-9-]+\.woff2)\)`)

// hashURLs turns url(inter.woff2) into the hashed address: the page preloads
// that one, and another address would be a second download.
func hashURLs(css []byte, all map[string]*asset) ([]byte, error) {
	var missing error
	out := fontURL.ReplaceAllFunc(css, func(m []byte) []byte {
		name := string(fontURL.FindSubmatch(m)[1])
		if all[name] == nil {
			missing = fmt.Errorf("url(%s): there is no such file", name)
			return m
		}
		return []byte("url(" + all[name].url + ")")
	})
	return out, missing
}
