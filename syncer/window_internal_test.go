package syncer

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func day(n int) time.Time { return time.Date(2026, 3, n, 12, 0, 0, 0, time.UTC) }

const oneDay = 24 * time.Hour

func TestSpans(t *testing.T) {
	t.Parallel()
	quarter := 15 * time.Minute
	for name, test := range map[string]struct {
		span  entity.Span
		reach store.Reach
		want  []window
		back  lookBack
	}{
		"the first window":                 {entity.Span{First: 2 * oneDay}, store.Reach{}, []window{{from: day(8)}}, backOverlap},
		"the first window of all there is": {entity.Span{Slice: oneDay}, store.Reach{}, []window{{}}, backWhole},
		"goes on where the last one ended": {entity.Span{First: 2 * oneDay, Overlap: quarter}, store.Reach{From: day(5), To: day(10).Add(-time.Hour)},
			[]window{{from: day(10).Add(-time.Hour - quarter)}}, backOverlap},
		"reads more of the past where more is wanted": {entity.Span{First: 4 * oneDay, Overlap: quarter}, store.Reach{From: day(8), To: day(10)},
			[]window{{day(6), day(8)}, {from: day(10).Add(-quarter)}}, backOverlap},
		"never more than is kept": {entity.Span{First: 4 * oneDay, Keep: oneDay}, store.Reach{From: day(8), To: day(10)},
			[]window{{from: day(10)}}, backOverlap},
		"a reach in the future, of a fast clock": {entity.Span{Overlap: quarter}, store.Reach{From: day(1), To: day(20)},
			[]window{{from: day(10).Add(-quarter)}}, backOverlap},
		"a full run looks back for what came late": {entity.Span{First: 8 * oneDay, Overlap: quarter, Late: oneDay, Keep: 8 * oneDay}, store.Reach{From: day(2), To: day(9)},
			[]window{{from: day(8)}}, backLate},
		"all that the first one asked for again": {entity.Span{First: 4 * oneDay, Overlap: quarter, Late: oneDay}, store.Reach{From: day(8), To: day(9)},
			[]window{{from: day(6)}}, backWhole},
		"all that Microsoft has again": {entity.Span{Overlap: quarter, Late: oneDay}, store.Reach{From: day(8), To: day(9)},
			[]window{{}}, backWhole},
		"all again, and what was missed before": {entity.Span{First: 2 * oneDay, Overlap: quarter, Late: oneDay}, store.Reach{From: day(1), To: day(3)},
			[]window{{from: day(3)}}, backWhole},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, spans(&test.span, test.reach, day(10), test.back))
		})
	}
}

func TestSlices(t *testing.T) {
	t.Parallel()
	now := day(10)
	w := window{from: day(8)}
	first, more := w.slice(oneDay, now)
	assert.Equal(t, window{day(8), day(9)}, first)
	assert.True(t, more)
	for _, last := range []window{{from: day(9)}, {from: day(9), to: day(10)}, {}} {
		got, more := last.slice(oneDay, now)
		assert.Equal(t, last, got)
		assert.False(t, more)
	}
	whole, more := w.slice(0, now)
	assert.Equal(t, w, whole)
	assert.False(t, more)
}

func TestWindowFilter(t *testing.T) {
	t.Parallel()
	assert.Empty(t, window{}.filter("at"))
	assert.Equal(t, "at ge 2026-03-08T12:00:00Z", window{from: day(8)}.filter("at"))
	assert.Equal(t, "at ge 2026-03-08T12:00:00Z and at le 2026-03-09T12:00:00Z", window{day(8), day(9)}.filter("at"))
}

func TestReachFollowsWhatMicrosoftSent(t *testing.T) {
	t.Parallel()
	page := []json.RawMessage{
		json.RawMessage(`{"id":"1","at":"2026-03-09T11:00:00.1234567Z"}`),
		json.RawMessage(`{"id":"2","at":"2026-03-09T10:00:00Z"}`),
		json.RawMessage(`{"id":"3","at":"soon"}`),
		json.RawMessage(`{"id":"4"}`),
		json.RawMessage(`{"id":"5","at":"2099-01-01T00:00:00Z"}`),
	}
	newest := latest(page, "at", day(10))
	assert.Equal(t, time.Date(2026, 3, 9, 11, 0, 0, 123456700, time.UTC), newest)
	first := window{from: day(8)}.extend(store.Reach{}, newest)
	assert.Equal(t, store.Reach{From: day(8), To: newest}, first)
	assert.Equal(t, first, window{from: day(9)}.extend(first, time.Time{}), "nothing new: the next window begins at the same place")
	assert.Equal(t, store.Reach{From: day(6), To: newest}, window{day(6), day(8)}.extend(first, day(7)), "the past does not move the end")
}
