package syncer

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entities"
)

func TestCovers(t *testing.T) {
	t.Parallel()
	c := entities.All()
	var all []string
	for _, d := range c.Synced() {
		all = append(all, d.Kind)
	}
	for name, test := range map[string]struct {
		read      []string
		readFull  bool
		asked     []string
		askedFull bool
		want      bool
	}{
		"all and all":          {read: all, want: true},
		"all and some":         {read: all, asked: []string{"groups", "guests"}, want: true},
		"some and all":         {read: []string{"users"}},
		"the same":             {read: []string{"users"}, asked: []string{"users"}, want: true},
		"others":               {read: []string{"users"}, asked: []string{"groups"}},
		"one of two":           {read: []string{"users"}, asked: []string{"users", "groups"}},
		"derived":              {read: []string{"users"}, asked: []string{"guests"}, want: true},
		"derived from another": {read: []string{"groups"}, asked: []string{"guests"}},
		"full and full":        {read: all, readFull: true, askedFull: true, want: true},
		"full and less":        {read: all, readFull: true, want: true},
		"less and full":        {read: all, askedFull: true},
	} {
		run := store.Run{Kinds: test.read, Full: test.readFull}
		assert.Equal(t, test.want, covers(c, run, test.asked, test.askedFull), name)
	}
}
