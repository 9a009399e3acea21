package views

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/static"
	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

var allStates = []entity.State{
	entity.Never, entity.Complete, entity.Partial, entity.NotPermitted, entity.NotLicensed,
	entity.NotAvailable, entity.Throttled, entity.Failed, entity.Held,
}

func TestStates_EachHasAWordAndAnIcon(t *testing.T) {
	t.Parallel()
	words := map[string]entity.State{}
	for _, s := range allStates {
		word := StateWord(s)
		assert.NotContains(t, words, word, "two states must not read the same")
		words[word] = s
		assert.True(t, static.HasIcon(StateIcon(s)), StateIcon(s))
		assert.Equal(t, s == entity.Complete, StateTone(s) == Quiet, "only a complete list is quiet: %s", s)
	}
}

func TestStateLabel(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 40, 0, 0, time.UTC)
	v := StateView{
		Kind: "users", State: entity.NotPermitted, AsOf: now.Add(-72 * time.Hour), Now: now,
		Needs: []string{"User.Read.All"}, Syncing: true,
	}
	var b strings.Builder
	require.NoError(t, Freshness(v).Render(t.Context(), &b))
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	require.NoError(t, err)
	label := doc.Find("[data-testid=entity-state-users]")
	assert.Equal(t, "not_permitted", label.AttrOr("data-state", ""))
	text := strings.Join(strings.Fields(doc.Text()), " ")
	assert.Equal(t, "Not permitted Syncing as of 3 days ago · needs User.Read.All", text, "syncing never hides the state")
	assert.Equal(t, "2026-11-19T09:40:00Z", doc.Find("time").AttrOr("datetime", ""))
}

func TestNavEntity(t *testing.T) {
	t.Parallel()
	def := entities.All().Def("users")
	for name, c := range map[string]struct {
		state store.EntityState
		mark  Tone
		note  string
	}{
		"complete": {store.EntityState{State: entity.Complete}, Quiet, ""},
		"never":    {store.EntityState{State: entity.Never}, Muted, "Never synced"},
		"failed":   {store.EntityState{State: entity.Failed}, Bad, "Failed"},
		"columns": {store.EntityState{State: entity.Complete, Columns: []store.ColumnGap{{State: entity.NotPermitted}}},
			Warn, "Some columns: Not permitted"},
		"columns without licence": {store.EntityState{State: entity.Complete, Columns: []store.ColumnGap{{State: entity.NotLicensed}}}, Quiet, ""},
	} {
		c.state.Def = def
		got := navEntity(c.state)
		assert.Equal(t, c.mark, got.Mark, name)
		assert.Equal(t, c.note, got.Note, name)
	}
}

// TestIconsExist finds icons that a page names and the sprite lacks: the page
// would show nothing in their place.
func TestIconsExist(t *testing.T) {
	t.Parallel()
	used := regexp.MustCompile(`@Icon\("([^"]+)"\)`)
	files, err := filepath.Glob("*.templ")
	require.NoError(t, err)
	found := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range used.FindAllStringSubmatch(string(source), -1) {
			assert.True(t, static.HasIcon(m[1]), "%s names the icon %s", file, m[1])
			found++
		}
	}
	assert.Positive(t, found)
	for _, d := range entities.All().Defs {
		assert.True(t, static.HasIcon(d.Icon), "%s: %s", d.Kind, d.Icon)
	}
}

func TestField(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	f := FieldView{Name: "password", Label: "Password", Type: "password", Value: "typed", Error: "Too short.", Hint: "At least 12."}
	require.NoError(t, Field(f).Render(t.Context(), &b))
	assert.NotContains(t, b.String(), "typed", "a password never goes back to the browser")
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(b.String()))
	require.NoError(t, err)
	input := doc.Find("input")
	assert.Equal(t, "true", input.AttrOr("aria-invalid", ""))
	for id := range strings.FieldsSeq(input.AttrOr("aria-describedby", "")) {
		assert.Equal(t, 1, doc.Find("#"+id).Length(), id)
	}
	assert.Equal(t, input.AttrOr("id", ""), doc.Find("label").AttrOr("for", "-"))
}

func TestProblemBlock_RefusesScriptLinks(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	require.NoError(t, ProblemBlock(&entity.Problem{Message: "<img src=x>", Link: "javascript:alert(1)"}).Render(t.Context(), &b))
	assert.NotContains(t, b.String(), "javascript:")
	assert.NotContains(t, b.String(), "<img")
}
