package syncer

import (
	"fmt"
	"strings"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/syncer/microsoft"
)

// lackingOf are the properties that are not asked for: those that an earlier
// list found lacking. A full sync asks for them again. Where a list that refuses
// a property has another way to it, nothing is left out.
func lackingOf(w *store.PartWriter, part *entity.Part, full bool) *microsoft.Lacking {
	switch {
	case part.Fan != nil && part.Fan.Rest:
		return nil
	case full:
		return microsoft.NewLacking()
	}
	return microsoft.NewLacking(w.Lacking()...)
}

// lacks returns the property for want of which a column cannot be read, or "".
func (r *reader) lacks(c *entity.Column) string {
	for _, name := range r.lacking.Names() {
		for _, path := range c.Reads() {
			if path == name || strings.HasPrefix(path, name+".") {
				return name
			}
		}
	}
	return ""
}

// leaveOut takes the cells of columns that cannot be read for unsent.
func (r *reader) leaveOut(rows []entity.Row) {
	if len(r.lacking.Names()) == 0 {
		return
	}
	for i, c := range r.def.PartColumns(r.part.Name) {
		if r.lacks(&c) == "" {
			continue
		}
		for _, row := range rows {
			row.Cells[i] = entity.Unsent{}
		}
	}
}

// noteLacking tells the store which columns cannot be read.
func (r *reader) noteLacking() {
	for _, c := range r.def.PartColumns(r.part.Name) {
		name := r.lacks(&c)
		switch {
		case name == "":
		case r.part.Report:
			r.writer.Lack(c.Name, name, fmt.Sprintf("Microsoft's report does not have the column %q.", name))
		default:
			r.writer.Lack(c.Name, name, fmt.Sprintf("This cloud does not have the property %s.", name))
		}
	}
}
