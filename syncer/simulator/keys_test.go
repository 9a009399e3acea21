package simulator_test

import (
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/syncer/simulator"
)

func publicKey(t *testing.T, n, e string) *rsa.PublicKey {
	t.Helper()
	number := func(s string) *big.Int {
		raw, err := base64.RawURLEncoding.DecodeString(s)
		require.NoError(t, err)
		return new(big.Int).SetBytes(raw)
	}
	return &rsa.PublicKey{N: number(n), E: int(number(e).Int64())}
}

// A restart with the same folder keeps the CA and tokens that are out.
func TestRestartKeepsTrust(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cloud")
	o := simulator.Options{Users: 5, Seed: 1, Dir: dir}
	first, err := simulator.Start(o)
	require.NoError(t, err)
	address := first.URL()
	before := &cloud{Server: first, t: t, client: &http.Client{Transport: first.Transport()}}
	before.refresh()
	for _, name := range []string{"ca.key", "signing.key"} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
	require.NoError(t, first.Close())

	o.Listen = address[len("https://"):]
	second, err := simulator.Start(o)
	require.NoError(t, err)
	defer second.Close()
	assert.Equal(t, first.CAPEM(), second.CAPEM())
	written, err := os.ReadFile(second.CAFile())
	require.NoError(t, err)
	assert.Equal(t, second.CAPEM(), written)
	after := &cloud{Server: second, t: t, client: &http.Client{Transport: second.Transport()}, token: before.token}
	assert.Equal(t, address, second.URL())
	after.ok("/organization")
}

func TestTemporaryFolderGoes(t *testing.T) {
	t.Parallel()
	s, err := simulator.Start(simulator.Options{Users: 5})
	require.NoError(t, err)
	require.FileExists(t, s.CAFile())
	require.NoError(t, s.Close())
	assert.NoFileExists(t, s.CAFile())
	require.NoError(t, s.Close(), "closing twice is fine")
}

func TestStartRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	broken := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(broken, "ca.pem"), []byte("no certificate"), 0o600))
	for name, o := range map[string]simulator.Options{
		"negative users":  {Users: -1},
		"broken CA":       {Dir: broken},
		"unknown address": {Listen: "256.0.0.1:0"},
	} {
		_, err := simulator.Start(o)
		assert.ErrorContains(t, err, "starting the simulator", name)
	}
}
