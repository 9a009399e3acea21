package syncer

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
)

// windows reads what was added or changed since the last windows of the part,
// the oldest first. After each of them the store notes how far they reach, so
// that one that is cut is read again and nothing before it is.
func (r *reader) windows(ctx context.Context, emit func(batch) error) error {
	span := r.part.Span
	reach, err := r.writer.Reach(ctx)
	if err != nil {
		return err
	}
	now := r.syncer.clock.Now().UTC()
	for _, whole := range spans(span, reach, now) {
		past := !whole.to.IsZero() // before the reach: it grows when all of it is read
		from := whole.from
		length := span.Slice
		for w, more := whole.slice(length, now); ; w, more = whole.slice(length, now) {
			newest, pages, err := r.readWindow(ctx, w, emit)
			if err != nil {
				return err
			}
			if !past {
				reach = w.extend(reach, newest)
			} else if !more {
				reach.From = from
			}
			reached := reach // the writer reads it while the next window is read
			if err := emit(batch{noPage: true, reach: &reached}); err != nil {
				return err
			}
			if !more {
				break
			}
			whole.from = w.to
			// What one request answers needs no smaller pieces.
			if length = max(length/2, span.Slice); pages <= 1 {
				length *= 4
			}
		}
	}
	return nil
}

// readWindow reads one window. It returns the newest time that came.
func (r *reader) readWindow(ctx context.Context, w window, emit func(batch) error) (newest time.Time, pages int, err error) {
	property := r.part.Span.Property
	list := r.source()
	list.Filter = w.filter(property)
	stats, err := r.client.Pages(ctx, list, func(p microsoft.Page) error {
		rows, err := r.decode(p.Rows)
		if err != nil {
			return err
		}
		newest = later(newest, latest(p.Rows, property, r.syncer.clock.Now().Add(clockError)))
		return emit(batch{rows: rows, restart: p.Restarted, traffic: r.total(p.Stats)})
	})
	r.traffic = r.total(stats)
	r.before = r.traffic
	return newest, stats.Pages, err
}

// window is a span of time; it is open where to is zero.
type window struct{ from, to time.Time }

// filter is the $filter for a window. Both ends belong to it: Microsoft's audit
// logs know ge and le alone (learn.microsoft.com/graph/api/directoryaudit-list).
func (w window) filter(property string) string {
	if w.from.IsZero() {
		return ""
	}
	f := fmt.Sprintf("%s ge %s", property, w.from.Format(time.RFC3339))
	if !w.to.IsZero() {
		f += fmt.Sprintf(" and %s le %s", property, w.to.Format(time.RFC3339))
	}
	return f
}

// extend returns how far the windows reach when this one has been read. The
// end is the newest time that Microsoft sent, not that of this machine's clock,
// which may be fast: what happens until then would never be read.
func (w window) extend(reach store.Reach, newest time.Time) store.Reach {
	if reach.From.IsZero() || w.from.Before(reach.From) {
		reach.From = w.from
	}
	reach.To = later(reach.To, newest)
	return reach
}

// spans returns the windows to read: what lies before the reach of the earlier
// ones, where more of the past is wanted than then, and what lies after it.
func spans(s *entity.Span, reach store.Reach, now time.Time) []window {
	var first time.Time
	if s.First > 0 {
		first = now.Add(-s.First).Truncate(time.Second)
	}
	if reach.To.IsZero() {
		return []window{{from: first}}
	}
	var all []window
	if before := reach.From.Add(-s.Overlap); s.First > 0 && first.Before(before) && (s.Keep == 0 || s.First <= s.Keep) {
		all = append(all, window{first, reach.From})
	}
	from := reach.To
	if from.After(now) {
		from = now
	}
	return append(all, window{from: from.Add(-s.Overlap).Truncate(time.Second)})
}

// slice returns the beginning of a window, not longer than length where that is
// not 0, and whether more of it follows. The last slice of an open window is
// open.
func (w window) slice(length time.Duration, now time.Time) (first window, more bool) {
	end := w.to
	if end.IsZero() {
		end = now
	}
	if length <= 0 || w.from.IsZero() || end.Sub(w.from) <= length {
		return w, false
	}
	return window{w.from, w.from.Add(length)}, true
}

// clockError is by how much this machine's clock may be slow.
const clockError = time.Hour

// latest is the latest time of a page's objects that is not after until, zero
// where none has one. An event that is said to happen in years would end all
// windows: nothing before it would ever be read.
func latest(rows []json.RawMessage, property string, until time.Time) (newest time.Time) {
	for _, raw := range rows {
		var o entity.Object
		if json.Unmarshal(raw, &o) != nil {
			continue
		}
		if at, err := time.Parse(time.RFC3339Nano, o.Text(property)); err == nil && !at.After(until) {
			newest = later(newest, at.UTC())
		}
	}
	return newest
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
