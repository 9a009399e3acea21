package store

import (
	"context"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// settledChange is what a round of changes has said of an object so far.
type settledChange struct {
	at   int64
	gone bool
}

// yields reports whether a change takes the place of what was said before. Of
// two of the same time the one that the object is there wins: a machine that
// moves between device groups is fixed in one and found in the other at once,
// and a row that is kept wrongly goes with the next whole list.
func (s settledChange) yields(to settledChange) bool {
	return to.at > s.at || to.at == s.at && (s.gone || !to.gone)
}

// settle keeps of a page of changes the one of each object that counts: the
// latest by Microsoft's time and not by its place, since their order is not
// documented. It notes what counts, so that a later page does not take it back.
func (p *pagePut) settle(ctx context.Context, changes []entity.Change) ([]entity.Change, error) {
	settled, err := p.settled(ctx, changes)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	var kept []entity.Change
	for _, c := range changes {
		now := settledChange{nanos(c.At), c.Gone}
		if was, said := settled[c.ID]; said && !was.yields(now) {
			continue
		}
		settled[c.ID] = now
		if i, twice := at[c.ID]; twice {
			kept[i] = c
			continue
		}
		at[c.ID] = len(kept)
		kept = append(kept, c)
	}
	values := make([][]any, len(kept))
	for i, c := range kept {
		values[i] = []any{p.ref.TenantID, p.ref.Def.Kind, p.ref.Part.Name, c.ID, nanos(c.At), c.Gone}
	}
	return kept, insertRows(ctx, p.tx, `INSERT OR REPLACE INTO settled_changes (tenant_id, kind, part, id, at, gone)`, values)
}

// settled is what earlier pages have said of a page's objects.
func (p *pagePut) settled(ctx context.Context, changes []entity.Change) (map[string]settledChange, error) {
	type said struct {
		id string
		settledChange
	}
	settled := make(map[string]settledChange, len(changes))
	for chunk := range chunks(changes, 500) {
		args := []any{p.ref.TenantID, p.ref.Def.Kind, p.ref.Part.Name}
		for _, c := range chunk {
			args = append(args, c.ID)
		}
		rows, err := p.tx.QueryContext(ctx, `
			SELECT id, at, gone FROM settled_changes
			WHERE tenant_id = ? AND kind = ? AND part = ? AND id IN (`+marks(len(chunk))+`)`, args...)
		found, err := collect(rows, err, func(r rowScanner) (s said, err error) { return s, r.Scan(&s.id, &s.at, &s.gone) })
		if err != nil {
			return nil, err
		}
		for _, s := range found {
			settled[s.id] = s.settledChange
		}
	}
	return settled, nil
}

// nanos is a time to compare; 0, the earliest, where there is none.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}
