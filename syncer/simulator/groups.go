package simulator

import (
	"slices"
	"strings"
)

func (x *exchange) groups() listing {
	l := directoryListing(groupType, "groups", x.tenant().groups)
	t := x.tenant()
	l.at = func(i int) object {
		o := t.groups.at(i)
		if o == nil || !strings.Contains(x.query.filter, "/$count") {
			return o
		}
		return relations{o, t, i}
	}
	return l
}

// relations is a group with its members and owners, for filters that count
// them.
type relations struct {
	object
	t        *Tenant
	position int
}

func (r relations) get(name string) (any, bool) {
	if name == "members" || name == "owners" {
		return make([]any, len(r.t.relation(r.position, name, true))), true
	}
	return r.object.get(name)
}

func listGroups(x *exchange) (*answer, error)  { return x.answerList(x.groups()) }
func countGroups(x *exchange) (*answer, error) { return x.answerCount(x.groups()) }

func getGroup(x *exchange) (*answer, error) {
	s, err := x.selectOf(groupType, false)
	if err != nil {
		return nil, err
	}
	for _, p := range s.properties {
		if p.unlisted && s.given {
			return nil, errNotImplemented()
		}
	}
	expand, err := x.expansion(groupType)
	if err != nil {
		return nil, err
	}
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	position, ok := t.groups.find(x.ids[0])
	if !ok {
		return nil, errNotFound(x.ids[0])
	}
	body := s.write(t.groups.at(position), field{"@odata.context", x.context(s.context("groups") + "/$entity")})
	if expand != nil {
		body = append(body, expand(t, position)...)
	}
	return jsonAnswer(body), nil
}

// memberRow writes a member as lists of mixed types do, with its type first.
func memberRow(r reference, o object, selections map[*entityType]selection) row {
	typ := userType
	if r.group {
		typ = groupType
	}
	return selections[typ].write(o, field{"@odata.type", "#microsoft.graph." + typ.name})
}

// memberRows writes the first members, as an expanded relation has them.
func (t *Tenant) memberRows(refs []reference, selections map[*entityType]selection) []row {
	out := []row{}
	for _, r := range refs[:min(len(refs), maxExpanded)] {
		out = append(out, memberRow(r, t.object(r), selections))
	}
	return out
}

// membersOf is the list of a relation of a group, or of the groups of a user.
// What removed reports is left out; its place stays, so that page tokens go on
// to mean the same place.
func (x *exchange) membersOf(refs []reference, removed func(reference) bool, cast string) (listing, error) {
	t := x.tenant()
	l := listing{plainly: 100, most: 999, typ: memberType, set: "directoryObjects"}
	switch cast {
	case "":
	case "user":
		l.typ, l.set = userType, "users"
	case "group":
		l.typ, l.set = groupType, "groups"
	case "device", "serviceprincipal", "orgcontact", "application", "directoryrole", "administrativeunit":
		l.typ = memberType
		refs = nil
	default:
		return l, errBadRequest("Type 'microsoft.graph.%s' is not known.", cast)
	}
	if cast != "" {
		if !eventual(x.header) || !x.query.count && !x.isCount() {
			return l, errRequestBadRequest("OData casts are only supported with the 'ConsistencyLevel:eventual' header and $count=true.")
		}
		refs = slices.DeleteFunc(refs, func(r reference) bool { return r.group != (cast == "group") })
	}
	if cast == "user" {
		l.more = x.checkUserQuery
	}
	l.mixed = l.typ == memberType
	l.size = func() int { return len(refs) }
	l.at = func(i int) object {
		o := t.object(refs[i])
		if o == nil || removed(refs[i]) {
			return nil
		}
		if l.mixed {
			return memberObject{o, refs[i]}
		}
		return o
	}
	return l, nil
}

func (x *exchange) isCount() bool { return x.segments[len(x.segments)-1].name == "$count" }

// memberObject is a member that knows what it is.
type memberObject struct {
	object
	reference
}

// memberType is directoryObject with what filters of mixed members may use.
var memberType = newType("directoryObject", "DirectoryObject", true,
	prop("id", kindText, "eq* in*"), prop("displayName", kindText, "eq* in* startsWith*").sorted(advancedOnly),
	prop("mail", kindText, "eq* startsWith*"), prop("userPrincipalName", kindText, "eq* startsWith* endsWith*"),
	prop("accountEnabled", kindFlag, "eq*"), prop("userType", kindText, "eq*"))

// related is the list of a relation of the group in a path.
func (x *exchange) related(relation string) (listing, error) {
	t := x.tenant()
	refs, position, err := func() ([]reference, int, error) {
		t.mu.RLock()
		defer t.mu.RUnlock()
		position, ok := t.groups.find(x.ids[0])
		if !ok {
			return nil, 0, errNotFound(x.ids[0])
		}
		if relation == "members" && t.showsMembers(position, x.hasRole(readHidden)) {
			return t.allMembers(position), position, nil
		}
		return t.relation(position, relation, x.hasRole(readHidden)), position, nil
	}()
	if err != nil {
		return listing{}, err
	}
	return x.membersOf(refs, func(r reference) bool {
		return relation == "members" && t.leftGroup(r, position)
	}, x.cast())
}

func (x *exchange) cast() string {
	if len(x.ids) > 1 {
		return x.ids[1]
	}
	return ""
}

func listRelation(relation string) func(*exchange) (*answer, error) {
	return answeredBy(func(x *exchange) (listing, error) { return x.related(relation) }, (*exchange).answerList)
}

func countRelation(relation string) func(*exchange) (*answer, error) {
	return answeredBy(func(x *exchange) (listing, error) { return x.related(relation) }, (*exchange).answerCount)
}

// containing is the list of the groups that the user or group in a path is in.
func (x *exchange) containing(transitive bool) (listing, error) {
	t := x.tenant()
	t.mu.RLock()
	r, ok := x.subject()
	var refs []reference
	if ok {
		refs = t.memberOf(r, transitive)
	}
	t.mu.RUnlock()
	if !ok {
		return listing{}, errNotFound(x.ids[0])
	}
	return x.membersOf(refs, func(reference) bool { return false }, x.cast())
}

// subject is the user or group in a path. The caller holds the lock.
func (x *exchange) subject() (reference, bool) {
	if strings.EqualFold(x.segments[0].name, "groups") {
		position, ok := x.tenant().groups.find(x.ids[0])
		return reference{group: true, position: position}, ok
	}
	position, ok := x.tenant().findUser(x.ids[0])
	return reference{position: position}, ok
}

func listMemberOf(transitive bool) func(*exchange) (*answer, error) {
	return answeredBy(func(x *exchange) (listing, error) { return x.containing(transitive) }, (*exchange).answerList)
}

func countMemberOf(transitive bool) func(*exchange) (*answer, error) {
	return answeredBy(func(x *exchange) (listing, error) { return x.containing(transitive) }, (*exchange).answerCount)
}

// answeredBy joins finding a list and answering it.
func answeredBy(find func(*exchange) (listing, error), answerIt func(*exchange, listing) (*answer, error)) func(*exchange) (*answer, error) {
	return func(x *exchange) (*answer, error) {
		l, err := find(x)
		if err != nil {
			return nil, err
		}
		return answerIt(x, l)
	}
}
