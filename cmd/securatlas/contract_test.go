package main

import (
	"encoding/csv"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entities"
	"github.com/securatlas/securatlas/syncer/entity"
)

// TestCommandLine walks the main job without a browser, against a server that
// speaks Microsoft's documented protocol.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	cloud, environ := microsoft365(t, "1200")
	v := cloud.values
	require.Zero(t, call(t, environ, "", "tenant", "add", "--name", "Contoso").code)
	connect := []string{"connect", "--tenant", "contoso", "--directory-id", v["directory_id"], "--client-id", v["client_id"], "--secret-stdin", "--cloud", "custom"}

	r := call(t, environ, "wrong\n", connect...)
	assert.Equal(t, exitFailed, r.code)
	assert.Contains(t, r.stderr, "AADSTS7000215")
	assert.Equal(t, exitFailed, call(t, environ, "", "sync", "--tenant", "contoso").code, "nothing was stored")

	r = call(t, environ, v["client_secret"]+"\n", append(connect, "--json")...)
	require.Zero(t, r.code, r.stderr)
	assert.NotContains(t, r.stderr+r.stdout, v["client_secret"])
	var synced syncJSON
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &synced))
	assert.Equal(t, "complete", synced.Status)
	rows := map[string]int{}
	for _, e := range synced.Entities {
		if state := notThere[e.Entity]; state != "" {
			assert.Equal(t, state, e.State, e.Entity)
			require.NotNil(t, e.Error, e.Entity)
			assert.NotEmpty(t, e.Error.Cure, e.Entity)
			continue
		}
		assert.Equal(t, entity.Complete, e.State, e.Entity)
		assert.Nil(t, e.Error, e.Entity)
		rows[e.Entity] = e.Rows
	}
	assert.Equal(t, 1200, rows["users"])

	r = call(t, environ, "", "check", "--tenant", "contoso", "--json")
	require.Zero(t, r.code, r.stderr)
	var check checkJSON
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &check))
	assert.True(t, check.OK)
	feed := slices.IndexFunc(check.Permissions, func(p permissionJSON) bool { return p.Resource == "management" })
	assert.Equal(t, permissionJSON{Resource: "management", Name: "ActivityFeed.Read", Known: true, Profile: "extra", Entities: []string{"unified_audit"}}, check.Permissions[feed])

	r = call(t, environ, "", "sync", "--all", "--entity", "users,groups", "--json")
	require.Zero(t, r.code, r.stderr)
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &synced))
	assert.Len(t, synced.Entities, 2)

	r = call(t, environ, "", "status", "--tenant", "contoso", "--json")
	require.Zero(t, r.code, r.stderr)
	var status statusJSON
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &status))
	assert.Equal(t, "connected", status.Integration.Status)
	assert.False(t, status.Integration.Syncing)
	assert.Len(t, status.Entities, len(entities.All().Defs))
	for _, e := range status.Entities {
		assert.Equal(t, notThere[e.Entity] == "", e.AsOf != nil, e.Entity)
	}

	exportsEqualWhatIsServed(t, cloud, environ)

	require.Zero(t, call(t, environ, "", "disconnect", "--tenant", "contoso").code)
	r = call(t, environ, "", "export", "--tenant", "contoso", "--entity", "users", "--format", "ndjson")
	require.Zero(t, r.code)
	assert.Equal(t, 1200, strings.Count(r.stdout, "\n"), "the data stays")
	require.Zero(t, call(t, environ, v["client_secret"]+"\n", connect...).code)
	assert.Equal(t, exitBadUsage, call(t, environ, "", "disconnect", "--tenant", "contoso", "--delete-data", "--confirm", "x").code)
	require.Zero(t, call(t, environ, "", "disconnect", "--tenant", "contoso", "--delete-data", "--confirm", "contoso").code)
	r = call(t, environ, "", "export", "--tenant", "contoso", "--entity", "users", "--format", "ndjson")
	assert.Empty(t, r.stdout)
	assert.Contains(t, r.stderr, "state=never")
}

// notThere are kinds that cannot be read with what the guide asks for, with
// their states.
var notThere = map[string]entity.State{
	"unified_audit":   entity.NotPermitted,
	"exposure_scores": entity.NotPermitted,
	"teams_devices":   entity.NotAvailable,
}

// exportsEqualWhatIsServed compares each exported row with what the cloud
// serves to a plain HTTP client, field by field.
func exportsEqualWhatIsServed(t *testing.T, cloud *service, environ []string) {
	t.Helper()
	plain := newPlainClient(t, cloud)
	for _, def := range entities.All().Defs {
		if def.Derived() || notThere[def.Kind] != "" {
			continue
		}
		served := plain.rows(def)
		r := call(t, environ, "", "export", "--tenant", "contoso", "--entity", def.Kind, "--format", "ndjson")
		require.Zero(t, r.code, r.stderr)
		assert.Contains(t, r.stderr, "state=complete")
		lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
		exported := map[string]map[string]json.RawMessage{}
		for _, line := range lines {
			var row map[string]json.RawMessage
			require.NoError(t, json.Unmarshal([]byte(line), &row))
			exported[text(row["id"])] = row
		}
		require.Len(t, exported, len(lines), def.Kind)
		if span := def.Parts[0].Span; span != nil {
			withoutEnds(span.Column, served, exported)
		}
		require.NotEmpty(t, served, def.Kind)
		require.Len(t, exported, len(served), def.Kind)
		for id, row := range exported {
			require.Contains(t, served, id, def.Kind)
			for _, col := range def.Columns {
				if col.Compute == nil {
					assert.JSONEq(t, inType(col.Type, served[id][col.Name]), string(row[col.Name]), "%s %s %s", def.Kind, id, col.Name)
				}
			}
		}

		r = call(t, environ, "", "export", "--tenant", "contoso", "--entity", def.Kind, "--format", "csv")
		require.Zero(t, r.code, r.stderr)
		records, err := csv.NewReader(strings.NewReader(r.stdout)).ReadAll()
		require.NoError(t, err)
		assert.Len(t, records, len(lines)+1, def.Kind)
		assert.Equal(t, "id", records[0][0])
		assert.Len(t, records[0], len(def.Columns)+1)
	}
}

// inType is a value in its column's type: Defender has numbers where Graph has
// texts, and both have a column in common.
func inType(t entity.Type, served json.RawMessage) string {
	value := strings.TrimSpace(string(served))
	if t == entity.Text && value != "" && value != "null" && !strings.ContainsAny(value[:1], `"[{`) {
		return strconv.Quote(value)
	}
	return value
}

// withoutEnds leaves out of a log what is beyond the other's first and last
// event: it went on between the sync and the comparison, and its beginning
// moved.
func withoutEnds(column string, served, exported map[string]map[string]json.RawMessage) {
	ends := func(rows map[string]map[string]json.RawMessage) (first, last string) {
		for _, r := range rows {
			at := text(r[column])
			if first == "" || at < first {
				first = at
			}
			last = max(last, at)
		}
		return first, last
	}
	firstServed, lastServed := ends(served)
	firstExported, lastExported := ends(exported)
	for _, rows := range []map[string]map[string]json.RawMessage{served, exported} {
		maps.DeleteFunc(rows, func(_ string, r map[string]json.RawMessage) bool {
			at := text(r[column])
			return at < max(firstServed, firstExported) || at > min(lastServed, lastExported)
		})
	}
}
