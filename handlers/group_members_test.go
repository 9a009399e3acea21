package handlers

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// readClub stores the complete list of the members of all groups, "group
// relation member type" each, with gaps.
func (a *app) readClub(tenant store.Tenant, gaps []store.Gap, edges ...[4]string) {
	a.t.Helper()
	def := a.store.Catalogue().Def("group_members")
	run := a.begin(tenant, "group_members")
	w := a.begun(run, "group_members", "list")
	require.NoError(a.t, w.Leave(a.t.Context(), gaps))
	var rows []entity.Row
	for _, e := range edges {
		row, err := def.DecodeFor("list", e[0], &entity.FanList{Relation: e[1]}, []byte(`{"id":"`+e[2]+`","@odata.type":"#microsoft.graph.`+e[3]+`"}`))
		require.NoError(a.t, err)
		rows = append(rows, row)
	}
	_, err := w.Put(a.t.Context(), rows, store.Traffic{})
	require.NoError(a.t, err)
	_, err = w.Complete(a.t.Context(), store.Traffic{})
	require.NoError(a.t, err)
	require.NoError(a.t, a.store.FinishRun(a.t.Context(), run.ID, store.RunComplete, nil))
}

func TestGroupPage_Counts(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.connectedTenant("Contoso")
	a.read(tenant, "users", "list", people(6)...)
	groups := []object{{"id": "g1", "displayName": "Outer"}, {"id": "g2", "displayName": "Inner"}, {"id": "g3", "displayName": "Hidden", "visibility": "HiddenMembership"}}
	a.read(tenant, "groups", "list", groups...)
	b := a.owner()
	counts := func(id string) (members, all, owners string) {
		r := b.get(dataPath + "groups/" + id)
		require.Equal(t, http.StatusOK, r.Status)
		quiet(t, r)
		drawer := b.get(dataPath+"groups/"+id, "HX-Request", "true", "HX-Target", "drawer-body")
		assert.Equal(t, r.told("group-counts"), drawer.told("group-counts"))
		return r.told("count-members"), r.told("count-all-members"), r.told("count-owners")
	}

	members, all, owners := counts("g1")
	assert.Equal(t, "Not known: members were never read completely", members)
	assert.Equal(t, "Not known: members were never read completely", all)
	assert.Equal(t, "Not known: members were never read completely", owners)

	edges := [][4]string{{"g1", "member", "user-0001", "user"}, {"g1", "member", "user-0002", "user"}, {"g1", "member", "g2", "group"}, {"g2", "member", "user-0003", "user"}, {"g1", "owner", "user-0004", "user"}}
	hidden := []store.Gap{{ParentID: "g3", Relation: "member", Reason: store.GapHidden}}
	a.readClub(tenant, hidden, edges...)
	members, all, owners = counts("g1")
	assert.Equal(t, "3", members)
	assert.Equal(t, "4 through 1 group within, each counted once", all)
	assert.Equal(t, "1", owners)
	page := b.get(dataPath + "groups/g1")
	assert.Contains(t, page.text("section:has([data-testid=group-counts])"), "as of")
	_, href := page.link("[data-testid=count-members]")
	assert.Len(t, b.get(href).rowIDs(), 3)
	_, href = page.link("[data-testid=count-owners]")
	assert.Len(t, b.get(href).rowIDs(), 1)

	// None is a number where it is known, and a reason where it is not.
	_, all, owners = counts("g2")
	assert.Equal(t, "1 no group within", all)
	assert.Equal(t, "0", owners)
	members, all, owners = counts("g3")
	assert.Equal(t, "Not readable: the membership is hidden, needs Member.Read.Hidden", members)
	assert.Equal(t, "Not readable: the membership is hidden, needs Member.Read.Hidden", all)
	assert.Equal(t, "0", owners)

	// Through a group whose members are hidden there may be more.
	edges = append(edges, [4]string{"g2", "member", "g3", "group"})
	a.readClub(tenant, append(hidden, store.Gap{ParentID: "g1", Relation: "owner", Reason: store.GapFailed}), edges...)
	_, all, owners = counts("g1")
	assert.Equal(t, "5 at least: the members of 1 of 2 groups within are not all known", all)
	assert.Equal(t, "1 known so far: Microsoft's answer for this group was an error", owners)

	// A group that is newer than the list.
	a.clock.Advance(time.Minute)
	a.read(tenant, "groups", "list", append(groups, object{"id": "g4", "displayName": "New"})...)
	members, _, _ = counts("g4")
	assert.Equal(t, "Not known yet: the group is newer than the list of members", members)

	// The list as a whole: old numbers, and why there are no newer ones.
	a.failed(tenant, "group_members", "list", &entity.Problem{Class: entity.ClassPermission, Needs: []string{"Directory.Read.All"}})
	section := b.get(dataPath + "groups/g2").text("section:has([data-testid=group-counts])")
	assert.Contains(t, section, "Not permitted")
	assert.Contains(t, section, "needs Directory.Read.All")
	assert.False(t, b.get(usersPath+"/user-0001").has("group-counts"))
}
