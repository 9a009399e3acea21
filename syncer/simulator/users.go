package simulator

import (
	"slices"
	"strings"
)

// directoryListing is what lists of the directory have in common.
func directoryListing(t *entityType, set string, s *set) listing {
	return listing{typ: t, set: set, size: s.size, at: s.at, plainly: 100, most: 999}
}

func (x *exchange) users() listing {
	l := directoryListing(userType, "users", x.tenant().users)
	l.clamp = func() int {
		if mentionsSignIn(x.query) {
			return 500
		}
		return 0
	}
	l.more = x.checkUserQuery
	return l
}

// checkUserQuery judges what a query of users asks for by the permissions and
// licences that single properties need: one of them fails the whole request.
func (x *exchange) checkUserQuery(s selection, roots map[string]bool) error {
	if onlyBasic := !x.hasRole(trackUsers...); onlyBasic {
		for _, p := range s.properties {
			if s.given && !slices.Contains(basicUserProperties, p.name) {
				return errDirectoryDenied()
			}
		}
	}
	if !s.has(signInActivity) && !roots[signInActivity] {
		return nil
	}
	if len(roots) > 1 && roots[signInActivity] {
		return errUnsupportedQuery("Filtering on signInActivity cannot be combined with other filterable properties.")
	}
	if !x.hasRole("AuditLog.Read.All") {
		return errAuditLogDenied()
	}
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	if !t.premium {
		return errNotPremium()
	}
	return nil
}

// mentionsSignIn reports whether a query touches signInActivity, which puts it
// under the limits of the reports.
func mentionsSignIn(q *query) bool {
	return strings.Contains(strings.ToLower(q.selected+" "+q.filter+" "+q.orderBy), strings.ToLower(signInActivity))
}

func listUsers(x *exchange) (*answer, error) {
	return x.answerList(withBasic(x, x.users()))
}

// withBasic hides from an app with User.ReadBasic.All what it may not read of
// the default properties.
func withBasic(x *exchange, l listing) listing {
	if x.hasRole(trackUsers...) {
		return l
	}
	l.write = func(o object, s selection) row { return basic(s).write(o) }
	return l
}

func basic(s selection) selection {
	s.properties = slices.DeleteFunc(slices.Clone(s.properties), func(p *property) bool {
		return !slices.Contains(basicUserProperties, p.name)
	})
	return s
}

func countUsers(x *exchange) (*answer, error) { return x.answerCount(x.users()) }

// findUser finds a user by id or user principal name; the caller holds the lock.
func (t *Tenant) findUser(key string) (int, bool) {
	if isGUID(key) || !strings.Contains(key, "@") {
		return t.users.find(key)
	}
	for i := range t.users.size() {
		if o := t.users.at(i); o != nil && strings.EqualFold(text(o, "userPrincipalName"), key) {
			return i, true
		}
	}
	return 0, false
}

func getUser(x *exchange) (*answer, error) {
	s, err := x.selectOf(userType, false)
	if err != nil {
		return nil, err
	}
	for _, p := range s.properties {
		if p.unlisted && s.given {
			return nil, errNotImplemented() // kept outside the simulated directory
		}
	}
	if err := x.checkUserQuery(s, nil); err != nil {
		return nil, err
	}
	if s.has(signInActivity) && !isGUID(x.ids[0]) {
		return nil, errRequestBadRequest("Get By Key only supports UserId and the key has to be a valid Guid")
	}
	if !x.hasRole(trackUsers...) {
		s = basic(s)
	}
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	position, ok := t.findUser(x.ids[0])
	if !ok {
		return nil, errNotFound(x.ids[0])
	}
	body := s.write(t.users.at(position), field{"@odata.context", x.context(s.context("users") + "/$entity")})
	expand, err := x.expansion(userType)
	if err != nil {
		return nil, err
	}
	if expand != nil {
		body = append(body, expand(t, position)...)
	}
	return jsonAnswer(body), nil
}

func listLicenseDetails(x *exchange) (*answer, error) {
	t := x.tenant()
	t.mu.RLock()
	position, ok := t.findUser(x.ids[0])
	var details []object
	if ok {
		v, _ := t.users.at(position).get("assignedLicenses")
		for _, l := range elements(v) {
			id, _ := inner(l, "skuId")
			for _, s := range t.subscriptions() {
				if s.id == id {
					o := t.subscribedSku(s)
					details = append(details, edited{o, map[string]any{"id": encodedID(x.ids[0], s.id)}})
				}
			}
		}
	}
	t.mu.RUnlock()
	if !ok {
		return nil, errNotFound(x.ids[0])
	}
	return x.answerList(fixed(licenseDetailsType, "users('"+x.ids[0]+"')/licenseDetails", details))
}

// getAuthenticationRequirements is the per-user MFA state, which only beta has.
func getAuthenticationRequirements(x *exchange) (*answer, error) {
	t := x.tenant()
	t.mu.RLock()
	defer t.mu.RUnlock()
	position, ok := t.findUser(x.ids[0])
	if !ok {
		return nil, errNotFound(x.ids[0])
	}
	return jsonAnswer(row{
		{"@odata.context", x.context("users('" + x.ids[0] + "')/authentication/requirements")},
		{perUserMfaState, text(t.users.at(position), perUserMfaState)},
	}), nil
}

// fixed is a list of a few objects that come at once.
func fixed(t *entityType, set string, objects []object) listing {
	return listing{typ: t, set: set, size: func() int { return len(objects) }, at: func(i int) object { return objects[i] }}
}
