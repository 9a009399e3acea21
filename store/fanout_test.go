package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

// club is a tenant with groups and their members, of the product's catalogue.
type club struct {
	t      *testing.T
	store  *store.Store
	tenant store.Tenant
	clock  *storetest.Clock
}

func newClub(t *testing.T) *club {
	t.Helper()
	c := &club{t: t, clock: storetest.NewClock()}
	c.store = storetest.Open(t, storetest.WithCatalogue(entities.All()), storetest.WithClock(c.clock))
	c.tenant = c.another("Contoso")
	return c
}

func (c *club) another(name string) store.Tenant {
	c.t.Helper()
	tenant, err := c.store.CreateTenant(ctx, someone, name, "")
	require.NoError(c.t, err)
	return tenant
}

// begin begins the first list of a kind in a run of its own.
func (c *club) begin(kind string) (w *store.PartWriter, end func()) {
	c.t.Helper()
	c.clock.Advance(time.Minute)
	run, _, err := c.store.StartRun(ctx, store.NewRun{TenantID: c.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{kind}})
	require.NoError(c.t, err)
	d := c.store.Catalogue().Def(kind)
	w, err = c.store.BeginPart(ctx, store.PartRef{TenantID: c.tenant.ID, RunID: run.ID, Def: d, Part: &d.Parts[0]})
	require.NoError(c.t, err)
	return w, func() { require.NoError(c.t, c.store.FinishRun(ctx, run.ID, store.RunComplete, nil)) }
}

// groups reads a complete list of groups.
func (c *club) groups(ids ...string) {
	c.t.Helper()
	w, end := c.begin("groups")
	d := c.store.Catalogue().Def("groups")
	var rows []entity.Row
	for _, id := range ids {
		row := entity.Row{ID: id, Cells: make([]any, len(d.PartColumns("list")))}
		row.Cells[0] = "Group " + id
		rows = append(rows, row)
	}
	_, err := w.Put(ctx, rows, store.Traffic{})
	require.NoError(c.t, err)
	_, err = w.Complete(ctx, store.Traffic{})
	require.NoError(c.t, err)
	end()
}

// edge is "group relation member".
func edge(group, relation, member string) entity.Row {
	return entity.Row{ID: entity.RelationID(group, relation) + member, Cells: []any{group, relation, member, "#microsoft.graph.user"}}
}

// members reads a complete list of members, with gaps.
func (c *club) members(gaps []store.Gap, edges ...entity.Row) store.PartState {
	c.t.Helper()
	w, end := c.begin("group_members")
	require.NoError(c.t, w.Leave(ctx, gaps))
	_, err := w.Put(ctx, edges, store.Traffic{})
	require.NoError(c.t, err)
	state, err := w.Complete(ctx, store.Traffic{})
	require.NoError(c.t, err)
	end()
	return state
}

func (c *club) live() []string {
	c.t.Helper()
	d := c.store.Catalogue().Def("group_members")
	var ids []string
	for after := ""; ; {
		parents, err := c.store.Parents(ctx, c.tenant.ID, d, []string{"group_id"}, after, 2)
		require.NoError(c.t, err)
		if len(parents) == 0 {
			return ids
		}
		for _, p := range parents {
			assert.Equal(c.t, p.ID[:len(p.Cells[0].(string))], p.Cells[0])
			ids, after = append(ids, p.ID), p.ID
		}
	}
}

func (c *club) count(group string) store.GroupCounts {
	c.t.Helper()
	counts, err := c.store.GroupCounts(ctx, c.tenant.ID, group)
	require.NoError(c.t, err)
	return counts
}

func (c *club) paths(member string) map[string][]string {
	c.t.Helper()
	paths, err := c.store.TransitiveGroups(ctx, c.tenant.ID, member)
	require.NoError(c.t, err)
	all := map[string][]string{}
	for _, p := range paths {
		assert.NotContains(c.t, all, p.GroupID, "each group comes once")
		all[p.GroupID] = p.Through
	}
	return all
}

func TestTransitiveGroups(t *testing.T) {
	t.Parallel()
	direct := []string(nil)
	for name, test := range map[string]struct {
		edges []entity.Row
		want  map[string][]string // of member "u"
	}{
		"none":             {nil, map[string][]string{}},
		"direct":           {[]entity.Row{edge("a", "member", "u")}, map[string][]string{"a": direct}},
		"owners are none":  {[]entity.Row{edge("a", "owner", "u"), edge("b", "member", "a")}, map[string][]string{}},
		"others' are none": {[]entity.Row{edge("a", "member", "v"), edge("b", "member", "a")}, map[string][]string{}},
		"nested": {[]entity.Row{edge("a", "member", "u"), edge("b", "member", "a"), edge("c", "member", "b")},
			map[string][]string{"a": direct, "b": {"a"}, "c": {"a", "b"}}},
		"two ways, the shorter counts": {[]entity.Row{edge("a", "member", "u"), edge("b", "member", "a"), edge("c", "member", "b"), edge("c", "member", "a"), edge("d", "member", "c")},
			map[string][]string{"a": direct, "b": {"a"}, "c": {"a"}, "d": {"a", "c"}}},
		"direct and nested": {[]entity.Row{edge("a", "member", "u"), edge("b", "member", "a"), edge("b", "member", "u")},
			map[string][]string{"a": direct, "b": direct}},
		"a circle": {[]entity.Row{edge("a", "member", "u"), edge("b", "member", "a"), edge("c", "member", "b"), edge("a", "member", "c")},
			map[string][]string{"a": direct, "b": {"a"}, "c": {"a", "b"}}},
		"in itself": {[]entity.Row{edge("a", "member", "u"), edge("a", "member", "a")}, map[string][]string{"a": direct}},
		"a circle through the member": {[]entity.Row{edge("a", "member", "u"), edge("u", "member", "a"), edge("b", "member", "u")},
			map[string][]string{"a": direct, "b": direct}},
		"a removed group": {[]entity.Row{edge("gone", "member", "u"), edge("b", "member", "gone"), edge("a", "member", "u")},
			map[string][]string{"a": direct}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClub(t)
			c.groups("a", "b", "c", "d", "u", "gone")
			c.members(nil, test.edges...)
			c.groups("a", "b", "c", "d", "u")
			assert.Equal(t, test.want, c.paths("u"))
			other := *c
			other.tenant = c.another("Fabrikam")
			assert.Empty(t, other.paths("u"), "another tenant's members are its own")
		})
	}
}

func TestTransitiveGroups_RemovedMembersAreNone(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	c.groups("a", "b")
	c.members(nil, edge("a", "member", "u"), edge("b", "member", "a"), edge("b", "member", "v"))
	require.Len(t, c.paths("u"), 2)
	c.members(nil, edge("a", "member", "u"), edge("b", "member", "v"))
	assert.Equal(t, map[string][]string{"a": nil}, c.paths("u"))
}

// A ladder of groups has two ways on each step: 2^40 ways to the top.
func TestTransitiveGroups_ManyWays(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	var groups []string
	var edges []entity.Row
	side := func(step, side int) string { return fmt.Sprintf("g%02d%d", step, side) }
	for step := range 40 {
		for from := range 2 {
			groups = append(groups, side(step, from))
			for to := range 2 {
				edges = append(edges, edge(side(step+1, to), "member", side(step, from)))
			}
		}
	}
	groups = append(groups, side(40, 0), side(40, 1))
	c.groups(groups...)
	c.members(nil, append(edges, edge(side(0, 0), "member", "u"))...)
	paths := c.paths("u")
	assert.Len(t, paths, 81)
	assert.Len(t, paths[side(40, 1)], 40)
}

func TestLeave_KeepsWhatIsKnown(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	c.groups("a", "ab", "b")
	all := []entity.Row{edge("a", "member", "1"), edge("a", "member", "2"), edge("a", "owner", "1"), edge("ab", "member", "1"), edge("b", "member", "1")}
	c.members(nil, all...)
	state := c.members([]store.Gap{{ParentID: "a", Relation: "member", Reason: store.GapHidden}}, all[4])
	assert.Equal(t, entity.Complete, state.State)
	assert.Equal(t, 2, state.Removed)
	assert.Equal(t, []string{"a.member.1", "a.member.2", "b.member.1"}, c.live(), "only this relation of this group")

	assert.Equal(t, store.RelationCount{N: 2, Gap: store.GapHidden}, c.count("a").Members)
	assert.Equal(t, store.RelationCount{N: 0}, c.count("a").Owners)
	assert.Equal(t, store.RelationCount{N: 0}, c.count("ab").Members)
	gaps, err := c.store.Gaps(ctx, c.tenant.ID, "group_members")
	require.NoError(t, err)
	assert.Equal(t, map[store.GapReason]int{store.GapHidden: 1}, gaps)

	c.members(nil, all...)
	assert.Len(t, c.live(), 5)
	assert.Equal(t, store.RelationCount{N: 2}, c.count("a").Members, "a complete list closes the gap")
}

func TestIncomplete_RemovesNothing(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	c.groups("a", "b")
	c.members(nil, edge("a", "member", "1"), edge("b", "member", "1"))
	asOf := c.count("a").AsOf
	w, end := c.begin("group_members")
	_, err := w.Put(ctx, []entity.Row{edge("b", "member", "2")}, store.Traffic{})
	require.NoError(t, err)
	require.NoError(t, w.Leave(ctx, []store.Gap{{ParentID: "a", Relation: "member", Reason: store.GapFailed}}))
	state, err := w.Incomplete(ctx, &entity.Problem{Class: entity.ClassPermission, Message: "1 of 2."}, store.Traffic{Requests: 3})
	require.NoError(t, err)
	end()
	assert.Equal(t, entity.Partial, state.State)
	assert.Equal(t, "1 of 2.", state.Problem.Message)
	assert.Equal(t, 3, state.Requests)
	assert.Equal(t, []string{"a.member.1", "b.member.1", "b.member.2"}, c.live())
	assert.Equal(t, asOf, c.count("a").AsOf)
	assert.Equal(t, store.RelationCount{N: 1, Gap: store.GapFailed}, c.count("a").Members)

	w, end = c.begin("group_members")
	_, err = w.Stop(ctx, &entity.Problem{Class: entity.ClassNetwork}, store.Traffic{})
	require.NoError(t, err)
	end()
	assert.Equal(t, store.GapFailed, c.count("a").Members.Gap, "a list that ended early closes no gap")
}

func TestGroupCounts_UnreadIsNotNone(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	c.groups("a")
	assert.Equal(t, store.RelationCount{Gap: store.GapUnread}, c.count("a").Members)
	assert.Equal(t, entity.Never, c.count("a").State)
	c.members(nil)
	assert.Equal(t, store.RelationCount{}, c.count("a").Members)
	assert.Equal(t, entity.Complete, c.count("a").State)
	c.groups("a", "new")
	assert.Equal(t, store.GapUnread, c.count("new").Members.Gap, "the group is newer than the list")
	assert.Empty(t, c.count("a").Members.Gap)
	_, err := c.store.GroupCounts(ctx, c.tenant.ID, "nobody")
	assert.ErrorIs(t, err, store.ErrNotFound)
}

func TestGroupCounts_Nested(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	c.groups("a", "b", "c", "d")
	inside := func(group, member string) entity.Row {
		row := edge(group, "member", member)
		row.Cells[3] = "#microsoft.graph.group"
		return row
	}
	all := []entity.Row{
		edge("a", "member", "u1"), edge("a", "member", "u2"), inside("a", "b"), inside("b", "c"),
		edge("b", "member", "u2"), edge("c", "member", "u3"), inside("c", "a"), // a circle
		edge("a", "owner", "u9"), edge("b", "owner", "u8"), edge("d", "member", "u4"),
	}
	c.members(nil, all...)
	a := c.count("a")
	assert.Equal(t, []int{3, 1}, []int{a.Members.N, a.Owners.N}, "direct ones")
	assert.Equal(t, []int{2, 5, 0}, []int{a.Groups, a.AllMembers.N, a.Unread}, "u1, u2, u3, b and c, each once, without a itself")
	d := c.count("d")
	assert.Equal(t, []int{0, 1, 0}, []int{d.Groups, d.AllMembers.N, d.Unread})

	// What a group within does not show is missing from the whole.
	c.members([]store.Gap{{ParentID: "c", Relation: "member", Reason: store.GapHidden}, {ParentID: "b", Relation: "owner", Reason: store.GapFailed}}, all...)
	a = c.count("a")
	assert.Empty(t, a.Members.Gap)
	assert.Equal(t, 1, a.Unread)
	assert.Zero(t, c.count("c").Unread, "what is within it is known, though it is not itself")
	assert.Equal(t, store.GapHidden, c.count("c").Members.Gap)
}

func TestParents(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	c.groups("c", "a", "b", "d")
	c.groups("c", "a", "d")
	d := c.store.Catalogue().Def("groups")
	parents, err := c.store.Parents(ctx, c.tenant.ID, d, []string{"display_name", "visibility"}, "", 2)
	require.NoError(t, err)
	assert.Equal(t, []store.Parent{{ID: "a", Cells: []any{"Group a", nil}}, {ID: "c", Cells: []any{"Group c", nil}}}, parents)
	parents, err = c.store.Parents(ctx, c.tenant.ID, d, nil, "c", 2)
	require.NoError(t, err)
	assert.Equal(t, []store.Parent{{ID: "d", Cells: []any{}}}, parents)
	_, err = c.store.Parents(ctx, c.tenant.ID, d, []string{"secret"}, "", 2)
	assert.ErrorIs(t, err, store.ErrNotFound)
}

func TestUnseen(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.sync("widgets", "list", w.numbered("widgets", 0, 6))
	usage, end := w.begin("widgets", "usage")
	defer end()
	ids := func(after string, limit int) (ids []string) {
		parents, err := usage.Unseen(ctx, after, limit)
		require.NoError(t, err)
		for _, p := range parents {
			ids = append(ids, p.ID)
		}
		return ids
	}
	all := ids("", 100)
	require.Len(t, all, 6)
	assert.Equal(t, all[2:4], ids(all[1], 2))
	w.put(usage, w.rows("widgets", "usage", fmt.Sprintf(`{"id":%q,"usage":{"owner":"x"}}`, all[3])))
	assert.Equal(t, append(all[:3:3], all[4:]...), ids("", 100))
}

func TestStartRun_ReadsParentsToo(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	run, _, err := c.store.StartRun(ctx, store.NewRun{TenantID: c.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{"group_members"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"groups", "group_members"}, run.Kinds)
}

func TestDeleteDataForgetsGaps(t *testing.T) {
	t.Parallel()
	c := newClub(t)
	c.groups("a")
	c.members([]store.Gap{{ParentID: "a", Relation: "member", Reason: store.GapHidden}})
	require.NoError(t, c.store.SaveIntegration(ctx, someone, store.Integration{
		TenantID: c.tenant.ID, Cloud: "global", DirectoryID: "6f0a2b1c-0000-4000-8000-000000000001", ClientID: "app",
	}, "secret"))
	require.NoError(t, c.store.Disconnect(ctx, someone, c.tenant.ID))
	require.NoError(t, c.store.DeleteData(ctx, someone, c.tenant.ID))
	gaps, err := c.store.Gaps(ctx, c.tenant.ID, "group_members")
	require.NoError(t, err)
	assert.Empty(t, gaps)
}
