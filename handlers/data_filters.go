package handlers

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/securatlas/securatlas/store"
	"github.com/securatlas/securatlas/syncer/entity"
	"github.com/securatlas/securatlas/views"
)

// inToolbar is how many filters stand in the toolbar; the others are behind
// "More filters".
const inToolbar = 4

// filters makes the controls of one table.
type filters struct {
	state  store.EntityState
	q      tableQuery
	path   string
	facets map[string][]store.Facet
}

// all returns the controls: the first that are shown as columns and fit into
// the toolbar, and the rest.
func (f filters) all() (toolbar, more []views.Filter) {
	def := f.state.Def
	for i := range def.Columns {
		col := &def.Columns[i]
		if col.Filter == entity.NoFilter {
			continue
		}
		v := f.one(col)
		// A text field is no compact control, and without ready-made ranges
		// two number fields are none either.
		compact := col.Filter != entity.Contains && (v.Range == nil || len(v.Range.Presets) > 0)
		if col.Shown && compact && len(toolbar) < inToolbar {
			toolbar = append(toolbar, v)
		} else {
			more = append(more, v)
		}
	}
	return toolbar, more
}

func (f filters) one(col *entity.Column) views.Filter {
	v := views.Filter{Column: col, Gap: views.Gap(f.state, col.Name)}
	v.On = slices.ContainsFunc(f.q.conditions, func(c store.Condition) bool { return c.Column == col.Name })
	switch col.Filter {
	case entity.Contains:
		value, _ := f.q.condition(col.Name, store.OpContains)
		v.Text = &views.FormValue{Name: col.Name + ".contains", Value: value}
	case entity.Range:
		v.Range = f.rangeOf(col)
	case entity.Flag:
		v.Options = f.flagOptions(col)
	default:
		v.Options = f.choiceOptions(col)
	}
	return v
}

// option is an entry of a menu that sets one condition.
func (f filters) option(c store.Condition, label string) views.FilterOption {
	return views.FilterOption{
		Value:    url.Values{conditionKey(c): {c.Value}}.Encode(),
		Label:    label,
		Selected: slices.Contains(f.q.conditions, c),
	}
}

func (f filters) flagOptions(col *entity.Column) []views.FilterOption {
	return []views.FilterOption{
		f.option(store.Condition{Column: col.Name, Op: store.OpEqual, Value: "true"}, views.CellText(col, true)),
		f.option(store.Condition{Column: col.Name, Op: store.OpEqual, Value: "false"}, views.CellText(col, false)),
		f.option(store.Condition{Column: col.Name, Op: store.OpEmpty, Value: "true"}, "Not set"),
	}
}

func (f filters) choiceOptions(col *entity.Column) []views.FilterOption {
	var options []views.FilterOption
	for _, facet := range f.facets[col.Name] {
		c := store.Condition{Column: col.Name, Op: store.OpEqual, Value: facet.Value}
		label := views.CellText(col, facet.Value)
		if facet.Value == "" {
			c, label = store.Condition{Column: col.Name, Op: store.OpEmpty, Value: "true"}, "(empty)"
		}
		options = append(options, f.option(c, fmt.Sprintf("%s (%s)", label, views.Num(facet.Rows))))
	}
	// A value that no longer occurs, or is not among the counted ones.
	for _, c := range f.q.conditions {
		mine := c.Column == col.Name && (c.Op == store.OpEqual || c.Op == store.OpEmpty)
		if o := f.option(c, conditionText(col, c)); mine && !slices.ContainsFunc(options, func(p views.FilterOption) bool { return p.Value == o.Value }) {
			options = append(options, o)
		}
	}
	return options
}

var day = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)

func (f filters) rangeOf(col *entity.Column) *views.FilterRange {
	from, hasFrom := f.q.condition(col.Name, store.OpFrom)
	to, hasTo := f.q.condition(col.Name, store.OpTo)
	r := &views.FilterRange{
		From:      views.FormValue{Name: col.Name + ".from", Value: from},
		To:        views.FormValue{Name: col.Name + ".to", Value: to},
		InputType: "number",
	}
	if col.Type == entity.Time {
		r.InputType = "date"
		if hasFrom && !day.MatchString(from) || hasTo && !day.MatchString(to) {
			r.InputType = "text"
		}
		r.Presets = f.presets(col)
	}
	for _, p := range r.Presets {
		if p.Active {
			r.Summary = p.Label
			return r
		}
	}
	switch {
	case hasFrom && hasTo:
		r.Summary = ago(from) + " – " + ago(to)
	case hasFrom:
		r.Summary = fromText(from)
	case hasTo:
		r.Summary = toText(to)
	}
	return r
}

// presets are ranges of time that people ask for.
func (f filters) presets(col *entity.Column) []views.Preset {
	daysAgo := func(n int) string { return fmt.Sprintf("-%dd", n) }
	var presets []views.Preset
	add := func(label string, c store.Condition) {
		// A preset replaces what the column is narrowed by.
		q, active := f.q.firstPage(), 0
		q.conditions = nil
		for _, old := range f.q.conditions {
			switch {
			case old.Column != col.Name:
				q.conditions = append(q.conditions, old)
			case old == c:
				active++
			default:
				active--
			}
		}
		if active != 1 {
			q.conditions = append(q.conditions, c)
		}
		presets = append(presets, views.Preset{Label: label, URL: q.url(f.state.Def, f.path), Active: active == 1})
	}
	for _, n := range []int{7, 30, 90} {
		add(fmt.Sprintf("Last %d days", n), store.Condition{Column: col.Name, Op: store.OpFrom, Value: daysAgo(n)})
	}
	for _, n := range []int{30, 90, 180} {
		add(fmt.Sprintf("Older than %d days", n), store.Condition{Column: col.Name, Op: store.OpTo, Value: daysAgo(n)})
	}
	add("Never (no date)", store.Condition{Column: col.Name, Op: store.OpEmpty, Value: "true"})
	return presets
}

// hidden is what the form must send along: the order of the rows, and
// conditions for which it has no control.
func (f filters) hidden() []views.FormValue {
	var hidden []views.FormValue
	if f.q.sort != "" {
		hidden = append(hidden, views.FormValue{Name: "sort", Value: sortValue(f.q.sort, f.q.desc)})
	}
	for _, c := range f.q.conditions {
		if !hasControl(f.state.Def.Column(c.Column).Filter, c.Op) {
			hidden = append(hidden, views.FormValue{Name: conditionKey(c), Value: c.Value})
		}
	}
	return hidden
}

// hasControl reports whether the control of a filter can show a condition.
func hasControl(f entity.Filter, op store.Op) bool {
	switch f {
	case entity.Contains:
		return op == store.OpContains
	case entity.Range:
		return op == store.OpFrom || op == store.OpTo
	case entity.Choice, entity.Flag:
		return op == store.OpEqual || op == store.OpEmpty
	default:
		return false
	}
}

// chips are the active filters, each with the address without it.
func (f filters) chips() []views.Chip {
	var chips []views.Chip
	if f.q.search != "" {
		q := f.q.firstPage()
		q.search = ""
		chips = append(chips, views.Chip{Label: "“" + f.q.search + "”", RemoveURL: q.url(f.state.Def, f.path)})
	}
	for _, c := range f.q.conditions {
		col := f.state.Def.Column(c.Column)
		chips = append(chips, views.Chip{
			Label:     col.Label + ": " + conditionText(col, c),
			RemoveURL: f.q.without(c).url(f.state.Def, f.path),
		})
	}
	if f.q.removed {
		q := f.q.firstPage()
		q.removed = false
		chips = append(chips, views.Chip{Label: "Removed rows included", RemoveURL: q.url(f.state.Def, f.path)})
	}
	return chips
}

// conditionText is a condition in words.
func conditionText(col *entity.Column, c store.Condition) string {
	switch c.Op {
	case store.OpContains:
		return "contains “" + c.Value + "”"
	case store.OpFrom:
		return fromText(c.Value)
	case store.OpTo:
		return toText(c.Value)
	case store.OpEmpty:
		if c.Value == "true" {
			return "not set"
		}
		return "set"
	}
	if col.Type == entity.Bool {
		return views.CellText(col, c.Value == "true")
	}
	return views.CellText(col, c.Value)
}

// fromText is the lower end of a range in words: "last 30 days", "from 5".
func fromText(value string) string {
	if past, isAgo := strings.CutSuffix(ago(value), " ago"); isAgo {
		return "last " + past
	}
	return "from " + value
}

// toText is the upper end of a range in words: "older than 90 days", "to 5".
func toText(value string) string {
	if past, isAgo := strings.CutSuffix(ago(value), " ago"); isAgo {
		return "older than " + past
	}
	return "to " + value
}

// ago puts a relative time into words: "-90d" is "90 days ago".
func ago(value string) string {
	n, isAgo := strings.CutPrefix(value, "-")
	if !isAgo {
		return value
	}
	for unit, word := range map[string]string{"d": "days", "h": "hours"} {
		if n, ok := strings.CutSuffix(n, unit); ok {
			return n + " " + word + " ago"
		}
	}
	return value
}
