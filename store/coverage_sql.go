package store

import (
	"slices"

	"github.com/securatlas/securatlas/syncer/entity"
)

// covered is what tells whether a row's cell of a column is known: the hash of
// the further part that fills it.
type covered struct {
	def  *entity.Def // whose table has the hash
	part string
	by   string // of an entity of several sources, the column with the id of that table's row; "" where it has the hash itself
}

// coveredBy returns what fills a column of an entity or of one that it is
// derived from. ok is false where the list itself does, where several sources
// could, and where the part need not have every row: a cell without a value is
// then as empty as the list says.
func (s *Store) coveredBy(d *entity.Def, column string) (c covered, ok bool) {
	c.def = d
	if d.Derived() {
		col := d.Column(column)
		if col == nil || col.From == "" && len(d.From) > 1 {
			return c, false
		}
		c.def = s.catalogue.Def(d.From[0])
		if len(d.From) > 1 {
			c.def = s.catalogue.Def(col.From)
			c.by = leadsTo(d, c.def.Kind)
			if c.by == "" {
				return c, false
			}
		}
	}
	col := c.def.Column(column)
	if col == nil {
		return c, false
	}
	part := c.def.Part(col.Part)
	c.part = col.Part
	return c, part != nil && !part.Sparse && part.Name != c.def.Parts[0].Name
}

// leadsTo is the column of a derived entity with the id of a source's row.
func leadsTo(d *entity.Def, kind string) string {
	i := slices.IndexFunc(d.Columns, func(c entity.Column) bool {
		return slices.ContainsFunc(c.Refs, func(r entity.Ref) bool { return r.Kind == kind && r.By == "" })
	})
	if i < 0 {
		return ""
	}
	return d.Columns[i].Name
}

// sql is 1 for the rows of d that the part has read, else 0.
func (c covered) sql(d *entity.Def) string {
	hash := quoted(hashColumn(c.part))
	if c.by == "" {
		return "(" + hash + " IS NOT NULL)"
	}
	table := quoted(d.Kind)
	return "EXISTS (SELECT 1 FROM " + quoted(c.def.Kind) + " AS s WHERE s.tenant_id = " + table + ".tenant_id AND s.id = " +
		table + "." + quoted(c.by) + " AND s." + hash + " IS NOT NULL)"
}

// covering is what fills some columns of an entity.
type covering struct {
	covered
	columns []string
}

// coverings are what fills the columns of an entity, each once.
func (s *Store) coverings(d *entity.Def) []covering {
	var all []covering
	for _, c := range d.Columns {
		by, ok := s.coveredBy(d, c.Name)
		if !ok {
			continue
		}
		i := slices.IndexFunc(all, func(o covering) bool { return o.covered == by })
		if i < 0 {
			i = len(all)
			all = append(all, covering{covered: by})
		}
		all[i].columns = append(all[i].columns, c.Name)
	}
	return all
}

// unreadSQL finds the rows whose cell of a column is unknown.
func (s *Store) unreadSQL(d *entity.Def, column string) string {
	by, ok := s.coveredBy(d, column)
	if !ok {
		return "0"
	}
	return "NOT " + by.sql(d)
}

// whereRead narrows a condition on a column to the rows whose cell is known:
// of the others it is neither true nor false.
func (s *Store) whereRead(d *entity.Def, column, condition string) string {
	by, ok := s.coveredBy(d, column)
	if !ok {
		return condition
	}
	return "(" + condition + " AND " + by.sql(d) + ")"
}
