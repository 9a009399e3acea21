package simulator

import (
	"encoding/json"
	"slices"
	"strings"
)

// maxIDs is how many ids getByIds takes, maxCheckedGroups is checkMemberGroups'.
const (
	maxIDs           = 1000
	maxCheckedGroups = 20
)

// parameters reads the body of an action.
func (x *exchange) parameters(into any) error {
	if err := json.Unmarshal(x.body, into); err != nil {
		return errBadRequest("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	return nil
}

// find finds a user or group by id. The caller holds the lock.
func (t *Tenant) find(id string) (reference, bool) {
	if position, ok := t.users.find(id); ok {
		return reference{position: position}, true
	}
	position, ok := t.groups.find(id)
	return reference{group: true, position: position}, ok
}

// getByIDs answers the objects of a list of ids; unknown ids are left out.
func getByIDs(x *exchange) (*answer, error) {
	var given struct {
		IDs   []string `json:"ids"`
		Types []string `json:"types"`
	}
	if err := x.parameters(&given); err != nil {
		return nil, err
	}
	if len(given.IDs) == 0 {
		return nil, errRequestBadRequest("Value cannot be null. Parameter name: ids")
	}
	if len(given.IDs) > maxIDs {
		return nil, errRequestBadRequest("Too many object ids specified. Maximum allowed: %d.", maxIDs)
	}
	selections, names, err := memberSelection(x.query.selected, userType, groupType)
	if err != nil {
		return nil, err
	}
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	rows := []row{}
	for _, id := range given.IDs {
		r, ok := t.find(id)
		if !ok || len(given.Types) > 0 && !slices.ContainsFunc(given.Types, func(kind string) bool {
			return strings.EqualFold(kind, r.kind()) || strings.EqualFold(kind, "directoryObject")
		}) {
			continue
		}
		rows = append(rows, memberRow(r, t.object(r), selections))
	}
	set := selection{given: names != "", names: names}.context("directoryObjects")
	return jsonAnswer(row{{"@odata.context", x.context(set)}, {"value", rows}}), nil
}

func (r reference) kind() string {
	if r.group {
		return groupType.name
	}
	return userType.name
}

// getDirectoryObject answers a user or group by id, whichever it is.
func getDirectoryObject(x *exchange) (*answer, error) {
	selections, names, err := memberSelection(x.query.selected, userType, groupType)
	if err != nil {
		return nil, err
	}
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	r, ok := t.find(x.ids[0])
	if !ok {
		return nil, errNotFound(x.ids[0])
	}
	set := selection{given: names != "", names: names}.context("directoryObjects") + "/$entity"
	return jsonAnswer(append(row{{"@odata.context", x.context(set)}}, memberRow(r, t.object(r), selections)...)), nil
}

// memberIDs answers the ids of all groups that a user is in, through others
// too.
func memberIDs(x *exchange) (*answer, error) {
	var given struct {
		SecurityEnabledOnly *bool `json:"securityEnabledOnly"`
	}
	if err := x.parameters(&given); err != nil {
		return nil, err
	}
	if given.SecurityEnabledOnly == nil {
		return nil, errBadRequest("The parameter 'securityEnabledOnly' is required.")
	}
	return x.groupIDs(func(o object) bool {
		enabled, _ := o.get("securityEnabled")
		return !*given.SecurityEnabledOnly || enabled == true
	})
}

// checkMemberGroups answers those of the given groups that a user is in.
func checkMemberGroups(x *exchange) (*answer, error) {
	var given struct {
		GroupIDs []string `json:"groupIds"`
	}
	if err := x.parameters(&given); err != nil {
		return nil, err
	}
	if len(given.GroupIDs) == 0 || len(given.GroupIDs) > maxCheckedGroups {
		return nil, errRequestBadRequest("Between 1 and %d group ids are expected.", maxCheckedGroups)
	}
	return x.groupIDs(func(o object) bool {
		return slices.ContainsFunc(given.GroupIDs, func(id string) bool { return strings.EqualFold(id, text(o, "id")) })
	})
}

func (x *exchange) groupIDs(wanted func(object) bool) (*answer, error) {
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	r, ok := x.subject()
	if !ok {
		return nil, errNotFound(x.ids[0])
	}
	ids := []string{}
	for _, g := range t.memberOf(r, true) {
		if o := t.object(g); wanted(o) {
			ids = append(ids, text(o, "id"))
		}
	}
	return jsonAnswer(row{{"@odata.context", x.context("Collection(Edm.String)")}, {"value", ids}}), nil
}
