package views

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entities"
)

func TestSourceNote_saysWhatALogCoversAndLacks(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 5, n, 12, 0, 0, 0, time.UTC) }
	s := store.EntityState{Def: entities.All().Def("unified_audit")}
	assert.Empty(t, SourceNote(s), "never read")
	s.Parts = []store.PartState{{}}
	assert.Empty(t, SourceNote(s))
	s.Parts[0].Reach = store.Reach{From: day(1), To: day(20)}
	s.Parts[0].Lost = []store.Reach{{From: day(6), To: day(8)}}
	assert.Equal(t, "Covers the time since "+DateTime(day(1))+". Lacks some or all of what became available between "+DateTime(day(6))+" and "+DateTime(day(8))+": it was not read while Microsoft kept it.", SourceNote(s))
}

func TestNotices_areAboutAllRows(t *testing.T) {
	t.Parallel()
	d := entities.All().Def("sharepoint_sites")
	for name, c := range map[string]struct {
		facets []store.Facet
		want   int
	}{
		"nothing counted":        {nil, 0},
		"all concealed":          {[]store.Facet{{Value: "true", Rows: 9}}, 1},
		"some have no owner":     {[]store.Facet{{Value: "true", Rows: 9}, {Value: "", Rows: 20}}, 1},
		"one owner is shown":     {[]store.Facet{{Value: "true", Rows: 9}, {Value: "false", Rows: 1}}, 0},
		"none is shown any more": {[]store.Facet{{Value: "true", Rows: 9}, {Value: "false", Rows: 0}}, 1},
		"none is concealed":      {[]store.Facet{{Value: "false", Rows: 9}}, 0},
	} {
		assert.Len(t, Notices(d, map[string][]store.Facet{"names_concealed": c.facets}), c.want, name)
	}
}
