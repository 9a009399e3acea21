package syncer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
)

const (
	// feedMargin is how much less than Microsoft allows a window goes back, so
	// that a slow clock, or a long list, does not make it refuse the window.
	feedMargin = 15 * time.Minute
	// feedDelay is how long it may take until a new subscription has its first
	// content.
	feedDelay = 12 * time.Hour
	// feedRows is how many records are gathered before they are written.
	feedRows = 1000
)

// readFeed reads what became available in the activity feed since it was read
// last, one type of content after the other, and of each the oldest first. How
// far a type was read moves on when all blobs of a window are stored: a process
// that dies, or a blob that fails, has the window read again. One type that
// fails does not stop the others.
func (r *reader) readFeed(ctx context.Context, emit func(batch) error) error {
	f := &feed{reader: r, emit: emit, span: r.part.Span}
	var err error
	if f.source, err = r.client.Feed(r.part); err != nil {
		return err
	}
	if f.reaches, err = r.writer.Feeds(ctx); err != nil {
		return err
	}
	err = f.read(ctx)
	f.count()
	return err
}

// feed is the state of readFeed.
type feed struct {
	*reader
	emit    func(batch) error
	source  *microsoft.Feed
	span    *entity.Span
	reaches map[string]store.FeedReach // by type of content

	rows    []entity.Row
	waiting []string        // types that Microsoft has only begun to collect
	missed  []store.Reach   // what was found lost
	blobs   int             // that were asked for
	failed  int             // that could not be read, or not wholly
	types   []string        // that could not be read to their end
	problem *entity.Problem // the first of a blob or a type
}

func (f *feed) read(ctx context.Context) error {
	enabled, err := f.source.Subscriptions(ctx)
	if err != nil {
		return err
	}
	all := f.part.Feed.ContentTypes
	maps.DeleteFunc(f.reaches, func(name string, _ store.FeedReach) bool { return !slices.Contains(all, name) })
	for _, name := range all {
		reach := f.reaches[name]
		if f.span.Keep > 0 {
			reach.Forget(f.now().Add(-f.span.Keep))
		}
		f.reaches[name] = reach
	}
	for _, name := range all {
		err := f.readType(ctx, name, enabled[name])
		if flushed := f.flush(); err == nil {
			err = flushed // what came before an error is good
		}
		var p *entity.Problem
		switch {
		case err == nil:
		case errors.As(err, &p) && ofOneType(p.Class):
			f.types = append(f.types, name)
			f.note(p)
		default:
			return err
		}
	}
	return f.verdict()
}

// ofOneType reports whether another type of content may be readable though one
// failed.
func ofOneType(c entity.Class) bool {
	return c == entity.ClassSource || c == entity.ClassData || c == entity.ClassRetired
}

// readType reads a type of content up to now.
func (f *feed) readType(ctx context.Context, name string, enabled bool) error {
	reach := f.reaches[name]
	if !enabled {
		started, err := f.source.Subscribe(ctx, name)
		if err != nil {
			return err
		}
		if started {
			// While a subscription is switched off, Microsoft collects nothing.
			f.lose(&reach, f.now())
			reach.Asked, reach.Flowing = f.now(), false
			if err := f.noteReach(ctx, name, reach); err != nil {
				return err
			}
		}
	}
	from := later(f.now().Add(-f.span.First), f.oldest())
	if !reach.To.IsZero() {
		from = f.back.from(f.span, reach.To, from)
	}
	end, failed := f.now(), f.failed
	for from.Before(end) {
		w := window{from: from, to: from.Add(f.span.Slice)}
		if w.to.After(end) {
			w.to = end
		}
		earliest, err := f.readWindow(ctx, name, w, &reach)
		if err != nil {
			return err
		}
		reach.Flowing = reach.Flowing || !earliest.IsZero()
		if reach.From.IsZero() {
			reach.From = earliest
		}
		// A blob that failed is read again with all that follows it.
		if f.failed == failed {
			reach.To = later(reach.To, w.to)
		}
		if err := f.noteReach(ctx, name, reach); err != nil {
			return err
		}
		from = w.to
	}
	if !reach.Flowing && f.now().Before(reach.Asked.Add(feedDelay)) {
		f.waiting = append(f.waiting, name)
	}
	return nil
}

// readWindow reads the blobs of a window. It returns when the earliest of them
// became available. What of the window is too old to be asked for is lost,
// where it was not read before.
func (f *feed) readWindow(ctx context.Context, name string, w window, reach *store.FeedReach) (earliest time.Time, err error) {
	for {
		if oldest := f.oldest(); w.from.Before(oldest) {
			f.lose(reach, oldest)
			w.from = oldest
		}
		if !w.from.Before(w.to) {
			return earliest, nil
		}
		asked := w.from
		err := f.source.Content(ctx, name, w.from, w.to, func(blobs []microsoft.Blob) error {
			for _, b := range blobs {
				if !b.Created.IsZero() && (earliest.IsZero() || b.Created.Before(earliest)) {
					earliest = b.Created
				}
				if err := f.readBlob(ctx, b, reach); err != nil {
					return err
				}
			}
			return nil
		})
		// A list that took long has become too old while it was read.
		if microsoft.OutOfWindow(err) && asked.Before(f.oldest()) {
			continue
		}
		return earliest, err
	}
}

// lose notes that what became available up to a time can no longer be had, or
// not all of it, unless it was read before. Before the first reading nothing is
// lost: it was never promised.
func (f *feed) lose(reach *store.FeedReach, until time.Time) {
	if reach.To.IsZero() || !reach.To.Before(until) {
		return
	}
	gap := store.Reach{From: reach.To, To: until}
	reach.Lose(gap)
	f.missed = append(f.missed, gap)
}

// readBlob reads the records of a blob. One that Microsoft has deleted is lost;
// one that fails otherwise is counted, and stops nothing unless nothing else
// would be answered either.
func (f *feed) readBlob(ctx context.Context, b microsoft.Blob, reach *store.FeedReach) error {
	f.blobs++
	records, err := f.source.Records(ctx, b)
	bad := false
	var p *entity.Problem
	var short *microsoft.Cut
	switch {
	case err == nil:
	case errors.As(err, &short): // what came of it is good
		bad = true
		f.note(short.Problem)
	case microsoft.Expired(err):
		gap := store.Reach{From: b.Created, To: b.Created}
		reach.Lose(gap)
		f.missed = append(f.missed, gap)
		return nil
	case errors.As(err, &p) && ofOneType(p.Class):
		f.failed++
		f.note(p)
		return nil
	default:
		return err
	}
	for _, record := range records {
		// A record that cannot be kept does not take the others with it.
		row, err := f.decode([]json.RawMessage{record})
		if errors.As(err, &p) {
			bad = true
			f.note(p)
			continue
		}
		f.rows = append(f.rows, row...)
		if len(f.rows) >= feedRows {
			if err := f.flush(); err != nil {
				return err
			}
		}
	}
	if bad {
		f.failed++
	}
	return nil
}

// note keeps the first problem.
func (f *feed) note(p *entity.Problem) {
	if f.problem == nil {
		f.problem = p
	}
}

// noteReach has the store note how far a type was read, after its rows.
func (f *feed) noteReach(ctx context.Context, name string, reach store.FeedReach) error {
	if err := f.flush(); err != nil {
		return err
	}
	f.reaches[name] = reach
	reaches := maps.Clone(f.reaches) // the writer reads them while the next window is read
	return f.emit(batch{apply: func(ctx context.Context) error { return f.writer.ExtendFeeds(ctx, reaches) }})
}

// flush hands the gathered rows to the store.
func (f *feed) flush() error {
	f.count()
	if len(f.rows) == 0 {
		return nil
	}
	b := batch{rows: f.rows, traffic: f.traffic}
	f.rows = nil
	return f.emit(b)
}

// count notes what the reading has cost so far.
func (f *feed) count() { f.traffic = f.total(f.source.Stats()) }

func (f *feed) now() time.Time { return f.syncer.clock.Now().UTC().Truncate(time.Second) }

// oldest is from when on content can be asked for.
func (f *feed) oldest() time.Time { return f.now().Add(feedMargin - microsoft.FeedKept) }

// verdict says what is not complete about a feed that was read to its end.
func (f *feed) verdict() error {
	switch {
	case len(f.types) == len(f.part.Feed.ContentTypes):
		return f.problem
	case f.problem != nil:
		p := *f.problem
		var lacks []string
		if len(f.types) > 0 {
			lacks = append(lacks, strings.Join(f.types, ", ")+" could not be read to the end")
		}
		if f.failed > 0 {
			lacks = append(lacks, fmt.Sprintf("%d of %d blobs could not be read", f.failed, f.blobs))
		}
		p.Message = strings.Join(lacks, ", and ") + "; the next sync reads them again. The first error: " + p.Message
		return &incomplete{&p}
	case len(f.missed) > 0:
		return &incomplete{lostContent(f.missed)}
	case len(f.waiting) > 0:
		return &incomplete{&entity.Problem{
			Class:   entity.ClassSource,
			Code:    "feed_begun",
			Message: fmt.Sprintf("Microsoft has begun to collect %s for SecurAtlas; the first content comes within 12 hours.", strings.Join(f.waiting, ", ")),
			Cure:    "There is nothing to do: the next sync after that reads it.",
		}}
	}
	return nil
}

// lostContent is the problem of a feed that was not read for too long.
func lostContent(missed []store.Reach) *entity.Problem {
	var all store.FeedReach
	for _, gap := range missed {
		all.Lose(gap)
	}
	var spans []string
	for _, gap := range all.Lost {
		spans = append(spans, fmt.Sprintf("between %s and %s UTC", gap.From.Format("2 Jan 2006 15:04"), gap.To.Format("2 Jan 2006 15:04")))
	}
	const most = 3
	if more := len(spans) - most; more > 0 {
		spans = append(spans[:most], fmt.Sprintf("in %d more spans", more))
	}
	return &entity.Problem{
		Class:   entity.ClassSource,
		Code:    "feed_lost",
		Message: "Content that became available " + strings.Join(spans, ", ") + " is lost to SecurAtlas: Microsoft keeps it for 7 days, and it was not read in time, or not collected.",
		Cure:    "Look for it in the audit log search of Microsoft Purview, which keeps records longer. Leave SecurAtlas running, so that it reads every night.",
		Link:    "https://purview.microsoft.com/audit/auditsearch",
	}
}
