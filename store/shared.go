package store

import (
	"fmt"
	"reflect"

	"github.com/securatlas/securatlas/syncer/entity"
)

// shared are the ids under which a list had different rows. Only one row can
// have an id: the list is not complete, nothing is removed by it, and what was
// stored under such an id stays.
type shared struct {
	extra   int             // rows that were not kept
	ids     map[string]bool // with such rows
	example string          // the first of these
}

// add notes how many more, different rows a page had of each id.
func (s *shared) add(twice map[string]int) {
	if len(twice) > 0 && s.ids == nil {
		s.ids = map[string]bool{}
	}
	for id, n := range twice {
		s.extra += n
		s.ids[id] = true
		if s.example == "" || len(s.ids) == 1 {
			s.example = id
		}
	}
}

// problem says which rows were not kept, nil where all were.
func (s *shared) problem(d *entity.Def) *entity.Problem {
	if s.extra == 0 {
		return nil
	}
	which := fmt.Sprintf("the ID %q", s.example)
	if n := len(s.ids); n > 1 {
		which = fmt.Sprintf("%d IDs, such as %q", n, s.example)
	}
	return &entity.Problem{
		Class:   entity.ClassData,
		Code:    "shared_ids",
		Message: fmt.Sprintf("%d lines of Microsoft's list of %s share %s, and are not the same. One of each is kept, what was stored before is not overwritten, and nothing is removed.", s.extra+len(s.ids), d.Title, which),
		Cure:    "Sync again: if it stays, report it to Microsoft, whose answer does not tell these apart.",
	}
}

// oneOfEach keeps one row of each id, in the order in which the ids came: the
// same row twice is one row, and a lesser one counts only where no other has
// come. Different rows with the same id, in one answer of Microsoft's, are not
// the same object: the first is kept, and twice says how many more there were.
func oneOfEach(rows []entity.Row) (kept []entity.Row, twice map[string]int) {
	at := make(map[string]int, len(rows))
	kept = make([]entity.Row, 0, len(rows))
	for _, r := range rows {
		i, again := at[r.ID]
		switch {
		case !again:
			at[r.ID] = len(kept)
			kept = append(kept, r)
		case kept[i].Lesser:
			kept[i] = r
		case r.Lesser || reflect.DeepEqual(kept[i].Cells, r.Cells):
		default:
			if twice == nil {
				twice = map[string]int{}
			}
			twice[r.ID]++
		}
	}
	return kept, twice
}

// share notes that a row of this page has the id of another row of the list.
func (p *pagePut) share(id string) {
	if p.twice == nil {
		p.twice = map[string]int{}
	}
	p.twice[id]++
}

// keepsStored reports whether a row that was shown leaves what is stored as it
// is, whatever it says itself.
func (p *pagePut) keepsStored(r entity.Row, was stored, same bool) bool {
	switch {
	case r.Line:
		return true // its id is its content
	case was.removed && p.makes, was.hash == nil:
		return false
	case r.Lesser:
		return true
	case was.seen && !same && p.ref.Part.Report:
		p.share(r.ID) // a report is one file: nothing changed while it was read
		return true
	}
	return p.twice[r.ID] > 0
}

// renamed reports whether a row is another object than the one that an earlier
// page of the list had under its id: while a list is read an object may change,
// and come again on another page, but hardly its name.
func (p *pagePut) renamed(r rewrite, old map[string]any) bool {
	if !r.was.seen || p.delta.changes || p.ref.Part.Lesser != nil {
		return false
	}
	for i, c := range p.columns {
		if c.Name == p.ref.Def.TitleColumn {
			return old[c.Name] != nil && !sameCell(old[c.Name], r.row.Cells[i])
		}
	}
	return false
}
