package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDemoTakesTheFolderOfTheEnvironment(t *testing.T) {
	t.Parallel()
	dir, key := t.TempDir(), filepath.Join(t.TempDir(), "demo.key")
	environ := []string{"SECURATLAS_DATA_DIR=" + dir, "SECURATLAS_MASTER_KEY_FILE=" + key, "SECURATLAS_LISTEN=127.0.0.1:0"}
	for range 2 {
		demo := start(t, environ, "client_secret", "demo", "--users", "5")
		assert.NotEmpty(t, demo.values["password"])
		assert.FileExists(t, filepath.Join(dir, "securatlas.db"))
		assert.FileExists(t, key)
		assert.NoFileExists(t, filepath.Join(dir, "master.key"))
	}
}

func TestDemoStaysOutOfAFolderInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	environ := []string{"SECURATLAS_DATA_DIR=" + dir, "SECURATLAS_LISTEN=127.0.0.1:0"}
	require.Zero(t, call(t, environ, "", "tenant", "add", "--name", "Contoso").code)
	r := call(t, environ, "", "demo", "--users", "5")
	assert.Equal(t, exitBadUsage, r.code, r.stderr)
	assert.Contains(t, r.stderr, "the data folder is in use")
	assert.NoDirExists(t, filepath.Join(dir, "simulator"))
	assert.NotContains(t, call(t, environ, "", "user", "list").stdout, demoEmail)
}
