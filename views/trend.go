package views

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Trend is a number over time: the newest value, and how it came there.
type Trend struct {
	Basis
	Label  string
	Unit   string // behind the number: "%"
	Better Better
	Points []TrendPoint // the oldest first
	Href   string
}

// TrendPoint is the value at one time.
type TrendPoint struct {
	At    time.Time
	Value float64
}

// Better is the direction in which a number should go.
type Better string

// The directions.
const (
	Higher Better = "higher"
	Lower  Better = "lower"
)

// Newest is the last point. There is one where Points is not empty.
func (t Trend) Newest() TrendPoint { return t.Points[len(t.Points)-1] }

// Change says how the number changed over the time shown: "up 4.2 since 3 Sep
// 2026"; empty where there is one point alone.
func (t Trend) Change() string {
	if len(t.Points) < 2 {
		return ""
	}
	first := t.Points[0]
	switch d := t.Newest().Value - first.Value; {
	case math.Abs(d) < 0.05:
		return "unchanged since " + Date(first.At)
	case d > 0:
		return fmt.Sprintf("up %s since %s", t.number(d), Date(first.At))
	default:
		return fmt.Sprintf("down %s since %s", t.number(-d), Date(first.At))
	}
}

// Tone says whether the change deserves a look.
func (t Trend) Tone() Tone {
	d := t.Newest().Value - t.Points[0].Value
	if t.Better == Lower {
		d = -d
	}
	if d <= -0.05 {
		return Warn
	}
	return Quiet
}

// Text is a value with its unit.
func (t Trend) Text(v float64) string { return t.number(v) + t.Unit }

func (t Trend) number(v float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0")
}

// Summary is the trend in words, for those who do not see the line.
func (t Trend) Summary() string {
	s := t.Label + ": " + t.Text(t.Newest().Value)
	if c := t.Change(); c != "" {
		s += ", " + c
	}
	return s
}

// The size of the line in its own units, with room for its width.
const (
	trendWidth  = 300.0
	trendHeight = 56.0
	trendRoom   = 3.0
)

// Line is the path of the line, from the oldest point at the left to the newest
// at the right; days without a point are bridged.
func (t Trend) Line() string {
	low, high := t.Points[0].Value, t.Points[0].Value
	for _, p := range t.Points {
		low, high = min(low, p.Value), max(high, p.Value)
	}
	from, to := t.Points[0].At, t.Newest().At
	var b strings.Builder
	for i, p := range t.Points {
		x, y := trendWidth, trendHeight/2
		if span := to.Sub(from); span > 0 {
			x = trendWidth * float64(p.At.Sub(from)) / float64(span)
		}
		if high > low {
			y = trendRoom + (trendHeight-2*trendRoom)*(high-p.Value)/(high-low)
		}
		command := "L"
		if i == 0 {
			command = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", command, x, y)
	}
	return b.String()
}
