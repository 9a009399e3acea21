package syncer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// verdictChanges are the changes of verdicts since the last call, by user: "old
// → new", or "same" where only the reason is another.
func (w *world) verdictChanges(seen *int64) map[string]string {
	w.t.Helper()
	list, err := w.store.Changes(w.ctx, w.tenant.ID, "mfa_enforcement", "", 0, 200)
	require.NoError(w.t, err)
	found := map[string]string{}
	newest := *seen
	for _, c := range list {
		if c.ID <= *seen {
			continue
		}
		newest = max(newest, c.ID)
		require.NotContains(w.t, found, c.EntityID, "told twice")
		assert.Equal(w.t, "changed", c.Action)
		assert.NotZero(w.t, c.RunID)
		found[c.EntityID] = "same"
		for _, f := range c.Fields {
			if f.Column == "verdict" {
				found[c.EntityID] = string(f.Old) + " → " + string(f.New)
			}
		}
	}
	*seen = newest
	return found
}

// TestVerdictChanges syncs a directory in which policies and groups change, and
// reads the history.
func TestVerdictChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	tenant := w.cloud.Tenant()
	ann := tenant.AddUser(object{"displayName": "Ann"})
	ben := tenant.AddUser(object{"displayName": "Ben"})
	emergency := tenant.AddGroup(object{"displayName": "Emergency"})
	require.True(t, tenant.AddMember(emergency, ben))
	everyone := requireMFA("Everyone", object{"includeUsers": []string{"All"}, "excludeGroups": []string{emergency}})
	w.onlyPolicies(everyone)
	w.connect()
	var seen int64
	assert.Empty(t, w.verdictChanges(&seen), "the first assessment is a baseline")
	w.sync()
	assert.Empty(t, w.verdictChanges(&seen))

	// Ann gets into the group that is excluded.
	require.True(t, tenant.AddMember(emergency, ann))
	w.sync()
	assert.Equal(t, map[string]string{ann: `"enforced" → "not_enforced"`}, w.verdictChanges(&seen))
	list, err := w.store.Changes(w.ctx, w.tenant.ID, "mfa_enforcement", ann, 0, 5)
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, "Ann", list[0].Title)
	require.Len(t, list[0].Fields, 2)
	assert.Equal(t, store.FieldChange{
		Column: "reason", Old: entity.MarshalCell(entity.Text, "“Everyone” requires MFA for all apps."),
		New: entity.MarshalCell(entity.Text, "No Conditional Access policy requires MFA of this account. Security defaults are off. Per-user MFA is disabled. Nearly: “Everyone” excludes the group “Emergency”."),
	}, list[0].Fields[1])
	require.True(t, tenant.RemoveMember(emergency, ann))
	w.sync()
	assert.Equal(t, map[string]string{ann: `"not_enforced" → "enforced"`}, w.verdictChanges(&seen))

	// The same policy under another name and id changes nobody's protection.
	everyone["displayName"] = "All employees"
	w.onlyPolicies(everyone)
	w.sync()
	_, reason := w.verdict(ann)
	assert.Contains(t, reason, "All employees")
	assert.Empty(t, w.verdictChanges(&seen))

	// What cannot be read is no change: not when it is lost, not when it is back.
	tenant.Revoke("Policy.Read.All")
	w.sync()
	verdict, _ := w.verdict(ann)
	assert.Equal(t, "not_assessed", verdict)
	assert.Empty(t, w.verdictChanges(&seen), "the protection has not gone")
	tenant.Grant("Policy.Read.All")
	w.sync()
	verdict, _ = w.verdict(ann)
	assert.Equal(t, "enforced", verdict)
	assert.Empty(t, w.verdictChanges(&seen))

	// A policy that is disabled while it cannot be read is told when it can.
	tenant.Revoke("Policy.Read.All")
	w.sync()
	everyone["state"] = "disabled"
	w.onlyPolicies(everyone)
	w.sync()
	assert.Empty(t, w.verdictChanges(&seen))
	tenant.Grant("Policy.Read.All")
	w.sync()
	changes := w.verdictChanges(&seen)
	assert.Equal(t, `"enforced" → "not_enforced"`, changes[ann])
	assert.Equal(t, "same", changes[ben], "excluded before, and now there is nothing to be excluded from")
	enabled := 0
	users := w.store.Catalogue().Def("users")
	for _, u := range w.rows("users") {
		if u.Cell(users, "account_enabled") == true {
			enabled++
		}
	}
	assert.LessOrEqual(t, len(changes), enabled, "accounts that are disabled are no better and no worse")

	// A new user's first verdict is a baseline of its own.
	tenant.AddUser(object{"displayName": "New"})
	w.sync()
	assert.Empty(t, w.verdictChanges(&seen))
}
