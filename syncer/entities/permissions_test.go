package entities

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/syncer/entity"
)

// Who reads why a permission is recommended learns that nothing uses it yet.
func TestExtrasThatFeedNothingSaySo(t *testing.T) {
	t.Parallel()
	c := All()
	for _, p := range c.Permissions {
		if p.Profile == entity.Extra && len(c.Feeds(p.Resource, p.Name)) == 0 {
			assert.Contains(t, p.Why, "is not read yet", p.Name)
		}
	}
}
