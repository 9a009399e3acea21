package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestExportSaysWhichColumnsAreBehind(t *testing.T) {
	t.Parallel()
	night := time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)
	day := night.Add(12 * time.Hour)
	var b bytes.Buffer
	printAge(&b, store.EntityState{
		Def: entities.All().Def("users"), State: entity.Complete, AsOf: day, AttemptedAt: day,
		Parts: []store.PartState{
			{Part: "list", State: entity.Complete, AsOf: day},
			{Part: "sign_in_activity", State: entity.NotPermitted},
			{Part: "per_user_mfa", State: entity.Complete, AsOf: night},
		},
		Columns: []store.ColumnGap{{Column: "last_sign_in", State: entity.NotPermitted, Needs: []string{"AuditLog.Read.All"}}},
	})
	assert.Contains(t, b.String(), "state=complete\nas_of=2026-11-27T15:00:00Z\n")
	assert.Contains(t, b.String(), "column=last_sign_in state=not_permitted as_of=never needs=AuditLog.Read.All\n")
	assert.Contains(t, b.String(), " state=complete as_of=2026-11-27T03:00:00Z\n", "older than the list")
}
