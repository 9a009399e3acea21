package simulator

import "time"

// riskyUser is what Identity Protection says about a user; nil for those it
// never had anything against. Deleted users stay in the list.
func (t *Tenant) riskyUser(position int) object {
	said, judged := t.identity.risks[position]
	if judged && said == nil {
		return nil
	}
	n := draw(t.seed, position, saltRisk)
	if !judged && (position >= t.users.made || n%60 != 0) {
		return nil
	}
	user := t.users.even(position)
	_, deleted := t.users.gone[position]
	level, state, detail := "low", "atRisk", "none"
	switch n >> 8 % 8 {
	case 0, 1:
		level = "high"
	case 2, 3:
		level = "medium"
	case 4:
		level, state, detail = "high", "confirmedCompromised", "adminConfirmedUserCompromised"
	case 5:
		level, state, detail = "none", "remediated", "userPerformedSecuredPasswordReset"
	case 6:
		level, state, detail = "none", "dismissed", "adminDismissedAllRiskForUser"
	}
	o := bag{
		"id": text(user, "id"), "isDeleted": deleted, "isProcessing": false, "riskLevel": level, "riskState": state, "riskDetail": detail,
		"riskLastUpdatedDateTime": t.today.Add(-time.Duration(n>>16%(120*86400)) * time.Second).Format(instantWithFraction),
		"userDisplayName":         text(user, "displayName"), "userPrincipalName": text(user, "userPrincipalName"),
	}
	for name, v := range said {
		o[name] = v
	}
	return o
}

func listRiskyUsers(x *exchange) (*answer, error) {
	t := x.tenant()
	return x.answerList(listing{typ: riskyUserType, set: "identityProtection/riskyUsers", size: t.users.size, at: t.riskyUser,
		plainly: 20, most: 500, skips: true, refuses: []string{"$search", "$expand"}})
}

func getRiskyUser(x *exchange) (*answer, error) {
	return x.single(riskyUserType, "identityProtection/riskyUsers", func() object {
		t := x.tenant()
		for i := range t.users.size() {
			if o := t.riskyUser(i); o != nil && text(o, "id") == x.ids[0] {
				return o
			}
		}
		return nil
	})
}

// SetRisk says what Identity Protection has against a user: riskLevel,
// riskState and the like. Nil fields mean nothing at all.
func (t *Tenant) SetRisk(userID string, fields map[string]any) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	position, ok := t.users.find(userID)
	if !ok {
		return false
	}
	risks := replaced(t.identity.risks, position, fields)
	if fields == nil {
		risks[position] = nil
	}
	t.identity.risks = risks
	t.next()
	return true
}
