package handlers

import (
	"net/url"
	"slices"
	"strings"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// values is the inverse of parseTableQuery.
func (q tableQuery) values(def *entity.Def) url.Values {
	v := url.Values{}
	set := func(key, value string) {
		if value != "" {
			v.Set(key, value)
		}
	}
	set("q", q.search)
	if q.sort != "" {
		set("sort", sortValue(q.sort, q.desc))
	}
	set("after", q.after)
	set("before", q.before)
	if q.columns != nil {
		set("cols", strings.Join(q.columns, ","))
		if len(q.columns) == 0 {
			set("cols", def.TitleColumn)
		}
	}
	if q.removed {
		set("removed", "1")
	}
	switch {
	case def.View != nil && q.isView(def):
		return v
	case def.View != nil && !q.narrowed():
		set("view", "all")
	}
	for _, c := range q.conditions {
		set(conditionKey(c), c.Value)
	}
	return v
}

// isView reports whether the query is narrowed as the entity's own view is.
func (q tableQuery) isView(def *entity.Def) bool {
	return def.View != nil && q.search == "" && slices.Equal(q.conditions, viewConditions(def))
}

func sortValue(column string, desc bool) string {
	if desc {
		return "-" + column
	}
	return column
}

// conditionKey is the name that a condition has in a query string.
func conditionKey(c store.Condition) string {
	key := c.Column
	if c.Op != store.OpEqual {
		key += "." + string(c.Op)
	}
	if c.OrUnknown {
		key += "~"
	}
	return key
}

// url returns the address of the table at path.
func (q tableQuery) url(def *entity.Def, path string) string {
	if query := q.values(def).Encode(); query != "" {
		return path + "?" + query
	}
	return path
}

// The following return changed copies, for links. Each goes back to the first
// page, since a cursor belongs to one list.

func (q tableQuery) firstPage() tableQuery {
	q.after, q.before = "", ""
	return q
}

func (q tableQuery) sortedBy(column string, desc bool) tableQuery {
	q = q.firstPage()
	q.sort, q.desc = column, desc
	return q
}

func (q tableQuery) without(drop store.Condition) tableQuery {
	q = q.firstPage()
	q.conditions = slices.DeleteFunc(slices.Clone(q.conditions), func(c store.Condition) bool { return c == drop })
	return q
}

func (q tableQuery) withoutFilters() tableQuery {
	q = q.firstPage()
	q.search, q.conditions = "", nil
	return q
}

// condition returns the value that a column is filtered by with one operation,
// which a field of the form can show.
func (q tableQuery) condition(column string, op store.Op) (string, bool) {
	for _, c := range q.conditions {
		if c.Column == column && c.Op == op && !c.OrUnknown {
			return c.Value, true
		}
	}
	return "", false
}

// narrowed reports whether the query leaves rows out.
func (q tableQuery) narrowed() bool { return q.search != "" || len(q.conditions) > 0 }
