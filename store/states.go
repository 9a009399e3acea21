package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/securatlas/securatlas/syncer/entity"
)

// PartState is what is known about one part of one entity of one tenant.
type PartState struct {
	Kind, Part  string
	State       entity.State
	AsOf        time.Time // of the last complete list; zero = there was none
	AttemptedAt time.Time // when the last attempt began; zero = never
	// SettledAt is AsOf, or where the removal of rows waits for a person the
	// time of the list before: of these rows nothing newer is known.
	SettledAt time.Time

	// What the last attempt that ended found and cost.
	Rows                    int // different rows in its list
	Added, Changed, Removed int
	Requests, Pages         int

	// Unread is how many live rows of the entity a further part has not read.
	Unread int

	Needs   []string // permissions or licences that are missing
	Problem *entity.Problem
	RetryAt time.Time // of a throttled part: when to try again

	// AllButGaps is true where the last attempt that ended read all of it but the
	// gaps that it noted parent by parent: what else is stored was confirmed.
	AllButGaps bool
	RunID      int64 // of that attempt

	Reach  Reach           // of a part that is read by windows
	Lost   []Reach         // spans that Microsoft deleted before they were read
	Lines  Lines           // without identity, of its last whole list
	Source entity.Resource // which of its sources a part was last read from; empty where it has one
}

// Lines are the lines of a part's list of which Microsoft conceals what they
// are.
type Lines struct {
	Number  int
	Shown   bool      // as a snapshot, beside no other row that could be the same
	NamedAt time.Time // when the last list without any was complete; zero = never
}

// EntityState is what is known about one entity of one tenant. Its state,
// as-of, needs and problem are those of its first part. A derived entity has
// the worst state and the oldest as-of of its sources, and their parts; a source
// that only adds to it (entity.Addition) leaves a gap among the columns instead.
type EntityState struct {
	Def         *entity.Def
	State       entity.State
	AsOf        time.Time
	AttemptedAt time.Time

	Rows           int // live rows in the table now
	Added, Removed int // by the first part's last attempt
	Changed        int // by all parts' last attempts
	Requests       int // by all parts' last attempts
	Held           int // rows whose removal waits for a person

	Needs   []string
	Problem *entity.Problem
	RetryAt time.Time
	Parts   []PartState
	Columns []ColumnGap
	Syncing bool // a run is reading it, or is going to
	// Optional is true where it could not be read only because nobody granted
	// what is optional: an extra permission, or an API that is not set up.
	Optional bool
}

// ColumnGap is a column of a further part that was not completely read, or one
// that failed though its part was read: its values are from AsOf, or missing. Of
// a derived entity it may be rows.
type ColumnGap struct {
	Column string // or the name of the rows
	Rows   string // the title of the rows, "" for a column
	State  entity.State
	Needs  []string
	AsOf   time.Time // zero = never read completely
	// Why says what is not as the state of the entity says, as a full sentence;
	// "" where State and Needs say it all.
	Why string
	// Since is when a column that Why is about first came so; zero where the
	// whole part is concerned.
	Since time.Time
	// Unread is how many live rows the column's part has not read yet, such as
	// those that came after it was read.
	Unread int
}

// severity orders states from the worst to the best.
var severity = []entity.State{
	entity.Failed,
	entity.Never,
	entity.NotPermitted,
	entity.NotLicensed,
	entity.NotAvailable,
	entity.Throttled,
	entity.Partial,
	entity.Held,
	entity.Complete,
}

// EntityStates returns the state of every entity of the catalogue, in its
// order; those never synced have the state Never.
func (s *Store) EntityStates(ctx context.Context, tenantID int64) ([]EntityState, error) {
	states, err := s.entityStates(ctx, tenantID, s.catalogue.Defs, nil)
	if err != nil {
		return nil, fmt.Errorf("read the states: %w", err)
	}
	return states, nil
}

// EntityState returns the state of one entity, derived ones included. An
// unknown kind is ErrNotFound.
func (s *Store) EntityState(ctx context.Context, tenantID int64, kind string) (EntityState, error) {
	d := s.catalogue.Def(kind)
	if d == nil {
		return EntityState{}, fmt.Errorf("state of %q: %w", kind, ErrNotFound)
	}
	states, err := s.entityStates(ctx, tenantID, []*entity.Def{d}, nil)
	if err != nil {
		return EntityState{}, fmt.Errorf("read the state of %s: %w", kind, err)
	}
	return states[0], nil
}

// entityStates puts the states together from what is stored, and from the parts
// of a run whose end is not (RunPart.Unstored).
func (s *Store) entityStates(ctx context.Context, tenantID int64, defs []*entity.Def, unstored []RunPart) ([]EntityState, error) {
	known, err := s.partStates(ctx, tenantID, "")
	if err != nil {
		return nil, err
	}
	overlay(known, unstored)
	held, err := s.heldCounts(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	syncing, err := s.syncing(ctx, tenantID, known)
	if err != nil {
		return nil, err
	}
	counted, err := s.derivedRows(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	hidden, err := s.hiddenGaps(ctx, tenantID)
	if err != nil {
		return nil, err
	}
	marks, err := columnMarks(ctx, s.read, tenantID, "")
	if err != nil {
		return nil, err
	}
	states := make([]EntityState, len(defs))
	for i, d := range defs {
		states[i] = s.put(d, known, marks, held, syncing)
		states[i].Columns = append(states[i].Columns, hidden[d.Kind]...)
		if !d.Derived() {
			continue
		}
		if d.Judges != "" || d.Beside != "" {
			if err := s.judgedState(ctx, tenantID, &states[i]); err != nil {
				return nil, err
			}
		}
		n, ok := counted[d.Kind]
		if d.Judges != "" { // a verdict for each row of that source
			source := s.catalogue.Def(d.Judges)
			n, ok = known[partKey{source.Kind, source.Parts[0].Name}].live, true
		}
		if !ok {
			if n, err = s.countLive(ctx, tenantID, d); err != nil {
				return nil, err
			}
		}
		states[i].Rows = n
	}
	if slices.ContainsFunc(states, func(e EntityState) bool { return unreadable(e.State) }) {
		grants, err := s.Grants(ctx, tenantID)
		if err != nil {
			return nil, err
		}
		s.markOptional(grants, states)
	}
	return states, nil
}

// synced puts an entity's state together from its parts'.
func synced(d *entity.Def, known map[partKey]knownPart, marks map[partKey][]columnMark, held int, syncing bool) EntityState {
	first := known[partKey{d.Kind, d.Parts[0].Name}]
	e := EntityState{
		Def:         d,
		State:       entity.Never,
		AsOf:        first.AsOf,
		AttemptedAt: first.AttemptedAt,
		Rows:        first.live,
		Added:       first.Added,
		Removed:     first.Removed,
		Held:        held,
		Needs:       first.Needs,
		Problem:     first.Problem,
		RetryAt:     first.RetryAt,
		Syncing:     syncing,
	}
	for i, p := range d.Parts {
		part, ok := known[partKey{d.Kind, p.Name}]
		if !ok {
			part.PartState = PartState{Kind: d.Kind, Part: p.Name, State: entity.Never}
			if i > 0 {
				part.Unread = e.Rows
			}
		}
		e.Parts = append(e.Parts, part.PartState)
		e.Changed += part.Changed
		e.Requests += part.Requests
		var gap ColumnGap
		lacks := false
		if i == 0 {
			e.State = part.State
			e.Columns = concealedGaps(d, part.PartState)
		} else {
			gap, lacks = part.gap(d, p, e.Rows)
		}
		e.Columns = append(e.Columns, marked(d, p.Name, marks[partKey{d.Kind, p.Name}], gap, lacks)...)
	}
	return e
}

// gap is what the columns of a further part lack, if anything: it was not read
// completely, or must cover all rows and has not read some that came later.
func (p PartState) gap(d *entity.Def, part entity.Part, rows int) (gap ColumnGap, lacks bool) {
	gap = ColumnGap{State: p.State, Needs: p.Needs, AsOf: p.AsOf}
	// Where nothing was ever read, the state says it all.
	if nothing := p.Unread == rows && p.AsOf.IsZero() && p.State != entity.Partial; !part.Sparse && !nothing {
		gap.Unread = p.Unread
	}
	if gap.Unread > 0 && (p.State == entity.Complete || p.State == entity.Partial) {
		gap.Why = unreadText(d, gap.Unread, rows)
	}
	return gap, p.State != entity.Complete || gap.Unread > 0
}

// derived puts a derived entity's state together from its sources'.
func derived(d *entity.Def, sources []EntityState) EntityState {
	e := EntityState{Def: d, State: entity.Complete}
	dated := false
	for _, src := range sources {
		e.Held += src.Held
		e.Syncing = e.Syncing || src.Syncing
		e.Parts = append(e.Parts, src.Parts...)
		if add := d.Addition(src.Def.Kind); add != nil && src.State != entity.Complete {
			if add.Name != "" {
				e.Columns = append(e.Columns, ColumnGap{Column: add.Name, Rows: add.Title, State: src.State, Needs: src.Needs, AsOf: src.AsOf})
			}
			if add.Spares(src.State) {
				e.Columns = append(e.Columns, derivedGaps(d, src)...)
				continue
			}
		}
		if worse(src.State, e.State) {
			e.State, e.Problem = src.State, src.Problem
		}
		if !dated || src.AsOf.Before(e.AsOf) {
			e.AsOf = src.AsOf
		}
		if !dated || src.AttemptedAt.Before(e.AttemptedAt) {
			e.AttemptedAt = src.AttemptedAt
		}
		dated = true
		if src.RetryAt.After(e.RetryAt) {
			e.RetryAt = src.RetryAt
		}
		for _, need := range src.Needs {
			if !slices.Contains(e.Needs, need) {
				e.Needs = append(e.Needs, need)
			}
		}
		e.Columns = append(e.Columns, derivedGaps(d, src)...)
	}
	return e
}

// derivedGaps are the columns of a derived entity that a source could not fill:
// those of the same name that it lacks, or all that are from it where the whole
// source was not read completely.
func derivedGaps(d *entity.Def, src EntityState) (gaps []ColumnGap) {
	if src.State == entity.Complete && len(src.Columns) == 0 {
		return nil // most sources of most tenants
	}
	for i := range d.Columns {
		switch c := &d.Columns[i]; {
		case c.From != "" && c.From != src.Def.Kind:
		case c.From != "" && src.State != entity.Complete:
			gaps = append(gaps, ColumnGap{Column: c.Name, State: src.State, Needs: src.Needs, AsOf: src.AsOf})
		default:
			for _, gap := range src.Columns {
				if gap.Rows == "" && gap.Column == c.Name {
					gaps = append(gaps, gap)
				}
			}
		}
	}
	return gaps
}

func worse(a, b entity.State) bool {
	return slices.Index(severity, a) < slices.Index(severity, b)
}

func (s *Store) countLive(ctx context.Context, tenantID int64, d *entity.Def) (n int, err error) {
	err = s.read.QueryRowContext(ctx,
		`SELECT count(*) FROM `+quoted(d.Kind)+` WHERE tenant_id = ? AND removed_at IS NULL`, tenantID).Scan(&n)
	return n, err
}

type partKey struct{ kind, part string }

// knownPart is a stored state, with the entity's live rows if the part makes
// the rows.
type knownPart struct {
	PartState
	live int
}

// partStates reads a tenant's stored states: of one kind, or of all when kind
// is "". How many rows the last list had is what its run noted; where that run
// was pruned, the part's own number stands in.
func (s *Store) partStates(ctx context.Context, tenantID int64, kind string) (map[partKey]knownPart, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT p.kind, p.part, p.state, p.as_of, p.attempted_at, p.rows, coalesce(iif(r.changes_only, p.rows, r.rows), p.rows),
		       p.added, p.changed, p.removed, p.requests, p.pages, p.needs, p.problem, p.retry_at,
		       p.reach_from, p.reach_to, p.source, p.feeds, p.settled_at, p.unread,
		       p.lines, p.lines_shown, p.named_at, p.all_but_gaps, coalesce(p.run_id, 0)
		FROM part_states AS p
		LEFT JOIN run_parts AS r ON r.run_id = p.run_id AND r.kind = p.kind AND r.part = p.part
		WHERE p.tenant_id = ?1 AND (?2 = '' OR p.kind = ?2)`, tenantID, kind)
	list, err := collect(rows, err, scanPart)
	if err != nil {
		return nil, err
	}
	known := make(map[partKey]knownPart, len(list))
	for _, p := range list {
		known[partKey{p.Kind, p.Part}] = p
	}
	return known, nil
}

func scanPart(r rowScanner) (p knownPart, err error) {
	var asOf, attempted, retry, from, to, settled, named sql.NullInt64
	var needs, feeds string
	var problem sql.NullString
	err = r.Scan(&p.Kind, &p.Part, &p.State, &asOf, &attempted, &p.live, &p.Rows,
		&p.Added, &p.Changed, &p.Removed, &p.Requests, &p.Pages, &needs, &problem, &retry,
		&from, &to, &p.Source, &feeds, &settled, &p.Unread, &p.Lines.Number, &p.Lines.Shown, &named, &p.AllButGaps, &p.RunID)
	if err != nil {
		return p, err
	}
	p.AsOf, p.AttemptedAt, p.RetryAt = fromNullMS(asOf), fromNullMS(attempted), fromNullMS(retry)
	p.SettledAt = fromNullMS(settled)
	p.Lines.NamedAt = fromNullMS(named)
	p.Reach = Reach{fromNullMS(from), fromNullMS(to)}
	if p.Needs, err = unmarshalStrings(needs); err != nil {
		return p, err
	}
	if p.Lost, err = lostOf(feeds); err != nil {
		return p, err
	}
	p.Problem, err = unmarshalProblem(problem)
	return p, err
}

// syncing returns the kinds that a run is reading or is going to. A run whose
// process is gone reads nothing: until it is marked as interrupted, its parts
// are shown in known as they will be then, since rows of a list that was cut
// short stand beside older ones.
func (s *Store) syncing(ctx context.Context, tenantID int64, known map[partKey]knownPart) (map[string]bool, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT
			r.id,
			coalesce(l.host, ''),
			coalesce(l.pid, 0),
			coalesce(l.process, ''),
			coalesce(l.heartbeat_at, 0)
		FROM runs AS r
		LEFT JOIN leases AS l ON l.run_id = r.id
		WHERE r.tenant_id = ? AND r.status = 'running'`, tenantID)
	leases, err := collect(rows, err, scanRunLease)
	if err != nil {
		return nil, err
	}
	kinds := map[string]bool{}
	for _, l := range leases {
		parts, err := s.runParts(ctx, s.read, l.runID)
		if err != nil {
			return nil, err
		}
		live := s.live(l)
		for _, p := range parts {
			switch key := (partKey{p.Kind, p.Part}); {
			case live && p.Phase != PhaseDone:
				kinds[p.Kind] = true
			case !live && p.Phase == PhaseRunning && p.Pages > 0:
				known[key] = cutShort(known[key], l.runID, p)
			}
		}
	}
	return kinds, nil
}

func scanRunLease(r rowScanner) (l lease, err error) {
	var heartbeat int64
	err = r.Scan(&l.runID, &l.host, &l.pid, &l.process, &heartbeat)
	l.heartbeat = fromMS(heartbeat)
	return l, err
}

// cutShort is what is known of a part whose run died while it was read.
func cutShort(known knownPart, runID int64, p RunPart) knownPart {
	known.State, known.Problem = entity.Partial, stoppedAfter(p.Rows)
	known.Needs, known.RetryAt = []string{}, time.Time{}
	known.AllButGaps, known.RunID = false, runID
	known.PartState.Rows, known.Pages, known.Requests = p.Rows, p.Pages, p.Requests
	known.Added, known.Changed, known.Removed = p.Added, p.Changed, p.Removed
	return known
}
