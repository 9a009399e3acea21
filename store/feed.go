package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// FeedReach is how far a type of content of the activity feed was read.
type FeedReach struct {
	Reach
	// Asked is when SecurAtlas asked Microsoft to collect the content; zero
	// where it was collected before.
	Asked time.Time
	// Flowing is true once content has come.
	Flowing bool
	// Lost are spans whose content Microsoft deleted before it was read, the
	// oldest first.
	Lost []Reach
}

// lostApart is how far lost spans are apart at least: what is said of them is
// for people, who need no list of single blobs.
const lostApart = time.Hour

// Lose notes a span of which content can no longer be had. Spans that overlap,
// or are less than an hour apart, become one.
func (f *FeedReach) Lose(span Reach) {
	all := append(slices.Clone(f.Lost), span)
	slices.SortFunc(all, func(a, b Reach) int { return a.From.Compare(b.From) })
	merged := all[:1]
	for _, next := range all[1:] {
		last := &merged[len(merged)-1]
		if next.From.Sub(last.To) >= lostApart {
			merged = append(merged, next)
		} else if next.To.After(last.To) {
			last.To = next.To
		}
	}
	f.Lost = merged
}

// Forget forgets the lost spans that ended before a time.
func (f *FeedReach) Forget(before time.Time) {
	f.Lost = slices.DeleteFunc(slices.Clone(f.Lost), func(r Reach) bool { return r.To.Before(before) })
}

// Feeds returns how far each type of content of the part was read.
func (w *PartWriter) Feeds(ctx context.Context) (map[string]FeedReach, error) {
	var text string
	err := w.s.read.QueryRowContext(ctx, `
		SELECT feeds
		FROM part_states
		WHERE tenant_id = ? AND kind = ? AND part = ?`,
		w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name).Scan(&text)
	var feeds map[string]FeedReach
	if err == nil {
		feeds, err = unmarshalFeeds(text)
	}
	return feeds, w.wrap("look how far the feeds reach of", err)
}

func unmarshalFeeds(text string) (map[string]FeedReach, error) {
	feeds := map[string]FeedReach{}
	if text == "" {
		return feeds, nil
	}
	err := json.Unmarshal([]byte(text), &feeds)
	return feeds, err
}

// lostOf are the spans of which a feed lacks some of its content.
func lostOf(text string) ([]Reach, error) {
	feeds, err := unmarshalFeeds(text)
	var all FeedReach
	for _, f := range feeds {
		for _, span := range f.Lost {
			all.Lose(span)
		}
	}
	return all.Lost, err
}

// ExtendFeeds notes how far the types of content were read. As with Extend,
// the rows are stored before. The reach of the part is what all of them cover.
func (w *PartWriter) ExtendFeeds(ctx context.Context, feeds map[string]FeedReach) error {
	text, err := json.Marshal(feeds)
	if err != nil {
		return w.wrap("note how far the feeds reach of", err)
	}
	var all Reach
	for i, name := range slices.Sorted(maps.Keys(feeds)) {
		r := feeds[name].Reach
		if i == 0 || r.From.After(all.From) {
			all.From = r.From
		}
		if i == 0 || r.To.Before(all.To) {
			all.To = r.To
		}
	}
	err = w.tx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `
			UPDATE part_states
			SET feeds = ?, reach_from = ?, reach_to = ?, source = ?
			WHERE tenant_id = ? AND kind = ? AND part = ?`,
			string(text), nullMS(all.From), nullMS(all.To), w.ref.Part.Resource,
			w.ref.TenantID, w.ref.Def.Kind, w.ref.Part.Name)
		return err
	})
	return w.wrap("note how far the feeds reach of", err)
}
