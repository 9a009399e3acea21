package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// maxExpanded is how many objects of a relation come along.
const maxExpanded = 20

// expansion reads $expand: one relation, with a $select of its own if wanted.
// It returns what makes the properties that are added to an object.
func (x *exchange) expansion(t *entityType) (func(*Tenant, int) row, error) {
	if !x.query.has("$expand") {
		return nil, nil
	}
	name, options, err := splitExpand(x.query.expand)
	if err != nil {
		return nil, err
	}
	selected, levels, err := expandOptions(options)
	if err != nil {
		return nil, err
	}
	// The chain of managers is the one expansion of advanced queries.
	chain := t == userType && name == "manager" && levels
	if t.open && eventual(x.header) && !chain {
		return nil, errUnsupportedQuery("Expand is not supported with advanced queries.")
	}
	selections, _, err := memberSelection(selected, userType, groupType)
	if err != nil {
		return nil, err
	}
	switch {
	case t == groupType && (name == "members" || name == "owners"):
		return func(t *Tenant, position int) row {
			return row{{name, t.memberRows(t.relation(position, name, x.hasRole(readHidden)), selections)}}
		}, nil
	case (t == groupType || t == userType) && name == "memberOf":
		return func(tenant *Tenant, position int) row {
			return row{{name, tenant.memberRows(tenant.memberOf(reference{group: t == groupType, position: position}, false), selections)}}
		}, nil
	case t == userType && name == "manager":
		return func(*Tenant, int) row { return nil }, nil // nobody has one, and null is left out
	case t == userType && slices.Contains([]string{"directReports", "registeredDevices", "ownedDevices"}, name):
		return func(*Tenant, int) row { return row{{name, []row{}}} }, nil
	case t == userType && name == "ownedObjects", t == groupType && name == "transitiveMembers":
		return nil, errNotImplemented()
	case !t.open:
		return nil, errBadRequest("The query specified in the URI is not valid. Query option 'Expand' is not allowed. To allow it, set the 'AllowedQueryOptions' property on EnableQueryAttribute or QueryValidationSettings.")
	}
	return nil, newGraphError(http.StatusBadRequest, "BadRequest", "Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, t.name)
}

// expandable are the relations that have a name in any case of letters.
var expandable = []string{"members", "owners", "memberOf", "manager", "directReports", "registeredDevices", "ownedDevices", "ownedObjects", "transitiveMembers"}

// splitExpand tells a relation from the options in parentheses behind it.
func splitExpand(source string) (name, options string, err error) {
	name, options, nested := strings.Cut(strings.TrimSpace(source), "(")
	rest := ""
	if nested {
		end := strings.LastIndexByte(options, ')')
		if end < 0 {
			return "", "", errBadRequest("Parsing OData Select and Expand failed: Term '%s' is not valid in a $select or $expand expression.", source)
		}
		options, rest = options[:end], options[end+1:]
	}
	if strings.Contains(name, ",") || strings.TrimSpace(rest) != "" || strings.Contains(options, "(") {
		return "", "", errRequestBadRequest("The request cannot be processed because it expands more than one property.")
	}
	name = strings.TrimSpace(name)
	if i := slices.IndexFunc(expandable, func(e string) bool { return strings.EqualFold(e, name) }); i >= 0 {
		name = expandable[i]
	}
	return name, options, nil
}

// expandOptions reads what may stand in the parentheses: $select, and $levels
// of managers. The directory has no others there.
func expandOptions(options string) (selected string, levels bool, err error) {
	for option := range strings.SplitSeq(options, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(option), "=")
		switch strings.ToLower(name) {
		case "":
		case "$select":
			selected = value
		case "$levels":
			levels = true
		default:
			return "", false, errUnsupportedQuery("Unsupported Query.")
		}
	}
	return selected, levels, nil
}
