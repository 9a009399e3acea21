package microsoft

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

func TestPages_readsAllPages(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("$skiptoken") {
		case "":
			writeJSON(w, 200, rowsOf(s.URL+"/graph/v1.0/users?$select=id&$skiptoken=a%2Bb%3D", "1", "2"))
		case "a+b=":
			writeJSON(w, 200, rowsOf("users?$skiptoken=relative"))
		case "relative":
			page := rowsOf("", "3")
			page["@odata.nextLink"] = ""
			writeJSON(w, 200, page)
		}
	}
	l := userList(url.Values{"$top": {"999"}, "$filter": {"userType eq 'Guest' and a+b"}, "$count": {"true"}})
	l.Part.Headers = map[string]string{"ConsistencyLevel": "eventual", "Prefer": "odata.maxpagesize=5"}
	pages, ids, stats, err := collect(t.Context(), newClient(t, s, k), l)
	require.NoError(t, err)
	assert.Equal(t, []string{"1", "2", "3"}, ids)
	assert.Equal(t, []string{
		"/graph/v1.0/users?$count=true&$filter=userType%20eq%20%27Guest%27%20and%20a%2Bb&$select=id,displayName,signInActivity&$top=999",
		"/graph/v1.0/users?$select=id&$skiptoken=a%2Bb%3D",
		"/graph/v1.0/users?$skiptoken=relative",
	}, s.requests())
	require.Len(t, pages, 3)
	assert.Empty(t, pages[1].Rows, "an empty page with a link is followed")
	assert.Equal(t, []bool{false, false, true}, []bool{pages[0].Last, pages[1].Last, pages[2].Last})
	assert.Equal(t, Stats{Pages: 3, Requests: 3}, stats)
	assert.Equal(t, stats, pages[2].Stats)
	for _, r := range s.sent {
		assert.Equal(t, "eventual", r.Header.Get("ConsistencyLevel"))
		assert.Equal(t, "application/json", r.Header.Get("Accept"))
		assert.Equal(t, "include-unknown-enum-members, odata.maxpagesize=5", r.Header.Get("Prefer"))
		assert.Equal(t, []string{"low"}, r.Header.Values("x-ms-throttle-priority"))
	}
}

func TestPages_betaAndSingleton(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, 200, map[string]any{"id": "0005", "isEnabled": true})
	}
	l := userList(nil)
	l.Part.Beta, l.Part.Singleton, l.Part.NoSelect, l.Part.Path = true, true, true, "/policies/security"
	pages, ids, _, err := collect(t.Context(), newClient(t, s, k), l)
	require.NoError(t, err)
	assert.Equal(t, []string{"0005"}, ids)
	assert.True(t, pages[0].Last)
	assert.JSONEq(t, `{"id":"0005","isEnabled":true}`, string(pages[0].Rows[0]))
	assert.Equal(t, []string{"/graph/beta/policies/security?"}, s.requests())
}

func TestPages_refusesBodiesOfAnotherShape(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body      string
		singleton bool
		requests  int
	}{
		"no value":                    {body: `{"id":"1"}`, requests: 1},
		"null value":                  {body: `{"value":null}`, requests: 1},
		"an object as value":          {body: `{"value":{"id":"1"}}`, requests: 1},
		"a list":                      {body: `[]`, requests: 1},
		"not JSON":                    {body: `<html>Sign in</html>`, requests: 1},
		"a link that is no text":      {body: `{"value":[],"@odata.nextLink":7}`, requests: 1},
		"a list for a singleton":      {body: `[]`, singleton: true, requests: 1},
		"null for a singleton":        {body: `null`, singleton: true, requests: 1},
		"truncated":                   {body: `{"value":[{"id":"1"},{"id"`, requests: maxAttempts},
		"empty":                       {body: ``, requests: maxAttempts},
		"truncated, for a singleton":  {body: `{"id":"1`, singleton: true, requests: maxAttempts},
		"something after the closing": {body: `{"value":[]} x {"value":[]}`, requests: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			s.graph = func(w http.ResponseWriter, r *http.Request) { writeBody(w, 200, "application/json", test.body) }
			l := userList(nil)
			l.Part.Singleton = test.singleton
			pages, _, stats, err := collect(t.Context(), newClient(t, s, k), l)
			p := requireProblem(t, err)
			assert.Equal(t, entity.ClassData, p.Class)
			assert.Equal(t, 200, p.Status)
			assert.Empty(t, pages)
			assert.Equal(t, test.requests, stats.Requests)
		})
	}
}

func TestPages_stopsAtALoop(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, 200, rowsOf(s.URL+"/graph/v1.0/users?page=2", "1"))
	}
	pages, _, _, err := collect(t.Context(), newClient(t, s, k), userList(nil))
	p := requireProblem(t, err)
	assert.Equal(t, entity.ClassData, p.Class)
	require.Len(t, pages, 2)
	assert.False(t, pages[1].Last)
	assert.Len(t, s.requests(), 2)
}

// The token goes to nobody else: neither by a link nor by a redirect.
func TestPages_keepsTheTokenFromOtherHosts(t *testing.T) {
	t.Parallel()
	for name, redirect := range map[string]bool{"link": false, "redirect": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var visits atomic.Int32
			other := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				visits.Add(1)
				writeJSON(w, 200, rowsOf("", "2"))
			}))
			t.Cleanup(other.Close)
			s, k := newCloudServer(t), newClock()
			s.graph = func(w http.ResponseWriter, r *http.Request) {
				if redirect {
					http.Redirect(w, r, other.URL+"/elsewhere", http.StatusFound)
					return
				}
				writeJSON(w, 200, rowsOf(other.URL+"/graph/v1.0/users?$skiptoken=1", "1"))
			}
			_, ids, _, err := collect(t.Context(), newClient(t, s, k), userList(nil))
			assert.Equal(t, entity.ClassData, requireProblem(t, err).Class)
			if !redirect {
				assert.Equal(t, []string{"1"}, ids, "rows that came before the bad link are good")
			}
			assert.Zero(t, visits.Load())
		})
	}
}

func TestPages_followsNoRedirectToPlainHTTP(t *testing.T) {
	t.Parallel()
	var visits atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { visits.Add(1) }))
	t.Cleanup(other.Close)
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) }
	_, _, _, err := collect(t.Context(), newClient(t, s, k), userList(nil))
	assert.Equal(t, entity.ClassData, requireProblem(t, err).Class)
	assert.Zero(t, visits.Load())
}

func TestPages_startsOverWhenThePageTokenExpired(t *testing.T) {
	t.Parallel()
	for code, message := range map[string]string{
		"Directory_ExpiredPageToken": "The specified page token value has expired and can no longer be included in your request.",
		"UnknownError":               "DirectoryPageTokenNotFoundException",
		"Request_UnsupportedQuery":   "Unable to execute query; invalid page token specified.",
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			expired := 2
			s.graph = func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Query().Get("$skiptoken") == "":
					writeJSON(w, 200, rowsOf(s.URL+"/graph/v1.0/users?$skiptoken=2", "1"))
				case expired > 0:
					expired--
					writeError(w, 400, code, message)
				default:
					writeJSON(w, 200, rowsOf("", "2"))
				}
			}
			pages, ids, _, err := collect(t.Context(), newClient(t, s, k), userList(nil))
			require.NoError(t, err)
			assert.Equal(t, []string{"1", "2"}, ids)
			var restarted []bool
			for _, p := range pages {
				restarted = append(restarted, p.Restarted)
			}
			assert.Equal(t, []bool{false, true, true, false}, restarted)
		})
	}
}

func TestPages_startsOverAtMostThreeTimes(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("$skiptoken") == "" {
			writeJSON(w, 200, rowsOf(s.URL+"/graph/v1.0/users?$skiptoken=2", "1"))
			return
		}
		writeError(w, 400, "Directory_ExpiredPageToken", "The specified page token value has expired.")
	}
	pages, _, _, err := collect(t.Context(), newClient(t, s, k), userList(nil))
	p := requireProblem(t, err)
	assert.Equal(t, entity.ClassSource, p.Class)
	assert.Equal(t, "Directory_ExpiredPageToken", p.Code)
	assert.Len(t, pages, 1+maxRestarts)
}

func TestPages_defender(t *testing.T) {
	t.Parallel()
	t.Run("continues with $skip while pages are full", func(t *testing.T) {
		t.Parallel()
		s, k := newCloudServer(t), newClock()
		s.defender = func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Query().Get("$skip") {
			case "":
				writeJSON(w, 200, rowsOf("", "1", "2"))
			case "2":
				writeJSON(w, 200, rowsOf("", "3", "4"))
			case "4":
				writeJSON(w, 200, rowsOf("", "5"))
			}
		}
		pages, ids, _, err := collect(t.Context(), newClient(t, s, k), machineList())
		require.NoError(t, err)
		assert.Equal(t, []string{"1", "2", "3", "4", "5"}, ids)
		assert.True(t, pages[2].Last)
		assert.Equal(t, []string{"/defender/api/machines?$top=2", "/defender/api/machines?$skip=2&$top=2", "/defender/api/machines?$skip=4&$top=2"}, s.requests())
		assert.Empty(t, s.sent[0].Header.Get("Prefer"))
	})
	t.Run("a link goes before $skip", func(t *testing.T) {
		t.Parallel()
		s, k := newCloudServer(t), newClock()
		s.defender = func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("page") == "" {
				writeJSON(w, 200, rowsOf(s.URL+"/defender/api/machines?page=2", "1", "2"))
				return
			}
			writeJSON(w, 200, rowsOf("", "3"))
		}
		_, ids, _, err := collect(t.Context(), newClient(t, s, k), machineList())
		require.NoError(t, err)
		assert.Equal(t, []string{"1", "2", "3"}, ids)
	})
	t.Run("404 is no list where the documents do not say so", func(t *testing.T) {
		t.Parallel()
		s, k := newCloudServer(t), newClock()
		s.defender = func(w http.ResponseWriter, r *http.Request) { writeError(w, 404, "NotFound", "Not Found.") }
		l := machineList()
		l.Part.NoneIsMissing = false
		_, _, _, err := collect(t.Context(), newClient(t, s, k), l)
		assert.Equal(t, entity.ClassSource, requireProblem(t, err).Class)
	})
	t.Run("404 is an empty list", func(t *testing.T) {
		t.Parallel()
		s, k := newCloudServer(t), newClock()
		s.defender = func(w http.ResponseWriter, r *http.Request) { writeError(w, 404, "NotFound", "No machines.") }
		pages, ids, _, err := collect(t.Context(), newClient(t, s, k), machineList())
		require.NoError(t, err)
		assert.Empty(t, ids)
		require.Len(t, pages, 1)
		assert.True(t, pages[0].Last)
	})
	for name, test := range map[string]struct {
		answer func(http.ResponseWriter)
		class  entity.Class
	}{
		"404 for an unknown path is not": {func(w http.ResponseWriter) {
			writeError(w, 404, "NotFound", "Resource not found for the segment 'machines'.")
		}, entity.ClassRetired},
		"404 of a gateway says nothing of it": {func(w http.ResponseWriter) {
			writeBody(w, 404, "text/html", "<html><title>Not here</title></html>")
		}, entity.ClassSource},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, k := newCloudServer(t), newClock()
			s.defender = func(w http.ResponseWriter, r *http.Request) { test.answer(w) }
			_, _, _, err := collect(t.Context(), newClient(t, s, k), machineList())
			assert.Equal(t, test.class, requireProblem(t, err).Class)
		})
	}
	t.Run("absent in the cloud", func(t *testing.T) {
		t.Parallel()
		china, err := CloudByName(China)
		require.NoError(t, err)
		c, err := New(Config{Cloud: china, DirectoryID: directoryID, ClientID: clientID, Secret: secret})
		require.NoError(t, err)
		_, _, _, err = collect(t.Context(), c, machineList())
		assert.Equal(t, entity.NotAvailable, requireProblem(t, err).State())
		_, err = c.FreshToken(t.Context(), entity.Defender)
		assert.Equal(t, entity.ClassRetired, requireProblem(t, err).Class)
	})
}

func TestPages_returnsTheCallersErrors(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, 200, rowsOf(fmt.Sprintf("%s/graph/v1.0/users?n=%s1", s.URL, r.URL.Query().Get("n")), "1"))
	}
	c := newClient(t, s, k)
	full := errors.New("disk full")
	stats, err := c.Pages(t.Context(), userList(nil), func(Page) error { return full })
	assert.Equal(t, full, err)
	assert.Equal(t, 1, stats.Requests)

	ctx, cancel := context.WithCancel(t.Context())
	_, err = c.Pages(ctx, userList(nil), func(Page) error { cancel(); return nil })
	assert.Equal(t, context.Canceled, err)
}

func TestPages_cancelsWhileMicrosoftIsSilent(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	arrived, done := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(done) })
	s.graph = func(w http.ResponseWriter, r *http.Request) { close(arrived); <-done }
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	_, _, _, err := collect(ctx, newClient(t, s, k), userList(nil))
	assert.Equal(t, context.Canceled, err)
}

func TestPages_readsAllListsOfAPart(t *testing.T) {
	t.Parallel()
	twoLists := func() List {
		l := userList(url.Values{"$expand": {"principal"}})
		l.Part.Path, l.Part.Then, l.Part.NoSelect = "/eligible", []string{"/assigned"}, true
		return l
	}
	t.Run("one after the other", func(t *testing.T) {
		t.Parallel()
		s, k := newCloudServer(t), newClock()
		s.graph = func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/graph/v1.0/assigned":
				writeJSON(w, 200, rowsOf("", "3"))
			case r.URL.Query().Has("$skiptoken"):
				writeJSON(w, 200, rowsOf("", "2"))
			default:
				writeJSON(w, 200, rowsOf("eligible?$skiptoken=x", "1"))
			}
		}
		pages, ids, stats, err := collect(t.Context(), newClient(t, s, k), twoLists())
		require.NoError(t, err)
		assert.Equal(t, []string{"1", "2", "3"}, ids)
		assert.Equal(t, []bool{false, false, true}, []bool{pages[0].Last, pages[1].Last, pages[2].Last}, "only the last list ends the part")
		assert.Equal(t, Stats{Pages: 3, Requests: 3}, stats)
		assert.Equal(t, []string{"/graph/v1.0/eligible?$expand=principal", "/graph/v1.0/eligible?$skiptoken=x", "/graph/v1.0/assigned?$expand=principal"}, s.requests())
	})
	t.Run("one that fails fails the part", func(t *testing.T) {
		t.Parallel()
		s, k := newCloudServer(t), newClock()
		s.graph = func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/graph/v1.0/assigned" {
				writeError(w, 400, "BadRequest", "No.")
				return
			}
			writeJSON(w, 200, rowsOf("", "1"))
		}
		pages, ids, _, err := collect(t.Context(), newClient(t, s, k), twoLists())
		requireProblem(t, err)
		assert.Equal(t, []string{"1"}, ids)
		assert.False(t, pages[0].Last)
	})
	t.Run("a restart begins with the first", func(t *testing.T) {
		t.Parallel()
		s, k := newCloudServer(t), newClock()
		var failed atomic.Bool
		s.graph = func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path != "/graph/v1.0/assigned":
				writeJSON(w, 200, rowsOf("", "1"))
			case failed.CompareAndSwap(false, true):
				writeError(w, 400, "Directory_ExpiredPageToken", "Expired.")
			default:
				writeJSON(w, 200, rowsOf("", "2"))
			}
		}
		pages, ids, _, err := collect(t.Context(), newClient(t, s, k), twoLists())
		require.NoError(t, err)
		assert.Equal(t, []string{"1", "2"}, ids)
		assert.Equal(t, []bool{false, true, false}, []bool{pages[0].Restarted, pages[1].Restarted, pages[2].Restarted})
	})
}

func TestPages_keepsATokenOutOfErrors(t *testing.T) {
	t.Parallel()
	const opaque = "an-opaque-token-that-has-no-claims/+=="
	s, k := newCloudServer(t), newClock()
	s.token = func(w http.ResponseWriter, _ int) {
		s.issued[opaque] = s.cloud().GraphScope
		writeJSON(w, 200, map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": opaque})
	}
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		writeError(w, 400, "BadRequest", "Bad header: "+r.Header.Get("Authorization"))
	}
	_, _, _, err := collect(t.Context(), newClient(t, s, k), userList(nil))
	assert.Equal(t, "Bad header: Bearer (token)", requireProblem(t, err).Message)
}

func TestPages_makesErrorsFitForATerminal(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		writeError(w, 400, "Bad\x1b[31m", "a\x1b]0;title\x07\nb\u202ec\x00")
	}
	_, _, _, err := collect(t.Context(), newClient(t, s, k), userList(nil))
	p := requireProblem(t, err)
	assert.Equal(t, "Bad[31m", p.Code)
	assert.Equal(t, "a]0;title bc", p.Message)
}

func TestPages_readsJSONAfterAByteOrderMark(t *testing.T) {
	t.Parallel()
	s, k := newCloudServer(t), newClock()
	s.graph = func(w http.ResponseWriter, r *http.Request) {
		writeBody(w, 200, "application/json", "\xef\xbb\xbf"+`{"value":[{"id":"1"}]}`)
	}
	_, ids, _, err := collect(t.Context(), newClient(t, s, k), userList(nil))
	require.NoError(t, err)
	assert.Equal(t, []string{"1"}, ids)
}

// Retired means that there is nothing to do, which only the API itself can say.
func TestPages_aGatewaysWebPageDoesNotMeanRetired(t *testing.T) {
	t.Parallel()
	for _, status := range []int{404, 410} {
		s, k := newCloudServer(t), newClock()
		s.graph = func(w http.ResponseWriter, r *http.Request) {
			writeBody(w, status, "text/html", "<html><title>Not here</title></html>")
		}
		_, _, _, err := collect(t.Context(), newClient(t, s, k), userList(nil))
		p := requireProblem(t, err)
		assert.Equal(t, entity.Failed, p.State(), status)
		assert.Equal(t, missingCure, p.Cure)
	}
}
