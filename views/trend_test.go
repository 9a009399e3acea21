package views

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestTrend(t *testing.T) {
	t.Parallel()
	at := func(day int) time.Time { return time.Date(2026, 9, day, 0, 0, 0, 0, time.UTC) }
	trend := func(better Better, values ...float64) Trend {
		tr := Trend{Label: "Secure Score", Unit: "%", Better: better}
		for i, v := range values {
			tr.Points = append(tr.Points, TrendPoint{at(1 + 10*i), v})
		}
		return tr
	}
	up := trend(Higher, 40, 42.5, 44.2)
	assert.Equal(t, "Secure Score: 44.2%, up 4.2 since 1 Sep 2026", up.Summary())
	assert.Equal(t, Quiet, up.Tone())
	assert.Equal(t, "M0.0 53.0L150.0 23.2L300.0 3.0", up.Line())
	down := trend(Higher, 40, 30)
	assert.Equal(t, "down 10 since 1 Sep 2026", down.Change())
	assert.Equal(t, Warn, down.Tone())
	assert.Equal(t, Quiet, trend(Lower, 40, 30).Tone(), "less exposure is better")
	assert.Equal(t, Warn, trend(Lower, 30, 40).Tone())
	flat := trend(Higher, 40, 40)
	assert.Equal(t, "unchanged since 1 Sep 2026", flat.Change())
	assert.Equal(t, "M0.0 28.0L300.0 28.0", flat.Line())
	one := trend(Higher, 40)
	assert.Equal(t, "Secure Score: 40%", one.Summary())
	assert.Equal(t, Quiet, one.Tone())
}
