package static

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func get(url, encoding string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, url, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w
}

func TestHandler(t *testing.T) {
	t.Parallel()
	for name, a := range assets() {
		w := get(URL(name), "")
		require.Equal(t, http.StatusOK, w.Code, name)
		assert.Equal(t, "public, max-age=31536000, immutable", w.Header().Get("Cache-Control"), name)
		assert.Equal(t, "Accept-Encoding", w.Header().Get("Vary"), name)
		assert.Empty(t, w.Header().Get("Content-Encoding"), name)
		assert.Equal(t, a.content, w.Body.Bytes(), name)

		w = get(URL(name), "br, gzip;q=0.5")
		if path.Ext(name) == ".woff2" {
			assert.Empty(t, w.Header().Get("Content-Encoding"), name)
			continue
		}
		require.Equal(t, "gzip", w.Header().Get("Content-Encoding"), name)
		zr, err := gzip.NewReader(w.Body)
		require.NoError(t, err, name)
		plain, err := io.ReadAll(zr)
		require.NoError(t, err, name)
		assert.Equal(t, a.content, plain, name)
		assert.Empty(t, get(URL(name), "gzip;q=0").Header().Get("Content-Encoding"), name)
	}
}

func TestHandler_OtherHashIsNotFound(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"/static/app.css", "/static/000000000000/app.css", "/static/", "/static/../static.go", strings.Replace(URL("app.css"), "app.css", "app.js", 1)} {
		assert.Equal(t, http.StatusNotFound, get(url, "").Code, url)
	}
}

func TestURL_ChangesWithTheContent(t *testing.T) {
	t.Parallel()
	load := func(font string) map[string]*asset {
		all, err := load(fstest.MapFS{"a.css": {Data: []byte("x{src:url(f.woff2)}")}, "f.woff2": {Data: []byte(font)}})
		require.NoError(t, err)
		return all
	}
	one, two := load("1"), load("2")
	assert.NotEqual(t, one["f.woff2"].url, two["f.woff2"].url)
	assert.NotEqual(t, one["a.css"].url, two["a.css"].url, "a style sheet changes with the font that it names")
	assert.Equal(t, "x{src:url("+one["f.woff2"].url+")}", string(one["a.css"].content))
}

func TestLoad_MissingFont(t *testing.T) {
	t.Parallel()
	_, err := load(fstest.MapFS{"a.css": {Data: []byte("x{src:url(f.woff2)}")}})
	assert.ErrorContains(t, err, "f.woff2")
}

func TestURL_PanicsForAnUnknownFile(t *testing.T) {
	t.Parallel()
	assert.Panics(t, func() { URL("nothing.css") })
}

// TestVendored compares what is committed with what vendor.txt pins.
func TestVendored(t *testing.T) {
	t.Parallel()
	f, err := os.Open("vendor.txt")
	require.NoError(t, err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	pinned := 0
	for lines.Scan() {
		field := strings.Fields(lines.Text())
		require.Len(t, field, 5, lines.Text())
		content, err := os.ReadFile(field[3])
		require.NoError(t, err)
		sum := sha256.Sum256(content)
		assert.Equal(t, field[4], hex.EncodeToString(sum[:]), field[3])
		licence := "licenses/" + strings.ReplaceAll(strings.TrimPrefix(field[0], "@"), "/", "-") + ".txt"
		assert.FileExists(t, licence)
		pinned++
	}
	require.NoError(t, lines.Err())
	assert.Equal(t, 5, pinned)
}

func TestIcons(t *testing.T) {
	t.Parallel()
	names, err := os.ReadFile("icons.txt")
	require.NoError(t, err)
	for name := range strings.Lines(string(names)) {
		name = strings.TrimSpace(name)
		if filled, ok := strings.CutPrefix(name, "filled/"); ok {
			name = filled + "-filled"
		}
		assert.True(t, HasIcon(name), name)
	}
	assert.False(t, HasIcon("no-such-icon"))
	assert.False(t, bytes.Contains(assets()["icons.svg"].content, []byte("<script")))
}

// TestOwnClassesDoNotCollide keeps the product's class names apart from the
// kit's: two of them met by accident once.
func TestOwnClassesDoNotCollide(t *testing.T) {
	t.Parallel()
	class := regexp.MustCompile(`\.(x-[a-z0-9-]+)`)
	kit := string(assets()["tabler.min.css"].content)
	for _, m := range class.FindAllStringSubmatch(string(assets()["app.css"].content), -1) {
		assert.NotRegexp(t, `\.`+regexp.QuoteMeta(m[1])+`[^a-z0-9-]`, kit)
	}
}
