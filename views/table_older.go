package views

import (
	"time"

	"github.com/securatlas/securatlas/store"
)

// OlderPart is a further part that is complete, but older than the list: a
// refresh leaves alone what is slow to read and was read lately.
type OlderPart struct {
	Part   string
	Labels string // of its columns
	AsOf   time.Time
}

// OlderParts are the parts that the last sync of an entity did not read again.
func OlderParts(s store.EntityState) []OlderPart {
	var older []OlderPart
	for _, p := range s.OlderParts() {
		o := OlderPart{Part: p.Part, AsOf: p.AsOf}
		for _, c := range s.Def.Columns {
			if c.Part != p.Part {
				continue
			}
			if o.Labels != "" {
				o.Labels += ", "
			}
			o.Labels += c.Label
		}
		if o.Labels != "" {
			older = append(older, o)
		}
	}
	return older
}

// asOfText says how old a part is: "as of 27 Nov 2026, 03:04 UTC (12 h ago)".
func asOfText(now, t time.Time) string { return "as of " + DateTime(t) + " (" + Ago(now, t) + ")" }
