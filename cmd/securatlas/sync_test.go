package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

func TestSyncExit(t *testing.T) {
	t.Parallel()
	whole := store.RunPart{Kind: "users", Phase: store.PhaseDone, State: entity.Complete}
	cut := store.RunPart{Kind: "groups", Phase: store.PhaseDone, State: entity.Partial}
	queued := store.RunPart{Kind: "guests", Phase: store.PhaseQueued}
	// Complete is what an earlier sync left.
	states := []store.EntityState{{State: entity.Complete}}
	for name, test := range map[string]struct {
		run  store.Run
		want int
	}{
		"complete":                       {store.Run{Status: store.RunComplete, Parts: []store.RunPart{whole}}, exitOK},
		"failed":                         {store.Run{Status: store.RunFailed}, exitFailed},
		"interrupted":                    {store.Run{Status: store.RunInterrupted, Parts: []store.RunPart{whole, queued}}, exitPartial},
		"interrupted on some pages":      {store.Run{Status: store.RunInterrupted, Parts: []store.RunPart{cut, queued}}, exitFailed},
		"a column part is cut":           {store.Run{Status: store.RunPartial, Parts: []store.RunPart{whole, {Kind: "users", Part: "sign_in_activity", Phase: store.PhaseDone, State: entity.Failed}}}, exitPartial},
		"a column part is not permitted": {store.Run{Status: store.RunComplete, Parts: []store.RunPart{whole, {Kind: "users", Part: "sign_in_activity", Phase: store.PhaseDone, State: entity.NotPermitted}}}, exitOK},
		"interrupted at once":            {store.Run{Status: store.RunInterrupted, Parts: []store.RunPart{queued}}, exitFailed},
	} {
		assert.Equal(t, test.want, syncExit(test.run, states), name)
	}
}

func TestEachTenantHasItsLine(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	e := &env{ctx: t.Context(), stdout: &stdout, stderr: &stderr}
	tenants := []store.Tenant{{Slug: "contoso"}, {Slug: "fabrikam"}, {Slug: "tailspin"}}
	problem := &entity.Problem{Class: entity.ClassCredential, Code: "not_connected", Message: "The tenant is not connected to Microsoft."}
	err := syncCommand{All: true, JSON: true}.each(e, tenants, func(tenant store.Tenant) (int, error) {
		switch tenant.Slug {
		case "contoso":
			return exitFailed, fmt.Errorf("start: %w", problem)
		case "fabrikam":
			return exitFailed, errors.New("database is locked")
		}
		return exitOK, json.NewEncoder(&stdout).Encode(syncJSON{Tenant: tenant.Slug})
	})
	assert.Equal(t, exit{exitPartial, nil}, err)
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	require.Len(t, lines, 3)
	assert.JSONEq(t, `{"tenant":"contoso","status":"failed","joined":false,"entities":[],
		"error":{"class":"credential","code":"not_connected","message":"The tenant is not connected to Microsoft.","request_id":""}}`, lines[0])
	assert.JSONEq(t, `{"tenant":"fabrikam","status":"failed","joined":false,"entities":[],
		"error":{"class":"internal","code":"","message":"database is locked","request_id":""}}`, lines[1])
}

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

// Whoever ends a sync is told in JSON what it left.
func TestStoppedSyncPrintsWhatItLeft(t *testing.T) {
	t.Parallel()
	cloud := start(t, nil, "defender_url", "simulator", "--listen", "127.0.0.1:0", "--users", "4000", "--latency", "250ms")
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
	cmd := securatlas(t.Context(), t, environ, "sync", "--tenant", "contoso", "--json")
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	progress, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(progress)
	for lines.Scan() && !strings.Contains(lines.Text(), "complete") {
	}
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	for lines.Scan() {
	}
	var exited *exec.ExitError
	require.ErrorAs(t, cmd.Wait(), &exited)
	assert.Equal(t, exitPartial, exited.ExitCode(), "something was read to its end")
	var left syncJSON
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &left), stdout.String())
	assert.Equal(t, "interrupted", left.Status)
	require.NotNil(t, left.Error)
	assert.NotEmpty(t, left.Entities)
}
