package syncer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
)

const (
	// parentsAtOnce is how many parents are read from the store at a time, and
	// fanRows how many rows are gathered before they are written: together
	// with one batch of answers this bounds the memory.
	parentsAtOnce = 500
	fanRows       = 1000
	// fanBatch is how many requests are handed over together; the client
	// sends fewer where the pace of their throttling scope is slower.
	fanBatch = 20
)

// fanOut reads a part once for each row of another entity.
func (r *reader) fanOut(ctx context.Context, emit func(batch) error) error {
	f := r.newFan(emit)
	if r.part.Fan.Rest {
		if err := f.readList(ctx); err != nil {
			return err
		}
	}
	err := f.readParents(ctx)
	// What came before an error is good.
	if flushed := f.flush(); err == nil {
		err = flushed
	}
	if err == nil {
		err = f.verdict(ctx)
	}
	return err
}

func (r *reader) newFan(emit func(batch) error) *fan {
	return &fan{reader: r, emit: emit, over: r.syncer.cat.Def(r.part.Fan.Over), lacks: map[string]bool{}}
}

// fan is the state of fanOut.
type fan struct {
	*reader
	emit func(batch) error
	over *entity.Def

	refused *entity.Problem // why the list that comes first was refused
	listed  bool            // it was read

	// some says that a few parents are asked for and not all of them; ended is
	// told when a list of a parent has come to its end. It may be nil.
	some  bool
	ended func(q question)

	rows                 []entity.Row
	gaps                 []store.Gap
	read, hidden, failed int // lists of parents
	problem              *entity.Problem
	failing              []string        // parents of which something failed, by id
	lacks                map[string]bool // the same
}

// incomplete is the error of a part that was read for most of its parents.
type incomplete struct{ *entity.Problem }

// readList reads the list that gives the properties of most parents. Rows that
// come without any of them do not count as shown, nor does a page of only
// such rows. Where Microsoft refuses the list, or says that it is not whole, the
// other parents are asked for alone.
func (f *fan) readList(ctx context.Context) error {
	err := f.list(ctx, func(b batch) error {
		b.rows = slices.DeleteFunc(b.rows, func(r entity.Row) bool {
			return !slices.ContainsFunc(r.Cells, func(v any) bool { return v != nil })
		})
		b.noPage = len(b.rows) == 0
		return f.emit(b)
	})
	f.earlier = f.traffic
	var p *entity.Problem
	if errors.As(err, &p) && p.Status < 500 && refusal(p.Class) {
		f.refused, err = p, nil
	}
	if err != nil {
		return err
	}
	f.listed = f.refused == nil
	// Which parents are left shows once all pages are written.
	written := make(chan struct{})
	if err := f.emit(batch{written: written, noPage: true}); err != nil {
		return err
	}
	select {
	case <-written:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// refusal reports whether another request may succeed though this one did not.
func refusal(c entity.Class) bool {
	return c == entity.ClassSource || c == entity.ClassPermission || c == entity.ClassRetired || c == entity.ClassLicence
}

// question is one list of one parent.
type question struct {
	parent string
	list   *entity.FanList
}

func (f *fan) readParents(ctx context.Context) error {
	lists := f.part.Fan.Lists
	columns, hides, err := f.hiddenBy(ctx)
	if err != nil {
		return err
	}
	var questions []question
	for after := ""; ; {
		parents, err := f.parents(ctx, columns, after)
		if err != nil {
			return err
		}
		if len(parents) == 0 {
			break
		}
		after = parents[len(parents)-1].ID
		for _, p := range parents {
			for i := range lists {
				if hides[i] && p.Cells[i] == lists[i].Hidden.Value {
					f.hidden++
					f.gaps = append(f.gaps, store.Gap{ParentID: p.ID, Relation: lists[i].Relation, Reason: store.GapHidden})
					continue
				}
				questions = append(questions, question{p.ID, &lists[i]})
				if len(questions) == fanBatch {
					if err := f.ask(ctx, questions); err != nil {
						return err
					}
					questions = questions[:0]
				}
			}
		}
		if len(f.gaps) >= fanRows {
			if err := f.flush(); err != nil {
				return err
			}
		}
	}
	return f.ask(ctx, questions)
}

// hiddenBy returns, for each list, the column of the parents that tells
// whether it is hidden, and whether it is hidden at all: not where the
// permission for it is granted.
func (f *fan) hiddenBy(ctx context.Context) (columns []string, hides []bool, err error) {
	grants, err := f.syncer.store.Grants(ctx, f.tenantID)
	if err != nil {
		return nil, nil, fmt.Errorf("read what is granted: %w", err)
	}
	lists := f.part.Fan.Lists
	columns, hides = make([]string, len(lists)), make([]bool, len(lists))
	for i, l := range lists {
		columns[i] = f.over.TitleColumn
		if l.Hidden != nil {
			columns[i] = l.Hidden.Column
			hides[i] = !slices.ContainsFunc(grants, func(g entity.Grants) bool {
				return g.Resource == f.part.Resource && slices.Contains(g.Roles, l.Hidden.Permission)
			})
		}
	}
	return columns, hides, nil
}

// parents returns the next parents, in the order of their ids.
func (f *fan) parents(ctx context.Context, columns []string, after string) ([]store.Parent, error) {
	if f.part.Fan.Rest {
		parents, err := f.writer.Unseen(ctx, after, parentsAtOnce)
		for i := range parents {
			parents[i].Cells = make([]any, len(columns))
		}
		return parents, err
	}
	return f.syncer.store.Parents(ctx, f.tenantID, f.over, columns, after, parentsAtOnce)
}

// ask sends one batch of questions and gathers the answers.
func (f *fan) ask(ctx context.Context, questions []question) error {
	if len(questions) == 0 {
		return nil
	}
	b := microsoft.Batch{Part: f.part, Lacking: f.lacking, Items: make([]microsoft.Item, len(questions)), ReadBefore: f.before}
	for i, q := range questions {
		b.Items[i] = f.item(q)
	}
	failed, missing := 0, 0
	stats, err := f.client.Batch(ctx, b, func(p microsoft.ItemPage) error {
		f.traffic = f.total(p.Stats)
		if p.Problem != nil {
			failed++
			if notFound(p.Problem) {
				missing++
			}
		}
		return f.take(questions[p.Item], p)
	})
	f.traffic = f.total(stats)
	f.earlier = f.traffic
	switch {
	case err != nil, failed < len(questions), failed == 1:
		return err
	case missing < failed:
		// It is not one parent: the others would fail too.
		return f.problem
	case !f.some && f.read == 0 && len(questions) == fanBatch:
		// So many that were listed just now have not all vanished: Microsoft
		// does not answer this here, and asking for the others would take long.
		return f.noneFound()
	}
	return nil
}

// notFound reports whether Microsoft found nothing for a parent. The list of the
// parents says that it is there: that is a contradiction, and no evidence that
// either has ended.
func notFound(p *entity.Problem) bool {
	return p.Class == entity.ClassSource && (p.Status == http.StatusNotFound || p.Status == http.StatusGone)
}

// noneFound is the problem of a part that Microsoft answers for no parent.
func (f *fan) noneFound() *entity.Problem {
	p := *f.problem
	p.Message = fmt.Sprintf("Microsoft finds none of the %s that were asked for, though it listed them: %s", strings.ToLower(f.over.Title), f.problem.Message)
	return &p
}

// item is the request for a question.
func (f *fan) item(q question) microsoft.Item {
	item := microsoft.Item{
		Path:      strings.ReplaceAll(q.list.Path, "{id}", url.PathEscape(q.parent)),
		Query:     maps.Clone(q.list.Query),
		Singleton: q.list.Relation == "",
	}
	if properties := f.def.Select(f.part.Name); properties != "" && !item.Singleton {
		if item.Query == nil {
			item.Query = url.Values{}
		}
		item.Query.Set("$select", properties)
	}
	return item
}

// take takes one page of an answer.
func (f *fan) take(q question, p microsoft.ItemPage) error {
	if p.Problem == nil {
		var err error
		if p.Problem, err = f.keep(q, p.Rows); err != nil {
			return err
		}
	}
	switch {
	case p.Problem != nil:
		f.failed++
		if !f.lacks[q.parent] {
			f.lacks[q.parent] = true
			f.failing = append(f.failing, q.parent)
		}
		f.gaps = append(f.gaps, store.Gap{ParentID: q.parent, Relation: q.list.Relation, Reason: store.GapFailed})
		if f.problem == nil {
			f.problem = p.Problem
		}
		switch p.Problem.Class {
		case entity.ClassCredential, entity.ClassConsent, entity.ClassThrottled:
			return p.Problem // whatever is asked next
		}
	case p.Last:
		f.read++
		if f.ended != nil {
			f.ended(q)
		}
	}
	if len(f.rows) >= fanRows {
		return f.flush()
	}
	return nil
}

// keep decodes the objects of a page.
func (f *fan) keep(q question, objects []json.RawMessage) (*entity.Problem, error) {
	for _, object := range objects {
		row, err := f.def.DecodeFor(f.part.Name, q.parent, q.list, object)
		if err != nil {
			return badRow(err), nil
		}
		f.leaveOut([]entity.Row{row})
		f.rows = append(f.rows, row)
		if len(f.rows) >= 2*fanRows {
			if err := f.flush(); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// flush hands what was gathered to the store.
func (f *fan) flush() error {
	if len(f.rows) == 0 && len(f.gaps) == 0 {
		return nil
	}
	b := batch{rows: f.rows, gaps: f.gaps, traffic: f.traffic, noPage: len(f.rows) == 0}
	f.rows, f.gaps = nil, nil
	return f.emit(b)
}

// verdict says whether the part is complete: it is when every parent was read.
func (f *fan) verdict(ctx context.Context) error {
	switch {
	case f.failed > 0 && f.read == 0 && !f.listed:
		if notFound(f.problem) {
			return f.noneFound()
		}
		return f.problem
	case f.failed > 0:
		p := *f.problem
		p.Message = fmt.Sprintf("%d of %d answers about %s were errors (%s); what was known of these stays. The first error: %s",
			f.failed, f.failed+f.read, strings.ToLower(f.over.Title), f.names(ctx), f.problem.Message)
		return &incomplete{&p}
	case f.refused != nil && f.read == 0:
		return f.refused
	}
	return nil
}

// namesAtMost is how many parents a message names.
const namesAtMost = 5

// names names the parents that lack something, by title.
func (f *fan) names(ctx context.Context) string {
	ids := f.failing[:min(len(f.failing), namesAtMost)]
	titles, err := f.syncer.store.Targets(ctx, f.tenantID, entity.Ref{Kind: f.over.Kind}, ids)
	if err != nil {
		f.syncer.log.Error("titles could not be read", "tenant_id", f.tenantID, "kind", f.over.Kind, "error", err)
	}
	names := make([]string, len(ids))
	for i, id := range ids {
		if names[i] = titles[id].Title; names[i] == "" {
			names[i] = id
		}
	}
	if more := len(f.failing) - len(ids); more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names, ", "), more)
	}
	return strings.Join(names, ", ")
}

// parentsUnread returns why a part cannot be read in this run: the rows that it
// is read for were not read completely before it. Nil when they were.
func (s *Syncer) parentsUnread(ctx context.Context, run store.Run, def *entity.Def, part *entity.Part) error {
	if part.Fan == nil || part.Fan.Over == def.Kind {
		return nil
	}
	over := s.cat.Def(part.Fan.Over)
	now, err := s.store.Run(ctx, run.ID)
	if err != nil {
		return fmt.Errorf("look at %s: %w", over.Kind, err)
	}
	p := entity.Problem{Class: entity.ClassSource, Code: "parents_unread", Cure: "Sync again."}
	for _, done := range now.Parts {
		if done.Kind != over.Kind || done.Part != over.Parts[0].Name {
			continue
		}
		if done.State == entity.Complete || done.State == entity.Held {
			return nil
		}
		if done.Problem != nil {
			p = *done.Problem
		}
	}
	p.Message = strings.TrimSpace(fmt.Sprintf("%s are read for each of the %s, and these could not be read completely: %s", def.Title, strings.ToLower(over.Title), p.Message))
	p.Message = strings.TrimSuffix(p.Message, ":")
	return &p
}
