package docs_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/securatlas/securatlas/docs"
	"github.com/securatlas/securatlas/syncer/entities"
)

func TestGeneratedPagesAreCurrent(t *testing.T) {
	t.Parallel()
	for name, want := range docs.Files(entities.All()) {
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, want, string(got), "docs/%s is out of date: run make generate", name)
	}
}
