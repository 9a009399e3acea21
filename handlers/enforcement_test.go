package handlers

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/enforcement"
)

func TestUserMFA(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	a.read(tenant, "users", "list", people(4)...)
	a.syncer.explain = func(_ context.Context, tenantID int64, userID string) (enforcement.Explanation, time.Time, error) {
		require.Equal(t, tenant.ID, tenantID)
		if userID != "user-0001" {
			return enforcement.Explanation{}, time.Time{}, store.ErrNotFound
		}
		return enforcement.Explanation{
			Result: enforcement.Result{Verdict: enforcement.NotAssessed, Reason: "Not assessed: needs the group memberships. “<b>” may apply.", Needs: []string{"the group memberships"}},
			Findings: []enforcement.Finding{
				{PolicyID: "p/1", PolicyName: "Not for her", State: "enabled", Relation: enforcement.NotTargeted, Text: "Does not include this account."},
				{PolicyID: "p2", PolicyName: "Almost", State: "disabled", Relation: enforcement.Off, Nearly: true, Text: "Is off."},
				{PolicyID: "p3", PolicyName: "<b>", State: "enabled", Relation: enforcement.Undecided, Text: "May apply to this account."},
			},
			Defaults: "Security defaults are off.",
			PerUser:  "Per-user MFA is disabled.",
		}, a.clock.Now(), nil
	}
	asOf := a.clock.Now().Add(-2 * time.Hour)
	a.judge(tenant, asOf, store.MFAVerdict{UserID: "user-0001", Verdict: "enforced", Reason: "“<b>” requires MFA."})
	a.judge(tenant, a.clock.Now(), store.MFAVerdict{UserID: "user-0001", Verdict: "not_assessed", Reason: "Not assessed: needs the group memberships. “<b>” may apply.", Needs: []string{"the group memberships"}})
	b := a.owner()

	r := b.get(usersPath + "/user-0001/mfa")
	require.Equal(t, http.StatusOK, r.Status)
	assert.Equal(t, "MFA of Person 0001", r.text("h1"))
	assert.Contains(t, r.told("mfa-last"), "Last known: MFA is enforced")
	assert.Contains(t, r.told("mfa-last"), "2 h ago")
	assert.Empty(t, r.told("mfa-behind"), "what is below is what the verdict rests on")
	assert.Equal(t, "not_assessed", r.attr("mfa-verdict", "data-verdict"))
	assert.Equal(t, "Not assessed", r.text("#verdict-h"))
	assert.Equal(t, "Not assessed: needs the group memberships. “<b>” may apply.", r.told("mfa-reason"))
	quiet(t, r)
	var order []string
	policies := r.doc().Find("tr[data-relation]")
	for i := range policies.Nodes {
		relation, _ := policies.Eq(i).Attr("data-relation")
		order = append(order, relation)
	}
	assert.Equal(t, []string{"undecided", "off", "not_targeted"}, order, "what decides comes first")
	link, _ := r.doc().Find("tr[data-relation='not_targeted'] a").Attr("href")
	assert.Equal(t, "/tenants/contoso/data/conditional_access_policies/p%2F1", link)
	assert.Contains(t, r.told("policy-p2"), "would require MFA")
	assert.Equal(t, "Security defaults are off.", r.told("mfa-defaults"))
	assert.Equal(t, "Per-user MFA is disabled.", r.told("mfa-per-user"))
	assert.Contains(t, r.text(".x-ph-act"), "as of")
	assert.Contains(t, r.text("#sources-h"), "What it rests on")
	r.says("Never synced")

	// The user's row leads here, in the page and in the drawer, guests too.
	for _, from := range []string{usersPath + "/user-0001", usersPath + "/user-0000", "/tenants/contoso/data/guests/user-0000", "/tenants/contoso/data/mfa_enforcement/user-0000"} {
		id := from[len(from)-len("user-0000"):]
		assert.Equal(t, usersPath+"/"+id+"/mfa", b.get(from).attr("mfa", "href"), from)
		assert.Equal(t, usersPath+"/"+id+"/mfa", b.get(from, "HX-Request", "true", "HX-Target", "drawer-body").attr("mfa", "href"), from)
	}

	assert.Equal(t, http.StatusNotFound, b.get(usersPath+"/user-0002/mfa").Status)
	assert.Equal(t, http.StatusNotFound, b.get(usersPath+"/nobody/mfa").Status)
	assert.Equal(t, http.StatusNotFound, b.get("/tenants/contoso/data/groups/user-0001/mfa").Status)
}

// judge stores verdicts as computed from the newest lists.
func (a *app) judge(tenant store.Tenant, asOf time.Time, verdicts ...store.MFAVerdict) {
	a.t.Helper()
	last, err := a.store.MFAComputed(a.t.Context(), tenant.ID)
	require.NoError(a.t, err)
	now := store.MFAComputed{At: a.clock.Now(), AsOf: asOf}
	now.States, err = a.store.MFAStates(a.t.Context(), tenant.ID)
	require.NoError(a.t, err)
	require.NoError(a.t, a.store.SaveMFAVerdicts(a.t.Context(), tenant.ID, 1, now, last, verdicts))
	require.NoError(a.t, a.store.EndMFAVerdicts(a.t.Context(), tenant.ID, now))
}

// TestUserMFA_Stored shows the verdict that the table and the export have, also
// where the rows below are newer, and says so.
func TestUserMFA_Stored(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	a.read(tenant, "users", "list", people(2)...)
	a.syncer.explain = func(context.Context, int64, string) (enforcement.Explanation, time.Time, error) {
		return enforcement.Explanation{Result: enforcement.Result{Verdict: enforcement.NotEnforced, Reason: "“Everyone” is off."}}, a.clock.Now(), nil
	}
	b := a.owner()
	r := b.get(usersPath + "/user-0000/mfa")
	assert.Empty(t, r.attr("mfa-verdict", "data-verdict"))
	assert.Equal(t, "Not computed yet", r.text("#verdict-h"))
	assert.NotEmpty(t, r.told("mfa-behind"))

	a.judge(tenant, a.clock.Now(), store.MFAVerdict{UserID: "user-0000", Verdict: "enforced", Reason: "“Everyone” requires MFA."})
	assert.Empty(t, b.get(usersPath+"/user-0000/mfa").told("mfa-stale"))
	a.read(tenant, "conditional_access_policies", "list")
	r = b.get(usersPath + "/user-0000/mfa")
	assert.Equal(t, "enforced", r.attr("mfa-verdict", "data-verdict"))
	assert.Equal(t, "“Everyone” requires MFA.", r.told("mfa-reason"))
	assert.Contains(t, r.told("mfa-stale"), "was read since the verdicts were computed")
	assert.NotEmpty(t, r.told("mfa-behind"))
	table := b.get("/tenants/contoso/data/mfa_enforcement")
	assert.Contains(t, table.text("body"), "was read since the verdicts were computed")
}

// TestUserMFA_Verdicts shows each verdict in words, never by colour alone.
func TestUserMFA_Verdicts(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	a.read(tenant, "users", "list", people(1)...)
	b := a.owner()
	words := map[string]bool{}
	for _, verdict := range enforcement.Verdicts {
		a.syncer.explain = func(context.Context, int64, string) (enforcement.Explanation, time.Time, error) {
			return enforcement.Explanation{Result: enforcement.Result{Verdict: verdict, Reason: "Because."}}, time.Time{}, nil
		}
		a.judge(tenant, time.Time{}, store.MFAVerdict{UserID: "user-0000", Verdict: string(verdict), Reason: "Because."})
		r := b.get(usersPath + "/user-0000/mfa")
		require.Equal(t, http.StatusOK, r.Status)
		assert.Equal(t, string(verdict), r.attr("mfa-verdict", "data-verdict"))
		words[r.text("#verdict-h")] = true
		r.says("No Conditional Access policies")
		r.says("nothing it rests on was read completely yet")
	}
	assert.Len(t, words, len(enforcement.Verdicts))
	assert.NotContains(t, words, "")
}

// TestVerdictChanges shows a change of a verdict among the changes, on the page
// of the user and on that of the verdict.
func TestVerdictChanges(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	tenant := a.contoso()
	a.read(tenant, "users", "list", people(2)...)
	a.syncer.explain = func(context.Context, int64, string) (enforcement.Explanation, time.Time, error) {
		return enforcement.Explanation{Result: enforcement.Result{Verdict: enforcement.NotEnforced, Reason: "“Everyone” is off."}}, a.clock.Now(), nil
	}
	b := a.owner()
	assert.Contains(t, b.get(usersPath+"/user-0001/mfa").told("mfa-history"), "None was noted.")
	r := b.get("/tenants/contoso/changes?kind=mfa_enforcement")
	require.Equal(t, http.StatusOK, r.Status)
	assert.Contains(t, r.text("#changes"), "The first MFA verdict that could be reached on an account is the baseline")

	run := a.begin(tenant, "users")
	require.NoError(t, a.store.SaveMFAVerdicts(t.Context(), tenant.ID, run.ID, store.MFAComputed{At: a.clock.Now()}, store.MFAComputed{}, []store.MFAVerdict{
		{UserID: "user-0000", Title: "Person 0000", Verdict: "enforced", Reason: "“Everyone” requires MFA.", Settled: &store.MFASettled{Verdict: "enforced"}},
		{UserID: "user-0001", Title: "Person 0001", Verdict: "not_enforced", Reason: "“Everyone” is off.", Was: &store.MFASettled{Verdict: "enforced", Reason: "“Everyone” requires MFA."}},
	}))
	for _, path := range []string{"/tenants/contoso/changes", "/tenants/contoso/changes?kind=mfa_enforcement", "/tenants/contoso"} {
		line := b.get(path).text(".x-tl")
		assert.Contains(t, line, "Person 0001 · MFA verdict changed", path)
		assert.Contains(t, line, "MFA: Enforced → Not enforced", path)
		assert.Contains(t, line, "Reason: “Everyone” requires MFA. → “Everyone” is off.", path)
		assert.NotContains(t, line, "Person 0000", path)
	}
	// The same verdict for another reason says so.
	require.NoError(t, a.store.SaveMFAVerdicts(t.Context(), tenant.ID, run.ID, store.MFAComputed{At: a.clock.Now()}, store.MFAComputed{}, []store.MFAVerdict{
		{UserID: "user-0000", Title: "Person 0000", Verdict: "enforced", Reason: "Per-user MFA is enforced.", Was: &store.MFASettled{Verdict: "enforced", Reason: "“Everyone” requires MFA."}},
	}))
	assert.Contains(t, b.get("/tenants/contoso/changes").text(".x-tl"), "Person 0000 · reason of the MFA verdict changed")
	assert.Contains(t, b.get(usersPath+"/user-0000").text(".x-tl"), "Reason of the MFA verdict changed")
	assert.NotContains(t, b.get("/tenants/contoso/changes?kind=users").text("#changes"), "MFA verdict")
	for _, path := range []string{usersPath + "/user-0001", "/tenants/contoso/data/mfa_enforcement/user-0001"} {
		history := b.get(path).text(".x-tl")
		assert.Contains(t, history, "MFA verdict changed", path)
		assert.Contains(t, history, "MFA: Enforced → Not enforced", path)
	}
	page := b.get(usersPath + "/user-0001/mfa")
	assert.Contains(t, page.told("mfa-history"), "MFA: Enforced → Not enforced")
	quiet(t, page)
	_, href := page.link("[data-testid=mfa-history]")
	assert.Equal(t, http.StatusOK, b.get(href).Status, "the sync that found it")
}
