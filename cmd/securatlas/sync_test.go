package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/entity"
)

// A sync that was asked for is not answered with one of something else.
func TestSyncWaitsForASyncOfOtherEntities(t *testing.T) {
	t.Parallel()
	cloud := start(t, nil, "defender_url", "simulator", "--listen", "127.0.0.1:0", "--users", "1200", "--latency", "250ms")
	environ := []string{
		"SECURATLAS_AUTHORITY_URL=" + cloud.values["url"],
		"SECURATLAS_GRAPH_URL=" + cloud.values["url"],
		"SSL_CERT_FILE=" + cloud.values["ca_file"],
		"SECURATLAS_DATA_DIR=" + t.TempDir(),
	}
	require.Zero(t, call(t, environ, "", "tenant", "add", "--name", "Contoso").code)
	r := call(t, environ, cloud.values["client_secret"]+"\n", "connect", "--tenant", "contoso", "--no-sync", "--cloud", "custom",
		"--directory-id", cloud.values["directory_id"], "--client-id", cloud.values["client_id"], "--secret-stdin")
	require.Zero(t, r.code, r.stderr)

	first := make(chan result, 1)
	go func() { first <- call(t, environ, "", "sync", "--tenant", "contoso", "--entity", "users") }()
	require.Eventually(t, func() bool {
		var status statusJSON
		r := call(t, environ, "", "status", "--tenant", "contoso", "--json")
		return json.Unmarshal([]byte(r.stdout), &status) == nil && status.Integration.Syncing
	}, 10*time.Second, 20*time.Millisecond)

	r = call(t, environ, "", "sync", "--tenant", "contoso", "--entity", "groups", "--json")
	require.Zero(t, r.code, r.stderr)
	assert.Contains(t, r.stderr, "waiting for its end")
	var synced syncJSON
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &synced))
	require.Len(t, synced.Entities, 1)
	assert.Equal(t, "groups", synced.Entities[0].Entity)
	assert.Equal(t, entity.Complete, synced.Entities[0].State)
	assert.False(t, synced.Joined)
	assert.Zero(t, (<-first).code)
}
