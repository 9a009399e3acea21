package views

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestOlderPartsSayTheirAge(t *testing.T) {
	t.Parallel()
	night := time.Date(2026, 11, 27, 3, 4, 0, 0, time.UTC)
	now := night.Add(12 * time.Hour)
	def := entities.All().Def("users")
	s := store.EntityState{Def: def, State: entity.Complete, AttemptedAt: now, AsOf: now, Parts: []store.PartState{
		{Kind: "users", Part: "list", State: entity.Complete, AsOf: now},
		{Kind: "users", Part: "sign_in_activity", State: entity.Complete, AsOf: night},
		{Kind: "users", Part: "per_user_mfa", State: entity.Complete, AsOf: now.Add(time.Second)},
	}}
	older := OlderParts(s)
	assert.Len(t, older, 1)
	assert.Equal(t, "sign_in_activity", older[0].Part)
	assert.Contains(t, older[0].Labels, "Last interactive attempt")
	assert.Equal(t, "as of 27 Nov 2026, 03:04 UTC (12 h ago)", asOfText(now, older[0].AsOf))
	s.Parts[1].State = entity.NotPermitted
	assert.Empty(t, OlderParts(s), "that is a gap")

	kept := PartLine{RunPart: store.RunPart{Kind: "users", Part: "sign_in_activity", Phase: store.PhaseDone, State: entity.Complete, KeptFrom: night}, Def: def}
	assert.Equal(t, "03:04 UTC", kept.keptFrom())
	assert.Equal(t, "kept", kept.phase())
	assert.Equal(t, "–", kept.found(0), "not read is not zero")
	assert.Equal(t, "–", kept.count(0))
	assert.Equal(t, "Not read again", kept.Read())
}
