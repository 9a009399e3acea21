package entities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/securatlas/securatlas/syncer/entity"
)

func TestStateOfSecureScoreControls(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]any{
		`{"id":"1"}`:                            "Default",
		`{"id":"1","controlStateUpdates":null}`: "Default",
		`{"id":"1","controlStateUpdates":[]}`:   "Default",
		`{"id":"1","controlStateUpdates":[{"state":"Ignored","updatedDateTime":"2020-01-02"},{"state":"Reviewed","updatedDateTime":"2020-01-01"}]}`: "Ignored",
		`{"id":"1","controlStateUpdates":"x"}`: entity.Odd(`"x"`),
	} {
		assert.Equal(t, want, decoded(t, All().Def("secure_score_controls"), raw, time.Now())["state"], raw)
	}
}
