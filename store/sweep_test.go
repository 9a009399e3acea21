package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// A list that was read completely is compared with the rows that there were.
// gadgets are allowed to be empty, widgets are not.
func TestRemovalRules(t *testing.T) {
	t.Parallel()
	const (
		complete = entity.Complete
		held     = entity.Held
		partial  = entity.Partial
	)
	for _, c := range []struct {
		name       string
		kind       string
		prior      int // rows before
		kept       int // of these, in the new list
		new        int // further rows in the new list
		state      entity.State
		removed    int
		wantHeld   int
		wantLive   int
		believed   bool // the list counts as of now
		wantReason string
	}{
		{"nothing missing", "widgets", 100, 100, 5, complete, 0, 0, 105, true, ""},
		{"30 % of 100", "widgets", 100, 70, 0, complete, 30, 0, 70, true, ""},
		{"31 % of 100", "widgets", 100, 69, 0, held, 0, 31, 100, true, "removals_held"},
		{"31 % of 100, new rows do not count", "widgets", 100, 69, 200, held, 0, 31, 300, true, "removals_held"},
		{"15 of 50", "widgets", 50, 35, 0, complete, 15, 0, 35, true, ""},
		{"16 of 50", "widgets", 50, 34, 0, held, 0, 16, 50, true, "removals_held"},
		{"16 of 49", "widgets", 49, 33, 0, complete, 16, 0, 33, true, ""},
		{"48 of 49", "widgets", 49, 1, 0, complete, 48, 0, 1, true, ""},
		{"all of 49", "widgets", 49, 0, 0, held, 0, 49, 49, true, "removals_held"},
		{"all of 10", "widgets", 10, 0, 0, held, 0, 10, 10, true, "removals_held"},
		{"all of 10, others came", "widgets", 10, 0, 3, held, 0, 10, 13, true, "removals_held"},
		{"9 of 10", "widgets", 10, 1, 0, complete, 9, 0, 1, true, ""},
		{"all of 9", "widgets", 9, 0, 0, partial, 0, 0, 9, false, "list_empty"},
		{"all of 9, others came", "widgets", 9, 0, 1, complete, 9, 0, 1, true, ""},
		{"the only one", "widgets", 1, 0, 0, partial, 0, 0, 1, false, "list_empty"},
		{"empty before and after", "widgets", 0, 0, 0, complete, 0, 0, 0, true, ""},
		{"the first rows", "widgets", 0, 0, 60, complete, 0, 0, 60, true, ""},

		{"allowed to be empty: all of 9", "gadgets", 9, 0, 0, complete, 9, 0, 0, true, ""},
		{"allowed to be empty: all of 10", "gadgets", 10, 0, 0, held, 0, 10, 10, true, "removals_held"},
		{"allowed to be empty: all of 200", "gadgets", 200, 0, 0, held, 0, 200, 200, true, "removals_held"},
		{"allowed to be empty: 31 of 100", "gadgets", 100, 69, 0, held, 0, 31, 100, true, "removals_held"},
		{"allowed to be empty: all of 10, others came", "gadgets", 10, 0, 3, held, 0, 10, 13, true, "removals_held"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			before := w.sync(c.kind, "list", w.numbered(c.kind, 0, c.prior))
			list := append(w.numbered(c.kind, 0, c.kept), w.numbered(c.kind, c.prior, c.prior+c.new)...)
			state := w.sync(c.kind, "list", list)

			assert.Equal(t, c.state, state.State)
			assert.Equal(t, c.removed, state.Removed)
			assert.Equal(t, c.kept+c.new, state.Rows)
			if c.believed {
				assert.Equal(t, w.clock.Now(), state.AsOf)
			} else {
				assert.Equal(t, before.AsOf, state.AsOf)
			}
			if c.wantReason == "" {
				assert.Nil(t, state.Problem)
			} else if assert.NotNil(t, state.Problem) {
				assert.Equal(t, c.wantReason, state.Problem.Code)
				assert.NotEmpty(t, state.Problem.Cure)
			}
			s := w.state(c.kind)
			assert.Equal(t, c.wantHeld, s.Held)
			assert.Equal(t, c.wantLive, s.Rows)
			assert.Equal(t, c.wantLive, w.live(c.kind))
		})
	}
}

func TestASmallListGoesWhenASecondEmptyOneAgrees(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	nine := w.numbered("widgets", 0, 9)
	w.sync("widgets", "list", nine)
	assert.Equal(t, entity.Partial, w.sync("widgets", "list").State)

	// A list with rows in between starts the count again …
	assert.Equal(t, entity.Complete, w.sync("widgets", "list", nine).State)
	state := w.sync("widgets", "list")
	assert.Equal(t, entity.Partial, state.State)
	assert.Contains(t, state.Problem.Message, "9 rows")

	// … one that failed does not.
	pw, end := w.begin("widgets", "list")
	_, err := pw.Stop(ctx, &entity.Problem{Class: entity.ClassNetwork, Message: "connection reset"}, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Equal(t, entity.Failed, w.state("widgets").State)
	assert.Equal(t, 9, w.live("widgets"))

	state = w.sync("widgets", "list")
	assert.Equal(t, entity.Complete, state.State)
	assert.Equal(t, 9, state.Removed)
	assert.Zero(t, w.live("widgets"))
	assert.Zero(t, w.state("widgets").Rows)
	assert.Len(t, w.history("widgets"), 9)
}

func TestManyRemovalsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	// More than one chunk of removals, below 30 %.
	all := w.numbered("widgets", 0, 8200)
	w.sync("widgets", "list", all)
	state := w.sync("widgets", "list", all[2400:])
	assert.Equal(t, entity.Complete, state.State)
	assert.Equal(t, 2400, state.Removed)
	assert.Equal(t, 5800, w.live("widgets"))
	assert.Equal(t, 5800, w.state("widgets").Rows)
	assert.Equal(t, 2400, count(t, raw(t, w.dir), `changes WHERE action = 'removed' AND title LIKE 'Widget %'`))
	assert.Zero(t, count(t, raw(t, w.dir), `seen_rows`))

	run, err := w.Runs(ctx, w.tenant.ID, 0, 1)
	require.NoError(t, err)
	assert.Equal(t, 2400, run[0].Parts[0].Removed)
}

// killed opens a copy of the data folder as it is now: what a process that is
// killed leaves behind.
func (w *workshop) killed() {
	w.t.Helper()
	dir := w.t.TempDir()
	for _, name := range []string{"securatlas.db", "securatlas.db-wal", "master.key"} {
		content, err := os.ReadFile(filepath.Join(w.dir, name))
		require.NoError(w.t, err)
		require.NoError(w.t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	require.NoError(w.t, w.Close())
	w.dir = dir
	w.Store = w.open(w.options())
}

func TestAKilledListRemovesNothing(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 40))
	asOf := w.state("widgets").AsOf

	pw, _ := w.begin("widgets", "list")
	w.put(pw, w.numbered("widgets", 0, 3), w.numbered("widgets", 100, 104))
	w.killed()
	w.clock.Advance(time.Minute)
	ended, err := w.InterruptDeadRuns(ctx)
	require.NoError(t, err)
	require.Len(t, ended, 1)
	assert.Equal(t, 44, w.live("widgets"), "what was committed stays, nothing goes")
	assert.Equal(t, 44, w.state("widgets").Rows)
	assert.Equal(t, entity.Partial, w.state("widgets").State)
	assert.Equal(t, asOf, w.state("widgets").AsOf)

	// The next list does not take what the dead one saw for its own.
	state := w.sync("widgets", "list", w.numbered("widgets", 3, 40))
	assert.Equal(t, entity.Complete, state.State)
	assert.Equal(t, 7, state.Removed, "3 seen by the dead list alone and 4 that it added")
	assert.Equal(t, 37, w.live("widgets"))
}

func TestAKilledFirstList(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	pw, _ := w.begin("widgets", "list")
	w.put(pw, w.numbered("widgets", 0, 30))
	w.killed()
	w.clock.Advance(time.Minute)
	_, err := w.InterruptDeadRuns(ctx)
	require.NoError(t, err)
	s := w.state("widgets")
	assert.Equal(t, entity.Partial, s.State)
	assert.Equal(t, 30, s.Rows)
	assert.Zero(t, s.AsOf)
	assert.Equal(t, entity.Complete, w.sync("widgets", "list", w.numbered("widgets", 0, 31)).State)
	assert.Empty(t, w.history("widgets"))
}

func TestStop(t *testing.T) {
	t.Parallel()
	retry := time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name    string
		problem *entity.Problem
		pages   int
		state   entity.State
		message string
	}{
		{"no page, network", &entity.Problem{Class: entity.ClassNetwork, Message: "no route"}, 0, entity.Failed, "no route"},
		{"no page, permission", &entity.Problem{Class: entity.ClassPermission, Message: "m", Needs: []string{"User.Read.All"}}, 0, entity.NotPermitted, "m"},
		{"no page, consent", &entity.Problem{Class: entity.ClassConsent, Message: "m"}, 0, entity.NotPermitted, "m"},
		{"no page, licence", &entity.Problem{Class: entity.ClassLicence, Message: "m", Needs: []string{"P1"}}, 0, entity.NotLicensed, "m"},
		{"no page, retired", &entity.Problem{Class: entity.ClassRetired, Message: "m"}, 0, entity.NotAvailable, "m"},
		{"no page, throttled", &entity.Problem{Class: entity.ClassThrottled, Message: "m", RetryAt: retry}, 0, entity.Throttled, "m"},
		{"no page, stopped", nil, 0, entity.Failed, "The sync was stopped."},
		{"two pages, source", &entity.Problem{Class: entity.ClassSource, Message: "HTTP 500"}, 2, entity.Partial, "Stopped after 4 rows: HTTP 500"},
		{"two pages, permission", &entity.Problem{Class: entity.ClassPermission, Message: "m"}, 2, entity.Partial, "Stopped after 4 rows: m"},
		{"two pages, stopped", nil, 2, entity.Partial, "Stopped after 4 rows: The sync was stopped."},
		{"two pages, throttled", &entity.Problem{Class: entity.ClassThrottled, Message: "m", RetryAt: retry}, 2, entity.Throttled, "m"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			before := w.sync("widgets", "list", w.numbered("widgets", 0, 20))
			pw, end := w.begin("widgets", "list")
			for i := range c.pages {
				w.put(pw, w.numbered("widgets", 2*i, 2*i+2))
			}
			state, err := pw.Stop(ctx, c.problem, store.Traffic{Requests: 3})
			require.NoError(t, err)
			end()
			assert.Equal(t, c.state, state.State)
			assert.Equal(t, c.message, state.Problem.Message)
			assert.Equal(t, before.AsOf, state.AsOf)
			assert.Equal(t, w.clock.Now(), state.AttemptedAt)
			assert.Equal(t, 3, state.Requests)
			assert.Equal(t, c.pages, state.Pages)
			if c.problem != nil {
				assert.Equal(t, c.problem.RetryAt, state.RetryAt)
				assert.Equal(t, len(c.problem.Needs), len(state.Needs))
				assert.NotContains(t, c.problem.Message, "Stopped", "the caller's problem is not changed")
			}
			assert.Equal(t, 20, w.live("widgets"))

			again := w.sync("widgets", "list", w.numbered("widgets", 0, 20))
			assert.Equal(t, entity.Complete, again.State)
			assert.Nil(t, again.Problem)
			assert.Empty(t, again.Needs)
			assert.Zero(t, again.RetryAt)
		})
	}
}

func TestStopIsRecordedWhenTheContextHasEnded(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	pw, end := w.begin("widgets", "list")
	w.put(pw, w.numbered("widgets", 0, 2))
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err := pw.Put(ended, w.numbered("widgets", 2, 4), store.Traffic{})
	require.Error(t, err)
	state, err := pw.Stop(ended, nil, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Equal(t, entity.Partial, state.State)
	assert.Equal(t, 2, state.Rows)
}

func TestHeldRowsAreConfirmed(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 100))
	w.sync("widgets", "list", w.numbered("widgets", 0, 60))
	asOf := w.state("widgets").AsOf

	held, err := w.Held(ctx, w.tenant.ID)
	require.NoError(t, err)
	require.Len(t, held, 1)
	assert.Equal(t, "widgets", held[0].Kind)
	assert.Equal(t, 40, held[0].Total)
	require.Len(t, held[0].Rows, 40)
	assert.Equal(t, "Widget 60", held[0].Rows[0].Cell(w.def("widgets"), "name"))
	assert.Equal(t, 40, w.state("red_widgets").Held)
	assert.Empty(t, w.history("widgets"))

	w.clock.Advance(time.Minute)
	n, err := w.ConfirmHeld(ctx, someone, w.tenant.ID, "widgets", w.heldSet("widgets"))
	require.NoError(t, err)
	assert.Equal(t, 40, n)
	s := w.state("widgets")
	assert.Equal(t, entity.Complete, s.State)
	assert.Nil(t, s.Problem)
	assert.Equal(t, 60, s.Rows)
	assert.Equal(t, 40, s.Removed)
	assert.Zero(t, s.Held)
	assert.Equal(t, asOf, s.AsOf)
	assert.Equal(t, 60, w.live("widgets"))
	assert.Len(t, w.history("widgets"), 40)
	assert.Contains(t, actions(t, w.Store), "held.confirmed")
	assert.Equal(t, w.clock.Now(), w.row("widgets", "w060").RemovedAt)

	_, err = w.ConfirmHeld(ctx, someone, w.tenant.ID, "widgets", w.heldSet("widgets"))
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = w.ConfirmHeld(ctx, someone, w.tenant.ID, "red_widgets", "")
	require.ErrorIs(t, err, store.ErrNotFound)
	require.ErrorIs(t, w.RejectHeld(ctx, someone, w.tenant.ID, "no such kind"), store.ErrNotFound)
}

func TestManyHeldRowsAreConfirmed(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 4500))
	w.sync("widgets", "list", w.numbered("widgets", 0, 1))
	held, err := w.Held(ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, 4499, held[0].Total)
	assert.Len(t, held[0].Rows, 200)
	n, err := w.ConfirmHeld(ctx, someone, w.tenant.ID, "widgets", w.heldSet("widgets"))
	require.NoError(t, err)
	assert.Equal(t, 4499, n)
	assert.Equal(t, 1, w.live("widgets"))
	assert.Equal(t, 1, w.state("widgets").Rows)
	assert.Equal(t, 4499, w.state("widgets").Removed)
	assert.Equal(t, entity.Complete, w.state("widgets").State)
}

func TestOnlyTheHeldRowsThatWereSeenAreConfirmed(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 50))
	w.sync("widgets", "list", w.numbered("widgets", 0, 34))
	seen := w.heldSet("widgets")
	w.sync("widgets", "list")
	require.Equal(t, 50, w.state("widgets").Held)

	for _, set := range []string{seen, ""} {
		_, err := w.ConfirmHeld(ctx, someone, w.tenant.ID, "widgets", set)
		require.ErrorIs(t, err, store.ErrConflict)
	}
	assert.Equal(t, 50, w.live("widgets"))
	assert.NotContains(t, actions(t, w.Store), "held.confirmed")

	w.sync("widgets", "list", w.numbered("widgets", 0, 34))
	n, err := w.ConfirmHeld(ctx, someone, w.tenant.ID, "widgets", seen)
	require.NoError(t, err, "the same rows, whichever sync held them")
	assert.Equal(t, 16, n)
}

func TestRowsHeldDuringAConfirmationStay(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 4500))
	w.sync("widgets", "list", w.numbered("widgets", 4499, 4500))
	execute(t, raw(t, w.dir), `
		CREATE TRIGGER hold_more AFTER INSERT ON changes BEGIN
			INSERT OR IGNORE INTO held_rows (tenant_id, kind, row_id)
			SELECT tenant_id, 'widgets', row_id FROM widgets WHERE id = 'w4499';
		END`)
	n, err := w.ConfirmHeld(ctx, someone, w.tenant.ID, "widgets", w.heldSet("widgets"))
	require.NoError(t, err)
	assert.Equal(t, 4499, n)
	assert.Equal(t, 1, w.live("widgets"))
	assert.Equal(t, 1, w.state("widgets").Held)
	assert.Equal(t, entity.Held, w.state("widgets").State, "a person has yet to decide about the other")
}

func TestACutConfirmationHasAnAuditEntry(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 4500))
	w.sync("widgets", "list", w.numbered("widgets", 0, 1))
	execute(t, raw(t, w.dir), `
		CREATE TRIGGER cut BEFORE UPDATE OF removed_at ON widgets WHEN OLD.id = 'w3000' BEGIN
			SELECT RAISE(ABORT, 'cut');
		END`)
	n, err := w.ConfirmHeld(ctx, someone, w.tenant.ID, "widgets", w.heldSet("widgets"))
	require.ErrorContains(t, err, "cut")
	assert.Equal(t, 2000, n)
	assert.Equal(t, 2500, w.live("widgets"))
	assert.Equal(t, 2499, w.state("widgets").Held)
	assert.Contains(t, actions(t, w.Store), "held.confirmed")
}

// heldSet names the held rows as a page shows them, "" where there are none.
func (w *workshop) heldSet(kind string) string {
	w.t.Helper()
	held, err := w.Held(ctx, w.tenant.ID)
	require.NoError(w.t, err)
	for _, h := range held {
		if h.Kind == kind {
			return h.Set
		}
	}
	return ""
}

func TestHeldRowsAreKept(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 10))
	w.sync("widgets", "list")
	require.NoError(t, w.RejectHeld(ctx, someone, w.tenant.ID, "widgets"))
	s := w.state("widgets")
	assert.Equal(t, entity.Partial, s.State)
	assert.Equal(t, "jo@contoso.com kept 10 rows that the newest list lacks.", s.Problem.Message)
	assert.Zero(t, s.Held)
	assert.Equal(t, 10, s.Rows)
	assert.Equal(t, 10, w.live("widgets"))
	assert.Contains(t, actions(t, w.Store), "held.rejected")

	assert.Equal(t, entity.Held, w.sync("widgets", "list").State, "the next list is judged as well")
}

func TestANewListReplacesTheHold(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 10))
	w.sync("widgets", "list")
	assert.Equal(t, 10, w.state("widgets").Held)

	// A row that a list shows is held no longer, whatever becomes of the list.
	pw, end := w.begin("widgets", "list")
	w.put(pw, w.numbered("widgets", 0, 4))
	assert.Equal(t, 6, w.state("widgets").Held)
	_, err := pw.Stop(ctx, nil, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Equal(t, entity.Partial, w.state("widgets").State)
	assert.Equal(t, 6, w.state("widgets").Held, "the others wait on")
	n, err := w.ConfirmHeld(ctx, someone, w.tenant.ID, "widgets", w.heldSet("widgets"))
	require.NoError(t, err)
	assert.Equal(t, 6, n)
	assert.Equal(t, entity.Partial, w.state("widgets").State, "the later attempt's")

	w.sync("widgets", "list", w.numbered("widgets", 0, 10))
	w.sync("widgets", "list")
	assert.Equal(t, 10, w.state("widgets").Held)
	state := w.sync("widgets", "list", w.numbered("widgets", 0, 9))
	assert.Equal(t, entity.Complete, state.State)
	assert.Equal(t, 1, state.Removed)
	assert.Zero(t, w.state("widgets").Held)
	held, err := w.Held(ctx, w.tenant.ID)
	require.NoError(t, err)
	assert.Empty(t, held)
}

func TestTenantsDoNotTouchEachOther(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 20))
	contoso := w.tenant
	w.tenant = newTenant(t, w.Store, "Fabrikam")
	assert.Equal(t, entity.Never, w.state("widgets").State)
	w.sync("widgets", "list", w.numbered("widgets", 0, 3))
	w.sync("widgets", "list", w.numbered("widgets", 1, 3))
	assert.Equal(t, 2, w.live("widgets"))
	w.tenant = contoso
	assert.Equal(t, 20, w.live("widgets"))
	assert.Equal(t, 20, w.state("widgets").Rows)
	assert.Empty(t, w.history("widgets"))
}

func TestTheNumberOfRowsIsRight(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	check := func(what string) {
		t.Helper()
		assert.Equal(t, w.live("widgets"), w.state("widgets").Rows, what)
	}
	for i, size := range []int{12, 30, 25, 60, 20, 0, 60, 59, 8} {
		pw, end := w.begin("widgets", "list")
		w.put(pw, w.numbered("widgets", i, i+size/2), w.numbered("widgets", i+size/3, i+size))
		check(fmt.Sprintf("after the pages of list %d", i))
		if i%4 == 3 {
			_, err := pw.Stop(ctx, nil, store.Traffic{})
			require.NoError(t, err)
		} else {
			_, err := pw.Complete(ctx, store.Traffic{})
			require.NoError(t, err)
		}
		end()
		check(fmt.Sprintf("after list %d", i))
	}
	_, err := w.ConfirmHeld(ctx, someone, w.tenant.ID, "widgets", w.heldSet("widgets"))
	require.NoError(t, err)
	check("after the confirmation")

	// A number that is wrong for whatever reason is put right by the next list.
	execute(t, raw(t, w.dir), `UPDATE part_states SET rows = 777`)
	w.sync("widgets", "list", w.numbered("widgets", 0, 8))
	check("after it was wrong")
}
