package views

import (
	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// Links leads from the values of columns to the rows that they refer to: by
// column and value. Values that refer to nothing known are not in it.
type Links map[string]map[string]Link

// Link is a row that a value refers to.
type Link struct {
	Title, Href string
	Note        string // what is said beside it; may be empty
}

// Related are rows that have to do with the one that a page shows.
type Related struct {
	Name   string // of kind and column, for tests
	Label  string // of the entity
	Column string // label of the column that refers to the row; empty when it is the id
	Links  []Link
	Total  int    // of rows, those without a link included
	All    string // a table of all of them; empty when there is none
	Caveat string // why this may not be all; empty when it is
}

// More is the number of rows that are not listed.
func (r Related) More() int { return max(r.Total-len(r.Links), 0) }

// LinkedCell is CellOf for a value that may refer to rows: it shows their
// titles and leads to them.
func LinkedCell(cell Cell, c *entity.Column, v any, links Links) Cell {
	s, ok := v.(string)
	if !ok {
		return cell
	}
	return cell.linked(c, s, links[c.Name])
}

func (cell Cell) linked(c *entity.Column, s string, links map[string]Link) Cell {
	if len(links) == 0 {
		return cell
	}
	if c.Type == entity.List {
		title := cell.Title
		if cell = listCell(c, s, links); cell.Title == "" {
			cell.Title = title
		}
		return cell
	}
	if l, ok := links[s]; ok {
		if c.Words[s] == "" && refersByID(c) {
			cell.Text, cell.Title = shorten(l.Title, 120), s
		}
		cell.Href = l.Href
	}
	return cell
}

// refersByID reports whether a value is nothing but the id of another row: any
// other value, such as an application ID, has a meaning of its own.
func refersByID(c *entity.Column) bool { return len(c.Refs) > 0 && c.Refs[0].By == "" }

// LinkedTitle names a row as RowTitle does, by the title of the row that its
// title column refers to where there is one.
func LinkedTitle(d *entity.Def, r store.Row, links Links) string {
	if l, ok := linkOf(r, d, d.TitleColumn, links); ok {
		return l.Title
	}
	return RowTitle(d, r)
}

// LinkedSubtitle is RowSubtitle in the same way.
func LinkedSubtitle(d *entity.Def, r store.Row, links Links) string {
	if l, ok := linkOf(r, d, d.SubtitleColumn, links); ok {
		return l.Title
	}
	return RowSubtitle(d, r)
}

func linkOf(r store.Row, d *entity.Def, column string, links Links) (Link, bool) {
	c := d.Column(column)
	if c == nil || !refersByID(c) {
		return Link{}, false
	}
	value, _ := r.Cell(d, column).(string)
	l, ok := links[column][value]
	return l, ok
}
