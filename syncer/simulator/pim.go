package simulator

import "time"

// What PIM writes for a schedule that nobody changed.
const neverModified = "0001-01-01T08:00:00Z"

// orNothing formats a time as PIM does; a zero time is null.
func orNothing(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.999Z")
}

func eligibilityInstance(g *roleGrant) object {
	return bag{"id": g.id, "principalId": g.principal, "roleDefinitionId": g.role, "directoryScopeId": g.scope, "appScopeId": nil,
		"startDateTime": orNothing(g.starts), "endDateTime": orNothing(g.ends), "memberType": g.member, "roleEligibilityScheduleId": g.schedule}
}

func eligibilitySchedule(g *roleGrant) object {
	expiration := row{{"type", "noExpiration"}, {"endDateTime", nil}, {"duration", nil}}
	if !g.ends.IsZero() {
		expiration = row{{"type", "afterDateTime"}, {"endDateTime", orNothing(g.ends)}, {"duration", nil}}
	}
	return bag{"id": g.schedule, "principalId": g.principal, "roleDefinitionId": g.role, "directoryScopeId": g.scope, "appScopeId": nil,
		"createdUsing": g.schedule, "createdDateTime": orNothing(g.starts), "modifiedDateTime": neverModified, "status": "Provisioned", "memberType": g.member,
		"scheduleInfo": row{{"startDateTime", orNothing(g.starts)}, {"recurrence", nil}, {"expiration", expiration}}}
}

func assignmentInstance(g *roleGrant) object {
	kind := "Assigned"
	if g.activated {
		kind = activatedType
	}
	return bag{"id": g.id, "principalId": g.principal, "roleDefinitionId": g.role, "directoryScopeId": g.scope, "appScopeId": nil,
		"startDateTime": orNothing(g.starts), "endDateTime": orNothing(g.ends), "assignmentType": kind, "memberType": g.member,
		"roleAssignmentOriginId": g.id, "roleAssignmentScheduleId": g.schedule}
}

func (x *exchange) listGrants(t *entityType, set string, relations []string, make func(*roleGrant) object) (*answer, error) {
	expand, err := x.nestedExpand(t, true, relations...)
	if err != nil {
		return nil, err
	}
	for _, n := range expand {
		if n.name == "principal" && n.selected != "" && n.selected != "id" {
			return nil, errUnsupportedQuery("Unsupported Query.") // documented: a principal's own $select is for the id only
		}
	}
	return x.answerList(x.grantListing(t, "roleManagement/directory/"+set, expand, make))
}

// known reports whether the principal of a grant still exists: PIM forgets
// those who do not.
func (t *Tenant) known(g *roleGrant) bool {
	_, o := t.principal(g.principal)
	return o != nil
}

var pimRelations = []string{"principal", "roleDefinition", "directoryScope", "appScope"}

func listEligibilityInstances(x *exchange) (*answer, error) {
	t := x.tenant()
	return x.listGrants(eligibilityInstanceType, "roleEligibilityScheduleInstances", pimRelations, func(g *roleGrant) object {
		if !g.eligible || !g.active(t.now()) || !t.known(g) {
			return nil
		}
		return eligibilityInstance(g)
	})
}

// listEligibilitySchedules lists the ones that begin later, too.
func listEligibilitySchedules(x *exchange) (*answer, error) {
	t := x.tenant()
	return x.listGrants(eligibilityScheduleType, "roleEligibilitySchedules", pimRelations, func(g *roleGrant) object {
		if !g.eligible || g.gone || !g.ends.IsZero() && !t.now().Before(g.ends) || !t.known(g) {
			return nil
		}
		return eligibilitySchedule(g)
	})
}

func listAssignmentInstances(x *exchange) (*answer, error) {
	t := x.tenant()
	return x.listGrants(assignmentInstanceType, "roleAssignmentScheduleInstances", append([]string{"activatedUsing"}, pimRelations...), func(g *roleGrant) object {
		if g.eligible || !g.active(t.now()) || !t.known(g) {
			return nil
		}
		return assignmentInstance(g)
	})
}

// noScheduleRequests is the history of requests, which the simulation does not
// keep.
func noScheduleRequests(x *exchange) (*answer, error) {
	return x.answerList(fixed(scheduleRequestType, x.path[1:], nil))
}
