package handlers

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entities"
)

func TestNoColumnIsNamedLikeAParameter(t *testing.T) {
	t.Parallel()
	for _, def := range entities.All().Defs {
		for _, name := range []string{"q", "sort", "after", "before", "cols", "col", "removed", "view", "filter", "format"} {
			assert.Nil(t, def.Column(name), "%s.%s could not be filtered by", def.Kind, name)
		}
	}
}

func TestParseTableQuery_IsTheInverseOfURL(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.WithCatalogue(entities.All()))
	users := s.Catalogue().Def("users")
	for _, query := range []string{
		"",
		"q=a+b",
		"sort=-display_name",
		"cols=mail%2Ccountry",
		"cols=display_name",
		"account_enabled=true&created_date_time.from=2026-01-01&created_date_time.to=-3d&department=a%26b&job_title.contains=x%3Dy&removed=1",
	} {
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		q, problems := parseTableQuery(users, values, s.CheckQuery)
		assert.Empty(t, problems)
		assert.Equal(t, strings.TrimSuffix("/x?"+query, "?"), q.url(users, "/x"))
	}
}

func TestParseTableQuery_ShowsAnEntitysOwnView(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.WithCatalogue(entities.All()))
	for _, def := range entities.All().Defs {
		if def.View == nil {
			continue
		}
		own := viewConditions(def)
		require.NotEmpty(t, own, def.Kind)
		for query, want := range map[string]struct {
			conditions []store.Condition
			address    string
		}{
			"":                 {own, ""},
			"sort=title":       {own, "?sort=title"},
			"view=all":         {nil, "?view=all"},
			"q=":               {nil, "?view=all"}, // a form whose fields are all blank
			"q=x":              {nil, "?q=x"},
			def.View.Query:     {own, ""},
			"view=all&q=x":     {nil, "?q=x"},
			"removed=1&view=x": {nil, "?removed=1&view=all"},
		} {
			values, err := url.ParseQuery(query)
			require.NoError(t, err)
			if def.Column(values.Get("sort")) == nil {
				values.Del("sort")
				want.address, _, _ = strings.Cut(want.address, "?sort")
			}
			q, problems := parseTableQuery(def, values, s.CheckQuery)
			assert.Equal(t, values.Get("view") == "x", len(problems) > 0, "%s: %s", query, problems)
			assert.Equal(t, want.conditions, q.conditions, "%s?%s", def.Kind, query)
			assert.Equal(t, "/x"+want.address, q.url(def, "/x"), "%s?%s", def.Kind, query)
		}
	}
}

func FuzzTableQuery(f *testing.F) {
	s := storetest.Open(f, storetest.WithCatalogue(entities.All()))
	users := s.Catalogue().Def("users")
	for _, seed := range []string{
		"", "q=x&sort=-display_name&after=abc&cols=mail,country&removed=1", "filter=department%3DLegal&filter=&col=mail",
		"department=%00&department.empty=true", "created_date_time.from=-90d", "x.y.z=1&=2&q", "sort=-", "filter=%25&filter=a%3Db%26c%3Dd", "sort=--&cols=,,",
		"before=%5B1%2C2%5D", "account_enabled=true;DROP TABLE users",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		given, _ := url.ParseQuery(raw)
		q, problems := parseTableQuery(users, given, s.CheckQuery)
		// Whatever is kept can be asked, and its own address asks the same.
		_, err := s.Rows(t.Context(), q.toStore(1, users))
		require.NoError(t, err)
		address, err := url.Parse(q.url(users, "/x"))
		require.NoError(t, err)
		again, more := parseTableQuery(users, address.Query(), s.CheckQuery)
		require.Empty(t, more)
		require.Equal(t, q, again)
		require.False(t, isForm(address.Query()))
		for _, p := range problems {
			require.NotEmpty(t, p)
		}
	})
}

func TestParseTableQuery_AsksTheStoreAboutEachCondition(t *testing.T) {
	t.Parallel()
	users := entities.All().Def("users")
	var asked []store.Query
	_, problems := parseTableQuery(users, url.Values{"department": {"a"}, "mail": {"b"}, "sort": {"mail"}}, func(q store.Query) error {
		asked = append(asked, q)
		return store.InputError{Message: "No."}
	})
	assert.Len(t, asked, 3)
	assert.Equal(t, []string{"No.", "No.", "No."}, problems, "each is named")
}
