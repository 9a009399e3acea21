package simulator

import (
	"net/http"
	"slices"
)

// emptyRelation is a relation of a user that exists at every tenant and has
// nothing in it at this one.
func emptyRelation(x *exchange) (*answer, error) {
	if err := x.needUser(); err != nil {
		return nil, err
	}
	l, err := x.membersOf(nil, func(reference) bool { return false }, "")
	if err != nil {
		return nil, err
	}
	return x.answerList(l)
}

// getManager says that there is none: nobody has a manager here.
func getManager(x *exchange) (*answer, error) {
	if err := x.needUser(); err != nil {
		return nil, err
	}
	return nil, errNotFound("manager")
}

// needUser fails unless the user in the path exists.
func (x *exchange) needUser() error {
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	if _, ok := t.findUser(x.ids[0]); !ok {
		return errNotFound(x.ids[0])
	}
	return nil
}

// getProperty answers one property of a user or group: /users/{id}/mail.
func getProperty(t *entityType, set string, find func(*Tenant, string) object) func(*exchange) (*answer, error) {
	return func(x *exchange) (*answer, error) {
		p := t.property(x.ids[1])
		if p == nil {
			return nil, errUnknownSegment(x.ids[1])
		}
		x.query.selected = p.name
		s, err := x.selectOf(t, true)
		if err != nil {
			return nil, err
		}
		if t == userType {
			if err := x.checkUserQuery(s, nil); err != nil {
				return nil, err
			}
		}
		tenant := x.tenant()
		tenant.mu.RLock()
		defer tenant.mu.RUnlock()
		o := find(tenant, x.ids[0])
		if o == nil {
			return nil, errNotFound(x.ids[0])
		}
		v, ok := p.read(o)
		if !ok || v == nil {
			return &answer{status: http.StatusNoContent}, nil // OData's answer for null
		}
		return jsonAnswer(row{{"@odata.context", x.context(set + "('" + x.ids[0] + "')/" + p.name)}, {"value", v}}), nil
	}
}

func userBy(t *Tenant, key string) object {
	if i, ok := t.findUser(key); ok {
		return t.users.at(i)
	}
	return nil
}

func groupBy(t *Tenant, key string) object {
	if i, ok := t.groups.find(key); ok {
		return t.groups.at(i)
	}
	return nil
}

// listAppRoleAssignedTo lists who was granted the roles of a resource.
func listAppRoleAssignedTo(x *exchange) (*answer, error) {
	t := x.tenant()
	var found object
	objects := read(t, func() []object {
		if found = findBy(t.servicePrincipals(), "id", x.ids[0]); found == nil {
			return nil
		}
		return slices.DeleteFunc(t.appRoleAssignments(), func(o object) bool { return text(o, "resourceId") != text(found, "id") })
	})
	if found == nil {
		return nil, errNotFound(x.ids[0])
	}
	l := fixed(appRoleAssignmentType, "appRoleAssignments", objects)
	l.plainly, l.most = 100, 999
	return x.answerList(l)
}
