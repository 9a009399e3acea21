package syncer

import (
	"context"
	"slices"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
)

// fanDelta is the state of fanChanges.
type fanDelta struct {
	*fan
	since store.Since
	// hidden and asked are relations of parents, by the beginning of the ids of
	// their rows: what the delta says of these does not count.
	hidden, asked map[string]bool
	questions     []question
	whole         []string // relations that were read to their end
}

// fanChanges reads what changed in the relations of another entity's rows. One
// request does for all parents that nothing happened to. Whole relations are
// read for those few parents alone of which the delta does not tell enough: new
// ones, those that someone was restored into, and those that could not be read
// so far.
func (r *reader) fanChanges(ctx context.Context, since store.Since, emit func(batch) error) (string, error) {
	f := &fanDelta{
		fan:    r.newFan(emit),
		since:  since,
		hidden: map[string]bool{}, asked: map[string]bool{},
	}
	f.listed, f.some = true, true
	f.ended = func(q question) {
		f.whole = append(f.whole, entity.RelationID(q.parent, q.list.Relation))
	}
	if err := f.findQuestions(ctx); err != nil {
		return "", err
	}
	link, err := f.readDelta(ctx)
	if err == nil {
		err = f.askQuestions(ctx)
	}
	// What came before an error is good.
	if flushed := f.flush(); err == nil {
		err = flushed
	}
	if err == nil {
		err = f.judge(ctx)
	}
	return link, err
}

// findQuestions finds the relations that are hidden, and those that must be
// asked for.
func (f *fanDelta) findQuestions(ctx context.Context) error {
	columns, hides, err := f.hiddenBy(ctx)
	if err != nil {
		return err
	}
	gaps, err := f.writer.GapsOf(ctx)
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, g := range gaps {
		wanted[entity.RelationID(g.ParentID, g.Relation)] = true
	}
	fresh, err := f.writer.NewParents(ctx, f.over, f.since)
	if err != nil {
		return err
	}
	restored, err := f.writer.ParentsOfRestored(ctx, f.since)
	if err != nil {
		return err
	}
	for _, parent := range append(fresh, restored...) {
		for _, l := range f.part.Fan.Lists {
			wanted[entity.RelationID(parent, l.Relation)] = true
		}
	}
	for after := ""; ; {
		parents, err := f.parents(ctx, columns, after)
		if err != nil || len(parents) == 0 {
			return err
		}
		after = parents[len(parents)-1].ID
		for _, p := range parents {
			for i := range f.part.Fan.Lists {
				f.consider(p, i, hides[i], wanted)
			}
		}
		if len(f.gaps) >= fanRows {
			if err := f.flush(); err != nil {
				return err
			}
		}
	}
}

func (f *fanDelta) consider(p store.Parent, i int, hides bool, wanted map[string]bool) {
	list := &f.part.Fan.Lists[i]
	prefix := entity.RelationID(p.ID, list.Relation)
	switch {
	case hides && p.Cells[i] == list.Hidden.Value:
		f.hidden[prefix] = true
		f.gaps = append(f.gaps, store.Gap{ParentID: p.ID, Relation: list.Relation, Reason: store.GapHidden})
	case wanted[prefix]:
		f.asked[prefix] = true
		f.questions = append(f.questions, question{p.ID, list})
	}
}

// readDelta reads who came and went.
func (f *fanDelta) readDelta(ctx context.Context) (string, error) {
	link, stats, err := f.client.Changes(ctx, f.source(), f.since.Link, func(p microsoft.DeltaPage) error {
		f.traffic = f.total(p.Stats)
		var edges []entity.Change
		for _, object := range p.Objects {
			c, err := f.def.DecodeRelations(f.part, object, f.syncer.clock.Now())
			if err != nil {
				return badRow(err)
			}
			if !c.Gone {
				edges = append(edges, slices.DeleteFunc(c.Edges, f.unclear)...)
				continue
			}
			if err := f.emit(f.changed(edges, f.traffic)); err != nil {
				return err
			}
			edges = nil
			if err := f.emit(f.below(c.Parent+".", false)); err != nil {
				return err
			}
		}
		return f.emit(f.changed(edges, f.traffic))
	})
	f.traffic = f.total(stats)
	f.earlier = f.traffic
	if err != nil {
		return "", err
	}
	return link, f.emit(batch{apply: func(ctx context.Context) error { return f.writer.GoneObjects(ctx, f.since) }})
}

// unclear reports whether the delta's word on an edge does not count.
func (f *fanDelta) unclear(edge entity.Change) bool {
	prefix := relationOf(edge.ID)
	return f.hidden[prefix] || f.asked[prefix]
}

// relationOf is the beginning of an edge's id: "parent.relation.".
func relationOf(id string) string {
	dots := 0
	for i := range len(id) {
		if id[i] == '.' {
			if dots++; dots == 2 {
				return id[:i+1]
			}
		}
	}
	return ""
}

// below has the store note the rows of a parent, or of its relation, as gone.
func (f *fanDelta) below(prefix string, unseen bool) batch {
	return batch{apply: func(ctx context.Context) error { return f.writer.GoneBelow(ctx, prefix, unseen) }}
}

// askQuestions reads whole relations: what they do not show is gone.
func (f *fanDelta) askQuestions(ctx context.Context) error {
	for some := range slices.Chunk(f.questions, fanBatch) {
		if err := f.ask(ctx, some); err != nil {
			return err
		}
	}
	if err := f.flush(); err != nil {
		return err
	}
	for _, prefix := range f.whole {
		if err := f.emit(f.below(prefix, true)); err != nil {
			return err
		}
	}
	return nil
}

// judge says whether the round is complete: it is when every answer came.
func (f *fanDelta) judge(ctx context.Context) error {
	if f.failed == 0 {
		return nil
	}
	return f.verdict(ctx)
}
