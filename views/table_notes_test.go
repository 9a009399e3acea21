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
