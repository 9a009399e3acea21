package store

import (
	"fmt"
	"strings"

	"github.com/securatlas/securatlas/syncer/entity"
)

// tooMany is by how much a list may shrink without anybody asking: of 50 rows
// or more 30 %, of 10 or more not all.
func tooMany(missing, prior int) bool {
	return prior >= 50 && missing*10 > prior*3 || prior >= 10 && missing >= prior
}

// doubt is why a list that came to its end without an error is not believed
// before a second one agrees: Microsoft's lists have been seen to come back
// short, or without a property, and nothing in them says so. It is nil for a
// list that is believed.
func (w *PartWriter) doubt() *entity.Problem {
	if len(w.vanished) > 0 {
		var labels []string
		for _, c := range w.columns {
			if w.vanished[c.Name] {
				labels = append(labels, c.Label)
			}
		}
		return &entity.Problem{
			Class:   entity.ClassData,
			Code:    "values_missing",
			Message: fmt.Sprintf("Microsoft's list of %s came without values that it had before: %s. They are kept as they were read before, until a second list agrees.", w.ref.Def.Title, strings.Join(labels, ", ")),
			Cure:    "Sync again: if the values are still missing, they are removed.",
		}
	}
	if w.doubts() && !w.first && tooMany(w.listed-w.counts.Rows, w.listed) {
		return &entity.Problem{
			Class:   entity.ClassData,
			Code:    "list_short",
			Message: fmt.Sprintf("Microsoft's list had %d rows, and %d the time before. What it left out is kept as it was read before, until a second list agrees.", w.counts.Rows, w.listed),
			Cure:    "Sync again: if the list is still as short, it is taken as it is.",
		}
	}
	return nil
}

// doubts reports whether the list may be doubted for the rows that it lacks: it
// can be compared with an earlier one, and the one before it was not doubted.
func (w *PartWriter) doubts() bool { return w.doubtsValues() && w.emptyLists == 0 }

// doubtsValues reports whether the list may be doubted for values that it lacks.
// A column whose values the list before it lacked is not doubted again.
func (w *PartWriter) doubtsValues() bool { return !w.baseline && !w.delta.changes }
