package entities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestArchitectureOfMachines(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]any{
		`{"id":"1","osProcessor":"x64"}`:                           "x64",
		`{"id":"1","osArchitecture":"64-bit","osProcessor":"x64"}`: "64-bit",
		`{"id":"1","osArchitecture":null}`:                         nil,
	} {
		assert.Equal(t, want, decoded(t, All().Def("machines"), raw, time.Now())["os_architecture"], raw)
	}
}
