package syncer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

// reports reads the two usage reports, and the users they are about.
func reports(t *testing.T) *world {
	t.Helper()
	all := entities.All()
	var defs []*entity.Def
	for _, kind := range []string{"users", "sharepoint_sites", "m365_active_users"} {
		d := all.Def(kind)
		d.Refs = nil
		for i := range d.Columns {
			var refs []entity.Ref
			for _, r := range d.Columns[i].Refs {
				if r.Kind == "users" {
					refs = append(refs, r)
				}
			}
			d.Columns[i].Refs = refs
		}
		defs = append(defs, d)
	}
	catalogue, err := entity.NewCatalogue(defs, all.Permissions)
	require.NoError(t, err)
	return newWorld(t, options{catalogue: catalogue, users: 60})
}

// named and lines are how many rows of a kind have an id of Microsoft's, and
// how many are lines of a snapshot.
func (w *world) named(kind string) (named, lines int) {
	w.t.Helper()
	for _, r := range w.rows(kind) {
		if entity.IsLine(r.ID) {
			lines++
		} else {
			named++
		}
	}
	return named, lines
}

func (w *world) history(kind string) []store.Change {
	w.t.Helper()
	changes, err := w.store.Changes(w.ctx, w.tenant.ID, kind, "", 0, 100)
	require.NoError(w.t, err)
	return changes
}

func TestConcealedReportsAreSnapshots(t *testing.T) {
	t.Parallel()
	w := reports(t)
	w.cloud.Tenant().ConcealNames(true)
	assert.Equal(t, store.RunComplete, w.connect().Status)
	shown := map[string]int{}
	for _, kind := range []string{"sharepoint_sites", "m365_active_users"} {
		s := w.state(kind)
		assert.Equal(t, entity.Complete, s.State, kind)
		named, lines := w.named(kind)
		assert.Zero(t, named, kind)
		assert.Greater(t, lines, 3, kind)
		assert.Equal(t, lines, s.Rows, kind)
		assert.True(t, hasWhy(s, "Microsoft conceals names"), kind)
		shown[kind] = lines
	}
	assert.Equal(t, store.RunComplete, w.sync().Status)

	// Shown: the snapshot goes, the rows come, and neither is history.
	w.cloud.Tenant().ConcealNames(false)
	assert.Equal(t, store.RunComplete, w.sync().Status)
	for kind, n := range shown {
		named, lines := w.named(kind)
		assert.Equal(t, []int{n, 0}, []int{named, lines}, kind)
		assert.Empty(t, w.history(kind), kind)
		assert.False(t, hasWhy(w.state(kind), "conceals"), kind)
	}

	// Concealed again: what is known stays, as old as it is.
	before := map[string][]store.Row{}
	for kind := range shown {
		before[kind] = w.rows(kind)
	}
	w.cloud.Tenant().ConcealNames(true)
	assert.Equal(t, store.RunPartial, w.sync().Status)
	for kind := range shown {
		s := w.state(kind)
		assert.Equal(t, entity.Partial, s.State, kind)
		assert.Equal(t, "names_concealed", s.Problem.Code, kind)
		assert.Contains(t, s.Problem.Link, "https://admin.microsoft.com/", kind)
		assert.True(t, s.AsOf.Before(s.AttemptedAt), kind)
		assert.Zero(t, s.Held, kind)
		assert.Equal(t, before[kind], w.rows(kind), kind)
		assert.Empty(t, w.history(kind), kind)
	}
	w.cloud.Tenant().ConcealNames(false)
	assert.Equal(t, store.RunComplete, w.sync().Status)
	for kind := range shown {
		assert.Equal(t, before[kind], w.rows(kind), kind)
		assert.Empty(t, w.history(kind), kind)
	}
}

// sites are the rows of the sites by id.
func (w *world) sites() []store.Row {
	rows := w.rows("sharepoint_sites")
	slices.SortFunc(rows, func(a, b store.Row) int { return strings.Compare(a.ID, b.ID) })
	return rows
}

func hasWhy(s store.EntityState, words string) bool {
	for _, g := range s.Columns {
		if strings.Contains(g.Why, words) {
			return true
		}
	}
	return false
}

func TestSitesComeFromTheListOfSites(t *testing.T) {
	t.Parallel()
	w := reports(t)
	w.cloud.Tenant().Grant("Sites.Read.All")
	w.cloud.Tenant().ConcealNames(true)
	assert.Equal(t, store.RunComplete, w.connect().Status)
	def := w.store.Catalogue().Def("sharepoint_sites")
	concealed := w.sites()
	for _, r := range concealed {
		assert.False(t, entity.IsLine(r.ID), "a line beside them would count a site twice")
		assert.NotEmpty(t, r.Cell(def, "web_url"))
		assert.NotEqual(t, true, r.Cell(def, "is_personal_site"))
		assert.Nil(t, r.Cell(def, "storage_used_in_bytes"), "nobody knows whose figures are whose")
	}
	s := w.state("sharepoint_sites")
	assert.Equal(t, len(concealed), s.Rows)
	assert.True(t, hasWhy(s, "belong to no row"))

	// A refresh keeps both lists, or neither.
	w.refresh("sharepoint_sites")
	assert.Equal(t, entity.Complete, w.state("sharepoint_sites").State)
	assert.Len(t, w.sites(), len(concealed))

	w.cloud.Tenant().ConcealNames(false)
	w.sync("sharepoint_sites")
	rows := w.sites()
	assert.Len(t, rows, len(concealed))
	for i, r := range rows {
		assert.Equal(t, concealed[i].ID, r.ID)
		assert.NotNil(t, r.Cell(def, "storage_used_in_bytes"))
	}
	assert.Empty(t, w.state("sharepoint_sites").Columns)
	assert.Empty(t, w.history("sharepoint_sites"))

	// The figures are kept, and said to be old.
	w.cloud.Tenant().ConcealNames(true)
	w.sync("sharepoint_sites")
	s = w.state("sharepoint_sites")
	assert.Equal(t, entity.Complete, s.State)
	require.True(t, hasWhy(s, "belong to no row"))
	for i, r := range w.sites() {
		assert.Equal(t, rows[i].Cell(def, "storage_used_in_bytes"), r.Cell(def, "storage_used_in_bytes"))
	}
	for _, g := range s.Columns {
		assert.True(t, !g.AsOf.IsZero() && g.AsOf.Before(s.AsOf), g.Column)
	}

	// Without the list, nothing tells the sites from the lines any more.
	w.cloud.Tenant().Revoke("Sites.Read.All")
	w.sync("sharepoint_sites")
	s = w.state("sharepoint_sites")
	assert.Equal(t, entity.Partial, s.State)
	assert.Zero(t, s.Held)
	assert.Len(t, w.sites(), len(rows))
	assert.Empty(t, w.history("sharepoint_sites"))
}
