package store_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// usage are rows of the widgets' further part with those ids.
func (w *workshop) usage(ids ...string) []entity.Row {
	w.t.Helper()
	var objects []string
	for _, id := range ids {
		objects = append(objects, `{"id":"`+id+`","lastUsed":null}`)
	}
	return w.rows("widgets", "usage", objects...)
}

// unread is what the state says that the further part lacks, and how many rows
// of the table it really does.
func (w *workshop) unread() (said, really int) {
	w.t.Helper()
	require.NoError(w.t, w.Each(ctx, store.Query{TenantID: w.tenant.ID, Def: w.def("widgets")}, func(r store.Row) error {
		if !r.Read["owner"] {
			really++
		}
		return nil
	}))
	return w.state("widgets").Parts[1].Unread, really
}

func (w *workshop) keepsUsage() bool {
	w.t.Helper()
	run, _, err := w.StartRun(ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{"widgets"}})
	require.NoError(w.t, err)
	d := w.def("widgets")
	kept, err := w.KeepPart(ctx, store.PartRef{TenantID: w.tenant.ID, RunID: run.ID, Def: d, Part: d.Part("usage")})
	require.NoError(w.t, err)
	require.NoError(w.t, w.FinishRun(ctx, run.ID, store.RunComplete, nil))
	return kept
}

func TestAPartThatMustCoverAllRowsIsCompleteWhenItDid(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 3))
	state := w.sync("widgets", "usage", w.usage("w001"))
	assert.Equal(t, entity.Partial, state.State)
	require.NotNil(t, state.Problem)
	assert.Contains(t, state.Problem.Message, "2 of 3 widgets not read yet")
	assert.Zero(t, state.AsOf, "it was never whole")
	assert.Equal(t, []store.ColumnGap{
		{Column: "owner", State: entity.Partial, Needs: []string{}, Why: "2 of 3 widgets not read yet", Unread: 2},
		{Column: "last_used", State: entity.Partial, Needs: []string{}, Why: "2 of 3 widgets not read yet", Unread: 2},
	}, w.state("widgets").Columns)
	assert.False(t, w.keepsUsage())

	// What an earlier list read counts, with the value that it had.
	state = w.sync("widgets", "usage", w.usage("w000", "w002"))
	assert.Equal(t, entity.Complete, state.State)
	assert.Empty(t, w.state("widgets").Columns)
	assert.True(t, w.keepsUsage())
}

func TestRowsThatComeAfterAFurtherPartAreNamed(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 3))
	whole := w.sync("widgets", "usage", w.usage("w000", "w001", "w002"))
	w.sync("widgets", "list", w.numbered("widgets", 0, 5))
	gap := store.ColumnGap{Column: "owner", State: entity.Complete, Needs: []string{}, AsOf: whole.AsOf, Why: "2 of 5 widgets not read yet", Unread: 2}
	s := w.state("widgets")
	require.Len(t, s.Columns, 2)
	assert.Equal(t, gap, s.Columns[0])
	assert.Equal(t, entity.Complete, s.Parts[1].State, "it is as of its time")
	assert.Len(t, s.Behind(), 2, "each column once")
	red := w.state("red_widgets")
	require.Len(t, red.Columns, 2)
	assert.Equal(t, gap, red.Columns[0], "it says whose rows it counts")
	assert.True(t, w.keepsUsage())
}

func TestTheRowsNotReadAreCountedWhereTheyChange(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	check := func(want int, why string) {
		t.Helper()
		said, really := w.unread()
		assert.Equal(t, []int{want, want}, []int{said, really}, why)
	}
	w.sync("widgets", "list", w.numbered("widgets", 0, 8))
	check(8, "a part that was never begun has read none")
	w.sync("widgets", "usage", w.usage("w000", "w001", "w002"))
	check(5, "some were read")

	pw, end := w.begin("widgets", "list")
	w.put(pw, w.numbered("widgets", 6, 10))
	check(7, "rows of a list that is not at its end")
	end()

	w.sync("widgets", "list", w.numbered("widgets", 1, 9))
	check(6, "one that was read is gone, and one that was not")
	w.sync("widgets", "list", w.numbered("widgets", 0, 10))
	check(7, "both are back: what was read of the first is known")
	w.sync("widgets", "usage", w.usage("w000", "w003", "w009"))
	check(5, "two more")

	pw, end = w.begin("widgets", "usage")
	_, err := pw.Stop(ctx, &entity.Problem{Class: entity.ClassPermission, Needs: []string{"X.Read"}}, store.Traffic{})
	require.NoError(t, err)
	end()
	check(5, "a refusal changes nothing")
	gap := w.state("widgets").Columns[0]
	assert.Equal(t, []any{entity.NotPermitted, 5, ""}, []any{gap.State, gap.Unread, gap.Why})
}

func TestConfirmedRemovalsAreNotLeftUnread(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 60))
	w.sync("widgets", "list", w.numbered("widgets", 0, 10))
	held, err := w.Held(ctx, w.tenant.ID)
	require.NoError(t, err)
	require.Len(t, held, 1)
	_, err = w.ConfirmHeld(ctx, someone, w.tenant.ID, "widgets", held[0].Set)
	require.NoError(t, err)
	said, really := w.unread()
	assert.Equal(t, []int{10, 10}, []int{said, really})
}

func TestAFurtherPartIsNotCompleteWhileItsRowsAreNotKnown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		page    bool
		problem entity.Problem
		want    entity.State
	}{
		"the list failed":        {false, entity.Problem{Class: entity.ClassSource, Message: "It is down."}, entity.Partial},
		"the list was cut":       {true, entity.Problem{Class: entity.ClassSource, Message: "It is down."}, entity.Partial},
		"the list must wait":     {false, entity.Problem{Class: entity.ClassThrottled, Message: "Too many."}, entity.Partial},
		"the list is refused":    {false, entity.Problem{Class: entity.ClassPermission, Message: "No.", Needs: []string{"A.Read"}}, entity.NotPermitted},
		"the list is unlicensed": {false, entity.Problem{Class: entity.ClassLicence, Message: "No."}, entity.NotLicensed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			pw, end := w.begin("widgets", "list")
			if c.page {
				w.put(pw, w.numbered("widgets", 0, 2))
			}
			_, err := pw.Stop(ctx, &c.problem, store.Traffic{})
			require.NoError(t, err)
			end()
			state := w.sync("widgets", "usage", w.usage("w000", "w001", "w002"))
			assert.Equal(t, c.want, state.State)
			assert.Equal(t, c.problem.Needs, state.Problem.Needs)
			assert.Contains(t, state.Problem.Message, c.problem.Message)
			assert.Zero(t, state.AsOf)
			w.sync("widgets", "list", w.numbered("widgets", 0, 3))
			assert.False(t, w.keepsUsage(), "it is read again")
		})
	}
}

func TestACellThatWasNotReadIsNotEmpty(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.rows("widgets", "list", `{"id":"read","name":"A","colour":"red"}`,
		`{"id":"never","name":"B","colour":"red"}`, `{"id":"late","name":"C","colour":"red"}`))
	w.sync("widgets", "usage", w.rows("widgets", "usage", `{"id":"read","lastUsed":"2026-01-01T00:00:00Z"}`, `{"id":"never"}`))
	for _, kind := range []string{"widgets", "red_widgets"} {
		find := func(op store.Op, value string) []string {
			return w.ids(store.Query{Def: w.def(kind), Conditions: []store.Condition{{Column: "last_used", Op: op, Value: value}}})
		}
		assert.Equal(t, []string{"never"}, find(store.OpEmpty, "true"), kind)
		assert.Equal(t, []string{"read"}, find(store.OpEmpty, "false"), kind)
		assert.Equal(t, []string{"read"}, find(store.OpTo, "2026-06-01"), kind)
		assert.Equal(t, []string{"late"}, find(store.OpUnread, "true"), kind)
		assert.Equal(t, map[string]bool{"owner": false, "last_used": false}, w.row(kind, "late").Read, kind)
		assert.Equal(t, map[string]bool{"owner": true, "last_used": true}, w.row(kind, "never").Read, kind)
	}
}

// An entity of several sources finds what was read of a row by the id that its
// own row carries.
func TestACellOfAnotherSourceThatWasNotReadIsNotEmpty(t *testing.T) {
	t.Parallel()
	const signIn = "sign_in_activity_last_successful_sign_in_date_time"
	d := newDirectory(t)
	users := []object{{"id": "u-ann", "displayName": "Ann", "userType": "Guest"}, {"id": "u-bob", "displayName": "Bob", "userType": "Guest"}}
	d.read("users", users...)
	d.readPart("users", "sign_in_activity", nil, users...)
	d.read("users", append(users, object{"id": "u-eve", "displayName": "Eve", "userType": "Guest"})...)
	d.read("role_definitions", object{"id": "r", "displayName": "Global Administrator", "isBuiltIn": true})
	d.readPart("role_definitions", "privileged", nil, object{"id": "r", "isPrivileged": true})
	d.read("role_assignments", object{"id": "a1", "principalId": "u-ann", "roleDefinitionId": "r", "directoryScopeId": "/"},
		object{"id": "a2", "principalId": "u-eve", "roleDefinitionId": "r", "directoryScopeId": "/"})
	for kind, want := range map[string][2][]string{
		"guests":           {{"Ann", "Bob"}, {"Eve"}},
		"privileged_users": {{"Ann"}, {"Eve"}},
	} {
		def := d.Catalogue().Def(kind)
		for i, op := range []store.Op{store.OpEmpty, store.OpUnread} {
			q := store.Query{TenantID: d.tenant.ID, Def: def}
			if def.Column(signIn).Filter != entity.NoFilter {
				q.Conditions = []store.Condition{{Column: signIn, Op: op, Value: "true"}}
			}
			var names []string
			require.NoError(t, d.Each(ctx, q, func(r store.Row) error {
				assert.Equal(t, r.Cell(def, "display_name") != "Eve", r.Read[signIn], kind)
				names = append(names, r.Cell(def, "display_name").(string))
				return nil
			}))
			assert.Equal(t, want[i], names, kind)
		}
	}
}
