package simulator

import "maps"

// AddUser adds a user and returns the id. Properties that are not given are
// those of a plain enabled member.
func (t *Tenant) AddUser(properties map[string]any) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	given := normal(properties)
	id := t.newID(given, t.users, saltUserID)
	user := normal(map[string]any{
		"accountEnabled": true, "userType": "Member", "createdDateTime": instant(t.now()),
		"businessPhones": []string{}, "assignedLicenses": []any{}, "assignedPlans": []any{}, "licenseAssignmentStates": []any{},
		"proxyAddresses": []string{}, "otherMails": []string{}, "imAddresses": []string{}, "identities": []any{},
		"displayName": "Added User", "userPrincipalName": "added." + id[:8] + "@" + defaultDomain,
		"securityIdentifier": sidOf(rawGUID(id)), "perUserMfaState": "disabled",
	})
	maps.Copy(user, given)
	user["id"] = id
	t.users.add(user, t.next())
	t.countLicences(user["assignedLicenses"], +1)
	return id
}

// UpdateUser changes properties of a user. A nil signInActivity makes them
// someone who never signed in.
func (t *Tenant) UpdateUser(id string, properties map[string]any) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	position, ok := t.users.find(id)
	if !ok {
		return false
	}
	given := normal(properties)
	if licences, changed := given["assignedLicenses"]; changed {
		before, _ := t.users.at(position).get("assignedLicenses")
		t.countLicences(before, -1)
		t.countLicences(licences, +1)
	}
	t.users.edit(position, given, t.next())
	return true
}

// RemoveUser deletes a user, who can be restored: that is what a delta says.
func (t *Tenant) RemoveUser(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	position, ok := t.users.find(id)
	if !ok {
		return false
	}
	licences, _ := t.users.at(position).get("assignedLicenses")
	t.countLicences(licences, -1)
	t.users.remove(position, false, t.next())
	return true
}

// RestoreUser brings a removed user back, with everything that they had.
func (t *Tenant) RestoreUser(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	position, ok := t.users.restore(id, t.seq+1)
	if ok {
		t.next()
		licences, _ := t.users.at(position).get("assignedLicenses")
		t.countLicences(licences, +1)
	}
	return ok
}

func (t *Tenant) countLicences(assigned any, by int) {
	for _, l := range elements(assigned) {
		if id, ok := inner(l, "skuId"); ok {
			if id, ok := id.(string); ok {
				t.licensed[id] += by
			}
		}
	}
}

// UserIDs lists the users, in the order of lists.
func (t *Tenant) UserIDs() []string { return t.ids(t.users) }

// GroupIDs lists the groups, in the order of lists.
func (t *Tenant) GroupIDs() []string { return t.ids(t.groups) }

// PolicyIDs lists the Conditional Access policies, those that only beta shows
// included.
func (t *Tenant) PolicyIDs() []string { return t.ids(t.policies) }

// NamedLocationIDs lists the named locations.
func (t *Tenant) NamedLocationIDs() []string { return t.ids(t.locations) }

func (t *Tenant) ids(s *set) []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return s.list()
}

// User returns all properties of a user, or nil.
func (t *Tenant) User(id string) map[string]any { return t.whole(t.users, userType, id) }

// Group returns all properties of a group, or nil.
func (t *Tenant) Group(id string) map[string]any { return t.whole(t.groups, groupType, id) }

func (t *Tenant) whole(s *set, typ *entityType, id string) map[string]any {
	t.mu.RLock()
	defer t.mu.RUnlock()
	position, ok := s.find(id)
	if !ok {
		return nil
	}
	out := map[string]any{}
	for _, p := range typ.properties {
		if v, ok := p.read(s.at(position)); ok && !p.unlisted && !p.guarded {
			out[p.name] = v
		}
	}
	return normal(out)
}

// AddGroup adds a group without members and returns the id. Properties that
// are not given are those of a security group.
func (t *Tenant) AddGroup(properties map[string]any) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	given := normal(properties)
	id := t.newID(given, t.groups, saltGroupID)
	group := normal(map[string]any{
		"createdDateTime": instant(t.now()), "renewedDateTime": instant(t.now()), "groupTypes": []string{},
		"securityEnabled": true, "mailEnabled": false, "mailNickname": "added-" + id[:8], "displayName": "Added group",
		"creationOptions": []string{}, "proxyAddresses": []string{}, "resourceBehaviorOptions": []string{},
		"resourceProvisioningOptions": []string{}, "assignedLicenses": []any{}, "onPremisesProvisioningErrors": []any{},
		"serviceProvisioningErrors": []any{}, "securityIdentifier": sidOf(rawGUID(id)),
	})
	maps.Copy(group, given)
	group["id"] = id
	t.groups.add(group, t.next())
	return id
}

// UpdateGroup changes properties of a group.
func (t *Tenant) UpdateGroup(id string, properties map[string]any) bool {
	return t.edit(t.groups, id, properties)
}

// RemoveGroup deletes a group.
func (t *Tenant) RemoveGroup(id string) bool { return t.remove(t.groups, id) }

// AddPolicy adds a Conditional Access policy and returns the id. Version 1.0
// leaves it out when it uses a preview feature, such as
// conditions.agentIdRiskLevels.
func (t *Tenant) AddPolicy(properties map[string]any) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	policy := completePolicy(properties)
	if policy["createdDateTime"] == nil {
		policy["createdDateTime"] = t.now().UTC().Format(instantWithFraction)
	}
	policy = normal(policy)
	policy["id"] = t.newID(policy, t.policies, saltPolicyID)
	t.policies.add(policy, t.next())
	return policy["id"].(string)
}

// UpdatePolicy changes properties of a Conditional Access policy.
func (t *Tenant) UpdatePolicy(id string, properties map[string]any) bool {
	return t.edit(t.policies, id, properties)
}

// RemovePolicy deletes a Conditional Access policy.
func (t *Tenant) RemovePolicy(id string) bool { return t.remove(t.policies, id) }

// AddNamedLocation adds a named location and returns the id. Without an
// @odata.type it is an ipNamedLocation.
func (t *Tenant) AddNamedLocation(properties map[string]any) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	location := normal(properties)
	if location["@odata.type"] == nil {
		location["@odata.type"] = "#microsoft.graph.ipNamedLocation"
	}
	for _, name := range []string{"createdDateTime", "modifiedDateTime"} {
		if location[name] == nil {
			location[name] = t.now().UTC().Format(instantWithFraction)
		}
	}
	location["id"] = t.newID(location, t.locations, saltLocationID)
	t.locations.add(location, t.next())
	return location["id"].(string)
}

// UpdateNamedLocation changes properties of a named location.
func (t *Tenant) UpdateNamedLocation(id string, properties map[string]any) bool {
	return t.edit(t.locations, id, properties)
}

// RemoveNamedLocation deletes a named location.
func (t *Tenant) RemoveNamedLocation(id string) bool { return t.remove(t.locations, id) }

func (t *Tenant) edit(s *set, id string, properties map[string]any) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	position, ok := s.find(id)
	if ok {
		s.edit(position, normal(properties), t.next())
	}
	return ok
}

func (t *Tenant) remove(s *set, id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	position, ok := s.find(id)
	if ok {
		s.remove(position, false, t.next())
	}
	return ok
}
