package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
)

func TestFeeds(t *testing.T) {
	t.Parallel()
	w := newEvents(t)
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	pw, end := w.begin("events", "list")
	got, err := pw.Feeds(ctx)
	require.NoError(t, err)
	assert.Empty(t, got)
	feeds := map[string]store.FeedReach{
		"a": {Reach: store.Reach{From: day(1), To: day(9)}, Flowing: true, Lost: []store.Reach{{From: day(3), To: day(4)}}},
		"b": {Reach: store.Reach{From: day(2), To: day(8)}, Asked: day(2), Lost: []store.Reach{{From: day(4), To: day(5)}}},
	}
	require.NoError(t, pw.ExtendFeeds(ctx, feeds))
	_, err = pw.Stop(ctx, nil, store.Traffic{})
	require.NoError(t, err)
	end()
	known := w.state("events").Parts[0]
	assert.Equal(t, store.Reach{From: day(2), To: day(8)}, known.Reach, "what all of them cover")
	assert.Equal(t, []store.Reach{{From: day(3), To: day(5)}}, known.Lost)

	pw, end = w.begin("events", "list")
	got, err = pw.Feeds(ctx)
	require.NoError(t, err)
	assert.Equal(t, feeds, got)
	feeds["c"] = store.FeedReach{}
	require.NoError(t, pw.ExtendFeeds(ctx, feeds))
	end()
	assert.Zero(t, w.state("events").Parts[0].Reach.To, "one of them was never read")
}

func TestLostSpans(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC) }
	span := func(from, to int) store.Reach { return store.Reach{From: day(from), To: day(to)} }
	var f store.FeedReach
	f.Lose(span(5, 6))
	f.Lose(span(1, 2))
	f.Lose(span(5, 5))
	assert.Equal(t, []store.Reach{span(1, 2), span(5, 6)}, f.Lost)
	near := store.Reach{From: day(6).Add(59 * time.Minute), To: day(6).Add(59 * time.Minute)}
	f.Lose(near)
	assert.Equal(t, []store.Reach{span(1, 2), {From: day(5), To: near.To}}, f.Lost, "less than an hour apart")
	f.Lost[1] = span(5, 6)
	f.Lose(span(2, 5))
	assert.Equal(t, []store.Reach{span(1, 6)}, f.Lost)
	f.Lose(span(8, 9))
	f.Forget(day(7))
	assert.Equal(t, []store.Reach{span(8, 9)}, f.Lost)
}
