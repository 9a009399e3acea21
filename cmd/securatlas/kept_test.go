package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestKeptPartsAreNamed(t *testing.T) {
	t.Parallel()
	night := time.Date(2026, 11, 27, 3, 4, 0, 0, time.UTC)
	run := store.Run{Parts: []store.RunPart{
		{Kind: "users", Part: "list", State: entity.Complete, Changed: 2, Requests: 1, Changes: true},
		{Kind: "users", Part: "sign_in_activity", State: entity.Complete, KeptFrom: night},
		{Kind: "groups", Part: "list", State: entity.Complete, Requests: 9},
	}}
	// What is known of the entity still counts the night's reading of both.
	out := withKept(entityJSON{Entity: "users", State: entity.Complete, Rows: 500, Changed: 80, Requests: 40}, run)
	assert.Equal(t, []keptJSON{{"sign_in_activity", &night}}, out.Kept)
	assert.Equal(t, []int{500, 2, 1}, []int{out.Rows, out.Changed, out.Requests})
	out = withKept(entityJSON{Entity: "groups", Rows: 7, Requests: 9}, run)
	assert.Nil(t, out.Kept)
	assert.Equal(t, 9, out.Requests)
}
