package store

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestSecretEnd(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2027, 1, n, 0, 0, 0, 0, time.UTC) }
	for name, test := range map[string]struct {
		list string
		at   time.Time
		of   int
	}{
		"the one with its hint":      {`[{"hint":"xyz","endDateTime":"2027-01-01T00:00:00Z"},{"hint":"abc","endDateTime":"2027-01-02T00:00:00Z"}]`, day(2), 1},
		"two with its hint":          {`[{"hint":"abc","endDateTime":"2027-01-03T00:00:00Z"},{"hint":"abc","endDateTime":"2027-01-02T00:00:00Z"}]`, day(2), 2},
		"none with its hint":         {`[{"hint":"xyz","endDateTime":"2027-01-03T00:00:00Z"},{"hint":null,"endDateTime":"2027-01-02T00:00:00Z"}]`, day(2), 1},
		"others alone":               {`[{"hint":"xyz","endDateTime":"2027-01-03T00:00:00Z"}]`, time.Time{}, 0},
		"one without an end":         {`[{"hint":"abc","endDateTime":null},{"hint":"xyz","endDateTime":"2027-01-02T00:00:00Z"}]`, time.Time{}, 0},
		"a hint that tells too much": {`[{"hint":"","endDateTime":"2027-01-02T00:00:00Z"}]`, day(2), 1},
		"no secret":                  {`[]`, time.Time{}, 0},
		"not read":                   {``, time.Time{}, 0},
		"not a list":                 {`"x"`, time.Time{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, of := secretEnd(test.list, "abcdef")
			assert.Equal(t, test.at, at)
			assert.Equal(t, test.of, of)
		})
	}
}
