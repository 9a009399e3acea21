package syncer_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

// identity is the product's catalogue without what is not of the directory.
func identity(t *testing.T) *entity.Catalogue {
	t.Helper()
	all := entities.All()
	defs := slices.DeleteFunc(slices.Clone(all.Defs), func(d *entity.Def) bool { return d.Group != entity.Identity })
	c, err := entity.NewCatalogue(defs, all.Permissions)
	require.NoError(t, err)
	return c
}

// connected is a world whose first sync is complete.
func connected(t *testing.T, users int) *world {
	t.Helper()
	w := newWorld(t, options{users: users, catalogue: identity(t)})
	run := w.connect()
	require.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)
	return w
}

// followed are the kinds of which changes are read.
var followed = []string{"users", "groups", "group_members"}

// settled checks that what is stored is what a full sync finds: nothing more.
func (w *world) settled() {
	w.t.Helper()
	run := w.sync()
	for _, kind := range followed {
		p := part(run, kind, "list")
		assert.Equal(w.t, entity.Complete, p.State, "%s: %+v", kind, p.Problem)
		assert.Equal(w.t, []int{0, 0, 0}, []int{p.Added, p.Changed, p.Removed}, "%s: added, changed, removed", kind)
		assert.False(w.t, p.Changes, kind)
	}
	assert.ElementsMatch(w.t, w.edges(), w.ids("group_members"))
}

// followedOnly checks that of a kind only changes were read.
func (w *world) followedOnly(run store.Run) {
	w.t.Helper()
	for _, kind := range followed {
		p := part(run, kind, "list")
		assert.Equal(w.t, entity.Complete, p.State, "%s: %+v", kind, p.Problem)
		assert.True(w.t, p.Changes, kind)
	}
}

// database opens the database beside the store.
func (w *world) database() *sql.DB {
	w.t.Helper()
	u := url.URL{Scheme: "file", Path: filepath.Join(w.dir, "securatlas.db"), RawQuery: "_pragma=busy_timeout(5000)"}
	db, err := sql.Open("sqlite", u.String())
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = db.Close() })
	return db
}

// watch counts, from now on, each row that is written in the tables of
// entities and of verdicts.
func (w *world) watch() (writes func() map[string]int) {
	w.t.Helper()
	db := w.database()
	_, err := db.Exec(`CREATE TABLE written (name TEXT)`)
	require.NoError(w.t, err)
	tables := []string{"mfa_verdicts", "changes"}
	for _, d := range w.store.Catalogue().Synced() {
		tables = append(tables, d.Kind)
	}
	for _, table := range tables {
		for _, op := range []string{"INSERT", "UPDATE", "DELETE"} {
			_, err := db.Exec(fmt.Sprintf(`CREATE TRIGGER watch_%[1]s_%[2]s AFTER %[2]s ON "%[1]s" BEGIN INSERT INTO written VALUES ('%[1]s'); END`, table, op))
			require.NoError(w.t, err)
		}
	}
	return func() map[string]int {
		rows, err := db.Query(`SELECT name, count(*) FROM written GROUP BY name`)
		require.NoError(w.t, err)
		defer rows.Close()
		out := map[string]int{}
		for rows.Next() {
			var name string
			var n int
			require.NoError(w.t, rows.Scan(&name, &n))
			out[name] = n
		}
		require.NoError(w.t, rows.Err())
		return out
	}
}

func requests(run store.Run) (n int) {
	for _, p := range run.Parts {
		n += p.Requests
	}
	return n
}

func TestRefreshOfAnUnchangedDirectoryCostsNothing(t *testing.T) {
	t.Parallel()
	total := map[int]int{}
	for _, users := range []int{800, 3000} {
		w := connected(t, users)
		asOf, signIns := w.state("users").AsOf, w.state("users").Parts[1].AsOf
		writes := w.watch()
		w.cloud.ResetRequests()
		run := w.refresh()
		require.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)
		w.followedOnly(run)
		assert.Empty(t, writes(), "no row is written")
		for _, kind := range followed {
			assert.Equal(t, 1, part(run, kind, "list").Requests, kind)
		}
		for _, slow := range [][2]string{{"users", "sign_in_activity"}, {"users", "per_user_mfa"}, {"mfa_registrations", "list"}} {
			p := part(run, slow[0], slow[1])
			assert.False(t, p.KeptFrom.IsZero(), "%v", slow)
			assert.Zero(t, p.Requests, "%v", slow)
			assert.Equal(t, entity.Complete, p.State, "%v", slow)
		}
		s := w.state("users")
		assert.Equal(t, users, s.Rows)
		assert.True(t, s.AsOf.After(asOf))
		assert.Equal(t, signIns, s.Parts[1].AsOf, "what was not read is as old as it was")
		assert.Equal(t, users, s.Parts[0].Rows, "the rows of the list, not of its changes")
		total[users] = requests(run)
		t.Logf("%d users: %d requests for lists, %d of all kinds with tokens", users, total[users], len(w.cloud.Requests()))
	}
	assert.Equal(t, total[800], total[3000], "the size of the directory does not matter")
	assert.Less(t, total[3000], 25)
}

func TestRefreshFindsChangedUsers(t *testing.T) {
	t.Parallel()
	for name, dress := range map[string]func([]map[string]any) []map[string]any{
		"all properties": nil,
		// As a service may answer: only the id and what changed.
		"only changed properties": func(rows []map[string]any) []map[string]any {
			for _, r := range rows {
				if r["displayName"] != "Brand New" && r["displayName"] != "Returned" {
					for _, key := range []string{"displayName", "mail", "userPrincipalName", "accountEnabled", "createdDateTime", "businessPhones", "givenName"} {
						delete(r, key)
					}
				}
			}
			return rows
		},
		"each object twice": func(rows []map[string]any) []map[string]any { return append(rows, rows...) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := connected(t, 300)
			tenant := w.cloud.Tenant()
			ids := tenant.UserIDs()
			changed, cleared, deleted, back := ids[50], ids[51], ids[52], ids[53]
			tenant.UpdateUser(back, map[string]any{"displayName": "Returned"})
			tenant.RemoveUser(back)
			require.Equal(t, store.RunComplete, w.refresh().Status)
			require.False(t, w.row("users", back).RemovedAt.IsZero())
			assert.ElementsMatch(t, w.edges(), w.ids("group_members"), "who is deleted is in no group")

			before := w.row("users", cleared)
			tenant.UpdateUser(changed, map[string]any{"department": "Moved"})
			tenant.UpdateUser(cleared, map[string]any{"jobTitle": nil, "department": nil})
			tenant.RemoveUser(deleted)
			require.True(t, tenant.RestoreUser(back))
			added := tenant.AddUser(map[string]any{"displayName": "Brand New", "department": "IT", "signInActivity": map[string]any{"lastSignInDateTime": "2026-01-01T00:00:00Z"}})
			if dress != nil {
				defer w.cloud.Inject(simulator.Fault{Path: "/users/delta", Query: "$deltatoken=", Rows: dress})()
			}
			run := w.refresh()
			require.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)
			w.followedOnly(run)
			p := part(run, "users", "list")
			assert.Equal(t, []int{2, 2, 1}, []int{p.Added, p.Changed, p.Removed}, "added and restored, changed, removed")

			assert.Equal(t, "Moved", w.cell("users", changed, "department"))
			assert.NotNil(t, w.cell("users", changed, "user_principal_name"), "what was not sent stays")
			assert.Nil(t, w.cell("users", cleared, "job_title"))
			assert.Nil(t, w.cell("users", cleared, "department"))
			users := w.store.Catalogue().Def("users")
			assert.Equal(t, before.Cell(users, "display_name"), w.cell("users", cleared, "display_name"))
			assert.False(t, w.row("users", deleted).RemovedAt.IsZero())
			assert.True(t, w.row("users", back).RemovedAt.IsZero())
			assert.Equal(t, "IT", w.cell("users", added, "department"))
			assert.Nil(t, w.cell("users", added, "sign_in_activity_last_sign_in_date_time"), "not read yet")

			var actions []string
			history, err := w.store.Changes(w.ctx, w.tenant.ID, "users", "", 0, 200)
			require.NoError(t, err)
			for _, c := range history {
				if c.RunID == run.ID {
					actions = append(actions, c.Action+" "+c.EntityID)
				}
			}
			assert.ElementsMatch(t, []string{"changed " + changed, "changed " + cleared, "removed " + deleted, "restored " + back, "added " + added}, actions)
			w.settled()
			assert.Equal(t, "2026-01-01T00:00:00Z", w.cell("users", added, "sign_in_activity_last_sign_in_date_time"))
		})
	}
}

func TestRefreshFindsWhoCameAndWent(t *testing.T) {
	t.Parallel()
	w := connected(t, 300)
	tenant := w.cloud.Tenant()
	var groups []string
	for _, g := range w.rows("groups") {
		members := slices.DeleteFunc(w.membersOf(g.ID), func(id string) bool { return tenant.User(strings.TrimPrefix(id, g.ID+".member.")) == nil })
		if len(members) > 2 {
			groups = append(groups, g.ID)
		}
	}
	require.Greater(t, len(groups), 3)
	hidden := w.groupNamed("HR Confidential")
	joiner := tenant.AddUser(map[string]any{"displayName": "Joiner"})
	leaver := strings.TrimPrefix(w.membersOf(groups[0])[0], groups[0]+".member.")
	require.True(t, tenant.RemoveMember(groups[0], leaver))
	require.True(t, tenant.AddMember(groups[0], joiner))
	require.True(t, tenant.AddMember(hidden, joiner))
	require.True(t, tenant.RemoveGroup(groups[1]))
	require.True(t, tenant.AddMember(groups[2], groups[3]), "a group in a group")
	fresh := tenant.AddGroup(map[string]any{"displayName": "Fresh"})
	require.True(t, tenant.AddMember(fresh, joiner))
	secret := tenant.AddGroup(map[string]any{"displayName": "Secret", "visibility": "HiddenMembership"})
	require.True(t, tenant.AddMember(secret, joiner))
	gone := ""
	for _, id := range w.membersOf(groups[2]) {
		if member := strings.TrimPrefix(id, groups[2]+".member."); tenant.User(member) != nil && member != leaver {
			gone = member
		}
	}
	require.True(t, tenant.RemoveUser(gone))

	w.cloud.ResetRequests()
	run := w.refresh()
	require.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)
	w.followedOnly(run)
	assert.Equal(t, 2, part(run, "group_members", "list").Requests, "the changes, and one batch for the new groups")
	in := func(group, member string) bool {
		return slices.Contains(w.membersOf(group), group+".member."+member)
	}
	assert.True(t, in(groups[0], joiner))
	assert.False(t, in(groups[0], leaver))
	assert.True(t, in(groups[2], groups[3]))
	assert.True(t, in(fresh, joiner))
	assert.False(t, in(groups[2], gone))
	assert.Empty(t, w.membersOf(groups[1]), "a deleted group has no members")
	assert.Empty(t, w.membersOf(secret))
	for _, g := range []string{hidden, secret} {
		counts, err := w.store.GroupCounts(w.ctx, w.tenant.ID, g)
		require.NoError(t, err)
		assert.Equal(t, store.GapHidden, counts.Members.Gap, "hidden is not empty")
	}
	counts, err := w.store.GroupCounts(w.ctx, w.tenant.ID, fresh)
	require.NoError(t, err)
	assert.Equal(t, 1, counts.Members.N)
	assert.Empty(t, counts.Members.Gap)
	assert.Equal(t, "#microsoft.graph.user", w.cell("group_members", fresh+".member."+joiner, "member_type"))

	// Who comes back is in the groups that they were in.
	require.True(t, tenant.RestoreUser(gone))
	run = w.refresh()
	w.followedOnly(run)
	assert.True(t, in(groups[2], gone))

	// With the permission, what was hidden is read once.
	tenant.Grant("Member.Read.Hidden")
	run = w.refresh()
	w.followedOnly(run)
	assert.True(t, in(secret, joiner))
	assert.Equal(t, 2, part(run, "group_members", "list").Requests)
	assert.Equal(t, 1, part(w.refresh(), "group_members", "list").Requests)
	w.settled()
}

func TestRefreshReadsAGroupThatFailedAgain(t *testing.T) {
	t.Parallel()
	w := connected(t, 200)
	fresh := w.cloud.Tenant().AddGroup(map[string]any{"displayName": "Fresh"})
	require.True(t, w.cloud.Tenant().AddMember(fresh, w.cloud.Tenant().UserIDs()[3]))
	asOf := w.state("group_members").AsOf
	stop := w.cloud.Inject(simulator.Fault{Path: "/groups/" + fresh + "/members", Status: 403, Code: "Authorization_RequestDenied", Message: denied})
	w.refresh()
	s := w.state("group_members")
	assert.Equal(t, entity.Partial, s.State)
	assert.Equal(t, asOf, s.AsOf)
	stop()
	w.refresh()
	assert.Equal(t, entity.Complete, w.state("group_members").State)
	assert.Len(t, w.membersOf(fresh), 1)
	w.settled()
}

func TestUnusableDeltaFallsBackToTheList(t *testing.T) {
	t.Parallel()
	link := func(f simulator.Fault) simulator.Fault {
		f.Path, f.Query, f.Count = "/users/delta", "$deltatoken=", 1
		return f
	}
	for name, prepare := range map[string]func(w *world){
		"expired":           func(w *world) { w.cloud.ExpireDeltaTokens() },
		"gone, no location": func(w *world) { w.cloud.Inject(link(simulator.Fault{Status: 410, Code: "Gone"})) },
		"state not found": func(w *world) {
			w.cloud.Inject(link(simulator.Fault{Status: 404, Code: "syncStateNotFound", Message: "The sync state generation is not found."}))
		},
		"resync":             func(w *world) { w.cloud.Inject(link(simulator.Fault{Status: 400, Code: "resyncRequired"})) },
		"page token expired": func(w *world) { w.cloud.Inject(link(simulator.Fault{Status: 400, Code: "Directory_ExpiredPageToken"})) },
		"badly formed": func(w *world) {
			w.cloud.Inject(link(simulator.Fault{Status: 400, Code: "Request_BadRequest", Message: "Badly formed token."}))
		},
		"nonsense": func(w *world) { w.cloud.Inject(link(simulator.Fault{Body: `{"value":[{"noid":1}]}`})) },
		"no link":  func(w *world) { w.cloud.Inject(link(simulator.Fault{Body: `{"value":[]}`})) },
		"a foreign link": func(w *world) {
			w.cloud.Inject(link(simulator.Fault{Body: `{"value":[],"@odata.deltaLink":"https://evil.example/v1.0/users/delta?$deltatoken=x"}`}))
		},
		"not served": func(w *world) { w.cloud.Inject(link(simulator.Fault{Status: 501, Code: "NotImplemented"})) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := connected(t, 150)
			id := w.cloud.Tenant().UserIDs()[60]
			w.cloud.Tenant().UpdateUser(id, map[string]any{"department": "Moved"})
			w.cloud.Tenant().RemoveUser(w.cloud.Tenant().UserIDs()[61])
			prepare(w)
			run := w.refresh("users")
			assert.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)
			p := part(run, "users", "list")
			assert.Equal(t, entity.Complete, p.State, "%+v", p.Problem)
			assert.Nil(t, p.Problem)
			assert.False(t, p.Changes, "the list was read")
			assert.Equal(t, []int{1, 1}, []int{p.Changed, p.Removed})
			assert.Equal(t, "Moved", w.cell("users", id, "department"))
			assert.Less(t, p.Requests, 6)
			for _, r := range w.cloud.Requests() {
				assert.NotContains(t, r.Host, "evil")
			}
			assert.True(t, part(w.refresh("users"), "users", "list").Changes, "changes are read again")
		})
	}
}

func TestNoLinkDoesNoHarm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{catalogue: identity(t)})
	stop := w.cloud.Inject(simulator.Fault{Path: "/users/delta", Status: 501, Code: "NotImplemented", Message: "Not here."})
	run := w.connect()
	assert.Equal(t, store.RunComplete, run.Status, "%+v", run.Problem)
	assert.Nil(t, w.state("users").Problem)
	run = w.refresh("users")
	assert.Equal(t, store.RunComplete, run.Status)
	assert.False(t, part(run, "users", "list").Changes)
	stop()
	w.refresh("users")
	assert.True(t, part(w.refresh("users"), "users", "list").Changes)
}

func TestLinkWithoutItsListIsNotUsed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{users: 2500, catalogue: identity(t)})
	// The link is taken, the list is cut after its first page.
	stop := w.cloud.Inject(simulator.Fault{Path: "/users", Query: "displayName", After: 2, Status: 400, Code: "BadRequest", Message: "No more."})
	w.connect()
	require.Equal(t, entity.Partial, w.state("users").State)
	stop()
	run := w.refresh("users")
	assert.False(t, part(run, "users", "list").Changes)
	assert.Equal(t, 2500, w.state("users").Rows)
	assert.Equal(t, entity.Complete, w.state("users").State)
}

func TestManyTombstonesAreHeld(t *testing.T) {
	t.Parallel()
	w := connected(t, 200)
	tenant := w.cloud.Tenant()
	ids := tenant.UserIDs()
	for _, id := range ids[100:180] {
		tenant.RemoveUser(id)
	}
	tenant.UpdateUser(ids[40], map[string]any{"department": "Moved"})
	run := w.refresh("users")
	assert.Equal(t, store.RunPartial, run.Status)
	s := w.state("users")
	assert.Equal(t, entity.Held, s.State)
	assert.Equal(t, 80, s.Held)
	assert.Equal(t, 200, s.Rows, "nothing is removed")
	assert.Equal(t, "Moved", w.cell("users", ids[40], "department"), "what is not held goes on")

	// The next sync lists: it finds the same, or that they are back.
	for _, id := range ids[100:150] {
		require.True(t, tenant.RestoreUser(id))
	}
	run = w.refresh("users")
	assert.False(t, part(run, "users", "list").Changes)
	assert.Equal(t, entity.Complete, w.state("users").State)
	assert.Equal(t, 170, w.state("users").Rows)
	assert.Zero(t, w.state("users").Held)
}

func TestChangesThatWereCutAreReadAgain(t *testing.T) {
	t.Parallel()
	w := connected(t, 600)
	tenant := w.cloud.Tenant()
	ids := tenant.UserIDs()
	for _, id := range ids[20:500] {
		tenant.UpdateUser(id, map[string]any{"department": "Moved"})
	}
	tenant.RemoveUser(ids[30])
	tenant.RemoveUser(ids[510])
	asOf := w.state("users").AsOf
	// The first page comes, and the run ends at the second.
	stop := w.cloud.Inject(simulator.Fault{Path: "/users/delta", Query: "$skiptoken", Status: 403, Code: "Authorization_RequestDenied", Message: denied})
	w.refresh("users")
	s := w.state("users")
	assert.Equal(t, entity.Partial, s.State)
	assert.Equal(t, asOf, s.AsOf)
	assert.Equal(t, 600, s.Rows, "tombstones wait for the end of the round")
	assert.Equal(t, "Moved", w.cell("users", ids[25], "department"))
	stop()
	run := w.refresh()
	w.followedOnly(run)
	assert.Equal(t, 598, w.state("users").Rows)
	w.settled()
}

func TestRefreshListsAfterADay(t *testing.T) {
	t.Parallel()
	clock := clockwork.NewFakeClockAt(time.Now())
	w := newWorld(t, options{catalogue: identity(t), storeClock: clock})
	w.connect()
	clock.Advance(20 * time.Hour)
	run := w.refresh()
	assert.True(t, part(run, "users", "list").Changes)
	assert.False(t, part(run, "users", "sign_in_activity").KeptFrom.IsZero())
	clock.Advance(5 * time.Hour)
	run = w.refresh()
	assert.False(t, part(run, "users", "list").Changes, "the list is what counts, not the changes read since")
	assert.True(t, part(run, "users", "sign_in_activity").KeptFrom.IsZero())
	assert.Positive(t, part(run, "users", "sign_in_activity").Requests)
}

func TestSlowPartThatFailedIsReadAgain(t *testing.T) {
	t.Parallel()
	w := connected(t, 120)
	stop := w.cloud.Inject(simulator.Fault{Path: "/users", Query: "signInActivity", Status: http.StatusBadRequest, Code: "BadRequest", Message: "No."})
	w.sync("users")
	stop()
	run := w.refresh("users")
	p := part(run, "users", "sign_in_activity")
	assert.True(t, p.KeptFrom.IsZero())
	assert.Equal(t, entity.Complete, p.State)
	assert.False(t, part(w.refresh("users"), "users", "sign_in_activity").KeptFrom.IsZero())
	run = w.sync("users")
	assert.True(t, part(run, "users", "sign_in_activity").KeptFrom.IsZero(), "a full sync reads everything")
	assert.False(t, part(run, "users", "list").Changes)
}

func TestVerdictsFollowChanges(t *testing.T) {
	t.Parallel()
	w := connected(t, 150)
	verdicts := func() map[string]any {
		def, out := w.store.Catalogue().Def("mfa_enforcement"), map[string]any{}
		for _, r := range w.rows("mfa_enforcement") {
			out[r.ID] = r.Cell(def, "verdict")
		}
		return out
	}
	id := w.cloud.Tenant().AddUser(map[string]any{"displayName": "New"})
	w.refresh()
	assert.NotNil(t, verdicts()[id])
	w.cloud.Tenant().Revoke("Policy.Read.All")
	w.refresh()
	assert.Equal(t, "not_assessed", verdicts()[id])
	w.cloud.Tenant().Grant("Policy.Read.All")
	w.refresh()
	assert.NotEqual(t, "not_assessed", verdicts()[id])
}

func TestNextPageOfChangesIsNotFollowedElsewhere(t *testing.T) {
	t.Parallel()
	w := connected(t, 600)
	for _, id := range w.cloud.Tenant().UserIDs()[20:500] {
		w.cloud.Tenant().UpdateUser(id, map[string]any{"department": "Moved"})
	}
	for name, fault := range map[string]simulator.Fault{
		"foreign": {NextLink: "https://evil.example/v1.0/users/delta?$skiptoken=x"},
		"another": {NextLink: w.cloud.GraphURL() + "/v1.0/groups/delta?$deltatoken=latest"},
		"loop":    {LoopNext: true},
	} {
		fault.Path, fault.Query, fault.Count = "/users/delta", "token=", 2
		stop := w.cloud.Inject(fault)
		run := w.refresh("users")
		stop()
		p := part(run, "users", "list")
		assert.Equal(t, entity.Complete, p.State, name)
		assert.False(t, p.Changes, "%s: the list was read", name)
		for _, r := range w.cloud.Requests() {
			assert.NotContains(t, r.Host, "evil")
		}
		for _, id := range w.cloud.Tenant().UserIDs()[20:500] {
			w.cloud.Tenant().UpdateUser(id, map[string]any{"department": name})
		}
	}
}

// A member of a kind that a delta does not mention stays, and its tombstone
// counts.
func TestMembersThatADeltaDoesNotMentionStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{catalogue: identity(t)})
	const robot = "5a1b6f0e-0000-4000-8000-00000000beef"
	group := w.cloud.Tenant().GroupIDs()[8]
	stop := w.cloud.Inject(simulator.Fault{Path: "/groups/" + group + "/members", Rows: func(rows []map[string]any) []map[string]any {
		return append(rows, map[string]any{"@odata.type": "#microsoft.graph.servicePrincipal", "id": robot})
	}})
	require.Equal(t, store.RunComplete, w.connect().Status)
	stop()
	edge, owner := group+".member."+robot, group+".owner."+robot
	require.Contains(t, w.ids("group_members"), edge)
	w.cloud.Tenant().UpdateGroup(group, map[string]any{"description": "Other words"})
	run := w.refresh()
	w.followedOnly(run)
	assert.Contains(t, w.ids("group_members"), edge)

	link := func(members string) simulator.Fault {
		return simulator.Fault{Path: "/groups/delta", Query: "$deltatoken=", After: 1, Count: 1, Body: `{"value":[{"id":"` + group + `",` + members + `}],"@odata.deltaLink":"` + w.cloud.GraphURL() + `/beta/groups/delta?$deltatoken=next"}`}
	}
	w.cloud.Inject(link(`"owners@delta":[{"id":"` + robot + `"}],"members@delta":[{"id":"` + robot + `","@removed":{"reason":"deleted"}}]`))
	run = w.refresh()
	w.followedOnly(run)
	assert.NotContains(t, w.ids("group_members"), edge)
	assert.Contains(t, w.ids("group_members"), owner)
	assert.Nil(t, w.cell("group_members", owner, "member_type"), "not sent")
}

func TestRefreshThatIsStoppedGoesOnFromTheSameLink(t *testing.T) {
	t.Parallel()
	w := connected(t, 600)
	ids := w.cloud.Tenant().UserIDs()
	for _, id := range ids[20:500] {
		w.cloud.Tenant().UpdateUser(id, map[string]any{"department": "Moved"})
	}
	w.cloud.Tenant().RemoveUser(ids[21])
	stop := w.cloud.Inject(simulator.Fault{Path: "/users/delta", Query: "$skiptoken", Delay: time.Minute})
	run, _, err := w.engine.Start(w.ctx, store.NewRun{TenantID: w.tenant.ID, Trigger: store.TriggerManual, Kinds: []string{"users"}})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		now, err := w.store.Run(w.ctx, run.ID)
		return err == nil && part(now, "users", "list").Pages > 0
	}, time.Minute, 5*time.Millisecond)
	// The process ends, and another one begins.
	w.close()
	stop()
	w.openStore(options{catalogue: identity(t)})
	w.openEngine()
	assert.Equal(t, 600, w.state("users").Rows)
	next := w.refresh()
	w.followedOnly(next)
	assert.Equal(t, 599, w.state("users").Rows)
	w.settled()
}

// What the refresh icon costs where nothing has changed, of all that the
// product reads: few requests, and no row is written.
func TestRefreshOfAnUnchangedTenantIsCheap(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := newWorld(t, options{everything: true, users: 150, cloudNow: func() time.Time { return now }}) // nobody signs in meanwhile
	w.connect()
	changed := map[string]time.Time{}
	for _, def := range w.store.Catalogue().Synced() {
		for _, r := range w.rows(def.Kind) {
			changed[def.Kind+" "+r.ID] = r.LastChanged
		}
	}
	w.cloud.ResetRequests()
	run := w.refresh()
	paths := map[string]int{}
	for _, r := range w.cloud.Requests() {
		paths[r.Path]++
	}
	assert.Less(t, len(w.cloud.Requests()), 60, "%v", paths)
	t.Logf("%d requests, tokens included", len(w.cloud.Requests()))
	for _, p := range run.Parts {
		assert.Zero(t, p.Added+p.Changed+p.Removed, "%s %s", p.Kind, p.Part)
	}
	for _, def := range w.store.Catalogue().Synced() {
		for _, r := range w.rows(def.Kind) {
			assert.Equal(t, changed[def.Kind+" "+r.ID], r.LastChanged, "%s %s", def.Kind, r.ID)
		}
	}
}
