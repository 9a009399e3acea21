package store_test

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/store/storetest"
)

// sealedDir is a folder whose database holds a sealed secret.
func sealedDir(t *testing.T) (dir string, tenant store.Tenant) {
	t.Helper()
	dir = t.TempDir()
	o := storetest.Options(t, storetest.WithDir(dir))
	s, err := store.Open(ctx, o)
	require.NoError(t, err)
	tenant = newTenant(t, s, "Contoso")
	require.NoError(t, s.SaveIntegration(ctx, someone, contoso(tenant.ID), "s3cret-value"))
	require.NoError(t, s.Close())
	return dir, tenant
}

func keyOf(fill byte) []byte {
	return []byte(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(fill), 32))) + "\n")
}

func TestMasterKey_LostOrWrong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		damage  func(t *testing.T, file string)
		message string
		typed   bool
	}{
		{"lost", func(t *testing.T, file string) { require.NoError(t, os.Remove(file)) }, "is missing", true},
		{"another", func(t *testing.T, file string) { require.NoError(t, os.WriteFile(file, keyOf('x'), 0o600)) }, "holds another key", true},
		{"empty", func(t *testing.T, file string) { require.NoError(t, os.WriteFile(file, nil, 0o600)) }, "32 bytes in base64", false},
		{"too short", func(t *testing.T, file string) { require.NoError(t, os.WriteFile(file, []byte("c2hvcnQ="), 0o600)) }, "32 bytes in base64", false},
		{"a folder", func(t *testing.T, file string) {
			require.NoError(t, os.Remove(file))
			require.NoError(t, os.Mkdir(file, 0o700))
		}, "read the master key", false},
	}
	if runtime.GOOS != "windows" {
		tests = append(tests, struct {
			name    string
			damage  func(t *testing.T, file string)
			message string
			typed   bool
		}{"readable by all", func(t *testing.T, file string) { require.NoError(t, os.Chmod(file, 0o644)) }, "chmod 600", false})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir, tenant := sealedDir(t)
			file := filepath.Join(dir, "master.key")
			kept, err := os.ReadFile(file)
			require.NoError(t, err)
			test.damage(t, file)

			_, err = store.Open(ctx, store.Options{Dir: dir})
			require.ErrorContains(t, err, test.message)
			require.ErrorContains(t, err, file)
			require.NotContains(t, err.Error(), strings.TrimSpace(string(kept)), "the key is in no error")
			var lost *store.KeyError
			assert.Equal(t, test.typed, errors.As(err, &lost))
			if test.typed {
				require.ErrorContains(t, err, "Put that key file back")
				require.ErrorContains(t, err, dir)
				require.Len(t, lost.Want, 16)
			}
			if test.name == "lost" {
				require.NoFileExists(t, file, "no silent new key")
			}

			require.NoError(t, os.RemoveAll(file))
			require.NoError(t, os.WriteFile(file, kept, 0o600))
			s := reopen(t, dir)
			secret, err := s.Secret(ctx, tenant.ID)
			require.NoError(t, err, "with its key back, all is as before")
			assert.Equal(t, "s3cret-value", secret)
		})
	}
}

func reopen(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(ctx, store.Options{Dir: dir, Catalogue: toys()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestMasterKey_GivenFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, keyOf('k'), 0o440))
	o := store.Options{Dir: dir, MasterKeyFile: file}
	s, err := store.Open(ctx, o)
	require.NoError(t, err, "an operator's own key, readable by the group as in a container")
	derived := s.DeriveKey("sessions", 32)
	require.NoError(t, s.Close())
	require.NoFileExists(t, filepath.Join(dir, "master.key"))

	_, err = store.Open(ctx, store.Options{Dir: dir})
	require.ErrorContains(t, err, "is missing", "without the setting the key is not found")

	s, err = store.Open(ctx, o)
	require.NoError(t, err)
	assert.Equal(t, derived, s.DeriveKey("sessions", 32), "the same after a restart")
	assert.NotEqual(t, derived, s.DeriveKey("other", 32), "another for another purpose")
	assert.Len(t, s.DeriveKey("sessions", 64), 64)
	require.NoError(t, s.Close())
}

func TestResetKey(t *testing.T) {
	t.Parallel()
	dir, tenant := sealedDir(t)
	file := filepath.Join(dir, "master.key")
	require.NoError(t, os.Remove(file))
	require.NoError(t, store.ResetKey(ctx, store.Options{Dir: dir}))

	s := reopen(t, dir)
	require.FileExists(t, file)
	_, err := s.Secret(ctx, tenant.ID)
	require.ErrorIs(t, err, store.ErrNotFound)
	v, err := s.Integration(ctx, tenant.ID)
	require.NoError(t, err)
	assert.False(t, v.Connected)
	assert.False(t, v.DisconnectedAt.IsZero())
	assert.Contains(t, actions(t, s), "master_key.reset")

	require.NoError(t, s.SaveIntegration(ctx, someone, contoso(tenant.ID), "new"))
	secret, err := s.Secret(ctx, tenant.ID)
	require.NoError(t, err)
	assert.Equal(t, "new", secret)
}
