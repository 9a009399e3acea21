package handlers

import (
	"cmp"
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
	links  views.Links // of values by which the table can be narrowed
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
	options := []views.FilterOption{
		f.option(store.Condition{Column: col.Name, Op: store.OpEqual, Value: "true"}, views.CellText(col, true)),
		f.option(store.Condition{Column: col.Name, Op: store.OpEqual, Value: "false"}, views.CellText(col, false)),
		f.option(store.Condition{Column: col.Name, Op: store.OpEmpty, Value: "true"}, cmp.Or(col.Empty, "Not set")),
	}
	if c, ok := f.unread(col); ok {
		options = append(options, f.option(c, f.conditionText(col, c)))
	}
	return f.withAsked(col, options)
}

// unread is the condition that a column is not known of a row, where there are
// such rows or they are asked for.
func (f filters) unread(col *entity.Column) (c store.Condition, ok bool) {
	c = store.Condition{Column: col.Name, Op: store.OpUnread, Value: "true"}
	gap := views.Gap(f.state, col.Name)
	return c, gap != nil && gap.Unread > 0 || slices.Contains(f.q.conditions, c)
}

func (f filters) choiceOptions(col *entity.Column) []views.FilterOption {
	var options []views.FilterOption
	for _, facet := range f.facets[col.Name] {
		c := store.Condition{Column: col.Name, Op: store.OpEqual, Value: facet.Value}
		label := f.valueText(col, facet.Value)
		if facet.Value == "" {
			c, label = store.Condition{Column: col.Name, Op: store.OpEmpty, Value: "true"}, cmp.Or(col.Empty, "(empty)")
		}
		options = append(options, f.option(c, fmt.Sprintf("%s (%s)", label, views.Num(facet.Rows))))
	}
	if c, ok := f.unread(col); ok {
		options = append(options, f.option(c, f.conditionText(col, c)))
	}
	return f.withAsked(col, options)
}

// withAsked adds what is asked for and not offered: a value that no longer
// occurs or is not among the counted ones, or one with those not known.
func (f filters) withAsked(col *entity.Column, options []views.FilterOption) []views.FilterOption {
	for _, c := range f.q.conditions {
		mine := c.Column == col.Name && (c.Op == store.OpEqual || c.Op == store.OpEmpty)
		if o := f.option(c, f.conditionText(col, c)); mine && !slices.ContainsFunc(options, func(p views.FilterOption) bool { return p.Value == o.Value }) {
			options = append(options, o)
		}
	}
	return options
}

// valueText is a value in words: the title of the row that it refers to where
// there is one.
func (f filters) valueText(col *entity.Column, value string) string {
	if l, ok := f.links[col.Name][value]; ok && col.Words[value] == "" {
		return l.Title
	}
	return views.CellText(col, value)
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
	days := func(op store.Op, n int) store.Condition {
		return store.Condition{Column: col.Name, Op: op, Value: fmt.Sprintf("%+dd", n)}
	}
	now := func(op store.Op) store.Condition { return store.Condition{Column: col.Name, Op: op, Value: "-0d"} }
	none := store.Condition{Column: col.Name, Op: store.OpEmpty, Value: "true"}
	if col.Ahead {
		presets := []views.Preset{f.preset(col, "Expired", now(store.OpTo))}
		for _, n := range []int{7, 30, 90} {
			presets = append(presets, f.preset(col, fmt.Sprintf("Next %d days", n), now(store.OpFrom), days(store.OpTo, n)))
		}
		return append(presets, f.preset(col, cmp.Or(col.Empty, "Never")+" (no date)", none))
	}
	var presets []views.Preset
	for _, n := range []int{7, 30, 90} {
		presets = append(presets, f.preset(col, fmt.Sprintf("Last %d days", n), days(store.OpFrom, -n)))
	}
	for _, n := range []int{30, 90, 180} {
		presets = append(presets, f.preset(col, fmt.Sprintf("Older than %d days", n), days(store.OpTo, -n)))
	}
	presets = append(presets, f.preset(col, "Never (no date)", none))
	if c, ok := f.unread(col); ok {
		presets = append(presets, f.preset(col, "Not read yet", c))
	}
	return presets
}

// preset replaces what the column is narrowed by, or, where it is narrowed by
// just that, takes it away.
func (f filters) preset(col *entity.Column, label string, conditions ...store.Condition) views.Preset {
	q := f.q.firstPage()
	q.conditions = nil
	mine := 0
	active := true
	for _, old := range f.q.conditions {
		if old.Column != col.Name {
			q.conditions = append(q.conditions, old)
			continue
		}
		mine++
		active = active && slices.Contains(conditions, old)
	}
	active = active && mine == len(conditions)
	if !active {
		q.conditions = append(q.conditions, conditions...)
	}
	return views.Preset{Label: label, URL: q.url(f.state.Def, f.path), Active: active}
}

// hidden is what the form must send along: the order of the rows, and
// conditions for which it has no control.
func (f filters) hidden() []views.FormValue {
	var hidden []views.FormValue
	if f.q.sort != "" {
		hidden = append(hidden, views.FormValue{Name: "sort", Value: sortValue(f.q.sort, f.q.desc)})
	}
	for _, c := range f.q.conditions {
		if !hasControl(f.state.Def.Column(c.Column).Filter, c) {
			hidden = append(hidden, views.FormValue{Name: conditionKey(c), Value: c.Value})
		}
	}
	return hidden
}

// hasControl reports whether the control of a filter can show a condition.
func hasControl(f entity.Filter, c store.Condition) bool {
	switch f {
	case entity.Contains:
		return c.Op == store.OpContains && !c.OrUnknown
	case entity.Range:
		return (c.Op == store.OpFrom || c.Op == store.OpTo) && !c.OrUnknown
	case entity.Choice, entity.Flag:
		return c.Op == store.OpEqual || c.Op == store.OpEmpty || c.Op == store.OpUnread
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
			Label:     col.Label + ": " + f.conditionText(col, c),
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
func (f filters) conditionText(col *entity.Column, c store.Condition) string {
	text := f.demand(col, c)
	if c.OrUnknown {
		text += ", or not known"
	}
	return text
}

func (f filters) demand(col *entity.Column, c store.Condition) string {
	switch c.Op {
	case store.OpContains:
		return "contains “" + c.Value + "”"
	case store.OpFrom:
		return fromText(c.Value)
	case store.OpTo:
		return toText(c.Value)
	case store.OpEmpty:
		if c.Value == "true" {
			return cmp.Or(col.Empty, "not set")
		}
		return "set"
	case store.OpUnread:
		return "not read yet"
	}
	if col.Type == entity.Bool {
		return views.CellText(col, c.Value == "true")
	}
	return f.valueText(col, c.Value)
}

// fromText is the lower end of a range in words: "last 30 days", "from 5".
func fromText(value string) string {
	if past, isAgo := strings.CutSuffix(ago(value), " ago"); isAgo {
		return "last " + past
	}
	if ahead, isAhead := strings.CutPrefix(ago(value), "in "); isAhead {
		return ahead + " ahead or later"
	}
	return "from " + ago(value)
}

// toText is the upper end of a range in words: "older than 90 days", "to 5".
func toText(value string) string {
	if past, isAgo := strings.CutSuffix(ago(value), " ago"); isAgo {
		return "older than " + past
	}
	if ahead, isAhead := strings.CutPrefix(ago(value), "in "); isAhead {
		return "within " + ahead
	}
	return "to " + ago(value)
}

// ago puts a relative time into words: "-90d" is "90 days ago", "+30d" is "in
// 30 days".
func ago(value string) string {
	n, past := strings.CutPrefix(value, "-")
	n, ahead := strings.CutPrefix(n, "+")
	if !past && !ahead {
		return value
	}
	for unit, word := range map[string]string{"d": "days", "h": "hours"} {
		n, ok := strings.CutSuffix(n, unit)
		switch {
		case !ok:
		case strings.Trim(n, "0") == "":
			return "now"
		case past:
			return n + " " + word + " ago"
		default:
			return "in " + n + " " + word
		}
	}
	return value
}
