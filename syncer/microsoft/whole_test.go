package microsoft

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

// odd is an answer that is not what it should be.
type odd struct {
	status  int
	warning string
	body    string // "" is the right one
	// what the list, the object, the item or the report ends with
	class   entity.Class
	code    string
	message string
	cut     bool // what came is kept
}

var odds = map[string]odd{
	"206, two products":  {206, `199 - "Microsoft/WDATP/401/228", 199 - "Microsoft/MCAS/504/10000"`, "", entity.ClassSource, "partial_content", "Microsoft/WDATP failed with 401 Unauthorized, Microsoft/MCAS failed with 504 Gateway Timeout", true},
	"206 without a word": {206, "", "", entity.ClassSource, "partial_content", "206 Partial Content", true},
	"200, a product":     {200, `199 - "Microsoft/IPC/503/88"`, "", entity.ClassSource, "partial_content", "Microsoft/IPC failed with 503", true},
	"200, no quotes":     {200, "199 graph Microsoft/IPC/503/88", "", entity.ClassSource, "partial_content", "Microsoft/IPC failed with 503", true},
	"203":                {203, "", "", entity.ClassSource, "partial_content", "203 Non-Authoritative", true},
	"202":                {202, "", "", entity.ClassSource, "partial_content", "202 Accepted", true},
	"200, an error":      {200, "", `{"error":{"code":"UnknownError","message":"Something broke.","innerError":{"request-id":"inner-1"}}}`, entity.ClassSource, "UnknownError", "Something broke.", false},
	"200, a licence":     {200, "", `{"error":{"code":"Forbidden","message":"Your tenant is not licensed for this feature.","innerError":{"request-id":"inner-1"}}}`, entity.ClassLicence, "Forbidden", "not licensed", false},
	"200, a permission":  {200, "", `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation.","innerError":{"request-id":"inner-1"}}}`, entity.ClassPermission, "Authorization_RequestDenied", "Insufficient", false},
	"206, an error":      {206, "", `{"error":{"code":"ResourceNotFound","message":"Not found.","innerError":{"request-id":"inner-1"}}}`, entity.ClassSource, "ResourceNotFound", "Not found.", false},
	"404, in JSON":       {404, "", `{"error":{"code":"UnknownError","message":"404 page not found\n","innerError":{"request-id":"inner-1"}}}`, entity.ClassSource, "UnknownError", "404 page not found", false},
	"404, a page in it":  {404, "", `{"error":{"code":"UnknownError","message":"<!DOCTYPE html><html><head><title>Not &amp; found</title></head><body><p>x</p></body></html>","innerError":{"request-id":"inner-1"}}}`, entity.ClassSource, "UnknownError", "Not & found", false},
	"400, a page in it":  {400, "", `{"error":{"code":"UnknownError","message":"<html><head><style>b{}</style></head><body><h1>Bad</h1> <p>request</p></body></html>","innerError":{"request-id":"inner-1"}}}`, entity.ClassSource, "UnknownError", "Bad request", false},
	"410":                {410, "", `{"error":{"code":"Gone","message":"","innerError":{"request-id":"inner-1"}}}`, entity.ClassSource, "Gone", "gave no reason", false},
	"204":                {204, "", " ", entity.ClassData, "", "empty", false},
}

func (o odd) write(w http.ResponseWriter, contentType, right string) {
	w.Header().Set("Content-Type", contentType)
	if o.warning != "" {
		w.Header().Set("Warning", o.warning)
	}
	if o.body != "" {
		right = o.body
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(o.status)
	if o.status != 204 {
		fmt.Fprint(w, right)
	}
}

func (o odd) check(t *testing.T, err error) {
	t.Helper()
	p := requireProblem(t, err)
	assert.Equal(t, o.class, p.Class)
	assert.Equal(t, o.code, p.Code)
	assert.Contains(t, p.Message, o.message)
	assert.NotContains(t, p.Message, "<")
	assert.NotContains(t, p.Cure, "nothing to do")
	if strings.Contains(o.body, "inner-1") {
		assert.Equal(t, "inner-1", p.RequestID)
	}
	var short *Cut
	assert.Equal(t, o.cut, errors.As(err, &short))
}

// An odd answer means the same in whichever way it is read.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	for name, o := range odds {
		for way, list := range map[string]List{"of Graph": userList(nil), "of Defender": machineList()} {
			t.Run(name+"/a list "+way, func(t *testing.T) {
				t.Parallel()
				s, k := newCloudServer(t), newClock()
				s.graph = func(w http.ResponseWriter, r *http.Request) { o.write(w, "application/json", `{"value":[{"id":"1"}]}`) }
				s.defender = s.graph
				_, ids, _, err := collect(t.Context(), newClient(t, s, k), list)
				o.check(t, err)
				assert.Equal(t, o.cut, len(ids) == 1)
			})
			t.Run(name+"/a later page "+way, func(t *testing.T) {
				t.Parallel()
				s, k := newCloudServer(t), newClock()
				s.graph = func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Query().Get("$skiptoken") == "" {
						writeJSON(w, 200, rowsOf(s.URL+r.URL.Path+"?$skiptoken=2", "1"))
						return
					}
					o.write(w, "application/json", `{"value":[{"id":"2"}]}`)
				}
				s.defender = s.graph
				pages, ids, _, err := collect(t.Context(), newClient(t, s, k), list)
				o.check(t, err)
				assert.Equal(t, o.cut, len(ids) == 2)
				for _, p := range pages {
					assert.False(t, p.Last)
				}
			})
		}
		t.Run(name+"/one object", func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			s.graph = func(w http.ResponseWriter, r *http.Request) { o.write(w, "application/json", `{"id":"1"}`) }
			l := userList(nil)
			l.Part.Singleton = true
			_, ids, _, err := collect(t.Context(), newClient(t, s, k), l)
			o.check(t, err)
			assert.Equal(t, o.cut, len(ids) == 1)
		})
		t.Run(name+"/an item of a batch", func(t *testing.T) {
			t.Parallel()
			s, k := newBatchServer(t), newClock()
			s.item = func(path string, _ int) (int, map[string]any, any) {
				if path != memberURL(1) {
					return 200, nil, rowsOf("", "other")
				}
				h := map[string]any{"Warning": o.warning}
				switch {
				case o.status == 204:
					return 204, h, nil
				case o.body != "":
					return o.status, h, rawJSON(o.body)
				}
				return o.status, h, rowsOf("", "1")
			}
			r := readBatch(t, newClient(t, s.cloudServer, k), memberBatch(3))
			require.NoError(t, r.err)
			require.Len(t, r.problem, 1)
			assert.Equal(t, []string{"other"}, r.ids[2])
			p := requireProblem(t, r.problem[1])
			assert.Equal(t, o.class, p.Class)
			assert.Equal(t, o.code, p.Code)
			assert.Contains(t, p.Message, o.message)
			assert.Equal(t, o.cut, len(r.ids[1]) == 1)
		})
		t.Run(name+"/a report", func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			s.graph = func(w http.ResponseWriter, r *http.Request) {
				o.write(w, "text/csv", headings+"\r\n2026-01-01,s1,False,1,2,x,\r\n")
			}
			rows, _, err := readSites(t, newClient(t, s, k))
			o.check(t, err)
			assert.Equal(t, o.cut, len(rows) == 1)
		})
	}
}

func TestReport_fileThatIsOdd(t *testing.T) {
	t.Parallel()
	for name, o := range odds {
		if o.status >= 300 || o.status == 204 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			f := newFileServer(t, s)
			f.answer = func(w http.ResponseWriter, _ int) {
				o.write(w, "text/csv", headings+"\r\n2026-01-01,s1,False,1,2,x,\r\n")
			}
			c := newClient(t, s, k)
			c.transport = f.Client().Transport.(*http.Transport)
			c.transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(s.Certificate())
			rows, _, err := readSites(t, c)
			o.check(t, err)
			assert.Equal(t, o.cut, len(rows) == 1)
		})
	}
}

// rawJSON is JSON that is written as it is.
type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

func TestPages_keepsAllThatComesBesideAnError(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("$skiptoken") != "" {
			writeJSON(w, 200, rowsOf("", "2"))
			return
		}
		writeBody(w, 200, "application/json", `{"value":[{"id":"1"}],"@odata.nextLink":"`+s.URL+`/graph/v1.0/users?$skiptoken=2","error":{"code":"Half","message":"One shard is away."}}`)
	}
	_, ids, _, err := collect(t.Context(), newClient(t, s, k), userList(nil))
	var short *Cut
	require.ErrorAs(t, err, &short)
	assert.Equal(t, []string{"1", "2"}, ids)
	assert.Equal(t, "Half", short.Problem.Code)
	assert.Contains(t, short.Problem.Message, "One shard is away.")
}

// Properties of rows that are called error are none of the answer's.
func TestPages_rowsMayHaveErrors(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"value":[{"id":"1","error":{"code":"x","message":"y"}}]}`, `{"value":[{"id":"1"}],"error":null}`, `{"value":[{"id":"1"}],"error":""}`,
	} {
		s, k := newCloudServer(t), newClock()
		s.graph = func(w http.ResponseWriter, r *http.Request) { writeBody(w, 200, "application/json", body) }
		_, ids, _, err := collect(t.Context(), newClient(t, s, k), userList(nil))
		require.NoError(t, err, body)
		assert.Equal(t, []string{"1"}, ids)
	}
}

// Warnings that tell of no failed product are none.
func TestPages_warningsOfOtherKinds(t *testing.T) {
	t.Parallel()
	for _, warning := range []string{`299 - "Deprecated API"`, `199 - "Microsoft/WDATP/200/12"`, `199 - "Miscellaneous warning"`, `110 proxy "Response is stale"`} {
		s, k := newCloudServer(t), newClock()
		s.graph = func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Warning", warning)
			writeJSON(w, 200, rowsOf("", "1"))
		}
		_, _, _, err := collect(t.Context(), newClient(t, s, k), userList(nil))
		require.NoError(t, err, warning)
	}
}

func TestPages_startsOverForEveryWordOfAForgottenPlace(t *testing.T) {
	t.Parallel()
	for _, words := range [][2]string{
		{"Directory_ExpiredPageToken", "The specified page token value has expired and can no longer be included in your request."},
		{"", "Invalid Skip Token"},
		{"UnknownError", "Invalid Skip Token, skip token is null"},
		{"BadRequest", "The $skiptoken is invalid or has expired."},
		{"Request_UnsupportedQuery", "Unable to execute query; invalid page token specified."},
	} {
		for name, l := range map[string]List{"users": userList(nil), "sign-in dates": userList(url.Values{"$top": {"500"}})} {
			s, k := newCloudServer(t), newClock()
			failed := false
			s.graph = func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Query().Get("$skiptoken") == "":
					writeJSON(w, 200, rowsOf(s.URL+"/graph/v1.0/users?$skiptoken=2", "1"))
				case !failed:
					failed = true
					writeError(w, 400, words[0], words[1])
				default:
					writeJSON(w, 200, rowsOf("", "2"))
				}
			}
			_, ids, _, err := collect(t.Context(), newClient(t, s, k), l)
			require.NoError(t, err, "%s: %s", name, words)
			assert.Equal(t, []string{"1", "2"}, ids, words)
		}
	}
}

// A link, or a redirect, to another list of the same host brings nothing of it.
func TestPages_followsLinksToTheSameListOnly(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		list List
		path string
	}{
		"Graph":         {userList(nil), "/graph/v1.0/subscribedSkus?$skiptoken=2"},
		"Defender":      {machineList(), "/defender/api/vulnerabilities?$skip=2"},
		"the other API": {machineList(), "/graph/v1.0/users?$skip=2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			s.graph = func(w http.ResponseWriter, r *http.Request) { writeJSON(w, 200, rowsOf(s.URL+test.path, "1")) }
			s.defender = s.graph
			_, ids, stats, err := collect(t.Context(), newClient(t, s, k), test.list)
			p := requireProblem(t, err)
			assert.Equal(t, entity.ClassData, p.Class)
			assert.NotContains(t, p.Cure, "secret")
			assert.Equal(t, []string{"1"}, ids)
			assert.Equal(t, 1, stats.Requests)

			redirected := 0
			s.graph = func(w http.ResponseWriter, r *http.Request) {
				if redirected++; redirected == 1 {
					http.Redirect(w, r, test.path, http.StatusFound)
					return
				}
				writeJSON(w, 200, rowsOf("", "foreign"))
			}
			s.defender = s.graph
			_, ids, _, err = collect(t.Context(), newClient(t, s, k), test.list)
			assert.Equal(t, entity.ClassData, requireProblem(t, err).Class)
			assert.Empty(t, ids)
		})
	}
}

// A page that Microsoft refuses for its token, though it took an equal one for
// the page before, says nothing about the client secret.
func TestPages_refusedLaterPageDoesNotBlameTheSecret(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]List{"Graph": userList(nil), "Defender": machineList()} {
		s, k := newCloudServer(t), newClock()
		s.graph = func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("$skiptoken") == "" {
				writeJSON(w, 200, rowsOf(s.URL+r.URL.Path+"?$skiptoken=2", "1"))
				return
			}
			writeError(w, 401, "Unauthorized", "No.")
		}
		s.defender = s.graph
		_, _, _, err := collect(t.Context(), newClient(t, s, k), l)
		p := requireProblem(t, err)
		assert.Equal(t, entity.ClassSource, p.Class, name)
		assert.NotContains(t, p.Cure, "secret", name)
	}
}

// Where Graph takes the app's tokens, a new secret would not help Defender.
func TestPages_defenderThatRefusesTheTokenDoesNotBlameTheSecret(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.setRoles("Machine.Read.All")
	s.defender = func(w http.ResponseWriter, r *http.Request) { writeError(w, 401, "Unauthorized", "No.") }
	_, _, _, err := collect(t.Context(), newClient(t, s, k), machineList())
	p := requireProblem(t, err)
	assert.Equal(t, entity.ClassCredential, p.Class)
	assert.NotContains(t, p.Cure, "secret")
	assert.Contains(t, p.Cure, "Defender for Endpoint")
}

func TestOrganization_whereTheAddressIsWrong(t *testing.T) {
	t.Parallel()
	for name, o := range odds {
		if o.status != 404 && o.status != 410 {
			continue
		}
		s, k := newCloudServer(t), newClock()
		s.graph = func(w http.ResponseWriter, r *http.Request) { o.write(w, "application/json", "") }
		_, err := newClient(t, s, k).Organization(t.Context())
		p := requireProblem(t, err)
		assert.Equal(t, entity.ClassSource, p.Class, name)
		assert.Contains(t, p.Cure, "Check the Graph URL", name)
		assert.Contains(t, p.Cure, s.URL+"/graph", name)
	}
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		writeError(w, 400, "BadRequest", "Resource not found for the segment 'organization'.")
	}
	_, err := newClient(t, s, k).Organization(t.Context())
	assert.Equal(t, entity.ClassSource, requireProblem(t, err).Class)
}
