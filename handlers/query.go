package handlers

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
)

// tableQuery is what the query string of a table asks for:
//
//	q=…                the search
//	sort=column        or -column, descending
//	after=… before=…   cursors of the pages that follow and precede
//	cols=a,b           the columns shown beside the title
//	removed=1          rows that were removed, too
//	view=all           all rows, where the entity has a view of its own
//	column=value       and column.contains, .from, .to, .empty=true|false;
//	                   with ~ before the = also rows of which it is not known
//
// A form can only send names and values, so two more are understood and
// rewritten into these: filter=<one of the above, encoded>, for a menu whose
// choices are different operations, and col=a&col=b, for checkboxes. Blank
// values are what forms send for fields left alone: they count as absent.
//
// A table with a view of its own shows that one unless something is asked for.
type tableQuery struct {
	search        string
	conditions    []store.Condition
	sort          string // a column; "" is the entity's own order
	desc          bool
	after, before string
	columns       []string // chosen columns in declared order; nil is the entity's own choice
	removed       bool
}

// parseTableQuery reads a query string. What it cannot use is left out of the
// result and named in problems, in full sentences. check tells whether a query
// with one condition, sort or cursor can be asked: store.CheckQuery.
func parseTableQuery(def *entity.Def, given url.Values, check func(store.Query) error) (q tableQuery, problems []string) {
	bad := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	try := func(sq store.Query) bool {
		sq.Def = def
		if err := check(sq); err != nil {
			bad("%s", err.Error())
			return false
		}
		return true
	}
	values, broken := expand(given)
	chosen := false // something is asked for, if only by leaving a field of a form blank
	for _, f := range broken {
		bad("The filter %q cannot be read.", f)
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		_, isCondition := parseCondition(def, key, "")
		chosen = chosen || isCondition || key == "q" || key == "view"
		switch {
		case !isCondition && !slices.Contains(parameters, key):
			bad("There is no filter %q.", key)
			continue
		case len(values[key]) == 0:
			continue
		case len(values[key]) > 1:
			bad("%s is given more than once, with different values.", key)
			continue
		}
		value := values[key][0]
		switch key {
		case "q":
			if try(store.Query{Search: value}) {
				q.search = value
			}
		case "sort":
			column, desc := strings.CutPrefix(value, "-")
			if column == "" {
				bad("sort names no column.")
				continue
			}
			if try(store.Query{Sort: column, Desc: desc}) {
				q.sort, q.desc = column, desc
			}
		case "after":
			q.after = value
		case "before":
			q.before = value
		case "cols":
			columns, unknown := chooseColumns(def, strings.Split(value, ","))
			for _, name := range unknown {
				bad("There is no column %q.", name)
			}
			q.columns = columns
		case "removed":
			if value != "1" {
				bad("removed is 1 or absent, not %q.", value)
				continue
			}
			q.removed = true
		case "view":
			if value != "all" {
				bad("view is all or absent, not %q.", value)
			}
		default:
			c, _ := parseCondition(def, key, value)
			if try(store.Query{Conditions: []store.Condition{c}}) {
				q.conditions = append(q.conditions, c)
			}
		}
	}
	if !chosen {
		q.conditions = viewConditions(def)
	}
	if q.after != "" && q.before != "" {
		bad("after and before exclude each other.")
		q.before = ""
	}
	// A cursor belongs to a sort order, so it is checked with it.
	if (q.after != "" || q.before != "") && !try(q.toStore(0, def)) {
		q.after, q.before = "", ""
	}
	return q, problems
}

// parameters are the names that are no conditions.
var parameters = []string{"q", "sort", "after", "before", "cols", "removed", "view"}

// viewConditions are those of the entity's own view.
func viewConditions(def *entity.Def) (conditions []store.Condition) {
	if def.View == nil {
		return nil
	}
	values, _ := url.ParseQuery(def.View.Query)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if c, ok := parseCondition(def, key, values.Get(key)); ok {
			conditions = append(conditions, c)
		}
	}
	return conditions
}

// expand rewrites filter=… and col=… and drops blanks and repetitions; a name
// that had only blanks has no values.
func expand(given url.Values) (values url.Values, broken []string) {
	values = url.Values{}
	add := func(key, value string) {
		if values[key] == nil {
			values[key] = []string{}
		}
		visible := strings.ContainsFunc(value, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) })
		if visible && !slices.Contains(values[key], value) {
			values.Add(key, value)
		}
	}
	for key, vs := range given {
		switch key {
		case "filter":
			for _, v := range vs {
				pair, err := url.ParseQuery(v)
				if err != nil || len(pair) > 1 || pair.Has("filter") || pair.Has("col") {
					broken = append(broken, v)
					continue
				}
				for k := range pair {
					add(k, pair.Get(k))
				}
			}
		case "col":
			add("cols", strings.Join(slices.DeleteFunc(slices.Clone(vs), func(v string) bool { return v == "" }), ","))
		default:
			for _, v := range vs {
				add(key, v)
			}
		}
	}
	return values, broken
}

// isForm reports whether a query string is a form's and not one that the pages
// would write themselves.
func isForm(given url.Values) bool {
	for key, vs := range given {
		if key == "filter" || key == "col" || slices.Contains(vs, "") {
			return true
		}
	}
	return false
}

func parseCondition(def *entity.Def, key, value string) (store.Condition, bool) {
	key, orUnknown := strings.CutSuffix(key, "~")
	column, op, found := strings.Cut(key, ".")
	if !found {
		op = string(store.OpEqual)
	}
	known := []store.Op{store.OpContains, store.OpFrom, store.OpTo, store.OpEmpty, store.OpUnread}
	if found && !slices.Contains(known, store.Op(op)) || def.Column(column) == nil {
		return store.Condition{}, false
	}
	return store.Condition{Column: column, Op: store.Op(op), Value: value, OrUnknown: orUnknown}, true
}

// chooseColumns puts chosen columns into declared order. The title is always
// shown, so it is no choice; nil when the choice is the entity's own.
func chooseColumns(def *entity.Def, names []string) (chosen, unknown []string) {
	for _, name := range names {
		if def.Column(name) == nil {
			unknown = append(unknown, name)
		}
	}
	chosen = []string{}
	for _, c := range def.Columns {
		if slices.Contains(names, c.Name) && c.Name != def.TitleColumn {
			chosen = append(chosen, c.Name)
		}
	}
	if slices.Equal(chosen, defaultColumns(def)) || len(unknown) > 0 && len(chosen) == 0 {
		return nil, unknown
	}
	return chosen, unknown
}

// defaultColumns are the columns beside the title that an entity shows unasked.
func defaultColumns(def *entity.Def) []string {
	names := []string{}
	for _, c := range def.Columns {
		if c.Shown && c.Name != def.TitleColumn {
			names = append(names, c.Name)
		}
	}
	return names
}

// shown returns the columns to show beside the title.
func (q tableQuery) shown(def *entity.Def) []string {
	if q.columns == nil {
		return defaultColumns(def)
	}
	return q.columns
}

func (q tableQuery) toStore(tenantID int64, def *entity.Def) store.Query {
	return store.Query{
		TenantID:   tenantID,
		Def:        def,
		Search:     q.search,
		Conditions: q.conditions,
		Sort:       q.sort,
		Desc:       q.desc,
		After:      q.after,
		Before:     q.before,
		Removed:    q.removed,
	}
}
