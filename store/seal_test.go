package store

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSeal(t *testing.T) {
	t.Parallel()
	key, err := newMasterKey(bytes.Repeat([]byte{1}, keyLength))
	require.NoError(t, err)
	other, err := newMasterKey(bytes.Repeat([]byte{2}, keyLength))
	require.NoError(t, err)
	const secret = "s3cret"
	sealed := key.seal(secret, "tenant 1")
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1

	tests := []struct {
		name    string
		key     masterKey
		sealed  []byte
		binding string
		message string // empty = it opens
	}{
		{"as sealed", key, sealed, "tenant 1", ""},
		{"elsewhere", key, sealed, "tenant 2", "belongs elsewhere"},
		{"changed", key, changed, "tenant 1", "was changed"},
		{"cut", key, sealed[:len(sealed)-1], "tenant 1", "was changed"},
		{"cut to the key id", key, sealed[:keyIDLength], "tenant 1", "was changed"},
		{"cut in the key id", key, sealed[:3], "tenant 1", "cut short"},
		{"nothing", key, nil, "tenant 1", "cut short"},
		{"another key", other, sealed, "tenant 1", "sealed with the master key " + key.id()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			plain, err := test.key.unseal(test.sealed, test.binding)
			if test.message != "" {
				require.ErrorContains(t, err, test.message)
				assert.Empty(t, plain)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, secret, plain)
		})
	}

	assert.NotContains(t, string(sealed), secret)
	assert.NotEqual(t, sealed, key.seal(secret, "tenant 1"), "the same value never looks the same")
	assert.True(t, bytes.HasPrefix(sealed, key.rawID()))
}
