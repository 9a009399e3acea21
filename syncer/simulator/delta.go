package simulator

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// deltaPageSize is the service's own choice: $top does not work here.
const deltaPageSize = 200

// deltaList is what a delta function goes over.
type deltaList struct {
	typ     *entityType
	path    string
	set     *set
	members bool // tracks members and owners
}

func usersDelta(x *exchange) (*answer, error) {
	return x.delta(deltaList{typ: userType, path: "users", set: x.tenant().users})
}

func groupsDelta(x *exchange) (*answer, error) {
	return x.delta(deltaList{typ: groupType, path: "groups", set: x.tenant().groups, members: true})
}

// delta answers a page of a round: all objects at first, then what changed
// since the last round.
func (x *exchange) delta(d deltaList) (*answer, error) {
	from, fresh, err := x.deltaStart(d)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"$top", "$expand", "$orderby", "$search", "$skip", "$count"} {
		if x.query.has(name) {
			return nil, errUnsupportedQuery("The query option '%s' is not supported by delta queries of this resource.", name)
		}
	}
	tracked, relations, err := x.deltaSelection(d)
	if err != nil {
		return nil, err
	}
	ids, err := x.deltaFilter()
	if err != nil {
		return nil, err
	}
	hidden := x.hasRole(readHidden)
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	if fresh {
		from.Until = t.seq
		if strings.EqualFold(x.query.deltaToken, "latest") {
			return x.deltaPage(d, tracked, nil, sealed{Since: t.seq}, "$deltatoken"), nil
		}
	}
	var rows []row
	if !from.Round {
		for i := from.Position; i < d.set.size(); i++ {
			o := d.set.at(i)
			if o == nil || ids != nil && !ids[strings.ToLower(text(o, "id"))] {
				continue
			}
			if len(rows) == deltaPageSize {
				from.Position = i
				return x.deltaPage(d, tracked, rows, from, "$skiptoken"), nil
			}
			rows = append(rows, append(tracked.everSet(o, nil), t.wholeRelations(i, relations, hidden)...))
		}
		return x.deltaPage(d, tracked, rows, sealed{Since: from.Until}, "$deltatoken"), nil
	}
	minimal := strings.Contains(strings.ToLower(x.header.Get("Prefer")), "return=minimal")
	changes := changesBetween(d.set, from.Since, from.Until)
	for i, c := range changes {
		if i < from.Position {
			continue
		}
		if len(rows) == deltaPageSize {
			from.Position = i
			return x.deltaPage(d, tracked, rows, from, "$skiptoken"), nil
		}
		o := d.set.even(c.position)
		if ids != nil && !ids[strings.ToLower(text(o, "id"))] {
			continue
		}
		if r := t.changeRow(d.set, c, tracked, relations, minimal, hidden); r != nil {
			rows = append(rows, r)
		}
	}
	return x.deltaPage(d, tracked, rows, sealed{Since: from.Until}, "$deltatoken"), nil
}

// deltaStart reads where a request goes on. fresh says that it begins a round:
// its end is to be fixed.
func (x *exchange) deltaStart(d deltaList) (from sealed, fresh bool, err error) {
	if x.query.has("$skiptoken") {
		from, _, err = x.openPage(deltaToken)
		return from, false, err
	}
	if !x.query.has("$deltatoken") || strings.EqualFold(x.query.deltaToken, "latest") {
		return sealed{}, true, nil
	}
	if x.query.deltaToken == "" {
		// The Location of a 410 has an empty token: it means everything anew.
		return sealed{}, true, nil
	}
	from, err = x.s.pages.open(x.query.deltaToken, deltaToken, x.s.now())
	switch {
	case errors.Is(err, errExpiredLink):
		e := newGraphError(http.StatusGone, "resyncRequired", "Resync required. The delta token has expired: discard what is stored and start over from the Location header.")
		e.header = http.Header{"Location": {x.base + "/" + x.version + "/" + d.path + "/delta?$deltatoken="}}
		return from, false, e
	case err != nil || !strings.EqualFold(from.Path, x.path):
		return from, false, errRequestBadRequest("Badly formed token.")
	}
	q := &query{given: map[string]bool{}}
	for _, o := range from.Options {
		if err := q.set(o.name, o.value); err != nil {
			return from, false, err
		}
	}
	if len(x.query.options) > 0 && !slices.Equal(x.query.options, from.Options) {
		return from, false, errRequestBadRequest("Badly formed token.")
	}
	x.query = q
	return sealed{Since: from.Since, Round: true}, true, nil
}

// deltaSelection reads $select, in which relations may stand too.
func (x *exchange) deltaSelection(d deltaList) (selection, []string, error) {
	var relations, names []string
	if d.members && !x.query.has("$select") {
		relations = []string{"members"}
	}
	for name := range strings.SplitSeq(x.query.selected, ",") {
		if name = strings.TrimSpace(name); d.members && (strings.EqualFold(name, "members") || strings.EqualFold(name, "owners")) {
			relations = append(relations, strings.ToLower(name))
		} else if name != "" {
			names = append(names, name)
		}
	}
	given := x.query.selected
	x.query.selected = strings.Join(names, ",")
	s, err := x.selectOf(d.typ, true)
	x.query.selected = given
	if err != nil {
		return s, nil, err
	}
	s.given = x.query.has("$select")
	s.names = strings.Join(append(names, relations...), ",")
	if s.given && len(names) == 0 {
		s.properties = nil
	}
	// Sign-in dates are kept elsewhere and are not tracked; the id always comes.
	s.properties = slices.DeleteFunc(slices.Clone(s.properties), func(p *property) bool { return p.name == signInActivity })
	if !s.has("id") {
		s.properties = append(s.properties, d.typ.property("id"))
	}
	return s, relations, nil
}

// deltaFilter reads the only filter there is: id eq 'a' or id eq 'b', at most
// fifty of them.
func (x *exchange) deltaFilter() (map[string]bool, error) {
	if !x.query.has("$filter") {
		return nil, nil
	}
	tokens, err := lexFilter(x.query.filter)
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	for i := 0; ; i += 4 {
		if i+3 >= len(tokens) || !strings.EqualFold(tokens[i].text, "id") || !strings.EqualFold(tokens[i+1].text, "eq") || tokens[i+2].kind != tokenText {
			return nil, errUnsupportedQuery("Unsupported Query.")
		}
		ids[strings.ToLower(tokens[i+2].text)] = true
		if tokens[i+3].kind == tokenEnd {
			break
		}
		if !strings.EqualFold(tokens[i+3].text, "or") {
			return nil, errUnsupportedQuery("Unsupported Query.")
		}
	}
	if len(ids) > 50 {
		return nil, errUnsupportedQuery("The number of objects in the filter of a delta query must not exceed 50.")
	}
	return ids, nil
}

func (x *exchange) deltaPage(d deltaList, s selection, rows []row, mark sealed, link string) *answer {
	if link == "$skiptoken" {
		// The token of a page inside a round is a delta token: both live as long.
		mark.Kind = deltaToken
		mark.Path, mark.Options = x.path, x.query.options
		again := func() string { return x.tokenLink(link, mark) }
		return x.page(row{{"@odata.context", x.context(s.context(d.path))}}, rows, x.tokenLink(link, mark), again)
	}
	mark.Kind, mark.Path, mark.Options = deltaToken, x.path, x.query.options
	a := x.page(row{{"@odata.context", x.context(s.context(d.path))}}, rows, "", func() string { return "" })
	body := a.body.(row)
	a.body = slices.Insert(body, len(body)-1, field{"@odata.deltaLink", x.tokenLink(link, mark)})
	return a
}

// tokenLink is a link that carries nothing but a token.
func (x *exchange) tokenLink(name string, mark sealed) string {
	return x.base + "/" + x.version + "/" + strings.Trim(x.path, "/") + "?" + name + "=" + x.s.pages.seal(mark, x.s.now())
}
