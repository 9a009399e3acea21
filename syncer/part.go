package syncer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
)

// licenceRetries and licenceWait bound what is tried against Microsoft's known
// fault of answering a licensed directory that it has no premium licence
// (learn.microsoft.com/graph/known-issues, licence check).
const (
	licenceRetries = 2
	licenceWait    = 10 * time.Second
)

// readPart reads one part of one entity to its end and stores its state.
func (s *Syncer) readPart(ctx context.Context, run store.Run, client *microsoft.Client, def *entity.Def, part *entity.Part) {
	log := s.log.With("run_id", run.ID, "tenant_id", run.TenantID, "kind", def.Kind, "part", part.Name)
	ref := store.PartRef{TenantID: run.TenantID, RunID: run.ID, Def: def, Part: part}
	w, err := s.store.BeginPart(ctx, ref)
	if err != nil {
		if ctx.Err() == nil {
			log.Error("part could not be begun", "error", err)
			s.noteUnstored(ref, problemOf(err))
		}
		return
	}
	r := &reader{syncer: s, tenantID: run.TenantID, client: client, def: def, part: part, writer: w, back: lookBackOf(run), lacking: lackingOf(w, part, run.Full)}
	if err = s.parentsUnread(ctx, run, def, part); err == nil {
		err = r.readNew(ctx, run.Full)
	}
	if part.Else != nil && r.pages == 0 && refused(err) {
		err = r.readElse(ctx, err)
	}
	for try := 0; try < licenceRetries && s.falselyUnlicensed(ctx, run.TenantID, part, err); try++ {
		if s.sleep(ctx, licenceWait) != nil {
			break
		}
		err = r.read(ctx)
	}
	if s.falselyUnlicensed(ctx, run.TenantID, part, err) {
		err = contradiction(part, problemOf(err))
	}
	r.noteLacking()
	if ctx.Err() != nil && err != nil && r.pages == 0 && !gapsOf(err) {
		return // nothing was learnt: what was known stays as it is
	}
	if r.pages == 0 && s.leave(ctx, ref, err) {
		log.Info("part left as it is", "reason", err)
		return
	}
	state, err := r.end(ctx, err)
	if err != nil {
		log.Error("state could not be stored", "error", err)
	}
	if state.State == "" {
		s.noteUnstored(ref, problemOf(err))
		return
	}
	attrs := []any{"state", state.State, "rows", state.Rows, "added", state.Added, "changed", state.Changed,
		"removed", state.Removed, "requests", r.traffic.Requests, "retries", r.traffic.Retries, "waited", r.traffic.Waited}
	if p := state.Problem; p != nil {
		attrs = append(attrs, "class", p.Class, "code", p.Code, "message", p.Message, "request_id", p.RequestID)
	}
	log.Info("part read", attrs...)
}

// leave leaves a part as it is where our own pace alone kept it from being read:
// that Microsoft refuses it, or that it is whole, is as true as before.
func (s *Syncer) leave(ctx context.Context, ref store.PartRef, err error) bool {
	var p *entity.Problem
	if !errors.As(err, &p) || p.Code != microsoft.CodeOwnPace {
		return false
	}
	left, err := s.store.LeavePart(context.WithoutCancel(ctx), ref, p)
	if err != nil {
		s.log.Error("part could not be left as it is", "run_id", ref.RunID, "kind", ref.Def.Kind, "part", ref.Part.Name, "error", err)
	}
	return left
}

// gapsOf reports whether a part was read to its end, with gaps.
func gapsOf(err error) bool {
	var gaps *incomplete
	var short *microsoft.Cut
	return errors.As(err, &gaps) || errors.As(err, &short)
}

// end stores how the part ended, also when the run was stopped meanwhile. What
// cannot be stored as it should be is stored as failed, for that reason. The
// state is empty where not even that can be stored; an error beside a state says
// what else could not.
func (r *reader) end(ctx context.Context, err error) (state store.PartState, _ error) {
	end := context.WithoutCancel(ctx)
	var gaps *incomplete
	var short *microsoft.Cut
	switch {
	case err == nil:
		state, err = r.writer.Complete(end, r.traffic)
	case errors.As(err, &gaps):
		state, err = r.writer.Incomplete(end, gaps.Problem, r.traffic)
	case errors.As(err, &short):
		state, err = r.writer.Incomplete(end, short.Problem, r.traffic)
	case ctx.Err() != nil:
		return r.writer.Stop(end, interrupted(context.Cause(ctx)), r.traffic)
	default:
		p := problemOf(err)
		if p.Class == entity.ClassInternal {
			r.syncer.log.Error("part failed", "tenant_id", r.tenantID, "kind", r.def.Kind, "part", r.part.Name, "error", err)
		}
		return r.writer.Stop(end, p, r.traffic)
	}
	if err != nil && state.State == "" {
		stopped, stopErr := r.writer.Stop(end, problemOf(err), r.traffic)
		return stopped, errors.Join(err, stopErr)
	}
	return state, err
}

// falselyUnlicensed reports whether Microsoft says that a licence is missing
// which the stored subscriptions have.
func (s *Syncer) falselyUnlicensed(ctx context.Context, tenantID int64, part *entity.Part, err error) bool {
	var p *entity.Problem
	if part.Licence == nil || !errors.As(err, &p) || p.Class != entity.ClassLicence {
		return false
	}
	has, known, err := s.store.HasServicePlan(ctx, tenantID, part.Licence.ServicePlans)
	if err != nil {
		s.log.Error("licences could not be read", "tenant_id", tenantID, "error", err)
		return false
	}
	return known && has
}

func contradiction(part *entity.Part, p *entity.Problem) *entity.Problem {
	return &entity.Problem{
		Class:     entity.ClassSource,
		Code:      p.Code,
		Message:   fmt.Sprintf("Microsoft says that %s is missing, though the directory's licences include it: %s", part.Licence.Name, p.Message),
		RequestID: p.RequestID,
		Cure:      "This is a passing fault of Microsoft's licence check. The next sync tries again; if it stays, make sure that Directory.Read.All is granted, which works around it.",
		Link:      p.Link,
		Status:    p.Status,
	}
}

// reader takes the pages of a part from Microsoft to the store. Fetching and
// writing overlap by one page, which bounds memory by pages and not by the
// size of the directory.
type reader struct {
	syncer   *Syncer
	tenantID int64
	client   *microsoft.Client
	def      *entity.Def
	part     *entity.Part
	writer   *store.PartWriter
	before   bool               // the part was read to its end in an earlier run
	back     lookBack           // of a part that is read by windows
	lacking  *microsoft.Lacking // properties that the source does not have

	pages   int // committed
	traffic store.Traffic
	earlier store.Traffic // of earlier attempts, and of lists before this one
}

// batch is a decoded page on its way to the store.
type batch struct {
	rows    []entity.Row
	gaps    []store.Gap
	reach   *store.Reach // how far the pages before this one reach
	restart bool
	traffic store.Traffic
	// apply is what is to be done with the store instead; changes are put so.
	apply func(context.Context) error
	// written is closed when all batches before this one are stored.
	written chan struct{}
	noPage  bool // nothing came from Microsoft
}

func (r *reader) read(ctx context.Context) error {
	var err error
	if r.before, err = r.writer.ReadBefore(ctx); err != nil {
		return err
	}
	fetch := r.list
	switch {
	case r.part.Fan != nil:
		fetch = r.fanOut
	case r.part.Feed != nil:
		fetch = r.readFeed
	case r.part.Mode == entity.Window:
		fetch = r.windows
	}
	return r.pipe(ctx, fetch)
}

// pipe has what is fetched written, one page behind.
func (r *reader) pipe(ctx context.Context, fetch func(context.Context, func(batch) error) error) error {
	r.earlier = r.traffic
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	batches := make(chan batch, 1)
	written := make(chan error, 1)
	go func() {
		err := r.write(ctx, batches)
		if err != nil {
			cancel(err)
		}
		written <- err
	}()
	err := fetch(ctx, func(b batch) error {
		select {
		case batches <- b:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	})
	close(batches)
	writeErr := <-written
	if writeErr != nil && !errors.Is(writeErr, context.Canceled) {
		return writeErr
	}
	return err
}

// refused reports whether Microsoft refuses a source for a reason that another
// may not share.
func refused(err error) bool {
	var p *entity.Problem
	if !errors.As(err, &p) {
		return false
	}
	switch p.State() {
	case entity.NotPermitted, entity.NotLicensed, entity.NotAvailable:
		return true
	}
	return false
}

// readElse reads the part's other source, since the first one was refused. If
// the other is refused as well, it is the first that an admin should mend,
// unless that lacks only a permission that is never demanded.
func (r *reader) readElse(ctx context.Context, first error) error {
	preferred := r.part
	r.part, r.lacking = preferred.Else, microsoft.NewLacking()
	r.writer.Use(r.part)
	err := r.read(ctx)
	if r.pages > 0 || !refused(err) {
		return err
	}
	p, other := *problemOf(first), *problemOf(err)
	if p.State() == entity.NotPermitted && r.syncer.cat.OnlyExtras(preferred) {
		other.Cure += fmt.Sprintf(" The recommended permission %s of %s would do instead.", preferred.Needs[0][0], preferred.Resource.APIName())
		return &other
	}
	code := ""
	if other.Code != "" {
		code = " (" + other.Code + ")"
	}
	p.Message = fmt.Sprintf("%s %s, which could stand in, refuses too%s: %s", p.Message, r.part.Resource.Title(), code, other.Message)
	return &p
}

// list reads the part's list.
func (r *reader) list(ctx context.Context, emit func(batch) error) error {
	stats, err := r.client.Pages(ctx, r.source(), func(p microsoft.Page) error {
		rows, err := r.decode(p.Rows)
		if err != nil {
			return err
		}
		return emit(batch{rows: rows, restart: p.Restarted, traffic: r.total(p.Stats)})
	})
	r.traffic = r.total(stats)
	return err
}

// write stores the pages; what was decoded before a failure is still good and
// is stored too, unless the run itself was stopped.
func (r *reader) write(ctx context.Context, batches <-chan batch) error {
	for b := range batches {
		if b.restart {
			if err := r.writer.Restart(ctx); err != nil {
				return err
			}
		}
		if err := r.writer.Leave(ctx, b.gaps); err != nil {
			return err
		}
		if b.reach != nil {
			if err := r.writer.Extend(ctx, *b.reach); err != nil {
				return err
			}
		}
		if b.apply != nil {
			if err := b.apply(ctx); err != nil {
				return err
			}
			continue
		}
		if b.written != nil {
			close(b.written)
		}
		if b.noPage {
			continue
		}
		if _, err := r.writer.Put(ctx, b.rows, b.traffic); err != nil {
			return fmt.Errorf("store %s: %w", r.def.Kind, err)
		}
		r.pages++
	}
	return nil
}

func (r *reader) decode(raw []json.RawMessage) ([]entity.Row, error) {
	rows := make([]entity.Row, 0, len(raw))
	for _, object := range raw {
		row, err := r.def.DecodeFrom(r.part, object, r.syncer.clock.Now())
		if errors.Is(err, entity.ErrSkipped) {
			continue
		}
		if err != nil {
			return nil, badRow(err)
		}
		rows = append(rows, row)
	}
	r.leaveOut(rows)
	return rows, nil
}

// badRow is the problem of an object that cannot be decoded.
func badRow(err error) *entity.Problem {
	return &entity.Problem{
		Class:   entity.ClassData,
		Code:    "bad_row",
		Message: strings.ToUpper(err.Error()[:1]) + err.Error()[1:] + ".",
		Cure:    "Microsoft sent an object that SecurAtlas cannot keep; nothing that was stored is touched. Sync again, and report it if it stays.",
	}
}

func (r *reader) total(s microsoft.Stats) store.Traffic {
	return store.Traffic{
		Requests: r.earlier.Requests + s.Requests,
		Retries:  r.earlier.Retries + s.Retries,
		Waited:   r.earlier.Waited + s.Waited,
	}
}
