package syncer_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/simulator"
)

const denied = "Insufficient privileges to complete the operation."

// graph asks the simulated Graph with a plain HTTP client and follows the
// list to its end. It shares no code with the product.
func (w *world) graph(path string) (objects []map[string]any) {
	w.t.Helper()
	client := &http.Client{Transport: w.cloud.Transport()}
	res, err := client.PostForm(w.cloud.AuthorityURL()+"/"+w.cloud.DirectoryID()+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {w.cloud.ClientID()},
		"client_secret": {w.cloud.ClientSecret()}, "scope": {w.cloud.GraphURL() + "/.default"},
	})
	require.NoError(w.t, err)
	var token struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(w.t, json.NewDecoder(res.Body).Decode(&token))
	require.NoError(w.t, res.Body.Close())
	for next := w.cloud.GraphURL() + path; next != ""; {
		req, err := http.NewRequestWithContext(w.ctx, http.MethodGet, next, nil)
		require.NoError(w.t, err)
		req.Header.Set("Authorization", "Bearer "+token.AccessToken)
		res, err := client.Do(req)
		require.NoError(w.t, err)
		var page struct {
			Value []map[string]any
			Next  string `json:"@odata.nextLink"`
		}
		require.Equal(w.t, 200, res.StatusCode, next)
		require.NoError(w.t, json.NewDecoder(res.Body).Decode(&page))
		require.NoError(w.t, res.Body.Close())
		objects, next = append(objects, page.Value...), page.Next
	}
	return objects
}

// edges are the members and owners that Graph serves now, as ids of rows.
func (w *world) edges() []string {
	w.t.Helper()
	var ids []string
	for _, g := range w.graph("/beta/groups?$select=id&$top=999") {
		group := g["id"].(string)
		for _, relation := range []string{"member", "owner"} {
			for _, m := range w.graph("/beta/groups/" + group + "/" + relation + "s?$select=id&$top=999") {
				ids = append(ids, group+"."+relation+"."+m["id"].(string))
			}
		}
	}
	return ids
}

func (w *world) ids(kind string) []string {
	var ids []string
	for _, r := range w.rows(kind) {
		ids = append(ids, r.ID)
	}
	return ids
}

// groupNamed returns the id of a group.
func (w *world) groupNamed(name string) string {
	w.t.Helper()
	for _, r := range w.rows("groups") {
		if r.Cells[0] == name {
			return r.ID
		}
	}
	require.Fail(w.t, "no group "+name)
	return ""
}

// membersOf are the ids of the members that are stored.
func (w *world) membersOf(group string) []string {
	var ids []string
	for _, id := range w.ids("group_members") {
		if strings.HasPrefix(id, group+".member.") {
			ids = append(ids, id)
		}
	}
	return ids
}

// asked counts the requests that the cloud got by what they asked for.
func (w *world) asked() (batches, items, singles int) {
	for _, r := range w.cloud.Requests() {
		switch relation := strings.HasSuffix(r.Path, "/members") || strings.HasSuffix(r.Path, "/owners"); {
		case strings.HasSuffix(r.Path, "/$batch"):
			batches++
		case relation && r.Header.Get("User-Agent") == "": // not a request of HTTP's own
			items++
		case relation:
			singles++
		}
	}
	return batches, items, singles
}

func part(run store.Run, kind, name string) store.RunPart {
	for _, p := range run.Parts {
		if p.Kind == kind && p.Part == name {
			return p
		}
	}
	return store.RunPart{}
}

func TestGroupMembersAreReadInBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	run := w.connect()
	require.Equal(t, store.RunComplete, run.Status)
	batches, items, singles := w.asked()
	groups := len(w.rows("groups"))
	hidden := w.groupNamed("HR Confidential")
	assert.Equal(t, 2*groups-1, items, "members and owners of each, but not the members of the hidden one")
	assert.Equal(t, (items+19)/20, batches)
	assert.Zero(t, singles)
	for _, r := range w.cloud.Requests() {
		assert.NotEqual(t, "/beta/groups/"+hidden+"/members", r.Path)
	}
	assert.ElementsMatch(t, w.edges(), w.ids("group_members"))
	def := w.store.Catalogue().Def("group_members")
	kinds := map[any]int{}
	for _, r := range w.rows("group_members") {
		assert.Equal(t, r.ID, r.Cell(def, "group_id").(string)+"."+r.Cell(def, "relation").(string)+"."+r.Cell(def, "member_id").(string))
		kinds[r.Cell(def, "member_type")]++
	}
	assert.Positive(t, kinds["#microsoft.graph.user"])
	assert.Positive(t, kinds["#microsoft.graph.group"])
	p := part(run, "group_members", "list")
	assert.Equal(t, batches+1, p.Requests, "and one for the link to later changes")
	assert.Equal(t, len(w.rows("group_members")), p.Rows)
}

func TestGroupMembersComeAfterTheGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	w.cloud.ResetRequests()
	run := w.sync("group_members")
	assert.ElementsMatch(t, []string{"groups", "group_members"}, run.Kinds, "the groups are read in the same run")
	var order []string
	for _, r := range w.cloud.Requests() {
		if name := r.Path[strings.LastIndex(r.Path, "/")+1:]; name == "groups" || name == "$batch" {
			order = append(order, name)
		}
	}
	assert.Equal(t, "groups", order[0])
	assert.NotContains(t, order[slices.Index(order, "$batch"):], "groups")
}

func TestGroupMembersComeAndGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	group, user := w.rows("groups")[0].ID, w.rows("users")[0].ID
	member := group + ".member." + user
	in := slices.Contains(w.ids("group_members"), member)
	if in {
		require.True(t, w.cloud.Tenant().RemoveMember(group, user))
	} else {
		require.True(t, w.cloud.Tenant().AddMember(group, user))
	}
	run := w.sync("group_members")
	p := part(run, "group_members", "list")
	assert.Equal(t, 1, p.Added+p.Removed)
	assert.Equal(t, !in, slices.Contains(w.ids("group_members"), member))
	changes, err := w.store.Changes(w.ctx, w.tenant.ID, "group_members", member, 0, 10)
	require.NoError(t, err)
	assert.Len(t, changes, 1)
	assert.ElementsMatch(t, w.edges(), w.ids("group_members"))
}

// What one list says wrongly or not at all costs nothing that is known.
func TestGroupMembersFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault   func(group string) simulator.Fault
		state   entity.State
		message string
		keeps   bool // what was known of the group, and of all others
	}{
		"one is forbidden": {func(g string) simulator.Fault {
			return simulator.Fault{Path: "/groups/" + g + "/members", Status: 403, Code: "Authorization_RequestDenied", Message: denied}
		}, entity.Partial, "1 of ", true},
		"one fails for good": {func(g string) simulator.Fault {
			return simulator.Fault{Path: "/groups/" + g + "/members", Status: 500, Code: "InternalServerError", Message: "Oops."}
		}, entity.Partial, "1 of ", true},
		"one answers nonsense": {func(g string) simulator.Fault {
			return simulator.Fault{Path: "/groups/" + g + "/members", Body: `{"value":[{"noid":1}]}`}
		}, entity.Partial, "1 of ", true},
		"one is throttled": {func(g string) simulator.Fault {
			return simulator.Fault{Path: "/groups/" + g + "/members", Status: 429, RetryAfter: "9", Count: 2}
		}, entity.Complete, "", false},
		"one is not found": {func(g string) simulator.Fault {
			return simulator.Fault{Path: "/groups/" + g + "/members", Status: 404, Code: "Request_ResourceNotFound", Message: "Resource '" + g + "' does not exist."}
		}, entity.Partial, "1 of ", true},
		"one is not found, in other words": {func(g string) simulator.Fault {
			return simulator.Fault{Path: "/groups/" + g + "/members", Status: 404, Code: "UnknownError", Message: "404 page not found"}
		}, entity.Partial, "1 of ", true},
		"one is not found once": {func(g string) simulator.Fault {
			return simulator.Fault{Path: "/groups/" + g + "/members", Status: 404, Code: "UnknownError", Count: 1}
		}, entity.Complete, "", false},
		"one is answered in part": {func(g string) simulator.Fault {
			return simulator.Fault{Path: "/groups/" + g + "/members", Status: 206, Body: `{"value":[]}`}
		}, entity.Partial, "1 of ", true},
		"one answers an error with 200": {func(g string) simulator.Fault {
			return simulator.Fault{Path: "/groups/" + g + "/members", Body: `{"error":{"code":"UnknownError","message":"Broken."}}`}
		}, entity.Partial, "1 of ", true},
		"none is found": {func(g string) simulator.Fault {
			return simulator.Fault{Path: "/groups", Query: "$select=id&$top=999", Status: 404, Code: "UnknownError", Message: "404 page not found"}
		}, entity.Failed, "Microsoft finds none of the groups", true},
		"a batch is lost":       {func(string) simulator.Fault { return simulator.Fault{Path: "/$batch", Drop: true, After: 1, Count: 2} }, entity.Complete, "", false},
		"a batch is cut short":  {func(string) simulator.Fault { return simulator.Fault{Path: "/$batch", Truncate: true, Count: 1} }, entity.Complete, "", false},
		"batches fail for good": {func(string) simulator.Fault { return simulator.Fault{Path: "/$batch", After: 1, Status: 500} }, entity.Partial, "Stopped after", true},
		"no batch at all": {func(string) simulator.Fault {
			return simulator.Fault{Path: "/$batch", Status: 403, Code: "Authorization_RequestDenied", Message: denied}
		}, entity.NotPermitted, denied, true},
		"all are forbidden": {func(string) simulator.Fault {
			return simulator.Fault{Path: "/groups", Query: "$select=id&$top=999", Status: 403, Code: "Authorization_RequestDenied", Message: denied}
		}, entity.NotPermitted, denied, true},
		"throttled for too long": {func(g string) simulator.Fault {
			return simulator.Fault{Path: "/groups/" + g + "/members", Status: 429, RetryAfter: "3600"}
		}, entity.Throttled, "", true},
		"throttled for good": {func(g string) simulator.Fault {
			return simulator.Fault{Path: "/groups/" + g + "/members", Status: 429}
		}, entity.Throttled, "", true},
		"the groups fail": {func(string) simulator.Fault {
			return simulator.Fault{Path: "/groups", Query: "displayName", Status: 500}
		}, entity.Failed, "Group members are read for each of the groups, and these could not be read completely", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			w.connect()
			before := w.ids("group_members")
			asOf := w.state("group_members").AsOf
			var group, other string // with members, and not hidden
			for _, g := range w.rows("groups") {
				if len(w.membersOf(g.ID)) > 1 {
					group, other = g.ID, group
				}
			}
			leaver := strings.TrimPrefix(w.membersOf(other)[0], other+".member.")
			require.True(t, w.cloud.Tenant().RemoveMember(other, leaver))
			stop := w.cloud.Inject(c.fault(group))
			run := w.sync("group_members")
			s := w.state("group_members")
			assert.Equal(t, c.state, s.State, "%+v", s.Problem)
			if c.state == entity.Complete {
				assert.Equal(t, store.RunComplete, run.Status)
				assert.Nil(t, s.Problem)
				assert.NotContains(t, w.ids("group_members"), other+".member."+leaver)
			} else {
				require.NotNil(t, s.Problem)
				assert.Contains(t, s.Problem.Message, c.message)
				assert.NotEmpty(t, s.Problem.Cure)
				assert.Equal(t, asOf, s.AsOf)
				if c.state != entity.Throttled {
					assert.NotContains(t, s.Problem.Cure, "nothing to do")
				}
				if c.message == "1 of " {
					assert.Contains(t, s.Problem.Message, fmt.Sprintf("(%s)", w.cell("groups", group, "display_name")))
				}
				assert.Zero(t, part(run, "group_members", "list").Removed)
			}
			if name == "all are forbidden" {
				assert.Equal(t, 2, part(run, "group_members", "list").Requests, "after the link to changes one batch: the others would fail too")
			}
			if c.state == entity.Throttled {
				assert.False(t, s.RetryAt.IsZero())
				return // the whole scope is closed until then
			}
			if c.keeps {
				assert.ElementsMatch(t, before, w.ids("group_members"), "nothing is removed")
			}
			stop()
			assert.Equal(t, store.RunComplete, w.sync("group_members").Status)
			assert.ElementsMatch(t, w.edges(), w.ids("group_members"))
			gaps, err := w.store.Gaps(w.ctx, w.tenant.ID, "group_members")
			require.NoError(t, err)
			assert.Equal(t, map[store.GapReason]int{store.GapHidden: 1}, gaps)
		})
	}
}

func TestGroupMembersSayThatTheGroupsArePermittedToNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	before := w.ids("group_members")
	w.cloud.Tenant().Revoke("Directory.Read.All")
	run := w.sync("group_members")
	s := w.state("group_members")
	assert.Equal(t, entity.NotPermitted, s.State)
	assert.Equal(t, []string{"Directory.Read.All"}, s.Needs)
	assert.Zero(t, part(run, "group_members", "list").Requests)
	assert.Equal(t, before, w.ids("group_members"))
}

// Members that Microsoft hides are not known: that is not the same as none.
func TestHiddenMembershipIsNotReadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	group := w.groupNamed("HR Confidential")
	w.cloud.Tenant().AddMember(group, w.rows("users")[0].ID)
	w.cloud.Tenant().AddMember(group, w.rows("users")[1].ID)
	counts := func() store.GroupCounts {
		c, err := w.store.GroupCounts(w.ctx, w.tenant.ID, group)
		require.NoError(t, err)
		return c
	}
	assert.Equal(t, entity.Complete, counts().State)
	assert.Equal(t, store.RelationCount{Gap: store.GapHidden}, counts().Members)
	assert.Empty(t, counts().Owners.Gap, "owners show")
	assert.Equal(t, []store.ColumnGap{{Column: "hidden_members", Rows: "Members of hidden groups", State: entity.NotPermitted,
		Needs: []string{"Member.Read.Hidden"}, Why: "1 group not read, needs Member.Read.Hidden"}}, w.state("group_members").Columns)

	w.cloud.Tenant().Grant("Member.Read.Hidden")
	w.sync("group_members")
	known := w.membersOf(group)
	require.NotEmpty(t, known)
	assert.Equal(t, store.RelationCount{N: len(known)}, counts().Members)
	assert.Empty(t, w.state("group_members").Columns)

	w.cloud.Tenant().Revoke("Member.Read.Hidden")
	run := w.sync("group_members")
	assert.Equal(t, store.RunComplete, run.Status)
	assert.Zero(t, part(run, "group_members", "list").Removed)
	assert.Equal(t, known, w.membersOf(group), "what was known stays")
	assert.Equal(t, store.RelationCount{N: len(known), Gap: store.GapHidden}, counts().Members)
}

// Lists with more than one page are followed page by page.
func TestLongListsOfMembers(t *testing.T) {
	t.Parallel()
	catalogue := entities.All()
	lists := catalogue.Def("group_members").Parts[0].Fan.Lists
	for i := range lists {
		lists[i].Query = url.Values{"$top": {"7"}}
	}
	w := newWorld(t, options{catalogue: catalogue})
	run := w.connect()
	require.Equal(t, store.RunComplete, run.Status)
	assert.ElementsMatch(t, w.edges(), w.ids("group_members"))
	_, _, singles := w.asked()
	require.Positive(t, singles)
	before := w.ids("group_members")

	stop := w.cloud.Inject(simulator.Fault{Path: "/groups", Query: "skiptoken", Status: 403, Code: "Authorization_RequestDenied", Message: denied, Count: 1})
	assert.Equal(t, store.RunPartial, w.sync("group_members").Status)
	assert.ElementsMatch(t, before, w.ids("group_members"))
	stop()
	w.cloud.ExpirePageTokens()
	assert.Equal(t, store.RunComplete, w.sync("group_members").Status)
	assert.ElementsMatch(t, before, w.ids("group_members"))
}

// mfa returns the stored states of per-user MFA by user.
func (w *world) mfa() map[string]any {
	def := w.store.Catalogue().Def("users")
	states := map[string]any{}
	for _, r := range w.rows("users") {
		states[r.ID] = r.Cell(def, "per_user_mfa_state")
	}
	return states
}

// servedMFA are those that Graph serves.
func (w *world) servedMFA() map[string]any {
	states := map[string]any{}
	for _, u := range w.graph("/beta/users?$select=id,perUserMfaState&$top=999") {
		states[u["id"].(string)] = u["perUserMfaState"]
	}
	return states
}

// without leaves the state out of the rows of some users, as a service does
// that does not know the property.
func without(from string) simulator.Fault {
	return simulator.Fault{Path: "/users", Query: "perUserMfaState", Rows: func(rows []map[string]any) []map[string]any {
		for _, r := range rows {
			if r["id"].(string) >= from {
				delete(r, "perUserMfaState")
			}
		}
		return rows
	}}
}

func TestPerUserMFAIsReadFromTheList(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	run := w.connect()
	assert.Equal(t, w.servedMFA(), w.mfa())
	for _, r := range w.cloud.Requests() {
		assert.NotContains(t, r.Path, "requirements")
	}
	assert.Equal(t, 1, part(run, "users", "per_user_mfa").Requests)
}

func TestPerUserMFAFallsBackToSingleUsers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults []simulator.Fault
		asked  int // users asked for alone, of 120; -1 = about half
	}{
		"for all":            {[]simulator.Fault{without("")}, 120},
		"for some":           {[]simulator.Fault{without("8")}, -1},
		"refused":            {[]simulator.Fault{{Path: "/users", Query: "perUserMfaState", Status: 400, Code: "BadRequest", Message: "Could not find a property named 'perUserMfaState'."}}, 120},
		"an item is limited": {[]simulator.Fault{without("")}, 120},
		"a lost batch":       {[]simulator.Fault{without(""), {Path: "/$batch", Drop: true, Count: 1}}, 120},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			want := w.servedMFA()
			for _, f := range c.faults {
				w.cloud.Inject(f)
			}
			ids := w.cloud.Tenant().UserIDs()
			if name == "an item is limited" {
				w.cloud.Inject(simulator.Fault{Path: "/users/" + ids[7] + "/authentication", Status: 429, RetryAfter: "4", Count: 1})
			}
			w.cloud.ResetRequests()
			run := w.connect()
			require.Equal(t, store.RunComplete, run.Status, "%+v", w.state("users").Parts)
			assert.Equal(t, want, w.mfa())
			asked := map[string]bool{}
			for _, r := range w.cloud.Requests() {
				if strings.HasSuffix(r.Path, "/authentication/requirements") {
					asked[r.Path] = true
				}
			}
			if c.asked < 0 {
				assert.NotEmpty(t, asked)
				assert.Less(t, len(asked), 120)
			} else {
				assert.Len(t, asked, c.asked)
			}
			if name == "an item is limited" {
				assert.Positive(t, part(run, "users", "per_user_mfa").Retries)
			}
		})
	}
}

// Whose state is not told has an unknown state, which is never "disabled".
func TestPerUserMFAThatIsNotToldIsUnknown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault simulator.Fault // of the single user
		state entity.State
	}{
		"not found":     {simulator.Fault{Status: 404, Code: "Request_ResourceNotFound", Message: "Resource does not exist."}, entity.Partial},
		"without state": {simulator.Fault{Body: `{"@odata.context":"x"}`}, entity.Complete},
		"forbidden":     {simulator.Fault{Status: 403, Code: "Authorization_RequestDenied", Message: denied}, entity.Partial},
		"failing":       {simulator.Fault{Status: 500}, entity.Partial},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{})
			want := w.servedMFA()
			user := w.cloud.Tenant().UserIDs()[5]
			want[user] = nil
			w.cloud.Inject(without(""))
			c.fault.Path = "/users/" + user + "/authentication"
			w.cloud.Inject(c.fault)
			w.connect()
			assert.Equal(t, want, w.mfa())
			s := w.state("users")
			assert.Equal(t, entity.Complete, s.State, "the users themselves are read")
			if c.state == entity.Complete {
				assert.Empty(t, s.Columns)
				return
			}
			require.Len(t, s.Columns, 1)
			assert.Equal(t, "per_user_mfa_state", s.Columns[0].Column)
			assert.Equal(t, c.state, s.Columns[0].State)
		})
	}
}

func TestPerUserMFAOfTheOnlyUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{users: 1})
	w.cloud.Inject(simulator.Fault{Path: "/users", Query: "perUserMfaState", Status: 400, Code: "BadRequest", Message: "No such property."})
	w.cloud.Inject(simulator.Fault{Path: "/users/" + w.cloud.Tenant().UserIDs()[0] + "/authentication", Status: 403, Code: "Authorization_RequestDenied", Message: denied})
	w.connect()
	s := w.state("users")
	require.Len(t, s.Columns, 1)
	assert.Equal(t, entity.NotPermitted, s.Columns[0].State, "nothing came: the reason is the state")
}

func TestPerUserMFAKeepsWhatItKnows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	w.connect()
	known := w.mfa()
	w.cloud.Inject(without(""))
	w.cloud.Tenant().Revoke("Policy.Read.All")
	w.sync("users")
	s := w.state("users")
	require.Len(t, s.Columns, 1)
	assert.Equal(t, []string{"Policy.Read.All"}, s.Columns[0].Needs)
	assert.NotEqual(t, entity.Complete, s.Columns[0].State)
	assert.Equal(t, known, w.mfa())
}

// A service that does not know the property, nor the call for each user, is
// asked for twenty users and not for all of them.
func TestPerUserMFAThatIsNotOfferedIsNotAskedForEachUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{users: 300})
	w.cloud.Tenant().PerUserMfaBulk(false)
	absent := w.cloud.Inject(simulator.Fault{Path: "/users/*/authentication/requirements", Status: http.StatusBadRequest, Code: "BadRequest", Message: "Resource not found for the segment 'requirements'."})
	asked := func() (n int) {
		for _, r := range w.cloud.Requests() {
			if strings.HasSuffix(r.Path, "/authentication/requirements") {
				n++
			}
		}
		return n
	}
	w.connect()
	assert.Equal(t, entity.NotAvailable, columnState(w.state("users"), "per_user_mfa_state"))
	assert.Equal(t, 20, asked())
	absent()
	// A status alone does not say that it is not offered; it is asked once more.
	w.cloud.Inject(simulator.Fault{Path: "/users/*/authentication/requirements", Status: http.StatusNotFound, Code: "Request_ResourceNotFound", Message: "Resource does not exist."})
	w.cloud.ResetRequests()
	w.sync("users")
	assert.Equal(t, entity.Failed, columnState(w.state("users"), "per_user_mfa_state"))
	assert.Equal(t, 40, asked())
}
