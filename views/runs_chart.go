package views

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/securatlas/securatlas/store"
)

// Bar is one run in the chart of recent syncs.
type Bar struct {
	RunLine
	X, Y, Width, Height string
	Class               string
}

// RecentRuns is how many syncs the chart has room for.
const RecentRuns = 28

// The size of the chart in its own units; it is stretched to its place.
const (
	barStep   = 10
	barHeight = 44
)

// Bars are the runs from oldest to newest, their heights by how long they
// took. The root of the time is drawn, so that one long run does not flatten
// the others.
func Bars(runs []RunLine) []Bar {
	longest := time.Second
	for _, r := range runs {
		longest = max(longest, r.Took())
	}
	offset := max(RecentRuns-len(runs), 0)
	bars := make([]Bar, 0, len(runs))
	for i, r := range slices.Backward(runs) {
		h := 8 + (barHeight-8)*math.Sqrt(r.Took().Seconds()/longest.Seconds())
		bars = append(bars, Bar{
			RunLine: r,
			X:       number(float64((offset+len(runs)-1-i)*barStep + 1)),
			Y:       number(barHeight - h),
			Width:   number(barStep - 2),
			Height:  number(h),
			Class:   "x-run-" + string(barTone(r)),
		})
	}
	return bars
}

func barTone(r RunLine) Tone {
	if r.Status == store.RunComplete {
		return Good
	}
	return r.StatusTone()
}

// Label says the whole bar in words.
func (b Bar) Label() string {
	return b.TriggerWord() + ", " + DateTime(b.StartedAt) + ", " + Duration(b.Took()) + ", " + b.StatusWord()
}

// Median is the middle duration of the runs that ended.
func Median(runs []RunLine) time.Duration {
	var took []time.Duration
	for _, r := range runs {
		if !r.Running() {
			took = append(took, r.Took())
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// RunsSummary says how the recent syncs went: "28 syncs · 1 failed · median 41 s".
func RunsSummary(runs []RunLine) string {
	text := Count(len(runs), "sync", "syncs")
	failed := 0
	for _, r := range runs {
		if r.Status == store.RunFailed {
			failed++
		}
	}
	if failed > 0 {
		text += " · " + Num(failed) + " failed"
	}
	if m := Median(runs); m > 0 {
		text += " · median " + Duration(m)
	}
	return text
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
